//! What the rows of a CSV cost, as a long one is converted: piece by piece, so that no more of it is held than that.

use crate::adapters;
use crate::adapters::CsvRows;
use crate::adapters::Limits;
use crate::adapters::PIECE;
use crate::bench::BenchError;
use crate::bench::mapping::Translation;
use crate::bench::mapping::context;
use crate::bench::mapping::material::Material;
use crate::bench::mapping::out_of;
use crate::bench::mapping::step;
use crate::bench::mapping::times;
use crate::bench::mapping::unreadable;
use crate::canonical::Bundle;
use crate::document::Charset;
use crate::document::CsvWire;
use crate::document::Fault;
use crate::mapping::Decoded;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::pipeline::Bsns;
use crate::pipeline::check_elements;
use crate::schema::Schemas;
use serde_json::Value;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

/// How far a translation goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Upto {
    Decoded,
    Mapped,
    Checked,
    Written,
}

struct Pass<'a> {
    bytes: &'a [u8],
    wire: &'a CsvWire,
    mapping: &'a Mapping,
    out: &'a Mapping,
    schemas: &'a Schemas,
    context: Value,
}

pub(super) fn translation(
    material: &Material<'_>,
    (bytes, wire): (&[u8], &CsvWire),
    library: &Library,
    schemas: &Schemas,
    each: Duration,
) -> Result<Translation, BenchError> {
    let Material { mapping, name, .. } = material;
    let (out, to) = out_of(material, library);
    let elements = super::material::taken(bytes, mapping, schemas).len();
    let pass = Pass {
        bytes,
        wire,
        mapping,
        out,
        schemas,
        context: context(out, elements),
    };
    let run = |upto| pass.run(upto).map_err(|why| unreadable(name, &why));
    let written = run(Upto::Written)?;
    if elements == 0 || written == 0 {
        return Err(unreadable(name, "nothing was taken"));
    }
    let text = text_of(bytes, wire.encoding);
    let upto = |upto| {
        let pass = &pass;
        step(move || pass.run(upto))
    };
    let [bare, named, decoded, mapped, checked, written] = times(
        each,
        [
            step(|| super::csv_rows(bytes, wire)),
            step(|| by_name(&text, wire)),
            upto(Upto::Decoded),
            upto(Upto::Mapped),
            upto(Upto::Checked),
            upto(Upto::Written),
        ],
    );
    let more = |than: f64, all: f64| (all - than).max(0.0);
    Ok(Translation {
        mapping: name.clone(),
        format: material.format,
        to,
        bytes: bytes.len(),
        elements,
        bare_micros: bare,
        named_micros: Some(named),
        decode_micros: Some(decoded),
        map_micros: Some(more(decoded, mapped)),
        validate_micros: Some(more(mapped, checked)),
        encode_micros: more(checked, written),
    })
}

impl Pass<'_> {
    /// Translates the file once; how many elements there were, or bytes where it goes that far.
    fn run(&self, upto: Upto) -> Result<usize, String> {
        let table = self.mapping.table();
        let mut table = table.ok_or_else(|| "no rows".to_owned())?;
        let mut rows = CsvRows::new(self.wire, &Limits::default());
        let mut bsns = Bsns::default();
        let (mut count, mut first) = (0, true);
        let pieces = self.bytes.chunks(PIECE).map(Some).chain([None]);
        for piece in pieces {
            let read = match piece {
                Some(piece) => rows.push(piece),
                None => rows
                    .end()
                    .map_err(|faults| format!("{} faults", faults.len()))?,
            };
            if upto == Upto::Decoded {
                count += black_box(read).len();
                continue;
            }
            let Decoded { mut elements, .. } = table.rows(read);
            if piece.is_none() {
                elements.append(&mut table.end().elements);
            }
            if upto >= Upto::Checked {
                check_elements(self.mapping, &mut elements, self.schemas);
                for element in &elements {
                    bsns.see(element);
                }
            }
            if upto == Upto::Written {
                let taken = elements
                    .into_iter()
                    .filter(|element| !element.faults.iter().any(Fault::refuses))
                    .map(|element| element.bundle);
                count += self.write(&taken.collect::<Vec<_>>(), &mut first)?;
            } else {
                count += black_box(elements).len();
            }
        }
        Ok(count)
    }

    /// Writes what was taken of a piece; how many bytes that are.
    fn write(&self, bundles: &[Bundle], first: &mut bool) -> Result<usize, String> {
        if bundles.is_empty() {
            return Ok(0);
        }
        let more = (!*first).then(|| self.out.encode_more(&self.context, bundles));
        let whole = || self.out.encode(&self.context, bundles);
        let encoded = more.flatten().unwrap_or_else(whole);
        let before = usize::from(!*first);
        *first = false;
        adapters::encode_rows(&encoded.document, self.out.wire(), before)
            .map(|bytes| black_box(bytes).len())
            .map_err(|error| error.to_string())
    }
}

/// A file as text, for a library that reads no other encoding.
fn text_of(bytes: &[u8], encoding: Charset) -> String {
    let from = match encoding {
        Charset::Utf8 => encoding_rs::UTF_8,
        Charset::Windows1252 | Charset::Latin1 => encoding_rs::WINDOWS_1252,
    };
    from.decode(bytes).0.into_owned()
}

/// The library's own parse of rows into values by the names in the header row, as a JSON library gives them.
fn by_name(text: &str, wire: &CsvWire) -> usize {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(wire.delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let rows = reader.deserialize::<HashMap<String, String>>();
    rows.flatten().map(black_box).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_name_in_any_encoding() {
        let bytes = b"naam;plaats\r\nZo\xEB;X\r\nA;B\r\n";
        let wire = CsvWire {
            encoding: Charset::Windows1252,
            ..CsvWire::default()
        };
        let text = text_of(bytes, wire.encoding);
        assert!(text.contains("Zoë"));
        assert_eq!(by_name(&text, &wire), 2);
    }
}
