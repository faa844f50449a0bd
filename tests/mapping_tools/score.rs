//! How much of what people wrote in the shipped mappings a proposal finds by itself, from nothing but their samples: it must
//! not become less, and what it takes wrongly not more.

use crate::shipped::SCHEMAS;
use crate::shipped::files;
use schakel::adapters;
use schakel::adapters::Limits;
use schakel::document::Wire;
use schakel::mapping::Direction;
use schakel::mapping::Library;
use schakel::mapping::Mapping;
use schakel::tools::Asked;
use schakel::tools::Proposed;
use schakel::tools::guess_wire;
use schakel::tools::propose;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use toml::Table;

/// What a mapping reads: for each place every attribute that it fills from it.
type Reads = BTreeMap<String, BTreeSet<String>>;

/// A step as it is whatever prefix its namespace has, without the key that chooses one of several.
fn step(step: &str) -> String {
    let (mark, bare) = step
        .strip_prefix('@')
        .map_or(("", step), |bare| ("@", bare));
    let bare = bare.split('[').next().unwrap_or_default();
    let local = bare.rsplit(':').next().unwrap_or_default();
    format!("{mark}{local}")
}

/// The place of a source, from the root of the document.
fn place(base: &str, source: &str, table: bool) -> String {
    if table {
        let words: Vec<String> = source.split_whitespace().map(str::to_lowercase).collect();
        return words.join(" ");
    }
    let (base, around) = base.split_once('|').unwrap_or((base, base));
    let base = if source.starts_with("..") {
        around
    } else {
        base
    };
    let source = source
        .strip_prefix("..")
        .map_or(source, |rest| rest.trim_start_matches('/'));
    let mut steps: Vec<String> = match source.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => base
            .split('/')
            .filter(|one| !one.is_empty())
            .map(step)
            .collect(),
    };
    for one in source
        .split('/')
        .filter(|one| !one.is_empty() && *one != ".")
    {
        steps.push(step(one));
    }
    steps.join("/")
}

fn text<'t>(table: &'t Table, key: &str) -> &'t str {
    table
        .get(key)
        .and_then(toml::Value::as_str)
        .unwrap_or_default()
}

fn texts(table: &Table, one: &str, several: &str) -> Vec<String> {
    let list = table.get(several).and_then(toml::Value::as_array);
    let list = list
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_str().map(str::to_owned));
    let one = table.get(one).and_then(toml::Value::as_str);
    one.map(str::to_owned).into_iter().chain(list).collect()
}

fn reads(
    rules: &[toml::Value],
    (base, out): (&str, bool),
    group: &str,
    table: bool,
    into: &mut Reads,
) {
    for rule in rules.iter().filter_map(toml::Value::as_table) {
        if (text(rule, "direction") == "out") != out || rule.contains_key("const") {
            continue;
        }
        let mut sources = texts(rule, "source", "sources");
        if table {
            sources.extend(texts(rule, "", "aliases"));
        }
        let targets: Vec<String> = texts(rule, "target", "targets")
            .into_iter()
            .map(|target| match group {
                "" => target,
                group => format!("{group}.{target}"),
            })
            .collect();
        if let Some(inner) = rule.get("rule").and_then(toml::Value::as_array) {
            let (source, target) = (text(rule, "source"), targets[0].as_str());
            let within = place(base, source, false);
            reads(inner, (&within, out), target, table, into);
            continue;
        }
        for source in &sources {
            let known = into.entry(place(base, source, table)).or_default();
            known.extend(targets.iter().cloned());
        }
    }
}

/// Where the elements stand, and what stands around them.
fn base(own: &Table) -> String {
    let of = |format: &str| {
        let format = own.get(format).and_then(toml::Value::as_table)?;
        let (element, around) = (text(format, "element"), text(format, "around"));
        Some(format!("{element}|{around}"))
    };
    of("xml").or_else(|| of("json")).unwrap_or_default()
}

/// What a mapping reads; or what only its other direction writes.
fn rules(mapping: &Mapping, out: bool) -> Reads {
    let own: Table = mapping.printed().parse().expect("a printed mapping");
    let table = matches!(mapping.wire(), Wire::Csv(_) | Wire::Excel);
    let mut found = Reads::new();
    if let Some(rules) = own.get("rule").and_then(toml::Value::as_array) {
        reads(rules, (&base(&own), out), "", table, &mut found);
    }
    found
}

