use crate::app::MappingSource;
use crate::cli::Exit;
use crate::cli::mapping::select::Selected;
use crate::cli::output::Output;
use crate::cli::output::problems;
use crate::cli::read;
use crate::cli::read::put;
use crate::cli::read::take;
use crate::config::Config;
use crate::document::Place;
use crate::document::Wire;
use crate::mapping::Diagnostic;
use crate::mapping::Library;
use crate::schema::Schemas;
use crate::tools;
use crate::tools::Effort;
use crate::tools::Imported;
use crate::tools::SheetFault;
use clap::Args;
use std::path::Path;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
The workbook has a sheet with the head of the mapping, one with a row for each rule, one with the code tables and one
with the cases; the sheet `toelichting` says how to fill them. What comes back with `schakel mapping import` says the
same, in the same order. Comments in the file do not come along (a `note` of a rule does).

Example:
  schakel mapping export uwv/sonar --xlsx sonar.xlsx")]
pub(in crate::cli) struct Export {
    /// The mapping (<organisation>/<soort>) or its .toml file
    #[arg(value_name = "MAPPING")]
    name: String,
    /// Where to write the workbook
    #[arg(long, value_name = "FILE")]
    xlsx: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Reads the workbook, checks the mapping in it with what it takes from others, runs its cases (also those in the
`.cases.toml` beside it) and tries its laws. Every fault begins with sheet, row and column, and a code, and says what is
wrong and what to do. Only a mapping that can be used and that holds is written.

Example:
  schakel mapping import sonar.xlsx --out mappings/uwv/sonar.toml

Exit codes: 0 written, 1 not")]
pub(in crate::cli) struct Import {
    /// The workbook
    #[arg(value_name = "FILE")]
    workbook: PathBuf,
    /// Where to write the mapping; without it standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// The folder with what the mapping takes from others; without it the configured or built-in one
    #[arg(long, value_name = "FOLDER")]
    mappings: Option<PathBuf>,
    /// Write the faults as JSON to standard output instead of the mapping
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn export(asked: &Export, file: Option<&Path>, output: &Output) -> Exit {
    let selected = match Selected::open(Some(&asked.name), file, output) {
        Ok(selected) => selected,
        Err(exit) => return exit,
    };
    let one = selected.one.as_deref().unwrap_or_default();
    let Some((path, text)) = selected.files.iter().find(|(path, _)| path == one) else {
        output.say(
            "Noem een mapping als <organisatie>/<soort>, of het pad van haar bestand.",
            "Name a mapping as <organisation>/<soort>, or the path of its file.",
        );
        return Exit::Usage;
    };
    match tools::export(path, text) {
        Ok(bytes) => match put(&asked.xlsx, &bytes) {
            Ok(()) => Exit::Done,
            Err(error) => output.failed(&error),
        },
        Err(error) => output.failed(&error),
    }
}

pub(in crate::cli) fn import(asked: &Import, file: Option<&Path>, output: &Output) -> Exit {
    let Some(config) = output.config(file) else {
        return Exit::Config;
    };
    let bytes = match take(&asked.workbook) {
        Ok(bytes) => bytes,
        Err(error) => return output.failed(&error),
    };
    output.block_on(async {
        let document = match read::decode(&bytes, &Wire::Excel, &config).await {
            Ok(document) => document,
            Err(faults) => {
                for fault in faults {
                    let line = read::line(&fault, output.lang());
                    output.say(&line, &line);
                }
                return Exit::Failed;
            }
        };
        let imported = match tools::import(&document) {
            Ok(imported) => imported,
            Err(faults) => return tell(asked, &faults, output),
        };
        match checked(asked, &imported, &config, output) {
            Ok(warnings) => conclude(asked, &imported, &warnings, output),
            Err(faults) => tell(asked, &faults, output),
        }
    })
}

/// What the compiler, the cases and the laws say of the mapping, with the other files of its folder.
fn checked(
    asked: &Import,
    imported: &Imported,
    config: &Config,
    output: &Output,
) -> Result<Vec<SheetFault>, Vec<SheetFault>> {
    let folder = asked.mappings.clone().or_else(|| config.mapping_folder());
    let source = MappingSource::new(folder);
    let path = format!("{}/{}.toml", imported.id.0, imported.id.1);
    let mut files = source.files().unwrap_or_else(|error| {
        output.not_started(&error);
        Vec::new()
    });
    files.retain(|(known, _)| *known != path);
    let at = |found: &Diagnostic| {
        if found.file == path {
            return imported.place(found.line);
        }
        let own = found
            .included_by
            .as_deref()
            .and_then(|by| by.strip_prefix(&format!("{path}:")));
        let line = own.and_then(|rest| rest.split(':').next()?.parse().ok());
        line.map_or(Place::Whole, |line| imported.place(line))
    };
    let in_folder = |known: &str| known == path || source.is_own(known);
    let others: Vec<Diagnostic> = match schemas(&files, &in_folder, None) {
        Some(Err(found)) => found,
        _ => Vec::new(),
    };
    let own = |found: &&Diagnostic| !others.contains(found);
    let faults = |found: &[Diagnostic]| -> Vec<SheetFault> {
        let own = found.iter().filter(own);
        own.map(|one| SheetFault::of(one, at(one))).collect()
    };
    let more = Some((path.clone(), imported.text.clone()));
    match schemas(&files, &in_folder, more) {
        Some(Ok(library)) => {
            let failed = failures(&library, imported, &source);
            if !failed.is_empty() {
                return Err(failed);
            }
            let about = library.warnings().iter().filter(|one| one.file == path);
            Ok(about.map(|one| SheetFault::of(one, at(one))).collect())
        }
        Some(Err(found)) => {
            let found = faults(&found);
            if found.iter().any(|fault| !fault.warning) {
                Err(found)
            } else {
                Ok(found)
            }
        }
        None => Ok(Vec::new()),
    }
}

/// The cases and laws of the mapping that do not hold.
fn failures(library: &Library, imported: &Imported, source: &MappingSource) -> Vec<SheetFault> {
    let mapping = library.get(&imported.id.0, &imported.id.1);
    let (Some(mapping), Ok(schemas)) = (mapping, Schemas::embedded()) else {
        return Vec::new();
    };
    let files = |path: &str| source.file(path);
    let tried = tools::verify(mapping, &schemas, &files, Effort::FULL);
    let failures = tried.failures.iter();
    failures
        .map(|failure| SheetFault::failed(failure, imported))
        .collect()
}

fn schemas(
    files: &[(String, String)],
    own: &dyn Fn(&str) -> bool,
    more: Option<(String, String)>,
) -> Option<Result<Library, Vec<Diagnostic>>> {
    let schemas = Schemas::embedded().ok()?;
    let all: Vec<(String, String)> = files.iter().cloned().chain(more).collect();
    Some(Library::compile_own(&all, own, &schemas))
}

fn tell(asked: &Import, faults: &[SheetFault], output: &Output) -> Exit {
    if asked.json {
        match serde_json::to_string_pretty(faults) {
            Ok(text) => output.answer(&text),
            Err(error) => return output.failed(&error),
        }
    } else {
        for fault in faults {
            let line = fault.render(output.lang());
            output.say(&line, &line);
        }
    }
    let (nl, en) = problems(faults.len());
    output.say(
        &format!("{nl}: deze mapping is niet te gebruiken."),
        &format!("{en}: this mapping cannot be used."),
    );
    Exit::Failed
}

fn conclude(asked: &Import, imported: &Imported, warnings: &[SheetFault], output: &Output) -> Exit {
    for warning in warnings {
        let line = warning.render(output.lang());
        output.say(&line, &line);
    }
    if asked.json {
        match serde_json::to_string_pretty(warnings) {
            Ok(text) => output.answer(&text),
            Err(error) => return output.failed(&error),
        }
        if asked.out == Path::new("-") {
            return Exit::Done;
        }
    }
    match put(&asked.out, imported.text.as_bytes()) {
        Ok(()) => Exit::Done,
        Err(error) => output.failed(&error),
    }
}
