//! What becomes of an item that is given up, because what it is recognised by cannot be translated.

use crate::change::Change;
use crate::change::path_of;
use crate::judge::Touch;
use crate::spots::steps_of;
use crate::value::location;
use schakel::document::Fault;
use schakel::document::Place;
use schakel::mapping::Element;
use serde_json::Value as Json;

/// The places of the items that were given up, of those that hold what was touched.
fn given_up<'e>(touch: &Touch<'_>, new: &'e Element) -> impl Iterator<Item = &'e Place> {
    let spot = touch.spot;
    let faults = new.faults.iter();
    let places = faults.filter(|fault| fault.code == "groep.onbekend");
    places
        .map(|fault| &fault.place)
        .filter(|place| spot.is_within(place))
}

/// Whether a fault tells what stood in an item that is given up because of what was touched.
pub(crate) fn is_of_given_up(fault: &Fault, touch: &Touch<'_>, new: &Element) -> bool {
    let steps = steps_of(&fault.place);
    fault.code == "waarde.overgeslagen"
        && given_up(touch, new).any(|item| steps.starts_with(&steps_of(item)))
}

/// Whether a value goes, or comes back, that stands in an item that is given up because of what was touched: only if it
/// is told where it is not.
pub(crate) fn went_along(touch: &Touch<'_>, change: &Change, old: &Element, new: &Element) -> bool {
    let (there, given_up) = if change.new.is_none() {
        (old, new)
    } else {
        (new, old)
    };
    let its = there.origins.iter().filter(|origin| {
        origin.kind.as_str() == change.kind && path_of(&origin.pointer()) == change.path
    });
    let told = |place: &Place| {
        let faults = given_up.faults.iter();
        faults
            .filter(|fault| is_of_given_up(fault, touch, given_up))
            .any(|fault| location(&fault.place) == location(place))
    };
    let mut places = its.map(|one| one.place());
    places.any(|place| told(&place))
}

/// The first untranslated text that is kept where it does not belong: in another item than the one it came from, or
/// neither in an item of its list nor right behind the last one or another such text.
pub(crate) fn stray(element: &Element) -> Option<String> {
    for (kind, record) in &element.bundle.records {
        let Some(kept) = record.get("nietVertaald").and_then(Json::as_object) else {
            continue;
        };
        let record = Json::Object(record.clone());
        let origin = |pointer: &str| {
            let mut origins = element.origins.iter();
            let found = origins.rfind(|one| one.kind == *kind && *one.pointer() == *pointer);
            found.map(|one| steps_of(&one.place()))
        };
        let stands = |item: &str| {
            let mut kept = kept.keys();
            kept.any(|one| {
                let rest = one.strip_prefix(item);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        for pointer in kept.keys() {
            let wrong = || Some(format!("{kind}{pointer}"));
            let Some(from) = origin(pointer) else {
                return wrong();
            };
            for (at, _) in pointer.match_indices('/') {
                let (list, rest) = pointer.split_at(at);
                let step = rest[1..].split('/').next().unwrap_or_default();
                let Ok(number) = step.parse::<usize>() else {
                    continue;
                };
                let items = record.pointer(list).and_then(Json::as_array);
                let behind = number > items.map_or(0, Vec::len);
                if behind && !stands(&format!("{list}/{}", number - 1)) {
                    return wrong();
                }
                let item = origin(&format!("{list}/{number}"));
                if item.is_some_and(|item| !from.starts_with(&item)) {
                    return wrong();
                }
            }
        }
    }
    None
}
