//! What of a workbook its program does not show. The library that reads the cells does not tell, so the parts of the
//! archive that say so are looked through once more; `zipscan` saw that there is something to find, and that it is small
//! enough to read.

use crate::adapters::Limits;
use crate::adapters::error::Refused;
use crate::adapters::zipscan::not_a_workbook;
use crate::document::Hidden;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use std::collections::HashMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Cursor;
use zip::ZipArchive;

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;
/// Last column of a workbook.
const COLUMN_MAX: u32 = 16_384;

/// The sheets of which something is hidden.
pub(super) fn hidden(bytes: &[u8], limits: &Limits) -> Result<Vec<Hidden>, Refused> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| not_a_workbook())?;
    let mut parts = HashMap::new();
    each(&mut archive, "xl/_rels/workbook.xml.rels", |element| {
        if element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(target)) = (text(element, "Id"), text(element, "Target"))
        {
            let path = target
                .strip_prefix('/')
                .map_or_else(|| format!("xl/{target}"), str::to_owned);
            parts.insert(id, path);
        }
    })?;
    let mut sheets = Vec::new();
    each(&mut archive, "xl/workbook.xml", |element| {
        if element.local_name().as_ref() == "sheet"
            && let (Some(name), Some(id)) = (text(element, "name"), text(element, "id"))
        {
            let state = text(element, "state").unwrap_or_default();
            sheets.push((name, id, state.to_lowercase().ends_with("hidden")));
        }
    })?;
    let mut found = Vec::new();
    for (name, id, whole) in sheets {
        let mut one = Hidden {
            sheet: name.into(),
            whole,
            rows: Vec::new(),
            columns: Vec::new(),
        };
        if let Some(path) = parts.get(&id) {
            let mut last = 0_u32;
            each(&mut archive, path, |element| {
                match element.local_name().as_ref() {
                    "col" if is_hidden(element) => {
                        let number = |name| text(element, name)?.trim().parse::<u32>().ok();
                        if let (Some(from), Some(to)) = (number("min"), number("max")) {
                            add(&mut one.columns, from, to.min(COLUMN_MAX));
                        }
                    }
                    "row" => {
                        let number =
                            text(element, "r").and_then(|number| number.trim().parse().ok());
                        last = number.unwrap_or_else(|| last.saturating_add(1));
                        if is_hidden(element) && last <= limits.rows {
                            add(&mut one.rows, last, last);
                        }
                    }
                    _ => {}
                }
            })?;
        }
        if one.has_any() {
            one.rows = in_order(one.rows);
            one.columns = in_order(one.columns);
            found.push(one);
        }
    }
    Ok(found)
}

/// Adds a range, to the last one where it follows that.
fn add(ranges: &mut Vec<(u32, u32)>, from: u32, to: u32) {
    match ranges.last_mut() {
        Some((_, last)) if last.checked_add(1) == Some(from) => *last = to.max(*last),
        _ if from >= 1 && from <= to => ranges.push((from, to)),
        _ => {}
    }
}

/// Ranges in order, without overlap.
fn in_order(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut found: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match found.last_mut() {
            Some((_, last)) if from <= last.saturating_add(1) => *last = to.max(*last),
            _ => found.push((from, to)),
        }
    }
    found
}

/// Visits every element of a part of the archive; none when it is not there.
fn each(
    archive: &mut Archive<'_>,
    path: &str,
    mut visit: impl FnMut(&BytesStart<'_>),
) -> Result<(), Refused> {
    // Names in archives differ in capitals between programs.
    let same = |name: &[u8]| name.eq_ignore_ascii_case(path.as_bytes());
    let Some(index) = archive.file_names_raw().position(same) else {
        return Ok(());
    };
    let entry = archive.by_index(index).map_err(|_| not_a_workbook())?;
    elements(BufReader::new(entry), &mut visit).ok_or_else(not_a_workbook)
}

fn elements(from: impl BufRead, visit: &mut impl FnMut(&BytesStart<'_>)) -> Option<()> {
    let mut reader = Reader::from_reader(from);
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(element) | Event::Empty(element) => visit(&element),
            Event::Eof => return Some(()),
            _ => {}
        }
        buffer.clear();
    }
}

fn is_hidden(element: &BytesStart<'_>) -> bool {
    text(element, "hidden").is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
}

/// An attribute by its name without prefix.
fn text(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes().flatten();
    let found = attributes.find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::add;
    use super::in_order;

    #[test]
    fn ranges_that_follow_each_other_are_one() {
        let mut ranges = Vec::new();
        for (from, to) in [(3, 3), (4, 4), (5, 6), (9, 9), (0, 0), (7, 5), (1, 1)] {
            add(&mut ranges, from, to);
        }
        assert_eq!(in_order(ranges), [(1, 1), (3, 6), (9, 9)]);
        assert_eq!(in_order(vec![(2, 9), (3, 4), (10, 12)]), [(2, 12)]);
    }
}
