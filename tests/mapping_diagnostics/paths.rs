//! What provokes the diagnostic of paths that no document can have together, and what does not.

use crate::GOOD;
use crate::RETOUR;
use crate::TABLE;
use crate::change;
use crate::inward;
use crate::one;
use schakel::document::Lang;

/// A rule that fills an attribute of a kandidaat.
fn rule(source: &str, target: &str, more: &str) -> String {
    format!("\n[[rule]]\nsource = \"{source}\"\ntarget = \"kandidaat.{target}\"\n{more}\n")
}

/// A group of goals with one rule.
fn group(source: &str, inner: &str) -> String {
    format!(
        "\n[[rule]]\nsource = \"{source}\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n  [[rule.rule]]\n  \
         source = \"{inner}\"\n  target = \"nr\"\n"
    )
}

fn xml(rules: &[String]) -> String {
    format!("{GOOD}{}", rules.concat())
}

fn json(direction: &str, own: &str, rules: &[String]) -> String {
    let delivers = if direction == "in" {
        ""
    } else {
        "delivers = \"none\"\n"
    };
    format!(
        "[mapping]\norganisatie = \"org\"\nsoort = \"zaak\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"{direction}\"\n\
         format = \"json\"\nmain = \"verwijzing\"\n{delivers}[json]\n{own}\n[[rule]]\nsource = \"nr\"\n\
         target = \"verwijzing.nummer\"\nrequired = true\n{}",
        rules.concat()
    )
}

const WHEN: &str =
    "when = { source = \"a:w\", is = \"1\", target = \"verwijzing.spoed\", value = true }";

/// A code, a file that provokes it, and what stands at its place.
#[allow(clippy::too_many_lines)] // a list
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    let name = |source| rule(source, "voornamen", "");
    let other = |source| rule(source, "voorvoegsel", "");
    let phones = |source| rule(source, "telefoon", "");
    let mut all = Vec::new();
    // a value where another has parts, at both places; whichever way and format
    for text in [
        xml(&[name("a:x"), other("a:x/a:y")]),
        xml(&[other("a:x/a:y"), name("a:x")]),
        change(
            &inward(),
            "\n[[rule]]",
            &format!("{}{}\n[[rule]]", name("a:x"), other("a:x/a:y")),
        ),
        xml(&[phones("a:x"), other("a:x/a:y/a:z")]),
    ] {
        all.push(("M083", text.clone(), "source = \"a:x\""));
        all.push(("M083", text, "source = \"a:x/a:y"));
    }
    for direction in ["in", "out", "both"] {
        let text = json(direction, "", &[name("x"), other("x/y")]);
        all.push(("M083", text.clone(), "source = \"x\""));
        all.push(("M083", text, "source = \"x/y\""));
        for source in ["x/v", "x/w"] {
            let text = json(direction, "", &[name("x[k=a]/v"), other(source)]);
            all.push(("M083", text.clone(), "source = \"x[k=a]/v\""));
            all.push((
                "M083",
                text,
                if source == "x/v" {
                    "source = \"x/v\""
                } else {
                    "source = \"x/w\""
                },
            ));
        }
        let text = json(direction, "", &[group("d", "n"), other("d/v")]);
        all.push(("M083", text.clone(), "source = \"d\""));
        all.push(("M083", text, "source = \"d/v\""));
        // an attribute is a member like any other
        let text = json(direction, "", &[name("x"), other("x/@y")]);
        all.push(("M083", text, "source = \"x/@y\""));
    }
    all.extend([
        // the text of an element that has parts
        ("M083", xml(&[name(".")]), "source = \".\""),
        ("M083", xml(&[name(".")]), "source = \"a:nr\""),
        (
            "M083",
            xml(&[format!("{}  [[rule.rule]]\n  source = \".\"\n  target = \"omschrijving\"\n", group("a:d", "a:n"))]),
            "source = \".\"",
        ),
        // what repeats, as if it were there once
        ("M083", xml(&[group("a:d", "a:n"), other("a:d/a:v")]), "source = \"a:d/a:v\""),
        (
            "M083",
            xml(&[name("a:x[a:k=1]/a:v"), other("a:x/a:v")]),
            "source = \"a:x/a:v\"",
        ),
        (
            "M083",
            xml(&[phones("a:x[]/a:v"), other("a:x/a:w")]),
            "source = \"a:x/a:w\"",
        ),
        // an attribute of an element that is there for each value of a list
        (
            "M083",
            xml(&[phones("a:tel"), other("a:tel/@a:x")]),
            "source = \"a:tel/@a:x\"",
        ),
        (
            "M083",
            xml(&[other("a:tel/@a:x"), phones("a:tel")]),
            "source = \"a:tel\"",
        ),
        ("M014", xml(&[phones("@tel")]), "source = \"@tel\""),
        // through the elements of the mapping
        ("M083", xml(&[other("/a:o/a:x")]), "source = \"/a:o/a:x\""),
        ("M083", xml(&[other("/a:o")]), "source = \"/a:o\""),
        (
            "M083",
            json("in", "element = \"lijst\"", &[other("/lijst/x")]),
            "source = \"/lijst/x\"",
        ),
        // a list is written once
        (
            "M083",
            json("both", "", &[phones("x[]/v"), rule("x[]/w", "email", "")]),
            "source = \"x[]/w\"",
        ),
        // only the group has a condition, and both stand under it
        (
            "M083",
            xml(&[format!(
                "{}{WHEN}\n  [[rule.rule]]\n  source = \"a:n\"\n  target = \"nr\"\n  [[rule.rule]]\n  source = \"a:n/a:m\"\n  target = \"omschrijving\"\n",
                "\n[[rule]]\nsource = \"a:d\"\ntarget = \"trajectplan.doelen\"\nkey = \"nr\"\n"
            )]),
            "source = \"a:n/a:m\"",
        ),
        // several places of one value
        (
            "M083",
            json("both", "", &["\n[[rule]]\nsources = [\"x\", \"x/y\"]\ntarget = \"kandidaat.voornamen\"\n\
              codec = { codec = \"compose\", separator = \", \" }\n".to_owned()]),
            "sources = ",
        ),
        // where the codes of a retour stand
        (
            "M083",
            format!(
                "{}{}\n[[retour.rule]]\nsource = \"a:code\"\nconst = \"x\"\n",
                inward(),
                RETOUR
            ),
            "source = \"a:code\"",
        ),
        // one place in two ways of writing, and in a retour
        (
            "M023",
            json("both", "", &[name("x"), other("/x")]),
            "source = \"/x\"",
        ),
        (
            "M023",
            format!(
                "{}{RETOUR}\n[[retour.rule]]\nsource = \"a:q\"\nconst = \"x\"\n[[retour.rule]]\nsource = \"a:q\"\nconst = \"y\"\n",
                inward()
            ),
            "source = \"a:q\"\nconst = \"y\"",
        ),
        // only XML has a text beside its parts
        ("M014", json("in", "", &[name(".")]), "source = \".\""),
    ]);
    // one letter for two columns, and two for one
    for (source, letter) in [("Soort", "B"), ("Minuten", "C")] {
        let text = change(TABLE, "aliases = [\"Min\"]", "column = \"B\"");
        let more = format!(
            "source = \"{source}\"\ncolumn = \"{letter}\"\ntarget = \"logboekregel.kanaal\""
        );
        all.push((
            "M033",
            format!("{text}\n[[rule]]\n{more}\n"),
            if letter == "B" {
                "\"B\"\ntarget = \"logboekregel.kanaal\""
            } else {
                "\"C\""
            },
        ));
    }
    all
}

