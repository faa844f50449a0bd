use crate::adapters;
use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Place;
use crate::document::Wire;
use crate::document::words;
use crate::mapping::CANONICAL;
use crate::mapping::Case;
use crate::mapping::Decoded;
use crate::mapping::Direction;
use crate::mapping::Element;
use crate::mapping::Encoded;
use crate::mapping::LawClass;
use crate::mapping::Outgoing;
use crate::mapping::Per;
use crate::mapping::RecordRole;
use crate::mapping::canoniek;
use crate::mapping::canoniek::Canonical;
use crate::mapping::compile::Compiled;
use crate::mapping::decode::Book;
use crate::mapping::decode::Reader;
use crate::mapping::decode::Table;
use crate::mapping::decode::missing;
use crate::mapping::encode::Unwritten;
use crate::mapping::encode::Writer;
use crate::mapping::parts::Join;
use crate::mapping::plan::Act;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Target;
use crate::mapping::retour::Refused;
use crate::mapping::retour::Retour;
use crate::mapping::together::Keys;
use crate::schema::Schemas;
use serde_json::Value as Json;
use sha2::Digest;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::fmt::Write;

/// Unknown words that are compared with the known ones; beyond it they are not shown.
const RESEMBLING_LOOKS: u32 = 100;
/// Letters that may differ between a word and the one that was meant, and the length from which that says something.
const SLIPS: usize = 2;
const SLIPS_FROM: usize = 6;

/// Bytes of the SHA-256 that name a revision.
const REVISION_BYTES: usize = 8;

/// A compiled mapping: one organisation's way of writing one kind of message.
pub struct Mapping {
    pub(super) org: String,
    pub(super) soort: String,
    revision: String,
    titel: String,
    status: String,
    pub(super) direction: Direction,
    main: Kind,
    pub(super) delivers: Option<String>,
    per: Per,
    wire: Wire,
    roles: BTreeMap<Kind, RecordRole>,
    keys: BTreeMap<Kind, Vec<String>>,
    moments: BTreeMap<Kind, String>,
    full: BTreeSet<Kind>,
    retour: Option<Retour>,
    cases: Vec<Case>,
    /// Every word of the mapping's own text, or of the shared model: what things may be called.
    words: HashSet<String>,
    /// The file with everything it takes over.
    printed: String,
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
        Act::Field(field)
            if field
                .parts
                .as_ref()
                .is_some_and(|parts| parts.join != Join::Codes) =>
        {
            LawClass::Normalising
        }
        Act::Field(field) if field.many == Many::One && field.default.is_none() && !field.keep => {
            field.codec.law()
        }
        Act::Field(_) | Act::Spread(_) => LawClass::Normalising,
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
    Rules(Box<Plan>),
    Canonical(Canonical),
}

impl Mapping {
    /// The organisation and the soort; the organisation of the canonical mapping is empty.
    #[must_use]
    pub fn id(&self) -> (&str, &str) {
        (&self.org, &self.soort)
    }

