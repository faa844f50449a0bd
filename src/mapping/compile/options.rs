use crate::document::Format;
use crate::mapping::Direction;
use crate::mapping::codec::Case;
use crate::mapping::codec::Codec;
use crate::mapping::codec::Codes;
use crate::mapping::codec::DateCodec;
use crate::mapping::codec::DateForm;
use crate::mapping::codec::DecimalCodec;
use crate::mapping::codec::Only;
use crate::mapping::codec::Serials;
use crate::mapping::codec::TableCodec;
use crate::mapping::codec::TextCodec;
use crate::mapping::codec::UNITS;
use crate::mapping::codec::Unit;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::code_pairs;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::schema::Counts;
use crate::schema::Shape;
use serde_json::Value as Json;
use std::sync::Arc;

/// Largest factor of a decimal.
const FACTOR_MAX: i64 = 1_000_000;

/// Most digits behind a decimal sign going out.
const DECIMALS_MAX: i64 = 6;

impl<'t> Compiler<'t> {
    /// Whether numbers go out as numbers (JSON, Excel).
    pub(super) fn number(&mut self, options: &Table, default: bool) -> bool {
        let number = self
            .report
            .word(options, "as", &[("number", true), ("text", false)], default);
        let has_numbers = matches!(self.format, Format::Json | Format::Excel);
        if let Some(item) = options.get("as").filter(|_| number && !has_numbers) {
            self.idle(
                "as",
                &item.span,
                "JSON en Excel, die getallen kennen",
                "JSON and Excel, which have numbers",
            );
        }
        number && has_numbers
    }

    pub(super) fn text_codec(&mut self, options: &Table, shape: &Shape) -> Codec {
        let case = [
            ("keep", Case::Keep),
            ("upper", Case::Upper),
            ("lower", Case::Lower),
        ];
        let most = match shape {
            Shape::Text { max } => Some(*max),
            _ => None,
        };
        let max = self.most(options);
        let only = [
            ("anything", Only::Anything),
            ("digits", Only::Digits),
            ("url-safe", Only::UrlSafe),
        ];
        if let (None, Some(item)) = (max, options.get("over")) {
            self.idle("over", &item.span, "`max`", "`max`");
        }
        Codec::Text(TextCodec {
            trim: self.report.boolean(options, "trim", true),
            case: self.report.word(options, "case", &case, Case::Keep),
            max: max.into_iter().chain(most).min(),
            cut: self
                .report
                .word(options, "over", &[("refuse", false), ("cut", true)], false),
            only: self.report.word(options, "only", &only, Only::Anything),
            number: self.number(options, false),
            codes: self.codes_of(shape),
        })
    }

    /// The most characters of a text, if there is a limit.
    pub(super) fn most(&mut self, options: &Table) -> Option<usize> {
        let max = options.has("max").then(|| {
            self.report
                .integer(options, "max", (1, 1_000_000), 1_000_000)
        });
        max.and_then(|max| usize::try_from(max).ok())
    }

    pub(super) fn codes_of(&self, shape: &Shape) -> Option<Arc<Codes>> {
        let Shape::Code(list) = shape else {
            return None;
        };
        let list = self.schemas.code_list(list)?;
        Some(Arc::new(
            list.codes.iter().map(|code| code.code.clone()).collect(),
        ))
    }

    /// `whole`: the file has whole numbers only (an `integer` with a unit).
    pub(super) fn decimal(&mut self, options: &Table, shape: &Shape, whole: bool) -> Codec {
        let unit = self.unit(options, shape);
        if let (Some(_), Some(item)) = (unit, options.get("factor")) {
            self.idle(
                "factor",
                &item.span,
                "een getal zonder `unit`",
                "a number without `unit`",
            );
        }
        let factor = self.report.integer(options, "factor", (1, FACTOR_MAX), 1);
        let factor = unit.map_or(factor, |unit| unit.factor);
        let decimals = self.report.integer(
            options,
            "decimals",
            (0, DECIMALS_MAX),
            if factor > 1 && !whole { 2 } else { 0 },
        );
        let separator = self
            .report
            .word(options, "separator", &[(".", '.'), (",", ',')], '.');
        let pad = self.report.boolean(options, "pad", false);
        if let Some(item) = options.get("pad").filter(|_| pad && decimals == 0) {
            self.idle(
                "pad",
                &item.span,
                "`decimals` van 1 of meer",
                "`decimals` of 1 or more",
            );
        }
        let number = self.number(options, true);
        if let Some(item) = options.get("as").filter(|_| number && separator == ',') {
            self.idle(
                "as",
                &item.span,
                "`separator = \".\"`: een getal van JSON of Excel heeft een punt",
                "`separator = \".\"`: a number of JSON or Excel has a point",
            );
        }
        Codec::Decimal(DecimalCodec {
            separator,
            factor,
            decimals: u32::try_from(decimals).unwrap_or(0),
            pad,
            nearest: self.report.word(
                options,
                "rounding",
                &[("refuse", false), ("nearest", true)],
                false,
            ),
            number,
            whole,
            counts: counted(shape),
        })
    }

