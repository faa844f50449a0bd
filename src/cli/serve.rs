use crate::app::App;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::telemetry::Telemetry;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// The most of the time for stopping that is kept for the last traces; never more than a tenth.
pub(super) const TRACES_TIME: Duration = Duration::from_secs(2);

fn traces_time(stop_time: Duration) -> Duration {
    (stop_time / 10).min(TRACES_TIME)
}

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
                let stop_time = app.stop_time();
                let end = Instant::now() + stop_time;
                app.stop_by(end - traces_time(stop_time)).await;
                telemetry
                    .flush(end.saturating_duration_since(Instant::now()))
                    .await;
                return Exit::Done;
            }
            Err(error) => output.not_started(&error),
        };
        telemetry.flush(TRACES_TIME).await;
        exit
    })
}
