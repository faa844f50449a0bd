use crate::canonical::ValueState;
use crate::document::Node;
use crate::document::Severity;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::field::TWICE;
use crate::mapping::decode::reading::Reading;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Scope;
use crate::mapping::parts::Parts;
use crate::mapping::plan::Field;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;

const STATE_OF_PART: Note = note!(
    "deel.status",
    "Waarom dit deel geen waarde heeft is niet te bewaren; de waarde is uit de andere delen gemaakt.",
    "Why this part has no value cannot be kept; the value was made of the other parts.",
);

impl Reader<'_> {
    /// A value that stands at several places.
    pub(super) fn several(
        &self,
        rule: &Rule,
        field: &Field,
        parts: &Parts,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let mut texts: Vec<String> = Vec::with_capacity(1 + parts.others.len());
        let mut states: Vec<(ValueState, &Source, &Node)> = Vec::new();
        let mut first: Option<(&Source, &Node)> = None;
        let mut broken = false;
        for source in rule.sources() {
            let mut text = String::new();
            match scope.find(source) {
                Found::Nothing => {}
                Found::Twice(node) => {
                    broken = true;
                    let place = scope.place(source, Some(node), None);
                    draft.refuse(dest, &field.target, TWICE, place);
                }
                Found::One(node) => {
                    let (reading, remark) = self.reading(field, node);
                    if let Some(remark) = remark {
                        let place = scope.place(source, Some(node), None);
                        draft.note(remark, place, Severity::Remark);
                    }
                    match reading {
                        Reading::Empty => {}
                        Reading::State(state) => states.push((state, source, node)),
                        Reading::Wrong(why) => {
                            broken = true;
                            let place = scope.place(source, Some(node), None);
                            draft.refuse(dest, &field.target, why, place);
                        }
                        Reading::Cell(shown) => {
                            part(shown.cell()).clone_into(&mut text);
                            first = first.or(Some((source, node)));
                        }
                    }
                }
            }
            texts.push(text);
        }
        if broken {
            return;
        }
        let Some((source, node)) = first else {
            return match states.split_first() {
                None => Self::absent(rule, field, scope, dest, draft),
                Some(((state, _, node), rest)) => {
                    let others = rest.iter().filter(|(other, ..)| other != state);
                    Self::left_out(others, scope, draft);
                    let place = scope.place(&rule.source, Some(node), None);
                    Self::state(rule, field, *state, place, dest, draft);
                }
            };
        };
        Self::left_out(states.iter(), scope, draft);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let decoded = parts
            .join
            .joined(&texts)
            .and_then(|text| Self::decoded(field, Cell::Text(&text), None));
        match decoded {
            Ok(taken) => Self::taken(rule, field, taken, (source, node), scope, dest, draft),
            Err(why) => {
                let place = scope.place(source, Some(node), None);
                let raw = parts.join.shown(&texts);
                Self::kept(rule, field, why, place, Some(&raw), dest, draft);
            }
        }
    }

    /// Tells of states that a value of several parts has no place for.
    fn left_out<'s>(
        states: impl Iterator<Item = &'s (ValueState, &'s Source, &'s Node)>,
        scope: Scope<'_>,
        draft: &mut Draft,
    ) {
        for (_, source, node) in states {
            let place = scope.place(source, Some(node), None);
            draft.note(STATE_OF_PART, place, Severity::Remark);
        }
    }
}

/// A part's text. A number 1.0 of a workbook or of JSON is the code 1.
fn part(cell: Cell<'_>) -> &str {
    let text = cell.text().trim();
    match cell {
        Cell::Number(_) => text.strip_suffix(".0").unwrap_or(text),
        _ => text,
    }
}
