//! The configuration as an operator meets it: files, the environment, and what is said about their faults.

use schakel::config::Config;
use schakel::config::ConfigFault;
use schakel::config::Environment;
use schakel::config::KEYS;
use schakel::config::Shape;
use schakel::config::StoreChoice;
use schakel::config::example;
use schakel::document::Lang;
use std::path::Path;
use std::path::PathBuf;

const FILE: &str = "map/schakel.toml";

fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<ConfigFault>> {
    let environment = Environment::of(variables.iter().copied());
    Config::parse(Some((Path::new(FILE), text)), &environment)
}

fn lines(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let faults = parse(text, variables).expect_err("faults");
    faults.iter().map(|fault| fault.line(Lang::En)).collect()
}

#[test]
fn without_any_configuration_it_is_embedded_and_on_this_machine_only() {
    let config = Config::parse(None, &Environment::default()).expect("the defaults are in order");
    let folder = PathBuf::from("schakel-data");
    assert_eq!(config.store_choice(), StoreChoice::Sqlite(folder));
    let address = config.http_address().expect("an address");
    assert_eq!(address.to_string(), "127.0.0.1:8080");
    assert!(
        config
            .admin_address()
            .expect("an address")
            .ip()
            .is_loopback()
    );
}

#[test]
fn the_example_in_deploy_has_every_key_and_says_the_same_as_no_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/schakel.toml");
    let text = std::fs::read_to_string(&path).expect("the example is there");
    assert_eq!(
        text,
        example(Lang::Nl),
        "deploy/schakel.toml is the output of `schakel config example`"
    );
    for (lang, used) in [(Lang::Nl, text.as_str()), (Lang::En, &example(Lang::En))] {
        let with_keys = used
            .lines()
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|rest| !rest.starts_with(' '))
                    .unwrap_or(line)
            })
            .collect::<Vec<_>>()
            .join("\n");
        let all_set = parse(&with_keys, &[]).unwrap_or_else(|faults| panic!("{lang:?} {faults:?}"));
        let none_set = Config::parse(None, &Environment::default()).expect("in order");
        let values = |config: &Config| {
            let shown = config.show();
            let lines = shown.lines();
            lines
                .map(|line| line.split("  # ").next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        let moved = |line: &String| line.starts_with("map = ") || line.starts_with("bestand = ");
        let differing = values(&all_set)
            .into_iter()
            .zip(values(&none_set))
            .filter(|(one, other)| one != other && !moved(one));
        assert_eq!(differing.count(), 0);
    }
}

#[test]
fn every_fault_is_reported_at_once_with_its_line_column_and_key() {
    let text = "[http]\nadres = \"localhost\"\nkop_tijdd = \"10s\"\n\n[opslag]\nsoort = \"mysql\"\nverbindingen = \"acht\"\n\n[logs]\nvorm = \"json\"\n\n[limieten]\nbericht = 25\n";
    assert_eq!(
        lines(text, &[("SCHAKEL_LOG_NIVEAU", "luid")]),
        [
            "map/schakel.toml:2:9 http.adres: write an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\"",
            "map/schakel.toml:3:1 http.kop_tijdd: this name is not known; did you mean `kop_tijd`?",
            "map/schakel.toml:6:9 opslag.soort: choose one of: sqlite, postgres",
            "map/schakel.toml:7:16 opslag.verbindingen: write a number without quotes",
            "map/schakel.toml:9:2 logs: this name is not known; did you mean `log`?",
            "map/schakel.toml:13:11 limieten.bericht: write a text between quotes",
            "SCHAKEL_LOG_NIVEAU log.niveau: choose one of: error, warn, info, debug",
        ]
    );
}

#[test]
fn text_that_is_not_toml_is_a_fault_with_its_place_and_the_rest_is_still_checked() {
    let found = lines("[http]\nadres = = 1\nverbindingen = 0\n", &[]);
    assert!(
        found[0].starts_with("map/schakel.toml:2:9: this is not valid TOML"),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains(":3:16 http.verbindingen")),
        "{found:?}"
    );
}

