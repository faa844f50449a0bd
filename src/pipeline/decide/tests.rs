//! Decisions over canonical messages, without a store: what one element does to the record, and where it goes.

mod claims;
mod was;

use crate::adapters;
use crate::adapters::Limits;
use crate::canonical::Contribution;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Record;
use crate::canonical::SeededIds;
use crate::mapping::Element;
use crate::mapping::Library;
use crate::pipeline::answer::RecordAnswer;
use crate::pipeline::decide::Accepted;
use crate::pipeline::decide::Scope;
use crate::pipeline::decide::decide;
use crate::pipeline::directory::Directory;
use crate::pipeline::receive::read;
use crate::pipeline::route::Refusal;
use crate::pipeline::route::Round;
use crate::pipeline::route::Route;
use crate::pipeline::route::route;
use crate::pipeline::view::Entry;
use crate::pipeline::view::View;
use crate::schema::Schemas;
use crate::sealing::KEY_BYTES;
use crate::sealing::Sealer;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

const BSN: &str = "999990019";
const OTHER_BSN: &str = "999990020";

/// A gateway of pure parts: what was accepted stays in its view.
struct World {
    schemas: Schemas,
    library: Library,
    directory: Directory,
    sealer: Sealer,
    ids: SeededIds,
    view: View,
    messages: u128,
}

/// What became of one element.
struct Outcome {
    answers: Vec<RecordAnswer>,
    remarks: Vec<String>,
    route: Route,
    sealed: usize,
}

impl Outcome {
    fn stops(&self) -> Vec<(&str, &str)> {
        let stops = self.route.stops.iter();
        stops
            .map(|stop| (stop.recipient.as_str(), stop.soort))
            .collect()
    }
}

fn object(value: &Value) -> Record {
    value.as_object().cloned().expect("an object")
}

fn directory() -> Directory {
    let organisaties = [
        json!({"code": "gemeente", "rollen": ["G", "O"], "bsnGrondslag": "PW"}),
        json!({"code": "uwv", "rollen": ["U", "O"], "bsnGrondslag": "SUWI"}),
        json!({"code": "aanbieder", "rollen": ["P"]}),
        json!({"code": "karig", "rollen": ["P"]}),
        json!({"code": "vreemd", "rollen": ["P"]}),
        json!({"code": "dorp", "rollen": ["G", "O"], "bsnGrondslag": "PW"}),
        json!({"code": "tweede", "rollen": ["P"], "bsnGrondslag": "PW"}),
    ];
    let agreement = |nummer: &str, opdrachtgever: &str, uitvoerder: &str, kinds: &[&str]| {
        let grants: Vec<Value> = kinds
            .iter()
            .map(|kind| json!({"soort": kind, "klassen": ["A", "B", "C", "D", "F"]}))
            .collect();
        json!({"nummer": nummer, "opdrachtgever": opdrachtgever, "uitvoerder": uitvoerder, "van": "2024-01-01",
            "attribuutset": grants})
    };
    let all = [
        "kandidaat",
        "werkprofiel",
        "verwijzing",
        "opdracht",
        "trajectplan",
        "logboekregel",
        "verzoek",
        "declaratie",
    ];
    let overeenkomsten = [
        agreement("SO-1", "gemeente", "aanbieder", &all),
        agreement("SO-2", "gemeente", "karig", &["verwijzing"]),
        agreement("SO-3", "dorp", "aanbieder", &all),
        agreement("SO-4", "gemeente", "tweede", &all),
    ];
    let (directory, unread) = Directory::new(
        &organisaties.map(|o| object(&o)),
        &overeenkomsten.map(|o| object(&o)),
    );
    assert!(unread.is_empty(), "{unread:?}");
    directory
}

impl World {
    fn new() -> Self {
        let schemas = Schemas::embedded().expect("the schemas");
        let library = Library::shipped(&schemas).expect("the mappings");
        Self {
            schemas,
            library,
            directory: directory(),
            sealer: Sealer::new(&[7; KEY_BYTES]),
            ids: SeededIds::new(7),
            view: View::default(),
            messages: 0,
        }
    }

    /// Decides about one canonical element, sent at a second of the sender's own clock.
    fn send(&mut self, sender: &str, second: i64, message: &Value) -> Result<Outcome, Vec<String>> {
        let element = self.element(message);
        self.send_element(sender, second, &element)
    }

