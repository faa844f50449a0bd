//! What became of a file: told, written to a report, and summed up in an exit code.

use crate::cli::Exit;
use crate::cli::output::Output;
use crate::cli::read;
use crate::cli::read::line;
use crate::config::Config;
use crate::document::Fault;
use crate::document::Lang;
use crate::mapping::Decoded;
use crate::mapping::Mapping;
use crate::pipeline::read_document;
use crate::pipeline::render_fault;
use crate::schema::Schemas;
use crate::tools::Outcome;
use crate::tools::csv_report;
use crate::tools::workbook_report;
use serde_json::Value;
use serde_json::json;
use std::path::Path;

/// Reads a file by a mapping, as the server does.
pub(super) async fn outcome(
    path: &Path,
    mapping: &Mapping,
    schemas: &Schemas,
    config: &Config,
) -> std::io::Result<Outcome> {
    let bytes = read::take(path)?;
    let named = path.file_name().filter(|_| path != Path::new("-"));
    let file = named.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let (document, mut decoded) = match read::decode(&bytes, mapping.wire(), config).await {
        Ok(document) => {
            let decoded = read_document(mapping, &document, schemas);
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
    Ok(Outcome {
        file,
        document,
        decoded,
        unwritten: Vec::new(),
    })
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
    let (tally, unwritten) = (outcome.tally(), outcome.unwritten.len());
    let (taken, refused) = (tally.taken, tally.refused);
    output.say(
        &format!("{taken} opgenomen, {refused} geweigerd."),
        &format!("{taken} taken, {refused} refused."),
    );
    if unwritten > 0 {
        output.say(
            &format!("{unwritten} waarden konden niet worden geschreven."),
            &format!("{unwritten} values could not be written."),
        );
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
    } else if refused > 0 || unwritten > 0 {
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
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let end = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    Ok(match end.as_deref().and_then(std::ffi::OsStr::to_str) {
        Some("csv") => csv_report(outcome, lang)?,
        Some("xlsx") => workbook_report(outcome, mapping, lang)?,
        _ => format!("{:#}\n", json_report(outcome, lang)).into_bytes(),
    })
}

/// What became of each element: places and sentences, no values.
fn json_report(outcome: &Outcome, lang: Lang) -> Value {
    let rendered = |faults: &[Fault]| {
        let faults = faults.iter().map(|fault| render_fault(fault, lang));
        faults.collect::<Vec<_>>()
    };
    let elements = outcome.decoded.elements.iter().enumerate();
    let elements = elements.map(|(index, element)| {
        json!({
            "nummer": index + 1,
            "plaats": element.place.location(lang),
            "uitkomst": if outcome.takes(element) { "opgenomen" } else { "geweigerd" },
            "fouten": rendered(&element.faults),
        })
    });
    let tally = outcome.tally();
    json!({
        "bestand": outcome.file,
        "referentie": outcome.decoded.envelope.reference,
        "totaal": tally.total,
        "opgenomen": tally.taken,
        "metOpmerkingen": tally.remarked,
        "geweigerd": tally.refused,
        "opmerkingen": rendered(&outcome.decoded.faults),
        "elementen": elements.collect::<Vec<_>>(),
        "nietTeSchrijven": rendered(&outcome.unwritten),
    })
}
