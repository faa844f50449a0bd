//! What provokes the diagnostics of names, conditions and texts that no document can have.

use crate::GOOD;
use crate::LINES;
use crate::RETOUR;
use crate::TABLE;
use crate::change;
use crate::compile;
use crate::inward;
use schakel::document::Lang;

/// A rule with a condition more.
fn when(condition: &str) -> String {
    format!(
        "{GOOD}\n[[rule]]\nsource = \"a:q\"\ntarget = \"verwijzing.doel\"\nwhen = {{ {condition} }}\n"
    )
}

/// The same of a rule that goes one way.
fn one_way(direction: &str, condition: &str) -> String {
    let whole = when(condition);
    whole.replace(
        "target = \"verwijzing.doel\"\n",
        &format!("target = \"verwijzing.doel\"\ndirection = \"{direction}\"\n"),
    )
}

/// A table that goes both ways, in Windows-1252; of a workbook with a sheet.
fn table(more: &str) -> String {
    let text = change(
        TABLE,
        "direction = \"in\"",
        "direction = \"both\"\ndelivers = \"none\"",
    );
    change(
        &text,
        "[[rule]]",
        "[csv]\nencoding = \"windows-1252\"\n\n[[rule]]",
    ) + more
}

fn workbook(own: &str) -> String {
    table("").replace("\"csv\"", "\"excel\"").replace(
        "[csv]\nencoding = \"windows-1252\"",
        &format!("[excel]\n{own}"),
    )
}

/// A code, a file that provokes it, and what stands at its place.
#[allow(clippy::too_many_lines)] // a list
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    let good = |from: &str, to: &str| change(GOOD, from, to);
    vec![
        // names
        ("M084", good("\"a:nr\"", "\"a:n r\""), "\"a:n r\""),
        ("M084", good("\"a:nr\"", "\"a:x/a:1\""), "\"a:x/a:1\""),
        ("M084", good("\"a:nr\"", "\"a:\""), "\"a:\""),
        ("M084", good("\"a:nr\"", "\"a:b:nr\""), "\"a:b:nr\""),
        ("M084", good("\"a:nr\"", "\"a:nr/@\""), "\"a:nr/@\""),
        (
            "M084",
            good("\"a:nr\"", "\"a:nr/@xmlns\""),
            "\"a:nr/@xmlns\"",
        ),
        ("M084", good("\"a:nr\"", "\"#text\""), "\"#text\""),
        ("M084", good("\"a:r\"", "\"@r\""), "\"@r\""),
        ("M084", good("\"a:r\"", "\"a:r/a:s\""), "\"a:r/a:s\""),
        ("M084", good("\"a:noValue\"", "\"a:b/c\""), "\"a:b/c\""),
        ("M084", good("{ a =", "{ \"1\" = \"urn:b\", a ="), "\"1\""),
        ("M084", good("{ a =", "{ xml = \"urn:b\", a ="), "xml"),
        ("M084", good("{ a =", "{ xmlns = \"urn:b\", a ="), "xmlns"),
        (
            "M084",
            good(
                "{ a =",
                "{ b = \"http://www.w3.org/XML/1998/namespace\", a =",
            ),
            "b",
        ),
        // namespaces that no XML can name, here and in a retour
        (
            "M084",
            good("\"urn:a\"", "\"urn:\\u0001\""),
            "\"urn:\\u0001\"",
        ),
        ("M084", good("\"urn:a\"", "\"urn:a \""), "\"urn:a \""),
        ("M084", good("\"urn:a\"", "\"urn:{a}\""), "\"urn:{a}\""),
        (
            "M084",
            format!("{}{}", inward(), change(RETOUR, "urn:b", "urn b")),
            "\"urn b\"",
        ),
        ("M014", good("\"a:o\"", "\"@o\""), "\"@o\""),
        // conditions: no value of the attribute, of another type, a list, nothing
        (
            "M085",
            when(
                "source = \"a:w\", is = \"1\", target = \"verwijzing.soort\", value = \"verwijzingg\"",
            ),
            "\"verwijzingg\"",
        ),
        (
            "M085",
            when(
                "source = \"a:w\", is = \"1\", target = \"verwijzing.soort\", value = [\"verwijzing\", \"x\"]",
            ),
            "\"x\"",
        ),
        (
            "M085",
            when("source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value_not = \"ja\""),
            "\"ja\"",
        ),
        (
            "M085",
            when("source = \"a:w\", is = \"1\", target = \"kandidaat.telefoon\", value = \"1\""),
            "\"1\" }",
        ),
        (
            "M085",
            when("source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value = []"),
            "[]",
        ),
        ("M085", one_way("in", "source = \"a:w\", is = []"), "[]"),
        (
            "M085",
            one_way("in", "source = \"a:w\", is = \" \""),
            "\" \"",
        ),
        (
            "M085",
            one_way("in", "source = \"a:w\", is_not = [\"V\", \"A \"]"),
            "\"A \"",
        ),
        (
            "M085",
            format!(
                "{LINES}\n[[rule]]\nposition = [26, 30]\ntarget = \"opdracht.uitvoerder.naam\"\ndirection = \"in\"\nwhen = {{ position = [21, 21], is = \"VV\" }}\n"
            ),
            "\"VV\"",
        ),
        // a half that is never looked at
        (
            "M053",
            one_way(
                "in",
                "source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value = true",
            ),
            "\"verwijzing.spoed\"",
        ),
        (
            "M053",
            one_way(
                "out",
                "source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value = true",
            ),
            "\"a:w\"",
        ),
        // one condition on two rules, whatever the order of its keys
        (
            "M022",
            when("source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value = true")
                + "\n[[rule]]\nsource = \"a:q2\"\ntarget = \"verwijzing.doel\"\nwhen = { is = \"1\", source = \"a:w\", target = \"verwijzing.spoed\", value = false }\n",
            "source = \"a:q2\"",
        ),
        (
            "M023",
            when("source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value = true")
                + "\n[[rule]]\nsource = \"a:q\"\ntarget = \"kandidaat.roepnaam\"\nwhen = { source = \"a:w\", is = \"2\", value = true, target = \"verwijzing.spoed\" }\n",
            "source = \"a:q\"\ntarget = \"kandidaat.roepnaam\"",
        ),
        // texts that the file cannot hold
        (
            "M086",
            table("\n[[rule]]\nsource = \"x\"\nconst = \"Ω\"\n"),
            "source = \"x\"",
        ),
        (
            "M086",
            table("\n[[rule]]\nsource = \"Ω\"\ntarget = \"logboekregel.beschrijving\"\n"),
            "source = \"Ω\"",
        ),
        (
            "M086",
            table(
                "\n[[rule]]\nsource = \"x\"\ntarget = \"kandidaat.geslacht\"\ncodec = { codec = \"table\", codes = { \"Ω\" = \"1\" } }\n",
            ),
            "source = \"x\"",
        ),
        (
            "M086",
            format!("{GOOD}\n[[rule]]\nsource = \"a:x\"\nconst = \"a\\u0001\"\n"),
            "source = \"a:x\"",
        ),
        (
            "M086",
            change(LINES, "const = \"V\"", "const = \"Ω\"")
                .replace("[fixed]", "[fixed]\nencoding = \"latin-1\""),
            "position = [21, 21]",
        ),
        ("M086", workbook("sheet = \"a/b\""), "\"a/b\""),
        ("M086", workbook("sheets = [\"\", \"b\"]"), "[\"\", \"b\"]"),
        // what is the beginning of every row, and the header of none
        (
            "M004",
            table("").replace("[csv]", "[csv]\ntotal_rows = [\"Totaal\", \" \"]"),
            "[\"Totaal\", \" \"]",
        ),
        ("M004", change(TABLE, "[\"Min\"]", "[\"\"]"), "[\"\"]"),
    ]
}

