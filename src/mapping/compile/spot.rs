//! Places in a document as rules name them, and which of them no document can have together.

use crate::document::Format;
use crate::document::Name;
use crate::mapping::plan::Path;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Source;
use std::fmt::Write;
use std::sync::Arc;

/// A place in the document that a rule is about.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    /// How its rule writes it, and with that the groups that the rule stands in.
    pub text: String,
    pub whole: String,
    start: Start,
    steps: Vec<Step>,
    form: Form,
}

/// What a place's steps start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Element,
    Root,
    Around,
    /// No steps: a column.
    Column(usize),
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One value.
    Value,
    /// The text of an element in which others find parts.
    Text,
    /// A value, any number of times.
    Values,
    /// The items of a group: where that starts in the file.
    Items(usize),
}

#[derive(Clone, Debug)]
struct Step {
    name: Name,
    mark: Mark,
}

/// How often a part stands there, as a path says it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Once,
    /// `x[]`.
    Each,
    /// `x[key=text]`.
    Keyed(Name, String),
    /// `x[key=text or first]`.
    Chosen,
    /// The items of a group, by where that starts in the file.
    Items(usize),
    /// The elements of the mapping, or what stands around them.
    Elements,
}

/// Why two places cannot be together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clash {
    /// What is a value for the one has parts for the other.
    Parts,
    /// What is there once for the one repeats for the other, or repeats in another way.
    Times,
    /// They are one place, and what stands there is no rule's.
    Place,
}

/// Where the places of a document start.
#[derive(Clone, Copy)]
pub(super) struct Starts<'p> {
    element: &'p [Name],
    around: &'p [Name],
}

impl<'p> Starts<'p> {
    /// All at the root.
    pub(super) const ROOT: Self = Self {
        element: &[],
        around: &[],
    };

    pub(super) fn of(plan: &'p Plan) -> Self {
        Self {
            element: &plan.element.steps,
            around: &plan.around.steps,
        }
    }

    /// The places of the elements themselves and of what stands around them, from the root.
    pub(super) fn spots(self) -> Vec<Spot> {
        let spot = |start| {
            let steps = self.above(start);
            Spot {
                text: String::new(),
                whole: String::new(),
                start,
                steps,
                form: Form::Items(0),
            }
        };
        let spots = [Start::Element, Start::Around].map(spot);
        spots
            .into_iter()
            .filter(|spot| !spot.steps.is_empty())
            .collect()
    }

    /// From the root to where a path starts.
    fn above(self, start: Start) -> Vec<Step> {
        let steps = match start {
            Start::Element => self.element,
            Start::Around => self.around,
            Start::Root | Start::Column(_) => &[],
        };
        let repeats = [self.element.len(), self.around.len()];
        let step = |(at, name): (usize, &Name)| Step {
            name: Arc::clone(name),
            mark: if repeats.contains(&(at + 1)) {
                Mark::Elements
            } else {
                Mark::Once
            },
        };
        steps.iter().enumerate().map(step).collect()
    }
}

impl Spot {
    /// The place of a source. `base` is the item of a group that a path starts from.
    pub(super) fn of(source: &Source, text: &str, base: Option<&Self>, form: Form) -> Self {
        let (start, path, base) = match source {
            Source::Column(index) => (Start::Column(*index), None, None),
            Source::Root(path) => (Start::Root, Some(path), None),
            Source::Around(path) => (Start::Around, Some(path), None),
            Source::Path(path) => (Start::Element, Some(path), base),
            Source::None | Source::Here => (Start::Element, None, base),
        };
        let mut steps = base.map_or_else(Vec::new, |base| base.steps.clone());
        steps.extend(path.into_iter().flat_map(marked));
        if let (Form::Items(group), Some(last)) = (form, steps.last_mut()) {
            last.mark = Mark::Items(group);
        }
        Self {
            text: text.to_owned(),
            whole: base.map_or_else(|| text.to_owned(), |base| format!("{}/{text}", base.whole)),
            start: base.map_or(start, |base| base.start),
            steps,
            form: if *source == Source::Here && form == Form::Value {
                Form::Text
            } else {
                form
            },
        }
    }

    /// A value that is no rule's: its steps from the root, and how places write them.
    pub(super) fn of_value(steps: &[Name], text: &str) -> Self {
        let step = |name: &Name| Step {
            name: Arc::clone(name),
            mark: Mark::Once,
        };
        Self {
            text: text.to_owned(),
            whole: text.to_owned(),
            start: Start::Root,
            steps: steps.iter().map(step).collect(),
            form: Form::Value,
        }
    }

    /// An attribute of the element at this place.
    pub(super) fn attribute(mut self, name: &Name, text: String) -> Self {
        self.steps.push(Step {
            name: Arc::clone(name),
            mark: Mark::Once,
        });
        Self {
            whole: format!("{}/@{text}", self.whole),
            text,
            form: Form::Value,
            ..self
        }
    }

    /// The same place with every step from the root.
    pub(super) fn rooted(&self, starts: Starts<'_>) -> Self {
        let mut steps = starts.above(self.start);
        steps.extend(self.steps.iter().cloned());
        Self {
            steps,
            ..self.clone()
        }
    }

    /// The same text for the same place, however a mapping writes it.
    pub(super) fn key(&self) -> String {
        if let Start::Column(index) = self.start {
            return format!("#{index}");
        }
        let mut key = String::new();
        for step in &self.steps {
            let _ = write!(key, "/{}", step.name); // writing to a text cannot fail
            if let Mark::Keyed(name, text) = &step.mark {
                let _ = write!(key, "[{name}={text}]");
            }
        }
        // The text of an item is no part of it, and not the group either.
        if self.form == Form::Text {
            key.push_str("/.");
        }
        key
    }

