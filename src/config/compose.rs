use crate::adapters::Limits;
use crate::api::ApiConfig;
use crate::api::ServeConfig;
use crate::broker::RabbitConfig;
use crate::broker::RabbitConfigError;
use crate::config::Config;
use crate::config::ConfigFault;
use crate::config::value;
use crate::isolation::IsolationConfig;
use crate::outbound::Network;
use crate::outbound::WebhookConfig;
use crate::pipeline::PipelineConfig;
use crate::pipeline::Schedule;
use crate::store::PostgresConfig;
use crate::store::SqliteConfig;
use crate::telemetry::LogForm;
use crate::telemetry::TelemetryConfig;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What noting the outcome of a webhook attempt may take, when the store is busy.
const SETTLING_TIME: Duration = Duration::from_secs(5);

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
    #[allow(clippy::too_many_lines)] // one list, read from top to bottom
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
        // A push is claimed just before its one attempt; what comes after it is noting the outcome.
        if self.duration("webhook.overname") < self.duration("webhook.tijd") + SETTLING_TIME {
            missing(
                "webhook.overname",
                "webhook.overname",
                "maak dit minstens vijf seconden meer dan webhook.tijd: een poging die nog loopt zou worden overgedaan",
                "make this at least five seconds more than webhook.tijd: an attempt still under way would be made again",
            );
        }
        if self.integer("http.geheugen") < self.integer("limieten.bericht") {
            missing(
                "http.geheugen",
                "http.geheugen",
                "dit is minder dan limieten.bericht: zo past het grootste bericht er niet in",
                "this is less than limieten.bericht: the largest message would not fit",
            );
        }
        let public = self.text("http.openbaar_adres");
        if !public.is_empty() && !public.ends_with("/v1") {
            missing(
                "http.openbaar_adres",
                "http.openbaar_adres",
                "laat het adres eindigen op /v1",
                "let the address end with /v1",
            );
        }
        if self.broker_choice() == BrokerChoice::Rabbit
            && !self.text("broker.url").is_empty()
            && let Err(error) = self.rabbit().check()
        {
            let (name, nl) = match error {
                RabbitConfigError::CaFile(_) => (
                    "broker.ca_bestand",
                    "het bestand met certificaten is niet te lezen",
                ),
                RabbitConfigError::Prefix => ("broker.voorvoegsel", "kies een ander voorvoegsel"),
                _ => (
                    "broker.url",
                    "schrijf amqp://gebruiker@host:poort/vhost, of amqps://",
                ),
            };
            missing(name, name, nl, &error.to_string());
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

    /// How `PostgreSQL` is reached.
    #[must_use]
    pub fn postgres(&self) -> PostgresConfig {
        PostgresConfig {
            url: self.text("opslag.url").to_owned(),
            connections: self.count32("opslag.verbindingen"),
            ..PostgresConfig::default()
        }
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

    /// How workbooks are read: by this program, started again.
    #[must_use]
    pub fn isolation(&self, program: PathBuf) -> IsolationConfig {
        IsolationConfig {
            memory_bytes: self.integer("werkmap.geheugen"),
            cpu_seconds: self.duration("werkmap.rekentijd").as_secs(),
            wall: self.duration("werkmap.tijd"),
            at_once: self.count("werkmap.tegelijk"),
            ..IsolationConfig::new(program)
        }
    }

    /// How to reach and use `RabbitMQ`.
    #[must_use]
    pub fn rabbit(&self) -> RabbitConfig {
        RabbitConfig {
            prefix: self.text("broker.voorvoegsel").to_owned(),
            ca_file: self.path("broker.ca_bestand"),
            ..RabbitConfig::new(self.text("broker.url"))
        }
    }

    /// How the API's connections are accepted.
    #[must_use]
    pub fn serve(&self) -> ServeConfig {
        let seconds = |name| u32::try_from(self.duration(name).as_secs()).unwrap_or(u32::MAX);
        let standard = ServeConfig::default();
        ServeConfig {
            listen: self.address("http.adres").unwrap_or(standard.listen),
            connections: self.count("http.verbindingen"),
            connections_per_address: self.count("http.verbindingen_per_adres"),
            header_seconds: seconds("http.kop_tijd"),
            shutdown_seconds: seconds("http.stop_tijd"),
            ..standard
        }
    }

    /// Bounds and rhythms of the pipeline.
    #[must_use]
    pub fn pipeline(&self) -> PipelineConfig {
        let seconds = |name| u32::try_from(self.duration(name).as_secs()).unwrap_or(u32::MAX);
        let delays = self.texts("bezorging.wachttijden").iter();
        let delays = delays.filter_map(|text| value::parse_duration(text));
        let standard = PipelineConfig::default();
        PipelineConfig {
            republish_after_seconds: seconds("bezorging.herpublicatie"),
            push_claim_seconds: seconds("webhook.overname"),
            leases_max: self.count32("bezorging.leases"),
            collect_bytes_max: self.integer("bezorging.ophaal_omvang"),
            schedule: Schedule {
                delays_seconds: delays
                    .map(|delay| u32::try_from(delay.as_secs()).unwrap_or(u32::MAX))
                    .collect(),
                ..standard.schedule
            },
            ..standard
        }
    }

    /// Bounds of the API.
    #[must_use]
    pub fn api(&self) -> ApiConfig {
        let url = self.text("http.openbaar_adres");
        let second = |name| u32::try_from(self.duration(name).as_secs()).unwrap_or(u32::MAX);
        ApiConfig {
            public_url: (!url.is_empty()).then(|| url.to_owned()),
            body_bytes: self.count("limieten.bericht"),
            bodies_bytes: self.count("http.geheugen"),
            body_seconds: second("http.inhoud_tijd"),
            in_flight: self.count("http.verzoeken_tegelijk"),
            requests_per_second: self.count32("http.verzoeken_per_seconde"),
            lease_seconds: second("bezorging.lease"),
            ..ApiConfig::default()
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
