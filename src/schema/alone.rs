use jsonschema::Retrieve;
use jsonschema::Uri;
use serde_json::Value;

/// Fetches nothing: a schema refers to what is in it and to nothing else. Without it a `$ref` to an address or a file
/// would be followed as soon as a feature of the validator, or another crate that turns it on, allows it.
#[derive(Debug, Clone, Copy)]
pub struct StandsAlone;

impl Retrieve for StandsAlone {
    fn retrieve(&self, _: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err("a schema refers to nothing outside of itself".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reference_to_outside_is_never_followed() {
        let file = std::env::temp_dir().join(format!("schakel-ref-{}.json", uuid::Uuid::now_v7()));
        assert!(std::fs::write(&file, "{}").is_ok());
        let inside = json!({"$ref": "#/$defs/x", "$defs": {"x": {"type": "object"}}});
        let at_a_file = format!("file://{}", file.display());
        for (schema, stands) in [
            (inside, true),
            (json!({"$ref": at_a_file}), false),
            (json!({"$ref": "http://127.0.0.1:1/x.json"}), false),
            (json!({"$ref": "https://schakel.example.nl/x.json"}), false),
        ] {
            let compiled = jsonschema::options()
                .with_retriever(StandsAlone)
                .build(&schema);
            assert_eq!(compiled.is_ok(), stands, "{schema}");
            if let Err(error) = compiled {
                let said = format!("{error:?}");
                assert!(said.contains("nothing outside"), "{said}");
            }
        }
        let _ = std::fs::remove_file(file);
    }
}
