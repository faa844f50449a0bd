use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::unwritable;
use crate::mapping::letters::plain;
use crate::mapping::letters::trimmed;
use foldhash::fast::RandomState;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Yes and no in the organisation's own words; the first of each goes out.
#[derive(Debug, Clone)]
pub(crate) struct BooleanCodec {
    /// Words for yes; empty: the format's own booleans, or `true`.
    pub yes: Vec<String>,
    /// Words for no.
    pub no: Vec<String>,
    /// Whether capitals do not count.
    pub fold: bool,
}

impl BooleanCodec {
    /// The format's own booleans.
    pub(crate) const PLAIN: Self = Self {
        yes: Vec::new(),
        no: Vec::new(),
        fold: true,
    };

    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        if let Cell::Bool(value) = cell {
            return Ok(Taken::value(Json::Bool(value)));
        }
        let text = trimmed(cell.text());
        let same = |word: &str| {
            let word = plain(word);
            let word = word.trim();
            if self.fold {
                word.eq_ignore_ascii_case(text)
            } else {
                word == text
            }
        };
        let is_in = |words: &[String], plain: &str| {
            if words.is_empty() {
                same(plain)
            } else {
                words.iter().any(|word| same(word))
            }
        };
        if is_in(&self.yes, "true") {
            Ok(Taken::value(Json::Bool(true)))
        } else if is_in(&self.no, "false") {
            Ok(Taken::value(Json::Bool(false)))
        } else {
            Err(Note::of(
                "keuze.onbekend",
                "Dit is geen van de afgesproken woorden voor ja en nee.",
                "This is none of the agreed words for yes and no.",
            ))
        }
    }

    /// The words that are read, with what each means.
    pub(crate) fn words(&self) -> Vec<(&str, bool)> {
        let mut found = Vec::with_capacity(self.yes.len() + self.no.len());
        for (words, plain, value) in [(&self.yes, "true", true), (&self.no, "false", false)] {
            if words.is_empty() {
                found.push((plain, value));
            }
            found.extend(words.iter().map(|word| (word.as_str(), value)));
        }
        found
    }

    /// What a word is read by: two that have this in common are one word.
    pub(crate) fn read_by(&self, word: &str) -> String {
        let word = plain(word).trim().to_owned();
        if self.fold {
            word.to_ascii_lowercase()
        } else {
            word
        }
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let value = value.as_bool().ok_or_else(unwritable)?;
        let words = if value { &self.yes } else { &self.no };
        Ok(words
            .first()
            .map_or(Written::Bool(value), |word| Written::Text(word.clone())))
    }
}

/// What is said of a code that the code table does not know.
pub(crate) const UNKNOWN: &str = "code.onbekend";

/// A code table. Several codes may stand for one value; the first of them goes out.
#[derive(Debug, Clone)]
pub(crate) struct TableCodec {
    codes: HashMap<Box<str>, Json, RandomState>,
    back: Vec<(Json, Box<str>)>,
    /// Where in that list the texts are.
    texts: HashMap<Box<str>, usize, RandomState>,
    fold: bool,
    number: bool,
    one_to_one: bool,
}

