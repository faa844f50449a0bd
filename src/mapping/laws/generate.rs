use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::STATES;
use crate::canonical::ValueState;
use crate::mapping::Direction;
use crate::mapping::Mapping;
use crate::mapping::Per;
use crate::mapping::encode::Writer;
use crate::mapping::laws::dest::Dest;
use crate::mapping::laws::dest::remove;
use crate::mapping::laws::random::Random;
use crate::mapping::laws::values::ATTEMPTS;
use crate::mapping::nested::get;
use crate::mapping::plan::Act;
use crate::mapping::plan::Field;
use crate::mapping::plan::Group;
use crate::mapping::plan::Many;
use crate::mapping::plan::Owner;
use crate::mapping::plan::Plan;
use crate::mapping::plan::Rule;
use crate::mapping::plan::Source;
use crate::mapping::plan::Spread;
use crate::mapping::plan::Target;
use crate::mapping::together::Keys;
use crate::schema::Schemas;
use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

/// Most records of one message.
const TOGETHER: usize = 3;

/// Makes records within a mapping's reach.
pub(super) struct Generator<'p> {
    pub(super) plan: &'p Plan,
    pub(super) schemas: &'p Schemas,
    pub(super) random: Random,
    pub(super) context: &'p Json,
    main: Kind,
    per: Per,
    /// Only what the rules carry both ways.
    pub(super) both: bool,
    /// Why values are not there, by the pointer of the attribute.
    pub(super) states: Vec<(Kind, String, ValueState)>,
}

/// The context that generated records go out in.
pub(super) fn context() -> Json {
    let party = json!({
        "code": "organisatie-x", "naam": "Organisatie X", "oin": "00000099000000001000",
        "kvk": "12345678", "gemeentecode": "0484",
    });
    json!({
        "id": "018f0000-0000-7000-8000-000000000000", "referentie": "REF-1", "soort": "bericht", "aantal": 1,
        "verzonden": "2024-03-14T09:15:00.123Z", "afzender": party, "ontvanger": party,
    })
}

impl<'p> Generator<'p> {
    pub(super) fn new(
        mapping: &Mapping,
        plan: &'p Plan,
        schemas: &'p Schemas,
        context: &'p Json,
        random: Random,
    ) -> Self {
        Self {
            plan,
            schemas,
            random,
            context,
            main: mapping.main(),
            per: mapping.per(),
            both: mapping.direction() == Direction::Both,
            states: Vec::new(),
        }
    }

    /// The records of one document: several, where the mapping takes several.
    pub(super) fn message(&mut self) -> Vec<Bundle> {
        let count = match self.per {
            Per::Record => 1,
            Per::Message => 1 + self.random.below(TOGETHER),
        };
        let mut bundles: Vec<Bundle> = Vec::with_capacity(count);
        for _ in 0..count {
            let mut bundle = self.bundle();
            if let Some(before) = bundles.last() {
                self.share(before, &mut bundle);
            }
            bundles.push(bundle);
        }
        // records whose rows would be read as one cannot go out together
        let doubles = Writer::new(self.plan).doubles(self.context, &bundles, &mut Keys::default());
        let apart = std::iter::zip(bundles, doubles);
        let apart = apart.filter(|(_, double)| double.is_none());
        apart.map(|(bundle, _)| bundle).collect()
    }

    /// Records that can be written whole: not such as would be passed over as a total, or as what opens or closes a file.
    fn bundle(&mut self) -> Bundle {
        let mut bundle = self.any_bundle();
        for _ in 0..ATTEMPTS {
            let writer = Writer::new(self.plan);
            if self.openings().is_empty() || !writer.is_passed_over(self.context, &bundle) {
                break;
            }
            bundle = self.any_bundle();
        }
        bundle
    }

