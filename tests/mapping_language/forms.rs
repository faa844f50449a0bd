//! One set of rules as a mapping of each format, and one set of values as a document of each.

use schakel::adapters;
use schakel::adapters::Limits;
use schakel::canonical::Bundle;
use schakel::canonical::Kind;
use schakel::document::Document;
use schakel::document::Fault;
use schakel::document::Format;
use schakel::document::Lang;
use schakel::document::Node;
use schakel::document::Value;
use schakel::document::Wire;
use schakel::mapping::Decoded;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::mapping::laws;
use schakel::schema::Schemas;
use serde_json::Value as Json;
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::LazyLock;

pub const FORMATS: [&str; 5] = ["xml", "json", "csv", "excel", "fixed"];
/// What may stand in a document, and in which order.
const NAMES: [&str; 10] = ["nr", "a", "b", "c", "d", "e", "f", "g", "h", "i"];
/// Characters of each of them at fixed width.
const WIDTH: usize = 20;

pub static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::embedded().expect("the schemas are tested elsewhere"));

/// A mapping of a format. `own` is what stands in the format's own table; in `rules`, `@name` is `source = "name"`, and
/// `@@name,name` is `sources = [...]`: at fixed width they are positions.
pub fn text(format: &str, own: &str, rules: &str) -> String {
    let head = match format {
        "xml" => "root = \"r\"\nelement = \"o\"\nnamespaces = { S = \"urn:s\", xsi = \"http://www.w3.org/2001/XMLSchema-instance\" }\n".to_owned(),
        "fixed" => format!("record_length = {}\n", WIDTH * NAMES.len()),
        _ => String::new(),
    };
    let fixed = format == "fixed";
    let rules: String = rules
        .lines()
        .map(|line| {
            let Some(names) = line.strip_prefix('@') else {
                return format!("{line}\n");
            };
            let several = names.starts_with('@');
            let names = names.trim_start_matches('@').split(',');
            let places: Vec<String> = names.map(|name| place(name.trim(), fixed)).collect();
            let key = if fixed { "position" } else { "source" };
            if several {
                format!("{key}s = [{}]\n", places.join(", "))
            } else {
                format!("{key} = {}\n", places[0])
            }
        })
        .collect();
    format!(
        "[mapping]\norganisatie = \"f\"\nsoort = \"taal\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"both\"\nformat = \"{format}\"\n\
         main = \"opdracht\"\ndelivers = \"opdracht\"\n[{format}]\n{head}{own}\n\
         [[rule]]\n{key} = {nr}\ntarget = \"opdracht.ordernummer\"\nrequired = true\n{rules}",
        key = if fixed { "position" } else { "source" },
        nr = place("nr", fixed),
    )
}

fn place(name: &str, fixed: bool) -> String {
    let index = NAMES
        .iter()
        .position(|known| *known == name)
        .expect("a name");
    if fixed {
        format!("[{}, {}]", index * WIDTH + 1, (index + 1) * WIDTH)
    } else {
        format!("\"{name}\"")
    }
}

/// The mapping in a file; every diagnostic that stops it fails the test.
pub fn compile(text: &str) -> Arc<Mapping> {
    let files = [("f/taal.toml".to_owned(), text.to_owned())];
    let library = Library::compile(&files, &SCHEMAS).unwrap_or_else(|found| {
        let lines: Vec<_> = found.iter().map(|one| one.render(Lang::En)).collect();
        panic!("{}\n{text}", lines.join("\n"))
    });
    Arc::clone(library.get("f", "taal").expect("it was compiled"))
}

pub fn mapping(format: &str, own: &str, rules: &str) -> Arc<Mapping> {
    compile(&text(format, own, rules))
}