/// What is proposed, by its place.
fn proposed(
    lines: &[Proposed],
    base: &str,
    group: &str,
    table: bool,
    into: &mut Vec<(String, String, u8, bool)>,
) {
    for line in lines {
        let target = line.target.clone().unwrap_or_default();
        let target = match group {
            "" => target,
            group => format!("{group}.{target}"),
        };
        let at = place(base, &line.source, table);
        if line.parts.is_empty() {
            into.push((at, target, line.certainty, line.taken));
        } else {
            proposed(&line.parts, &at, &target, table, into);
        }
    }
}

/// What became of the places of the samples of one format.
#[derive(Debug, Default)]
struct Score {
    /// Places that a mapping reads and that its samples have.
    all: usize,
    /// Of these the ones for which the same is proposed, to be used.
    right: usize,
    /// Something else is, to be used.
    wrong: usize,
    /// Places that the mapping leaves unread, for which something is proposed to be used.
    extra: usize,
}

fn scores(tell: bool) -> BTreeMap<&'static str, Score> {
    let mut found: BTreeMap<&'static str, Score> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (mapping, bytes) in files() {
        let (format, name) = match mapping.wire() {
            Wire::Xml(_) => ("xml", "x.xml"),
            Wire::Json => ("json", "x.json"),
            Wire::Csv(_) => ("csv", "x.csv"),
            Wire::Excel => ("excel", "x.xlsx"),
            Wire::Fixed(_) | Wire::Enveloped(_) => continue,
        };
        let (org, soort) = mapping.id();
        let printed = mapping.printed();
        // a retour repeats what was delivered, and its mapping reads only by what that is known
        if printed.contains("[answers]")
            || mapping.direction() == Direction::Out
            || !seen.insert((org.to_owned(), soort.to_owned()))
        {
            continue;
        }
        let wire = guess_wire(name, &bytes).expect("a format");
        let Ok(document) = adapters::decode(&bytes, &wire, &Limits::default()) else {
            continue;
        };
        // the mapping itself, and what it takes over or is taken over by, is not there to look in
        let own = format!("{org}/{soort}");
        let others: Vec<_> = Library::shipped_files()
            .into_iter()
            .filter(|(path, text)| {
                let stem = own.trim_end_matches("-csv");
                !path.starts_with(stem) && !text.contains(&format!("\"{own}\""))
            })
            .collect();
        let asked = Asked {
            organisatie: "nieuw".to_owned(),
            soort: soort.to_owned(),
            kind: None,
        };
        let Some(made) = propose(&asked, &document, &wire, &SCHEMAS, &others) else {
            continue;
        };
        let proposal: Table = made.text.parse().expect("TOML");
        let table = matches!(format, "csv" | "excel");
        let mut lines = Vec::new();
        proposed(&made.lines, &base(&proposal), "", table, &mut lines);
        let (written, rules) = (rules(&mapping, true), rules(&mapping, false));
        let score = found.entry(format).or_default();
        for (at, target, certainty, taken) in lines {
            let mark = match rules.get(&at) {
                Some(targets) => {
                    score.all += 1;
                    // an organisation is the same by whatever part it is named
                    let sender = |one: &String| one.starts_with("bericht.afzender");
                    let right =
                        targets.contains(&target) || sender(&target) && targets.iter().any(sender);
                    score.right += usize::from(taken && right);
                    score.wrong += usize::from(taken && !right);
                    match (taken, right) {
                        (true, true) => "+",
                        (true, false) => "WRONG",
                        (false, true) => "low",
                        (false, false) => "-",
                    }
                }
                // what the mapping writes there is what it is
                None if written.get(&at).is_some_and(|own| own.contains(&target)) => "",
                None => {
                    score.extra += usize::from(taken);
                    if taken { "EXTRA" } else { "" }
                }
            };
            if tell && mark != "+" && !mark.is_empty() {
                let wanted = rules.get(&at);
                println!("{own} {mark} {at}: {target} {certainty}% wanted {wanted:?}");
            }
        }
    }
    found
}

#[test]
fn a_proposal_finds_what_people_wrote_in_the_shipped_mappings_and_takes_little_wrongly() {
    let found = scores(std::env::var_os("SCHAKEL_TELL_SCORES").is_some());
    println!("{found:#?}");
    for (format, right, wrong, extra) in [
        ("csv", 47, 1, 0),
        ("excel", 20, 0, 0),
        ("json", 206, 8, 7),
        ("xml", 110, 15, 2),
    ] {
        let score = &found[format];
        assert!(
            score.right >= right && score.wrong <= wrong && score.extra <= extra,
            "{format}: {score:?}"
        );
    }
}
