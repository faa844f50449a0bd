use crate::config::Config;
use crate::config::KEYS;
use crate::config::Setting;
use crate::config::Shape;
use crate::config::Source;
use crate::config::value;
use crate::document::Lang;
use std::fmt::Write;

impl Config {
    /// Every key with its value in use, as TOML, with where it came from. Secrets and passwords are dots.
    #[must_use]
    pub fn show(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for key in KEYS {
            if key.section() != section {
                section = key.section();
                let gap = if out.is_empty() { "" } else { "\n" };
                let _ = writeln!(out, "{gap}[{section}]");
            }
            let shown = shown(key.shape, self.setting(key.name));
            let from = match self.source(key.name) {
                Source::File { line, .. } => format!("bestand, regel {line}"),
                Source::Environment(name) => name,
                Source::Default => "standaard".to_owned(),
            };
            let _ = writeln!(out, "{} = {shown}  # {from}", key.short());
        }
        out
    }
}

/// An example file: every key with its explanation and its default, all commented out, so that it says the same as no
/// file at all.
#[must_use]
pub fn example(lang: Lang) -> String {
    let mut out = String::from(match lang {
        Lang::Nl => {
            "# De configuratie van Schakel, met elke sleutel en zijn standaardwaarde. Haal het # weg om er een te wijzigen.\n\
             # Elke sleutel kan ook uit de omgeving komen: SCHAKEL_<SECTIE>_<SLEUTEL>, of met _FILE erachter uit een bestand.\n\
             # Geheimen en wachtwoorden staan nooit in dit bestand. Controleren: schakel config check --config schakel.toml\n"
        }
        Lang::En => {
            "# The configuration of Schakel, with every key and its default. Remove the # to change one.\n\
             # Every key can come from the environment too: SCHAKEL_<SECTION>_<KEY>, or with _FILE behind it from a file.\n\
             # Secrets and passwords never stand in this file. To check: schakel config check --config schakel.toml\n"
        }
    });
    let mut section = "";
    for key in KEYS {
        if key.section() != section {
            section = key.section();
            let _ = writeln!(out, "\n[{section}]");
        }
        let about = match lang {
            Lang::Nl => key.nl,
            Lang::En => key.en,
        };
        let _ = match key.shape {
            Shape::Secret => writeln!(out, "# {about} ({})", key.variable()),
            Shape::Choice(words) => writeln!(out, "# {about} ({})", words.join(" | ")),
            _ => writeln!(out, "# {about}"),
        };
        if key.shape != Shape::Secret {
            let default = shown(key.shape, &key.default_setting());
            let _ = writeln!(out, "#{} = {default}", key.short());
        }
    }
    out
}

fn shown(shape: Shape, setting: &Setting) -> String {
    match (shape, setting) {
        (Shape::Secret, Setting::Text(text)) if !text.is_empty() => quoted("…"),
        (Shape::Url(_), Setting::Text(text)) => quoted(&value::without_password(text)),
        (Shape::Size(..), Setting::Integer(bytes)) => quoted(&value::show_size(*bytes)),
        (_, Setting::Text(text)) => quoted(text),
        (_, Setting::Integer(number)) => number.to_string(),
        (_, Setting::Duration(duration)) => quoted(&value::show_duration(*duration)),
        (_, Setting::Boolean(yes)) => yes.to_string(),
        (_, Setting::Address(None)) => quoted("uit"),
        (_, Setting::Address(Some(address))) => quoted(&address.to_string()),
        (_, Setting::Texts(texts)) => {
            let parts = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>();
            format!("[{}]", parts.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