    /// Texts with which a row or line begins that is no record.
    pub(super) fn openings(&self) -> Vec<&'p str> {
        let plan = self.plan;
        let around = plan.layout.iter();
        let around = around.flat_map(|layout| layout.header.iter().chain(&layout.trailer));
        let texts = plan.table.totals.iter().chain(around);
        texts.map(String::as_str).collect()
    }

    fn any_bundle(&mut self) -> Bundle {
        let mut bundle = Bundle::default();
        bundle.record_mut(self.main);
        let plan = self.plan;
        self.level(&plan.rules, &mut Dest::Records(&mut bundle));
        for (kind, pointer, state) in std::mem::take(&mut self.states) {
            let states = bundle
                .record_mut(kind)
                .entry(STATES)
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(states) = states {
                states.insert(pointer, Json::from(state.as_str()));
            }
        }
        bundle
    }

    /// What stands once for the whole document is the same for all its records; what stands around elements often is.
    fn share(&mut self, before: &Bundle, bundle: &mut Bundle) {
        let around = self.random.once_in(2);
        let plan = self.plan;
        for rule in &plan.rules {
            if rule.source.is_root() || rule.source.is_around() && around {
                for target in rule.act.targets() {
                    if let Owner::Record(kind) = target.owner {
                        copy(before, bundle, kind, target);
                    }
                }
            }
        }
        // a condition may look at what was shared
        let context = self.context;
        let conditional = |rule: &&Rule| rule.when_out.is_some() && rule.outward;
        for rule in plan.rules.iter().filter(conditional) {
            let shared = rule.source.is_root() || rule.source.is_around();
            let writes = Dest::Records(bundle).writes(rule, context);
            if shared || writes {
                continue;
            }
            for target in rule.act.targets() {
                let held = plan.rules.iter().any(|other| {
                    other.outward
                        && Dest::Records(bundle).writes(other, context)
                        && has_target(other, target)
                });
                if let (false, Owner::Record(kind)) = (held, target.owner) {
                    copy(&Bundle::default(), bundle, kind, target);
                }
            }
        }
    }

    /// Whether a rule carries what it fills: both ways, alone or with another that reads what it writes; or out of a
    /// mapping that only goes out.
    pub(super) fn carries(&self, rule: &Rule, rules: &[&Rule]) -> bool {
        rule.outward && (rule.inward || !self.both || rules.iter().any(|other| pairs(rule, other)))
    }

    pub(super) fn rule(&mut self, rule: &'p Rule, dest: &mut Dest<'_>) {
        match &rule.act {
            Act::Field(field) => self.field(rule, field, dest),
            Act::Spread(spread) => self.spread(rule, spread, dest),
            Act::Group(group) => self.group(rule, group, dest),
            Act::Constant(_) | Act::Set(..) => {}
        }
    }

    fn field(&mut self, rule: &Rule, field: &Field, dest: &mut Dest<'_>) {
        let absent = self.random.once_in(8);
        let silent = self.random.once_in(8);
        let state = *self
            .random
            .pick(&ValueState::ALL)
            .unwrap_or(&ValueState::GeenWaarde);
        // An empty cell always says its state: a row cannot leave a column out.
        let table = self.plan.format.is_table();
        let state = match field.empty {
            Some(empty) if table && absent => empty,
            _ => state,
        };
        if !rule.required && (silent || absent && table && field.empty.is_some()) {
            let sayable = Writer::new(self.plan).state(rule, field, state).is_some();
            if let (true, Some((kind, pointer))) = (sayable, dest.pointer(&field.target)) {
                self.states.push((kind, pointer, state));
                return;
            }
        }
        let empty_speaks = table && field.empty.is_some();
        if absent && !rule.required && field.default.is_none() && !empty_speaks {
            return;
        }
        let value = match &field.many {
            Many::One => self.value(rule, field, None),
            // a cell has room for the first of a list: see `exceptions`
            Many::Occurrences if table => self.value(rule, field, None).map(|value| json!([value])),
            Many::Occurrences => self.values(rule, field, None),
            Many::Separated(separator) => self.values(rule, field, Some(separator)),
        };
        if let Some(value) = value {
            dest.put(&field.target, value);
        }
    }

    /// A part for some of the attributes that are one text together, or a state for all of them.
    fn spread(&mut self, rule: &Rule, spread: &Spread, dest: &mut Dest<'_>) {
        let writer = Writer::new(self.plan);
        let empty = spread.whole.empty.filter(|_| self.plan.format.is_table());
        let state = empty.or_else(|| self.random.pick(&ValueState::ALL).copied());
        let silent = self.random.once_in(8);
        if let Some(state) = state.filter(|_| silent && !rule.required)
            && writer.state(rule, &spread.whole, state).is_some()
        {
            for (target, _) in &spread.targets {
                let pointer = dest.pointer(target);
                self.states
                    .extend(pointer.map(|(kind, pointer)| (kind, pointer, state)));
            }
            return;
        }
        for _ in 0..ATTEMPTS {
            let mut texts: Vec<String> = Vec::with_capacity(spread.targets.len());
            for _ in &spread.targets {
                texts.push(match self.random.below(4) {
                    0 => String::new(),
                    _ => self.random.words(10),
                });
            }
            let parts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let writable = writer.spread_text(rule, spread, &parts).is_ok();
            if !writable || parts.iter().all(|part| part.is_empty()) {
                continue;
            }
            for ((target, _), text) in spread.targets.iter().zip(&texts) {
                if !text.is_empty() {
                    dest.put(target, Json::from(text.as_str()));
                }
            }
            return;
        }
    }

    fn group(&mut self, rule: &'p Rule, group: &'p Group, dest: &mut Dest<'_>) {
        let Some((kind, list)) = dest.pointer(&group.target) else {
            return;
        };
        let count = if rule.source == Source::Here && group.rows.is_none() {
            1
        } else {
            self.random.below(4)
        };
        let count = if rule.required { count.max(1) } else { count };
        let before = dest.get(&group.target).and_then(Json::as_array).cloned();
        let mut items = before.unwrap_or_default();
        let least = items.len() + usize::from(rule.required);
        for attempt in 0..count + ATTEMPTS {
            // one that nobody would recognise is none
            if attempt >= count && items.len() >= least {
                break;
            }
            let base = format!("{list}/{}", items.len());
            let mut values = Map::new();
            let states = self.states.len();
            let mut item = Dest::Item {
                kind,
                values: &mut values,
                base: &base,
            };
            self.level(&group.rules, &mut item);
            // a row of which nothing but states is known gives no item
            let by_state = self.states.len() > states && group.rows.is_none();
            let says = says(group, &values) || by_state;
            let key = |item: &Map<String, Json>| -> Vec<Option<Json>> {
                let parts = group.key.iter();
                parts.map(|path| get(item, path).cloned()).collect()
            };
            let own = key(&values);
            let known = own.is_empty() || own.iter().any(Option::is_some);
            let again = !own.is_empty()
                && items
                    .iter()
                    .filter_map(Json::as_object)
                    .any(|other| key(other) == own);
            if says && known && !again {
                items.push(Json::Object(values));
            } else {
                self.states.truncate(states);
            }
        }
        if !items.is_empty() {
            dest.put(&group.target, Json::Array(items));
        }
    }
}

