//! What a translation costs: each shipped mapping and canonical JSON, on an example of its own, as ratios to the bare parse
//! of the same bytes by the format's own library; and how much memory a long file takes.

mod held;
mod material;
mod report;
mod rows;

pub use held::Held;
pub use held::memory_of_long_files;
pub use report::Translated;
pub use report::Translation;

use crate::adapters;
use crate::adapters::Limits;
use crate::bench::BenchError;
use crate::bench::mapping::material::Holds;
use crate::bench::mapping::material::Material;
use crate::bench::mapping::material::materials;
use crate::bench::mapping::material::taken;
use crate::canonical::Bundle;
use crate::document::CsvWire;
use crate::document::Wire;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::pipeline::read_document;
use crate::schema::Schemas;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::hint::black_box;
use std::io::Cursor;
use std::time::Duration;
use std::time::Instant;

/// Rounds of which the fastest counts.
const ROUNDS: u32 = 20;

/// Translates every example for about so long a step; `only` names the mappings, all where it is empty.
pub fn translations(
    library: &Library,
    schemas: &Schemas,
    each: Duration,
    only: &[String],
    note: &dyn Fn(&str),
) -> Result<Translated, BenchError> {
    let mut measured = Vec::new();
    for material in materials(library, schemas, only)? {
        note(&material.name);
        measured.push(match &material.holds {
            Holds::File(bytes) => match material.mapping.wire() {
                Wire::Csv(wire) => {
                    rows::translation(&material, (bytes, wire), library, schemas, each)?
                }
                _ => translation(&material, bytes, library, schemas, each)?,
            },
            Holds::Bundles(bundles) => writing(&material, bundles, each)?,
        });
    }
    Ok(Translated {
        translations: measured,
        held: Vec::new(),
    })
}

const NOT_BY_NAME: &str = "the library does not read it by name";

fn unreadable(name: &str, got: &str) -> BenchError {
    BenchError::Answer {
        what: "an example file",
        expected: "something to read".to_owned(),
        got: format!("{name}: {got}"),
    }
}

fn translation(
    material: &Material<'_>,
    bytes: &[u8],
    library: &Library,
    schemas: &Schemas,
    each: Duration,
) -> Result<Translation, BenchError> {
    let Material { mapping, name, .. } = material;
    let limits = Limits::default();
    let wire = mapping.wire();
    let document = adapters::decode(bytes, wire, &limits)
        .map_err(|faults| unreadable(name, &format!("{} faults", faults.len())))?;
    let elements = mapping.decode(&document).elements.len();
    let bundles = taken(bytes, mapping, schemas);
    if bundles.is_empty() {
        return Err(unreadable(name, "nothing was taken"));
    }
    let (out, to) = out_of(material, library);
    let (context, parts) = (context(out, bundles.len()), parts(out, &bundles));
    encode(out, &context, &parts).map_err(|error| unreadable(name, &error.to_string()))?;

    let has_names = has_names(wire);
    if has_names && !by_name(bytes) {
        return Err(unreadable(name, NOT_BY_NAME));
    }
    let [bare, named, decode, map, both, encoding] = times(
        each,
        [
            step(|| parse(bytes, wire)),
            step(|| has_names && by_name(bytes)),
            step(|| adapters::decode(bytes, wire, &limits).is_ok()),
            step(|| mapping.decode(&document).elements.len()),
            step(|| read_document(mapping, &document, schemas).elements.len()),
            step(|| encode(out, &context, &parts).is_ok()),
        ],
    );
    Ok(Translation {
        mapping: name.clone(),
        format: material.format,
        to,
        bytes: bytes.len(),
        elements,
        bare_micros: bare,
        named_micros: has_names.then_some(named),
        decode_micros: Some(decode),
        map_micros: Some(map),
        validate_micros: Some((both - map).max(0.0)),
        encode_micros: encoding,
    })
}

