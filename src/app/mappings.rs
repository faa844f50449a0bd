use crate::app::AppError;
use crate::document::Lang;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::text_of;
use crate::schema::Schemas;
use crate::tools::Effort;
use crate::tools::verify;
use std::path::Path;
use std::path::PathBuf;

/// Where mappings come from: the ones that are part of the program, and a folder whose files go before them.
#[derive(Debug, Clone)]
pub struct MappingSource(Option<PathBuf>);

impl MappingSource {
    /// A folder, or with `None` the built-in ones.
    #[must_use]
    pub const fn new(folder: Option<PathBuf>) -> Self {
        Self(folder)
    }

    /// Compiles every mapping. All problems of all files are reported together.
    pub fn compile(&self, schemas: &Schemas, lang: Lang) -> Result<Library, AppError> {
        let library = match &self.0 {
            None => Library::shipped(schemas),
            Some(folder) => Library::over_shipped(&own_files(folder)?, schemas),
        };
        library.map_err(|found| {
            let lines = found.iter().map(|diagnostic| diagnostic.render(lang));
            AppError::Mappings(lines.collect())
        })
    }

    /// Compiles every mapping for use. Those of a folder must also hold their cases and laws, tried on so many generated
    /// messages as a start can wait for; everything that does not hold is named together, without the documents. The
    /// built-in ones were tried when the program was made.
    pub fn verified(&self, schemas: &Schemas, lang: Lang) -> Result<Library, AppError> {
        let library = self.compile(schemas, lang)?;
        if self.0.is_none() {
            return Ok(library);
        }
        let mut lines = Vec::new();
        for mapping in library.all().filter(|mapping| self.has(mapping)) {
            let (org, soort) = mapping.id();
            let tried = verify(mapping, schemas, &|path| self.file(path), Effort::START);
            let found = tried.failures.iter().map(|failure| {
                let why = failure.brief();
                format!("{org}/{soort}: {}", why.get(lang))
            });
            lines.extend(found);
        }
        // a case that fails in both halves is one
        lines.dedup();
        if lines.is_empty() {
            Ok(library)
        } else {
            Err(AppError::MappingsFail(lines))
        }
    }

    /// The TOML files, by their path within the folder: mappings, their cases and the shared tables. The built-in ones
    /// are among them where the folder has none of that path.
    pub fn files(&self) -> Result<Vec<(String, String)>, AppError> {
        match &self.0 {
            None => Ok(Library::shipped_files()),
            Some(folder) => Ok(Library::beside_shipped(&own_files(folder)?)),
        }
    }

    /// Whether a mapping, by the path of its file, is one of the folder; without a folder all are.
    #[must_use]
    pub fn is_own(&self, path: &str) -> bool {
        let folder = self.0.as_ref();
        folder.is_none_or(|folder| is_inside(path) && folder.join(path).is_file())
    }

    /// The same of a compiled mapping.
    #[must_use]
    pub fn has(&self, mapping: &Mapping) -> bool {
        let (org, soort) = mapping.id();
        self.is_own(&format!("{org}/{soort}.toml"))
    }

    /// A file beside the mappings, by its path within the folder: the documents of cases.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        let folder = self.0.as_ref().filter(|_| is_inside(path));
        let own = folder.and_then(|folder| std::fs::read(folder.join(path)).ok());
        own.or_else(|| Library::shipped_file(path).map(<[u8]>::to_vec))
    }
}

fn is_inside(path: &str) -> bool {
    !path.split(['/', '\\']).any(|step| step == "..")
}

/// The TOML files of a folder.
fn own_files(folder: &Path) -> Result<Vec<(String, String)>, AppError> {
    let mut files = Vec::new();
    gather(folder, folder, &mut files).map_err(AppError::MappingFolder)?;
    files.sort();
    Ok(files)
}

/// The TOML files below a folder, by their path from there, with `/` between the steps.
fn gather(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(root, &path, files)?;
        } else if path.extension().is_some_and(|end| end == "toml") {
            let name = path.strip_prefix(root).unwrap_or(&path);
            let name = name.to_string_lossy().replace('\\', "/");
            files.push((name, text_of(std::fs::read(&path)?)));
        }
    }
    Ok(())
}
