//! Why something was not done, in the language of whoever asked. A command can only tell what says so in both languages.

use crate::access::AccessError;
use crate::access::KEY_NAME_MAX;
use crate::adapters::EncodeError;
use crate::app::AppError;
use crate::app::MasterKeyError;
use crate::bench::BenchError;
use crate::broker::RabbitConfigError;
use crate::cli::read::FileError;
use crate::cli::read::line;
use crate::demo::DemoError;
use crate::demo::StepError;
use crate::document::Lang;
use crate::document::Sentence;
use crate::schema::SchemaError;
use crate::store::StoreError;
use crate::telemetry::ExportError;
use crate::tools;
use rust_xlsxwriter::XlsxError;
use std::io::ErrorKind;

/// Something that went wrong and can be told.
pub(super) trait Told: std::fmt::Debug {
    /// Why, in a language.
    fn told(&self, lang: Lang) -> String;
}

/// Why a command could not go on.
pub(super) type Failure = Box<dyn Told>;

impl<E: Told + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Box::new(error)
    }
}

impl Told for Sentence {
    fn told(&self, lang: Lang) -> String {
        self.get(lang).to_owned()
    }
}

/// What the system says of itself, where it says one of the things that happen.
const SYSTEM: [(ErrorKind, &str); 15] = [
    (ErrorKind::NotFound, "dit bestand of deze map bestaat niet"),
    (
        ErrorKind::PermissionDenied,
        "dit mag niet worden gelezen of geschreven",
    ),
    (ErrorKind::IsADirectory, "dit is een map, geen bestand"),
    (ErrorKind::NotADirectory, "dit is geen map"),
    (ErrorKind::StorageFull, "de schijf is vol"),
    (ErrorKind::AlreadyExists, "het bestaat al"),
    (
        ErrorKind::ConnectionRefused,
        "de verbinding wordt geweigerd",
    ),
    (ErrorKind::ConnectionReset, "de verbinding is verbroken"),
    (ErrorKind::BrokenPipe, "de andere kant luistert niet meer"),
    (ErrorKind::AddrInUse, "het adres is al in gebruik"),
    (
        ErrorKind::AddrNotAvailable,
        "deze machine heeft dit adres niet",
    ),
    (ErrorKind::TimedOut, "het duurde te lang"),
    (ErrorKind::UnexpectedEof, "het houdt te vroeg op"),
    (ErrorKind::HostUnreachable, "de andere kant is onbereikbaar"),
    (ErrorKind::InvalidData, "de inhoud is onleesbaar"),
];

/// A kind of error of the system in Dutch, as far as it is one of those that happen.
pub(super) fn dutch(kind: ErrorKind) -> Option<&'static str> {
    let known = SYSTEM.iter().find(|(known, _)| *known == kind);
    known.map(|(_, nl)| *nl)
}

impl Told for ErrorKind {
    fn told(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Nl => {
                dutch(*self).map_or_else(|| format!("het systeem meldt: {self}"), str::to_owned)
            }
        }
    }
}

impl Told for std::io::Error {
    fn told(&self, lang: Lang) -> String {
        match (lang, dutch(self.kind())) {
            (Lang::Nl, Some(nl)) => nl.to_owned(),
            (Lang::Nl, None) => format!("het systeem meldt: {self}"),
            (Lang::En, _) => self.to_string(),
        }
    }
}

impl Told for FileError {
    fn told(&self, lang: Lang) -> String {
        let path = self.path.display();
        format!("{path}: {}", self.error.told(lang))
    }
}

impl Told for EncodeError {
    fn told(&self, lang: Lang) -> String {
        let fault = self.fault();
        format!("{} ({})", line(fault, lang), fault.code)
    }
}

/// What the store says of a database, besides its codes.
const STORE: [(&str, &str); 11] = [
    (
        "a store task ended early",
        "een taak van de opslag hield te vroeg op",
    ),
    (
        "TLS to the database fails",
        "TLS naar de database lukt niet",
    ),
    (
        "the database's settings are wrong",
        "de instellingen van de database kloppen niet",
    ),
    (
        "no connection came free in time",
        "er kwam niet op tijd een verbinding vrij",
    ),
    (
        "no connection was made in time",
        "er kwam niet op tijd een verbinding tot stand",
    ),
    ("the store is closed", "de opslag is gesloten"),
    (
        "the database's thread ended",
        "de draad van de database is geëindigd",
    ),
    ("the connection broke off", "de verbinding brak af"),
    ("a table is missing", "een tabel ontbreekt"),
    ("no answer in time", "er kwam niet op tijd antwoord"),
    (
        "no turn to write in time",
        "er kwam niet op tijd een beurt om te schrijven",
    ),
];

/// What a store's own words are in Dutch; codes and names stay what they are.
fn of_store(detail: &str) -> String {
    if let Some((_, nl)) = STORE.iter().find(|(en, _)| *en == detail) {
        return (*nl).to_owned();
    }
    match detail.strip_prefix("connection: ") {
        Some(kind) => {
            let known = SYSTEM.iter().find(|(known, _)| known.to_string() == kind);
            known.map_or_else(|| "verbinding".to_owned(), |(_, nl)| (*nl).to_owned())
        }
        None => format!("technisch: {detail}"),
    }
}