/// A document of one element with these values.
pub fn document(mapping: &Mapping, values: &[(&str, &str)]) -> Vec<u8> {
    let all = [&[("nr", "1")], values].concat();
    let cell = |text: &str| Node::text(text);
    let parts = || {
        let named = all
            .iter()
            .map(|(name, text)| (Arc::from(*name), cell(text)));
        Node::made(Value::Map(named.collect()))
    };
    let rows = || {
        let header = all.iter().map(|(name, _)| cell(name)).collect();
        let row = all.iter().map(|(_, text)| cell(text)).collect();
        let rows = [header, row].map(|cells| Node::made(Value::List(cells)));
        Node::made(Value::List(rows.into()))
    };
    let within = |name: &str, node| Node::made(Value::Map(vec![(Arc::from(name), node)]));
    let wire = mapping.wire().payload();
    let (format, root) = match wire {
        Wire::Xml(_) => (Format::Xml, within("r", within("o", parts()))),
        Wire::Json => (Format::Json, parts()),
        Wire::Csv(_) => (Format::Csv, rows()),
        Wire::Excel => (Format::Excel, within("Blad1", rows())),
        Wire::Fixed(_) | Wire::Enveloped(_) => {
            let mut line = String::new();
            for name in NAMES {
                let found = all.iter().find(|(known, _)| *known == name);
                let text = found.map_or("", |(_, text)| *text);
                write!(line, "{text:WIDTH$}").expect("a text");
            }
            (
                Format::FixedWidth,
                Node::made(Value::List(vec![cell(&line)])),
            )
        }
    };
    adapters::encode(&Document::new(format, root), wire).expect("writable")
}

pub fn read(mapping: &Mapping, bytes: &[u8]) -> Decoded {
    let document = adapters::decode(bytes, mapping.wire(), &Limits::default());
    mapping.decode(&document.unwrap_or_else(|faults| panic!("{faults:?}")))
}

/// Every fault, of the document and of its elements, but the remarks on parts that no rule names.
pub fn codes(decoded: &Decoded) -> Vec<String> {
    let elements = decoded.elements.iter().flat_map(|element| &element.faults);
    let all = decoded.faults.iter().chain(elements);
    all.map(|fault| fault.code.to_string()).collect()
}

/// The records of the only element.
pub fn records(decoded: &Decoded) -> Json {
    let [element] = decoded.elements.as_slice() else {
        panic!("{} elements", decoded.elements.len());
    };
    let records = element.bundle.records.iter();
    let records = records.filter(|(_, record)| !record.is_empty());
    Json::Object(
        records
            .map(|(kind, record)| (kind.to_string(), Json::Object(record.clone())))
            .collect(),
    )
}

/// What some records are written as, and what could not be said.
pub fn written(mapping: &Mapping, records: &Json) -> (Vec<u8>, Vec<String>) {
    let mut bundle = Bundle::default();
    for (kind, record) in records.as_object().expect("records") {
        let kind = Kind::parse(kind).expect("a kind");
        bundle
            .records
            .insert(kind, record.as_object().cloned().expect("a record"));
    }
    let encoded = mapping.encode(&json!({}), &[bundle]);
    let bytes = adapters::encode(&encoded.document, mapping.wire()).expect("writable");
    let code = |fault: &Fault| fault.code.to_string();
    (bytes, encoded.faults.iter().map(code).collect())
}

/// Both laws on generated records.
pub fn assert_laws(mapping: &Mapping) {
    if let Err(found) = laws::check(mapping, &SCHEMAS, 20_261_126, 200) {
        panic!("{found}");
    }
}

/// What stands at a name in a document of one element; none where there is no such part.
pub fn cell(mapping: &Mapping, bytes: &[u8], name: &str) -> Option<String> {
    let document = adapters::decode(bytes, mapping.wire(), &Limits::default());
    let root = document.unwrap_or_else(|faults| panic!("{faults:?}")).root;
    let text = |node: &Node| match &node.value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        _ => node.as_text().unwrap_or_default().trim().to_owned(),
    };
    match mapping.wire().payload() {
        Wire::Xml(_) => root.get("r")?.get("o")?.get(name).map(text),
        Wire::Json => root.get(name).map(text),
        Wire::Csv(_) | Wire::Excel => {
            let sheet = root.parts().first().map_or(&root, |(_, sheet)| sheet);
            let [header, row] = sheet.items() else {
                panic!("not one row");
            };
            let index = header.items().iter().position(|cell| text(cell) == name)?;
            Some(row.items().get(index).map_or_else(String::new, text))
        }
        _ => {
            let index = NAMES.iter().position(|known| *known == name)?;
            let line = text(root.items().first()?);
            Some(
                line.chars()
                    .skip(index * WIDTH)
                    .take(WIDTH)
                    .collect::<String>()
                    .trim()
                    .to_owned(),
            )
        }
    }
}
