//! Row 7. The command line.
//!
//! Every command reads the same configuration as the server and uses the same engine. Answers go to standard output,
//! everything about them to standard error, in Dutch unless `--lang en`. [`Exit`] lists the exit codes.

mod bench;
mod config;
mod convert;
mod demo;
mod exit;
mod keys;
mod mapping;
mod mask;
mod migrate;
mod openapi;
mod output;
mod passing;
mod pieces;
mod read;
mod replay;
mod report;
mod rows;
mod serve;
mod signals;
mod source;
mod told;
mod usage;
mod validate;

pub use exit::Exit;

use crate::document::Lang;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use output::Output;
use std::path::PathBuf;
use std::process::ExitCode;
use told::Told;

const EXAMPLES: &str = "\
Examples:
  schakel demo --once                        see the whole road with made-up data, nothing to install
  schakel serve                              embedded SQLite in ./schakel-data, API on 127.0.0.1:8080
  schakel config check --config schakel.toml report every fault in a configuration
  schakel keys create --org aanbieder-a --name \"dossiersysteem\"
  schakel convert --from uwv/sonar --in werkmap.xlsx --report faults.json
  schakel validate --from uwv/sonar --in werkmap.xlsx --report faults.xlsx

Exit codes:
  0   done; convert, validate: everything was taken (and written)
  1   not done; convert, validate: nothing was taken
  2   convert, validate, replay: some were taken, some refused; convert: some values could not be written;
      mask: some masks are read otherwise
  64  wrong usage of the command line
  78  the configuration has faults";

/// The gateway that lets every organisation keep its own system and its own format.
#[derive(Debug, Parser)]
#[command(name = "schakel", version, about, after_help = EXAMPLES, max_term_width = 110)]
struct Cli {
    /// The configuration file; without it schakel.toml, if that is there
    #[arg(long, global = true, env = "SCHAKEL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// The language of messages
    #[arg(long, global = true, value_name = "LANG", default_value = "nl")]
    lang: Language,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Nl,
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See the whole road with made-up organisations; keeps serving unless --once
    Demo(demo::Demo),
    /// Serve until SIGTERM or SIGINT
    Serve,
    /// Bring the store's schema up to date; serve does so too
    Migrate,
    /// Check or show the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Check or test mappings
    #[command(subcommand)]
    Mapping(mapping::MappingCommand),
    /// Turn one format into another, with the engine of the server
    Convert(convert::Convert),
    /// Read a file and tell every fault, without converting it
    Validate(validate::Validate),
    /// Make a real sample into one of nobody, with the same structure
    Mask(mask::Mask),
    /// Offer parked, refused or withheld deliveries again
    Replay(replay::Replay),
    /// Measure throughput and latency as ratios to what store and broker do at best
    Bench(bench::Bench),
    /// Print the OpenAPI document
    Openapi,
}

/// Runs the program with the arguments it was started with.
#[must_use]
pub fn main() -> ExitCode {
    // Two crates bring their own provider of cryptography for TLS; this settles which one every TLS connection of
    // this process uses. It fails only when it was settled before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error).into(),
    };
    let output = Output::new(match cli.lang {
        Language::Nl => Lang::Nl,
        Language::En => Lang::En,
    });
    run(cli, &output).into()
}

/// Tells what is wrong with the command line, or what it asked to be told of the program itself.
fn refused(error: &clap::Error) -> Exit {
    let lang = usage::lang(std::env::args_os());
    if !error.use_stderr() || lang == Lang::En {
        // Nothing is left to report to when standard error is closed.
        let _ = error.print();
    } else {
        let said = error.told(lang);
        Output::new(lang).say(&said, &said);
    }
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

fn run(cli: Cli, output: &Output) -> Exit {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Demo(demo) => demo::run(&demo, output),
        Command::Serve => serve::run(file, output),
        Command::Migrate => migrate::run(file, output),
        Command::Mapping(command) => mapping::run(&command, file, output),
        Command::Convert(convert) => convert::run(&convert, file, output),
        Command::Validate(validate) => validate::run(&validate, file, output),
        Command::Mask(mask) => mask::run(&mask, file, output),
        Command::Replay(replay) => replay::run(&replay, file, output),
        Command::Bench(bench) => bench::run(bench, output),
        Command::Openapi => openapi::run(output),
        Command::Config(command) => config::run(&command, file, output),
        Command::Keys(command) => keys::run(&command, file, output),
    }
}
