//! The `schakel` program.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A message is hundreds of small values that live for milliseconds: of the system's allocator that is a third of the
/// processor time. This one takes a fraction; without huge pages, so that an idle gateway stays small.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Before anything else: the process that reads a workbook limits itself before it reads a byte.
    if std::env::args().nth(1).as_deref() == Some(schakel::isolation::SUBCOMMAND) {
        return schakel::isolation::child_main();
    }
    schakel::cli::main()
}
