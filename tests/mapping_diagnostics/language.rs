//! What provokes the diagnostics of values at several places, key-value lists, groups in groups and envelopes.

use crate::GOOD;

/// A code, a file that provokes it, and what stands at its place.
#[allow(clippy::too_many_lines)] // a list
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    let more = |rule: &str| format!("{GOOD}\n[[rule]]\n{rule}\n");
    let composed = |sources: &str, codec: &str| {
        more(&format!(
            "sources = {sources}\ntarget = \"kandidaat.volledigeNaam\"\ncodec = {codec}"
        ))
    };
    let compose = "{ codec = \"compose\", separator = \"|\" }";
    let named = "[\"kandidaat.voornamen\", \"kandidaat.roepnaam\"]";
    let spread = |targets: &str, codec: &str, rest: &str| {
        more(&format!(
            "source = \"a:x\"\ntargets = {targets}\ncodec = {codec}\n{rest}"
        ))
    };
    let choice = |rows: &str| {
        composed(
            "[\"a:x\", \"a:y\"]",
            &format!("{{ codec = \"choice\", choices = [{rows}] }}"),
        )
    };
    let keyed = |source: &str| {
        more(&format!(
            "source = \"{source}\"\ntarget = \"kandidaat.volledigeNaam\""
        ))
    };
    let workbook = |own: &str| {
        format!(
            "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"in\"\nformat = \"excel\"\nmain = \"verwijzing\"\n[excel]\n{own}\n[[rule]]\nsource = \"nr\"\ntarget = \"verwijzing.nummer\"\n"
        )
    };
    let envelope = |rule: &str| {
        format!("{GOOD}\n[envelope]\nroot = \"e\"\npayload = \"b\"\n[[envelope.rule]]\n{rule}\n")
    };
    let nested: Vec<String> = (1..=10)
        .map(|depth| {
            let path = vec!["rule"; depth].join(".");
            format!("[[{path}]]\nsource = \"a:d{depth}\"\n")
        })
        .collect();
    let nested = nested.concat();
    vec![
        ("M058", keyed("a:x/a:y[a:k=s]"), "\"a:x/a:y[a:k=s]\""),
        (
            "M058",
            keyed("a:x[a:k=s]/a:y[a:k=t]/a:z"),
            "\"a:x[a:k=s]/a:y",
        ),
        ("M058", keyed("a:x[a:k=]/a:y"), "\"a:x[a:k=]/a:y\""),
        (
            "M058",
            GOOD.replacen("element = \"a:o\"", "element = \"a:o[@k=s]\"", 1),
            "\"a:o[@k=s]\"",
        ),
        (
            "M058",
            more(
                "source = \"a:x[@k=s]\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n[[rule.rule]]\nsource = \"a:nr\"\ntarget = \"nr\"",
            ),
            "source = \"a:x[@k=s]\"",
        ),
        (
            "M058",
            more(
                "source = \"a:x[a:k=s or first]/a:y\"\ntarget = \"kandidaat.telefoon\"",
            ),
            "source = \"a:x[a:k=s or first]/a:y\"",
        ),
        (
            "M058",
            GOOD.replacen(
                "element = \"a:o\"",
                "element = \"a:o\"\nrefuse = [\"a:x[a:k=s or first]/a:y\"]",
                1,
            ),
            "[\"a:x[a:k=s or first]/a:y\"]",
        ),
        (
            "M014",
            GOOD.replacen(
                "element = \"a:o\"",
                "element = \"a:o\"\nrefuse = [\".\"]",
                1,
            ),
            "[\".\"]",
        ),
        (
            "M075",
            format!("{GOOD}\n[envelope]\nroot = \"e\"\npayload = \"b/@x\"\n"),
            "\"b/@x\"",
        ),
        (
            "M075",
            "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"in\"\nformat = \"excel\"\nmain = \"verwijzing\"\n[envelope]\nroot = \"e\"\npayload = \"b\"\n[[rule]]\nsource = \"nr\"\ntarget = \"verwijzing.nummer\"\n".to_owned(),
            "root = \"e\"",
        ),
        ("M077", workbook("sheets = [\"A\", \"a \"]"), "[\"A\", \"a \"]"),
        ("M077", workbook("sheets = []"), "[]"),
        ("M077", workbook("sheet = \"A\"\nsheets = \"all\""), "\"all\""),
        (
            "M090",
            workbook("sheet = \"Lijst\"\nignore_sheets = [\"Uitleg\", \"lijst \"]"),
            "[\"Uitleg\", \"lijst \"]",
        ),
        (
            "M019",
            more(
                "source = \"a:x\"\ntarget = \"kandidaat.volledigeNaam\"\ndirection = \"in\"\nwhen = { source = \"a:y\", in_table = \"geen\" }",
            ),
            "\"geen\"",
        ),
        (
            "M028",
            more(
                "source = \"a:x\"\ntarget = \"kandidaat.volledigeNaam\"\ndirection = \"in\"\nwhen = { source = \"a:y\", is = \"J\", is_not = \"N\" }",
            ),
            "{ source = \"a:y\"",
        ),
        (
            "M076",
            envelope("source = \"/a\"\ntarget = \"kandidaat.voornamen\""),
            "source = \"/a\"",
        ),
        ("M076", envelope("source = \"a\"\nconst = \"x\""), "source = \"a\""),
        (
            "M023",
            envelope("source = \"/a\"\nconst = \"x\"\n[[envelope.rule]]\nsource = \"/a\"\nconst = \"y\""),
            "source = \"/a\"\nconst = \"y\"",
        ),
        ("M059", format!("{GOOD}\n{nested}"), "source = \"a:d10\""),
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
            "M055",
            spread("[\"kandidaat.voornamen\"]", compose, ""),
            "[\"kandidaat.voornamen\"]",
        ),
        (
            "M055",
            spread("[\"kandidaat.voornamen\", \"opdracht.raamcontract\"]", compose, ""),
            "[\"kandidaat.voornamen\", \"opdracht",
        ),
        (
            "M055",
            spread(named, "\"text\"", ""),
            "source = \"a:x\"",
        ),
        (
            "M055",
            spread(named, compose, "default = \"x\""),
            "source = \"a:x\"",
        ),
        (
            "M056",
            spread(named, "{ codec = \"compose\", separator = \" \" }", ""),
            "source = \"a:x\"",
        ),
        (
            "M018",
            spread("[\"kandidaat.voornamen\", \"kandidaat.tolkNodig\"]", compose, ""),
            "source = \"a:x\"",
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
