//! What provokes the diagnostics of words that read the same.

use crate::GOOD;
use crate::TABLE;
use crate::one;

/// A code, a file that provokes it, and what stands at its place.
pub fn provoked() -> Vec<(&'static str, String, &'static str)> {
    let good = |from: &str, to: &str| crate::change(GOOD, from, to);
    let codes = |codes: &str| {
        good(
            "codes = { V = \"verwijzing\", A = \"aanmelding\" }",
            &format!("codes = {codes}"),
        )
    };
    let spoed = |more: &str| {
        format!("{GOOD}\n[[rule]]\nsource = \"a:x\"\ntarget = \"verwijzing.spoed\"\n{more}\n")
    };
    let boolean = |words: &str| spoed(&format!("codec = {{ codec = \"boolean\", {words} }}"));
    let number = |codes: &str| {
        let excel = crate::change(TABLE, "format = \"csv\"", "format = \"excel\"");
        let excel = crate::change(
            &excel,
            "direction = \"in\"",
            "direction = \"both\"\ndelivers = \"logboek\"",
        );
        format!(
            "{excel}\n[[rule]]\nsource = \"Soort\"\ntarget = \"verwijzing.soort\"\ncodec = {{ codec = \"table\", codes = {codes}, as = \"number\" }}\n"
        )
    };
    vec![
        (
            "M111",
            number("{ \"1\" = \"verwijzing\", M = \"aanmelding\" }"),
            "M = \"aanmelding\"",
        ),
        ("M111", number("{ \"01\" = \"verwijzing\" }"), "\"01\" ="),
        (
            "M107",
            codes("{ V = \"verwijzing\", v = \"aanmelding\" }, fold = true"),
            "v = \"aanmelding\"",
        ),
        (
            "M107",
            codes("{ V = \"verwijzing\", \"V \" = \"aanmelding\" }"),
            "\"V \"",
        ),
        (
            "M107",
            codes("{ \"\u{e9}\" = \"verwijzing\", \"e\\u0301\" = \"aanmelding\" }"),
            "\"e\\u0301\"",
        ),
        (
            "M107",
            boolean("true = [\"x\", \"J\"], false = [\"N\", \"X\"]"),
            "\"X\"",
        ),
        (
            "M107",
            boolean("true = [\"x\"], false = [\"x \"], fold = false"),
            "\"x \"",
        ),
        // what goes out for yes where no word is given
        ("M107", boolean("false = [\"true\"]"), "\"true\""),
        (
            "M107",
            spoed("placeholders = { \"?\" = \"geenWaarde\", \" ?\" = \"waardeOnbekend\" }"),
            "\" ?\"",
        ),
        (
            "M107",
            good(
                "nil =",
                "placeholders = { \"?\" = \"geenWaarde\", \"? \" = \"waardeOnbekend\" }\nnil =",
            ),
            "\"? \"",
        ),
        (
            "M108",
            good("nil =", "placeholders = { A = \"geenWaarde\" }\nnil ="),
            "source = \"a:soort\"",
        ),
        (
            "M108",
            spoed(
                "placeholders = { n = \"geenWaarde\" }\ncodec = { codec = \"boolean\", true = [\"J\"], false = [\"N\"] }",
            ),
            "{ n =",
        ),
        (
            "M108",
            boolean("true = [\"x\"], false = [\"\"]"),
            "source = \"a:x\"",
        ),
        (
            "M108",
            format!(
                "{GOOD}\n[[rule]]\nsources = [\"a:x\", \"a:y\"]\ntarget = \"kandidaat.volledigeNaam\"\n\
                 placeholders = {{ \"-\" = \"geenWaarde\" }}\n\
                 codec = {{ codec = \"choice\", choices = [{{ is = [\"J\", \"-\"], value = \"a\" }}] }}\n"
            ),
            "{ \"-\" =",
        ),
    ]
}

#[test]
fn words_that_mean_the_same_or_differ_are_left_alone() {
    let table = |codes: &str| {
        format!(
            "{TABLE}\n[[rule]]\nsource = \"Soort\"\ntarget = \"verwijzing.soort\"\ncodec = {{ codec = \"table\", codes = {codes} }}\n"
        )
    };
    for text in [
        table("{ V = \"verwijzing\", v = \"aanmelding\" }"),
        table("{ V = \"verwijzing\", v = \"verwijzing\" }, fold = true"),
        // what only comes in may say a state with a code
        table("{ V = \"verwijzing\", O = \"aanmelding\" }")
            + "placeholders = { O = \"waardeOnbekend\" }\n",
        // a rule may give a placeholder of the file another meaning
        format!(
            "{TABLE}\n[csv]\nplaceholders = {{ \"?\" = \"geenWaarde\" }}\n[[rule]]\nsource = \"Soort\"\ntarget = \"verwijzing.soort\"\n\
             placeholders = {{ \"?\" = \"waardeOnbekend\" }}\n"
        ),
    ] {
        assert_eq!(one(&text), [], "{text}");
    }
}
