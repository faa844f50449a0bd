//! A mapping proposed from a sample: which attribute each field may be, by what it is called and what its values look
//! like, and how sure that is. For a person to accept: what is not sure enough stands there as a comment.
//!
//! Of the values of a sample nothing but their shape is told; a code table that is proposed holds the words of a known
//! list, all of them.

mod field;
mod fixed;
mod header;
mod name;
mod shape;
mod spelling;
mod tables;
mod target;
mod wire;
mod write;

pub(super) use spelling::is_written;
pub use wire::guess_wire;

use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Format;
use crate::document::Wire;
use crate::mapping::Library;
use crate::schema::Schemas;
use crate::tools::propose::field::Field;
use crate::tools::propose::field::Sample;
use crate::tools::propose::name::Called;
use crate::tools::propose::shape::fit;
use crate::tools::propose::target::Target;
use crate::tools::propose::target::Targets;
use crate::tools::propose::target::is_about;
use crate::tools::vocabulary::Vocabulary;

/// From this certainty on, in percent, a rule is written to be used; below it as a comment.
const SURE: u8 = 75;
/// From this certainty on an attribute is named as a candidate.
const CANDIDATE: u8 = 45;
/// Candidates that are named for a field.
const CANDIDATES: usize = 3;
/// How much what a field is called counts; what its values look like counts for the rest.
const BY_NAME: f64 = 0.72;
const BY_SHAPE: f64 = 0.27;
/// How near a name must be for an attribute to be looked at.
const NEAR: f64 = 0.5;
/// How near a name must be for values of another shape to contradict it.
const NAMED: f64 = 0.9;
/// How sure a shape alone makes that nothing else looks like: as a candidate; and the elfproef of several numbers, which
/// one in eleven other numbers passes.
const SHAPED: f64 = 0.5;
const PROVEN: f64 = 0.78;
/// Numbers that pass the elfproef before that is no chance.
const PROOFS: usize = 3;
/// How much less sure an attribute of another kind than the message's is.
const OTHER: f64 = 0.12;
/// Names that say what something is only with what it is in, and how much less they count alone.
const GENERIC: [&str; 8] = [
    "naam",
    "code",
    "waarde",
    "datum",
    "nummer",
    "tekst",
    "id",
    "omschrijving",
];
const LESS: f64 = 0.92;
/// How much a name counts without the words of what it is in.
const AGAIN: f64 = 0.95;
/// How near another attribute must be, in percent, for one that only other mappings call so to be doubted; and how sure it is
/// then.
const BESIDE: u8 = 11;
const DOUBTED: u8 = 70;
/// How often rules that do not compile are taken back.
const ROUNDS: usize = 20;

/// What is known of a mapping before its sample is looked at.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The organisation, as the folder is called.
    pub organisatie: String,
    /// What it calls the message, as the file is called.
    pub soort: String,
    /// What the message is about; absent: what most of its fields are about.
    pub kind: Option<Kind>,
}

/// What is proposed for one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Proposed {
    /// The field, as a rule names it.
    #[serde(rename = "veld")]
    pub source: String,
    /// Its letter, if it is a column without a header.
    #[serde(rename = "kolom", skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The attribute, if one is proposed.
    #[serde(rename = "attribuut")]
    pub target: Option<String>,
    /// How sure that is, in percent.
    #[serde(rename = "zekerheid")]
    pub certainty: u8,
    /// Whether the rule is written to be used.
    #[serde(rename = "opgenomen")]
    pub taken: bool,
    /// Other attributes that it may be, with how sure that is.
    #[serde(rename = "kandidaten")]
    pub candidates: Vec<(String, u8)>,
    /// The attribute that its name says it is, where its values look like something else.
    #[serde(rename = "tegenspraak", skip_serializing_if = "Option::is_none")]
    pub contradicted: Option<String>,
    /// What stands behind `codec`, if anything does.
    #[serde(skip)]
    codec: Option<String>,
    /// Whether some values of the sample do not fit.
    #[serde(skip)]
    loose: bool,
    /// Of a group: its items' fields.
    #[serde(rename = "delen", skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Proposed>,
}

impl Proposed {
    /// Nothing, for a field.
    fn of(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            column: None,
            target: None,
            certainty: 0,
            taken: false,
            candidates: Vec::new(),
            contradicted: None,
            codec: None,
            loose: false,
            parts: Vec::new(),
        }
    }
}

/// A proposed mapping.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The file.
    pub text: String,
    /// What it is about.
    pub main: Kind,
    /// What is proposed for each field.
    pub lines: Vec<Proposed>,
    /// Names of the sample that are left out, because they look like data.
    pub hidden: usize,
    /// Whether the sample is a table without a header row.
    pub headless: bool,
}

