use crate::document::Sentence;
use crate::schema::Attribute;
use crate::schema::Shape;
use crate::schema::validate::What;

/// The code and the sentence for what is wrong at an attribute. The sentence names the attribute by its title and
/// says the limit or the list; it has no way to reach the value.
pub(super) fn words(what: &What, attribute: Option<&Attribute>) -> (&'static str, Sentence) {
    let (nl, en) = attribute.map_or(("Het record", "The record"), |attribute| {
        (&*attribute.title.nl, &*attribute.title.en)
    });
    let (code, dutch, english) = clause(what, attribute);
    let sentence = Sentence::new(format!("{nl}: {dutch}."), format!("{en}: {english}."));
    (code, sentence)
}

fn clause(what: &What, attribute: Option<&Attribute>) -> (&'static str, String, String) {
    let fixed = |code, nl: &str, en: &str| (code, nl.to_owned(), en.to_owned());
    let (nl, en) = expected(attribute);
    match what {
        What::Missing => fixed(
            "schema.verplicht",
            "is verplicht en ontbreekt",
            "is required and missing",
        ),
        What::Unknown => fixed(
            "schema.onbekend",
            "bevat een attribuut dat het schema niet kent",
            "holds an attribute the schema does not know",
        ),
        What::Type => (
            "schema.soort",
            format!("verwacht {nl}"),
            format!("expects {en}"),
        ),
        What::TooLong(max) => (
            "schema.lengte",
            format!("ten hoogste {max} tekens"),
            format!("at most {max} characters"),
        ),
        What::TooShort(min) => (
            "schema.lengte",
            format!("ten minste {min} tekens"),
            format!("at least {min} characters"),
        ),
        What::TooLarge(max) => (
            "schema.bereik",
            format!("ten hoogste {max}"),
            format!("at most {max}"),
        ),
        What::TooSmall(min) => (
            "schema.bereik",
            format!("ten minste {min}"),
            format!("at least {min}"),
        ),
        What::TooMany(max) => (
            "schema.aantal",
            format!("ten hoogste {max} onderdelen"),
            format!("at most {max} parts"),
        ),
        What::TooFew(min) => (
            "schema.aantal",
            format!("ten minste {min} onderdelen"),
            format!("at least {min} parts"),
        ),
        What::Twice => fixed(
            "schema.dubbel",
            "hetzelfde onderdeel staat er meer dan eens",
            "the same part stands there more than once",
        ),
        What::NotInList => {
            let list = attribute
                .and_then(|attribute| attribute.code_list.as_deref())
                .unwrap_or("WAARDESTATUS"); // the only coded values that are no attributes
            (
                "schema.codelijst",
                format!("staat niet in de codelijst {list}"),
                format!("is not in the code list {list}"),
            )
        }
        What::Form if is_text(attribute) => fixed(
            "schema.vorm",
            "heeft niet de vorm die bij dit gegeven hoort (zie `schemas/`)",
            "does not have the form that this attribute has (see `schemas/`)",
        ),
        What::Form => (
            "schema.vorm",
            format!("heeft niet de vorm van {nl}"),
            format!("does not have the form of {en}"),
        ),
    }
}

/// Whether nothing more is known of an attribute than that it is a text.
fn is_text(attribute: Option<&Attribute>) -> bool {
    expected(attribute).1 == "a text"
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
            _ => ("een tekst", "a text"),
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
