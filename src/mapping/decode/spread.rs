use crate::canonical::ValueState;
use crate::document::Node;
use crate::document::Severity;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::field::MISSING;
use crate::mapping::decode::field::TWICE;
use crate::mapping::decode::reading::Reading;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Scope;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Spread;

/// A text that is not so many parts, with exactly this between them.
fn other_parts(count: usize, between: &str) -> Note {
    Note::with(
        "deel.aantal",
        format!(
            "Hier horen {count} delen te staan, met precies `{between}` ertussen (let op de spaties); deze tekst wordt niet op de gok gesplitst."
        ),
        format!(
            "There should be {count} parts here, with exactly `{between}` between them (mind the spaces); this text is not split by guess."
        ),
    )
}

impl Reader<'_> {
    /// A text that is several attributes together.
    pub(super) fn spread(
        &self,
        rule: &Rule,
        spread: &Spread,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let found = scope.find(&rule.source);
        let node = match found {
            Found::Nothing => None,
            Found::One(node) | Found::Twice(node) => Some(node),
        };
        let refuse = |why: Note, dest: &Dest, draft: &mut Draft| {
            for (target, _) in &spread.targets {
                draft.refused_at(dest, target);
            }
            draft.note(
                why,
                scope.place(&rule.source, node, None),
                Severity::Refused,
            );
        };
        let (reading, node) = match found {
            Found::Twice(_) => return refuse(TWICE, dest, draft),
            Found::Nothing if rule.required => return refuse(MISSING, dest, draft),
            Found::Nothing => return,
            Found::One(node) => (self.reading(&spread.whole, node), node),
        };
        let (reading, remark) = reading;
        if let Some(remark) = remark {
            let place = scope.place(&rule.source, Some(node), None);
            draft.note(remark, place, Severity::Remark);
        }
        let state = match reading {
            Reading::Empty => spread.whole.empty,
            Reading::State(state) => Some(state),
            Reading::Wrong(why) => return refuse(why, dest, draft),
            Reading::Cell(shown) => {
                let cell = shown.cell();
                let text = cell.text().trim();
                let count = spread.targets.len();
                if let Ok(parts) = spread.join.split(text, count) {
                    Self::apart(rule, spread, &parts, node, scope, dest, draft);
                } else {
                    refuse(other_parts(count, spread.join.between()), dest, draft);
                }
                return;
            }
        };
        match state {
            _ if rule.required => refuse(MISSING, dest, draft),
            Some(state) => Self::state_of_all(rule, spread, state, node, scope, dest, draft),
            None => {}
        }
    }

    /// Each part as the attribute that it is.
    fn apart(
        rule: &Rule,
        spread: &Spread,
        parts: &[&str],
        node: &Node,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let spot = || scope.spot(&rule.source, Some(node));
        for ((target, codec), part) in spread.targets.iter().zip(parts) {
            if part.is_empty() {
                continue;
            }
            match codec.decode(Cell::Text(part), None) {
                Err(why) => draft.refuse(dest, target, why, spot().place()),
                Ok(taken) => {
                    if let Some(remark) = taken.remark {
                        draft.note(remark, spot().place(), Severity::Remark);
                    }
                    if let Ok(value) = taken.value {
                        draft.say(dest, (target, value), &rule.name, false, spot);
                    }
                }
            }
        }
    }

    fn state_of_all(
        rule: &Rule,
        spread: &Spread,
        state: ValueState,
        node: &Node,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        for (target, _) in &spread.targets {
            if let Some(at) = pointer(dest, target) {
                let spot = || scope.spot(&rule.source, Some(node));
                draft.set(dest, target, &rule.name, spot);
                dest.speak();
                draft.state(at, state);
            }
        }
    }
}
