//! What became of a file: told, written to a report, and summed up in an exit code.

use crate::canonical::Bundle;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::cli::read;
use crate::cli::read::line;
use crate::cli::told::Failure;
use crate::config::Config;
use crate::document::Fault;
use crate::document::Lang;
use crate::mapping::Decoded;
use crate::mapping::Envelope;
use crate::mapping::Mapping;
use crate::pipeline::check_alone;
use crate::pipeline::read_document;
use crate::pipeline::render_fault;
use crate::schema::Schemas;
use crate::tools::Outcome;
use crate::tools::csv_report;
use crate::tools::workbook_report;
use serde_json::Value;
use serde_json::json;
use std::path::Path;

/// What is read, and by which mapping.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// The file; `-` is standard input.
    pub(super) path: &'a Path,
    pub(super) mapping: &'a Mapping,
    pub(super) schemas: &'a Schemas,
    pub(super) config: &'a Config,
}

/// What a file says, when it was read as a whole.
pub(super) struct Whole {
    pub(super) outcome: Outcome,
    pub(super) envelope: Envelope,
    /// What was taken.
    pub(super) taken: Vec<Bundle>,
    /// Which elements of the file these are, from 1.
    pub(super) numbers: Vec<usize>,
}

/// Reads the bytes of a file by a mapping, as the server does.
pub(super) async fn whole(bytes: &[u8], reading: &Reading<'_>) -> Whole {
    let Reading {
        path,
        mapping,
        schemas,
        config,
    } = *reading;
    let (document, mut decoded) = match read::decode_apart(bytes, mapping.wire(), config).await {
        Ok(document) => {
            let mut decoded = read_document(mapping, &document, schemas);
            check_alone(&mut decoded.elements);
            (Some(document), decoded)
        }
        Err(faults) => (
            None,
            Decoded {
                faults,
                ..Decoded::default()
            },
        ),
    };
    mapping.veil(&mut decoded.faults);
    let elements = decoded.elements.iter_mut();
    mapping.veil(elements.flat_map(|element| &mut element.faults));
    let reference = decoded.envelope.reference.clone();
    let mut outcome = Outcome::new(name(path), reference, decoded.faults);
    outcome.document = document;
    let (taken, numbers) = outcome.add_all(decoded.elements);
    Whole {
        outcome,
        envelope: decoded.envelope,
        taken,
        numbers,
    }
}

/// What a file is called in a report.
pub(super) fn name(path: &Path) -> String {
    let named = path.file_name().filter(|_| path != Path::new("-"));
    named.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Whether a report is a workbook, by the name of its file.
pub(super) fn is_workbook(report: Option<&Path>) -> bool {
    report.and_then(end_of).as_deref() == Some("xlsx")
}

/// The end of a file's name.
fn end_of(path: &Path) -> Option<String> {
    let end = path.extension()?.to_str()?;
    Some(end.to_ascii_lowercase())
}

/// Tells every fault and the counts, writes the report where one is asked for, and sums up.
pub(super) fn conclude(
    outcome: &Outcome,
    mapping: &Mapping,
    report: Option<&Path>,
    output: &Output,
) -> Exit {
    for (_, fault) in outcome.faults() {
        let line = line(fault, output.lang());
        output.say(&line, &line);
    }
    if let Some(shortened) = outcome.shortened(output.lang()) {
        output.say(&shortened, &shortened);
    }
    let tally = outcome.tally();
    let (taken, refused, unwritten) = (tally.taken, tally.refused, tally.unwritten);
    output.say(
        &format!("{taken} opgenomen, {refused} geweigerd."),
        &format!("{taken} taken, {refused} refused."),
    );
    let left_out = tally.left_out;
    if left_out > 0 {
        output.say(
            &format!("{left_out} gelezen en niet geschreven."),
            &format!("{left_out} read and not written."),
        );
    }
    match unwritten {
        0 => {}
        1 => output.say(
            "1 waarde kon niet worden geschreven.",
            "1 value could not be written.",
        ),
        _ => output.say(
            &format!("{unwritten} waarden konden niet worden geschreven."),
            &format!("{unwritten} values could not be written."),
        ),
    }
    if let Some(path) = report {
        let written = written(path, outcome, mapping, output.lang());
        let put = written.and_then(|bytes| Ok(read::put(path, &bytes)?));
        if let Err(error) = put {
            return output.failed(&*error);
        }
    }
    if taken == 0 {
        Exit::Failed
    } else if refused > 0 || left_out > 0 || unwritten > 0 {
        Exit::Partly
    } else {
        Exit::Done
    }
}

/// The report in the form that the name of its file asks for: CSV, Excel, else JSON.
fn written(
    path: &Path,
    outcome: &Outcome,
    mapping: &Mapping,
    lang: Lang,
) -> Result<Vec<u8>, Failure> {
    Ok(match end_of(path).as_deref() {
        Some("csv") => csv_report(outcome, lang)?,
        Some("xlsx") => workbook_report(outcome, mapping, lang)?,
        _ => format!("{:#}\n", json_report(outcome, lang)).into_bytes(),
    })
}

/// What became of each element that is listed: places and sentences, no values.
fn json_report(outcome: &Outcome, lang: Lang) -> Value {
    let rendered = |faults: &[Fault]| {
        let faults = faults.iter().map(|fault| render_fault(fault, lang));
        faults.collect::<Vec<_>>()
    };
    let elements = outcome.elements().iter().map(|element| {
        json!({
            "nummer": element.number,
            "plaats": element.place.location(lang),
            "uitkomst": match (element.taken, element.left_out) {
                (true, _) => "opgenomen",
                (false, true) => "niet geschreven",
                (false, false) => "geweigerd",
            },
            "fouten": rendered(&element.faults),
        })
    });
    let tally = outcome.tally();
    let mut report = json!({
        "bestand": outcome.file,
        "referentie": outcome.reference,
        "totaal": tally.total,
        "opgenomen": tally.taken,
        "metOpmerkingen": tally.remarked,
        "geweigerd": tally.refused,
        "nietGeschreven": tally.left_out,
        "opmerkingen": rendered(&outcome.faults),
        "elementen": elements.collect::<Vec<_>>(),
        "nietTeSchrijven": rendered(outcome.unwritten()),
    });
    if let Some(shortened) = outcome.shortened(lang) {
        report["ingekort"] = shortened.into();
    }
    report
}
