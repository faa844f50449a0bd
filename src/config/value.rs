use crate::document::Sentence;
use std::net::SocketAddr;
use std::time::Duration;

/// What a key's value looks like, with its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number between two limits, both included.
    Integer(u64, u64),
    /// A duration as text, for example `10s`, between two limits.
    Duration(Duration, Duration),
    /// A number of bytes as text, for example `25 MB`, between two limits.
    Size(u64, u64),
    /// `true` or `false`.
    Boolean,
    /// An address to listen on, `host:port`; port 0 lets the system choose.
    Address,
    /// An address to listen on, or `uit` for not at all.
    AddressOrOff,
    /// A short name: letters, digits, `.`, `-` and `_`.
    Name,
    /// A file or folder; may be empty.
    Path,
    /// A URL with one of these schemes; may be empty. A password in it is a secret.
    Url(&'static [&'static str]),
    /// Text that must not be seen: only from the environment.
    Secret,
    /// A list of texts.
    Texts,
    /// A list of durations as texts.
    Durations,
}

/// A value that fits its shape.
#[derive(Clone, PartialEq, Eq)]
pub enum Setting {
    /// Text: a choice, path, URL or secret.
    Text(String),
    /// A number, also of bytes.
    Integer(u64),
    /// A duration.
    Duration(Duration),
    /// Yes or no.
    Boolean(bool),
    /// An address; `None` is off.
    Address(Option<SocketAddr>),
    /// A list of texts.
    Texts(Vec<String>),
}

impl Shape {
    /// Reads the text form of a value: what stands between the quotes in TOML, or in an environment variable.
    pub fn parse(self, text: &str) -> Result<Setting, Sentence> {
        match self {
            Self::Choice(words) => choice(words, text),
            Self::Integer(least, most) => integer(least, most, text),
            Self::Duration(least, most) => duration_between(least, most, text),
            Self::Size(least, most) => size_between(least, most, text),
            Self::Boolean => match text {
                "true" => Ok(Setting::Boolean(true)),
                "false" => Ok(Setting::Boolean(false)),
                _ => Err(Sentence::new(
                    "schrijf true of false",
                    "write true or false",
                )),
            },
            Self::AddressOrOff if text == "uit" => Ok(Setting::Address(None)),
            Self::Address | Self::AddressOrOff => address(text),
            Self::Url(schemes) => url(schemes, text),
            Self::Name => name(text),
            Self::Path | Self::Secret => Ok(Setting::Text(text.to_owned())),
            Self::Texts => Ok(Setting::Texts(listed(text))),
            Self::Durations => durations(listed(text)),
        }
    }
}

/// The parts of a list as an environment variable writes it: between commas.
fn listed(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A list of durations, each up to a week.
pub(super) fn durations(texts: Vec<String>) -> Result<Setting, Sentence> {
    const MOST: Duration = Duration::from_hours(7 * 24);
    let fits = |text: &String| parse_duration(text).is_some_and(|duration| duration <= MOST);
    if texts.iter().all(fits) {
        return Ok(Setting::Texts(texts));
    }
    Err(Sentence::new(
        "schrijf een lijst van duren, elk hoogstens 7d, zoals [\"5s\", \"5m\", \"2h\"]",
        "write a list of durations, each at most 7d, such as [\"5s\", \"5m\", \"2h\"]",
    ))
}

fn choice(words: &[&str], text: &str) -> Result<Setting, Sentence> {
    if words.contains(&text) {
        return Ok(Setting::Text(text.to_owned()));
    }
    let listed = words.join(", ");
    Err(Sentence::new(
        format!("kies een van: {listed}"),
        format!("choose one of: {listed}"),
    ))
}

fn integer(least: u64, most: u64, text: &str) -> Result<Setting, Sentence> {
    text.replace('_', "")
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .map(Setting::Integer)
        .ok_or_else(|| {
            Sentence::new(
                format!("schrijf een geheel getal van {least} tot en met {most}"),
                format!("write a whole number from {least} to {most}"),
            )
        })
}

fn duration_between(least: Duration, most: Duration, text: &str) -> Result<Setting, Sentence> {
    parse_duration(text)
        .filter(|duration| (least..=most).contains(duration))
        .map(Setting::Duration)
        .ok_or_else(|| {
            let (least, most) = (show_duration(least), show_duration(most));
            Sentence::new(
                format!("schrijf een duur van {least} tot en met {most}, zoals \"10s\" (ms, s, m, h of d)"),
                format!("write a duration from {least} to {most}, such as \"10s\" (ms, s, m, h or d)"),
            )
        })
}

fn size_between(least: u64, most: u64, text: &str) -> Result<Setting, Sentence> {
    parse_size(text)
        .filter(|size| (least..=most).contains(size))
        .map(Setting::Integer)
        .ok_or_else(|| {
            let (least, most) = (show_size(least), show_size(most));
            Sentence::new(
                format!("schrijf een omvang van {least} tot en met {most}, zoals \"25 MB\" (B, kB, MB of GB)"),
                format!("write a size from {least} to {most}, such as \"25 MB\" (B, kB, MB or GB)"),
            )
        })
}

fn address(text: &str) -> Result<Setting, Sentence> {
    text.parse()
        .map(|address| Setting::Address(Some(address)))
        .map_err(|_| {
            Sentence::new(
                "schrijf een IP-adres en een poort, zoals \"127.0.0.1:8080\" of \"[::]:8080\"",
                "write an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\"",
            )
        })
}

fn name(text: &str) -> Result<Setting, Sentence> {
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if (1..=40).contains(&text.len()) && text.bytes().all(named) {
        return Ok(Setting::Text(text.to_owned()));
    }
    Err(Sentence::new(
        "schrijf 1 tot en met 40 letters, cijfers, punten, streepjes of liggende streepjes",
        "write 1 to 40 letters, digits, dots, dashes or underscores",
    ))
}

fn url(schemes: &[&str], text: &str) -> Result<Setting, Sentence> {
    let fits = |scheme: &&str| {
        text.strip_prefix(*scheme)
            .and_then(|rest| rest.strip_prefix("://"))
            .is_some_and(|rest| !rest.is_empty())
    };
    if text.is_empty() || schemes.iter().any(fits) {
        return Ok(Setting::Text(text.to_owned()));
    }
    let listed = schemes
        .iter()
        .map(|scheme| format!("{scheme}://"))
        .collect::<Vec<_>>()
        .join(" of ");
    Err(Sentence::new(
        format!("schrijf een adres dat begint met {listed}"),
        format!(
            "write an address that starts with {}",
            listed.replace(" of ", " or ")
        ),
    ))
}

/// Whether a URL holds a password: `scheme://user:password@host` or a parameter such as `password=`.
#[must_use]
pub fn has_password(url: &str) -> bool {
    without_password(url) != url
}

/// A URL with its passwords replaced by dots.
#[must_use]
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (address, query) = rest
        .split_once('?')
        .map_or((rest, None), |(address, query)| (address, Some(query)));
    // Up to the last `@`, even where that is past a slash: a password that was not encoded must not show.
    let address = match address.rsplit_once('@') {
        Some((info, host)) => match info.split_once(':') {
            Some((user, _)) => format!("{user}:…@{host}"),
            None => address.to_owned(),
        },
        None => address.to_owned(),
    };
    let query = query.map_or_else(String::new, |query| {
        let parts = query.split('&').map(|part| match part.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=…"),
            _ => part.to_owned(),
        });
        format!("?{}", parts.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{address}{query}")
}

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// A duration as the configuration writes it.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
    let number: u64 = number.parse().ok()?;
    number.checked_mul(*factor).map(Duration::from_millis)
}

/// A duration as the configuration writes it, in the largest unit that holds it whole.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (name, factor) = UNITS
        .iter()
        .rev()
        .find(|(_, factor)| millis >= *factor && millis.is_multiple_of(*factor))
        .unwrap_or(&UNITS[0]);
    format!("{}{name}", millis / factor)
}

