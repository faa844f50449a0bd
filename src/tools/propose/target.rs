use crate::canonical::Kind;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Klasse;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::schema::TextUse;
use crate::tools::propose::name::nearness;
use crate::tools::propose::name::words;
use std::collections::HashMap;

/// How much less a name counts that is not the attribute's own.
const ALIAS: f64 = 0.97;
const TITLE: f64 = 0.99;

/// An attribute that a field may be.
pub(super) struct Target {
    pub kind: Option<Kind>,
    /// As a rule writes it: `kandidaat.adres.postcode`; of an item within its group.
    pub dotted: String,
    /// The path in the schema.
    pub path: String,
    /// Of the value; of an item where the target is a list.
    pub shape: Shape,
    pub code_list: Option<String>,
    pub list: bool,
    pub bsn: bool,
    /// What people write: numbers alone are none.
    pub prose: bool,
    /// Every name it goes by, and how much that name counts.
    names: Vec<(Vec<String>, f64)>,
}

impl Target {
    /// How near a field's name is; what it stands in counts a little.
    pub(super) fn nearness(&self, name: &[String], above: &[String]) -> f64 {
        let own = self
            .names
            .iter()
            .map(|(known, weight)| nearness(name, known) * weight)
            .fold(0.0, f64::max);
        let mut whole = words(&self.dotted);
        whole.retain(|word| !name.contains(word));
        let told = above.iter().any(|word| whole.contains(word));
        if told { (own + 0.03).min(1.0) } else { own }
    }
}

impl Target {
    /// Whether it stands in a group of its record of which neither the field nor what it is in says anything.
    pub(super) fn is_inner(&self, name: &[String], above: &[String]) -> bool {
        let Some((groups, _)) = self.path.rsplit_once('/') else {
            return false;
        };
        let groups = groups.rsplit('*').next().unwrap_or_default();
        let words = words(groups);
        !words.is_empty()
            && !words
                .iter()
                .any(|word| name.contains(word) || above.contains(word))
    }
}

/// A list of groups, and what an item may have.
pub(super) struct Group {
    pub target: Target,
    pub parts: Vec<Target>,
}

/// What fields can be.
pub(super) struct Targets {
    pub plain: Vec<Target>,
    pub groups: Vec<Group>,
    pub envelope: Vec<Target>,
}

impl Targets {
    /// The attributes of the kinds a mapping may fill, with the names that known mappings give them.
    pub(super) fn of(schemas: &Schemas, known: &[(String, String)]) -> Self {
        let aliases = aliases(known);
        let (mut plain, mut groups) = (Vec::new(), Vec::new());
        let kinds = Kind::ALL
            .into_iter()
            .filter(|kind| !matches!(kind, Kind::Organisatie | Kind::Overeenkomst));
        for kind in kinds {
            for attribute in schemas.attributes(kind) {
                let one = |path: &str, inside: &str| target(schemas, kind, path, inside, &aliases);
                if attribute.path.contains("/*") {
                    continue;
                }
                let items = format!("{}/*", attribute.path);
                let of_groups = schemas
                    .attribute(kind, &items)
                    .is_some_and(|items| items.shape == Shape::Object);
                let Some(found) = one(&attribute.path, "") else {
                    continue;
                };
                if of_groups {
                    let inside = format!("{items}/");
                    let parts = schemas.attributes(kind).iter().filter_map(|part| {
                        let rest = part.path.strip_prefix(&inside)?;
                        (!rest.contains("/*")).then(|| one(&part.path, &inside))?
                    });
                    let parts = parts.filter(|part| part.shape != Shape::Object).collect();
                    groups.push(Group {
                        target: found,
                        parts,
                    });
                } else if found.shape != Shape::Object {
                    plain.push(found);
                }
            }
        }
        Self {
            plain,
            groups,
            envelope: envelope(&aliases),
        }
    }
}

