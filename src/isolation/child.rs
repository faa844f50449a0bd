use super::frame;
use crate::adapters;
use crate::adapters::ExcelRows;
use crate::adapters::Limits;
use crate::document::Fault;
use crate::document::Place;
use crate::isolation::frame::Block;
use crate::isolation::frame::Head;
use rlimit::Resource;
use std::io::Read;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

/// The hidden subcommand that [`child_main`] answers to.
pub const SUBCOMMAND: &str = "_lees-werkmap";

/// What the child process does: limits itself, reads a workbook from stdin and writes what it reads to stdout.
///
/// Arguments after the subcommand: bytes of memory, seconds of CPU, and the [`Limits`] as JSON. The limits are set
/// before the first byte is read, and cannot be raised again. On stdin comes a length (8 bytes) and the workbook; when
/// its head was written, the sheets of which the rows are wanted, in that order: their number and their indices (4 bytes
/// each). The other sheets are read too, for what is wrong with them. Call it first thing in `main`, before any thread or
/// runtime starts.
#[must_use]
pub fn child_main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    match run(&arguments) {
        Some(()) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    }
}

fn run(arguments: &[String]) -> Option<()> {
    let [memory, cpu, limits] = arguments else {
        return None;
    };
    let limits: Limits = serde_json::from_str(limits).ok()?;
    limit_self(memory.parse().ok()?, cpu.parse().ok()?)?;
    // Nobody reads what a panic prints, and it could hold a value.
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = std::io::stdout().lock();
    let answer = || answer(&limits, &mut out);
    match std::panic::catch_unwind(AssertUnwindSafe(answer)) {
        Ok(answered) => answered,
        Err(_) => refuse(&[damaged()], &mut out),
    }
}

/// Reads, and writes frame by frame; `None` when nobody listens.
fn answer(limits: &Limits, out: &mut impl Write) -> Option<()> {
    let mut input = std::io::stdin().lock();
    let bytes = workbook(limits, &mut input)?;
    let mut book = match ExcelRows::open(&bytes, limits) {
        Ok(book) => book,
        Err(faults) => return refuse(&faults, out),
    };
    let head = frame::head(&Head {
        sheets: book.sheets().to_vec(),
        hidden: book.hidden().to_vec(),
        unpacked: book.unpacked(),
    });
    let Some(head) = head else {
        return refuse(&[*adapters::too_heavy()], out);
    };
    out.write_all(&head).ok()?;
    out.flush().ok()?;
    let count = book.sheets().len();
    let wanted = number(&mut input)?;
    let wanted: Vec<usize> = (0..wanted)
        .map(|_| number(&mut input).filter(|sheet| *sheet < count))
        .collect::<Option<_>>()?;
    for sheet in &wanted {
        if let Err(faults) = rows(&mut book, *sheet, out)? {
            return refuse(&faults, out);
        }
    }
    for sheet in (0..count).filter(|sheet| !wanted.contains(sheet)) {
        if let Err(faults) = book.read(sheet, &mut |_| true) {
            return refuse(&faults, out);
        }
    }
    let (cells, rows) = book.seen();
    out.write_all(&frame::end(cells, rows)?).ok()?;
    out.flush().ok()
}

/// The bytes of the workbook.
fn workbook(limits: &Limits, input: &mut impl Read) -> Option<Vec<u8>> {
    let mut length = [0; 8];
    input.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    if usize::try_from(length).ok()? > limits.bytes {
        return None;
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 == length).then_some(bytes)
}

fn number(input: &mut impl Read) -> Option<usize> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes).ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// Writes the rows of a sheet, block by block; `None` when nobody listens.
fn rows(
    book: &mut ExcelRows<'_>,
    sheet: usize,
    out: &mut impl Write,
) -> Option<Result<(), Vec<Fault>>> {
    let mut block = Block::of(sheet);
    let (mut heard, mut fits) = (true, true);
    let read = book.read(sheet, &mut |row| {
        fits = block.add(&row).is_some();
        if fits && block.is_full() {
            let frame = block.take();
            heard = frame.is_some_and(|frame| out.write_all(&frame).is_ok());
        }
        heard && fits
    });
    if !fits {
        return Some(Err(vec![*adapters::too_heavy()]));
    }
    if heard && read.is_ok() {
        out.write_all(&block.take()?).ok()?;
    }
    heard.then_some(read)
}

fn refuse(faults: &[Fault], out: &mut impl Write) -> Option<()> {
    out.write_all(&frame::faults(faults)?).ok()?;
    out.flush().ok()
}

fn limit_self(memory: u64, cpu: u64) -> Option<()> {
    // A core file would hold the workbook.
    rlimit::setrlimit(Resource::CORE, 0, 0).ok()?;
    rlimit::setrlimit(Resource::AS, memory, memory).ok()?;
    rlimit::setrlimit(Resource::CPU, cpu, cpu).ok()?;
    // It reads one pipe and writes another: no file, no socket, no process.
    rlimit::setrlimit(Resource::FSIZE, 0, 0).ok()?;
    rlimit::setrlimit(Resource::NOFILE, 3, 3).ok()
}

fn damaged() -> Fault {
    Fault::refused(
        "werkmap.vorm",
        Place::Whole,
        "De werkmap is beschadigd. Sla hem opnieuw op als Excel-werkmap (.xlsx) en stuur hem nog eens.",
        "The workbook is damaged. Save it as an Excel workbook (.xlsx) again and send it once more.",
    )
}
