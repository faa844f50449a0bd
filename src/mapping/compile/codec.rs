use crate::document::Format;
use crate::mapping::codec::BooleanCodec;
use crate::mapping::codec::Case;
use crate::mapping::codec::ClockCodec;
use crate::mapping::codec::ClockForm;
use crate::mapping::codec::Codec;
use crate::mapping::codec::DateCodec;
use crate::mapping::codec::DateForm;
use crate::mapping::codec::DecimalCodec;
use crate::mapping::codec::IntegerCodec;
use crate::mapping::codec::PartialDateCodec;
use crate::mapping::codec::TableCodec;
use crate::mapping::codec::TextCodec;
use crate::mapping::codec::TimestampCodec;
use crate::mapping::codec::TimestampForm;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::code_pairs;
use crate::mapping::plan::Many;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Shape;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::sync::Arc;

/// Largest factor of a decimal.
const FACTOR_MAX: i64 = 1_000_000;
/// Most digits behind a decimal sign going out.
const DECIMALS_MAX: i64 = 6;

const NAMES: [&str; 14] = [
    "text",
    "integer",
    "decimal",
    "date",
    "partial-date",
    "timestamp",
    "time",
    "boolean",
    "table",
    "list",
    "bsn",
    "postcode",
    "phone",
    "email",
];

/// What a codec key compiles to.
pub(super) struct Chosen {
    pub codec: Codec,
    pub many: Many,
    /// The `indicator` of a partial date.
    pub indicator: Option<String>,
    /// `unknown = "keep"` of a code table.
    pub keep: bool,
}

