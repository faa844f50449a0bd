//! Every place of every example document in turn, made odd: empty, of another type, a formula, outside its list, too
//! long, spelled otherwise, with stray spaces or control characters, of another encoding, a list or an object.
//!
//! Whatever it is: only that row, record or element may be touched; the fault is reported with its place; nothing is
//! invented; no other value changes; and what was sent is in the result, reported, or left out on purpose. What a place
//! is about, the judge reads in the text of the mapping and not in the engine. All places, no chance, no seed. Documents in
//! an envelope are judged layer by layer, and retours by what they answer.

mod change;
mod enveloped;
mod fixtures;
mod judge;
mod kept;
mod odd;
mod reach;
mod retours;
mod rules;
mod runs;
mod spots;
mod value;
mod workbook;

use fixtures::Fixture;
use fixtures::SCHEMAS;
use judge::Judge;
use judge::Touch;
use odd::Odd;
use odd::TOKEN;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Document;
use schakel::document::Format;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::pipeline::read_document;
use spots::Row;
use spots::Spot;
use std::collections::BTreeMap;

/// Of so many rows one is left as it is while the others are odd.
const UNTOUCHED: usize = 5;
/// The documents of cases that are refused as a whole: they have no values to look at.
const NOTHING_TAKEN: [&str; 5] = [
    "aanbieder-a/caseload: caseload-blad-zonder-dossier.xlsx",
    "aanbieder-a/caseload: caseload-zonder-dossier.xlsx",
    "gemeente-voorbeelddorp/verwijzing: een bericht zonder aanmeldingen wordt niet overgenomen",
    "gemeente-voorbeeldstad/toewijzing: een andere berichtcode is een ander bericht",
    "uwv/sonar-csv: zonder toestemmingskolom wordt niets overgenomen",
];
/// Violations that are shown.
const SHOWN: usize = 40;

/// A document in bytes, and where the bytes stand that no writer writes.
struct Sent {
    bytes: Vec<u8>,
    token: Option<(u32, u32)>,
}

fn every_place_of(format: Format) {
    let mut found = Vec::new();
    let mut looked = 0;
    for fixture in fixtures::of(format) {
        let spots = spots::of(&fixture);
        if format.is_table() {
            looked += rows(&fixture, &spots, &mut found);
        } else {
            for spot in &spots {
                let node = spots::get(&fixture.document, &spot.at);
                for odd in odd::for_place(format, node, spot.is_text(), None) {
                    if odd.twice && !may_be_twice(&fixture, spot) {
                        continue;
                    }
                    looked += 1;
                    judged(&fixture, &[Touch { spot, odd: &odd }], &mut found);
                }
            }
        }
    }
    shown(looked, &found);
}

/// Fails with the first of what was found.
fn shown(looked: usize, found: &[String]) {
    println!("{looked} odd values");
    let shown: Vec<&str> = found.iter().take(SHOWN).map(String::as_str).collect();
    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        shown.join("\n")
    );
    assert!(looked > 100, "only {looked} odd values");
}

/// A second element is no odd value: there may be more of them.
fn may_be_twice(fixture: &Fixture, spot: &Spot) -> bool {
    let elements = &fixture.elements;
    !elements.iter().any(|element| {
        spot.holds(&element.place)
            || spot.pointer()
                == element
                    .place
                    .location(schakel::document::Lang::Nl)
                    .trim_end_matches("[1]")
    }) && spot.names != fixture.rules.element
}

/// The rows of a table, most of them at once: each row is judged by itself, and some are left as they are.
fn rows(fixture: &Fixture, spots: &[Spot], found: &mut Vec<String>) -> usize {
    let format = fixture.document.format;
    let mut waiting: BTreeMap<_, Vec<(&Spot, Odd)>> = BTreeMap::new();
    let mut looked = 0;
    for spot in spots {
        let width = spot
            .cell
            .as_ref()
            .and_then(|cell| cell.positions)
            .map(|(from, to)| to + 1 - from);
        let node = standing(fixture, spot);
        for odd in odd::for_place(format, &node, false, width) {
            looked += 1;
            if spot.is_row(Row::Data) && !runs::has_runs(fixture) {
                waiting.entry(spot.row()).or_default().push((spot, odd));
            } else {
                judged(fixture, &[Touch { spot, odd: &odd }], found);
            }
        }
    }
    let mut turn = 0;
    while waiting.values().any(|row| !row.is_empty()) {
        let mut taken = Vec::new();
        for (index, row) in waiting.values_mut().enumerate() {
            let left = waiting_alone(index, turn);
            if !left {
                taken.extend(row.pop());
            }
        }
        let touches: Vec<Touch<'_>> = taken
            .iter()
            .map(|(spot, odd)| Touch { spot, odd })
            .collect();
        judged(fixture, &touches, found);
        turn += 1;
    }
    looked
}

