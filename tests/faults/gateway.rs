//! The gateway as the outside sees it: a program with a configuration file, that is started, killed, stopped and
//! started again on the same data.

use crate::servers::PrivateServer;
use crate::servers::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schakel::store::PostgresConfig;
use schakel::store::PostgresStore;
use schakel::store::SqliteConfig;
use schakel::store::SqliteStore;
use schakel::store::Store;
use std::fs::File;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

/// How long a start may take on a machine that is busy with other tests.
const START: Duration = Duration::from_mins(1);
/// Short waits, so that a test sees in seconds what takes days in the world.
const CONFIG: &str = r#"
[http]
adres = "127.0.0.1:0"
stop_tijd = "20s"
[beheer]
adres = "uit"
[bezorging]
wachttijden = [WACHTTIJDEN]
leases = 1000
herpublicatie = "5s"
[webhook]
tijd = "2s"
overname = "7s"
prive_toegestaan = ["127.0.0.0/8"]
http_toegestaan = true
"#;

/// What the gateway runs on.
pub enum Backend {
    /// `SQLite` and the in-process broker.
    Embedded,
    /// Private servers of this test.
    Servers {
        postgres: PrivateServer,
        rabbitmq: PrivateServer,
    },
}

impl Backend {
    /// Private servers, which a test may stop and kill. They must be there: a test that goes without proves nothing.
    pub fn servers() -> Self {
        let start = |server, package| {
            PrivateServer::start(server).unwrap_or_else(|| {
                panic!(
                    "{server:?} is not installed: apt-get install {package} (tests/run does), or leave the tests with \
                     servers out with SCHAKEL_TEST_QUICK=1"
                )
            })
        };
        let postgres = std::thread::spawn(move || start(Server::Postgres, "postgresql"));
        let rabbitmq = start(Server::RabbitMq, "rabbitmq-server");
        Self::Servers {
            postgres: postgres.join().expect("PostgreSQL is there"),
            rabbitmq,
        }
    }
}

/// One gateway and its data.
pub struct Gateway {
    pub backend: Backend,
    folder: PathBuf,
    child: Option<Child>,
    starts: usize,
    /// Where it can be reached; what the last start said.
    pub base: Arc<Mutex<String>>,
}

impl Gateway {
    /// One that is not started yet.
    pub fn new(backend: Backend) -> Self {
        let folder = std::env::temp_dir().join(format!("schakel-faults-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut config = CONFIG.replace("WACHTTIJDEN", &vec!["\"1s\""; 200].join(", "));
        config.push_str(match backend {
            Backend::Embedded => "[opslag]\nmap = \"data\"\n",
            Backend::Servers { .. } => {
                "[opslag]\nsoort = \"postgres\"\n[broker]\nsoort = \"rabbitmq\"\n"
            }
        });
        std::fs::write(folder.join("schakel.toml"), config).expect("written");
        Self {
            backend,
            folder,
            child: None,
            starts: 0,
            base: Arc::default(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_schakel"));
        command
            .args(arguments)
            .args(["--config", "schakel.toml"])
            .current_dir(&self.folder)
            .env_clear()
            .stdin(Stdio::null());
        if let Backend::Servers { postgres, rabbitmq } = &self.backend {
            command
                .env("SCHAKEL_OPSLAG_URL", &postgres.url)
                .env("SCHAKEL_BROKER_URL", &rabbitmq.url)
                .env("SCHAKEL_SLEUTEL_WAARDE", STANDARD.encode([7_u8; 32]));
        }
        command
    }

    /// Makes an API key from the command line.
    pub fn key(&self, org: &str, scopes: &[&str]) -> String {
        let mut arguments = vec!["keys", "create", "--org", org, "--name", "proef"];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        let made = self.command(&arguments).output().expect("it runs");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        String::from_utf8(made.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }

    /// Starts the program, without waiting until it serves.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        self.starts += 1;
        let log = File::create(self.log()).expect("a log");
        let errors = log.try_clone().expect("the same log");
        let child = self
            .command(&["serve"])
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("it starts");
        self.child = Some(child);
    }

    /// Starts it and waits until it serves.
    pub async fn start(&mut self) {
        self.spawn();
        let until = Instant::now() + START;
        loop {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            let address = log
                .lines()
                .find(|line| line.contains("Serving on"))
                .and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok())
                .and_then(|line| line["address"].as_str().map(str::to_owned));
            if let Some(address) = address {
                *self.base.lock().expect("not poisoned") = format!("http://{address}");
                return;
            }
            let ended = self.child.as_mut().expect("started").try_wait();
            assert!(
                matches!(ended, Ok(None)),
                "the gateway ended while starting: {log}"
            );
            assert!(Instant::now() < until, "the gateway does not serve: {log}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        assert!(
            matches!(child.try_wait(), Ok(None)),
            "the gateway ended by itself: {}",
            self.read_log()
        );
        child.kill().expect("killed");
        child.wait().expect("ended");
    }

    /// SIGTERM; how it ended and how long that took.
    pub async fn terminate(&mut self) -> (ExitStatus, Duration) {
        let mut child = self.child.take().expect("it runs");
        let since = Instant::now();
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill runs").success());
        loop {
            if let Some(status) = child.try_wait().expect("it can be waited for") {
                return (status, since.elapsed());
            }
            if since.elapsed() > Duration::from_secs(40) {
                let _ = child.kill();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.join(format!("gateway-{}.log", self.starts))
    }

    /// What the last start logged.
    pub fn read_log(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Every line of every start that tells of a panic.
    pub fn panics(&self) -> Vec<String> {
        let logs = std::fs::read_dir(&self.folder).expect("the folder");
        logs.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok())
            .flat_map(|log| {
                log.lines()
                    .filter(|line| line.contains("panic"))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// The store behind it, for what the API does not show.
    pub async fn store(&self) -> Arc<dyn Store> {
        match &self.backend {
            Backend::Embedded => {
                let config = SqliteConfig::at(self.folder.join("data/schakel.db"));
                Arc::new(SqliteStore::connect(config).await.expect("the file opens"))
            }
            Backend::Servers { postgres, .. } => {
                let config = PostgresConfig {
                    url: postgres.url.clone(),
                    ..PostgresConfig::default()
                };
                Arc::new(PostgresStore::connect(config).await.expect("it lets us in"))
            }
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("the logs of the gateway are in {}", self.folder.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
