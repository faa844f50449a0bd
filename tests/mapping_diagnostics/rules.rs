//! What provokes the diagnostics of rules that get in each other's way, and of options that do nothing where they stand.

use crate::GOOD;
use crate::TABLE;
use crate::TREE;
use crate::change;
use crate::one;
use schakel::document::Lang;

/// A rule more in the mapping without faults.
fn more(rule: &str) -> String {
    format!("{GOOD}\n[[rule]]\n{rule}\n")
}

/// A sub-rule more in a group of it.
fn item(rule: &str) -> String {
    format!("{GOOD}{TREE}  [[rule.rule]]\n  {rule}\n")
}

/// A code table with an option more, of a rule with something more.
fn codes(target: &str, option: &str, rest: &str) -> String {
    more(&format!(
        "source = \"a:x\"\ntarget = \"{target}\"\ncodec = {{ codec = \"table\", codes = {{ B = \"1\" }}, {option} }}\n{rest}"
    ))
}

/// A number of a CSV file, or with `json` of a JSON document.
fn number(json: bool, codec: &str) -> String {
    let text = change(
        TABLE,
        "target = \"logboekregel.minuten\"",
        &format!("target = \"logboekregel.minuten\"\ncodec = {codec}"),
    );
    if json {
        text.replace("\"csv\"", "\"json\"")
            .replace("aliases = [\"Min\"]\n", "")
    } else {
        text
    }
}

const WHEN: &str =
    "when = { source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value = true }";

/// A code, a file that provokes it, and what stands at its place.
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    [in_each_others_way(), that_do_nothing()].concat()
}

fn in_each_others_way() -> Vec<(&'static str, String, &'static str)> {
    vec![
        // in a group
        (
            "M022",
            item("source = \"a:nr2\"\ntarget = \"nr\""),
            "source = \"a:nr2\"",
        ),
        (
            "M023",
            item("source = \"a:nr\"\ntarget = \"omschrijving\""),
            "source = \"a:nr\"\ntarget = \"omschrijving\"",
        ),
        // through the group, and past it
        (
            "M023",
            format!(
                "{GOOD}{TREE}\n[[rule]]\nsource = \"a:doel/a:nr\"\ntarget = \"verwijzing.doel\"\n"
            ),
            "source = \"a:doel/a:nr\"",
        ),
        // one of the two has a condition
        (
            "M022",
            more(&format!(
                "source = \"a:nr2\"\ntarget = \"verwijzing.nummer\"\n{WHEN}"
            )),
            "source = \"a:nr2\"",
        ),
        (
            "M023",
            more(&format!(
                "source = \"a:nr\"\ntarget = \"verwijzing.doel\"\n{WHEN}"
            )),
            "source = \"a:nr\"\ntarget = \"verwijzing.doel",
        ),
        // what stands beside a value
        (
            "M023",
            format!(
                "{}\n[[rule]]\nsource = \"a:geb/@a:ind\"\ntarget = \"verwijzing.doel\"\n",
                more(
                    "source = \"a:geb\"\ntarget = \"kandidaat.geboortedatum\"\ncodec = { codec = \"partial-date\", indicator = \"@a:ind\" }"
                ),
            ),
            "source = \"a:geb/@a:ind\"",
        ),
        (
            "M023",
            format!(
                "{}\n[[rule]]\nsource = \"a:tijd\"\ntarget = \"verwijzing.doel\"\n",
                more(
                    "source = \"a:dag\"\ntarget = \"opdracht.toewijzingsTijdstip\"\ncodec = { codec = \"timestamp\", forms = [\"date\"], time = \"a:tijd\" }"
                ),
            ),
            "source = \"a:tijd\"",
        ),
        // surely filled only where its condition holds
        (
            "M026",
            change(
                GOOD,
                "target = \"verwijzing.nummer\"\nrequired = true",
                &format!("target = \"verwijzing.nummer\"\nrequired = true\n{WHEN}"),
            ),
            "organisatie",
        ),
    ]
}

