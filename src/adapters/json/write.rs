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
    let mut writer = Writer {
        distinct,
        out: Vec::with_capacity(4096),
        path: Vec::new(),
    };
    writer.value(root)?;
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
const fn special(eight: Eight) -> Marks {
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

enum Step<'a> {
    Item(usize),
    Member(&'a str),
}

struct Writer<'a> {
    /// No object has a name twice.
    distinct: bool,
    out: Vec<u8>,
    path: Vec<Step<'a>>,
}

impl<'a> Writer<'a> {
    fn value<T: Tree>(&mut self, value: &'a T) -> Result<(), EncodeError> {
        match value.look() {
            Look::Null => self.out.extend(b"null"),
            Look::Bool(true) => self.out.extend(b"true"),
            Look::Bool(false) => self.out.extend(b"false"),
            Look::Number(spelling) => {
                if number(spelling.as_bytes()) != Ok(spelling.len()) {
                    return Err(self.error(
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
            Look::Unreadable => return Err(self.shape()),
        }
        Ok(())
    }

    fn list<T: Tree>(&mut self, items: &'a [T]) -> Result<(), EncodeError> {
        self.check_depth()?;
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Step::Item(index));
            self.value(item)?;
            self.path.pop();
        }
        self.out.push(b']');
        Ok(())
    }

    fn map<T: Tree>(&mut self, members: &'a [(T::Name, T)]) -> Result<(), EncodeError> {
        self.check_depth()?;
        debug_assert!(!self.distinct || !has_twice(members), "they are distinct");
        if !self.distinct && has_twice(members) {
            return Err(self.shape());
        }
        self.out.push(b'{');
        for (index, (name, member)) in members.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Step::Member(name.as_ref()));
            self.text(name.as_ref())?;
            self.out.push(b':');
            self.value(member)?;
            self.path.pop();
        }
        self.out.push(b'}');
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), EncodeError> {
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
    fn escaped(&mut self, bytes: &[u8], first: usize) -> Result<(), EncodeError> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut plain = 0;
        let mut next = Some(first);
        while let Some(index) = next {
            self.out.extend_from_slice(&bytes[plain..index]);
            plain = index + 1;
            match bytes[index] {
                0 => {
                    return Err(self.error(
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

    fn check_depth(&self) -> Result<(), EncodeError> {
        if self.path.len() >= 128 {
            return Err(self.shape());
        }
        Ok(())
    }

    fn error(&self, code: &'static str, nl: &str, en: &str) -> EncodeError {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Item(index) => pointer_step(&mut pointer, &index.to_string()),
                Step::Member(name) => pointer_step(&mut pointer, name),
            }
        }
        let at = At::default();
        EncodeError::new(code, Place::Json { pointer, at }, nl, en)
    }

    fn shape(&self) -> EncodeError {
        self.error(
            "json.vorm",
            "Deze vorm kan niet in JSON: een naam tweemaal, een onleesbare cel, of te diep genest. Pas de mapping aan.",
            "JSON cannot say this shape: a name twice, an unreadable cell, or nested too deeply. Change the mapping.",
        )
    }
}