    /// `unit = { from = "hours", to = "minutes" }`: the unit of the file, in whole ones of the shared model's, which is
    /// what the target counts.
    fn unit(&mut self, options: &Table, shape: &Shape) -> Option<Unit> {
        let table = self.report.table(options, "unit")?;
        self.report.known_keys(table, &["from", "to"]);
        let words = UNITS.map(|(name, unit)| (name, Some((name, unit))));
        for key in ["from", "to"] {
            if !table.has(key) {
                self.report.missing(key, &table.span);
            }
        }
        let from = self.report.word(table, "from", &words, None)?.1;
        let to = self.report.word(table, "to", &words, None)?.0;
        if from.counted_in != to {
            let counted_in = from.counted_in;
            self.report.error(
                "M054",
                &table.span,
                (
                    &format!(
                        "Deze eenheid is geen heel aantal keer `{to}` van het gedeelde model."
                    ),
                    &format!("This unit is no whole number of the shared model's `{to}`."),
                ),
                (
                    &format!("Schrijf `to = \"{counted_in}\"`, of kies een andere `from`."),
                    &format!("Write `to = \"{counted_in}\"`, or choose another `from`."),
                ),
            );
        } else if let Shape::Integer { counts, .. } = shape
            && counts.map(Counts::unit) != Some(to)
        {
            self.other_unit(*counts, to, &table.span);
        }
        Some(from)
    }

    /// The target counts something else than the unit is converted to.
    fn other_unit(&mut self, counts: Option<Counts>, to: &str, span: &Span) {
        let (nl, en) = match counts.map(Counts::unit) {
            Some(unit) => (
                format!("Het doel telt in `{unit}`, niet in `{to}`."),
                format!("The target counts in `{unit}`, not in `{to}`."),
            ),
            None => (
                format!("Het doel heeft in het gedeelde model geen eenheid, dus ook niet `{to}`."),
                format!("The target has no unit in the shared model, so not `{to}` either."),
            ),
        };
        self.report.error(
            "M078",
            span,
            (&nl, &en),
            (
                "Kies een andere eenheid of een ander doel; `x-eenheid` in schemas/ zegt wat een getal telt.",
                "Choose another unit or another target; `x-eenheid` in schemas/ says what a number counts.",
            ),
        );
    }

    /// A date, with the options that its forms need and no others.
    pub(super) fn date(&mut self, options: &Table, span: &Span) -> Codec {
        let forms = self.forms(options, &DateForm::ALL);
        let short = forms.contains(&DateForm::DMJj);
        let serial = forms.contains(&DateForm::Excel);
        if short && !options.has("pivot") {
            self.report.missing("pivot", span);
        }
        if !short && let Some(item) = options.get("pivot") {
            self.idle("pivot", &item.span, "de vorm `d-m-jj`", "the form `d-m-jj`");
        }
        if let Some(item) = options.get("system")
            && (!serial || self.format == Format::Excel)
        {
            // A workbook says itself from when its dates count.
            self.idle(
                "system",
                &item.span,
                "de vorm `excel`, buiten een werkmap",
                "the form `excel`, outside a workbook",
            );
        }
        let pivot = self.report.integer(options, "pivot", (0, 99), 0);
        let system = self.report.integer(options, "system", (1900, 1904), 1900);
        if let (1901..=1903, Some(item)) = (system, options.get("system")) {
            self.report
                .wrong_type("system", &item.span, "1900 of 1904", "1900 or 1904");
        }
        Codec::Date(DateCodec {
            forms,
            pivot: i16::try_from(pivot).unwrap_or(0),
            serials: Serials {
                from_1904: system == 1904,
                in_text: !matches!(self.format, Format::Json | Format::Excel),
            },
        })
    }

