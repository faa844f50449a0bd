//! The examples that stand beside the shipped mappings, made as large as real messages.

use crate::adapters;
use crate::adapters::Limits;
use crate::bench::BenchError;
use crate::bench::mapping::context;
use crate::canonical::Bundle;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Node;
use crate::document::Value;
use crate::document::Wire;
use crate::mapping::Direction;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::mapping::bundle;
use crate::mapping::plan::folded;
use crate::pipeline::read_document;
use crate::schema::Schemas;
use serde_json::Value as Json;
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
    pub holds: Holds,
}

/// What there is of it.
pub(super) enum Holds {
    /// A file to read.
    File(Vec<u8>),
    /// Of a mapping that only writes: the bundles to write.
    Bundles(Vec<Bundle>),
}

/// An example for every shipped mapping that has one, and for canonical JSON; `only` names the ones that are wanted, all
/// where it is empty.
pub(super) fn materials<'l>(
    library: &'l Library,
    schemas: &Schemas,
    only: &[String],
) -> Result<Vec<Material<'l>>, BenchError> {
    let mut found = Vec::new();
    let mut records = Vec::new();
    for mapping in library.all() {
        let (org, soort) = mapping.id();
        let name = format!("{org}/{soort}");
        let holds = if mapping.direction() == Direction::Out {
            bundles(mapping)
        } else {
            let file = file(mapping, schemas)?;
            let read = file.as_deref().map(|file| taken(file, mapping, schemas));
            records.extend(read.into_iter().flatten().next());
            file.map(Holds::File)
        };
        let Some(holds) = holds.filter(|_| is_wanted(&name, only)) else {
            continue;
        };
        found.push(Material {
            name,
            format: format_of(mapping.wire()).0,
            mapping,
            holds,
        });
    }
    let canonical = library.canonical();
    let name = canonical.id().1.to_owned();
    if is_wanted(&name, only) {
        let encoded = canonical.encode(&Json::Null, &records);
        let bytes = adapters::encode(&encoded.document, canonical.wire());
        found.push(Material {
            holds: Holds::File(bytes.map_err(|error| unfit(&name, &error.to_string()))?),
            name,
            format: "json",
            mapping: canonical,
        });
    }
    match only
        .iter()
        .find(|only| !found.iter().any(|one| one.name == **only))
    {
        Some(missing) => Err(unfit(missing, "no example")),
        None => Ok(found),
    }
}

fn is_wanted(name: &str, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|only| only == name)
}

/// The file of a mapping that reads: its example, or the first document of its cases of which something is taken.
fn file(mapping: &Mapping, schemas: &Schemas) -> Result<Option<Vec<u8>>, BenchError> {
    let (org, soort) = mapping.id();
    let (_, end) = format_of(mapping.wire());
    let own = Library::shipped_file(&format!("{org}/voorbeelden/{soort}.{end}"));
    let shipped = |path: &str| Library::shipped_file(path).map(<[u8]>::to_vec);
    let given = mapping
        .cases()
        .iter()
        .filter_map(|case| case.given.as_ref());
    let given = given.filter_map(|given| mapping.bytes(given, &shipped).ok());
    let mut all = own.map(<[u8]>::to_vec).into_iter().chain(given);
    let Some(example) = all.find(|bytes| is_taken(bytes, mapping, schemas)) else {
        return Ok(None);
    };
    let bytes = enlarged(&example, mapping);
    let bytes = bytes.ok_or_else(|| unfit(&format!("{org}/{soort}"), "not written again"))?;
    // a claim does not become a larger one by having its head twice, nor a report by having more than may be in it
    let fits = is_taken(&bytes, mapping, schemas);
    Ok(Some(if fits { bytes } else { example }))
}

