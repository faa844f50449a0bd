//! The laws: what is tried, what is found, and how it is shown to a person.

use crate::envelope::ENVELOPE;
use crate::forms::FORMATS;
use crate::forms::SCHEMAS;
use crate::forms::assert_laws;
use crate::forms::compile;
use crate::forms::mapping;
use crate::forms::text;
use schakel::mapping::Mapping;
use schakel::mapping::laws;
use schakel::mapping::laws::Breach;
use schakel::mapping::laws::Counterexample;
use serde_json::json;

/// What is written is read with a table of its own, in which the second text means the same as the first.
const MISREAD: &str = r#"
[[rule]]
@a
target = "opdracht.status"
direction = "out"
codec = { codec = "table", codes = { "zo!" = "gestart", "Zo!" = "beeindigd" } }
[[rule]]
@a
target = "opdracht.status"
direction = "in"
codec = { codec = "table", codes = { "zo!" = "gestart", "Zo!" = "gestart" } }
"#;

fn found(mapping: &Mapping) -> Box<Counterexample> {
    laws::check(mapping, &SCHEMAS, 1, 200).expect_err("it cannot hold")
}

#[test]
fn a_counterexample_is_a_document_that_a_person_can_read_in_every_format() {
    for format in FORMATS {
        let found = found(&mapping(format, "", MISREAD));
        let order = found.bundles[0]["opdracht"]["ordernummer"].clone();
        let number = order.as_str().expect("a text");
        assert_eq!(number.chars().count(), 1, "{format}: it is made short");
        assert_eq!(
            found.bundles,
            [json!({"opdracht": {"status": "beeindigd", "ordernummer": order}})]
        );
        let document = found.document.as_deref().expect("it is written");
        let expected = match format {
            "xml" => "\n    <a>Zo!</a>\n".to_owned(),
            "json" => "\n  \"a\": \"Zo!\"".to_owned(),
            "csv" => ";Zo!".to_owned(),
            "excel" => "Blad1\n  nr | a\n".to_owned(),
            _ => format!("{number}{:19}Zo!", ""),
        };
        assert!(document.contains(&expected), "{format}: {document}");
        if format == "excel" {
            assert!(document.ends_with("\n  B2  a | Zo!"), "{document}");
        }
        let sentence = found.sentence();
        let (nl, en) = (
            "opdracht/status ging eruit als \"beeindigd\" en kwam terug als \"gestart\"\n  gegevens:\n    {",
            "opdracht/status went out as \"beeindigd\" and came back as \"gestart\"\n  records:\n    {",
        );
        assert!(sentence.nl.contains(nl), "{}", sentence.nl);
        assert!(sentence.en.contains(en), "{}", sentence.en);
    }
}

#[test]
fn a_counterexample_in_an_envelope_shows_what_the_envelope_holds() {
    for (format, expected) in [("json", "\"a\": \"Zo!\""), ("csv", ";Zo!")] {
        let found = found(&compile(&format!(
            "{}\n{ENVELOPE}",
            text(format, "", MISREAD)
        )));
        let document = found.document.expect("it is written");
        assert!(document.contains("<StUF:berichtcode>Di01"), "{document}");
        let (_, payload) = document
            .split_once("ggk:xmlBestand:\n")
            .expect("what it holds stands below it");
        assert!(payload.contains(expected), "{document}");
    }
}

/// A row in which nothing stands is skipped when it is read: a record of which nothing is written proves nothing.
#[test]
fn a_table_without_a_required_rule_holds() {
    for format in ["csv", "excel"] {
        let text = format!(
            "[mapping]\norganisatie = \"f\"\nsoort = \"taal\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"both\"\n\
            format = \"{format}\"\nmain = \"kandidaat\"\ndelivers = \"none\"\n\
            [[rule]]\nsource = \"nr\"\ntarget = \"kandidaat.klantnummer\"\n"
        );
        assert_laws(&compile(&text));
    }
}