    fn element(&self, message: &Value) -> Element {
        let mapping = self.library.canonical();
        let bytes = message.to_string().into_bytes();
        let document =
            adapters::decode(&bytes, mapping.wire(), &Limits::default()).expect("a document");
        let decoded = read(mapping, &document, &self.schemas);
        let element = decoded.elements.into_iter().next().expect("an element");
        assert!(
            !element.faults.iter().any(crate::document::Fault::refuses),
            "{:?}",
            element.faults
        );
        element
    }

    fn send_element(
        &mut self,
        sender: &str,
        second: i64,
        element: &Element,
    ) -> Result<Outcome, Vec<String>> {
        let codes = |faults: Vec<crate::document::Fault>| -> Vec<String> {
            faults
                .into_iter()
                .map(|one| one.code.into_owned())
                .collect()
        };
        self.messages += 1;
        let sender = OrgCode::parse(sender).expect("a code");
        let mapping = self.library.canonical();
        let now: Timestamp = "2024-04-01T12:00:00Z".parse().expect("a moment");
        let organisation = self.directory.organisation(&sender).expect("registered");
        let scope = Scope {
            directory: &self.directory,
            schemas: &self.schemas,
            sealer: &self.sealer,
            ids: &self.ids,
            now,
            sender: organisation,
            mapping,
            by: Contribution {
                bericht: Uuid::from_u128(self.messages),
                organisatie: sender.clone(),
                verzonden: Timestamp::from_second(second).expect("a moment"),
                mapping: "test".to_owned(),
            },
        };
        let accepted: Accepted =
            decide(&scope, element, &self.view, &mut HashMap::new()).map_err(codes)?;
        self.view
            .accept(accepted.records, accepted.identities, accepted.links);
        let round = Round {
            overlay: &self.view.overlay(),
            directory: &self.directory,
            sender: &sender,
            now,
        };
        Ok(Outcome {
            route: route(&accepted.changes, &round),
            answers: accepted.answers,
            remarks: codes(accepted.remarks),
            sealed: accepted.bsns.len(),
        })
    }

    fn taken(&mut self, sender: &str, second: i64, message: &Value) -> Outcome {
        self.send(sender, second, message)
            .unwrap_or_else(|faults| panic!("{sender} {message}: {faults:?}"))
    }

    fn only(&self, kind: Kind) -> &Entry {
        let mut found = self.view.entries().filter(|(_, entry)| entry.kind == kind);
        let (_, entry) = found.next().expect("a record");
        assert!(found.next().is_none(), "one {kind}");
        entry
    }

    fn all(&self, kind: Kind) -> Vec<&Entry> {
        let entries = self.view.entries().map(|(_, entry)| entry);
        entries.filter(|entry| entry.kind == kind).collect()
    }

    /// A verwijzing of the gemeente for the aanbieder, with its kandidaat.
    fn with_case() -> Self {
        let mut world = Self::new();
        world.taken("gemeente", 1_000, &case("V-1", "aanbieder"));
        world
    }
}

fn case(nummer: &str, uitvoerder: &str) -> Value {
    json!({"kandidaat": {"bsn": BSN, "geslachtsnaam": "Testpersoon"},
        "verwijzing": {"nummer": nummer, "uitvoerder": {"code": uitvoerder}}})
}

#[test]
fn the_no_of_one_organisation_is_lifted_by_nobody_else() {
    let mut world = World::with_case();
    world.taken(
        "uwv",
        10,
        &json!({"kandidaat": {"bsn": BSN, "toestemming": false}}),
    );
    world.taken(
        "aanbieder",
        9_000,
        &json!({"verwijzing": {"nummer": "V-1"}, "kandidaat": {"toestemming": true}}),
    );
    world.taken(
        "gemeente",
        9_001,
        &json!({"kandidaat": {"bsn": BSN, "toestemming": true}}),
    );
    assert_eq!(world.only(Kind::Kandidaat).record["toestemming"], false);
    let change = |day: &str| json!({"verwijzing": {"nummer": "V-1", "gewensteStart": day}});
    let held = world.taken("gemeente", 9_002, &change("2024-05-01"));
    assert!(held.stops().is_empty());
    assert_eq!(
        held.route.refusals,
        [Refusal::Held("kandidaat.geenToestemming")]
    );
    world.taken(
        "uwv",
        20,
        &json!({"kandidaat": {"bsn": BSN, "toestemming": true}}),
    );
    let free = world.taken("gemeente", 9_003, &change("2024-06-01"));
    assert_eq!(free.stops(), [("aanbieder", "verwijzing")]);
}

