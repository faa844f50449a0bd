use crate::canonical::elfproef;
use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::note;
use crate::mapping::codec::text_of;
use crate::mapping::letters::trimmed;
use serde_json::Value as Json;

/// A number that a register gave to an organisation; digits, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Register {
    /// Of legal persons (RSIN).
    Rsin,
    /// Of organisations in government messages (OIN); its prefix says which register the rest is of.
    Oin,
    /// Of the Chamber of Commerce.
    Kvk,
    /// Of care providers.
    Agb,
}

impl Register {
    /// Every register by its name in the language.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("rsin", Self::Rsin),
        ("oin", Self::Oin),
        ("kvk", Self::Kvk),
        ("agb", Self::Agb),
    ];

    /// Digits of a number.
    pub(crate) const fn width(self) -> usize {
        match self {
            Self::Rsin => 9,
            Self::Oin => 20,
            Self::Kvk | Self::Agb => 8,
        }
    }

    /// The fewest digits that are read: the zeros that a spreadsheet took away are put back, those that a person left
    /// out of a text only where that is one and the number is known to be written so.
    const fn least(self, cell: Cell<'_>) -> usize {
        match (self, cell) {
            // 20 digits are more than a number cell can hold.
            (Self::Oin, _) => 20,
            (_, Cell::Number(_)) => 1,
            (Self::Rsin | Self::Kvk, _) => self.width() - 1,
            (Self::Agb, _) => self.width(),
        }
    }

    pub(crate) fn decode(self, cell: Cell<'_>) -> Result<Taken, Note> {
        let text = trimmed(cell.text());
        let digits = match cell {
            Cell::Number(_) => text.strip_suffix(".0").unwrap_or(text),
            _ => text,
        };
        let width = self.width();
        if !(self.least(cell)..=width).contains(&digits.len()) {
            return Err(self.malformed());
        }
        let padded = format!("{digits:0>width$}");
        self.check(&padded)?;
        let remark = (digits.len() < width).then(|| self.completed()).flatten();
        Ok(Taken::text(padded).noting(remark))
    }

    /// Writes the number; one that could not be read back is not written.
    pub(crate) fn encode(self, value: &Json) -> Result<Written<'_>, Note> {
        let text = text_of(value)?;
        if text.len() == self.width() && self.check(text).is_ok() {
            return Ok(Written::Text(text.into()));
        }
        Err(note!(
            "uit.vorm",
            "De waarde is geen nummer van het register dat deze regel schrijft.",
            "The value is no number of the register that this rule writes.",
        ))
    }

    fn check(self, digits: &str) -> Result<(), Note> {
        let nothing = digits.bytes().all(|b| b == b'0');
        if nothing || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(self.malformed());
        }
        if self == Self::Rsin && !elfproef(digits) {
            return Err(note!(
                "rsin.elfproef",
                "Dit RSIN voldoet niet aan de elfproef; waarschijnlijk is het een typefout.",
                "This RSIN fails the 11-test; it is probably mistyped.",
            ));
        }
        Ok(())
    }

    const fn malformed(self) -> Note {
        match self {
            Self::Rsin => note!(
                "rsin.vorm",
                "Een RSIN heeft negen cijfers, zonder punten of spaties.",
                "An RSIN has nine digits, without dots or spaces.",
            ),
            Self::Oin => note!(
                "oin.vorm",
                "Een OIN heeft twintig cijfers, met alle nullen vooraan; een werkmap bewaart het alleen als tekst.",
                "An OIN has twenty digits, with all its leading zeros; a workbook keeps it as text only.",
            ),
            Self::Kvk => note!(
                "kvk.vorm",
                "Een KvK-nummer heeft acht cijfers, zonder punten of spaties.",
                "A Chamber of Commerce number has eight digits, without dots or spaces.",
            ),
            Self::Agb => note!(
                "agb.vorm",
                "Een AGB-code heeft acht cijfers, zonder punten of spaties.",
                "An AGB code has eight digits, without dots or spaces.",
            ),
        }
    }

    fn completed(self) -> Option<Note> {
        let code = match self {
            Self::Rsin => "rsin.aangevuld",
            Self::Oin => return None, // never shorter
            Self::Kvk => "kvk.aangevuld",
            Self::Agb => "agb.aangevuld",
        };
        Some(Note::with(
            code,
            "Het nummer miste voorloopnullen; die zijn teruggezet.",
            "The number lacked leading zeros; they were put back.",
        ))
    }

    pub(crate) const fn law(self) -> LawClass {
        match self {
            Self::Oin => LawClass::Lossless,
            _ => LawClass::Normalising,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::Register::Agb;
    use super::Register::Kvk;
    use super::Register::Oin;
    use super::Register::Rsin;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_has_all_its_digits_or_gets_back_what_a_spreadsheet_took() {
        let oin = "00000099123456780000";
        for (register, cell, expect, remark) in [
            (Rsin, Cell::Text("123456782"), Ok("123456782"), None),
            (Rsin, Cell::Text("123456789"), Err("rsin.elfproef"), None),
            (Rsin, Cell::Text("1234567"), Err("rsin.vorm"), None),
            (
                Rsin,
                Cell::Number("9999905"),
                Ok("009999905"),
                Some("rsin.aangevuld"),
            ),
            (Rsin, Cell::Number("0"), Err("rsin.vorm"), None),
            (Oin, Cell::Text(" 00000099123456780000 "), Ok(oin), None),
            (Oin, Cell::Text("99123456780000"), Err("oin.vorm"), None),
            (Oin, Cell::Number("99123456780000"), Err("oin.vorm"), None),
            (Oin, Cell::Number("9.912345678e13"), Err("oin.vorm"), None),
            (
                Oin,
                Cell::Text("00000000000000000000"),
                Err("oin.vorm"),
                None,
            ),
            (Kvk, Cell::Text("01234567"), Ok("01234567"), None),
            (
                Kvk,
                Cell::Text("1234567"),
                Ok("01234567"),
                Some("kvk.aangevuld"),
            ),
            (Kvk, Cell::Text("123456"), Err("kvk.vorm"), None),
            (
                Kvk,
                Cell::Number("123456.0"),
                Ok("00123456"),
                Some("kvk.aangevuld"),
            ),
            (Kvk, Cell::Text("1234.5678"), Err("kvk.vorm"), None),
            (Kvk, Cell::Text("123456789"), Err("kvk.vorm"), None),
            (Kvk, Cell::Text("00000000"), Err("kvk.vorm"), None),
            (Agb, Cell::Text("03012345"), Ok("03012345"), None),
            (Agb, Cell::Text("3012345"), Err("agb.vorm"), None),
            (
                Agb,
                Cell::Number("3012345"),
                Ok("03012345"),
                Some("agb.aangevuld"),
            ),
            (Agb, Cell::Bool(true), Err("agb.vorm"), None),
        ] {
            let taken = register.decode(cell).map_err(|note| note.code);
            let said = taken.as_ref().ok().and_then(|taken| taken.remark.clone());
            assert_eq!(said.map(|note| note.code), remark, "{}", cell.text());
            let value = taken.map(|taken| taken.value.unwrap());
            assert_eq!(value, expect.map(Json::from), "{}", cell.text());
        }
    }

    #[test]
    fn what_is_no_number_of_the_register_is_not_written() {
        for (register, value) in [
            (Kvk, Json::from("00000099123456780000")),
            (Oin, Json::from("12345678")),
            (Rsin, Json::from("123456789")),
            (Agb, Json::from("3012345")),
            (Agb, Json::from(3_012_345)),
        ] {
            assert_eq!(register.encode(&value).unwrap_err().code, "uit.vorm");
        }
    }

    proptest! {
        /// What was read is written with all its digits, and reads the same again without a remark.
        #[test]
        fn a_number_that_was_read_comes_back_as_it_was(text in "[0-9]{1,21}", which in 0..4_usize, number in any::<bool>()) {
            let register = Register::ALL[which].1;
            let cell = if number { Cell::Number(&text) } else { Cell::Text(&text) };
            if let Ok(taken) = register.decode(cell) {
                let value = taken.value.unwrap();
                let written = register.encode(&value).unwrap();
                prop_assert_eq!(written.text().len(), register.width());
                prop_assert!(written.text().ends_with(&text));
                let again = register.decode(Cell::Text(written.text())).ok().unwrap();
                prop_assert_eq!((again.value.unwrap(), again.remark), (value, None));
            }
        }
    }
}
