//! The examples that stand beside the shipped mappings, made as large as real messages.

use crate::adapters;
use crate::adapters::Limits;
use crate::bench::BenchError;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Node;
use crate::document::Value;
use crate::document::Wire;
use crate::mapping::Direction;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::pipeline::read_document;
use crate::schema::Schemas;
use std::sync::Arc;

/// Bytes of a message in a tree format, at least.
pub(super) const TREE_BYTES: usize = 4_096;
/// Rows of a table.
pub(super) const TABLE_ROWS: usize = 1_000;

/// An example to translate.
pub(super) struct Material<'l> {
    /// `organisatie/soort`.
    pub name: String,
    /// The name of its format.
    pub format: &'static str,
    pub mapping: &'l Arc<Mapping>,
    pub bytes: Vec<u8>,
}

/// An example for every shipped mapping that reads and has one.
pub(super) fn materials<'l>(
    library: &'l Library,
    schemas: &Schemas,
) -> Result<Vec<Material<'l>>, BenchError> {
    let mut found = Vec::new();
    for mapping in library.all() {
        let (org, soort) = mapping.id();
        let (format, end) = format_of(mapping.wire());
        let path = format!("{org}/voorbeelden/{soort}.{end}");
        let Some(example) = Library::shipped_file(&path) else {
            continue;
        };
        if mapping.direction() == Direction::Out {
            continue;
        }
        let bytes = enlarged(example, mapping.wire()).ok_or_else(|| BenchError::Answer {
            what: "an example file",
            expected: "a file that its own format reads and writes".to_owned(),
            got: path,
        })?;
        // a claim does not become a larger one by having its head twice, nor a report by having more than may be in it
        let bytes = if is_taken(&bytes, mapping, schemas) {
            bytes
        } else {
            example.to_vec()
        };
        found.push(Material {
            name: format!("{org}/{soort}"),
            format,
            mapping,
            bytes,
        });
    }
    Ok(found)
}

/// Whether anything of a file is taken.
fn is_taken(bytes: &[u8], mapping: &Mapping, schemas: &Schemas) -> bool {
    let Ok(document) = adapters::decode(bytes, mapping.wire(), &Limits::default()) else {
        return false;
    };
    let elements = read_document(mapping, &document, schemas).elements;
    elements
        .iter()
        .any(|element| !element.faults.iter().any(Fault::refuses))
}

const fn format_of(wire: &Wire) -> (&'static str, &'static str) {
    match wire {
        Wire::Xml(_) | Wire::Enveloped(_) => ("xml", "xml"),
        Wire::Json => ("json", "json"),
        Wire::Csv(_) => ("csv", "csv"),
        Wire::Excel => ("excel", "xlsx"),
        Wire::Fixed(_) => ("fixed", "txt"),
    }
}

/// The example with what repeats in it repeated until it is large enough. One in which nothing repeats stays as it is.
fn enlarged(example: &[u8], wire: &Wire) -> Option<Vec<u8>> {
    let document = adapters::decode(example, wire, &Limits::default()).ok()?;
    let with = |times| {
        let mut document = document.clone();
        repeat(&mut document.root, wire, times);
        adapters::encode(&document, wire).ok()
    };
    if !matches!(wire, Wire::Xml(_) | Wire::Json) {
        return with(TABLE_ROWS.div_ceil(rows(&document).max(1)));
    }
    let mut made = with(1)?;
    for times in 2.. {
        let larger = with(times)?;
        if made.len() >= TREE_BYTES || larger.len() == made.len() {
            break;
        }
        made = larger;
    }
    Some(made)
}

/// Rows of a table without its header.
pub(super) fn rows(document: &Document) -> usize {
    match &document.root.value {
        Value::List(rows) => rows.len().saturating_sub(1),
        Value::Map(sheets) => sheets
            .first()
            .map_or(0, |(_, sheet)| sheet.items().len().saturating_sub(1)),
        _ => 0,
    }
}

fn repeat(root: &mut Node, wire: &Wire, times: usize) {
    match (wire, &mut root.value) {
        (Wire::Csv(_), Value::List(rows)) => repeat_from(rows, 1, times),
        (Wire::Fixed(_) | Wire::Json, Value::List(items)) => repeat_from(items, 0, times),
        (Wire::Excel, Value::Map(sheets)) => {
            if let Some((
                _,
                Node {
                    value: Value::List(rows),
                    ..
                },
            )) = sheets.first_mut()
            {
                repeat_from(rows, 1, times);
            }
        }
        (Wire::Json, Value::Map(members)) => {
            for (_, member) in members {
                if let Value::List(items) = &mut member.value
                    && items.iter().any(|item| matches!(item.value, Value::Map(_)))
                {
                    repeat_from(items, 0, times);
                }
            }
        }
        (Wire::Xml(_), Value::Map(roots)) => {
            if let Some((
                _,
                Node {
                    value: Value::Map(children),
                    ..
                },
            )) = roots.first_mut()
                && let Some(last) = children.last().cloned()
            {
                children.extend(std::iter::repeat_n(last, times - 1));
            }
        }
        _ => {}
    }
}

fn repeat_from(items: &mut Vec<Node>, first: usize, times: usize) {
    let Some(body) = items.get(first..).map(<[Node]>::to_vec) else {
        return;
    };
    for _ in 1..times {
        items.extend_from_slice(&body);
    }
}
