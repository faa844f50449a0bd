//! From a document to records: each element on its own, every fault with its place.

mod above;
mod book;
mod broken;
mod budget;
mod element;
mod envelope;
mod field;
mod fixed;
mod given_up;
mod group;
mod headless;
mod hidden;
mod keyed;
mod left;
mod list;
mod missing;
mod pair;
mod reading;
mod row;
mod scope;
mod several;
mod spelled;
mod spread;
mod table;
mod together;
mod totals;
mod unread;

pub use book::Book;
pub(crate) use broken::Broken;
pub(crate) use fixed::records;
pub(crate) use missing::missing;
pub(crate) use reading::XSI_NIL;
pub(crate) use spelled::each_at;
pub use table::Table;
pub(crate) use unread::XML_OWN;
pub(crate) use unread::shown_name;

use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::document::joined;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Spot;
use crate::mapping::decode::budget::Budget;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::scope::Scope;
use crate::mapping::decode::scope::Trunk;
use crate::mapping::finder::Finder;
use crate::mapping::finder::Seen;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;

/// Reads a document through a plan.
pub(crate) struct Reader<'p> {
    pub(super) plan: &'p Plan,
    pub(super) main: Kind,
    /// JSON: what was looked into.
    seen: Seen,
}

impl<'p> Reader<'p> {
    pub(crate) fn new(plan: &'p Plan, main: Kind) -> Self {
        Self {
            plan,
            main,
            seen: Seen::default(),
        }
    }

    pub(crate) fn decode(&self, document: &Document) -> Decoded {
        let decoded = self.payload(document);
        match (&self.plan.envelope, &document.envelope) {
            (Some(envelope), Some(root)) => self.enveloped(envelope, root, &document.root, decoded),
            _ => decoded,
        }
    }

    fn payload(&self, document: &Document) -> Decoded {
        let mut decoded = Decoded::default();
        match self.plan.format {
            Format::Csv | Format::Excel => self.table(document, &mut decoded),
            Format::Xml => self.xml(document, &mut decoded),
            Format::FixedWidth => self.lines(document, &mut decoded),
            Format::Json => self.json(document, &mut decoded),
        }
        let needed = self.plan.answers.is_none();
        if needed && decoded.elements.is_empty() && !decoded.faults.iter().any(Fault::refuses) {
            let place = if self.plan.format == Format::Json {
                Place::Json {
                    pointer: self.plan.element.label.to_string(),
                    at: document.root.at,
                }
            } else {
                Place::Whole
            };
            decoded.faults.push(nothing(place));
        }
        decoded
    }

    fn xml(&self, document: &Document, decoded: &mut Decoded) {
        let expected = self.plan.root.as_ref();
        let found = document.root.parts().first();
        let (Some((name, root)), Some((wanted, label))) = (found, expected) else {
            decoded.faults.push(wrong_root(Place::Whole));
            return;
        };
        if name != wanted {
            let place = Place::Xml {
                xpath: "/*".to_owned(),
                at: root.at,
            };
            decoded.faults.push(wrong_root(place));
            return;
        }
        self.once(root, label, &[], decoded);
        let outer = &self.plan.around;
        let mut budget = Budget::of(self.plan, root);
        each_at(root, label, outer, true, |around, outside| {
            let trunk = Trunk {
                plan: self.plan,
                root,
                whole: label,
                around,
                outside: &Name::from(outside),
                found: &[],
            };
            self.elements(trunk, &mut budget, decoded);
        });
        if let Some(answers) = &self.plan.answers {
            // what a retour repeats of the delivery beside its numbers is not read, and not lost
            return answers.read(self.plan, root, decoded);
        }
        if decoded.elements.is_empty() {
            decoded.faults.push(nothing(Place::Xml {
                xpath: format!("{label}{}", self.plan.element.label),
                at: root.at,
            }));
        }
        unread::unread(self.plan, root, label, &mut decoded.faults);
    }

