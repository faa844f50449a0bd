//! What became of a message, told in the sender's own format: its own document again, with the elements that were
//! refused and a code at each (iWmo 302; OP065 and OP304: only what is rejected).

use crate::adapters::can_write;
use crate::canonical::Bundle;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::Wire;
use crate::document::named;
use crate::mapping::codec::Cell;
use crate::mapping::codec::TableCodec;
use crate::mapping::decode::collect;
use crate::mapping::decode::each_at;
use crate::mapping::encode::Here;
use crate::mapping::encode::Sink;
use crate::mapping::encode::Writer;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// An element's own text.
const TEXT: &str = "#text";

/// The `[retour]` of a mapping.
pub(crate) struct Retour {
    /// How the retour is written.
    pub wire: Wire,
    /// Namespaces that are called otherwise there: from, to.
    pub renamed: Vec<(String, String)>,
    /// From the root to the header.
    pub header: Path,
    /// From the header, or from what is refused, to a code.
    pub code: Path,
    /// From the code of a fault to that of the format.
    pub codes: TableCodec,
    /// The code of what is refused for a reason that has none of its own.
    pub rejected: String,
    /// The code at the header when nothing is refused.
    pub accepted: String,
    /// The code of an element that was not looked at, because what stands around it is refused.
    pub unchecked: String,
    /// What the header says otherwise, or beside, what the message said.
    pub rules: Vec<Rule>,
    /// The envelope in which it goes back to a message that came in one.
    pub envelope: Option<Box<Back>>,
}

/// The envelope of a retour.
pub(crate) struct Back {
    /// How it is written, with the retour in it.
    pub wire: Wire,
    pub root: Name,
    /// In the order in which they are written.
    pub parts: Vec<Part>,
}

/// What stands in the envelope of a retour.
pub(crate) enum Part {
    /// A constant, or something that the retour says of itself.
    Said(Box<Rule>),
    /// What stands in the envelope that came: its sender is who gets the retour, and its reference what is answered.
    Copied { from: Vec<Name>, to: Vec<Name> },
}

/// The faults of one place, as codes.
type Codes = Vec<String>;

/// What was refused of a message.
pub enum Refused<'f> {
    /// All of it: nothing was taken.
    Message(&'f [Fault]),
    /// These elements of it: where each stands, and what was said of it. All else was taken.
    Elements(Vec<(&'f Place, &'f [Fault])>),
}

impl Retour {
    /// The retour to a document. `None` when it is no document of this mapping: there is no header to answer then.
    pub(crate) fn of(
        &self,
        plan: &Plan,
        document: &Document,
        refused: Refused<'_>,
        context: &Json,
    ) -> Option<Document> {
        let (wanted, label) = plan.root.as_ref()?;
        let (_, root) = document
            .root
            .parts()
            .first()
            .filter(|(name, _)| name == wanted)?;
        let mut told = Told {
            retour: self,
            faults: match refused {
                Refused::Message(faults) => Faults::ByPlace(ByPlace::new(self, faults)),
                Refused::Elements(elements) => Faults::ByElement(
                    elements
                        .into_iter()
                        .map(|(place, faults)| {
                            (place.innermost().location(Lang::Nl), self.codes_of(faults))
                        })
                        .collect(),
                ),
            },
        };
        let (outer, inner) = (&plan.around, plan.inner());
        let mut elements = Vec::new();
        each_at(root, label, outer, true, |around, here| {
            elements.extend(told.around(around, here, &inner, !outer.steps.is_empty()));
        });
        let whole = told.rest();
        let mut parts = Vec::new();
        let header = self.header(plan, root, whole, elements.is_empty(), context);
        attach(&mut parts, &self.header.steps, vec![header]);
        let steps = if outer.steps.is_empty() {
            &inner
        } else {
            outer
        };
        attach(&mut parts, &steps.steps, elements);
        let name = self.named(wanted);
        let root = declared(&plan.prefixes, &Node::made(Value::Map(parts)));
        let root = self.renamed(root);
        let root = Node::made(Value::Map(vec![(name, root)]));
        let came = plan.envelope.as_deref().zip(document.envelope.as_deref());
        let around = self.envelope.as_deref().zip(came);
        let envelope =
            around.map(|(back, (own, came))| Box::new(back.to(&own.plan, came, context)));
        Some(Document {
            envelope,
            ..Document::new(plan.format, root)
        })
    }