impl Compiler<'_> {
    /// The codec of a rule for a target of some shape.
    pub(super) fn codec(
        &mut self,
        rule: &Table,
        shape: &Shape,
        list: bool,
        span: &Span,
    ) -> Option<Chosen> {
        let many = if list { Many::Occurrences } else { Many::One };
        match rule.get("codec") {
            None => self.suggested(shape, span).map(|codec| Chosen {
                codec,
                many,
                indicator: None,
                keep: false,
            }),
            Some(item) => self.codec_item(item, shape, many, list),
        }
    }

    fn codec_item(&mut self, item: &Item, shape: &Shape, many: Many, list: bool) -> Option<Chosen> {
        let nothing = Table {
            span: item.span.clone(),
            entries: Vec::new(),
        };
        let (name, options) = match &item.value {
            Toml::Text(name) => (name.as_str(), &nothing),
            Toml::Table(table) => (self.report.required_text(table, "codec")?, table),
            _ => {
                self.report.wrong_type(
                    "codec",
                    &item.span,
                    "een naam of een tabel",
                    "a name or a table",
                );
                return None;
            }
        };
        if name == "list" {
            return self.list(options, shape, list, &item.span);
        }
        let mut chosen = Chosen {
            codec: Codec::Bsn,
            many,
            indicator: None,
            keep: false,
        };
        chosen.codec = self.named(
            name,
            options,
            shape,
            &item.span,
            &mut chosen.indicator,
            &mut chosen.keep,
        )?;
        self.check_shape(&chosen.codec, shape, &item.span);
        Some(chosen)
    }

    fn list(&mut self, options: &Table, shape: &Shape, list: bool, span: &Span) -> Option<Chosen> {
        self.report
            .known_keys(options, &["codec", "separator", "item"]);
        if !list {
            self.mismatch("list", span);
            return None;
        }
        let separator = self
            .report
            .text(options, "separator")
            .unwrap_or(",")
            .to_owned();
        if separator.trim().is_empty() && separator.is_empty() {
            self.report
                .wrong_type("separator", span, "niet leeg", "not empty");
        }
        let inner = match options.get("item") {
            None => self.suggested(shape, span).map(|codec| Chosen {
                codec,
                many: Many::One,
                indicator: None,
                keep: false,
            }),
            Some(item) => self.codec_item(item, shape, Many::One, false),
        }?;
        Some(Chosen {
            many: Many::Separated(separator),
            ..inner
        })
    }

    #[allow(clippy::too_many_lines)] // one arm for each codec of the language
    fn named(
        &mut self,
        name: &str,
        options: &Table,
        shape: &Shape,
        span: &Span,
        indicator: &mut Option<String>,
        keep: &mut bool,
    ) -> Option<Codec> {
        let known = |more: &[&'static str]| [&["codec"], more].concat();
        Some(match name {
            "text" => {
                self.report
                    .known_keys(options, &known(&["trim", "case", "max"]));
                self.text_codec(options, shape)
            }
            "integer" => {
                self.report.known_keys(options, &known(&["as"]));
                Codec::Integer(IntegerCodec {
                    number: self.number(options, true),
                })
            }
            "decimal" => {
                self.report.known_keys(
                    options,
                    &known(&["separator", "factor", "decimals", "pad", "rounding", "as"]),
                );
                self.decimal(options)
            }
            "date" => {
                self.report.known_keys(options, &known(&["forms"]));
                Codec::Date(DateCodec {
                    forms: self.forms(options, &DateForm::ALL),
                })
            }
            "partial-date" => {
                self.report
                    .known_keys(options, &known(&["forms", "indicator"]));
                *indicator = self.report.text(options, "indicator").map(str::to_owned);
                let indicator = indicator.is_some();
                let forms = [DateForm::ALL[0], DateForm::ALL[1], DateForm::ALL[2]];
                Codec::PartialDate(PartialDateCodec {
                    forms: self.forms(options, &forms),
                    indicator,
                })
            }
            "timestamp" => {
                self.report
                    .known_keys(options, &known(&["forms", "digits"]));
                let digits = self.report.integer(options, "digits", (14, 17), 17);
                Codec::Timestamp(TimestampCodec {
                    forms: self.forms(options, &TimestampForm::ALL),
                    digits: if digits == 14 { 14 } else { 17 },
                })
            }
            "time" => {
                self.report.known_keys(options, &known(&["form"]));
                Codec::Clock(ClockCodec {
                    form: self
                        .report
                        .word(options, "form", &ClockForm::ALL, ClockForm::HhMm),
                })
            }
            "boolean" => {
                self.report
                    .known_keys(options, &known(&["true", "false", "fold"]));
                Codec::Boolean(BooleanCodec {
                    yes: self.report.texts(options, "true"),
                    no: self.report.texts(options, "false"),
                    fold: self.report.boolean(options, "fold", true),
                })
            }
            "table" => {
                self.report.known_keys(
                    options,
                    &known(&["codes", "table", "unknown", "fold", "as"]),
                );
                *keep = self.report.word(
                    options,
                    "unknown",
                    &[("refuse", false), ("keep", true)],
                    false,
                );
                self.code_table(options, shape, span)?
            }
            "bsn" | "postcode" | "phone" | "email" => {
                self.report.known_keys(options, &known(&[]));
                match name {
                    "bsn" => Codec::Bsn,
                    "postcode" => Codec::Postcode,
                    "phone" => Codec::Phone,
                    _ => Codec::Email,
                }
            }
            _ => {
                let names = NAMES.join(", ");
                self.report.error(
                    "M016",
                    span,
                    (
                        &format!("Er is geen codec `{name}`."),
                        &format!("There is no codec `{name}`."),
                    ),
                    (
                        &format!("Kies uit: {names}."),
                        &format!("Choose from: {names}."),
                    ),
                );
                return None;
            }
        })
    }

    /// Whether numbers go out as numbers (JSON, Excel).
    fn number(&mut self, options: &Table, default: bool) -> bool {
        let number = self
            .report
            .word(options, "as", &[("number", true), ("text", false)], default);
        number && matches!(self.format, Format::Json | Format::Excel)
    }

    fn text_codec(&mut self, options: &Table, shape: &Shape) -> Codec {
        let case = [
            ("keep", Case::Keep),
            ("upper", Case::Upper),
            ("lower", Case::Lower),
        ];
        let most = match shape {
            Shape::Text { max } => Some(*max),
            _ => None,
        };
        let max = options.has("max").then(|| {
            self.report
                .integer(options, "max", (1, 1_000_000), 1_000_000)
        });
        let max = max.and_then(|max| usize::try_from(max).ok());
        Codec::Text(TextCodec {
            trim: self.report.boolean(options, "trim", true),
            case: self.report.word(options, "case", &case, Case::Keep),
            max: max.into_iter().chain(most).min(),
            codes: self.codes_of(shape),
        })
    }

    fn codes_of(&self, shape: &Shape) -> Option<Arc<HashSet<String>>> {
        let Shape::Code(list) = shape else {
            return None;
        };
        let list = self.schemas.code_list(list)?;
        Some(Arc::new(
            list.codes.iter().map(|code| code.code.clone()).collect(),
        ))
    }

    fn decimal(&mut self, options: &Table) -> Codec {
        let factor = self.report.integer(options, "factor", (1, FACTOR_MAX), 1);
        let decimals = self.report.integer(
            options,
            "decimals",
            (0, DECIMALS_MAX),
            if factor > 1 { 2 } else { 0 },
        );
        Codec::Decimal(DecimalCodec {
            separator: self
                .report
                .word(options, "separator", &[(".", '.'), (",", ',')], '.'),
            factor,
            decimals: u32::try_from(decimals).unwrap_or(0),
            pad: self.report.boolean(options, "pad", false),
            nearest: self.report.word(
                options,
                "rounding",
                &[("refuse", false), ("nearest", true)],
                false,
            ),
            number: self.number(options, true),
        })
    }

    fn forms<T: Copy>(&mut self, options: &Table, all: &[(&str, T)]) -> Vec<T> {
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

    fn code_table(&mut self, options: &Table, shape: &Shape, span: &Span) -> Option<Codec> {
        let pairs = match (
            self.report.table(options, "codes"),
            self.report.text(options, "table"),
        ) {
            (Some(codes), None) => code_pairs(&mut self.report, codes),
            (None, Some(name)) => {
                let Some(pairs) = self.tables.get(name) else {
                    let names = self.tables.keys().cloned().collect::<Vec<_>>().join(", ");
                    self.report.error(
                        "M019",
                        span,
                        (
                            &format!("Er is geen codetabel `{name}`."),
                            &format!("There is no code table `{name}`."),
                        ),
                        (
                            &format!("In mappings/_gedeeld/tabellen.toml staan: {names}."),
                            &format!("mappings/_gedeeld/tabellen.toml has: {names}."),
                        ),
                    );
                    return None;
                };
                pairs.clone()
            }
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
        Some(Codec::Table(TableCodec::new(&pairs, fold, number)))
    }

    fn check_codes(&mut self, pairs: &[(String, Json)], shape: &Shape, span: &Span) {
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

    /// The codec that a target's type suggests.
    fn suggested(&mut self, shape: &Shape, span: &Span) -> Option<Codec> {
        let nothing = Table {
            span: span.clone(),
            entries: Vec::new(),
        };
        Some(match shape {
            Shape::Text { .. } | Shape::Code(_) | Shape::Uuid => self.text_codec(&nothing, shape),
            Shape::Integer { .. } => Codec::Integer(IntegerCodec {
                number: self.number(&nothing, true),
            }),
            Shape::Boolean => Codec::Boolean(BooleanCodec::PLAIN),
            Shape::Date => Codec::Date(DateCodec {
                forms: vec![DateForm::Iso],
            }),
            Shape::PartialDate => Codec::PartialDate(PartialDateCodec {
                forms: vec![DateForm::Iso],
                indicator: false,
            }),
            Shape::Timestamp => Codec::Timestamp(TimestampCodec {
                forms: vec![TimestampForm::Rfc3339],
                digits: 17,
            }),
            Shape::ClockTime => Codec::Clock(ClockCodec {
                form: ClockForm::HhMm,
            }),
            Shape::List | Shape::Object => {
                self.report.error(
                    "M013",
                    span,
                    (
                        "Dit doel heeft onderdelen; een waarde past er niet.",
                        "This target has parts; a value does not fit.",
                    ),
                    (
                        "Noem een onderdeel, of maak er met [[rule.rule]] een groep van.",
                        "Name a part, or make it a group with [[rule.rule]].",
                    ),
                );
                return None;
            }
        })
    }

    fn check_shape(&mut self, codec: &Codec, shape: &Shape, span: &Span) {
        let (name, fits) = match codec {
            Codec::Text(_) => (
                "text",
                matches!(shape, Shape::Text { .. } | Shape::Code(_) | Shape::Uuid),
            ),
            Codec::Integer(_) => ("integer", matches!(shape, Shape::Integer { .. })),
            Codec::Decimal(_) => ("decimal", matches!(shape, Shape::Integer { .. })),
            Codec::Date(_) => ("date", *shape == Shape::Date),
            Codec::PartialDate(_) => ("partial-date", *shape == Shape::PartialDate),
            Codec::Timestamp(_) => ("timestamp", *shape == Shape::Timestamp),
            Codec::Clock(_) => ("time", *shape == Shape::ClockTime),
            Codec::Boolean(_) => ("boolean", *shape == Shape::Boolean),
            Codec::Table(_) => ("table", !matches!(shape, Shape::List | Shape::Object)),
            Codec::Bsn => ("bsn", matches!(shape, Shape::Text { .. })),
            Codec::Postcode => ("postcode", matches!(shape, Shape::Text { .. })),
            Codec::Phone => ("phone", matches!(shape, Shape::Text { .. })),
            Codec::Email => ("email", matches!(shape, Shape::Text { .. })),
        };
        if !fits {
            self.mismatch(name, span);
        }
    }

    fn mismatch(&mut self, name: &str, span: &Span) {
        self.report.error(
            "M018",
            span,
            (
                &format!("De codec `{name}` geeft een ander type dan het doel heeft."),
                &format!("The codec `{name}` gives another type than the target has."),
            ),
            (
                "Laat `codec` weg voor wat bij het doel past, of kies een ander doel.",
                "Leave `codec` out for what fits the target, or choose another target.",
            ),
        );
    }
}
