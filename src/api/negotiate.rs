use crate::api::problem::Problem;
use crate::api::problem::ProblemKind;
use crate::document::Lang;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::header;

/// The language the caller prefers of the two there are; Dutch when it says nothing usable (RFC 9110, 12.5.4).
#[must_use]
pub fn language(headers: &HeaderMap) -> Lang {
    let mut best = (0_u16, Lang::Nl);
    for (range, quality) in weighted(headers, &header::ACCEPT_LANGUAGE) {
        let primary = range.split('-').next().unwrap_or_default();
        let lang = match primary.to_ascii_lowercase().as_str() {
            "nl" | "*" => Lang::Nl,
            "en" => Lang::En,
            _ => continue,
        };
        if quality > best.0 {
            best = (quality, lang);
        }
    }
    best.1
}

/// Checks that the caller accepts a media type (without parameters), for example `application/json`.
pub fn accepts(headers: &HeaderMap, media_type: &str) -> Result<(), Problem> {
    if quality(headers, media_type) > 0 {
        return Ok(());
    }
    let media_type = essence(media_type);
    Err(Problem::new(ProblemKind::NotAcceptable).saying(
        format!("Het antwoord komt als `{media_type}`; uw header `Accept` laat dat niet toe."),
        format!("The answer comes as `{media_type}`; your header `Accept` does not allow that."),
    ))
}

/// The XML media type that the caller would rather have than JSON, if there is one.
#[must_use]
pub fn rather_xml(headers: &HeaderMap) -> Option<&'static str> {
    let mut best = (quality(headers, "application/json"), None);
    for media_type in ["application/xml", "text/xml"] {
        let quality = quality(headers, media_type);
        if quality > best.0 {
            best = (quality, Some(media_type));
        }
    }
    best.1
}

/// How much the caller likes a media type, in thousandths; everything is fine without a header. The most specific range
/// that fits decides (RFC 9110, 12.5.1).
fn quality(headers: &HeaderMap, media_type: &str) -> u16 {
    if !headers.contains_key(header::ACCEPT) {
        return 1000;
    }
    let media_type = essence(media_type);
    let family = media_type.split('/').next().unwrap_or_default();
    let mut decision: Option<(u8, u16)> = None;
    for (range, quality) in weighted(headers, &header::ACCEPT) {
        let range = essence(&range);
        let precision = if range == media_type {
            3
        } else if range.strip_suffix("/*") == Some(family) {
            2
        } else if range == "*/*" {
            1
        } else {
            continue;
        };
        if decision.is_none_or(|(held, _)| precision > held) {
            decision = Some((precision, quality));
        }
    }
    decision.map_or(0, |(_, quality)| quality)
}

/// A media type without parameters, in lower case.
#[must_use]
pub fn essence(media_type: &str) -> String {
    let bare = media_type.split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

/// The parts of a list header with their quality in thousandths. A part with an unreadable quality counts as 0.
fn weighted(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    let lines = headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .filter_map(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let range = pieces.next().filter(|range| !range.is_empty())?;
            let quality = pieces
                .find_map(|piece| {
                    piece
                        .strip_prefix("q=")
                        .or_else(|| piece.strip_prefix("Q="))
                })
                .map_or(1000, thousandths);
            Some((range.to_owned(), quality))
        })
        .collect()
}

fn thousandths(quality: &str) -> u16 {
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    match whole {
        "1" if digits && fraction.bytes().all(|b| b == b'0') => 1000,
        "0" if digits => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn dutch_unless_english_is_preferred() {
        for (value, lang) in [
            ("", Lang::Nl),
            ("en", Lang::En),
            ("en-GB,en;q=0.9", Lang::En),
            ("nl,en;q=0.9", Lang::Nl),
            ("en;q=0.3, nl-NL;q=0.5", Lang::Nl),
            ("de, fr", Lang::Nl),
            ("de, en;q=0.1", Lang::En),
            ("en;q=0", Lang::Nl),
            ("en;q=banaan", Lang::Nl),
            ("*", Lang::Nl),
        ] {
            let headers = with(header::ACCEPT_LANGUAGE, value);
            assert_eq!(language(&headers), lang, "{value}");
        }
        assert_eq!(language(&HeaderMap::new()), Lang::Nl);
    }

    #[test]
    fn the_most_specific_range_of_accept_decides() {
        for (value, fits) in [
            ("application/json", true),
            ("APPLICATION/JSON;charset=utf-8", true),
            ("application/*", true),
            ("*/*", true),
            ("text/html, */*;q=0.1", true),
            ("text/html", false),
            ("application/xml", false),
            ("*/*, application/json;q=0", false),
            ("application/json;q=0.000", false),
            ("application/problem+json", false),
        ] {
            let headers = with(header::ACCEPT, value);
            let outcome = accepts(&headers, "application/json");
            assert_eq!(outcome.is_ok(), fits, "{value}");
        }
        assert!(accepts(&HeaderMap::new(), "application/json").is_ok());
    }

    #[test]
    fn xml_is_given_to_who_asks_for_it_rather_than_for_json() {
        for (value, wanted) in [
            ("application/xml", Some("application/xml")),
            ("text/xml", Some("text/xml")),
            ("text/xml, */*;q=0.1", Some("text/xml")),
            ("text/xml;q=0.5, application/xml", Some("application/xml")),
            (
                "application/xml;q=0.9, application/json;q=0.8",
                Some("application/xml"),
            ),
            ("application/xml, application/json", None),
            ("application/json, application/xml;q=0.9", None),
            ("application/xml;q=0", None),
            ("*/*", None),
            ("application/*", None),
            ("image/png", None),
        ] {
            let headers = with(header::ACCEPT, value);
            assert_eq!(rather_xml(&headers), wanted, "{value}");
        }
        assert_eq!(rather_xml(&HeaderMap::new()), None);
    }
}
