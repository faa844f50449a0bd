//! Cases: a document with the bundles it must become, or bundles with the document they must become. They stand in
//! the mapping file or beside it, and run through the same adapters as real messages.

use crate::adapters;
use crate::adapters::Limits;
use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::Decoded;
use crate::mapping::Diagnostic;
use crate::mapping::Mapping;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use serde_json::Value as Json;

/// A document in a case: written out, or the name of a file beside the mapping.
#[derive(Debug, Clone)]
pub enum Given {
    /// Written out.
    Text(String),
    /// The path of a file, relative to the mapping's folder.
    File(String),
}

/// One case. What it holds is invented data.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the case is called.
    pub name: String,
    /// The document to decode.
    pub given: Option<Given>,
    /// The bundles it must become.
    pub expect: Option<Vec<Json>>,
    /// Whether only what `expect` names is compared.
    pub partial: bool,
    /// Code and location of every fault; without it remarks are accepted and refusals are not.
    pub faults: Option<Vec<(String, Option<String>)>>,
    /// The context going out.
    pub bericht: Json,
    /// The bundles to encode.
    pub bundles: Option<Vec<Json>>,
    /// The document they must become.
    pub document: Option<Given>,
}

/// How a case fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFailure {
    /// The case.
    pub case: String,
    /// What was found instead. Cases hold invented data, so values are shown.
    pub why: String,
}

const KEYS: [&str; 11] = [
    "name",
    "given",
    "file",
    "expect",
    "partial",
    "faults",
    "bericht",
    "bundles",
    "document",
    "document_file",
    "note",
];

/// Reads the cases of a file.
pub(crate) fn read(file: &str, text: &str) -> (Vec<Case>, Vec<Diagnostic>) {
    let mut report = Report::new(file, text);
    let Some(root) = syntax::parse(text, &mut report) else {
        // A mapping file that is no TOML was reported by the compiler already.
        let found = if file.ends_with(".cases.toml") {
            report.into_found()
        } else {
            Vec::new()
        };
        return (Vec::new(), found);
    };
    if file.ends_with(".cases.toml") {
        report.known_keys(&root, &["case"]);
    }
    let cases = report
        .tables(&root, "case")
        .into_iter()
        .map(|table| case(&mut report, table))
        .collect();
    (cases, report.into_found())
}

fn case(report: &mut Report<'_>, table: &Table) -> Case {
    report.known_keys(table, &KEYS);
    let name = report
        .required_text(table, "name")
        .unwrap_or_default()
        .to_owned();
    let given = report
        .text(table, "given")
        .map(|text| Given::Text(text.to_owned()));
    let given = given.or_else(|| {
        report
            .text(table, "file")
            .map(|path| Given::File(path.to_owned()))
    });
    let document = report
        .text(table, "document")
        .map(|text| Given::Text(text.to_owned()));
    let document = document.or_else(|| {
        report
            .text(table, "document_file")
            .map(|path| Given::File(path.to_owned()))
    });
    let case = Case {
        name,
        given,
        expect: bundles(report, table, "expect"),
        partial: report.boolean(table, "partial", false),
        faults: faults(report, table),
        bericht: table
            .get("bericht")
            .and_then(Item::json)
            .unwrap_or_else(|| Json::Object(serde_json::Map::new())),
        bundles: bundles(report, table, "bundles"),
        document,
    };
    let inward = case.given.is_some() && (case.expect.is_some() || case.faults.is_some());
    if !inward && case.bundles.is_none() || case.document.is_some() && case.bundles.is_none() {
        malformed(report, &table.place());
    }
    case
}

fn malformed(report: &mut Report<'_>, span: &syntax::Span) {
    report.error(
        "M036",
        span,
        (
            "Dit geval is onvolledig of verkeerd geschreven.",
            "This case is incomplete or malformed.",
        ),
        (
            "Geef `given` of `file` met `expect` of `faults`, of `bundles` met `document`.",
            "Give `given` or `file` with `expect` or `faults`, or `bundles` with `document`.",
        ),
    );
}

/// Bundles as a list of tables, one table, or JSON text.
fn bundles(report: &mut Report<'_>, table: &Table, key: &str) -> Option<Vec<Json>> {
    let item = table.get(key)?;
    let json = match &item.value {
        Toml::Text(text) => serde_json::from_str(text).ok(),
        _ => item.json(),
    };
    match json {
        Some(Json::Array(items)) if items.iter().all(Json::is_object) => Some(items),
        Some(Json::Object(one)) => Some(vec![Json::Object(one)]),
        _ => {
            malformed(report, &item.span);
            None
        }
    }
}

fn faults(report: &mut Report<'_>, table: &Table) -> Option<Vec<(String, Option<String>)>> {
    table.get("faults")?;
    let mut found = Vec::new();
    for fault in report.tables(table, "faults") {
        report.known_keys(fault, &["code", "location"]);
        if let Some(code) = report.required_text(fault, "code") {
            found.push((
                code.to_owned(),
                report.text(fault, "location").map(str::to_owned),
            ));
        }
    }
    Some(found)
}

