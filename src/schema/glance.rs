use crate::canonical::elfproef;
use crate::schema::named::Named;
use crate::schema::validate::PARTIAL_DATE;
use crate::schema::validate::compile;
use crate::schema::validate::is_day_if_whole;
use foldhash::fast::RandomState;
use jiff::civil::Date;
use jsonschema::Validator;
use serde_json::Map;
use serde_json::Value;
use std::collections::HashSet;

/// What can be seen at a glance: that a value is right. Nearly all values are, and to see that takes a fraction of the
/// validator's walk over a schema. Where it is not seen, the validator judges, so that a glance need not know every rule;
/// it must only never take for right what is wrong.
pub(super) enum Glance {
    Text {
        least: usize,
        most: usize,
        form: Form,
    },
    Code(HashSet<Box<str>, RandomState>),
    Integer {
        min: i64,
        max: i64,
    },
    Boolean,
    List {
        least: usize,
        most: usize,
        /// Whether the items must differ.
        distinct: bool,
        items: Box<Self>,
    },
    Object(Box<Members>),
    /// An object with any members of one sort.
    Open {
        most: usize,
        names: Form,
        values: Box<Self>,
    },
    /// What has other rules: its own validator, if it has one.
    Other(Option<Box<Validator>>),
}

/// Whether a text surely has a form.
type Form = fn(&str) -> bool;

/// What an object holds.
pub(super) struct Members {
    parts: Named<Glance>,
    required: Vec<Box<str>>,
    /// Members that must be there beside another.
    beside: Vec<(Box<str>, Box<str>)>,
    least: usize,
    /// Whether it is a date of which parts may be unknown.
    is_date: bool,
}

impl Glance {
    /// What can be seen of the values of a part of a schema.
    fn of(file: &str, at: &str, schema: &Value) -> Self {
        let known = Self::known(file, at, schema);
        known.unwrap_or_else(|| Self::Other(compile(file, at, schema).ok().map(Box::new)))
    }

    /// The same, if its rules are all of the usual ones.
    pub(super) fn known(file: &str, at: &str, schema: &Value) -> Option<Self> {
        let schema = schema.as_object()?;
        let has_only = |usual: &[&str]| {
            let mut rules = schema.keys().filter(|name| is_rule(name));
            rules.all(|name| name == "type" || usual.contains(&&**name))
        };
        let size = |name: &str, otherwise: usize| match schema.get(name) {
            None => Some(otherwise),
            Some(size) => usize::try_from(size.as_u64()?).ok(),
        };
        let number = |name: &str| schema.get(name)?.as_i64();
        let inner = |name: &str| Some(Box::new(Self::of(file, at, schema.get(name)?)));
        Some(match schema.get("type")?.as_str()? {
            "string" if has_only(&["enum"]) && schema.contains_key("enum") => {
                Self::Code(texts(schema.get("enum")?)?.into_iter().collect())
            }
            "string" if has_only(&["minLength", "maxLength", "pattern", "format", "x-vorm"]) => {
                Self::Text {
                    least: size("minLength", 0)?,
                    most: size("maxLength", usize::MAX)?,
                    form: form(schema)?,
                }
            }
            "integer" if has_only(&["minimum", "maximum"]) => Self::Integer {
                min: number("minimum")?,
                max: number("maximum")?,
            },
            "boolean" if has_only(&[]) => Self::Boolean,
            "array" if has_only(&["items", "minItems", "maxItems", "uniqueItems"]) => Self::List {
                least: size("minItems", 0)?,
                most: size("maxItems", usize::MAX)?,
                distinct: schema.get("uniqueItems") == Some(&Value::Bool(true)),
                items: inner("items")?,
            },
            "object" if has_only(&["maxProperties", "propertyNames", "additionalProperties"]) => {
                let rule = schema.get("propertyNames")?.as_object()?;
                let pattern = rule.get("pattern")?.as_str().filter(|_| rule.len() == 1)?;
                Self::Open {
                    most: size("maxProperties", usize::MAX)?,
                    names: with_pattern(pattern)?,
                    values: inner("additionalProperties")?,
                }
            }
            "object" => Self::Object(Box::new(Members::known(file, at, schema)?)),
            _ => return None,
        })
    }

