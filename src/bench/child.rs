//! The gateway as a process of its own, with what it costs.

use crate::bench::BenchError;
use crate::bench::client;
use crate::bench::client::Client;
use crate::bench::place::Place;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::Instant;

/// How long starting may take.
const START: Duration = Duration::from_secs(30);
/// Clock ticks a second in `/proc`: 100 for every program, whatever the kernel's own rhythm (`proc(5)`).
const TICKS: u64 = 100;

/// A gateway that runs.
pub(super) struct Child {
    process: tokio::process::Child,
    pid: u32,
    /// Where the API is.
    pub api: SocketAddr,
    /// Where health and metrics are.
    pub admin: SocketAddr,
}

/// Memory in bytes; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Footprint {
    pub now: Option<u64>,
    pub peak: Option<u64>,
}

impl Child {
    /// Starts `schakel serve` on free ports with this place's store and broker, logging as it does by default, and
    /// waits until it is ready.
    pub(super) async fn start(place: &Place) -> Result<Self, BenchError> {
        let failed = |what| move |reason| BenchError::Io { what, reason };
        let (api, admin) = free_ports().map_err(failed("looking for a free port"))?;
        let file = place
            .config_file(api, admin)
            .map_err(failed("writing a configuration"))?;
        let log = std::fs::File::create(place.folder().join("log"))
            .map_err(failed("making a log file"))?;
        let errors = log.try_clone().map_err(failed("making a log file"))?;
        let program = std::env::current_exe().map_err(failed("looking for the program"))?;
        let settings = std::env::vars_os().map(|(name, _)| name);
        let mut command = Command::new(program);
        for name in settings.filter(|name| name.to_string_lossy().starts_with("SCHAKEL_")) {
            command.env_remove(name);
        }
        let process = command
            .arg("serve")
            .arg("--config")
            .arg(file)
            .envs(place.secrets())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed("starting the gateway"))?;
        let pid = process.id().unwrap_or_default();
        let mut child = Self {
            process,
            pid,
            api,
            admin,
        };
        child.ready().await?;
        Ok(child)
    }

    async fn ready(&mut self) -> Result<(), BenchError> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(BenchError::Answer {
                    what: "starting the gateway",
                    expected: "a running process".to_owned(),
                    got: status.to_string(),
                });
            }
            if let Ok(mut client) = Client::connect(self.admin).await
                && let Ok((200, _)) = client.send(client::get("/health/ready").as_bytes()).await
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(BenchError::Late("the gateway was not ready"))
    }

    /// CPU time used so far.
    pub(super) fn cpu(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        cpu_ticks(&stat).map(|ticks| Duration::from_millis(ticks * 1_000 / TICKS))
    }

    /// Memory now and at its highest.
    pub(super) fn memory(&self) -> Footprint {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        Footprint {
            now: kilobytes(&status, "VmRSS:"),
            peak: kilobytes(&status, "VmHWM:"),
        }
    }

    /// Ends it. Its data is thrown away, so there is nothing to finish.
    pub(super) async fn end(mut self) {
        // gone already is as good
        let _ = self.process.kill().await;
    }
}

/// User and system time: fields 14 and 15. The second field, the name, may hold spaces and brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// A number of kilobytes in what `/proc` tells of a process, in bytes.
pub(super) fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1_024)
}

/// Two ports that were free a moment ago. Another program may take one before the gateway does; then it does not
/// start, and says so.
fn free_ports() -> std::io::Result<(SocketAddr, SocketAddr)> {
    let one = std::net::TcpListener::bind("127.0.0.1:0")?;
    let other = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok((one.local_addr()?, other.local_addr()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_of_a_process_is_read() {
        let stat = "71 (a ) b) S 1 71 71 0 -1 4194560 2 0 0 0 250 50 0 0 20 0 9 0 100 1 1";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("71"), None);
        let status = "VmPeak:\t  9 kB\nVmHWM:\t   40 kB\nVmRSS:\t   30 kB\n";
        assert_eq!(kilobytes(status, "VmHWM:"), Some(40_960));
        assert_eq!(kilobytes(status, "VmRSS:"), Some(30_720));
        assert_eq!(kilobytes(status, "VmSwap:"), None);
    }
}
