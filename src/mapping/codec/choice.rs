use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::note;
use crate::mapping::codec::unwritable;
use crate::mapping::letters::plain;
use crate::mapping::letters::trimmed;
use foldhash::fast::RandomState;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Most characters of a code that goes out as a number, its sign apart.
const DIGITS_MAX: usize = 15;

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
            if !self.fold {
                word == text
            } else if word.is_ascii() && text.is_ascii() {
                word.eq_ignore_ascii_case(text)
            } else {
                folded(word, true) == folded(text, true)
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
            Err(note!(
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
        folded(word, self.fold)
    }

    pub(crate) fn encode<'v>(&'v self, value: &'v Json) -> Result<Written<'v>, Note> {
        let value = value.as_bool().ok_or_else(unwritable)?;
        let words = if value { &self.yes } else { &self.no };
        Ok(words
            .first()
            .map_or(Written::Bool(value), |word| Written::Text(word.into())))
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
        found.cloned().map(Taken::value).ok_or(note!(
                UNKNOWN,
                "Deze code staat niet in de codetabel van de mapping. Vul de tabel aan of verbeter de code.",
                "This code is not in the mapping's code table. Add it to the table or correct the code.",
            ))
    }

    pub(crate) fn encode<'v>(&'v self, value: &'v Json) -> Result<Written<'v>, Note> {
        let found = match value {
            Json::String(text) => self.texts.get(&**text).map(|index| &self.back[*index]),
            _ => self.back.iter().find(|(known, _)| known == value),
        };
        let code = found.map(|(_, code)| &**code);
        let code = code.ok_or(note!(
            "uit.code",
            "Het formaat heeft geen code voor deze waarde.",
            "The format has no code for this value.",
        ))?;
        if !self.number {
            return Ok(Written::Text(code.into()));
        }
        if !is_number(code) {
            return Err(note!(
                "uit.code",
                "Het formaat heeft hier een getal, en de code voor deze waarde is er geen; zij is niet geschreven.",
                "The format has a number here, and the code for this value is none; it was not written.",
            ));
        }
        Ok(Written::Number(code.into()))
    }

    /// The codes that would have to go out as a number, and are none.
    pub(crate) fn no_numbers(&self) -> impl Iterator<Item = &str> {
        let codes = self.back.iter().map(|(_, code)| &**code);
        codes.filter(|code| self.number && !is_number(code))
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

/// Whether a code comes back as it is when it is written as a number: JSON has no zeros in front, a workbook none behind
/// the decimal sign and no more than 15 digits.
fn is_number(code: &str) -> bool {
    let digits = code.strip_prefix('-').unwrap_or(code);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "1"));
    let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits.len() <= DIGITS_MAX && code != "-0";
    all(whole)
        && all(part)
        && (whole == "0" || !whole.starts_with('0'))
        && !part.ends_with('0')
        && fits
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
    fn capitals_do_not_count_where_they_are_folded_accents_or_not() {
        let words = |fold| BooleanCodec {
            yes: vec!["één".into()],
            no: vec!["GEÏND".into()],
            fold,
        };
        for (text, folded, exact) in [
            ("één", Some(true), Some(true)),
            ("Één", Some(true), None),
            ("ÉÉN ", Some(true), None),
            ("geïnd", Some(false), None),
            ("GEÏND", Some(false), Some(false)),
            ("een", None, None),
        ] {
            for (fold, expected) in [(true, folded), (false, exact)] {
                let codec = words(fold);
                let found = codec.decode(Cell::Text(text)).ok();
                let found = found.map(|taken| taken.value.unwrap());
                assert_eq!(found, expected.map(Json::from), "{text} {fold}");
                let key = codec.read_by(text);
                let known = [("één", true), ("GEÏND", false)];
                let known = known
                    .into_iter()
                    .find(|(word, _)| codec.read_by(word) == key);
                assert_eq!(known.map(|(_, value)| value), expected, "{text} {fold}");
            }
            let codes = [("één", true), ("GEÏND", false)]
                .map(|(code, value)| (code.to_owned(), Json::from(value)));
            let table = TableCodec::new(&codes, true, false);
            let found = table.decode(Cell::Text(text)).ok();
            let found = found.map(|taken| taken.value.unwrap());
            assert_eq!(found, folded.map(Json::from), "{text}");
        }
    }

    #[test]
    fn a_code_that_is_no_number_does_not_go_out_as_one() {
        let codes = ["1", "0", "-12", "1.5", "0.05", "123456789012345"];
        let none = [
            "M",
            "",
            "01",
            "-0",
            "1.0",
            "1.",
            ".5",
            "1e5",
            "+1",
            "1,5",
            "1 ",
            "--1",
            "-",
            "1234567890123456",
        ];
        let pair = |code: &&str| ((*code).to_owned(), Json::from(format!("waarde {code}")));
        let pairs: Vec<_> = codes.iter().chain(&none).map(pair).collect();
        let table = TableCodec::new(&pairs, false, true);
        assert_eq!(table.no_numbers().collect::<Vec<_>>(), none);
        let out = |code: &str| {
            let value = Json::from(format!("waarde {code}"));
            let written = table.encode(&value);
            let text = |written: Written<'_>| match written {
                Written::Number(text) => Some(text.into_owned()),
                _ => None,
            };
            written.map(text).map_err(|note| note.code)
        };
        for code in codes {
            assert_eq!(out(code), Ok(Some(code.to_owned())));
        }
        for code in none {
            assert_eq!(out(code), Err("uit.code"), "{code}");
        }
        let text = TableCodec::new(&[("M".to_owned(), Json::from("1"))], false, false);
        assert_eq!(text.no_numbers().count(), 0);
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