    /// How a retour is written: in its envelope, if it has one.
    pub(crate) fn wire_of(&self, retour: &Document) -> &Wire {
        let envelope = self.envelope.as_ref().filter(|_| retour.envelope.is_some());
        envelope.map_or(&self.wire, |back| &back.wire)
    }

    /// The codes of what refuses, each once.
    fn codes_of(&self, faults: &[Fault]) -> Codes {
        let mut codes = Codes::new();
        for fault in faults.iter().filter(|fault| fault.refuses()) {
            let code = self.code_of(&fault.code);
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    fn code_of(&self, fault: &str) -> String {
        let found = self.codes.decode(Cell::Text(fault)).ok();
        let code = found.and_then(|taken| taken.value.ok());
        code.as_ref()
            .and_then(Json::as_str)
            .unwrap_or(&self.rejected)
            .to_owned()
    }

    /// The header of the message, with what the retour says of itself and the codes of the message as a whole.
    fn header(
        &self,
        plan: &Plan,
        root: &Node,
        mut codes: Codes,
        nothing: bool,
        context: &Json,
    ) -> Node {
        let mut found = Vec::new();
        collect(root, &self.header.steps, &mut found);
        let mut parts = found.first().map_or_else(Vec::new, |node| content(node));
        let bundle = Bundle::default();
        let here = Here::new(context, &bundle);
        let (mut own, mut faults) = (Vec::new(), Vec::new());
        let mut sink = Sink::Tree(&mut own);
        Writer::new(plan).fill(&self.rules, |_| true, here, &mut sink, &mut faults);
        laid_over(&mut parts, named(own));
        if codes.is_empty() && nothing {
            codes.push(self.accepted.clone());
        }
        self.with_codes(parts, codes)
    }

    fn with_codes(&self, mut parts: Vec<(Name, Node)>, codes: Codes) -> Node {
        if !codes.is_empty() {
            let codes = codes.into_iter().map(Node::text).collect();
            attach(&mut parts, &self.code.steps, codes);
        }
        Node::made(Value::Map(parts))
    }

    /// A node in the namespaces of the retour.
    fn renamed(&self, node: Node) -> Node {
        let Value::Map(parts) = node.value else {
            return node;
        };
        let parts = parts
            .into_iter()
            .map(|(name, part)| (self.named(&name), self.renamed(part)));
        Node::made(Value::Map(parts.collect()))
    }

    fn named(&self, name: &Name) -> Name {
        let (mark, bare) = name
            .strip_prefix('@')
            .map_or(("", &**name), |bare| ("@", bare));
        let parts = bare.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let renamed = parts.and_then(|(uri, local)| {
            let (_, to) = self.renamed.iter().find(|(from, _)| from == uri)?;
            Some(Arc::from(format!("{mark}{{{to}}}{local}")))
        });
        renamed.unwrap_or_else(|| Arc::clone(name))
    }
}

impl Back {
    /// The envelope of the retour to a message that came in another; the plan is that of the latter.
    fn to(&self, plan: &Plan, came: &Node, context: &Json) -> Node {
        let came = came.parts().first().map_or(came, |(_, inner)| inner);
        let bundle = Bundle::default();
        let mut parts = Vec::new();
        for part in &self.parts {
            match part {
                Part::Said(rule) => {
                    let here = Here::new(context, &bundle);
                    let mut own = Vec::new();
                    let mut sink = Sink::Tree(&mut own);
                    let rule = std::slice::from_ref(&**rule);
                    Writer::new(plan).fill(rule, |_| true, here, &mut sink, &mut Vec::new());
                    laid_over(&mut parts, named(own));
                }
                Part::Copied { from, to } => {
                    let mut found = Vec::new();
                    collect(came, from, &mut found);
                    let first = found.first().map(|node| declared(&plan.prefixes, node));
                    attach(&mut parts, to, first.into_iter().collect());
                }
            }
        }
        let root = Node::made(Value::Map(parts));
        Node::made(Value::Map(vec![(Arc::clone(&self.root), root)]))
    }
}

/// A part as it came, without what has a namespace that the mapping does not declare: with that nothing can be written.
fn declared(namespaces: &[(String, String)], node: &Node) -> Node {
    let Value::Map(parts) = &node.value else {
        return node.clone();
    };
    let parts = parts
        .iter()
        .filter(|(name, _)| &**name == TEXT || can_write(namespaces, name));
    let parts = parts.map(|(name, part)| (Arc::clone(name), declared(namespaces, part)));
    Node::new(node.at, Value::Map(parts.collect()))
}

/// The parts of an element as it came; of one that holds only a text, that.
fn content(node: &Node) -> Vec<(Name, Node)> {
    match &node.value {
        Value::Map(parts) => parts.clone(),
        Value::Null => Vec::new(),
        _ => vec![(Name::from(TEXT), node.clone())],
    }
}

/// The faults of a message, each told once, at the nearest place that has codes.
struct Told<'a> {
    retour: &'a Retour,
    faults: Faults,
}

enum Faults {
    /// Of a message that was refused as a whole.
    ByPlace(ByPlace),
    /// Of the elements that were refused, by where they stand.
    ByElement(HashMap<String, Codes>),
}

/// Faults that are looked up by where they are.
struct ByPlace {
    /// In the order in which they were found: the format's code, and whether it was told.
    codes: Vec<(String, bool)>,
    /// Where each of them is, in the order of places.
    places: Vec<(String, usize)>,
}

impl ByPlace {
    fn new(retour: &Retour, faults: &[Fault]) -> Self {
        let faults = || faults.iter().filter(|fault| fault.refuses());
        let places = faults().map(|fault| fault.place.innermost().location(Lang::Nl));
        let mut places: Vec<(String, usize)> = places.zip(0..).collect();
        places.sort();
        let code = |fault: &Fault| (retour.code_of(&fault.code), false);
        Self {
            codes: faults().map(code).collect(),
            places,
        }
    }

