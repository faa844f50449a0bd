use super::number;
use super::pointer_step;
use crate::adapters::EncodeError;
use crate::adapters::scan::Eight;
use crate::adapters::scan::first_of;
use crate::document::At;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::same_name;
use foldhash::fast::RandomState;
use std::collections::HashSet;

pub(in crate::adapters) fn encode(root: &Node) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer {
        out: Vec::with_capacity(4096),
        path: Vec::new(),
    };
    writer.value(&root.value)?;
    Ok(writer.out)
}

/// Up to how many members equal names are looked for one by one.
const FEW_MEMBERS: usize = 16;

/// Whether a name stands there twice.
fn has_twice(members: &[(Name, Node)]) -> bool {
    // the members of a record are in the order of their names
    if members.is_sorted_by(|(one, _), (next, _)| one < next) {
        return false;
    }
    if members.len() <= FEW_MEMBERS {
        let mut each = members.iter().enumerate();
        return each.any(|(index, (name, _))| {
            let mut before = members[..index].iter();
            before.any(|(known, _)| same_name(known, name))
        });
    }
    let distinct: HashSet<&str, RandomState> = members.iter().map(|(name, _)| &**name).collect();
    distinct.len() < members.len()
}

enum Step<'a> {
    Item(usize),
    Member(&'a str),
}

struct Writer<'a> {
    out: Vec<u8>,
    path: Vec<Step<'a>>,
}

impl<'a> Writer<'a> {
    fn value(&mut self, value: &'a Value) -> Result<(), EncodeError> {
        match value {
            Value::Null => self.out.extend(b"null"),
            Value::Bool(true) => self.out.extend(b"true"),
            Value::Bool(false) => self.out.extend(b"false"),
            Value::Number(spelling) | Value::Moment(spelling) | Value::Measure(_, spelling) => {
                if number(spelling.as_bytes()) != Ok(spelling.len()) {
                    return Err(self.error(
                        "json.getal",
                        "Deze waarde is geen getal in JSON. Pas de mapping aan.",
                        "This value is not a number in JSON. Change the mapping.",
                    ));
                }
                self.out.extend(spelling.as_bytes());
            }
            Value::Text(text) => self.text(text)?,
            Value::List(items) => self.list(items)?,
            Value::Map(members) => self.map(members)?,
            Value::Unreadable(_) => return Err(self.shape()),
        }
        Ok(())
    }

    fn list(&mut self, items: &'a [Node]) -> Result<(), EncodeError> {
        self.check_depth()?;
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Step::Item(index));
            self.value(&item.value)?;
            self.path.pop();
        }
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, members: &'a [(Name, Node)]) -> Result<(), EncodeError> {
        self.check_depth()?;
        if has_twice(members) {
            return Err(self.shape());
        }
        self.out.push(b'{');
        for (index, (name, member)) in members.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Step::Member(name));
            self.text(name)?;
            self.out.push(b':');
            self.value(&member.value)?;
            self.path.pop();
        }
        self.out.push(b'}');
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.out.push(b'"');
        let bytes = text.as_bytes();
        let special = |eight: Eight| eight.same(b'"').or(eight.same(b'\\')).or(eight.below(0x20));
        let mut plain = 0;
        while let Some(found) = first_of(&bytes[plain..], special) {
            let index = plain + found;
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
        }
        self.out.extend_from_slice(&bytes[plain..]);
        self.out.push(b'"');
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
