use crate::mapping::codec::Cell;
use crate::mapping::codec::Codec;
use crate::mapping::codec::Register;
use crate::mapping::plan::Spread;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::tools::mask::code::Codes;
use crate::tools::mask::dates;
use crate::tools::mask::draw::Draw;
use crate::tools::mask::draw::MaskKey;
use crate::tools::mask::form::Form;
use crate::tools::mask::form::codec;
use crate::tools::mask::form::reading;
use crate::tools::mask::sort::Sort;
use crate::tools::mask::sort::is_hex;
use crate::tools::mask::sort::looks;
use crate::tools::mask::sort::rank;
use crate::tools::mask::sort::sort_of;
use crate::tools::mask::sort::unique;
use crate::tools::mask::spell;
use crate::tools::mask::uses::Use;
use crate::tools::mask::words::filler;
use std::collections::HashMap;
use std::collections::HashSet;

/// Masks that are tried for a value before one is taken that the mapping may read otherwise.
const TRIES: u32 = 24;

/// Makes masks, the same for the same value.
pub(super) struct Masker<'m> {
    codes: Codes<'m>,
    /// Days that all dates move which tell nothing of who a person is.
    days: i32,
    /// Minutes that clock times move.
    minutes: usize,
    /// Values for which other masks are needed, and how many were tried.
    bumps: HashMap<Box<str>, u32>,
    /// Words and numbers of the document that no mask may hold.
    avoid: HashSet<String>,
    made: HashMap<(Option<usize>, Box<str>), String>,
    /// Which value a number stands for.
    taken: HashMap<String, Box<str>>,
}

impl<'m> Masker<'m> {
    pub(super) fn new(key: &'m MaskKey, schemas: &'m Schemas) -> Self {
        let mut draw = Draw::new(key, "verschuiving", "", 0);
        let days = i32::try_from(30 + draw.below(336)).unwrap_or(100);
        let days = if draw.below(2) == 0 { days } else { -days };
        Self {
            codes: Codes { key, schemas },
            days,
            minutes: 1 + draw.below(59),
            bumps: HashMap::new(),
            avoid: HashSet::new(),
            made: HashMap::new(),
            taken: HashMap::new(),
        }
    }

    /// Notes that the words of a value must be in no mask.
    pub(super) fn avoid(&mut self, text: &str) {
        self.avoid.extend(telling(text));
    }

    /// Asks for another mask of a value.
    pub(super) fn bump(&mut self, text: &str) {
        let count = self.bumps.entry(text.into()).or_default();
        *count += 1;
        self.made.clear();
        self.taken.clear();
    }

