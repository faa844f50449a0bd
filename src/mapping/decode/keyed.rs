use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::named;
use crate::mapping::decode::scope::straight;
use crate::mapping::letters::plain;
use crate::mapping::plan::Keyed;

impl Keyed {
    /// The one value behind the key; twice when the key is there twice.
    pub(super) fn find<'a>(&self, from: &'a Node, steps: &[Name]) -> Found<'a> {
        let mut found = Found::Nothing;
        self.each(from, steps, |_, item, rest| {
            found = match found {
                Found::Nothing => straight(item, rest),
                _ => Found::Twice(item),
            };
        });
        found
    }

    /// The one value in the item with the key, or else in the first item.
    pub(super) fn rather<'a>(&self, from: &'a Node, steps: &[Name]) -> Found<'a> {
        self.chosen(from, steps)
            .map_or(Found::Nothing, |(_, item, rest)| straight(item, rest))
    }

    /// The first item with the key, or else the first: its number, and the steps from it to the value.
    pub(super) fn chosen<'a, 's>(
        &self,
        from: &'a Node,
        steps: &'s [Name],
    ) -> Option<(Option<usize>, &'a Node, &'s [Name])> {
        let mut first = None;
        let mut found = None;
        self.items(from, steps, |number, item, rest| {
            if first.is_none() {
                first = Some((number, item, rest));
            }
            if found.is_none() && self.has(item) {
                found = Some((number, item, rest));
            }
        });
        found.or(first)
    }

    /// Every item with the key: its number among all items (none where there is no list of them), and the steps from it
    /// to the value.
    pub(super) fn each<'a, 's>(
        &self,
        from: &'a Node,
        steps: &'s [Name],
        mut visit: impl FnMut(Option<usize>, &'a Node, &'s [Name]),
    ) {
        self.items(from, steps, |number, item, rest| {
            if self.has(item) {
                visit(number, item, rest);
            }
        });
    }

    /// Whether an item has the key.
    pub(crate) fn has(&self, item: &Node) -> bool {
        let key = item.get(&self.key).and_then(Node::as_text);
        key.is_some_and(|key| *plain(key).trim() == *plain(&self.text))
    }

    fn items<'a, 's>(
        &self,
        from: &'a Node,
        steps: &'s [Name],
        mut visit: impl FnMut(Option<usize>, &'a Node, &'s [Name]),
    ) {
        let (lead, rest) = steps.split_at((self.at + 1).min(steps.len()));
        let Some((repeated, above)) = lead.split_last() else {
            return;
        };
        let Found::One(parent) = straight(from, above) else {
            return;
        };
        let mut number = 0;
        for node in named(parent, repeated) {
            let (items, listed) = match &node.value {
                Value::List(items) => (items.as_slice(), true),
                _ => (std::slice::from_ref(node), !repeated_once(parent, repeated)),
            };
            for item in items {
                visit(listed.then_some(number), item, rest);
                number += 1;
            }
        }
    }
}

/// Whether a name stands there once, so that places do not number it.
fn repeated_once(parent: &Node, name: &str) -> bool {
    named(parent, name).nth(1).is_none()
}
