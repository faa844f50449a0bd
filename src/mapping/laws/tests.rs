use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::mapping::Direction;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::mapping::laws::Breach;
use crate::mapping::laws::generate;
use crate::mapping::laws::generate::Generator;
use crate::mapping::laws::random::Random;
use crate::mapping::laws::trip::Trip;
use crate::mapping::plan::Act;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Rule;
use crate::schema::Schemas;
use serde_json::Value as Json;
use std::collections::BTreeSet;

const MESSAGES: u32 = 200;

/// Every attribute that generated messages of a mapping fill, and how many records the largest of them has.
fn generated(mapping: &Mapping, schemas: &Schemas) -> (BTreeSet<String>, usize) {
    let context = generate::context();
    let plan = mapping.plan().expect("it has rules");
    let (mut filled, mut most) = (BTreeSet::new(), 0);
    for number in 0..MESSAGES {
        let random = Random::new(1, number);
        let bundles = Generator::new(mapping, plan, schemas, &context, random).message();
        most = most.max(bundles.len());
        for Bundle { records } in &bundles {
            for (kind, record) in records {
                for (name, value) in record {
                    walk(value, &format!("{kind}/{name}"), &mut filled);
                }
            }
        }
    }
    (filled, most)
}

fn walk(value: &Json, path: &str, filled: &mut BTreeSet<String>) {
    filled.insert(path.to_owned());
    match value {
        Json::Object(parts) => {
            for (name, part) in parts {
                walk(part, &format!("{path}/{name}"), filled);
            }
        }
        Json::Array(items) => {
            for item in items {
                walk(item, &format!("{path}/*"), filled);
            }
        }
        _ => {}
    }
}

/// The attributes that rules carry both ways, whatever their conditions.
fn carried(rules: &[Rule], kind: Option<Kind>, base: &str, into: &mut BTreeSet<String>) {
    for rule in rules.iter().filter(|rule| rule.inward && rule.outward) {
        for target in rule.act.targets() {
            let kind = match target.owner {
                Owner::Record(kind) => Some(kind),
                Owner::Item(_) => kind,
                Owner::Envelope => None,
            };
            let (Some(kind), false) = (kind, matches!(rule.act, Act::Set(..))) else {
                continue;
            };
            let path = format!("{base}{}", target.pointer);
            into.insert(format!("{kind}{path}"));
            if let Act::Group(group) = &rule.act {
                carried(&group.rules, Some(kind), &format!("{path}/*"), into);
            }
        }
    }
}

#[test]
fn generated_messages_fill_every_attribute_that_the_shipped_mappings_carry() {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let library = Library::shipped(&schemas).expect("they compile");
    let both = library
        .all()
        .filter(|mapping| mapping.direction() == Direction::Both);
    let mut conditional = 0;
    for mapping in both {
        let plan = mapping.plan().expect("it has rules");
        let (filled, most) = generated(mapping, &schemas);
        let mut expected = BTreeSet::new();
        carried(&plan.rules, None, "", &mut expected);
        let lacking: Vec<&String> = expected.difference(&filled).collect();
        assert!(lacking.is_empty(), "{:?}: {lacking:?}", mapping.id());
        assert_eq!(
            most > 1,
            mapping.per() == Per::Message,
            "{:?}",
            mapping.id()
        );
        conditional += plan
            .rules
            .iter()
            .filter(|rule| rule.when_out.is_some())
            .count();
    }
    assert!(conditional > 0, "some of them have a condition");
}

#[test]
fn generated_texts_are_as_long_as_they_may_be_and_days_go_to_the_end_of_the_month() {
    let mut random = Random::new(7, 0);
    let texts: Vec<String> = (0..500).map(|_| random.words(40)).collect();
    let longest = texts.iter().map(|text| text.chars().count()).max();
    assert_eq!(longest, Some(40));
    assert!(
        texts
            .iter()
            .all(|text| !text.is_empty() && text.trim() == text)
    );
    let days: BTreeSet<String> = (0..2_000).map(|_| random.day()).collect();
    for end in ["-02-29", "-31", "1900-01-01"] {
        assert!(days.iter().any(|day| day.ends_with(end)), "{end}");
    }
}

fn compiled(direction: &str, rules: &str) -> (std::sync::Arc<Mapping>, Schemas) {
    let schemas = Schemas::embedded().expect("the schemas are tested elsewhere");
    let text = format!(
        "[mapping]\norganisatie = \"f\"\nsoort = \"m\"\ntitel = \"t\"\nstatus = \"s\"\ndirection = \"{direction}\"\n\
         format = \"json\"\nmain = \"opdracht\"\ndelivers = \"none\"\n\
         [[rule]]\nsource = \"nr\"\ntarget = \"opdracht.ordernummer\"\nrequired = true\n{rules}"
    );
    let library = Library::compile(&[("f/m.toml".to_owned(), text)], &schemas);
    let library = library.unwrap_or_else(|found| panic!("{found:?}"));
    let mapping = std::sync::Arc::clone(library.get("f", "m").expect("compiled"));
    (mapping, schemas)
}

#[test]
fn what_is_refused_when_it_is_written_is_no_counterexample() {
    let (mapping, schemas) = compiled("both", "");
    let context = generate::context();
    let trip = Trip {
        mapping: &mapping,
        context: &context,
    };
    let mut whole = Bundle::default();
    let order = whole.record_mut(Kind::Opdracht);
    order.insert("ordernummer".to_owned(), "1".into());
    let mut lacking = Bundle::default();
    lacking.record_mut(Kind::Opdracht);
    assert_eq!(trip.holds(std::slice::from_ref(&whole)), Ok(None));
    let code = |bundles: &[Bundle]| {
        let refused = trip.holds(bundles).expect("no breach");
        refused.map(|fault| fault.code.into_owned())
    };
    assert_eq!(
        code(std::slice::from_ref(&lacking)).as_deref(),
        Some("uit.verplicht")
    );
    assert_eq!(code(&[lacking, whole]), None, "the other one is tried");
    assert!(super::check(&mapping, &schemas, 1, 20).is_ok());
}

#[test]
fn where_nearly_all_messages_are_refused_the_laws_were_not_tried_and_that_is_said() {
    let never = "[[rule]]\nsource = \"soort\"\ntarget = \"bericht.soort\"\nrequired = true\n\
        codec = { codec = \"table\", codes = { A = \"iets anders\" } }\n";
    let (mapping, schemas) = compiled("out", never);
    let found = super::check(&mapping, &schemas, 1, 20).expect_err("nothing is written");
    let Breach::Untried { refused, of, why } = &found.why else {
        panic!("{found:?}")
    };
    assert_eq!((*refused, *of, &*why.code), (20, 20, "uit.verplicht"));
    let said = found.sentence();
    assert!(said.nl.contains("20 van 20 berichten"), "{}", said.nl);
    assert!(said.en.contains("20 of 20 messages"), "{}", said.en);
}
