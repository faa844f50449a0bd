//! Cases: a document with the bundles it must become, or bundles with the document they must become. They stand in
//! the mapping file or beside it, and run through the same adapters as real messages.

mod run;

pub(crate) use run::bundle;

use crate::canonical::Bundle;
use crate::document::Sentence;
use crate::mapping::Diagnostic;
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
    /// Whether of each bundle only what `expect` names is compared.
    pub partial: bool,
    /// Code and location of every fault; without it remarks are accepted and refusals are not.
    pub faults: Option<Vec<(String, Option<String>)>>,
    /// Of a retour to a delivery: where each rejected part has its codes, and which.
    pub rejected: Option<Vec<(String, Vec<String>)>>,
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
    pub why: Sentence,
}

const KEYS: [&str; 12] = [
    "name",
    "given",
    "file",
    "expect",
    "partial",
    "faults",
    "rejected",
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
        rejected: rejected(report, table),
        bericht: table
            .get("bericht")
            .and_then(Item::json)
            .unwrap_or_else(|| Json::Object(serde_json::Map::new())),
        bundles: bundles(report, table, "bundles"),
        document,
    };
    let inward = case.given.is_some()
        && (case.expect.is_some() || case.faults.is_some() || case.rejected.is_some());
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

fn rejected(report: &mut Report<'_>, table: &Table) -> Option<Vec<(String, Vec<String>)>> {
    table.get("rejected")?;
    let mut found = Vec::new();
    for one in report.tables(table, "rejected") {
        report.known_keys(one, &["location", "codes"]);
        if let Some(location) = report.required_text(one, "location") {
            found.push((location.to_owned(), report.texts(one, "codes")));
        }
    }
    Some(found)
}

/// A bundle as canonical JSON.
pub(crate) fn json(bundle: &Bundle) -> Json {
    let records = bundle
        .records
        .iter()
        .map(|(kind, record)| (kind.to_string(), Json::Object(record.clone())));
    Json::Object(records.collect())
}
