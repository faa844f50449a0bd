use crate::cli::Exit;
use crate::cli::output::Output;
use crate::cli::serve::TRACES_TIME;
use crate::cli::signals::Signals;
use crate::demo;
use crate::telemetry::LogForm;
use crate::telemetry::Telemetry;
use crate::telemetry::TelemetryConfig;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Stop when the story is told: exit 0 only if every step held
    #[arg(long)]
    once: bool,

    /// Keep the demonstration's data here instead of in a fresh temporary folder
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Tells the story, then serves until SIGTERM or SIGINT unless `--once`.
pub(super) fn run(demo: &Demo, output: &Output) -> Exit {
    output.block_on(async {
        let own_folder = demo.data.is_none();
        // Only what should not happen is logged, between what is told; the metrics are there to be looked at.
        let quiet = TelemetryConfig {
            form: LogForm::Human,
            level: tracing::Level::ERROR,
            otlp: None,
        };
        let telemetry = match Telemetry::start(&quiet) {
            Ok(telemetry) => telemetry,
            Err(error) => return output.failed(&error),
        };
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => return output.failed(&error),
        };
        let (app, folder) = match demo::run(output.lang(), demo.data.clone(), !demo.once).await {
            Ok(told) => told,
            Err(error) => return output.failed(&error),
        };
        if !demo.once {
            println!("{}", demo::serving(output.lang(), app.address()));
            signals.wait().await;
        }
        app.stop().await;
        telemetry.flush(TRACES_TIME).await;
        if own_folder && std::fs::remove_dir_all(&folder).is_err() {
            eprintln!("{}", folder.display());
        }
        Exit::Done
    })
}
