//! What goes wrong around a gateway in operation, done to the real program: killed at any moment, its servers killed
//! and stopped, answers cut off, everything sent twice. Organisations outside it keep a ledger. Whatever happens on
//! the way, in the end: nothing lost, nothing twice in the record, nothing altered, nothing at a wrong organisation.
//!
//! `SCHAKEL_KILLS=200 cargo test --test faults kill` kills more often; `SCHAKEL_FAULT_SEED=17` repeats the choices of
//! a run (not its timing).
//!
//! Two tests stop and kill `PostgreSQL` and `RabbitMQ`: they start private ones (`tests/support/servers.sh`), and fail
//! when those are not installed. Only the inner loop (`tests/run --quick`, which sets `SCHAKEL_TEST_QUICK`) leaves these
//! two out, says so, and kills three times. Where `SCHAKEL_TEST_ALL` is set nothing is left out.

mod caller;
mod cast;
mod findings;
mod gateway;
mod ledger;
mod receiver;
#[path = "../support/servers.rs"]
mod servers;
mod shared;
mod world;

use gateway::Backend;
use receiver::Attempt;
use schakel::canonical::IdSource;
use schakel::canonical::SeededIds;
use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;
use world::World;

/// Times that the gateway is killed on each backend.
const KILLS: u64 = 10;
/// The same in the inner loop.
const KILLS_QUICK: u64 = 3;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn seed() -> u64 {
    number("SCHAKEL_FAULT_SEED").unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0))
}

/// Whether this is the inner loop, without servers.
fn quick() -> bool {
    let is_set = |name| std::env::var_os(name).is_some();
    is_set("SCHAKEL_TEST_QUICK") && !is_set("SCHAKEL_TEST_ALL")
}

fn kills() -> u64 {
    number("SCHAKEL_KILLS").unwrap_or(if quick() { KILLS_QUICK } else { KILLS })
}

async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// The servers of a test that cannot do without; `None` only in the inner loop.
fn servers(test: &str) -> Option<Backend> {
    if quick() {
        // not `eprintln`, which is kept from sight when a test passes
        let line = format!("left out: {test}, because SCHAKEL_TEST_QUICK is set\n");
        std::io::stderr()
            .write_all(line.as_bytes())
            .expect("there is somewhere to write");
        return None;
    }
    Some(Backend::servers())
}

