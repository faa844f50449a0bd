use crate::config::Setting;
use crate::config::Shape;
use std::time::Duration;

/// One key of the configuration: the single place that says what it is called, what it looks like, what it is when
/// nobody sets it, and what it is for. `config check`, `config show` and the example file all follow this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    /// What the value looks like.
    pub shape: Shape,
    /// The value when it is not set, as it would be written.
    pub default: &'static str,
    /// What it is for, in Dutch.
    pub nl: &'static str,
    /// What it is for, in English.
    pub en: &'static str,
}

impl Key {
    /// The section.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(section, _)| section)
    }

    /// The name within the section.
    #[must_use]
    pub fn short(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, key)| key)
    }

    /// The environment variable that sets it; the same with `_FILE` names a file that holds the value.
    #[must_use]
    pub fn variable(&self) -> String {
        format!(
            "SCHAKEL_{}",
            self.name.replace('.', "_").to_ascii_uppercase()
        )
    }

    /// The default as a setting.
    pub(super) fn default_setting(&self) -> Setting {
        self.shape
            .parse(self.default)
            .expect("a test parses every default")
    }
}

const fn key(
    name: &'static str,
    shape: Shape,
    default: &'static str,
    nl: &'static str,
    en: &'static str,
) -> Key {
    Key {
        name,
        shape,
        default,
        nl,
        en,
    }
}