    /// The elements of one part that stands around elements; the root, where nothing does.
    fn elements(&self, trunk: Trunk<'_>, budget: &mut Budget, decoded: &mut Decoded) {
        let inner = self.plan.inner();
        let mut elements = Vec::new();
        collect(trunk.around, &inner.steps, &mut elements);
        if !budget.allows(trunk.around, &inner.steps, elements.len()) {
            let place = Place::Xml {
                xpath: trunk.outside.to_string(),
                at: trunk.around.at,
            };
            decoded
                .elements
                .push(refused_element(budget::too_much(place)));
            return;
        }
        let alone = elements.is_empty() && !self.plan.around.steps.is_empty();
        if alone && self.plan.answers.is_some() {
            // a retour may reject a person as a whole
            let nothing = Node::made(Value::Map(Vec::new()));
            self.element(&nothing, trunk, trunk.outside, decoded);
        } else if alone {
            // what is said of somebody without anything to say it with is not passed over
            let place = Place::Xml {
                xpath: trunk.outside.to_string(),
                at: trunk.around.at,
            };
            decoded.elements.push(refused_element(nothing(place)));
        }
        if let Some(pair) = &self.plan.pair {
            return self.pairs(pair, &elements, trunk, decoded);
        }
        each_at(trunk.around, trunk.outside, &inner, true, |node, here| {
            self.element(node, trunk, &Name::from(here), decoded);
        });
    }

    fn json(&self, document: &Document, decoded: &mut Decoded) {
        let mut broken = Broken::of(document);
        self.objects(&document.root, &mut broken, decoded);
        decoded.faults.extend(broken.rest());
        if self.seen.all() {
            debug_assert_eq!(
                self.left_unread(document),
                [],
                "what was seen is all there is"
            );
        } else {
            decoded.faults.extend(self.left_unread(document));
        }
    }

    /// A remark for each part that no rule names.
    fn left_unread(&self, document: &Document) -> Vec<Fault> {
        let mut faults = Vec::new();
        unread::unread(self.plan, &document.root, "", &mut faults);
        faults
    }

    fn objects(&self, root: &Node, broken: &mut Broken<'_>, decoded: &mut Decoded) {
        let whole = Name::from("");
        let of_root = self.plan.element.steps.is_empty();
        if of_root {
            self.seen.wait_for(root);
        }
        // an element that is the document itself is looked into as such
        let found = (self.plan.root_finder).find(root, Some(&self.seen).filter(|_| !of_root));
        let trunk = Trunk {
            plan: self.plan,
            root,
            whole: &whole,
            around: root,
            outside: &whole,
            found: &found,
        };
        self.once(root, &whole, &found, decoded);
        let mut node = Some(root);
        for step in &self.plan.element.steps {
            node = node.and_then(|node| node.get(step));
        }
        let label = &self.plan.element.label;
        match node.map(|node| (node, &node.value)) {
            Some((_, Value::List(items))) => {
                for (index, item) in items.iter().enumerate() {
                    let here = joined(&[label, "/", itoa::Buffer::new().format(index)]);
                    if let Some(refused) = broken.element(&here, item) {
                        decoded.elements.push(refused);
                        continue;
                    }
                    self.element(item, trunk, &here, decoded);
                }
            }
            Some((node, Value::Map(_))) => {
                if let Some(refused) = broken.element(label.name(), node) {
                    return decoded.elements.push(refused);
                }
                self.element(node, trunk, label.name(), decoded);
            }
            found => decoded.faults.push(Fault::refused(
                if found.is_some() {
                    "json.vorm"
                } else {
                    "element.ontbreekt"
                },
                Place::Json {
                    pointer: label.to_string(),
                    at: found.map_or(root.at, |(node, _)| node.at),
                },
                "Hier moet een object staan, of een lijst van objecten.",
                "An object is expected here, or a list of objects.",
            )),
        }
    }

