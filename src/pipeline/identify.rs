//! Which records an element is about. Pure: the answer follows from the element and from what is on record.

use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::document::Fault;
use crate::mapping::Element;
use crate::pipeline::directory::Directory;
use crate::pipeline::directory::Organisation;
use crate::pipeline::faults;
use crate::pipeline::view::Entry;
use crate::pipeline::view::Overlay;
use crate::sealing::Sealer;
use crate::store::IdentityKey;
use serde_json::Value;
use uuid::Builder;
use uuid::Uuid;

/// The namespace of ids that follow from another record's id.
const NAMESPACE: Uuid = Uuid::from_u128(0x5c8a_3e10_7d41_5b0e_9a6f_0d5c_2b7e_4f11);

/// The attributes that name the parties of a case.
const PARTIES: [&str; 2] = ["opdrachtgever", "uitvoerder"];

/// The kinds of which an opdracht has many, each told apart by what it says.
pub(crate) const ENTRIES: [Kind; 3] = [Kind::Logboekregel, Kind::Rapportage, Kind::Loonwaarde];

/// What tells one entry from another when its mapping names nothing. Who answers a rapportage or loonwaarde (the
/// opdrachtgever that approves it) names these as they were sent to it.
const fn entry_key(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Logboekregel => &["datum", "beginTijd", "eindTijd", "kanaal", "beschrijving"],
        Kind::Rapportage => &["nummer", "soort", "periode"],
        Kind::Loonwaarde => &["nummer", "datumRapport"],
        _ => &[],
    }
}

/// The attributes that name a record from outside, with the numbering each belongs to.
const fn numbers(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Kandidaat => &[("bsn", "bsn"), ("klantnummer", "klantnummer")],
        Kind::Verwijzing => &[("nummer", "nummer")],
        Kind::Opdracht => &[
            ("toewijzingsnummer", "toewijzing"),
            ("ordernummer", "order"),
            ("referentieAanbieder", "dossier"),
        ],
        Kind::Verzoek => &[("referentieAanbieder", "verzoek")],
        Kind::Declaratie => &[("referentie", "prestatie")],
        Kind::Organisatie
        | Kind::Overeenkomst
        | Kind::Werkprofiel
        | Kind::Trajectplan
        | Kind::Logboekregel
        | Kind::Rapportage
        | Kind::Loonwaarde => &[],
    }
}

/// Who issues a number: within whose numbering it is unique. Empty for a national number.
pub(crate) fn issuer(attribute: &str, sender: &OrgCode, entry: &Entry) -> String {
    match attribute {
        "bsn" => String::new(),
        "referentieAanbieder" | "referentie" => {
            entry.party("uitvoerder").unwrap_or_default().to_owned()
        }
        "klantnummer" => sender.to_string(),
        _ => entry.party("opdrachtgever").unwrap_or_default().to_owned(),
    }
}

/// The numbers in a record, each as attribute and lookup key.
pub(crate) fn keys(
    sealer: &Sealer,
    kind: Kind,
    record: &Record,
) -> Vec<(&'static str, IdentityKey)> {
    numbers(kind)
        .iter()
        .filter_map(|(attribute, scheme)| {
            let value = record.get(*attribute)?.as_str()?;
            Some((*attribute, key(sealer, kind, scheme, value)))
        })
        .collect()
}

/// The lists of a verzoek that name opdrachten.
pub(crate) const PRODUCTS: [&str; 2] = ["wijzigingen", "ongewijzigd"];

/// The opdrachten that a verzoek names in its lists, each as a pointer and a lookup key.
pub(crate) fn listed(sealer: &Sealer, kind: Kind, record: &Record) -> Vec<(String, IdentityKey)> {
    if kind != Kind::Verzoek {
        return Vec::new();
    }
    let items = PRODUCTS.into_iter().flat_map(|list| {
        let items = record.get(list).and_then(Value::as_array);
        let items = items.into_iter().flatten().enumerate();
        items.map(move |(index, item)| (format!("/{list}/{index}/toewijzingsnummer"), item))
    });
    items
        .filter_map(|(pointer, item)| {
            let number = item.get("toewijzingsnummer")?.as_str()?;
            Some((pointer, key(sealer, Kind::Opdracht, "toewijzing", number)))
        })
        .collect()
}

