use crate::canonical::Record;
use crate::canonical::elfproef;
use crate::document::Sentence;
use crate::schema::Attribute;
use crate::schema::SchemaError;
use crate::schema::StandsAlone;
use crate::schema::glance::Glance;
use crate::schema::named::Named;
use crate::schema::texts::any_in;
use crate::schema::tree::Tree;
use crate::schema::words::words;
use jsonschema::Keyword;
use jsonschema::ValidationError;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use jsonschema::paths::Location;
use serde_json::Map;
use serde_json::Value;
use std::collections::HashMap;

/// Whether a record must be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Every required attribute is there.
    Complete,
    /// Only what changed is there: the record's own `required` is left aside; that of its groups holds.
    Partial,
}

/// One thing that is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON Pointer within the record, to the value that is wrong or the member that is missing.
    pub pointer: String,
    /// A stable code; the module's documentation lists them.
    pub code: &'static str,
    /// What is wrong: the attribute by its title, and the limit or the list. Never the value.
    pub sentence: Sentence,
}

/// The validators of one kind: one for each attribute of the record, so that a record is checked where it stands
/// (a validator takes a JSON value, a record is a map) and a partial record by the same ones.
pub(super) struct Checks {
    attributes: Named<Check>,
    /// The rules between attributes (`if` and `then`), of the few kinds that have one.
    whole: Option<Validator>,
}

/// How one attribute is checked.
struct Check {
    /// Whether its value is right can mostly be seen at a glance.
    glance: Option<Glance>,
    validator: Validator,
    /// The texts that it is, or holds, each with the index of its attribute.
    texts: Option<Tree<usize>>,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Check(..)")
    }
}

impl Check {
    /// Whether a value is right, or is surely so as far as that can be seen.
    fn sees(&self, value: &Value) -> bool {
        let glance = self.glance.as_ref();
        glance.map_or_else(
            || self.validator.is_valid(value),
            |glance| glance.sees(value),
        )
    }
}

/// What one attribute takes, of a value that is judged by itself: its type, form, length, bounds and codes.
#[derive(Debug)]
pub struct Limits {
    check: Check,
    attribute: Attribute,
}

impl Limits {
    /// The limits that a part of a schema sets to an attribute.
    pub(super) fn of(file: &str, part: &Value, attribute: &Attribute) -> Option<Self> {
        let check = Check {
            glance: Glance::known(file, &attribute.path, part),
            validator: compile(file, &attribute.path, part).ok()?,
            texts: None,
        };
        Some(Self {
            check,
            attribute: attribute.clone(),
        })
    }

    /// The first thing that is wrong with a value; none when it is right. The pointer is within the value.
    #[must_use]
    pub fn wrong(&self, value: &Value) -> Option<Violation> {
        if self.check.sees(value) {
            return None;
        }
        let mut first = None;
        for error in self.check.validator.iter_errors(value) {
            findings("", &error, &mut |finding| {
                first.get_or_insert(finding);
            });
        }
        first.map(|finding| finding.violation(|_| Some(&self.attribute)))
    }
}

/// Something wrong, before it is put into words.
pub(super) struct Finding {
    pointer: String,
    what: What,
}

pub(super) enum What {
    /// A required member is not there.
    Missing,
    /// A member the schema does not know.
    Unknown,
    /// A value of another type.
    Type,
    /// More characters than this.
    TooLong(u64),
    /// Fewer characters than this.
    TooShort(u64),
    /// A number above this.
    TooLarge(String),
    /// A number below this.
    TooSmall(String),
    /// More items or members than this.
    TooMany(u64),
    /// Fewer items or members than this.
    TooFew(u64),
    /// The same item twice.
    Twice,
    /// Not a code of the list.
    NotInList,
    /// Not a date, number or identifier of the agreed form.
    Form,
}

impl Checks {
    /// Compiles the checks of an expanded schema. `texts` are those of its attributes that hold text.
    pub(super) fn compile(
        file: &str,
        schema: &Value,
        texts: Tree<usize>,
    ) -> Result<Self, SchemaError> {
        let mut texts: HashMap<Box<str>, Tree<usize>> = texts.into_parts().collect();
        let mut attributes = Vec::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, part) in properties.into_iter().flatten() {
            let check = Check {
                glance: Glance::known(file, name, part),
                validator: compile(file, name, part)?,
                texts: texts.remove(name.as_str()),
            };
            attributes.push((Box::from(&**name), check));
        }
        let attributes = Named::new(attributes);
        let mut between = Map::new();
        for keyword in ["if", "then", "else"] {
            if let Some(rule) = schema.get(keyword) {
                between.insert(keyword.to_owned(), rule.clone());
            }
        }
        let whole = if between.is_empty() {
            None
        } else {
            Some(compile(file, "", &Value::Object(between))?)
        };
        Ok(Self { attributes, whole })
    }

    /// Hands over everything that is wrong. Whether something is so of any text, given with the index of its attribute.
    pub(super) fn run(
        &self,
        record: &Record,
        how: Completeness,
        required: &[String],
        found: &mut dyn FnMut(Finding),
        is_so: &mut dyn FnMut(&usize, &str) -> bool,
    ) -> bool {
        let mut any = false;
        if how == Completeness::Complete {
            for name in required.iter().filter(|name| !record.contains_key(*name)) {
                found(Finding::at(format!("/{name}"), What::Missing));
            }
        }
        let mut from = 0;
        for (name, value) in record {
            let check = self.attributes.get(name, &mut from);
            let texts = check.and_then(|check| check.texts.as_ref());
            any = any || texts.is_some_and(|texts| any_in(texts, value, is_so));
            match check {
                None => found(Finding::at(child("", name), What::Unknown)),
                Some(check) if check.sees(value) => {}
                Some(check) => {
                    let at = child("", name);
                    let errors = check.validator.iter_errors(value);
                    errors.for_each(|error| findings(&at, &error, found));
                }
            }
        }
        if let (Some(whole), Completeness::Complete) = (&self.whole, how) {
            let record = Value::Object(record.clone());
            whole
                .iter_errors(&record)
                .for_each(|error| findings("", &error, found));
        }
        any
    }
}

