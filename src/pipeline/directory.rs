use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::privacy::Agreement;
use crate::schema::Owner;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::LazyLock;

/// The organisations and agreements, as one snapshot that every decision of a message is made on.
#[derive(Debug, Default)]
pub struct Directory {
    organisations: BTreeMap<OrgCode, Arc<Organisation>>,
    /// Who is known by an identifier; nobody when two organisations claim it.
    by_identifier: HashMap<String, Option<OrgCode>>,
    agreements: Vec<Agreement>,
}

/// An organisation, as far as the gateway decides by it.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Its code.
    pub code: OrgCode,
    /// As what it may own attributes.
    pub roles: Vec<Owner>,
    /// The legal ground on which it may hold a BSN, if any.
    pub bsn_ground: Option<String>,
    /// Its canonical record.
    pub record: Record,
}

impl Directory {
    /// A snapshot from the canonical records. Agreements that cannot be read are returned as faults by number and
    /// allow nothing.
    #[must_use]
    pub fn new(organisaties: &[Record], overeenkomsten: &[Record]) -> (Self, Vec<String>) {
        let mut directory = Self::default();
        let mut unread = Vec::new();
        for record in organisaties {
            match Organisation::from_record(record) {
                Some(organisation) => directory.add(organisation),
                None => unread.push("organisatie".to_owned()),
            }
        }
        for record in overeenkomsten {
            match Agreement::from_record(record) {
                Ok(agreement) => directory.agreements.push(agreement),
                Err(error) => unread.push(error.to_string()),
            }
        }
        (directory, unread)
    }

    fn add(&mut self, organisation: Organisation) {
        for identifier in organisation.identifiers() {
            self.by_identifier
                .entry(identifier)
                .and_modify(|known| {
                    if known.as_ref() != Some(&organisation.code) {
                        *known = None;
                    }
                })
                .or_insert_with(|| Some(organisation.code.clone()));
        }
        self.organisations
            .insert(organisation.code.clone(), Arc::new(organisation));
    }

    /// The organisation with this code.
    #[must_use]
    pub fn organisation(&self, code: &OrgCode) -> Option<&Arc<Organisation>> {
        self.organisations.get(code)
    }

    /// Every organisation, by code.
    pub fn organisations(&self) -> impl Iterator<Item = &Arc<Organisation>> {
        self.organisations.values()
    }

    /// The organisation known by this code, OIN, KvK number or gemeentecode. `None` also when two organisations claim
    /// it: a guess would send somebody's data to the wrong one.
    #[must_use]
    pub fn find(&self, identifier: &str) -> Option<&Arc<Organisation>> {
        let code = match self.by_identifier.get(identifier) {
            Some(known) => known.clone()?,
            None => OrgCode::parse(identifier).ok()?,
        };
        self.organisations.get(&code)
    }

    /// The attributes of an organisatie (as JSON Pointers) that name it by what another organisation is known by
    /// already.
    #[must_use]
    pub fn taken(&self, organisatie: &Record) -> Vec<String> {
        let code = organisatie.get("code").and_then(Value::as_str);
        identifiers(organisatie)
            .into_iter()
            .filter(|(_, identifier)| {
                self.organisations
                    .values()
                    .filter(|other| Some(other.code.as_str()) != code)
                    .any(|other| other.identifiers().iter().any(|known| known == identifier))
            })
            .map(|(pointer, _)| pointer)
            .collect()
    }

    /// The organisation a party object (`{code, oin, kvk, gemeentecode}`) names; `None` when no identifier is known
    /// or two of them name different organisations.
    #[must_use]
    pub fn party(&self, party: &Value) -> Option<&Arc<Organisation>> {
        let mut found = ["code", "oin", "kvk", "gemeentecode"]
            .into_iter()
            .filter_map(|name| party.get(name)?.as_str())
            .filter_map(|identifier| self.find(identifier));
        let first = found.next()?;
        found.all(|other| other.code == first.code).then_some(first)
    }

    /// The agreement between two organisations, in either order, that holds at a moment. With several, the one
    /// that started last.
    #[must_use]
    pub fn agreement(&self, one: &OrgCode, other: &OrgCode, now: Timestamp) -> Option<&Agreement> {
        let day = day_of(now);
        self.agreements
            .iter()
            .filter(|agreement| agreement.is_between(one, other) && agreement.holds_on(day))
            .max_by_key(|agreement| agreement.van)
    }

    /// Every agreement of an organisation that holds at a moment.
    pub fn agreements_of(
        &self,
        code: &OrgCode,
        now: Timestamp,
    ) -> impl Iterator<Item = &Agreement> {
        let day = day_of(now);
        self.agreements.iter().filter(move |agreement| {
            (&agreement.opdrachtgever == code || &agreement.uitvoerder == code)
                && agreement.holds_on(day)
        })
    }
}

