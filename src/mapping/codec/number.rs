use crate::document::Measure;
use crate::mapping::codec::Cell;
use crate::mapping::codec::LawClass;
use crate::mapping::codec::Note;
use crate::mapping::codec::Taken;
use crate::mapping::codec::Written;
use crate::mapping::codec::note;
use crate::mapping::codec::time::MINUTES_A_DAY;
use crate::mapping::codec::time::part_of;
use crate::mapping::codec::unwritable;
use crate::mapping::letters::trimmed;
use crate::schema::Counts;
use serde_json::Value as Json;

/// Most digits of a number that count. What lies behind them makes no number a whole unit: no factor has so many twos and
/// fives.
const DIGITS_MAX: u32 = 24;
/// Basis points of a whole.
const BASIS_POINTS_OF_ONE: u32 = 10_000;

/// A whole number.
#[derive(Debug, Clone)]
pub(crate) struct IntegerCodec {
    /// Written as a number where the format has them, else as text.
    pub number: bool,
    /// What its values count, if that is said.
    pub counts: Option<Counts>,
}

/// A decimal number that stands for `factor` times as many canonical units: hours to minutes 60, euros to cents 100,
/// percent to basis points 100.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each is an option of its own, as the mapping writes them
pub(crate) struct DecimalCodec {
    pub separator: char,
    pub factor: i64,
    /// Most digits behind the separator going out.
    pub decimals: u32,
    /// Whether those digits are always written.
    pub pad: bool,
    /// Whether a value between two canonical units goes to the nearest one.
    pub nearest: bool,
    /// Written as a number where the format has them (only with a point).
    pub number: bool,
    /// Whether the file has whole numbers only.
    pub whole: bool,
    /// What its values count in the shared model, if that is said.
    pub counts: Option<Counts>,
}

/// Units of the file, by name: what one of them is in the unit that the shared model counts in.
pub(crate) const UNITS: [(&str, Unit); 7] = [
    ("minutes", Unit::of("minutes", 1)),
    ("quarters", Unit::of("minutes", 15)),
    ("hours", Unit::of("minutes", 60)),
    ("cent", Unit::of("cent", 1)),
    ("euro", Unit::of("cent", 100)),
    ("basis-points", Unit::of("basis-points", 1)),
    ("percent", Unit::of("basis-points", 100)),
];

/// A unit as a whole number of those that the shared model counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    pub counted_in: &'static str,
    pub factor: i64,
}

impl Unit {
    const fn of(counted_in: &'static str, factor: i64) -> Self {
        Self { counted_in, factor }
    }
}

/// An exact decimal: `units / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exact {
    units: i128,
    scale: u32,
    /// Whether there was more behind its last digit: it is no whole number, and a little more than this.
    more: bool,
}

const NOT_A_NUMBER: Note = note!(
    "getal.vorm",
    "Dit is geen getal in de afgesproken vorm. Schrijf alleen cijfers, met het decimaalteken van de mapping en zonder punten voor duizendtallen of een eenheid.",
    "This is not a number in the agreed form. Write digits only, with the mapping's decimal sign and without thousands separators or a unit.",
);
const NOT_WHOLE: Note = note!(
    "getal.geheel",
    "Dit moet een geheel getal zijn.",
    "This must be a whole number.",
);
const NOT_EXACT: Note = note!(
    "getal.nietPrecies",
    "Dit getal valt niet precies op een hele eenheid (minuut, cent of honderdste procent).",
    "This number is not exactly a whole unit (minute, cent or hundredth of a percent).",
);
const TOO_LARGE: Note = note!(
    "getal.groot",
    "Dit getal is te groot.",
    "This number is too large.",
);

impl IntegerCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        let exact = match cell {
            Cell::Bool(_) => return Err(NOT_A_NUMBER),
            Cell::Measure(measure, text) => return measured(self.counts, measure, text, false),
            Cell::Number(text) => parse_number(text)?,
            Cell::Text(text) => parse_plain(trimmed(text), '.')?,
        };
        let whole = exact.whole().ok_or(NOT_WHOLE)?;
        let whole = i64::try_from(whole).map_err(|_| TOO_LARGE)?;
        Ok(Taken::value(Json::from(whole)))
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written<'static>, Note> {
        let text = value.as_i64().ok_or_else(unwritable)?.to_string();
        Ok(if self.number {
            Written::Number(text.into())
        } else {
            Written::Text(text.into())
        })
    }
}