/// The bundles of the cases of a mapping that writes, repeated until they make a large message.
fn bundles(mapping: &Mapping) -> Option<Holds> {
    let cases = mapping.cases().iter();
    let all = cases.filter_map(|case| case.bundles.as_deref()).flatten();
    let fits = |bundles: &[Bundle]| {
        let encoded = mapping.encode(&context(mapping, bundles.len()), bundles);
        let refused = encoded.faults.iter().any(Fault::refuses);
        let bytes = adapters::encode(&encoded.document, mapping.wire());
        bytes.ok().filter(|_| !refused).map(|bytes| bytes.len())
    };
    let one = |bundle: &Bundle| fits(std::slice::from_ref(bundle));
    let bundles = all.filter_map(|json| bundle(json).ok());
    let bundles: Vec<Bundle> = bundles.filter(|bundle| one(bundle).is_some()).collect();
    let size: usize = bundles.iter().filter_map(one).sum();
    let is_tree = matches!(
        mapping.wire(),
        Wire::Xml(_) | Wire::Json | Wire::Enveloped(_)
    );
    let times = if is_tree {
        TREE_BYTES.div_ceil(size.max(1))
    } else {
        TABLE_ROWS.div_ceil(bundles.len().max(1))
    };
    let large: Vec<Bundle> = std::iter::repeat_n(&bundles, times)
        .flatten()
        .cloned()
        .collect();
    let holds = match mapping.per() {
        Per::Message if fits(&large).is_none() => bundles,
        _ => large,
    };
    (!holds.is_empty()).then_some(Holds::Bundles(holds))
}

fn unfit(name: &str, why: &str) -> BenchError {
    BenchError::Answer {
        what: "an example file",
        expected: "something to read or write".to_owned(),
        got: format!("{name}: {why}"),
    }
}

/// Whether anything of a file is taken.
fn is_taken(bytes: &[u8], mapping: &Mapping, schemas: &Schemas) -> bool {
    !taken(bytes, mapping, schemas).is_empty()
}

/// What is taken of a file.
pub(super) fn taken(bytes: &[u8], mapping: &Mapping, schemas: &Schemas) -> Vec<Bundle> {
    let Ok(document) = adapters::decode(bytes, mapping.wire(), &Limits::default()) else {
        return Vec::new();
    };
    let decoded = read_document(mapping, &document, schemas);
    if decoded.faults.iter().any(Fault::refuses) {
        return Vec::new();
    }
    let elements = decoded.elements.into_iter();
    elements
        .filter(|element| !element.faults.iter().any(Fault::refuses))
        .map(|element| element.bundle)
        .collect()
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
fn enlarged(example: &[u8], mapping: &Mapping) -> Option<Vec<u8>> {
    let wire = mapping.wire();
    let document = adapters::decode(example, wire, &Limits::default()).ok()?;
    let with = |times| {
        let mut document = document.clone();
        repeat(&mut document.root, wire, times);
        if let (Wire::Csv(_), Value::List(rows)) = (wire, &mut document.root.value) {
            tell_apart(rows, mapping, times);
        }
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

/// Where rows are one element by what stands in some columns, that is something else in each repetition.
fn tell_apart(rows: &mut [Node], mapping: &Mapping, times: usize) {
    let Some((header, below)) = rows.split_first_mut() else {
        return;
    };
    let table = mapping.plan().map(|plan| &plan.table);
    let keys = table.map_or(&[][..], |table| &table.together);
    let columns = keys.iter().filter_map(|key| {
        let column = table?.columns.get(key.column)?;
        let is_it = |cell: &Node| {
            let text = cell.as_text().map(folded);
            text.is_some_and(|text| column.names.contains(&text))
        };
        header.items().iter().position(is_it)
    });
    let columns: Vec<usize> = columns.collect();
    let each = (below.len() / times.max(1)).max(1);
    for (index, row) in below.iter_mut().enumerate().skip(each) {
        let Value::List(cells) = &mut row.value else {
            continue;
        };
        for column in &columns {
            if let Some(Value::Text(text)) = cells.get_mut(*column).map(|cell| &mut cell.value) {
                *text = format!("{text}-{}", index / each).into();
            }
        }
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
