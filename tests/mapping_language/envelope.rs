//! A document in an envelope: two layers, whatever the format of the document.

use crate::forms::assert_laws;
use crate::forms::codes;
use crate::forms::compile;
use crate::forms::document;
use crate::forms::mapping;
use crate::forms::read;
use crate::forms::records;
use crate::forms::text;
use crate::forms::written;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Kind;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::mapping::Mapping;
use serde_json::json;
use std::sync::Arc;

const RULES: &str = r#"
[[rule]]
@a
target = "opdracht.ingangsdatum"
codec = "date"
"#;

/// [PUB GGk: root, namespace, bericht/xmlBestand] [ASM: the stuurgegevens]
pub const ENVELOPE: &str = r#"
[envelope]
root = "ggk:envelopHeenbericht-ggk_Di01"
namespaces = { ggk = "http://www.stufstandaarden.nl/koppelvlak/ggk0210", StUF = "http://www.egem.nl/StUF/StUF0301" }
payload = "ggk:bericht/ggk:xmlBestand"
ignore = ["ggk:stuurgegevens/StUF:functie"]

[[envelope.rule]]
source = "/ggk:stuurgegevens/StUF:berichtcode"
const = "Di01"

[[envelope.rule]]
source = "/ggk:stuurgegevens/StUF:referentienummer"
target = "bericht.referentie"

[[envelope.rule]]
source = "/ggk:stuurgegevens/StUF:zender/StUF:organisatie"
target = "bericht.afzender.gemeentecode"
"#;

const HELD: &str = "/ggk:envelopHeenbericht-ggk_Di01/ggk:bericht/ggk:xmlBestand";
const FORMATS: [&str; 4] = ["xml", "json", "csv", "fixed"];

fn enveloped(format: &str, more: &str) -> Arc<Mapping> {
    let envelope = ENVELOPE.replacen(
        "[[envelope.rule]]",
        &format!("{more}\n[[envelope.rule]]"),
        1,
    );
    compile(&format!("{}\n{envelope}", text(format, "", RULES)))
}

fn around(payload: &str) -> Vec<u8> {
    format!(
        "<g:envelopHeenbericht-ggk_Di01 xmlns:g=\"http://www.stufstandaarden.nl/koppelvlak/ggk0210\" xmlns:s=\"http://www.egem.nl/StUF/StUF0301\">\
         <g:stuurgegevens><s:berichtcode>Di01</s:berichtcode><s:zender><s:organisatie>0484</s:organisatie></s:zender>\
         <s:referentienummer>REF-1</s:referentienummer><s:functie>WMO301</s:functie></g:stuurgegevens>\
         <g:bericht>{payload}</g:bericht></g:envelopHeenbericht-ggk_Di01>"
    )
    .into_bytes()
}

fn held(payload: &[u8]) -> Vec<u8> {
    around(&format!(
        "<g:xmlBestand>{}</g:xmlBestand>",
        STANDARD.encode(payload)
    ))
}

fn refused(mapping: &Mapping, bytes: &[u8]) -> Vec<(String, String)> {
    let found = adapters::decode(bytes, mapping.wire(), &Limits::default());
    places(&found.err().unwrap_or_default())
}

fn places(faults: &[Fault]) -> Vec<(String, String)> {
    faults
        .iter()
        .map(|fault| (fault.code.to_string(), fault.place.location(Lang::Nl)))
        .collect()
}

#[test]
fn the_envelope_says_who_and_the_document_in_it_says_what_in_every_format() {
    let expected = json!({"opdracht": {"ordernummer": "1", "ingangsdatum": "2024-04-01"}});
    for format in FORMATS {
        let (mapping, plain) = (enveloped(format, ""), mapping(format, "", RULES));
        let payload = document(&plain, &[("a", "2024-04-01")]);
        let decoded = read(&mapping, &held(&payload));
        assert_eq!(codes(&decoded), Vec::<String>::new(), "{format}");
        assert_eq!(records(&decoded), expected, "{format}");
        assert_eq!(decoded.envelope.reference.as_deref(), Some("REF-1"));
        let sender = decoded
            .envelope
            .sender
            .map(|(code, place)| (code, place.location(Lang::Nl)));
        let place =
            "/ggk:envelopHeenbericht-ggk_Di01/ggk:stuurgegevens/StUF:zender/StUF:organisatie";
        assert_eq!(sender, Some(("0484".to_owned(), place.to_owned())));
        let (bytes, remarks) = written(&mapping, &expected);
        assert_eq!(remarks, Vec::<String>::new(), "{format}");
        let again = String::from_utf8(bytes.clone()).expect("UTF-8");
        assert!(
            again.contains("<StUF:berichtcode>Di01</StUF:berichtcode>"),
            "{again}"
        );
        assert!(
            again.contains(&STANDARD.encode(written(&plain, &expected).0)),
            "{again}"
        );
        assert_eq!(records(&read(&mapping, &bytes)), expected, "{format}");
        assert_laws(&mapping);
    }
}

