//! Code tables of rules, on a sheet of their own.

use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::tools::spreadsheet::REFERENCE;
use crate::tools::spreadsheet::cell;
use crate::tools::toml::inline;

/// The key whose table is put on the sheet.
const CODES: &str = "codes";
/// What a value is, where it is not text.
const TOML: &str = "toml";

/// A code table: what rules call it, and its rows of code, value and sort.
pub(super) struct Codes {
    pub name: String,
    pub rows: Vec<[String; 3]>,
}

/// Takes the code tables out of a value; in their place stands what they are called.
pub(super) fn taken_out(item: &Item, number: &str, into: &mut Vec<Codes>) -> Item {
    let value = match &item.value {
        Toml::Table(table) => {
            let entries = table.entries.iter().map(|entry| Entry {
                item: match &entry.item.value {
                    Toml::Table(codes) if entry.key == CODES => {
                        let name = name(number, into);
                        into.push(Codes {
                            name: name.clone(),
                            rows: codes.entries.iter().map(row).collect(),
                        });
                        text(format!("{REFERENCE}{name}"))
                    }
                    _ => taken_out(&entry.item, number, into),
                },
                ..entry.clone()
            });
            Toml::Table(Table {
                span: table.span.clone(),
                entries: entries.collect(),
            })
        }
        Toml::List(items) => {
            let items = items.iter().map(|item| taken_out(item, number, into));
            Toml::List(items.collect())
        }
        other => other.clone(),
    };
    Item {
        span: item.span.clone(),
        value,
    }
}

/// Puts the code tables back; what is called that is not there, or not at all a table.
pub(super) fn put_back(
    item: &mut Item,
    find: &mut dyn FnMut(&str) -> Option<Item>,
) -> Result<(), String> {
    match &mut item.value {
        Toml::Table(table) => {
            for entry in &mut table.entries {
                let named = match &entry.item.value {
                    Toml::Text(text) if entry.key == CODES => text.strip_prefix(REFERENCE),
                    _ => None,
                };
                match named.map(str::to_owned) {
                    Some(name) => entry.item = find(&name).ok_or(name)?,
                    None => put_back(&mut entry.item, find)?,
                }
            }
            Ok(())
        }
        Toml::List(items) => items.iter_mut().try_for_each(|item| put_back(item, find)),
        _ => Ok(()),
    }
}

fn name(number: &str, taken: &[Codes]) -> String {
    let own = format!("T{number}");
    let again = taken
        .iter()
        .filter(|codes| codes.name.split('-').next() == Some(&own))
        .count();
    if again == 0 {
        own
    } else {
        format!("{own}-{}", again + 1)
    }
}

fn row(entry: &Entry) -> [String; 3] {
    let (value, sort) = match &entry.item.value {
        Toml::Text(text) => (cell::word(text), String::new()),
        _ => (inline(&entry.item), TOML.to_owned()),
    };
    [cell::word(&entry.key), value, sort]
}

/// A row as a code and its value; none where it cannot be read.
pub(super) fn entry(code: &str, value: &str, sort: &str) -> Option<Entry> {
    let item = match sort.trim() {
        "" => text(cell::read_word(value)?),
        TOML => cell::value(value)?,
        _ => return None,
    };
    Some(Entry {
        key: cell::read_word(code)?,
        key_span: 0..0,
        item,
    })
}

fn text(text: String) -> Item {
    Item {
        span: 0..0,
        value: Toml::Text(text),
    }
}