/// Whether an item has more than what the mapping sets in each.
fn says(group: &Group, values: &Map<String, Json>) -> bool {
    let mut rest = values.clone();
    for rule in group.rules.iter().filter(|rule| rule.inward) {
        if let Act::Set(target, _) = &rule.act {
            remove(&mut rest, &target.segments);
        }
    }
    !rest.is_empty()
}

/// Whether one of two rules writes what the other reads: the same attribute at the same place.
pub(super) fn pairs(rule: &Rule, other: &Rule) -> bool {
    let ways =
        (rule.inward, rule.outward) == (other.outward, other.inward) && rule.inward != rule.outward;
    let targets = rule.act.targets();
    ways && rule.source == other.source
        && rule.source != Source::None
        && targets.iter().any(|target| has_target(other, target))
}

pub(super) fn has_target(rule: &Rule, target: &Target) -> bool {
    let targets = rule.act.targets();
    targets
        .iter()
        .any(|own| own.owner == target.owner && own.pointer == target.pointer)
}

/// Whether a pointer is another one, or below it.
pub(super) fn is_within(pointer: &str, other: &str) -> bool {
    let rest = pointer.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Gives one record's attribute, or that and why it is not there, to the other.
fn copy(from: &Bundle, to: &mut Bundle, kind: Kind, target: &Target) {
    let states = |bundle: &Bundle| -> Map<String, Json> {
        let record = bundle.record(kind);
        let states = record.and_then(|record| record.get(STATES)?.as_object());
        states.cloned().unwrap_or_default()
    };
    let about = |pointer: &str| is_within(pointer, &target.pointer);
    let mut own = states(to);
    own.retain(|pointer, _| !about(pointer));
    own.extend(states(from).into_iter().filter(|(name, _)| about(name)));
    let value = from
        .record(kind)
        .and_then(|record| get(record, &target.segments));
    if value.is_none() && own.is_empty() && !to.records.contains_key(&kind) {
        return;
    }
    let record = to.record_mut(kind);
    remove(record, &target.segments);
    record.remove(STATES);
    if !own.is_empty() {
        record.insert(STATES.to_owned(), Json::Object(own));
    }
    if let Some(value) = value {
        Dest::Records(to).put(target, value.clone());
    }
}
