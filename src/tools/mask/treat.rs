use crate::mapping::codec::Cell;
use crate::mapping::codec::Codec;
use crate::mapping::codec::Register;
use crate::mapping::plan::Many;
use crate::schema::Klasse;
use crate::schema::Restriction;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::schema::TextUse;
use crate::tools::mask::dates;
use crate::tools::mask::draw::Draw;
use crate::tools::mask::draw::MaskKey;
use crate::tools::mask::spell;
use crate::tools::mask::uses::Use;
use crate::tools::mask::uses::codec;
use crate::tools::mask::uses::reading;
use crate::tools::mask::words::Name;
use crate::tools::mask::words::filler;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::collections::HashSet;

/// Masks that are tried for a value before one is taken that the mapping may read otherwise.
const TRIES: u32 = 24;
/// Characters from which a text that nothing is known of is prose.
const PROSE: usize = 24;
/// Hexadecimal digits from which a text is a hash.
const HASH: usize = 32;

/// What a value is, as far as its mask goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Bsn,
    Register(Register),
    Date {
        own: bool,
        partial: bool,
    },
    Clock,
    Number,
    Uuid,
    /// A hash.
    Hex,
    Postcode,
    Phone,
    Email,
    /// A number that a system gave: no two become one.
    Id,
    Name(Name),
    Prose,
    /// Nothing is known: it is what it looks like.
    Looks,
}