/// Proposes a mapping for a sample. `known` are mapping files whose names for attributes count. None for a sample
/// without fields.
#[must_use]
pub fn propose(
    asked: &Asked,
    document: &Document,
    wire: &Wire,
    schemas: &Schemas,
    known: &[(String, String)],
) -> Option<Proposal> {
    let xml = match wire {
        Wire::Xml(wire) => Some(wire),
        _ => None,
    };
    let cut = if document.format == Format::FixedWidth {
        Some(fixed::cut(document)?)
    } else {
        None
    };
    let sample = if let Some((layout, table)) = &cut {
        Some(Sample::fixed(layout.clone(), table))
    } else {
        let own = Vocabulary::of(schemas);
        let vocabulary = known.iter().fold(own, |all, (_, text)| all.with(text));
        Sample::of(document, xml, &vocabulary)
    };
    let sample = sample.filter(|sample| !sample.fields.is_empty())?;
    let targets = Targets::of(schemas, known);
    let main = asked
        .kind
        .unwrap_or_else(|| about(asked, &sample, &targets, schemas));
    // of a document that is one element what it says of itself stands beside all else
    let whole = sample.element.is_empty() && matches!(wire, Wire::Xml(_) | Wire::Json);
    let mut lines = lines(&sample.fields, whole, &targets, main, schemas);
    let mut text = String::new();
    for _ in 0..ROUNDS {
        let written = write::file(asked, main, &sample, wire, &lines);
        let refused = refused(asked, &written, known, schemas);
        text = written.text;
        if refused.is_empty() {
            break;
        }
        for path in refused {
            give_up(&mut lines, &path);
        }
    }
    Some(Proposal {
        text,
        main,
        lines,
        hidden: sample.hidden,
        headless: sample.headless,
    })
}

/// How many fields the name of a message, or of what it holds, counts for.
const HINT: usize = 4;

/// The kind that most fields are surely about, and that the message is called by; kandidaat is what every kind has beside it.
fn about(asked: &Asked, sample: &Sample<'_>, targets: &Targets, schemas: &Schemas) -> Kind {
    let fields = &sample.fields;
    let hints = [&asked.soort, &sample.root, &sample.element].map(|name| Called::of(name));
    let found: Vec<Vec<Ranked<'_>>> = fields
        .iter()
        .filter(|field| field.parts.is_empty())
        .map(|field| ranked(field, targets, &targets.plain, None, schemas).ranked)
        .collect();
    let mut best = (Kind::Kandidaat, 0);
    for kind in Kind::ALL {
        let of_kind = |found: &&Vec<Ranked<'_>>| {
            let top = found.first().map_or(0, |(_, percent, ..)| *percent);
            let own = found.iter().find(|(target, ..)| target.kind == Some(kind));
            own.is_some_and(|(_, percent, ..)| *percent >= SURE && *percent + 3 >= top)
        };
        let groups = fields.iter().filter(|field| !field.parts.is_empty());
        let groups = groups.filter(|field| {
            let called = Called::of(&field.name);
            let of_kind = |group: &&target::Group| group.target.kind == Some(kind);
            let own = targets.groups.iter().filter(of_kind);
            own.map(|group| group.target.nearness(&called).0)
                .fold(0.0, f64::max)
                > 0.8
        });
        let hinted = hints.iter().filter(|name| is_about(name, kind)).count();
        let count = found.iter().filter(of_kind).count() + 2 * groups.count() + HINT * hinted;
        // a message is about what is done for a person, where it says anything of that
        let count = if kind == Kind::Kandidaat {
            count / 3
        } else {
            count
        };
        if count > best.1 {
            best = (kind, count);
        }
    }
    best.0
}

type Ranked<'t> = (&'t Target, u8, Option<String>, bool);

/// The attributes that a field may be, the most certain first; and the one that its name says it is while its values look
/// like something else.
struct Found<'t> {
    ranked: Vec<Ranked<'t>>,
    contradicted: Option<(&'t Target, f64)>,
}

impl Found<'_> {
    const NONE: Self = Self {
        ranked: Vec::new(),
        contradicted: None,
    };

    /// Adds what else it may be.
    fn with(mut self, mut other: Self) -> Self {
        self.ranked.append(&mut other.ranked);
        self.ranked.sort_by_key(|one| std::cmp::Reverse(one.1));
        self.contradicted = self.contradicted.or(other.contradicted);
        self
    }
}

