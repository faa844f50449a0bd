use crate::cli::Exit;
use crate::cli::output::Output;
use crate::demo;
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

/// Tells the story, then serves until SIGINT unless `--once`.
pub(super) fn run(demo: &Demo, output: &Output) -> Exit {
    output.block_on(async {
        let own_folder = demo.data.is_none();
        let (app, folder) = match demo::run(output.lang(), demo.data.clone()).await {
            Ok(told) => told,
            Err(error) => return output.failed(&error),
        };
        if !demo.once {
            println!("{}", demo::serving(output.lang(), app.address()));
            // when signals cannot be listened for, the demonstration stops at once
            let _ = tokio::signal::ctrl_c().await;
        }
        app.stop().await;
        if own_folder && std::fs::remove_dir_all(&folder).is_err() {
            eprintln!("{}", folder.display());
        }
        Exit::Done
    })
}