    /// The codes of what is not told yet at a place or in it.
    fn at(&mut self, here: &str) -> Codes {
        let first = self
            .places
            .partition_point(|(place, _)| place.as_str() < here);
        let places = self.places[first..].iter();
        let mut found: Vec<usize> = places
            .map_while(|(place, number)| Some((place.strip_prefix(here)?, *number)))
            .filter(|(rest, _)| rest.is_empty() || rest.starts_with('/'))
            .map(|(_, number)| number)
            .collect();
        found.sort_unstable();
        self.tell(found)
    }

    /// The codes of what is told nowhere else: it is about the message as a whole.
    fn rest(&mut self) -> Codes {
        self.tell(0..self.codes.len())
    }

    fn tell(&mut self, numbers: impl IntoIterator<Item = usize>) -> Codes {
        let mut codes = Codes::new();
        for number in numbers {
            let (code, told) = &mut self.codes[number];
            if !std::mem::replace(told, true) && !codes.contains(code) {
                codes.push(code.clone());
            }
        }
        codes
    }
}

impl Told<'_> {
    /// The codes of what is not told yet at a place or in it.
    fn at(&mut self, here: &str) -> Codes {
        match &mut self.faults {
            Faults::ByPlace(faults) => faults.at(here),
            Faults::ByElement(elements) => elements.remove(here).unwrap_or_default(),
        }
    }