#[test]
fn a_secret_in_the_file_is_refused_and_never_shown() {
    for text in [
        "[opslag]\nsoort = \"postgres\"\nurl = \"postgres://schakel:GEHEIM@db/schakel\"\n",
        "[opslag]\nurl = \"postgres://db/schakel?user=schakel&password=GEHEIM\"\n",
        "[sleutel]\nwaarde = \"GEHEIM\"\n",
    ] {
        let found = lines(text, &[]);
        assert!(
            found
                .iter()
                .any(|line| line.contains("does not belong in this file")),
            "{found:?}"
        );
        assert!(!found.concat().contains("GEHEIM"), "{found:?}");
    }
    let config = parse(
        "[opslag]\nsoort = \"postgres\"\n",
        &[
            (
                "SCHAKEL_OPSLAG_URL",
                "postgres://schakel:GEHEIM@db/schakel?sslpassword=GEHEIM",
            ),
            ("SCHAKEL_SLEUTEL_WAARDE", "GEHEIM"),
        ],
    )
    .expect("in order");
    assert!(!config.show().contains("GEHEIM"), "{}", config.show());
    assert!(!format!("{config:?}").contains("GEHEIM"));
    assert!(config.show().contains("# SCHAKEL_OPSLAG_URL"));
}

#[test]
fn a_secret_comes_from_the_environment_or_from_a_file_it_names_but_not_from_both() {
    let path = std::env::temp_dir().join(format!("schakel-url-{}", std::process::id()));
    std::fs::write(&path, "amqp://schakel:GEHEIM@mq/%2f\r\n").expect("written");
    let file = path.to_string_lossy().into_owned();
    let text = "[broker]\nsoort = \"rabbitmq\"\n";
    let config = parse(text, &[("SCHAKEL_BROKER_URL_FILE", &file)]).expect("in order");
    assert!(
        config
            .show()
            .contains("url = \"amqp://schakel:…@mq/%2f\"  # SCHAKEL_BROKER_URL_FILE")
    );
    let both = [
        ("SCHAKEL_BROKER_URL_FILE", file.as_str()),
        ("SCHAKEL_BROKER_URL", "amqp://mq"),
    ];
    assert!(lines(text, &both)[0].contains("also set directly"));
    std::fs::remove_file(path).expect("removed");
    assert!(
        lines(text, &[("SCHAKEL_BROKER_URL_FILE", &file)])
            .concat()
            .contains("cannot be read")
    );
}

#[test]
fn what_does_not_go_together_is_a_fault() {
    for (text, key) in [
        ("[opslag]\nsoort = \"postgres\"\n", "opslag.url"),
        (
            "[opslag]\nsoort = \"postgres\"\nurl = \"postgres://db/s\"\n",
            "sleutel.bestand",
        ),
        ("[broker]\nsoort = \"rabbitmq\"\n", "broker.url"),
        ("[beheer]\nadres = \"127.0.0.1:8080\"\n", "beheer.adres"),
        ("[http]\ngeheugen = \"1 MB\"\n", "http.geheugen"),
        (
            "[http]\nopenbaar_adres = \"https://x.nl\"\n",
            "http.openbaar_adres",
        ),
        (
            "[broker]\nsoort = \"rabbitmq\"\nurl = \"amqp://mq\"\nca_bestand = \"nergens.pem\"\n",
            "broker.ca_bestand",
        ),
        (
            "[webhook]\nprive_toegestaan = [\"10.1.0.0/99\"]\n",
            "webhook.prive_toegestaan",
        ),
    ] {
        let faults = parse(text, &[]).expect_err("a fault");
        assert!(
            faults.iter().any(|fault| fault.key == key),
            "{text} {faults:?}"
        );
    }
}

#[test]
fn a_misspelt_variable_is_a_fault_and_those_of_a_platform_are_not() {
    let found = lines("", &[("SCHAKEL_OPSLAG_WACHTWOORD", "x")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("SCHAKEL_OPSLAG_WACHTWOORD: this variable belongs to no key"));
    for name in [
        "SCHAKEL_HTTP_SERVICE_HOST",
        "SCHAKEL_HTTP_PORT_8080_TCP",
        "SCHAKEL_TEST_AMQP",
        "SCHAKEL_CONFIG",
    ] {
        assert!(parse("", &[(name, "x")]).is_ok(), "{name}");
    }
}

#[test]
fn paths_in_the_file_are_relative_to_the_file() {
    let config = parse("[opslag]\nmap = \"data\"\n", &[]).expect("in order");
    assert_eq!(
        config.store_choice(),
        StoreChoice::Sqlite(PathBuf::from("map/data"))
    );
    let config = parse("", &[("SCHAKEL_OPSLAG_MAP", "data")]).expect("in order");
    assert_eq!(
        config.store_choice(),
        StoreChoice::Sqlite(PathBuf::from("data"))
    );
}

#[test]
fn every_key_of_every_shape_can_be_set_from_the_environment() {
    for key in KEYS.iter().filter(|key| key.shape != Shape::Secret) {
        let variable = key.variable();
        assert!(parse("", &[(&variable, key.default)]).is_ok(), "{variable}");
    }
}
