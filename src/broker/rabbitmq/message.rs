//! What a parcel looks like on the wire: ids and a trace context, nothing else.

use crate::broker::PARCEL_MAX;
use crate::broker::Parcel;
use crate::canonical::OrgCode;
use lapin::BasicProperties;
use lapin::types::AMQPValue;
use lapin::types::FieldTable;
use lapin::types::LongString;
use lapin::types::ShortString;
use serde::Deserialize;
use std::fmt::Write as _;
use uuid::Uuid;

/// AMQP's number for a message that survives a restart.
const PERSISTENT: u8 = 2;
/// The header of the trace context.
const TRACEPARENT: &str = "traceparent";
/// Longest trace context that is taken from the wire; the one in use is 55.
const TRACEPARENT_MAX: usize = 128;

/// The content of a message.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Body {
    /// One delivery.
    One { bezorging: Uuid },
    /// Several.
    Several { bezorgingen: Vec<Uuid> },
}

/// Bytes of an id in a list: its text, quotes and comma.
const LISTED: usize = 39;

/// The content for a parcel.
pub(super) fn body(parcel: &Parcel) -> Vec<u8> {
    if let [delivery] = parcel.deliveries.as_slice() {
        return format!(r#"{{"bezorging":"{delivery}"}}"#).into_bytes();
    }
    let mut text = String::with_capacity(20 + LISTED * parcel.deliveries.len());
    text.push_str(r#"{"bezorgingen":["#);
    for (place, delivery) in parcel.deliveries.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        // writing to a String cannot fail
        let _ = write!(text, r#"{comma}"{delivery}""#);
    }
    text.push_str("]}");
    text.into_bytes()
}

/// The properties for a parcel.
pub(super) fn properties(parcel: &Parcel) -> BasicProperties {
    let properties = BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type(ShortString::from("application/json"))
        .with_message_id(ShortString::from(parcel.id().to_string()));
    if parcel.traceparent.is_empty() {
        return properties;
    }
    let mut headers = FieldTable::default();
    let trace = LongString::from(parcel.traceparent.as_str());
    headers.insert(TRACEPARENT.into(), AMQPValue::LongString(trace));
    properties.with_headers(headers)
}

/// The parcel in a message from an organisation's queue, or nothing if the message is not one of ours.
pub(super) fn parse(
    recipient: &OrgCode,
    body: &[u8],
    properties: &BasicProperties,
) -> Option<Parcel> {
    let deliveries = match serde_json::from_slice(body).ok()? {
        Body::One { bezorging } => vec![bezorging],
        Body::Several { bezorgingen } => bezorgingen,
    };
    (1..=PARCEL_MAX)
        .contains(&deliveries.len())
        .then(|| Parcel {
            deliveries,
            recipient: recipient.clone(),
            traceparent: traceparent(properties).unwrap_or_default(),
        })
}

fn traceparent(properties: &BasicProperties) -> Option<String> {
    let headers = properties.headers().as_ref()?;
    let AMQPValue::LongString(trace) = headers.inner().get(TRACEPARENT)? else {
        return None;
    };
    let fits = trace.len() <= TRACEPARENT_MAX && trace.as_bytes().iter().all(u8::is_ascii_graphic);
    fits.then(|| trace.to_string())
}

#[cfg(test)]
mod tests {
    use super::body;
    use super::parse;
    use super::properties;
    use crate::broker::PARCEL_MAX;
    use crate::broker::Parcel;
    use crate::canonical::OrgCode;
    use lapin::BasicProperties;
    use proptest::prelude::any;
    use proptest::proptest;
    use uuid::Uuid;

    fn organisation() -> OrgCode {
        OrgCode::parse("aanbieder-a").expect("a code of the test")
    }

    #[test]
    fn a_parcel_comes_out_as_it_went_in() {
        for (traceparent, count) in [
            ("", 1),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 1),
            ("", 2),
            ("", PARCEL_MAX),
        ] {
            let parcel = Parcel {
                deliveries: (0..count).map(|_| Uuid::new_v4()).collect(),
                recipient: organisation(),
                traceparent: traceparent.to_owned(),
            };
            let (body, properties) = (body(&parcel), properties(&parcel));
            assert_eq!(parse(&organisation(), &body, &properties), Some(parcel));
        }
    }

    #[test]
    fn a_message_with_nothing_or_too_much_in_it_is_no_parcel() {
        for count in [0, PARCEL_MAX + 1] {
            let parcel = Parcel {
                deliveries: vec![Uuid::nil(); count],
                recipient: organisation(),
                traceparent: String::new(),
            };
            let properties = BasicProperties::default();
            assert_eq!(parse(&organisation(), &body(&parcel), &properties), None);
        }
        for content in [
            r#"{"bezorging":"x"}"#,
            r#"{"bezorgingen":"x"}"#,
            r#"{"bezorging":"00000000-0000-0000-0000-000000000001","meer":1}"#,
        ] {
            let properties = BasicProperties::default();
            let parsed = parse(&organisation(), content.as_bytes(), &properties);
            assert_eq!(parsed, None, "{content}");
        }
    }

    proptest! {
        #[test]
        fn other_content_is_no_parcel(content in any::<Vec<u8>>()) {
            assert_eq!(parse(&organisation(), &content, &BasicProperties::default()), None);
        }
    }
}
