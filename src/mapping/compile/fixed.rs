use crate::document::Charset;
use crate::document::FixedWire;
use crate::document::Format;
use crate::document::Wire;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::column_named;
use crate::mapping::fixed::Layout;
use crate::mapping::fixed::Slot;
use crate::mapping::fixed::uncovered;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Source;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

/// Longest record.
const LENGTH_MAX: i64 = 32_768;

impl Compiler<'_> {
    pub(super) fn fixed(&mut self, table: &Table, root: &Table) -> (Wire, Plan) {
        self.report.known_keys(
            table,
            &[
                "encoding",
                "line_end",
                "record_length",
                "header",
                "trailer",
                "ignore",
                "placeholders",
                "empty",
                "together",
            ],
        );
        if !table.has("record_length") {
            let at = if table.entries.is_empty() {
                root.place()
            } else {
                table.place()
            };
            self.report.missing("record_length", &at);
        }
        let length = self
            .report
            .integer(table, "record_length", (1, LENGTH_MAX), LENGTH_MAX);
        self.length = usize::try_from(length).unwrap_or(1);
        let encoding = self.report.word(
            table,
            "encoding",
            &[
                ("utf-8", Charset::Utf8),
                ("windows-1252", Charset::Windows1252),
                ("latin-1", Charset::Latin1),
            ],
            Charset::Utf8,
        );
        let crlf = self
            .report
            .word(table, "line_end", &[("crlf", true), ("lf", false)], true);
        let mut plan = self.empty_plan();
        plan.layout = Some(Layout {
            length: self.length,
            encoding,
            header: self.prefixes(table, "header"),
            trailer: self.prefixes(table, "trailer"),
            unnamed: Vec::new(),
            ignored: self.left_unread(table),
        });
        self.together(table);
        (Wire::Fixed(FixedWire { encoding, crlf }), plan)
    }

    /// Beginnings of lines; an empty one would be every line's.
    fn prefixes(&mut self, table: &Table, key: &str) -> Vec<String> {
        let found = self.report.texts(table, key);
        if found.iter().any(String::is_empty) {
            let span = table.get(key).map_or(0..0, |item| item.span.clone());
            self.report.wrong_type(key, &span, "niet leeg", "not empty");
        }
        found
    }

    fn left_unread(&mut self, table: &Table) -> Vec<(usize, usize)> {
        let Some(item) = table.get("ignore") else {
            return Vec::new();
        };
        let Toml::List(items) = &item.value else {
            self.bad_position(&item.span);
            return Vec::new();
        };
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let range = self.range(item);
            if let Some(range) = range {
                self.unread_positions(range, &item.span);
            }
            found.extend(range);
        }
        found
    }

    /// Finds the positions that neither a rule nor `ignore` names.
    pub(super) fn close_layout(&self, plan: &mut Plan) {
        let slots = plan.table.columns.iter().filter_map(|column| column.slot);
        let mut named: Vec<_> = slots.map(|slot| (slot.from, slot.to)).collect();
        if let Some(layout) = &mut plan.layout {
            named.extend(&layout.ignored);
            layout.unnamed = uncovered(self.length, &mut named);
        }
    }

    /// Where a rule's or condition's value stands: `position` at fixed width. The text is how reports call it.
    pub(super) fn place_of(
        &mut self,
        table: &Table,
        within_group: bool,
    ) -> (Option<Source>, Option<String>) {
        if self.format != Format::FixedWidth {
            for key in ["position", "align", "pad"] {
                if let Some(item) = table.get(key) {
                    let span = item.span.clone();
                    self.bad_path(
                        &span,
                        "`position`, `align` en `pad` zijn er alleen voor vaste breedte.",
                        "`position`, `align` and `pad` are for fixed width only.",
                    );
                }
            }
        } else if let Some(item) = table.get("position") {
            let range = self.range(item);
            let text = range.map(|(from, to)| format!("{from}-{to}"));
            return (range.map(|range| self.slot(table, range, &item.span)), text);
        }
        let text = self.report.text(table, "source").map(str::to_owned);
        let span = table.get("source").map_or(0..0, |item| item.span.clone());
        let source = match &text {
            None => Some(Source::None),
            Some(text) => self.source(text, &span, within_group),
        };
        if let (Some(source), false) = (&source, table.has("rule") || table.has("key")) {
            self.check_keyed(source, &span);
        }
        (source, text)
    }

    /// The column of some positions; two rules may name the same ones, in the same way.
    fn slot(&mut self, rule: &Table, (from, to): (usize, usize), span: &Span) -> Source {
        let zeros = self
            .report
            .word(rule, "pad", &[(" ", false), ("0", true)], false);
        let right = self
            .report
            .word(rule, "align", &[("left", false), ("right", true)], zeros);
        let slot = Slot {
            from,
            to,
            right,
            zeros,
        };
        if zeros && !right {
            self.bad_padding(
                rule,
                "Nullen achter een waarde veranderen haar.",
                "Zeros behind a value change it.",
            );
        }
        let known = self.columns.iter().position(|column| {
            column
                .slot
                .is_some_and(|other| (other.from, other.to) == (from, to))
        });
        if let Some(index) = known {
            let padded = rule.has("pad") || rule.has("align");
            let differs = self.columns[index].slot != Some(slot);
            if padded && differs {
                self.bad_padding(
                    rule,
                    "Een andere regel vult dezelfde posities anders aan.",
                    "Another rule pads the same positions in another way.",
                );
            }
            return Source::Column(index);
        }
        let overlap = self.columns.iter().filter_map(|column| column.slot);
        if let Some(other) = overlap.into_iter().find(|other| other.overlaps(slot)) {
            self.report.error(
                "M051",
                span,
                (
                    &format!(
                        "De posities {from}-{to} overlappen met {}-{}.",
                        other.from, other.to
                    ),
                    &format!(
                        "The positions {from}-{to} overlap with {}-{}.",
                        other.from, other.to
                    ),
                ),
                (
                    "Geef elke waarde haar eigen posities.",
                    "Give each value its own positions.",
                ),
            );
        }
        let index = column_named(&mut self.columns, &mut self.texts, &format!("{from}-{to}"));
        self.columns[index].slot = Some(slot);
        Source::Column(index)
    }

    /// `[from, to]`, from 1, both included.
    pub(super) fn range(&mut self, item: &Item) -> Option<(usize, usize)> {
        let numbers = match &item.value {
            Toml::List(items) => items
                .iter()
                .map(|item| match item.value {
                    Toml::Integer(number) => usize::try_from(number).ok(),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        match numbers.as_deref() {
            Some(&[from, to]) if 0 < from && from <= to && to <= self.length => Some((from, to)),
            _ => {
                self.bad_position(&item.span);
                None
            }
        }
    }

    pub(super) fn bad_position(&mut self, span: &Span) {
        let length = self.length;
        self.report.error(
            "M050",
            span,
            ("Dit zijn geen posities.", "These are no positions."),
            (
                &format!("Geef [van, tot] van 1 tot en met {length}."),
                &format!("Give [from, to] from 1 to {length}."),
            ),
        );
    }

    fn bad_padding(&mut self, rule: &Table, nl: &str, en: &str) {
        let item = rule.get("align").or_else(|| rule.get("pad"));
        let span = item.map_or_else(|| rule.place(), |item| item.span.clone());
        self.report.error(
            "M052",
            &span,
            (nl, en),
            (
                "Gebruik `pad = \"0\"` met `align = \"right\"`, en voor dezelfde posities hetzelfde.",
                "Use `pad = \"0\"` with `align = \"right\"`, and the same for the same positions.",
            ),
        );
    }

    /// The slot of a source, at fixed width.
    pub(super) fn slot_of(&self, source: &Source) -> Option<Slot> {
        match source {
            Source::Column(index) => self.columns.get(*index)?.slot,
            _ => None,
        }
    }
}
