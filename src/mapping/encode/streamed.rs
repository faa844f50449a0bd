//! JSON that is written at once, as the rules come: it is what its tree would have been.

use crate::adapters::JsonStream;
use crate::canonical::Bundle;
use crate::document::Fault;
use crate::mapping::encode::Writer;
use crate::mapping::encode::number;
use crate::mapping::encode::sink::Sink;
use crate::mapping::plan::Plan;
use serde_json::Value as Json;

impl<'v> Writer<'v> {
    /// JSON of some bundles, where the plan [streams](Plan::streams); none where it has something that JSON cannot say.
    /// The same as of the tree that [`Self::made`] makes.
    pub(crate) fn streamed(
        plan: &'v Plan,
        context: &'v Json,
        bundles: &'v [Bundle],
    ) -> (Option<Vec<u8>>, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut stream = JsonStream::new();
        let writer = Self {
            plan,
            streams: true,
        };
        if writer.is_list(bundles) {
            stream.list(&[], |stream| {
                for (index, bundle) in bundles.iter().enumerate() {
                    let from = faults.len();
                    let one = std::slice::from_ref(bundle);
                    stream.object(|stream| {
                        writer.whole(context, one, &mut Sink::Json(stream), &mut faults);
                    });
                    number(&mut faults[from..], index, bundles);
                }
            });
        } else {
            stream.object(|stream| {
                writer.whole(context, bundles, &mut Sink::Json(stream), &mut faults);
            });
        }
        writer.check_set(context, bundles, &mut faults);
        (stream.bytes(), faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters;
    use crate::canonical::Kind;
    use crate::mapping::Direction;
    use crate::mapping::Library;
    use crate::mapping::laws;
    use crate::schema::Schemas;
    use serde_json::json;

    fn shipped() -> (Library, Schemas) {
        let schemas = Schemas::embedded().expect("they load");
        let library = Library::shipped(&schemas).expect("they compile");
        (library, schemas)
    }

    /// The bytes, and the codes of what was said; none where it was not written at once.
    fn streamed(plan: &Plan, context: &Json, bundles: &[Bundle]) -> Option<(Vec<u8>, Vec<String>)> {
        let (bytes, faults) = Writer::streamed(plan, context, bundles);
        let (root, of_tree) = Writer::new(plan).made(context, bundles);
        let bytes = bytes?;
        let tree = adapters::encode_json(&root, plan.distinct).ok();
        assert!(tree.is_some_and(|tree| tree == bytes), "it is the same");
        assert!(faults == of_tree, "the same is said of it");
        let codes = faults.iter().map(|fault| fault.code.to_string());
        Some((bytes, codes.collect()))
    }

    #[test]
    fn generated_messages_are_written_at_once_as_their_trees() {
        let (library, schemas) = shipped();
        let mut tried = Vec::new();
        for mapping in library.all() {
            let plan = mapping.plan().filter(|plan| plan.streams);
            let Some(plan) = plan.filter(|_| mapping.direction() == Direction::Both) else {
                continue;
            };
            let (party, kind) = mapping.id();
            tried.push(format!("{party}/{kind}"));
            for message in 0..100 {
                let (context, bundles) = laws::message(mapping, plan, &schemas, message);
                assert!(
                    streamed(plan, &context, &bundles).is_some(),
                    "{party}/{kind}"
                );
            }
        }
        for name in ["gemeente-voorbeelddorp/verwijzing", "vum/profiel-3"] {
            assert!(tried.iter().any(|one| one == name), "{name} of {tried:?}");
        }
    }

    /// A referral of which some parts are given.
    fn referral(kandidaat: &Json, parts: &Json) -> Bundle {
        let mut bundle = Bundle::default();
        for (kind, given) in [(Kind::Kandidaat, kandidaat), (Kind::Verwijzing, parts)] {
            let record = bundle.record_mut(kind);
            record.extend(given.as_object().cloned().unwrap_or_default());
        }
        bundle
    }

    #[test]
    fn items_that_say_nothing_or_that_nobody_would_recognise_leave_nothing_behind() {
        let (library, _) = shipped();
        let mapping = library.get("gemeente-voorbeelddorp", "verwijzing");
        let plan = mapping
            .and_then(|mapping| mapping.plan())
            .expect("it is there");
        let item = |hash: &str| json!({"hash": hash, "soort": "cv"});
        for (items, written) in [
            (json!([]), 0),
            (json!([{}]), 0),
            (json!([{"mediatype": "application/pdf"}, {}]), 0),
            (
                json!([item("a"), {"mediatype": "application/pdf"}, {}, item("b")]),
                2,
            ),
            (json!([{"mediatype": "application/pdf"}, item("b")]), 1),
        ] {
            let parts = json!({"nummer": "1", "contactpersoon": {"naam": "A"}, "bijlagen": items});
            let bundles = [
                referral(&json!({"roepnaam": "B"}), &parts),
                referral(&json!({}), &parts),
            ];
            let (bytes, _) = streamed(plan, &json!({}), &bundles).expect("it is written at once");
            let made: Json = serde_json::from_slice(&bytes).expect("JSON");
            for index in 0..2 {
                let element = &made["aanmeldingen"][index];
                assert_eq!(element["klantmanager"]["naam"], "A");
                let found = element["stukken"].as_array().map(Vec::len);
                assert_eq!(found, Some(written).filter(|count| *count > 0), "{items}");
            }
        }
    }

    #[test]
    fn a_value_that_json_cannot_say_is_left_out_and_told_as_ever() {
        let (library, _) = shipped();
        let mapping = library.get("gemeente-voorbeelddorp", "verwijzing");
        let mapping = mapping.expect("it is there");
        let plan = mapping.plan().expect("it has rules");
        let kandidaat = json!({"roepnaam": "a\0b", "voorletters": "C."});
        let bundles = [referral(&kandidaat, &json!({"nummer": "1"}))];
        assert!(streamed(plan, &json!({}), &bundles).is_none());
        let written = mapping.write(&json!({}), &bundles);
        let made: Json = serde_json::from_slice(&written.bytes.expect("bytes")).expect("JSON");
        let person = &made["aanmeldingen"][0]["inwoner"];
        assert_eq!(*person, json!({"voorletters": "C."}));
        let told = written.faults.iter().any(|fault| fault.code == "uit.vorm");
        assert!(told, "it is told");
    }
}
