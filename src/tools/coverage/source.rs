use crate::document::Document;
use crate::document::Format;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use crate::document::column_letters;
use crate::mapping::decode::Reader;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Plan;
use crate::mapping::plan::folded;
use crate::tools::Subject;
use crate::tools::coverage::Field;
use crate::tools::outline::Part;
use crate::tools::outline::VEIL;
use crate::tools::outline::is_xml_own;
use crate::tools::outline::path;
use crate::tools::subject::Around;
use crate::tools::subject::Walked;
use crate::tools::subject::from_root;
use crate::tools::subject::is_filled;
use crate::tools::subject::lines;
use crate::tools::vocabulary::Vocabulary;
use std::collections::HashSet;

/// What became of the fields of samples.
#[derive(Default)]
pub(super) struct Fields {
    pub covered: usize,
    pub unread: Vec<Field>,
    pub ignored: Vec<Field>,
}

/// The fields of samples, by whether some rule reads (or writes) them.
pub(super) fn fields(
    subject: &Subject<'_>,
    samples: &[Document],
    rules: &[Walked<'_>],
    vocabulary: &Vocabulary,
    inward: bool,
) -> Fields {
    let Some(plan) = subject.mapping.plan() else {
        return Fields::default();
    };
    match plan.format {
        Format::Csv | Format::Excel => columns(subject, plan, samples, vocabulary, inward),
        Format::FixedWidth => positions(plan, samples, inward),
        Format::Xml | Format::Json => parts(plan, samples, rules, vocabulary, inward),
    }
}

/// The same of the envelopes that samples came in, but for what holds the sample itself.
pub(super) fn of_envelope(
    around: &Around<'_>,
    samples: &[Document],
    vocabulary: &Vocabulary,
    inward: bool,
) -> Fields {
    let plan = &around.envelope.plan;
    let mut found = parts(
        plan,
        &Around::of(samples),
        &around.rules,
        vocabulary,
        inward,
    );
    let held = path(plan, &around.envelope.steps);
    found.unread.retain(|field| field.path != held);
    found.ignored.retain(|field| field.path != held);
    found
}

fn parts(
    plan: &Plan,
    samples: &[Document],
    rules: &[Walked<'_>],
    vocabulary: &Vocabulary,
    inward: bool,
) -> Fields {
    let whole = Part::of(samples).veiled(vocabulary);
    let root = match &plan.root {
        None => Some(&whole),
        Some((name, _)) => whole.get(name),
    };
    let Some(root) = root else {
        return Fields::default();
    };
    let named = named(plan, rules, inward);
    let refused = plan.refuse.iter().filter(|_| inward);
    let refused: Vec<Vec<Name>> = refused
        .filter_map(|source| from_root(plan, source))
        .collect();
    let ignored: Vec<Vec<Name>> = plan
        .ignore
        .iter()
        .filter(|source| source.keyed().is_none())
        .filter_map(|source| from_root(plan, source))
        .collect();
    let mut found = Fields::default();
    root.each(&mut |steps, part| {
        let is_field =
            part.parts.iter().all(|(name, _)| name.starts_with('@')) || !part.values.is_empty();
        if !is_field || steps.last().is_some_and(|name| is_xml_own(name)) {
            return;
        }
        let field = || Field {
            path: path(plan, steps),
            times: part.times.max(part.values.len()),
        };
        if named.contains(steps) || refused.iter().any(|known| steps.starts_with(known)) {
            found.covered += 1;
        } else if ignored.iter().any(|known| steps.starts_with(known)) {
            found.ignored.push(field());
        } else {
            found.unread.push(field());
        }
    });
    found
}

/// The parts that rules of one direction name: their sources, what stands beside them, and what conditions look at.
fn named(plan: &Plan, rules: &[Walked<'_>], inward: bool) -> HashSet<Vec<Name>> {
    let mut named = HashSet::new();
    let counts = |walked: &&Walked<'_>| {
        if inward {
            walked.rule.inward
        } else {
            walked.rule.outward
        }
    };
    let pair = plan.pair.as_ref().filter(|_| inward);
    named.extend(pair.and_then(|pair| from_root(plan, &pair.source)));
    for walked in rules.iter().filter(counts) {
        if let Some(when) = walked.rule.when_in.as_ref().filter(|_| inward) {
            named.extend(walked.steps(&when.source));
        }
        for (source, _) in walked.looked_at() {
            named.extend(walked.key_steps(source));
        }
        for steps in walked
            .rule
            .sources()
            .skip(1)
            .filter_map(|source| walked.steps(source))
        {
            if let Some(beside) = &plan.nil {
                named.insert(steps.iter().chain([beside]).cloned().collect());
            }
            named.insert(steps);
        }
        let Some(steps) = walked.steps(&walked.rule.source) else {
            continue;
        };
        match &walked.rule.act {
            Act::Field(_) | Act::Spread(_) => {
                let indicator = walked
                    .rule
                    .act
                    .field()
                    .and_then(|field| field.indicator.as_deref());
                let mark = match indicator {
                    Some(Beside::Attribute(name)) => Some(name),
                    Some(Beside::Sibling(source)) => {
                        named.extend(walked.steps(source));
                        None
                    }
                    None => None,
                };
                for beside in mark.into_iter().chain(&plan.nil) {
                    named.insert(steps.iter().chain([beside]).cloned().collect());
                }
                named.insert(steps);
            }
            Act::Constant(_) => {
                named.insert(steps);
            }
            Act::Set(..) | Act::Group(_) => {}
        }
    }
    named
}

/// The positions of a line; a place that only a rule of the other direction names is not named.
fn positions(plan: &Plan, samples: &[Document], inward: bool) -> Fields {
    let mut found = Fields::default();
    let Some(layout) = &plan.layout else {
        return found;
    };
    let (lines, _) = lines(layout, samples);
    if lines.is_empty() {
        return found;
    }
    let field = |at: (usize, usize)| Field {
        path: format!("{}-{}", at.0, at.1),
        times: lines.iter().filter(|line| is_filled(line, at)).count(),
    };
    let mut unread = Vec::new();
    for column in &plan.table.columns {
        let Some(slot) = column.slot else { continue };
        let named = if inward {
            column.inward
        } else {
            column.outward
        };
        if named {
            found.covered += 1;
        } else {
            unread.push((slot.from, slot.to));
        }
    }
    unread.extend(&layout.unnamed);
    unread.sort_unstable();
    let unread = unread.into_iter().map(field);
    // Nothing is lost of positions that are always blank.
    found.unread = unread.filter(|field| field.times > 0).collect();
    found.ignored = layout.ignored.iter().copied().map(field).collect();
    found
}

fn columns(
    subject: &Subject<'_>,
    plan: &Plan,
    samples: &[Document],
    vocabulary: &Vocabulary,
    inward: bool,
) -> Fields {
    let reader = Reader::new(plan, subject.mapping.main());
    let mut headers: Vec<(String, Field, bool, bool)> = Vec::new();
    for sample in samples {
        let layouts = reader.layouts(sample);
        let cells = layouts.iter().flat_map(|layout| {
            let cells = layout.rows[layout.header].items().iter().enumerate();
            cells.map(move |(index, cell)| (layout, index, cell))
        });
        for (layout, index, cell) in cells {
            let Some(text) = cell.as_text().filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            let below = layout.rows.iter().skip(layout.header + 1);
            let times = below
                .filter(|row| row.items().get(index).is_some_and(has_value))
                .count();
            let name = folded(text);
            if let Some((_, field, ..)) = headers.iter_mut().find(|(known, ..)| *known == name) {
                field.times += times;
                continue;
            }
            let column = plan.table.columns.iter().enumerate().find(|(at, column)| {
                column.names.contains(&name) || layout.columns.get(*at) == Some(&Some(index))
            });
            let named = column.is_some_and(|(_, column)| {
                if inward {
                    column.inward
                } else {
                    column.outward
                }
            });
            let ignored = plan.table.ignore.contains(&name);
            let mut path = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if vocabulary.is_data(&path) {
                let column = u32::try_from(index + 1).unwrap_or(u32::MAX);
                path = format!("{VEIL} ({})", column_letters(column));
            }
            headers.push((name, Field { path, times }, named, ignored));
        }
    }
    let mut found = Fields::default();
    for (_, field, named, ignored) in headers {
        match (named, ignored) {
            (true, _) => found.covered += 1,
            (false, true) => found.ignored.push(field),
            (false, false) => found.unread.push(field),
        }
    }
    found
}

fn has_value(cell: &Node) -> bool {
    match &cell.value {
        Value::Null => false,
        Value::Text(text) => !text.trim().is_empty(),
        _ => true,
    }
}
