use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Severity;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Note;
use crate::mapping::codec::note;
use crate::mapping::decode::Reader;
use crate::mapping::decode::element::Dest;
use crate::mapping::decode::element::Draft;
use crate::mapping::decode::element::pointer;
use crate::mapping::decode::field::TWICE;
use crate::mapping::decode::reading::Reading;
use crate::mapping::decode::scope::Found;
use crate::mapping::decode::scope::Occurrence;
use crate::mapping::decode::scope::Scope;
use crate::mapping::decode::scope::located;
use crate::mapping::plan::Field;
use crate::mapping::plan::Rule;
use serde_json::Value as Json;
use std::cell::OnceCell;

const BARE: Note = note!(
    "waarde.vorm",
    "Hier moet een object staan.",
    "An object is expected here.",
);

impl Reader<'_> {
    pub(super) fn occurrences(
        &self,
        rule: &Rule,
        field: &Field,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let nodes = scope.find_all(&rule.source);
        let mut values = Vec::with_capacity(nodes.len());
        let mut silent = true;
        // Worked out once, and only where something is to be said.
        let exact = OnceCell::new();
        let apart = |dest: &Dest, draft: &mut Draft| {
            if let Some((_, list)) = pointer(dest, &field.target) {
                draft.keep_apart(&list);
            }
        };
        for (at, Occurrence { index, node, bare }) in nodes.iter().copied().enumerate() {
            let outer = draft.begin();
            // A lone occurrence is not numbered: the sender sees no list there.
            let number = (nodes.len() > 1 || self.plan.format == Format::Json).then_some(index);
            let place = || {
                let all = exact.get_or_init(|| scope.numbered(&rule.source, false));
                let own = all.as_ref().and_then(|all: &Vec<Name>| all.get(at));
                own.map_or_else(
                    || scope.place(&rule.source, Some(node), number),
                    |text| located(self.plan.format, text.to_string(), node.at),
                )
            };
            let (reading, remark) = match self.whole(field, node) {
                // a blank text is nothing, wherever it stands
                (reading, _) if bare && !matches!(reading, Reading::Empty) => {
                    (Reading::Wrong(BARE), None)
                }
                other => other,
            };
            if let Some(remark) = remark {
                draft.note(remark, place(), Severity::Remark);
            }
            match reading {
                Reading::Empty => {}
                Reading::State(state) => {
                    silent = false;
                    Self::state(rule, field, state, place(), dest, draft);
                }
                Reading::Wrong(why) => {
                    silent = false;
                    Self::bad(rule, field, why, place(), node, dest, draft);
                    apart(dest, draft);
                }
                Reading::Cell(shown) => {
                    silent = false;
                    match Self::decoded(field, shown.cell(), None) {
                        Err(why) => {
                            Self::bad(rule, field, why, place(), node, dest, draft);
                            apart(dest, draft);
                        }
                        Ok(taken) => {
                            if let Some(remark) = taken.remark {
                                draft.note(remark, place(), Severity::Remark);
                            }
                            values.extend(taken.value);
                        }
                    }
                }
            }
            draft.end(outer);
        }
        let first = nodes.first().map(|first| first.node);
        Self::list(rule, field, values, silent, first, scope, dest, draft);
    }

    pub(super) fn separated(
        &self,
        rule: &Rule,
        field: &Field,
        separator: &str,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        let node = match scope.find(&rule.source) {
            Found::Nothing => {
                return Self::absent_at(rule, field, None, scope, dest, draft);
            }
            Found::Twice(node) => {
                let place = scope.place(&rule.source, Some(node), None);
                return draft.refuse(dest, &field.target, TWICE, place);
            }
            Found::One(node) => node,
        };
        let (reading, remark) = self.reading(field, node);
        if let Some(remark) = remark {
            let place = scope.place(&rule.source, Some(node), None);
            draft.note(remark, place, Severity::Remark);
        }
        let shown = match reading {
            Reading::Empty => {
                return Self::absent_at(rule, field, Some(node), scope, dest, draft);
            }
            Reading::State(state) => {
                let place = scope.place(&rule.source, Some(node), None);
                return Self::state(rule, field, state, place, dest, draft);
            }
            Reading::Cell(shown) => shown,
            Reading::Wrong(why) => {
                let place = scope.place(&rule.source, Some(node), None);
                return Self::bad(rule, field, why, place, node, dest, draft);
            }
        };
        let mut values = Vec::new();
        for part in shown
            .cell()
            .text()
            .split(separator)
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let place = || scope.place(&rule.source, Some(node), None);
            match Self::decoded(field, Cell::Text(part), None) {
                // The whole text is kept once, not once for each item.
                Err(why) => {
                    Self::bad(rule, field, why, place(), node, dest, draft);
                    if field.keep {
                        break;
                    }
                }
                Ok(taken) => {
                    if let Some(remark) = taken.remark {
                        draft.note(remark, place(), Severity::Remark);
                    }
                    values.extend(taken.value);
                }
            }
        }
        Self::list(rule, field, values, false, Some(node), scope, dest, draft);
    }

    #[allow(clippy::too_many_arguments)] // the end of two functions that share everything
    pub(super) fn list(
        rule: &Rule,
        field: &Field,
        values: Vec<Json>,
        silent: bool,
        first: Option<&Node>,
        scope: Scope<'_>,
        dest: &mut Dest,
        draft: &mut Draft,
    ) {
        if values.is_empty() {
            if silent {
                Self::absent(rule, field, scope, dest, draft);
            }
            return;
        }
        draft.set(dest, &field.target, &rule.name, || {
            scope.spot(&rule.source, first)
        });
        if let Some(list) = dest.list(draft, &field.target) {
            list.extend(values);
        }
    }
}