#[test]
fn what_is_wrong_in_the_document_has_its_place_behind_that_of_the_envelope() {
    for (format, inner) in [
        ("xml", "/r/o[1]/a"),
        ("json", "/a"),
        ("csv", "rij 2, kolom B (a)"),
        ("fixed", "regel 1, posities 21-40"),
    ] {
        let plain = mapping(format, "", RULES);
        let payload = document(&plain, &[("a", "2024-02-31")]);
        let decoded = read(&enveloped(format, ""), &held(&payload));
        let element = &decoded.elements[0];
        let expected = format!("{HELD} > {inner}");
        assert_eq!(
            places(&element.faults),
            [("datum.bestaatNiet".to_owned(), expected)]
        );
        let number = element
            .place_of(Kind::Opdracht, "/ordernummer")
            .location(Lang::Nl);
        assert!(number.starts_with(HELD), "{number}");
    }
    // what the adapter itself cannot read, too
    for (format, payload, code) in [
        ("json", "{\"nr\": }", "json.syntaxis"),
        ("xml", "<r><o>", "xml.afgebroken"),
        ("json", "", "bestand.leeg"),
        ("csv", "nr\r\n\"1", "csv.aanhaling"),
    ] {
        let found = refused(&enveloped(format, ""), &held(payload.as_bytes()));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, code);
        assert!(found[0].1.starts_with(HELD), "{found:?}");
    }
}

#[test]
fn another_envelope_and_one_that_does_not_hold_the_document_once_are_refused() {
    let mapping = enveloped("json", "");
    let once = format!("<g:xmlBestand>{}</g:xmlBestand>", STANDARD.encode("{}"));
    for (bytes, code, place) in [
        (b"<r/>".to_vec(), "envelop.wortel", "/*"),
        (around(""), "envelop.inhoud", HELD),
        (around(&once.repeat(2)), "envelop.inhoud", HELD),
        (
            around("<g:xmlBestand>e30*</g:xmlBestand>"),
            "envelop.codering",
            HELD,
        ),
        (
            around("<g:xmlBestand><g:x/></g:xmlBestand>"),
            "envelop.codering",
            HELD,
        ),
        (held(&held(b"{}")), "json.syntaxis", HELD),
        (
            b"{\"nr\": \"1\"}".to_vec(),
            "xml.wortel",
            "regel 1, kolom 1",
        ),
    ] {
        let expected = [(code.to_owned(), place.to_owned())];
        assert_eq!(refused(&mapping, &bytes), expected);
    }
    let folded = around("<g:xmlBestand> eyJuciI6\n ICIxIn0= </g:xmlBestand>");
    assert_eq!(
        records(&read(&mapping, &folded)),
        json!({"opdracht": {"ordernummer": "1"}})
    );
    let unread = String::from_utf8(held(b"{\"nr\": \"1\"}")).expect("UTF-8");
    let unread = unread.replace("<g:bericht>", "<g:parameters>1</g:parameters><g:bericht>");
    assert_eq!(codes(&read(&mapping, unread.as_bytes())), ["deel.onbekend"]);
    let wrong = unread.replace("Di01</s:", "Du01</s:");
    assert_eq!(
        codes(&read(&mapping, wrong.as_bytes()))[0],
        "waarde.constante"
    );
}

#[test]
fn the_document_in_an_envelope_has_the_limits_of_a_file() {
    let mapping = enveloped("json", "");
    let long = format!("{{\"nr\": \"1\", \"b\": \"{}\"}}", "x".repeat(900));
    let bytes = held(long.as_bytes());
    let limits = Limits {
        bytes: bytes.len(),
        text: 500,
        ..Limits::default()
    };
    let found = adapters::decode(&bytes, mapping.wire(), &limits).expect_err("a long text");
    assert_eq!(places(&found)[0].0, "json.tekst");
    let limits = Limits {
        bytes: bytes.len() - 1,
        ..Limits::default()
    };
    let found = adapters::decode(&bytes, mapping.wire(), &limits).expect_err("a large file");
    assert_eq!(places(&found)[0].0, "bestand.te-groot");
    let deep = format!("{}{}", "<g:d>".repeat(17), "</g:d>".repeat(17));
    assert_eq!(refused(&mapping, &around(&deep))[0].0, "xml.diepte");
}

