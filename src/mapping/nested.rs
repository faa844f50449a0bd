//! Values in nested objects, by the names that lead to them.

use serde_json::Map;
use serde_json::Value as Json;
use serde_json::map::Entry;

/// The object that holds the last of some names, within objects that are made where they are missing; and that name.
/// None where something else stands on the way.
fn holder<'m, 's>(
    map: &'m mut Map<String, Json>,
    segments: &'s [Box<str>],
) -> Option<(&'m mut Map<String, Json>, &'s str)> {
    let (last, above) = segments.split_last()?;
    let held = above.iter().try_fold(map, |map, name| {
        if !map.contains_key(&**name) {
            map.insert(str::to_owned(name), Json::Object(Map::new()));
        }
        map.get_mut(&**name)?.as_object_mut()
    })?;
    Some((held, &**last))
}

/// Puts a value in nested objects, which are made where they are missing.
pub(crate) fn put(map: &mut Map<String, Json>, segments: &[Box<str>], value: Json) {
    if let Some((map, name)) = holder(map, segments) {
        map.insert(name.to_owned(), value);
    }
}

/// The same where nothing else stands; gives the value back where something does.
pub(crate) fn fill(
    map: &mut Map<String, Json>,
    segments: &[Box<str>],
    value: Json,
) -> Result<(), Json> {
    let Some((map, name)) = holder(map, segments) else {
        return if segments.is_empty() {
            Ok(())
        } else {
            Err(value)
        };
    };
    match map.entry(name) {
        Entry::Vacant(free) => {
            free.insert(value);
            Ok(())
        }
        Entry::Occupied(taken) if *taken.get() == value => Ok(()),
        Entry::Occupied(_) => Err(value),
    }
}

/// The value in nested objects.
pub(crate) fn get<'a>(map: &'a Map<String, Json>, segments: &[Box<str>]) -> Option<&'a Json> {
    let (first, rest) = segments.split_first()?;
    rest.iter()
        .try_fold(map.get(&**first)?, |value, step| value.get(&**step))
}

/// The list in nested objects, made where it is missing. None where something else stands there.
pub(crate) fn list<'a>(
    map: &'a mut Map<String, Json>,
    segments: &[Box<str>],
) -> Option<&'a mut Vec<Json>> {
    let (map, name) = holder(map, segments)?;
    let entry = map.entry(name).or_insert_with(|| Json::Array(Vec::new()));
    entry.as_array_mut()
}
