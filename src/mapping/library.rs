use crate::mapping::Diagnostic;
use crate::mapping::Direction;
use crate::mapping::Level;
use crate::mapping::Mapping;
use crate::mapping::assemble;
use crate::mapping::assemble::Assembled;
use crate::mapping::assemble::Shared;
use crate::mapping::cases;
use crate::mapping::compile;
use crate::mapping::compiled::Texts;
use crate::mapping::compiled::built;
use crate::mapping::compiled::canonical;
use crate::mapping::diagnostic::Report;
use crate::mapping::syntax;
use crate::mapping::syntax::Item;
use crate::mapping::syntax::Table;
use crate::schema::Schemas;
use include_dir::Dir;
use include_dir::include_dir;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The soort of the built-in mapping: the shared model as JSON.
pub const CANONICAL: &str = "canoniek";

/// Longest name of a soort.
const SOORT_MAX: usize = 40;

/// Whether a text can be what an organisation calls a kind of message: it stands in file names and URLs, and is no name of
/// the gateway's own.
#[must_use]
pub fn is_soort(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=SOORT_MAX).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(letter)
        && name != CANONICAL
}

/// The folder of parts that mappings share.
const SHARED: &str = "_gedeeld/";
/// How files end that hold cases of the mapping beside them.
const CASES: &str = ".cases.toml";
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings");

/// Every mapping the gateway has.
#[derive(Debug)]
pub struct Library {
    mappings: BTreeMap<(String, String), Arc<Mapping>>,
    canonical: Arc<Mapping>,
    warnings: Vec<Diagnostic>,
}

impl Library {
    /// Compiles files by their path under `mappings/` (`org/soort.toml`). Either all of them can be used, or every
    /// problem of every file is reported.
    pub fn compile(files: &[(String, String)], schemas: &Schemas) -> Result<Self, Vec<Diagnostic>> {
        Self::compile_own(files, &|_| true, schemas)
    }

    /// The same of some of the files, by their path; what they take over may stand in the others.
    pub fn compile_own(
        files: &[(String, String)],
        own: &dyn Fn(&str) -> bool,
        schemas: &Schemas,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let text_of = |path: &str| {
            files
                .iter()
                .find(|(known, _)| known == path)
                .map(|(_, text)| text.as_str())
        };
        let shared = Shared::read(files, own, &mut found);
        let mut mappings = BTreeMap::new();
        let mut delivered: BTreeMap<(String, String), String> = BTreeMap::new();
        let mappings_of = |path: &str| is_mapping(path) && own(path);
        for (path, text) in files.iter().filter(|(path, _)| mappings_of(path)) {
            let beside = path
                .strip_suffix(".toml")
                .map(|stem| format!("{stem}{CASES}"));
            let beside = beside.and_then(|path| text_of(&path).map(|text| (path, text.to_owned())));
            let (mapping, diagnostics) = one(path, text, beside, &shared, schemas);
            found.extend(diagnostics);
            let Some(mapping) = mapping else { continue };
            if let Some(delivers) = &mapping.delivers {
                let other = delivered.insert((mapping.org.clone(), delivers.clone()), path.clone());
                found.extend(other.map(|other| serves_twice(path, text, &other)));
            }
            mappings.insert(
                (mapping.org.clone(), mapping.soort.clone()),
                Arc::new(mapping),
            );
        }
        if found
            .iter()
            .any(|diagnostic| diagnostic.level == Level::Error)
        {
            return Err(found);
        }
        Ok(Self {
            mappings,
            canonical: Arc::new(canonical(schemas)),
            warnings: found,
        })
    }

    /// Compiles the files of a folder, with the built-in mappings beside them. What the folder takes over may be built in.
    /// A file of the folder stands in the place of the built-in one of its path, and a message that it serves is not
    /// served by a built-in mapping any more.
    pub fn over_shipped(
        files: &[(String, String)],
        schemas: &Schemas,
    ) -> Result<Self, Vec<Diagnostic>> {
        let own = |path: &str| files.iter().any(|(known, _)| known == path);
        let mut library = Self::compile_own(&Self::beside_shipped(files), &own, schemas)?;
        for (id, mut mapping) in Self::shipped(schemas)?.mappings {
            if library.mappings.contains_key(&id) {
                continue;
            }
            let served = mapping.delivers.as_deref();
            let served = served.is_some_and(|served| library.outbound(&id.0, served).is_some());
            if let Some(mapping) = Arc::get_mut(&mut mapping).filter(|_| served) {
                mapping.delivers = None;
            }
            library.mappings.insert(id, mapping);
        }
        Ok(library)
    }

    /// Files with the built-in ones that they do not stand in the place of. The cases of a mapping go with it.
    #[must_use]
    pub fn beside_shipped(files: &[(String, String)]) -> Vec<(String, String)> {
        let own = |path: &str| files.iter().any(|(known, _)| known == path);
        let mapping = |path: &str| {
            path.strip_suffix(CASES)
                .is_some_and(|stem| own(&format!("{stem}.toml")))
        };
        let mut all = shipped_files();
        all.retain(|(path, _)| !own(path) && !mapping(path));
        all.extend_from_slice(files);
        all.sort();
        all
    }

    /// The mappings that are part of the binary.
    pub fn shipped(schemas: &Schemas) -> Result<Self, Vec<Diagnostic>> {
        Self::compile(&shipped_files(), schemas)
    }

    /// The texts of the shipped mappings, their cases and the shared tables, by their path under `mappings/`.
    #[must_use]
    pub fn shipped_files() -> Vec<(String, String)> {
        shipped_files()
    }