    /// The rules that belong to the document as a whole: its constants and its envelope.
    pub(super) fn once(
        &self,
        root: &Node,
        label: &Name,
        found: &[Option<&Node>],
        decoded: &mut Decoded,
    ) {
        let mut draft = Draft::new(self.plan);
        let scope = Scope::Tree {
            trunk: &Trunk {
                plan: self.plan,
                root,
                whole: label,
                around: root,
                outside: label,
                found,
            },
            node: root,
            here: label,
            found: &[],
        };
        self.refused_parts(scope, true, &mut draft);
        for rule in self.plan.intake.of_document(&self.plan.rules) {
            self.rule(rule, scope, &mut element::Dest::Records, &mut draft);
        }
        decoded.envelope = draft.envelope;
        decoded.faults = draft.faults;
    }

    /// What stands in an element, or an item, of what its rules look for, by number; only JSON is looked into so.
    fn found_in<'a>(&self, finder: &Finder, node: &'a Node) -> Vec<Option<&'a Node>> {
        match self.plan.format {
            Format::Json => finder.find_in(node, &self.seen),
            _ => Vec::new(),
        }
    }

    fn element(&self, node: &Node, trunk: Trunk<'_>, here: &Name, decoded: &mut Decoded) {
        let found = self.found_in(&self.plan.finder, node);
        let scope = Scope::Tree {
            trunk: &trunk,
            node,
            here,
            found: &found,
        };
        let place = scope.own_place();
        if self.plan.format == Format::Json && !matches!(node.value, Value::Map(_)) {
            decoded.elements.push(refused_element(Fault::refused(
                "json.vorm",
                place,
                "Hier moet een object staan.",
                "An object is expected here.",
            )));
            return;
        }
        let draft = self.read(scope);
        draft.finish(self.plan, place, decoded);
    }

    /// Refuses what the mapping says it cannot take: from the root, or in the element.
    fn refused_parts(&self, scope: Scope<'_>, of_document: bool, draft: &mut Draft) {
        let own = self.plan.refuse.iter();
        for source in own.filter(|source| source.is_root() == of_document) {
            let found = scope.find_all(source);
            let said = found.iter().position(|one| !is_empty(one.node));
            if let Some(at) = said {
                let place = scope.place_of(source, &found, at);
                draft.faults.push(Fault::refused(
                    "deel.geweigerd",
                    place,
                    "Dit onderdeel kan hier niet worden verwerkt, en de rest zou zonder dit onderdeel iets anders zeggen. Stuur het zonder, of op een andere weg.",
                    "This part cannot be processed here, and the rest would say something else without it. Send it without, or some other way.",
                ));
            }
        }
    }

    /// Reads one element.
    pub(super) fn read(&self, scope: Scope<'_>) -> Draft {
        let mut draft = Draft::new(self.plan);
        draft.about(self.main);
        draft.make_room(self.plan.rules.len());
        self.refused_parts(scope, false, &mut draft);
        for rule in self.plan.intake.of_element(&self.plan.rules) {
            self.rule(rule, scope, &mut element::Dest::Records, &mut draft);
        }
        self.settle(&[scope], &mut draft);
        draft
    }

    /// What is only set says nothing by itself: it joins a record that something else is known of. Of several rows that
    /// are one element the first is looked at for which a condition holds.
    fn settle(&self, scopes: &[Scope<'_>], draft: &mut Draft) {
        for rule in self.plan.intake.of_set(&self.plan.rules) {
            if let Act::Set(target, value) = &rule.act
                && let Owner::Record(kind) = target.owner
                && (kind == self.main || draft.says_something(kind))
                && let Some(scope) = scopes.iter().find(|scope| Self::holds(rule, **scope))
            {
                let mut dest = element::Dest::Records;
                if draft.make(&mut dest, (target, value), || scope.own_place()) {
                    draft.set(&dest, target, &rule.name, || Spot::made(scope.own_place()));
                }
            }
        }
    }
}

/// Whether a part says nothing at all.
pub(crate) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        Value::Map(parts) => parts.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Bool(_)
        | Value::Number(_)
        | Value::Moment(_)
        | Value::Measure(..)
        | Value::Unreadable(_) => false,
    }
}

