//! Dates as digits, read and written without the detour of what formats and parses anything: they are in every message.

use jiff::civil::Date;

/// Numbers with a sign between them, each with zeros in front up to so many digits.
pub(super) fn joined(sign: &str, numbers: &[(i16, usize)]) -> String {
    // three numbers of five digits, and what stands between them
    let mut text = [0; 24];
    let mut length = 0;
    for (index, (number, least)) in numbers.iter().enumerate() {
        let Ok(number) = u16::try_from(*number) else {
            return formatted(sign, numbers);
        };
        if let (true, [sign]) = (index > 0, sign.as_bytes()) {
            text[length] = *sign;
            length += 1;
        }
        let digits = number.checked_ilog10().map_or(1, |log| log as usize + 1);
        let digits = digits.max(*least);
        let mut rest = number;
        for place in text[length..length + digits].iter_mut().rev() {
            *place = b"0123456789"[usize::from(rest % 10)];
            rest /= 10;
        }
        length += digits;
    }
    str::from_utf8(&text[..length]).map_or_else(|_| formatted(sign, numbers), str::to_owned)
}

/// The same of numbers below zero, of which dates have none.
fn formatted(sign: &str, numbers: &[(i16, usize)]) -> String {
    let numbers = numbers.iter();
    let spelled: Vec<String> = numbers
        .map(|(number, least)| format!("{number:0least$}"))
        .collect();
    spelled.join(sign)
}

/// A date as values have it.
pub(super) fn iso(text: &str) -> Option<Date> {
    spelled_so(text).or_else(|| text.parse().ok())
}

/// A date of which the text is spelled as values are, letter for letter.
pub(super) fn spelled_so(text: &str) -> Option<Date> {
    let digits = |from: usize, to: usize| {
        text.as_bytes()[from..to]
            .iter()
            .try_fold(0_i16, |number, digit| {
                let digit = char::from(*digit).to_digit(10)?;
                Some(number * 10 + i16::try_from(digit).ok()?)
            })
    };
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let small = |from| i8::try_from(digits(from, from + 2)?).ok();
    Date::new(digits(0, 4)?, small(5)?, small(8)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_spelled_as_formatting_does(year in any::<i16>(), month in -3_i16..=99) {
            prop_assert_eq!(joined("-", &[(year, 4), (month, 2), (month, 1)]), format!("{year:04}-{month:02}-{month}"));
            prop_assert_eq!(joined("", &[(month, 2), (year, 4)]), format!("{month:02}{year:04}"));
        }

        #[test]
        fn a_date_is_read_as_the_library_reads_it(text in "[0-9+é-]{4}-[0-1][0-9]-[0-3][0-9é]|[0-9-]{0,11}|[12][0-9]{3}-[0-1][0-9]-[0-3][0-9]") {
            prop_assert_eq!(iso(&text), text.parse::<Date>().ok());
        }
    }

    #[test]
    fn days_that_are_not_there_are_no_dates() {
        for (text, is_date) in [
            ("2024-02-29", true),
            ("2023-02-29", false),
            ("2024-13-01", false),
            ("0000-01-01", true),
            ("20240229", true),
            ("2024-02-29T10:00:00", true),
            ("2024-2-29", false),
            ("", false),
        ] {
            assert_eq!(iso(text).is_some(), is_date, "{text}");
            assert_eq!(text.parse::<Date>().is_ok(), is_date, "{text}");
        }
    }
}