fn target(
    schemas: &Schemas,
    kind: Kind,
    path: &str,
    inside: &str,
    aliases: &HashMap<String, Vec<Vec<String>>>,
) -> Option<Target> {
    let attribute = schemas.attribute(kind, path)?;
    let list = attribute.shape == Shape::List;
    let value = if list {
        schemas.attribute(kind, &format!("{path}/*"))?
    } else {
        attribute
    };
    if value.shape == Shape::Uuid {
        return None;
    }
    let dotted = |path: &str| path.replace("/*", "").replace('/', ".");
    let full = format!("{kind}.{}", dotted(path));
    let mut names = vec![
        (words(attribute.name()), 1.0),
        (words(&dotted(path)), 1.0),
        (words(&attribute.title.nl), TITLE),
        (words(&attribute.title.en), TITLE),
    ];
    let known = aliases.get(&full).into_iter().flatten();
    names.extend(known.map(|name| (name.clone(), ALIAS)));
    Some(Target {
        kind: Some(kind),
        dotted: match path.strip_prefix(inside) {
            Some(rest) if !inside.is_empty() => dotted(rest),
            _ => full,
        },
        path: path.to_owned(),
        shape: value.shape.clone(),
        code_list: value.code_list.clone(),
        list,
        bsn: attribute.klasse == Klasse::Bsn,
        prose: value.text == TextUse::Free,
        names,
    })
}

/// What an envelope says of the message.
fn envelope(aliases: &HashMap<String, Vec<Vec<String>>>) -> Vec<Target> {
    let one = |name: &str, more: &[&str], shape: Shape| {
        let dotted = format!("bericht.{name}");
        let mut names: Vec<_> = more.iter().map(|name| (words(name), TITLE)).collect();
        let known = aliases.get(&dotted).into_iter().flatten();
        names.extend(known.map(|name| (name.clone(), ALIAS)));
        names.push((words(name), 1.0));
        Target {
            kind: None,
            dotted,
            path: name.to_owned(),
            shape,
            code_list: None,
            list: false,
            bsn: false,
            prose: false,
            names,
        }
    };
    let references = ["referentienummer", "kenmerk", "berichtnummer", "message id"];
    let moments = ["tijdstip bericht", "verzonden op", "dagtekening", "sent at"];
    vec![
        one("referentie", &references, Shape::Text { max: 200 }),
        one("verzonden", &moments, Shape::Timestamp),
    ]
}

/// What known mappings call each attribute: headers, aliases and last names of paths.
fn aliases(known: &[(String, String)]) -> HashMap<String, Vec<Vec<String>>> {
    let mut found = HashMap::new();
    for (file, text) in known {
        if let Some(root) = syntax::parse(text, &mut Report::new(file, text)) {
            gather(&root, "", &mut found);
        }
    }
    found
}

fn gather(table: &Table, group: &str, found: &mut HashMap<String, Vec<Vec<String>>>) {
    for rule in syntax::tables_at(table, "rule") {
        let target = rule.plain_text("target").unwrap_or_default();
        let target = if group.is_empty() {
            target.to_owned()
        } else {
            format!("{group}.{target}")
        };
        let mut names: Vec<&str> = rule.plain_text("source").into_iter().collect();
        if let Some(Toml::List(more)) = rule.get("aliases").map(|item| &item.value) {
            names.extend(more.iter().filter_map(|item| match &item.value {
                Toml::Text(text) => Some(text.as_str()),
                _ => None,
            }));
        }
        for name in names {
            let last = name.rsplit('/').next().unwrap_or(name);
            let last = last.trim_start_matches('@');
            let last = last.split_once(':').map_or(last, |(_, local)| local);
            let name = words(last);
            let names_of = found.entry(target.clone()).or_default();
            if !name.is_empty() && !names_of.contains(&name) {
                names_of.push(name);
            }
        }
        gather(rule, &target, found);
    }
}
