//! Looks a workbook's archive over before a library reads it: how much comes out, not how much it says comes out.

use crate::adapters::Limits;
use crate::adapters::error::Refused;
use crate::document::Fault;
use crate::document::Place;
use std::collections::HashSet;
use std::io::Cursor;
use std::io::Read;
use zip::ZipArchive;

/// What the reader of the cells needs to know beforehand.
pub(super) struct Scanned {
    /// Dates count from 1904 instead of 1900.
    pub(super) from_1904: bool,
    /// Something in it may be hidden.
    pub(super) hides: bool,
    /// Bytes of all its entries.
    pub(super) unpacked: u64,
}

/// An entry over this size must not be packed tighter than the limit allows.
const SMALL: u64 = 1024 * 1024;

pub(super) fn scan(bytes: &[u8], limits: &Limits) -> Result<Scanned, Refused> {
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(protected());
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(not_a_workbook());
    }
    let declared = declared_entries(bytes).ok_or_else(not_a_workbook)?;
    if declared > limits.entries {
        return Err(too_heavy());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| not_a_workbook())?;
    // The library keeps one entry of each name; a file that says two things is refused.
    if archive.len() != declared {
        return Err(not_a_workbook());
    }
    let mut scanned = Scanned {
        from_1904: false,
        hides: false,
        unpacked: 0,
    };
    let mut names = HashSet::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|_| not_a_workbook())?;
        if entry.encrypted() {
            return Err(protected());
        }
        let name = entry.name().map_err(|_| not_a_workbook())?.to_lowercase();
        if !is_plain(&name) || !names.insert(name.clone()) {
            return Err(not_a_workbook());
        }
        // The directory can say anything, but no entry is packed larger than the file.
        let packed = entry.compressed_size().clamp(1, bytes.len() as u64);
        let most = packed.saturating_mul(limits.ratio).max(SMALL);
        // Sheets, and the list of them.
        let shows = name.starts_with("xl/w");
        let unpacked = unpack(entry, most.min(limits.unpacked - scanned.unpacked), shows)?;
        let (size, start) = (unpacked.size, unpacked.start);
        scanned.unpacked += size;
        scanned.hides |= unpacked.hides;
        let start = String::from_utf8_lossy(&start);
        if name.ends_with("sharedstrings.xml") && claims_too_much(&start, size) {
            return Err(too_heavy());
        }
        if start.contains("workbookPr") {
            scanned.from_1904 = attribute(&start, "date1904")
                .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
        }
    }
    Ok(scanned)
}

/// What an entry holds.
struct Unpacked {
    size: u64,
    /// Its first bytes.
    start: Vec<u8>,
    /// Whether it says of anything that it is hidden.
    hides: bool,
}

/// Unpacks an entry to nowhere: its true size, and what it starts with.
/// `shows`: whether it can say of something that it is hidden.
fn unpack(mut entry: impl Read, most: u64, shows: bool) -> Result<Unpacked, Refused> {
    const START: usize = 64 * 1024;
    /// In sheets of a workbook an attribute of a row or column, or in the list of sheets a state of one.
    const HIDDEN: &[u8] = b"idden";
    let mut start = Vec::new();
    let mut buffer = vec![0; START];
    let mut size = 0;
    let mut hides = false;
    let mut tail: Vec<u8> = Vec::new();
    loop {
        let count = entry.read(&mut buffer).map_err(|_| not_a_workbook())?;
        if count == 0 {
            return Ok(Unpacked { size, start, hides });
        }
        let room = START.saturating_sub(start.len()).min(count);
        start.extend(&buffer[..room]);
        // It may lie across two pieces.
        if shows && !hides {
            tail.extend(&buffer[..count]);
            hides = tail.windows(HIDDEN.len()).any(|part| part == HIDDEN);
            tail.drain(..tail.len().saturating_sub(HIDDEN.len()));
        }
        size += count as u64;
        if size > most {
            return Err(too_heavy());
        }
    }
}

/// How many entries the end of the archive says there are (APPNOTE 4.3.16). Archives of more than 65534 entries use
/// another record, and are over every limit.
fn declared_entries(bytes: &[u8]) -> Option<usize> {
    const LENGTH: usize = 22;
    let last = bytes.len().checked_sub(LENGTH)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    let found = (first..=last)
        .rev()
        .find(|start| bytes[*start..].starts_with(b"PK\x05\x06"))?;
    let count = &bytes[found + 10..found + 12];
    Some(usize::from(u16::from_le_bytes([count[0], count[1]])))
}

/// Names that stay inside the archive, written one way.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 512
        && !name.starts_with('/')
        && !name.contains(['\\', '\0', ':'])
        && name.split('/').all(|step| step != "..")
}

/// The library reserves room for as many texts as are claimed; an `<si/>` takes at least five bytes.
fn claims_too_much(start: &str, size: u64) -> bool {
    attribute(start, "uniqueCount")
        .is_some_and(|count| count.trim().parse::<u64>().unwrap_or(u64::MAX) > size)
}

/// The value of the first attribute with a name; enough for a look at files that programs wrote.
fn attribute<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = xml;
    loop {
        let found = rest.find(name)?;
        let before = rest[..found].chars().next_back();
        rest = &rest[found + name.len()..];
        if !before.is_some_and(char::is_whitespace) {
            continue;
        }
        let Some(value) = rest.trim_start().strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        let quote = value.chars().next()?;
        return value[quote.len_utf8()..].split(quote).next();
    }
}

pub(super) fn not_a_workbook() -> Refused {
    Box::new(Fault::refused(
        "werkmap.vorm",
        Place::Whole,
        "Dit is geen leesbare Excel-werkmap (.xlsx), of het bestand is beschadigd. Sla het opnieuw op als Excel-werkmap en stuur het nog eens.",
        "This is not a readable Excel workbook (.xlsx), or the file is damaged. Save it as an Excel workbook again and send it once more.",
    ))
}

fn protected() -> Refused {
    Box::new(Fault::refused(
        "werkmap.beveiligd",
        Place::Whole,
        "De werkmap is met een wachtwoord beveiligd of in de vorm van voor 2007 (.xls). Sla hem zonder wachtwoord op als .xlsx.",
        "The workbook is protected with a password or in the format from before 2007 (.xls). Save it without a password as .xlsx.",
    ))
}

/// Also what the child process that ran into its limits is reported as.
pub(crate) fn too_heavy() -> Refused {
    Box::new(Fault::refused(
        "werkmap.te-zwaar",
        Place::Whole,
        "De werkmap is uitgepakt te groot of kost te veel om te lezen. Verwijder ongebruikte bladen en opmaak, of stuur de rijen in delen.",
        "Unpacked, the workbook is too large or costs too much to read. Remove unused sheets and formatting, or send the rows in parts.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_their_whole_name() {
        let xml = "<sst xmlns='x' count=\"2\" uniqueCount = '7'>";
        assert_eq!(attribute(xml, "uniqueCount"), Some("7"));
        assert_eq!(attribute(xml, "count"), Some("2"));
        assert_eq!(attribute("<a uniqueCount='7'>", "count"), None);
        assert_eq!(attribute("<a count", "count"), None);
    }

    #[test]
    fn names_that_leave_the_archive_are_not_plain() {
        for bad in ["", "/etc/passwd", "a/../../b", "..", "a\\b", "c:/x"] {
            assert!(!is_plain(bad), "{bad}");
        }
        assert!(is_plain("xl/worksheets/sheet1.xml"));
        assert!(is_plain("[content_types].xml"));
    }
}