    pub(super) fn forms<T: Copy>(&mut self, options: &Table, all: &[(&str, T)]) -> Vec<T> {
        let names = self.report.texts(options, "forms");
        let mut forms = Vec::new();
        for name in &names {
            if let Some((_, form)) = all.iter().find(|(known, _)| known == name) {
                forms.push(*form);
            } else {
                let words: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
                let span = options.get("forms").map_or(0..0, |item| item.span.clone());
                self.report.wrong_word("forms", &span, &words);
            }
        }
        if forms.is_empty() {
            forms.extend(all.first().map(|(_, form)| *form));
        }
        forms
    }

    /// The pairs of a shared code table.
    pub(super) fn shared_table(&mut self, name: &str, span: &Span) -> Option<&'t [(String, Json)]> {
        let found = self.tables.get(name);
        if found.is_none() {
            let names = self.tables.keys().cloned().collect::<Vec<_>>().join(", ");
            self.report.error(
                "M019",
                span,
                (
                    &format!("Er is geen codetabel `{name}`."),
                    &format!("There is no code table `{name}`."),
                ),
                (
                    &format!("In mappings/_gedeeld staan: {names}."),
                    &format!("mappings/_gedeeld has: {names}."),
                ),
            );
        }
        found.map(Vec::as_slice)
    }

    pub(super) fn code_table(
        &mut self,
        options: &Table,
        shape: &Shape,
        span: &Span,
    ) -> Option<Codec> {
        let own = self.report.table(options, "codes");
        let pairs = match (own, self.report.text(options, "table")) {
            (Some(codes), None) => code_pairs(&mut self.report, codes),
            (None, Some(name)) => self.shared_table(name, span)?.to_vec(),
            _ => {
                self.report.error(
                    "M017",
                    span,
                    (
                        "Een codetabel heeft `codes` of `table`, en niet allebei.",
                        "A code table has `codes` or `table`, and not both.",
                    ),
                    ("Kies een van de twee.", "Choose one of the two."),
                );
                return None;
            }
        };
        self.check_codes(&pairs, shape, span);
        let fold = self.report.boolean(options, "fold", false);
        let number = self.number(options, false);
        self.check_alike(&pairs, own, fold, span);
        let table = TableCodec::new(&pairs, fold, number);
        if self.direction != Direction::In {
            self.check_numbers(&table, own, span);
        }
        Some(Codec::Table(Box::new(table)))
    }

    /// Codes that have to go out as a number and are none.
    fn check_numbers(&mut self, table: &TableCodec, own: Option<&Table>, span: &Span) {
        for code in table.no_numbers() {
            let entries = own.map_or(&[][..], |own| &own.entries);
            let entry = entries.iter().find(|entry| entry.key == code);
            let at = entry.map_or_else(|| span.clone(), |entry| entry.key_span.clone());
            self.report.error(
                "M111",
                &at,
                (
                    &format!("De code `{code}` gaat uit als getal, en is er geen."),
                    &format!("The code `{code}` goes out as a number, and is none."),
                ),
                (
                    "Haal `as = \"number\"` weg, of schrijf de code als getal: geen nul vooraan, geen nul achter het decimaalteken, ten hoogste 15 tekens.",
                    "Remove `as = \"number\"`, or write the code as a number: no zero in front, none at the end of decimals, at most 15 characters.",
                ),
            );
        }
    }

    pub(super) fn check_codes(&mut self, pairs: &[(String, Json)], shape: &Shape, span: &Span) {
        let wrong: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !self.fits(shape, value))
            .map(|(code, _)| format!("`{code}`"))
            .collect();
        if wrong.is_empty() {
            return;
        }
        let wrong = wrong.join(", ");
        let list = if let Shape::Code(list) = shape {
            list.as_str()
        } else {
            "-"
        };
        self.report.error(
            "M020",
            span,
            (
                &format!("De waarden bij {wrong} passen niet bij het doel (codelijst {list})."),
                &format!("The values at {wrong} do not fit the target (code list {list})."),
            ),
            (
                "Gebruik codes uit schemas/codelijsten.json.",
                "Use codes of schemas/codelijsten.json.",
            ),
        );
    }
}

/// What the values of a shape count, if that is said.
pub(super) const fn counted(shape: &Shape) -> Option<Counts> {
    match shape {
        Shape::Integer { counts, .. } => *counts,
        _ => None,
    }
}