/// The numbers that two records of a kind both have, and that are not the same.
pub(crate) fn differing_numbers<'r>(
    kind: Kind,
    before: &'r Record,
    after: &'r Record,
) -> impl Iterator<Item = &'static str> + use<'r> {
    let differs = |attribute: &str| match (before.get(attribute), after.get(attribute)) {
        (Some(Value::String(before)), Some(Value::String(after))) => before != after,
        _ => false,
    };
    let attributes = numbers(kind).iter().map(|(attribute, _)| *attribute);
    attributes.filter(move |attribute| differs(attribute))
}

fn key(sealer: &Sealer, kind: Kind, scheme: &str, value: &str) -> IdentityKey {
    IdentityKey {
        kind,
        scheme: scheme.to_owned(),
        value: sealer.index(scheme, value),
    }
}

/// The id of a record of which its parent has exactly one: the werkprofiel of a kandidaat, the trajectplan of an
/// opdracht, the opdracht that a verwijzing became.
pub(crate) fn derived(kind: Kind, parent: Uuid) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{parent}").as_bytes())
}

/// The id under which one organisation knows a kandidaat or werkprofiel. Each organisation has its own, keyed: two of
/// them cannot find out from their ids that they know the same person, and the id tells no moment (the gateway's own,
/// a UUID of version 7, tells when the person became known).
pub(crate) fn alias(sealer: &Sealer, organisation: &OrgCode, id: Uuid) -> Uuid {
    keyed_id(sealer, "kenmerk", &format!("{organisation}:{id}"))
}

fn keyed_id(sealer: &Sealer, scheme: &str, text: &str) -> Uuid {
    let hash = sealer.index(scheme, text);
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// The id of the nth entry of a kind with the same content in one message: sending the file again, or a longer file
/// later, finds the same entries. The hash is keyed, because it is over personal text.
pub(crate) fn entry_id(
    sealer: &Sealer,
    kind: Kind,
    opdracht: Uuid,
    key: Option<&[String]>,
    record: &Record,
    nth: u32,
) -> Uuid {
    let own = || entry_key(kind).iter().map(|name| (*name).to_owned());
    let key = key.map_or_else(|| own().collect(), <[String]>::to_vec);
    let values: Vec<&Value> = key
        .iter()
        .map(|name| record.get(name).unwrap_or(&Value::Null))
        .collect();
    let text = serde_json::json!([opdracht, values, nth]).to_string();
    keyed_id(sealer, kind.as_str(), &text)
}

/// The records an element is about, as far as they exist already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Identified {
    pub kandidaat: Option<Uuid>,
    pub verwijzing: Option<Uuid>,
    pub opdracht: Option<Uuid>,
    pub verzoek: Option<Uuid>,
    pub declaratie: Option<Uuid>,
    /// The opdracht that a verzoek names first in its lists.
    pub product: Option<Uuid>,
}

