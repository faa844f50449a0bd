use crate::access::Callers;
use crate::access::KeyStore;
use crate::api;
use crate::api::Api;
use crate::api::ServeConfig;
use crate::api::ServeReport;
use crate::app::AppError;
use crate::app::Health;
use crate::app::MappingSource;
use crate::app::PipelineGateway;
use crate::app::admin;
use crate::app::health;
use crate::app::open_broker;
use crate::app::open_sealer;
use crate::app::open_store;
use crate::broker::Broker;
use crate::canonical::Clock;
use crate::canonical::IdSource;
use crate::canonical::RandomIds;
use crate::canonical::SystemClock;
use crate::config::Config;
use crate::document::Lang;
use crate::isolation::WorkbookReader;
use crate::outbound::Webhook;
use crate::pipeline::Parts;
use crate::pipeline::Pipeline;
use crate::schema::Schemas;
use crate::store::Store;
use crate::worker::Stop;
use crate::worker::StopSignal;
use crate::worker::Workers;
use axum::Router;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How often the last use of keys is written down.
const LAST_USE_INTERVAL: Duration = Duration::from_secs(30);
/// The most of `http.stop_tijd` that is kept for closing, after what runs has had the rest; never more than a fifth.
const CLOSING_TIME: Duration = Duration::from_secs(4);

/// An application to be started: the configuration and what a test may want to hold in its own hands.
pub struct App {
    config: Config,
    program: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl App {
    /// An application with the machine's own clock and chance.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            program: None,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        }
    }

    /// The `schakel` program to start for reading workbooks, when this process is another one.
    #[must_use]
    pub fn program(mut self, program: PathBuf) -> Self {
        self.program = Some(program);
        self
    }

    /// Another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of ids and chance.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// Starts with an application of this configuration.
    pub async fn start(config: Config) -> Result<RunningApp, AppError> {
        Self::new(config).run().await
    }

    /// Starts: opens and migrates the store, listens, puts back what an earlier run left behind, and only then
    /// serves.
    pub async fn run(self) -> Result<RunningApp, AppError> {
        let config = self.config;
        let schemas = Arc::new(Schemas::embedded()?);
        let source = MappingSource::new(config.mapping_folder());
        let library = Arc::new(source.verified(&schemas, Lang::Nl)?);
        let sealer = open_sealer(&config)?;
        let webhooks = Webhook::new(config.webhook())
            .map_err(|error| AppError::Webhooks(error.to_string()))?;
        let program = self.program.map_or_else(own_program, Ok)?;
        let store = open_store(&config).await?;
        store.migrate().await?;
        let broker = open_broker(&config)?;
        let stop_time = config.stop_time();
        let requests = stop_time.saturating_sub(closing_time(stop_time));
        let serve = ServeConfig {
            shutdown_seconds: u32::try_from(requests.as_secs()).unwrap_or(u32::MAX),
            ..config.serve()
        };
        let listener = listen(serve.listen).await?;
        let admin = match config.admin_address() {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let pipeline = Pipeline::start(Parts {
            store: Arc::clone(&store),
            broker: Arc::clone(&broker),
            webhooks: Arc::new(webhooks),
            workbooks: Arc::new(WorkbookReader::new(config.isolation(program))),
            library,
            schemas,
            sealer,
            clock: Arc::clone(&self.clock),
            ids: self.ids,
            limits: config.limits(),
            config: config.pipeline(),
        });
        pipeline.refresh_directory().await?;
        pipeline.recover_all().await?;

        let keys: Arc<dyn KeyStore> = Arc::new(Arc::clone(&store));
        let callers = Arc::new(Callers::new(keys));
        let health = Arc::new(Health::new(config.oldest_due_limit()));
        let mut workers = Workers::default();
        workers.run_pipeline(&pipeline);
        watch(&mut workers, &health, &pipeline, &self.clock, &callers);

        let gateway = PipelineGateway::new(Arc::clone(&pipeline), config.webhook());
        let shared = Api::new(
            Arc::new(gateway),
            Arc::clone(&callers),
            Arc::clone(&self.clock),
            config.api(),
        );
        let api = Server::start(listener, api::router(&shared), serve)?;
        let admin = admin
            .map(|listener| {
                let serve = ServeConfig {
                    shutdown_seconds: 1,
                    ..ServeConfig::default()
                };
                Server::start(
                    listener,
                    admin::router(Arc::clone(&health), &config.api()),
                    serve,
                )
            })
            .transpose()?;
        tracing::info!(
            address = %api.address,
            version = env!("CARGO_PKG_VERSION"),
            "Serving on {}",
            api.address
        );
        Ok(RunningApp {
            api,
            admin,
            pipeline,
            store,
            broker,
            callers,
            health,
            workers,
            stop_time,
        })
    }
}

/// An application that runs. Dropping it stops it too, without waiting; [`RunningApp::stop`] waits.
pub struct RunningApp {
    api: Server,
    admin: Option<Server>,
    pipeline: Arc<Pipeline>,
    store: Arc<dyn Store>,
    broker: Arc<dyn Broker>,
    callers: Arc<Callers>,
    health: Arc<Health>,
    workers: Workers,
    stop_time: Duration,
}

impl RunningApp {
    /// Where the API listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.api.address
    }

