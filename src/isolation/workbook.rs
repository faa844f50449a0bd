use crate::adapters;
use crate::adapters::Limits;
use crate::document::Fault;
use crate::document::Hidden;
use crate::document::Name;
use crate::document::Node;
use crate::isolation::Away;
use crate::isolation::ReadError;
use crate::isolation::frame;
use crate::isolation::frame::Frame;
use crate::isolation::frame::Head;
use std::io::ErrorKind;
use std::time::Duration;
use std::time::Instant;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::process::Child;
use tokio::process::ChildStdin;
use tokio::process::ChildStdout;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

/// Bytes of a frame that are read where they came; what is more takes a while, in which others must not wait.
const AT_ONCE: usize = 4 * 1024;

/// Rows of a sheet that follow each other.
#[derive(Debug, PartialEq)]
pub struct Rows {
    /// The sheet, by its index in [`Workbook::sheets`].
    pub sheet: usize,
    /// Those that have a cell, with their own numbers, in order.
    pub rows: Vec<Node>,
}

/// A workbook that a child process reads: first what it says of its sheets, then the rows of those that are
/// [asked for](Workbook::choose), block by block. No more of it is held than a block. Dropping it ends the child.
#[derive(Debug)]
pub struct Workbook {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
    head: Head,
    limits: Limits,
    /// Bytes of the file.
    length: u64,
    /// The sheets whose rows come, and how many of them came already or are coming.
    wanted: Vec<usize>,
    begun: usize,
    /// The number of the last row of the sheet that is coming.
    last: u32,
    /// Cells of rows that came, and in the end what the whole workbook has.
    cells: usize,
    rows: u32,
    /// How long is still waited for the child, and how many bytes of it are still taken.
    patience: Duration,
    bytes: u64,
    ended: bool,
    _turn: OwnedSemaphorePermit,
}

