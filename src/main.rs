//! The `schakel` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: the process that reads a workbook limits itself before it reads a byte.
    if std::env::args().nth(1).as_deref() == Some(schakel::isolation::SUBCOMMAND) {
        return schakel::isolation::child_main();
    }
    schakel::cli::main()
}
