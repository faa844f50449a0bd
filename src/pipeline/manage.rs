use crate::canonical::Contribution;
use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::canonical::Personal;
use crate::canonical::Record;
use crate::canonical::merge;
use crate::document::Fault;
use crate::document::Place;
use crate::document::Severity;
use crate::pipeline::Pipeline;
use crate::pipeline::deliver::webhook_context;
use crate::pipeline::directory::Directory;
use crate::pipeline::view::Entry;
use crate::schema::Completeness;
use crate::store::AuditRow;
use crate::store::StoreError;
use crate::store::StoredRecord;
use crate::store::VersionRow;
use crate::store::WebhookRow;
use crate::store::Writes;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Records read at a time when the directory is built.
const PAGE: u32 = 500;
/// The namespace of the ids of organisaties and overeenkomsten, which follow from their code or number.
const NAMESPACE: Uuid = Uuid::from_u128(0x1d0f_4a52_90b7_5c3c_8f7e_64a1_72c9_0be5);

/// Why an organisatie or overeenkomst was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// It does not follow its schema, or contradicts the address it was sent to.
    #[error("the record is not valid")]
    Invalid(Vec<Fault>),
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A kept organisatie or overeenkomst.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedRecord {
    /// Id within the gateway.
    pub id: Uuid,
    /// Version.
    pub version: i64,
    /// Whether it was new.
    pub created: bool,
    /// The record.
    pub record: Record,
}

impl Pipeline {
    /// Keeps an organisatie (under its `code`) or overeenkomst (under its `nummer`) as the administrator gives it:
    /// the whole record, replacing the one before, every version kept.
    ///
    /// `key` is the code or number it was addressed by; the record must say the same.
    pub async fn manage(
        &self,
        actor: &str,
        kind: Kind,
        key: &str,
        record: Record,
    ) -> Result<ManagedRecord, ManageError> {
        let id = self.check_managed(kind, key, &record)?;
        let parts = &self.parts;
        let now = parts.clock.now();
        let mut tx = parts.store.begin_intake().await?;
        let current = tx.load(&[id]).await?;
        let current = current.first().map(Entry::from_stored).transpose()?;
        let version = current.as_ref().map_or(0, |entry| entry.version) + 1;
        let by = Contribution {
            bericht: parts.ids.next(now),
            organisatie: OrgCode::parse("beheer")
                .map_err(|error| StoreError::Corrupt(error.to_string()))?,
            verzonden: now,
            mapping: "beheer".to_owned(),
        };
        let merged = merge(None, &record, &by, |_| true, |_, _, _| None);
        let doc = Value::Object(merged.record.clone()).to_string();
        tx.write(&Writes {
            records: vec![StoredRecord {
                kind,
                id,
                version,
                doc: doc.clone(),
                sources: serde_json::to_string(&merged.sources)
                    .map_err(|_| StoreError::Corrupt("sources cannot be written".to_owned()))?,
            }],
            versions: vec![VersionRow {
                kind,
                record: id,
                version,
                message: by.bericht,
                sent_at: now,
                stored_at: now,
                applied: true,
                doc,
                provenance: "{}".to_owned(),
            }],
            audit: vec![AuditRow {
                at: now,
                action: format!("{kind}.vastgelegd"),
                object: format!("{kind}/{id}"),
                result: "gelukt".to_owned(),
                origin: "api".to_owned(),
                actor: actor.to_owned(),
            }],
            ..Writes::default()
        })
        .await?;
        tx.commit().await?;
        self.refresh_directory().await?;
        if kind == Kind::Organisatie
            && let Some(code) = record.get("code").and_then(Value::as_str)
            && let Ok(code) = OrgCode::parse(code)
            && let Err(error) = parts.broker.ensure(&[code]).await
        {
            // the relay makes the queue when it needs it
            tracing::warn!(%error, "The queue of an organisation could not be made yet");
        }
        Ok(ManagedRecord {
            id,
            version,
            created: current.is_none(),
            record: merged.record,
        })
    }

