//! Row 4. Reads workbooks in a child process with memory and CPU limits.
//!
//! The library that reads workbooks aborts the whole process on a hostile one, and an abort cannot be caught. So the
//! gateway starts its own program again with a hidden subcommand ([`SUBCOMMAND`]), gives it the bytes on stdin and takes
//! the rows from its stdout, block by block ([`Workbook`]). The child has no environment (there are secrets in ours), no
//! core file, and limits on memory, CPU, files and time; when it dies of one, that is a fault of the workbook and not of
//! the gateway.
//!
//! | code | raised when |
//! |---|---|
//! | `werkmap.te-zwaar` | the child died, or ran out of memory, CPU or time |
//! | all of `adapters` for workbooks | as there |

mod child;
mod frame;
mod workbook;

pub use child::SUBCOMMAND;
pub use child::child_main;
pub use workbook::Rows;
pub use workbook::Workbook;

use crate::adapters;
use crate::adapters::Limits;
use crate::document::At;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Format;
use crate::document::Lang;
use crate::document::Name;
use crate::document::Node;
use crate::document::Value;
use bytes::Bytes;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncRead;
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
    /// How long is waited for a child in all, and how long a workbook may wait for its turn.
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
    #[error("workbooks cannot be read now: {}", .0.told(Lang::En))]
    Unavailable(Away),
}

/// Why workbooks cannot be read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// Where this program is, which the child is, is not known.
    NoProgram,
    /// The child did not start.
    NotStarted,
    /// The child's input or output failed.
    Unreached,
    /// The child could not limit itself, and ended.
    Refused,
    /// The limits could not be written down for the child.
    NoLimits,
    /// The file ended before its length, or could not be read.
    CutShort,
    /// Others took all turns for too long.
    Crowded,
    /// No turns are given any more.
    Stopping,
}

impl Away {
    /// The reason in words, to stand behind a colon.
    #[must_use]
    pub const fn told(self, lang: Lang) -> &'static str {
        let (nl, en) = match self {
            Self::NoProgram => (
                "het pad van dit programma is niet bekend",
                "the program is not found",
            ),
            Self::NotStarted => (
                "het proces dat werkmappen leest kon niet gestart worden",
                "the child process could not be started",
            ),
            Self::Unreached => (
                "het proces dat werkmappen leest was niet te bereiken",
                "the child process could not be reached",
            ),
            Self::Refused => (
                "het proces dat werkmappen leest weigerde het werk",
                "the child process refused to work",
            ),
            Self::NoLimits => (
                "de grenzen konden niet doorgegeven worden",
                "the limits cannot be passed on",
            ),
            Self::CutShort => (
                "het bestand kon niet tot het einde gelezen worden",
                "the file could not be read to its end",
            ),
            Self::Crowded => (
                "er wachten te veel werkmappen",
                "too many workbooks are waiting",
            ),
            Self::Stopping => ("de gateway stopt", "the gateway is stopping"),
        };
        match lang {
            Lang::Nl => nl,
            Lang::En => en,
        }
    }
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

    /// Reads a workbook as a whole. Dropping the future ends the child. Rows that are left out count for the limit of rows
    /// too, over all sheets: they are held here, and a small file can leave out many.
    pub async fn read(&self, bytes: Bytes, limits: &Limits) -> Result<Document, ReadError> {
        let mut workbook = self.open(&*bytes, bytes.len() as u64, limits).await?;
        let mut sheets: Vec<(Name, Vec<Node>)> = Vec::new();
        sheets.extend(workbook.sheets().iter().map(|name| (name.clone(), vec![])));
        let all: Vec<usize> = (0..sheets.len()).collect();
        workbook.choose(&all).await?;
        let mut left = limits.rows as usize;
        while let Some(Rows { sheet, rows }) = workbook.next().await? {
            let (_, known) = &mut sheets[sheet];
            for row in rows {
                let more = (row.at.line as usize).saturating_sub(known.len());
                left = left.checked_sub(more).ok_or_else(workbook::too_heavy)?;
                adapters::fill(known, row.at.line);
                known.push(row);
            }
        }
        let sheets = sheets.into_iter().map(|(name, rows)| {
            let sheet = Node::new(At::new(1, 1), Value::List(rows));
            (name, sheet)
        });
        let root = Node::new(At::default(), Value::Map(sheets.collect()));
        Ok(Document {
            hidden: workbook.hidden().to_vec(),
            ..Document::new(Format::Excel, root)
        })
    }

    /// Begins to read a workbook of so many bytes, to take its rows block by block. It has its turn until it is dropped.
    pub async fn open(
        &self,
        file: impl AsyncRead + Unpin,
        length: u64,
        limits: &Limits,
    ) -> Result<Workbook, ReadError> {
        if length > limits.bytes as u64 {
            let fault = adapters::too_large(limits.bytes);
            return Err(ReadError::Faults(vec![fault]));
        }
        if length == 0 {
            return Err(ReadError::Faults(vec![adapters::empty()]));
        }
        let turn = timeout(self.config.wall, self.turns.clone().acquire_owned())
            .await
            .map_err(|_| ReadError::Unavailable(Away::Crowded))?
            .map_err(|_| ReadError::Unavailable(Away::Stopping))?;
        let child = self.spawn(limits)?;
        Workbook::begin(child, file, length, limits, self.config.wall, turn).await
    }

    fn spawn(&self, limits: &Limits) -> Result<Child, ReadError> {
        let limits =
            serde_json::to_string(limits).map_err(|_| ReadError::Unavailable(Away::NoLimits))?;
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
            .map_err(|_| ReadError::Unavailable(Away::NotStarted))
    }
}
