//! Conditions, and what they leave: a value that is there and that no rule takes is not passed over in silence.

use crate::document::Node;
use crate::document::Severity;
use crate::document::Value;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::reading::NO_WORD;
use crate::mapping::decode::reading::XSI_NIL;
use crate::mapping::decode::reading::word;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Scope;
use crate::mapping::letters::plain;
use crate::mapping::plan::Rule;
use crate::mapping::plan::TestIn;
use crate::mapping::plan::WhenIn;

pub(super) const LEFT: Note = note!(
    "waarde.overgeslagen",
    "Deze waarde is niet overgenomen: met wat er verder in dit onderdeel staat neemt de mapping haar niet over.",
    "This value was not taken: with what else is in this part the mapping does not take it.",
);

impl Reader<'_> {
    /// Whether a rule's condition holds.
    pub(super) fn holds(rule: &Rule, scope: Scope<'_>) -> bool {
        rule.when_in.as_ref().is_none_or(|when| is_so(when, scope))
    }

    /// Tells of each value that a rule would take, that no other rule takes either.
    pub(super) fn leave(rule: &Rule, scope: Scope<'_>, draft: &mut Draft) {
        for left in &rule.left {
            let found = scope.find_all(&left.source);
            let lost = found.iter().position(|one| says_something(one.node));
            let Some(lost) = lost else {
                continue;
            };
            let mut others = left.unless.iter();
            if others.any(|whens| whens.iter().all(|when| is_so(when, scope))) {
                continue;
            }
            draft.note(
                LEFT,
                scope.place_of(&left.source, &found, lost),
                Severity::Remark,
            );
        }
    }
}

/// Whether a condition holds.
fn is_so(when: &WhenIn, scope: Scope<'_>) -> bool {
    let text = match scope.find(&when.source) {
        Found::One(node) => text_of(node),
        Found::Nothing | Found::Twice(_) => None,
    };
    let text = text.map(plain);
    let text = text.as_deref().map(str::trim);
    let text = text.filter(|text| !text.is_empty());
    let among =
        |words: &[String]| text.is_some_and(|text| words.iter().any(|word| *plain(word) == *text));
    match &when.test {
        TestIn::Is(words) => among(words),
        TestIn::IsNot(words) => !among(words),
        TestIn::Present(present) => text.is_some() == *present,
    }
}

/// What a condition sees in a node.
fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Map(_) if node.as_text().is_none() && node.get(XSI_NIL).is_none() => Some(NO_WORD),
        _ => word(node),
    }
}

/// Whether something stands there.
fn says_something(node: &Node) -> bool {
    word(node).is_some_and(|text| !plain(text).trim().is_empty())
}
