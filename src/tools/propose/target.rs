use crate::canonical::Kind;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Table;
use crate::mapping::syntax::Toml;
use crate::schema::Klasse;
use crate::schema::Schemas;
use crate::schema::Shape;
use crate::schema::TextUse;
use crate::tools::propose::name::Called;
use crate::tools::propose::name::nearness;
use crate::tools::propose::tables::Tables;
use std::collections::HashMap;
use std::collections::HashSet;

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
    names: Vec<(Called, f64)>,
    /// The words of its path, and of the groups in it.
    whole: Called,
    pub groups: Called,
}

/// How much more, or less, sure an attribute is by what a field stands in. Of an address few are told apart.
const TOLD: f64 = 0.03;
const UNTOLD: f64 = 0.12;
const UNTOLD_ADDRESS: f64 = 0.05;
const FOREIGN: f64 = 0.2;
/// What the head of a message is called, in the words that it has.
const HEADS: [&str; 7] = [
    "header",
    "kop",
    "stuurgegevens",
    "bericht",
    "berichtidentificatie",
    "envelop",
    "envelope",
];

impl Target {
    /// As a rule that stands by itself writes it.
    pub(super) fn full(&self) -> String {
        match self.kind {
            Some(kind) => format!("{kind}.{}", self.path.replace("/*", "").replace('/', ".")),
            None => self.dotted.clone(),
        }
    }

    /// How near a field's name is to one of its names; and whether that is one that only other mappings give it.
    pub(super) fn nearness(&self, name: &Called) -> (f64, bool) {
        let near = self
            .names
            .iter()
            .map(|(known, weight)| (nearness(name, known) * weight, *weight < TITLE));
        near.fold(
            (0.0, false),
            |best, one| if one.0 > best.0 { one } else { best },
        )
    }

    /// How much surer it is by what a field and what that stands in say of the groups it is in: `klantmanager/telefoon` is the
    /// telephone of a contactpersoon, and of nobody else; what stands in the head of a message is about the message.
    pub(super) fn standing(&self, name: &Called, above: &Called, groups: &HashSet<String>) -> f64 {
        let said = |word: &String| name.meant.contains(word) || above.meant.contains(word);
        let own = self.groups.meant.iter().any(said);
        let foreign = |word: &&String| !self.whole.meant.contains(word);
        let nearest = above.meant.iter().rev().find(|word| groups.contains(*word));
        let head = above
            .words
            .iter()
            .any(|word| HEADS.contains(&word.as_str()));
        let mut more = 0.0;
        if own {
            more += TOLD;
        } else if self.groups.meant.iter().any(|word| word == "adres") {
            more -= UNTOLD_ADDRESS;
        } else if !self.groups.is_empty() {
            more -= UNTOLD;
        }
        if nearest.as_ref().is_some_and(foreign) {
            more -= FOREIGN;
        }
        match (head, self.kind) {
            (true, Some(_)) => more - FOREIGN,
            (true, None) => more + TOLD,
            _ => more,
        }
    }
}

/// What messages about a kind, and their numbers, are called besides the kind itself.
const KINDS: [(Kind, &[&str]); 9] = [
    (
        Kind::Verwijzing,
        &["verwijzing", "aanmelding", "aanmeld", "voordracht"],
    ),
    (
        Kind::Opdracht,
        &["opdracht", "toewijzing", "caseload", "order"],
    ),
    (Kind::Trajectplan, &["trajectplan", "plan"]),
    (
        Kind::Logboekregel,
        &["logboekregel", "logboek", "contactmoment", "uren"],
    ),
    (Kind::Werkprofiel, &["werkprofiel", "profiel", "sonar"]),
    (Kind::Verzoek, &["verzoek"]),
    (Kind::Declaratie, &["declaratie", "factuur"]),
    (Kind::Rapportage, &["rapportage", "rapport", "evaluatie"]),
    (Kind::Loonwaarde, &["loonwaarde", "rapport"]),
];

/// What a kind is called.
fn called(kind: Kind) -> &'static [&'static str] {
    let own = KINDS.iter().find(|(known, _)| *known == kind);
    own.map_or(&[], |(_, names)| names)
}

