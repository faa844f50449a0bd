//! Who decides on a proposal and what it may see of it. Pure.

use crate::canonical::Kind;
use crate::canonical::Record;
use crate::canonical::STATES;
use crate::pipeline::decide::Parties;
use crate::pipeline::decide::roles_of;
use crate::pipeline::directory::Directory;
use crate::pipeline::directory::Organisation;
use crate::pipeline::route::Round;
use crate::pipeline::route::shares_open_case;
use crate::pipeline::view::Overlay;
use crate::privacy::filter;
use crate::privacy::hold;
use crate::schema::Owner;
use crate::schema::Schemas;
use crate::store::ProposalRow;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

/// What it is decided with: the records and links that the proposals are about, and the rules of now.
pub(super) struct Sight<'a> {
    pub overlay: &'a Overlay<'a>,
    pub directory: &'a Directory,
    pub schemas: &'a Schemas,
    pub now: Timestamp,
}

impl Sight<'_> {
    /// The proposed value as far as an organisation may see it, `null` when none is proposed. Only for who owns the
    /// attribute, by its roles and its part in the case, and would get the value from the proposer in a delivery: they
    /// share the case (of a kandidaat, one that is open), their agreement names kind and class, and nothing holds the
    /// kandidaat back.
    pub(super) fn value_for(&self, reader: &Organisation, row: &ProposalRow) -> Option<Value> {
        let kandidaat = &self.overlay.record(&row.kandidaat)?.record;
        if row.proposer == reader.code || hold(kandidaat).is_some() {
            return None;
        }
        let owners = &self.schemas.attribute(row.kind, &row.attribute)?.owner;
        let roles = self.roles(reader, row)?;
        if !owners.iter().any(|owner| roles.contains(owner)) {
            return None;
        }
        let agreement = self
            .directory
            .agreement(&row.proposer, &reader.code, self.now)?;
        let value: Value = serde_json::from_str(&row.value).ok()?;
        let states = format!("/{}", row.attribute);
        let part = if value.is_null() {
            Record::from_iter([(STATES.to_owned(), json!({ states: "geenWaarde" }))])
        } else {
            Record::from_iter([(row.attribute.clone(), value.clone())])
        };
        let mut shown = filter(row.kind, &part, Some(kandidaat), agreement, self.schemas)?.record;
        if value.is_null() {
            return shown.contains_key(STATES).then_some(value);
        }
        shown.remove(&row.attribute)
    }

    /// As what an organisation speaks about the record of a proposal. `None` when it does not share the case with the
    /// proposer.
    fn roles(&self, reader: &Organisation, row: &ProposalRow) -> Option<Vec<Owner>> {
        let entry = self.overlay.record(&row.record)?;
        let case = match row.kind {
            Kind::Kandidaat | Kind::Werkprofiel => {
                let round = Round {
                    overlay: self.overlay,
                    directory: self.directory,
                    sender: &row.proposer,
                    now: self.now,
                };
                return shares_open_case(row.kandidaat, &reader.code, &round)
                    .then(|| roles_of(reader, None, true));
            }
            Kind::Trajectplan | Kind::Logboekregel | Kind::Rapportage | Kind::Loonwaarde => {
                self.overlay.record(&entry.reference("opdracht")?)?
            }
            _ => entry,
        };
        let parties = Parties::of(case)?;
        let both = [&reader.code, &row.proposer]
            .into_iter()
            .all(|code| !parties.actors(code).is_empty());
        both.then(|| roles_of(reader, Some(&parties), false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::OrgCode;
    use crate::pipeline::view::View;
    use crate::store::Link;
    use crate::store::ProposalState;
    use crate::store::StoredRecord;
    use uuid::Uuid;

    const KANDIDAAT: Uuid = Uuid::from_u128(1);
    const CASE: Uuid = Uuid::from_u128(2);

    fn org(code: &str) -> OrgCode {
        OrgCode::parse(code).expect("a code")
    }

    fn object(value: &Value) -> Record {
        value.as_object().cloned().expect("an object")
    }

    /// A case of the gemeente with the aanbieder, and a bureau that has an agreement with the gemeente and no case.
    fn world() -> (View, Directory) {
        let parties =
            json!({"opdrachtgever": {"code": "gemeente"}, "uitvoerder": {"code": "aanbieder"}});
        let mut case = object(&parties);
        case.insert("kandidaat".to_owned(), json!(KANDIDAAT));
        case.insert("status".to_owned(), json!("ingediend"));
        let stored = |kind, id, record: &Record| StoredRecord {
            kind,
            id,
            version: 1,
            doc: Value::Object(record.clone()).to_string(),
            sources: json!({"bijdragen": [], "attributen": {}}).to_string(),
        };
        let found = [
            stored(Kind::Kandidaat, KANDIDAAT, &Record::new()),
            stored(Kind::Verwijzing, CASE, &case),
        ];
        let mut view = View::default();
        view.add_records(&[KANDIDAAT, CASE], &found).expect("read");
        view.add_link(Link {
            kandidaat: KANDIDAAT,
            kind: Kind::Verwijzing,
            record: CASE,
            opdrachtgever: org("gemeente"),
            uitvoerder: org("aanbieder"),
        });
        let organisaties = [
            json!({"code": "gemeente", "rollen": ["G", "O"]}),
            json!({"code": "aanbieder", "rollen": ["P"]}),
            json!({"code": "bureau", "rollen": ["P", "G"]}),
        ];
        let agreement = |nummer: &str, uitvoerder: &str| {
            let grants = ["kandidaat", "verwijzing"]
                .map(|kind| json!({"soort": kind, "klassen": ["A", "B"]}));
            json!({"nummer": nummer, "opdrachtgever": "gemeente", "uitvoerder": uitvoerder, "van": "2024-01-01",
                "attribuutset": grants})
        };
        let overeenkomsten = [agreement("SO-1", "aanbieder"), agreement("SO-2", "bureau")];
        let (directory, unread) = Directory::new(
            &organisaties.map(|o| object(&o)),
            &overeenkomsten.map(|o| object(&o)),
        );
        assert!(unread.is_empty(), "{unread:?}");
        (view, directory)
    }

    /// Who proposes on what, who looks, and whether it sees that.
    const LOOKS: [(&str, &str, &str, bool); 11] = [
        ("aanbieder", "kandidaat/geslachtsnaam", "gemeente", true),
        ("aanbieder", "kandidaat/voorletters/leeg", "gemeente", true),
        ("aanbieder", "verwijzing/nummer", "gemeente", true),
        ("gemeente", "verwijzing/besluit", "aanbieder", true),
        ("aanbieder", "kandidaat/onbekend", "gemeente", false),
        // its own, and what it does not own
        ("aanbieder", "kandidaat/geslachtsnaam", "aanbieder", false),
        ("gemeente", "kandidaat/geslachtsnaam", "aanbieder", false),
        // an owner without a case, and from one without a case
        ("aanbieder", "kandidaat/geslachtsnaam", "bureau", false),
        ("bureau", "kandidaat/geslachtsnaam", "gemeente", false),
        // no party of the case, and from no party
        ("gemeente", "verwijzing/besluit", "bureau", false),
        ("bureau", "verwijzing/nummer", "gemeente", false),
    ];

    fn proposal(proposer: &str, on: &str) -> ProposalRow {
        let mut path = on.split('/');
        let kind = path.next().and_then(Kind::parse).expect("a kind");
        let attribute = path.next().expect("an attribute");
        let value = match (attribute, path.next()) {
            (_, Some(_)) => Value::Null,
            ("besluit", _) => json!({"uitkomst": "afgewezen"}),
            _ => json!("Anders"),
        };
        ProposalRow {
            id: Uuid::from_u128(9),
            record: if kind == Kind::Kandidaat {
                KANDIDAAT
            } else {
                CASE
            },
            kind,
            kandidaat: KANDIDAAT,
            attribute: attribute.to_owned(),
            value: value.to_string(),
            proposer: org(proposer),
            message: Uuid::from_u128(8),
            sent_at: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            state: ProposalState::Open,
            settled_at: None,
            settled_by: None,
        }
    }

    #[test]
    fn an_owner_that_shares_the_case_sees_a_value_and_nobody_else_does() {
        let (view, directory) = world();
        let schemas = Schemas::embedded().expect("the schemas");
        let sight = Sight {
            overlay: &view.overlay(),
            directory: &directory,
            schemas: &schemas,
            now: "2024-06-01T12:00:00Z".parse().expect("a moment"),
        };
        for (proposer, on, reader, sees) in LOOKS {
            let row = proposal(proposer, on);
            let organisation = directory.organisation(&org(reader)).expect("registered");
            let found = sight.value_for(organisation, &row);
            let expected = sees.then(|| serde_json::from_str(&row.value).expect("JSON"));
            assert_eq!(found, expected, "{proposer} on {on}, to {reader}");
        }
    }
}
