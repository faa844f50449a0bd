//! Whether rules write what stands in one object one after the other: then the document is written as they come, and nothing
//! of it needs to be kept until the rest is known.

use crate::adapters::is_plain_json_name;
use crate::document::Name;
use crate::document::shared;
use crate::mapping::encode::is_inside;
use crate::mapping::plan::Act;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use std::collections::HashSet;

/// Whether the rules of a plan for JSON do, of which no two write at one place. A constant that is only there beside
/// something else has to wait for that.
pub(super) fn are_in_order(plan: &Plan) -> bool {
    let of_root = |rule: &Rule| rule.source.is_root();
    if plan.element.steps.is_empty() {
        return places(&plan.rules, |_| true).is_some_and(is_in_order);
    }
    // the elements stand where the first rule that is about an element stands
    let mut rules = plan.rules.iter();
    let split = rules.position(|rule| rule.outward && !of_root(rule));
    let (before, after) = plan.rules.split_at(split.unwrap_or(plan.rules.len()));
    let (Some(mut whole), Some(after)) = (places(before, of_root), places(after, of_root)) else {
        return false;
    };
    if !plan
        .element
        .steps
        .iter()
        .all(|name| is_plain_json_name(name))
    {
        return false;
    }
    whole.push(&plan.element.steps);
    whole.extend(after);
    let own = places(&plan.rules, |rule| !rule.source.is_root());
    is_in_order(whole) && own.is_some_and(is_in_order)
}

/// The places of some rules in the order in which they write; none where they have to wait, or have a name that cannot
/// stand in JSON as it is.
fn places(rules: &[Rule], counts: fn(&Rule) -> bool) -> Option<Vec<&[Name]>> {
    let mut found = Vec::new();
    for rule in rules.iter().filter(|rule| rule.outward && counts(rule)) {
        let mut names = rule.places().flat_map(Source::steps);
        if is_inside(rule) || !names.all(|name| is_plain_json_name(name)) {
            return None;
        }
        match &rule.act {
            Act::Set(..) => {}
            Act::Group(group) => {
                let inner = places(&group.rules, |_| true)?;
                if rule.source == Source::Here {
                    found.extend(inner);
                } else if is_in_order(inner) {
                    found.push(place(&rule.source));
                } else {
                    return None;
                }
            }
            Act::Field(_) | Act::Constant(_) | Act::Spread(_) => {
                found.extend(rule.places().map(place));
            }
        }
    }
    Some(found)
}

/// Where what a source names is, up to what repeats on the way.
fn place(source: &Source) -> &[Name] {
    source.split().0
}

/// Whether no object is left and written in again.
fn is_in_order(places: Vec<&[Name]>) -> bool {
    let mut left: HashSet<&[Name]> = HashSet::new();
    let mut open: &[Name] = &[];
    for place in places {
        let above = place.split_last().map_or(&[][..], |(_, above)| above);
        let shared = shared(open, above);
        left.extend((shared + 1..=open.len()).map(|end| &open[..end]));
        if (shared + 1..=above.len()).any(|end| left.contains(&above[..end])) {
            return false;
        }
        open = above;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Library;
    use crate::schema::Schemas;

    #[test]
    fn places_are_in_order_where_no_object_is_left_and_written_in_again() {
        for (places, in_order) in [
            (&["a", "b"][..], true),
            (&["a/b", "a/c", "d", "e/f"], true),
            (&["a/b/c", "a/d", "a/e/f"], true),
            (&["a/b", "c", "a/d"], false),
            (&["a/b/c", "a/d/e", "a/b/f"], false),
            (&["a/b/c", "a/d", "a/b/f"], false),
            (&["a/b/c", "d/b/c", "d/e"], true),
            (&[], true),
        ] {
            let places: Vec<Vec<Name>> = (places.iter())
                .map(|place| place.split('/').map(Name::from).collect())
                .collect();
            let found = is_in_order(places.iter().map(Vec::as_slice).collect());
            assert_eq!(found, in_order, "{places:?}");
        }
    }

    #[test]
    fn rules_that_wait_for_others_or_have_odd_names_are_not_streamed() {
        let schemas = Schemas::embedded().expect("they load");
        let streams = |rules: &[&str]| {
            let rules = rules.join("\n[[rule]]\nsource = ");
            let text = format!(
                "[mapping]\norganisatie = \"f\"\nsoort = \"m\"\ntitel = \"t\"\nstatus = \"s\"\n\
                 direction = \"both\"\nformat = \"json\"\nmain = \"opdracht\"\ndelivers = \"none\"\n\
                 [[rule]]\nsource = {rules}\n"
            );
            let library = Library::compile(&[("f/m.toml".to_owned(), text)], &schemas);
            let library = library.unwrap_or_else(|found| panic!("{found:?}"));
            let mapping = library.get("f", "m").expect("it is there");
            mapping.plan().expect("it has rules").streams
        };
        let number = "\"a/nr\"\ntarget = \"opdracht.ordernummer\"\nrequired = true";
        let name = "\"a/naam\"\ntarget = \"kandidaat.roepnaam\"";
        let other = "\"b\"\ntarget = \"kandidaat.geslachtsnaam\"";
        let odd = "'b\"c'\ntarget = \"kandidaat.geslachtsnaam\"";
        let constant = "\"b/c\"\nconst = \"x\"";
        for (rules, expected) in [
            (&[number, name, other][..], true),
            (&[number, other, name], false),
            (&[number, name, odd], false),
            (&[number, name, constant], false),
        ] {
            assert_eq!(streams(rules), expected, "{rules:?}");
        }
    }
}
