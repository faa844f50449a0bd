//! Values of mapping files, written.

use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use std::fmt::Write;

/// A value on one line.
pub(super) fn inline(item: &Item) -> String {
    match &item.value {
        Toml::Text(text) => quoted(text),
        Toml::Integer(number) => number.to_string(),
        Toml::Boolean(value) => value.to_string(),
        Toml::List(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Toml::Table(table) if table.entries.is_empty() => "{}".to_owned(),
        Toml::Table(table) => format!("{{ {} }}", members(table)),
        Toml::Other(text) => text.clone(),
    }
}

/// The entries of a table on one line, without braces.
pub(super) fn members(table: &Table) -> String {
    let entries = table
        .entries
        .iter()
        .map(|entry| format!("{} = {}", key(&entry.key), inline(&entry.item)));
    entries.collect::<Vec<_>>().join(", ")
}

/// A key, quoted where it must be.
pub(super) fn key(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if bare { name.to_owned() } else { quoted(name) }
}

/// A text between quotation marks, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether two values mean the same to the language. The order of keys does not count, but for code tables and
/// namespaces, where the first one is written; a list of one text is that text.
pub(super) fn same(left: &Item, right: &Item) -> bool {
    match (&left.value, &right.value) {
        (Toml::Text(left), Toml::Text(right)) | (Toml::Other(left), Toml::Other(right)) => {
            left == right
        }
        (Toml::Integer(left), Toml::Integer(right)) => left == right,
        (Toml::Boolean(left), Toml::Boolean(right)) => left == right,
        (Toml::List(left), Toml::List(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Toml::List(items), Toml::Text(_)) => matches!(items.as_slice(), [one] if same(one, right)),
        (Toml::Text(_), Toml::List(items)) => matches!(items.as_slice(), [one] if same(left, one)),
        (Toml::Table(left), Toml::Table(right)) => same_table(left, right),
        // `codec = "date"` and `codec = { codec = "date" }`
        (Toml::Text(name), Toml::Table(table)) | (Toml::Table(table), Toml::Text(name)) => {
            only_codec(table) == Some(name)
        }
        _ => false,
    }
}

/// The codec of a table that has nothing else.
pub(super) fn only_codec(table: &Table) -> Option<&str> {
    match table.entries.as_slice() {
        [entry] if entry.key == "codec" => match &entry.item.value {
            Toml::Text(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Whether two tables mean the same.
pub(super) fn same_table(left: &Table, right: &Table) -> bool {
    left.entries.len() == right.entries.len()
        && left.entries.iter().all(|entry| {
            right.get(&entry.key).is_some_and(|other| {
                same(&entry.item, other) && same_order(entry.key.as_str(), &entry.item, other)
            })
        })
}

/// Whether the order of the keys is the same, where it counts.
pub(super) fn same_order(key: &str, left: &Item, right: &Item) -> bool {
    match (&left.value, &right.value) {
        (Toml::Table(left), Toml::Table(right)) if matches!(key, "codes" | "namespaces") => left
            .entries
            .iter()
            .zip(&right.entries)
            .all(|(left, right)| left.key == right.key),
        _ => true,
    }
}
