use crate::canonical::Kind;
use crate::document::Place;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;

/// Where an attribute would stand that an element does not have: the place where its rule looks. None where no rule of
/// the element itself fills it, or something in it.
pub(crate) fn missing(plan: &Plan, element: &Place, kind: Kind, pointer: &str) -> Option<Place> {
    let fills = |rule: &&Rule| {
        rule.inward
            && match &rule.act {
                Act::Field(field) => {
                    let target = &*field.target.pointer;
                    let within = target.strip_prefix(pointer);
                    field.target.owner == Owner::Record(kind)
                        && within.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                }
                _ => false,
            }
    };
    let rule = plan.rules.iter().find(fills)?;
    let (whole, label) = match &rule.source {
        Source::Path(path) => (false, &*path.label),
        Source::Root(path) => (true, &*path.label),
        Source::Column(index) => return in_row(plan, element, *index),
        // what stands around an element is not its own
        Source::Around(_) | Source::Here | Source::None => return None,
    };
    match element {
        Place::Json { pointer, at } => Some(Place::Json {
            pointer: format!("{}{label}", if whole { "" } else { pointer }),
            at: *at,
        }),
        Place::Xml { xpath, at } => {
            let root = plan.root.as_ref().map_or("", |(_, label)| &**label);
            Some(Place::Xml {
                xpath: format!("{}{label}", if whole { root } else { xpath }),
                at: *at,
            })
        }
        _ => None,
    }
}

/// The cell of a row; which column it is in, the row does not say.
fn in_row(plan: &Plan, element: &Place, index: usize) -> Option<Place> {
    let column = plan.table.columns.get(index)?;
    match element {
        Place::Cell { sheet, row, .. } => Some(Place::Cell {
            sheet: sheet.clone(),
            row: *row,
            column: 0,
            header: Some(column.header.to_string()),
        }),
        Place::Positions { line, .. } => {
            let slot = column.slot?;
            let small = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
            Some(Place::Positions {
                line: *line,
                from: small(slot.from),
                to: small(slot.to),
            })
        }
        _ => None,
    }
}
