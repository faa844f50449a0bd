use super::*;
use crate::access::By;
use crate::access::CreatedKey;
use crate::access::KEY_RANDOM_BYTES;
use crate::access::NewKey;
use crate::access::create;
use crate::access::list;
use crate::access::revoke;
use crate::store::AuditRow;
use crate::store::StoreResult;
use async_trait::async_trait;
use std::net::Ipv4Addr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

#[derive(Default)]
struct Kept {
    rows: Mutex<Vec<KeyRow>>,
    audit: Mutex<Vec<AuditRow>>,
    asked: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    away: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl KeyStore for Kept {
    async fn add_key(&self, key: &KeyRow, audit: &AuditRow) -> StoreResult<()> {
        lock(&self.rows).push(key.clone());
        lock(&self.audit).push(audit.clone());
        Ok(())
    }
    async fn key_by_hash(&self, hash: &[u8]) -> StoreResult<Option<KeyRow>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        Ok(lock(&self.rows).iter().find(|r| r.hash == hash).cloned())
    }
    async fn keys(&self, org: Option<&OrgCode>) -> StoreResult<Vec<KeyRow>> {
        let rows = lock(&self.rows);
        let wanted = rows.iter().filter(|r| org.is_none_or(|org| r.org == *org));
        Ok(wanted.cloned().collect())
    }
    async fn revoke_key(&self, id: Uuid, now: Timestamp, audit: &AuditRow) -> StoreResult<bool> {
        lock(&self.audit).push(audit.clone());
        let mut rows = lock(&self.rows);
        let found = rows.iter_mut().find(|r| r.id == id);
        Ok(found.map(|row| row.revoked_at = Some(now)).is_some())
    }
    async fn touch_keys(&self, used: &[(Uuid, Timestamp)]) -> StoreResult<()> {
        if self.away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        for (id, at) in used {
            for row in lock(&self.rows).iter_mut().filter(|r| r.id == *id) {
                row.last_used_at = Some(*at);
            }
        }
        Ok(())
    }
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn start() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn by() -> By {
    By {
        actor: "beheerder".to_owned(),
        origin: "cli".to_owned(),
    }
}

async fn with_key(expires_at: Option<Timestamp>) -> (Arc<Kept>, Callers, CreatedKey) {
    let kept = Arc::new(Kept::default());
    let new = NewKey {
        org: OrgCode::parse("aanbieder-a").unwrap(),
        name: "test".to_owned(),
        scopes: vec![
            Scope::PostvakLezen,
            Scope::BerichtenLezen,
            Scope::PostvakLezen,
        ],
        expires_at,
    };
    let created = create(&*kept, new, &by(), start(), &[9; KEY_RANDOM_BYTES])
        .await
        .unwrap();
    let store: Arc<dyn KeyStore> = kept.clone();
    (kept, Callers::new(store), created)
}

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

#[tokio::test]
async fn a_key_lets_its_organisation_in_with_its_scopes_and_is_kept_only_as_a_hash() {
    let (kept, callers, created) = with_key(None).await;
    let caller = callers
        .caller(created.key.reveal(), HERE, start())
        .await
        .unwrap();
    assert_eq!(caller.org.as_str(), "aanbieder-a");
    assert_eq!(caller.actor(), format!("aanbieder-a/{}", created.row.id));
    assert!(caller.may(Scope::PostvakLezen) && !caller.may(Scope::Beheer));
    let row = &list(&*kept, None).await.unwrap()[0];
    assert_eq!(row.scopes, ["berichten:lezen", "postvak:lezen"]);
    assert_eq!(row.hash.len(), 32);
    assert!(!format!("{row:?} {:?}", lock(&kept.audit)).contains(created.key.reveal()));
    assert_eq!(
        lock(&kept.audit)[0].object,
        format!("sleutel/{}", created.row.id)
    );
}

#[tokio::test]
async fn a_revoked_key_stops_working_within_seconds() {
    let (kept, callers, created) = with_key(None).await;
    let key = created.key.reveal();
    callers.caller(key, HERE, start()).await.unwrap();
    assert!(
        revoke(&*kept, created.row.id, &by(), start())
            .await
            .unwrap()
    );
    assert!(!revoke(&*kept, Uuid::nil(), &by(), start()).await.unwrap());
    let later = start() + seconds(5);
    let outcome = callers.caller(key, HERE, later).await;
    assert!(matches!(outcome, Err(CallerError::Revoked)));
}

#[tokio::test]
async fn an_expired_key_is_refused_even_while_it_is_remembered() {
    let (_, callers, created) = with_key(Some(start() + seconds(2))).await;
    let key = created.key.reveal();
    callers.caller(key, HERE, start()).await.unwrap();
    let outcome = callers.caller(key, HERE, start() + seconds(2)).await;
    assert!(matches!(outcome, Err(CallerError::Expired)));
}

#[tokio::test]
async fn the_store_is_asked_once_in_five_seconds_and_never_for_what_is_no_key() {
    let (kept, callers, created) = with_key(None).await;
    for second in 0..5 {
        let now = start() + seconds(second);
        callers
            .caller(created.key.reveal(), HERE, now)
            .await
            .unwrap();
        let _ = callers.caller("schakel_nonsense", HERE, now).await;
    }
    assert_eq!(kept.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn guessing_is_slowed_down_per_address_and_does_not_stop_a_known_key() {
    let (_, callers, created) = with_key(None).await;
    callers
        .caller(created.key.reveal(), HERE, start())
        .await
        .unwrap();
    let mut outcomes = Vec::new();
    for guess in 0..30_u8 {
        let (_, key) = ApiKey::from_random(&[guess + 100; KEY_RANDOM_BYTES]);
        outcomes.push(callers.caller(key.reveal(), HERE, start()).await);
    }
    assert!(matches!(outcomes[0], Err(CallerError::Unknown)));
    assert!(matches!(outcomes[29], Err(CallerError::TooMany { .. })));
    let later = start() + seconds(6);
    let known = callers.caller(created.key.reveal(), HERE, later).await;
    assert!(known.is_ok(), "{known:?}");
}

#[tokio::test]
async fn a_good_key_that_is_not_remembered_passes_among_the_bad_ones_of_the_same_proxy() {
    let (kept, callers, created) = with_key(None).await;
    let callers = Arc::new(callers);
    let guesses: Vec<_> = (0..60_u8)
        .map(|guess| {
            let callers = Arc::clone(&callers);
            tokio::spawn(async move {
                let (_, key) = ApiKey::from_random(&[guess + 100; KEY_RANDOM_BYTES]);
                callers.caller(key.reveal(), HERE, start()).await
            })
        })
        .collect();
    let mut slowed = 0;
    for guess in guesses {
        let outcome = guess.await.unwrap();
        assert!(outcome.is_err());
        slowed += u32::from(matches!(outcome, Err(CallerError::TooMany { .. })));
    }
    assert_eq!(slowed, 40, "the rest of the bad ones is told to wait");
    let good = callers.caller(created.key.reveal(), HERE, start()).await;
    assert!(good.is_ok(), "{good:?}");
    let most = kept.most_at_once.load(Ordering::SeqCst);
    assert!(most <= LOOKUPS + LOOKUPS_SUSPECT, "{most} lookups at once");
}

#[tokio::test]
async fn last_use_is_written_when_flushed_and_kept_when_the_store_is_away() {
    let (kept, callers, created) = with_key(None).await;
    callers
        .caller(created.key.reveal(), HERE, start())
        .await
        .unwrap();
    kept.away.store(true, Ordering::SeqCst);
    assert!(callers.flush_last_use().await.is_err());
    kept.away.store(false, Ordering::SeqCst);
    callers.flush_last_use().await.unwrap();
    assert_eq!(lock(&kept.rows)[0].last_used_at, Some(start()));
}

#[tokio::test]
async fn a_key_that_could_do_nothing_or_has_ended_is_not_made() {
    let kept = Kept::default();
    let new = |name: &str, scopes: &[Scope], expires_at| NewKey {
        org: OrgCode::parse("uwv").unwrap(),
        name: name.to_owned(),
        scopes: scopes.to_vec(),
        expires_at,
    };
    for wrong in [
        new("", &[Scope::Beheer], None),
        new("a\nb", &[Scope::Beheer], None),
        new("naam", &[], None),
        new("naam", &[Scope::Beheer], Some(start())),
    ] {
        let outcome = create(&kept, wrong, &by(), start(), &[1; KEY_RANDOM_BYTES]).await;
        assert!(outcome.is_err());
    }
    assert!(lock(&kept.rows).is_empty());
}

#[test]
fn an_address_within_one_ipv6_network_is_counted_as_one() {
    let a: IpAddr = "2001:db8:1:2::1".parse().unwrap();
    let b: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
    let mapped: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
    assert_eq!(network(a), network(b));
    assert_eq!(network(mapped), HERE);
}
