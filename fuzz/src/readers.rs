//! Readers around the decoders: what stands in an envelope, a CSV that comes in pieces, a mapping out of a workbook.

use super::LIMITS;
use super::SCHEMAS;
use super::claims_too_much;
use super::decoded;
use super::same;
use schakel::adapters;
use schakel::adapters::CsvRows;
use schakel::document::Charset;
use schakel::document::CsvWire;
use schakel::document::EnvelopeWire;
use schakel::document::FixedWire;
use schakel::document::Node;
use schakel::document::Wire;
use schakel::document::XmlWire;
use schakel::mapping::Library;
use schakel::tools;

/// Bytes as a file in an envelope; the first byte says of which format, and whether it may also come without one.
pub fn envelope(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, bytes));
    let payload = match first % 4 {
        0 => Wire::Xml(XmlWire::default()),
        1 => Wire::Json,
        2 => Wire::Csv(table(b';')),
        _ => Wire::Fixed(FixedWire {
            encoding: Charset::Utf8,
            crlf: true,
        }),
    };
    let wire = EnvelopeWire {
        xml: XmlWire::default(),
        root: "envelop".into(),
        steps: vec!["bericht".into()],
        label: "/envelop/bericht".to_owned(),
        payload,
        bare: first / 4 % 2 == 1,
    };
    decoded(rest, &Wire::Enveloped(Box::new(wire)));
}

fn table(delimiter: u8) -> CsvWire {
    CsvWire {
        delimiter,
        encoding: Charset::Utf8,
        crlf: true,
    }
}

/// Bytes as CSV in pieces of a length that the first byte says: all of them together are what the whole is.
pub fn pieces(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, bytes));
    let wire = table(if first % 2 == 0 { b';' } else { b',' });
    let mut reader = CsvRows::new(&wire, &LIMITS);
    let mut rows = Vec::new();
    for piece in rest.chunks(1 + usize::from(first / 2)) {
        rows.extend(reader.push(piece));
    }
    let whole = adapters::decode(rest, &Wire::Csv(wire), &LIMITS);
    match (whole, reader.end()) {
        (Ok(whole), Ok(last)) => {
            rows.extend(last);
            let (whole, rows) = (filled(whole.root.items()), filled(&rows));
            assert_eq!(whole.len(), rows.len(), "another number of rows");
            for (one, other) in whole.iter().zip(rows) {
                assert!(same(one, other) && one.at == other.at, "another row");
            }
        }
        (Err(whole), Err(faults)) => {
            let told = |faults: &[schakel::document::Fault]| {
                let first = faults.first();
                first.map(|fault| (fault.code.to_string(), fault.place.clone()))
            };
            assert_eq!(told(&whole), told(&faults), "another reason");
        }
        (Ok(_), Err(faults)) => panic!("refused in pieces only: {}", faults[0].code),
        (Err(faults), Ok(_)) => panic!("taken in pieces only: {}", faults[0].code),
    }
}

/// Rows up to the last one with something in it.
fn filled(rows: &[Node]) -> &[Node] {
    let blank = |row: &Node| {
        let mut cells = row.items().iter();
        cells.all(|cell| cell.as_text().is_some_and(str::is_empty))
    };
    let end = rows
        .iter()
        .rposition(|row| !blank(row))
        .map_or(0, |at| at + 1);
    &rows[..end]
}

/// Bytes as a workbook that holds a mapping.
pub fn import(bytes: &[u8]) {
    if claims_too_much(bytes) {
        return;
    }
    let Ok(document) = adapters::decode(bytes, &Wire::Excel, &LIMITS) else {
        return;
    };
    match tools::import(&document) {
        Ok(made) => {
            let file = format!("{}/{}.toml", made.id.0, made.id.1);
            if let Err(found) = Library::compile(&[(file, made.text.clone())], &SCHEMAS) {
                assert!(
                    found.iter().all(|one| one.line > 0),
                    "a fault without a place"
                );
                for one in &found {
                    let _ = made.place(one.line);
                }
            }
        }
        Err(faults) => {
            assert!(
                faults.iter().any(|fault| !fault.warning),
                "refused without a reason"
            );
            for fault in &faults {
                assert!(!fault.code.is_empty() && !fault.sentence.nl.is_empty());
                assert!(!fault.remedy.en.is_empty(), "{}", fault.code);
            }
        }
    }
}
