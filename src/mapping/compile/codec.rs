use crate::mapping::codec::BooleanCodec;
use crate::mapping::codec::ClockCodec;
use crate::mapping::codec::ClockForm;
use crate::mapping::codec::Codec;
use crate::mapping::codec::DateForm;
use crate::mapping::codec::IntegerCodec;
use crate::mapping::codec::Marks;
use crate::mapping::codec::PartialDateCodec;
use crate::mapping::codec::Register;
use crate::mapping::codec::TimestampCodec;
use crate::mapping::codec::TimestampForm;
use crate::mapping::compile::Compiler;
use crate::mapping::compile::options::counted;
use crate::mapping::compile::several::Several;
use crate::mapping::plan::Many;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Span;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Shape;

const NAMES: [&str; 20] = [
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
    "compose",
    "choice",
    "bsn",
    "rsin",
    "oin",
    "kvk",
    "agb",
    "postcode",
    "phone",
    "email",
];

/// What a codec key compiles to.
pub(super) struct Chosen {
    pub codec: Codec,
    pub many: Many,
    /// The `indicator` of a partial date, the `time` of a date.
    pub indicator: Option<String>,
    /// What becomes of a code that the code table does not know.
    pub unknown: Unknown,
    /// What the value is made of, if it stands at several places.
    pub several: Option<Several>,
}

/// `unknown` of a code table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Refuse,
    Keep,
    Default,
}

impl Unknown {
    const ALL: [(&'static str, Self); 3] = [
        ("refuse", Self::Refuse),
        ("keep", Self::Keep),
        ("default", Self::Default),
    ];
}

impl Compiler<'_> {
    /// The codec of a rule for a target of some shape.
    pub(super) fn codec(
        &mut self,
        rule: &Table,
        shape: &Shape,
        list: bool,
        span: &Span,
        sources: usize,
    ) -> Option<Chosen> {
        let many = if list { Many::Occurrences } else { Many::One };
        match rule.get("codec") {
            None => self
                .codec_of(None, shape, span)
                .map(|chosen| Chosen { many, ..chosen }),
            Some(item) => self.codec_item(item, shape, many, list, sources),
        }
    }

    /// The codec of one item or of a whole: what is named, or what the target's type suggests.
    pub(super) fn codec_of(
        &mut self,
        named: Option<&Item>,
        shape: &Shape,
        span: &Span,
    ) -> Option<Chosen> {
        match named {
            None => self.suggested(shape, span).map(|codec| Chosen {
                codec,
                many: Many::One,
                indicator: None,
                unknown: Unknown::Refuse,
                several: None,
            }),
            Some(item) => self.codec_item(item, shape, Many::One, false, 1),
        }
    }

