//! Row 7. `schakel bench`: throughput and latency as ratios to baselines of the same run; `schakel bench mapping`: what
//! a translation costs, as a ratio to the bare parse.
//!
//! It starts the real gateway as a process of its own, so that its CPU and memory are its own, registers the
//! organisations of the demonstration, and pushes unique referrals over keep-alive connections: the real mapping, real
//! record versions. Absolute figures say something about the machine; the ratios to the baselines say something about
//! the gateway, because both were measured on the same machine in the same minutes.

mod baseline;
mod child;
mod client;
mod load;
mod mapping;
mod material;
mod place;
mod report;

pub use mapping::Held;
pub use mapping::Translated;
pub use mapping::Translation;
pub use mapping::memory_of_long_files;
pub use mapping::translations;
pub use place::Servers;
pub use report::Baseline;
pub use report::Idle;
pub use report::Level;
pub use report::Measured;
pub use report::Memory;

use crate::app::AppError;
use crate::bench::child::Child;
use crate::bench::load::Gate;
use crate::bench::place::Place;
use crate::store::StoreError;
use std::time::Duration;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Numbers of connections, each measured on its own.
    pub connections: Vec<usize>,
    /// How long messages are pushed at each number of connections.
    pub seconds: u64,
    /// Referrals pushed one at a time to measure how soon each is available.
    pub idle_messages: usize,
}

/// Why nothing could be measured. Slow is never a reason.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file, folder, process or connection of the measurement itself.
    #[error("{what}: {reason}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The server for the measurement's own database or queues.
    #[error("{what}: {reason}")]
    Server {
        /// What was tried.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// The gateway's parts, as the baselines use them.
    #[error(transparent)]
    App(#[from] AppError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The gateway answered something else than was asked for.
    #[error("{what}: expected {expected}, got {got}")]
    Answer {
        /// What was asked.
        what: &'static str,
        /// What should have come.
        expected: String,
        /// What came.
        got: String,
    },
    /// The gateway did not get ready, or did not finish, in time.
    #[error("{0} within the time there is for it")]
    Late(&'static str),
}

/// Measures one store and broker: embedded, or the servers given. What it made is removed, also when it fails.
pub async fn measure(
    plan: &Plan,
    servers: Option<&Servers>,
    note: &dyn Fn(&str),
) -> Result<Measured, BenchError> {
    let place = Place::make(servers).await?;
    let outcome = measure_in(&place, plan, note).await;
    place.remove().await;
    outcome
}

async fn measure_in(
    place: &Place,
    plan: &Plan,
    note: &dyn Fn(&str),
) -> Result<Measured, BenchError> {
    let keys = place.keys().await?;
    let child = Child::start(place).await?;
    let gate = Gate::open(&child, keys).await?;
    gate.register().await?;
    // what starting took is given back first
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle_bytes = child.memory().now;
    let template = gate.template(place).await?;
    note("idle");
    let idle = gate.idle(plan.idle_messages).await?;
    let mut levels = Vec::with_capacity(plan.connections.len());
    for connections in &plan.connections {
        note(&connections.to_string());
        levels.push(
            gate.level(*connections, Duration::from_secs(plan.seconds))
                .await?,
        );
    }
    gate.all_ready(place).await?;
    let memory = Memory {
        idle_bytes,
        peak_bytes: child.memory().peak,
    };
    child.end().await;
    note("baseline");
    let baseline = Baseline {
        inserts_per_second: baseline::inserts(place, &template, Duration::from_secs(plan.seconds))
            .await?,
        publishes_per_second: baseline::publishes(place, Duration::from_secs(plan.seconds)).await?,
    };
    Ok(Measured {
        name: place.name(),
        levels,
        idle,
        baseline,
        memory,
    })
}
