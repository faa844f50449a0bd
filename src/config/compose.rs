use crate::adapters::Limits;
use crate::config::Config;
use crate::config::ConfigFault;
use crate::outbound::Network;
use crate::outbound::WebhookConfig;
use crate::store::SqliteConfig;
use crate::telemetry::LogForm;
use crate::telemetry::TelemetryConfig;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Which store to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// The embedded one, in this folder.
    Sqlite(PathBuf),
    /// `PostgreSQL`.
    Postgres,
}

/// Which broker to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerChoice {
    /// Inside this process.
    Intern,
    /// `RabbitMQ`.
    Rabbit,
}

/// Where the master key is.
#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The key itself, in base64.
    Value(String),
    /// A file that must exist.
    File(PathBuf),
    /// A file that is made when it is not there yet.
    MadeIn(PathBuf),
}

impl Config {
    /// What each key allows on its own but not together.
    pub(super) fn contradictions(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut missing = |choice: &str, name: &str, nl: &str, en: &str| {
            faults.push(ConfigFault::new(self.source(choice), name, nl, en));
        };
        if self.text("opslag.soort") == "postgres" {
            if self.text("opslag.url").is_empty() {
                missing(
                    "opslag.soort",
                    "opslag.url",
                    "bij soort \"postgres\" is een url nodig; een wachtwoord hoort in SCHAKEL_OPSLAG_URL of SCHAKEL_OPSLAG_URL_FILE",
                    "soort \"postgres\" needs a url; a password belongs in SCHAKEL_OPSLAG_URL or SCHAKEL_OPSLAG_URL_FILE",
                );
            }
            if self.text("sleutel.bestand").is_empty() && self.text("sleutel.waarde").is_empty() {
                missing(
                    "opslag.soort",
                    "sleutel.bestand",
                    "bij soort \"postgres\" is een hoofdsleutel nodig, dezelfde voor elke gateway: maak er een met `schakel keys master`",
                    "soort \"postgres\" needs a master key, the same for every gateway: make one with `schakel keys master`",
                );
            }
        }
        if self.text("opslag.map").is_empty() && self.text("opslag.soort") == "sqlite" {
            missing(
                "opslag.map",
                "opslag.map",
                "bij soort \"sqlite\" is een map nodig",
                "soort \"sqlite\" needs a folder",
            );
        }
        if self.text("broker.soort") == "rabbitmq" && self.text("broker.url").is_empty() {
            missing(
                "broker.soort",
                "broker.url",
                "bij soort \"rabbitmq\" is een url nodig; een wachtwoord hoort in SCHAKEL_BROKER_URL of SCHAKEL_BROKER_URL_FILE",
                "soort \"rabbitmq\" needs a url; a password belongs in SCHAKEL_BROKER_URL or SCHAKEL_BROKER_URL_FILE",
            );
        }
        if !self.text("sleutel.bestand").is_empty() && !self.text("sleutel.waarde").is_empty() {
            missing(
                "sleutel.bestand",
                "sleutel.bestand",
                "de hoofdsleutel staat ook al in de omgeving: laat een van beide weg",
                "the master key is also in the environment: leave one of them out",
            );
        }
        if !networks(self.texts("webhook.prive_toegestaan")).1 {
            missing(
                "webhook.prive_toegestaan",
                "webhook.prive_toegestaan",
                "schrijf netten als \"10.1.0.0/16\" of \"fd00::/8\"",
                "write networks such as \"10.1.0.0/16\" or \"fd00::/8\"",
            );
        }
        let (http, beheer) = (self.address("http.adres"), self.address("beheer.adres"));
        if http == beheer && http.is_some_and(|address: SocketAddr| address.port() != 0) {
            missing(
                "beheer.adres",
                "beheer.adres",
                "dit is hetzelfde adres als http.adres: kies een andere poort",
                "this is the same address as http.adres: choose another port",
            );
        }
        faults
    }

    /// Which store to open.
    #[must_use]
    pub fn store_choice(&self) -> StoreChoice {
        match self.text("opslag.soort") {
            "postgres" => StoreChoice::Postgres,
            _ => StoreChoice::Sqlite(self.data_folder()),
        }
    }

    /// The folder for what the gateway keeps itself.
    #[must_use]
    pub fn data_folder(&self) -> PathBuf {
        self.path("opslag.map").unwrap_or_default()
    }

    /// Which broker to use.
    #[must_use]
    pub fn broker_choice(&self) -> BrokerChoice {
        match self.text("broker.soort") {
            "rabbitmq" => BrokerChoice::Rabbit,
            _ => BrokerChoice::Intern,
        }
    }

    /// Where the master key is.
    #[must_use]
    pub fn key_source(&self) -> KeySource {
        let value = self.text("sleutel.waarde");
        if !value.is_empty() {
            return KeySource::Value(value.to_owned());
        }
        match self.path("sleutel.bestand") {
            Some(path) => KeySource::File(path),
            None => KeySource::MadeIn(self.data_folder().join("sleutel")),
        }
    }

    /// The folder with mappings; `None` for the built-in ones.
    #[must_use]
    pub fn mapping_folder(&self) -> Option<PathBuf> {
        self.path("mappings.map")
    }

    /// Where the API listens.
    #[must_use]
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.address("http.adres")
    }

    /// Where health and metrics listen; `None` for nowhere.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.address("beheer.adres")
    }

    /// How long stopping may take.
    #[must_use]
    pub fn stop_time(&self) -> Duration {
        self.duration("http.stop_tijd")
    }

    /// How old the oldest due delivery may be before the gateway says it is not well.
    #[must_use]
    pub fn oldest_due_limit(&self) -> Duration {
        self.duration("beheer.wachttijd_hoogste")
    }

    /// What to log and where to send traces.
    #[must_use]
    pub fn telemetry(&self) -> TelemetryConfig {
        let otlp = self.text("trace.otlp");
        TelemetryConfig {
            form: match self.text("log.vorm") {
                "mens" => LogForm::Human,
                _ => LogForm::Json,
            },
            level: match self.text("log.niveau") {
                "error" => tracing::Level::ERROR,
                "warn" => tracing::Level::WARN,
                "debug" => tracing::Level::DEBUG,
                _ => tracing::Level::INFO,
            },
            otlp: (!otlp.is_empty()).then(|| otlp.to_owned()),
        }
    }

    /// How the embedded store is kept.
    #[must_use]
    pub fn sqlite(&self) -> SqliteConfig {
        SqliteConfig::at(self.data_folder().join("schakel.db"))
    }

    /// How webhooks are sent.
    #[must_use]
    pub fn webhook(&self) -> WebhookConfig {
        let most = self.count("limieten.bericht");
        WebhookConfig {
            total_timeout_ms: millis(self.duration("webhook.tijd")),
            max_body: most.max(WebhookConfig::default().max_body),
            allow_private: networks(self.texts("webhook.prive_toegestaan")).0,
            allow_http: self.boolean("webhook.http_toegestaan"),
            ..WebhookConfig::default()
        }
    }

    /// What a message may cost.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            bytes: self.count("limieten.bericht"),
            depth: self.count("limieten.diepte"),
            nodes: self.count("limieten.knopen"),
            rows: self.count32("limieten.rijen"),
            columns: self.count32("limieten.kolommen"),
            text: self.count("limieten.tekst"),
            ..Limits::default()
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The texts that are networks, and whether all of them are.
fn networks(texts: &[String]) -> (Vec<Network>, bool) {
    let networks = texts
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect::<Vec<_>>();
    let all = networks.len() == texts.len();
    (networks, all)
}