    fn codec_item(
        &mut self,
        item: &Item,
        shape: &Shape,
        many: Many,
        list: bool,
        sources: usize,
    ) -> Option<Chosen> {
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
        if matches!(name, "compose" | "choice") {
            return self.several(name, options, shape, list, &item.span, sources);
        }
        let mut chosen = Chosen {
            codec: Codec::Bsn,
            many,
            indicator: None,
            unknown: Unknown::Refuse,
            several: None,
        };
        chosen.codec = self.named(
            name,
            options,
            shape,
            &item.span,
            &mut chosen.indicator,
            &mut chosen.unknown,
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
        let inner = self.codec_of(options.get("item"), shape, span)?;
        Some(Chosen {
            many: Many::Separated(separator.into()),
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
        unknown: &mut Unknown,
    ) -> Option<Codec> {
        let known = |more: &[&'static str]| [&["codec"], more].concat();
        Some(match name {
            "text" => {
                self.report.known_keys(
                    options,
                    &known(&["trim", "case", "max", "over", "only", "as"]),
                );
                self.text_codec(options, shape)
            }
            "integer" => {
                self.report.known_keys(options, &known(&["as", "unit"]));
                if options.has("unit") {
                    self.decimal(options, shape, true)
                } else {
                    Codec::Integer(IntegerCodec {
                        number: self.number(options, true),
                        counts: counted(shape),
                    })
                }
            }
            "decimal" => {
                self.report.known_keys(
                    options,
                    &known(&[
                        "separator",
                        "factor",
                        "unit",
                        "decimals",
                        "pad",
                        "rounding",
                        "as",
                    ]),
                );
                self.decimal(options, shape, false)
            }
            "date" => {
                self.report
                    .known_keys(options, &known(&["forms", "pivot", "system"]));
                self.date(options, span)
            }
            "partial-date" => {
                self.report
                    .known_keys(options, &known(&["forms", "indicator"]));
                *indicator = self.report.text(options, "indicator").map(str::to_owned);
                let marks = match indicator {
                    None => Marks::None,
                    Some(name) if name.starts_with('@') => Marks::Stuf,
                    Some(_) => Marks::Iwmo,
                };
                let forms = [DateForm::ALL[0], DateForm::ALL[1], DateForm::ALL[2]];
                Codec::PartialDate(PartialDateCodec {
                    forms: self.forms(options, &forms),
                    marks,
                })
            }
            "timestamp" => {
                self.report
                    .known_keys(options, &known(&["forms", "digits", "time"]));
                let digits = self.report.integer(options, "digits", (14, 17), 17);
                let forms = self.forms(options, &TimestampForm::ALL);
                *indicator = self.report.text(options, "time").map(str::to_owned);
                if let Some(item) = options.get("time")
                    && !forms.contains(&TimestampForm::Date)
                {
                    self.idle("time", &item.span, "de vorm `date`", "the form `date`");
                }
                if let Some(item) = options.get("digits")
                    && !forms.contains(&TimestampForm::Stuf)
                {
                    self.idle("digits", &item.span, "de vorm `stuf`", "the form `stuf`");
                }
                Codec::Timestamp(TimestampCodec {
                    forms,
                    digits: if digits == 14 { 14 } else { 17 },
                    timed: indicator.is_some(),
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
                let words = BooleanCodec {
                    yes: self.report.texts(options, "true"),
                    no: self.report.texts(options, "false"),
                    fold: self.report.boolean(options, "fold", true),
                };
                self.check_yes_and_no(options, &words, span);
                Codec::Boolean(Box::new(words))
            }
            "table" => {
                self.report.known_keys(
                    options,
                    &known(&["codes", "table", "unknown", "fold", "as"]),
                );
                *unknown = self.unknown(options);
                self.code_table(options, shape, span)?
            }
            "bsn" | "rsin" | "oin" | "kvk" | "agb" | "postcode" | "phone" | "email" => {
                let more: &[&str] = if name == "phone" { &["max"] } else { &[] };
                self.report.known_keys(options, &known(more));
                let mut registers = Register::ALL.iter();
                if let Some((_, register)) = registers.find(|(known, _)| *known == name) {
                    return Some(Codec::Register(*register));
                }
                match name {
                    "bsn" => Codec::Bsn,
                    "postcode" => Codec::Postcode,
                    "phone" => Codec::Phone(self.most(options)),
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

    /// What becomes of a code that a code table does not know.
    pub(super) fn unknown(&mut self, options: &Table) -> Unknown {
        self.report
            .word(options, "unknown", &Unknown::ALL, Unknown::Refuse)
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
                counts: counted(shape),
            }),
            Shape::Boolean => Codec::Boolean(Box::new(BooleanCodec::PLAIN)),
            Shape::Date => self.date(&nothing, span),
            Shape::PartialDate => Codec::PartialDate(PartialDateCodec {
                forms: vec![DateForm::Iso],
                marks: Marks::None,
            }),
            Shape::Timestamp => Codec::Timestamp(TimestampCodec {
                forms: vec![TimestampForm::Rfc3339],
                digits: 17,
                timed: false,
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
            Codec::Register(register) => {
                let mut registers = Register::ALL.iter();
                let name = registers.find(|(_, known)| known == register);
                let wide = |max: usize| max >= register.width();
                (
                    name.map_or("", |(name, _)| name),
                    matches!(shape, Shape::Text { max } if wide(*max)),
                )
            }
            Codec::Postcode => ("postcode", matches!(shape, Shape::Text { .. })),
            Codec::Phone(_) => ("phone", matches!(shape, Shape::Text { .. })),
            Codec::Email => ("email", matches!(shape, Shape::Text { .. })),
        };
        if !fits {
            self.mismatch(name, span);
        }
    }

    pub(super) fn mismatch(&mut self, name: &str, span: &Span) {
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
