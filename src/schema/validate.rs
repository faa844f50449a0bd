use crate::canonical::Record;
use crate::canonical::elfproef;
use crate::document::Sentence;
use crate::schema::Attribute;
use crate::schema::SchemaError;
use crate::schema::Shape;
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
    attributes: HashMap<String, Validator>,
    /// The rules between attributes (`if` and `then`), of the few kinds that have one.
    whole: Option<Validator>,
}

/// Something wrong, before it is put into words.
pub(super) struct Finding {
    pointer: String,
    what: What,
}

enum What {
    Missing,
    Unknown,
    Type,
    TooLong(u64),
    TooShort(u64),
    TooLarge(String),
    TooSmall(String),
    TooMany(u64),
    TooFew(u64),
    Twice,
    NotInList,
    Form,
    Rule,
}

impl Checks {
    /// Compiles the checks of an expanded schema.
    pub(super) fn compile(file: &str, schema: &Value) -> Result<Self, SchemaError> {
        let mut attributes = HashMap::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, part) in properties.into_iter().flatten() {
            attributes.insert(name.clone(), compile(file, name, part)?);
        }
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

    /// Hands over everything that is wrong.
    pub(super) fn run(
        &self,
        record: &Record,
        how: Completeness,
        required: &[String],
        found: &mut dyn FnMut(Finding),
    ) {
        if how == Completeness::Complete {
            for name in required.iter().filter(|name| !record.contains_key(*name)) {
                found(Finding::at(format!("/{name}"), What::Missing));
            }
        }
        for (name, value) in record {
            match self.attributes.get(name) {
                None => found(Finding::at(child("", name), What::Unknown)),
                Some(validator) if validator.is_valid(value) => {}
                Some(validator) => {
                    let at = child("", name);
                    validator
                        .iter_errors(value)
                        .for_each(|error| findings(&at, &error, found));
                }
            }
        }
        if let (Some(whole), Completeness::Complete) = (&self.whole, how) {
            let record = Value::Object(record.clone());
            whole
                .iter_errors(&record)
                .for_each(|error| findings("", &error, found));
        }
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
            ValidationErrorKind::Pattern { .. }
            | ValidationErrorKind::Format { .. }
            | ValidationErrorKind::PropertyNames { .. }
            | ValidationErrorKind::Custom { .. } => What::Form,
            _ => What::Rule,
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

fn words(what: &What, attribute: Option<&Attribute>) -> (&'static str, Sentence) {
    let (nl, en) = attribute.map_or(("Het record", "The record"), |attribute| {
        (&*attribute.title.nl, &*attribute.title.en)
    });
    let say = |dutch: String, english: String| {
        Sentence::new(format!("{nl}: {dutch}."), format!("{en}: {english}."))
    };
    match what {
        What::Missing => (
            "schema.verplicht",
            say(
                "is verplicht en ontbreekt".into(),
                "is required and missing".into(),
            ),
        ),
        What::Unknown => (
            "schema.onbekend",
            say(
                "bevat een attribuut dat het schema niet kent".into(),
                "holds an attribute the schema does not know".into(),
            ),
        ),
        What::Type => {
            let (dutch, english) = expected(attribute);
            (
                "schema.soort",
                say(format!("verwacht {dutch}"), format!("expects {english}")),
            )
        }
        What::TooLong(limit) => (
            "schema.lengte",
            say(
                format!("ten hoogste {limit} tekens"),
                format!("at most {limit} characters"),
            ),
        ),
        What::TooShort(limit) => (
            "schema.lengte",
            say(
                format!("ten minste {limit} tekens"),
                format!("at least {limit} characters"),
            ),
        ),
        What::TooLarge(limit) => (
            "schema.bereik",
            say(format!("ten hoogste {limit}"), format!("at most {limit}")),
        ),
        What::TooSmall(limit) => (
            "schema.bereik",
            say(format!("ten minste {limit}"), format!("at least {limit}")),
        ),
        What::TooMany(limit) => (
            "schema.aantal",
            say(
                format!("ten hoogste {limit} onderdelen"),
                format!("at most {limit} parts"),
            ),
        ),
        What::TooFew(limit) => (
            "schema.aantal",
            say(
                format!("ten minste {limit} onderdelen"),
                format!("at least {limit} parts"),
            ),
        ),
        What::Twice => (
            "schema.dubbel",
            say(
                "hetzelfde onderdeel staat er meer dan eens".into(),
                "the same part stands there more than once".into(),
            ),
        ),
        What::NotInList => {
            let list = attribute
                .and_then(|a| a.code_list.as_deref())
                .unwrap_or("schema");
            (
                "schema.codelijst",
                say(
                    format!("staat niet in de codelijst {list}"),
                    format!("is not in the code list {list}"),
                ),
            )
        }
        What::Form => {
            let (dutch, english) = expected(attribute);
            (
                "schema.vorm",
                say(
                    format!("heeft niet de vorm van {dutch}"),
                    format!("does not have the form of {english}"),
                ),
            )
        }
        What::Rule => (
            "schema.regel",
            say(
                "voldoet niet aan het schema".into(),
                "does not follow the schema".into(),
            ),
        ),
    }
}

/// What belongs at an attribute, in words.
fn expected(attribute: Option<&Attribute>) -> (&'static str, &'static str) {
    let Some(attribute) = attribute else {
        return ("een object", "an object");
    };
    match attribute.shape {
        Shape::Text { .. } => match attribute.name() {
            "bsn" => ("een BSN", "a BSN"),
            "rsin" => ("een RSIN", "an RSIN"),
            "oin" => ("een OIN", "an OIN"),
            "postcode" => ("een postcode, 1234AB", "a Dutch postcode, 1234AB"),
            _ => ("deze tekst", "this text"),
        },
        Shape::Integer { .. } => ("een geheel getal", "a whole number"),
        Shape::Boolean => ("ja of nee", "true or false"),
        Shape::Date => ("een datum, jjjj-mm-dd", "a date, yyyy-mm-dd"),
        Shape::PartialDate => (
            "een (deels bekende) datum met jaar, maand en dag",
            "a (partly known) date with jaar, maand and dag",
        ),
        Shape::Timestamp => (
            "een tijdstip in UTC, jjjj-mm-ddTuu:mm:ssZ",
            "a moment in UTC, yyyy-mm-ddThh:mm:ssZ",
        ),
        Shape::ClockTime => ("een tijd, uu:mm", "a time, hh:mm"),
        Shape::Uuid => ("een UUID", "a UUID"),
        Shape::Code(_) => ("een code", "a code"),
        Shape::List => ("een lijst", "a list"),
        Shape::Object => ("een object", "an object"),
    }
}

fn compile(file: &str, at: &str, schema: &Value) -> Result<Validator, SchemaError> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
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

/// `x-vorm: onvolledigeDatum`: year, month and day, as far as given, exist in the calendar.
#[allow(clippy::needless_pass_by_value)] // the signature is the validator's
fn form<'a>(
    _: &'a Map<String, Value>,
    form: &'a Value,
    _: Location,
) -> Result<AnyKeyword, ValidationError<'a>> {
    Ok(Box::new(Form {
        partial_date: form == "onvolledigeDatum",
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
        let part = |name: &str| instance.get(name).and_then(Value::as_i64);
        let (Some(year), Some(month), Some(day)) = (part("jaar"), part("maand"), part("dag"))
        else {
            return true;
        };
        let date = i16::try_from(year).ok().and_then(|year| {
            let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            jiff::civil::Date::new(year, month, day).ok()
        });
        !self.partial_date || date.is_some()
    }
}