/// What an example is written with, and in which format: its own mapping, or canonical JSON where that only reads.
fn out_of<'m>(material: &Material<'m>, library: &'m Library) -> (&'m Mapping, &'static str) {
    if material.mapping.direction() == crate::mapping::Direction::Both {
        (material.mapping, material.format)
    } else {
        (library.canonical(), "json")
    }
}

/// What writing costs, against the bare parse of what was written.
fn writing(
    material: &Material<'_>,
    bundles: &[Bundle],
    each: Duration,
) -> Result<Translation, BenchError> {
    let Material { mapping, name, .. } = material;
    let (context, parts) = (context(mapping, bundles.len()), parts(mapping, bundles));
    let written = encode(mapping, &context, &parts);
    let written = written.map_err(|error| unreadable(name, &error.to_string()))?;
    let has_names = has_names(mapping.wire());
    let by_name = || written.iter().all(|bytes| by_name(bytes));
    if has_names && !by_name() {
        return Err(unreadable(name, NOT_BY_NAME));
    }
    let [bare, named, encoding] = times(
        each,
        [
            step(|| {
                let found = written.iter().map(|bytes| parse(bytes, mapping.wire()));
                found.sum::<usize>()
            }),
            step(|| has_names && by_name()),
            step(|| encode(mapping, &context, &parts).is_ok()),
        ],
    );
    Ok(Translation {
        mapping: name.clone(),
        format: material.format,
        to: material.format,
        bytes: written.iter().map(Vec::len).sum(),
        elements: bundles.len(),
        bare_micros: bare,
        named_micros: has_names.then_some(named),
        decode_micros: None,
        map_micros: None,
        validate_micros: None,
        encode_micros: encoding,
    })
}

fn context(out: &Mapping, count: usize) -> Value {
    json!({
        "id": "bench",
        "referentie": "bench-1",
        "verzonden": "2024-04-02T09:15:00Z",
        "soort": out.delivers(),
        "aantal": count,
    })
}

/// The bundles of each document. The canonical mapping, which is nobody's, writes one.
fn parts<'b>(out: &Mapping, bundles: &'b [Bundle]) -> Vec<&'b [Bundle]> {
    match out.per() {
        Per::Record if !out.id().0.is_empty() => bundles.chunks(1).collect(),
        _ => vec![bundles],
    }
}

/// Writes documents to their bytes.
fn encode(
    mapping: &Mapping,
    context: &Value,
    parts: &[&[Bundle]],
) -> Result<Vec<Vec<u8>>, adapters::EncodeError> {
    let written = parts.iter().map(|part| mapping.write(context, part).bytes);
    written.collect()
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

/// Whether the bare parse gives no values by name where the same library has one that does.
const fn has_names(wire: &Wire) -> bool {
    matches!(wire, Wire::Xml(_) | Wire::Enveloped(_))
}

/// The library's own parse of XML into values by name, as a JSON library gives them; whether it could.
fn by_name(bytes: &[u8]) -> bool {
    // a map, not any value: what stands before the root would be one too
    let members = quick_xml::de::from_reader::<_, Map<String, Value>>(bytes);
    members.is_ok_and(|members| !black_box(members).is_empty())
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

/// A step that is measured.
type Step<'a> = Box<dyn FnMut() + 'a>;

/// A step of which the result is not looked at.
fn step<'a, T>(mut work: impl FnMut() -> T + 'a) -> Step<'a> {
    Box::new(move || {
        black_box(work());
    })
}

