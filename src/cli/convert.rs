use crate::adapters;
use crate::app::MappingSource;
use crate::canonical::Bundle;
use crate::canonical::Clock;
use crate::canonical::SystemClock;
use crate::cli::Exit;
use crate::cli::mapping;
use crate::cli::output::Output;
use crate::cli::pieces::Input;
use crate::cli::read::FileError;
use crate::cli::read::put;
use crate::cli::report;
use crate::cli::report::Reading;
use crate::cli::report::Whole;
use crate::cli::rows::by_rows;
use crate::cli::rows::fit;
use crate::cli::rows::number;
use crate::cli::told::Failure;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Wire;
use crate::mapping::Direction;
use crate::mapping::Envelope;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::schema::Schemas;
use clap::Args;
use jiff::Unit;
use serde_json::Value as Json;
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
  schakel convert --from gemeente-voorbeeldstad/toewijzing --to gemeente-voorbeeldstad/toewijzing-ggk \
      --in toewijzing.xml --out envelop.xml --ontvanger 44556677

Exit codes: 0 everything was taken and written, 2 some elements were refused or some values could not be written,
1 nothing was written")]
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
    #[command(flatten)]
    parties: Parties,
    /// Where to write what became of each element: .json, .csv, or .xlsx with the cells that are wrong marked
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Who the output says it is from and for. Each is named by the number (or code) that the mapping writes.
#[derive(Debug, Default, Args)]
pub(super) struct Parties {
    /// Who the output is from, for a mapping that says so: an OIN, KvK number, gemeentecode or code, as it writes it.
    /// Absent: who the input says it is from
    #[arg(long, value_name = "NUMBER")]
    afzender: Option<String>,
    /// Who the output is for, for a mapping that says so (an envelope does), in the same way
    #[arg(long, value_name = "NUMBER")]
    ontvanger: Option<String>,
}

impl Parties {
    /// Says of each that is named and that a mapping does not write that it does nothing.
    fn check(&self, to: &Mapping, output: &Output) {
        let sides = [("afzender", &self.afzender), ("ontvanger", &self.ontvanger)];
        for (side, named) in sides {
            if named.is_some() && !to.writes_of_message(side) {
                output.say(
                    &format!("--{side} doet hier niets: de mapping bij --to schrijft de {side} van het bericht niet."),
                    &format!("--{side} does nothing here: the mapping at --to does not write the {side} of the message."),
                );
            }
        }
    }
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
    if !reads(&from, output) || !writes(&to, output) {
        return Exit::Failed;
    }
    convert.parties.check(&to, output);
    let reading = Reading {
        path: &convert.input,
        mapping: &from,
        schemas: &schemas,
        config: &config,
    };
    output.block_on(async {
        match converted(convert, reading, &to, output).await {
            Ok(exit) => exit,
            Err(error) => output.failed(&*error),
        }
    })
}

async fn converted(
    convert: &Convert,
    reading: Reading<'_>,
    to: &Mapping,
    output: &Output,
) -> Result<Exit, Failure> {
    let (from, report) = (reading.mapping, convert.report.as_deref());
    match Input::open(reading, by_rows(to), report::is_workbook(report)).await? {
        Input::Pieces(mut pieces) => {
            let (taken, envelope) = pieces.taken();
            let context = context(to, envelope, &convert.parties, taken);
            let addressed = taken == 0 || is_addressed(to, &context, output);
            let path = if convert.output.is_dir() {
                convert.output.join(document_name(0, to.wire()))
            } else {
                convert.output.clone()
            };
            let outcome = pieces.convert(to, &context, &path).await?;
            let exit = report::conclude(&outcome, from, report, output);
            Ok(if addressed { exit } else { Exit::Failed })
        }
        Input::Whole(bytes) => {
            let mut whole = report::whole(&bytes, &reading).await;
            let taken = whole.taken.len();
            let head = context(to, &whole.envelope, &convert.parties, taken);
            let addressed = taken == 0 || is_addressed(to, &head, output);
            let written = written(&mut whole, to, &convert.parties)?;
            let given = give(&convert.output, &written, to.wire(), output);
            let exit = report::conclude(&whole.outcome, from, report, output);
            let exit = if addressed { exit } else { Exit::Failed };
            Ok(given.map_or_else(|failed| failed, |()| exit))
        }
    }
}

/// Whether a mapping reads; said where it does not.
pub(super) fn reads(mapping: &Mapping, output: &Output) -> bool {
    let reads = mapping.direction() != Direction::Out;
    if !reads {
        output.say(
            "Deze mapping schrijft alleen: noem haar met --to, en met --from een mapping die leest (`direction` in of both).",
            "This mapping only writes: name it with --to, and with --from one that reads (`direction` in or both).",
        );
    }
    reads
}

/// Whether a mapping writes; said where it does not.
fn writes(mapping: &Mapping, output: &Output) -> bool {
    let writes = mapping.direction() != Direction::In;
    if !writes {
        output.say(
            "Deze mapping leest alleen: noem haar met --from, en met --to een mapping die schrijft (`direction` out of both).",
            "This mapping only reads: name it with --from, and with --to one that writes (`direction` out or both).",
        );
    }
    writes
}