    /// Whether a value is surely right.
    pub(super) fn sees(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text { least, most, form }, Value::String(text)) => {
                fits(text, *least, *most) && form(text)
            }
            (Self::Code(codes), Value::String(code)) => codes.contains(&**code),
            (Self::Integer { min, max }, Value::Number(number)) => {
                let number = number.as_i64();
                number.is_some_and(|number| (*min..=*max).contains(&number))
            }
            (Self::Boolean, Value::Bool(_)) => true,
            (
                Self::List {
                    least,
                    most,
                    distinct,
                    items,
                },
                Value::Array(values),
            ) => {
                (*least..=*most).contains(&values.len())
                    && values.iter().all(|value| items.sees(value))
                    && (!distinct || surely_differ(values))
            }
            (Self::Object(members), Value::Object(map)) => members.sees(value, map),
            (
                Self::Open {
                    most,
                    names,
                    values,
                },
                Value::Object(map),
            ) => {
                map.len() <= *most
                    && map
                        .iter()
                        .all(|(name, value)| names(name) && values.sees(value))
            }
            (Self::Other(Some(validator)), value) => validator.is_valid(value),
            _ => false,
        }
    }
}

impl Members {
    fn known(file: &str, at: &str, schema: &Map<String, Value>) -> Option<Self> {
        const USUAL: [&str; 7] = [
            "type",
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "dependentRequired",
            "x-vorm",
        ];
        let mut rules = schema.keys().filter(|name| is_rule(name));
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        if !closed || !rules.all(|name| USUAL.contains(&&**name)) {
            return None;
        }
        let least = match schema.get("minProperties") {
            None => 0,
            Some(least) => usize::try_from(least.as_u64()?).ok()?,
        };
        let mut beside = Vec::new();
        if let Some(rules) = schema.get("dependentRequired") {
            for (name, others) in rules.as_object()? {
                for other in texts(others)? {
                    beside.push((Box::from(&**name), other));
                }
            }
        }
        let required = match schema.get("required") {
            None => Vec::new(),
            Some(names) => texts(names)?,
        };
        let parts = schema
            .get("properties")?
            .as_object()?
            .iter()
            .map(|(name, part)| {
                let part = Glance::of(file, &format!("{at}/{name}"), part);
                (Box::from(&**name), part)
            });
        Some(Self {
            parts: Named::new(parts),
            required,
            beside,
            least,
            is_date: schema
                .get("x-vorm")
                .is_some_and(|form| form == PARTIAL_DATE),
        })
    }

    fn sees(&self, value: &Value, map: &Map<String, Value>) -> bool {
        let mut from = 0;
        map.len() >= self.least
            && map.iter().all(|(name, value)| {
                let part = self.parts.get(name, &mut from);
                part.is_some_and(|part| part.sees(value))
            })
            && self.required.iter().all(|name| map.contains_key(&**name))
            && (self.beside.iter())
                .all(|(name, other)| !map.contains_key(&**name) || map.contains_key(&**other))
            && (!self.is_date || is_day_if_whole(value))
    }
}

/// Whether a member of a schema is a rule for values: not a title, nor one of the house's own notes.
fn is_rule(name: &str) -> bool {
    let note = name.starts_with("x-") && name != "x-vorm";
    !note && !matches!(name, "title" | "description" | "$schema" | "$id")
}

fn texts(list: &Value) -> Option<Vec<Box<str>>> {
    let texts = list.as_array()?.iter();
    texts.map(|text| Some(text.as_str()?.into())).collect()
}

/// Whether a text has so many characters.
fn fits(text: &str, least: usize, most: usize) -> bool {
    // bytes are never fewer than characters, and one byte is a character
    if text.len() <= most && (least == 0 || least == 1 && !text.is_empty()) {
        return true;
    }
    (least..=most).contains(&text.chars().count())
}

/// Whether no item is there twice, as far as that takes no time to see.
fn surely_differ(values: &[Value]) -> bool {
    const FEW: usize = 16;
    // one number has several spellings
    values.len() < 2
        || values.len() <= FEW
            && values
                .iter()
                .enumerate()
                .all(|(index, value)| value.is_string() && !values[..index].contains(value))
}