fn ranked<'t>(
    field: &Field<'_>,
    all: &'t Targets,
    targets: &'t [Target],
    main: Option<Kind>,
    schemas: &Schemas,
) -> Found<'t> {
    let (called, above) = (Called::of(&field.name), Called::of(&field.above));
    let parent = Called::of(field.parent());
    // `geboortedatum/datum` is called by what it is in
    let bare = !parent.is_empty()
        && called.words.len() == 1
        && GENERIC.contains(&called.words[0].as_str());
    // `cursus/naamCursus` says what it is in once more
    let rest = called.without(&parent);
    let mut found = Found::NONE;
    let mut by_alias: Vec<&str> = Vec::new();
    for target in targets {
        let (mut near, mut alias) = target.nearness(&called);
        if let Some(rest) = &rest {
            let (nearer, other) = target.nearness(rest);
            if nearer * AGAIN > near {
                (near, alias) = (nearer * AGAIN, other);
            }
        }
        if bare {
            let above = target.nearness(&parent);
            near *= LESS;
            if above.0 >= NAMED && above.0 > near {
                (near, alias) = above;
            }
        }
        let shaped = target.kind == Some(Kind::Kandidaat) && shape::tells(target);
        if near < NEAR && !shaped {
            continue;
        }
        let fits = fit(target, &called, &field.values, &all.tables, schemas);
        let standing = target.standing(&called, &above, &all.words);
        if fits.degree < 0.05 {
            let surer = |(_, known): &(&Target, f64)| near + standing > *known;
            if near >= NAMED && found.contradicted.as_ref().is_none_or(surer) {
                found.contradicted = Some((target, near + standing));
            }
            continue;
        }
        let mut certainty = near * BY_NAME + fits.degree * BY_SHAPE;
        if near < NEAR {
            let proven = target.bsn && shape::proofs(&field.values) >= PROOFS;
            let alone = if proven { PROVEN } else { SHAPED };
            certainty = if fits.degree >= 0.9 && !field.values.is_empty() {
                alone
            } else {
                0.0
            };
        }
        certainty += standing;
        if field.repeats && !target.list {
            certainty = certainty.min(0.4);
        }
        if main.is_some() && target.kind.is_some() && target.kind != main {
            certainty -= if target.kind == Some(Kind::Kandidaat) {
                0.01
            } else {
                OTHER
            };
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to 100
        let percent = (certainty.clamp(0.0, 0.99) * 100.0).round() as u8;
        if percent >= CANDIDATE {
            if alias {
                by_alias.push(target.dotted.as_str());
            }
            found.ranked.push((target, percent, fits.codec, fits.loose));
        }
    }
    doubt(&mut found.ranked, &by_alias);
    found.ranked.sort_by(|left, right| {
        right
            .1
            .cmp(&left.1)
            .then(left.0.dotted.cmp(&right.0.dotted))
    });
    found
}