/// Kills the gateway at random moments, sometimes before it serves, while everybody works.
async fn kill_while_messages_flow(name: &'static str, backend: Backend) {
    let seed = seed();
    let chance = SeededIds::new(seed);
    let mut world = World::new(name, backend, seed).await;
    world.receiver.cuts.store(15, Ordering::Relaxed);
    world.receiver.busy.store(5, Ordering::Relaxed);
    world.work();
    for _ in 0..kills() {
        pause(100 + chance.below(1_400)).await;
        world.gateway.kill();
        if chance.below(5) == 0 {
            world.gateway.spawn();
            pause(chance.below(1_000)).await;
            world.gateway.kill();
        }
        world.gateway.start().await;
    }
    let figures = world.settle().await;
    assert!(
        figures.messages > 20,
        "too little went through to prove anything"
    );
    assert!(figures.tried_again > 0, "no push met a dead gateway");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_on_embedded_the_gateway_loses_doubles_and_alters_nothing() {
    kill_while_messages_flow("kills, embedded", Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_on_servers_the_gateway_loses_doubles_and_alters_nothing() {
    let name = "kills, PostgreSQL and RabbitMQ";
    if let Some(servers) = servers(name) {
        kill_while_messages_flow(name, servers).await;
    }
}

// Tests start in the order of their names: the one that takes longest starts first, and the others run beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_or_stop_of_the_servers_under_load_costs_no_message() {
    let Some(backend) = servers("outages") else {
        return;
    };
    let seed = seed();
    let chance = SeededIds::new(seed);
    let mut world = World::new("outages", backend, seed).await;
    world.work();
    for crash in [true, false] {
        for postgres_too in [true, false] {
            pause(500 + chance.below(1_000)).await;
            let Backend::Servers { postgres, rabbitmq } = &mut world.gateway.backend else {
                unreachable!("it runs on servers");
            };
            let server = if postgres_too { postgres } else { rabbitmq };
            // the scripts wait: not on the threads that carry the load
            tokio::task::block_in_place(|| {
                if crash {
                    server.kill();
                } else {
                    server.stop();
                }
                std::thread::sleep(Duration::from_millis(500 + chance.below(1_500)));
                server.start_again();
            });
        }
    }
    pause(1_000).await;
    let figures = world.settle().await;
    assert!(
        figures.messages > 20,
        "too little went through to prove anything"
    );
    assert!(figures.tried_again > 0, "no push met an outage");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_is_done_within_half_a_minute_and_costs_no_message() {
    let mut world = World::new("stops", Backend::Embedded, seed()).await;
    world.receiver.cuts.store(10, Ordering::Relaxed);
    world.work();
    for _ in 0..2 {
        pause(1_500).await;
        let (status, took) = world.gateway.terminate().await;
        let log = world.gateway.read_log();
        assert!(status.success(), "{status}: {log}");
        assert!(took < Duration::from_secs(30), "{took:?}: {log}");
        println!("stopped in {took:?}");
        world.gateway.start().await;
    }
    world.settle().await;
}

/// One verwijzing, read by the provider and decided on: its besluit goes out by webhook.
async fn one_besluit(world: &mut World) {
    let chance = SeededIds::new(1);
    let verwijzing = world.shared.verwijzing(0, None, 1, &chance);
    world.shared.push_verwijzing(&verwijzing, &chance).await;
    world.provide();
}

/// Every attempt is signed and carries the same bytes under the same id.
fn all_the_same(attempts: &[Attempt]) {
    for attempt in attempts {
        assert_eq!(
            (&attempt.id, &attempt.body),
            (&attempts[0].id, &attempts[0].body)
        );
        assert!(attempt.signed);
    }
}

async fn attempts(world: &World, at_least: usize) {
    for _ in 0..1_200 {
        if world.receiver.so_far().len() >= at_least {
            return;
        }
        pause(50).await;
    }
    panic!("no attempt {at_least} came: {:?}", world.receiver.so_far());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_whose_answer_is_cut_off_comes_again_as_the_same_bytes_also_after_a_crash() {
    let mut world = World::new("cuts", Backend::Embedded, seed()).await;
    world.receiver.cuts.store(100, Ordering::Relaxed);
    one_besluit(&mut world).await;
    attempts(&world, 2).await;
    // killed with the message in the receiver's hands: the next run must send those bytes and no other
    world.gateway.kill();
    let before = world.receiver.so_far().len();
    world.gateway.start().await;
    attempts(&world, before + 1).await;
    let receiver = world.receiver.clone();
    let figures = world.settle().await;
    let all = receiver.so_far();
    assert!(figures.attempts >= 4, "{all:?}");
    let cut = all.iter().take_while(|attempt| !attempt.answered).count();
    assert!(cut >= 3, "{all:?}");
    all_the_same(&all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_while_the_receiver_has_the_first_attempt_changes_no_byte_of_the_second() {
    let mut world = World::new("crash in an attempt", Backend::Embedded, seed()).await;
    world.receiver.hold.store(true, Ordering::Relaxed);
    one_besluit(&mut world).await;
    attempts(&world, 1).await;
    world.gateway.kill();
    world.receiver.hold.store(false, Ordering::Relaxed);
    pause(1_100).await; // another second on every clock that content could hold
    world.gateway.start().await;
    let receiver = world.receiver.clone();
    world.settle().await;
    let all = receiver.so_far();
    assert!(all.len() >= 2, "{all:?}");
    all_the_same(&all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_pushed_twice_at_once_and_again_later_counts_once() {
    let mut world = World::new("duplicates", Backend::Embedded, seed()).await;
    let chance = SeededIds::new(7);
    let shared = world.shared.clone();
    let mut sent = Vec::new();
    for moment in 1..=25 {
        let verwijzing =
            shared.verwijzing(0, sent.last().filter(|_| moment % 3 == 0), moment, &chance);
        let (xml, reference) = (verwijzing.xml(), verwijzing.reference.clone());
        let push = || {
            shared.push(
                &shared.gemeente,
                &reference,
                "verwijzing",
                "application/xml",
                &xml,
            )
        };
        tokio::join!(push(), push());
        sent.push(verwijzing);
    }
    world.provide();
    pause(500).await;
    for verwijzing in &sent {
        let xml = verwijzing.xml();
        shared
            .push(
                &shared.gemeente,
                &verwijzing.reference,
                "verwijzing",
                "application/xml",
                &xml,
            )
            .await;
        shared.push_other(verwijzing).await;
    }
    // taken apart first: in the head of the loop the ledger would stay locked, and the pushes wait for it
    let numbers: Vec<String> = shared.ledger().sent.keys().cloned().collect();
    for number in numbers {
        let (reference, body) = (
            format!("besluit-{number}"),
            cast::besluit(&number).to_string(),
        );
        let push = || {
            shared.push(
                &shared.aanbieder,
                &reference,
                "besluit",
                "application/json",
                &body,
            )
        };
        tokio::join!(push(), push());
    }
    let figures = world.settle().await;
    assert_eq!(figures.conflicts, sent.len());
}
