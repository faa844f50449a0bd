//! What provokes the diagnostics of values at several places.

use crate::GOOD;

/// A code, a file that provokes it, and what stands at its place.
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    let more = |rule: &str| format!("{GOOD}\n[[rule]]\n{rule}\n");
    let composed = |sources: &str, codec: &str| {
        more(&format!(
            "sources = {sources}\ntarget = \"kandidaat.volledigeNaam\"\ncodec = {codec}"
        ))
    };
    let compose = "{ codec = \"compose\", separator = \"|\" }";
    let choice = |rows: &str| {
        composed(
            "[\"a:x\", \"a:y\"]",
            &format!("{{ codec = \"choice\", choices = [{rows}] }}"),
        )
    };
    vec![
        ("M055", composed("[\"a:x\"]", compose), "[\"a:x\"]"),
        (
            "M055",
            composed("[\"a:x\", \"a:x\"]", compose),
            "[\"a:x\", \"a:x\"]",
        ),
        (
            "M055",
            composed("[\"a:x\", \"/a:y\"]", compose),
            "[\"a:x\", \"/a:y\"]",
        ),
        (
            "M055",
            composed("[\"a:x\", \"a:y\"]", "\"text\""),
            "sources = [\"a:x\"",
        ),
        (
            "M055",
            more(
                "source = \"a:x\"\nsources = [\"a:y\", \"a:z\"]\ntarget = \"kandidaat.volledigeNaam\"",
            ),
            "[\"a:y\"",
        ),
        (
            "M055",
            more(
                "source = \"a:x\"\ntarget = \"kandidaat.volledigeNaam\"\ncodec = { codec = \"compose\", separator = \"|\" }",
            ),
            "{ codec = \"compose\"",
        ),
        (
            "M055",
            composed(
                "[\"a:x\", \"a:y\"]",
                "{ codec = \"compose\", separator = \"|\", of = { codec = \"choice\", choices = [] } }",
            ),
            "{ codec = \"choice\"",
        ),
        (
            "M056",
            composed(
                "[\"a:x\", \"a:y\"]",
                "{ codec = \"compose\", separator = \" \" }",
            ),
            "sources = [\"a:x\"",
        ),
        (
            "M056",
            composed(
                "[\"a:x\", \"a:y\"]",
                "{ codec = \"compose\", separator = \"|\", gaps = \"skip\" }",
            ),
            "sources = [\"a:x\"",
        ),
        (
            "M057",
            choice("{ is = [\"J\"], value = \"1\" }"),
            "is = [\"J\"]",
        ),
        (
            "M057",
            choice("{ is = [\"\", \"\"], value = \"1\" }"),
            "is = [\"\"",
        ),
        (
            "M057",
            choice(
                "{ is = [\"J\", \"N\"], value = \"1\" }, { is = [\"J\", \" N\"], value = \"2\" }",
            ),
            "is = [\"J\", \" N\"]",
        ),
    ]
}