/// Finds the existing records of an element: by number among the records the sender is a party of, the kandidaat by
/// BSN first. Answers that disagree are a fault, never a guess; and so is a BSN that is not that of the person whom the
/// numbers are about, whether somebody else here has it or nobody.
///
/// A person without a BSN who gets one that only others use stays a person of its own, so that the answer does not tell
/// that others use it (see [`Accepted::doubles`](crate::pipeline::decide::Accepted)).
pub(crate) fn identify(
    element: &Element,
    bundle: &Bundle,
    overlay: &Overlay<'_>,
    sealer: &Sealer,
    sender: &Organisation,
    directory: &Directory,
    key_of_opdracht: Option<&[String]>,
) -> Result<Identified, Vec<Fault>> {
    let mut faults = Vec::new();
    let who = &sender.code;
    let mut find = |kind| match by_number(element, bundle, overlay, sealer, who, directory, kind) {
        Ok(found) => found,
        Err(fault) => {
            faults.push(*fault);
            None
        }
    };
    let verwijzing = find(Kind::Verwijzing);
    let mut opdracht = find(Kind::Opdracht);
    let (verzoek, declaratie) = (find(Kind::Verzoek), find(Kind::Declaratie));
    if let (None, Some(verwijzing)) = (opdracht, verwijzing)
        && bundle.record(Kind::Opdracht).is_some()
    {
        let of_verwijzing = derived(Kind::Opdracht, verwijzing);
        opdracht = overlay.record(&of_verwijzing).map(|_| of_verwijzing);
    }
    let bsn = bundle
        .text(Kind::Kandidaat, "bsn")
        .filter(|_| sender.bsn_ground.is_some());
    let by_own_number = bundle
        .text(Kind::Kandidaat, "klantnummer")
        .and_then(|number| {
            let key = key(sealer, Kind::Kandidaat, "klantnummer", number);
            overlay
                .identified(&key)
                .into_iter()
                .find(|(issuer, _)| issuer == who.as_str())
                .map(|(_, id)| id)
        });
    let products = products(bundle, overlay, sealer, who, directory);
    let cases = [verwijzing, opdracht, verzoek, declaratie].into_iter();
    let by_numbers: Vec<Uuid> = cases
        .flatten()
        .chain(products.iter().copied())
        .filter_map(|id| overlay.record(&id)?.reference("kandidaat"))
        .chain(by_own_number)
        .collect();
    let has_bsn = |id: &Uuid| overlay.record(id).is_some_and(Entry::has_bsn);
    let by_bsn = bsn.and_then(|bsn| {
        let found = overlay.identified(&key(sealer, Kind::Kandidaat, "bsn", bsn));
        let by = |wanted: &str| found.iter().find(|(issuer, _)| issuer == wanted);
        // Of several people with one BSN, the one whom the numbers are about, whoever gave it the BSN.
        let meant = found.iter().find(|(_, id)| by_numbers.contains(id));
        let found = meant.or_else(|| by(who.as_str())).or_else(|| by(""));
        found.map(|(_, id)| *id)
    });
    // A person whom only others know: the sender hears what it would hear of a BSN that nobody has.
    let by_bsn = by_bsn.filter(|id| {
        let without = !by_numbers.is_empty() && !by_numbers.iter().any(has_bsn);
        !without || by_numbers.contains(id) || overlay.is_known_to(id, who)
    });
    let kandidaat = by_bsn.or(by_numbers.first().copied());
    let another = by_numbers.iter().any(|id| Some(*id) != kandidaat);
    let another_bsn = bsn.is_some() && by_bsn.is_none() && by_numbers.iter().any(has_bsn);
    if another || another_bsn {
        let fault = if bsn.is_some() {
            faults::clash(element.place_of(Kind::Kandidaat, "/bsn"))
        } else {
            faults::numbers_clash(element.place.clone())
        };
        faults.push(fault);
    }
    if let (None, Some(names)) = (opdracht, key_of_opdracht) {
        match by_key(element, bundle, overlay, directory, (who, kandidaat, names)) {
            Ok(found) => opdracht = found,
            Err(fault) => faults.push(*fault),
        }
    }
    if faults.is_empty() {
        Ok(Identified {
            kandidaat,
            verwijzing,
            opdracht,
            verzoek,
            declaratie,
            product: products.first().copied(),
        })
    } else {
        Err(faults)
    }
}

/// The opdrachten that a verzoek names in its lists, of those that its sender carries out.
fn products(
    bundle: &Bundle,
    overlay: &Overlay<'_>,
    sealer: &Sealer,
    sender: &OrgCode,
    directory: &Directory,
) -> Vec<Uuid> {
    let Some(record) = bundle.record(Kind::Verzoek) else {
        return Vec::new();
    };
    let named = named_party(bundle, directory, Kind::Verzoek, "opdrachtgever");
    let is_meant = |id: &Uuid| {
        overlay.record(id).is_some_and(|entry| {
            entry.party("uitvoerder") == Some(sender.as_str())
                && (named.is_none() || entry.party("opdrachtgever") == named)
        })
    };
    let listed = listed(sealer, Kind::Verzoek, record).into_iter();
    let found = listed.flat_map(|(_, key)| overlay.identified(&key));
    found.map(|(_, id)| id).filter(is_meant).collect()
}

