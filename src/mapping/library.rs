use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Wire;
use crate::mapping::Case;
use crate::mapping::Decoded;
use crate::mapping::Diagnostic;
use crate::mapping::Direction;
use crate::mapping::Encoded;
use crate::mapping::LawClass;
use crate::mapping::Level;
use crate::mapping::Per;
use crate::mapping::RecordRole;
use crate::mapping::canoniek;
use crate::mapping::canoniek::Canonical;
use crate::mapping::cases;
use crate::mapping::compile;
use crate::mapping::compile::Compiled;
use crate::mapping::compile::Tables;
use crate::mapping::decode::Reader;
use crate::mapping::diagnostic::Report;
use crate::mapping::encode::Writer;
use crate::mapping::plan::Act;
use crate::mapping::plan::Many;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::schema::Schemas;
use include_dir::Dir;
use include_dir::include_dir;
use serde_json::Value as Json;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// The soort of the built-in mapping: the shared model as JSON.
pub const CANONICAL: &str = "canoniek";

/// The folder of parts that mappings share.
const SHARED: &str = "_gedeeld/";
/// The file of shared code tables.
const TABLES: &str = "_gedeeld/tabellen.toml";
/// How files end that hold cases of the mapping beside them.
const CASES: &str = ".cases.toml";
/// Bytes of the SHA-256 that name a revision.
const REVISION_BYTES: usize = 8;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings");

/// A compiled mapping: one organisation's way of writing one kind of message.
pub struct Mapping {
    org: String,
    soort: String,
    revision: String,
    titel: String,
    status: String,
    direction: Direction,
    main: Kind,
    delivers: Option<String>,
    per: Per,
    wire: Wire,
    roles: BTreeMap<Kind, RecordRole>,
    keys: BTreeMap<Kind, Vec<String>>,
    cases: Vec<Case>,
    body: Body,
}

/// How much of a rule comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLaw {
    /// The rule's name; of a sub-rule after its group's.
    pub rule: String,
    /// Whether it reads.
    pub inward: bool,
    /// Whether it writes.
    pub outward: bool,
    /// How much comes back.
    pub law: LawClass,
}

fn rule_laws(rule: &Rule, group: &str, into: &mut Vec<RuleLaw>) {
    let name = if group.is_empty() {
        rule.name.to_string()
    } else {
        format!("{group} / {}", rule.name)
    };
    let law = match &rule.act {
        Act::Group(inner) => {
            for rule in &inner.rules {
                rule_laws(rule, &name, into);
            }
            return;
        }
        _ if !(rule.inward && rule.outward) => LawClass::OneWay,
        Act::Field(field) if field.many == Many::One && field.default.is_none() && !field.keep => {
            field.codec.law()
        }
        Act::Field(_) => LawClass::Normalising,
        Act::Constant(_) | Act::Set(..) => LawClass::Lossless,
    };
    into.push(RuleLaw {
        rule: name,
        inward: rule.inward,
        outward: rule.outward,
        law,
    });
}

enum Body {
    Rules(Plan),
    Canonical(Canonical),
}

impl Mapping {
    /// The organisation and the soort; the organisation of the canonical mapping is empty.
    #[must_use]
    pub fn id(&self) -> (&str, &str) {
        (&self.org, &self.soort)
    }

    /// 16 hexadecimal digits that change with every change of the file or of the shared tables.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// What people call it.
    #[must_use]
    pub fn titel(&self) -> &str {
        &self.titel
    }

    /// What of it is published structure, and what assumption.
    #[must_use]
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Which ways it can be read.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// The kind the message is about. For the canonical mapping ask [`Mapping::main_of`].
    #[must_use]
    pub const fn main(&self) -> Kind {
        self.main
    }

    /// The kind one bundle is about: the mapping's own, or for the canonical mapping the last kind that is there.
    #[must_use]
    pub fn main_of(&self, bundle: &Bundle) -> Kind {
        match self.body {
            Body::Rules(_) => self.main,
            Body::Canonical(_) => bundle
                .records
                .keys()
                .next_back()
                .copied()
                .unwrap_or(self.main),
        }
    }

    /// The message kind it serves going out.
    #[must_use]
    pub fn delivers(&self) -> Option<&str> {
        self.delivers.as_deref()
    }

    /// How many main records go into one outgoing document.
    #[must_use]
    pub const fn per(&self) -> Per {
        self.per
    }

    /// What the adapter must know beside the tree.
    #[must_use]
    pub const fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Whether it writes records of a kind, or only points at them.
    #[must_use]
    pub fn role(&self, kind: Kind) -> RecordRole {
        self.roles.get(&kind).copied().unwrap_or(RecordRole::Write)
    }

