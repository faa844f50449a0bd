//! The names that samples have, put on top of each other: what repeats stands once.

use crate::document::Document;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::decode::XML_OWN;
use crate::mapping::plan::Plan;
use crate::tools::vocabulary::Vocabulary;

/// What namespace-qualified names of an unknown namespace are shown with.
const UNKNOWN_PREFIX: &str = "*";
/// What stands for a name that may be the datum of somebody.
pub(super) const VEIL: &str = "*";
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
    /// Behind the veil: how many names it stands for.
    pub names: usize,
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

    /// The outline with one part for all names in one place that may be the data of somebody: numbers, dates, names of
    /// people, and what nobody knows where it is the key of each of several parts that are alike.
    pub(super) fn veiled(mut self, vocabulary: &Vocabulary) -> Self {
        let keys = self.keys(vocabulary);
        for (name, part) in std::mem::take(&mut self.parts) {
            let veil = keys.contains(&name) || vocabulary.is_data(local(&name));
            let mut part = part.veiled(vocabulary);
            if !veil || is_xml_own(&name) {
                self.part_mut(&name).join(part);
                continue;
            }
            part.names = 1;
            let veil = if name.starts_with('@') { "@*" } else { VEIL };
            self.part_mut(&veil.into()).join(part);
        }
        self
    }

    /// The names of its parts that are keys, as in a table by what each row is about: where no name is known, those of
    /// several parts that have something in common, or of all where all are numbers.
    fn keys(&self, vocabulary: &Vocabulary) -> Vec<Name> {
        let is_data = |name: &str| vocabulary.is_data(local(name));
        let all = self.parts.iter().filter(|(name, _)| !name.starts_with('@'));
        let all: Vec<&(Name, Self)> = all.collect();
        if all.iter().any(|(name, _)| vocabulary.has(local(name))) {
            return Vec::new();
        }
        let (rows, single): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(_, part)| !part.parts.is_empty());
        let own = rows.iter().copied().filter(|(name, _)| !is_data(name));
        let keys = if alike(&rows) || alike(&own.collect::<Vec<_>>()) {
            rows
        } else if rows.is_empty() && single.len() > 1 && single.iter().all(|part| is_count(part)) {
            single
        } else {
            Vec::new()
        };
        keys.iter().map(|(name, _)| Name::clone(name)).collect()
    }

    fn join(&mut self, other: Self) {
        self.times += other.times;
        self.repeats |= other.repeats;
        self.names += other.names;
        let room = VALUES_MAX.saturating_sub(self.values.len());
        self.values.extend(other.values.into_iter().take(room));
        for (name, part) in other.parts {
            self.part_mut(&name).join(part);
        }
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

/// Whether several parts have something that all have.
fn alike(parts: &[&(Name, Part<'_>)]) -> bool {
    let [(_, first), _, ..] = parts else {
        return false;
    };
    let shared = |name: &Name| parts.iter().all(|(_, part)| part.get(name).is_some());
    first.parts.iter().any(|(name, _)| shared(name))
}

/// Whether a part is a number that is called by a name.
fn is_count((name, part): &(Name, Part<'_>)) -> bool {
    let is_number = |node: &&Node| matches!(node.value, Value::Number(_));
    let numbers = !part.values.is_empty() && part.values.iter().all(is_number);
    local(name).starts_with(char::is_uppercase) && numbers
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
