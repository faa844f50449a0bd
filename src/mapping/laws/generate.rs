use crate::canonical::Bundle;
use crate::canonical::Kind;
use crate::canonical::STATES;
use crate::canonical::ValueState;
use crate::canonical::elfproef;
use crate::mapping::codec::Case;
use crate::mapping::codec::Codec;
use crate::mapping::codec::Only;
use crate::mapping::codec::Register;
use crate::mapping::codec::TimestampForm;
use crate::mapping::decode::get;
use crate::mapping::decode::put;
use crate::mapping::encode::Writer;
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
use crate::schema::Schemas;
use crate::schema::Shape;
use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

/// Attempts at a value that a codec can write exactly.
const ATTEMPTS: usize = 50;
/// Characters of generated text: what spreadsheets, XML and Windows-1252 like to trip over, but can all write.
const LETTERS: &[char] = &[
    'a', 'b', 'Z', 'é', 'ï', 'ß', '€', '0', '9', ' ', ';', ',', '"', '\'', '<', '&', '>', '-', '/',
    '.', '=', '\n',
];

/// A small seeded generator (splitmix64): the same seed gives the same records on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to but not including `limit`.
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// Within limits, both included.
    fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = most.abs_diff(least).saturating_add(1).max(1);
        least.saturating_add_unsigned(self.next() % span)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

