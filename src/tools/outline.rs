//! The names that samples have, put on top of each other: what repeats stands once.

use crate::document::Document;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::decode::XML_OWN;
use crate::mapping::plan::Plan;

/// What namespace-qualified names of an unknown namespace are shown with.
const UNKNOWN_PREFIX: &str = "*";
/// Most values of one part that are looked at.
const VALUES_MAX: usize = 1000;

/// A name, everything that stands in parts of that name, and their values.
#[derive(Default)]
pub(super) struct Part<'d> {
    pub parts: Vec<(Name, Part<'d>)>,
    /// How often it stands there.
    pub times: usize,
    /// Whether it stands in one place more than once, or is a list.
    pub repeats: bool,
    /// The single values that stand there.
    pub values: Vec<&'d Node>,
}

impl<'d> Part<'d> {
    /// The outline of a tree (XML, JSON).
    pub(super) fn of(documents: &'d [Document]) -> Self {
        let mut root = Self::default();
        for document in documents {
            root.add(&document.root);
        }
        root
    }

    fn add(&mut self, node: &'d Node) {
        self.times += 1;
        match &node.value {
            Value::Map(parts) => {
                for (index, (name, inner)) in parts.iter().enumerate() {
                    if &**name == "#text" {
                        self.value(inner);
                        continue;
                    }
                    let again = parts[..index].iter().any(|(other, _)| other == name);
                    let part = self.part_mut(name);
                    part.repeats |= again;
                    part.add(inner);
                }
            }
            Value::List(items) => {
                self.times -= 1;
                self.repeats = true;
                for item in items {
                    self.add(item);
                }
            }
            _ => self.value(node),
        }
    }

    fn value(&mut self, node: &'d Node) {
        let filled = node.as_text().is_some_and(|text| !text.trim().is_empty())
            || matches!(node.value, Value::Bool(_));
        if filled && self.values.len() < VALUES_MAX {
            self.values.push(node);
        }
    }

    fn part_mut(&mut self, name: &Name) -> &mut Self {
        let index = self.parts.iter().position(|(known, _)| known == name);
        let index = index.unwrap_or_else(|| {
            self.parts.push((Name::clone(name), Self::default()));
            self.parts.len() - 1
        });
        &mut self.parts[index].1
    }

    /// The part with a name.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.parts
            .iter()
            .find(|(known, _)| &**known == name)
            .map(|(_, part)| part)
    }

    /// The part at some steps, or where they end: the last part that is there and how many steps led to it.
    pub(super) fn at(&self, steps: &[Name]) -> Result<&Self, (&Self, usize)> {
        let mut here = self;
        for (index, step) in steps.iter().enumerate() {
            here = here.get(step).ok_or((here, index))?;
        }
        Ok(here)
    }

    /// Every part below this one, with the steps that lead to it.
    pub(super) fn each(&self, visit: &mut impl FnMut(&[Name], &Self)) {
        self.walk(&mut Vec::new(), visit);
    }

    fn walk(&self, path: &mut Vec<Name>, visit: &mut impl FnMut(&[Name], &Self)) {
        for (name, part) in &self.parts {
            path.push(Name::clone(name));
            visit(path, part);
            part.walk(path, visit);
            path.pop();
        }
    }
}

/// Whether a name belongs to XML itself: how it is written, not what it says.
pub(super) fn is_xml_own(name: &str) -> bool {
    XML_OWN.iter().any(|own| name.starts_with(own))
}

/// A name as a mapping writes it, with the mapping's own prefix.
pub(super) fn shown(plan: &Plan, name: &str) -> String {
    let (mark, bare) = name
        .strip_prefix('@')
        .map_or(("", name), |bare| ("@", bare));
    let Some((uri, local)) = bare.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        return name.to_owned();
    };
    let prefix = plan
        .prefixes
        .iter()
        .find(|(_, known)| known == uri)
        .map_or(UNKNOWN_PREFIX, |(prefix, _)| prefix);
    if prefix.is_empty() {
        format!("{mark}{local}")
    } else {
        format!("{mark}{prefix}:{local}")
    }
}

/// Steps as a mapping writes a path from the root.
pub(super) fn path(plan: &Plan, steps: &[Name]) -> String {
    let steps: Vec<String> = steps.iter().map(|step| shown(plan, step)).collect();
    steps.join("/")
}

/// A name without its namespace.
pub(super) fn local(name: &str) -> &str {
    let bare = name.strip_prefix('@').unwrap_or(name);
    bare.rsplit_once('}').map_or(bare, |(_, local)| local)
}