fn waiting_alone(index: usize, turn: usize) -> bool {
    (index + turn).is_multiple_of(UNTOUCHED)
}

/// What stands at a spot; at fixed width a part of the line.
fn standing(fixture: &Fixture, spot: &Spot) -> schakel::document::Node {
    let node = spots::get(&fixture.document, &spot.at);
    match spot.cell.as_ref().and_then(|cell| cell.positions) {
        Some((from, to)) => {
            let text = node.as_text().unwrap_or_default();
            let part: String = text.chars().skip(from - 1).take(to + 1 - from).collect();
            schakel::document::Node::text(part)
        }
        None => node.clone(),
    }
}

/// Puts the odd values in, sends the document, and holds what comes of it against the laws.
fn judged(fixture: &Fixture, touches: &[Touch<'_>], found: &mut Vec<String>) {
    let mut document = fixture.document.clone();
    let mut raws: Vec<(String, &[u8])> = Vec::new();
    for touch in touches {
        let mut value = touch.odd.value.clone();
        if let (Some(raw), Value::Text(text)) = (touch.odd.raw, &value) {
            let token = format!("{TOKEN}{:04}", raws.len());
            value = Value::Text(text.replace(TOKEN, &token).into());
            raws.push((token, raw));
        }
        match touch.spot.cell.as_ref().and_then(|cell| cell.positions) {
            Some((from, to)) => {
                let text = spots::get(&document, &touch.spot.at)
                    .as_text()
                    .unwrap_or_default()
                    .to_owned();
                let Value::Text(part) = &value else { continue };
                let before: String = text.chars().take(from - 1).collect();
                let after: String = text.chars().skip(to).collect();
                let line = Value::Text(format!("{before}{part}{after}").into());
                spots::put(&mut document, &touch.spot.at, line, false);
            }
            None => spots::put(&mut document, &touch.spot.at, value, touch.odd.twice),
        }
    }
    let mut judge = Judge {
        fixture,
        touches,
        found: Vec::new(),
    };
    match sent(&document, fixture.mapping.wire(), &raws) {
        // a workbook is read as it would be after its reader: what that makes of cells is tested by itself
        None if raws.is_empty() => {
            judge.read(&read_document(&fixture.mapping, &document, &SCHEMAS));
        }
        None => {}
        Some(sent) => {
            match adapters::decode(&sent.bytes, fixture.mapping.wire(), &Limits::default()) {
                Ok(document) => judge.read(&read_document(&fixture.mapping, &document, &SCHEMAS)),
                Err(faults) => {
                    for fault in &faults {
                        assert!(!fault.sentence.nl.is_empty());
                    }
                    judge.unread(&faults, sent.token);
                }
            }
        }
    }
    found.extend(judge.found);
}

/// The bytes of a document; none where no writer of the format writes it.
fn sent(document: &Document, wire: &Wire, raws: &[(String, &[u8])]) -> Option<Sent> {
    if *wire == Wire::Excel {
        return None;
    }
    let mut bytes = adapters::encode(document, wire).ok()?;
    let mut token = None;
    for (word, raw) in raws {
        let at = bytes
            .windows(word.len())
            .position(|window| window == word.as_bytes())?;
        let before = String::from_utf8_lossy(&bytes[..at]);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        token = Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?));
        bytes.splice(at..at + word.len(), raw.iter().copied());
    }
    Some(Sent { bytes, token })
}

#[test]
fn an_odd_value_in_xml_touches_its_own_element_only() {
    every_place_of(Format::Xml);
}

#[test]
fn an_odd_value_in_json_touches_its_own_element_only() {
    every_place_of(Format::Json);
}

#[test]
fn an_odd_cell_in_csv_touches_its_own_row_only() {
    every_place_of(Format::Csv);
}

#[test]
fn an_odd_cell_in_a_workbook_touches_its_own_row_only() {
    every_place_of(Format::Excel);
}

#[test]
fn an_odd_value_at_fixed_width_touches_its_own_line_only() {
    every_place_of(Format::FixedWidth);
}

#[test]
fn every_document_that_a_shipped_case_reads_takes_part() {
    let formats = [
        Format::Xml,
        Format::Json,
        Format::Csv,
        Format::Excel,
        Format::FixedWidth,
    ];
    let all: Vec<Fixture> = formats.into_iter().flat_map(fixtures::of).collect();
    for format in formats {
        let is_it = |fixture: &Fixture| fixture.document.format == format;
        assert!(all.iter().any(is_it), "{format:?}");
    }
    let mut missing = Vec::new();
    for one in fixtures::named_by_cases() {
        let is_it = |fixture: &Fixture| {
            fixture.mapping.id() == (&*one.org, &*one.soort) && fixture.name == one.file
        };
        if !all.iter().any(is_it) {
            missing.push(format!("{}/{}: {}", one.org, one.soort, one.file));
        }
    }
    missing.sort();
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    assert_eq!(missing, NOTHING_TAKEN);
}