/// Makes records within a mapping's reach.
pub(super) struct Generator<'p> {
    plan: &'p Plan,
    schemas: &'p Schemas,
    random: Random,
    /// Only what the rules carry both ways.
    both: bool,
    states: Vec<(Kind, String, ValueState)>,
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
    pub(super) fn new(plan: &'p Plan, schemas: &'p Schemas, seed: u64, case: u32) -> Self {
        let mut random = Random(seed ^ (u64::from(case) << 32));
        random.next();
        Self {
            plan,
            schemas,
            random,
            both: true,
            states: Vec::new(),
        }
    }

    pub(super) fn bundle(&mut self, main: Kind, both: bool) -> Bundle {
        self.both = both;
        let mut bundle = Bundle::default();
        bundle.record_mut(main);
        let plan = self.plan;
        for rule in &plan.rules {
            let Some(kind) = kind_of(rule) else { continue };
            let mut record = bundle.records.remove(&kind).unwrap_or_default();
            self.rule(rule, &mut record, kind, "");
            if !record.is_empty()
                || kind == main
                || self.states.iter().any(|(known, ..)| *known == kind)
            {
                bundle.records.insert(kind, record);
            }
        }
        for rule in plan.rules.iter().filter(|rule| rule.inward) {
            if let Act::Set(target, value) = &rule.act
                && let Some(kind) = kind_of(rule)
                && let Some(record) = bundle.records.get_mut(&kind)
            {
                put(record, &target.segments, value.clone());
            }
        }
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

    fn rule(&mut self, rule: &Rule, into: &mut Map<String, Json>, kind: Kind, base: &str) {
        let carried = rule.outward && (rule.inward || !self.both);
        // Conditions choose by other values; what they leave out on purpose would look like a loss here.
        if !carried || rule.when_in.is_some() || rule.when_out.is_some() {
            return;
        }
        match &rule.act {
            Act::Field(field) => self.field(rule, field, into, kind, base),
            Act::Spread(spread) => self.spread(rule, spread, into, kind, base),
            Act::Group(group) => self.group(rule, group, into, kind, base),
            Act::Constant(_) | Act::Set(..) => {}
        }
    }

    fn field(
        &mut self,
        rule: &Rule,
        field: &Field,
        into: &mut Map<String, Json>,
        kind: Kind,
        base: &str,
    ) {
        let absent = self.random.below(8) == 0;
        let silent = self.random.below(8) == 0;
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
            if sayable {
                self.states
                    .push((kind, format!("{base}{}", field.target.pointer), state));
                return;
            }
        }
        let empty_speaks = table && field.empty.is_some();
        if absent && !rule.required && field.default.is_none() && !empty_speaks {
            return;
        }
        let value = match &field.many {
            Many::One => self.value(rule, field, None),
            Many::Occurrences if table => self.value(rule, field, None).map(|value| json!([value])),
            Many::Occurrences => self.values(rule, field, None),
            Many::Separated(separator) => self.values(rule, field, Some(separator)),
        };
        if let Some(value) = value {
            put(into, &field.target.segments, value);
        }
    }

    /// A part for some of the attributes that are one text together, or a state for all of them.
    fn spread(
        &mut self,
        rule: &Rule,
        spread: &Spread,
        into: &mut Map<String, Json>,
        kind: Kind,
        base: &str,
    ) {
        let writer = Writer::new(self.plan);
        let empty = spread.whole.empty.filter(|_| self.plan.format.is_table());
        let state = empty.or_else(|| self.random.pick(&ValueState::ALL).copied());
        let silent = self.random.below(8) == 0;
        if let Some(state) = state.filter(|_| silent && !rule.required)
            && writer.state(rule, &spread.whole, state).is_some()
        {
            for (target, _) in &spread.targets {
                self.states
                    .push((kind, format!("{base}{}", target.pointer), state));
            }
            return;
        }
        for _ in 0..ATTEMPTS {
            let mut texts: Vec<String> = Vec::with_capacity(spread.targets.len());
            for _ in &spread.targets {
                texts.push(match self.random.below(4) {
                    0 => String::new(),
                    _ => words(&mut self.random, 10),
                });
            }
            let parts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let writable = writer.spread_text(rule, spread, &parts).is_ok();
            if !writable || parts.iter().all(|part| part.is_empty()) {
                continue;
            }
            for ((target, _), text) in spread.targets.iter().zip(&texts) {
                if !text.is_empty() {
                    put(into, &target.segments, Json::from(text.as_str()));
                }
            }
            return;
        }
    }

    fn values(&mut self, rule: &Rule, field: &Field, separator: Option<&str>) -> Option<Json> {
        let count = 1 + self.random.below(3);
        let mut values: Vec<Json> = Vec::new();
        for _ in 0..count {
            let value = self.value(rule, field, separator)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let fits = separator.is_none_or(|separator| {
            let texts = values.iter().map(|value| field.codec.encode(value));
            let texts: Result<Vec<_>, _> = texts
                .map(|written| written.map(|written| written.text().to_owned()))
                .collect();
            let writer = Writer::new(self.plan);
            texts.is_ok_and(|texts| {
                let text = texts.join(separator);
                writer.sayable(rule, field, &text).is_ok()
            })
        });
        fits.then_some(Json::Array(values))
    }

    /// A value that the codec can write, and that no placeholder stands for.
    fn value(&mut self, rule: &Rule, field: &Field, separator: Option<&str>) -> Option<Json> {
        for _ in 0..ATTEMPTS {
            let value = match &field.parts {
                Some(parts) if matches!(field.codec, Codec::Text(_)) => {
                    let words = (0..=parts.others.len()).map(|_| match self.random.below(4) {
                        0 => String::new(),
                        _ => words(&mut self.random, 12),
                    });
                    let words: Vec<String> = words.collect();
                    let texts: Vec<&str> = words.iter().map(String::as_str).collect();
                    let Ok(text) = parts.join.joined(&texts) else {
                        continue;
                    };
                    Json::from(text)
                }
                _ => self.candidate(&field.codec, &field.target)?,
            };
            let text = value.as_str().unwrap_or_default();
            let split = separator.is_some_and(|separator| text.contains(separator));
            if !split && Writer::new(self.plan).written(rule, field, &value).is_ok() {
                return Some(value);
            }
        }
        None
    }

    fn candidate(&mut self, codec: &Codec, target: &Target) -> Option<Json> {
        let random = &mut self.random;
        Some(match codec {
            Codec::Text(text) => match &target.shape {
                Shape::Code(list) => {
                    let listed = &self.schemas.code_list(list)?.codes;
                    Json::from(random.pick(listed)?.code.as_str())
                }
                Shape::Uuid => Json::from(format!(
                    "018f0000-0000-7000-8000-{:012x}",
                    random.next() >> 16
                )),
                _ if text.number || text.only == Only::Digits => {
                    let most = 10_i64
                        .saturating_pow(u32::try_from(text.max.unwrap_or(9)).unwrap_or(9).min(9));
                    Json::from(random.between(1, most - 1).to_string())
                }
                _ => {
                    let found = words(random, text.max.unwrap_or(40));
                    let found = match text.only {
                        Only::UrlSafe => found.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
                        _ => found,
                    };
                    Json::from(match text.case {
                        Case::Keep => found,
                        Case::Upper => found.replace('ß', "s").to_uppercase(),
                        Case::Lower => found.to_lowercase(),
                    })
                }
            },
            Codec::Integer(_) | Codec::Decimal(_) => {
                let (least, most) = match target.shape {
                    Shape::Integer { min, max } => (min.max(-1_000_000), max.min(1_000_000)),
                    _ => (0, 1000),
                };
                let value = random.between(least, most);
                // Round numbers are what hours and euros can always say.
                let round = if matches!(codec, Codec::Decimal(_)) && random.below(2) == 0 {
                    600
                } else {
                    1
                };
                Json::from((value / round * round).max(least))
            }
            Codec::Date(_) => Json::from(date(random)),
            Codec::PartialDate(_) => {
                let day = date(random);
                let part = |from: usize, to: usize| day[from..to].parse::<i64>().unwrap_or(1);
                match random.below(3) {
                    0 => json!({"jaar": part(0, 4)}),
                    1 => json!({"jaar": part(0, 4), "maand": part(5, 7)}),
                    _ => json!({"jaar": part(0, 4), "maand": part(5, 7), "dag": part(8, 10)}),
                }
            }
            Codec::Timestamp(codec) => {
                let milliseconds = random.between(946_684_800_000, 2_051_222_400_000);
                let (form, short) = (codec.forms.first(), codec.digits == 14);
                let whole = form == Some(&TimestampForm::Date)
                    || short && form == Some(&TimestampForm::Stuf);
                let milliseconds = if whole {
                    milliseconds / 1000 * 1000
                } else {
                    milliseconds
                };
                let moment = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
                Json::from(codec.day_of(moment).unwrap_or(moment).to_string())
            }
            Codec::Clock(_) => {
                Json::from(format!("{:02}:{:02}", random.below(24), random.below(60)))
            }
            Codec::Boolean(_) => Json::from(random.below(2) == 0),
            Codec::Table(table) => {
                let values: Vec<&Json> = table.values().collect();
                (*random.pick(&values)?).clone()
            }
            Codec::Bsn | Codec::Register(Register::Rsin) => Json::from(bsn(random)),
            Codec::Register(register) => {
                let width = register.width();
                Json::from(format!("{:0width$}", random.between(1, 99_999_999)))
            }
            Codec::Postcode => {
                let letters = random.pick(&["AA", "BZ", "XK"]).copied().unwrap_or("AA");
                Json::from(format!("{}{letters}", random.between(1000, 9999)))
            }
            Codec::Phone(_) => Json::from(format!("06{:08}", random.below(100_000_000))),
            Codec::Email => Json::from(format!("a{}@voorbeeld.nl", random.below(100_000))),
        })
    }

    fn group(
        &mut self,
        rule: &Rule,
        group: &Group,
        into: &mut Map<String, Json>,
        kind: Kind,
        base: &str,
    ) {
        let count = if rule.source == Source::Here {
            1
        } else {
            self.random.below(4)
        };
        let count = if rule.required { count.max(1) } else { count };
        let before = get(into, &group.target.segments)
            .and_then(Json::as_array)
            .cloned();
        let mut items = before.unwrap_or_default();
        for _ in 0..count {
            let inner = format!("{base}{}/{}", group.target.pointer, items.len());
            let mut item = Map::new();
            let states = self.states.len();
            for rule in &group.rules {
                self.rule(rule, &mut item, kind, &inner);
            }
            let says = !item.is_empty() || self.states.len() > states;
            for rule in group.rules.iter().filter(|_| says) {
                if let (true, Act::Set(target, value)) = (rule.inward, &rule.act) {
                    put(&mut item, &target.segments, value.clone());
                }
            }
            let key = |item: &Map<String, Json>| -> Option<Vec<Json>> {
                group
                    .key
                    .iter()
                    .map(|path| get(item, path).cloned())
                    .collect()
            };
            let known = key(&item).is_some_and(|own| {
                group.key.is_empty()
                    || !items
                        .iter()
                        .any(|other| other.as_object().and_then(&key) == Some(own.clone()))
            });
            if says && known {
                items.push(Json::Object(item));
            } else {
                self.states.truncate(states);
            }
        }
        if !items.is_empty() {
            put(into, &group.target.segments, Json::Array(items));
        }
    }
}

fn kind_of(rule: &Rule) -> Option<Kind> {
    let target = rule.act.targets().into_iter().next()?;
    match target.owner {
        Owner::Record(kind) => Some(kind),
        Owner::Item(_) | Owner::Envelope => None,
    }
}

fn words(random: &mut Random, max: usize) -> String {
    let length = 1 + random.below(max.min(12));
    let text: String = (0..length).filter_map(|_| random.pick(LETTERS)).collect();
    // Text is trimmed coming in: what starts or ends with white space cannot come back.
    let text = text.trim();
    if text.is_empty() {
        "x".to_owned()
    } else {
        text.to_owned()
    }
}

fn date(random: &mut Random) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        random.between(1950, 2035),
        random.between(1, 12),
        random.between(1, 28)
    )
}

fn bsn(random: &mut Random) -> String {
    loop {
        let digits = format!("{:09}", random.between(10_000_000, 999_999_999));
        if elfproef(&digits) {
            return digits;
        }
    }
}
