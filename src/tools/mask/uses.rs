use crate::document::Name;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Codec;
use crate::mapping::parts::CODES;
use crate::mapping::parts::Join;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::TestIn;
use crate::schema::Attribute;
use crate::schema::Klasse;
use crate::schema::Restriction;
use crate::schema::Schemas;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// Line and column of a text, row and column of a table; both from 1.
pub(super) type Spot = (u32, u32);

/// Where values of one sort stand, however often it repeats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Path {
    /// The names from the root on; lists do not count.
    Tree(Vec<Name>),
    /// A column of the table, from 0.
    Column(usize),
    /// Positions of a line.
    Slot(usize, usize),
    /// Anywhere that the mapping does not look.
    Elsewhere,
}

/// What a value is to the shared model.
#[derive(Clone, Copy)]
pub(super) struct Use<'m> {
    pub attribute: &'m Attribute,
    /// How it is written; none where it is not one value that one codec reads.
    pub field: Option<&'m Field>,
    /// Whether it tells items of a group apart.
    pub key: bool,
}

/// What a mapping makes of a document: which values are what, and which are words of the mapping itself.
pub(super) struct Uses<'m> {
    pub all: Vec<Use<'m>>,
    at: HashMap<Spot, Vec<usize>>,
    along: HashMap<Path, Vec<usize>>,
    words: HashMap<Path, HashSet<String>>,
}

impl<'m> Uses<'m> {
    /// From what was read of a document. `column` says where the table has a column of the plan.
    pub(super) fn of(
        mapping: &'m Mapping,
        schemas: &'m Schemas,
        decoded: &Decoded,
        column: &dyn Fn(usize) -> Option<usize>,
    ) -> Self {
        let mut uses = Self {
            all: Vec::new(),
            at: HashMap::new(),
            along: HashMap::new(),
            words: HashMap::new(),
        };
        let mut fields = HashMap::new();
        if let Some(plan) = mapping.plan() {
            let around = Around {
                plan,
                schemas,
                column,
            };
            uses.note(&plan.rules, &plan.element.steps, &around);
            gather(&plan.rules, &[], &mut fields);
            if let Some(envelope) = plan.envelope.as_deref() {
                let around = Around {
                    plan: &envelope.plan,
                    schemas,
                    column,
                };
                uses.note(&envelope.plan.rules, &[], &around);
            }
            let pair = plan.pair.as_ref().and_then(|pair| {
                let place = path(&pair.source, &plan.element.steps, plan, column)?;
                Some((place, pair.texts.iter().map(|(text, _)| text.clone())))
            });
            if let Some((place, texts)) = pair {
                uses.words.entry(place).or_default().extend(texts);
            }
        }
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        let elements = decoded.elements.iter().flat_map(said);
        for origin in elements.flat_map(|element| &element.origins) {
            let rule = address(&origin.rule);
            let field = fields.get(&rule).copied();
            if mapping.plan().is_some() && field.is_none() {
                continue; // what is only set, and groups: they take no value from there
            }
            let Some(at) = origin.place.at() else {
                continue;
            };
            let Some(attribute) = item(schemas, origin.kind, &origin.pointer) else {
                continue;
            };
            let (field, key) = field.map_or((None, false), |(field, key)| (Some(field), key));
            let same = (rule, std::ptr::from_ref(attribute).addr());
            let index = *known.entry(same).or_insert_with(|| {
                // one place of several does not hold what the codec reads
                let field = field.filter(|field| field.parts.is_none());
                uses.all.push(Use {
                    attribute,
                    field,
                    key,
                });
                uses.all.len() - 1
            });
            let spot = (at.line, at.column);
            add(uses.at.entry(spot).or_default(), index);
            if let Place::Positions { from, to, .. } = origin.place.innermost() {
                uses.learn(Path::Slot(*from as usize, *to as usize), index);
            }
        }
        uses
    }

    /// Notes that values of a path are what one of them was.
    pub(super) fn learn(&mut self, path: Path, index: usize) {
        add(self.along.entry(path).or_default(), index);
    }

