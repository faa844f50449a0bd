//! A seeded simulation of ingest, relay, broker and delivery in one process, with a clock that is moved by hand and
//! faults everywhere. Whatever happens on the way, at the end: nothing lost, nothing twice in the record, nothing
//! altered, nothing at a wrong organisation.
//!
//! `SCHAKEL_SIM_SEEDS=200 cargo test --test simulation` runs more seeds; `SCHAKEL_SIM_SEED=17` runs that one again.

mod faults;
mod world;

use world::World;

/// Seeds in an ordinary run of the suite.
const SEEDS: u64 = 25;
/// Things that happen in one run.
const STEPS: u64 = 220;

fn seeds() -> Vec<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    number("SCHAKEL_SIM_SEED").map_or_else(
        || (0..number("SCHAKEL_SIM_SEEDS").unwrap_or(SEEDS)).collect(),
        |seed| vec![seed],
    )
}

#[test]
fn whatever_fails_on_the_way_nothing_is_lost_doubled_altered_or_misdelivered() {
    let mut struck = 0;
    for seed in seeds() {
        println!("simulation seed {seed}"); // shown when it fails: SCHAKEL_SIM_SEED repeats it
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        struck += runtime.block_on(async {
            let mut world = World::new(seed).await;
            for _ in 0..STEPS {
                world.step().await;
            }
            world.heal_and_settle().await;
            world.check().await;
            world.struck()
        });
    }
    assert!(
        struck > 0,
        "no fault was injected: the simulation proves nothing"
    );
}