/// Of attributes that only other mappings call so none is sure, where they do so for several.
fn doubt(ranked: &mut [Ranked<'_>], by_alias: &[&str]) {
    let best = ranked.iter().map(|one| one.1).max().unwrap_or_default();
    let near = |one: &&Ranked<'_>| one.1 + BESIDE >= best;
    let close = ranked.iter().filter(near).count();
    let only = |one: &Ranked<'_>| by_alias.contains(&one.0.dotted.as_str());
    let mut top = ranked.iter().filter(|one| one.1 == best);
    if close < 2 || !top.all(only) {
        return;
    }
    for one in ranked.iter_mut().filter(|one| only(one)) {
        one.1 = one.1.min(DOUBTED);
    }
}

/// What is proposed for fields: the most certain pairs first, and each attribute once.
fn lines(
    fields: &[Field<'_>],
    whole: bool,
    targets: &Targets,
    main: Kind,
    schemas: &Schemas,
) -> Vec<Proposed> {
    let mut lines: Vec<Proposed> = Vec::with_capacity(fields.len());
    let mut pairs: Vec<(u8, usize)> = Vec::new();
    let mut options: Vec<Found<'_>> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let mut line = Proposed::of(&field.source);
        line.column.clone_from(&field.column);
        if !field.parts.is_empty() {
            group(field, targets, main, schemas, &mut line);
        }
        let plain = || ranked(field, targets, &targets.plain, Some(main), schemas);
        let found = if !field.parts.is_empty() {
            Found::NONE
        } else if whole || field.source.starts_with('/') {
            ranked(field, targets, &targets.envelope, None, schemas).with(plain())
        } else {
            plain()
        };
        pairs.extend(
            found
                .ranked
                .iter()
                .map(|(_, percent, ..)| (*percent, index)),
        );
        options.push(found);
        lines.push(line);
    }
    let mut taken: Vec<String> = lines
        .iter()
        .filter_map(|line| line.target.clone())
        .collect();
    choose(&mut lines, &options, pairs, &mut taken);
    lines
}

/// Gives each field the attribute that it most certainly is, if no field is that more certainly.
fn choose(
    lines: &mut [Proposed],
    options: &[Found<'_>],
    mut pairs: Vec<(u8, usize)>,
    taken: &mut Vec<String>,
) {
    pairs.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    pairs.dedup();
    for (percent, index) in pairs {
        if lines[index].target.is_some() {
            continue;
        }
        let free = options[index]
            .ranked
            .iter()
            .find(|(target, own, ..)| *own == percent && !taken.contains(&target.dotted));
        if let Some((target, percent, codec, loose)) = free {
            taken.push(target.dotted.clone());
            let line = &mut lines[index];
            line.target = Some(target.dotted.clone());
            line.certainty = *percent;
            line.taken = *percent >= SURE;
            line.codec.clone_from(codec);
            line.loose = *loose;
        }
    }
    for (line, found) in lines.iter_mut().zip(options) {
        if !line.taken {
            line.contradicted = found.contradicted.map(|(target, _)| target.dotted.clone());
        }
        let others = found
            .ranked
            .iter()
            .filter(|(target, ..)| line.target.as_ref() != Some(&target.dotted));
        let others = others.map(|(target, percent, ..)| (target.dotted.clone(), *percent));
        line.candidates = others.take(CANDIDATES).collect();
    }
}

/// What a repeated part may be a list of.
fn group(field: &Field<'_>, targets: &Targets, main: Kind, schemas: &Schemas, line: &mut Proposed) {
    let called = Called::of(&field.name);
    let mut best: Option<(u8, &target::Group, Vec<Proposed>)> = None;
    for group in &targets.groups {
        let near = group.target.nearness(&called).0;
        let mut parts = Vec::new();
        let (mut pairs, mut options) = (Vec::new(), Vec::new());
        for (index, part) in field.parts.iter().enumerate() {
            let found = ranked(part, targets, &group.parts, None, schemas);
            pairs.extend(
                found
                    .ranked
                    .iter()
                    .map(|(_, percent, ..)| (*percent, index)),
            );
            options.push(found);
            parts.push(Proposed::of(&part.source));
        }
        choose(&mut parts, &options, pairs, &mut Vec::new());
        let sure = parts.iter().filter(|part| part.taken).count();
        #[allow(clippy::cast_precision_loss)] // parts of an item
        let shared = sure as f64 / field.parts.len().max(1) as f64;
        let other = if group.target.kind == Some(main) {
            0.0
        } else {
            0.05
        };
        let certainty = near * 0.7 + shared * 0.3 - other;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to 100
        let percent = (certainty.clamp(0.0, 0.99) * 100.0).round() as u8;
        if sure > 0 && best.as_ref().is_none_or(|(known, ..)| percent > *known) {
            best = Some((percent, group, parts));
        }
    }
    if let Some((percent, group, parts)) = best.filter(|(percent, ..)| *percent >= CANDIDATE) {
        line.target = Some(group.target.dotted.clone());
        line.certainty = percent;
        line.taken = percent >= SURE;
        line.parts = parts;
    }
}

/// The rules that do not compile, by their place among the lines.
fn refused(
    asked: &Asked,
    written: &write::Written,
    known: &[(String, String)],
    schemas: &Schemas,
) -> Vec<Vec<usize>> {
    let path = format!("{}/{}.toml", asked.organisatie, asked.soort);
    let shared = known
        .iter()
        .filter(|(file, _)| file.starts_with("_gedeeld/"));
    let own = (path.clone(), written.text.clone());
    let files: Vec<_> = shared.cloned().chain([own]).collect();
    let Err(found) = Library::compile(&files, schemas) else {
        return Vec::new();
    };
    let errors = found
        .iter()
        .filter(|one| one.level == crate::mapping::Level::Error && one.file == path);
    let mut rules: Vec<Vec<usize>> = errors
        .filter_map(|one| {
            let starts = written.rules.iter().rev();
            let rule = starts.into_iter().find(|(line, _)| *line <= one.line)?;
            Some(rule.1.clone())
        })
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Makes a rule a comment.
fn give_up(lines: &mut [Proposed], path: &[usize]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if let Some(line) = lines.get_mut(*first) {
        if rest.is_empty() {
            line.taken = false;
        } else {
            give_up(&mut line.parts, rest);
            line.taken &= line.parts.iter().any(|part| part.taken);
        }
    }
}
