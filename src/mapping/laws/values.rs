use crate::mapping::codec::Case;
use crate::mapping::codec::Codec;
use crate::mapping::codec::Only;
use crate::mapping::codec::Register;
use crate::mapping::codec::TextCodec;
use crate::mapping::codec::TimestampCodec;
use crate::mapping::codec::TimestampForm;
use crate::mapping::encode::Writer;
use crate::mapping::laws::generate::Generator;
use crate::mapping::laws::random::Random;
use crate::mapping::plan::Field;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use crate::schema::Shape;
use serde_json::Value as Json;
use serde_json::json;

/// Attempts at a value that a codec can write exactly.
pub(super) const ATTEMPTS: usize = 50;
/// Numbers that are tried between the limits of an attribute.
const MOST: i64 = 1_000_000;

impl Generator<'_> {
    pub(super) fn values(
        &mut self,
        rule: &Rule,
        field: &Field,
        separator: Option<&str>,
    ) -> Option<Json> {
        let count = 1 + self.random.below(3);
        let mut values: Vec<Json> = Vec::new();
        for _ in 0..count {
            let value = self.value(rule, field, separator)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let fits = separator.is_none_or(|separator| {
            let texts = values.iter().map(|value| field.codec.encode(value));
            let texts: Result<Vec<_>, _> = texts
                .map(|written| written.map(|written| written.text().to_owned()))
                .collect();
            let writer = Writer::new(self.plan);
            texts.is_ok_and(|texts| {
                let text = texts.join(separator);
                writer.sayable(rule, field, &text).is_ok()
            })
        });
        fits.then_some(Json::Array(values))
    }

    /// A value that the codec can write without losing anything of it, and that no placeholder stands for.
    pub(super) fn value(
        &mut self,
        rule: &Rule,
        field: &Field,
        separator: Option<&str>,
    ) -> Option<Json> {
        for _ in 0..ATTEMPTS {
            let value = match &field.parts {
                Some(parts) if matches!(field.codec, Codec::Text(_)) => {
                    let words = (0..=parts.others.len()).map(|_| match self.random.below(4) {
                        0 => String::new(),
                        _ => self.random.words(12),
                    });
                    let words: Vec<String> = words.collect();
                    let texts: Vec<&str> = words.iter().map(String::as_str).collect();
                    let Ok(text) = parts.join.joined(&texts) else {
                        continue;
                    };
                    Json::from(text)
                }
                _ => self.candidate(&field.codec, &field.target)?,
            };
            let Some(value) = self.fitting(field, value) else {
                continue;
            };
            let text = value.as_str().unwrap_or_default();
            let split = separator.is_some_and(|separator| text.contains(separator));
            let written = Writer::new(self.plan).written(rule, field, &value);
            let whole = written.is_ok_and(|written| {
                field.codec.losses(&value).next().is_none()
                    || field.codec.gives_back(&value, &written)
            });
            if !split && whole {
                return Some(value);
            }
        }
        None
    }

    /// A value that the shared model takes where the mapping looks at that: another where it does not. Of a form few words
    /// are, but codes of one sort of characters mostly.
    fn fitting(&mut self, field: &Field, value: Json) -> Option<Json> {
        let Some(limits) = &field.limits else {
            return Some(value);
        };
        if limits.wrong(&value).is_none() {
            return Some(value);
        }
        let Shape::Text { max } = field.target.shape else {
            return None;
        };
        let code = Json::from(self.random.code(max));
        limits.wrong(&code).is_none().then_some(code)
    }

    fn candidate(&mut self, codec: &Codec, target: &Target) -> Option<Json> {
        let openings = self.openings();
        let random = &mut self.random;
        Some(match codec {
            Codec::Text(text) => match &target.shape {
                Shape::Code(list) => {
                    let listed = &self.schemas.code_list(list)?.codes;
                    Json::from(random.pick(listed)?.code.as_str())
                }
                Shape::Uuid => Json::from(format!(
                    "018f0000-0000-7000-8000-{:012x}",
                    random.next() >> 16
                )),
                shape => Json::from(spelled(random, text, shape, &openings)),
            },
            Codec::Integer(_) | Codec::Decimal(_) => {
                let (least, most) = match target.shape {
                    Shape::Integer { min, max, .. } => (min.max(-MOST), max.min(MOST)),
                    _ => (0, 1000),
                };
                // Round numbers are what hours and euros can always say.
                let round = matches!(codec, Codec::Decimal(_)) && random.once_in(2);
                let value = match random.below(10) {
                    0 => least,
                    1 => most,
                    _ => random.between(least, most),
                };
                let round = if round { 600 } else { 1 };
                Json::from((value / round * round).max(least))
            }
            Codec::Date(_) => Json::from(random.day()),
            Codec::PartialDate(_) => {
                let day = random.day();
                let part = |from: usize, to: usize| day[from..to].parse::<i64>().unwrap_or(1);
                match random.below(3) {
                    0 => json!({"jaar": part(0, 4)}),
                    1 => json!({"jaar": part(0, 4), "maand": part(5, 7)}),
                    _ => json!({"jaar": part(0, 4), "maand": part(5, 7), "dag": part(8, 10)}),
                }
            }
            Codec::Timestamp(codec) => moment(random, codec)?,
            Codec::Clock(_) => {
                Json::from(format!("{:02}:{:02}", random.below(24), random.below(60)))
            }
            Codec::Boolean(_) => Json::from(random.once_in(2)),
            Codec::Table(table) => {
                let values: Vec<&Json> = table.values().collect();
                (*random.pick(&values)?).clone()
            }
            Codec::Bsn | Codec::Register(Register::Rsin) => Json::from(random.bsn()),
            Codec::Register(register) => {
                let width = register.width();
                Json::from(format!("{:0width$}", random.between(1, 99_999_999)))
            }
            Codec::Postcode => {
                let letters = random.pick(&["AA", "BZ", "XK"]).copied().unwrap_or("AA");
                Json::from(format!("{}{letters}", random.between(1000, 9999)))
            }
            Codec::Phone(_) => Json::from(format!("06{:08}", random.below(100_000_000))),
            Codec::Email => Json::from(format!("a{}@voorbeeld.nl", random.below(100_000))),
        })
    }
}

