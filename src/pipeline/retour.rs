//! What became of a message, in its sender's own format, where its mapping has a retour.

use crate::adapters;
use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Place;
use crate::mapping::Mapping;
use crate::mapping::Refused;
use crate::pipeline::Pipeline;
use crate::pipeline::answer::Answer;
use crate::pipeline::receive::original_context;
use crate::pipeline::receive::revision_of;
use crate::store::AuditRow;
use crate::store::StoreError;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// A content type and content. The sender's own data come back in it.
pub type OwnAnswer = (String, Personal<Vec<u8>>);

impl Pipeline {
    /// The content type of the retour to what an organisation pushes as a soort, if its mapping has one.
    #[must_use]
    pub fn retour_type(&self, sender: &OrgCode, soort: &str) -> Option<&'static str> {
        let mapping = self.inbound(sender, soort).ok()?;
        mapping.retour_wire().map(adapters::content_type)
    }

    /// The retour to a stored message of this sender: the same one each time it is asked for. `None` when the message is
    /// absent or another organisation's, when its mapping has no retour (any more), or when so much of it was refused
    /// that the stored answer does not name all.
    pub async fn retour(
        &self,
        sender: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<OwnAnswer>, StoreError> {
        let parts = &self.parts;
        let Some(view) = parts.store.message(sender, id).await? else {
            return Ok(None);
        };
        let corrupt = |what: &str| StoreError::Corrupt(format!("{what} of message {id}"));
        let answer: Answer =
            serde_json::from_str(&view.answer).map_err(|_| corrupt("the answer"))?;
        let told = answer.elementen.iter().filter(|one| !one.opgenomen);
        let told = told.count() == answer.geweigerd;
        let mapping = self.inbound(sender, &answer.soort).ok();
        // places are those of the mapping that read it: another one could put codes where they do not belong
        let Some(mapping) = mapping.filter(|now| told && revision_of(now) == answer.mapping) else {
            return Ok(None);
        };
        let Some(original) = parts.store.original(id).await? else {
            return Ok(None);
        };
        let opened = parts.sealer.open(&original_context(id), &original.sealed);
        let body = opened.map_err(|_| corrupt("the original"))?;
        let refused = answer.elementen.into_iter().filter(|one| !one.opgenomen);
        let refused = Told::Elements(refused.map(|one| (one.plaats, one.fouten)).collect());
        let moment = answer.ontvangen_op;
        let made = self.made(mapping, Bytes::from(body), refused, (id, moment));
        let made = made.await;
        if made.is_some() {
            let row = AuditRow {
                at: parts.clock.now(),
                action: "bericht.retour".to_owned(),
                object: format!("bericht/{id}"),
                result: "gelukt".to_owned(),
                origin: "api".to_owned(),
                actor: actor.to_owned(),
            };
            parts.store.audit(&[row]).await?;
        }
        Ok(made)
    }

    /// The retour to a message of which nothing was taken, and so nothing is stored. `None` as for [`Self::retour`], or
    /// when it is no document of the mapping at all.
    pub async fn refusal(
        &self,
        sender: &OrgCode,
        soort: &str,
        body: Bytes,
        faults: Vec<Fault>,
    ) -> Option<OwnAnswer> {
        let mapping = self.inbound(sender, soort).ok()?;
        let now = self.parts.clock.now();
        // nothing is stored that has an id: what is sent again is answered under the same one
        let id = Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            &[sender.as_str().as_bytes(), &body].concat(),
        );
        self.made(mapping, body, Told::Message(faults), (id, now))
            .await
    }

    /// Reads the message again and writes its retour.
    async fn made(
        &self,
        mapping: Arc<Mapping>,
        body: Bytes,
        refused: Told,
        of: (Uuid, Timestamp),
    ) -> Option<OwnAnswer> {
        mapping.retour_wire()?;
        let document = self.document(&mapping, &body).await.ok()?;
        let write = move || written(&mapping, &document, &refused, of);
        tokio::task::spawn_blocking(write).await.ok()?
    }
}

/// What was refused, as it was stored.
enum Told {
    Message(Vec<Fault>),
    Elements(Vec<(Place, Vec<Fault>)>),
}

fn written(
    mapping: &Mapping,
    document: &Document,
    refused: &Told,
    (id, moment): (Uuid, Timestamp),
) -> Option<OwnAnswer> {
    // formats write at most thousandths of a second and refuse to drop digits
    let moment = Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment);
    let bericht = json!({ "id": id, "referentie": id, "verzonden": moment });
    let refused = match refused {
        Told::Message(faults) => Refused::Message(faults),
        Told::Elements(elements) => {
            let elements = elements.iter();
            Refused::Elements(
                elements
                    .map(|(at, faults)| (at, faults.as_slice()))
                    .collect(),
            )
        }
    };
    let retour = mapping.retour(document, refused, &bericht)?;
    let wire = mapping.retour_wire_of(&retour)?;
    let content = adapters::encode(&retour, wire).ok()?;
    Some((
        adapters::content_type(wire).to_owned(),
        Personal::new(content),
    ))
}