    /// Where health and metrics are, if anywhere.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|server| server.address)
    }

    /// The pipeline.
    #[must_use]
    pub const fn pipeline(&self) -> &Arc<Pipeline> {
        &self.pipeline
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// How its parts are.
    #[must_use]
    pub const fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// How long stopping may take, everything together.
    #[must_use]
    pub const fn stop_time(&self) -> Duration {
        self.stop_time
    }

    /// Stops in good order within `http.stop_tijd`; see [`RunningApp::stop_by`].
    pub async fn stop(self) -> bool {
        let end = Instant::now() + self.stop_time;
        self.stop_by(end).await
    }

    /// Stops in good order, and is done at this moment whatever is away or hangs: no new connections, requests in
    /// progress and the turns of the loops finish side by side, what waits for webhooks goes back to the outbox, what is
    /// open is closed. `true` when nothing had to be cut off; what was, is done again after the next start.
    pub async fn stop_by(self, end: Instant) -> bool {
        tracing::info!("Stopping");
        let left = end.saturating_duration_since(Instant::now());
        let until = end - closing_time(left);
        self.workers.signal();
        let (report, ended) = tokio::join!(self.api.stop(until), self.workers.stop(until));
        let (callers, store, broker) = (self.callers, self.store, self.broker);
        let pipeline = self.pipeline;
        // Tasks of their own: a store or broker that is away is not waited for beyond the end.
        let keeping = tokio::spawn(async move {
            if let Err(error) = pipeline.leave_waiting().await {
                tracing::warn!(%error, "What waits for webhooks is published again only when it is found stuck");
            }
            drop(pipeline);
            if let Err(error) = callers.flush_last_use().await {
                tracing::warn!(%error, "The last use of keys was not written down");
            }
            store.close().await;
        });
        let parting = tokio::spawn(async move { broker.close().await });
        let admin = async {
            if let Some(admin) = self.admin {
                admin.stop(end).await;
            }
        };
        let closed = async { tokio::join!(keeping, parting, admin) };
        let in_time = tokio::time::timeout_at(end, closed).await.is_ok();
        let cut_off = report.map_or(0, |report| report.cut_off);
        tracing::info!(cut_off, in_time, "Stopped");
        ended && report.is_some() && cut_off == 0
    }
}

/// What is kept of a time for stopping, to close things in.
fn closing_time(stop_time: Duration) -> Duration {
    (stop_time / 5).min(CLOSING_TIME)
}

/// One listener with its task.
struct Server {
    address: SocketAddr,
    signal: StopSignal,
    task: JoinHandle<ServeReport>,
}

impl Server {
    fn start(listener: TcpListener, router: Router, config: ServeConfig) -> Result<Self, AppError> {
        let address = listener.local_addr().map_err(|reason| AppError::Listen {
            address: config.listen,
            reason,
        })?;
        let signal = StopSignal::default();
        let mut stop = signal.view();
        let task = tokio::spawn(async move {
            api::serve(listener, router, config, async move { stop.wait().await }).await
        });
        Ok(Self {
            address,
            signal,
            task,
        })
    }

    /// Stops; `None` when it did not end by this moment, and was cut off.
    async fn stop(mut self, until: Instant) -> Option<ServeReport> {
        self.signal.set();
        if let Ok(ended) = tokio::time::timeout_at(until, &mut self.task).await {
            return ended.ok();
        }
        self.task.abort();
        None
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, AppError> {
    TcpListener::bind(address)
        .await
        .map_err(|reason| AppError::Listen { address, reason })
}

/// Starts the loops that watch and note.
fn watch(
    workers: &mut Workers,
    health: &Arc<Health>,
    pipeline: &Arc<Pipeline>,
    clock: &Arc<dyn Clock>,
    callers: &Arc<Callers>,
) {
    let (shared, store) = (Arc::clone(health), Arc::clone(pipeline.store()));
    workers.supervise("health-store", move |stop| {
        health::watch_store(Arc::clone(&shared), Arc::clone(&store), stop)
    });
    let (shared, broker) = (Arc::clone(health), Arc::clone(pipeline.broker()));
    workers.supervise("health-broker", move |stop| {
        health::watch_broker(Arc::clone(&shared), Arc::clone(&broker), stop)
    });
    let (shared, store) = (Arc::clone(health), Arc::clone(pipeline.store()));
    let clock = Arc::clone(clock);
    workers.supervise("health-outbox", move |stop| {
        let (shared, store) = (Arc::clone(&shared), Arc::clone(&store));
        health::watch_outbox(shared, store, Arc::clone(&clock), stop)
    });
    let callers = Arc::clone(callers);
    workers.supervise("last-use", move |stop| {
        note_last_use(Arc::clone(&callers), stop)
    });
}

async fn note_last_use(callers: Arc<Callers>, mut stop: Stop) {
    while stop.pause(LAST_USE_INTERVAL).await {
        if let Err(error) = callers.flush_last_use().await {
            tracing::warn!(%error, "The last use of keys was not written down");
        }
    }
}

/// This program, to be started again. On Linux by a path that stays right when the file is replaced by a newer one.
fn own_program() -> Result<PathBuf, AppError> {
    let linked = PathBuf::from("/proc/self/exe");
    if linked.exists() {
        return Ok(linked);
    }
    std::env::current_exe().map_err(AppError::Program)
}
