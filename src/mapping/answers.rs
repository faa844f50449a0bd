//! What the receiver of a delivery rejects of it, told in its own format: a retour that comes in (iWmo 302, 306, 316).
//! It is the delivery again, of which only what is rejected, with a code at each part.

use crate::document::Fault;
use crate::document::Lang;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::decode::collect;
use crate::mapping::decode::each_at;
use crate::mapping::decode::is_empty;
use crate::mapping::decode::shown_name;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use std::collections::HashMap;
use std::fmt::Write;

/// Longest code, in bytes.
const CODE_MAX: usize = 40;

/// The `[answers]` of a mapping.
pub(crate) struct Answers {
    /// The message kinds of which it is the retour.
    pub messages: Vec<String>,
    /// From the root to the header.
    pub header: Path,
    /// From the header, or from what is rejected, to a code.
    pub code: Path,
    /// The code at the header that says that nothing is rejected.
    pub accepted: String,
    /// The code of what was not looked at, because what stands around it is rejected.
    pub unchecked: String,
}

/// What a retour says of a delivery.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// Whether it says that all of it was taken.
    pub accepted: bool,
    /// What is rejected of the delivery as a whole.
    pub whole: Vec<Rejected>,
    /// What is rejected of it: the index of the element, and what of it.
    pub parts: Vec<(usize, Vec<Rejected>)>,
}

/// A part that was rejected.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// Where its codes stand.
    pub place: Place,
    /// Why, in the codes of the format.
    pub codes: Vec<String>,
}

impl Answers {
    /// Reads the codes of a document that was decoded.
    pub(crate) fn read(&self, plan: &Plan, root: &Node, decoded: &mut Decoded) {
        let Some((_, label)) = plan.root.as_ref() else {
            return;
        };
        let mut walk = Walk {
            answers: self,
            plan,
            faults: Vec::new(),
        };
        let mut answered = Answered::default();
        let mut headers = Vec::new();
        collect(root, &self.header.steps, &mut headers);
        let here = format!("{label}{}", self.header.label);
        for header in headers {
            walk.codes(header, &here, &[], &mut answered.whole);
        }
        let accepted = |one: &Rejected| one.codes.contains(&self.accepted);
        answered.accepted = answered.whole.iter().any(accepted);
        let whole = self.reasons(std::mem::take(&mut answered.whole), false);
        let elements = decoded.elements.iter().zip(0..);
        let elements: HashMap<String, usize> = elements
            .map(|(element, index)| (element.place.innermost().location(Lang::Nl), index))
            .collect();
        let (outer, inner) = (&plan.around, plan.inner());
        walk.loose_within(root, label, &outer.steps);
        each_at(root, label, outer, true, |around, outside| {
            let mut own = Vec::new();
            if !outer.steps.is_empty() {
                walk.loose(around, outside);
                walk.codes(around, outside, &inner.steps, &mut own);
            }
            walk.loose_within(around, outside, &inner.steps);
            let own = self.reasons(own, false);
            let mut alone = true;
            each_at(around, outside, &inner, true, |node, here| {
                alone = false;
                let mut codes = Vec::new();
                walk.loose(node, here);
                walk.codes(node, here, &[], &mut codes);
                let fell = !own.is_empty() || !whole.is_empty();
                let mut codes = self.reasons(codes, fell);
                codes.splice(0..0, own.iter().cloned());
                if let (false, Some(index)) = (codes.is_empty(), elements.get(here)) {
                    answered.parts.push((*index, codes));
                }
            });
            if alone && !own.is_empty() {
                let index = elements.get(outside).copied();
                answered
                    .parts
                    .extend(index.map(|index| (index, own.clone())));
            }
        });
        answered.whole = whole;
        let said = !(answered.whole.is_empty() && answered.parts.is_empty());
        if !said && !answered.accepted && walk.faults.is_empty() {
            walk.faults.push(Fault::refused(
                "retour.leeg",
                Place::Xml {
                    xpath: here,
                    at: root.at,
                },
                "Dit retourbericht zegt niet wat er is afgewezen, en ook niet dat alles goed is. Zet een retourcode bij de kop, of bij wat is afgewezen.",
                "This retour says neither what is rejected nor that all is well. Put a code at the header, or at what is rejected.",
            ));
        }
        decoded.faults.append(&mut walk.faults);
        decoded.answered = Some(answered);
    }

