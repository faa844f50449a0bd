use super::frame;
use crate::adapters;
use crate::adapters::Limits;
use crate::document::Fault;
use crate::document::Place;
use crate::document::Wire;
use rlimit::Resource;
use std::io::Read;
use std::io::Write;
use std::process::ExitCode;

/// The hidden subcommand that [`child_main`] answers to.
pub const SUBCOMMAND: &str = "_lees-werkmap";

/// What the child process does: limits itself, reads a workbook from stdin and writes what it read to stdout.
///
/// Arguments after the subcommand: bytes of memory, seconds of CPU, and the [`Limits`] as JSON. The limits are set
/// before the first byte is read, and cannot be raised again. Call it first thing in `main`, before any thread or
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
    let read = || {
        let mut bytes = Vec::new();
        let most = u64::try_from(limits.bytes).ok()?.saturating_add(1);
        std::io::stdin().take(most).read_to_end(&mut bytes).ok()?;
        let outcome = adapters::decode(&bytes, &Wire::Excel, &limits);
        drop(bytes);
        frame::write(&outcome)
    };
    let frame = std::panic::catch_unwind(read)
        .ok()
        .flatten()
        .or_else(|| frame::write(&Err(vec![damaged()])))?;
    let mut out = std::io::stdout().lock();
    out.write_all(&frame).ok()?;
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
