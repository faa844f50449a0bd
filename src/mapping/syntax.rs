use crate::mapping::diagnostic::Report;
use crate::mapping::diagnostic::nearest;
use serde_json::Value as Json;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

/// Bytes of the mapping file.
pub(crate) type Span = Range<usize>;

/// A TOML value with its place; tables keep the order of the file, which is the order of the output.
#[derive(Clone)]
pub(crate) struct Item {
    pub span: Span,
    pub value: Toml,
}

/// The values that the language uses.
#[derive(Clone)]
pub(crate) enum Toml {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<Item>),
    Table(Table),
    /// A float or a date, as it is written: the language has no place for them.
    Other(String),
}

/// Between the places of a value in the name of its rule.
pub(crate) const AND: &str = " + ";

/// A TOML table in the order of the file.
#[derive(Clone)]
pub(crate) struct Table {
    pub span: Span,
    pub entries: Vec<Entry>,
}

/// A key and its value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub item: Item,
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Item> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.item)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Item> {
        self.entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.item)
    }

    /// Takes a key out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// The text at a key, if it is one.
    pub(crate) fn plain_text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value {
            Toml::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts at a key, if it is a list of nothing else.
    pub(crate) fn plain_texts(&self, key: &str) -> Option<Vec<&str>> {
        let Toml::List(items) = &self.get(key)?.value else {
            return None;
        };
        let texts = items.iter().map(|item| match &item.value {
            Toml::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// Moves every place by so many bytes.
    fn shift(&mut self, by: usize) {
        let moved = |span: &Span| span.start + by..span.end + by;
        self.span = moved(&self.span);
        for entry in &mut self.entries {
            entry.key_span = moved(&entry.key_span);
            entry.item.shift(by);
        }
    }

    /// Adds a key with a value that stands elsewhere in the file.
    pub(crate) fn put(&mut self, key: &str, item: &Item) {
        self.entries.push(Entry {
            key: key.to_owned(),
            key_span: item.span.clone(),
            item: item.clone(),
        });
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The place to name for this table: its first key, because a header's span says little.
    pub(crate) fn place(&self) -> Span {
        self.entries
            .first()
            .map_or_else(|| self.span.clone(), |entry| entry.key_span.clone())
    }
}

impl Item {
    pub(crate) fn of_table(table: &Table) -> Self {
        Self {
            span: table.span.clone(),
            value: Toml::Table(table.clone()),
        }
    }

    pub(crate) const fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Toml::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Moves every place by so many bytes.
    pub(crate) fn shift(&mut self, by: usize) {
        self.span = self.span.start + by..self.span.end + by;
        match &mut self.value {
            Toml::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Toml::Table(table) => table.shift(by),
            _ => {}
        }
    }

    /// The value as canonical JSON: what `const`, `default` and code tables hold.
    pub(crate) fn json(&self) -> Option<Json> {
        Some(match &self.value {
            Toml::Text(text) => Json::from(text.as_str()),
            Toml::Integer(number) => Json::from(*number),
            Toml::Boolean(value) => Json::from(*value),
            Toml::List(items) => Json::Array(items.iter().map(Self::json).collect::<Option<_>>()?),
            Toml::Table(table) => Json::Object(
                table
                    .entries
                    .iter()
                    .map(|entry| Some((entry.key.clone(), entry.item.json()?)))
                    .collect::<Option<_>>()?,
            ),
            Toml::Other(_) => return None,
        })
    }
}

/// The tables of a list of tables; none where something else stands.
pub(crate) fn tables_at<'a>(table: &'a Table, key: &str) -> Vec<&'a Table> {
    match table.get(key).map(|item| &item.value) {
        Some(Toml::List(items)) => items
            .iter()
            .filter_map(|item| match &item.value {
                Toml::Table(inner) => Some(inner),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What stands for bytes that are no letter, in the text of a file that is not UTF-8: it is allowed nowhere in TOML.
const NO_LETTER: char = '\0';

/// The text of a file. Where it is not UTF-8, [`parse_at`] finds the place.
#[must_use]
pub fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = String::new();
        for chunk in error.as_bytes().utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push(NO_LETTER);
            }
        }
        text
    })
}

/// Reads a TOML file, or reports why not.
pub(crate) fn parse(text: &str, report: &mut Report<'_>) -> Option<Table> {
    parse_at(text, 0, report)
}

/// Reads a TOML file whose offsets start somewhere else than at nothing ([`Report::open`]).
pub(crate) fn parse_at(text: &str, base: usize, report: &mut Report<'_>) -> Option<Table> {
    if let Some(at) = text.find(NO_LETTER) {
        report.error(
            "M001",
            &(base + at..base + at + NO_LETTER.len_utf8()),
            (
                "Hier staat een byte die in UTF-8 geen letter is: het bestand is in een andere tekenset bewaard.",
                "There is a byte here that is no letter in UTF-8: the file was saved in another encoding.",
            ),
            (
                "Sla het bestand op als UTF-8.",
                "Save the file as UTF-8.",
            ),
        );
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let span = span.start + base..span.end + base;
        let message = error
            .message()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        report.error(
            "M001",
            &span,
            (
                &format!("Dit is geen TOML: {}.", in_dutch(&message)),
                &format!("This is not TOML: {message}."),
            ),
            ("Verbeter de schrijfwijze.", "Correct the notation."),
        );
    }
    errors.is_empty().then(|| {
        let mut root = table(root.span(), root.get_ref());
        root.shift(base);
        root
    })
}

/// What the reader of TOML says, as far as it can be told apart.
fn in_dutch(message: &str) -> &'static str {
    let message = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["duplicate"]) {
        "deze sleutel of tabel staat er al"
    } else if says(&["quote", "string", "escape"]) {
        "een tekst heeft geen goed begin of einde, of een `\\` die er niet hoort (zet aanhalingstekens aan beide kanten)"
    } else if says(&["bracket", "array", "table"]) {
        "een haak of lijst is niet goed geopend of gesloten"
    } else if says(&["number", "integer", "float", "date", "time"]) {
        "dit is geen getal of datum (zet een tekst tussen aanhalingstekens)"
    } else if says(&["newline", "key", "="]) {
        "op een regel hoort één `sleutel = waarde` te staan"
    } else {
        "hier klopt de schrijfwijze niet"
    }
}

