use crate::app::App;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::telemetry::Telemetry;
use std::path::Path;

/// Serves until SIGTERM or SIGINT.
pub(super) fn run(file: Option<&Path>, output: &Output) -> Exit {
    let Some(config) = output.config(file) else {
        return Exit::Config;
    };
    output.block_on(async {
        let telemetry = match Telemetry::start(&config.telemetry()) {
            Ok(telemetry) => telemetry,
            Err(error) => return output.failed(&error),
        };
        // Before anything runs: a signal that comes while starting is not lost.
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => return output.failed(&error),
        };
        let exit = match App::start(config).await {
            Ok(app) => {
                signals.wait().await;
                // What had to be cut off is safe in the store; the exit code is that of a stop that was asked for.
                app.stop().await;
                Exit::Done
            }
            Err(error) => output.not_started(&error),
        };
        telemetry.flush().await;
        exit
    })
}
