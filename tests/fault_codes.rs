//! Every code that a fault can have: a line in the docs, and a test that names it.
//!
//! Codes are found in the program's text, so that a new one without either is noticed. What is written like a code and is
//! none (an action of the audit, a key of the configuration, a file) is named here.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

/// Where no faults are made: their words are keys of the configuration, names of a story or of laws, labels of traces.
const NO_FAULTS: [&str; 6] = [
    "bench",
    "config",
    "demo",
    "mapping/laws",
    "telemetry",
    "tools/mask",
];
/// Words of that form that are no code of a fault.
const NO_CODES: [&str; 37] = [
    // actions of the audit
    "aflevering.bevestigd",
    "aflevering.gelezen",
    "aflevering.gemaakt",
    "aflevering.geweigerd",
    "aflevering.herhaald",
    "aflevering.ingehouden",
    "aflevering.uitgereikt",
    "bericht.ontvangen",
    "bericht.retour",
    "kandidaat.mogelijk-dubbel",
    "kandidaat.ontdubbeling",
    "sleutel.gemaakt",
    "sleutel.ingetrokken",
    "voorstel.afgehandeld",
    "voorstel.gelezen",
    "webhook.geenAntwoord",
    "webhook.geheim",
    "webhook.ingesteld",
    "webhook.uitgezet",
    // keys of the configuration
    "opslag.map",
    "sleutel.bestand",
    "sleutel.waarde",
    "webhook.adres",
    // files
    "cases.toml",
    "gedeeld.json",
    "schakel.db",
    "schakel.toml",
    "sharedstrings.xml",
    "verwijzing.xml",
    "mappings.map",
    // labels of traces
    "http.request",
    "http.route",
    "otel.name",
    "trace.id",
    // an attribute, in an example
    "kandidaat.bsn",
    "example.org",
    "service.version",
];
/// A code that a test knows by its sentence, because the test runs the program.
const BY_SENTENCE: [(&str, &str); 1] = [("bestand.in-delen", "Stuur het daarheen in delen.")];
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder with an ending, with its text.
fn texts(folder: &Path, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
    }
    found
}

/// What of a file of the program runs in production, and what are its tests.
fn halves(path: &Path, text: &str) -> (String, String) {
    let is_test = path.file_name().is_some_and(|name| name == "tests.rs")
        || path.components().any(|part| part.as_os_str() == "tests");
    match text.find("#[cfg(test)]") {
        _ if is_test => (String::new(), text.to_owned()),
        Some(at) => (text[..at].to_owned(), text[at..].to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

/// Texts between quotes of the form `woord.woord`.
fn codes(text: &str) -> Vec<&str> {
    let is_code = |word: &&str| {
        let lower = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
        let rest = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let parts = word.split_once('.');
        parts.is_some_and(|(first, second)| !first.is_empty() && lower(first) && rest(second))
    };
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split('"'))
        .filter(is_code)
        .collect()
}

/// Every code of the program, with a file that has it.
fn of_program() -> BTreeMap<String, PathBuf> {
    let src = root().join("src");
    let mut found = BTreeMap::new();
    for (path, text) in texts(&src, ".rs") {
        let within = path.strip_prefix(&src).expect("it is below");
        if NO_FAULTS.iter().any(|folder| within.starts_with(folder)) {
            continue;
        }
        for code in codes(&halves(within, &text).0) {
            if !NO_CODES.contains(&code) {
                found.insert(code.to_owned(), within.to_path_buf());
            }
        }
    }
    found
}

#[test]
fn every_code_has_a_line_in_the_docs() {
    let docs = std::fs::read_to_string(root().join("mappings/README.md")).expect("the docs");
    let all = of_program();
    assert!(all.len() > 180, "{}", all.len());
    let missing: Vec<_> = all
        .iter()
        .filter(|(code, _)| !docs.contains(&format!("`{code}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "no line in mappings/README.md: {missing:#?}"
    );
}

#[test]
fn every_code_is_named_in_a_test() {
    let mut tests = String::new();
    for (path, text) in texts(&root().join("tests"), ".rs") {
        // this file names codes and provokes none
        if !path.ends_with("fault_codes.rs") {
            tests.push_str(&text);
        }
    }
    for (path, text) in texts(&root().join("src"), ".rs") {
        let within = path.strip_prefix(root()).expect("it is below");
        tests.push_str(&halves(within, &text).1);
    }
    for (_, text) in texts(&root().join("mappings"), ".toml") {
        tests.push_str(&text);
    }
    let by_sentence = |code: &str| {
        let mut known = BY_SENTENCE.iter();
        known.any(|(known, sentence)| *known == code && tests.contains(sentence))
    };
    let named = |code: &str| tests.contains(&format!("\"{code}\"")) || by_sentence(code);
    let all = of_program();
    let missing: Vec<_> = all.iter().filter(|(code, _)| !named(code)).collect();
    assert!(missing.is_empty(), "no test names: {missing:#?}");
}

#[test]
fn what_is_named_as_no_code_stands_in_the_program() {
    let all: String = texts(&root().join("src"), ".rs")
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    for word in NO_CODES {
        assert!(all.contains(&format!("\"{word}\"")), "{word}");
    }
}