/// What an error of the validator means. Its own text quotes values and is never used.
fn findings(base: &str, error: &ValidationError<'_>, found: &mut dyn FnMut(Finding)) {
    let at = format!("{base}{}", error.instance_path());
    let what =
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                return found(Finding::at(child(&at, name), What::Missing));
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    found(Finding::at(child(&at, name), What::Unknown));
                }
                return;
            }
            ValidationErrorKind::Type { .. } => What::Type,
            ValidationErrorKind::MaxLength { limit } => What::TooLong(*limit),
            ValidationErrorKind::MinLength { limit } => What::TooShort(*limit),
            ValidationErrorKind::Maximum { limit } => What::TooLarge(limit.to_string()),
            ValidationErrorKind::Minimum { limit } => What::TooSmall(limit.to_string()),
            ValidationErrorKind::MaxItems { limit }
            | ValidationErrorKind::MaxProperties { limit } => What::TooMany(*limit),
            ValidationErrorKind::MinItems { limit }
            | ValidationErrorKind::MinProperties { limit } => What::TooFew(*limit),
            ValidationErrorKind::UniqueItems => What::Twice,
            ValidationErrorKind::Enum { .. } => What::NotInList,
            // patterns, formats, names of members, and checks of our own: the schemas use no other keywords
            _ => What::Form,
        };
    found(Finding::at(at, what));
}

impl Finding {
    const fn at(pointer: String, what: What) -> Self {
        Self { pointer, what }
    }

    /// Puts it into words, with the attribute that stands at a pointer.
    pub(super) fn violation<'a>(
        self,
        attribute_at: impl Fn(&str) -> Option<&'a Attribute>,
    ) -> Violation {
        let parent = self.pointer.rsplit_once('/').map_or("", |(head, _)| head);
        let attribute = match self.what {
            What::Unknown => attribute_at(parent),
            _ => attribute_at(&self.pointer),
        };
        let (code, sentence) = words(&self.what, attribute);
        Violation {
            pointer: self.pointer,
            code,
            sentence,
        }
    }
}

pub(super) fn compile(file: &str, at: &str, schema: &Value) -> Result<Validator, SchemaError> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_retriever(StandsAlone)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format("bsn", elfproef)
        .with_format("rsin", elfproef)
        .with_keyword("x-vorm", form)
        .build(schema)
        .map_err(|error| SchemaError::Rule {
            file: file.to_owned(),
            at: at.to_owned(),
            reason: error.to_string(),
        })
}

/// A member below a pointer (RFC 6901).
fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

type AnyKeyword = Box<dyn for<'i> Keyword<'i>>;

/// What `x-vorm` says of a date of which parts may be unknown.
pub(super) const PARTIAL_DATE: &str = "onvolledigeDatum";

/// `x-vorm: onvolledigeDatum`: year, month and day, as far as given, exist in the calendar.
#[allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)] // the signature is the validator's
fn form<'a>(
    _: &'a Map<String, Value>,
    form: &'a Value,
    _: Location,
) -> Result<AnyKeyword, ValidationError<'a>> {
    Ok(Box::new(Form {
        partial_date: form == PARTIAL_DATE,
    }))
}

struct Form {
    partial_date: bool,
}

impl<'i> Keyword<'i> for Form {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if <Self as Keyword<'i>>::is_valid(self, instance) {
            Ok(())
        } else {
            Err(ValidationError::custom("not a day of the calendar"))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        !self.partial_date || is_day_if_whole(instance)
    }
}

/// Whether a date with all its parts is a day of the calendar.
pub(super) fn is_day_if_whole(date: &Value) -> bool {
    let part = |name: &str| date.get(name).and_then(Value::as_i64);
    let (Some(year), Some(month), Some(day)) = (part("jaar"), part("maand"), part("dag")) else {
        return true;
    };
    let date = i16::try_from(year).ok().and_then(|year| {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        jiff::civil::Date::new(year, month, day).ok()
    });
    date.is_some()
}