    /// What rejects, of what has codes: where something around it fell, also what was not looked at for that reason.
    fn reasons(&self, found: Vec<Rejected>, fell: bool) -> Vec<Rejected> {
        let rejects = |code: &String| *code != self.accepted && (fell || *code != self.unchecked);
        let of = |mut one: Rejected| {
            one.codes.retain(rejects);
            one
        };
        let found = found.into_iter().map(of);
        found.filter(|one| !one.codes.is_empty()).collect()
    }
}

struct Walk<'a> {
    answers: &'a Answers,
    plan: &'a Plan,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    /// Every part at or in a node that has codes, without what stands at some steps from it.
    fn codes(&mut self, node: &Node, here: &str, without: &[Name], into: &mut Vec<Rejected>) {
        let path = &self.answers.code;
        self.loose_within(node, here, &path.steps);
        let mut codes: Vec<String> = Vec::new();
        each_at(node, here, path, true, |one, at| {
            let text = one.as_text().unwrap_or_default().trim();
            if is_code(text) {
                if !codes.iter().any(|known| known == text) {
                    codes.push(text.to_owned());
                }
            } else if !is_empty(one) {
                let place = Place::Xml {
                    xpath: at.to_owned(),
                    at: one.at,
                };
                self.faults.push(not_a_code(place));
            }
        });
        if !codes.is_empty() {
            let place = Place::Xml {
                xpath: here.to_owned(),
                at: node.at,
            };
            into.push(Rejected { place, codes });
        }
        // so many of each name, and so many of them passed
        let mut named: HashMap<&Name, (usize, usize)> = HashMap::new();
        for (name, _) in node.parts() {
            named.entry(name).or_default().0 += 1;
        }
        for (name, part) in node.parts() {
            let (all, number) = named.entry(name).or_default();
            *number += 1;
            let of_code = path.steps.first() == Some(name);
            let rest = match without {
                [last] if name == last => continue,
                [first, rest @ ..] if name == first => rest,
                _ => &[],
            };
            if of_code || part.parts().is_empty() {
                continue;
            }
            let number = (*all > 1).then_some(*number);
            let inner = self.inner(here, name, number);
            self.codes(part, &inner, rest, into);
        }
    }

    /// How places write a part of what stands somewhere, with its number where there are more of that name.
    fn inner(&self, here: &str, name: &Name, number: Option<usize>) -> String {
        let mut inner = format!("{here}/");
        shown_name(self.plan, name, &mut inner);
        if let Some(number) = number {
            let _ = write!(inner, "[{number}]");
        }
        inner
    }

    /// A text where parts should stand: what is rejected there, nobody can tell.
    fn loose(&mut self, node: &Node, here: &str) {
        let is_own = |name: &Name| name.starts_with(['#', '@']);
        let bare = node.parts().iter().all(|(name, _)| is_own(name));
        let text = node.as_text().unwrap_or_default();
        if bare && !text.trim().is_empty() {
            self.faults.push(Fault::refused(
                "retour.vorm",
                Place::Xml {
                    xpath: here.to_owned(),
                    at: node.at,
                },
                "Hier staat een tekst waar onderdelen horen; wat hier is afgewezen is niet te lezen. Zet hier de onderdelen met hun nummers en retourcodes.",
                "A text stands here where parts belong; what is rejected here cannot be read. Put the parts here, with their numbers and retour codes.",
            ));
        }
    }

    /// The same of all that stands on the way from a node to what stands at some steps.
    fn loose_within(&mut self, node: &Node, here: &str, steps: &[Name]) {
        let [first, rest @ ..] = steps else {
            return;
        };
        if rest.is_empty() {
            return;
        }
        let parts: Vec<&Node> = node.all(first).collect();
        for (part, number) in parts.iter().zip(1..) {
            let inner = self.inner(here, first, (parts.len() > 1).then_some(number));
            self.loose(part, &inner);
            self.loose_within(part, &inner, rest);
        }
    }
}

/// A code is shown to another organisation: nothing that could be said of a person.
fn is_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=CODE_MAX).contains(&text.len()) && text.bytes().all(fits)
}

fn not_a_code(place: Place) -> Fault {
    Fault::refused(
        "retour.code",
        place,
        "Dit is geen retourcode. Gebruik een korte code van letters, cijfers, punten en streepjes.",
        "This is no retour code. Use a short code of letters, digits, dots and dashes.",
    )
}