const SIZES: [(&str, u64); 4] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

fn parse_size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = SIZES.iter().find(|(name, _)| *name == unit.trim())?;
    let number: u64 = number.parse().ok()?;
    number.checked_mul(*factor)
}

/// A size as the configuration writes it.
#[must_use]
pub fn show_size(bytes: u64) -> String {
    let (name, factor) = SIZES
        .iter()
        .rev()
        .find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor))
        .unwrap_or(&SIZES[0]);
    format!("{} {name}", bytes / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_shown_the_same() {
        for text in ["250ms", "10s", "90s", "5m", "2h", "7d"] {
            let duration = parse_duration(text).expect("a duration");
            assert_eq!(show_duration(duration), text);
        }
        assert_eq!(parse_duration("60s"), parse_duration("1m"));
        for wrong in [
            "10",
            "s",
            "-1s",
            "1.5s",
            "10 weken",
            "99999999999999999999d",
        ] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_are_read_with_and_without_a_space() {
        assert_eq!(parse_size("25 MB"), Some(25_000_000));
        assert_eq!(parse_size("25MB"), Some(25_000_000));
        assert_eq!(show_size(25_000_000), "25 MB");
        for wrong in ["25", "MB", "25 mb", "-1 B"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_password_in_a_url_is_seen_and_hidden() {
        for (url, shown) in [
            (
                "postgres://schakel:g:e@h/eim@db:5432/s",
                "postgres://schakel:…@db:5432/s",
            ),
            (
                "postgres://db/s?user=u&Password=geheim",
                "postgres://db/s?user=u&Password=…",
            ),
        ] {
            assert!(has_password(url), "{url}");
            assert_eq!(without_password(url), shown);
        }
        for open in [
            "postgres://schakel@db/schakel?sslmode=require",
            "amqp://db:5672/%2f",
            "",
        ] {
            assert!(!has_password(open), "{open}");
            assert_eq!(without_password(open), open);
        }
    }

    #[test]
    fn each_shape_takes_what_fits_and_refuses_the_rest_with_a_remedy() {
        let second = Duration::from_secs(1);
        for (shape, right, wrong) in [
            (Shape::Choice(&["sqlite", "postgres"]), "postgres", "mysql"),
            (Shape::Integer(1, 10), "10", "11"),
            (Shape::Duration(second, 60 * second), "1m", "61s"),
            (Shape::Size(1, 1_000), "1 kB", "1 MB"),
            (Shape::Boolean, "true", "ja"),
            (Shape::Address, "[::1]:0", "localhost:80"),
            (Shape::AddressOrOff, "uit", "off"),
            (Shape::Name, "schakel.proef-1", "met spatie"),
            (
                Shape::Url(&["amqp", "amqps"]),
                "amqps://host",
                "http://host",
            ),
        ] {
            assert!(shape.parse(right).is_ok(), "{shape:?} {right}");
            let sentence = shape.parse(wrong).err().expect("refused");
            assert!(!sentence.nl.is_empty() && !sentence.en.is_empty());
            assert!(!sentence.nl.contains(wrong), "no value in a sentence");
        }
    }
}
