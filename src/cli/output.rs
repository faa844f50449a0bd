use crate::config::Config;
use crate::config::ConfigFault;
use crate::config::DEFAULT_FILE;
use crate::config::Environment;
use crate::document::Lang;
use std::io::Write;
use std::path::Path;

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
}