    /// The attributes that identify a record of a kind when it has no number of its own.
    #[must_use]
    pub fn record_key(&self, kind: Kind) -> Option<&[String]> {
        self.keys.get(&kind).map(Vec::as_slice)
    }

    /// The cases that stand beside it.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// What a document says. Each element stands on its own: a value that cannot be read is a fault with its place,
    /// and never stops the others.
    #[must_use]
    pub fn decode(&self, document: &Document) -> Decoded {
        match &self.body {
            Body::Rules(plan) => Reader::new(plan, self.main).decode(document),
            Body::Canonical(canonical) => canonical.decode(document),
        }
    }

    /// A document of some bundles. `bericht` is the context: `id`, `referentie`, `verzonden`, `soort`, `afzender`,
    /// `ontvanger`, `aantal`.
    #[must_use]
    pub fn encode(&self, bericht: &Json, bundles: &[Bundle]) -> Encoded {
        match &self.body {
            Body::Rules(plan) => Writer::new(plan).encode(bericht, bundles),
            Body::Canonical(_) => canoniek::encode(bundles),
        }
    }

    /// Every rule by name, with the ways it works and how much of it comes back: what a loss report is made of.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleLaw> {
        let mut found = Vec::new();
        for rule in self.plan().map_or(&[][..], |plan| &plan.rules) {
            rule_laws(rule, "", &mut found);
        }
        found
    }

    /// The compiled rules, if it is not the canonical mapping.
    pub(crate) const fn plan(&self) -> Option<&Plan> {
        match &self.body {
            Body::Rules(plan) => Some(plan),
            Body::Canonical(_) => None,
        }
    }
}

impl std::fmt::Debug for Mapping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mapping({}/{} {})", self.org, self.soort, self.revision)
    }
}

/// Every mapping the gateway has.
#[derive(Debug)]
pub struct Library {
    mappings: BTreeMap<(String, String), Arc<Mapping>>,
    canonical: Arc<Mapping>,
    warnings: Vec<Diagnostic>,
}

impl Library {
    /// Compiles files by their path under `mappings/` (`org/soort.toml`). Either all of them can be used, or every
    /// problem of every file is reported.
    pub fn compile(files: &[(String, String)], schemas: &Schemas) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let text_of = |path: &str| {
            files
                .iter()
                .find(|(known, _)| known == path)
                .map(|(_, text)| text.as_str())
        };
        let shared = text_of(TABLES).unwrap_or_default();
        let (tables, diagnostics) = compile::compile_tables(TABLES, shared);
        found.extend(diagnostics);
        let mut mappings = BTreeMap::new();
        let mut delivered: BTreeMap<(String, String), String> = BTreeMap::new();
        for (path, text) in files.iter().filter(|(path, _)| is_mapping(path)) {
            let beside = path
                .strip_suffix(".toml")
                .map(|stem| format!("{stem}{CASES}"));
            let beside = beside.and_then(|path| text_of(&path).map(|text| (path, text.to_owned())));
            let (mapping, diagnostics) = one(path, text, beside, &tables, shared, schemas);
            found.extend(diagnostics);
            let Some(mapping) = mapping else { continue };
            if let Some(delivers) = &mapping.delivers {
                let other = delivered.insert((mapping.org.clone(), delivers.clone()), path.clone());
                found.extend(other.map(|other| serves_twice(path, text, &other)));
            }
            mappings.insert(
                (mapping.org.clone(), mapping.soort.clone()),
                Arc::new(mapping),
            );
        }
        if found
            .iter()
            .any(|diagnostic| diagnostic.level == Level::Error)
        {
            return Err(found);
        }
        Ok(Self {
            mappings,
            canonical: Arc::new(canonical(schemas)),
            warnings: found,
        })
    }

    /// The mappings that are part of the binary.
    pub fn shipped(schemas: &Schemas) -> Result<Self, Vec<Diagnostic>> {
        Self::compile(&shipped_files(), schemas)
    }

    /// A file beside the shipped mappings, by its path under `mappings/`: the documents of cases.
    #[must_use]
    pub fn shipped_file(path: &str) -> Option<&'static [u8]> {
        SHIPPED.get_file(path).map(include_dir::File::contents)
    }

    /// The mapping of what an organisation pushes as a soort, if it reads.
    #[must_use]
    pub fn inbound(&self, org: &str, soort: &str) -> Option<&Arc<Mapping>> {
        if soort == CANONICAL {
            return Some(&self.canonical);
        }
        let mapping = self.mappings.get(&(org.to_owned(), soort.to_owned()))?;
        (mapping.direction != Direction::Out).then_some(mapping)
    }

    /// The mapping in which an organisation receives a message kind.
    #[must_use]
    pub fn outbound(&self, org: &str, delivers: &str) -> Option<&Arc<Mapping>> {
        let own = self.mappings.values().filter(|mapping| mapping.org == org);
        own.filter(|mapping| mapping.direction != Direction::In)
            .find(|mapping| mapping.delivers.as_deref() == Some(delivers))
    }

    /// The mapping with this organisation and soort, whatever its direction.
    #[must_use]
    pub fn get(&self, org: &str, soort: &str) -> Option<&Arc<Mapping>> {
        if soort == CANONICAL {
            return Some(&self.canonical);
        }
        self.mappings.get(&(org.to_owned(), soort.to_owned()))
    }

    /// The shared model as JSON, for whoever speaks it.
    #[must_use]
    pub const fn canonical(&self) -> &Arc<Mapping> {
        &self.canonical
    }

    /// Every mapping but the canonical one, by organisation and soort.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Mapping>> {
        self.mappings.values()
    }

    /// What does not stop a mapping, but somebody should look at.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