#[test]
fn a_shield_holds_and_its_reason_is_not_told_to_who_shares_no_case() {
    let mut world = World::with_case();
    let shielded = world.taken(
        "gemeente",
        10,
        &json!({"kandidaat": {"bsn": BSN, "afgeschermd": true}}),
    );
    assert_eq!(
        shielded.route.refusals,
        [Refusal::Held("kandidaat.afgeschermd")]
    );
    let other = world.taken(
        "uwv",
        99_999,
        &json!({"kandidaat": {"bsn": BSN, "afgeschermd": false}}),
    );
    assert_eq!(
        other.route.refusals,
        [Refusal::Held("kandidaat.ingehouden")]
    );
    assert!(other.stops().is_empty());
}

#[test]
fn every_organisation_keeps_its_own_number_whatever_its_clock_says() {
    let mut world = World::with_case();
    world.taken(
        "uwv",
        99_999,
        &json!({"kandidaat": {"bsn": BSN, "klantnummer": "U-1"}}),
    );
    let slow = world.taken(
        "gemeente",
        5,
        &json!({"kandidaat": {"bsn": BSN, "klantnummer": "G-1"}}),
    );
    assert!(slow.remarks.is_empty(), "{:?}", slow.remarks);
    assert!(
        slow.stops().is_empty(),
        "an own number is nobody else's news"
    );
    let record = &world.only(Kind::Kandidaat).record;
    assert_eq!(
        record["klantnummers"],
        json!({"uwv": "U-1", "gemeente": "G-1"})
    );
    assert!(!record.contains_key("klantnummer"));
}

#[test]
fn a_bsn_that_was_said_to_be_unknown_can_be_given_later_and_then_stays() {
    let mut world = World::new();
    let unknown =
        json!({"kandidaat": {"klantnummer": "G-1", "waardeStatus": {"/bsn": "waardeOnbekend"}}});
    world.taken("gemeente", 1, &unknown);
    let given = world.taken(
        "gemeente",
        2,
        &json!({"kandidaat": {"klantnummer": "G-1", "bsn": BSN}}),
    );
    assert_eq!(given.sealed, 1);
    assert!(
        !world
            .only(Kind::Kandidaat)
            .record
            .contains_key("waardeStatus")
    );
    world.taken("gemeente", 3, &unknown);
    assert!(
        !world
            .only(Kind::Kandidaat)
            .record
            .contains_key("waardeStatus")
    );
    let other = world.send(
        "gemeente",
        4,
        &json!({"kandidaat": {"klantnummer": "G-1", "bsn": OTHER_BSN}}),
    );
    assert_eq!(other.err(), Some(vec!["identiteit.botsing".to_owned()]));
    world.taken(
        "gemeente",
        5,
        &json!({"kandidaat": {"klantnummer": "G-1", "bsn": BSN}}),
    );
}

#[test]
fn a_bsn_given_to_a_person_without_one_is_taken_whether_or_not_others_know_it() {
    let first = |bsn: &str| {
        let mut world = World::new();
        world.taken(
            "uwv",
            1,
            &json!({"kandidaat": {"bsn": BSN, "geslachtsnaam": "Ander"}}),
        );
        world.taken("gemeente", 2, &json!({"kandidaat": {"klantnummer": "G-1"}}));
        (
            world,
            json!({"kandidaat": {"klantnummer": "G-1", "bsn": bsn}}),
        )
    };
    let told = |bsn: &str| {
        let (mut world, given) = first(bsn);
        // again, and then by the BSN alone, as of anybody it knows
        let later = json!({"kandidaat": {"bsn": bsn, "geslachtsnaam": "Eigen"}});
        let messages = [&given, &given, &later];
        let answers = messages.map(|message| {
            let outcome = world.send("gemeente", 3, message).expect("taken");
            let kinds = outcome.answers.iter().map(|answer| answer.soort);
            (kinds.collect::<Vec<_>>(), outcome.remarks)
        });
        let people = world.all(Kind::Kandidaat);
        let names = people
            .iter()
            .map(|one| one.record.get("geslachtsnaam").cloned());
        let mut names: Vec<_> = names.collect();
        names.sort_by_key(|name| name.as_ref().map(Value::to_string));
        (answers, names)
    };
    let of_another = told(BSN);
    assert_eq!(of_another, told(OTHER_BSN));
    assert_eq!(of_another.1, [Some(json!("Ander")), Some(json!("Eigen"))]);
}

