use crate::app;
use crate::app::AppError;
use crate::cli::Exit;
use crate::config::Config;
use crate::config::ConfigFault;
use crate::config::DEFAULT_FILE;
use crate::config::Environment;
use crate::document::Lang;
use crate::store::Store;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Where a command speaks: answers to standard output, the rest to standard error, in one language.
pub(super) struct Output {
    lang: Lang,
}

impl Output {
    pub(super) const fn new(lang: Lang) -> Self {
        Self { lang }
    }

    pub(super) const fn lang(&self) -> Lang {
        self.lang
    }

    /// An answer, for another program or a person. A reader that went away (`| head`) is not a fault.
    #[allow(clippy::unused_self)] // a command speaks through one thing, whatever it says
    pub(super) fn answer(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// A message to the person, in their language.
    pub(super) fn say(&self, nl: &str, en: &str) {
        let text = match self.lang {
            Lang::Nl => nl,
            Lang::En => en,
        };
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// The faults of a configuration, one a line.
    pub(super) fn config_faults(&self, faults: &[ConfigFault]) {
        for fault in faults {
            let line = fault.line(self.lang);
            self.say(&line, &line);
        }
    }

    /// The configuration of a file (or the default one, if that is there) and the environment; its faults are told.
    pub(super) fn config(&self, file: Option<&Path>) -> Option<Config> {
        let default = Path::new(DEFAULT_FILE);
        let file = file.or_else(|| default.exists().then_some(default));
        Config::load(file, &Environment::of_process())
            .map_err(|faults| self.config_faults(&faults))
            .ok()
    }

    /// Tells why something was not done.
    pub(super) fn failed(&self, error: &dyn std::error::Error) -> Exit {
        self.say(
            &format!("Niet gelukt: {error}"),
            &format!("Not done: {error}"),
        );
        Exit::Failed
    }

    /// Tells why the application, or a part of it, does not start.
    pub(super) fn not_started(&self, error: &AppError) -> Exit {
        match error {
            AppError::Mappings(lines) | AppError::MappingsFail(lines) => {
                for line in lines {
                    self.say(line, line);
                }
                self.say(
                    &format!(
                        "{} meldingen: deze mappings zijn niet te gebruiken.",
                        lines.len()
                    ),
                    &format!("{} problems: these mappings cannot be used.", lines.len()),
                );
                Exit::Failed
            }
            error => self.failed(error),
        }
    }

    /// Runs work to its end in an async runtime.
    pub(super) fn block_on(&self, work: impl Future<Output = Exit>) -> Exit {
        match tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => {
                let exit = runtime.block_on(work);
                // Without waiting for what blocks a thread, such as a name that does not resolve.
                runtime.shutdown_background();
                exit
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Opens the configured store, brings its schema up to date, does work with it and closes it.
    pub(super) fn with_store(
        &self,
        file: Option<&Path>,
        work: impl AsyncFnOnce(Arc<dyn Store>, Config) -> Exit,
    ) -> Exit {
        let Some(config) = self.config(file) else {
            return Exit::Config;
        };
        self.block_on(async {
            let store = match app::open_store(&config).await {
                Ok(store) => store,
                Err(error) => return self.failed(&error),
            };
            if let Err(error) = store.migrate().await {
                return self.failed(&error);
            }
            let exit = work(Arc::clone(&store), config).await;
            store.close().await;
            exit
        })
    }
}
