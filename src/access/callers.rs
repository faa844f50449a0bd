use crate::access::ApiKey;
use crate::access::KeyStore;
use crate::access::Limiter;
use crate::access::Rate;
use crate::access::Scope;
use crate::access::Scopes;
use crate::canonical::OrgCode;
use crate::store::KeyRow;
use crate::store::StoreError;
use jiff::SignedDuration;
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// How long a key is believed without asking the store: the longest a revoked key still works.
const BELIEVED: SignedDuration = SignedDuration::from_secs(5);
/// While one request asks the store again, others go on with what was known for this long.
const ASKING: SignedDuration = SignedDuration::from_secs(1);
/// Keys remembered at most.
const REMEMBERED_MAX: usize = 4096;
/// Keys that are not known, per address, before the answer is "too many" and looking up goes through the narrow gate:
/// enough for a mistake in a configuration, too slow to search for a key.
const UNKNOWN_RATE: Rate = Rate {
    per_second: 2.0,
    burst: 20.0,
};
/// Keys looked up in the store at the same time. The rest waits in line, so that unknown keys do not take the store's
/// connections from the work.
const LOOKUPS: usize = 8;
/// The same for all addresses with too many unknown keys together.
const LOOKUPS_SUSPECT: usize = 2;

/// Who is calling, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The organisation.
    pub org: OrgCode,
    /// The id of its key.
    pub key: Uuid,
    /// What the key may do.
    pub scopes: Scopes,
}

impl Caller {
    /// Whether the key has a scope.
    #[must_use]
    pub const fn may(&self, scope: Scope) -> bool {
        self.scopes.has(scope)
    }

    /// Who it is, for the audit: an organisation code and key id.
    #[must_use]
    pub fn actor(&self) -> String {
        format!("{}/{}", self.org, self.key)
    }
}

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// Not a key, or not one that is known.
    #[error("the key is not known")]
    Unknown,
    /// Its time is over.
    #[error("the key has expired")]
    Expired,
    /// Somebody ended it.
    #[error("the key was revoked")]
    Revoked,
    /// Too many unknown keys from one address.
    #[error("too many unknown keys; try again in {seconds} s")]
    TooMany {
        /// When to try again.
        seconds: u32,
    },
    /// The store cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Knows callers by their keys: a small cache over the store, and when each key was last used.
pub struct Callers {
    store: Arc<dyn KeyStore>,
    known: Mutex<HashMap<[u8; 32], Known>>,
    used: Mutex<HashMap<Uuid, Timestamp>>,
    unknown: Limiter<IpAddr>,
    lookups: Semaphore,
    suspect_lookups: Semaphore,
}

#[derive(Clone)]
struct Known {
    row: Arc<KeyRow>,
    until: Timestamp,
}

impl Callers {
    /// Callers whose keys are in a store.
    #[must_use]
    pub fn new(store: Arc<dyn KeyStore>) -> Self {
        Self {
            store,
            known: Mutex::default(),
            used: Mutex::default(),
            unknown: Limiter::new(UNKNOWN_RATE, REMEMBERED_MAX),
            lookups: Semaphore::new(LOOKUPS),
            suspect_lookups: Semaphore::new(LOOKUPS_SUSPECT),
        }
    }

    /// The caller that presents a key from an address. A key is always looked up before it is refused: many callers
    /// can share the address of a proxy, and the unknown keys of one must not shut out another. The store is asked in
    /// a task of its own, so dropping this future does not cancel database work.
    pub async fn caller(
        &self,
        presented: &str,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Caller, CallerError> {
        let address = network(address);
        let Some(key) = ApiKey::parse(presented) else {
            return Err(self.count_unknown(address, now));
        };
        let hash = key.hash();
        let row = match self.remembered(&hash, now) {
            Remembered::Fresh(row) => row,
            Remembered::Stale => self.ask(hash, now).await?.ok_or(CallerError::Unknown)?,
            Remembered::No => {
                let gate = if self.unknown.is_empty(&address, now) {
                    &self.suspect_lookups
                } else {
                    &self.lookups
                };
                let turn = gate.acquire().await;
                let found = self.ask(hash, now).await?;
                drop(turn);
                found.ok_or_else(|| self.count_unknown(address, now))?
            }
        };
        if row.revoked_at.is_some_and(|at| at <= now) {
            return Err(CallerError::Revoked);
        }
        if row.expires_at.is_some_and(|at| at <= now) {
            return Err(CallerError::Expired);
        }
        lock(&self.used).insert(row.id, now);
        Ok(Caller {
            org: row.org.clone(),
            key: row.id,
            scopes: Scopes::of_names(&row.scopes),
        })
    }

    /// Writes down when keys were last used; to be called about once a minute and before stopping. What could not
    /// be written is kept for the next time.
    pub async fn flush_last_use(&self) -> Result<(), StoreError> {
        let used: Vec<(Uuid, Timestamp)> = lock(&self.used).drain().collect();
        if used.is_empty() {
            return Ok(());
        }
        let outcome = self.store.touch_keys(&used).await;
        if outcome.is_err() {
            let mut kept = lock(&self.used);
            for (id, at) in used {
                let latest = kept.entry(id).or_insert(at);
                *latest = (*latest).max(at);
            }
        }
        outcome
    }

    fn count_unknown(&self, address: IpAddr, now: Timestamp) -> CallerError {
        match self.unknown.take(address, now) {
            Ok(()) => CallerError::Unknown,
            Err(seconds) => CallerError::TooMany { seconds },
        }
    }

    fn remembered(&self, hash: &[u8; 32], now: Timestamp) -> Remembered {
        let mut known = lock(&self.known);
        match known.get_mut(hash) {
            None => Remembered::No,
            Some(entry) if now < entry.until => Remembered::Fresh(Arc::clone(&entry.row)),
            Some(entry) => {
                entry.until = now + ASKING;
                Remembered::Stale
            }
        }
    }

    async fn ask(&self, hash: [u8; 32], now: Timestamp) -> Result<Option<Arc<KeyRow>>, StoreError> {
        let store = Arc::clone(&self.store);
        let asked = tokio::spawn(async move { store.key_by_hash(&hash).await });
        let found = asked
            .await
            .map_err(|_| StoreError::Unavailable("looking up a key stopped".to_owned()))??;
        // The database compared the hashes; comparing again in constant time costs nothing and trusts no collation.
        let found = found.filter(|row| bool::from(row.hash.as_slice().ct_eq(&hash)));
        let mut known = lock(&self.known);
        let Some(row) = found.map(Arc::new) else {
            known.remove(&hash);
            return Ok(None);
        };
        if known.len() >= REMEMBERED_MAX && !known.contains_key(&hash) {
            known.retain(|_, entry| entry.until > now);
            if known.len() >= REMEMBERED_MAX {
                known.clear();
            }
        }
        let entry = Known {
            row: Arc::clone(&row),
            until: now + BELIEVED,
        };
        known.insert(hash, entry);
        Ok(Some(row))
    }
}

enum Remembered {
    Fresh(Arc<KeyRow>),
    Stale,
    No,
}

/// One customer usually holds a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mut octets = v6.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test may stop
mod tests;
