//! Private servers for fault tests: started, stopped, killed and started again by `tests/support/servers.sh`, which
//! `tests/run` uses too.
#![allow(dead_code)] // each test binary uses its own part

use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// `PostgreSQL`.
    Postgres,
    /// `RabbitMQ`.
    RabbitMq,
}

/// One private server, running or not, in a folder of its own; removed when dropped.
#[derive(Debug)]
pub struct PrivateServer {
    server: Server,
    folder: PathBuf,
    /// Where to reach it; the same after every start.
    pub url: String,
}

impl PrivateServer {
    /// Starts a new one, or `None` when it is not installed on this machine.
    pub fn start(server: Server) -> Option<Self> {
        let installed = match server {
            Server::Postgres => "installed-postgres",
            Server::RabbitMq => "installed-rabbitmq",
        };
        if !script(&[installed]).0 {
            return None;
        }
        let name = format!("schakel-{server:?}-{}", uuid::Uuid::now_v7()).to_lowercase();
        let mut private = Self {
            server,
            folder: std::env::temp_dir().join(name),
            url: String::new(),
        };
        private.start_again();
        Some(private)
    }

    /// Starts it again with the data it had, on the same port.
    pub fn start_again(&mut self) {
        let verb = match self.server {
            Server::Postgres => "start-postgres",
            Server::RabbitMq => "start-rabbitmq",
        };
        let (started, url) = self.script(verb);
        assert!(started, "{:?} starts", self.server);
        url.trim().clone_into(&mut self.url);
    }

    /// Stops it in good order.
    pub fn stop(&self) {
        assert!(self.script("stop").0, "{:?} stops", self.server);
    }

    /// Ends it as a crash would.
    pub fn kill(&self) {
        assert!(self.script("kill").0, "{:?} is killed", self.server);
    }

    fn script(&self, verb: &str) -> (bool, String) {
        script(&[verb, &self.folder.to_string_lossy()])
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        let _ = self.script("remove");
    }
}

fn script(arguments: &[&str]) -> (bool, String) {
    let output = Command::new("bash")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/servers.sh"
        ))
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("bash runs");
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}
