use crate::document::At;
use crate::document::Lang;
use serde::Deserialize;
use serde::Serialize;
use std::fmt::Write;

/// A place in the sender's own file or request, in the terms of its format.
///
/// Names in a place come from the mapping or from the structure of the file. A name that could itself be
/// personal data (many digits, an `@`) is shown as `…`: see [`Place::location`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// The file or request as a whole.
    #[default]
    Whole,
    /// A line and column of a text, where no path is known (a syntax error).
    Text {
        /// Where.
        at: At,
    },
    /// A JSON Pointer (RFC 6901) and where it starts.
    Json {
        /// The pointer, `""` for the whole document.
        pointer: String,
        /// Where.
        at: At,
    },
    /// An absolute `XPath` and where the element starts.
    Xml {
        /// For example `/rei:verwijzing_Di01/rei:object[1]/rei:instrument`.
        xpath: String,
        /// Where.
        at: At,
    },
    /// A cell of a table.
    Cell {
        /// The sheet of a workbook.
        sheet: Option<String>,
        /// Row, from 1, as the sender's program shows it.
        row: u32,
        /// Column, from 1; 0 for the whole row.
        column: u32,
        /// The column's header as the mapping names it.
        header: Option<String>,
    },
    /// Positions of a line of fixed width, from 1, both included.
    Positions {
        /// Line, from 1.
        line: u32,
        /// First position.
        from: u32,
        /// Last position.
        to: u32,
    },
    /// A place in the file that an element of an envelope holds.
    Within {
        /// The `XPath` of that element.
        xpath: String,
        /// Where it starts.
        at: At,
        /// The place in the file itself.
        inner: Box<Place>,
    },
    /// A header of the request.
    Header(String),
    /// A query parameter of the request.
    Query(String),
    /// A pointer into the canonical record, for faults that no single source value explains.
    Record {
        /// `kind/pointer`, for example `verwijzing/instrument`.
        pointer: String,
        /// Which of several records that go into one document, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<usize>,
    },
}

impl Place {
    /// The place as one line a person can follow: a pointer, an `XPath`, or row and column.
    #[must_use]
    pub fn location(&self, lang: Lang) -> String {
        let (row_word, column_word, line_word) = match lang {
            Lang::Nl => ("rij", "kolom", "regel"),
            Lang::En => ("row", "column", "line"),
        };
        match self {
            Self::Whole => String::new(),
            Self::Text { at } => format!("{line_word} {}, {column_word} {}", at.line, at.column),
            Self::Json { pointer, .. } => discreet(pointer),
            Self::Record { pointer, number } => match number {
                Some(number) => format!("record {number}, {}", discreet(pointer)),
                None => discreet(pointer),
            },
            Self::Xml { xpath, .. } => discreet(xpath),
            Self::Cell {
                sheet,
                row,
                column,
                header,
            } => {
                let mut text = String::new();
                if let Some(sheet) = sheet {
                    text.push_str(&discreet(sheet));
                    text.push_str(": ");
                }
                let _ = write!(text, "{row_word} {row}");
                if *column > 0 {
                    let _ = write!(text, ", {column_word} {}", column_letters(*column));
                }
                if let Some(header) = header {
                    let _ = write!(text, " ({header})");
                }
                text
            }
            Self::Positions { line, from, to } => {
                let positions = match lang {
                    Lang::Nl => "posities",
                    Lang::En => "positions",
                };
                format!("{line_word} {line}, {positions} {from}-{to}")
            }
            Self::Within { xpath, inner, .. } => {
                let outer = discreet(xpath);
                match inner.location(lang).as_str() {
                    "" => outer,
                    inner => format!("{outer} > {inner}"),
                }
            }
            Self::Header(name) | Self::Query(name) => name.clone(),
        }
    }

    /// Hides the steps of a path with a word that is not known: what a sender calls things may be personal data too, as
    /// in a file that is keyed by people's names. Line and column still tell where it is. Numbers of items stay.
    pub fn veil(&mut self, mut known: impl FnMut(&str) -> bool) {
        // What an envelope is made of stands in the mapping.
        if let Self::Within { inner, .. } = self {
            return inner.veil(known);
        }
        let (Self::Json { pointer: path, .. } | Self::Xml { xpath: path, .. }) = self else {
            return;
        };
        let mut shown = |step: &str| words(step).all(|word| is_index(word) || known(word));
        let steps: Vec<&str> = path
            .split('/')
            .map(|step| if shown(step) { step } else { HIDDEN })
            .collect();
        *path = steps.join("/");
    }

    /// The same place in a file that an element of an envelope holds.
    #[must_use]
    pub fn within(self, xpath: &str, at: At) -> Self {
        Self::Within {
            xpath: xpath.to_owned(),
            at,
            inner: Box::new(self),
        }
    }