impl Mapping {
    /// Runs the cases beside this mapping. `files` gives the bytes of a file by its path under `mappings/`.
    #[must_use]
    pub fn check_cases(&self, files: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<CaseFailure> {
        let mut failures = Vec::new();
        for case in self.cases() {
            for why in [
                self.check_inward(case, files),
                self.check_outward(case, files),
            ]
            .into_iter()
            .filter_map(Result::err)
            {
                failures.push(CaseFailure {
                    case: case.name.clone(),
                    why,
                });
            }
        }
        failures
    }

    fn check_inward(
        &self,
        case: &Case,
        files: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(), String> {
        let Some(given) = &case.given else {
            return Ok(());
        };
        let bytes = self.bytes(given, files)?;
        let decoded = match adapters::decode(&bytes, self.wire(), &Limits::default()) {
            Ok(document) => self.decode(&document),
            Err(faults) => Decoded {
                faults,
                ..Decoded::default()
            },
        };
        let all: Vec<&Fault> = decoded
            .faults
            .iter()
            .chain(decoded.elements.iter().flat_map(|element| &element.faults))
            .collect();
        check_faults(case, &all)?;
        let Some(expect) = &case.expect else {
            return Ok(());
        };
        let found: Vec<Json> = decoded
            .elements
            .iter()
            .map(|element| json(&element.bundle))
            .collect();
        let same = if case.partial {
            expect.len() <= found.len()
                && expect
                    .iter()
                    .zip(&found)
                    .all(|(expect, found)| covers(expect, found))
        } else {
            *expect == found
        };
        if same {
            Ok(())
        } else {
            Err(format!(
                "expected {}\nfound    {}",
                Json::from(expect.clone()),
                Json::from(found)
            ))
        }
    }

    fn check_outward(
        &self,
        case: &Case,
        files: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<(), String> {
        let Some(bundles) = &case.bundles else {
            return Ok(());
        };
        let bundles = bundles.iter().map(bundle).collect::<Result<Vec<_>, _>>()?;
        let encoded = self.encode(&case.bericht, &bundles);
        let faults: Vec<&Fault> = encoded.faults.iter().collect();
        if case.given.is_none() {
            check_faults(case, &faults)?;
        }
        let bytes =
            adapters::encode(&encoded.document, self.wire()).map_err(|error| error.to_string())?;
        let Some(expected) = &case.document else {
            return Ok(());
        };
        // Compared as documents: line ends and indentation are the adapter's own matter.
        let read = |bytes: &[u8]| -> Result<Document, String> {
            adapters::decode(bytes, self.wire(), &Limits::default())
                .map_err(|faults| faults.iter().map(line).collect::<Vec<_>>().join("\n"))
        };
        let (found, expected) = (read(&bytes)?, read(&self.bytes(expected, files)?)?);
        if same(&found.root, &expected.root) {
            Ok(())
        } else {
            Err(format!(
                "another document came out:\n{}",
                String::from_utf8_lossy(&bytes)
            ))
        }
    }

    fn bytes(
        &self,
        given: &Given,
        files: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Vec<u8>, String> {
        match given {
            Given::Text(text) => match self.wire() {
                crate::document::Wire::Csv(wire)
                    if wire.encoding == crate::document::Charset::Windows1252 =>
                {
                    Ok(encoding_rs::WINDOWS_1252.encode(text).0.into_owned())
                }
                _ => Ok(text.clone().into_bytes()),
            },
            Given::File(path) => {
                let path = format!("{}/{path}", self.id().0);
                files(&path).ok_or_else(|| format!("there is no file mappings/{path}"))
            }
        }
    }
}

fn check_faults(case: &Case, found: &[&Fault]) -> Result<(), String> {
    let shown = || {
        found
            .iter()
            .map(|fault| line(fault))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let Some(expected) = &case.faults else {
        let refused = found.iter().any(|fault| fault.refuses());
        return if refused {
            Err(format!("refused:\n{}", shown()))
        } else {
            Ok(())
        };
    };
    let mut left: Vec<&&Fault> = found.iter().collect();
    for (code, location) in expected {
        let index = left.iter().position(|fault| {
            fault.code == code.as_str()
                && location
                    .as_ref()
                    .is_none_or(|location| *location == fault.place.location(Lang::Nl))
        });
        match index {
            Some(index) => {
                left.remove(index);
            }
            None => return Err(format!("expected the fault {code}; found:\n{}", shown())),
        }
    }
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!("more faults than expected:\n{}", shown()))
    }
}

fn line(fault: &Fault) -> String {
    format!(
        "{} at {}: {}",
        fault.code,
        fault.place.location(Lang::Nl),
        fault.sentence.nl
    )
}

/// A bundle as canonical JSON.
pub(crate) fn json(bundle: &Bundle) -> Json {
    let records = bundle
        .records
        .iter()
        .map(|(kind, record)| (kind.to_string(), Json::Object(record.clone())));
    Json::Object(records.collect())
}

fn bundle(json: &Json) -> Result<Bundle, String> {
    let mut bundle = Bundle::default();
    for (name, record) in json.as_object().into_iter().flatten() {
        let kind = Kind::parse(name).ok_or_else(|| format!("there is no kind `{name}`"))?;
        let record = record
            .as_object()
            .ok_or_else(|| format!("`{name}` is no record"))?;
        bundle.records.insert(kind, record.clone());
    }
    Ok(bundle)
}

/// Whether everything that `expect` names is in `found`.
fn covers(expect: &Json, found: &Json) -> bool {
    match (expect, found) {
        (Json::Object(expect), Json::Object(found)) => expect
            .iter()
            .all(|(name, value)| found.get(name).is_some_and(|found| covers(value, found))),
        (expect, found) => expect == found,
    }
}

/// Whether two trees hold the same, wherever their parts stood.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((name, left), (other, right))| name == other && same(left, right))
        }
        (left, right) => left == right,
    }
}
