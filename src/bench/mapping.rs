//! What a translation costs: each shipped mapping that reads, on its own example, as ratios to the bare parse of the same
//! bytes by the format's own library.

mod material;
mod report;

pub use report::Translated;
pub use report::Translation;

use crate::adapters;
use crate::adapters::Limits;
use crate::bench::BenchError;
use crate::bench::mapping::material::Material;
use crate::bench::mapping::material::materials;
use crate::canonical::Bundle;
use crate::document::CsvWire;
use crate::document::Wire;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::pipeline::read_document;
use crate::schema::Schemas;
use serde_json::Value;
use serde_json::json;
use std::hint::black_box;
use std::io::Cursor;
use std::time::Duration;
use std::time::Instant;

/// Rounds of which the middle one counts, so that a disturbance of one is not seen.
const ROUNDS: usize = 5;

/// Translates every example for about so long a step; where mappings are named (`organisatie/soort`), only theirs.
pub fn translations(
    library: &Library,
    schemas: &Schemas,
    each: Duration,
    only: &[String],
    note: &dyn Fn(&str),
) -> Result<Translated, BenchError> {
    let mut measured = Vec::new();
    let mut materials = materials(library, schemas)?;
    if let Some(unknown) = (only.iter()).find(|name| materials.iter().all(|one| one.name != **name))
    {
        return Err(BenchError::Answer {
            what: "a mapping to measure",
            expected: "one that is shipped, reads, and has an example".to_owned(),
            got: unknown.clone(),
        });
    }
    materials.retain(|one| only.is_empty() || only.contains(&one.name));
    for material in materials {
        note(&material.name);
        measured.push(translation(&material, library, schemas, each)?);
    }
    Ok(Translated(measured))
}

fn translation(
    material: &Material<'_>,
    library: &Library,
    schemas: &Schemas,
    each: Duration,
) -> Result<Translation, BenchError> {
    let Material { mapping, bytes, .. } = material;
    let limits = Limits::default();
    let wire = mapping.wire();
    let unreadable = |got: String| BenchError::Answer {
        what: "an example file",
        expected: "something to read".to_owned(),
        got: format!("{}: {got}", material.name),
    };
    let document = adapters::decode(bytes, wire, &limits)
        .map_err(|faults| unreadable(format!("{} faults", faults.len())))?;
    let decoded = read_document(mapping, &document, schemas);
    let bundles: Vec<Bundle> = decoded
        .elements
        .iter()
        .filter(|element| !element.faults.iter().any(crate::document::Fault::refuses))
        .map(|element| element.bundle.clone())
        .collect();
    if bundles.is_empty() {
        return Err(unreadable("nothing was taken".to_owned()));
    }
    let writes = mapping.direction() == crate::mapping::Direction::Both;
    let out: &Mapping = if writes { mapping } else { library.canonical() };
    let context = json!({
        "id": "bench",
        "referentie": "bench-1",
        "verzonden": "2024-04-02T09:15:00Z",
        "soort": out.delivers(),
        "aantal": bundles.len(),
    });
    let parts: Vec<&[Bundle]> = match out.per() {
        Per::Record if writes => bundles.chunks(1).collect(),
        _ => vec![&bundles],
    };
    encode(out, &context, &parts).map_err(|error| unreadable(error.to_string()))?;

    let bare = time(each, || parse(bytes, wire));
    let decode = time(each, || adapters::decode(bytes, wire, &limits).is_ok());
    let map = time(each, || mapping.decode(&document).elements.len());
    let both = time(each, || {
        read_document(mapping, &document, schemas).elements.len()
    });
    let encoding = time(each, || encode(out, &context, &parts).is_ok());
    Ok(Translation {
        mapping: material.name.clone(),
        format: material.format,
        to: if writes { material.format } else { "json" },
        bytes: bytes.len(),
        elements: decoded.elements.len(),
        bare_micros: bare,
        decode_micros: decode,
        map_micros: map,
        validate_micros: (both - map).max(0.0),
        encode_micros: encoding,
    })
}

/// Writes documents and their bytes; how many bytes.
fn encode(
    mapping: &Mapping,
    context: &Value,
    parts: &[&[Bundle]],
) -> Result<usize, adapters::EncodeError> {
    let mut written = 0;
    for part in parts {
        let encoded = mapping.encode(context, part);
        written += adapters::encode(&encoded.document, mapping.wire())?.len();
    }
    Ok(written)
}