    /// The place in the file itself, without the envelope it came in.
    #[must_use]
    pub fn innermost(&self) -> &Self {
        match self {
            Self::Within { inner, .. } => inner.innermost(),
            own => own,
        }
    }

    /// Which of several records it is in, where that is known.
    #[must_use]
    pub const fn record(&self) -> Option<usize> {
        match self {
            Self::Record { number, .. } => *number,
            _ => None,
        }
    }

    /// Says which of several records it is in.
    pub fn number(&mut self, of: usize) {
        if let Self::Record { number, .. } = self {
            *number = Some(of);
        }
    }

    /// Which part of the request the place is in, as the error format of the NLgov API design rules names it.
    #[must_use]
    pub const fn part(&self) -> &'static str {
        match self {
            Self::Header(_) => "header",
            Self::Query(_) => "query",
            _ => "body",
        }
    }

    /// The row of a table, as a spreadsheet program counts: a cell with a line end in it does not begin another. None for a
    /// place in a text.
    #[must_use]
    pub fn row(&self) -> Option<u32> {
        match self.innermost() {
            Self::Cell { row, .. } => Some(*row),
            _ => None,
        }
    }

    /// Line (or, of a table, row) and column, where known.
    #[must_use]
    pub fn at(&self) -> Option<At> {
        match self {
            Self::Text { at } | Self::Json { at, .. } | Self::Xml { at, .. } if at.line > 0 => {
                Some(*at)
            }
            Self::Within { at, inner, .. } => inner.at().or(Some(*at).filter(|at| at.line > 0)),
            Self::Cell { row, column, .. } => Some(At::new(*row, *column)),
            Self::Positions { line, from, .. } => Some(At::new(*line, *from)),
            _ => None,
        }
    }
}

/// What stands in a place where a name is not shown.
const HIDDEN: &str = "…";
/// Digits of the largest number of an item; more may be a number of somebody.
const INDEX_DIGITS: usize = 7;

/// The words of a text: letters, digits, `_` and `-`; all else parts them.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
        .filter(|word| !word.is_empty())
}

fn is_index(word: &str) -> bool {
    word.len() <= INDEX_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Column letters as spreadsheet programs show them: 1 is `A`, 27 is `AA`.
#[must_use]
pub fn column_letters(mut column: u32) -> String {
    let mut letters = Vec::new();
    while column > 0 {
        column -= 1;
        letters.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        column /= 26;
    }
    letters.iter().rev().collect()
}

/// A path whose steps that look like data (eight digits or more, an `@`) are masked: a sender who uses a BSN as
/// a member name must not find it back in an error or a log line.
fn discreet(path: &str) -> String {
    let looks_like_data = |step: &str| {
        step.contains('@') && step.contains('.')
            || step.bytes().filter(u8::is_ascii_digit).count() >= 8
    };
    if !path.split('/').any(looks_like_data) {
        return path.to_owned();
    }
    path.split('/')
        .map(|step| if looks_like_data(step) { HIDDEN } else { step })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_a_spreadsheet_shows_them() {
        for (column, letters) in [
            (1, "A"),
            (26, "Z"),
            (27, "AA"),
            (35, "AI"),
            (702, "ZZ"),
            (703, "AAA"),
        ] {
            assert_eq!(column_letters(column), letters);
        }
    }

    #[test]
    fn a_member_name_that_holds_a_number_is_not_shown() {
        let place = Place::Json {
            pointer: "/klanten/999990019/naam".to_owned(),
            at: At::new(1, 1),
        };
        assert_eq!(place.location(Lang::Nl), "/klanten/…/naam");
    }

    #[test]
    fn a_veiled_path_shows_known_words_and_numbers_of_items_only() {
        let known = |word: &str| ["rei", "object", "klant", "naam"].contains(&word);
        let veiled = |mut place: Place| {
            place.veil(known);
            place.location(Lang::Nl)
        };
        let at = At::new(3, 1);
        for (path, shown) in [
            ("/rei:object[2]/rei:naam", "/rei:object[2]/rei:naam"),
            ("/rei:object/rei:Jansen/@naam", "/rei:object/…/@naam"),
            ("/Jansen:object", "/…"),
            ("", ""),
        ] {
            let xpath = path.to_owned();
            assert_eq!(veiled(Place::Xml { xpath, at }), shown);
        }
        for (path, shown) in [
            ("/klant/0/naam", "/klant/0/naam"),
            ("/klant/12345678/naam", "/klant/…/naam"),
            ("/klant naam", "/klant naam"),
            ("/naam@klant.nl", "/…"),
        ] {
            let pointer = path.to_owned();
            assert_eq!(veiled(Place::Json { pointer, at }), shown);
        }
    }
}