#[test]
fn the_parties_of_a_case_may_all_give_the_bsn_of_its_person_whoever_else_has_it() {
    let told = |bsn: &str, senders: [&str; 2]| {
        let mut world = World::new();
        world.taken("uwv", 1, &json!({"kandidaat": {"bsn": BSN}}));
        let verwijzing = json!({"nummer": "V-1", "uitvoerder": {"code": "tweede"}});
        let case = json!({"kandidaat": {"klantnummer": "G-1"}, "verwijzing": verwijzing});
        world.taken("gemeente", 2, &case);
        // each twice: what is on record already says nothing new
        let answers = [senders, senders].concat().into_iter().map(|sender| {
            let message = json!({"kandidaat": {"bsn": bsn}, "verwijzing": {"nummer": "V-1"}});
            world
                .send(sender, 3, &message)
                .map(|outcome| outcome.remarks)
        });
        let answers: Vec<_> = answers.collect();
        (answers, world.all(Kind::Kandidaat).len())
    };
    for senders in [["gemeente", "tweede"], ["tweede", "gemeente"]] {
        let of_another = told(BSN, senders);
        assert!(of_another.0.iter().all(Result::is_ok), "{of_another:?}");
        assert_eq!(of_another, told(OTHER_BSN, senders), "{senders:?}");
        assert_eq!(of_another.1, 2, "nobody is mixed with another");
    }
}

#[test]
fn of_two_people_of_its_own_a_sender_hears_that_their_numbers_clash() {
    let mut world = World::new();
    for (seconds, kandidaat) in [(1, json!({"bsn": BSN})), (2, json!({"klantnummer": "G-1"}))] {
        world.taken("gemeente", seconds, &json!({"kandidaat": kandidaat}));
    }
    let both = json!({"kandidaat": {"klantnummer": "G-1", "bsn": BSN}});
    let refused = world.send("gemeente", 3, &both);
    assert_eq!(refused.err(), Some(vec!["identiteit.botsing".to_owned()]));
}

#[test]
fn a_verwijzing_without_uitvoerder_gets_one_from_its_opdrachtgever_and_only_by_agreement() {
    let mut world = World::new();
    world.taken(
        "gemeente",
        1,
        &json!({"kandidaat": {"bsn": BSN}, "verwijzing": {"nummer": "V-1"}}),
    );
    let named = |code: &str| json!({"verwijzing": {"nummer": "V-1", "uitvoerder": {"code": code}}});
    for (code, fault) in [
        ("vreemd", "overeenkomst.afwezig"),
        ("niemand", "partij.onbekend"),
    ] {
        let refused = world.send("gemeente", 2, &named(code));
        assert_eq!(refused.err(), Some(vec![fault.to_owned()]), "{code}");
    }
    let taken = world.taken("gemeente", 3, &named("aanbieder"));
    assert_eq!(taken.stops(), [("aanbieder", "verwijzing")]);
    assert_eq!(
        world.only(Kind::Verwijzing).party("uitvoerder"),
        Some("aanbieder")
    );
    let moved = world.send("gemeente", 4, &named("karig"));
    assert_eq!(moved.err(), Some(vec!["partij.wijzigt".to_owned()]));
}

#[test]
fn a_status_is_refused_from_the_party_whose_step_it_is_not() {
    let status = |status: &str| json!({"verwijzing": {"nummer": "V-1", "status": status}});
    let besluit = json!({"verwijzing": {"nummer": "V-1", "besluit": {"uitkomst": "aangenomen"}}});
    for (sender, message, fault) in [
        ("gemeente", status("aangenomen"), Some("status.partij")),
        ("gemeente", besluit.clone(), Some("status.partij")),
        ("gemeente", status("ingetrokken"), None),
        ("aanbieder", status("ingetrokken"), Some("status.partij")),
        ("aanbieder", status("aangenomen"), None),
        ("aanbieder", besluit, None),
    ] {
        let mut world = World::with_case();
        let outcome = world.send(sender, 2_000, &message);
        let faults = outcome.err().unwrap_or_default();
        assert_eq!(
            faults.first().map(String::as_str),
            fault,
            "{sender} {message}"
        );
        let accepted = fault.is_none() && sender == "aanbieder";
        let opdrachten = world
            .view
            .entries()
            .filter(|(_, e)| e.kind == Kind::Opdracht);
        assert_eq!(
            opdrachten.count(),
            usize::from(accepted),
            "{sender} {message}"
        );
    }
    let mut world = World::new();
    let mut born_accepted = case("V-1", "aanbieder");
    born_accepted["verwijzing"]["status"] = json!("aangenomen");
    let refused = world.send("gemeente", 1, &born_accepted);
    assert_eq!(refused.err(), Some(vec!["status.partij".to_owned()]));
}