/// The bare parse: what the format's own library does with the bytes, and nothing more. How many parts it found.
fn parse(bytes: &[u8], wire: &Wire) -> usize {
    match wire {
        Wire::Json => serde_json::from_slice::<Value>(bytes).map_or(0, |value| {
            black_box(&value);
            1
        }),
        Wire::Xml(_) | Wire::Enveloped(_) => events(bytes),
        Wire::Csv(csv) => csv_rows(bytes, csv),
        Wire::Excel => cells(bytes),
        Wire::Fixed(_) => bytes.split(|byte| *byte == b'\n').map(black_box).count(),
    }
}

fn events(bytes: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut count = 0;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) | Err(_) => return count,
            Ok(event) => {
                black_box(&event);
                count += 1;
            }
        }
    }
}

fn csv_rows(bytes: &[u8], wire: &CsvWire) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(wire.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut count = 0;
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        black_box(&record);
        count += 1;
    }
    count
}

fn cells(bytes: &[u8]) -> usize {
    use calamine::Reader as _;
    let Ok(mut workbook) = calamine::Xlsx::new(Cursor::new(bytes)) else {
        return 0;
    };
    let names = workbook.sheet_names();
    let sheets = names
        .iter()
        .filter_map(|name| workbook.worksheet_range(name).ok());
    sheets.map(|range| black_box(range).cells().count()).sum()
}

/// Microseconds that a step takes, the middle of a few rounds.
fn time<T>(each: Duration, mut step: impl FnMut() -> T) -> f64 {
    let started = Instant::now();
    black_box(step());
    let once = started.elapsed().max(Duration::from_nanos(100));
    let round = each.as_secs_f64() / f64::from(u32::try_from(ROUNDS).unwrap_or(1));
    // a count that fits a round; a step that is longer than a round is done once
    let times = (round / once.as_secs_f64()).clamp(1.0, 1e6);
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            let mut done = 0.0;
            while done < times {
                black_box(step());
                done += 1.0;
            }
            started.elapsed().as_secs_f64() * 1e6 / done
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::mapping::material::TABLE_ROWS;
    use crate::bench::mapping::material::TREE_BYTES;
    use crate::bench::mapping::material::rows;

    #[test]
    fn the_bare_parse_reads_every_part() {
        let csv = Wire::Csv(CsvWire::default());
        for (bytes, wire, parts) in [
            (&b"a;b\r\n1;\"2\n3\"\r\n"[..], &csv, 2),
            (
                b"<a><b>1</b></a>",
                &Wire::Xml(crate::document::XmlWire::default()),
                5,
            ),
            (b"{\"a\":[1,2]}", &Wire::Json, 1),
            (b"{", &Wire::Json, 0),
        ] {
            assert_eq!(parse(bytes, wire), parts);
        }
    }

    #[test]
    fn every_example_is_translated_and_its_parts_cost_something() {
        let schemas = Schemas::embedded().expect("they load");
        let library = Library::shipped(&schemas).expect("they compile");
        let each = Duration::from_micros(1);
        let measured = translations(&library, &schemas, each, &[], &|_| {}).expect("measured");
        let formats: std::collections::BTreeSet<_> =
            measured.0.iter().map(|one| one.format).collect();
        for format in ["csv", "excel", "json", "xml"] {
            assert!(formats.contains(format), "{format} of {formats:?}");
        }
        for one in &measured.0 {
            assert!(
                one.bare_micros > 0.0 && one.total() > one.decode_micros,
                "{}",
                one.mapping
            );
            assert!(one.ratio().is_finite(), "{}", one.mapping);
        }
    }

    #[test]
    fn material_is_as_large_as_was_asked_for() {
        let schemas = Schemas::embedded().expect("they load");
        let library = Library::shipped(&schemas).expect("they compile");
        let mut large = std::collections::BTreeSet::new();
        for one in materials(&library, &schemas).expect("made") {
            let document = adapters::decode(&one.bytes, one.mapping.wire(), &Limits::default());
            let document = document.unwrap_or_else(|_| panic!("{} is readable", one.name));
            if document.format.is_table() {
                assert!(rows(&document) >= TABLE_ROWS, "{}", one.name);
            } else if one.bytes.len() >= TREE_BYTES {
                large.insert(one.format);
            }
        }
        // an example in which nothing repeats stays as it is, but each format has one that does
        assert!(large.contains("json") && large.contains("xml"), "{large:?}");
    }
}
