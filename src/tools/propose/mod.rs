//! A mapping proposed from a sample: which attribute each field may be, by what it is called and what its values look
//! like, and how sure that is. For a person to accept: what is not sure enough stands there as a comment.
//!
//! Of the values of a sample nothing but their shape is told; a code table that is proposed holds the words of a known
//! list, all of them.

mod field;
mod fixed;
mod name;
mod shape;
mod target;
mod wire;
mod write;

pub use wire::guess_wire;

use crate::canonical::Kind;
use crate::document::Document;
use crate::document::Format;
use crate::document::Wire;
use crate::mapping::Library;
use crate::schema::Schemas;
use crate::tools::propose::field::Field;
use crate::tools::propose::field::Sample;
use crate::tools::propose::shape::fit;
use crate::tools::propose::target::Target;
use crate::tools::propose::target::Targets;

/// From this certainty on, in percent, a rule is written to be used; below it as a comment.
const SURE: u8 = 75;
/// From this certainty on an attribute is named as a candidate.
const CANDIDATE: u8 = 45;
/// Candidates that are named for a field.
const CANDIDATES: usize = 3;
/// How much what a field is called counts; what its values look like counts for the rest.
const BY_NAME: f64 = 0.75;
/// How near a name must be for an attribute to be looked at.
const NEAR: f64 = 0.5;
/// How much less sure an attribute is whose group nothing in the field's name tells.
const UNTOLD: f64 = 0.05;
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
    let sample = match &cut {
        Some((layout, table)) => Some(Sample::fixed(layout.clone(), table)),
        None => Sample::of(document, xml),
    };
    let sample = sample.filter(|sample| !sample.fields.is_empty())?;
    let targets = Targets::of(schemas, known);
    let main = asked
        .kind
        .unwrap_or_else(|| about(&sample.fields, &targets, schemas));
    let mut lines = lines(&sample.fields, &targets, main, schemas);
    let mut text = String::new();
    for _ in 0..ROUNDS {
        let written = write::file(asked, main, &sample, wire, &lines);
        let refused = refused(asked, &written, schemas);
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
    })
}

/// The kind that most fields are surely about; kandidaat is what every kind has beside it.
fn about(fields: &[Field<'_>], targets: &Targets, schemas: &Schemas) -> Kind {
    let found: Vec<Vec<Ranked<'_>>> = fields
        .iter()
        .filter(|field| field.parts.is_empty())
        .map(|field| ranked(field, &targets.plain, None, schemas))
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
            let words = name::words(&field.name);
            let of_kind = |group: &&target::Group| group.target.kind == Some(kind);
            let own = targets.groups.iter().filter(of_kind);
            own.map(|group| group.target.nearness(&words, &[]))
                .fold(0.0, f64::max)
                > 0.8
        });
        let count = found.iter().filter(of_kind).count() + 2 * groups.count();
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

/// The attributes that a field may be, the most certain first.
fn ranked<'t>(
    field: &Field<'_>,
    targets: &'t [Target],
    main: Option<Kind>,
    schemas: &Schemas,
) -> Vec<Ranked<'t>> {
    let (called, above) = (name::words(&field.name), name::words(&field.above));
    let mut found: Vec<Ranked<'t>> = Vec::new();
    for target in targets {
        let near = target.nearness(&called, &above);
        if near < NEAR && !target.bsn {
            continue;
        }
        let fits = fit(target, &called, &field.values, schemas);
        let by_shape = fits.degree >= 1.0 && target.bsn && !field.values.is_empty();
        let mut certainty = near * BY_NAME + fits.degree * (1.0 - BY_NAME);
        if fits.degree < 0.05 {
            certainty = certainty.min(0.4);
        } else if by_shape {
            certainty = certainty.max(0.78);
        }
        if target.is_inner(&called, &above) {
            certainty -= UNTOLD;
        }
        if field.repeats && !target.list {
            certainty = certainty.min(0.4);
        }
        if main.is_some() && target.kind.is_some() && target.kind != main {
            certainty -= if target.kind == Some(Kind::Kandidaat) {
                0.01
            } else {
                0.05
            };
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // from 0 to 100
        let percent = (certainty.clamp(0.0, 0.99) * 100.0).round() as u8;
        if percent >= CANDIDATE {
            found.push((target, percent, fits.codec, fits.loose));
        }
    }
    found.sort_by(|left, right| {
        right
            .1
            .cmp(&left.1)
            .then(left.0.dotted.cmp(&right.0.dotted))
    });
    found
}

/// What is proposed for fields: the most certain pairs first, and each attribute once.
fn lines(fields: &[Field<'_>], targets: &Targets, main: Kind, schemas: &Schemas) -> Vec<Proposed> {
    let mut lines: Vec<Proposed> = Vec::with_capacity(fields.len());
    let mut pairs: Vec<(u8, usize)> = Vec::new();
    let mut options: Vec<Vec<Ranked<'_>>> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let mut line = Proposed {
            source: field.source.clone(),
            target: None,
            certainty: 0,
            taken: false,
            candidates: Vec::new(),
            codec: None,
            loose: false,
            parts: Vec::new(),
        };
        if !field.parts.is_empty() {
            group(field, targets, main, schemas, &mut line);
        }
        let found = if !field.parts.is_empty() {
            Vec::new()
        } else if field.source.starts_with('/') {
            let mut found = ranked(field, &targets.envelope, None, schemas);
            found.extend(ranked(field, &targets.plain, Some(main), schemas));
            found.sort_by_key(|one| std::cmp::Reverse(one.1));
            found
        } else {
            ranked(field, &targets.plain, Some(main), schemas)
        };
        pairs.extend(found.iter().map(|(_, percent, ..)| (*percent, index)));
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
    options: &[Vec<Ranked<'_>>],
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
        let others = found
            .iter()
            .filter(|(target, ..)| line.target.as_ref() != Some(&target.dotted));
        let others = others.map(|(target, percent, ..)| (target.dotted.clone(), *percent));
        line.candidates = others.take(CANDIDATES).collect();
    }
}

/// What a repeated part may be a list of.
fn group(field: &Field<'_>, targets: &Targets, main: Kind, schemas: &Schemas, line: &mut Proposed) {
    let called = name::words(&field.name);
    let mut best: Option<(u8, &target::Group, Vec<Proposed>)> = None;
    for group in &targets.groups {
        let near = group.target.nearness(&called, &[]);
        let mut parts = Vec::new();
        let (mut pairs, mut options) = (Vec::new(), Vec::new());
        for (index, part) in field.parts.iter().enumerate() {
            let found = ranked(part, &group.parts, None, schemas);
            pairs.extend(found.iter().map(|(_, percent, ..)| (*percent, index)));
            options.push(found);
            parts.push(Proposed {
                source: part.source.clone(),
                target: None,
                certainty: 0,
                taken: false,
                candidates: Vec::new(),
                codec: None,
                loose: false,
                parts: Vec::new(),
            });
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
fn refused(asked: &Asked, written: &write::Written, schemas: &Schemas) -> Vec<Vec<usize>> {
    let path = format!("{}/{}.toml", asked.organisatie, asked.soort);
    let Err(found) = Library::compile(&[(path, written.text.clone())], schemas) else {
        return Vec::new();
    };
    let errors = found
        .iter()
        .filter(|one| one.level == crate::mapping::Level::Error);
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