/// Of two rules with a condition both must write and read: what one writes under a condition that never holds when it is
/// read is lost.
#[test]
fn a_condition_that_never_holds_coming_in_is_found() {
    let rules = |source: &str| {
        format!(
            "[[rule]]\nsource = \"c\"\ntarget = \"opdracht.status\"\n\
            [[rule]]\nsource = \"a\"\ntarget = \"opdracht.raamcontract\"\n\
            when = {{ source = \"{source}\", is = \"gestart\", target = \"opdracht.status\", value = \"gestart\" }}\n"
        )
    };
    for format in ["xml", "json", "csv", "excel"] {
        assert_laws(&mapping(format, "", &rules("c")));
        let found = found(&mapping(format, "", &rules("d")));
        let Breach::Differs { pointer, found, .. } = &found.why else {
            panic!("{format}: {found}");
        };
        assert_eq!(
            (pointer.as_str(), found),
            ("opdracht/raamcontract", &json!(null))
        );
    }
}

/// One that reads and one that writes the same, under conditions of their own, are one rule that goes both ways.
#[test]
fn two_rules_that_carry_one_value_together_are_tried() {
    let rules = |value: &str| {
        format!(
            "[[rule]]\nsource = \"a\"\ntarget = \"opdracht.raamcontract\"\ndirection = \"in\"\n\
            when = {{ source = \"c\", is = \"{value}\" }}\n\
            [[rule]]\nsource = \"a\"\ntarget = \"opdracht.raamcontract\"\ndirection = \"out\"\n\
            when = {{ target = \"opdracht.status\", value = \"gestart\" }}\n\
            [[rule]]\nsource = \"c\"\ntarget = \"opdracht.status\"\n"
        )
    };
    assert_laws(&mapping("json", "", &rules("gestart")));
    let found = found(&mapping("json", "", &rules("beeindigd")));
    assert!(
        matches!(&found.why, Breach::Differs { pointer, .. } if pointer == "opdracht/raamcontract")
    );
}

/// What is set under a condition is there where the condition holds, and a constant is what it looks at.
#[test]
fn what_is_set_under_a_condition_is_tried_with_what_it_is_set_by() {
    let rules = "[[rule]]\nsource = \"a\"\nconst = \"G\"\ndirection = \"out\"\n\
        when = { target = \"opdracht.status\", value = \"gestart\" }\n\
        [[rule]]\ntarget = \"opdracht.status\"\nconst = \"gestart\"\ndirection = \"in\"\n\
        when = { source = \"a\", is = \"G\" }\n";
    for format in ["xml", "json", "csv"] {
        assert_laws(&mapping(format, "", rules));
    }
}

#[test]
fn what_the_laws_leave_out_has_a_name_and_a_reason() {
    let rules = "[[rule]]\nsource = \"a\"\ntarget = \"kandidaat.telefoon\"\n\
        [[rule]]\nsource = \"b\"\ntarget = \"opdracht.raamcontract\"\ncodec = { codec = \"text\", max = 3, over = \"cut\" }\n\
        [[rule]]\nsource = \"c\"\ntarget = \"kandidaat.email\"\ncodec = { codec = \"list\", separator = \",\" }\n\
        [[rule]]\nsource = \"d\"\ntarget = \"opdracht.status\"\ndirection = \"in\"\n";
    let named = |format: &str| -> Vec<(String, String)> {
        let found = laws::exceptions(&mapping(format, "", rules));
        let pairs = found.into_iter().map(|one| (one.rule, one.why.nl));
        pairs.collect()
    };
    let pair = |rule: &str, why: &str| (rule.to_owned(), why.to_owned());
    let cut = pair("b", "schrijft niet alles van een waarde");
    let one_way = pair("d", "leest alleen");
    let list = pair("a", "schrijft van een lijst alleen het eerste");
    assert_eq!(named("json"), [cut.clone(), one_way.clone()]);
    assert_eq!(named("csv"), [list, cut, one_way]);
    for format in ["json", "csv"] {
        assert_laws(&mapping(format, "", rules));
    }
}

fn no_file(_: &str) -> Option<Vec<u8>> {
    None
}

/// Two rules that read one place and write another: each is carried one way only, so generated records do not show it.
const ASKEW: &str = r#"
[[rule]]
source = "a"
target = "opdracht.raamcontract"
direction = "in"
[[rule]]
source = "b"
target = "opdracht.raamcontract"
direction = "out"
"#;

