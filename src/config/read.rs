use crate::config::ConfigFault;
use crate::config::Environment;
use crate::config::Key;
use crate::config::Setting;
use crate::config::Shape;
use crate::config::Source;
use crate::config::value;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

/// Every key with its value and where that came from.
pub(super) type Settings = BTreeMap<&'static str, (Setting, Source)>;

/// Reads a file against the list of keys, puts the environment over it and fills in the defaults. Every fault is
/// found in one go; a key with a fault keeps its default, so that the checks after this one still run.
pub(super) fn read(
    file: Option<(&Path, &str)>,
    environment: &Environment,
    keys: &'static [Key],
) -> (Settings, Vec<ConfigFault>) {
    let mut settings: Settings = keys
        .iter()
        .map(|key| (key.name, (key.default_setting(), Source::Default)))
        .collect();
    let mut faults = Vec::new();
    if let Some((path, text)) = file {
        let mut reader = FileReader {
            path,
            text,
            keys,
            settings: &mut settings,
            faults: &mut faults,
        };
        reader.read();
    }
    for key in keys {
        match environment.value_of(key) {
            Ok(Some((text, source))) => match key.shape.parse(&text) {
                Ok(setting) => {
                    settings.insert(key.name, (setting, source));
                }
                Err(sentence) => faults.push(ConfigFault {
                    source,
                    key: key.name.to_owned(),
                    sentence,
                }),
            },
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    faults.extend(environment.strays(keys));
    (settings, faults)
}

struct FileReader<'a> {
    path: &'a Path,
    text: &'a str,
    keys: &'static [Key],
    settings: &'a mut Settings,
    faults: &'a mut Vec<ConfigFault>,
}

impl FileReader<'_> {
    fn read(&mut self) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message();
            self.fault(
                at,
                String::new(),
                format!("dit is geen geldige TOML ({message})"),
                format!("this is not valid TOML ({message})"),
            );
        }
        for (name, part) in table.get_ref() {
            let section = name.get_ref().as_ref();
            let at = name.span().start;
            match part.get_ref().as_table() {
                Some(table) if self.keys.iter().any(|key| key.section() == section) => {
                    for (name, part) in table {
                        self.key(section, name, part);
                    }
                }
                _ => self.unknown_section(section, at),
            }
        }
    }

    fn key(
        &mut self,
        section: &str,
        name: &Spanned<std::borrow::Cow<str>>,
        part: &Spanned<DeValue>,
    ) {
        let full = format!("{section}.{}", name.get_ref());
        let Some(key) = self.keys.iter().find(|key| key.name == full) else {
            let known = self
                .keys
                .iter()
                .filter(|key| key.section() == section)
                .map(Key::short)
                .collect::<Vec<_>>();
            let (nl, en) = unknown(name.get_ref(), &known);
            self.fault(name.span().start, full, nl, en);
            return;
        };
        let at = part.span().start;
        match setting(key, part.get_ref()) {
            Ok(setting) => {
                let source = self.source(at);
                self.settings.insert(key.name, (setting, source));
            }
            // What stands in place of text that is not TOML has no length; its fault is told already.
            Err(_) if part.span().is_empty() => {}
            Err((nl, en)) => self.fault(at, full, nl, en),
        }
    }

    fn unknown_section(&mut self, section: &str, at: usize) {
        let mut known = self.keys.iter().map(Key::section).collect::<Vec<_>>();
        known.dedup();
        let (nl, en) = unknown(section, &known);
        self.fault(at, section.to_owned(), nl, en);
    }

    fn fault(&mut self, at: usize, key: String, nl: String, en: String) {
        let source = self.source(at);
        self.faults.push(ConfigFault::new(source, key, nl, en));
    }

    fn source(&self, at: usize) -> Source {
        let before = self.text.get(..at).unwrap_or(self.text);
        Source::File {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before
                .rsplit('\n')
                .next()
                .map_or(0, |line| line.chars().count())
                + 1,
        }
    }
}

/// A TOML value as a setting, or why not. Numbers and booleans are numbers and booleans; everything else is text.
fn setting(key: &Key, part: &DeValue) -> Result<Setting, (String, String)> {
    let wrong_type =
        |nl: &str, en: &str| Err((format!("schrijf hier {nl}"), format!("write {en}")));
    let text = match (key.shape, part) {
        (Shape::Secret, _) => {
            let variable = key.variable();
            return Err((
                format!(
                    "een geheim hoort niet in dit bestand: zet het in {variable} of in een bestand dat {variable}_FILE noemt"
                ),
                format!(
                    "a secret does not belong in this file: put it in {variable} or in a file that {variable}_FILE names"
                ),
            ));
        }
        (Shape::Integer(..), DeValue::Integer(number)) => number.as_str().to_owned(),
        (Shape::Integer(..), _) => {
            return wrong_type(
                "een getal zonder aanhalingstekens",
                "a number without quotes",
            );
        }
        (Shape::Boolean, DeValue::Boolean(yes)) => yes.to_string(),
        (Shape::Boolean, _) => {
            return wrong_type(
                "true of false zonder aanhalingstekens",
                "true or false without quotes",
            );
        }
        (Shape::Texts | Shape::Durations, DeValue::Array(parts)) => {
            let texts = parts
                .iter()
                .map(|part| part.get_ref().as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>();
            return match (key.shape, texts) {
                (Shape::Durations, Some(texts)) => {
                    value::durations(texts).map_err(|sentence| (sentence.nl, sentence.en))
                }
                (_, Some(texts)) => Ok(Setting::Texts(texts)),
                (_, None) => wrong_type("een lijst van teksten", "a list of texts"),
            };
        }
        (Shape::Texts | Shape::Durations, _) => {
            return wrong_type(
                "een lijst van teksten tussen [ en ]",
                "a list of texts between [ and ]",
            );
        }
        (_, DeValue::String(text)) => text.clone().into_owned(),
        _ => return wrong_type("een tekst tussen aanhalingstekens", "a text between quotes"),
    };
    if matches!(key.shape, Shape::Url(_)) && value::has_password(&text) {
        let variable = key.variable();
        return Err((
            format!(
                "een wachtwoord hoort niet in dit bestand: zet het hele adres in {variable} of in een bestand dat {variable}_FILE noemt"
            ),
            format!(
                "a password does not belong in this file: put the whole address in {variable} or in a file that {variable}_FILE names"
            ),
        ));
    }
    key.shape
        .parse(&text)
        .map_err(|sentence| (sentence.nl, sentence.en))
}

fn unknown(name: &str, known: &[&str]) -> (String, String) {
    if let Some(other) = known.iter().find(|other| nearly(name, other)) {
        return (
            format!("deze naam is onbekend; bedoelt u `{other}`?"),
            format!("this name is not known; did you mean `{other}`?"),
        );
    }
    let listed = known.join(", ");
    (
        format!("deze naam is onbekend; hier kunnen staan: {listed}"),
        format!("this name is not known; these can stand here: {listed}"),
    )
}

/// Whether two names differ by at most two letters added, left out or changed.
fn nearly(one: &str, other: &str) -> bool {
    let other = other.chars().collect::<Vec<_>>();
    let mut row = (0..=other.len()).collect::<Vec<_>>();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, against) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *against);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()] <= 2
}