    /// What stands at a spot, by the place it was read from.
    pub(super) fn here(&self, spot: Spot) -> &[usize] {
        self.at.get(&spot).map_or(&[], Vec::as_slice)
    }

    /// What stands along a path, where another value of it was read.
    pub(super) fn along(&self, path: &Path) -> &[usize] {
        self.along.get(path).map_or(&[], Vec::as_slice)
    }

    /// Whether a text is a word of the mapping itself at this path.
    pub(super) fn is_word(&self, path: &Path, text: &str) -> bool {
        self.words
            .get(path)
            .is_some_and(|words| words.contains(text))
    }

    /// The words of constants, conditions, keys and indicators, by where they stand.
    fn note(&mut self, rules: &'m [Rule], base: &[Name], around: &Around<'m, '_>) {
        for rule in rules {
            let of = |source: &Source| around.path(source, base);
            if let Some(when) = &rule.when_in
                && let Some(path) = of(&when.source)
                && let TestIn::Is(words) | TestIn::IsNot(words) = &when.test
            {
                self.words
                    .entry(path)
                    .or_default()
                    .extend(words.iter().cloned());
            }
            let conditions = rule.when_in.iter().map(|when| &when.source);
            for source in rule.sources().chain(conditions) {
                self.key(source, base, around);
            }
            match &rule.act {
                Act::Constant(text) => {
                    if let Some(path) = of(&rule.source) {
                        self.words.entry(path).or_default().insert(text.clone());
                    }
                }
                Act::Field(field) => {
                    self.marks(rule, field, base, around);
                    self.choices(rule, field, base, around);
                }
                Act::Group(group) => {
                    let inner = steps(&rule.source, base, around.plan);
                    let inner = inner.as_deref().unwrap_or(base);
                    self.note(&group.rules, inner, around);
                }
                Act::Set(..) | Act::Spread(_) => {}
            }
        }
    }

    /// The key of an item that a path is about.
    fn key(&mut self, source: &Source, base: &[Name], around: &Around<'m, '_>) {
        let (Some(keyed), Some(Path::Tree(mut place))) =
            (source.keyed(), around.path(source, base))
        else {
            return;
        };
        let behind = source.steps().len().saturating_sub(keyed.at + 1);
        place.truncate(place.len() - behind);
        place.push(Arc::clone(&keyed.key));
        let known = self.words.entry(Path::Tree(place)).or_default();
        known.insert(keyed.text.clone());
    }

    /// The words that are a code together, unless what they say is nobody's business.
    fn choices(&mut self, rule: &Rule, field: &Field, base: &[Name], around: &Around<'m, '_>) {
        let together = field
            .parts
            .as_ref()
            .is_some_and(|parts| parts.join == Join::Codes);
        let (Codec::Table(table), true, Owner::Record(kind)) =
            (&field.codec, together, field.target.owner)
        else {
            return;
        };
        let attribute = around
            .schemas
            .attribute(kind, &field.target.segments.join("/"));
        let open = |attribute: &Attribute| {
            attribute.restricted == Restriction::None
                && !matches!(attribute.klasse, Klasse::D | Klasse::N | Klasse::Bsn)
        };
        if !attribute.is_some_and(open) {
            return;
        }
        for value in table.values() {
            let Ok(written) = field.codec.encode(value) else {
                continue;
            };
            for (source, word) in rule.sources().zip(written.text().split(CODES)) {
                if let Some(path) = around.path(source, base) {
                    self.words.entry(path).or_default().insert(word.to_owned());
                }
            }
        }
    }

    /// The words beside a partial date.
    fn marks(&mut self, rule: &Rule, field: &Field, base: &[Name], around: &Around<'m, '_>) {
        let place = match &field.indicator {
            None => return,
            Some(Beside::Sibling(source)) => around.path(source, base),
            Some(Beside::Attribute(name)) => match around.path(&rule.source, base) {
                Some(Path::Tree(mut steps)) => {
                    steps.push(Arc::clone(name));
                    Some(Path::Tree(steps))
                }
                _ => None,
            },
        };
        if let Some(place) = place {
            let known = self.words.entry(place).or_default();
            known.extend(["V", "D", "M", "J", "1", "2", "3"].map(str::to_owned));
        }
    }
}

