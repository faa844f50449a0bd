use crate::document::Name;
use crate::document::Place;
use crate::mapping::Decoded;
use crate::mapping::Element;
use crate::mapping::Mapping;
use crate::mapping::codec::Codec;
use crate::mapping::parts::CODES;
use crate::mapping::parts::Join;
use crate::mapping::plan::Act;
use crate::mapping::plan::Beside;
use crate::mapping::plan::Field;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::TestIn;
use crate::schema::Attribute;
use crate::schema::Klasse;
use crate::schema::Restriction;
use crate::schema::Schemas;
use crate::tools::mask::form::Form;
use crate::tools::mask::spot::Path;
use crate::tools::mask::spot::Spot;
use crate::tools::mask::walk::Walk;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// What a value is to the shared model.
#[derive(Clone, Copy)]
pub(super) struct Use<'m> {
    pub attribute: &'m Attribute,
    pub form: Form<'m>,
    /// Whether it tells items of a group apart.
    pub key: bool,
}

/// A value that stands in parts at several places.
pub(super) struct Composed<'m> {
    pub field: &'m Field,
    pub join: &'m Join,
    /// Where its parts stand.
    pub paths: Vec<Path>,
    /// The rule that reads it.
    rule: usize,
    /// What it is, once it is read somewhere.
    pub index: Option<usize>,
}

/// What a mapping makes of a document: which values are what, and which are words of the mapping itself.
pub(super) struct Uses<'m> {
    pub all: Vec<Use<'m>>,
    at: HashMap<Spot, Vec<usize>>,
    along: HashMap<Path, Vec<usize>>,
    words: HashMap<Path, HashSet<String>>,
    pub composed: Vec<Composed<'m>>,
}

impl<'m> Uses<'m> {
    /// From what was read of a document.
    pub(super) fn of(
        mapping: &'m Mapping,
        schemas: &'m Schemas,
        decoded: &Decoded,
        walk: &Walk<'_>,
    ) -> Self {
        let mut uses = Self {
            all: Vec::new(),
            at: HashMap::new(),
            along: HashMap::new(),
            words: HashMap::new(),
            composed: Vec::new(),
        };
        let mut fields = HashMap::new();
        if let Some(plan) = mapping.plan() {
            let around = Around {
                plan,
                schemas,
                walk,
                envelope: false,
            };
            uses.note(&plan.rules, &plan.element.steps, &around);
            if let Some(envelope) = &plan.envelope {
                let around = Around {
                    plan: &envelope.plan,
                    envelope: true,
                    ..around
                };
                uses.note(&envelope.plan.rules, &[], &around);
            }
            gather(&plan.rules, &[], &mut fields);
            let pair = plan.pair.as_ref().and_then(|pair| {
                let place = around.path(&pair.source, &plan.element.steps)?;
                Some((place, pair.texts.iter().map(|(text, _)| text.clone())))
            });
            if let Some((place, texts)) = pair {
                uses.words.entry(place).or_default().extend(texts);
            }
        }
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        let elements = decoded.elements.iter().flat_map(said);
        for origin in elements.flat_map(|element| element.origins.iter()) {
            let rule = address(origin.rule);
            let known_rule = fields.get(&rule).copied();
            if mapping.plan().is_some() && known_rule.is_none() {
                continue; // what is only set, and groups: they take no value from there
            }
            let spot = walk.spot(&origin.place());
            if spot == Spot::NOWHERE {
                continue;
            }
            // of an item that was given up, the list stands in its place
            let within = || {
                let (act, _) = known_rule?;
                let target = act.targets().into_iter().next()?;
                let pointer = format!("{}/0{}", origin.pointer(), target.pointer);
                item(schemas, origin.kind, &pointer)
            };
            let attribute = item(schemas, origin.kind, &origin.pointer()).or_else(within);
            let Some(attribute) = attribute else {
                continue;
            };
            let same = (rule, std::ptr::from_ref(attribute).addr());
            let index = *known.entry(same).or_insert_with(|| {
                let (act, key) = known_rule.map_or((None, false), |(act, key)| (Some(act), key));
                let form = Form::of(act, &origin.pointer());
                uses.all.push(Use {
                    attribute,
                    form,
                    key,
                });
                uses.all.len() - 1
            });
            add(uses.at.entry(spot).or_default(), index);
            if let Place::Positions { from, to, .. } = origin.place().innermost() {
                uses.learn(Path::Slot(*from as usize, *to as usize), index);
            }
            uses.of_parts(rule, index);
        }
        uses
    }

