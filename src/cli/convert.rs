use crate::adapters;
use crate::app::MappingSource;
use crate::canonical::Bundle;
use crate::canonical::Clock;
use crate::canonical::SystemClock;
use crate::cli::Exit;
use crate::cli::mapping;
use crate::cli::output::Output;
use crate::cli::read::decode;
use crate::cli::read::line;
use crate::cli::read::put;
use crate::cli::read::take;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Wire;
use crate::mapping::Decoded;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::pipeline::read_document;
use crate::pipeline::render_fault;
use crate::schema::Schemas;
use clap::Args;
use jiff::Unit;
use serde_json::Value;
use serde_json::json;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
#[command(after_help = "\
A mapping is <organisation>/<soort>, for example uwv/sonar, or the path of a .toml file.
Without --from the input is canonical JSON, without --to the output is.
Nothing is stored, and nothing is filtered: what may be shared is decided by the gateway, not here.

Examples:
  schakel convert --from gemeente-voorbeeldstad/verwijzing --in verwijzing.xml
  schakel convert --from uwv/sonar --in werkmap.xlsx --out profielen.json --report retour.json
  schakel convert --to aanbieder-a/verwijzing --in - --out -  < verwijzing.json

Exit codes: 0 everything was taken and written, 2 some elements were refused or some values could not be written,
1 nothing was taken")]
pub(super) struct Convert {
    /// The mapping that reads the input
    #[arg(long, value_name = "MAPPING")]
    from: Option<String>,
    /// The mapping that writes the output
    #[arg(long, value_name = "MAPPING")]
    to: Option<String>,
    /// The input; - is standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// The output; - is standard output. A folder when the mapping writes a document for each record
    #[arg(long = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Where to write what became of each element, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// What a conversion gave.
struct Converted {
    decoded: Decoded,
    /// Documents in the output's format.
    written: Vec<Vec<u8>>,
    /// What the output could not say.
    remarks: Vec<Fault>,
}

pub(super) fn run(convert: &Convert, file: Option<&Path>, output: &Output) -> Exit {
    let Some(config) = output.config(file) else {
        return Exit::Config;
    };
    let source = MappingSource::new(config.mapping_folder());
    let (schemas, library) = match mapping::open(&source, output) {
        Ok(opened) => opened,
        Err(error) => return output.not_started(&error),
    };
    let (Some(from), Some(to)) = (
        named(convert.from.as_deref(), &library, &schemas, output),
        named(convert.to.as_deref(), &library, &schemas, output),
    ) else {
        return Exit::Failed;
    };
    let bytes = match take(&convert.input) {
        Ok(bytes) => bytes,
        Err(error) => return output.failed(&error),
    };
    output.block_on(async {
        let converted = match decode(&bytes, from.wire(), &config).await {
            Ok(document) => converted(&from, &to, &document, &schemas),
            Err(mut faults) => {
                from.veil(&mut faults);
                Ok(Converted {
                    decoded: Decoded {
                        faults,
                        ..Decoded::default()
                    },
                    written: Vec::new(),
                    remarks: Vec::new(),
                })
            }
        };
        match converted {
            Ok(converted) => conclude(convert, &converted, to.wire(), output),
            Err(error) => output.failed(&error),
        }
    })
}

/// The mapping with this name or in this file; the canonical one when none is named.
fn named(
    name: Option<&str>,
    library: &Library,
    schemas: &Schemas,
    output: &Output,
) -> Option<Arc<Mapping>> {
    let Some(name) = name else {
        return Some(Arc::clone(library.canonical()));
    };
    if Path::new(name).extension().is_some_and(|end| end == "toml") {
        return from_file(Path::new(name), schemas, output);
    }
    mapping::find(name, library, output).cloned()
}

/// A mapping from its own file, compiled with the other files of its folder (`<folder>/<org>/<soort>.toml`).
fn from_file(path: &Path, schemas: &Schemas, output: &Output) -> Option<Arc<Mapping>> {
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(error) => {
            output.failed(&error);
            return None;
        }
    };
    let soort = path.file_stem()?.to_str()?;
    let org = path.parent()?.file_name()?.to_str()?;
    let root = path.parent()?.parent()?;
    match MappingSource::new(Some(root.to_owned())).compile(schemas, output.lang()) {
        Ok(library) => library.get(org, soort).cloned(),
        Err(error) => {
            output.not_started(&error);
            None
        }
    }
}