/// An element of which nothing could be read.
fn refused_element(fault: Fault) -> Element {
    Element {
        place: fault.place.clone(),
        faults: vec![fault],
        ..Element::default()
    }
}

/// Everything that stands at some steps, in the order of the document.
pub(crate) fn collect<'a>(
    node: &'a Node,
    steps: &[crate::document::Name],
    into: &mut Vec<&'a Node>,
) {
    match steps.split_first() {
        None => into.push(node),
        Some((step, rest)) => {
            for child in scope::named(node, step) {
                collect(child, rest, into);
            }
        }
    }
}

fn nothing(place: Place) -> Fault {
    Fault::refused(
        "element.ontbreekt",
        place,
        "Het bericht bevat geen enkel element om te lezen.",
        "The message holds no element to read.",
    )
}

fn wrong_root(place: Place) -> Fault {
    Fault::refused(
        "xml.wortel",
        place,
        "Dit bericht heeft een ander hoofdelement (of een andere naamruimte) dan dit soort bericht.",
        "This message has another root element (or namespace) than this kind of message.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters;
    use crate::adapters::Limits;
    use crate::document::Wire;
    use crate::mapping::Library;
    use crate::schema::Schemas;
    use serde_json::Value as Json;
    use serde_json::json;

    const EXAMPLE: &str =
        include_str!("../../../mappings/gemeente-voorbeelddorp/voorbeelden/verwijzing.json");

    #[test]
    fn what_is_unread_is_only_looked_for_where_something_else_was_seen() {
        let schemas = Schemas::embedded().expect("they load");
        let library = Library::shipped(&schemas).expect("they compile");
        let mapping = library.get("gemeente-voorbeelddorp", "verwijzing");
        let mapping = mapping.expect("it is there");
        let plan = mapping.plan().expect("it has rules");
        let read = |pointer: &str, value: Json| {
            let mut example: Json = serde_json::from_str(EXAMPLE).expect("JSON");
            if let Some((above, name)) = pointer.rsplit_once('/') {
                match example.pointer_mut(above) {
                    Some(Json::Array(items)) => {
                        items[name.parse::<usize>().expect("a number")] = value;
                    }
                    Some(object) => object[name] = value,
                    None => panic!("{above} is there"),
                }
            }
            let bytes = example.to_string();
            let document = adapters::decode(bytes.as_bytes(), &Wire::Json, &Limits::default());
            let reader = Reader::new(plan, mapping.main());
            let decoded = reader.decode(&document.expect("JSON"));
            let unread = decoded
                .faults
                .iter()
                .any(|fault| fault.code == "deel.onbekend");
            (reader.seen.all(), unread)
        };
        for (pointer, value, seen) in [
            ("", json!(null), (true, false)),
            // left out, empty, or passed over on purpose
            (
                "/aanmeldingen/0/inwoner/roepnaam",
                json!(null),
                (true, false),
            ),
            ("/aanmeldingen/0/inwoner", json!(null), (true, false)),
            ("/aanmeldingen/0/afdeling", json!({"a": 1}), (true, false)),
            ("/bericht/versie", json!([1]), (true, false)),
            // beside what rules read: in the document, an element, a part of it, an item
            ("/x", json!(1), (false, true)),
            ("/aanmeldingen/1/x", json!(1), (false, true)),
            ("/aanmeldingen/0/inwoner/woont/x", json!(1), (false, true)),
            ("/aanmeldingen/0/stukken/0/x", json!(1), (false, true)),
            // something else than a value: whether it is unread takes another look
            ("/aanmeldingen/0/spoed", json!({}), (false, false)),
            ("/aanmeldingen/0/stukken/0", json!("x"), (false, false)),
            ("/aanmeldingen/1", json!("x"), (false, false)),
        ] {
            assert_eq!(read(pointer, value), seen, "{pointer}");
        }
    }
}