#[test]
fn paths_that_a_document_can_have_together_are_left_alone() {
    let name = |source| rule(source, "voornamen", "");
    let other = |source| rule(source, "voorvoegsel", "");
    let phones = |source| rule(source, "telefoon", "");
    let when = |word: &str, value: &str| {
        let when = WHEN.replace("\"1\"", &format!("\"{word}\""));
        when.replace("true", value)
    };
    for text in [
        // an attribute, beside a value and beside the text of an item
        xml(&[name("a:x"), other("a:x/@a:y")]),
        xml(&[group("a:d", "."), other("a:e")]),
        xml(&[format!(
            "{}  [[rule.rule]]\n  source = \"@a:s\"\n  target = \"omschrijving\"\n",
            group("a:d", ".")
        )]),
        // one or the other
        xml(&[
            rule("a:x", "voornamen", &when("1", "true")),
            rule("a:x/a:y", "voorvoegsel", &when("2", "false")),
        ]),
        // items with other keys
        json("both", "", &[name("x[k=a]/v"), other("x[k=b]/v/w")]),
        json("both", "", &[name("x[k=a]/v"), other("x[k=a]/w")]),
        // of what repeats one that is chosen, and something of each
        xml(&[name("a:x[a:k=1 or first]/a:v"), phones("a:x/a:w")]),
        xml(&[phones("a:x[]/a:v"), rule("a:x[]/a:w", "email", "")]),
        // one goes in and the other out
        json(
            "both",
            "",
            &[
                rule("x", "voornamen", "direction = \"in\""),
                rule("x/y", "voorvoegsel", "direction = \"out\""),
            ],
        ),
        xml(&[phones("a:x[]/@a:y")]),
        inward() + &phones("a:tel") + &other("a:tel/@a:x"),
        inward() + &phones("@tel"),
        // what is read may be there once, or a value when its condition holds
        inward() + &group("a:d", "a:n") + &other("a:d/a:v"),
        inward()
            + &rule(
                "a:x",
                "voornamen",
                "when = { source = \"a:x/@s\", is = \"t\" }",
            )
            + &other("a:x/a:y"),
    ] {
        let found: Vec<String> = one(&text).iter().map(|one| one.render(Lang::En)).collect();
        let about = |line: &&String| {
            ["M083", "M023", "M014"]
                .iter()
                .any(|code| line.contains(code))
        };
        let about: Vec<&String> = found.iter().filter(about).collect();
        assert!(about.is_empty(), "{about:?}\n{text}");
    }
}

#[test]
fn what_cannot_be_together_is_named_in_two_languages() {
    let text = json("both", "", &[group("d", "n"), rule("d/v", "voornamen", "")]);
    let found = one(&text);
    let one = found
        .iter()
        .rfind(|one| one.code == "M083")
        .expect("it is provoked");
    assert_eq!(
        one.sentence.nl,
        "`d/v` en `d` kunnen niet samen in een bericht: wat bij het ene eenmaal voorkomt, herhaalt zich bij het andere, of op een andere manier."
    );
    assert_eq!(
        one.sentence.en,
        "`d/v` and `d` cannot be in a message together: what is there once for one repeats for the other, or in another way."
    );
}
