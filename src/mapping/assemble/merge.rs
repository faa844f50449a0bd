//! What a mapping takes over of the one it extends, beside single rules.

use crate::mapping::assemble::head_word;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// Keys of `[mapping]` that each mapping says itself.
const OWN_HEAD: [&str; 3] = ["organisatie", "soort", "titel"];
/// Keys of `[mapping]` that mean nothing for a mapping that only comes in.
const OUT_HEAD: [&str; 2] = ["delivers", "per"];
/// Sections that are not taken over here: rules are taken over one by one, cases and fragments not at all.
const OWN_SECTIONS: [&str; 3] = ["rule", "case", "fragment"];

/// The sections of a mapping over those of the one it extends: what it says itself counts, key by key.
pub(super) fn merged(mut own: Table, base: Table) -> Table {
    let inward = head_word(&own, "direction") == "in";
    let format = head_word(&own, "format").to_owned();
    let other_format = head_word(&base, "format").to_owned();
    let full_sets = [full_sets(&base), full_sets(&own)].concat();
    for mut entry in base.entries {
        let key = entry.key.as_str();
        let other = key == other_format && !format.is_empty() && format != other_format;
        // what is answered to a message belongs to one that comes in, and so does an answer
        let silent = ["retour", "answers"].contains(&key) && head_word(&own, "direction") == "out";
        if OWN_SECTIONS.contains(&key) || other || silent {
            continue;
        }
        if let ("mapping", Toml::Table(head)) = (key, &mut entry.item.value) {
            head.entries.retain(|entry| {
                let key = entry.key.as_str();
                !(OWN_HEAD.contains(&key) || inward && OUT_HEAD.contains(&key))
            });
        }
        // a mapping that only writes pairs nothing
        if let ("xml", "out", Toml::Table(xml)) =
            (key, head_word(&own, "direction"), &mut entry.item.value)
        {
            xml.take("pair");
        }
        // nor does it say whose records come in; a full set goes out as well
        if let ("record" | "moment", "out", Toml::Table(kinds)) =
            (key, head_word(&own, "direction"), &mut entry.item.value)
        {
            kinds.entries.retain(|entry| full_sets.contains(&entry.key));
            if kinds.entries.is_empty() {
                continue;
            }
        }
        section(&mut own, entry);
    }
    own
}

/// The kinds of record of which a mapping says that it holds all.
fn full_sets(root: &Table) -> Vec<String> {
    let roles = root.get("record").and_then(Item::as_table);
    let roles = roles.map_or(&[][..], |roles| &roles.entries);
    let full = |entry: &&Entry| matches!(&entry.item.value, Toml::Text(role) if role == "full-set");
    let full = roles.iter().filter(full);
    full.map(|entry| entry.key.clone()).collect()
}

/// Adds a section that the base has.
fn section(own: &mut Table, base: Entry) {
    match own.get_mut(&base.key).map(|item| &mut item.value) {
        None => own.entries.push(base),
        Some(Toml::Table(own)) => {
            let Toml::Table(base_table) = base.item.value else {
                return;
            };
            if base.key == "mapping" {
                join(own, base_table);
            } else {
                *own = over(std::mem::replace(own, empty()), base_table);
            }
        }
        Some(_) => {}
    }
}

/// Adds what the own head does not say; it stays first, so that a diagnostic about it is in the own file.
fn join(own: &mut Table, base: Table) {
    for entry in base.entries {
        if !own.has(&entry.key) {
            own.entries.push(entry);
        }
    }
}

/// A table over another: the other's order first. Tables in it (namespaces, placeholders) in the same way.
fn over(own: Table, base: Table) -> Table {
    let mut result = base;
    for entry in own.entries {
        let Some(item) = result.get_mut(&entry.key) else {
            result.entries.push(entry);
            continue;
        };
        *item = match (std::mem::replace(item, nothing()), entry.item) {
            (
                Item {
                    value: Toml::Table(base),
                    ..
                },
                Item {
                    value: Toml::Table(own),
                    span,
                },
            ) => Item {
                span,
                value: Toml::Table(over(own, base)),
            },
            (_, own) => own,
        };
    }
    result
}

fn empty() -> Table {
    Table {
        span: 0..0,
        entries: Vec::new(),
    }
}

fn nothing() -> Item {
    Item {
        span: 0..0,
        value: Toml::Boolean(false),
    }
}

/// The rules that a mapping of some direction takes over: not those that only go the other way.
pub(super) fn inherited(rules: Vec<Item>, direction: &str) -> Vec<Item> {
    let other = match direction {
        "in" => "out",
        "out" => "in",
        _ => return rules,
    };
    let goes_along = |item: &Item| {
        item.as_table()
            .is_none_or(|table| table.plain_text("direction") != Some(other))
    };
    let rules = rules.into_iter().filter(goes_along);
    let rules = rules.map(|mut rule| {
        if let Toml::Table(table) = &mut rule.value
            && let Some(Toml::List(inner)) = table.get_mut("rule").map(|item| &mut item.value)
        {
            *inner = inherited(std::mem::take(inner), direction);
        }
        rule
    });
    rules.collect()
}
