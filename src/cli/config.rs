use crate::app::AppError;
use crate::app::MappingSource;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::config::Config;
use crate::config::example;
use crate::schema::Schemas;
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Report every fault, with file, line, column and key, and those of the configured mappings; opens nothing else
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
        if let Err(error) = mappings(&config, output) {
            return output.not_started(&error);
        }
        output.say(
            "De configuratie is in orde.",
            "The configuration is in order.",
        );
    }
    Exit::Done
}

/// What `serve` wants of mappings in a folder.
fn mappings(config: &Config, output: &Output) -> Result<(), AppError> {
    let Some(folder) = config.mapping_folder() else {
        return Ok(());
    };
    let schemas = Schemas::embedded()?;
    MappingSource::new(Some(folder)).verified(&schemas, output.lang())?;
    Ok(())
}