/// A text of the kind that a codec takes, of at most as many characters as it and the attribute take. Now and then it has
/// an opening: a row that begins so is passed over, unless something else stands before it.
fn spelled(random: &mut Random, codec: &TextCodec, shape: &Shape, openings: &[&str]) -> String {
    let room = match shape {
        Shape::Text { max } => *max,
        _ => usize::MAX,
    };
    let max = codec.max.unwrap_or(room).min(room);
    if codec.number || codec.only == Only::Digits {
        let most = 10_i64.saturating_pow(u32::try_from(max).unwrap_or(9).min(9));
        return random.between(1, most - 1).to_string();
    }
    let mut found = random.words(max);
    if !openings.is_empty() && random.once_in(8) {
        let opening = random.pick(openings).copied().unwrap_or_default();
        let whole: String = format!("{opening}{found}").chars().take(max).collect();
        whole.trim().clone_into(&mut found);
    }
    let found = match codec.only {
        Only::UrlSafe => found.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
        _ => found,
    };
    // half of the time as the attribute may have it: what the codec changes of that it has to tell
    match codec.case {
        _ if random.once_in(2) => found,
        Case::Keep => found,
        Case::Upper => found.replace('ß', "s").to_uppercase(),
        Case::Lower => found.to_lowercase(),
    }
}

/// A moment; now and then in the hour that there is twice when summer time ends, or around the one that there is not.
fn moment(random: &mut Random, codec: &TimestampCodec) -> Option<Json> {
    let (form, short) = (codec.forms.first(), codec.digits == 14);
    let whole = form == Some(&TimestampForm::Date) || short && form == Some(&TimestampForm::Stuf);
    let milliseconds = match random.below(8) {
        // 27 October 2024, 00:00Z to 02:00Z, and 31 March 2024, 00:30Z to 01:30Z
        0 => random.between(1_729_987_200_000, 1_729_994_400_000),
        1 => random.between(1_711_845_000_000, 1_711_848_600_000),
        _ => random.between(946_684_800_000, 2_051_222_400_000),
    };
    let milliseconds = if whole {
        milliseconds / 1000 * 1000
    } else {
        milliseconds
    };
    let moment = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(Json::from(
        codec.day_of(moment).unwrap_or(moment).to_string(),
    ))
}