    /// The codes of what is told nowhere else: it is about the message as a whole.
    fn rest(&mut self) -> Codes {
        match &mut self.faults {
            Faults::ByPlace(faults) => faults.rest(),
            Faults::ByElement(_) => Codes::new(),
        }
    }

    /// One part that stands around elements, with the refused ones among them; the elements themselves where nothing
    /// stands around them.
    fn around(&mut self, node: &Node, here: &str, inner: &Path, is_around: bool) -> Vec<Node> {
        let mut elements = Vec::new();
        let mut refused: Vec<Codes> = Vec::new();
        each_at(node, here, inner, true, |element, here| {
            elements.push(element);
            refused.push(self.at(here));
        });
        if !is_around {
            let refused = elements.into_iter().zip(refused);
            let refused = refused.filter(|(_, codes)| !codes.is_empty());
            return refused
                .map(|(node, codes)| self.retour.with_codes(content(node), codes))
                .collect();
        }
        let own = self.at(here);
        if own.is_empty() && refused.iter().all(Vec::is_empty) {
            return Vec::new();
        }
        if !own.is_empty() && matches!(self.faults, Faults::ByPlace(_)) {
            let unchecked = refused.iter_mut().filter(|codes| codes.is_empty());
            unchecked.for_each(|codes| codes.push(self.retour.unchecked.clone()));
        }
        let parts = self.pruned(node, &inner.steps, &mut refused.into_iter());
        vec![self.retour.with_codes(parts, own)]
    }

    /// The parts of a node, with of the elements at some steps only those that have codes.
    fn pruned(
        &self,
        node: &Node,
        steps: &[Name],
        codes: &mut dyn Iterator<Item = Codes>,
    ) -> Vec<(Name, Node)> {
        if !matches!(node.value, Value::Map(_)) {
            return content(node);
        }
        let mut parts = Vec::new();
        for (name, part) in node.parts() {
            match steps {
                [last] if name == last => {
                    let codes = codes.next().unwrap_or_default();
                    if !codes.is_empty() {
                        let part = self.retour.with_codes(content(part), codes);
                        parts.push((Arc::clone(name), part));
                    }
                }
                [first, rest @ ..] if name == first => {
                    let inner = self.pruned(part, rest, codes);
                    parts.push((Arc::clone(name), Node::made(Value::Map(inner))));
                }
                _ => parts.push((Arc::clone(name), part.clone())),
            }
        }
        parts
    }
}

/// Puts elements at some steps; what leads there is made where it is missing.
fn attach(parts: &mut Vec<(Name, Node)>, steps: &[Name], nodes: Vec<Node>) {
    let Some((last, above)) = steps.split_last() else {
        return;
    };
    let mut parts = parts;
    for step in above {
        let known = parts.iter().position(|(name, _)| name == step);
        let index = known.unwrap_or_else(|| {
            parts.push((Arc::clone(step), Node::made(Value::Map(Vec::new()))));
            parts.len() - 1
        });
        let node = &mut parts[index].1;
        if !matches!(node.value, Value::Map(_)) {
            node.value = Value::Map(content(node));
        }
        let Value::Map(inner) = &mut node.value else {
            return;
        };
        parts = inner;
    }
    parts.extend(nodes.into_iter().map(|node| (Arc::clone(last), node)));
}

/// Puts parts over others: what stands there under the same name is what they say.
fn laid_over(parts: &mut Vec<(Name, Node)>, own: Vec<(Name, Node)>) {
    for (name, node) in own {
        let Some((_, there)) = parts.iter_mut().find(|(known, _)| *known == name) else {
            parts.push((name, node));
            continue;
        };
        match (&mut there.value, node.value) {
            (Value::Map(there), Value::Map(own)) => laid_over(there, own),
            (there, own) => *there = own,
        }
    }
}
