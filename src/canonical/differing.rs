use crate::canonical::RAW;
use crate::canonical::Record;
use crate::canonical::STATES;
use serde_json::Value;

/// The pointers at which a record differs from what somebody says that it was. Objects are compared member by member,
/// because who tells of a change need not name the rest; a list is compared whole.
#[must_use]
pub fn differing(current: &Record, was: &Record) -> Vec<String> {
    fn walk(current: Option<&Value>, was: &Value, pointer: &str, found: &mut Vec<String>) {
        match was {
            Value::Object(members) => {
                for (name, was) in members {
                    let current = current.and_then(|current| current.get(name));
                    walk(current, was, &format!("{pointer}/{name}"), found);
                }
            }
            was if current != Some(was) => found.push(pointer.to_owned()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (name, was) in was {
        if name == RAW {
            continue; // what could not be read says nothing to compare
        }
        if name == STATES {
            let states = was.as_object().into_iter().flatten();
            let on_record = current.get(STATES);
            let other = |(pointer, state): &(&String, &Value)| {
                on_record.and_then(|states| states.get(pointer.as_str())) != Some(*state)
            };
            found.extend(states.filter(other).map(|(pointer, _)| pointer.clone()));
        } else {
            walk(current.get(name), was, &format!("/{name}"), &mut found);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(value: Value) -> Record {
        match value {
            Value::Object(members) => members,
            _ => Record::new(),
        }
    }

    #[test]
    fn what_was_is_compared_member_by_member_and_lists_whole() {
        let current = record(json!({
            "start": "2024-04-01", "indicatie": {"behoefte": "hoog", "loonwaarde": {"percentage": 4500}},
            "telefoon": ["020", "06"], "waardeStatus": {"/voorvoegsel": "geenWaarde"},
        }));
        for (was, found) in [
            (json!({}), &[][..]),
            (
                json!({"start": "2024-04-01", "indicatie": {"behoefte": "hoog"}}),
                &[],
            ),
            (json!({"start": "2024-05-01"}), &["/start"]),
            (json!({"eind": "2024-05-01"}), &["/eind"]),
            (
                json!({"indicatie": {"behoefte": "laag", "loonwaarde": {"percentage": 4500}}}),
                &["/indicatie/behoefte"],
            ),
            (json!({"indicatie": "x"}), &["/indicatie"]),
            (json!({"telefoon": ["020"]}), &["/telefoon"]),
            (json!({"waardeStatus": {"/voorvoegsel": "geenWaarde"}}), &[]),
            (
                json!({"waardeStatus": {"/voorvoegsel": "waardeOnbekend"}}),
                &["/voorvoegsel"],
            ),
            (json!({"nietVertaald": {"/start": "x"}}), &[]),
        ] {
            assert_eq!(differing(&current, &record(was.clone())), found, "{was}");
        }
    }
}