impl DecimalCodec {
    pub(crate) fn decode(&self, cell: Cell<'_>) -> Result<Taken, Note> {
        let exact = match cell {
            Cell::Bool(_) => return Err(NOT_A_NUMBER),
            Cell::Measure(measure, text) => {
                return measured(self.counts, measure, text, self.nearest);
            }
            // A number of JSON or a workbook always has a point, whatever the organisation writes in text.
            Cell::Number(text) => parse_number(text)?,
            Cell::Text(text) => parse_plain(trimmed(text), self.separator)?,
        };
        if self.whole && exact.whole().is_none() {
            return Err(NOT_WHOLE);
        }
        let units = exact
            .units
            .checked_mul(i128::from(self.factor))
            .ok_or(TOO_LARGE)?;
        let product = Exact { units, ..exact };
        let (whole, remark) = match product.whole() {
            Some(whole) => (whole, None),
            None if self.nearest => (product.nearest(), Some(ROUNDED)),
            None => return Err(NOT_EXACT),
        };
        let whole = i64::try_from(whole).map_err(|_| TOO_LARGE)?;
        Ok(Taken::value(Json::from(whole)).noting(remark))
    }

    pub(crate) fn encode(&self, value: &Json) -> Result<Written<'static>, Note> {
        let units = i128::from(value.as_i64().ok_or_else(unwritable)?);
        let factor = i128::from(self.factor);
        let scaled = units * 10_i128.pow(self.decimals);
        let exact = scaled % factor == 0;
        if !exact && !self.nearest {
            return Err(Note::with(
                "uit.nietPrecies",
                format!(
                    "De waarde is met {} decimalen niet precies te schrijven.",
                    self.decimals
                ),
                format!(
                    "The value cannot be written exactly with {} decimals.",
                    self.decimals
                ),
            ));
        }
        let quotient = if exact {
            scaled / factor
        } else {
            divide_nearest(scaled, factor)
        };
        let text = self.spell(quotient);
        Ok(if self.number && self.separator == '.' {
            Written::Number(text.into())
        } else {
            Written::Text(text.into())
        })
    }

    /// That a value is rounded when it is written.
    pub(crate) fn loss(&self, value: &Json) -> Option<Note> {
        let units = value.as_i64().filter(|_| self.nearest)?;
        let scaled = i128::from(units) * 10_i128.pow(self.decimals);
        (scaled % i128::from(self.factor) != 0).then_some(ROUNDED_OUT)
    }

    pub(crate) fn law(&self) -> LawClass {
        // with as many steps as there are units in one, the nearest one leads back
        if self.nearest && 10_i64.pow(self.decimals) < self.factor {
            LawClass::OneWay
        } else {
            LawClass::Normalising
        }
    }

    fn spell(&self, scaled: i128) -> String {
        let sign = if scaled < 0 { "-" } else { "" };
        let power = 10_u128.pow(self.decimals);
        let (whole, part) = (scaled.unsigned_abs() / power, scaled.unsigned_abs() % power);
        let mut text = format!("{sign}{whole}");
        if self.decimals > 0 && (self.pad || part > 0) {
            let digits = format!("{part:0width$}", width = self.decimals as usize);
            text.push(self.separator);
            text.push_str(if self.pad {
                &digits
            } else {
                digits.trim_end_matches('0')
            });
        }
        text
    }
}