/// Microseconds that each of some steps takes. They are measured in turn, round after round, and of each the fastest round
/// counts: what else the machine does meanwhile slows some rounds of each, and seldom all of one.
fn times<const N: usize>(each: Duration, mut steps: [Step<'_>; N]) -> [f64; N] {
    let round = each.as_secs_f64() / f64::from(ROUNDS);
    let counts = steps.each_mut().map(|step| {
        step();
        let started = Instant::now();
        step();
        let once = started.elapsed().max(Duration::from_nanos(100));
        // a count that fits a round; a step that is longer than a round is done once
        (round / once.as_secs_f64()).clamp(1.0, 1e6)
    });
    let mut least = [f64::INFINITY; N];
    for _ in 0..ROUNDS {
        for ((step, count), least) in steps.iter_mut().zip(counts).zip(&mut least) {
            let started = Instant::now();
            let mut done = 0.0;
            while done < count {
                step();
                done += 1.0;
            }
            *least = least.min(started.elapsed().as_secs_f64() * 1e6 / done);
        }
    }
    least
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
    fn xml_is_read_by_name_whole_or_not_at_all() {
        let whole = "<?xml version='1.0'?>
<a xmlns='urn:x' c='2'><b>1</b><b>&lt;</b></a>";
        assert!(by_name(whole.as_bytes()));
        assert!(!by_name(b"<a><b>1</b>"));
    }

    #[test]
    fn every_example_is_translated_and_its_parts_cost_something() {
        let schemas = Schemas::embedded().expect("they load");
        let library = Library::shipped(&schemas).expect("they compile");
        let each = Duration::from_micros(1);
        let measured = translations(&library, &schemas, each, &[], &|_| {}).expect("measured");
        let formats: std::collections::BTreeSet<_> =
            measured.translations.iter().map(|one| one.format).collect();
        for format in ["csv", "excel", "fixed", "json", "xml"] {
            assert!(formats.contains(format), "{format} of {formats:?}");
        }
        for one in &measured.translations {
            let decode = one.decode_micros.unwrap_or_default();
            assert!(
                one.bare_micros > 0.0 && one.total() > decode,
                "{}",
                one.mapping
            );
            assert!(one.ratio().is_finite(), "{}", one.mapping);
            let has_names = matches!(one.format, "xml" | "csv") && one.decode_micros.is_some();
            assert!(
                !has_names || one.ratio_by_name().is_some(),
                "{}",
                one.mapping
            );
        }
        let names = measured.translations.iter().map(|one| one.mapping.clone());
        let names: Vec<String> = names.collect();
        for name in [
            "gemeente-voorbeeldstad/klantkennisgeving",
            "gemeente-voorbeeldstad/besluit",
            "gemeente-voorbeeldstad/srg",
            "uwv/uren",
            library.canonical().id().1,
        ] {
            assert!(names.iter().any(|one| one == name), "{name}");
        }
    }

    #[test]
    fn only_what_is_named_is_translated_and_what_is_not_there_is_said() {
        let schemas = Schemas::embedded().expect("they load");
        let library = Library::shipped(&schemas).expect("they compile");
        let only = |name: &str| materials(&library, &schemas, &[name.to_owned()]);
        let srg = only("gemeente-voorbeeldstad/srg").expect("made");
        assert_eq!(srg.len(), 1);
        let Holds::Bundles(bundles) = &srg[0].holds else {
            panic!("it only writes");
        };
        assert!(bundles.len() >= TABLE_ROWS);
        assert!(only("gemeente-voorbeeldstad/klantkennisgeving").is_ok());
        assert!(only("nobody/nothing").is_err());
    }

    #[test]
    fn material_is_as_large_as_was_asked_for() {
        let schemas = Schemas::embedded().expect("they load");
        let library = Library::shipped(&schemas).expect("they compile");
        let mut large = std::collections::BTreeSet::new();
        for one in materials(&library, &schemas, &[]).expect("made") {
            let Holds::File(bytes) = &one.holds else {
                continue;
            };
            let document = adapters::decode(bytes, one.mapping.wire(), &Limits::default());
            let document = document.unwrap_or_else(|_| panic!("{} is readable", one.name));
            if document.format.is_table() {
                assert!(rows(&document) >= TABLE_ROWS, "{}", one.name);
            } else if bytes.len() >= TREE_BYTES {
                large.insert(one.format);
            }
        }
        // an example in which nothing repeats stays as it is, but each format has one that does
        assert!(large.contains("json") && large.contains("xml"), "{large:?}");
    }
}
