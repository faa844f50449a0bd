//! What is wrong with a command line, in Dutch. What the program can do is said in English only, by `--help`.

use crate::cli::told::Told;
use crate::document::Lang;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;
use std::error::Error as _;
use std::ffi::OsString;

/// The language that a command line asks for, whatever else is wrong with it.
pub(super) fn lang(arguments: impl IntoIterator<Item = OsString>) -> Lang {
    let mut before = OsString::new();
    for argument in arguments {
        if argument == "--lang=en" || before == "--lang" && argument == "en" {
            return Lang::En;
        }
        before = argument;
    }
    Lang::Nl
}

impl Told for clap::Error {
    fn told(&self, lang: Lang) -> String {
        let what = match lang {
            Lang::En => None,
            Lang::Nl => what(self),
        };
        let Some(mut text) = what else {
            return self.render().to_string().trim_end().to_owned();
        };
        if let Some(usage) = text_of(self, ContextKind::Usage) {
            let usage = usage.trim_start();
            let usage = usage.strip_prefix("Usage:").unwrap_or(usage).trim();
            text.push_str("\n\nGebruik: ");
            text.push_str(usage);
        }
        text.push_str("\n\n`--help` zegt meer.");
        text
    }
}

/// What is wrong, as far as the library tells it in parts.
fn what(error: &clap::Error) -> Option<String> {
    let argument = || text_of(error, ContextKind::InvalidArg);
    let value = || text_of(error, ContextKind::InvalidValue);
    let number = |kind| match error.get(kind) {
        Some(ContextValue::Number(number)) => Some(*number),
        _ => None,
    };
    Some(match error.kind() {
        ErrorKind::InvalidValue => {
            let (argument, value) = (argument()?, value()?);
            let said = if value.is_empty() {
                format!("`{argument}` heeft een waarde nodig.")
            } else {
                format!("`{value}` kan niet bij `{argument}`.")
            };
            let meant = meant(error, ContextKind::SuggestedValue);
            let all = list_of(error, ContextKind::ValidValue);
            said + &meant + &among(&all)
        }
        ErrorKind::UnknownArgument => {
            let unknown = format!("Het argument `{}` is hier onbekend.", argument()?);
            unknown + &meant(error, ContextKind::SuggestedArg)
        }
        ErrorKind::InvalidSubcommand => {
            let name = text_of(error, ContextKind::InvalidSubcommand)?;
            let unknown = format!("De opdracht `{name}` is er niet.");
            unknown + &meant(error, ContextKind::SuggestedSubcommand)
        }
        ErrorKind::NoEquals => format!("Tussen `{}` en de waarde hoort een `=`.", argument()?),
        ErrorKind::ValueValidation => {
            let said = format!("`{}` kan niet bij `{}`", value()?, argument()?);
            let why = error.source();
            let why = why.map_or_else(String::new, |why| format!(" (technisch: {why})"));
            format!("{said}{why}.")
        }
        ErrorKind::TooManyValues => {
            format!("`{}` is er te veel bij `{}`.", value()?, argument()?)
        }
        ErrorKind::TooFewValues => format!(
            "`{}` heeft ten minste {} waarden nodig, en heeft er {}.",
            argument()?,
            number(ContextKind::MinValues)?,
            number(ContextKind::ActualNumValues)?
        ),
        ErrorKind::WrongNumberOfValues => format!(
            "`{}` heeft {} waarden nodig, en heeft er {}.",
            argument()?,
            number(ContextKind::ExpectedNumValues)?,
            number(ContextKind::ActualNumValues)?
        ),
        ErrorKind::ArgumentConflict => {
            let (argument, others) = (argument()?, list_of(error, ContextKind::PriorArg));
            if others.contains(&argument) {
                format!("`{argument}` staat er meer dan eens.")
            } else {
                format!("`{argument}` kan niet samen met {}.", ticked(&others))
            }
        }
        ErrorKind::MissingRequiredArgument => {
            let lacking = ticked(&list_of(error, ContextKind::InvalidArg));
            format!("Verplicht, en niet gegeven: {lacking}.")
        }
        ErrorKind::MissingSubcommand => {
            let all = list_of(error, ContextKind::ValidSubcommand);
            "Hier hoort een opdracht.".to_owned() + &among(&all)
        }
        ErrorKind::InvalidUtf8 => "Een argument is geen geldige UTF-8.".to_owned(),
        _ => return None,
    })
}

fn meant(error: &clap::Error, kind: ContextKind) -> String {
    let near = list_of(error, kind);
    if near.is_empty() {
        String::new()
    } else {
        format!(" Bedoelt u {}?", ticked(&near))
    }
}

fn among(all: &[String]) -> String {
    if all.is_empty() {
        String::new()
    } else {
        format!(" Kies uit: {}.", ticked(all))
    }
}

fn ticked(all: &[String]) -> String {
    let all: Vec<String> = all.iter().map(|one| format!("`{one}`")).collect();
    all.join(", ")
}

fn list_of(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::Strings(all)) => all.clone(),
        _ => text_of(error, kind).into_iter().collect(),
    }
}

fn text_of(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}