impl Told for StoreError {
    fn told(&self, lang: Lang) -> String {
        let (what, detail) = match self {
            _ if lang == Lang::En => return self.to_string(),
            Self::Unavailable(detail) => ("de opslag is niet bereikbaar", detail),
            Self::Refused(detail) => ("de opslag weigert wat er geschreven wordt", detail),
            Self::Corrupt(detail) => ("in de opslag staat iets onverwachts", detail),
            Self::Migration(detail) => {
                ("het schema van de opslag past niet bij deze versie", detail)
            }
        };
        format!("{what} ({})", of_store(detail))
    }
}

impl Told for MasterKeyError {
    fn told(&self, lang: Lang) -> String {
        match self {
            _ if lang == Lang::En => self.to_string(),
            Self::File(kind) => format!(
                "het bestand met de hoofdsleutel kan niet gelezen of gemaakt worden: {}",
                kind.told(lang)
            ),
            Self::Form => "de hoofdsleutel is geen 32 bytes in base64".to_owned(),
            Self::Open => "anderen dan de eigenaar mogen het bestand met de hoofdsleutel lezen: geef het de rechten 0600".to_owned(),
            Self::NoRandom => "deze machine geeft geen willekeurige getallen".to_owned(),
        }
    }
}

impl Told for SchemaError {
    fn told(&self, lang: Lang) -> String {
        match self {
            _ if lang == Lang::En => self.to_string(),
            Self::Missing(file) => format!("schemas/{file}.json ontbreekt"),
            Self::Unreadable { file, reason } => {
                format!("schemas/{file}.json is niet te lezen (technisch: {reason})")
            }
            Self::Rule { file, at, reason } => {
                format!("schemas/{file}.json klopt niet bij {at} (technisch: {reason})")
            }
        }
    }
}

impl Told for RabbitConfigError {
    fn told(&self, lang: Lang) -> String {
        match self {
            _ if lang == Lang::En => self.to_string(),
            Self::Url => "`url` is geen amqp://gebruiker:wachtwoord@host:poort/vhost of amqps://...".to_owned(),
            Self::Zero(key) => format!("`{key}` moet meer dan 0 zijn"),
            Self::Prefix => "`prefix` is te lang of leeg, of heeft andere tekens dan a-z, A-Z, 0-9, `.`, `-` en `_`".to_owned(),
            Self::CaFile(error) => {
                format!("`ca_file` kan niet gelezen worden: {}", error.told(lang))
            }
        }
    }
}

impl Told for AppError {
    fn told(&self, lang: Lang) -> String {
        match self {
            Self::Store(error) => error.told(lang),
            Self::Key(error) => error.told(lang),
            Self::Schema(error) => error.told(lang),
            _ if lang == Lang::En => self.to_string(),
            Self::Broker(error) => format!("de instellingen van de broker: {}", error.told(lang)),
            Self::Mappings(lines) => {
                format!("er zijn mappings niet te gebruiken:\n{}", lines.join("\n"))
            }
            Self::MappingsFail(lines) => {
                format!(
                    "gevallen of wetten van mappings houden geen stand:\n{}",
                    lines.join("\n")
                )
            }
            Self::MappingFolder(error) => {
                format!(
                    "de map met mappings kan niet gelezen worden: {}",
                    error.told(lang)
                )
            }
            Self::Webhooks(why) => {
                format!("de client voor webhooks kan niet gemaakt worden (technisch: {why})")
            }
            Self::Listen { address, reason } => {
                format!(
                    "op {address} kan niet geluisterd worden: {}",
                    reason.told(lang)
                )
            }
            Self::Program(error) => {
                format!(
                    "het pad van dit programma is niet bekend: {}",
                    error.told(lang)
                )
            }
        }
    }
}

impl Told for AccessError {
    fn told(&self, lang: Lang) -> String {
        match self {
            Self::Store(error) => error.told(lang),
            _ if lang == Lang::En => self.to_string(),
            Self::NoScopes => "een sleutel heeft ten minste één recht nodig".to_owned(),
            Self::Name => format!(
                "de naam van een sleutel heeft 1 tot {KEY_NAME_MAX} tekens en geen stuurtekens"
            ),
            Self::Expired => "de einddatum ligt in het verleden".to_owned(),
        }
    }
}

impl Told for ExportError {
    fn told(&self, lang: Lang) -> String {
        match self {
            _ if lang == Lang::En => self.to_string(),
            Self::Exporter(why) => {
                format!("sporen kunnen niet verstuurd worden (technisch: {why})")
            }
            Self::Twice => "het meten is in dit proces al begonnen".to_owned(),
        }
    }
}

impl Told for XlsxError {
    fn told(&self, lang: Lang) -> String {
        match lang {
            Lang::En => format!("the workbook cannot be made: {self}"),
            Lang::Nl => format!("de werkmap kan niet gemaakt worden (technisch: {self})"),
        }
    }
}