#[test]
fn a_status_that_only_mirrors_what_is_on_record_is_no_fault() {
    let mut world = World::with_case();
    world.taken(
        "aanbieder",
        2_000,
        &json!({"verwijzing": {"nummer": "V-1", "besluit": {"uitkomst": "aangenomen"}}}),
    );
    for status in ["aangenomen", "ingediend"] {
        world.taken(
            "gemeente",
            3_000,
            &json!({"verwijzing": {"nummer": "V-1", "status": status}}),
        );
    }
    assert_eq!(
        world.only(Kind::Verwijzing).text("status"),
        Some("aangenomen")
    );
}

#[test]
fn nobody_fills_what_is_the_gateways_nor_empties_what_a_record_always_has() {
    let mut world = World::with_case();
    let kandidaat = world.only(Kind::Verwijzing).reference("kandidaat");
    let outcome = world.taken(
        "gemeente",
        2_000,
        &json!({"verwijzing": {"nummer": "V-1", "kandidaat": Uuid::nil(), "waardeStatus": {
            "/kandidaat": "geenWaarde", "/uitvoerder": "geenWaarde", "/status": "geenWaarde"}}}),
    );
    assert!(outcome.remarks.is_empty(), "{:?}", outcome.remarks);
    let entry = world.only(Kind::Verwijzing);
    assert_eq!(entry.reference("kandidaat"), kandidaat);
    assert_eq!(entry.party("uitvoerder"), Some("aanbieder"));
    assert_eq!(entry.text("status"), Some("ingediend"));
    assert!(!entry.record.contains_key("waardeStatus"));
}

#[test]
fn a_bsn_is_not_kept_as_an_untranslated_value() {
    let mut world = World::new();
    let outcome = world.taken(
        "gemeente",
        1,
        &json!({"kandidaat": {"klantnummer": "G-1",
            "nietVertaald": {"/bsn": "12345", "/geslacht": BSN, "/woonplaatsgemeente": "Voorbeeldstad"}}}),
    );
    assert_eq!(outcome.remarks, ["bsn.niet-vertaald", "bsn.niet-vertaald"]);
    assert_eq!(
        world.only(Kind::Kandidaat).record["nietVertaald"],
        json!({"/woonplaatsgemeente": "Voorbeeldstad"})
    );
}

#[test]
fn an_own_number_that_is_not_there_or_not_translated_leaves_nothing_on_the_shared_record() {
    for (member, remarks) in [
        ("waardeStatus", &[][..]),
        ("nietVertaald", &["attribuut.niet-opgenomen"]),
    ] {
        let mut world = World::new();
        let said = json!({"/klantnummer": "geenWaarde", "/geslacht": "geenWaarde"});
        let outcome = world.taken(
            "gemeente",
            1,
            &json!({"kandidaat": {"bsn": BSN, member: said}}),
        );
        assert_eq!(outcome.remarks, remarks, "{member}");
        let record = &world.only(Kind::Kandidaat).record;
        assert_eq!(record[member], json!({"/geslacht": "geenWaarde"}));
    }
}

#[test]
fn a_change_of_the_kandidaat_alone_reaches_the_other_party_of_the_case() {
    let phone = json!({"kandidaat": {"bsn": BSN, "telefoon": ["0612345678"]}});
    let mut resent = case("V-1", "aanbieder");
    resent["kandidaat"]["telefoon"] = json!(["0612345678"]);
    for message in [&phone, &resent] {
        let mut world = World::with_case();
        let outcome = world.taken("gemeente", 2_000, message);
        assert_eq!(outcome.stops(), [("aanbieder", "verwijzing")], "{message}");
        assert!(
            world.taken("gemeente", 2_001, message).stops().is_empty(),
            "no news"
        );
    }
    let mut world = World::with_case();
    let of_provider =
        json!({"verwijzing": {"nummer": "V-1"}, "kandidaat": {"telefoon": ["0612345678"]}});
    let untold = world.taken("aanbieder", 2_000, &of_provider);
    assert_eq!(untold.route.refusals, [Refusal::NoMessage]);
    world.taken(
        "gemeente",
        2_001,
        &json!({"kandidaat": {"bsn": BSN}, "werkprofiel": {"persoonlijkePresentatie": "x"}}),
    );
    let of_provider =
        json!({"verwijzing": {"nummer": "V-1"}, "kandidaat": {"telefoon": ["0687654321"]}});
    let told = world.taken("aanbieder", 3_000, &of_provider);
    assert_eq!(told.stops(), [("gemeente", "werkprofiel")]);
    let stranger = world.taken(
        "uwv",
        4_000,
        &json!({"kandidaat": {"bsn": BSN, "voorletters": "Z."}}),
    );
    assert!(
        stranger.stops().is_empty(),
        "a case between others gives no ground"
    );
}