    /// 16 hexadecimal digits that change with every change of the file, of what it takes over or of the shared tables.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The mapping file with everything it takes over from others, as one file that compiles to the same mapping; at
    /// each rule stands which file and line it came from. Empty for the canonical mapping, which has no file.
    #[must_use]
    pub fn printed(&self) -> &str {
        &self.printed
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

    /// The root element of an XML format, as `{namespace}name`.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        match &self.body {
            Body::Rules(plan) => plan.root.as_ref().map(|(name, _)| &**name),
            Body::Canonical(_) => None,
        }
    }

    /// Whether it gives records of a kind something of what it reads.
    #[must_use]
    pub fn fills(&self, kind: Kind) -> bool {
        let of_kind = |rule: &Rule| {
            let owner = Owner::Record(kind);
            rule.inward
                && rule
                    .act
                    .targets()
                    .iter()
                    .any(|target| target.owner == owner)
        };
        self.main == kind
            || self
                .plan()
                .is_none_or(|plan| plan.rules.iter().any(of_kind))
    }

    /// Whether it writes something of a part of the message's context (`afzender`, `ontvanger`), or around it.
    #[must_use]
    pub fn writes_of_message(&self, part: &str) -> bool {
        let about = |target: &Target| {
            let first = target.segments.first().map(|segment| &**segment);
            target.owner == Owner::Envelope && first == Some(part)
        };
        let writes = |rule: &Rule| {
            let when = rule.when_out.as_ref().map(|when| &when.target);
            rule.outward && rule.act.targets().into_iter().chain(when).any(about)
        };
        self.plan().is_some_and(|plan| {
            let around = plan.envelope.iter().flat_map(|around| &around.plan.rules);
            plan.rules.iter().chain(around).any(writes)
        })
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

    /// The attribute that says from when what a message says of a record of a kind counts, where that is not when the
    /// message was sent.
    #[must_use]
    pub fn moment(&self, kind: Kind) -> Option<&str> {
        self.moments.get(&kind).map(String::as_str)
    }

    /// Whether a message holds the full current set of a kind: what it does not hold of the same person and parties is
    /// not in force any more.
    #[must_use]
    pub fn is_full_set(&self, kind: Kind) -> bool {
        self.full.contains(&kind)
    }

    /// How the retour to a message that came bare is written, where the mapping has one.
    #[must_use]
    pub fn retour_wire(&self) -> Option<&Wire> {
        self.retour.as_ref().map(|retour| &retour.wire)
    }

    /// How this retour is written: in the envelope that it has, if it has one.
    #[must_use]
    pub fn retour_wire_of(&self, retour: &Document) -> Option<&Wire> {
        self.retour.as_ref().map(|own| own.wire_of(retour))
    }

    /// What became of a message, in its sender's own format: what was refused of it, with a code at each part.
    /// `bericht` is the context, as for [`Mapping::encode`]: the retour's own `id` and `verzonden`. `None` where the
    /// mapping has no retour, or the document is none of this mapping.
    #[must_use]
    pub fn retour(
        &self,
        document: &Document,
        refused: Refused<'_>,
        bericht: &Json,
    ) -> Option<Document> {
        let (retour, plan) = (self.retour.as_ref()?, self.plan()?);
        retour.of(plan, document, refused, bericht)
    }

    /// The message kinds of which it is the retour; none where it is no retour.
    #[must_use]
    pub fn answers(&self) -> &[String] {
        let answers = self.plan().and_then(|plan| plan.answers.as_ref());
        answers.map_or(&[], |answers| &answers.messages)
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

    /// Reads rows block by block instead of a document at once; none for what is no CSV.
    #[must_use]
    pub fn table(&self) -> Option<Table<'_>> {
        let plan = self.plan().filter(|plan| plan.format == Format::Csv)?;
        Some(Table::new(Reader::new(plan, self.main)))
    }

    /// Reads the rows of a workbook block by block instead of a document at once; none for what is no workbook.
    #[must_use]
    pub fn book(&self) -> Option<Book<'_>> {
        let plan = self.plan().filter(|plan| plan.format == Format::Excel)?;
        Some(Book::new(Reader::new(plan, self.main)))
    }

    /// A document of some bundles. `bericht` is the context: `id`, `referentie`, `verzonden`, `soort`, `afzender`,
    /// `ontvanger`, `aantal`.
    #[must_use]
    pub fn encode(&self, bericht: &Json, bundles: &[Bundle]) -> Encoded {
        match &self.body {
            Body::Rules(plan) => Writer::new(plan).encode(bericht, bundles),
            Body::Canonical(canonical) => canonical.encode(bundles),
        }
    }

    /// The same as the bytes of a file, with what [`Mapping::encode`] says beside its document. Of JSON no document is made
    /// first.
    #[must_use]
    pub fn write(&self, bericht: &Json, bundles: &[Bundle]) -> Outgoing {
        if let (Body::Rules(plan), Wire::Json) = (&self.body, &self.wire) {
            let whole = || {
                let (root, faults) = Writer::new(plan).made(bericht, bundles);
                let bytes = adapters::encode_json(&root, plan.distinct);
                Outgoing { bytes, faults }
            };
            if plan.streams
                && let (Some(bytes), faults) = Writer::streamed(plan, bericht, bundles)
            {
                debug_assert!(
                    matches!(whole(), Outgoing { bytes: Ok(same), faults: also }
                        if same == bytes && also == faults),
                    "it is the same as of its tree"
                );
                let bytes = Ok(bytes);
                return Outgoing { bytes, faults };
            }
            return whole();
        }
        let Encoded { document, faults } = self.encode(bericht, bundles);
        let bytes = adapters::encode(&document, &self.wire);
        Outgoing { bytes, faults }
    }

    /// The rows of some more bundles, behind those that [`Mapping::encode`] gave for the first ones of a document. None
    /// for a format that is no list of rows, of which a document is made at once.
    #[must_use]
    pub fn encode_more(&self, bericht: &Json, bundles: &[Bundle]) -> Option<Encoded> {
        Writer::new(self.plan()?).encode_more(bericht, bundles)
    }

    /// For each of some bundles that go out in one document a fault where its rows would be read as those of one before
    /// it, where the rows of a record are known by what they have in common. `keys` are those of all bundles before.
    #[must_use]
    pub fn doubles(
        &self,
        bericht: &Json,
        bundles: &[Bundle],
        keys: &mut Keys,
    ) -> Vec<Option<Fault>> {
        self.plan().map_or_else(
            || vec![None; bundles.len()],
            |plan| Writer::new(plan).doubles(bericht, bundles, keys),
        )
    }

    /// What some bundles hold that no rule going out writes, as remarks without values: beside [`Mapping::encode`], for
    /// whoever wants to know what its reader will not get. The canonical mapping writes everything.
    #[must_use]
    pub fn unwritten(&self, bericht: &Json, bundles: &[Bundle]) -> Vec<Fault> {
        let mut said = Unwritten::default();
        self.unwritten_more(bericht, bundles, &mut said);
        said.end()
    }

    /// Notes the same of more bundles of one document: what was said before is counted, and not said again.
    pub fn unwritten_more(&self, bericht: &Json, bundles: &[Bundle], said: &mut Unwritten) {
        if let Some(plan) = self.plan() {
            Writer::new(plan).unread(bericht, bundles, said);
        }
    }

    /// The place of an attribute of an element, where it has one; of one that is missing the place where its rule looks.
    #[must_use]
    pub fn place_of(&self, element: &Element, kind: Kind, pointer: &str) -> Place {
        let place = element.place_of(kind, pointer);
        let missing = (place == element.place)
            .then(|| missing(self.plan()?, &place, kind, pointer))
            .flatten();
        missing.unwrap_or(place)
    }

    /// Every rule by name, with the ways it works and how much of it comes back: what a loss report is made of.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleLaw> {
        let mut found = Vec::new();
        let Some(plan) = self.plan() else {
            return found;
        };
        let envelope = plan.envelope.as_ref();
        for rule in envelope.map_or(&[][..], |envelope| &envelope.plan.rules) {
            rule_laws(rule, "[envelope]", &mut found);
        }
        for rule in &plan.rules {
            rule_laws(rule, "", &mut found);
        }
        found
    }

    /// Hides in places what nobody but the sender calls so. A word that the mapping (or the shared model) uses is
    /// shown, and one that is a slip of the pen away from it; for a hostile file that is not looked into for ever.
    pub fn veil<'f>(&self, faults: impl IntoIterator<Item = &'f mut Fault>) {
        let mut looks = RESEMBLING_LOOKS;
        for fault in faults {
            fault.place.veil(|word| {
                if self.words.contains(word) {
                    return true;
                }
                looks = looks.saturating_sub(1);
                looks > 0 && self.words.iter().any(|known| resembles(word, known))
            });
        }
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

/// The texts that a mapping is made of: a change in any of them is a new revision.
pub(super) struct Texts<'t> {
    pub own: &'t str,
    /// The files with code tables.
    pub tables: &'t [&'t str],
    /// Path and text of what it takes over.
    pub taken: Vec<(&'t str, &'t str)>,
    /// All of it as one file.
    pub whole: String,
}

