//! What provokes the diagnostics of a mapping that says one thing and another, and what does not.

use crate::GOOD;
use crate::LINES;
use crate::TABLE;
use crate::TREE;
use crate::change;
use crate::inward;
use crate::one;
use schakel::document::Lang;
use schakel::mapping::Level;

/// A mapping of XML with more in its own table, and a rule more.
fn xml(own: &str, rule: &str) -> String {
    change(GOOD, "nil =", &format!("{own}\nnil =")) + rule
}

/// A rule that fills an attribute.
fn rule(source: &str, more: &str) -> String {
    format!("\n[[rule]]\nsource = \"{source}\"\ntarget = \"kandidaat.voornamen\"\n{more}\n")
}

/// A rule that reads where a condition holds.
fn on(source: &str, test: &str) -> String {
    rule(
        "a:q",
        &format!("direction = \"in\"\nwhen = {{ source = \"{source}\", {test} }}"),
    )
}

/// A rule that reads a part.
const OF_K: &str = "\n[[rule]]\nsource = \"a:k/a:y\"\ntarget = \"kandidaat.roepnaam\"\n";

/// A mapping of JSON with a rule that only reads, and fills in what is missing.
fn spoed(more: &str) -> String {
    format!(
        "{}\n[[rule]]\nsource = \"x\"\ntarget = \"verwijzing.spoed\"\ndefault = true\n{more}\n",
        inward()
            .replace("\"xml\"", "\"json\"")
            .replace("[xml]\nroot = \"a:r\"\nelement = \"a:o\"\nnamespaces = { a = \"urn:a\" }\nnil = \"a:noValue\"", "[json]\nelement = \"o\"")
    )
}

/// A code, a file that provokes it, and what stands at its place.
#[allow(clippy::too_many_lines)] // a list
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    let fixed = |own: &str| {
        change(
            LINES,
            "record_length = 30",
            &format!("record_length = 30\n{own}"),
        )
    };
    vec![
        // left unread, or refused, and read: the place itself, something in it, and of a group, a table, positions
        ("M087", xml("ignore = [\"a:q\", \"a:nr\"]", ""), "\"a:nr\"]"),
        ("M087", xml("ignore = \"a:nr\"", ""), "\"a:nr\"\nnil"),
        (
            "M087",
            xml("ignore = [\"a:x\"]", &rule("a:x/a:y", "")),
            "\"a:x\"]",
        ),
        (
            "M087",
            xml("ignore = [\"/a:o/a:nr\"]", ""),
            "\"/a:o/a:nr\"]",
        ),
        (
            "M087",
            xml("ignore = [\"a:doel/a:nr\"]", TREE),
            "\"a:doel/a:nr\"]",
        ),
        ("M087", xml("refuse = [\"a:nr\"]", ""), "\"a:nr\"]"),
        ("M087", xml("refuse = [\"a:doel\"]", TREE), "\"a:doel\"]"),
        (
            "M087",
            xml("refuse = [\"a:x[a:k=s]\"]", &rule("a:x[a:k=s]/a:y", "")),
            "\"a:x[a:k=s]\"]",
        ),
        (
            "M087",
            change(
                TABLE,
                "[[rule]]",
                "[csv]\nignore = [\"x\", \" min\"]\n[[rule]]",
            ),
            "\" min\"]",
        ),
        ("M087", fixed("ignore = [[13, 20]]"), "[13, 20]]"),
        ("M087", fixed("ignore = [[10, 14]]"), "[10, 14]]"),
        (
            "M087",
            format!(
                "{GOOD}\n[envelope]\nroot = \"e\"\npayload = \"b\"\nignore = [\"a\"]\n[[envelope.rule]]\nsource = \"/a\"\nconst = \"x\"\n"
            ),
            "\"a\"]",
        ),
        // what is said of a kind of record that nothing of comes in
        (
            "M053",
            xml("", "\n[record]\nopdracht = \"reference\"\n"),
            "opdracht =",
        ),
        (
            "M053",
            xml(
                "",
                "\n[record]\nopdracht = \"write\"\n[[rule]]\nsource = \"a:on\"\ntarget = \"opdracht.ordernummer\"\ndirection = \"out\"\n",
            ),
            "opdracht =",
        ),
        (
            "M053",
            xml("", "\n[moment]\nopdracht = \"toewijzingsTijdstip\"\n"),
            "opdracht =",
        ),
        // a message about something else than what is written
        (
            "M009",
            GOOD.replace("delivers = \"verwijzing\"", "delivers = \"rapportage\""),
            "organisatie",
        ),
        // how many records a message has that is never written
        (
            "M053",
            inward().replace("main =", "per = \"message\"\nmain ="),
            "\"message\"",
        ),
        // what is said of a missing value beside a default
        (
            "M053",
            spoed("required = true\ndirection = \"in\""),
            "true\ndirection",
        ),
        ("M053", spoed("empty = \"geenWaarde\""), "\"geenWaarde\""),
        (
            "M053",
            format!(
                "{TABLE}{}",
                rule("x", "default = \"x\"\nempty = \"geenWaarde\"")
            ),
            "\"geenWaarde\"",
        ),
        // the text of what another rule reads parts of, of a group too, and of what the rule itself does
        (
            "M085",
            xml("", &(on("a:k", "is = \"1\"") + OF_K)),
            "\"a:k\",",
        ),
        (
            "M085",
            xml("", &(on("a:k", "is_not = \"1\"") + OF_K)),
            "\"a:k\",",
        ),
        (
            "M085",
            xml("", &(on("a:doel", "is = \"1\"") + TREE)),
            "\"a:doel\",",
        ),
        (
            "M085",
            xml(
                "",
                &on("a:k", "is = \"1\"").replace("\"a:q\"", "\"a:k/a:q\""),
            ),
            "\"a:k\",",
        ),
        // one key twice
        (
            "M025",
            GOOD.to_owned() + &change(TREE, "\"nr\"", "[\"nr\", \"nr\"]"),
            "\"nr\"]",
        ),
        (
            "M025",
            xml("", "\n[key]\nverwijzing = [\"nummer\", \"nummer\"]\n"),
            "\"nummer\"]",
        ),
    ]
}