/// The texts of the shipped mappings, by path.
#[allow(clippy::case_sensitive_file_extension_comparisons)] // our own files
fn shipped_files() -> Vec<(String, String)> {
    fn gather(dir: &Dir<'_>, into: &mut Vec<(String, String)>) {
        for file in dir.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            if let (true, Some(text)) = (path.ends_with(".toml"), file.contents_utf8()) {
                into.push((path, text.to_owned()));
            }
        }
        for inner in dir.dirs() {
            gather(inner, into);
        }
    }
    let mut files = Vec::new();
    gather(&SHIPPED, &mut files);
    files.sort();
    files
}

#[allow(clippy::case_sensitive_file_extension_comparisons)] // our own files
fn is_mapping(path: &str) -> bool {
    path.ends_with(".toml") && !path.ends_with(CASES) && !path.starts_with(SHARED)
}

fn one(
    path: &str,
    text: &str,
    beside: Option<(String, String)>,
    tables: &Tables,
    shared: &str,
    schemas: &Schemas,
) -> (Option<Mapping>, Vec<Diagnostic>) {
    let (compiled, mut found) = compile::compile(path, text, tables, schemas);
    let mut cases = Vec::new();
    for (file, text) in std::iter::once((path.to_owned(), text.to_owned())).chain(beside) {
        let (more, diagnostics) = cases::read(&file, &text);
        cases.extend(more);
        found.extend(diagnostics);
    }
    let failed = found
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error);
    let mapping = compiled
        .filter(|_| !failed)
        .map(|compiled| built(path, text, shared, cases, compiled));
    (mapping, found)
}

fn built(path: &str, text: &str, shared: &str, cases: Vec<Case>, compiled: Compiled) -> Mapping {
    let (org, soort) = path
        .strip_suffix(".toml")
        .unwrap_or(path)
        .split_once('/')
        .unwrap_or(("", path));
    Mapping {
        org: org.to_owned(),
        soort: soort.to_owned(),
        revision: revision(&[text, shared]),
        titel: compiled.titel,
        status: compiled.status,
        direction: compiled.direction,
        main: compiled.main,
        delivers: compiled.delivers,
        per: compiled.per,
        wire: compiled.wire,
        roles: compiled.roles,
        keys: compiled.keys,
        cases,
        body: Body::Rules(compiled.plan),
    }
}

fn canonical(schemas: &Schemas) -> Mapping {
    Mapping {
        org: String::new(),
        soort: CANONICAL.to_owned(),
        revision: revision(&[CANONICAL, env!("CARGO_PKG_VERSION")]),
        titel: "Canonieke JSON".to_owned(),
        status: "own format".to_owned(),
        direction: Direction::Both,
        main: Kind::Verwijzing,
        delivers: None,
        per: Per::Record,
        wire: Wire::Json,
        roles: BTreeMap::new(),
        keys: BTreeMap::new(),
        cases: Vec::new(),
        body: Body::Canonical(Canonical::new(schemas)),
    }
}

fn revision(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let mut hex = String::with_capacity(REVISION_BYTES * 2);
    for byte in hash.finalize().iter().take(REVISION_BYTES) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn serves_twice(path: &str, text: &str, other: &str) -> Diagnostic {
    let mut report = Report::new(path, text);
    report.error(
        "M037",
        &(0..0),
        (
            &format!("{other} bedient hetzelfde bericht van deze organisatie."),
            &format!("{other} serves the same message of this organisation."),
        ),
        (
            "Laat een mapping `delivers` hebben.",
            "Let one mapping have `delivers`.",
        ),
    );
    report.into_found().remove(0)
}