/// Whether a name of a message, or of what stands around its fields, says that it is about a kind.
pub(super) fn is_about(name: &Called, kind: Kind) -> bool {
    let says = |word: &String| called(kind).iter().any(|own| word.starts_with(own));
    name.words.iter().any(says)
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
    /// Words of groups and kinds: what a field stands in may be one of them.
    pub words: HashSet<String>,
    /// Code tables that known mappings share.
    pub tables: Tables,
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
        // groups that are a person or an organisation: what is said within one is said of nobody else
        let of_somebody = |target: &&Target| {
            let step = target.path.rsplit('/').next().unwrap_or_default();
            matches!(step, "naam" | "telefoon" | "kvk")
        };
        let somebody = plain.iter().filter(of_somebody);
        let words = somebody
            .flat_map(|target| target.groups.meant.clone())
            .collect();
        Self {
            plain,
            groups,
            envelope: envelope(&aliases),
            words,
            tables: Tables::of(known),
        }
    }
}

fn target(
    schemas: &Schemas,
    kind: Kind,
    path: &str,
    inside: &str,
    aliases: &HashMap<String, Vec<Called>>,
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
        (Called::of(attribute.name()), 1.0),
        (Called::of(&dotted(path)), 1.0),
        (Called::of(&attribute.title.nl), TITLE),
        (Called::of(&attribute.title.en), TITLE),
    ];
    names.extend(
        more(kind, path, &value.shape)
            .into_iter()
            .map(|name| (Called::of(&name), TITLE)),
    );
    let known = aliases.get(&full).into_iter().flatten();
    names.extend(known.map(|name| (name.clone(), ALIAS)));
    let inner = path.rsplit('*').next().unwrap_or_default();
    let above = inner.rsplit_once('/').map_or("", |(above, _)| above);
    let whole = Called::of(&full);
    Some(Target {
        kind: Some(kind),
        whole,
        groups: Called::of(above),
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

/// What else an attribute is called, by what its name is in: the number of a plan is a plan's number, and who a jobcoach is is
/// what the jobcoach is called.
fn more(kind: Kind, path: &str, shape: &Shape) -> Vec<String> {
    let (above, step) = path.rsplit_once('/').unwrap_or(("", path));
    let group = above.rsplit('/').next().unwrap_or_default();
    let date = matches!(shape, Shape::Date | Shape::PartialDate);
    match step {
        "nummer" | "datum" | "status" if above.is_empty() => {
            let names = called(kind).iter();
            names.map(|name| format!("{name} {step}")).collect()
        }
        "naam" if !group.is_empty() && group != "*" => vec![group.to_owned()],
        "van" | "start" if date => vec!["begindatum".to_owned()],
        "tot" | "eind" if date => vec!["einddatum".to_owned()],
        _ => Vec::new(),
    }
}

/// What an envelope says of the message.
fn envelope(aliases: &HashMap<String, Vec<Called>>) -> Vec<Target> {
    let one = |name: &str, more: &[&str], shape: Shape| {
        let dotted = format!("bericht.{name}");
        let mut names: Vec<_> = more.iter().map(|name| (Called::of(name), TITLE)).collect();
        let known = aliases.get(&dotted).into_iter().flatten();
        names.extend(known.map(|name| (name.clone(), ALIAS)));
        names.push((Called::of(name), 1.0));
        Target {
            kind: None,
            whole: Called::of(&dotted),
            groups: Called::of(""),
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
    let references = [
        "referentienummer",
        "kenmerk",
        "berichtnummer",
        "message id",
        "identificatie",
        "bericht identificatie",
        "referentie",
    ];
    let moments = [
        "tijdstip bericht",
        "verzonden op",
        "verstuurd op",
        "dagtekening",
        "sent at",
    ];
    vec![
        one("referentie", &references, Shape::Text { max: 200 }),
        one("verzonden", &moments, Shape::Timestamp),
        one(
            "afzender",
            &["afzender", "verzender", "sender"],
            Shape::Text { max: 255 },
        ),
    ]
}

/// What known mappings call each attribute: headers, aliases and last names of paths.
fn aliases(known: &[(String, String)]) -> HashMap<String, Vec<Called>> {
    let mut found = HashMap::new();
    for (file, text) in known {
        if let Some(root) = syntax::parse(text, &mut Report::new(file, text)) {
            gather(&root, "", &mut found);
        }
    }
    found
}

fn gather(table: &Table, group: &str, found: &mut HashMap<String, Vec<Called>>) {
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
            // a number of a form says nothing by itself
            if !last.contains(char::is_alphabetic) {
                continue;
            }
            let name = Called::of(last);
            let names_of = found.entry(target.clone()).or_default();
            if !name.is_empty() && !names_of.contains(&name) {
                names_of.push(name);
            }
        }
        gather(rule, &target, found);
    }
}