#[test]
fn what_can_be_is_left_alone() {
    for text in [
        change(
            GOOD,
            "{ a =",
            "{ xml = \"http://www.w3.org/XML/1998/namespace\", a =",
        )
        .replace("\"a:nr\"", "\"a:nr/@xml:lang\""),
        change(GOOD, "\"a:nr\"", "\"a:één-2.b_c\""),
        change(GOOD, "\"urn:a\"", "\"http://xn--n.nl/één/%7Ea?b=[1]#c\""),
        when(
            "source = \"a:w\", is = \"V\", target = \"verwijzing.soort\", value = [\"verwijzing\", \"aanmelding\"]",
        ),
        when("source = \"a:q\", is_not = \"\", target = \"verwijzing.spoed\", value = true"),
        when("source = \"a:w\", present = true, target = \"verwijzing.soort\""),
        table("\n[[rule]]\nsource = \"x\"\nconst = \"é€\"\n"),
        workbook("sheet = \"Blad 1 (nieuw)\""),
        // what only comes in may be called anything
        workbook("sheet = \"a/b\"").replace(
            "direction = \"both\"\ndelivers = \"none\"",
            "direction = \"in\"",
        ),
        inward(),
    ] {
        let found = compile(&[("org/zaak.toml", &text)]);
        let found: Vec<String> = found.iter().map(|one| one.render(Lang::En)).collect();
        let ours = |line: &&String| {
            ["M084", "M085", "M086", "M004", "M053"]
                .iter()
                .any(|code| line.contains(code))
        };
        let found: Vec<&String> = found.iter().filter(ours).collect();
        assert!(found.is_empty(), "{found:?}\n{text}");
    }
}

#[test]
fn two_mappings_for_one_message_are_told_where_the_second_says_so() {
    let other = change(GOOD, "\"zaak\"", "\"zaken\"");
    let found = compile(&[("org/zaak.toml", GOOD), ("org/zaken.toml", &other)]);
    let lines: Vec<String> = found.iter().map(|one| one.render(Lang::En)).collect();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("org/zaken.toml:9:12: M037")),
        "{lines:?}"
    );
}
