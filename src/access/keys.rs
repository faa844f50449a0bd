use crate::access::ApiKey;
use crate::access::KEY_RANDOM_BYTES;
use crate::access::Scope;
use crate::canonical::OrgCode;
use crate::store::AuditRow;
use crate::store::KeyRow;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoreResult;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// Longest name of a key, in characters.
pub const NAME_MAX: usize = 100;

/// What `access` needs of a store.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// See [`Store::add_key`].
    async fn add_key(&self, key: &KeyRow, audit: &AuditRow) -> StoreResult<()>;
    /// See [`Store::key_by_hash`].
    async fn key_by_hash(&self, hash: &[u8]) -> StoreResult<Option<KeyRow>>;
    /// See [`Store::keys`].
    async fn keys(&self, org: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>>;
    /// See [`Store::revoke_key`].
    async fn revoke_key(&self, id: Uuid, now: Timestamp, audit: &AuditRow) -> StoreResult<bool>;
    /// See [`Store::touch_keys`].
    async fn touch_keys(&self, used: &[(Uuid, Timestamp)]) -> StoreResult<()>;
}

#[async_trait]
impl KeyStore for Arc<dyn Store> {
    async fn add_key(&self, key: &KeyRow, audit: &AuditRow) -> StoreResult<()> {
        (**self).add_key(key, audit).await
    }
    async fn key_by_hash(&self, hash: &[u8]) -> StoreResult<Option<KeyRow>> {
        (**self).key_by_hash(hash).await
    }
    async fn keys(&self, org: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>> {
        (**self).keys(org).await
    }
    async fn revoke_key(&self, id: Uuid, now: Timestamp, audit: &AuditRow) -> StoreResult<bool> {
        (**self).revoke_key(id, now, audit).await
    }
    async fn touch_keys(&self, used: &[(Uuid, Timestamp)]) -> StoreResult<()> {
        (**self).touch_keys(used).await
    }
}

/// Why a key could not be made, listed or ended.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A key without a scope can do nothing.
    #[error("a key needs at least one scope")]
    NoScopes,
    /// The name is empty, too long or has control characters.
    #[error("the name of a key has 1 to {NAME_MAX} characters and no control characters")]
    Name,
    /// It would have ended already.
    #[error("the expiry lies in the past")]
    Expired,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Whose.
    pub org: OrgCode,
    /// What it is for, for example `zaaksysteem productie`.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// Who makes or ends a key, for the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who: an organisation code and key id, or the process.
    pub actor: String,
    /// Where from: `cli`, `api`.
    pub origin: String,
}

/// A key that was just made: the only moment it is in the open.
#[derive(Debug)]
pub struct CreatedKey {
    /// The key itself.
    pub key: ApiKey,
    /// What is kept of it.
    pub row: KeyRow,
}

/// Makes a key. `random` comes from the machine's random source; the same bytes must never be used twice.
pub async fn create(
    store: &dyn KeyStore,
    new: NewKey,
    by: &By,
    now: Timestamp,
    random: &[u8; KEY_RANDOM_BYTES],
) -> Result<CreatedKey, AccessError> {
    let length = new.name.chars().count();
    if length == 0 || length > NAME_MAX || new.name.chars().any(char::is_control) {
        return Err(AccessError::Name);
    }
    if new.scopes.is_empty() {
        return Err(AccessError::NoScopes);
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(AccessError::Expired);
    }
    let (id, key) = ApiKey::from_random(random);
    let mut scopes = new.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let row = KeyRow {
        id,
        org: new.org,
        name: new.name,
        hash: key.hash().to_vec(),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    store
        .add_key(&row, &audit("sleutel.gemaakt", id, by, now))
        .await?;
    Ok(CreatedKey { key, row })
}

/// The keys of one organisation, or all, oldest first; ended ones too.
pub async fn list(store: &dyn KeyStore, org: Option<&OrgCode>) -> Result<Vec<KeyRow>, AccessError> {
    Ok(store.keys(org).await?)
}

/// Ends a key now; running gateways stop accepting it within seconds. `false` when there is no such key.
pub async fn revoke(
    store: &dyn KeyStore,
    id: Uuid,
    by: &By,
    now: Timestamp,
) -> Result<bool, AccessError> {
    let entry = audit("sleutel.ingetrokken", id, by, now);
    Ok(store.revoke_key(id, now, &entry).await?)
}

fn audit(action: &str, id: Uuid, by: &By, now: Timestamp) -> AuditRow {
    AuditRow {
        at: now,
        action: action.to_owned(),
        object: format!("sleutel/{id}"),
        result: "gelukt".to_owned(),
        origin: by.origin.clone(),
        actor: by.actor.clone(),
    }
}
