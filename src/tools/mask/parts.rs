//! Values that stand in parts at several places: they are masked as the one value that they are, and written in parts
//! again.

use crate::document::Name;
use crate::document::Value;
use crate::mapping::codec::Codec;
use crate::tools::mask::form::Form;
use crate::tools::mask::form::is_placeholder;
use crate::tools::mask::sort::is_shaped;
use crate::tools::mask::sort::sort_of;
use crate::tools::mask::spot::Path;
use crate::tools::mask::spot::Spot;
use crate::tools::mask::treat::Masker;
use crate::tools::mask::uses::Composed;
use crate::tools::mask::uses::Use;
use crate::tools::mask::uses::Uses;
use crate::tools::mask::walk::Holder;
use crate::tools::mask::walk::Maker;
use crate::tools::mask::walk::Site;
use crate::tools::mask::walk::Walk;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// Where a part stands; two may stand at one place of a text.
type At = (Spot, Path);

/// A part with a value, and where it stands.
type Part = Option<(At, String)>;

/// Every value in parts of a document, whose form says what it is: a date, not a name.
pub(super) struct Wholes<'m> {
    all: Vec<Whole<'m>>,
    /// For each part the value it belongs to, and its mask.
    masks: HashMap<At, (String, String)>,
}

struct Whole<'m> {
    index: usize,
    used: Use<'m>,
    rule: usize,
    text: String,
    /// Where the parts with a value stand.
    at: Vec<Option<At>>,
}

impl<'m> Wholes<'m> {
    pub(super) fn of(walk: &Walk<'_>, uses: &Uses<'m>) -> Self {
        let mut parts = Parts {
            uses,
            found: BTreeMap::new(),
        };
        if !uses.composed.is_empty() {
            walk.rebuild(&mut parts);
        }
        let wholes = parts.found.into_iter().filter_map(|((rule, _), parts)| {
            let composed = &uses.composed[rule];
            let index = composed.index?;
            let whole = Use {
                form: Form::Field(composed.field),
                ..uses.all[index]
            };
            let shaped =
                is_shaped(sort_of(&whole)) && !matches!(composed.field.codec, Codec::Table(_));
            let texts: Vec<&str> = parts
                .iter()
                .map(|part| part.as_ref().map_or("", |(_, text)| text.as_str()))
                .collect();
            let text = composed.join.joined(&texts).ok().filter(|_| shaped)?;
            Some(Whole {
                index,
                used: whole,
                rule,
                text,
                at: parts.into_iter().map(|part| Some(part?.0)).collect(),
            })
        });
        Self {
            all: wholes.collect(),
            masks: HashMap::new(),
        }
    }

    /// Masks them anew.
    pub(super) fn mask(&mut self, uses: &Uses<'m>, masker: &mut Masker<'m>) {
        self.masks.clear();
        for whole in &self.all {
            let made = masker.mask(&whole.text, &[(whole.index, whole.used)], false, None);
            let join = uses.composed[whole.rule].join;
            let Ok(parts) = join.split(&made, whole.at.len()) else {
                continue; // each part is masked by itself
            };
            for (at, part) in whole.at.iter().zip(parts) {
                if let Some(at) = at {
                    let mask = (whole.text.clone(), part.to_owned());
                    self.masks.insert(at.clone(), mask);
                }
            }
        }
    }

    /// The value that a part belongs to, and the mask of that part.
    pub(super) fn at(&self, site: &Site<'_>) -> Option<&(String, String)> {
        if self.masks.is_empty() {
            return None;
        }
        self.masks.get(&(site.spot, site.path.clone()))
    }
}

/// Collects the parts of values, each with those that stand in the same element, item or row.
struct Parts<'u, 'm> {
    uses: &'u Uses<'m>,
    /// By rule and by what the parts stand in.
    found: BTreeMap<(usize, Spot), Vec<Part>>,
}

impl Maker for Parts<'_, '_> {
    fn value(&mut self, site: &Site<'_>, value: &Value) -> Value {
        let text = match value {
            Value::Text(text) => text.trim(),
            // a number 1.0 of a workbook or of JSON is the part 1
            Value::Number(text) | Value::Moment(text) | Value::Measure(_, text) => {
                text.strip_suffix(".0").unwrap_or(text)
            }
            _ => return Value::Null,
        };
        for (rule, composed) in self.uses.composed.iter().enumerate() {
            let part = composed.paths.iter().position(|path| *path == site.path);
            let (Some(part), Some(holder)) = (part, holder(composed, site.within)) else {
                continue;
            };
            if text.is_empty() || is_placeholder(composed.field, text) {
                continue;
            }
            let parts = self.found.entry((rule, holder.spot));
            let parts = parts.or_insert_with(|| vec![None; composed.paths.len()]);
            if parts[part].is_none() {
                parts[part] = Some(((site.spot, site.path.clone()), text.to_owned()));
            }
        }
        Value::Null
    }

    fn name(&mut self, name: &Name, _: bool) -> Name {
        Name::clone(name)
    }

    fn sheet(&mut self, name: &Name, _: usize, _: bool) -> Name {
        Name::clone(name)
    }
}

/// What all parts of a value stand in.
fn holder<'w>(composed: &Composed<'_>, within: &'w [Holder]) -> Option<&'w Holder> {
    let mut trees = composed.paths.iter().map(|path| match path {
        Path::Tree(steps) => steps.split_last().map_or(&[][..], |(_, above)| above),
        _ => &[],
    });
    let first = trees.next()?;
    let depth = trees.fold(first.len(), |depth, other| {
        let same = std::iter::zip(first, other).take_while(|(one, other)| one == other);
        same.count().min(depth)
    });
    within.iter().rev().find(|holder| holder.depth <= depth)
}
