use crate::document::Name;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::mapping::codec::Cell;
use crate::mapping::codec::Codec;
use crate::mapping::plan::Act;
use crate::mapping::plan::Field;
use crate::mapping::plan::Many;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::TestIn;
use crate::schema::Attribute;
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
    words: HashMap<Path, HashSet<&'m str>>,
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
            uses.note(&plan.rules, &plan.element.steps, plan, column);
            gather(&plan.rules, &[], &mut fields);
            let pair = plan.pair.as_ref().and_then(|pair| {
                let place = path(&pair.source, &plan.element.steps, plan, column)?;
                Some((place, pair.texts.iter().map(|(text, _)| text.as_str())))
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
                uses.all.push(Use {
                    attribute,
                    field,
                    key,
                });
                uses.all.len() - 1
            });
            let spot = (at.line, at.column);
            add(uses.at.entry(spot).or_default(), index);
            if let Place::Positions { from, to, .. } = origin.place {
                uses.learn(Path::Slot(from as usize, to as usize), index);
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

    /// The words of constants, conditions and indicators, by where they stand.
    fn note(
        &mut self,
        rules: &'m [Rule],
        base: &[Name],
        plan: &'m Plan,
        column: &dyn Fn(usize) -> Option<usize>,
    ) {
        for rule in rules {
            let of = |source: &Source| path(source, base, plan, column);
            if let Some(when) = &rule.when_in
                && let Some(path) = of(&when.source)
                && let TestIn::Is(words) | TestIn::IsNot(words) = &when.test
            {
                let known = self.words.entry(path).or_default();
                known.extend(words.iter().map(String::as_str));
            }
            match &rule.act {
                Act::Constant(text) => {
                    if let Some(path) = of(&rule.source) {
                        self.words.entry(path).or_default().insert(text);
                    }
                }
                Act::Field(field) => self.marks(rule, field, base, plan, column),
                Act::Group(group) => {
                    let inner = steps(&rule.source, base, plan);
                    let inner = inner.as_deref().unwrap_or(base);
                    self.note(&group.rules, inner, plan, column);
                }
                Act::Set(..) => {}
            }
        }
    }

    /// The words beside a partial date.
    fn marks(
        &mut self,
        rule: &'m Rule,
        field: &'m Field,
        base: &[Name],
        plan: &'m Plan,
        column: &dyn Fn(usize) -> Option<usize>,
    ) {
        use crate::mapping::plan::Beside;
        let place = match &field.indicator {
            None => return,
            Some(Beside::Sibling(source)) => path(source, base, plan, column),
            Some(Beside::Attribute(name)) => match path(&rule.source, base, plan, column) {
                Some(Path::Tree(mut steps)) => {
                    steps.push(Arc::clone(name));
                    Some(Path::Tree(steps))
                }
                _ => None,
            },
        };
        if let Some(place) = place {
            let known = self.words.entry(place).or_default();
            known.extend(["V", "D", "M", "J", "1", "2", "3"]);
        }
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
