//! A mapping with everything it takes over, as one file that compiles to the same.

use crate::mapping::compile::Tables;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax::Entry;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use serde_json::Value as Json;
use std::fmt::Write;

/// What stands above a rule, before the file and line it came from.
const FROM: &str = "# from ";
/// The lists of tables, in their order: they stand behind the sections.
const LISTS: [&str; 2] = ["rule", "case"];

/// A mapping with its shared code tables written out where it names them; every part keeps its place.
pub(crate) fn written_out(root: &Table, tables: &Tables) -> Table {
    let item = |entry: &Entry| match (entry.key.as_str(), &entry.item.value) {
        ("codec" | "when", _) => in_place_of_names(&entry.item, tables),
        (_, Toml::Table(table)) => Item {
            span: entry.item.span.clone(),
            value: Toml::Table(written_out(table, tables)),
        },
        (_, Toml::List(items)) => Item {
            span: entry.item.span.clone(),
            value: Toml::List(items.iter().map(|item| within(item, tables)).collect()),
        },
        _ => entry.item.clone(),
    };
    let entries = root.entries.iter().map(|entry| Entry {
        key: entry.key.clone(),
        key_span: entry.key_span.clone(),
        item: item(entry),
    });
    Table {
        span: root.span.clone(),
        entries: entries.collect(),
    }
}

fn within(item: &Item, tables: &Tables) -> Item {
    match &item.value {
        Toml::Table(table) => Item {
            span: item.span.clone(),
            value: Toml::Table(written_out(table, tables)),
        },
        _ => item.clone(),
    }
}

/// The text of a mapping. Rules name where they came from; shared code tables are written out.
pub(crate) fn printed(root: &Table, report: &Report<'_>, tables: &Tables) -> String {
    let mut printer = Printer {
        report,
        tables,
        out: String::new(),
    };
    let sections = root
        .entries
        .iter()
        .filter(|entry| !LISTS.contains(&entry.key.as_str()));
    // A value stands before the first section, or it would be part of one.
    let (sections, values): (Vec<_>, Vec<_>) =
        sections.partition(|entry| matches!(entry.item.value, Toml::Table(_)));
    for entry in values {
        printer.pair(entry, "");
    }
    for entry in sections {
        if let Toml::Table(table) = &entry.item.value {
            printer.section(&entry.key, table);
        }
    }
    for list in LISTS {
        if let Some(item) = root.get(list) {
            printer.list(list, item, 0);
        }
    }
    printer.out
}

struct Printer<'p> {
    report: &'p Report<'p>,
    tables: &'p Tables,
    out: String,
}

impl Printer<'_> {
    fn section(&mut self, name: &str, table: &Table) {
        self.gap();
        let _ = writeln!(self.out, "[{}]", key(name));
        for entry in &table.entries {
            self.pair(entry, "");
        }
    }

    /// An empty line, but not at the beginning.
    fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn pair(&mut self, entry: &Entry, indent: &str) {
        let item = match entry.key.as_str() {
            "codec" | "when" => &in_place_of_names(&entry.item, self.tables),
            _ => &entry.item,
        };
        let _ = writeln!(self.out, "{indent}{}", pair(&entry.key, item, indent));
    }

    /// The tables of `[[path]]`, each with the lists in it behind it.
    fn list(&mut self, path: &str, item: &Item, depth: usize) {
        let Toml::List(items) = &item.value else {
            return;
        };
        let indent = "  ".repeat(depth);
        for table in items.iter().filter_map(Item::as_table) {
            self.gap();
            if path.starts_with("rule") {
                let _ = writeln!(
                    self.out,
                    "{indent}{FROM}{}",
                    origin(self.report, &table.place())
                );
            }
            let _ = writeln!(self.out, "{indent}[[{path}]]");
            let inner = |entry: &&Entry| path.starts_with("rule") && entry.key == "rule";
            for entry in table.entries.iter().filter(|entry| !inner(entry)) {
                self.pair(entry, &indent);
            }
            for entry in table.entries.iter().filter(inner) {
                self.list(&format!("{path}.rule"), &entry.item, depth + 1);
            }
        }
    }
}

/// A codec or a condition with its code table in it, instead of the name of a shared one.
fn in_place_of_names(item: &Item, tables: &Tables) -> Item {
    let mut item = item.clone();
    let Toml::Table(table) = &mut item.value else {
        return item;
    };
    for entry in &mut table.entries {
        entry.item = in_place_of_names(&entry.item, tables);
        let test = match &*entry.key {
            "in_table" => "is",
            "not_in_table" => "is_not",
            _ => continue,
        };
        let Toml::Text(name) = &entry.item.value else {
            continue;
        };
        if let Some(pairs) = tables.get(name) {
            let span = &entry.item.span;
            let words = pairs.iter().map(|(code, _)| Item {
                span: span.clone(),
                value: Toml::Text(code.clone()),
            });
            entry.item = Item {
                span: span.clone(),
                value: Toml::List(words.collect()),
            };
            test.clone_into(&mut entry.key);
        }
    }
    let pairs = (table.plain_text("codec") == Some("table"))
        .then(|| table.plain_text("table"))
        .flatten()
        .and_then(|name| tables.get(name));
    if let Some(pairs) = pairs {
        let codes = codes(pairs, &item.span);
        for entry in table
            .entries
            .iter_mut()
            .filter(|entry| entry.key == "table")
        {
            "codes".clone_into(&mut entry.key);
            entry.item = codes.clone();
        }
    }
    item
}

