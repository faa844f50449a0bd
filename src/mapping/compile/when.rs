use crate::mapping::compile::Compiler;
use crate::mapping::compile::rule::Within;
use crate::mapping::plan::Source;
use crate::mapping::plan::TestIn;
use crate::mapping::plan::TestOut;
use crate::mapping::plan::WhenIn;
use crate::mapping::plan::WhenOut;
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
        let span_of = |key| {
            when.get(key)
                .map_or_else(|| when.span.clone(), |item| item.span.clone())
        };
        let present = match when.get("present").map(|item| &item.value) {
            Some(Toml::Boolean(value)) => Some(*value),
            _ => None,
        };
        let (source, _) = self.place_of(when, !matches!(within, Within::Element));
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

    /// The codes of the shared code table that a condition names.
    fn words_of(&mut self, when: &Table, key: &str) -> Option<Vec<String>> {
        let name = self.report.text(when, key)?;
        let span = when.get(key)?.span.clone();
        let pairs = self.shared_table(name, &span)?;
        Some(pairs.iter().map(|(code, _)| code.clone()).collect())
    }
}