/// What a text's form is checked with; none for a form that only the validator knows.
fn form(schema: &Map<String, Value>) -> Option<Form> {
    let text = |name: &str| match schema.get(name) {
        None => Some(None),
        Some(text) => text.as_str().map(Some),
    };
    match (text("pattern")?, text("format")?) {
        (None, None) => Some(|_| true),
        (None, Some("date")) => Some(is_date),
        (None, Some("uuid")) => Some(is_uuid),
        (None, Some("bsn" | "rsin")) => Some(elfproef),
        (None, Some("email")) => Some(is_plain_address),
        (Some("Z$"), Some("date-time")) => Some(is_moment),
        (Some(pattern), None) => with_pattern(pattern),
        _ => None,
    }
}

/// The usual patterns, without a machine.
fn with_pattern(pattern: &str) -> Option<Form> {
    Some(match pattern {
        "^[0-9]{4}$" => |text| are_digits(text, 4),
        "^[0-9]{8}$" => |text| are_digits(text, 8),
        "^[0-9]{12}$" => |text| are_digits(text, 12),
        "^[0-9]{20}$" => |text| are_digits(text, 20),
        "^([0-9]{20}|[0-9]{8})$" => |text| are_digits(text, 20) || are_digits(text, 8),
        "^([01][0-9]|2[0-3]):[0-5][0-9]$" => is_clock_time,
        "^[a-z][a-z0-9-]{0,39}$" => is_word,
        "^[a-z]{3}$" => {
            |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_lowercase())
        }
        "^[+0-9(][0-9 ()/.-]{4,24}$" => is_phone,
        "^[1-9][0-9]{3}([A-RT-Z][A-Z]|S[B-CE-RT-Z])$" => is_postcode,
        "^(/[A-Za-z0-9]{1,64}){1,8}$" => is_pointer,
        _ => return None,
    })
}

fn are_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number of the two digits at an offset.
fn two_digits(text: &[u8], at: usize) -> Option<u8> {
    match text.get(at..)? {
        [tens, ones, ..] if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            Some((tens - b'0') * 10 + (ones - b'0'))
        }
        _ => None,
    }
}

/// Whether the two digits at an offset are a number below another.
fn is_below(text: &[u8], at: usize, limit: u8) -> bool {
    two_digits(text, at).is_some_and(|number| number < limit)
}

fn is_date(text: &str) -> bool {
    let text = text.as_bytes();
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return false;
    }
    let date = || {
        let year = i16::from(two_digits(text, 0)?) * 100 + i16::from(two_digits(text, 2)?);
        let month = i8::try_from(two_digits(text, 5)?).ok()?;
        let day = i8::try_from(two_digits(text, 8)?).ok()?;
        Date::new(year, month, day).ok()
    };
    // of years before our era the validator has its own opinion
    date().is_some_and(|date| date.year() > 0)
}

fn is_clock_time(text: &str) -> bool {
    let text = text.as_bytes();
    text.len() == 5 && text[2] == b':' && is_below(text, 0, 24) && is_below(text, 3, 60)
}

/// A moment in UTC, to the second.
fn is_moment(text: &str) -> bool {
    let Some((date, time)) = text.strip_suffix('Z').and_then(|text| text.split_once('T')) else {
        return false;
    };
    let seconds = time.get(5..).unwrap_or_default().as_bytes();
    is_date(date)
        && is_clock_time(time.get(..5).unwrap_or_default())
        && seconds.len() == 3
        && seconds[0] == b':'
        && is_below(seconds, 1, 60)
}

fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(index, byte)| {
            if matches!(index, 8 | 13 | 18 | 23) {
                *byte == b'-'
            } else {
                matches!(byte, b'0'..=b'9' | b'a'..=b'f')
            }
        })
}

fn is_word(text: &str) -> bool {
    let rest = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=40).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(rest)
}

fn is_phone(text: &str) -> bool {
    let rest = |byte: &u8| byte.is_ascii_digit() || b" ()/.-".contains(byte);
    (5..=25).contains(&text.len())
        && matches!(text.as_bytes()[0], b'+' | b'(' | b'0'..=b'9')
        && text.as_bytes()[1..].iter().all(rest)
}

fn is_postcode(text: &str) -> bool {
    let &[first @ b'1'..=b'9', b, c, d, one, other] = text.as_bytes() else {
        return false;
    };
    let letters = match one {
        b'S' => matches!(other, b'B' | b'C' | b'E'..=b'R' | b'T'..=b'Z'),
        _ => one.is_ascii_uppercase() && other.is_ascii_uppercase(),
    };
    letters && [first, b, c, d].iter().all(u8::is_ascii_digit)
}