/// Makes masks, the same for the same value.
pub(super) struct Masker<'m> {
    key: &'m MaskKey,
    schemas: &'m Schemas,
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
            key,
            schemas,
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
                let field = used.field;
                if field
                    .is_some_and(|field| field.placeholders.iter().any(|(word, _)| **word == *text))
                {
                    return true;
                }
                let separator = match field.map(|field| &field.many) {
                    Some(Many::Separated(separator)) => separator.as_str(),
                    _ => return self.is_public(used, text, number),
                };
                text.split(separator)
                    .all(|part| part.trim().is_empty() || self.is_public(used, part.trim(), number))
            })
    }

    fn is_public(&self, used: &Use<'_>, text: &str, number: bool) -> bool {
        let attribute = used.attribute;
        let cell = if number {
            Cell::Number(text)
        } else {
            Cell::Text(text)
        };
        let value = match codec(used) {
            Some(codec) => match codec.decode(cell, None) {
                Ok(taken) => taken.value.ok(),
                Err(_) => None,
            },
            None if number => text.parse::<i64>().ok().map(Json::from),
            None => Some(Json::from(text)),
        };
        let Some(value) = value else { return false };
        match (&value, &attribute.shape) {
            (Json::Bool(_), _) => !sensitive(used, ""),
            (_, Shape::Integer { .. }) => {
                let counts =
                    used.key || attribute.klasse == Klasse::A || attribute.path.ends_with("/*");
                counts && text.len() < 3
            }
            (Json::String(code), _) => {
                let listed = match &attribute.code_list {
                    Some(name) => self
                        .schemas
                        .code_list(name)
                        .is_some_and(|list| list.contains(code)),
                    None => matches!(codec(used), Some(Codec::Table(_))),
                };
                listed && !sensitive(used, code)
            }
            _ => false,
        }
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
            Some((_, one)) => match one.field.map(|field| &field.many) {
                Some(Many::Separated(separator)) => {
                    let separator = separator.clone();
                    let parts: Vec<String> = core
                        .split(separator.as_str())
                        .map(|part| self.part(part, one, &all, number, longest))
                        .collect();
                    parts.join(&separator)
                }
                _ => self.part(core, one, &all, number, longest),
            },
            None => self.found(core, Sort::Looks, &[], number, longest),
        };
        self.made.insert(memo, made.clone());
        format!("{before}{made}{after}")
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
        if core.is_empty() || self.is_public(used, core, number) {
            return text.to_owned();
        }
        let (code_list, codes) = (&used.attribute.code_list, codec(used));
        if code_list.is_some()
            || matches!(codes, Some(Codec::Table(_) | Codec::Boolean(_)))
            || used.attribute.shape == Shape::Boolean
        {
            if let Some(other) = self.other_code(core, used, number) {
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

    /// Another code for one that says too much: the same for the same code, and never two for one.
    fn other_code(&self, text: &str, used: &Use<'_>, number: bool) -> Option<String> {
        let cell = if number {
            Cell::Number(text)
        } else {
            Cell::Text(text)
        };
        let value = match codec(used) {
            Some(codec) => codec.decode(cell, None).ok()?.value.ok()?,
            None => Json::from(text),
        };
        let spelled = |value: &Json| match codec(used) {
            Some(codec) => codec
                .encode(value)
                .ok()
                .map(|written| written.text().to_owned()),
            None => value.as_str().map(str::to_owned),
        };
        if value.is_boolean() {
            return spelled(&Json::Bool(false));
        }
        let listed = used.attribute.code_list.as_deref();
        let listed = listed.and_then(|name| self.schemas.code_list(name));
        let all: Vec<Json> = match (codec(used), listed) {
            (_, Some(list)) => list
                .codes
                .iter()
                .map(|code| Json::from(code.code.as_str()))
                .collect(),
            (Some(Codec::Table(table)), None) => table.values().cloned().collect(),
            _ => return None,
        };
        let open = |value: &Json| {
            let code = value.as_str().unwrap_or_default();
            !is_restricted(used, code) && spelled(value).is_some()
        };
        let open: Vec<&Json> = all.iter().filter(|value| open(value)).collect();
        let own = all.iter().position(|known| *known == value)?;
        let mut draw = Draw::new(self.key, "code", &used.attribute.path, 0);
        let step = draw.below(open.len().saturating_sub(1)) + 1;
        let here = open.iter().position(|known| **known == value);
        let next = open.get((here.unwrap_or(own) + step) % open.len().max(1))?;
        (**next != value).then(|| spelled(next))?
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
        let from = self.bumps.get(text).copied().unwrap_or(0) * TRIES;
        let before: Vec<_> = uses
            .iter()
            .map(|used| used.field.map(|field| reading(field, text, number)))
            .collect();
        let is_fault = |code: &&str| !code.is_empty() && code.contains(".vorm");
        let refused = before.iter().flatten().flatten().any(is_fault);
        for attempt in from..from + TRIES {
            // what no codec takes is masked by what none takes either
            let made = if refused && attempt % 2 == 1 {
                let mut draw = Draw::new(self.key, "geweigerd", text, attempt);
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
                used.field.map(|field| reading(field, &made, number)) == *before
                    && within(used, &made)
            });
            let exact = !number || made.parse::<f64>().is_ok_and(f64::is_finite);
            if made != text && exact && read_alike && self.is_free(text, &made, sort) {
                if unique(sort) {
                    self.taken.insert(made.clone(), text.into());
                }
                return made;
            }
        }
        // Nothing fits: what is read otherwise is reported, what would tell something is not taken.
        let mut last = text.to_owned();
        for attempt in from..from + TRIES {
            let mut draw = Draw::new(self.key, "rest", text, attempt);
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
        let mut draw = Draw::new(self.key, what, text, attempt);
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
            // first smaller ones, then those with the same fraction, then any
            Sort::Number if attempt % TRIES < TRIES * 3 / 4 => {
                spell::number(text, &mut draw, attempt % TRIES >= TRIES / 2)
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

/// Whether two values may not get one mask.
const fn unique(sort: Sort) -> bool {
    matches!(
        sort,
        Sort::Bsn | Sort::Register(_) | Sort::Id | Sort::Uuid | Sort::Hex
    )
}

/// Whether a code of an attribute says more than its class lets be known.
fn sensitive(used: &Use<'_>, code: &str) -> bool {
    matches!(used.attribute.klasse, Klasse::D | Klasse::N | Klasse::Bsn)
        || used.attribute.restricted == Restriction::Whole
        || is_restricted(used, code)
}

/// Whether it is one of the codes that are restricted among others that are not.
fn is_restricted(used: &Use<'_>, code: &str) -> bool {
    match &used.attribute.restricted {
        Restriction::Codes(codes) => codes.iter().any(|one| one == code),
        Restriction::None | Restriction::Whole => false,
    }
}

/// Whether a number stays within what its attribute may be, as far as it is written without a unit.
fn within(used: &Use<'_>, made: &str) -> bool {
    let Some(Codec::Integer(_)) = codec(used) else {
        return true;
    };
    let value = codec(used).and_then(|codec| codec.decode(Cell::Text(made), None).ok());
    let value = value.and_then(|taken| taken.value.ok()?.as_i64());
    match (&used.attribute.shape, value) {
        (Shape::Integer { min, max }, Some(value)) => (*min..=*max).contains(&value),
        _ => true,
    }
}

/// What a value of an attribute is, by its codec, its shape in the schema and its name there.
fn sort_of(used: &Use<'_>) -> Sort {
    let attribute = used.attribute;
    let date = |partial| Sort::Date {
        own: attribute.klasse == Klasse::B,
        partial,
    };
    match codec(used) {
        Some(Codec::Bsn) => return Sort::Bsn,
        Some(Codec::Register(register)) => return Sort::Register(*register),
        Some(Codec::Postcode) => return Sort::Postcode,
        Some(Codec::Phone(_)) => return Sort::Phone,
        Some(Codec::Email) => return Sort::Email,
        _ => {}
    }
    let steps = attribute.path.rsplit('/').find(|step| *step != "*");
    match (&attribute.shape, steps.unwrap_or_default()) {
        _ if attribute.klasse == Klasse::Bsn => Sort::Bsn,
        (Shape::Date | Shape::Timestamp, _) => date(false),
        (Shape::PartialDate, _) => date(true),
        (Shape::ClockTime, _) => Sort::Clock,
        (Shape::Integer { .. }, _) => Sort::Number,
        (Shape::Uuid, _) => Sort::Uuid,
        (_, "telefoon") => Sort::Phone,
        (_, "email") => Sort::Email,
        (_, "postcode") => Sort::Postcode,
        (_, "oin") => Sort::Register(Register::Oin),
        (_, "rsin") => Sort::Register(Register::Rsin),
        (Shape::Text { .. }, _) => match attribute.text {
            TextUse::Name => Sort::Name(Name::of(&attribute.path)),
            TextUse::Number => Sort::Id,
            TextUse::Free => Sort::Prose,
        },
        _ => Sort::Looks,
    }
}

/// Of several sorts the one that asks most of a mask.
const fn rank(sort: Sort) -> u8 {
    match sort {
        Sort::Bsn => 0,
        Sort::Register(_) | Sort::Uuid | Sort::Hex => 1,
        Sort::Date { .. } | Sort::Clock | Sort::Postcode | Sort::Phone | Sort::Email => 2,
        Sort::Id | Sort::Number => 3,
        Sort::Name(_) => 4,
        Sort::Prose | Sort::Looks => 5,
    }
}

/// Whether it is as long as a hash, and spelled as one.
fn is_hex(text: &str) -> bool {
    text.len() >= HASH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What a text looks like of which nothing is known.
fn looks(text: &str) -> Sort {
    let letters = text.chars().any(char::is_alphabetic);
    if text.contains('@') && !text.contains(char::is_whitespace) && !text.starts_with('@') {
        return Sort::Email;
    }
    if dates::moved(text, 40, false).is_some() {
        return Sort::Date {
            own: true,
            partial: false,
        };
    }
    if crate::canonical::elfproef(text) {
        return Sort::Bsn;
    }
    if text.len() == 36 && text.parse::<::uuid::Uuid>().is_ok() {
        return Sort::Uuid;
    }
    if is_hex(text) {
        return Sort::Hex;
    }
    if letters && (text.chars().count() > PROSE || text.split_whitespace().count() > 2) {
        return Sort::Prose;
    }
    Sort::Id
}
