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
/// What stopping may take beyond `http.stop_tijd`, for the loops and for closing.
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
        let library = Arc::new(source.compile(&schemas, Lang::Nl)?);
        let sealer = open_sealer(&config)?;
        let webhooks = Webhook::new(config.webhook())
            .map_err(|error| AppError::Webhooks(error.to_string()))?;
        let program = self.program.map_or_else(own_program, Ok)?;
        let store = open_store(&config).await?;
        store.migrate().await?;
        let broker = open_broker(&config)?;
        let serve = config.serve();
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
        let stop_time = config.stop_time();
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

    /// Stops in good order: no new connections, requests in progress finish, the loops finish their turn, what is
    /// open is closed. `true` when nothing had to be cut off; what was, is done again after the next start.
    pub async fn stop(self) -> bool {
        let until = Instant::now() + self.stop_time + CLOSING_TIME;
        tracing::info!("Stopping");
        let report = self.api.stop().await;
        let ended = self.workers.stop(until).await;
        if let Err(error) = self.callers.flush_last_use().await {
            tracing::warn!(%error, "The last use of keys was not written down");
        }
        drop(self.pipeline);
        // A broker or store that is away must not hold up the end.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.broker.close()).await;
        let store = Arc::clone(&self.store);
        let closing = tokio::spawn(async move { store.close().await });
        let _ = tokio::time::timeout(Duration::from_secs(5), closing).await;
        if let Some(admin) = self.admin {
            admin.stop().await;
        }
        let cut_off = report.map_or(0, |report| report.cut_off);
        tracing::info!(cut_off, "Stopped");
        ended && cut_off == 0
    }
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

    async fn stop(self) -> Option<ServeReport> {
        self.signal.set();
        self.task.await.ok()
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
