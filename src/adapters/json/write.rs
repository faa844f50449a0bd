use super::number;
use super::pointer_step;
use crate::adapters::EncodeError;
use crate::adapters::scan::Eight;
use crate::adapters::scan::Marks;
use crate::adapters::scan::first_of;
use crate::document::At;
use crate::document::Look;
use crate::document::Place;
use crate::document::Tree;
use foldhash::fast::RandomState;
use std::collections::HashSet;

pub(in crate::adapters) fn encode<T: Tree>(
    root: &T,
    distinct: bool,
) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::new(distinct);
    writer.value(root).map_err(Bad::error)?;
    Ok(writer.out)
}

/// Up to how many members equal names are looked for one by one.
const FEW_MEMBERS: usize = 64;

/// Whether a name stands there twice.
fn has_twice<N: AsRef<str>, T>(members: &[(N, T)]) -> bool {
    // the members of a record are in the order of their names
    if members.is_sorted_by(|(one, _), (next, _)| one.as_ref() < next.as_ref()) {
        return false;
    }
    if members.len() <= FEW_MEMBERS {
        // names are compared only where something of them is the same that is seen at once
        let mut marks = [0; FEW_MEMBERS];
        let mut each = members.iter().enumerate();
        return each.any(|(index, (name, _))| {
            let name = name.as_ref();
            let mark = mark(name);
            marks[index] = mark;
            marks[..index].contains(&mark) && {
                let mut before = members[..index].iter();
                before.any(|(known, _)| known.as_ref() == name)
            }
        });
    }
    let distinct: HashSet<&str, RandomState> =
        members.iter().map(|(name, _)| name.as_ref()).collect();
    distinct.len() < members.len()
}

/// What cannot stand in a text as it is.
pub(super) const fn special(eight: Eight) -> Marks {
    eight.same(b'"').or(eight.same(b'\\')).or(eight.below(0x20))
}

/// Something of a name that most others have not: its length, and two of its letters.
fn mark(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let byte = |index: usize| bytes.get(index).copied().map_or(0, u32::from);
    let length = bytes.len();
    (u32::from(length.to_le_bytes()[0]) << 16)
        | (byte(length / 2) << 8)
        | byte(length.wrapping_sub(1))
}

/// What cannot be written. As small as a reference: of nearly all values there is nothing to say.
pub(super) struct Bad<'a>(Box<Told<'a>>);

/// What there is to say of it, and the steps to it, the last one first: only then does anybody ask for them.
struct Told<'a> {
    code: &'static str,
    nl: &'static str,
    en: &'static str,
    steps: Vec<Step<'a>>,
}

enum Step<'a> {
    Item(usize),
    Member(&'a str),
}

pub(super) type Written<'a> = Result<(), Bad<'a>>;

impl<'a> Bad<'a> {
    #[cold]
    fn new(code: &'static str, nl: &'static str, en: &'static str) -> Self {
        let steps = Vec::new();
        Self(Box::new(Told {
            code,
            nl,
            en,
            steps,
        }))
    }

    #[cold]
    fn shape() -> Self {
        Self::new(
            "json.vorm",
            "Deze vorm kan niet in JSON: een naam tweemaal, een onleesbare cel, of te diep genest. Pas de mapping aan.",
            "JSON cannot say this shape: a name twice, an unreadable cell, or nested too deeply. Change the mapping.",
        )
    }

    /// The same of what is one step further in.
    #[cold]
    fn at(mut self, step: Step<'a>) -> Self {
        self.0.steps.push(step);
        self
    }

    fn error(self) -> EncodeError {
        let Told {
            code,
            nl,
            en,
            steps,
        } = *self.0;
        let mut pointer = String::new();
        for step in steps.iter().rev() {
            match step {
                Step::Item(index) => pointer_step(&mut pointer, &index.to_string()),
                Step::Member(name) => pointer_step(&mut pointer, name),
            }
        }
        let at = At::default();
        EncodeError::new(code, Place::Json { pointer, at }, nl, en)
    }
}

pub(super) struct Writer {
    /// No object has a name twice.
    distinct: bool,
    pub(super) out: Vec<u8>,
    /// How many objects and lists are open.
    pub(super) depth: usize,
}