    /// Notes that all parts of a value are what the first was read as.
    fn of_parts(&mut self, rule: usize, index: usize) {
        let mut composed = self.composed.iter_mut();
        if let Some(one) = composed.find(|one| one.rule == rule && one.index.is_none()) {
            one.index = Some(index);
            for path in one.paths.clone() {
                self.learn(path, index);
            }
        }
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
                        self.words.entry(path).or_default().insert(text.to_string());
                    }
                }
                Act::Field(field) => {
                    self.marks(rule, field, base, around);
                    self.choices(rule, field, base, around);
                    self.composes(rule, field, base, around);
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

    /// Where the parts of a value stand, if they can be told apart again.
    fn composes(&mut self, rule: &Rule, field: &'m Field, base: &[Name], around: &Around<'m, '_>) {
        let Some(parts) = &field.parts else { return };
        let paths: Option<Vec<Path>> = rule.sources().map(|one| around.path(one, base)).collect();
        if let (Some(paths), true) = (paths, parts.join != Join::Codes) {
            self.composed.push(Composed {
                field,
                join: &parts.join,
                paths,
                rule: address(&rule.name),
                index: None,
            });
        }
    }

    /// The words beside a partial date.
    fn marks(&mut self, rule: &Rule, field: &Field, base: &[Name], around: &Around<'m, '_>) {
        let place = match field.indicator.as_deref() {
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
#[derive(Clone, Copy)]
struct Around<'m, 'c> {
    plan: &'m Plan,
    schemas: &'m Schemas,
    walk: &'c Walk<'c>,
    envelope: bool,
}

impl Around<'_, '_> {
    fn path(&self, source: &Source, base: &[Name]) -> Option<Path> {
        if let Source::Column(index) = source {
            return match self.plan.slot(source) {
                Some((slot, _)) => Some(Path::Slot(slot.from, slot.to)),
                None => self.walk.column(*index).map(Path::Column),
            };
        }
        let root = self.plan.root.iter().map(|(name, _)| name);
        let steps = steps(source, base, self.plan)?;
        let steps = root.chain(&steps).cloned().collect();
        Some(if self.envelope {
            Path::Envelope(steps)
        } else {
            Path::Tree(steps)
        })
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

fn address(name: &str) -> usize {
    name.as_ptr().addr()
}

/// Every rule that takes a value, and whether that tells items apart.
fn gather<'m>(
    rules: &'m [Rule],
    keys: &[Box<[Box<str>]>],
    fields: &mut HashMap<usize, (&'m Act, bool)>,
) {
    for rule in rules {
        match &rule.act {
            Act::Field(field) => {
                let key = keys.contains(&field.target.segments);
                fields.insert(address(&rule.name), (&rule.act, key));
            }
            Act::Spread(_) => {
                fields.insert(address(&rule.name), (&rule.act, false));
            }
            Act::Group(group) => gather(&group.rules, &group.key, fields),
            _ => {}
        }
    }
}

/// The steps of a source from the root element on.
fn steps(source: &Source, base: &[Name], plan: &Plan) -> Option<Vec<Name>> {
    match source {
        Source::None | Source::Column(_) => None,
        Source::Here => Some(base.to_vec()),
        Source::Root(path) => Some(path.steps.to_vec()),
        Source::Around(path) => {
            let around = &plan.around.steps;
            Some(around.iter().chain(&path.steps).cloned().collect())
        }
        Source::Path(path) => Some(base.iter().chain(&path.steps).cloned().collect()),
    }
}
