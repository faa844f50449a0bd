use crate::api::problem::Problem;
use crate::document::Fault;
use crate::document::Place;
use axum::http::HeaderMap;
use axum::http::Uri;
use jiff::Timestamp;
use std::borrow::Cow;

/// Longest `Idempotency-Key`, in characters.
const KEY_MAX: usize = 255;
/// Longest name of a soort, in characters.
const SOORT_MAX: usize = 100;
/// How far ahead of the gateway's clock a sender's clock may be.
const AHEAD_MAX: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Reads the query and headers of a request and gathers every fault, so that all are told at once.
pub struct Input<'a> {
    headers: &'a HeaderMap,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    known: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl<'a> Input<'a> {
    /// The query and headers of a request.
    #[must_use]
    pub fn of(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        let query = uri.query().unwrap_or_default();
        Self {
            headers,
            query: pairs(query),
            known: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// The value of a query parameter; twice the same one is a fault.
    pub fn query(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut values = self.query.iter().filter(|(n, _)| n == name);
        let value = values.next().map(|(_, value)| value.to_string());
        if values.next().is_some() {
            self.fault(
                "query.dubbel",
                Place::Query(name.to_owned()),
                "Deze parameter staat er meer dan één keer.",
                "This parameter is there more than once.",
            );
        }
        value
    }

    /// A query parameter read by a function; a value it does not take is a fault with this sentence.
    pub fn query_as<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
        nl: &str,
        en: &str,
    ) -> Option<T> {
        let value = self.query(name)?;
        let read = read(&value);
        if read.is_none() {
            self.fault("query.waarde", Place::Query(name.to_owned()), nl, en);
        }
        read
    }

    /// `cursor` and `limit` of a list (NLgov pagination module).
    pub fn page(&mut self) -> Page {
        let after = self.query_as(
            "cursor",
            |text| uuid::Uuid::try_parse(text).ok(),
            "Gebruik een cursor zoals de gateway die gaf in de header `Link`.",
            "Use a cursor as the gateway gave it in the header `Link`.",
        );
        let limit = self.limit();
        Page { after, limit }
    }

    /// `limit` of a list.
    pub fn limit(&mut self) -> u32 {
        let limit = self.query_as(
            "limit",
            |text| {
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                let limit = digits.then(|| text.parse().ok())??;
                (1..=Page::LIMIT_MAX).contains(&limit).then_some(limit)
            },
            &format!(
                "Geef een geheel getal van 1 tot en met {}.",
                Page::LIMIT_MAX
            ),
            &format!("Give a whole number from 1 to {}.", Page::LIMIT_MAX),
        );
        limit.unwrap_or(Page::LIMIT_DEFAULT)
    }

    /// The query parameter `soort`; it must be there. Empty when it is not, which `finish` then refuses.
    pub fn required_soort(&mut self) -> String {
        let Some(soort) = self.query("soort") else {
            self.fault(
                "query.ontbreekt",
                Place::Query("soort".to_owned()),
                "Noem de soort van het bericht, zoals `?soort=verwijzing`; `GET /v1/soorten` toont ze.",
                "Name the soort of the message, such as `?soort=verwijzing`; `GET /v1/soorten` shows them.",
            );
            return String::new();
        };
        // The longest name a mapping can have; a longer one is not looked up and not logged.
        if !(1..=SOORT_MAX).contains(&soort.chars().count()) {
            self.fault(
                "query.waarde",
                Place::Query("soort".to_owned()),
                format!("Een soort heeft 1 tot en met {SOORT_MAX} tekens."),
                format!("A soort has 1 to {SOORT_MAX} characters."),
            );
        }
        soort
    }

    /// The header `Idempotency-Key`: a quoted string (structured field), or the bare key.
    pub fn idempotency_key(&mut self) -> Option<String> {
        let name = "idempotency-key";
        let text = self.header(name)?;
        let key = unquoted(text.trim());
        if key.is_none() {
            self.fault(
                "header.waarde",
                Place::Header("Idempotency-Key".to_owned()),
                format!("Geef een sleutel van 1 tot en met {KEY_MAX} leesbare ASCII-tekens, liefst tussen aanhalingstekens."),
                format!("Give a key of 1 to {KEY_MAX} printable ASCII characters, preferably in quotes."),
            );
        }
        key
    }

    /// The header `Schakel-Verzonden-Op`: when the sender sent it, with any offset.
    pub fn sent_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        let text = self.header("schakel-verzonden-op")?;
        let place = || Place::Header("Schakel-Verzonden-Op".to_owned());
        // `-00:00` says that the offset is not known, and is not allowed.
        let moment: Option<Timestamp> = text.trim().parse().ok();
        let Some(moment) = moment.filter(|_| !text.contains("-00:00")) else {
            self.fault(
                "header.waarde",
                place(),
                "Geef een tijdstip met tijdzone, zoals 2026-11-23T10:15:30+01:00.",
                "Give a date and time with offset, such as 2026-11-23T10:15:30+01:00.",
            );
            return None;
        };
        if moment.duration_since(now) > AHEAD_MAX {
            self.fault(
                "tijdstip.toekomst",
                place(),
                "Dit tijdstip ligt meer dan een dag in de toekomst. Controleer de klok van het systeem.",
                "This moment is more than a day in the future. Check the clock of the system.",
            );
            return None;
        }
        Some(moment)
    }

    /// Adds a fault that was found elsewhere, in the body.
    pub fn add(&mut self, faults: Vec<Fault>) {
        self.faults.extend(faults);
    }

    /// Adds a fault.
    pub fn fault(
        &mut self,
        code: &'static str,
        place: Place,
        nl: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.faults.push(Fault::refused(code, place, nl, en));
    }

    /// Every fault there is, unknown query parameters included.
    pub fn finish(mut self) -> Result<(), Problem> {
        let unknown: Vec<String> = self
            .query
            .iter()
            .filter(|(name, _)| !self.known.iter().any(|known| known == name))
            .map(|(name, _)| discreet(name))
            .collect();
        for name in unknown {
            self.fault(
                "query.onbekend",
                Place::Query(name),
                "Deze parameter is hier niet bekend. Controleer de spelling.",
                "This parameter is not known here. Check the spelling.",
            );
        }
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(Problem::invalid(self.faults))
    }

    fn header(&mut self, name: &'static str) -> Option<String> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        let only = values.next().is_none();
        let text = value.to_str().ok().filter(|_| only).map(str::to_owned);
        if text.is_none() {
            self.fault(
                "header.waarde",
                Place::Header(name.to_owned()),
                "Stuur deze header één keer, met alleen ASCII-tekens.",
                "Send this header once, with ASCII characters only.",
            );
        }
        text
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The last one of the part before.
    pub after: Option<uuid::Uuid>,
    /// How many at most.
    pub limit: u32,
}