fn table(span: Span, from: &DeTable<'_>) -> Table {
    let mut entries: Vec<Entry> = from
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            item: item(value),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Table { span, entries }
}

fn item(from: &Spanned<DeValue<'_>>) -> Item {
    let span = from.span();
    let value = match from.get_ref() {
        DeValue::String(text) => Toml::Text(text.to_string()),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix());
            read.map_or_else(|_| Toml::Other(number.to_string()), Toml::Integer)
        }
        DeValue::Boolean(value) => Toml::Boolean(*value),
        DeValue::Array(items) => Toml::List(items.iter().map(item).collect()),
        DeValue::Table(inner) => Toml::Table(table(span.clone(), inner)),
        DeValue::Float(number) => Toml::Other(number.as_str().to_owned()),
        DeValue::Datetime(moment) => Toml::Other(moment.to_string()),
    };
    Item { span, value }
}

impl Report<'_> {
    /// Reports every key that the language does not know here.
    pub(crate) fn known_keys(&mut self, table: &Table, known: &[&str]) {
        for entry in &table.entries {
            if known.contains(&entry.key.as_str()) {
                continue;
            }
            let names = known.join(", ");
            let near = nearest(&entry.key, known.iter().copied());
            let remedy = near.map_or_else(
                || {
                    (
                        format!("Hier kan: {names}."),
                        format!("Possible here: {names}."),
                    )
                },
                |near| {
                    (
                        format!("Bedoelt u `{near}`?"),
                        format!("Did you mean `{near}`?"),
                    )
                },
            );
            self.error(
                "M002",
                &entry.key_span,
                (
                    &format!("De taal kent `{}` hier niet.", entry.key),
                    &format!("The language has no `{}` here.", entry.key),
                ),
                (&remedy.0, &remedy.1),
            );
        }
    }

    /// Reports a value of another type than the language wants.
    pub(crate) fn wrong_type(&mut self, key: &str, span: &Span, nl: &str, en: &str) {
        self.error(
            "M004",
            span,
            (
                &format!("`{key}` moet {nl} zijn."),
                &format!("`{key}` must be {en}."),
            ),
            ("Zie mappings/README.md.", "See mappings/README.md."),
        );
    }

    /// Reports a word that is none of those possible.
    pub(crate) fn wrong_word(&mut self, key: &str, span: &Span, words: &[&str]) {
        let words = words.join(", ");
        self.error(
            "M005",
            span,
            (
                &format!("`{key}` heeft een woord dat de taal niet kent."),
                &format!("`{key}` has a word that the language does not know."),
            ),
            (
                &format!("Kies uit: {words}."),
                &format!("Choose from: {words}."),
            ),
        );
    }

    /// The text at a key.
    pub(crate) fn text<'a>(&mut self, table: &'a Table, key: &str) -> Option<&'a str> {
        let item = table.get(key)?;
        if let Toml::Text(text) = &item.value {
            return Some(text);
        }
        self.wrong_type(
            key,
            &item.span,
            "tekst tussen aanhalingstekens",
            "quoted text",
        );
        None
    }

    /// The text at a key that must be there.
    pub(crate) fn required_text<'a>(&mut self, table: &'a Table, key: &str) -> Option<&'a str> {
        if !table.has(key) {
            self.missing(key, &table.place());
        }
        self.text(table, key)
    }

    /// Reports a key that is not there.
    pub(crate) fn missing(&mut self, key: &str, span: &Span) {
        self.error(
            "M003",
            span,
            (
                &format!("Hier ontbreekt `{key}`."),
                &format!("`{key}` is missing here."),
            ),
            (&format!("Voeg `{key}` toe."), &format!("Add `{key}`.")),
        );
    }

    /// The boolean at a key; absent is `default`.
    pub(crate) fn boolean(&mut self, table: &Table, key: &str, default: bool) -> bool {
        match table.get(key) {
            None => default,
            Some(Item {
                value: Toml::Boolean(value),
                ..
            }) => *value,
            Some(item) => {
                self.wrong_type(key, &item.span, "true of false", "true or false");
                default
            }
        }
    }

    /// The number at a key, within limits; absent is `default`.
    pub(crate) fn integer(
        &mut self,
        table: &Table,
        key: &str,
        limits: (i64, i64),
        default: i64,
    ) -> i64 {
        match table.get(key) {
            None => default,
            Some(Item {
                value: Toml::Integer(number),
                ..
            }) if (limits.0..=limits.1).contains(number) => *number,
            Some(item) => {
                let (least, most) = limits;
                self.wrong_type(
                    key,
                    &item.span,
                    &format!("een geheel getal van {least} tot en met {most}"),
                    &format!("a whole number from {least} to {most}"),
                );
                default
            }
        }
    }

    /// The table at a key.
    pub(crate) fn table<'a>(&mut self, table: &'a Table, key: &str) -> Option<&'a Table> {
        let item = table.get(key)?;
        if let Toml::Table(inner) = &item.value {
            return Some(inner);
        }
        self.wrong_type(key, &item.span, "een tabel", "a table");
        None
    }

    /// The texts at a key: one, or a list of them; absent is none.
    pub(crate) fn texts(&mut self, table: &Table, key: &str) -> Vec<String> {
        let Some(item) = table.get(key) else {
            return Vec::new();
        };
        let one = |item: &Item| match &item.value {
            Toml::Text(text) => Some(text.clone()),
            _ => None,
        };
        let found = match &item.value {
            Toml::List(items) => items.iter().map(one).collect::<Option<Vec<_>>>(),
            _ => one(item).map(|text| vec![text]),
        };
        found.unwrap_or_else(|| {
            self.wrong_type(key, &item.span, "een lijst van teksten", "a list of texts");
            Vec::new()
        })
    }

    /// The word at a key, one of a closed set; absent is `default`.
    pub(crate) fn word<T: Copy>(
        &mut self,
        table: &Table,
        key: &str,
        words: &[(&str, T)],
        default: T,
    ) -> T {
        let Some(text) = self.text(table, key) else {
            return default;
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let span = table.get(key).map_or(0..0, |item| item.span.clone());
        self.wrong_word(key, &span, &names);
        default
    }

    /// The tables of a list of tables (`[[rule]]`).
    pub(crate) fn tables<'a>(&mut self, table: &'a Table, key: &str) -> Vec<&'a Table> {
        let Some(item) = table.get(key) else {
            return Vec::new();
        };
        let found = match &item.value {
            Toml::List(items) => items
                .iter()
                .map(|item| match &item.value {
                    Toml::Table(inner) => Some(inner),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        found.unwrap_or_else(|| {
            self.wrong_type(
                key,
                &item.span,
                "een lijst van tabellen",
                "a list of tables",
            );
            Vec::new()
        })
    }
}