/// What paths are made with.
struct Around<'m, 'c> {
    plan: &'m Plan,
    schemas: &'m Schemas,
    column: &'c dyn Fn(usize) -> Option<usize>,
}

impl Around<'_, '_> {
    fn path(&self, source: &Source, base: &[Name]) -> Option<Path> {
        path(source, base, self.plan, self.column)
    }
}

/// An element, and what it says that was.
pub(super) fn said(element: &Element) -> impl Iterator<Item = &Element> {
    std::iter::successors(Some(element), |element| element.was.as_deref())
}

fn add(list: &mut Vec<usize>, index: usize) {
    if !list.contains(&index) {
        list.push(index);
    }
}

/// What an origin is about: of a list its items.
fn item<'s>(
    schemas: &'s Schemas,
    kind: crate::canonical::Kind,
    pointer: &str,
) -> Option<&'s Attribute> {
    let attribute = schemas.attribute_at(kind, pointer)?;
    if attribute.is_leaf() {
        return Some(attribute);
    }
    let items = schemas.attribute(kind, &format!("{}/*", attribute.path))?;
    items.is_leaf().then_some(items)
}

fn address(name: &Arc<str>) -> usize {
    Arc::as_ptr(name).addr()
}

/// Every field by its rule, and whether it tells items apart.
fn gather<'m>(
    rules: &'m [Rule],
    keys: &[Vec<Box<str>>],
    fields: &mut HashMap<usize, (&'m Field, bool)>,
) {
    for rule in rules {
        match &rule.act {
            Act::Field(field) => {
                let key = keys.contains(&field.target.segments);
                fields.insert(address(&rule.name), (field, key));
            }
            Act::Group(group) => gather(&group.rules, &group.key, fields),
            _ => {}
        }
    }
}

fn path(
    source: &Source,
    base: &[Name],
    plan: &Plan,
    column: &dyn Fn(usize) -> Option<usize>,
) -> Option<Path> {
    if let Source::Column(index) = source {
        return match plan.slot(source) {
            Some((slot, _)) => Some(Path::Slot(slot.from, slot.to)),
            None => column(*index).map(Path::Column),
        };
    }
    let root = plan.root.iter().map(|(name, _)| name);
    let steps = steps(source, base, plan)?;
    Some(Path::Tree(root.chain(&steps).cloned().collect()))
}

/// The steps of a source from the root element on.
fn steps(source: &Source, base: &[Name], plan: &Plan) -> Option<Vec<Name>> {
    match source {
        Source::None | Source::Column(_) => None,
        Source::Here => Some(base.to_vec()),
        Source::Root(path) => Some(path.steps.clone()),
        Source::Around(path) => {
            let around = &plan.around.steps;
            Some(around.iter().chain(&path.steps).cloned().collect())
        }
        Source::Path(path) => Some(base.iter().chain(&path.steps).cloned().collect()),
    }
}

/// What a field makes of a text, without the value: two texts of which it makes the same are of one sort.
pub(super) fn reading(field: &Field, text: &str, number: bool) -> Vec<&'static str> {
    let mut out = Vec::new();
    let mut one = |text: &str| {
        let trimmed = text.trim();
        if field
            .placeholders
            .iter()
            .any(|(word, _)| **word == *trimmed)
        {
            out.push("status");
            return;
        }
        let cell = if number {
            Cell::Number(text)
        } else {
            Cell::Text(text)
        };
        match field.codec.decode(cell, None) {
            Err(note) => out.push(note.code),
            Ok(taken) => {
                out.push(if taken.value.is_ok() { "" } else { "status" });
                out.extend(taken.remark.map(|note| note.code));
            }
        }
    };
    match &field.many {
        Many::Separated(separator) => text.split(separator.as_str()).for_each(one),
        _ => one(text),
    }
    out
}

/// The codec of a field whose value is written by it alone.
pub(super) const fn codec<'m>(used: &Use<'m>) -> Option<&'m Codec> {
    match used.field {
        Some(field) => Some(&field.codec),
        None => None,
    }
}
