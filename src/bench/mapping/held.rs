//! How much memory a long file takes: `schakel convert` as a process of its own, and what it takes at most.

use crate::adapters;
use crate::adapters::Limits;
use crate::bench::BenchError;
use crate::bench::child::kilobytes;
use crate::document::Node;
use crate::document::Value;
use crate::document::Wire;
use crate::mapping::Library;
use crate::mapping::Mapping;
use quick_xml::escape::escape;
use serde::Serialize;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use uuid::Uuid;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// One table, as CSV and as a workbook.
const MEASURED: [(&str, &str, &str); 2] = [("uwv", "sonar-csv", "csv"), ("uwv", "sonar", "xlsx")];
/// How often is looked.
const LOOK: Duration = Duration::from_millis(5);

/// How much memory a long file takes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// The mapping that reads it, `organisatie/soort`; it is written as canonical JSON.
    pub mapping: String,
    /// The format it is in.
    pub format: &'static str,
    /// Rows below its header.
    pub rows: usize,
    /// Bytes of the file.
    pub bytes: u64,
    /// The most that the process took; none where the system does not tell.
    pub peak_bytes: Option<u64>,
    /// The most that the process took that it had a workbook read by.
    pub reader_peak_bytes: Option<u64>,
}

/// Measures files of so many rows, made of the examples.
pub fn memory_of_long_files(
    library: &Library,
    rows: usize,
    note: &dyn Fn(&str),
) -> Result<Vec<Held>, BenchError> {
    let folder = Folder::make()?;
    let mut all = Vec::new();
    for (org, soort, end) in MEASURED {
        let name = format!("{org}/{soort}");
        note(&format!("{name}, {rows}"));
        let unfit = || BenchError::Answer {
            what: "an example file",
            expected: "rows to repeat".to_owned(),
            got: name.clone(),
        };
        let mapping = library.get(org, soort).ok_or_else(unfit)?;
        let example = Library::shipped_file(&format!("{org}/voorbeelden/{soort}.{end}"));
        let path = folder.0.join(format!("in.{end}"));
        write(mapping, example.ok_or_else(unfit)?, rows, &path).map_err(|reason| {
            BenchError::Io {
                what: "writing a long file",
                reason,
            }
        })?;
        all.push(converted(&folder.0, &name, &path, rows)?);
    }
    Ok(all)
}

/// A folder that is removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, BenchError> {
        let folder = std::env::temp_dir().join(format!("schakel-bench-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).map_err(|reason| BenchError::Io {
            what: "making a folder",
            reason,
        })?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // what is left in a folder for temporary files is the system's to remove
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Converts a file by this program, and looks at what it takes.
fn converted(folder: &Path, name: &str, path: &Path, rows: usize) -> Result<Held, BenchError> {
    let failed = |what| move |reason| BenchError::Io { what, reason };
    let bytes = path
        .metadata()
        .map_err(failed("reading a long file"))?
        .len();
    let program = std::env::current_exe().map_err(failed("looking for the program"))?;
    let mut command = Command::new(program);
    let settings = std::env::vars_os().map(|(name, _)| name);
    for name in settings.filter(|name| name.to_string_lossy().starts_with("SCHAKEL_")) {
        command.env_remove(name);
    }
    let mut child = command
        .args(["convert", "--from", name, "--out", "uit.json", "--in"])
        .arg(path)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed("starting a conversion"))?;
    let (mut peak, mut reader) = (None, None);
    let status = loop {
        peak = peak.max(peak_of(child.id()));
        reader = reader.max(started_by(child.id()).into_iter().filter_map(peak_of).max());
        if let Some(status) = child
            .try_wait()
            .map_err(failed("waiting for a conversion"))?
        {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    // some rows of an example are there to be refused
    if !matches!(status.code(), Some(0 | 2)) {
        return Err(BenchError::Answer {
            what: "converting a long file",
            expected: "exit code 0 or 2".to_owned(),
            got: format!("{name}: {status}"),
        });
    }
    let is_workbook = path.extension().is_some_and(|end| end == "xlsx");
    Ok(Held {
        mapping: name.to_owned(),
        format: if is_workbook { "excel" } else { "csv" },
        rows,
        bytes,
        peak_bytes: peak,
        reader_peak_bytes: reader,
    })
}

fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    kilobytes(&status, "VmHWM:")
}

/// The processes that the threads of one started.
fn started_by(process: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else {
        return Vec::new();
    };
    let lists = threads.flatten().filter_map(|thread| {
        let children = thread.path().join("children");
        std::fs::read_to_string(children).ok()
    });
    let lists: Vec<String> = lists.collect();
    let numbers = lists.iter().flat_map(|list| list.split_whitespace());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// Writes an example's header and its rows again and again, as they come.
fn write(mapping: &Mapping, example: &[u8], rows: usize, path: &Path) -> std::io::Result<()> {
    let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let wire = mapping.wire();
    let document = adapters::decode(example, wire, &Limits::default()).map_err(|_| invalid())?;
    let (sheet, table) = match &document.root.value {
        Value::Map(sheets) => sheets
            .first()
            .map(|(name, sheet)| (&**name, sheet.items()))
            .ok_or_else(invalid)?,
        _ => ("", document.root.items()),
    };
    let (header, body) = table.split_first().ok_or_else(invalid)?;
    let repeated = body.iter().filter(|row| !row.items().is_empty());
    let repeated = repeated.cycle().take(rows);
    let mut out = BufWriter::new(File::create(path)?);
    if *wire == Wire::Excel {
        return workbook(sheet, std::iter::once(header).chain(repeated), out);
    }
    for (before, row) in std::iter::once(header).chain(repeated).enumerate() {
        let one = Node::made(Value::List(vec![row.clone()]));
        let one = crate::document::Document::new(document.format, one);
        let bytes = adapters::encode_rows(&one, wire, before).map_err(std::io::Error::other)?;
        out.write_all(&bytes)?;
    }
    out.flush()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// Writes a workbook of one sheet. The library that writes workbooks would hold all of it.
fn workbook<'n>(
    sheet: &str,
    rows: impl Iterator<Item = &'n Node>,
    out: BufWriter<File>,
) -> std::io::Result<()> {
    let mut zip = ZipWriter::new(out);
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{RELATIONS}\"><Relationship Id=\"rId1\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let sheet = escape(sheet);
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"{sheet}\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    for (name, text) in [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        (
            "xl/_rels/workbook.xml.rels",
            relation("worksheet", "worksheets/sheet1.xml"),
        ),
        ("xl/workbook.xml", book),
    ] {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default())?;
    write!(zip, "<worksheet xmlns=\"{MAIN}\"><sheetData>")?;
    for (row, line) in rows.zip(1_u32..) {
        write!(zip, "<row r=\"{line}\">")?;
        for (cell, column) in row.items().iter().zip(1_u32..) {
            let at = crate::document::column_letters(column);
            match &cell.value {
                Value::Number(number) | Value::Moment(number) | Value::Measure(_, number) => {
                    write!(zip, "<c r=\"{at}{line}\"><v>{number}</v></c>")?;
                }
                Value::Text(text) => write!(
                    zip,
                    "<c r=\"{at}{line}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                    escape(&**text)
                )?,
                _ => {}
            }
        }
        write!(zip, "</row>")?;
    }
    write!(zip, "</sheetData></worksheet>")?;
    zip.finish()?.flush()
}