/// A share in basis points, a length of time in minutes: what a person sees, whatever unit the file writes numbers in.
fn measured(
    counts: Option<Counts>,
    measure: Measure,
    text: &str,
    nearest: bool,
) -> Result<Taken, Note> {
    let of_one = match (measure, counts) {
        (Measure::Percent, Some(Counts::BasisPoints)) => BASIS_POINTS_OF_ONE,
        (Measure::Span, Some(Counts::Minutes)) => MINUTES_A_DAY,
        _ => return Err(NOT_A_NUMBER),
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let part = part_of(digits, of_one).ok_or(NOT_A_NUMBER)?;
    if !part.is_whole && !nearest {
        return Err(NOT_EXACT);
    }
    let count = i64::try_from(part.nearest).map_err(|_| TOO_LARGE)?;
    let count = if negative { -count } else { count };
    Ok(Taken::value(Json::from(count)).noting((!part.is_whole).then_some(ROUNDED)))
}

const ROUNDED: Note = note!(
    "getal.afgerond",
    "Het getal is afgerond op een hele eenheid, zoals de mapping zegt.",
    "The number was rounded to a whole unit, as the mapping says.",
);
const ROUNDED_OUT: Note = note!(
    "uit.afgerond",
    "De waarde is met de decimalen van dit formaat niet precies te schrijven; zij is afgerond, zoals de mapping zegt.",
    "The value cannot be written exactly with the decimals of this format; it was rounded, as the mapping says.",
);

impl Exact {
    fn whole(self) -> Option<i128> {
        let power = 10_i128.pow(self.scale);
        (!self.more && self.units % power == 0).then(|| self.units / power)
    }

    fn nearest(self) -> i128 {
        divide_nearest(self.units, 10_i128.pow(self.scale))
    }
}

/// Division with halves away from zero; the divisor is positive.
fn divide_nearest(units: i128, by: i128) -> i128 {
    let half = by / 2;
    if units < 0 {
        (units - half) / by
    } else {
        (units + half) / by
    }
}

/// Sign, digits, and perhaps a separator and digits; nothing else, so no thousands separators.
fn parse_plain(text: &str, separator: char) -> Result<Exact, Note> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, part) = digits.split_once(separator).unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let lone_separator = part.is_empty() && digits.len() != whole.len();
    if whole.is_empty() || lone_separator || !all_digits(whole) || !all_digits(part) {
        return Err(NOT_A_NUMBER);
    }
    let whole = whole.trim_start_matches('0');
    let part = part.trim_end_matches('0');
    let digits = u32::try_from(whole.len()).unwrap_or(u32::MAX);
    let room = DIGITS_MAX.checked_sub(digits).ok_or(TOO_LARGE)?;
    let counted = part.get(..room as usize).unwrap_or(part);
    let units = whole
        .bytes()
        .chain(counted.bytes())
        .fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    Ok(Exact {
        units: if negative { -units } else { units },
        scale: u32::try_from(counted.len()).unwrap_or(room),
        more: counted.len() < part.len(),
    })
}