impl Told for serde_json::Error {
    fn told(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Nl => format!("de JSON kan niet geschreven worden (technisch: {self})"),
        }
    }
}

impl Told for tools::ExportError {
    fn told(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Workbook(error), _) => error.told(lang),
            (Self::NotToml, Lang::En) => self.to_string(),
            (Self::NotToml, Lang::Nl) => {
                "het bestand is geen TOML; `schakel mapping check` zegt waar".to_owned()
            }
        }
    }
}

impl Told for StepError {
    fn told(&self, lang: Lang) -> String {
        match self {
            _ if lang == Lang::En => self.to_string(),
            Self::NoAnswer(why) => format!("de gateway gaf geen antwoord (technisch: {why})"),
            Self::Other {
                what,
                expected,
                got,
            } => format!("{what}: verwacht {expected}, gekregen {got}"),
        }
    }
}

impl Told for DemoError {
    fn told(&self, lang: Lang) -> String {
        match self {
            Self::App(error) => error.told(lang),
            Self::Step(error) => error.told(lang),
            _ if lang == Lang::En => self.to_string(),
            Self::Folder(error) => format!(
                "de map voor de gegevens van de demonstratie kan niet gemaakt worden: {}",
                error.told(lang)
            ),
            Self::Key(why) => format!("een sleutel kon niet gemaakt worden (technisch: {why})"),
        }
    }
}

impl Told for BenchError {
    fn told(&self, lang: Lang) -> String {
        match self {
            Self::App(error) => error.told(lang),
            Self::Store(error) => error.told(lang),
            _ if lang == Lang::En => self.to_string(),
            Self::Io { what, reason } => format!("{what}: {}", reason.told(lang)),
            Self::Server { what, reason } => format!("{what} (technisch: {reason})"),
            Self::Answer {
                what,
                expected,
                got,
            } => format!("{what}: verwacht {expected}, gekregen {got}"),
            Self::Late(what) => format!("niet binnen de tijd die ervoor is: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_store_says_is_dutch_for_who_reads_dutch() {
        for (en, nl) in STORE {
            let error = StoreError::Unavailable(en.to_owned());
            let told = error.told(Lang::Nl);
            assert_eq!(told, format!("de opslag is niet bereikbaar ({nl})"));
            assert!(error.told(Lang::En).contains(en));
        }
        let refused = StoreError::Unavailable("connection: connection refused".to_owned());
        assert!(
            refused
                .told(Lang::Nl)
                .ends_with("(de verbinding wordt geweigerd)")
        );
        let coded = StoreError::Refused("SQLSTATE 23505 on unique_reference".to_owned());
        assert_eq!(
            coded.told(Lang::Nl),
            "de opslag weigert wat er geschreven wordt (technisch: SQLSTATE 23505 on unique_reference)"
        );
    }

    #[test]
    fn a_reason_within_another_is_in_the_same_language() {
        let reason = || std::io::Error::from(ErrorKind::AddrInUse);
        let address = "127.0.0.1:8080".parse().expect("an address");
        let listening = AppError::Listen {
            address,
            reason: reason(),
        };
        let nl = listening.told(Lang::Nl);
        assert_eq!(
            nl,
            "op 127.0.0.1:8080 kan niet geluisterd worden: het adres is al in gebruik"
        );
        assert!(
            listening
                .told(Lang::En)
                .contains("cannot be listened on: address in use")
        );
        let one = AppError::Mappings(vec!["org/a.toml:1:1 M001".to_owned()]);
        assert_eq!(
            one.told(Lang::Nl),
            "er zijn mappings niet te gebruiken:\norg/a.toml:1:1 M001"
        );
        assert_eq!(
            one.told(Lang::En),
            "mappings do not compile:\norg/a.toml:1:1 M001"
        );
        let folder = DemoError::App(AppError::MappingFolder(reason()));
        assert!(
            folder
                .told(Lang::Nl)
                .starts_with("de map met mappings kan niet gelezen worden: het")
        );
        let key = AppError::Key(MasterKeyError::File(ErrorKind::NotFound));
        assert!(
            key.told(Lang::Nl)
                .ends_with("dit bestand of deze map bestaat niet")
        );
    }

    /// Whatever is added to the store's words has its Dutch here.
    #[test]
    fn every_fixed_sentence_of_the_store_that_a_command_can_meet_is_known() {
        let texts = [
            include_str!("../store/failure.rs"),
            include_str!("../store/postgres/mod.rs"),
            include_str!("../store/postgres/lanes.rs"),
        ];
        let mut seen = 0;
        for text in texts {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for (at, _) in text.match_indices("StoreError::Unavailable(") {
                let rest = text[at + "StoreError::Unavailable(".len()..].trim_start();
                let Some(said) = rest.strip_prefix('"') else {
                    continue;
                };
                let said = said.split('"').next().unwrap_or_default();
                seen += 1;
                assert!(STORE.iter().any(|(en, _)| *en == said), "{said}");
            }
        }
        assert!(seen > 5, "{seen}");
    }
}