impl Page {
    /// Items when nothing is asked.
    pub const LIMIT_DEFAULT: u32 = 50;
    /// Items at most.
    pub const LIMIT_MAX: u32 = 200;
}

/// The pairs of a query, percent-decoded as UTF-8; what is no UTF-8 is replaced.
fn pairs(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = || Some((digit(*bytes.get(at + 1)?)? << 4) | digit(*bytes.get(at + 2)?)?);
        match bytes[at] {
            b'%' => match hex() {
                Some(byte) => {
                    out.push(byte);
                    at += 2;
                }
                None => out.push(b'%'),
            },
            b'+' => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|d| u8::try_from(d).ok())
}

/// An unknown name is shown only when it looks like a name: it may be data that slipped in.
fn discreet(name: &str) -> String {
    let plain = name.len() <= 40
        && name
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-')
        && !name.is_empty();
    if plain {
        name.to_owned()
    } else {
        "…".to_owned()
    }
}

/// The string of a structured field, or a bare key.
fn unquoted(text: &str) -> Option<String> {
    let key = match text.strip_prefix('"') {
        None => text.to_owned(),
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            let mut key = String::with_capacity(inner.len());
            let mut chars = inner.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => key.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
                    '"' => return None,
                    c => key.push(c),
                }
            }
            key
        }
    };
    let printable = key.bytes().all(|b| (0x20..0x7f).contains(&b));
    (printable && (1..=KEY_MAX).contains(&key.len())).then_some(key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;
    use crate::document::Lang;
    use axum::http::HeaderName;
    use axum::http::HeaderValue;

    fn faults(input: Input<'_>) -> Vec<(String, String)> {
        let problem = input.finish().expect_err("there are faults");
        let shown = |f: &Fault| (f.code.to_string(), f.place.location(Lang::Nl));
        problem.errors.iter().map(shown).collect()
    }

    #[test]
    fn every_fault_of_query_and_headers_is_told_at_once() {
        let uri: Uri = "/x?limit=0&cursor=banaan&Limit=3&999990019=1&cursor=x"
            .parse()
            .unwrap();
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("idempotency-key"),
            HeaderValue::from_static("\"half"),
        )]);
        let mut input = Input::of(&uri, &headers);
        input.page();
        input.idempotency_key();
        let expected = [
            ("query.dubbel", "cursor"),
            ("query.waarde", "cursor"),
            ("query.waarde", "limit"),
            ("header.waarde", "Idempotency-Key"),
            ("query.onbekend", "Limit"),
            ("query.onbekend", "…"),
        ];
        let expected: Vec<_> = expected
            .map(|(c, l)| (c.to_owned(), l.to_owned()))
            .into_iter()
            .collect();
        assert_eq!(faults(input), expected);
    }

    #[test]
    fn an_idempotency_key_is_read_quoted_or_bare() {
        for (text, key) in [
            ("abc", Some("abc")),
            ("\"abc\"", Some("abc")),
            (r#""a\"b\\c""#, Some(r#"a"b\c"#)),
            ("\"\"", None),
            ("", None),
            ("\"a\"b\"", None),
            (r#""a\x""#, None),
            ("\"a\\\"", None),
            ("\"a\";p=1", None),
        ] {
            assert_eq!(unquoted(text).as_deref(), key, "{text}");
        }
        assert_eq!(unquoted(&"x".repeat(256)), None);
    }

    #[test]
    fn a_moment_needs_an_offset_and_lies_not_far_ahead() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        for (text, fine) in [
            ("2026-11-23T10:15:30+01:00", true),
            ("2026-11-23T10:15:30Z", true),
            ("2026-11-24T09:59:59Z", true),
            ("2026-11-24T10:00:01Z", false),
            ("2026-11-23T10:15:30", false),
            ("2026-11-23T10:15:30-00:00", false),
            ("2026-11-23", false),
            ("gisteren", false),
        ] {
            let headers = HeaderMap::from_iter([(
                HeaderName::from_static("schakel-verzonden-op"),
                HeaderValue::from_str(text).unwrap(),
            )]);
            let uri = Uri::from_static("/x");
            let mut input = Input::of(&uri, &headers);
            assert_eq!(input.sent_at(now).is_some(), fine, "{text}");
            assert_eq!(input.finish().is_ok(), fine, "{text}");
        }
    }

    #[test]
    fn a_query_is_decoded_and_damage_does_no_harm() {
        let query = "a=%C3%A9+b&c=%zz&d=%f&%61=1&e";
        let read: Vec<(String, String)> = pairs(query)
            .into_iter()
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        let expected = [
            ("a", "é b"),
            ("c", "%zz"),
            ("d", "%f"),
            ("a", "1"),
            ("e", ""),
        ];
        assert_eq!(read, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