/// An e-mail address as nearly all are: words with dots between them, on both sides of the `@`.
pub(crate) fn is_plain_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(at) = bytes.iter().position(|byte| *byte == b'@') else {
        return false;
    };
    let (local, domain) = (&bytes[..at], &bytes[at + 1..]);
    // two dashes in a domain are a way to write other letters
    local.len() <= 64
        && domain.len() <= 180
        && words(local, 64, b"_-+").is_some()
        && words(domain, 63, b"-").is_some_and(|count| count > 1)
        && !domain.windows(2).any(|two| two == b"--")
}

/// How many words with dots between them a text is, each of letters and digits, with some other characters in it.
fn words(text: &[u8], longest: usize, also: &[u8]) -> Option<usize> {
    let (mut count, mut length, mut before) = (0, 0, b'.');
    // the last one ends as the others do
    for byte in text.iter().chain(b".") {
        let ends = *byte == b'.';
        let is_right = if ends {
            before.is_ascii_alphanumeric() && length <= longest
        } else {
            byte.is_ascii_alphanumeric() || length > 0 && also.contains(byte)
        };
        if !is_right {
            return None;
        }
        length = if ends { 0 } else { length + 1 };
        count += usize::from(ends);
        before = *byte;
    }
    Some(count)
}

/// A JSON Pointer of plain names.
fn is_pointer(text: &str) -> bool {
    let Some(steps) = text.strip_prefix('/') else {
        return false;
    };
    let is_step = |step: &str| {
        (1..=64).contains(&step.len()) && step.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let mut count = 0;
    steps.split('/').all(|step| {
        count += 1;
        is_step(step)
    }) && count <= 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::Kind;
    use crate::schema::Schemas;
    use serde_json::json;
    use std::sync::LazyLock;

    static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::embedded().expect("they load"));

    /// Texts of every form, right and wrong.
    const TEXTS: [&str; 76] = [
        "",
        " ",
        "a",
        "A",
        "ab",
        "abc",
        "nld",
        "NL",
        "1234",
        "12345678",
        "01234567890123456789",
        "١٢٣٤",
        "999990019",
        "123456789",
        "2024-02-29",
        "2023-02-29",
        "2024-2-29",
        "0000-01-01",
        "0001-01-01",
        "2024-02-29\n",
        "2024-02-29T10:00:00Z",
        "2024-02-29T23:59:60Z",
        "2024-02-29T24:00:00Z",
        "2024-02-29T10:00:00+01:00",
        "2024-02-29 10:00:00Z",
        "2024-02-29T10:00:00.5Z",
        "2024-02-30T10:00:00Z",
        "09:30",
        "24:00",
        "23:60",
        "9:30",
        "00000000-0000-4000-8000-000000000000",
        "00000000-0000-4000-8000-00000000000g",
        "00000000-0000-4000-8000-00000000000A",
        "1234AB",
        "1234SA",
        "1234SB",
        "1234SD",
        "1234SS",
        "1234ab",
        "0234AB",
        "1234AS",
        "1234SC",
        "+31201234567",
        "(020) 123-45.67/8",
        "0201",
        "02012345678901234567890123",
        "tel 020",
        "a@b.nl",
        "a@",
        "@b.nl",
        "a.b-c_d+e@f-g.voorbeeld.nl",
        "a@b",
        "a@b.1",
        "a@1.2.3.4",
        "a@-b.nl",
        "a@b-.nl",
        "a@b--c.nl",
        "a@xn--b.nl",
        "a@b..nl",
        "a@b.nl.",
        ".a@b.nl",
        "a.@b.nl",
        "a..b@b.nl",
        "a@b@c.nl",
        "a b@c.nl",
        "a@b_c.nl",
        "\"a b\"@c.nl",
        "\u{e9}@b.nl",
        "a@[1.2.3.4]",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl@b.nl",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm@b.nl",
        "a@abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk.nl",
        "a@abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl.nl",
        "gemeente-a",
        "-a",
    ];

    /// Values of every sort, right and wrong, around the limits of the schemas.
    fn values(schema: &Value) -> Vec<Value> {
        let mut values = vec![
            json!(null),
            json!(true),
            json!(1.0),
            json!(1.5),
            json!(-1),
            json!(0),
            json!(u64::MAX),
            json!({}),
            json!([]),
            json!(["a", "a"]),
            json!([1, 1.0]),
            json!({"jaar": 2024}),
            json!({"jaar": 2024, "maand": 2}),
            json!({"jaar": 2023, "maand": 2, "dag": 29}),
            json!({"jaar": 2024, "maand": 2, "dag": 29}),
            json!({"jaar": 2024, "dag": 29}),
            json!({"/a/B1": "geenWaarde"}),
            json!({"a": "x"}),
            json!({"/a//b": "x"}),
        ];
        values.extend(TEXTS.map(Value::from));
        let limits = [
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "minItems",
            "maxItems",
            "maxProperties",
        ];
        for limit in limits.iter().filter_map(|name| schema.get(name)?.as_i64()) {
            for near in [limit - 1, limit, limit + 1] {
                values.push(json!(near));
                let count = usize::try_from(near).unwrap_or_default().min(5_000);
                values.extend(["a", "é", "1"].map(|letter| json!(letter.repeat(count))));
            }
        }
        values.extend(schema.get("enum").and_then(|codes| codes.get(0)).cloned());
        values
    }

    /// Values for a part of a schema, made of those for its own parts.
    fn made(schema: &Value) -> Vec<Value> {
        let mut made = values(schema);
        if let Some(items) = schema.get("items") {
            let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(3);
            for item in self::made(items) {
                let two = vec![item.clone(), item.clone()];
                made.push(Value::Array(two));
                let many = vec![item.clone(); usize::try_from(most).unwrap_or_default() + 1];
                made.push(Value::Array(many));
                made.push(Value::Array(vec![item]));
            }
        }
        let mut whole = Map::new();
        for (name, part) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let parts = self::made(part);
            let validator = compile("", "", part).expect("it compiles");
            let right = parts.iter().find(|value| validator.is_valid(value));
            whole.extend(right.map(|value| (name.clone(), value.clone())));
            made.extend(parts.into_iter().map(|value| json!({ name: value })));
        }
        for name in whole.keys() {
            let mut without = whole.clone();
            without.remove(name);
            made.push(Value::Object(without));
        }
        let mut with_more = whole.clone();
        with_more.insert("x".to_owned(), Value::Null);
        made.extend([whole, with_more].map(Value::Object));
        made
    }

    #[test]
    fn what_is_seen_to_be_right_the_validator_finds_right_too_and_most_of_that_is_seen() {
        let (mut right, mut seen) = (0, 0);
        for kind in Kind::ALL {
            let parts = SCHEMAS
                .raw(kind)
                .get("properties")
                .and_then(Value::as_object);
            for (name, part) in parts.expect("a kind has attributes") {
                let glance = Glance::of(kind.as_str(), name, part);
                let validator = compile(kind.as_str(), name, part).expect("it compiles");
                for value in made(part) {
                    let is_right = validator.is_valid(&value);
                    right += usize::from(is_right);
                    if glance.sees(&value) {
                        seen += 1;
                        assert!(is_right, "{kind} {name} {value}");
                    }
                }
            }
        }
        assert!(
            right > 3_000 && seen * 100 > right * 95,
            "{seen} of {right}"
        );
    }

    #[test]
    fn a_schema_with_a_rule_of_its_own_is_left_to_the_validator() {
        for schema in [
            json!({"type": "string", "pattern": "^b+$"}),
            json!({"type": "integer", "minimum": 1, "maximum": 5, "multipleOf": 2}),
            json!({"type": "array", "items": {"type": "boolean"}, "contains": {"const": true}}),
            json!({"type": "object", "properties": {}, "additionalProperties": true}),
            json!({"const": "a"}),
        ] {
            let glance = Glance::of("", "", &schema);
            assert!(matches!(glance, Glance::Other(Some(_))), "{schema}");
        }
        let even = Glance::of(
            "",
            "",
            &json!({"type": "integer", "minimum": 1, "maximum": 5, "multipleOf": 2}),
        );
        assert!(even.sees(&json!(4)) && !even.sees(&json!(3)));
    }
}