impl Organisation {
    fn from_record(record: &Record) -> Option<Self> {
        let roles = record
            .get("rollen")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|role| Owner::parse(role.as_str()?))
            .collect();
        Some(Self {
            code: OrgCode::parse(record.get("code")?.as_str()?).ok()?,
            roles,
            bsn_ground: record
                .get("bsnGrondslag")
                .and_then(Value::as_str)
                .map(str::to_owned),
            record: record.clone(),
        })
    }

    /// The ways in which messages may name it.
    #[must_use]
    pub fn identifiers(&self) -> Vec<String> {
        let all = identifiers(&self.record).into_iter();
        all.map(|(_, identifier)| identifier.to_owned()).collect()
    }

    /// The party object that goes out, with every identifier.
    #[must_use]
    pub fn as_party(&self) -> Value {
        let mut party = json!({ "code": self.code });
        for name in ["naam", "oin", "kvk"] {
            if let Some(value) = self.record.get(name) {
                party[name] = value.clone();
            }
        }
        if let Some(first) = self
            .record
            .get("gemeentecodes")
            .and_then(|codes| codes.get(0))
        {
            party["gemeentecode"] = first.clone();
        }
        party
    }

    /// Whether it may own attributes as this.
    #[must_use]
    pub fn has_role(&self, role: Owner) -> bool {
        self.roles.contains(&role)
    }
}

/// What an organisatie is known by, each with its JSON Pointer.
fn identifiers(organisatie: &Record) -> Vec<(String, &str)> {
    let single = ["code", "oin", "kvk"]
        .into_iter()
        .filter_map(|name| Some((format!("/{name}"), organisatie.get(name)?.as_str()?)));
    let many = organisatie
        .get("gemeentecodes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(at, code)| Some((format!("/gemeentecodes/{at}"), code.as_str()?)));
    single.chain(many).collect()
}

/// The day of a moment in the Netherlands, where agreements and periods are counted.
#[must_use]
pub fn day_of(moment: Timestamp) -> Date {
    // the time zone database is compiled in; UTC would be off by a day at most, near midnight
    static ZONE: LazyLock<TimeZone> =
        LazyLock::new(|| TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC));
    ZONE.to_datetime(moment).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &Value) -> Record {
        value.as_object().cloned().expect("an object")
    }

    fn directory() -> Directory {
        let organisaties = [
            record(
                &json!({"code": "gemeente", "oin": "00000099000000484000", "gemeentecodes": ["0484"], "rollen": ["G", "O"]}),
            ),
            record(
                &json!({"code": "aanbieder", "oin": "00000099123456780000", "kvk": "12345678", "rollen": ["P"]}),
            ),
        ];
        let overeenkomsten = [record(&json!({
            "nummer": "SO-1", "opdrachtgever": "gemeente", "uitvoerder": "aanbieder", "van": "2024-01-01",
            "tot": "2024-12-31", "attribuutset": [],
        }))];
        let (directory, unread) = Directory::new(&organisaties, &overeenkomsten);
        assert!(unread.is_empty(), "{unread:?}");
        directory
    }

    #[test]
    fn an_organisation_is_found_by_each_of_its_identifiers_and_not_by_two_that_disagree() {
        let directory = directory();
        for (party, found) in [
            (json!({"code": "gemeente"}), Some("gemeente")),
            (json!({"oin": "00000099123456780000"}), Some("aanbieder")),
            (
                json!({"kvk": "12345678", "naam": "om het even"}),
                Some("aanbieder"),
            ),
            (json!({"gemeentecode": "0484"}), Some("gemeente")),
            (json!({"gemeentecode": "9999"}), None),
            (json!({"code": "gemeente", "kvk": "12345678"}), None),
            (json!({}), None),
        ] {
            let code = directory.party(&party).map(|org| org.code.as_str());
            assert_eq!(code, found, "{party}");
        }
    }

    #[test]
    fn what_an_organisation_is_known_by_is_taken_for_every_other() {
        let directory = directory();
        for (organisatie, taken) in [
            (
                json!({"code": "nieuw", "oin": "00000099000000484000"}),
                vec!["/oin"],
            ),
            (json!({"code": "nieuw", "kvk": "12345678"}), vec!["/kvk"]),
            (
                json!({"code": "nieuw", "kvk": "87654321", "gemeentecodes": ["0363", "0484"]}),
                vec!["/gemeentecodes/1"],
            ),
            (
                json!({"code": "gemeente", "oin": "00000099000000484000", "gemeentecodes": ["0484"]}),
                vec![],
            ),
            (
                json!({"code": "nieuw", "oin": "00000099999999990000"}),
                vec![],
            ),
        ] {
            assert_eq!(
                directory.taken(&record(&organisatie)),
                taken,
                "{organisatie}"
            );
        }
    }

    #[test]
    fn an_identifier_that_two_organisations_claim_names_nobody() {
        let both = [
            record(&json!({"code": "een", "kvk": "12345678", "rollen": ["P"]})),
            record(&json!({"code": "twee", "kvk": "12345678", "rollen": ["P"]})),
        ];
        let (directory, _) = Directory::new(&both, &[]);
        assert!(directory.find("12345678").is_none());
        assert!(directory.find("een").is_some() && directory.find("twee").is_some());
    }

    #[test]
    fn an_agreement_holds_on_its_dutch_days_only() {
        let directory = directory();
        let (one, other) = (
            OrgCode::parse("gemeente").expect("ok"),
            OrgCode::parse("aanbieder").expect("ok"),
        );
        for (moment, holds) in [
            ("2023-12-31T22:59:00Z", false),
            ("2023-12-31T23:00:00Z", true),
            ("2024-12-31T22:59:59Z", true),
            ("2024-12-31T23:00:00Z", false),
        ] {
            let now: Timestamp = moment.parse().expect("a moment");
            assert_eq!(
                directory.agreement(&other, &one, now).is_some(),
                holds,
                "{moment}"
            );
        }
    }
}
