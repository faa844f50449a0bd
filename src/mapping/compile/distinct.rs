//! Whether rules surely write each value at a place of its own: then nobody needs to look whether an object has a name twice.

use crate::document::Name;
use crate::mapping::plan::Act;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;

/// The places in an object, and in the root, that rules write at.
#[derive(Default)]
struct Places<'p> {
    own: Vec<&'p [Name]>,
    root: Vec<&'p [Name]>,
}

/// Whether no two rules of a plan for JSON write at one place, or one of them in what another writes. Of rules that write
/// under a condition each may.
pub(super) fn are_distinct(plan: &Plan) -> bool {
    let mut places = Places::default();
    if !places.add(&plan.rules) {
        return false;
    }
    let Places { own, mut root } = places;
    match &*plan.element.steps {
        [] => root.extend(own),
        steps => {
            root.push(steps);
            if !are_apart(own) {
                return false;
            }
        }
    }
    are_apart(root)
}

impl<'p> Places<'p> {
    /// Adds the places of some rules; whether that is all there is to know of them.
    fn add(&mut self, rules: &'p [Rule]) -> bool {
        let mut outward = rules.iter().filter(|rule| rule.outward);
        outward.all(|rule| match &rule.act {
            Act::Set(..) => true,
            Act::Group(group) if rule.source == Source::Here => self.add(&group.rules),
            Act::Group(group) => {
                let mut inner = Places::default();
                self.put(&rule.source)
                    && inner.add(&group.rules)
                    && inner.root.is_empty()
                    && are_apart(inner.own)
            }
            Act::Field(_) | Act::Constant(_) | Act::Spread(_) => {
                rule.places().all(|source| self.put(source))
            }
        })
    }

    fn put(&mut self, source: &'p Source) -> bool {
        let (path, places) = match source {
            Source::Path(path) => (path, &mut self.own),
            Source::Root(path) => (path, &mut self.root),
            _ => return false,
        };
        if path.keyed.is_some() || path.chosen.is_some() {
            return false;
        }
        let (place, _) = path.split();
        places.push(place);
        !place.is_empty()
    }
}

/// Whether no place is another, or in it.
fn are_apart(mut places: Vec<&[Name]>) -> bool {
    places.sort_unstable();
    // what is in a place stands right behind it
    places.windows(2).all(|pair| !pair[1].starts_with(pair[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_apart_where_none_is_another_or_in_it() {
        for (places, apart) in [
            (&["a", "b"][..], true),
            (&["a/b", "a/c", "ab"], true),
            (&["a", "a"], false),
            (&["a/b", "c", "a/b"], false),
            (&["a/b", "a-b", "a"], false),
            (&["a/b/c", "a/d", "a/b"], false),
            (&[], true),
        ] {
            let places: Vec<Vec<Name>> = (places.iter())
                .map(|place| place.split('/').map(Name::from).collect())
                .collect();
            let found = are_apart(places.iter().map(Vec::as_slice).collect());
            assert_eq!(found, apart, "{places:?}");
        }
    }
}
