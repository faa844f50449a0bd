use crate::mapping::compile::Compiler;
use crate::mapping::compile::placed::Placed;
use crate::mapping::compile::rule::Within;
use crate::mapping::compile::spot::Form;
use crate::mapping::compile::spot::Spot;
use crate::mapping::compile::spot::Starts;
use crate::mapping::diagnostic::Level;
use crate::mapping::fixed::Slot;
use crate::mapping::plan::Source;
use crate::mapping::plan::Target;
use crate::mapping::plan::TestIn;
use crate::mapping::plan::TestOut;
use crate::mapping::plan::WhenIn;
use crate::mapping::plan::WhenOut;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;

impl Compiler<'_> {
    pub(super) fn when(
        &mut self,
        table: &Table,
        within: &Within,
        ways: (bool, bool),
    ) -> (Option<WhenIn>, Option<WhenOut>) {
        let Some(when) = self.report.table(table, "when") else {
            return (None, None);
        };
        self.report.known_keys(
            when,
            &[
                "source",
                "position",
                "is",
                "is_not",
                "in_table",
                "not_in_table",
                "target",
                "value",
                "value_not",
                "present",
            ],
        );
        self.idle_half(table, when);
        let span_of = |key| {
            when.get(key)
                .map_or_else(|| when.span.clone(), |item| item.span.clone())
        };
        let present = match when.get("present").map(|item| &item.value) {
            Some(Toml::Boolean(value)) => Some(*value),
            _ => None,
        };
        let (source, written) = self.place_of(when, !matches!(within, Within::Element));
        let source = source.filter(|source| *source != Source::None);
        let when_in = source.and_then(|source| {
            if let Source::Column(index) = source {
                self.columns[index].inward = true;
            }
            self.not_each(&source, &span_of("source"));
            let mut tests = ["is", "is_not", "in_table", "not_in_table"]
                .into_iter()
                .filter(|key| when.has(key));
            let test = match (tests.next(), tests.next(), present) {
                (Some("is"), None, None) => TestIn::Is(self.report.texts(when, "is")),
                (Some("is_not"), None, None) => TestIn::IsNot(self.report.texts(when, "is_not")),
                (Some("in_table"), None, None) => TestIn::Is(self.words_of(when, "in_table")?),
                (Some("not_in_table"), None, None) => {
                    TestIn::IsNot(self.words_of(when, "not_in_table")?)
                }
                (None, None, Some(present)) => TestIn::Present(present),
                _ => return None,
            };
            self.check_words(when, &source);
            if ways.0 {
                let base = match within {
                    Within::Element => None,
                    Within::Item(items) => items.base.as_ref(),
                };
                let own = written.as_deref().unwrap_or_default();
                self.compared.extend(needs_text(&test).then(|| Compared {
                    spot: Spot::of(&source, own, base, Form::Value),
                    is: matches!(test, TestIn::Is(_)),
                    span: span_of("source"),
                    rule: table.place(),
                }));
            }
            Some(WhenIn { source, test })
        });
        let target = self.report.text(when, "target").map(str::to_owned);
        let target =
            target.and_then(|text| self.target(&text, &span_of("target"), within, (false, true)));
        let when_out = target.and_then(|target| {
            let values = |key| {
                let value = when.get(key).and_then(crate::mapping::syntax::Item::json)?;
                Some(value.as_array().cloned().unwrap_or_else(|| vec![value]))
            };
            self.check_values(when, within, &target);
            let test = match (values("value"), values("value_not"), present) {
                (Some(values), None, None) => TestOut::Value(values),
                (None, Some(values), None) => TestOut::Not(values),
                (None, None, Some(present)) => TestOut::Present(present),
                _ => return None,
            };
            Some(WhenOut { target, test })
        });
        if ways.0 && when_in.is_none() || ways.1 && when_out.is_none() {
            self.report.error(
                "M028",
                &when.span,
                ("Deze voorwaarde is niet in elke richting van de regel te beoordelen.", "This condition cannot be judged in every direction of the rule."),
                (
                    "Naar binnen: `source` met `is`, `is_not`, `in_table`, `not_in_table` of `present`; naar buiten: `target` met `value`, `value_not` of `present`.",
                    "Coming in: `source` with `is`, `is_not`, `in_table`, `not_in_table` or `present`; going out: `target` with `value`, `value_not` or `present`.",
                ),
            );
        }
        (when_in, when_out)
    }

    /// Says of each condition that compares a text whether a rule reads parts of what should be one.
    pub(super) fn check_conditions(&mut self, starts: Starts<'_>) {
        for compared in std::mem::take(&mut self.compared) {
            let spot = compared.spot.rooted(starts);
            let parts = |placed: &&Placed| {
                let mut spots = placed.spots.iter().map(|other| other.rooted(starts));
                placed.inward && spots.any(|other| spot.has_parts_for(&other, self.format))
            };
            let mut found = self.placed.iter().filter(parts);
            // a rule with a condition may be about documents that have a text there
            let Some(other) =
                found.find(|other| other.span == compared.rule || other.conditions.is_empty())
            else {
                continue;
            };
            let never = other.span == compared.rule && compared.is;
            let level = if never { Level::Error } else { Level::Warning };
            let text = compared.spot.whole;
            let part = other
                .spots
                .first()
                .map_or("", |other| &*other.whole)
                .to_owned();
            self.report.add(
                "M085",
                level,
                &compared.span,
                (
                    &format!("Deze voorwaarde vergelijkt de tekst van `{text}`, en een regel leest er `{part}` in: wat onderdelen heeft, heeft geen tekst."),
                    &format!("This condition compares the text of `{text}`, and a rule reads `{part}` in it: what has parts has no text."),
                ),
                (
                    "Vergelijk een onderdeel; of het er is zegt `present`.",
                    "Compare a part; whether it is there says `present`.",
                ),
            );
        }
    }

    /// Whether what a condition compares with can stand in the document.
    fn check_words(&mut self, when: &Table, source: &Source) {
        let width = self.slot_of(source).map(Slot::width);
        // `is_not = ""` says of a rule that it is always read.
        let idiom = |key, text: &str| key == "is_not" && text.is_empty();
        let never = |key, item: &Item| match &item.value {
            // What stands there is compared without the spaces around it, and blank is nothing.
            Toml::Text(text) => {
                let long = width.is_some_and(|width| text.chars().count() > width);
                let odd = text.trim().is_empty() || text.trim() != text || long;
                odd && !idiom(key, text)
            }
            _ => false,
        };
        for key in ["is", "is_not"] {
            self.check_compared(when, key, &|item| never(key, item));
        }
    }

    /// Whether what a condition compares with can be the value of its attribute.
    fn check_values(&mut self, when: &Table, within: &Within, target: &Target) {
        let list = self.is_list(target, within);
        for key in ["value", "value_not"] {
            let Some(item) = when.get(key) else { continue };
            let items = parts(item);
            let misfits: Vec<Span> = items
                .iter()
                .filter(|item| {
                    let value = item.json();
                    list || !value.is_some_and(|value| self.fits(&target.shape, &value))
                })
                .map(|item| item.span.clone())
                .collect();
            self.tells_nothing(item, misfits, items.is_empty());
        }
    }

    fn check_compared(&mut self, when: &Table, key: &str, never: &dyn Fn(&Item) -> bool) {
        let Some(item) = when.get(key) else { return };
        let items = parts(item);
        let misfits = items.iter().filter(|item| never(item));
        let misfits = misfits.map(|item| item.span.clone()).collect();
        self.tells_nothing(item, misfits, items.is_empty());
    }

    fn tells_nothing(&mut self, item: &Item, misfits: Vec<Span>, empty: bool) {
        let whole = empty.then(|| item.span.clone());
        for span in misfits.into_iter().chain(whole) {
            self.report.error(
                "M085",
                &span,
                (
                    "Zo'n waarde staat daar nooit, dus deze voorwaarde onderscheidt niets.",
                    "Such a value never stands there, so this condition tells nothing apart.",
                ),
                (
                    "Geef een waarde die het attribuut kan hebben (hoofdstuk 6); naar binnen een tekst die niet leeg is, zonder spaties eromheen. Dat er niets is zegt `present = false`.",
                    "Give a value that the attribute can have (section 6); coming in a text that is not blank, without spaces around it. That there is nothing says `present = false`.",
                ),
            );
        }
    }

    /// A half of a condition that the rule never looks at, because it says that it goes the other way only.
    fn idle_half(&mut self, table: &Table, when: &Table) {
        let (keys, nl, en): (&[&str], _, _) = match table.plain_text("direction") {
            Some("in") => (
                &["target", "value", "value_not"],
                "een regel die naar buiten gaat",
                "a rule that goes out",
            ),
            Some("out") => (
                &[
                    "source",
                    "position",
                    "is",
                    "is_not",
                    "in_table",
                    "not_in_table",
                ],
                "een regel die naar binnen gaat",
                "a rule that comes in",
            ),
            _ => return,
        };
        let first = keys.iter().find_map(|key| Some((*key, when.get(key)?)));
        if let Some((key, item)) = first {
            let span = item.span.clone();
            self.idle(key, &span, nl, en);
        }
    }

    /// The codes of the shared code table that a condition names.
    fn words_of(&mut self, when: &Table, key: &str) -> Option<Vec<String>> {
        let name = self.report.text(when, key)?;
        let span = when.get(key)?.span.clone();
        let pairs = self.shared_table(name, &span)?;
        Some(pairs.iter().map(|(code, _)| code.clone()).collect())
    }
}

/// A place of which a condition compares the text.
pub(crate) struct Compared {
    spot: Spot,
    /// The text has to be one of some, not another.
    is: bool,
    span: Span,
    /// Where its rule stands in the file.
    rule: Span,
}

/// Whether a test is about a text. That it is not blank, or that it is there, it may be of anything.
fn needs_text(test: &TestIn) -> bool {
    match test {
        TestIn::Is(words) | TestIn::IsNot(words) => {
            words.iter().any(|word| !word.trim().is_empty())
        }
        TestIn::Present(_) => false,
    }
}

/// What a condition names: one or several.
fn parts(item: &Item) -> &[Item] {
    match &item.value {
        Toml::List(items) => items,
        _ => std::slice::from_ref(item),
    }
}