impl TableCodec {
    /// A table of organisation codes and canonical values, in order of preference. `number`: a code goes out as a
    /// number where the format has them.
    pub(crate) fn new(codes: &[(String, Json)], fold: bool, number: bool) -> Self {
        let mut back: Vec<(Json, Box<str>)> = Vec::new();
        let mut map = HashMap::default();
        let mut texts = HashMap::default();
        for (code, value) in codes {
            map.entry(folded(code, fold).into_boxed_str())
                .or_insert_with(|| value.clone());
            if !back.iter().any(|(known, _)| known == value) {
                if let Json::String(text) = value {
                    texts.insert(text.as_str().into(), back.len());
                }
                back.push((value.clone(), code.clone().into_boxed_str()));
            }
        }
        let one_to_one = back.len() == codes.len();
        Self {
            codes: map,
            back,
            texts,
            fold,
            number,
            one_to_one,
        }
    }

    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        let text = trimmed(cell.text());
        // A workbook or JSON number 3.0 is the code 3.
        let text = match cell {
            Cell::Number(_) => text.strip_suffix(".0").unwrap_or(text),
            _ => text,
        };
        let found = if self.fold && text.is_ascii() {
            self.codes.get(text.to_ascii_lowercase().as_str())
        } else if self.fold {
            self.codes.get(folded(text, true).as_str())
        } else {
            self.codes.get(text)
        };
        found.cloned().map(Taken::value).ok_or_else(|| {
            Note::of(
                UNKNOWN,
                "Deze code staat niet in de codetabel van de mapping. Vul de tabel aan of verbeter de code.",
                "This code is not in the mapping's code table. Add it to the table or correct the code.",
            )
        })
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written, Note> {
        let found = match value {
            Json::String(text) => self.texts.get(&**text).map(|index| &self.back[*index]),
            _ => self.back.iter().find(|(known, _)| known == value),
        };
        let code = found.map(|(_, code)| str::to_owned(code));
        let code = code.ok_or_else(|| {
            Note::of(
                "uit.code",
                "Het formaat heeft geen code voor deze waarde.",
                "The format has no code for this value.",
            )
        })?;
        Ok(if self.number {
            Written::Number(code)
        } else {
            Written::Text(code)
        })
    }

    /// What a code is read by: two that have this in common are one code.
    pub(crate) fn read_by(code: &str, fold: bool) -> String {
        folded(code, fold)
    }

    /// The codes that are read, as [`TableCodec::read_by`] has them, and whether capitals do not count.
    pub(crate) fn codes(&self) -> (impl Iterator<Item = &str>, bool) {
        (self.codes.keys().map(|code| &**code), self.fold)
    }

    /// The canonical values that the table can say.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Json> {
        self.back.iter().map(|(value, _)| value)
    }

    pub(crate) fn law(&self) -> LawClass {
        if self.one_to_one && !self.fold {
            LawClass::Lossless
        } else {
            LawClass::Normalising
        }
    }
}

fn folded(text: &str, fold: bool) -> String {
    let text = plain(text);
    if fold {
        text.trim().to_lowercase()
    } else {
        text.trim().to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_are_read_in_the_agreed_words_only() {
        let words = BooleanCodec {
            yes: vec!["J".into(), " Ja".into()],
            no: vec!["N".into()],
            fold: true,
        };
        let read = |cell| words.decode(cell).ok().map(|taken| taken.value.unwrap());
        assert_eq!(read(Cell::Text("ja ")), Some(Json::Bool(true)));
        assert_eq!(read(Cell::Text("n")), Some(Json::Bool(false)));
        assert_eq!(read(Cell::Text("true")), None);
        assert_eq!(
            words.encode(&Json::Bool(true)),
            Ok(Written::Text("J".into()))
        );
        assert_eq!(
            BooleanCodec::PLAIN.encode(&Json::Bool(true)),
            Ok(Written::Bool(true))
        );
    }

    #[test]
    fn of_several_codes_for_a_value_the_first_goes_out() {
        let codes = [("Auto", "1"), ("Wagen", "1"), ("NO", "2")]
            .map(|(code, value)| (code.to_owned(), Json::from(value)));
        let table = TableCodec::new(&codes, true, false);
        let read = |text| {
            table
                .decode(Cell::Text(text))
                .map(|taken| taken.value.unwrap())
                .map_err(|note| note.code)
        };
        assert_eq!(read("AUTO"), Ok(Json::from("1")));
        assert_eq!(read("wagen"), Ok(Json::from("1")));
        assert_eq!(read("fiets"), Err("code.onbekend"));
        assert_eq!(
            table.encode(&Json::from("1")),
            Ok(Written::Text("Auto".into()))
        );
        assert_eq!(table.encode(&Json::from("9")).unwrap_err().code, "uit.code");
        assert_eq!(table.law(), LawClass::Normalising);
    }
}
