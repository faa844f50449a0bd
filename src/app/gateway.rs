use crate::api::Content;
use crate::api::Direction;
use crate::api::Gateway;
use crate::api::GatewayError;
use crate::api::Mail;
use crate::api::Push;
use crate::api::Put;
use crate::api::PutError;
use crate::api::Receipt;
use crate::api::ReceiveError;
use crate::api::STUF_NAMESPACE;
use crate::api::SentMessage;
use crate::api::Soort;
use crate::api::Webhook;
use crate::api::WebhookError;
use crate::api::WebhookSet;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::canonical::Record;
use crate::document::At;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Lang;
use crate::document::Place;
use crate::document::Sentence;
use crate::document::Wire;
use crate::mapping;
use crate::mapping::Mapping;
use crate::outbound;
use crate::outbound::UrlFault;
use crate::outbound::WebhookConfig;
use crate::pipeline;
use crate::pipeline::Answer;
use crate::pipeline::CollectError;
use crate::pipeline::ManageError;
use crate::pipeline::OwnAnswer;
use crate::pipeline::Pipeline;
use crate::store::AnswerOutcome;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::LeaseAnswer;
use crate::store::MessageSummary;
use crate::store::ProposalRow;
use crate::store::ProposalState;
use crate::store::StoreError;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The pipeline as the API asks for it.
pub struct PipelineGateway {
    pipeline: Arc<Pipeline>,
    webhooks: WebhookConfig,
}

impl PipelineGateway {
    /// A gateway around a pipeline; `webhooks` decides which addresses may be registered.
    #[must_use]
    pub const fn new(pipeline: Arc<Pipeline>, webhooks: WebhookConfig) -> Self {
        Self { pipeline, webhooks }
    }

    fn check_address(&self, url: &str) -> Result<(), WebhookError> {
        outbound::check_url(url, &self.webhooks).map_err(|fault| {
            let sentence = address_sentence(fault);
            let place = Place::Json {
                pointer: "/url".to_owned(),
                at: At::default(),
            };
            WebhookError::Invalid(vec![Fault::refused(
                "webhook.adres",
                place,
                sentence.nl,
                sentence.en,
            )])
        })
    }
}

impl From<StoreError> for GatewayError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) => Self::Unavailable(reason),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<CollectError> for GatewayError {
    fn from(error: CollectError) -> Self {
        match error {
            CollectError::Store(error) => error.into(),
        }
    }
}

impl From<pipeline::ReceiveError> for ReceiveError {
    fn from(error: pipeline::ReceiveError) -> Self {
        use pipeline::ReceiveError as From;
        match error {
            From::Invalid(faults) => Self::Invalid(faults),
            From::NoReference => Self::NoReference,
            From::UnknownSoort => Self::UnknownSoort,
            From::UnsupportedType { expected } => Self::UnsupportedType {
                expected: expected.to_owned(),
            },
            From::TooLarge { .. } => Self::TooLarge,
            From::Conflict { earlier } => Self::Conflict(earlier),
            From::UnknownOrganisation => Self::NoPermission,
            From::Busy => Self::Busy,
            From::Internal => Self::Other(GatewayError::Internal(
                "a message cannot be stored; the cause is in the log before this".to_owned(),
            )),
            From::Unavailable => Self::Other(GatewayError::Unavailable("the store".to_owned())),
        }
    }
}

fn own_answer((content_type, content): OwnAnswer) -> Content {
    Content {
        content_type,
        bytes: Bytes::from(content.into_inner()),
    }
}

#[async_trait]
impl Gateway for PipelineGateway {
    fn knows(&self, organisation: &OrgCode) -> bool {
        self.pipeline
            .directory()
            .organisation(organisation)
            .is_some()
    }

    async fn receive(&self, push: Push) -> Result<Receipt, ReceiveError> {
        let lang = push.lang;
        let receipt = self
            .pipeline
            .receive(pipeline::Push {
                sender: push.sender,
                actor: push.actor,
                soort: push.soort,
                content_type: push.content_type,
                idempotency_key: push.idempotency_key,
                sent_at: push.sent_at,
                body: push.body,
                traceparent: push.traceparent,
            })
            .await?;
        Ok(Receipt {
            id: receipt.id,
            received_at: receipt.answer.ontvangen_op,
            answer: receipt.answer.render(lang),
            refusals: receipt.answer.refusals().cloned().collect(),
            replayed: receipt.replayed,
        })
    }

    fn retour_type(&self, sender: &OrgCode, soort: &str) -> Option<String> {
        let found = self.pipeline.retour_type(sender, soort);
        found.map(str::to_owned)
    }

