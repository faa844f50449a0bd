//! Files that a command is given, read as the server reads them.

use crate::adapters;
use crate::adapters::Limits;
use crate::config::Config;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Place;
use crate::document::Wire;
use crate::isolation::ReadError;
use crate::isolation::WorkbookReader;
use std::fs::File;
use std::io::BufWriter;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", .path.display())]
pub(super) struct FileError {
    pub(super) path: PathBuf,
    pub(super) error: std::io::Error,
}

impl FileError {
    pub(super) fn of(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self { path, error }
    }
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn take(path: &Path) -> Result<Vec<u8>, FileError> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(FileError::of(path))
}

/// A file to write to as it comes, or standard output for `-`.
pub(super) fn writer(path: &Path) -> Result<Box<dyn Write>, FileError> {
    Ok(if path == Path::new("-") {
        Box::new(BufWriter::new(std::io::stdout().lock()))
    } else {
        let file = File::create(path).map_err(FileError::of(path))?;
        Box::new(BufWriter::new(file))
    })
}

/// Writes bytes to a file, or to standard output for `-`.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let written = if path == Path::new("-") {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush())
    } else {
        std::fs::write(path, bytes)
    };
    written.map_err(FileError::of(path))
}

/// Bytes to a document of which everything can be read.
pub(super) async fn decode(
    bytes: &[u8],
    wire: &Wire,
    config: &Config,
) -> Result<Document, Vec<Fault>> {
    decode_apart(bytes, wire, config).await?.whole()
}

/// Bytes to a document, as the server does it: workbooks in a process of their own.
pub(super) async fn decode_apart(
    bytes: &[u8],
    wire: &Wire,
    config: &Config,
) -> Result<Document, Vec<Fault>> {
    let limits: Limits = config.limits();
    if *wire != Wire::Excel {
        return adapters::decode_apart(bytes, wire, &limits);
    }
    let reader = workbooks(config)?;
    let read = reader.read(bytes.to_vec().into(), &limits).await;
    read.map_err(unread)
}

/// What reads workbooks, in a process of their own.
pub(super) fn workbooks(config: &Config) -> Result<WorkbookReader, Vec<Fault>> {
    let program = std::env::current_exe();
    let program =
        program.map_err(|_| unread(ReadError::Unavailable("the program is not found")))?;
    Ok(WorkbookReader::new(config.isolation(program)))
}

/// What is said of a workbook that could not be read now.
const UNAVAILABLE: [(&str, &str); 8] = [
    (
        "the program is not found",
        "het pad van dit programma is niet bekend",
    ),
    (
        "the child process could not be started",
        "het proces dat werkmappen leest kon niet gestart worden",
    ),
    (
        "the child process could not be reached",
        "het proces dat werkmappen leest was niet te bereiken",
    ),
    (
        "the child process refused to work",
        "het proces dat werkmappen leest weigerde het werk",
    ),
    (
        "the limits cannot be passed on",
        "de grenzen konden niet doorgegeven worden",
    ),
    (
        "the file could not be read to its end",
        "het bestand kon niet tot het einde gelezen worden",
    ),
    (
        "too many workbooks are waiting",
        "er wachten te veel werkmappen",
    ),
    ("the gateway is stopping", "de gateway stopt"),
];

/// Why a workbook was not read, as what is wrong with it.
pub(super) fn unread(error: ReadError) -> Vec<Fault> {
    match error {
        ReadError::Faults(faults) => faults,
        ReadError::Unavailable(why) => {
            let known = UNAVAILABLE.iter().find(|(en, _)| *en == why);
            let nl = known.map_or_else(|| format!("technisch: {why}"), |(_, nl)| (*nl).to_owned());
            vec![Fault::refused(
                "werkmap.niet-gelezen",
                Place::Whole,
                format!("de werkmap kon nu niet gelezen worden: {nl}"),
                format!("the workbook could not be read now: {why}"),
            )]
        }
    }
}

/// A fault on one line: its path, with the line and column it stands at so that an editor finds it too, and its
/// sentence.
pub(super) fn line(fault: &Fault, lang: Lang) -> String {
    let location = fault.place.location(lang);
    let place = match (&fault.place, fault.place.at()) {
        (Place::Json { .. } | Place::Xml { .. }, Some(at)) => {
            let at = Place::Text { at }.location(lang);
            format!("{location} ({at})").trim_start().to_owned()
        }
        _ => location,
    };
    let line = format!("{place} {}", fault.sentence.get(lang));
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::UNAVAILABLE;

    /// Whatever is added to what keeps a workbook from being read has its Dutch here.
    #[test]
    fn every_reason_why_a_workbook_cannot_be_read_now_is_known() {
        let texts = [
            include_str!("read.rs"),
            include_str!("../isolation/mod.rs"),
            include_str!("../isolation/workbook.rs"),
        ];
        let mut seen = 0;
        for text in texts {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (at, found) in text.match_indices("ReadError::Unavailable(") {
                let rest = text[at + found.len()..].trim_start();
                let said = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
                let Some((said, _)) = said else { continue };
                seen += 1;
                assert!(UNAVAILABLE.iter().any(|(en, _)| *en == said), "{said}");
            }
        }
        assert_eq!(seen, UNAVAILABLE.len());
    }
}
