use crate::api::Direction;
use crate::api::Mail;
use crate::api::SentMessage;
use crate::api::Soort;
use crate::api::retour::Formaat;
use crate::api::retour::Richting;
use crate::document::Format;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::MessageSummary;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde::Serializer;
use utoipa::ToSchema;
use uuid::Uuid;

/// A moment in UTC, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// Een bericht in een lijst.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BerichtSamenvatting {
    /// Kenmerk van het bericht in de gateway.
    pub id: Uuid,
    /// De eigen referentie van de verzender.
    pub referentie: String,
    /// Soort bericht.
    pub soort: String,
    /// Wanneer het geheel binnen was.
    #[schema(value_type = String, format = DateTime)]
    pub ontvangen_op: Moment,
    /// Aantal elementen dat is overgenomen.
    pub aangenomen: u32,
    /// Aantal elementen dat is geweigerd.
    pub geweigerd: u32,
}

impl From<MessageSummary> for BerichtSamenvatting {
    fn from(m: MessageSummary) -> Self {
        Self {
            id: m.id,
            referentie: m.reference,
            soort: m.soort,
            ontvangen_op: Moment(m.received_at),
            aangenomen: m.taken,
            geweigerd: m.refused,
        }
    }
}

/// Berichten, nieuwste eerst.
#[derive(Serialize, ToSchema)]
pub struct Berichtenlijst {
    /// De berichten.
    pub berichten: Vec<BerichtSamenvatting>,
}

/// Een bericht met zijn weg.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bericht {
    /// Wat ook in de lijst staat.
    #[serde(flatten)]
    pub samenvatting: BerichtSamenvatting,
    /// Wanneer de verzender zegt dat het verzonden is.
    #[schema(value_type = String, format = DateTime)]
    pub verzonden_op: Moment,
    /// Revisie van de mapping die het bericht las.
    pub mapping: String,
    /// De stappen die het bericht zelf doorliep.
    pub verloop: Vec<Stap>,
    /// Het antwoord dat bij ontvangst is gegeven, per element.
    #[schema(value_type = super::retour::Retour)]
    pub retour: serde_json::Value,
    /// Wat er met het bericht naar anderen ging.
    pub afleveringen: Vec<Aflevering>,
}

impl From<SentMessage> for Bericht {
    fn from(sent: SentMessage) -> Self {
        let SentMessage { view, answer } = sent;
        Self {
            verzonden_op: Moment(view.sent_at),
            mapping: view.mapping,
            verloop: vec![
                Stap::new("ontvangen", view.summary.received_at),
                Stap::new("vertaald", view.mapped_at),
                Stap::new("opgeslagen", view.stored_at),
            ],
            retour: answer,
            afleveringen: view.deliveries.iter().map(Aflevering::from).collect(),
            samenvatting: view.summary.into(),
        }
    }
}

/// Een stap op de weg.
#[derive(Serialize, ToSchema)]
pub struct Stap {
    /// Welke: `ontvangen`, `vertaald`, `opgeslagen`, `aangemaakt`, `gepubliceerd`, `klaar`, of waar het eindigde.
    pub stap: &'static str,
    /// Wanneer.
    #[schema(value_type = String, format = DateTime)]
    pub op: Moment,
}

impl Stap {
    const fn new(stap: &'static str, op: Timestamp) -> Self {
        Self {
            stap,
            op: Moment(op),
        }
    }
}

/// Waar een aflevering staat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Afleverstatus {
    /// Vastgelegd; gaat zo of na een wachttijd naar de wachtrij.
    TeVerzenden,
    /// In de wachtrij.
    Gepubliceerd,
    /// Wordt nu naar de webhook gestuurd.
    WordtAangeboden,
    /// Ligt klaar in het postvak.
    Klaar,
    /// Opgehaald, nog niet bevestigd.
    Uitgereikt,
    /// De ontvanger heeft het.
    Bevestigd,
    /// De ontvanger weigerde het.
    Geweigerd,
    /// Alle pogingen zijn gedaan; opnieuw aan te bieden.
    Geparkeerd,
    /// Er is geen grond (meer) om het te verstrekken.
    Ingehouden,
}

impl From<DeliveryState> for Afleverstatus {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Outbox => Self::TeVerzenden,
            DeliveryState::Published => Self::Gepubliceerd,
            DeliveryState::Pushing => Self::WordtAangeboden,
            DeliveryState::Ready => Self::Klaar,
            DeliveryState::Leased => Self::Uitgereikt,
            DeliveryState::Confirmed => Self::Bevestigd,
            DeliveryState::Refused => Self::Geweigerd,
            DeliveryState::Parked => Self::Geparkeerd,
            DeliveryState::Withheld => Self::Ingehouden,
        }
    }
}