    async fn retour(
        &self,
        sender: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<Content>, GatewayError> {
        let found = self.pipeline.retour(sender, actor, id).await?;
        Ok(found.map(own_answer))
    }

    async fn refusal(&self, push: Push, faults: Vec<Fault>) -> Option<Content> {
        let pipeline = &self.pipeline;
        let made = pipeline.refusal(&push.sender, &push.soort, push.body, faults);
        made.await.map(own_answer)
    }

    async fn message(
        &self,
        sender: &OrgCode,
        id: Uuid,
        lang: Lang,
    ) -> Result<Option<SentMessage>, GatewayError> {
        let Some(view) = self.pipeline.follow(sender, id).await? else {
            return Ok(None);
        };
        let answer: Answer = serde_json::from_str(&view.answer)
            .map_err(|_| GatewayError::Internal("a stored answer cannot be read".to_owned()))?;
        Ok(Some(SentMessage {
            view,
            answer: answer.render(lang),
        }))
    }

    async fn messages(
        &self,
        sender: &OrgCode,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<MessageSummary>, GatewayError> {
        Ok(self
            .pipeline
            .store()
            .messages(sender, before, limit)
            .await?)
    }

    async fn deliveries(
        &self,
        recipient: &OrgCode,
        state: Option<DeliveryState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Delivery>, GatewayError> {
        let store = self.pipeline.store();
        Ok(store.deliveries_of(recipient, state, before, limit).await?)
    }

    async fn delivery(
        &self,
        recipient: &OrgCode,
        id: Uuid,
    ) -> Result<Option<Delivery>, GatewayError> {
        let delivery = self.pipeline.store().delivery_of(recipient, id).await?;
        Ok(delivery.map(|delivery| Delivery {
            content: None,
            ..delivery
        }))
    }

    async fn content(
        &self,
        recipient: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<Content>, GatewayError> {
        let content = self.pipeline.content(recipient, actor, id).await?;
        Ok(content.map(|(content_type, bytes)| Content {
            content_type,
            bytes: Bytes::from(bytes.into_inner()),
        }))
    }

    async fn collect(
        &self,
        recipient: &OrgCode,
        actor: &str,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Mail>, GatewayError> {
        let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX);
        let mail = self
            .pipeline
            .collect(recipient, actor, limit, lease)
            .await?;
        Ok(mail
            .into_iter()
            .map(|one| Mail {
                content: Content {
                    content_type: one.delivery.content_type.clone().unwrap_or_default(),
                    bytes: Bytes::from(one.content.into_inner()),
                },
                delivery: one.delivery,
                token: one.token,
                until: one.until,
            })
            .collect())
    }

    async fn answer(
        &self,
        recipient: &OrgCode,
        actor: &str,
        answers: Vec<LeaseAnswer>,
    ) -> Result<Vec<AnswerOutcome>, GatewayError> {
        Ok(self.pipeline.answer(recipient, actor, &answers).await?)
    }

    async fn replay(
        &self,
        ids: Vec<Uuid>,
        organisation: Option<&OrgCode>,
        actor: &str,
    ) -> Result<Vec<Uuid>, GatewayError> {
        Ok(self.pipeline.replay(&ids, organisation, actor).await?)
    }

    async fn proposals(
        &self,
        organisation: &OrgCode,
        state: Option<ProposalState>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ProposalRow>, GatewayError> {
        Ok(self
            .pipeline
            .proposals(organisation, state, before, limit)
            .await?)
    }

    async fn proposal(
        &self,
        organisation: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, GatewayError> {
        Ok(self.pipeline.proposal(organisation, actor, id).await?)
    }

    async fn reject(
        &self,
        organisation: &OrgCode,
        actor: &str,
        id: Uuid,
    ) -> Result<Option<ProposalRow>, GatewayError> {
        Ok(self.pipeline.reject(organisation, actor, id).await?)
    }

    async fn record(&self, kind: Kind, key: &str) -> Result<Option<Record>, GatewayError> {
        Ok(self.pipeline.managed_record(kind, key).await?)
    }

    async fn records(&self, kind: Kind) -> Result<Vec<Record>, GatewayError> {
        let attribute = pipeline::key_of(kind);
        let mut records = self.pipeline.managed_records(kind).await?;
        records.sort_by_key(|record| {
            record
                .get(attribute)
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned)
        });
        Ok(records)
    }

    async fn put_record(
        &self,
        actor: &str,
        kind: Kind,
        key: &str,
        record: Record,
    ) -> Result<Put, PutError> {
        match self.pipeline.manage(actor, kind, key, record).await {
            Ok(kept) => Ok(Put {
                created: kept.created,
                record: kept.record,
            }),
            Err(ManageError::Invalid(faults)) => Err(PutError::Invalid(faults)),
            Err(ManageError::Store(error)) => Err(PutError::Other(error.into())),
        }
    }

    async fn webhook(&self, organisation: &OrgCode) -> Result<Option<Webhook>, GatewayError> {
        let all = self.pipeline.store().webhooks().await?;
        Ok(all
            .into_iter()
            .find(|(org, _)| org == organisation)
            .map(|(_, row)| Webhook {
                url: row.url,
                set_at: row.set_at,
            }))
    }

    async fn set_webhook(
        &self,
        actor: &str,
        organisation: &OrgCode,
        url: &str,
    ) -> Result<WebhookSet, WebhookError> {
        self.check_address(url)?;
        let before = self.webhook(organisation).await?;
        if let Some(webhook) = before.clone().filter(|webhook| webhook.url == url) {
            return Ok(WebhookSet {
                webhook,
                secret: None,
                created: false,
            });
        }
        let secret =
            outbound::new_secret().map_err(|error| GatewayError::Unavailable(error.to_string()))?;
        let sealed = Personal::new(secret.clone());
        self.pipeline
            .set_webhook(organisation, actor, Some((url, &sealed)))
            .await
            .map_err(manage_error)?;
        Ok(WebhookSet {
            webhook: Webhook {
                url: url.to_owned(),
                set_at: self.pipeline.clock().now(),
            },
            secret: Some(secret),
            created: before.is_none(),
        })
    }

    async fn remove_webhook(
        &self,
        actor: &str,
        organisation: &OrgCode,
    ) -> Result<bool, GatewayError> {
        let existed = self.webhook(organisation).await?.is_some();
        if existed {
            self.pipeline
                .set_webhook(organisation, actor, None)
                .await
                .map_err(manage_error)?;
        }
        Ok(existed)
    }

    fn soorten(&self, organisation: &OrgCode) -> Vec<Soort> {
        let library = self.pipeline.library();
        library
            .all()
            .filter(|mapping| mapping.id().0 == organisation.as_str())
            .chain(std::iter::once(library.canonical()))
            .map(as_soort)
            .collect()
    }
}

fn manage_error(error: ManageError) -> GatewayError {
    match error {
        ManageError::Store(error) => error.into(),
        ManageError::Invalid(_) => GatewayError::Internal("a webhook cannot be invalid".to_owned()),
    }
}

fn as_soort(mapping: &Arc<Mapping>) -> Soort {
    Soort {
        soort: mapping.id().1.to_owned(),
        direction: match mapping.direction() {
            mapping::Direction::In => Direction::Push,
            mapping::Direction::Out => Direction::Get,
            mapping::Direction::Both => Direction::Both,
        },
        format: match mapping.wire() {
            Wire::Xml(_) | Wire::Enveloped(_) => Format::Xml,
            Wire::Json => Format::Json,
            Wire::Csv(_) => Format::Csv,
            Wire::Excel => Format::Excel,
            Wire::Fixed(_) => Format::FixedWidth,
        },
        content_type: crate::adapters::content_type(mapping.wire()).to_owned(),
        kind: mapping.main(),
        revision: mapping.revision().to_owned(),
        stuf: stuf_root(mapping),
    }
}

/// The namespace of the root element of a mapping in StUF 03.01: of the envelope, where a message comes in one.
fn stuf_root(mapping: &Mapping) -> Option<String> {
    let (xml, root) = match mapping.wire() {
        Wire::Xml(wire) => (wire, mapping.root()?),
        Wire::Enveloped(wire) => (&wire.xml, &*wire.root),
        Wire::Json | Wire::Csv(_) | Wire::Excel | Wire::Fixed(_) => return None,
    };
    let mut declared = xml.namespaces.iter();
    declared.find(|(_, namespace)| namespace == STUF_NAMESPACE)?;
    let (namespace, _) = root.strip_prefix('{')?.split_once('}')?;
    Some(namespace.to_owned())
}

fn address_sentence(fault: UrlFault) -> Sentence {
    match fault {
        UrlFault::Malformed => Sentence::new(
            "Dit is geen webadres met een hostnaam. Geef een volledig adres, zoals https://systeem.voorbeeld.nl/schakel.",
            "This is not a URL with a host. Give a full address, such as https://system.example.com/schakel.",
        ),
        UrlFault::TooLong => Sentence::new(
            "Het adres is te lang. Gebruik een korter adres.",
            "The URL is too long. Use a shorter one.",
        ),
        UrlFault::Scheme => Sentence::new(
            "Alleen https is toegestaan. Gebruik een adres dat met https:// begint.",
            "Only https is allowed. Use an address that starts with https://.",
        ),
        UrlFault::UserInfo => Sentence::new(
            "Een gebruikersnaam of wachtwoord in het adres is niet toegestaan. Laat dat weg; berichten zijn ondertekend.",
            "A user name or password in the URL is not allowed. Leave it out; messages are signed.",
        ),
        UrlFault::Fragment => Sentence::new(
            "Een adres met # is niet toegestaan. Laat het deel vanaf # weg.",
            "A URL with a fragment is not allowed. Leave out the part from # on.",
        ),
        UrlFault::Address => Sentence::new(
            "Dit adres is niet openbaar bereikbaar. Gebruik een openbaar adres, of laat de beheerder het toestaan.",
            "This address is not a public one. Use a public address, or have the operator allow it.",
        ),
    }
}
