//! Fixed width: the layout of a line, where a value stands in it, and how it is padded.

use crate::adapters::bytes_of;
use crate::document::Charset;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;

/// How long lines are, and which of them are no records.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Characters of a record.
    pub length: usize,
    /// The encoding that is written.
    pub encoding: Charset,
    /// Beginnings of lines before the first record that are skipped.
    pub header: Vec<String>,
    /// Beginnings of lines after the last record that are skipped.
    pub trailer: Vec<String>,
    /// Positions (from 1, both included) that neither a rule names nor `ignore`.
    pub unnamed: Vec<(usize, usize)>,
    /// Positions that `ignore` leaves unread on purpose.
    pub ignored: Vec<(usize, usize)>,
}

impl Layout {
    /// The beginning with which a line opens or closes the file instead of being a record.
    pub(crate) fn around(&self, line: &str) -> Option<&str> {
        let mut beginnings = self.header.iter().chain(&self.trailer);
        beginnings
            .find(|beginning| line.starts_with(beginning.as_str()))
            .map(String::as_str)
    }
}

/// The positions of a value in a line, from 1, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub from: usize,
    pub to: usize,
    pub right: bool,
    /// Padded with zeros instead of spaces.
    pub zeros: bool,
}

impl Slot {
    pub(crate) const fn width(self) -> usize {
        self.to + 1 - self.from
    }

    /// Whether the positions overlap with others.
    pub(crate) const fn overlaps(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// A text at its full width. Nothing is said with spaces, whatever the padding; what is too long stays so.
    pub(crate) fn padded(self, text: &str) -> String {
        let missing = self.width().saturating_sub(text.chars().count());
        let with = if self.zeros && !text.is_empty() {
            "0"
        } else {
            " "
        };
        let padding = with.repeat(missing);
        if self.right {
            padding + text
        } else {
            text.to_owned() + &padding
        }
    }

    /// What stands in the positions without the spaces it was padded with.
    pub(crate) fn bare(self, cell: &str) -> &str {
        if cell.trim().is_empty() {
            ""
        } else if self.right {
            cell.trim_start_matches(' ')
        } else {
            cell.trim_end_matches(' ')
        }
    }

    /// Whether a text can be written here. `returns`: it must read back as it is.
    pub(crate) fn check(
        self,
        text: &str,
        layout: &Layout,
        zeros: bool,
        returns: bool,
    ) -> Result<(), Note> {
        let length = text.chars().count();
        if length > self.width() {
            let width = self.width();
            return Err(Note::with(
                "uit.vorm",
                format!(
                    "De waarde is langer dan de {width} posities die er zijn; zij is niet afgekapt en niet geschreven."
                ),
                format!(
                    "The value is longer than the {width} positions there are; it was not cut and not written."
                ),
            ));
        }
        if text.contains(char::is_control) || bytes_of(text, layout.encoding).is_none() {
            return Err(note!(
                "uit.vorm",
                "De waarde bevat een regeleinde, stuurteken of teken buiten de tekenset van het bestand.",
                "The value holds a line end, a control character or a character outside the file's encoding.",
            ));
        }
        let signed = self.zeros && length < self.width() && text.starts_with(['-', '+']);
        if signed || zeros && returns && without_zeros(&self.padded(text)) != text {
            return Err(note!(
                "uit.vorm",
                "Met nullen ervoor is de waarde niet meer te onderscheiden; zij is niet geschreven.",
                "With zeros before it the value cannot be told any more; it was not written.",
            ));
        }
        Ok(())
    }
}

/// A text without the zeros it was padded with: of `000` one zero is left, and one before a decimal sign.
pub(crate) fn without_zeros(text: &str) -> &str {
    let rest = text.trim_start_matches('0');
    if rest.len() < text.len() && !rest.starts_with(char::is_alphanumeric) {
        &text[text.len() - rest.len() - 1..]
    } else {
        rest
    }
}

/// The positions that none of some ranges covers.
pub(crate) fn uncovered(length: usize, ranges: &mut [(usize, usize)]) -> Vec<(usize, usize)> {
    ranges.sort_unstable();
    let mut gaps = Vec::new();
    let mut next = 1;
    for (from, to) in ranges.iter().copied() {
        if from > next {
            gaps.push((next, from - 1));
        }
        next = next.max(to + 1);
    }
    if next <= length {
        gaps.push((next, length));
    }
    gaps
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;

    const LEFT: Slot = Slot {
        from: 3,
        to: 7,
        right: false,
        zeros: false,
    };
    const ZEROS: Slot = Slot {
        right: true,
        zeros: true,
        ..LEFT
    };

    fn layout() -> Layout {
        Layout {
            length: 10,
            encoding: Charset::Latin1,
            header: Vec::new(),
            trailer: Vec::new(),
            unnamed: Vec::new(),
            ignored: Vec::new(),
        }
    }

    #[test]
    fn a_text_is_padded_on_its_side_and_comes_back() {
        let right = Slot {
            right: true,
            ..LEFT
        };
        for (slot, text, cell) in [
            (LEFT, "ab", "ab   "),
            (LEFT, "één", "één  "),
            (LEFT, "a b", "a b  "),
            (LEFT, "abcde", "abcde"),
            (LEFT, "", "     "),
            (right, "ab", "   ab"),
            (ZEROS, "42", "00042"),
            (ZEROS, "", "     "),
        ] {
            assert_eq!(slot.padded(text), cell);
            let back = slot.bare(cell);
            let back = if slot.zeros {
                without_zeros(back)
            } else {
                back
            };
            assert_eq!(back, text);
        }
    }

    #[test]
    fn of_zeros_those_are_padding_that_stand_before_something() {
        for (text, bare) in [
            ("000", "0"),
            ("0", "0"),
            ("00042", "42"),
            ("000,50", "0,50"),
            ("00A1", "A1"),
            ("", ""),
            ("100", "100"),
        ] {
            assert_eq!(without_zeros(text), bare, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_or_does_not_come_back_is_not_written() {
        for (slot, text, returns, fits) in [
            (LEFT, "abcde", true, true),
            (LEFT, "abcdef", true, false),
            (LEFT, "ééééé", true, true),
            (LEFT, "a\nb", true, false),
            (LEFT, "a€", true, false),
            (ZEROS, "042", true, false),
            (ZEROS, "042", false, true),
            (ZEROS, "00042", true, false),
            (ZEROS, "12345", true, true),
            (ZEROS, "0", true, true),
            (ZEROS, "-42", false, false),
            (ZEROS, "/42", true, false),
        ] {
            let found = slot.check(text, &layout(), slot.zeros, returns);
            assert_eq!(found.is_ok(), fits, "{text}");
            assert!(found.is_ok() || found.unwrap_err().code == "uit.vorm");
        }
    }

    #[test]
    fn positions_that_nothing_names_are_found() {
        assert_eq!(
            uncovered(10, &mut [(4, 5), (1, 2), (4, 5)]),
            [(3, 3), (6, 10)]
        );
        assert_eq!(uncovered(5, &mut [(1, 5)]), []);
        assert_eq!(uncovered(5, &mut []), [(1, 5)]);
    }
}
