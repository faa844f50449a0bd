use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::known::ByKey;
use crate::mapping::known::Known;
use crate::mapping::known::Repeats;
use crate::mapping::known::Taken;
use crate::mapping::plan::Plan;
use crate::mapping::plan::escaped;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

/// Most unread parts that are named, a document of another kind has nothing else; the others are counted.
const UNREAD_MAX: usize = 20;
/// Longest name of a sender's part that is shown, in characters.
const NAME_MAX: usize = 60;
/// An element's own text.
const TEXT: &str = "#text";
/// Attributes of these namespaces say how XML is written, not what it says: `xsi:nil`, `xsi:schemaLocation`,
/// `xml:lang`.
pub(crate) const XML_OWN: [&str; 2] = [
    "@{http://www.w3.org/2001/XMLSchema-instance}",
    "@{http://www.w3.org/XML/1998/namespace}",
];

/// One remark for each part of a tree that no rule names: the first time it occurs, with its place and how many times it
/// does. What is in an unread part is not named again.
pub(super) fn unread(plan: &Plan, root: &Node, label: &str, faults: &mut Vec<Fault>) {
    let mut walk = Walk {
        plan,
        label,
        path: Vec::new(),
        seen: HashMap::new(),
        keys: 0,
        others: 0,
        more: 0,
        faults,
    };
    walk.node(root, &plan.known);
    walk.end();
}

/// A step from a node to one of its parts, or an item of it.
#[derive(Clone, Copy)]
struct Step<'d> {
    from: &'d Node,
    index: usize,
    /// Whether places number it however many there are.
    repeats: bool,
}

struct Walk<'p, 'd> {
    plan: &'p Plan,
    label: &'p str,
    path: Vec<Step<'d>>,
    /// Where something of the plan is looked for, the name of a part that it does not know, which of the faults says so,
    /// and how many times it is there.
    seen: HashMap<(*const Known, Name), (usize, usize)>,
    /// How many items with an unknown key there are.
    keys: usize,
    /// How many items were named that another was taken of.
    others: usize,
    /// How many parts there are of those that are not named.
    more: usize,
    faults: &'p mut Vec<Fault>,
}

