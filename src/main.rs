//! The `schakel` program.

fn main() -> std::process::ExitCode {
    schakel::cli::main()
}
