use crate::app::MappingSource;
use crate::cli::Exit;
use crate::cli::mapping::select::Selected;
use crate::cli::output::Output;
use crate::tools;
use crate::tools::Side;
use clap::Args;
use serde_json::json;
use std::path::Path;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Each mapping is compared with all that it includes and extends, as `schakel mapping print` shows it; at a rule that comes
from another file stands which. Rules are paired by name, source and target, so that a rule that moves or gets another codec
is not told as one gone and one new. Comments and layout do not count. The files need not compile.

What a file takes over is looked for in the folder with mappings that it stands in, else in the configured one, and then
among the built-in ones.

Examples:
  schakel mapping diff oud.toml nieuw.toml
  schakel mapping diff uwv/sonar mappings/uwv/sonar.toml      the mapping in use against a file
  schakel mapping diff oud.toml nieuw.toml --json --exit-code

Exit codes: 0 compared, 1 not compared; with --exit-code 2 when they differ")]
pub(in crate::cli) struct Diff {
    /// A .toml file, or <organisation>/<soort> of the configured or built-in mappings
    #[arg(value_name = "BEFORE")]
    before: String,
    /// The same, as it becomes
    #[arg(value_name = "AFTER")]
    after: String,
    /// Write the differences as JSON
    #[arg(long)]
    json: bool,
    /// Tell by the exit code whether they differ
    #[arg(long)]
    exit_code: bool,
}

/// A mapping with the cases beside it, and what it may take over.
struct Given {
    name: String,
    text: String,
    cases: Option<String>,
    source: MappingSource,
    files: Vec<(String, String)>,
}

impl Given {
    /// With what tells which of its files are its folder's own.
    fn side<'a>(&'a self, own: &'a dyn Fn(&str) -> bool) -> Side<'a> {
        Side {
            name: &self.name,
            text: &self.text,
            cases: self.cases.as_deref(),
            files: &self.files,
            own,
        }
    }
}

pub(in crate::cli) fn run(asked: &Diff, file: Option<&Path>, output: &Output) -> Exit {
    let read = |name: &str| given(name, file, output);
    let (before, after) = match read(&asked.before).and_then(|one| Ok((one, read(&asked.after)?))) {
        Ok(both) => both,
        Err(exit) => return exit,
    };
    let own = |given: &Given, path: &str| given.source.is_own(path);
    let (first, second) = (
        |path: &str| own(&before, path),
        |path: &str| own(&after, path),
    );
    let changes = match tools::diff(before.side(&first), after.side(&second)) {
        Ok(changes) => changes,
        Err(found) => {
            for one in found {
                let line = one.render(output.lang());
                output.say(&line, &line);
            }
            return Exit::Failed;
        }
    };
    if asked.json {
        let report = json!({"gelijk": changes.is_empty(), "verschillen": changes});
        output.answer(&format!("{report:#}"));
    } else {
        for change in &changes {
            output.answer(change.sentence.get(output.lang()));
        }
        let count = changes.len();
        output.say(
            &format!("{count} verschillen."),
            &format!("{count} differences."),
        );
    }
    if asked.exit_code && !changes.is_empty() {
        Exit::Partly
    } else {
        Exit::Done
    }
}

fn given(name: &str, file: Option<&Path>, output: &Output) -> Result<Given, Exit> {
    let path = Path::new(name);
    if path.extension().is_some_and(|end| end == "toml") {
        let text = std::fs::read_to_string(path).map_err(|error| {
            output.say(&format!("{name}: {error}"), &format!("{name}: {error}"));
            Exit::Failed
        })?;
        let config = output.config(file).ok_or(Exit::Config)?;
        let source = MappingSource::new(folder_of(path).or_else(|| config.mapping_folder()));
        return Ok(Given {
            name: name.to_owned(),
            text,
            cases: std::fs::read_to_string(path.with_extension("cases.toml")).ok(),
            files: source.files().map_err(|error| output.not_started(&error))?,
            source,
        });
    }
    let selected = Selected::open(Some(name), file, output)?;
    let text = |path: &str| {
        let mut files = selected.files.iter();
        files
            .find(|(known, _)| known == path)
            .map(|(_, text)| text.clone())
    };
    Ok(Given {
        name: format!("{name}.toml"),
        text: text(&format!("{name}.toml")).ok_or(Exit::Failed)?,
        cases: text(&format!("{name}.cases.toml")),
        source: selected.source,
        files: selected.files,
    })
}

/// The folder with mappings that a file stands in: one with shared parts, two above it.
fn folder_of(path: &Path) -> Option<PathBuf> {
    let folder = path.canonicalize().ok()?.ancestors().nth(2)?.to_owned();
    folder.join("_gedeeld").is_dir().then_some(folder)
}