impl Writer {
    pub(super) fn new(distinct: bool) -> Self {
        Self {
            distinct,
            out: Vec::with_capacity(4096),
            depth: 0,
        }
    }

    pub(super) fn value<'a, T: Tree>(&mut self, value: &'a T) -> Written<'a> {
        match value.look() {
            Look::Null => self.out.extend(b"null"),
            Look::Bool(true) => self.out.extend(b"true"),
            Look::Bool(false) => self.out.extend(b"false"),
            Look::Number(spelling) => {
                if number(spelling.as_bytes()) != Ok(spelling.len()) {
                    return Err(Bad::new(
                        "json.getal",
                        "Deze waarde is geen getal in JSON. Pas de mapping aan.",
                        "This value is not a number in JSON. Change the mapping.",
                    ));
                }
                self.out.extend(spelling.as_bytes());
            }
            Look::Text(text) => self.text(text)?,
            Look::List(items) => self.list(items)?,
            Look::Map(members) => self.map(members)?,
            Look::Unreadable => return Err(Bad::shape()),
        }
        Ok(())
    }

    fn list<'a, T: Tree>(&mut self, items: &'a [T]) -> Written<'a> {
        self.open()?;
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            let written = self.value(item);
            written.map_err(|bad| bad.at(Step::Item(index)))?;
        }
        self.depth -= 1;
        self.out.push(b']');
        Ok(())
    }

    fn map<'a, T: Tree>(&mut self, members: &'a [(T::Name, T)]) -> Written<'a> {
        self.open()?;
        debug_assert!(!self.distinct || !has_twice(members), "they are distinct");
        if !self.distinct && has_twice(members) {
            return Err(Bad::shape());
        }
        self.out.push(b'{');
        for (index, (name, member)) in members.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            let name = name.as_ref();
            self.text(name).map_err(|bad| bad.at(Step::Member(name)))?;
            self.out.push(b':');
            let written = self.value(member);
            written.map_err(|bad| bad.at(Step::Member(name)))?;
        }
        self.depth -= 1;
        self.out.push(b'}');
        Ok(())
    }

    fn text<'a>(&mut self, text: &str) -> Written<'a> {
        let bytes = text.as_bytes();
        self.out.reserve(bytes.len() + 2);
        self.out.push(b'"');
        match first_of(bytes, special) {
            None => self.out.extend_from_slice(bytes),
            Some(first) => self.escaped(bytes, first)?,
        }
        self.out.push(b'"');
        Ok(())
    }

    /// A text of which a byte cannot stand as it is.
    #[cold]
    fn escaped<'a>(&mut self, bytes: &[u8], first: usize) -> Written<'a> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut plain = 0;
        let mut next = Some(first);
        while let Some(index) = next {
            self.out.extend_from_slice(&bytes[plain..index]);
            plain = index + 1;
            match bytes[index] {
                0 => {
                    return Err(Bad::new(
                        "json.teken",
                        "De tekst bevat U+0000. Haal dat teken weg in het bronsysteem.",
                        "The text holds U+0000. Remove that character in the source system.",
                    ));
                }
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\\' => self.out.extend(b"\\\\"),
                b'\n' => self.out.extend(b"\\n"),
                b'\r' => self.out.extend(b"\\r"),
                b'\t' => self.out.extend(b"\\t"),
                8 => self.out.extend(b"\\b"),
                12 => self.out.extend(b"\\f"),
                byte => {
                    self.out.extend(b"\\u00");
                    self.out.push(HEX[usize::from(byte >> 4)]);
                    self.out.push(HEX[usize::from(byte & 15)]);
                }
            }
            next = first_of(&bytes[plain..], special).map(|found| plain + found);
        }
        self.out.extend_from_slice(&bytes[plain..]);
        Ok(())
    }

    /// Goes into an object or a list.
    pub(super) fn open<'a>(&mut self) -> Written<'a> {
        if self.depth >= 128 {
            return Err(Bad::shape());
        }
        self.depth += 1;
        Ok(())
    }
}
