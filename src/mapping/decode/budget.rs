//! What stands around elements is read for each of them. A bound on that, so that a small document does not become a
//! large record many times over.

use crate::document::Fault;
use crate::document::Name;
use crate::document::Node;
use crate::document::Place;
use crate::document::Value;
use crate::mapping::plan::Plan;

/// What a value costs beside its text: its place, its name, where it came from.
const VALUE: usize = 256;
/// What any document may cost more than it does by itself.
const ALLOWED: usize = 16 * 1024 * 1024;
/// What it may cost more, in times of what it does by itself.
const ALLOWED_TIMES: usize = 2;

/// What may still be read more than once, as the bytes that it becomes.
pub(super) struct Budget(Option<usize>);

impl Budget {
    /// That of a document. Where nothing stands around elements nothing is read twice, and there is no bound.
    pub(super) fn of(plan: &Plan, root: &Node) -> Self {
        let bound = || ALLOWED.saturating_add(cost(root, &[]).saturating_mul(ALLOWED_TIMES));
        Self((!plan.around.steps.is_empty()).then(bound))
    }

    /// Whether what stands around so many elements can be read for each of them; takes it from the budget.
    pub(super) fn allows(&mut self, around: &Node, inner: &[Name], elements: usize) -> bool {
        let Some(left) = &mut self.0 else {
            return true;
        };
        let again = elements.saturating_sub(1);
        let more = cost(around, inner).saturating_mul(again);
        let fits = more <= *left;
        if fits {
            *left -= more;
        }
        fits
    }
}

/// What a node becomes when it is read, without the elements at some steps within it.
fn cost(node: &Node, without: &[Name]) -> usize {
    let inner = match &node.value {
        Value::Null | Value::Bool(_) => 0,
        Value::Number(text)
        | Value::Moment(text)
        | Value::Measure(_, text)
        | Value::Text(text)
        | Value::Unreadable(text) => text.len(),
        Value::List(items) => items.iter().map(|item| cost(item, &[])).sum(),
        Value::Map(parts) => parts
            .iter()
            .map(|(name, part)| match without {
                [last] if name == last => 0,
                [first, rest @ ..] if name == first => cost(part, rest),
                _ => cost(part, &[]),
            })
            .sum(),
    };
    VALUE.saturating_add(inner)
}

pub(super) fn too_much(place: Place) -> Fault {
    Fault::refused(
        "omgeving.omvang",
        place,
        "Wat hier rond de onderdelen staat is te veel om bij elk ervan te lezen. Stuur minder onderdelen in een keer.",
        "What stands around the elements here is too much to be read for each of them. Send fewer elements at a time.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn map(parts: Vec<(&str, Node)>) -> Node {
        let parts = parts.into_iter();
        Node::made(Value::Map(
            parts.map(|(name, node)| (Arc::from(name), node)).collect(),
        ))
    }

    #[test]
    fn a_node_costs_its_values_and_texts_without_the_elements_in_it() {
        let client = map(vec![
            ("bsn", Node::text("123456789")),
            (
                "producten",
                map(vec![("product", Node::text("x".repeat(1_000)))]),
            ),
        ]);
        let steps: Vec<Name> = vec!["producten".into(), "product".into()];
        assert_eq!(cost(&client, &[]), 4 * VALUE + 1_009);
        assert_eq!(cost(&client, &steps), 3 * VALUE + 9);
    }

    #[test]
    fn what_is_read_again_and_again_has_a_bound_over_the_whole_document() {
        let large = map(vec![("naam", Node::text("x".repeat(200_000)))]);
        let small = map(vec![("naam", Node::text("x"))]);
        let mut budget = Budget(Some(ALLOWED));
        // a single element reads it once
        assert!(budget.allows(&large, &[], 1) && budget.0 == Some(ALLOWED));
        assert!(budget.allows(&large, &[], 80));
        assert!(!budget.allows(&large, &[], 80), "it is used up");
        assert!(budget.allows(&small, &[], 80), "its neighbours are read");
        assert!(Budget(None).allows(&large, &[], usize::MAX));
    }
}