#[test]
fn the_laws_are_tried_on_what_the_cases_hold() {
    let cases = "[[case]]\nname = \"gelezen\"\ngiven = '{\"nr\": \"1\", \"a\": \"x\"}'\n\
        expect = [{ opdracht = { ordernummer = \"1\", raamcontract = \"x\" } }]\n\
        [[case]]\nname = \"geschreven\"\nbundles = [{ opdracht = { ordernummer = \"1\", raamcontract = \"x\" } }]\n\
        [[case]]\nname = \"goed\"\ngiven = '{\"nr\": \"1\"}'\nexpect = [{ opdracht = { ordernummer = \"1\" } }]\n\
        [[case]]\nname = \"geweigerd\"\ngiven = '{}'\nfaults = [{ code = \"waarde.verplicht\" }]\n";
    let mapping = mapping("json", "", &format!("{ASKEW}{cases}"));
    assert_eq!(mapping.check_cases(&no_file), [], "the cases hold");
    assert_laws(&mapping);
    let tried = laws::check_cases(&mapping, &no_file);
    assert_eq!(tried.documents, 3, "what is refused is not written");
    let [read, written] = tried.found.as_slice() else {
        panic!("{:?}", tried.found);
    };
    assert_eq!(read.why, Breach::Unstable);
    assert!(read.sentence().nl.starts_with(
        "een wet houdt geen stand voor het geval \"gelezen\": geschreven, gelezen en weer geschreven"
    ));
    let differs = Breach::Differs {
        pointer: "opdracht/raamcontract".to_owned(),
        sent: json!("x"),
        found: json!(null),
    };
    assert_eq!(written.why, differs);
    assert!(
        written
            .sentence()
            .en
            .contains("for the case \"geschreven\": opdracht/raamcontract went out as \"x\" and came back as nothing")
    );
}

#[test]
fn a_partial_case_wants_as_many_elements_as_it_names() {
    let given = "[[case]]\nname = \"g\"\ngiven = '{\"nr\": \"1\", \"a\": \"x\"}'\npartial = true\n";
    for (expect, holds) in [
        ("[]", false),
        ("[{ opdracht = { raamcontract = \"x\" } }]", true),
        ("[{}]", true),
        ("[{}, {}]", false),
    ] {
        let mapping = mapping("json", "", &format!("{ASKEW}{given}expect = {expect}\n"));
        let failures = mapping.check_cases(&no_file);
        assert_eq!(failures.is_empty(), holds, "{expect}: {failures:?}");
    }
}

#[test]
fn a_case_with_both_halves_refuses_nothing_going_out() {
    let case = |bundle: &str| {
        let case = format!(
            "[[case]]\nname = \"g\"\ngiven = '{{}}'\nfaults = [{{ code = \"waarde.verplicht\" }}]\nbundles = [{bundle}]\n"
        );
        mapping("json", "", &case).check_cases(&no_file)
    };
    assert_eq!(case("{ opdracht = { ordernummer = \"1\" } }"), []);
    let failures = case("{ opdracht = { raamcontract = \"x\" } }");
    let [failure] = failures.as_slice() else {
        panic!("{failures:?}");
    };
    assert!(
        failure.why.nl.starts_with("geweigerd:\nuit.verplicht"),
        "{}",
        failure.why.nl
    );
    assert!(
        failure.why.en.starts_with("refused:\nuit.verplicht"),
        "{}",
        failure.why.en
    );
}

/// Read again, an item without its key would refuse the record around it.
#[test]
fn an_item_without_what_it_is_recognised_by_is_not_written() {
    let group = |way: &str| {
        mapping(
            "json",
            "",
            &format!(
                "[[rule]]\nsource = \"gedrag\"\ntarget = \"werkprofiel.gedragscompetenties\"\nkey = \"code\"\n{way}\
                [[rule.rule]]\nsource = \"code\"\ntarget = \"code\"\n[[rule.rule]]\nsource = \"tekst\"\ntarget = \"omschrijving\"\n"
            ),
        )
    };
    let records = json!({
        "opdracht": {"ordernummer": "1"},
        "werkprofiel": {"gedragscompetenties": [{"omschrijving": "x"}, {"code": "7", "omschrijving": "y"}]},
    });
    let (bytes, faults) = crate::forms::written(&group(""), &records);
    assert_eq!(faults, ["uit.sleutel"]);
    assert_eq!(
        String::from_utf8_lossy(&bytes),
        r#"{"nr":"1","gedrag":[{"code":"7","tekst":"y"}]}"#
    );
    // what is never read again needs no key
    let (bytes, faults) = crate::forms::written(&group("direction = \"out\"\n"), &records);
    assert_eq!(faults, Vec::<String>::new());
    assert!(String::from_utf8_lossy(&bytes).contains(r#"{"tekst":"x"}"#));
}
