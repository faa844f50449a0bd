use crate::config::ConfigFault;
use crate::config::Key;
use crate::config::Source;
use std::collections::BTreeMap;

/// What every variable of the gateway starts with.
const PREFIX: &str = "SCHAKEL_";
/// A variable with this ending names a file that holds the value.
const FILE_SUFFIX: &str = "_FILE";

/// The environment variables the gateway was started with; a copy, so that tests bring their own.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process whose name starts with `SCHAKEL_`.
    #[must_use]
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .filter(|(name, _)| name.starts_with(PREFIX))
                .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
                .collect(),
        )
    }

    /// Given variables.
    pub fn of<N: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// A variable by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a key: from its variable, or from the file its `_FILE` variable names (without the line end
    /// that editors leave). Both at once is a fault, because nobody can tell which was meant.
    pub(super) fn value_of(&self, key: &Key) -> Result<Option<(String, Source)>, ConfigFault> {
        let name = key.variable();
        let file_name = format!("{name}{FILE_SUFFIX}");
        let fault = |nl: &str, en: &str| {
            Err(ConfigFault::new(
                Source::Environment(file_name.clone()),
                key.name,
                nl,
                en,
            ))
        };
        match (self.get(&name), self.get(&file_name)) {
            (Some(_), Some(_)) => fault(
                "de waarde staat ook al rechtstreeks in de omgeving: laat een van beide weg",
                "the value is also set directly: leave one of them out",
            ),
            (Some(value), None) => Ok(Some((value.to_owned(), Source::Environment(name)))),
            (None, Some(path)) => match std::fs::read_to_string(path) {
                Ok(value) => Ok(Some((
                    value.trim_end_matches(['\r', '\n']).to_owned(),
                    Source::Environment(file_name),
                ))),
                Err(_) => fault(
                    "het bestand met de waarde is niet te lezen: controleer het pad en de rechten",
                    "the file with the value cannot be read: check its path and permissions",
                ),
            },
            (None, None) => Ok(None),
        }
    }

    /// Variables that look like keys of these sections but are none: a typing error in a secret's name must not
    /// go unseen. Variables that container platforms make for a service of the same name are left alone.
    pub(super) fn strays<'a>(&'a self, keys: &'a [Key]) -> impl Iterator<Item = ConfigFault> + 'a {
        let known = |name: &str| {
            let bare = name.strip_suffix(FILE_SUFFIX).unwrap_or(name);
            keys.iter()
                .any(|key| key.variable() == name || key.variable() == bare)
        };
        let in_a_section = |name: &str| {
            keys.iter().any(|key| {
                let section = key.section().to_ascii_uppercase();
                name.strip_prefix(PREFIX)
                    .and_then(|rest| rest.strip_prefix(&section))
                    .is_some_and(|rest| rest.starts_with('_'))
            })
        };
        let by_platform = |name: &str| {
            ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT_", "_PORT"]
                .iter()
                .any(|part| name.contains(part))
        };
        self.0
            .keys()
            .filter(move |name| in_a_section(name) && !known(name) && !by_platform(name))
            .map(|name| {
                ConfigFault::new(
                    Source::Environment(name.clone()),
                    "",
                    "deze variabele hoort bij geen enkele sleutel: controleer de spelling of haal haar weg",
                    "this variable belongs to no key: check its spelling or remove it",
                )
            })
    }
}

// Values may be secrets: only names are shown.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