/// The file and line of a rule; for a printed file, what was printed there.
pub(crate) fn origin(report: &Report<'_>, place: &Span) -> String {
    let (text, offset) = report.text_at(place.start);
    let (file, at) = report.locate(place.start);
    let before = text.get(..offset).unwrap_or_default();
    let lines: Vec<&str> = before.lines().map(str::trim).collect();
    let own = before.rsplit('\n').next().unwrap_or_default().trim();
    let above = if own.is_empty() {
        &lines[..]
    } else {
        &lines[..lines.len() - 1]
    };
    // What said where the rule goes was taken out of it.
    let passed = |line: &str| {
        let key = line.split(['=', ' ', '#']).next().unwrap_or_default();
        key.is_empty() || key == "replace" || key == "after"
    };
    let header = above
        .iter()
        .rposition(|line| !passed(line))
        .filter(|index| above[*index].starts_with("[["));
    let Some(header) = header else {
        return format!("{file}:{}", at.line);
    };
    let printed = header
        .checked_sub(1)
        .and_then(|index| above[index].strip_prefix(FROM));
    printed.map_or_else(|| format!("{file}:{}", header + 1), str::to_owned)
}

/// A key and its value, as a line of its own (or more, for a text of several lines).
pub(crate) fn pair(name: &str, item: &Item, indent: &str) -> String {
    let text = match &item.value {
        Toml::Text(text) if indent.is_empty() && literal(text) => format!("'''\n{text}'''"),
        _ => value(item),
    };
    format!("{} = {text}", key(name))
}

/// The pairs of a code table as a table of TOML.
fn codes(pairs: &[(String, Json)], span: &Span) -> Item {
    let item = |value| Item {
        span: span.clone(),
        value,
    };
    let entries = pairs.iter().map(|(code, json)| Entry {
        key: code.clone(),
        key_span: span.clone(),
        item: item(match json {
            Json::Bool(value) => Toml::Boolean(*value),
            Json::Number(number) => Toml::Other(number.to_string()),
            Json::String(text) => Toml::Text(text.clone()),
            other => Toml::Text(other.to_string()),
        }),
    });
    item(Toml::Table(Table {
        span: span.clone(),
        entries: entries.collect(),
    }))
}

fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A value on one line.
fn value(item: &Item) -> String {
    match &item.value {
        Toml::Text(text) => quoted(text),
        Toml::Integer(number) => number.to_string(),
        Toml::Boolean(value) => value.to_string(),
        Toml::Other(text) => text.clone(),
        Toml::List(items) => {
            let items: Vec<_> = items.iter().map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Toml::Table(table) if table.entries.is_empty() => "{}".to_owned(),
        Toml::Table(table) => {
            let pair = |entry: &Entry| format!("{} = {}", key(&entry.key), value(&entry.item));
            let pairs: Vec<_> = table.entries.iter().map(pair).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

/// Whether a text of several lines can stand between `'''` as it is.
fn literal(text: &str) -> bool {
    let plain = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.contains('\n') && !text.contains("'''") && !text.ends_with('\'') && text.chars().all(plain)
}

/// A text between quotation marks (TOML 1.0, basic string).
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        let mut report = Report::new("org/a.toml", text);
        let root = crate::mapping::syntax::parse(text, &mut report);
        let tables = Tables::from([("jn".to_owned(), vec![("J".to_owned(), Json::from(true))])]);
        root.map_or_else(String::new, |root| printed(&root, &report, &tables))
    }

    #[test]
    fn what_is_printed_says_the_same_and_prints_the_same() {
        let text = concat!(
            "envelope = \"none\"\n[mapping]\ntitel = \"a \\\"b\\\" \\u0001 é\\\\\"\nx = 1\ny = 1.5\nz = 2024-04-01\n",
            "[xml]\nnamespaces = { \"\" = \"urn:a\", a-b_1 = 'c' }\nignore = []\nplaceholders = {}\n",
            "[[rule]]\nsource = \"a\"\ncodec = { codec = \"list\", item = { codec = \"table\", table = \"jn\" } }\n",
            "# why\n[[rule]]\n\n# this\nsource = \"b\"\n  [[rule.rule]]\n  source = \"c\"\n",
            "[[case]]\ngiven = '''\n<a>\n\t'b'</a>\n'''\nexpect = \"x\\r\\ny\"\n",
        );
        let once = again(text);
        let expected = "envelope = \"none\"\n\n[mapping]\ntitel = \"a \\\"b\\\" \\u0001 é\\\\\"\nx = 1\ny = 1.5\nz = 2024-04-01\n\n\
            [xml]\nnamespaces = { \"\" = \"urn:a\", a-b_1 = \"c\" }\nignore = []\nplaceholders = {}\n\n\
            # from org/a.toml:11\n[[rule]]\nsource = \"a\"\ncodec = { codec = \"list\", item = { codec = \"table\", codes = { J = true } } }\n\n\
            # from org/a.toml:15\n[[rule]]\nsource = \"b\"\n\n  # from org/a.toml:19\n  [[rule.rule]]\n  source = \"c\"\n\n\
            [[case]]\ngiven = '''\n<a>\n\t'b'</a>\n'''\nexpect = \"x\\r\\ny\"\n";
        assert_eq!(once, expected);
        assert_eq!(again(&once), once);
    }

    #[test]
    fn a_rule_without_a_header_is_where_its_first_key_is() {
        let once = again("rule = [\n  { source = \"a\" },\n  { source = \"b\" }]\n");
        assert_eq!(
            once,
            "# from org/a.toml:2\n[[rule]]\nsource = \"a\"\n\n# from org/a.toml:3\n[[rule]]\nsource = \"b\"\n"
        );
    }
}