/// Reads a document by one mapping and writes what was taken by another.
fn converted(
    from: &Mapping,
    to: &Mapping,
    document: &Document,
    schemas: &Schemas,
) -> Result<Converted, adapters::EncodeError> {
    let mut decoded = read_document(from, document, schemas);
    from.veil(&mut decoded.faults);
    let elements = decoded.elements.iter_mut();
    from.veil(elements.flat_map(|element| &mut element.faults));
    let taken = taken(&decoded);
    // A document that goes out has an id of its own, and a moment that formats without fractions of it can say.
    let context = |count: usize| {
        let id = uuid::Uuid::now_v7().to_string();
        let envelope = &decoded.envelope;
        let moment = || SystemClock.now().round(Unit::Second).ok();
        json!({
            "id": id,
            "referentie": envelope.reference.as_ref().unwrap_or(&id),
            "verzonden": envelope.sent_at.or_else(moment).map(|at| at.to_string()),
            "soort": to.delivers(),
            "aantal": count,
        })
    };
    let groups: Vec<&[Bundle]> = match to.per() {
        _ if taken.is_empty() => Vec::new(),
        // the canonical mapping, which is nobody's, writes one document
        Per::Record if !to.id().0.is_empty() => taken.chunks(1).collect(),
        _ => vec![&taken],
    };
    let mut written = Vec::new();
    let mut remarks = Vec::new();
    for group in groups {
        let encoded = to.encode(&context(group.len()), group);
        remarks.extend(encoded.faults);
        written.push(adapters::encode(&encoded.document, to.wire())?);
    }
    Ok(Converted {
        decoded,
        written,
        remarks,
    })
}

/// The bundles of the elements that are taken; none when the document as a whole is refused.
fn taken(decoded: &Decoded) -> Vec<Bundle> {
    if decoded.faults.iter().any(Fault::refuses) {
        return Vec::new();
    }
    let elements = decoded.elements.iter();
    elements
        .filter(|element| !element.faults.iter().any(Fault::refuses))
        .map(|element| element.bundle.clone())
        .collect()
}

/// Writes the output and the report, and says how it went.
fn conclude(convert: &Convert, converted: &Converted, wire: &Wire, output: &Output) -> Exit {
    let given = give(&convert.output, &converted.written, wire, output);
    let taken = taken(&converted.decoded).len();
    let refused = converted.decoded.elements.len() - taken;
    let lang = output.lang();
    for fault in every_fault(converted) {
        let line = line(fault, lang);
        output.say(&line, &line);
    }
    let unwritten = converted.remarks.len();
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
    if let Some(path) = &convert.report {
        let text = format!("{:#}\n", report(converted, taken, refused, lang));
        if let Err(error) = put(path, text.as_bytes()) {
            return output.failed(&error);
        }
    }
    match given {
        Err(exit) => exit,
        Ok(()) if taken == 0 => Exit::Failed,
        Ok(()) if refused > 0 || unwritten > 0 => Exit::Partly,
        Ok(()) => Exit::Done,
    }
}

/// Writes one document to a file or standard output, several to a folder.
fn give(path: &Path, written: &[Vec<u8>], wire: &Wire, output: &Output) -> Result<(), Exit> {
    let result = match written {
        [] => Ok(()),
        [only] if !path.is_dir() => put(path, only),
        _ if path.is_dir() => written.iter().enumerate().try_for_each(|(index, bytes)| {
            let name = format!("{:04}.{}", index + 1, extension(wire));
            put(&path.join(name), bytes)
        }),
        _ => {
            output.say(
                "Deze mapping schrijft een document per record: noem met --out een map die er is.",
                "This mapping writes a document for each record: name a folder that exists with --out.",
            );
            return Err(Exit::Failed);
        }
    };
    result.map_err(|error| output.failed(&error))
}

const fn extension(wire: &Wire) -> &'static str {
    match wire {
        Wire::Xml(_) => "xml",
        Wire::Json => "json",
        Wire::Csv(_) => "csv",
        Wire::Excel => "xlsx",
        Wire::Fixed(_) => "txt",
    }
}

fn every_fault(converted: &Converted) -> impl Iterator<Item = &Fault> {
    let elements = &converted.decoded.elements;
    converted
        .decoded
        .faults
        .iter()
        .chain(elements.iter().flat_map(|element| &element.faults))
        .chain(&converted.remarks)
}

/// What became of each element: places and sentences, no values.
fn report(converted: &Converted, taken: usize, refused: usize, lang: Lang) -> Value {
    let rendered = |faults: &[Fault]| {
        let faults = faults.iter().map(|fault| render_fault(fault, lang));
        faults.collect::<Vec<_>>()
    };
    let whole_refused = converted.decoded.faults.iter().any(Fault::refuses);
    let elements = converted.decoded.elements.iter().enumerate();
    let elements = elements.map(|(index, element)| {
        let refused = whole_refused || element.faults.iter().any(Fault::refuses);
        json!({
            "nummer": index + 1,
            "plaats": element.place.location(lang),
            "uitkomst": if refused { "geweigerd" } else { "opgenomen" },
            "fouten": rendered(&element.faults),
        })
    });
    json!({
        "referentie": converted.decoded.envelope.reference,
        "totaal": converted.decoded.elements.len(),
        "opgenomen": taken,
        "geweigerd": refused,
        "opmerkingen": rendered(&converted.decoded.faults),
        "elementen": elements.collect::<Vec<_>>(),
        "nietTeSchrijven": rendered(&converted.remarks),
    })
}