impl Workbook {
    /// Gives a child that was started its workbook, and takes its head.
    pub(super) async fn begin(
        mut child: Child,
        file: impl AsyncRead + Unpin,
        length: u64,
        limits: &Limits,
        patience: Duration,
        turn: OwnedSemaphorePermit,
    ) -> Result<Self, ReadError> {
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(UNREACHED);
        };
        let mut workbook = Self {
            child,
            input: Some(input),
            output,
            head: Head::default(),
            limits: limits.clone(),
            length,
            wanted: Vec::new(),
            begun: 0,
            last: 0,
            cells: 0,
            rows: 0,
            patience,
            // a cell has at most five bytes around it, and shared texts once for each cell that has them
            bytes: limits
                .unpacked
                .saturating_add(16 * limits.nodes as u64)
                .saturating_add(16 * u64::from(limits.rows)),
            ended: false,
            _turn: turn,
        };
        let begin = length.to_le_bytes();
        let file = (&begin[..]).chain(file.take(length));
        let all = length.saturating_add(begin.len() as u64);
        workbook.give(file, all).await?;
        match workbook.frame().await? {
            Frame::Head(head) => workbook.head = head,
            Frame::Faults(faults) => return Err(ReadError::Faults(faults)),
            Frame::Rows { .. } | Frame::End { .. } => return Err(too_heavy()),
        }
        Ok(workbook)
    }

    /// The names of its sheets, in its order.
    #[must_use]
    pub fn sheets(&self) -> &[Name] {
        &self.head.sheets
    }

    /// What of it its program does not show.
    #[must_use]
    pub fn hidden(&self) -> &[Hidden] {
        &self.head.hidden
    }

    /// Asks for the rows of sheets, by their indices, in that order. Once, before the first block.
    pub async fn choose(&mut self, sheets: &[usize]) -> Result<(), ReadError> {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let sheets_of = sheets.iter().map(|sheet| number(*sheet));
        let asked: Vec<u8> = std::iter::once(number(sheets.len()))
            .chain(sheets_of)
            .flatten()
            .collect();
        self.wanted = sheets.to_vec();
        self.give(asked.as_slice(), asked.len() as u64).await?;
        self.input = None;
        Ok(())
    }

    /// The next rows; none when all were given, of which nothing was refused.
    pub async fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        if self.ended {
            return Ok(None);
        }
        match self.frame().await? {
            Frame::Rows { sheet, rows } => {
                self.check(sheet, &rows).ok_or_else(too_heavy)?;
                Ok(Some(Rows { sheet, rows }))
            }
            Frame::End { cells, rows } => {
                // a sheet without rows comes too, as a block of none
                if self.begun != self.wanted.len() || cells < self.cells {
                    return Err(too_heavy());
                }
                self.ended = true;
                (self.cells, self.rows) = (cells, rows);
                self.verdict().await.map(|()| None)
            }
            Frame::Faults(faults) => Err(ReadError::Faults(faults)),
            Frame::Head(_) => Err(too_heavy()),
        }
    }

    /// Whether what was read is more than a message to the gateway may be; known at its end.
    #[must_use]
    pub fn exceeds(&self, message: &Limits) -> bool {
        self.length > message.bytes as u64
            || self.head.unpacked > message.unpacked
            || self.rows > message.rows
            || self.cells > message.nodes
    }

    /// Whether rows are what was asked for: of a sheet that is due, in order, and no more than may be.
    fn check(&mut self, sheet: usize, rows: &[Node]) -> Option<()> {
        let due = self.begun.checked_sub(1).and_then(|at| self.wanted.get(at));
        if due != Some(&sheet) {
            let ahead = &self.wanted[self.begun..];
            let found = ahead.iter().position(|wanted| *wanted == sheet)?;
            self.begun += found + 1;
            self.last = 0;
        }
        for row in rows {
            let line = row.at.line;
            if line <= self.last || line > self.limits.rows {
                return None;
            }
            self.last = line;
            self.cells += row.items().len();
        }
        (self.cells <= self.limits.nodes).then_some(())
    }

    /// Writes so many bytes to the child. One that died closes its pipe; its status says why. A source that ends early or
    /// cannot be read ends the child, which would wait for the rest.
    async fn give(&mut self, mut from: impl AsyncRead + Unpin, all: u64) -> Result<(), ReadError> {
        let Some(input) = &mut self.input else {
            return Ok(());
        };
        let started = Instant::now();
        let write = async {
            let given = tokio::io::copy(&mut from, input).await?;
            input.flush().await.map(|()| given)
        };
        let written = timeout(self.patience, write).await;
        self.patience = self.patience.saturating_sub(started.elapsed());
        match written {
            Ok(Ok(given)) if given == all => Ok(()),
            Ok(Err(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            Ok(_) => {
                let _ = self.child.kill().await;
                Err(ReadError::Unavailable(Away::CutShort))
            }
            Err(_) => self.too_late().await,
        }
    }

    /// The next frame.
    async fn frame(&mut self) -> Result<Frame, ReadError> {
        let (started, output, bytes) = (Instant::now(), &mut self.output, &mut self.bytes);
        let columns = self.limits.columns;
        let read = async {
            let mut before = [0; frame::BEFORE];
            output.read_exact(&mut before).await?;
            let Some((kind, length)) = frame::before(before) else {
                return Ok(None);
            };
            let Some(left) = bytes.checked_sub(length as u64) else {
                return Ok(None);
            };
            *bytes = left;
            let mut holds = Vec::new();
            output.take(length as u64).read_to_end(&mut holds).await?;
            if holds.len() < AT_ONCE {
                return Ok(frame::read(kind, &holds, columns));
            }
            let read = move || frame::read(kind, &holds, columns);
            let read = tokio::task::spawn_blocking(read).await;
            read.map_err(std::io::Error::other)
        };
        let read = timeout(self.patience, read).await;
        self.patience = self.patience.saturating_sub(started.elapsed());
        match read {
            Ok(Ok(frame)) => frame.ok_or_else(too_heavy),
            // It ended before it was ready.
            Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                self.verdict().await.and_then(|()| Err(too_heavy()))
            }
            Ok(Err(_)) => Err(UNREACHED),
            Err(_) => self.too_late().await,
        }
    }

    /// What the end of the child says.
    async fn verdict(&mut self) -> Result<(), ReadError> {
        match timeout(self.patience, self.child.wait()).await {
            Ok(Ok(status)) => match status.code() {
                // Ended by a signal: out of memory aborts, out of CPU kills.
                None => Err(too_heavy()),
                Some(0) => Ok(()),
                // It was not started as it must be, or could not limit itself.
                Some(_) => Err(ReadError::Unavailable(Away::Refused)),
            },
            Ok(Err(_)) => Err(UNREACHED),
            Err(_) => self.too_late().await,
        }
    }

    /// Waits for its end, so that it holds no memory when the next one starts.
    async fn too_late<T>(&mut self) -> Result<T, ReadError> {
        let _ = self.child.kill().await;
        Err(too_heavy())
    }
}

const UNREACHED: ReadError = ReadError::Unavailable(Away::Unreached);

pub(super) fn too_heavy() -> ReadError {
    let fault: Fault = *adapters::too_heavy();
    ReadError::Faults(vec![fault])
}