/// Een aflevering aan één ontvanger, zonder inhoud.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Aflevering {
    /// Kenmerk; hetzelfde bij elke poging, ook als `webhook-id`.
    pub id: Uuid,
    /// Code van de organisatie die het bericht stuurde.
    pub afzender: String,
    /// Code van de organisatie die het krijgt.
    pub ontvanger: String,
    /// Het bericht waaruit dit voortkwam.
    pub bericht: Uuid,
    /// Soort, zoals de ontvanger die kent.
    pub soort: String,
    /// Waar het staat.
    pub status: Afleverstatus,
    /// Aantal keren dat het is aangeboden of opgehaald.
    pub pogingen: u32,
    /// Wanneer het weer wordt geprobeerd.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub volgende_poging_op: Option<Moment>,
    /// Tot wanneer het is uitgereikt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    pub uitgereikt_tot: Option<Moment>,
    /// Waarom het nog niet lukte, geweigerd, geparkeerd of ingehouden is: een code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reden: Option<String>,
    /// De stappen die het doorliep.
    pub verloop: Vec<Stap>,
}

impl From<&Delivery> for Aflevering {
    fn from(d: &Delivery) -> Self {
        let settled = Afleverstatus::from(d.state);
        let steps = [
            Some(("aangemaakt", d.created_at)),
            d.published_at.map(|at| ("gepubliceerd", at)),
            d.ready_at.map(|at| ("klaar", at)),
            d.settled_at.map(|at| (d.state.as_str(), at)),
        ];
        let waits = d.state == DeliveryState::Outbox && d.attempts > 0;
        Self {
            id: d.id,
            afzender: d.sender.to_string(),
            ontvanger: d.recipient.to_string(),
            bericht: d.message,
            soort: d.soort.clone(),
            status: settled,
            pogingen: d.attempts,
            volgende_poging_op: waits.then_some(Moment(d.next_at)),
            uitgereikt_tot: d
                .claimed_until
                .filter(|_| d.state == DeliveryState::Leased)
                .map(Moment),
            reden: d.reason.clone(),
            verloop: steps
                .into_iter()
                .flatten()
                .map(|(step, at)| Stap::new(step, at))
                .collect(),
        }
    }
}

/// Afleveringen in het postvak, nieuwste eerst.
#[derive(Serialize, ToSchema)]
pub struct Postvaklijst {
    /// De afleveringen.
    pub afleveringen: Vec<Aflevering>,
}

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

/// Een soort bericht die de organisatie kan sturen of krijgt.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Berichtsoort {
    /// Naam van de soort.
    pub soort: String,
    /// Sturen, ontvangen of beide.
    pub richting: Richting,
    /// Familie van het formaat.
    pub formaat: Formaat,
    /// Inhoudstype van het formaat.
    pub inhoudstype: String,
    /// Waar één element over gaat.
    pub gegeven: &'static str,
    /// Revisie van de mapping.
    pub mapping: String,
}

impl From<Soort> for Berichtsoort {
    fn from(s: Soort) -> Self {
        Self {
            soort: s.soort,
            richting: match s.direction {
                Direction::Push => Richting::Sturen,
                Direction::Get => Richting::Ontvangen,
                Direction::Both => Richting::Beide,
            },
            formaat: match s.format {
                Format::Xml => Formaat::Xml,
                Format::Json => Formaat::Json,
                Format::Csv => Formaat::Csv,
                Format::Excel => Formaat::Excel,
                Format::FixedWidth => Formaat::VasteBreedte,
            },
            inhoudstype: s.content_type,
            gegeven: s.kind.as_str(),
            mapping: s.revision,
        }
    }
}

/// De soorten van een organisatie.
#[derive(Serialize, ToSchema)]
pub struct Soortenlijst {
    /// De soorten.
    pub soorten: Vec<Berichtsoort>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests {
    use super::*;

    #[test]
    fn the_status_in_the_api_is_the_state_in_the_store() {
        for state in DeliveryState::ALL {
            let status = serde_json::to_value(Afleverstatus::from(state)).unwrap();
            assert_eq!(status, state.as_str());
        }
    }

    #[test]
    fn a_moment_is_in_utc_to_the_millisecond() {
        let moment = Moment("2026-11-23T10:15:30.123456+01:00".parse().unwrap());
        let text = serde_json::to_value(moment).unwrap();
        assert_eq!(text, "2026-11-23T09:15:30.123Z");
    }

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