impl<'p, 'd> Walk<'p, 'd> {
    fn node(&mut self, node: &'d Node, known: &'p Known) {
        match &node.value {
            Value::Map(parts) => self.parts(node, parts, known),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let step = Step {
                        from: node,
                        index,
                        repeats: true,
                    };
                    if self.others <= UNREAD_MAX && known.passes_over(item, items.iter()) {
                        self.report_other(item, step);
                    }
                    match known.by_key(item) {
                        ByKey::Known => {}
                        ByKey::Ignored => continue,
                        ByKey::Unknown => {
                            self.report_key(item, step);
                            continue;
                        }
                    }
                    if let Value::Map(parts) = &item.value {
                        self.path.push(step);
                        self.parts(item, parts, known);
                        self.path.pop();
                    }
                }
            }
            _ => {}
        }
    }

    fn parts(&mut self, node: &'d Node, parts: &'d [(Name, Node)], known: &'p Known) {
        let mut from = 0;
        for (index, (name, part)) in parts.iter().enumerate() {
            let found = known.part(name, &mut from);
            // what nearly all parts are: one value that is read
            if found.is_some_and(|found| found.takes(part)) {
                continue;
            }
            let step = Step {
                from: node,
                index,
                repeats: found.is_some_and(|found| found.repeats > Repeats::No),
            };
            match found {
                Some(found) if found.taken == Taken::Ignored => {}
                Some(found) if found.by_key(part) == ByKey::Ignored => {}
                Some(found) if found.by_key(part) == ByKey::Unknown => self.report_key(part, step),
                Some(found) if self.is_lost(part, found) => {
                    self.report(known, name, part, step);
                }
                Some(found) => {
                    let same = parts.iter().filter(|(other, _)| other == name);
                    let same = same.map(|(_, node)| node);
                    if self.others <= UNREAD_MAX && found.passes_over(part, same) {
                        self.report_other(part, step);
                    }
                    self.path.push(step);
                    self.node(part, found);
                    self.path.pop();
                }
                None if self.speaks_for_itself(name, known) => {}
                None => self.report(known, name, part, step),
            }
        }
    }

    /// Whether a part that rules look into holds something else than parts: a text, or a list where one is meant.
    fn is_lost(&self, part: &Node, known: &Known) -> bool {
        let json = self.plan.format != Format::Xml;
        let value = known.taken == Taken::Value;
        match &part.value {
            Value::Map(_) | Value::Null => false,
            Value::List(items) => {
                !(items.is_empty() || value || known.repeats > Repeats::No || known.chooses())
            }
            // an item that is no object is a fault of its own
            _ if known.taken >= Taken::Tested || known.repeats > Repeats::No && json => false,
            Value::Text(text) => !text.trim().is_empty(),
            Value::Bool(_)
            | Value::Number(_)
            | Value::Moment(_)
            | Value::Measure(..)
            | Value::Unreadable(_) => true,
        }
    }

    /// Whether a part needs no rule of its own: the text of an element that is read or tested, what an element that is
    /// read as one value holds instead (a fault of its own), and what belongs to XML itself.
    fn speaks_for_itself(&self, name: &Name, known: &Known) -> bool {
        let value = known.taken == Taken::Value;
        if self.plan.format != Format::Xml {
            return value;
        }
        let attribute = name.starts_with('@');
        if &**name == TEXT {
            known.taken >= Taken::Tested
        } else {
            value && !attribute || attribute && XML_OWN.iter().any(|own| name.starts_with(own))
        }
    }

    /// An item whose key no rule names.
    fn report_key(&mut self, item: &Node, step: Step<'d>) {
        self.keys += 1;
        if self.keys > UNREAD_MAX {
            return;
        }
        let place = self.place(item, step);
        self.faults.push(Fault::remark(
            "sleutel.onbekend",
            place,
            "De mapping leest geen onderdeel met deze sleutel.",
            "The mapping reads no item with this key.",
        ));
    }

    /// An item that has more than what is taken of every item, while another was taken.
    fn report_other(&mut self, item: &Node, step: Step<'d>) {
        self.others += 1;
        if self.others > UNREAD_MAX {
            self.faults.push(Fault::remark(
                "deel.overig",
                Place::Whole,
                "Er staat nog meer dat een keer kan en van een ander is overgenomen; hier staan alleen de eerste.",
                "There is more that can be there once and was taken of another; only the first ones are named here.",
            ));
            return;
        }
        let place = self.place(item, step);
        self.faults.push(Fault::remark(
            "deel.overig",
            place,
            "Dit staat er meer dan een keer, en er kan er een zijn. Een ander is overgenomen; wat alleen hier staat niet.",
            "This is here more than once, and there can be one. Another was taken; what stands only here was not.",
        ));
    }

    fn report(&mut self, known: &'p Known, name: &Name, part: &Node, step: Step<'d>) {
        let key = (std::ptr::from_ref(known), Arc::clone(name));
        if let Some((_, times)) = self.seen.get_mut(&key) {
            *times += 1;
            return;
        }
        if self.seen.len() >= UNREAD_MAX {
            self.more += 1;
            return;
        }
        self.seen.insert(key, (self.faults.len(), 1));
        let place = self.place(part, step);
        self.faults.push(Fault::remark(
            "deel.onbekend",
            place,
            "De mapping leest dit onderdeel niet. Geef het een regel, of zet het in `ignore` als het bewust niet wordt gelezen.",
            "The mapping does not read this part. Give it a rule, or put it in `ignore` if it is left unread on purpose.",
        ));
    }

    /// Says how many there are of what is named, and of what is not.
    fn end(self) {
        for (index, times) in self.seen.into_values() {
            if let Some(fault) = self.faults.get_mut(index) {
                fault.comes(times);
            }
        }
        let keys = self.keys.saturating_sub(UNREAD_MAX);
        if keys > 0 {
            self.faults.push(Fault::remark(
                "sleutel.onbekend",
                Place::Whole,
                format!(
                    "De mapping leest nog {keys} onderdelen met een andere sleutel niet; hier staan alleen de eerste."
                ),
                format!(
                    "The mapping does not read {keys} more items with another key; only the first ones are named here."
                ),
            ));
        }
        let more = self.more;
        if more > 0 {
            self.faults.push(Fault::remark(
                "deel.onbekend",
                Place::Whole,
                format!(
                    "De mapping leest nog {more} onderdelen niet; hier staan alleen de eerste."
                ),
                format!(
                    "The mapping does not read {more} more parts; only the first ones are named here."
                ),
            ));
        }
    }

    fn place(&self, part: &Node, step: Step<'_>) -> Place {
        let mut text = self.label.to_owned();
        for step in self.path.iter().chain([&step]) {
            self.write(*step, &mut text);
        }
        if self.plan.format == Format::Xml {
            Place::Xml {
                xpath: text,
                at: part.at,
            }
        } else {
            Place::Json {
                pointer: text,
                at: part.at,
            }
        }
    }

    /// A step as places write it.
    fn write(&self, step: Step<'_>, text: &mut String) {
        text.push('/');
        let parts = step.from.parts();
        let Some((name, _)) = parts.get(step.index) else {
            let _ = write!(text, "{}", step.index);
            return;
        };
        if self.plan.format != Format::Xml {
            text.push_str(&escaped(&shortened(name)));
            return;
        }
        shown_name(self.plan, name, text);
        let same = |(other, _): &&(Name, Node)| other == name;
        if step.repeats || parts.iter().filter(same).count() > 1 {
            let before = parts.iter().take(step.index).filter(same).count();
            let _ = write!(text, "[{}]", before + 1);
        }
    }
}

/// A name with the mapping's own prefix; `*` for a namespace that it does not declare.
pub(crate) fn shown_name(plan: &Plan, name: &str, text: &mut String) {
    if name == TEXT {
        text.push_str("text()");
        return;
    }
    let bare = name.strip_prefix('@').unwrap_or(name);
    if bare.len() < name.len() {
        text.push('@');
    }
    let (uri, local) = bare
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
        .unwrap_or(("", bare));
    let prefix = match uri {
        "" => "",
        uri => plan
            .prefixes
            .iter()
            .find(|(_, known)| known == uri)
            .map_or("*", |(prefix, _)| prefix),
    };
    if !prefix.is_empty() {
        text.push_str(prefix);
        text.push(':');
    }
    text.push_str(&shortened(local));
}

/// The beginning of a name that is too long to be one.
fn shortened(name: &str) -> std::borrow::Cow<'_, str> {
    match name.char_indices().nth(NAME_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}