impl Texts<'_> {
    fn revision(&self) -> String {
        let tables = self.tables.concat();
        let taken = self.taken.iter().flat_map(|(file, text)| [*file, *text]);
        let texts: Vec<&str> = [self.own, &tables].into_iter().chain(taken).collect();
        revision(&texts)
    }

    /// What things may be called.
    fn words(&self) -> HashSet<String> {
        let taken = self.taken.iter().map(|(_, text)| *text);
        let texts = std::iter::once(self.own).chain(taken);
        texts.flat_map(words).map(str::to_owned).collect()
    }
}

pub(super) fn built(path: &str, texts: Texts<'_>, cases: Vec<Case>, compiled: Compiled) -> Mapping {
    let (org, soort) = path
        .strip_suffix(".toml")
        .unwrap_or(path)
        .split_once('/')
        .unwrap_or(("", path));
    Mapping {
        org: org.to_owned(),
        soort: soort.to_owned(),
        revision: texts.revision(),
        titel: compiled.titel,
        status: compiled.status,
        direction: compiled.direction,
        main: compiled.main,
        delivers: compiled.delivers,
        per: compiled.per,
        wire: compiled.wire,
        roles: compiled.roles,
        keys: compiled.keys,
        moments: compiled.moments,
        full: compiled.full,
        retour: compiled.retour,
        cases,
        words: texts.words(),
        printed: texts.whole,
        body: Body::Rules(Box::new(compiled.plan)),
    }
}

pub(super) fn canonical(schemas: &Schemas) -> Mapping {
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
        moments: BTreeMap::new(),
        full: BTreeSet::new(),
        retour: None,
        cases: Vec::new(),
        words: canoniek::words(schemas),
        printed: String::new(),
        body: Body::Canonical(Canonical::new(schemas)),
    }
}

fn resembles(word: &str, known: &str) -> bool {
    let (word, known) = (word.to_lowercase(), known.to_lowercase());
    word == known
        || known.chars().count() >= SLIPS_FROM && strsim::osa_distance(&word, &known) <= SLIPS
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