/// The opdracht of a person that an element without a number means by what the mapping says tells it apart: the one
/// that has all of it, of those that the sender is a party of and that were not withdrawn or refused.
fn by_key(
    element: &Element,
    bundle: &Bundle,
    overlay: &Overlay<'_>,
    directory: &Directory,
    (sender, kandidaat, names): (&OrgCode, Option<Uuid>, &[String]),
) -> Result<Option<Uuid>, Box<Fault>> {
    let numbered = |record: &Record| {
        let mut numbers = numbers(Kind::Opdracht).iter();
        numbers.any(|(attribute, _)| record.contains_key(*attribute))
    };
    let record = bundle.record(Kind::Opdracht);
    let (Some(record), Some(kandidaat)) = (record.filter(|one| !numbered(one)), kandidaat) else {
        return Ok(None);
    };
    let said: Vec<(&str, &Value)> = names
        .iter()
        .filter_map(|name| Some((name.as_str(), record.get(name)?)))
        .collect();
    let told = PARTIES.map(|side| (side, named_party(bundle, directory, Kind::Opdracht, side)));
    let is_meant = |id: &Uuid| {
        overlay.record(id).is_some_and(|entry| {
            let over = ["ingetrokken", "geweigerd"]
                .map(Some)
                .contains(&entry.text("status"));
            let is_party = |side| entry.party(side) == Some(sender.as_str());
            !over
                && PARTIES.into_iter().any(is_party)
                && told
                    .iter()
                    .all(|(side, code)| code.is_none() || entry.party(side) == *code)
                && said.iter().all(|(name, value)| {
                    let known = entry.record.get(*name);
                    known.is_some_and(|known| is_within(value, known))
                })
        })
    };
    let links = overlay.links(&kandidaat).into_iter();
    let of = links.filter(|link| link.kind == Kind::Opdracht && !said.is_empty());
    let mut found: Vec<Uuid> = of.map(|link| link.record).filter(is_meant).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(Box::new(faults::ambiguous(
            Kind::Opdracht,
            element.place.clone(),
        ))),
    }
}

/// Whether all that is said stands in what is known.
pub(crate) fn is_within(said: &Value, known: &Value) -> bool {
    match (said, known) {
        (Value::Object(said), Value::Object(known)) => said.iter().all(|(name, value)| {
            let known = known.get(name);
            known.is_some_and(|known| is_within(value, known))
        }),
        (said, known) => said == known,
    }
}

/// The record of a kind that the element names by number. A number is unique for who issued it, so where several fit,
/// the parties that the element names tell which one is meant.
fn by_number(
    element: &Element,
    bundle: &Bundle,
    overlay: &Overlay<'_>,
    sealer: &Sealer,
    sender: &OrgCode,
    directory: &Directory,
    kind: Kind,
) -> Result<Option<Uuid>, Box<Fault>> {
    let Some(record) = bundle.record(kind) else {
        return Ok(None);
    };
    let mut found: Vec<Uuid> = Vec::new();
    let mut place = None;
    for (attribute, key) in keys(sealer, kind, record) {
        place.get_or_insert_with(|| element.place_of(kind, &format!("/{attribute}")));
        for (issuer, id) in overlay.identified(&key) {
            let is_party = issuer == sender.as_str()
                || overlay.record(&id).is_some_and(|entry| {
                    PARTIES
                        .into_iter()
                        .any(|side| entry.party(side) == Some(sender.as_str()))
                });
            if is_party && !found.contains(&id) {
                found.push(id);
            }
        }
    }
    if found.len() > 1 {
        let named = PARTIES.map(|side| (side, named_party(bundle, directory, kind, side)));
        let is_meant = |id: &Uuid| {
            overlay.record(id).is_some_and(|entry| {
                let mut named = named.iter();
                named.all(|(side, code)| code.is_none() || entry.party(side) == *code)
            })
        };
        let meant: Vec<Uuid> = found.iter().copied().filter(is_meant).collect();
        if !meant.is_empty() {
            found = meant;
        }
    }
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(Box::new(faults::ambiguous(kind, place.unwrap_or_default()))),
    }
}

/// Whom an element names as a party of a record: in what it says of the record, or of what it asks or claims about it.
fn named_party<'a>(
    bundle: &Bundle,
    directory: &'a Directory,
    kind: Kind,
    side: &str,
) -> Option<&'a str> {
    let mut said = [kind, Kind::Verzoek, Kind::Declaratie].into_iter();
    let party = said.find_map(|of| bundle.record(of)?.get(side))?;
    directory.party(party).map(|org| org.code.as_str())
}
