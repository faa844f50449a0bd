//! Schema, health, and work whose caller goes away.

use crate::fixture::aanbieder;
use crate::fixture::at;
use crate::fixture::audit;
use crate::fixture::delivery;
use crate::fixture::gemeente;
use crate::fixture::id;
use crate::fixture::message;
use crate::fixture::number;
use crate::fixture::outbox;
use crate::fixture::ready;
use crate::fixture::record;
use crate::fixture::version;
use crate::place::Place;
use schakel::store::MessageRow;
use schakel::store::PostgresConfig;
use schakel::store::PostgresStore;
use schakel::store::ProposalRow;
use schakel::store::Recovery;
use schakel::store::SqliteConfig;
use schakel::store::SqliteStore;
use schakel::store::Store;
use schakel::store::StoreError;
use schakel::store::Writes;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

pub async fn the_schema_is_made_once_also_by_several_at_once(place: Place) {
    let stores = [place.open().await, place.open().await, place.open().await];
    let starts: Vec<_> = stores
        .iter()
        .cloned()
        .map(|store| tokio::spawn(async move { store.migrate().await }))
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    outbox(&*stores[0], [40]).await;
    stores[1].migrate().await.unwrap();
    for store in stores {
        store.health().await.unwrap();
        assert_eq!(store.outbox_due(at(1), 9, &[]).await.unwrap().len(), 1);
    }
}

pub async fn a_database_without_a_schema_is_not_healthy(place: Place) {
    let store = place.open().await;
    assert!(matches!(
        store.health().await,
        Err(StoreError::Migration(_))
    ));
    let missing = store.outbox_due(at(1), 9, &[]).await;
    assert!(matches!(missing, Err(StoreError::Migration(_))));
    store.migrate().await.unwrap();
    store.health().await.unwrap();
}

pub async fn a_newer_database_is_refused(place: Place) {
    let store = place.migrated().await;
    place
        .run("INSERT INTO schema_versions (version) VALUES (999)")
        .await;
    assert!(matches!(
        store.health().await,
        Err(StoreError::Migration(_))
    ));
    assert!(matches!(
        store.migrate().await,
        Err(StoreError::Migration(_))
    ));
    assert!(matches!(
        place.open().await.migrate().await,
        Err(StoreError::Migration(_))
    ));
}

pub async fn a_database_of_the_first_version_keeps_its_proposals(place: Place) {
    let store = place.open().await;
    let (tables, rows) = match &place {
        Place::Sqlite(_) => (
            include_str!("../../src/store/migrations/0001_sqlite.sql"),
            "INSERT INTO records VALUES \
             (X'01920000000070008000000000000014', 'verwijzing', 1, \
              '{\"kandidaat\":\"01920000-0000-7000-8000-000000000032\"}', '{}'); \
             INSERT INTO proposals VALUES \
             (X'0192000000007000800000000000001f', X'01920000000070008000000000000014', 'verwijzing', 'doel', '\"oud\"', \
              'aanbieder-a', X'01920000000070008000000000000001', 2000000), \
             (X'0192000000007000800000000000001e', X'01920000000070008000000000000014', 'verwijzing', 'doel', '\"werk\"', \
              'aanbieder-a', X'01920000000070008000000000000001', 3000000), \
             (X'01920000000070008000000000000020', X'01920000000070008000000000000032', 'kandidaat', 'email', 'null', \
              'aanbieder-a', X'01920000000070008000000000000001', 1000000)",
        ),
        Place::Postgres(..) => (
            include_str!("../../src/store/migrations/0001_postgres.sql"),
            "INSERT INTO records VALUES \
             ('01920000-0000-7000-8000-000000000014', 'verwijzing', 1, \
              '{\"kandidaat\":\"01920000-0000-7000-8000-000000000032\"}', '{}'); \
             INSERT INTO proposals VALUES \
             ('01920000-0000-7000-8000-00000000001f', '01920000-0000-7000-8000-000000000014', 'verwijzing', 'doel', \
              '\"oud\"', 'aanbieder-a', '01920000-0000-7000-8000-000000000001', 2000000), \
             ('01920000-0000-7000-8000-00000000001e', '01920000-0000-7000-8000-000000000014', 'verwijzing', 'doel', \
              '\"werk\"', 'aanbieder-a', '01920000-0000-7000-8000-000000000001', 3000000), \
             ('01920000-0000-7000-8000-000000000020', '01920000-0000-7000-8000-000000000032', 'kandidaat', 'email', \
              'null', 'aanbieder-a', '01920000-0000-7000-8000-000000000001', 1000000)",
        ),
    };
    place
        .run("CREATE TABLE schema_versions (version BIGINT PRIMARY KEY); INSERT INTO schema_versions VALUES (1)")
        .await;
    place.run(tables).await;
    place.run(rows).await;
    assert!(matches!(
        store.health().await,
        Err(StoreError::Migration(_))
    ));
    store.migrate().await.unwrap();
    store.health().await.unwrap();

    let mut tx = store.begin_intake().await.unwrap();
    let found = tx.proposals(&[id(20), id(50)]).await.unwrap();
    let standing: Vec<_> = found
        .iter()
        .map(|row| (number(row.id), number(row.kandidaat), row.state.as_str()))
        .collect();
    // Of two of one organisation the newest is open.
    let expected = [(32, 50, "open"), (31, 50, "achterhaald"), (30, 50, "open")];
    assert_eq!(standing, expected);
    let moments = |row: &ProposalRow| (row.sent_at.as_second(), row.at.as_second());
    assert_eq!(
        found.iter().map(moments).collect::<Vec<_>>(),
        [(1, 1), (2, 2), (3, 3)]
    );
    assert_eq!(
        (found[0].value.as_str(), found[2].value.as_str()),
        ("null", "\"werk\"")
    );
}

