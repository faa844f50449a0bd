//! Options that the language knows and that do nothing where they stand: whoever wrote one expects it to do something.

use crate::canonical::Kind;
use crate::document::Format;
use crate::mapping::Direction;
use crate::mapping::codec::Codec;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::placed::Placed;
use crate::mapping::diagnostic::Level;
use crate::mapping::plan::Field;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// What only a value that is read or written has.
const OF_A_FIELD: [&str; 5] = ["codec", "default", "invalid", "placeholders", "empty"];

impl Compiler<'_> {
    /// Reports an option that does nothing here.
    pub(super) fn idle(&mut self, key: &str, span: &Span, nl: &str, en: &str) {
        self.idle_at(Level::Error, key, span, nl, en);
    }

    fn idle_at(&mut self, level: Level, key: &str, span: &Span, nl: &str, en: &str) {
        self.report.add(
            "M053",
            level,
            span,
            (
                &format!("`{key}` doet hier niets."),
                &format!("`{key}` does nothing here."),
            ),
            (
                &format!("Haal het weg; het hoort bij {nl}."),
                &format!("Remove it; it belongs with {en}."),
            ),
        );
    }

    /// Options of a constant, or of a value that is only set: there is nothing to read.
    pub(super) fn idle_constant(&mut self, table: &Table) {
        for key in OF_A_FIELD {
            if let Some(item) = table.get(key) {
                self.idle(
                    key,
                    &item.span,
                    "een regel met `source` en `target`",
                    "a rule with `source` and `target`",
                );
            }
        }
    }

    /// `required` of a value that is only set coming in: going out a record without it is refused, so somebody has to write.
    pub(super) fn idle_set(&mut self, table: &Table, in_group: bool) {
        let conditional = table.has("when");
        let own = self.report.is_own(table.place().start);
        let only_reads = self.direction == Direction::In && own;
        if let Some(item) = table.get("required")
            && (in_group || conditional || only_reads)
        {
            self.idle(
                "required",
                &item.span,
                "een regel met een bron, of een vaste waarde zonder voorwaarde in een mapping die ook schrijft",
                "a rule with a source, or a value that is always set in a mapping that writes too",
            );
        }
    }

    /// Options about what is read, of a rule that only writes.
    pub(super) fn idle_outward(&mut self, table: &Table) {
        let only_out = table.plain_text("direction") == Some("out");
        // What a mapping takes over may be read elsewhere.
        let own = self.report.is_own(table.place().start);
        let level = match (only_out, self.direction) {
            (true, _) => Level::Error,
            (false, Direction::Out) if own => Level::Warning,
            _ => return,
        };
        let unknown = options_of(table).and_then(|options| options.get("unknown"));
        let options = ["default", "invalid"].map(|key| (key, table.get(key)));
        for (key, item) in options.into_iter().chain([("unknown", unknown)]) {
            if let Some(item) = item {
                self.idle_at(
                    level,
                    key,
                    &item.span,
                    "een regel die naar binnen gaat: naar buiten wordt niets ingevuld",
                    "a rule that comes in: going out nothing is filled in",
                );
            }
        }
    }

    /// What a rule that only reads says of a missing value, beside a default that is taken for it. `required` still counts
    /// where something says that there is no value, and in a table, that has to have the column.
    pub(super) fn idle_beside_default(&mut self, table: &Table, field: &Field) {
        let own = self.report.is_own(table.place().start);
        let only_reads =
            table.plain_text("direction") == Some("in") || own && self.direction == Direction::In;
        if field.default.is_none() || !only_reads {
            return;
        }
        let says_none =
            !field.placeholders.is_empty() || matches!(field.codec, Codec::PartialDate(_));
        let needed = says_none
            || self.together.is_some()
            || !matches!(self.format, Format::Json | Format::FixedWidth);
        // of an element with `xsi:nil` it says why
        let why = self.format == Format::Xml;
        for (key, counts) in [("required", needed), ("empty", why)] {
            if let Some(item) = table.get(key).filter(|_| !counts) {
                self.idle(
                    key,
                    &item.span,
                    "een regel zonder `default`: die vult al in wat ontbreekt",
                    "a rule without `default`: that fills in what is missing already",
                );
            }
        }
    }

    /// How many records a message has, of a mapping that writes none.
    pub(super) fn idle_per(&mut self, head: &Table) {
        let only_reads = self.direction == Direction::In;
        if let Some(item) = head.get("per")
            && only_reads
            && self.report.is_own(item.span.start)
        {
            self.idle(
                "per",
                &item.span,
                "een mapping die ook schrijft",
                "a mapping that writes too",
            );
        }
    }

    /// What is said of a kind of record of which nothing comes in.
    pub(super) fn idle_kinds(&mut self, root: &Table) {
        let full_set = |kind: &str| {
            let roles = root.get("record").and_then(Item::as_table);
            roles.and_then(|roles| roles.plain_text(kind)) == Some("full-set")
        };
        for section in ["record", "moment"] {
            let table = root.get(section).and_then(Item::as_table);
            for entry in table.map_or(&[][..], |table| &table.entries) {
                let known = Kind::parse(&entry.key).is_some();
                let prefix = format!("{}/", entry.key);
                let fills = |placed: &Placed| {
                    let target = placed.target.as_deref().unwrap_or_default();
                    placed.inward && target.starts_with(&prefix)
                };
                // what a mapping takes over may be filled elsewhere, and a full set goes out too
                let own = self.report.is_own(entry.key_span.start);
                if known && own && !full_set(&entry.key) && !self.placed.iter().any(fills) {
                    self.idle(
                        &entry.key,
                        &entry.key_span,
                        "een soort record waarvan een regel naar binnen iets vult",
                        "a kind of record of which a rule that comes in fills something",
                    );
                }
            }
        }
    }

    /// What is required is not kept untranslated.
    pub(super) fn idle_keep(&mut self, table: &Table) {
        let keeps = |item: &&Item| matches!(&item.value, Toml::Text(text) if text == "keep");
        let unknown = options_of(table).and_then(|options| options.get("unknown"));
        for (key, item) in [("invalid", table.get("invalid")), ("unknown", unknown)] {
            if let Some(item) = item.filter(keeps) {
                self.idle(
                    key,
                    &item.span,
                    "een regel zonder `required`",
                    "a rule without `required`",
                );
            }
        }
    }
}

/// The options of a rule's codec, if it has any.
fn options_of(table: &Table) -> Option<&Table> {
    table.get("codec").and_then(Item::as_table)
}
