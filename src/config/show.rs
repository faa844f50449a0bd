use crate::config::Config;
use crate::config::KEYS;
use crate::config::Setting;
use crate::config::Shape;
use crate::config::Source;
use crate::config::value;
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
