//! A mapping as a person reads it: which rule is about which place, straight from the text that `mapping print` gives.
//! Nothing of the engine is used, so that the engine is judged by what stands in the file.

use schakel::mapping::Mapping;
use std::collections::BTreeMap;
use toml::Table;
use toml::Value;

/// What stands for any item of a list.
pub(crate) const ANY: &str = "*";

/// Everything a mapping says about places.
pub(crate) struct Rules {
    pub claims: Vec<Claim>,
    /// Paths that are left unread on purpose.
    pub ignored: Vec<Vec<String>>,
    /// From the root to what repeats.
    pub element: Vec<String>,
    /// The beginning of that, up to what stands around several elements.
    pub around: Vec<String>,
    /// Prefix and namespace.
    pub namespaces: BTreeMap<String, String>,
    /// Targets that are set to a constant.
    pub sets: Vec<(Target, Value)>,
    /// Where elements say which of them belong together.
    /// What says which elements belong together: what happened to them, and what they have in common.
    pub pair: Vec<Vec<String>>,
    /// The word for the format, and its table.
    pub word: String,
    pub format: Table,
}

/// One rule on one place.
#[derive(Clone)]
pub(crate) struct Claim {
    /// Names from the root, that of an XML root left out; of a table the folded headers; at fixed width the positions.
    pub sources: Vec<Vec<String>>,
    pub target: Option<Target>,
    /// What must stand there.
    pub constant: Option<String>,
    /// Places that decide whether the rule counts, or how its value is meant.
    pub beside: Vec<Vec<String>>,
    /// Whether it reads.
    pub inward: bool,
    /// Whether it has rules of its own, on what repeats.
    pub group: bool,
    /// The column that is meant where no header is.
    pub letter: Option<usize>,
    pub rule: Table,
}

/// An attribute: kind and path, with `*` for the items of a group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub kind: String,
    pub path: Vec<String>,
}

/// What the rules of a group, or of the mapping itself, start from.
#[derive(Clone)]
struct Base {
    source: Vec<String>,
    target: Option<Target>,
    beside: Vec<Vec<String>>,
    inward: bool,
}

impl Rules {
    pub(crate) fn of(mapping: &Mapping) -> Self {
        let root = printed(mapping);
        let head = root["mapping"].as_table().expect("a table");
        let word = head["format"].as_str().expect("a word").to_owned();
        let table = root.get(&word).and_then(Value::as_table);
        let format = table.cloned().unwrap_or_default();
        Self::made(word, format, &root)
    }

    /// The rules on the envelope around what a mapping reads.
    pub(crate) fn of_envelope(mapping: &Mapping) -> Self {
        let root = printed(mapping);
        let envelope = root["envelope"].as_table().expect("a table");
        Self::made("xml".to_owned(), envelope.clone(), envelope)
    }

    fn made(word: String, format: Table, root: &Table) -> Self {
        let namespaces = format.get("namespaces").and_then(Value::as_table);
        let namespaces = namespaces.into_iter().flatten();
        let mut rules = Self {
            claims: Vec::new(),
            ignored: Vec::new(),
            element: Vec::new(),
            around: Vec::new(),
            namespaces: namespaces
                .filter_map(|(prefix, uri)| Some((prefix.clone(), uri.as_str()?.to_owned())))
                .collect(),
            sets: Vec::new(),
            pair: Vec::new(),
            word,
            format,
        };
        let along = |key: &str| match rules.format.get(key).and_then(Value::as_str) {
            Some(path) if !path.is_empty() => rules.steps(path),
            _ => Vec::new(),
        };
        (rules.element, rules.around) = (along("element"), along("around"));
        let base = Base {
            source: rules.element.clone(),
            target: None,
            beside: Vec::new(),
            inward: true,
        };
        for rule in tables(root, "rule") {
            rules.rule(rule, &base);
        }
        let pair = rules.format.get("pair").and_then(Value::as_table);
        let source = pair.and_then(|pair| pair.get("source")?.as_str());
        let same = texts(pair.and_then(|pair| pair.get("same")));
        let both = source.map(str::to_owned).into_iter().chain(same);
        rules.pair = both.map(|path| rules.path(&path, &base.source)).collect();
        for path in texts(rules.format.get("ignore")) {
            let path = rules.path(&path, &base.source);
            rules.ignored.push(path);
        }
        rules
    }

    fn rule(&mut self, rule: &Table, base: &Base) {
        let inward = base.inward && rule.get("direction").and_then(Value::as_str) != Some("out");
        let target = rule.get("target").and_then(Value::as_str);
        let target = target.map(|text| target_of(text, base.target.as_ref()));
        let mut beside = base.beside.clone();
        if let Some(when) = rule.get("when").and_then(Value::as_table) {
            beside.extend(self.sources(when, &base.source));
        }
        if let Some(key) = self.chosen_by(rule, &base.source) {
            beside.push(key);
        }
        let mut sources = self.sources(rule, &base.source);
        for alias in texts(rule.get("aliases")) {
            sources.push(vec![folded(&alias)]);
        }
        let codec = rule.get("codec").and_then(Value::as_table);
        let part = |key: &str| codec.and_then(|codec| codec.get(key)?.as_str());
        // how much of a date counts, or the time of it
        let indicator = part("indicator").or_else(|| part("time"));
        if let (Some(indicator), Some(source)) = (indicator, sources.first()) {
            let whose = match (indicator.starts_with('@'), source.split_last()) {
                (false, Some((_, parent))) if !self.is_table() => parent,
                _ => source.as_slice(),
            };
            let path = self.path(indicator, whose);
            beside.push(path);
        }
        let inner = tables(rule, "rule");
        let group = !inner.is_empty();
        if group {
            let within = Base {
                source: sources.first().cloned().unwrap_or_default(),
                target: target.clone().map(|mut target| {
                    target.path.push(ANY.to_owned());
                    target
                }),
                beside: beside.clone(),
                inward,
            };
            for rule in inner {
                self.rule(rule, &within);
            }
        }
        let constant = rule.get("const");
        if let (None, Some(target), Some(value)) = (sources.first(), &target, constant) {
            self.sets.push((target.clone(), value.clone()));
        }
        let letter = rule.get("column").and_then(Value::as_str).map(number_of);
        self.claims.push(Claim {
            sources,
            target,
            constant: constant.and_then(Value::as_str).map(str::to_owned),
            beside,
            inward,
            group,
            letter,
            rule: rule.clone(),
        });
    }