#[test]
fn what_agrees_is_left_alone() {
    for text in [
        // what a rule only writes, and what stands beside what is read
        xml("ignore = [\"a:x\"]", &rule("a:x", "direction = \"out\"")),
        xml(
            "ignore = [\"a:x/@a:y\", \"a:x/a:z\", \"/a:nr\"]",
            &rule("a:x/a:y", ""),
        ),
        xml("refuse = [\"a:x[a:k=t]\"]", &rule("a:x[a:k=s]/a:y", "")),
        xml("refuse = [\"a:doel/a:x\"]", TREE),
        change(TABLE, "[[rule]]", "[csv]\nignore = [\"Minuut\"]\n[[rule]]"),
        // that it is there, an attribute of it, and one or the other
        xml("", &(on("a:k", "present = true") + OF_K)),
        xml("", &(on("a:k/@a:s", "is = \"1\"") + OF_K)),
        xml("", &(on("a:k", "is_not = \"\"") + OF_K)),
        xml(
            "",
            &(on("a:k", "is = \"1\"")
                + &on("a:k/@a:s", "is = \"2\"").replace("\"a:q\"", "\"a:k/a:q\"")),
        ),
        // a default beside what still counts: a text for no value, xsi:nil, a column, what is written
        spoed("required = true\nplaceholders = { \"?\" = \"geenWaarde\" }"),
        inward()
            + &rule(
                "a:x",
                "required = true\ndefault = \"x\"\nempty = \"geenWaarde\"",
            ),
        format!("{TABLE}{}", rule("x", "required = true\ndefault = \"x\"")),
        xml("", &rule("a:x", "required = true\ndefault = \"x\"")),
        xml(
            "",
            "\n[record]\nverwijzing = \"write\"\nkandidaat = \"reference\"\n[[rule]]\ntarget = \"kandidaat.voornamen\"\nconst = \"x\"\n",
        ),
    ] {
        let found: Vec<String> = one(&text).iter().map(|one| one.render(Lang::En)).collect();
        let ours = |line: &&String| {
            ["M053", "M085", "M087"]
                .iter()
                .any(|code| line.contains(code))
        };
        let found: Vec<&String> = found.iter().filter(ours).collect();
        assert!(found.is_empty(), "{found:?}\n{text}");
    }
}

#[test]
fn what_can_still_be_right_is_a_warning() {
    let about = |target: &str| {
        let text = change(GOOD, "\"verwijzing\"\n\n[xml]", "\"rapportage\"\n\n[xml]");
        let text = change(&text, "main = \"verwijzing\"", "main = \"kandidaat\"");
        let (head, _) = text.split_once("[[rule]]").unwrap_or_default();
        format!(
            "{head}{}",
            rule("a:q", "").replace("kandidaat.voornamen", target)
        )
    };
    for (text, code, level) in [
        (
            xml("ignore = [\"a:x\"]", &rule("a:x/a:y", "")),
            "M087",
            Level::Warning,
        ),
        (
            xml("ignore = [\"a:x\"]", &rule("a:x", "")),
            "M087",
            Level::Error,
        ),
        (
            xml("refuse = [\"a:x\"]", &rule("a:x/a:y", "")),
            "M087",
            Level::Error,
        ),
        // documents may have a text there, but not for a rule that reads in it
        (
            xml("", &(on("a:k", "is = \"1\"") + OF_K)),
            "M085",
            Level::Warning,
        ),
        (
            xml(
                "",
                &on("a:k", "is = \"1\"").replace("\"a:q\"", "\"a:k/a:q\""),
            ),
            "M085",
            Level::Error,
        ),
        // a rapportage brings its opdracht and its person along, and no loonwaarde
        (about("kandidaat.voornamen"), "M009", Level::Warning),
        (about("loonwaarde.nummer"), "M009", Level::Error),
    ] {
        let found = one(&text);
        let levels: Vec<Level> = found
            .iter()
            .filter(|one| one.code == code)
            .map(|one| one.level)
            .collect();
        assert_eq!(levels, [level], "{text}");
    }
}
