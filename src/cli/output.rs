use crate::app;
use crate::app::AppError;
use crate::cli::Exit;
use crate::cli::told::Told;
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

/// What there is of something, with how many.
pub(super) fn one(count: usize, single: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { single } else { several })
}

/// So many problems, in both languages.
pub(super) fn problems(count: usize) -> (String, String) {
    (
        one(count, "melding", "meldingen"),
        one(count, "problem", "problems"),
    )
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
    pub(super) fn failed(&self, error: &dyn Told) -> Exit {
        let why = error.told(self.lang);
        self.say(&format!("Niet gelukt: {why}"), &format!("Not done: {why}"));
        Exit::Failed
    }

    /// Tells why the application, or a part of it, does not start.
    pub(super) fn not_started(&self, error: &AppError) -> Exit {
        match error {
            AppError::Mappings(lines) | AppError::MappingsFail(lines) => {
                for line in lines {
                    self.say(line, line);
                }
                let (nl, en) = problems(lines.len());
                self.say(
                    &format!("{nl}: deze mappings zijn niet te gebruiken."),
                    &format!("{en}: these mappings cannot be used."),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters;
    use crate::document::Document;
    use crate::document::Format;
    use crate::document::Node;
    use crate::document::Wire;
    use std::path::PathBuf;

    #[test]
    fn why_something_failed_is_told_in_the_language_that_was_asked() {
        let nowhere = PathBuf::from("nergens/uit.csv");
        let absent = crate::cli::read::put(&nowhere, b"").expect_err("there is no folder");
        assert_eq!(
            absent.told(Lang::Nl),
            "nergens/uit.csv: dit bestand of deze map bestaat niet"
        );
        assert!(
            absent
                .told(Lang::En)
                .starts_with("nergens/uit.csv: No such")
        );
        let root = Node::text("geen rijen");
        let document = Document::new(Format::Csv, root);
        let wire = Wire::Csv(crate::document::CsvWire::default());
        let unsayable = adapters::encode(&document, &wire).expect_err("no rows");
        let nl = unsayable.told(Lang::Nl);
        assert!(nl.contains("Pas de mapping aan. (csv.vorm)"), "{nl}");
        let en = unsayable.told(Lang::En);
        assert!(en.contains("Change the mapping. (csv.vorm)"), "{en}");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(problems(1).0, "1 melding");
        assert_eq!(problems(2).0, "2 meldingen");
    }
}