    /// Why no document can have what stands at two places, both from the root. `outward`: they are written; otherwise
    /// they are only read.
    pub(super) fn clash(&self, other: &Self, format: Format, outward: bool) -> Option<Clash> {
        let mut loose = false;
        let mut times = false;
        for (at, (one, two)) in self.steps.iter().zip(&other.steps).enumerate() {
            if one.name != two.name {
                return times.then_some(Clash::Times);
            }
            let keyed = |step: &Step| matches!(step.mark, Mark::Keyed(..));
            if one.mark != two.mark && (keyed(one) || keyed(two)) {
                if keyed(one) && keyed(two) {
                    return None;
                }
                loose = true;
            }
            // What repeats on the way to a rule of a group is looked at with the group.
            if !self.is_in_items(at) && !other.is_in_items(at) {
                times |= differs((one, self.form), (two, other.form), format, outward);
            }
        }
        if self.is_value_with_parts(other, format) || other.is_value_with_parts(self, format) {
            // An item with a key may be another than the one that has a value.
            return (outward || !loose || times).then_some(Clash::Parts);
        }
        // An element for each value of a list is written, and one for its attribute.
        times |= outward && (self.is_list_of(other) || other.is_list_of(self));
        times.then_some(Clash::Times)
    }

    /// The column that it is.
    pub(super) const fn column(&self) -> Option<usize> {
        match self.start {
            Start::Column(index) => Some(index),
            _ => None,
        }
    }

    /// Whether all that can stand here stands at another place, or in what stands there; both from the root.
    pub(super) fn is_in(&self, other: &Self) -> bool {
        let same = |(one, two): (&Step, &Step)| {
            let any = !matches!(two.mark, Mark::Keyed(..));
            one.name == two.name && (any || one.mark == two.mark)
        };
        self.steps.len() >= other.steps.len() && self.steps.iter().zip(&other.steps).all(same)
    }

    /// Whether what stands here has parts, where something stands at another place; both from the root.
    pub(super) fn has_parts_for(&self, other: &Self, format: Format) -> bool {
        other.is_in(self) && self.is_value_with_parts(other, format)
    }

    /// Whether a step leads to the items that this place is in.
    fn is_in_items(&self, at: usize) -> bool {
        let repeats = matches!(self.steps[at].mark, Mark::Items(_) | Mark::Elements);
        let own = at + 1 == self.steps.len() && matches!(self.form, Form::Items(_));
        repeats && !own
    }

    /// Whether this is a value where the other, which begins with the same steps, has parts.
    fn is_value_with_parts(&self, other: &Self, format: Format) -> bool {
        if matches!(self.form, Form::Items(_)) {
            return false;
        }
        match other.steps.get(self.steps.len()) {
            Some(next) => format != Format::Xml || !next.name.starts_with('@'),
            // In XML an item may be a text.
            None => {
                format == Format::Json
                    && self.steps.len() == other.steps.len()
                    && matches!(other.form, Form::Items(_))
            }
        }
    }

    /// Whether this is a list of which the other, in XML, is an attribute of one element.
    fn is_list_of(&self, other: &Self) -> bool {
        let each = |step: &Step| step.mark == Mark::Each;
        let next = other.steps.get(self.steps.len());
        self.form == Form::Values
            && next.is_some_and(|next| next.name.starts_with('@'))
            && !self.steps.iter().chain(&other.steps).any(each)
    }

    /// Whether it is this place that a condition can keep from being looked at, so that both can be read: the value of two
    /// of which one has parts, and either of two that differ in how often they are there.
    pub(super) fn gives_way(&self, other: &Self, clash: Clash) -> bool {
        clash == Clash::Times || self.steps.len() <= other.steps.len()
    }
}

/// The steps of a path with what it says of each.
fn marked(path: &Path) -> impl Iterator<Item = Step> + '_ {
    path.steps.iter().enumerate().map(|(at, name)| Step {
        name: Arc::clone(name),
        mark: match (&path.keyed, &path.chosen, &path.each) {
            (Some(keyed), ..) if keyed.at == at => {
                Mark::Keyed(Arc::clone(&keyed.key), keyed.text.clone())
            }
            (_, Some(chosen), _) if chosen.at == at => Mark::Chosen,
            (.., Some(each)) if each.steps == at + 1 => Mark::Each,
            _ => Mark::Once,
        },
    })
}

/// Whether a part cannot be there as often as two paths say that it is. Each with the form of what its path ends at.
fn differs(one: (&Step, Form), two: (&Step, Form), format: Format, outward: bool) -> bool {
    let json = format == Format::Json;
    match (&one.0.mark, &two.0.mark) {
        (Mark::Once, Mark::Once)
        | (Mark::Chosen, Mark::Chosen)
        | (Mark::Keyed(..), Mark::Keyed(..))
        | (Mark::Elements, Mark::Elements)
        // Of two groups with one source that is said already.
        | (Mark::Items(_), Mark::Items(_)) => false,
        // A list is written as a whole.
        (Mark::Each, Mark::Each) => json && outward,
        // In JSON what repeats is a list, in which such a path finds nothing.
        (Mark::Once, _) | (_, Mark::Once) if json => true,
        (Mark::Once, mark) | (mark, Mark::Once) => {
            let form = if one.0.mark == Mark::Once { one.1 } else { two.1 };
            outward
                && match mark {
                    Mark::Chosen => false,
                    Mark::Items(_) | Mark::Elements => true,
                    _ => form != Form::Values,
                }
        }
        _ => outward,
    }
}