    /// A file beside the shipped mappings, by its path under `mappings/`: the documents of cases.
    #[must_use]
    pub fn shipped_file(path: &str) -> Option<&'static [u8]> {
        SHIPPED.get_file(path).map(include_dir::File::contents)
    }

    /// The mapping of what an organisation pushes as a soort, if it reads.
    #[must_use]
    pub fn inbound(&self, org: &str, soort: &str) -> Option<&Arc<Mapping>> {
        if soort == CANONICAL {
            return Some(&self.canonical);
        }
        let mapping = self.mappings.get(&(org.to_owned(), soort.to_owned()))?;
        (mapping.direction != Direction::Out).then_some(mapping)
    }

    /// The mapping in which an organisation receives a message kind.
    #[must_use]
    pub fn outbound(&self, org: &str, delivers: &str) -> Option<&Arc<Mapping>> {
        let own = self.mappings.values().filter(|mapping| mapping.org == org);
        own.filter(|mapping| mapping.direction != Direction::In)
            .find(|mapping| mapping.delivers.as_deref() == Some(delivers))
    }

    /// The mapping with this organisation and soort, whatever its direction.
    #[must_use]
    pub fn get(&self, org: &str, soort: &str) -> Option<&Arc<Mapping>> {
        if soort == CANONICAL {
            return Some(&self.canonical);
        }
        self.mappings.get(&(org.to_owned(), soort.to_owned()))
    }

    /// The shared model as JSON, for whoever speaks it.
    #[must_use]
    pub const fn canonical(&self) -> &Arc<Mapping> {
        &self.canonical
    }

    /// Every mapping but the canonical one, by organisation and soort.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Mapping>> {
        self.mappings.values()
    }

    /// What does not stop a mapping, but somebody should look at.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

/// The texts of the shipped mappings, by path.
#[allow(clippy::case_sensitive_file_extension_comparisons)] // our own files
fn shipped_files() -> Vec<(String, String)> {
    fn gather(dir: &Dir<'_>, into: &mut Vec<(String, String)>) {
        for file in dir.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            if let (true, Some(text)) = (path.ends_with(".toml"), file.contents_utf8()) {
                into.push((path, text.to_owned()));
            }
        }
        for inner in dir.dirs() {
            gather(inner, into);
        }
    }
    let mut files = Vec::new();
    gather(&SHIPPED, &mut files);
    files.sort();
    files
}

#[allow(clippy::case_sensitive_file_extension_comparisons)] // our own files
fn is_mapping(path: &str) -> bool {
    path.ends_with(".toml") && !path.ends_with(CASES) && !path.starts_with(SHARED)
}

fn one<'t>(
    path: &'t str,
    text: &'t str,
    beside: Option<(String, String)>,
    shared: &Shared<'t>,
    schemas: &Schemas,
) -> (Option<Mapping>, Vec<Diagnostic>) {
    let assembled = assemble::assemble(path, text, shared);
    let texts = Texts {
        own: text,
        tables: &shared.table_texts,
        taken: assembled.report.others(),
        whole: whole(&assembled, shared),
    };
    let (compiled, mut found) = compile::compile(path, assembled, &shared.tables, schemas);
    let mut cases = Vec::new();
    for (file, text) in std::iter::once((path.to_owned(), text.to_owned())).chain(beside) {
        let (more, diagnostics) = cases::read(&file, &text);
        cases.extend(more);
        found.extend(diagnostics);
    }
    let failed = found
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error);
    let mapping = compiled
        .filter(|_| !failed)
        .map(|compiled| built(path, texts, cases, compiled));
    (mapping, found)
}

/// A mapping as one table, by what it is called and its text, with all that it takes from files: as [`Library::compile_own`]
/// would compile it, and what says where each part of it stands. Otherwise why it cannot be put together.
pub(crate) fn assembled<'t>(
    (name, text): (&'t str, &'t str),
    files: &'t [(String, String)],
    own: &dyn Fn(&str) -> bool,
) -> Result<(Table, Report<'t>), Vec<Diagnostic>> {
    let mut found = Vec::new();
    let shared = Shared::read(files, own, &mut found);
    let Assembled { root, report } = assemble::assemble(name, text, &shared);
    if let Some(root) = root.filter(|_| !report.failed()) {
        return Ok((assemble::written_out(&root, &shared.tables), report));
    }
    found.extend(report.into_found());
    Err(found)
}

/// The mapping as one file.
fn whole(assembled: &Assembled<'_>, shared: &Shared<'_>) -> String {
    let root = assembled.root.as_ref();
    root.map_or_else(String::new, |root| {
        assemble::printed(root, &assembled.report, &shared.tables)
    })
}

fn serves_twice(path: &str, text: &str, other: &str) -> Diagnostic {
    let mut report = Report::new(path, text);
    let root = syntax::parse(text, &mut report);
    let head = root.as_ref().and_then(|root| root.get("mapping"));
    let head = head.and_then(Item::as_table);
    // What is taken over has no `delivers` of its own here.
    let delivers = head.and_then(|head| head.get("delivers"));
    let place = delivers.map(|item| item.span.clone());
    let place = place.or_else(|| head.map(Table::place)).unwrap_or(0..0);
    report.error(
        "M037",
        &place,
        (
            &format!("{other} bedient hetzelfde bericht van deze organisatie."),
            &format!("{other} serves the same message of this organisation."),
        ),
        (
            "Laat een mapping `delivers` hebben, en geef de andere `none`.",
            "Let one mapping have `delivers`, and give the others `none`.",
        ),
    );
    report.into_found().remove(0)
}
