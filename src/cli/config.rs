use crate::cli::Exit;
use crate::cli::output::Output;
use crate::config::example;
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Report every fault, with file, line, column and key; opens nothing
    Check,
    /// Print every key with its value in use and where that came from; secrets are dots
    Show,
    /// Print an example file with every key, its explanation and its default
    Example,
}

pub(super) fn run(command: &ConfigCommand, file: Option<&Path>, output: &Output) -> Exit {
    if let ConfigCommand::Example = command {
        output.answer(example(output.lang()).trim_end());
        return Exit::Done;
    }
    let Some(config) = output.config(file) else {
        return Exit::Config;
    };
    if let ConfigCommand::Show = command {
        output.answer(config.show().trim_end());
    } else {
        output.say(
            "De configuratie is in orde.",
            "The configuration is in order.",
        );
    }
    Exit::Done
}
