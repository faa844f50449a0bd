//! What provokes the diagnostics of rows that are one record.

use crate::GOOD;

/// A mapping of a table with what its own part says, and one more rule.
fn rows(format: &str, own: &str, rule: &str) -> String {
    let place = if format == "fixed" {
        "position = [5, 12]"
    } else {
        "source = \"nr\""
    };
    let more = if rule.is_empty() { "" } else { "[[rule]]\n" };
    format!(
        "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"both\"\nformat = \"{format}\"\n\
         main = \"opdracht\"\ndelivers = \"none\"\n[{format}]\n{own}\n[[rule]]\n{place}\ntarget = \"opdracht.ordernummer\"\n\
         required = true\n{more}{rule}\n"
    )
}

/// A code, a file that provokes it, and what stands at its place.
#[allow(clippy::too_many_lines)] // a list
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    vec![
        (
            "M079",
            rows("csv", "together = [\"nr\", \"Datum\"]", ""),
            "[\"nr\", \"Datum\"]",
        ),
        // one of several places, one of an item, and one that is looked at only
        (
            "M079",
            rows(
                "csv",
                "together = [\"x\"]",
                "sources = [\"x\", \"y\"]\ntarget = \"opdracht.raamcontract\"\nrequired = true\ncodec = { codec = \"compose\", separator = \"/\" }",
            ),
            "[\"x\"]",
        ),
        (
            "M079",
            rows(
                "csv",
                "together = [\"c\"]",
                "source = \".\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n[[rule.rule]]\nsource = \"c\"\ntarget = \"nr\"\nrequired = true",
            ),
            "[\"c\"]",
        ),
        (
            "M079",
            rows(
                "csv",
                "together = [\"x\"]",
                "source = \"x\"\ntarget = \"opdracht.raamcontract\"\nrequired = true\ndirection = \"in\"",
            ),
            "[\"x\"]",
        ),
        (
            "M079",
            rows("fixed", "record_length = 20\ntogether = [[1, 4]]", ""),
            "[[1, 4]]",
        ),
        (
            "M080",
            rows(
                "csv",
                "together = [\"x\"]",
                "source = \"x\"\ntarget = \"opdracht.raamcontract\"",
            ),
            "[\"x\"]",
        ),
        (
            "M080",
            rows(
                "csv",
                "together = [\"x\"]",
                "source = \"x\"\ntarget = \"opdracht.raamcontract\"\nrequired = true\nwhen = { source = \"y\", present = true, target = \"opdracht.tariefafspraak\" }",
            ),
            "[\"x\"]",
        ),
        ("M081", rows("csv", "together = []", ""), "[]"),
        (
            "M081",
            rows("excel", "together = [\"nr\", \"NR \"]", ""),
            "[\"nr\", \"NR \"]",
        ),
        ("M081", rows("json", "together = [\"nr\"]", ""), "[\"nr\"]"),
        (
            "M081",
            GOOD.replacen(
                "element = \"a:o\"",
                "element = \"a:o\"\ntogether = [\"a:nr\"]",
                1,
            ),
            "[\"a:nr\"]",
        ),
        (
            "M082",
            rows(
                "csv",
                "together = [\"nr\"]",
                "source = \".\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n[[rule.rule]]\nsource = \"c\"\ntarget = \"nr\"\nrequired = true\n[[rule]]\nsource = \".\"\ntarget = \"trajectplan.fasen\"\nkey = \"nr\"\n[[rule.rule]]\nsource = \"d\"\ntarget = \"nr\"",
            ),
            "source = \".\"\ntarget = \"trajectplan.fasen\"",
        ),
        (
            "M050",
            rows("fixed", "record_length = 20\ntogether = \"nr\"", ""),
            "\"nr\"",
        ),
        ("M004", rows("csv", "together = [1]", ""), "[1]"),
    ]
}
