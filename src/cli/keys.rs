use crate::app::new_master_key;
use crate::cli::Exit;
use crate::cli::output::Output;
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Print a new master key (32 random bytes, base64) for sleutel.bestand; keep it as you keep the database
    Master,
}

pub(super) fn run(command: &KeysCommand, _file: Option<&Path>, output: &Output) -> Exit {
    match command {
        KeysCommand::Master => match new_master_key() {
            Ok(key) => {
                output.answer(&key);
                Exit::Done
            }
            Err(error) => {
                let text = error.to_string();
                output.say(&text, &text);
                Exit::Failed
            }
        },
    }
}