/// The mapping with this name or in this file; the canonical one when none is named.
pub(super) fn named(
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
            output.failed(&FileError::of(path)(error));
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

/// Whether all is known that a mapping cannot do without of who a document is from and for; said where it is not. A
/// document that does not name them could go to anybody.
fn is_addressed(to: &Mapping, head: &Json, output: &Output) -> bool {
    let faults = to.encode(head, &[]).faults;
    let lacks = |side: &str| {
        let within = format!("bericht/{side}");
        faults
            .iter()
            .any(|fault| fault.refuses() && fault.place.location(Lang::Nl).starts_with(&within))
    };
    let (sender, receiver) = (lacks("afzender"), lacks("ontvanger"));
    if receiver {
        output.say(
            "Deze mapping schrijft voor wie het bericht is, en dat is niet bekend. Noem de ontvanger met --ontvanger, met het nummer dat de mapping schrijft (OIN, KvK-nummer, gemeentecode of code). Er is niets geschreven.",
            "This mapping writes who the message is for, and that is not known. Name the receiver with --ontvanger, by the number that the mapping writes (OIN, KvK number, gemeentecode or code). Nothing was written.",
        );
    }
    if sender {
        output.say(
            "Deze mapping schrijft van wie het bericht is, en dat is niet bekend. Noem de afzender met --afzender, met het nummer dat de mapping schrijft (OIN, KvK-nummer, gemeentecode of code). Er is niets geschreven.",
            "This mapping writes who the message is from, and that is not known. Name the sender with --afzender, by the number that the mapping writes (OIN, KvK number, gemeentecode or code). Nothing was written.",
        );
    }
    !sender && !receiver
}

/// What a document that goes out says of itself. It has an id of its own, and a moment that formats without fractions of
/// it can say.
fn context(to: &Mapping, envelope: &Envelope, parties: &Parties, count: usize) -> Json {
    let id = uuid::Uuid::now_v7().to_string();
    let moment = || SystemClock.now().round(Unit::Second).ok();
    let mut context = json!({
        "id": id,
        "referentie": envelope.reference.as_ref().unwrap_or(&id),
        "verzonden": envelope.sent_at.or_else(moment).map(|at| at.to_string()),
        "soort": to.delivers(),
        "aantal": count,
    });
    let said = envelope.sender.as_ref().map(|(sender, _)| sender);
    let sides = [
        ("afzender", parties.afzender.as_ref().or(said)),
        ("ontvanger", parties.ontvanger.as_ref()),
    ];
    for (side, named) in sides {
        if let Some(named) = named {
            context[side] = json!({ identifier(named): named });
        }
    }
    context
}

/// By what an organisation is named: its number tells, by its length.
fn identifier(text: &str) -> &'static str {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        20 if digits => "oin",
        8 if digits => "kvk",
        4 if digits => "gemeentecode",
        _ => "code",
    }
}

/// Writes what was taken of a file by another mapping: the documents, and in the outcome what they could not say.
pub(super) fn written(
    whole: &mut Whole,
    to: &Mapping,
    parties: &Parties,
) -> Result<Vec<Vec<u8>>, adapters::EncodeError> {
    let (taken, numbers) = (&whole.taken, &whole.numbers);
    let groups: Vec<&[Bundle]> = match to.per() {
        _ if taken.is_empty() => Vec::new(),
        // the canonical mapping, which is nobody's, writes one document
        Per::Record if !to.id().0.is_empty() => taken.chunks(1).collect(),
        _ => vec![taken],
    };
    let mut written = Vec::new();
    let mut numbers = numbers.as_slice();
    for group in groups {
        let (own, rest) = numbers.split_at(group.len().min(numbers.len()));
        numbers = rest;
        let head = context(to, &whole.envelope, parties, group.len());
        let mut encoded = to.encode(&head, group);
        let mut lacking = encoded.faults.clone();
        lacking.extend(to.unwritten(&head, group));
        number(&mut lacking, own);
        whole.outcome.lacks(lacking);
        if encoded.faults.iter().any(Fault::refuses) {
            let (fit, left_out) = fit(to, &head, group, own);
            whole.outcome.leave_out(&left_out);
            if fit.is_empty() {
                continue;
            }
            encoded = to.encode(&context(to, &whole.envelope, parties, fit.len()), &fit);
        }
        written.push(adapters::encode(&encoded.document, to.wire())?);
    }
    Ok(written)
}

/// Writes one document to a file or standard output, several to a folder.
fn give(path: &Path, written: &[Vec<u8>], wire: &Wire, output: &Output) -> Result<(), Exit> {
    let result = match written {
        [] => Ok(()),
        [only] if !path.is_dir() => put(path, only),
        _ if path.is_dir() => written
            .iter()
            .enumerate()
            .try_for_each(|(index, bytes)| put(&path.join(document_name(index, wire)), bytes)),
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

/// What a document in a folder is called, by its index.
fn document_name(index: usize, wire: &Wire) -> String {
    format!("{:04}.{}", index + 1, extension(wire))
}

const fn extension(wire: &Wire) -> &'static str {
    match wire {
        Wire::Xml(_) | Wire::Enveloped(_) => "xml",
        Wire::Json => "json",
        Wire::Csv(_) => "csv",
        Wire::Excel => "xlsx",
        Wire::Fixed(_) => "txt",
    }
}
