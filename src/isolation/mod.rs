//! Row 4. Reads workbooks in a child process with memory and CPU limits.
//!
//! The library that reads workbooks aborts the whole process on a hostile one, and an abort cannot be caught. So the
//! gateway starts its own program again with a hidden subcommand ([`SUBCOMMAND`]), gives it the bytes on stdin and takes
//! the document from its stdout. The child has no environment (there are secrets in ours), no core file, and limits
//! on memory, CPU, files and time; when it dies of one, that is a fault of the workbook and not of the gateway.
//!
//! | code | raised when |
//! |---|---|
//! | `werkmap.te-zwaar` | the child died, or ran out of memory, CPU or time |
//! | all of `adapters` for workbooks | as there |

mod child;
mod frame;

pub use child::SUBCOMMAND;
pub use child::child_main;

use crate::adapters;
use crate::adapters::Limits;
use crate::document::Document;
use crate::document::Fault;
use bytes::Bytes;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::process::Child;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How workbooks are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsolationConfig {
    /// The program to start: this one.
    pub program: PathBuf,
    /// Bytes of address space a child may have.
    pub memory_bytes: u64,
    /// Seconds of CPU a child may use.
    pub cpu_seconds: u64,
    /// How long a child may take, and how long a workbook may wait for its turn.
    pub wall: Duration,
    /// How many children run at the same time.
    pub at_once: usize,
}

/// The allocator takes address space in advance, before the child can limit itself. Told not to, it asks the system for
/// what it needs, and the limit counts.
const PLAIN_MEMORY: (&str, &str) = ("MIMALLOC_DISALLOW_ARENA_ALLOC", "1");

impl IsolationConfig {
    /// Limits that leave room for a workbook of 100 000 filled rows and stop a hostile one within seconds.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            memory_bytes: 768 * 1024 * 1024,
            cpu_seconds: 20,
            wall: Duration::from_secs(30),
            at_once: 2,
        }
    }
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The workbook is refused; the sender can do something about it.
    #[error("the workbook is refused")]
    Faults(Vec<Fault>),
    /// The gateway could not read it now; the same workbook may be taken later.
    #[error("workbooks cannot be read now: {0}")]
    Unavailable(&'static str),
}

/// Reads workbooks, a few at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WorkbookReader {
    config: Arc<IsolationConfig>,
    turns: Arc<Semaphore>,
}

impl WorkbookReader {
    /// A reader that starts children as configured.
    #[must_use]
    pub fn new(config: IsolationConfig) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(config.at_once.max(1))),
            config: Arc::new(config),
        }
    }

    /// Reads a workbook. Dropping the future ends the child.
    pub async fn read(&self, bytes: Bytes, limits: &Limits) -> Result<Document, ReadError> {
        if bytes.len() > limits.bytes || bytes.is_empty() {
            // Says which; nothing of the file is read for it.
            let refused = adapters::decode(&bytes, &crate::document::Wire::Excel, limits);
            return refused.map_err(ReadError::Faults);
        }
        let _turn = timeout(self.config.wall, self.turns.acquire())
            .await
            .map_err(|_| ReadError::Unavailable("too many workbooks are waiting"))?
            .map_err(|_| ReadError::Unavailable("the gateway is stopping"))?;
        let mut child = self.spawn(limits)?;
        let Ok(outcome) = timeout(self.config.wall, run(&mut child, &bytes, limits)).await else {
            // Wait for its end, so that it holds no memory when the next one starts.
            let _ = child.kill().await;
            return Err(ReadError::Faults(vec![*adapters::too_heavy()]));
        };
        let (status, frame) = outcome
            .map_err(|_| ReadError::Unavailable("the child process could not be reached"))?;
        understand(status, &frame)
    }

    fn spawn(&self, limits: &Limits) -> Result<Child, ReadError> {
        let limits = serde_json::to_string(limits)
            .map_err(|_| ReadError::Unavailable("the limits cannot be passed on"))?;
        Command::new(&self.config.program)
            .arg(SUBCOMMAND)
            .arg(self.config.memory_bytes.to_string())
            .arg(self.config.cpu_seconds.to_string())
            .arg(limits)
            .env_clear()
            .env(PLAIN_MEMORY.0, PLAIN_MEMORY.1)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| ReadError::Unavailable("the child process could not be started"))
    }
}

async fn run(
    child: &mut Child,
    bytes: &[u8],
    limits: &Limits,
) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let give = async {
        if let Some(mut stdin) = stdin {
            // A child that dies before it has read everything closes the pipe; its status says so.
            let _ = stdin.write_all(bytes).await;
            let _ = stdin.shutdown().await;
        }
    };
    // A frame has at most five bytes around each cell, and shared texts once for each cell that has them.
    let most = limits
        .unpacked
        .saturating_add(16 * limits.nodes as u64)
        .saturating_add(16 * u64::from(limits.rows));
    let take = async {
        let mut frame = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(most).read_to_end(&mut frame).await?;
        }
        Ok::<_, std::io::Error>(frame)
    };
    let ((), frame) = tokio::join!(give, take);
    Ok((child.wait().await?, frame?))
}

fn understand(status: ExitStatus, frame: &[u8]) -> Result<Document, ReadError> {
    match status.code() {
        // Ended by a signal: out of memory aborts, out of CPU kills.
        None => return Err(ReadError::Faults(vec![*adapters::too_heavy()])),
        Some(0) => {}
        // It was not started as it must be, or could not limit itself.
        Some(_) => return Err(ReadError::Unavailable("the child process refused to work")),
    }
    match frame::read(frame) {
        Some(outcome) => outcome.map_err(ReadError::Faults),
        None => Err(ReadError::Faults(vec![*adapters::too_heavy()])),
    }
}