    fn check_managed(&self, kind: Kind, key: &str, record: &Record) -> Result<Uuid, ManageError> {
        let at = |pointer: &str| Place::Json {
            pointer: pointer.to_owned(),
            at: crate::document::At::default(),
        };
        let mut faults: Vec<Fault> = self
            .parts
            .schemas
            .validate(kind, record, Completeness::Complete)
            .into_iter()
            .map(|violation| Fault {
                code: violation.code.into(),
                severity: Severity::Refused,
                place: at(&violation.pointer),
                sentence: violation.sentence,
                times: 1,
            })
            .collect();
        self.parts.library.canonical().veil(&mut faults);
        let attribute = key_of(kind);
        let number = record
            .get(attribute)
            .and_then(Value::as_str)
            .unwrap_or_default();
        if faults.is_empty() && number != key {
            faults.push(Fault::refused(
                "sleutel.anders",
                at(&format!("/{attribute}")),
                format!("`{attribute}` is niet gelijk aan het laatste deel van het adres. Maak beide gelijk."),
                format!("`{attribute}` differs from the last part of the address. Make them equal."),
            ));
        }
        if kind == Kind::Organisatie {
            for pointer in self.directory().taken(record) {
                faults.push(Fault::refused(
                    "identificatie.bezet",
                    at(&pointer),
                    "Een andere organisatie is hier al onder dit nummer of deze code bekend. Ga na wie het is, of haal het daar eerst weg.",
                    "Another organisation is known here by this number or code already. Find out whose it is, or remove it there first.",
                ));
            }
        }
        if kind == Kind::Overeenkomst && faults.is_empty() {
            let directory = self.directory();
            for side in ["opdrachtgever", "uitvoerder"] {
                let known = record
                    .get(side)
                    .and_then(Value::as_str)
                    .is_some_and(|code| directory.find(code).is_some());
                if !known {
                    faults.push(crate::pipeline::faults::unknown_party(
                        side,
                        at(&format!("/{side}")),
                    ));
                }
            }
        }
        if faults.is_empty() {
            Ok(Uuid::new_v5(
                &NAMESPACE,
                format!("{kind}:{number}").as_bytes(),
            ))
        } else {
            Err(ManageError::Invalid(faults))
        }
    }

    /// Reads organisaties and overeenkomsten anew. Called at start-up, after each change, and now and then for the
    /// changes of other gateways.
    pub async fn refresh_directory(&self) -> Result<Arc<Directory>, StoreError> {
        let organisaties = self.managed_records(Kind::Organisatie).await?;
        let overeenkomsten = self.managed_records(Kind::Overeenkomst).await?;
        let (directory, unread) = Directory::new(&organisaties, &overeenkomsten);
        for what in unread {
            tracing::warn!(
                what,
                "A record of the directory cannot be read and allows nothing"
            );
        }
        let directory = Arc::new(directory);
        *self
            .directory
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = directory.clone();
        Ok(directory)
    }

    /// Every organisatie or overeenkomst.
    pub async fn managed_records(&self, kind: Kind) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        let mut after = None;
        loop {
            let page = self.parts.store.records_of(kind, after, PAGE).await?;
            after = page.last().map(|stored| stored.id);
            for stored in &page {
                records.push(Entry::from_stored(stored)?.record);
            }
            if page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                return Ok(records);
            }
        }
    }

    /// The organisatie with this code, or the overeenkomst with this number.
    pub async fn managed_record(
        &self,
        kind: Kind,
        key: &str,
    ) -> Result<Option<Record>, StoreError> {
        let found = self.parts.store.records(&[managed_id(kind, key)]).await?;
        found
            .first()
            .map(|stored| Entry::from_stored(stored).map(|entry| entry.record))
            .transpose()
    }

    /// Sets or removes an organisation's webhook. The secret is kept sealed; the address must have been checked.
    pub async fn set_webhook(
        &self,
        org: &OrgCode,
        actor: &str,
        webhook: Option<(&str, &Personal<String>)>,
    ) -> Result<(), ManageError> {
        let parts = &self.parts;
        let now = parts.clock.now();
        let row = webhook
            .map(|(url, secret)| {
                let sealed = parts
                    .sealer
                    .seal(&webhook_context(org), secret.reveal().as_bytes())
                    .map_err(|error| StoreError::Unavailable(error.to_string()))?;
                Ok::<_, StoreError>(WebhookRow {
                    url: url.to_owned(),
                    secret: sealed,
                    set_at: now,
                })
            })
            .transpose()?;
        let audit = AuditRow {
            at: now,
            action: "webhook.ingesteld".to_owned(),
            object: format!("organisatie/{org}"),
            result: if row.is_some() {
                "gelukt"
            } else {
                "verwijderd"
            }
            .to_owned(),
            origin: "api".to_owned(),
            actor: actor.to_owned(),
        };
        parts.store.set_webhook(org, row.as_ref(), &audit).await?;
        Ok(())
    }
}

/// The attribute by which an organisatie or overeenkomst is addressed.
#[must_use]
pub const fn key_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Organisatie => "code",
        _ => "nummer",
    }
}

fn managed_id(kind: Kind, key: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{key}").as_bytes())
}
