//! Whether a value is what was sent, and whether two elements are the same.

use crate::change::Change;
use crate::fixtures::Fixture;
use crate::judge::is_between;
use crate::rules::ANY;
use crate::rules::Claim;
use crate::rules::Target;
use crate::rules::texts;
use crate::spots::row_of;
use crate::spots::steps_of;
use schakel::document::Fault;
use schakel::document::Lang;
use schakel::document::Place;
use schakel::mapping::Decoded;
use schakel::mapping::Element;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Faults by code and place, and how often.
pub(crate) type Said = BTreeMap<(String, String), usize>;

pub(crate) fn justified_envelope(
    touched: &Decoded,
    target: &Target,
    sent: &str,
    claim: &Claim,
) -> bool {
    let envelope = &touched.envelope;
    let value = match target.path[0].as_str() {
        "referentie" => envelope.reference.clone(),
        "afzender" => envelope.sender.clone().map(|one| one.0),
        "aflevering" => envelope.delivery.clone().map(|one| one.0),
        _ => envelope.sent_at.map(|at| at.to_string()),
    };
    value.is_some_and(|value| justified(&Json::from(value), sent, claim))
}

/// Whether a target is what changed, or what it stands in.
pub(crate) fn covers(target: &Target, change: &Change) -> bool {
    let fits = target
        .path
        .iter()
        .zip(&change.path)
        .all(|(step, found)| step == found);
    target.kind == change.kind && fits && change.path.len() >= target.path.len()
}

/// Whether a change says why nothing is known of an item: at the list of a target.
pub(crate) fn covers_state(target: &Target, change: &Change) -> bool {
    let mut lists = (0..target.path.len()).filter(|at| target.path[*at] == ANY);
    let is_list = lists.any(|at| target.path[..at] == change.path);
    change.by_pointer == Some("waardeStatus") && target.kind == change.kind && is_list
}

/// Whether a value is what was sent, by what the mapping says of it.
pub(crate) fn justified(value: &Json, sent: &str, claim: &Claim) -> bool {
    let codec = claim.rule.get("codec").and_then(toml::Value::as_table);
    let table = codec.and_then(|codec| codec.get("codes")?.as_table());
    if table
        .into_iter()
        .flatten()
        .any(|(code, known)| same(code, sent) && json_of(known) == *value)
    {
        return true;
    }
    match value {
        Json::String(text) => {
            let separator = codec.and_then(|codec| codec.get("separator")?.as_str());
            let zeros = |text: &str| text.trim_start_matches('0').to_owned();
            let filled =
                text.bytes().all(|b| b.is_ascii_digit()) && zeros(text) == zeros(sent.trim());
            same(text, sent)
                || filled
                || separator
                    .is_some_and(|separator| sent.split(separator).any(|part| same(text, part)))
        }
        Json::Bool(value) => {
            let words = codec
                .map(|codec| texts(codec.get(if *value { "true" } else { "false" })))
                .unwrap_or_default();
            same(&value.to_string(), sent) || words.iter().any(|word| same(word, sent))
        }
        Json::Number(number) => {
            // a part of a date
            if sent.split('-').count() == 3
                && sent
                    .split('-')
                    .any(|part| part.parse() == Ok(number.as_f64().unwrap_or(f64::NAN)))
            {
                return true;
            }
            let sent: Option<f64> = sent.trim().replace(',', ".").parse().ok();
            let factors = [1.0, 15.0, 60.0, 100.0];
            sent.is_some_and(|sent| {
                number.as_f64().is_some_and(|number| {
                    factors
                        .iter()
                        .any(|factor| (sent * factor - number).abs() < 1e-6)
                })
            })
        }
        _ => false,
    }
}

pub(crate) fn is_placeholder(sent: &str, claim: &Claim, fixture: &Fixture) -> bool {
    let of = |table: &toml::Table| {
        table
            .get("placeholders")
            .and_then(toml::Value::as_table)
            .is_some_and(|known| known.keys().any(|key| same(key, sent)))
    };
    of(&claim.rule) || of(&fixture.rules.format)
}

/// Whether a person would call two texts the same, capitals and spaces aside.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let bare = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}' | '\u{FEFF}'))
            .flat_map(char::to_lowercase)
            .collect()
    };
    bare(one) == bare(other)
}

pub(crate) fn json_of(value: &toml::Value) -> Json {
    serde_json::to_value(value).expect("TOML without dates is JSON")
}

/// An element by its sheet and row, or by its path.
pub(crate) fn named(place: &Place) -> String {
    match row_of(place) {
        Some((sheet, row)) => format!("{}!{row}", sheet.unwrap_or_default()),
        None => location(place),
    }
}

pub(crate) fn location(place: &Place) -> String {
    place.location(Lang::Nl)
}

pub(crate) fn key(fault: &Fault) -> (String, String) {
    (fault.code.to_string(), location(&fault.place))
}

pub(crate) fn said(faults: &[Fault]) -> Said {
    let mut counted = Said::new();
    for fault in faults {
        *counted.entry(key(fault)).or_default() += 1;
    }
    counted
}

/// How an element that nothing touched differs.
pub(crate) fn differs(old: &Element, new: &Element) -> Option<&'static str> {
    let faults = |element: &Element| {
        let counted = element.faults.iter().filter(|fault| !is_between(fault));
        said(&counted.cloned().collect::<Vec<_>>())
    };
    let origins = |element: &Element| -> Vec<String> {
        element
            .origins
            .iter()
            .map(|one| {
                format!(
                    "{} {} {} {}",
                    one.kind,
                    one.pointer(),
                    one.rule,
                    location(&one.place())
                )
            })
            .collect()
    };
    if old.bundle.records != new.bundle.records {
        Some("its values")
    } else if faults(old) != faults(new) {
        Some("its faults")
    } else if origins(old) != origins(new) {
        Some("where its values come from")
    } else {
        None
    }
}

/// The elements of a document, each by itself: of two that say one thing, what was and what it becomes.
pub(crate) fn elements(decoded: &Decoded) -> Vec<Element> {
    let mut found = Vec::new();
    for element in &decoded.elements {
        let mut element = element.clone();
        if let Some(was) = element.was.take() {
            let mut was = *was;
            let steps = steps_of(&was.place);
            let is_its = |fault: &mut Fault| steps_of(&fault.place).starts_with(&steps);
            was.faults.extend(element.faults.extract_if(.., is_its));
            found.push(was);
        }
        found.push(element);
    }
    found
}