/// A duration between two limits in seconds.
const fn seconds(from: u64, to: u64) -> Shape {
    Shape::Duration(Duration::from_secs(from), Duration::from_secs(to))
}

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// Every key, section by section, in the order of the example file.
pub const KEYS: &[Key] = &[
    key(
        "http.adres",
        Shape::Address,
        "127.0.0.1:8080",
        "Adres en poort waarop de API luistert. Zet er een proxy met TLS voor.",
        "Address and port the API listens on. Put a proxy with TLS in front of it.",
    ),
    key(
        "http.verbindingen",
        Shape::Integer(1, 100_000),
        "1000",
        "Zoveel verbindingen tegelijk; wie er daarna komt, krijgt \"druk, probeer het later\" (503).",
        "So many connections at once; who comes after that, is told \"busy, try again\" (503).",
    ),
    key(
        "http.verbindingen_per_adres",
        Shape::Integer(1, 100_000),
        "500",
        "Zoveel verbindingen tegelijk van een adres; daarboven hetzelfde antwoord. Achter een proxy komen alle verbindingen van dat ene adres.",
        "So many connections at once from one address; beyond it the same answer. Behind a proxy all connections come from that one address.",
    ),
    key(
        "http.kop_tijd",
        seconds(1, 300),
        "10s",
        "Binnen deze tijd moeten de kopregels van een verzoek er zijn.",
        "The headers of a request must be there within this time.",
    ),
    key(
        "http.inhoud_tijd",
        seconds(10, HOUR),
        "5m",
        "Binnen deze tijd moet de inhoud van een verzoek er zijn.",
        "The body of a request must be there within this time.",
    ),
    key(
        "http.openbaar_adres",
        Shape::Url(&["https", "http"]),
        "",
        "Waar anderen de API bereiken, tot en met /v1: https://schakel.voorbeeld.nl/v1. Staat in de OpenAPI-beschrijving.",
        "Where others reach the API, up to and including /v1: https://schakel.example.nl/v1. Stands in the OpenAPI document.",
    ),
    key(
        "http.verzoeken_tegelijk",
        Shape::Integer(1, 100_000),
        "1024",
        "Zoveel verzoeken tegelijk; daarboven is het antwoord \"druk, probeer het later\".",
        "So many requests at once; beyond it the answer is \"busy, try again\".",
    ),
    key(
        "http.verzoeken_per_seconde",
        Shape::Integer(0, 100_000),
        "0",
        "Zoveel verzoeken per seconde mag een sleutel doen; 0 is geen grens.",
        "How many requests a second one key may do; 0 is no limit.",
    ),
    key(
        "http.geheugen",
        Shape::Size(1_000_000, 100_000_000_000),
        "128 MB",
        "Geheugen voor de inhoud van alle verzoeken samen; daarboven is het antwoord \"druk, probeer het later\".",
        "Memory for the bodies of all requests together; beyond it the answer is \"busy, try again\".",
    ),
    key(
        "http.stop_tijd",
        seconds(1, 300),
        "28s",
        "Zo lang mag stoppen duren, alles bij elkaar: lopende verzoeken en bezorgingen krijgen het grootste deel om af te ronden.",
        "How long stopping may take, everything together: running requests and deliveries get most of it to finish.",
    ),
    key(
        "beheer.adres",
        Shape::AddressOrOff,
        "127.0.0.1:9090",
        "Adres en poort voor /health/live, /health/ready en /metrics; \"uit\" voor geen. Niet van buiten bereikbaar maken.",
        "Address and port for /health/live, /health/ready and /metrics; \"uit\" for none. Do not expose.",
    ),
    key(
        "beheer.wachttijd_hoogste",
        seconds(1, DAY),
        "5m",
        "Wacht het oudste te versturen bericht langer dan dit, dan meldt /health/ready dat.",
        "When the oldest message to send waits longer than this, /health/ready says so.",
    ),
    key(
        "opslag.soort",
        Shape::Choice(&["sqlite", "postgres"]),
        "sqlite",
        "sqlite: ingebouwd, een bestand. postgres: een PostgreSQL-server (14 of later).",
        "sqlite: built in, one file. postgres: a PostgreSQL server (14 or later).",
    ),
    key(
        "opslag.map",
        Shape::Path,
        "schakel-data",
        "De map voor het SQLite-bestand en de sleutel daarbij.",
        "The folder for the SQLite file and its key.",
    ),
    key(
        "opslag.url",
        Shape::Url(&["postgres", "postgresql"]),
        "",
        "Het adres van PostgreSQL, zonder wachtwoord: postgres://schakel@db/schakel",
        "The address of PostgreSQL, without password: postgres://schakel@db/schakel",
    ),
    key(
        "opslag.verbindingen",
        Shape::Integer(2, 200),
        "10",
        "Zoveel verbindingen met PostgreSQL.",
        "So many connections to PostgreSQL.",
    ),
    key(
        "broker.soort",
        Shape::Choice(&["intern", "rabbitmq"]),
        "intern",
        "intern: binnen dit proces. rabbitmq: een RabbitMQ-server (3.10 of later), nodig bij meer dan een gateway.",
        "intern: inside this process. rabbitmq: a RabbitMQ server (3.10 or later), needed with more than one gateway.",
    ),
    key(
        "broker.url",
        Shape::Url(&["amqp", "amqps"]),
        "",
        "Het adres van RabbitMQ, zonder wachtwoord: amqp://schakel@mq:5672/%2f",
        "The address of RabbitMQ, without password: amqp://schakel@mq:5672/%2f",
    ),
    key(
        "broker.voorvoegsel",
        Shape::Name,
        "schakel",
        "Waarmee de namen van wachtrijen beginnen; nodig als een RabbitMQ door meer gateways met eigen gegevens wordt gedeeld.",
        "What the names of queues begin with; needed when gateways with data of their own share one RabbitMQ.",
    ),
    key(
        "broker.ca_bestand",
        Shape::Path,
        "",
        "Een PEM-bestand met certificaten die naast die van de machine vertrouwd worden (amqps).",
        "A PEM file with certificates to trust besides the machine's own (amqps).",
    ),
    key(
        "sleutel.bestand",
        Shape::Path,
        "",
        "Het bestand met de hoofdsleutel: 32 bytes, base64. Leeg: bij sqlite wordt er een gemaakt in de datamap.",
        "The file with the master key: 32 bytes, base64. Empty: with sqlite one is made in the data folder.",
    ),
    key(
        "sleutel.waarde",
        Shape::Secret,
        "",
        "De hoofdsleutel zelf, base64; alleen uit de omgeving, in plaats van een bestand.",
        "The master key itself, base64; only from the environment, instead of a file.",
    ),
    key(
        "mappings.map",
        Shape::Path,
        "",
        "De map met mappings (<organisatie>/<soort>.toml); zij gaan voor de ingebouwde. Leeg: alleen de ingebouwde.",
        "The folder with mappings (<organisation>/<soort>.toml); they go before the built-in ones. Empty: the built-in ones alone.",
    ),
    key(
        "log.vorm",
        Shape::Choice(&["json", "mens"]),
        "json",
        "json: een object per regel. mens: leesbaar in een terminal.",
        "json: one object a line. mens: readable in a terminal.",
    ),
    key(
        "log.niveau",
        Shape::Choice(&["error", "warn", "info", "debug"]),
        "info",
        "Hoeveel er gelogd wordt. Op geen enkel niveau staan er berichten of persoonsgegevens in.",
        "How much is logged. No level shows messages or personal data.",
    ),
    key(
        "trace.otlp",
        Shape::Url(&["http", "https"]),
        "",
        "Het adres van een OpenTelemetry-collector (OTLP over HTTP): http://127.0.0.1:4318. Leeg: geen traces.",
        "The address of an OpenTelemetry collector (OTLP over HTTP): http://127.0.0.1:4318. Empty: no traces.",
    ),
    key(
        "limieten.bericht",
        Shape::Size(1_000, 1_000_000_000),
        "25 MB",
        "De grootste inhoud van een verzoek.",
        "The largest body of a request.",
    ),
    key(
        "limieten.diepte",
        Shape::Integer(8, 128),
        "64",
        "Zo diep mogen XML en JSON nesten.",
        "How deep XML and JSON may nest.",
    ),
    key(
        "limieten.knopen",
        Shape::Integer(1_000, 100_000_000),
        "1000000",
        "Zoveel waarden mag een bericht hebben.",
        "How many values a message may have.",
    ),
    key(
        "limieten.rijen",
        Shape::Integer(1, 10_000_000),
        "100000",
        "Zoveel rijen mag een tabel hebben.",
        "How many rows a table may have.",
    ),
    key(
        "limieten.kolommen",
        Shape::Integer(1, 16_384),
        "512",
        "Zoveel kolommen mag een tabel hebben.",
        "How many columns a table may have.",
    ),
    key(
        "limieten.tekst",
        Shape::Size(1_000, 100_000_000),
        "1 MB",
        "De langste tekst van een waarde.",
        "The longest text of one value.",
    ),
    key(
        "werkmap.geheugen",
        Shape::Size(64_000_000, 8_000_000_000),
        "768 MB",
        "Zoveel geheugen krijgt het aparte proces dat een Excel-werkmap leest.",
        "How much memory the separate process that reads an Excel workbook gets.",
    ),
    key(
        "werkmap.rekentijd",
        seconds(1, 300),
        "20s",
        "Zoveel rekentijd krijgt dat proces.",
        "How much CPU time that process gets.",
    ),
    key(
        "werkmap.tijd",
        seconds(1, 600),
        "30s",
        "Zo lang mag dat proces in totaal duren.",
        "How long that process may take in all.",
    ),
    key(
        "werkmap.tegelijk",
        Shape::Integer(1, 64),
        "2",
        "Zoveel werkmappen worden tegelijk gelezen.",
        "How many workbooks are read at once.",
    ),
    key(
        "bezorging.wachttijden",
        Shape::Durations,
        "5s,5m,30m,2h,5h,10h,14h,20h,24h",
        "Hoe lang na elke mislukte poging gewacht wordt; na de laatste staat de bezorging geparkeerd en kan zij opnieuw worden aangeboden.",
        "How long to wait after each failed attempt; after the last one the delivery is parked and can be replayed.",
    ),
    key(
        "bezorging.lease",
        seconds(10, HOUR),
        "5m",
        "Zo lang houdt een ophaler een bericht uit het postvak voordat het terugkomt, als hij zelf niets vraagt.",
        "How long a collector holds a message of the mailbox before it comes back, when it asks for nothing else.",
    ),
    key(
        "bezorging.leases",
        Shape::Integer(1, 1_000),
        "25",
        "Zo vaak mag een bericht opgehaald en niet bevestigd worden; daarna staat het geparkeerd.",
        "How often a message may be collected and not confirmed; after that it is parked.",
    ),
    key(
        "bezorging.ophaal_omvang",
        Shape::Size(1_000, 1_000_000_000),
        "16 MB",
        "Zoveel krijgt een ophaler hoogstens in een keer uit het postvak, alles bij elkaar; het oudste bericht altijd, hoe groot het ook is.",
        "The most a collector gets out of the mailbox at a time, everything together; the oldest message always, whatever its size.",
    ),
    key(
        "bezorging.herpublicatie",
        seconds(5, DAY),
        "1m",
        "Is een bezorging zo lang geleden naar de broker gegaan en niet afgehandeld, dan gaat zij opnieuw.",
        "When a delivery went to the broker this long ago and was not settled, it goes again.",
    ),
    key(
        "webhook.tijd",
        seconds(1, 120),
        "20s",
        "Zo lang wacht een webhook op antwoord.",
        "How long a webhook waits for an answer.",
    ),
    key(
        "webhook.overname",
        seconds(2, HOUR),
        "2m",
        "Is de uitkomst van een poging er na deze tijd niet, dan is de gateway die haar deed weg en doet een ander haar over. Minstens vijf seconden meer dan webhook.tijd.",
        "When the outcome of an attempt is not there after this time, the gateway that made it is gone and another makes it again. At least five seconds more than webhook.tijd.",
    ),
    key(
        "webhook.prive_toegestaan",
        Shape::Texts,
        "",
        "Prive-netten (CIDR) waar een webhook toch heen mag, bijvoorbeeld [\"10.1.0.0/16\"]. Leeg: geen enkel.",
        "Private networks (CIDR) a webhook may go to after all, for example [\"10.1.0.0/16\"]. Empty: none.",
    ),
    key(
        "webhook.http_toegestaan",
        Shape::Boolean,
        "false",
        "Of een webhook ook zonder TLS mag; alleen voor proeven op eigen netten.",
        "Whether a webhook may go without TLS; only for trials on networks of your own.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_default_fits_its_own_shape_and_every_key_is_explained_twice() {
        for key in KEYS {
            assert!(key.shape.parse(key.default).is_ok(), "{}", key.name);
            assert!(!key.nl.is_empty() && !key.en.is_empty(), "{}", key.name);
            assert!(!key.section().is_empty(), "{}", key.name);
        }
    }

    #[test]
    fn names_are_unique_and_sections_stand_together() {
        let names = KEYS.iter().map(|key| key.name).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), KEYS.len());
        let mut sections = KEYS.iter().map(Key::section).collect::<Vec<_>>();
        sections.dedup();
        let apart = sections.iter().collect::<BTreeSet<_>>();
        assert_eq!(apart.len(), sections.len());
    }
}
