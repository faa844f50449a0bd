//! The words that say nothing of anybody, and the names that may be the datum of somebody.

use crate::canonical::Kind;
use crate::document::words;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::privacy::holds_bsn;
use crate::schema::Schemas;
use crate::tools::mask::moved;
use crate::tools::propose::is_written;
use std::collections::HashSet;

/// Most characters of a word of digits that says nothing.
const INDEX: usize = 2;
/// Most digits of a name that is no datum.
const DIGITS: usize = 7;
/// Names in canonical JSON that are no attributes.
const CANONICAL: [&str; 9] = [
    "jaar",
    "maand",
    "dag",
    "bericht",
    "referentie",
    "verzonden",
    "afzender",
    "waardestatus",
    "nietvertaald",
];
/// Keys of a mapping under which no names of parts stand: what people wrote, invented documents, codes.
const NO_NAMES: [&str; 6] = ["case", "note", "titel", "status", "codes", "const"];
/// Small words in the name of a person.
const PARTICLES: [&str; 20] = [
    "'s", "'t", "aan", "d'", "da", "de", "del", "den", "der", "di", "du", "el", "het", "in", "la",
    "op", "ten", "ter", "van", "von",
];

/// The words of the shared model, in both languages, and those with which mappings name parts.
pub(super) struct Vocabulary(HashSet<String>);

impl Vocabulary {
    /// The words of the shared model.
    pub(super) fn of(schemas: &Schemas) -> Self {
        let mut own: HashSet<String> = CANONICAL.map(str::to_owned).into();
        for kind in Kind::ALL {
            own.insert(kind.as_str().to_lowercase());
            for attribute in schemas.attributes(kind) {
                let path = attribute.path.as_str();
                let texts = [path, &attribute.title.nl, &attribute.title.en];
                own.extend(texts.into_iter().flat_map(words).map(str::to_lowercase));
            }
        }
        Self(own)
    }

    /// With the words of the text of a mapping.
    pub(super) fn with(mut self, mapping: &str) -> Self {
        if let Some(root) = syntax::parse(mapping, &mut Report::new("", mapping)) {
            gather(&root, &mut self.0);
        }
        self
    }

    /// Whether every word of a name is known.
    pub(super) fn has(&self, name: &str) -> bool {
        words(name).all(|word| {
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            self.0.contains(&word.to_lowercase()) || digits && word.len() <= INDEX
        })
    }

    /// Whether what a part, column or sheet is called may be the datum of somebody: a number, a date, an address, the
    /// name of a person.
    pub(super) fn is_data(&self, name: &str) -> bool {
        let name = name.trim();
        !self.has(name) && (is_value(name) || self.is_person(name))
    }

    /// Several words with capitals, of which none is a word for what stands in a field.
    fn is_person(&self, name: &str) -> bool {
        if !name.contains(|c: char| c.is_whitespace() || c == ',') {
            return false;
        }
        let parts = |c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '\u{2019}');
        let all: Vec<&str> = name.split(parts).filter(|part| !part.is_empty()).collect();
        let is_particle = |word: &str| PARTICLES.contains(&word.to_lowercase().as_str());
        let own: Vec<&str> = all
            .iter()
            .copied()
            .filter(|word| !is_particle(word))
            .collect();
        let is_name = |word: &&str| {
            let lower = word.to_lowercase();
            // `d'Hondt`
            let mut parts = word.split(['\'', '\u{2019}']);
            parts.any(|part| part.starts_with(char::is_uppercase))
                && !word.contains(|c: char| c.is_numeric())
                && !self.0.contains(&lower)
                && !is_written(&lower)
        };
        all.len() > 1 && !own.is_empty() && own.iter().all(is_name)
    }
}

/// Whether a text is a number, a date, a postal code or an address, rather than what one of these is called.
pub(super) fn is_value(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.chars().any(char::is_alphabetic);
    text.contains('@') && text.contains('.')
        || digits > DIGITS
        || digits > 0 && !letters
        || is_postcode(text)
        || moved(text, 0, false).is_some()
        || holds_bsn(text)
}

/// Whether a text is a Dutch postal code.
pub(super) fn is_postcode(text: &str) -> bool {
    let code: String = text.split_whitespace().collect();
    let [numbers @ .., first, second] = code.as_bytes() else {
        return false;
    };
    numbers.len() == 4
        && numbers.iter().all(u8::is_ascii_digit)
        && first.is_ascii_alphabetic()
        && second.is_ascii_alphabetic()
}

/// The words of the texts in a table, but for those under keys where no names of parts stand.
fn gather(table: &Table, into: &mut HashSet<String>) {
    for entry in &table.entries {
        if !NO_NAMES.contains(&entry.key.as_str()) {
            gather_from(&entry.item, into);
        }
    }
}

fn gather_from(item: &Item, into: &mut HashSet<String>) {
    match &item.value {
        Toml::Text(text) => into.extend(words(text).map(str::to_lowercase)),
        Toml::List(items) => items.iter().for_each(|item| gather_from(item, into)),
        Toml::Table(table) => gather(table, into),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_may_be_the_datum_of_somebody_is_told_from_what_a_field_is_called() {
        let schemas = Schemas::embedded().expect("the schemas load");
        let vocabulary = Vocabulary::of(&schemas).with("[mapping]\nsource = \"Team West\"");
        for name in [
            "999990019",
            "BSN999990019",
            "klant 9999.90.019",
            "06-12345678",
            "01-02-1990",
            "1-2-90",
            "1990",
            "8331 AB",
            "jan@voorbeeld.nl",
            "Jan Jansen",
            "JAN JANSEN",
            "J. de Vries",
            "Jansen, Piet",
            "Jan van der Berg-Jansen",
            "Geertje d'Hondt",
        ] {
            assert!(vocabulary.is_data(name), "{name}");
        }
        for name in [
            "",
            "BSN",
            "Naam Kandidaat",
            "Datum Van Begin",
            "E-mail Klant",
            "Team West",
            "Kleur",
            "kleur van de fiets",
            "Kleur fiets",
            "Veld 12",
            "12",
            "Tel. 2",
            "naamKlant",
            "Q1",
        ] {
            assert!(!vocabulary.is_data(name), "{name}");
        }
    }
}
