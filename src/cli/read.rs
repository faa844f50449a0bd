//! Files that a command is given, read as the server reads them.

use crate::adapters;
use crate::adapters::Limits;
use crate::config::Config;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Place;
use crate::document::Wire;
use crate::isolation::Away;
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
    let program = program.map_err(|_| unread(ReadError::Unavailable(Away::NoProgram)))?;
    Ok(WorkbookReader::new(config.isolation(program)))
}

/// Why a workbook was not read, as what is wrong with it.
pub(super) fn unread(error: ReadError) -> Vec<Fault> {
    match error {
        ReadError::Faults(faults) => faults,
        ReadError::Unavailable(why) => {
            let (nl, en) = (why.told(Lang::Nl), why.told(Lang::En));
            vec![Fault::refused(
                "werkmap.niet-gelezen",
                Place::Whole,
                format!("de werkmap kon nu niet gelezen worden: {nl}"),
                format!("the workbook could not be read now: {en}"),
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
    use super::*;

    #[test]
    fn why_a_workbook_cannot_be_read_now_is_said_in_both_languages() {
        let faults = unread(ReadError::Unavailable(Away::Crowded));
        let [fault] = &faults[..] else {
            panic!("one fault");
        };
        assert_eq!(fault.code, "werkmap.niet-gelezen");
        for (lang, said) in [
            (
                Lang::Nl,
                "de werkmap kon nu niet gelezen worden: er wachten te veel werkmappen",
            ),
            (
                Lang::En,
                "the workbook could not be read now: too many workbooks are waiting",
            ),
        ] {
            assert_eq!(fault.sentence.get(lang), said);
        }
        let error = ReadError::Unavailable(Away::Stopping).to_string();
        assert_eq!(
            error,
            "workbooks cannot be read now: the gateway is stopping"
        );
    }
}
