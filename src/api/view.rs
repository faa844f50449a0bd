use crate::api::Direction;
use crate::api::SentMessage;
use crate::api::Soort;
use crate::api::retour::Formaat;
use crate::api::retour::Richting;
use crate::canonical::Kind;
use crate::document::Format;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::MessageSummary;
use crate::store::Rejection;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use serde::Serializer;
use serde_json::Value;
use std::collections::HashMap;
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
    /// Hoeveel afleveringen er in totaal zijn.
    pub aantal_afleveringen: usize,
    /// Wat er met het bericht naar anderen ging: de eerste 100. Zijn er meer, dan wijst de header `Link` naar de rest.
    #[schema(max_items = 100)]
    pub afleveringen: Vec<Aflevering>,
}

impl Bericht {
    /// Deliveries shown with their message.
    pub const DELIVERIES_MAX: usize = 100;
}

impl From<SentMessage> for Bericht {
    fn from(sent: SentMessage) -> Self {
        let SentMessage { view, answer } = sent;
        let shown = view.deliveries.iter().take(Self::DELIVERIES_MAX);
        let elements = Elements::of(&answer);
        let shown: Vec<_> = shown.map(|one| elements.shown(one)).collect();
        Self {
            verzonden_op: Moment(view.sent_at),
            mapping: view.mapping,
            verloop: vec![
                Stap::new("ontvangen", view.summary.received_at),
                Stap::new("vertaald", view.mapped_at),
                Stap::new("opgeslagen", view.stored_at),
            ],
            retour: answer,
            aantal_afleveringen: view.deliveries.len(),
            afleveringen: shown,
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
    /// Waarom het nog niet lukte, geweigerd, geparkeerd of ingehouden is: een code. Legde een andere organisatie vast
    /// dat er niets over de kandidaat naar anderen gaat, dan is het `kandidaat.ingehouden`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reden: Option<String>,
    /// Wat de ontvanger in zijn retourbericht afwees. Afwezig als er geen retourbericht is, leeg als alles goed was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub afgewezen: Option<Vec<Afwijzing>>,
    /// De stappen die het doorliep.
    pub verloop: Vec<Stap>,
}

/// Een onderdeel van een aflevering dat de ontvanger in zijn retourbericht afwees.
#[derive(Serialize, ToSchema)]
pub struct Afwijzing {
    /// Retourcodes, zoals het formaat van de ontvanger ze kent.
    pub codes: Vec<String>,
    /// Waar de codes staan in het retourbericht.
    pub plaats: String,
    /// De gegevens waar het over gaat; leeg als het over de hele aflevering gaat.
    pub gegevens: Vec<Gegeven>,
    /// In welke elementen van het gestuurde bericht deze gegevens staan. Alleen voor de afzender.
    pub elementen: Vec<Elementplaats>,
}

/// Een gegeven van een aflevering.
#[derive(Serialize, ToSchema)]
pub struct Gegeven {
    /// Soort gegeven.
    pub soort: String,
    /// Kenmerk in de gateway, zoals in het antwoord op het bericht.
    pub id: Uuid,
}

/// Een element van een gestuurd bericht.
#[derive(Clone, Serialize, ToSchema)]
pub struct Elementplaats {
    /// Volgnummer in het bericht, vanaf 1.
    pub nummer: u64,
    /// Plek in het eigen bestand.
    pub plaats: String,
}

/// Which elements of a sent message each record is in, as the answer to it told its sender.
pub struct Elements(HashMap<Uuid, Vec<Elementplaats>>);

impl Elements {
    /// Reads the answer that the sender got.
    pub fn of(answer: &Value) -> Self {
        let mut found: HashMap<Uuid, Vec<Elementplaats>> = HashMap::new();
        let elements = answer["elementen"].as_array();
        for element in elements.into_iter().flatten() {
            let (Some(nummer), Some(plaats)) =
                (element["nummer"].as_u64(), element["plaats"].as_str())
            else {
                continue;
            };
            let records = element["records"].as_array();
            let ids = records.into_iter().flatten();
            for id in ids.filter_map(|record| record["id"].as_str()?.parse().ok()) {
                let plaats = plaats.to_owned();
                found
                    .entry(id)
                    .or_default()
                    .push(Elementplaats { nummer, plaats });
            }
        }
        Self(found)
    }

    /// A delivery of the message, with the elements that its recipient rejected.
    pub fn shown(&self, delivery: &Delivery) -> Aflevering {
        let mut shown = Aflevering::from(delivery);
        for one in shown.afgewezen.iter_mut().flatten() {
            let of = |about: &Gegeven| self.0.get(&about.id).cloned();
            one.elementen = one.gegevens.iter().filter_map(of).flatten().collect();
        }
        shown
    }
}

impl From<&Rejection> for Afwijzing {
    fn from(one: &Rejection) -> Self {
        let about = |(kind, id): &(Kind, Uuid)| Gegeven {
            soort: kind.as_str().to_owned(),
            id: *id,
        };
        Self {
            codes: one.codes.clone(),
            plaats: one.place.clone(),
            gegevens: one.records.iter().map(about).collect(),
            elementen: Vec::new(),
        }
    }
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
            afgewezen: d
                .rejected
                .as_ref()
                .map(|rejected| rejected.iter().map(Afwijzing::from).collect()),
            verloop: steps
                .into_iter()
                .flatten()
                .map(|(step, at)| Stap::new(step, at))
                .collect(),
        }
    }
}

/// Afleveringen van een bericht, in volgorde van vastleggen.
#[derive(Serialize, ToSchema)]
pub struct Afleveringenlijst {
    /// De afleveringen.
    pub afleveringen: Vec<Aflevering>,
}

/// Afleveringen in het postvak, nieuwste eerst.
#[derive(Serialize, ToSchema)]
pub struct Postvaklijst {
    /// De afleveringen.
    pub afleveringen: Vec<Aflevering>,
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
}
