use crate::canonical::Bundle;
use crate::mapping::laws::Breach;
use crate::mapping::laws::trip::Trip;
use crate::schema::Completeness;
use crate::schema::Schemas;
use serde_json::Value as Json;

/// Most attempts at making a counterexample smaller.
const REDUCTIONS_MAX: usize = 2_000;

/// The smallest records that still fail in the same way: what does not matter to the failure is taken out, and what
/// matters is made short. They stay within what the schemas allow and the mapping can write.
pub(super) fn reduced(
    trip: &Trip<'_>,
    schemas: &Schemas,
    bundles: Vec<Bundle>,
    breach: Breach,
) -> (Vec<Bundle>, Breach) {
    let (mut bundles, mut breach) = (bundles, breach);
    let mut strange = strangeness(trip, schemas, &bundles);
    let mut attempts = 0;
    loop {
        let mut smaller = None;
        for candidate in smaller_ones(&bundles) {
            attempts += 1;
            if attempts > REDUCTIONS_MAX {
                return (bundles, breach);
            }
            if let Err(found) = trip.holds(&candidate)
                && found.is_like(&breach)
            {
                let own = strangeness(trip, schemas, &candidate);
                if own <= strange {
                    smaller = Some((candidate, found, own));
                    break;
                }
            }
        }
        match smaller {
            Some((candidate, found, own)) => {
                (bundles, breach, strange) = (candidate, found, own);
            }
            None => return (bundles, breach),
        }
    }
}

/// How much of some records the schemas do not allow, the format cannot say or no rule writes: a smaller example does not
/// have more. What is not written does not come back for another reason than what was found.
fn strangeness(trip: &Trip<'_>, schemas: &Schemas, bundles: &[Bundle]) -> usize {
    let records = bundles.iter().flat_map(|bundle| &bundle.records);
    let violations: usize = records
        .map(|(kind, record)| schemas.validate(*kind, record, Completeness::Partial).len())
        .sum();
    let unwritten = trip.mapping.unwritten(trip.context, bundles).len();
    violations + unwritten + trip.mapping.encode(trip.context, bundles).faults.len()
}

/// Every set of records with one thing less, then with one value shorter.
fn smaller_ones(bundles: &[Bundle]) -> Vec<Vec<Bundle>> {
    let mut found = Vec::new();
    for index in 0..bundles.len() {
        if bundles.len() > 1 {
            let mut without = bundles.to_vec();
            without.remove(index);
            found.push(without);
        }
    }
    for lesser in [without_one, shorter] {
        for (index, bundle) in bundles.iter().enumerate() {
            for smaller in of_bundle(bundle, lesser) {
                let mut with = bundles.to_vec();
                with[index] = smaller;
                found.push(with);
            }
        }
    }
    found
}

fn of_bundle(bundle: &Bundle, lesser: fn(&Json) -> Vec<Json>) -> Vec<Bundle> {
    let mut found = Vec::new();
    for (kind, record) in &bundle.records {
        let mut without = bundle.clone();
        without.records.remove(kind);
        found.push(without);
        for value in within(&Json::Object(record.clone()), lesser) {
            if let Json::Object(record) = value {
                let mut with = bundle.clone();
                with.records.insert(*kind, record);
                found.push(with);
            }
        }
    }
    found
}

/// A value with one part of it, however deep, made lesser.
fn within(value: &Json, lesser: fn(&Json) -> Vec<Json>) -> Vec<Json> {
    let mut found = lesser(value);
    match value {
        Json::Object(map) => {
            for (name, inner) in map {
                for inner in within(inner, lesser) {
                    let mut with = map.clone();
                    with.insert(name.clone(), inner);
                    found.push(Json::Object(with));
                }
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                for inner in within(inner, lesser) {
                    let mut with = items.clone();
                    with[index] = inner;
                    found.push(Json::Array(with));
                }
            }
        }
        _ => {}
    }
    found
}

fn without_one(value: &Json) -> Vec<Json> {
    match value {
        Json::Object(map) => map
            .keys()
            .map(|name| {
                let mut without = map.clone();
                without.remove(name);
                Json::Object(without)
            })
            .collect(),
        Json::Array(items) => (0..items.len())
            .map(|index| {
                let mut without = items.clone();
                without.remove(index);
                Json::Array(without)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Half of a text, a text without its first or its last letter, a number closer to nothing.
fn shorter(value: &Json) -> Vec<Json> {
    match value {
        Json::String(text) => {
            let letters: Vec<char> = text.chars().collect();
            let (count, half) = (letters.len(), letters.len() / 2);
            let mut found: Vec<String> = Vec::new();
            for part in [0..half, half..count, 1..count, 0..count.saturating_sub(1)] {
                let part: String = letters.get(part).unwrap_or_default().iter().collect();
                let part = part.trim().to_owned();
                if !part.is_empty() && part.len() < text.len() && !found.contains(&part) {
                    found.push(part);
                }
            }
            found.into_iter().map(Json::from).collect()
        }
        Json::Number(number) => number.as_i64().map_or_else(Vec::new, |number| {
            let mut found = vec![0, number / 2, number - number.signum()];
            found.retain(|smaller| smaller.unsigned_abs() < number.unsigned_abs());
            found.dedup();
            found.into_iter().map(Json::from).collect()
        }),
        _ => Vec::new(),
    }
}