#[allow(clippy::too_many_lines)] // a list
fn that_do_nothing() -> Vec<(&'static str, String, &'static str)> {
    let sex = "kandidaat.geslacht";
    let unit = |target: &str, unit: &str| {
        more(&format!(
            "source = \"a:x\"\ntarget = \"{target}\"\ncodec = {{ codec = \"decimal\", unit = {unit} }}"
        ))
    };
    vec![
        (
            "M078",
            unit(
                "opdracht.urenToegekend",
                "{ from = \"euro\", to = \"cent\" }",
            ),
            "{ from = \"euro\"",
        ),
        (
            "M078",
            unit("opdracht.budget", "{ from = \"hours\", to = \"minutes\" }"),
            "{ from = \"hours\"",
        ),
        (
            "M078",
            unit(
                "opdracht.omvang.volume",
                "{ from = \"hours\", to = \"minutes\" }",
            ),
            "{ from = \"hours\"",
        ),
        (
            "M073",
            codes(sex, "unknown = \"default\"", ""),
            "{ codec = \"table\", codes = { B",
        ),
        (
            "M073",
            codes(
                "werkprofiel.rijbewijzen",
                "unknown = \"default\"",
                "default = [\"1\"]",
            ),
            "{ codec = \"table\", codes = { B",
        ),
        // of a constant
        (
            "M053",
            more("source = \"a:x\"\nconst = \"1\"\ncodec = \"datum-bestaat-niet\""),
            "\"datum-bestaat-niet\"",
        ),
        (
            "M053",
            more("source = \"a:x\"\nconst = \"1\"\ndefault = \"2\""),
            "\"2\"",
        ),
        (
            "M053",
            more("source = \"a:x\"\nconst = \"1\"\ninvalid = \"keep\""),
            "\"keep\"",
        ),
        (
            "M053",
            more("source = \"a:x\"\nconst = \"1\"\nplaceholders = { \"?\" = \"waardeOnbekend\" }"),
            "{ \"?\"",
        ),
        (
            "M053",
            more("target = \"verwijzing.spoed\"\nconst = true\nempty = \"geenWaarde\""),
            "\"geenWaarde\"",
        ),
        (
            "M053",
            more(
                "target = \"verwijzing.spoed\"\nconst = true\nrequired = false\ndirection = \"in\"\nwhen = { source = \"a:soort\", present = true }",
            ),
            "false",
        ),
        // of a rule that only writes
        (
            "M053",
            more(
                "source = \"a:x\"\ntarget = \"verwijzing.spoed\"\ndirection = \"out\"\ndefault = true",
            ),
            "true",
        ),
        (
            "M053",
            more(
                "source = \"a:x\"\ntarget = \"verwijzing.spoed\"\ndirection = \"out\"\ninvalid = \"keep\"",
            ),
            "\"keep\"",
        ),
        (
            "M053",
            codes(sex, "unknown = \"keep\"", "direction = \"out\""),
            "\"keep\"",
        ),
        (
            "M053",
            change(
                &more("source = \"a:x\"\ntarget = \"verwijzing.spoed\"\ndefault = true"),
                "direction = \"both\"",
                "direction = \"out\"",
            ),
            "true",
        ),
        // what is required is never kept untranslated
        (
            "M053",
            change(
                GOOD,
                "required = true",
                "required = true\ninvalid = \"keep\"",
            ),
            "\"keep\"",
        ),
        (
            "M053",
            codes(sex, "unknown = \"keep\"", "required = true"),
            "\"keep\"",
        ),
        // of a codec
        (
            "M053",
            number(false, "{ codec = \"integer\", as = \"number\" }"),
            "\"number\"",
        ),
        (
            "M053",
            number(
                true,
                "{ codec = \"decimal\", separator = \",\", as = \"number\" }",
            ),
            "\"number\"",
        ),
        (
            "M053",
            number(true, "{ codec = \"decimal\", pad = true }"),
            "true }",
        ),
        (
            "M053",
            more(
                "source = \"a:x\"\ntarget = \"opdracht.toewijzingsTijdstip\"\ncodec = { codec = \"timestamp\", digits = 14 }",
            ),
            "14",
        ),
    ]
}

#[test]
fn rules_that_each_have_a_condition_may_fill_and_write_one_place() {
    let other = WHEN.replace("\"1\"", "\"2\"").replace("true", "false");
    let two = format!(
        "{}\n[[rule]]\nsource = \"a:q\"\ntarget = \"verwijzing.doel\"\n{other}\n",
        more(&format!(
            "source = \"a:q\"\ntarget = \"verwijzing.doel\"\n{WHEN}"
        ))
    );
    assert_eq!(shown(&two), Vec::<String>::new());
    // The condition of a group is one of its rules.
    let group = |when: &str| {
        format!(
            "\n[[rule]]\nsource = \"a:doel\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n{when}\n  [[rule.rule]]\n  source = \"a:nr\"\n  target = \"nr\"\n"
        )
    };
    let text = format!("{GOOD}{}{}", group(WHEN), group(&other));
    assert_eq!(shown(&text), Vec::<String>::new());
}

#[test]
fn groups_of_one_row_fill_the_same_attributes_each_of_an_item_of_its_own() {
    let group = |language: &str| {
        format!(
            "\n[[rule]]\nsource = \".\"\ntarget = \"werkprofiel.talen\"\nkey = \"taal\"\n  [[rule.rule]]\n  target = \"taal\"\n  const = \"{language}\"\n  [[rule.rule]]\n  source = \"a:{language}\"\n  target = \"mondeling\"\n"
        )
    };
    assert_eq!(
        shown(&format!("{GOOD}{}{}", group("nld"), group("eng"))),
        Vec::<String>::new()
    );
    let found = shown(&format!("{GOOD}{}{}", group("nld"), group("nld")));
    assert!(
        found
            .iter()
            .any(|line| line.contains("M023 Two rules write `a:nld`")),
        "{found:?}"
    );
}

/// What is found, as lines.
fn shown(text: &str) -> Vec<String> {
    one(text).iter().map(|one| one.render(Lang::En)).collect()
}
