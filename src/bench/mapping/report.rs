use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write;

/// What translations cost.
#[derive(Debug, Clone, Serialize)]
pub struct Translated(pub Vec<Translation>);

/// What the translation of one example costs, in microseconds for the whole of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Translation {
    /// The mapping that reads it, `organisatie/soort`.
    pub mapping: String,
    /// The format it is in.
    pub format: &'static str,
    /// The format it is written in: its own, or canonical JSON for a mapping that only reads.
    pub to: &'static str,
    /// Bytes of the example.
    pub bytes: usize,
    /// Elements (rows, objects) in it.
    pub elements: usize,
    /// The bare parse by the format's own library.
    pub bare_micros: f64,
    /// From bytes to a tree with places.
    pub decode_micros: f64,
    /// From the tree to records.
    pub map_micros: f64,
    /// Schema and code lists.
    pub validate_micros: f64,
    /// From records to bytes.
    pub encode_micros: f64,
}

impl Translation {
    /// The whole translation.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.decode_micros + self.map_micros + self.validate_micros + self.encode_micros
    }

    /// The whole translation, against the bare parse.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.total() / self.bare_micros
    }
}

impl Translated {
    /// A table for people. `say` picks the language.
    #[must_use]
    pub fn table(&self, say: &dyn Fn(&'static str, &'static str) -> &'static str) -> String {
        let mut out = format!(
            "{:<40} {:<6} {:>8} {:>6} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7}\n",
            "mapping",
            say("vorm", "format"),
            "bytes",
            say("elem.", "elem."),
            say("kaal us", "bare us"),
            say("lezen", "decode"),
            say("vert.", "map"),
            say("toets", "valid."),
            say("schr.", "encode"),
            say("geheel", "whole"),
        );
        for one in &self.0 {
            let times = |micros: f64| micros / one.bare_micros;
            // writing to a string does not fail
            let _ = writeln!(
                out,
                "{:<40} {:<6} {:>8} {:>6} {:>9.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1}",
                one.mapping,
                one.format,
                one.bytes,
                one.elements,
                one.bare_micros,
                times(one.decode_micros),
                times(one.map_micros),
                times(one.validate_micros),
                times(one.encode_micros),
                one.ratio(),
            );
        }
        out
    }

    /// The same for programs, with the ratios.
    #[must_use]
    pub fn json(&self) -> Value {
        let each = self.0.iter().map(|one| {
            let mut value = json!(one);
            value["ratio"] = one.ratio().into();
            value
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_bare_parse() {
        let measured = Translated(vec![Translation {
            mapping: "org/soort".to_owned(),
            format: "csv",
            to: "json",
            bytes: 10,
            elements: 1,
            bare_micros: 2.0,
            decode_micros: 1.0,
            map_micros: 2.0,
            validate_micros: 3.0,
            encode_micros: 4.0,
        }]);
        assert_eq!(measured.json()[0]["ratio"], 5.0);
        let table = measured.table(&|_, en| en);
        let row = table.lines().nth(1).expect("a row");
        let figures: Vec<&str> = row.split_whitespace().skip(4).collect();
        assert_eq!(figures, ["2.0", "0.5", "1.0", "1.5", "2.0", "5.0"]);
    }
}