/// The spelling of a JSON or workbook number: a point, perhaps an exponent.
fn parse_number(text: &str) -> Result<Exact, Note> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return parse_plain(text, '.');
    };
    let exact = parse_plain(mantissa, '.')?;
    let exponent: i32 = exponent.parse().map_err(|_| NOT_A_NUMBER)?;
    let scale = i64::from(exact.scale) - i64::from(exponent);
    match u32::try_from(scale) {
        Ok(scale) if scale <= DIGITS_MAX => Ok(Exact { scale, ..exact }),
        // so small that its last digits lie behind those that count
        Ok(scale) => {
            let power = 10_i128.checked_pow(scale - DIGITS_MAX);
            let units = power.map_or(0, |power| exact.units / power);
            let rest = power.map_or(exact.units, |power| exact.units % power);
            Ok(Exact {
                units,
                scale: DIGITS_MAX,
                more: exact.more || rest != 0,
            })
        }
        Err(_) if exact.units == 0 && !exact.more => Ok(Exact { scale: 0, ..exact }),
        Err(_) => {
            let power = u32::try_from(-scale)
                .ok()
                .filter(|power| *power <= DIGITS_MAX);
            let units = power.and_then(|power| exact.units.checked_mul(10_i128.pow(power)));
            units
                .map(|units| Exact {
                    units,
                    scale: 0,
                    ..exact
                })
                .ok_or(TOO_LARGE)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where it is wrong
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOURS: DecimalCodec = DecimalCodec {
        separator: ',',
        factor: 60,
        decimals: 2,
        pad: false,
        nearest: false,
        number: true,
        whole: false,
        counts: None,
    };

    fn read(codec: &DecimalCodec, cell: Cell<'_>) -> Result<i64, &'static str> {
        let taken = codec.decode(cell).map_err(|note| note.code)?;
        Ok(taken.value.unwrap().as_i64().unwrap())
    }

    #[test]
    fn hours_with_a_comma_become_minutes_exactly() {
        let cents = DecimalCodec {
            factor: 100,
            ..HOURS
        };
        let nearest = DecimalCodec {
            nearest: true,
            ..HOURS
        };
        for (codec, text, expect) in [
            (&HOURS, "7,25", Ok(435)),
            (&HOURS, "120,00", Ok(7200)),
            (&HOURS, "-1,5", Ok(-90)),
            (&HOURS, "0,17", Err("getal.nietPrecies")),
            (&nearest, "0,17", Ok(10)),
            (&nearest, "0,333333333333", Ok(20)),
            (&nearest, "0,3333333333333333", Ok(20)),
            (&nearest, "1,66666666666666666666666666666667", Ok(100)),
            (&HOURS, "0,3333333333333333", Err("getal.nietPrecies")),
            (
                &HOURS,
                "0,00000000000000000000000000001",
                Err("getal.nietPrecies"),
            ),
            (&HOURS, "00000000000000000000000000001,5", Ok(90)),
            (&HOURS, "1.5", Err("getal.vorm")),
            (&HOURS, "1.000,5", Err("getal.vorm")),
            (&HOURS, "1,", Err("getal.vorm")),
            (&HOURS, "", Err("getal.vorm")),
            (&HOURS, ",5", Err("getal.vorm")),
            (&cents, "0,1", Ok(10)),
            (&cents, "4800", Ok(480_000)),
            (&cents, "0,001", Err("getal.nietPrecies")),
            (&cents, "99999999999999999999999999", Err("getal.groot")),
            (&cents, "99999999999999999999", Err("getal.groot")),
        ] {
            assert_eq!(read(codec, Cell::Text(text)), expect, "{text}");
        }
    }

    #[test]
    fn a_number_of_the_format_itself_has_a_point_and_perhaps_an_exponent() {
        for (text, expect) in [
            ("7.25", Ok(435)),
            ("1.5e2", Ok(9000)),
            ("15E-1", Ok(90)),
            ("1e400", Err("getal.groot")),
            ("0e400", Ok(0)),
            ("0e-400", Ok(0)),
            ("15e-400", Err("getal.nietPrecies")),
            ("3.333333333333333e-1", Err("getal.nietPrecies")),
            ("1e99999999999", Err("getal.vorm")),
        ] {
            assert_eq!(read(&HOURS, Cell::Number(text)), expect, "{text}");
        }
        let integer = IntegerCodec {
            number: true,
            counts: None,
        };
        let whole = |text| {
            integer
                .decode(Cell::Number(text))
                .map(|taken| taken.value.unwrap())
        };
        assert_eq!(whole("3.0"), Ok(Json::from(3)));
        assert_eq!(whole("3.5").unwrap_err().code, "getal.geheel");
        for text in ["3.0000000000000000000000000001", "1e-99"] {
            assert_eq!(whole(text).unwrap_err().code, "getal.geheel", "{text}");
        }
    }

    #[test]
    fn parts_of_an_hour_that_no_decimals_can_say_are_rounded_as_the_mapping_says() {
        let nearest = DecimalCodec {
            nearest: true,
            ..HOURS
        };
        for (text, minutes) in [
            ("0.3333333333333333", 20),
            ("0.6666666666666666", 40),
            ("0.8333333333333334", 50),
            ("-0.3333333333333333", -20),
            ("3.333333333333333e-1", 20),
            ("1e-99", 0),
        ] {
            let taken = nearest.decode(Cell::Number(text)).unwrap();
            assert_eq!(taken.value, Ok(Json::from(minutes)), "{text}");
            assert_eq!(taken.remark, Some(ROUNDED), "{text}");
        }
    }

    #[test]
    fn what_is_rounded_going_out_is_told_and_what_is_not_is_not() {
        let nearest = DecimalCodec {
            nearest: true,
            ..HOURS
        };
        let coarse = DecimalCodec {
            decimals: 1,
            ..nearest.clone()
        };
        for (codec, minutes, text, told) in [
            (&nearest, 100, "1,67", true),
            (&nearest, 90, "1,5", false),
            (&coarse, 1, "0", true),
            (&coarse, 6, "0,1", false),
            (&HOURS, 90, "1,5", false),
        ] {
            let value = Json::from(minutes);
            assert_eq!(codec.encode(&value), Ok(Written::Text(text.into())));
            assert_eq!(codec.loss(&value), told.then_some(ROUNDED_OUT), "{minutes}");
        }
        // 100 steps of an hour lead back to the minute, 10 do not
        assert_eq!(nearest.law(), LawClass::Normalising);
        assert_eq!(coarse.law(), LawClass::OneWay);
        assert_eq!(HOURS.law(), LawClass::Normalising);
    }

    #[test]
    fn a_share_and_a_length_of_time_are_what_a_person_sees_whatever_unit_the_file_has() {
        let percent = |text| Cell::Measure(Measure::Percent, text);
        let span = |text| Cell::Measure(Measure::Span, text);
        for factor in [1, 60, 100, 10_000] {
            let of = |counts, nearest| DecimalCodec {
                factor,
                nearest,
                counts: Some(counts),
                ..HOURS
            };
            let share = of(Counts::BasisPoints, false);
            let time = of(Counts::Minutes, false);
            for (codec, cell, expect) in [
                (&share, percent("0.6"), Ok(6000)),
                (&share, percent("0.07"), Ok(700)),
                (&share, percent("1"), Ok(10_000)),
                (&share, percent("-0.5"), Ok(-5000)),
                // what a sum of a workbook comes to
                (&share, percent("0.30000000000000004"), Ok(3000)),
                (&share, percent("0.33333"), Err("getal.nietPrecies")),
                (&share, span("0.5"), Err("getal.vorm")),
                (&time, span("0.0625"), Ok(90)),
                (&time, span("1.0833333333333333"), Ok(1560)),
                (&time, span("0.0628"), Err("getal.nietPrecies")),
                (&time, span("x"), Err("getal.vorm")),
                (&time, percent("0.6"), Err("getal.vorm")),
            ] {
                assert_eq!(read(codec, cell), expect, "{}", cell.text());
            }
            let nearest = of(Counts::BasisPoints, true);
            assert_eq!(read(&nearest, percent("0.33333")), Ok(3333));
        }
        let whole = IntegerCodec {
            number: true,
            counts: Some(Counts::BasisPoints),
        };
        let taken = whole.decode(percent("0.6")).unwrap();
        assert_eq!(taken.value.unwrap(), Json::from(6000));
    }

    #[test]
    fn units_are_whole_numbers_of_what_the_model_counts_in() {
        for (name, text, counted) in [
            ("minutes", "75", 75),
            ("quarters", "5", 75),
            ("hours", "1,25", 75),
            ("cent", "4800", 4800),
            ("euro", "48,00", 4800),
            ("percent", "45,5", 4550),
            ("basis-points", "4550", 4550),
        ] {
            let unit = UNITS.iter().find(|(known, _)| *known == name).unwrap().1;
            let codec = DecimalCodec {
                factor: unit.factor,
                ..HOURS
            };
            assert_eq!(read(&codec, Cell::Text(text)), Ok(counted), "{name}");
            let back = codec.encode(&Json::from(counted)).unwrap();
            assert_eq!(read(&codec, Cell::Text(back.text())), Ok(counted), "{name}");
        }
        let quarters = DecimalCodec {
            factor: 15,
            decimals: 0,
            whole: true,
            ..HOURS
        };
        assert_eq!(read(&quarters, Cell::Text("1,2")), Err("getal.geheel"));
        assert_eq!(read(&quarters, Cell::Number("3.0")), Ok(45));
        let between = quarters.encode(&Json::from(20));
        assert_eq!(between.unwrap_err().code, "uit.nietPrecies");
    }

    proptest! {
        /// What was read is written with the same value, whatever the spelling; nothing is rounded on the way.
        #[test]
        fn a_number_in_a_unit_comes_back_exactly(
            which in 0..UNITS.len(),
            units in -1_000_000_000_i64..1_000_000_000,
            decimals in 0_u32..5,
        ) {
            let codec = DecimalCodec { factor: UNITS[which].1.factor, decimals, ..HOURS };
            match codec.encode(&Json::from(units)) {
                Ok(text) => prop_assert_eq!(read(&codec, Cell::Text(text.text())), Ok(units)),
                Err(note) => {
                    prop_assert_eq!(note.code, "uit.nietPrecies");
                    prop_assert_ne!(i128::from(units) * 10_i128.pow(decimals) % i128::from(codec.factor), 0);
                }
            }
        }
    }

    #[test]
    fn minutes_go_out_as_hours_only_when_exact() {
        let pad = DecimalCodec { pad: true, ..HOURS };
        let out = |codec: &DecimalCodec, minutes: i64| codec.encode(&Json::from(minutes));
        assert_eq!(out(&HOURS, 435), Ok(Written::Text("7,25".into())));
        assert_eq!(out(&HOURS, 7200), Ok(Written::Text("120".into())));
        assert_eq!(out(&pad, 7200), Ok(Written::Text("120,00".into())));
        assert_eq!(out(&HOURS, -90), Ok(Written::Text("-1,5".into())));
        assert_eq!(out(&HOURS, 10).unwrap_err().code, "uit.nietPrecies");
        let nearest = DecimalCodec {
            nearest: true,
            separator: '.',
            ..HOURS
        };
        assert_eq!(out(&nearest, 10), Ok(Written::Number("0.17".into())));
    }
}
