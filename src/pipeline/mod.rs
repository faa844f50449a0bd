//! Row 5. The use cases, one file one verb: receive, relay, deliver, collect, follow, propose, recover, replay,
//! manage.
//!
//! The deciding parts (`identify`, `decide`, `route`, `schedule`) are pure; the verbs read, let them decide, and
//! write. Every verb can be called at any moment and any number of times: what it does is decided by the states in
//! the store, so a crash between two of its steps costs time and nothing else.

mod alone;
mod answer;
mod batch;
mod bsns;
mod collect;
mod decide;
mod deliver;
mod directory;
mod faults;
mod follow;
mod hold;
mod identify;
mod make;
mod manage;
mod propose;
mod receive;
mod recover;
mod relay;
mod retour;
mod route;
mod schedule;
mod verdict;
mod view;

pub use alone::check_alone;
pub use answer::Answer;
pub use answer::ElementAnswer;
pub use answer::RecordAnswer;
pub use answer::render_fault;
pub use bsns::Bsns;
pub use collect::CollectError;
pub use collect::Mail;
pub use deliver::PushTurn;
pub use deliver::Webhooks;
pub use directory::Directory;
pub use directory::Organisation;
pub use directory::day_of;
pub use manage::ManageError;
pub use manage::ManagedRecord;
pub use manage::key_of;
pub use receive::Push;
pub use receive::Receipt;
pub use receive::ReceiveError;
pub use receive::check_each as check_elements;
pub use receive::judged_apart;
pub use receive::read as read_document;
pub use relay::Relayed;
pub use retour::OwnAnswer;
pub use schedule::Next;
pub use schedule::Schedule;

use crate::adapters::Limits;
use crate::broker::Broker;
use crate::canonical::Clock;
use crate::canonical::IdSource;
use crate::isolation::WorkbookReader;
use crate::mapping::Library;
use crate::pipeline::batch::Job;
use crate::pipeline::deliver::Waiting;
use crate::pipeline::relay::Holds;
use crate::schema::Schemas;
use crate::sealing::Sealer;
use crate::store::Store;
use serde::Deserialize;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::RwLock;
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::Notify;
use tokio::sync::mpsc;

/// Bounds and rhythms of the pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PipelineConfig {
    /// Most messages in one commit.
    pub batch_max: usize,
    /// Most messages waiting for a commit; beyond it the answer is "busy, try again".
    pub waiting_max: usize,
    /// Deliveries the relay publishes at a time.
    pub relay_batch: u32,
    /// Deliveries a worker makes at a time.
    pub deliver_batch: usize,
    /// Webhook pushes at a time.
    pub pushes_at_once: usize,
    /// Webhook pushes at a time to one organisation: one that hangs takes no more than these.
    pub pushes_per_organisation: usize,
    /// Seconds a worker may take for a push before another takes it over.
    pub push_claim_seconds: u32,
    /// Seconds after which a published delivery that nobody settled is published again (the in-process broker
    /// forgets on restart, any broker may lose).
    pub republish_after_seconds: u32,
    /// Most deliveries that are published again at a time.
    pub republish_max: u32,
    /// Leases that may lapse before a delivery is parked.
    pub leases_max: u32,
    /// Longest lease a recipient may ask for, in seconds.
    pub lease_max_seconds: u32,
    /// Most deliveries a recipient gets at a time.
    pub collect_max: u32,
    /// Most bytes of content it gets at a time, as they are kept; the first delivery goes along whatever its size.
    pub collect_bytes_max: u64,
    /// Retry schedule of webhook pushes.
    pub schedule: Schedule,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self {
            batch_max: 256,
            waiting_max: 4_096,
            relay_batch: 256,
            deliver_batch: 128,
            pushes_at_once: 64,
            pushes_per_organisation: 8,
            push_claim_seconds: 120,
            republish_after_seconds: 60,
            republish_max: 1_000,
            leases_max: 25,
            lease_max_seconds: 3_600,
            collect_max: 100,
            collect_bytes_max: 16_000_000,
            schedule: Schedule::default(),
        }
    }
}

/// What the pipeline is built from.
pub struct Parts {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What carries delivery ids.
    pub broker: Arc<dyn Broker>,
    /// Webhooks out.
    pub webhooks: Arc<dyn Webhooks>,
    /// Reads workbooks in a child process.
    pub workbooks: Arc<WorkbookReader>,
    /// The mappings.
    pub library: Arc<Library>,
    /// The schemas.
    pub schemas: Arc<Schemas>,
    /// Encryption and lookup hashes.
    pub sealer: Arc<Sealer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and chance.
    pub ids: Arc<dyn IdSource>,
    /// Caps on what is decoded.
    pub limits: Limits,
    /// Bounds and rhythms.
    pub config: PipelineConfig,
}

/// The pipeline: every use case as a method. Cheap to share behind an `Arc`.
pub struct Pipeline {
    parts: Parts,
    directory: RwLock<Arc<Directory>>,
    jobs: mpsc::Sender<Job>,
    /// Rung when there is something in the outbox.
    outbox_bell: Notify,
    /// Recipients whose queue refuses.
    held: Mutex<Holds>,
    /// What waits for webhooks.
    waiting: Arc<Waiting>,
    /// Held by the deliverer that makes a batch.
    making: AsyncMutex<()>,
}

impl Pipeline {
    /// Builds the pipeline and starts its one writing task, which ends when the pipeline is dropped. Call
    /// [`Pipeline::refresh_directory`] before the first message.
    #[must_use]
    pub fn start(parts: Parts) -> Arc<Self> {
        let waiting = Waiting::new(
            parts.config.pushes_at_once,
            parts.config.pushes_per_organisation,
        );
        let (jobs, inbox) = mpsc::channel(parts.config.waiting_max.max(1));
        let pipeline = Arc::new(Self {
            parts,
            directory: RwLock::new(Arc::new(Directory::default())),
            jobs,
            outbox_bell: Notify::new(),
            held: Mutex::default(),
            waiting: Arc::new(waiting),
            making: AsyncMutex::default(),
        });
        tokio::spawn(batch::run(Arc::downgrade(&pipeline), inbox));
        // there from the start, so that an alert on its increase sees the first one too
        metrics::counter!("schakel_messages_received_total", "result" => "te_beoordelen")
            .increment(0);
        metrics::counter!("schakel_kandidaten_perhaps_double_total").increment(0);
        pipeline
    }

    /// The organisations and agreements as of now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.directory
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// The mappings.
    #[must_use]
    pub fn library(&self) -> &Arc<Library> {
        &self.parts.library
    }

    /// The schemas.
    #[must_use]
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.parts.schemas
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    /// The broker.
    #[must_use]
    pub fn broker(&self) -> &Arc<dyn Broker> {
        &self.parts.broker
    }

    /// Its configuration.
    #[must_use]
    pub fn config(&self) -> &PipelineConfig {
        &self.parts.config
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.parts.clock
    }

    /// Waits until there may be something in the outbox. Rung by every commit that wrote deliveries.
    pub async fn outbox_rung(&self) {
        self.outbox_bell.notified().await;
    }
}
