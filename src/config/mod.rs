//! Row 7. One TOML file and the environment.
//!
//! [`KEYS`] lists every key once: shape, default and explanation. A file is read against that list, the environment
//! goes over it (`SCHAKEL_<SECTION>_<KEY>`, or the same with `_FILE` for a file that holds the value), and whatever
//! is wrong is reported together: file, line, column, key and a sentence. Unknown keys are faults. Secrets stand in
//! the environment or in files of their own, never in the TOML file. Nothing here opens a port or a database.
//!
//! The modules own their config structs; [`Config`] has one method for each that fills it.

mod compose;
mod environment;
mod fault;
mod keys;
mod read;
mod show;
mod value;

pub use compose::BrokerChoice;
pub use compose::KeySource;
pub use compose::StoreChoice;
pub use environment::Environment;
pub use fault::ConfigFault;
pub use fault::Source;
pub use keys::KEYS;
pub use keys::Key;
pub use show::example;
pub use value::Setting;
pub use value::Shape;

use read::Settings;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// The file that is read when none is named and it is there.
pub const DEFAULT_FILE: &str = "schakel.toml";

/// A configuration without faults.
#[derive(Clone)]
pub struct Config {
    settings: Settings,
    /// Paths in the file are relative to its folder; without a file, to the working folder.
    base: PathBuf,
}

impl Config {
    /// The configuration of a file and the environment, or every fault in it.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, Vec<ConfigFault>> {
        let text = match file {
            None => None,
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                let source = Source::File {
                    path: path.to_owned(),
                    line: 0,
                    column: 0,
                };
                let reason = error.kind();
                vec![ConfigFault::new(
                    source,
                    "",
                    format!(
                        "het bestand is niet te lezen ({reason}): controleer het pad en de rechten"
                    ),
                    format!("the file cannot be read ({reason}): check its path and permissions"),
                )]
            })?),
        };
        Self::parse(file.zip(text.as_deref()), environment)
    }

    /// The configuration of a text, said to be the content of a file, and the environment.
    pub fn parse(
        file: Option<(&Path, &str)>,
        environment: &Environment,
    ) -> Result<Self, Vec<ConfigFault>> {
        let (settings, mut faults) = read::read(file, environment, KEYS);
        let base = file
            .and_then(|(path, _)| path.parent())
            .unwrap_or_else(|| Path::new(""))
            .to_owned();
        let config = Self { settings, base };
        let told = faults
            .iter()
            .map(|fault| fault.key.clone())
            .collect::<Vec<_>>();
        let together = config.contradictions().into_iter();
        faults.extend(together.filter(|fault| !told.contains(&fault.key)));
        if faults.is_empty() {
            Ok(config)
        } else {
            faults.sort_by(|one, other| one.source.cmp(&other.source));
            Err(faults)
        }
    }

    /// The embedded configuration with its data in a folder, on free ports: for the demo and for tests.
    #[must_use]
    pub fn embedded(folder: &Path) -> Self {
        Self::parse(None, &Environment::default())
            .unwrap_or_else(|_| unreachable!("a test loads the defaults"))
            .with("http.adres", "127.0.0.1:0")
            .with("beheer.adres", "127.0.0.1:0")
            .with("opslag.map", &folder.to_string_lossy())
    }

    /// The same with one key set to another value, which must fit: for the demo and for tests.
    ///
    /// # Panics
    /// When the key does not exist or the value does not fit it.
    #[must_use]
    pub fn with(mut self, name: &str, text: &str) -> Self {
        let key = KEYS
            .iter()
            .find(|key| key.name == name)
            .expect("a key that exists");
        let setting = key.shape.parse(text).expect("a value that fits");
        self.settings.insert(key.name, (setting, Source::Default));
        self
    }

    fn setting(&self, name: &str) -> &Setting {
        &self
            .settings
            .get(name)
            .expect("every key has a value, if only its default")
            .0
    }

    fn source(&self, name: &str) -> Source {
        self.settings
            .get(name)
            .map_or(Source::Default, |(_, source)| source.clone())
    }

    fn text(&self, name: &str) -> &str {
        match self.setting(name) {
            Setting::Text(text) => text,
            _ => "",
        }
    }

    fn integer(&self, name: &str) -> u64 {
        match self.setting(name) {
            Setting::Integer(number) => *number,
            _ => 0,
        }
    }

    fn count(&self, name: &str) -> usize {
        usize::try_from(self.integer(name)).unwrap_or(usize::MAX)
    }

    fn count32(&self, name: &str) -> u32 {
        u32::try_from(self.integer(name)).unwrap_or(u32::MAX)
    }

    fn boolean(&self, name: &str) -> bool {
        matches!(self.setting(name), Setting::Boolean(true))
    }

    fn duration(&self, name: &str) -> Duration {
        match self.setting(name) {
            Setting::Duration(duration) => *duration,
            _ => Duration::ZERO,
        }
    }

    fn address(&self, name: &str) -> Option<SocketAddr> {
        match self.setting(name) {
            Setting::Address(address) => *address,
            _ => None,
        }
    }

    fn texts(&self, name: &str) -> &[String] {
        match self.setting(name) {
            Setting::Texts(texts) => texts,
            _ => &[],
        }
    }

    /// A path relative to the folder of the file; `None` when it is empty.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let text = self.text(name);
        (!text.is_empty()).then(|| match self.source(name) {
            Source::File { .. } => self.base.join(text),
            _ => PathBuf::from(text),
        })
    }
}

// A setting may be a secret.
impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.show())
    }
}