#[test]
fn a_case_that_is_over_gives_no_ground_to_tell_about_its_kandidaat() {
    let mut world = World::with_case();
    let refused = json!({"verwijzing": {"nummer": "V-1", "besluit": {"uitkomst": "afgewezen"}}});
    world.taken("aanbieder", 2_000, &refused);
    let phone = json!({"kandidaat": {"bsn": BSN, "telefoon": ["0612345678"]}});
    assert!(world.taken("gemeente", 3_000, &phone).stops().is_empty());
}

#[test]
fn what_one_agreement_refuses_is_told_also_when_something_else_travels() {
    let mut world = World::new();
    let outcome = world.taken("gemeente", 1, &case("V-1", "karig"));
    assert_eq!(outcome.stops(), [("karig", "verwijzing")]);
    assert_eq!(
        outcome.route.refusals,
        [Refusal::NoAgreement(Kind::Kandidaat)]
    );
}

#[test]
fn a_first_push_about_a_person_is_answered_alike_whether_others_know_the_person_or_not() {
    let push = json!({"kandidaat": {"bsn": BSN, "geslachtsnaam": "Anders", "doelgroepen": ["ED03"]},
        "werkprofiel": {"persoonlijkePresentatie": "x"}});
    let told = |outcome: Outcome| {
        let shown = outcome
            .answers
            .into_iter()
            .map(|one| json!(one))
            .map(|mut one| {
                one["id"] = Value::Null;
                one
            });
        (shown.collect::<Vec<_>>(), outcome.remarks)
    };
    let mut known = World::with_case();
    known.taken(
        "gemeente",
        99_999,
        &json!({"kandidaat": {"bsn": BSN, "doelgroepen": ["ED04"]}, "werkprofiel": {"persoonlijkePresentatie": "y"}}),
    );
    let first = told(World::new().taken("uwv", 5, &push));
    assert_eq!(told(known.taken("uwv", 5, &push)), first);
    assert_eq!(first.0[0], json!({"soort": "kandidaat", "id": null}));
}

#[test]
fn two_organisations_know_one_person_by_different_ids_and_each_always_by_the_same() {
    let mut world = World::with_case();
    let person =
        json!({"kandidaat": {"bsn": BSN}, "werkprofiel": {"persoonlijkePresentatie": "x"}});
    let mut ids = |sender: &str| -> Vec<Uuid> {
        let outcome = world.taken(sender, 5_000, &person);
        outcome.answers.iter().map(|one| one.id).collect()
    };
    let (gemeente, uwv) = (ids("gemeente"), ids("uwv"));
    assert_eq!(gemeente, ids("gemeente"));
    assert!(gemeente.iter().all(|id| !uwv.contains(id)));
    let stored: Vec<Uuid> = world.view.entries().map(|(id, _)| *id).collect();
    assert!(gemeente.iter().chain(&uwv).all(|id| !stored.contains(id)));
}

#[test]
fn who_shares_a_case_is_told_version_lateness_and_proposals() {
    let mut world = World::with_case();
    let outcome = world.taken(
        "aanbieder",
        1,
        &json!({"verwijzing": {"nummer": "V-1"}, "kandidaat": {"geslachtsnaam": "Anders"}}),
    );
    assert_eq!(outcome.remarks, ["eigenaar.voorstel"]);
    let kandidaat = outcome
        .answers
        .iter()
        .find(|one| one.soort == Kind::Kandidaat);
    let kandidaat = kandidaat.expect("answered");
    assert_eq!(
        (kandidaat.versie, kandidaat.gewijzigd),
        (Some(1), Some(false))
    );
    let verwijzing = outcome
        .answers
        .iter()
        .find(|one| one.soort == Kind::Verwijzing);
    assert_eq!(verwijzing.expect("answered").versie, Some(1));
}