pub async fn a_closed_store_says_so(place: Place) {
    let store = place.migrated().await;
    store.close().await;
    assert!(matches!(
        store.health().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        store.begin_intake().await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(matches!(
        store.audit(&[audit("x")]).await,
        Err(StoreError::Unavailable(_))
    ));
    store.close().await;
}

/// Small, seeded, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

const ROUNDS: u32 = 400;

/// What round `n` writes: message, record, version, delivery and audit hang together by their number.
fn whole(n: u32) -> Writes {
    Writes {
        messages: vec![MessageRow {
            original: vec![1; 4_000],
            ..message(n)
        }],
        records: vec![record(10_000 + n, 1)],
        versions: vec![version(10_000 + n, 1)],
        deliveries: vec![delivery(20_000 + n)],
        audit: vec![audit(&format!("ronde/{n}"))],
        ..Writes::default()
    }
}

async fn some_work(store: Arc<dyn Store>, n: u32, which: u64) -> Result<(), StoreError> {
    match which {
        0..=4 => {
            let mut tx = store.begin_intake().await?;
            tx.seen(&[(gemeente(), format!("ref-{n}"))]).await?;
            tx.load(&[id(10_000 + n)]).await?;
            tx.write(&whole(n)).await?;
            tx.commit().await?;
        }
        5 => {
            let mut tx = store.begin_intake().await?;
            tx.write(&whole(n)).await?;
        }
        6 => drop(store.settle(&[ready(20_000 + n / 2)], at(3)).await?),
        7 => drop(
            store
                .lease(&aanbieder(), 3, u64::MAX, at(4), at(5), id(n))
                .await?,
        ),
        8 => drop(store.mark_published(&[id(20_000 + n / 2)], at(2)).await?),
        9 => store.audit(&[audit("los"), audit("los")]).await?,
        10 => {
            let stuck = Recovery {
                published_before: at(9),
                published_long_before: at(9),
                republish_max: 100,
                leases_max: 3,
            };
            store.recover(at(9), &stuck).await?;
        }
        _ => drop(store.messages(&gemeente(), None, 9).await?),
    }
    Ok(())
}

pub async fn abandoned_work_leaves_no_transaction_and_nothing_half_written(place: Place) {
    let seed = std::env::var("SCHAKEL_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(0x5ca4_4e1d_u64);
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let store = place.migrated().await;
    let mut running = Vec::new();
    for n in 1..=ROUNDS {
        let work = tokio::spawn(some_work(store.clone(), n, dice.below(12)));
        running.push((work, dice.below(24_000)));
        if running.len() == 4 {
            for (work, patience) in running.drain(..) {
                tokio::time::sleep(Duration::from_micros(patience / 4)).await;
                work.abort();
            }
        }
    }
    // What was started runs to its end by itself; then nothing is left open.
    let mut left = place.left_open().await;
    for _ in 0..100 {
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        left = place.left_open().await;
    }
    assert_eq!(left, 0, "seed {seed}");

    let mut kept = 0;
    for n in 1..=ROUNDS {
        let message = store.message(&gemeente(), id(n)).await.unwrap();
        let there = message.is_some();
        kept += u32::from(there);
        let parts = [
            there,
            !store.records(&[id(10_000 + n)]).await.unwrap().is_empty(),
            !store.versions(id(10_000 + n), 9).await.unwrap().is_empty(),
            !store
                .deliveries(&[id(20_000 + n)])
                .await
                .unwrap()
                .is_empty(),
            !store
                .audit_of(&format!("ronde/{n}"), 9)
                .await
                .unwrap()
                .is_empty(),
        ];
        assert_eq!(parts, [there; 5], "round {n} of seed {seed}");
    }
    let loose = store.audit_of("los", 5_000).await.unwrap().len();
    assert_eq!(loose % 2, 0, "seed {seed}");
    println!("{kept} of {ROUNDS} rounds were kept whole, {loose} loose audit rows");
    assert!(kept > 0 && kept < ROUNDS);

    // And it works as before.
    crate::fixture::write(&*store, &whole(5_000)).await;
    assert!(
        store
            .message(&gemeente(), id(5_000))
            .await
            .unwrap()
            .is_some()
    );
    store.health().await.unwrap();
}

#[tokio::test]
async fn a_postgres_that_is_away_is_noticed_in_time() {
    // Port 1 refuses; the other address answers nothing at all (RFC 5737).
    for url in [
        "postgres://x:geheim@127.0.0.1:1/x",
        "postgres://x:geheim@192.0.2.1:5432/x",
    ] {
        let config = PostgresConfig {
            connect_timeout_ms: 800,
            ..PostgresConfig::at(url)
        };
        let store = PostgresStore::connect(config).await.unwrap();
        let start = Instant::now();
        let Err(StoreError::Unavailable(text)) = store.health().await else {
            panic!("not unavailable");
        };
        assert!(start.elapsed() < Duration::from_secs(2));
        assert!(!text.contains("geheim"));
        assert!(matches!(
            store.begin_intake().await,
            Err(StoreError::Unavailable(_))
        ));
        assert!(start.elapsed() < Duration::from_secs(4));
    }
}

#[test]
fn an_address_is_not_printed() {
    let config = PostgresConfig::at("postgres://gebruiker:geheim@db/x");
    assert!(!format!("{config:?}").contains("geheim"));
}

#[tokio::test]
async fn a_sqlite_file_that_is_gone_is_noticed() {
    let folder = std::env::temp_dir().join(format!("schakel_gone_{}", std::process::id()));
    let path = folder.join("diep").join("schakel.db");
    let store = SqliteStore::connect(SqliteConfig::at(&path)).await.unwrap();
    store.migrate().await.unwrap();
    store.health().await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for name in ["schakel.db", "schakel.db-wal"] {
            let file = std::fs::metadata(path.with_file_name(name)).unwrap();
            assert_eq!(
                file.permissions().mode() & 0o077,
                0,
                "{name} is for its owner only"
            );
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
    assert!(matches!(
        store.health().await,
        Err(StoreError::Unavailable(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_in_memory_keeps_the_same_contract() {
    let store = SqliteStore::connect(SqliteConfig::in_memory())
        .await
        .unwrap();
    store.migrate().await.unwrap();
    store.health().await.unwrap();
    crate::fixture::postvak(&store, 40..44).await;
    let leased = store
        .lease(&aanbieder(), 9, u64::MAX, at(6), at(60), id(70))
        .await
        .unwrap();
    assert_eq!(crate::fixture::numbers(&leased), [40, 41, 42, 43]);
    drop(store.begin_intake().await.unwrap());
    store.audit(&[audit("x")]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_postgres_ends_is_replaced() {
    crate::place::on_postgres(connections_end).await;
}

async fn connections_end(place: Place) {
    let store = place.migrated().await;
    let mut tx = store.begin_intake().await.unwrap();
    tx.write(&whole(1)).await.unwrap();
    place
        .run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    assert!(matches!(tx.commit().await, Err(StoreError::Unavailable(_))));
    let mut answers = 0;
    for _ in 0..20 {
        answers += u32::from(
            store
                .messages(&gemeente(), None, 9)
                .await
                .is_ok_and(|it| it.is_empty()),
        );
    }
    // At most the connections that lay idle fail once.
    assert!(answers >= 10, "{answers}");
    crate::fixture::write(&*store, &whole(1)).await;
    assert!(store.message(&gemeente(), id(1)).await.unwrap().is_some());
}
