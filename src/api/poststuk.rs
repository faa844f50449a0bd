use crate::api::Mail;
use crate::api::view::Moment;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Een opgehaalde aflevering met haar inhoud.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Poststuk {
    /// Kenmerk van de aflevering.
    pub id: Uuid,
    /// Soort, zoals de ontvanger die kent.
    pub soort: String,
    /// Code van de organisatie die het bericht stuurde.
    pub afzender: String,
    /// Het bericht waaruit dit voortkwam.
    pub bericht: Uuid,
    /// Inhoudstype van de inhoud.
    pub inhoudstype: String,
    /// De inhoud als tekst, wanneer die UTF-8 is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub inhoud: Option<String>,
    /// De inhoud als base64, wanneer die geen UTF-8 is (een werkmap, een andere tekenset).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub inhoud_base64: Option<String>,
    /// Waarmee het te bevestigen of te weigeren is, en tot wanneer.
    pub lease: Lease,
}

/// Een bruikleen: tot wanneer de aflevering van deze ontvanger is, en het bewijs daarvan.
#[derive(Serialize, ToSchema)]
pub struct Lease {
    /// Mee te sturen bij bevestigen of weigeren.
    pub token: Uuid,
    /// Daarna komt de aflevering weer beschikbaar.
    #[schema(value_type = String, format = DateTime)]
    pub tot: Moment,
}

impl From<Mail> for Poststuk {
    fn from(mail: Mail) -> Self {
        let Mail {
            delivery,
            content,
            token,
            until,
        } = mail;
        let text = as_text(&content.content_type, &content.bytes);
        let inhoud_base64 = text.is_none().then(|| STANDARD.encode(&content.bytes));
        Self {
            id: delivery.id,
            soort: delivery.soort,
            afzender: delivery.sender.to_string(),
            bericht: delivery.message,
            inhoudstype: content.content_type,
            inhoud: text,
            inhoud_base64,
            lease: Lease {
                token,
                tot: Moment(until),
            },
        }
    }
}

/// The content as text, when it is UTF-8 and says nothing else: bytes in another character set that happen to be
/// valid UTF-8 would silently become other characters.
fn as_text(content_type: &str, bytes: &[u8]) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let charset = lower.split("charset=").nth(1).map(|c| c.trim_matches('"'));
    let declared_utf8 = charset.is_none_or(|c| c.starts_with("utf-8") || c.starts_with("us-ascii"));
    let head = &bytes[..bytes.len().min(100)];
    let xml_says = head.starts_with(b"<?xml")
        && !String::from_utf8_lossy(head)
            .split("?>")
            .next()
            .is_some_and(|d| !d.contains("encoding") || d.to_ascii_lowercase().contains("utf-8"));
    let plain = bytes.is_ascii() || (declared_utf8 && !xml_says);
    let text = plain.then(|| std::str::from_utf8(bytes).ok())??;
    (!text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_utf8_and_says_nothing_else_is_given_as_text() {
        let latin = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\u{e9}</a>";
        for (content_type, bytes, text) in [
            ("application/json", "{\"a\":\"\u{e9}\"}".as_bytes(), true),
            ("text/csv; charset=windows-1252", b"a;b", true),
            ("text/csv; charset=windows-1252", "\u{e9}".as_bytes(), false),
            ("text/csv; charset=UTF-8", "\u{e9}".as_bytes(), true),
            ("text/csv", b"\xe9".as_slice(), false),
            ("application/xml", latin.as_bytes(), false),
            (
                "application/xml",
                "<?xml version=\"1.0\"?><a>\u{e9}</a>".as_bytes(),
                true,
            ),
            ("application/octet-stream", b"PK\0".as_slice(), false),
        ] {
            assert_eq!(
                as_text(content_type, bytes).is_some(),
                text,
                "{content_type}"
            );
        }
    }
}