#[test]
fn a_bare_document_is_taken_where_the_mapping_says_so() {
    for format in FORMATS {
        let plain = mapping(format, "", RULES);
        let bytes = document(&plain, &[("a", "2024-04-01")]);
        assert_ne!(refused(&enveloped(format, ""), &bytes), []);
        let decoded = read(&enveloped(format, "bare = \"take\""), &bytes);
        assert_eq!(codes(&decoded), Vec::<String>::new());
        assert_eq!(records(&decoded), records(&read(&plain, &bytes)));
        assert_eq!(decoded.envelope.reference, None);
        let content = adapters::content_type(plain.wire());
        assert!(adapters::accepts(
            enveloped(format, "bare = \"take\"").wire(),
            content
        ));
    }
    assert!(!adapters::accepts(
        enveloped("json", "").wire(),
        "application/json"
    ));
}

#[test]
fn a_mapping_with_an_envelope_is_printed_and_extended_whole() {
    let own = enveloped("json", "");
    assert_eq!(compile(own.printed()).printed(), own.printed());
    let laws: Vec<String> = own.rules().into_iter().map(|rule| rule.rule).collect();
    assert!(
        laws.contains(&"[envelope] / /ggk:stuurgegevens/StUF:berichtcode".to_owned()),
        "{laws:?}"
    );
    let extends = "[mapping]\norganisatie = \"g\"\nsoort = \"taal\"\ntitel = \"t\"\nextends = \"f/taal\"\n[envelope]\nbare = \"take\"\n";
    let text = format!("{}\n{ENVELOPE}", text("json", "", RULES));
    let files = [("f/taal.toml", text.as_str()), ("g/taal.toml", extends)];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let library =
        schakel::mapping::Library::compile(&files, &crate::forms::SCHEMAS).expect("it compiles");
    let extended = library.get("g", "taal").expect("it is there");
    for bytes in [held(b"{\"nr\": \"1\"}"), b"{\"nr\": \"1\"}".to_vec()] {
        assert_eq!(
            records(&read(extended, &bytes)),
            json!({"opdracht": {"ordernummer": "1"}})
        );
    }
}

/// The envelope is of the transport, and has a reference of its own: the other is not dropped unsaid.
#[test]
fn what_the_document_says_of_itself_beside_the_envelope_is_said() {
    let own = |format: &str| {
        let path = if format == "xml" { "/o/" } else { "/" };
        format!(
            "{RULES}\n[[rule]]\nsource = \"{path}b\"\ntarget = \"bericht.referentie\"\ndirection = \"in\"\n\
             [[rule]]\nsource = \"{path}c\"\ntarget = \"bericht.afzender\"\ndirection = \"in\"\n"
        )
    };
    for (format, place) in [("xml", "/r/o/b"), ("json", "/b")] {
        let rules = own(format);
        let plain = mapping(format, "", &rules);
        let mapping = compile(&format!("{}\n{ENVELOPE}", text(format, "", &rules)));
        for (reference, sender, expected, inner) in [
            ("REF-1", "0484", None, None),
            ("B-7", "0484", Some(format!("{HELD} > {place}")), None),
            ("REF-1", "0363", None, Some("0363")),
        ] {
            let payload = document(&plain, &[("b", reference), ("c", sender)]);
            let decoded = read(&mapping, &held(&payload));
            let expected: Vec<_> = expected
                .into_iter()
                .map(|place| ("envelop.kenmerk".to_owned(), place))
                .collect();
            assert_eq!(places(&decoded.faults), expected, "{format} {reference}");
            assert!(decoded.faults.iter().all(|fault| !fault.refuses()));
            assert_eq!(decoded.envelope.reference.as_deref(), Some("REF-1"));
            let outer = decoded.envelope.sender.map(|(named, _)| named);
            assert_eq!(outer.as_deref(), Some("0484"));
            let within = decoded.envelope.inner_sender;
            let found = within.as_ref().map(|(named, _)| named.as_str());
            assert_eq!(found, inner, "{format} {sender}");
            let at = within.map(|(_, place)| place.location(Lang::Nl));
            assert!(at.is_none_or(|at| at.starts_with(HELD)));
        }
    }
}
