use crate::app::MappingSource;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::config::Config;
use crate::mapping::Diagnostic;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::schema::Schemas;
use crate::tools::Subject;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// The mappings that a command is about: all of a folder, or one with what it shares.
pub(in crate::cli) struct Selected {
    pub config: Config,
    pub schemas: Schemas,
    pub source: MappingSource,
    /// The TOML files, by their path in the folder.
    pub files: Vec<(String, String)>,
    /// The one mapping that was named, by the path of its file.
    pub one: Option<String>,
}

impl Selected {
    /// What a name stands for: a folder with mappings, `<organisation>/<soort>` of the configured mappings, or the path
    /// of a `.toml` file; without one all configured or built-in mappings. Why not is told.
    pub(in crate::cli) fn open(
        name: Option<&str>,
        file: Option<&Path>,
        output: &Output,
    ) -> Result<Self, Exit> {
        let config = output.config(file).ok_or(Exit::Config)?;
        let (source, one) = match name {
            None => (MappingSource::new(config.mapping_folder()), None),
            Some(name) => {
                let (folder, one) = place(name, &config).map_err(|error| output.failed(&error))?;
                (MappingSource::new(folder), one)
            }
        };
        let mut files = source.files().map_err(|error| output.not_started(&error))?;
        if let Some(one) = &one {
            if !files.iter().any(|(path, _)| path == one) {
                return Err(unknown(one, &files, output));
            }
            let cases = one.replace(".toml", ".cases.toml");
            let extended = extended(one, &files);
            files.retain(|(path, _)| {
                extended.contains(path) || *path == cases || path.starts_with("_gedeeld/")
            });
        }
        let schemas = Schemas::embedded().map_err(|error| output.failed(&error))?;
        Ok(Self {
            config,
            schemas,
            source,
            files,
            one,
        })
    }

    /// Every mapping, compiled; or everything that is wrong.
    pub(in crate::cli) fn compile(&self) -> Result<Library, Vec<Diagnostic>> {
        // The one that was named may be built in; what is shared gives way to what the folder has.
        let named = |path: &str| self.one.is_some() && !path.starts_with("_gedeeld/");
        let own = |path: &str| named(path) || self.source.is_own(path);
        Library::compile_own(&self.files, &own, &self.schemas)
    }

    /// The one mapping that was named, compiled; what is wrong with it is told.
    pub(in crate::cli) fn mapping(&self, output: &Output) -> Result<Arc<Mapping>, Exit> {
        let library = self.compile().map_err(|found| {
            for one in &found {
                let line = one.render(output.lang());
                output.say(&line, &line);
            }
            Exit::Failed
        })?;
        let name = self
            .one
            .as_deref()
            .and_then(|one| one.strip_suffix(".toml"));
        let named = name.and_then(|name| name.split_once('/'));
        let mapping = named.and_then(|(org, soort)| library.get(org, soort));
        mapping.cloned().ok_or(Exit::Failed)
    }

    /// Whether it is about a mapping; others may be compiled because the one that was named extends them.
    pub(in crate::cli) fn asks(&self, mapping: &Mapping) -> bool {
        let (org, soort) = mapping.id();
        let named = |one: &str| one == format!("{org}/{soort}.toml");
        self.one
            .as_deref()
            .map_or_else(|| self.source.has(mapping), named)
    }

    /// How many mappings it is about, whether they compile or not.
    pub(in crate::cli) fn count(&self) -> usize {
        let asked = |path: &str| match &self.one {
            Some(one) => path == one,
            None => self.source.is_own(path),
        };
        let files = self.files.iter().map(|(path, _)| path.as_str());
        files.filter(|path| is_mapping(path) && asked(path)).count()
    }

    /// A compiled mapping with its file.
    pub(in crate::cli) fn subject<'a>(&'a self, mapping: &'a Mapping) -> Option<Subject<'a>> {
        let (org, soort) = mapping.id();
        let path = format!("{org}/{soort}.toml");
        let (file, text) = self.files.iter().find(|(file, _)| *file == path)?;
        Some(Subject {
            mapping,
            file,
            text,
            schemas: &self.schemas,
        })
    }
}

/// A mapping file and those whose names it, or one of them, holds: among them are the mappings that they extend.
fn extended(one: &str, files: &[(String, String)]) -> Vec<String> {
    let mut found = vec![one.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        let text = files.iter().find(|(other, _)| *other == path);
        let Some((_, text)) = text else { continue };
        for (other, _) in files {
            let name = other.strip_suffix(".toml").unwrap_or(other);
            if !found.contains(other) && text.contains(&format!("\"{name}\"")) {
                found.push(other.clone());
            }
        }
    }
    found
}

/// The folder of a name, and the path in it of the one file it names.
fn place(name: &str, config: &Config) -> Result<(Option<PathBuf>, Option<String>), std::io::Error> {
    let path = Path::new(name);
    if path.is_dir() {
        return Ok((Some(path.to_owned()), None));
    }
    if path.extension().is_none_or(|end| end != "toml") {
        return Ok((config.mapping_folder(), Some(format!("{name}.toml"))));
    }
    let path = path.canonicalize()?;
    let mut above = path.ancestors().skip(1);
    let part = |path: Option<&Path>| {
        path.and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned())
    };
    let (org, root) = (above.next(), above.next());
    let one = part(org)
        .zip(part(Some(&path)))
        .map(|(org, file)| format!("{org}/{file}"));
    Ok((root.map(Path::to_owned), one))
}

fn unknown(one: &str, files: &[(String, String)], output: &Output) -> Exit {
    let name = one.trim_end_matches(".toml");
    let known = files
        .iter()
        .filter(|(path, _)| is_mapping(path))
        .filter_map(|(path, _)| path.strip_suffix(".toml"))
        .collect::<Vec<_>>()
        .join(", ");
    output.say(
        &format!("De mapping {name} is er niet. Er zijn: {known}."),
        &format!("There is no mapping {name}. There are: {known}."),
    );
    Exit::Failed
}

/// Whether a file holds a mapping, by its path: not the cases of one, or what mappings share.
fn is_mapping(path: &str) -> bool {
    !path.ends_with(".cases.toml") && !path.starts_with("_gedeeld/")
}