    fn is_table(&self) -> bool {
        matches!(&*self.word, "csv" | "excel" | "fixed")
    }

    /// The places that `source` or `position` names; none where neither is given.
    fn sources(&self, rule: &Table, base: &[String]) -> Vec<Vec<String>> {
        if let Some(position) = rule.get("position") {
            return vec![vec![position.to_string().replace(' ', "")]];
        }
        let source = rule.get("source").and_then(Value::as_str);
        source
            .map(|source| self.path(source, base))
            .into_iter()
            .collect()
    }

    /// The key that says which one of several a rule reads: `a[k=x or first]/b` looks at `a/k`.
    fn chosen_by(&self, rule: &Table, base: &[String]) -> Option<Vec<String>> {
        let source = rule.get("source").and_then(Value::as_str)?;
        let (before, rest) = source.split_once('[')?;
        let (key, _) = rest.split_once(" or first]")?.0.split_once('=')?;
        Some(self.path(&format!("{before}/{key}"), base))
    }

    fn path(&self, text: &str, base: &[String]) -> Vec<String> {
        if self.is_table() {
            return match text {
                "." => Vec::new(),
                _ => vec![folded(text)],
            };
        }
        match (text, text.strip_prefix('/')) {
            (".", _) => base.to_vec(),
            (_, Some(rest)) => self.steps(rest),
            _ if text.starts_with("..") => {
                let rest = text.trim_start_matches("..").trim_start_matches('/');
                let rest = self.steps(rest).into_iter();
                let rest = rest.filter(|step| !step.is_empty());
                self.around.iter().cloned().chain(rest).collect()
            }
            _ => base.iter().cloned().chain(self.steps(text)).collect(),
        }
    }

    /// A name of the tree as places write it: with the mapping's own prefix.
    pub(crate) fn label(&self, name: &str) -> String {
        let (mark, name) = match name.strip_prefix('@') {
            Some(name) => ("@", name),
            None => ("", name),
        };
        let Some((uri, local)) = name.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        else {
            return format!("{mark}{name}");
        };
        let known = self.namespaces.iter().find(|(_, known)| *known == uri);
        match known.map_or("*", |(prefix, _)| prefix) {
            "" => format!("{mark}{local}"),
            prefix => format!("{mark}{prefix}:{local}"),
        }
    }

    pub(crate) fn steps(&self, path: &str) -> Vec<String> {
        let steps = path.split('/');
        // `[]` says which part repeats, a key in it which one of several is meant
        let bare = steps.map(|step| match step.split_once('[') {
            Some((bare, rest)) if rest == "]" || rest.ends_with(" or first]") => bare,
            _ => step,
        });
        bare.map(|step| self.name(step)).collect()
    }

    /// `rei:klant` as the tree of the document has it.
    fn name(&self, step: &str) -> String {
        if self.namespaces.is_empty() {
            return step.to_owned();
        }
        let (mark, name) = match step.strip_prefix('@') {
            Some(name) => ("@", name),
            None => ("", step),
        };
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        match self.namespaces.get(prefix) {
            Some(uri) if !prefix.is_empty() || mark.is_empty() => format!("{mark}{{{uri}}}{local}"),
            _ => format!("{mark}{local}"),
        }
    }
}

/// What `mapping print` gives.
pub(crate) fn printed(mapping: &Mapping) -> Table {
    mapping.printed().parse().expect("what is printed is TOML")
}

fn target_of(text: &str, base: Option<&Target>) -> Target {
    let mut steps = text.split('.').map(str::to_owned);
    match base {
        Some(base) => Target {
            kind: base.kind.clone(),
            path: base.path.iter().cloned().chain(steps).collect(),
        },
        None => Target {
            kind: steps.next().unwrap_or_default(),
            path: steps.collect(),
        },
    }
}

fn tables<'t>(table: &'t Table, key: &str) -> Vec<&'t Table> {
    let items = table.get(key).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect()
}

/// A list of texts, or one text.
pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().map(text_of).collect(),
        Some(value) => vec![text_of(value)],
        None => Vec::new(),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string().replace(' ', ""),
    }
}

/// How headers are compared: trimmed, spaces joined, without capitals.
pub(crate) fn folded(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// The column that a letter names, from 0.
fn number_of(letters: &str) -> usize {
    let value = letters.bytes().fold(0, |sum, byte| {
        sum * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1
    });
    value - 1
}