    /// Whether a value stays: it is a code that anybody may know, or one of the words for a state.
    pub(super) fn stays(&self, text: &str, uses: &[Use<'_>], number: bool) -> bool {
        let text = text.trim();
        !uses.is_empty()
            && uses.iter().all(|used| {
                if used.form.is_placeholder(text) {
                    return true;
                }
                let separator = match used.form {
                    // each of its attributes is looked at by itself
                    Form::Part(..) => return false,
                    form => form.separator(),
                };
                let Some(separator) = separator else {
                    return self.codes.is_public(used, text, number);
                };
                text.split(separator).all(|part| {
                    part.trim().is_empty() || self.codes.is_public(used, part.trim(), number)
                })
            })
    }

    /// Another value of the same sort.
    pub(super) fn mask(
        &mut self,
        text: &str,
        known: &[(usize, Use<'m>)],
        number: bool,
        longest: Option<usize>,
    ) -> String {
        let core = text.trim();
        let start = text.len() - text.trim_start().len();
        let (before, after) = (&text[..start], &text[start + core.len()..]);
        if core.is_empty() {
            return text.to_owned();
        }
        let chosen = known.iter().min_by_key(|(_, one)| rank(sort_of(one)));
        let memo = (chosen.map(|(index, _)| *index), Box::<str>::from(core));
        if let Some(made) = self.made.get(&memo) {
            return format!("{before}{made}{after}");
        }
        let all: Vec<Use<'_>> = known.iter().map(|(_, one)| *one).collect();
        let made = match chosen {
            Some((_, one)) => match (one.form, one.form.separator()) {
                (Form::Part(spread, _), _) => self.spread(core, spread, known, longest),
                (_, Some(separator)) => {
                    let parts: Vec<String> = core
                        .split(separator)
                        .map(|part| self.part(part, one, &all, number, longest))
                        .collect();
                    parts.join(separator)
                }
                _ => self.part(core, one, &all, number, longest),
            },
            None => self.found(core, Sort::Looks, &[], number, longest),
        };
        self.made.insert(memo, made.clone());
        format!("{before}{made}{after}")
    }

    /// A text that is several attributes together: each is masked as what it is.
    fn spread(
        &mut self,
        text: &str,
        spread: &Spread,
        known: &[(usize, Use<'m>)],
        longest: Option<usize>,
    ) -> String {
        let Ok(parts) = spread.join.split(text, spread.targets.len()) else {
            return self.found(text, Sort::Looks, &[], false, longest);
        };
        let mut made: Vec<String> = Vec::with_capacity(parts.len());
        for (index, part) in parts.into_iter().enumerate() {
            let longest = longest.map(|_| part.chars().count());
            let is_it = |(_, used): &&(usize, Use<'m>)| matches!(used.form, Form::Part(_, own) if own == index);
            made.push(match known.iter().find(is_it) {
                _ if part.is_empty() => String::new(),
                Some((_, used)) => self.part(part, used, &[*used], false, longest),
                None => self.found(part, Sort::Looks, &[], false, longest),
            });
        }
        let made: Vec<&str> = made.iter().map(String::as_str).collect();
        match spread.join.joined(&made) {
            Ok(made) => made,
            Err(_) => self.found(text, Sort::Looks, &[], false, longest),
        }
    }

    /// One value of a cell that may hold several.
    fn part(
        &mut self,
        text: &str,
        used: &Use<'m>,
        all: &[Use<'_>],
        number: bool,
        longest: Option<usize>,
    ) -> String {
        let core = text.trim();
        if core.is_empty() || self.codes.is_public(used, core, number) {
            return text.to_owned();
        }
        let (code_list, codes) = (&used.attribute.code_list, codec(used));
        if code_list.is_some()
            || matches!(codes, Some(Codec::Table(_) | Codec::Boolean(_)))
            || used.attribute.shape == Shape::Boolean
        {
            if let Some(other) = self.codes.other(core, used, number) {
                return text.replacen(core, &other, 1);
            }
            return text.replacen(
                core,
                &self.found(core, Sort::Looks, all, number, longest),
                1,
            );
        }
        let sort = match sort_of(used) {
            // a month or a day that stands by itself
            Sort::Date { .. } if core.len() <= 2 => Sort::Number,
            _ if is_hex(core) => Sort::Hex,
            sort => sort,
        };
        let masked = self.found(core, sort, all, number, longest);
        text.replacen(core, &masked, 1)
    }

    /// The first mask that is not the value, holds nothing of the document and is read as the value was.
    fn found(
        &mut self,
        text: &str,
        sort: Sort,
        uses: &[Use<'_>],
        number: bool,
        longest: Option<usize>,
    ) -> String {
        let sort = if sort == Sort::Looks {
            looks(text)
        } else {
            sort
        };
        if matches!(sort, Sort::Date { partial: true, .. })
            && dates::moved(text, 1, true).as_deref() == Some(text)
        {
            return text.to_owned(); // what stands for an unknown date tells nothing of anybody
        }
        let from = self.bumps.get(text).copied().unwrap_or(0) * TRIES;
        let before: Vec<_> = uses
            .iter()
            .map(|used| reading(used, text, number))
            .collect();
        let is_fault = |code: &&str| !code.is_empty() && code.contains(".vorm");
        let refused = before.iter().flatten().flatten().any(is_fault);
        for attempt in from..from + TRIES {
            // what no codec takes is masked by what none takes either
            let made = if refused && attempt % 2 == 1 {
                let mut draw = Draw::new(self.codes.key, "geweigerd", text, attempt);
                Some(spell::spoiled(&spell::scrambled(text, &mut draw)))
            } else {
                self.made_of(text, sort, attempt)
            };
            let Some(made) =
                made.filter(|made| longest.is_none_or(|most| made.chars().count() <= most))
            else {
                continue;
            };
            let read_alike = uses.iter().zip(&before).all(|(used, before)| {
                reading(used, &made, number) == *before && within(used, &made) == within(used, text)
            });
            let exact = !number || made.parse::<f64>().is_ok_and(f64::is_finite);
            if made != text && exact && read_alike && self.is_free(text, &made, sort) {
                if unique(sort) {
                    self.taken.insert(made.clone(), text.into());
                }
                return made;
            }
        }
        if sort == Sort::Number && text.chars().filter(char::is_ascii_digit).count() < 3 {
            return text.to_owned(); // by a number of two digits nobody is known
        }
        // Nothing fits: what is read otherwise is reported, what would tell something is not taken.
        let mut last = text.to_owned();
        for attempt in from..from + TRIES {
            let mut draw = Draw::new(self.codes.key, "rest", text, attempt);
            last = spell::scrambled(text, &mut draw);
            if last != text && self.is_free(text, &last, Sort::Looks) {
                break;
            }
        }
        last
    }

    fn made_of(&self, text: &str, sort: Sort, attempt: u32) -> Option<String> {
        let what = match sort {
            Sort::Bsn => "bsn",
            Sort::Date { .. } => "datum",
            Sort::Id | Sort::Looks => "nummer",
            _ => "waarde",
        };
        let mut draw = Draw::new(self.codes.key, what, text, attempt);
        let nines = match attempt {
            0..12 => 3,
            12..18 => 2,
            _ => 1,
        };
        Some(match sort {
            Sort::Bsn | Sort::Register(Register::Rsin) => spell::bsn(text.len(), &mut draw, nines)?,
            Sort::Register(Register::Oin) => spell::oin(&mut draw),
            Sort::Date { own, partial } => {
                let days = if own {
                    let days = i32::try_from(30 + draw.below(336)).unwrap_or(100);
                    if draw.below(2) == 0 { days } else { -days }
                } else {
                    self.days + i32::try_from(attempt % 7).unwrap_or(0)
                };
                dates::moved(text, days, partial).or_else(|| dates::serial(text, days))?
            }
            Sort::Clock => spell::clock(text, self.minutes)
                .or_else(|| text.starts_with("0.").then(|| eighth(&mut draw)))?,
            // first smaller ones, then those with the same fraction, then shorter ones or any
            Sort::Number if attempt % TRIES < TRIES * 3 / 4 => {
                spell::number(text, &mut draw, attempt % TRIES >= TRIES / 2)
            }
            // of a 100 that is the most there can be, only a shorter one is not larger
            Sort::Number if text.len() > 1 && attempt.is_multiple_of(2) => {
                spell::number(&"9".repeat(text.len() - 1), &mut draw, true)
            }
            Sort::Uuid | Sort::Hex => spell::uuid(text, &mut draw),
            Sort::Postcode => spell::postcode(text, &mut draw),
            Sort::Phone => spell::phone(text, &mut draw),
            Sort::Email if attempt % TRIES < TRIES / 2 => spell::email(text, &mut draw),
            Sort::Name(name) if attempt % TRIES < TRIES / 2 => name.instead_of(text, &mut draw),
            Sort::Prose => filler(text, &mut draw, &|word| self.avoid.contains(word)),
            _ => spell::scrambled(text, &mut draw),
        })
    }

    /// Whether a mask tells nothing: no word of the value, none of another value, and not what stands for another.
    fn is_free(&self, text: &str, made: &str, sort: Sort) -> bool {
        if unique(sort) && self.taken.get(made).is_some_and(|other| **other != *text) {
            return false;
        }
        let dated = matches!(sort, Sort::Date { .. } | Sort::Clock | Sort::Number);
        dated || telling(made).all(|word| !self.avoid.contains(&word))
    }
}

/// A fraction of a day that a number holds exactly.
fn eighth(draw: &mut Draw<'_>) -> String {
    #[allow(clippy::cast_precision_loss)] // below 32
    let part = (1 + draw.below(31)) as f64 / 32.0;
    part.to_string()
}

/// The words and numbers of a text by which somebody could be known: three letters or six digits.
pub(super) fn telling(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| {
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            letters >= 3 || word.chars().count() >= 6
        })
        .map(str::to_lowercase)
}

/// Whether a number stays within what its attribute may be.
fn within(used: &Use<'_>, made: &str) -> bool {
    let value = match codec(used) {
        Some(codec) => {
            let taken = codec.decode(Cell::Text(made), None).ok();
            taken.and_then(|taken| taken.value.ok()?.as_i64())
        }
        None => made.parse().ok(),
    };
    match (&used.attribute.shape, value) {
        (Shape::Integer { min, max, .. }, Some(value)) => (*min..=*max).contains(&value),
        _ => true,
    }
}
