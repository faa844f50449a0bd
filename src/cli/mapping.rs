mod check;
mod coverage;
mod diff;
mod exchange;
mod new;
mod select;

use crate::app::AppError;
use crate::app::MappingSource;
use crate::cli::Exit;
use crate::cli::mapping::select::Selected;
use crate::cli::output::Output;
use crate::cli::output::one;
use crate::document::Lang;
use crate::mapping::Diagnostic;
use crate::mapping::Library;
use crate::mapping::Mapping;
use crate::mapping::laws;
use crate::schema::Schemas;
use crate::tools::Effort;
use crate::tools::verify;
use clap::Args;
use clap::Subcommand;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

/// Most rules of a mapping that are named as not being under the laws.
const EXCEPTIONS_MAX: usize = 10;

#[derive(Debug, Subcommand)]
pub(super) enum MappingCommand {
    /// Report every problem of mappings, also against a sample or an agreement
    Check(check::Check),
    /// Report what a mapping covers of samples and of the shared model, and what it loses
    Coverage(coverage::Coverage),
    /// Tell what differs between two mappings, or two revisions of one
    Diff(diff::Diff),
    /// Propose a mapping from a sample, each rule with how sure it is
    New(new::New),
    /// Write a mapping as a workbook
    Export(exchange::Export),
    /// Read a mapping from a workbook, and check it
    Import(exchange::Import),
    /// Compile mappings, run the cases beside them and try their laws on generated messages
    Test {
        /// A folder with mappings, one mapping (<organisation>/<soort>) or its .toml file; without it the configured or
        /// built-in ones
        #[arg(value_name = "MAPPINGS")]
        name: Option<String>,
        /// Where the generated messages start from; a failing one is printed with its seed
        #[arg(long, default_value_t = Effort::FULL.seed)]
        seed: u64,
        /// Generated messages for each mapping
        #[arg(long, default_value_t = Effort::FULL.messages, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        messages: u32,
    },
    /// Print a mapping with all it takes from other files as one file, with at each rule where it came from
    Print {
        /// The mapping: <organisation>/<soort>
        mapping: String,
        #[command(flatten)]
        which: Which,
    },
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// The folder with mappings (<organisation>/<soort>.toml); without it the configured or built-in ones
    path: Option<PathBuf>,
}

pub(super) fn run(command: &MappingCommand, file: Option<&Path>, output: &Output) -> Exit {
    match command {
        MappingCommand::Check(check) => check::run(check, file, output),
        MappingCommand::Coverage(coverage) => coverage::run(coverage, file, output),
        MappingCommand::Diff(diff) => diff::run(diff, file, output),
        MappingCommand::New(new) => new::run(new, file, output),
        MappingCommand::Export(export) => exchange::export(export, file, output),
        MappingCommand::Import(import) => exchange::import(import, file, output),
        MappingCommand::Test {
            name,
            seed,
            messages,
        } => {
            let effort = Effort {
                seed: *seed,
                messages: *messages,
            };
            match Selected::open(name.as_deref(), file, output) {
                Ok(selected) => test(&selected, effort, output),
                Err(exit) => exit,
            }
        }
        MappingCommand::Print { which, mapping } => with_library(which, file, output, |library| {
            print(mapping, library, output)
        }),
    }
}

fn with_library(
    which: &Which,
    file: Option<&Path>,
    output: &Output,
    work: impl FnOnce(&Library) -> Exit,
) -> Exit {
    let folder = match &which.path {
        Some(folder) => Some(folder.clone()),
        None => match output.config(file) {
            Some(config) => config.mapping_folder(),
            None => return Exit::Config,
        },
    };
    let source = MappingSource::new(folder);
    match open(&source, output) {
        Ok((_, library)) => work(&library),
        Err(error) => output.not_started(&error),
    }
}

fn print(name: &str, library: &Library, output: &Output) -> Exit {
    let Some(mapping) = find(name, library, output) else {
        return Exit::Failed;
    };
    output.answer(mapping.printed().trim_end());
    Exit::Done
}

/// The mapping with a name; that there is none is told.
pub(super) fn find<'l>(
    name: &str,
    library: &'l Library,
    output: &Output,
) -> Option<&'l Arc<Mapping>> {
    let found = name
        .split_once('/')
        .and_then(|(org, soort)| library.get(org, soort));
    if found.is_none() {
        let known = library
            .all()
            .map(|mapping| format!("{}/{}", mapping.id().0, mapping.id().1))
            .collect::<Vec<_>>()
            .join(", ");
        output.say(
            &format!("De mapping {name} is er niet. Er zijn: {known}."),
            &format!("There is no mapping {name}. There are: {known}."),
        );
    }
    found
}

/// Compiles the mappings; what does not stop them is told.
pub(super) fn open(
    source: &MappingSource,
    output: &Output,
) -> Result<(Schemas, Library), AppError> {
    let schemas = Schemas::embedded()?;
    let library = source.compile(&schemas, output.lang())?;
    tell(library.warnings(), output);
    Ok((schemas, library))
}

fn tell(found: &[Diagnostic], output: &Output) {
    for one in found {
        let line = one.render(output.lang());
        output.say(&line, &line);
    }
}

fn test(selected: &Selected, effort: Effort, output: &Output) -> Exit {
    let library = match selected.compile() {
        Ok(library) => library,
        Err(found) => {
            let lines = found.iter().map(|one| one.render(output.lang()));
            return output.not_started(&AppError::Mappings(lines.collect()));
        }
    };
    tell(library.warnings(), output);
    let (mut held, mut failed, mut messages, mut documents) = (0, 0, 0, 0);
    for mapping in library.all().filter(|one| selected.asks(one)) {
        let files = |path: &str| selected.source.file(path);
        let tried = verify(mapping, &selected.schemas, &files, effort);
        let (org, soort) = mapping.id();
        for failure in &tried.failures {
            let why = failure.sentence();
            output.say(
                &format!("{org}/{soort}: {}", why.nl),
                &format!("{org}/{soort}: {}", why.en),
            );
        }
        if tried.cases == 0 {
            output.say(
                &format!("{org}/{soort}: er zijn geen gevallen."),
                &format!("{org}/{soort}: there are no cases."),
            );
        }
        tell_exceptions(mapping, output);
        let (good, wrong) = tried.counted_cases();
        let laws = tried.laws_hold();
        held += good + usize::from(laws == Some(true));
        failed += wrong + usize::from(laws == Some(false));
        messages += usize::try_from(tried.messages).unwrap_or(usize::MAX);
        documents += tried.documents;
    }
    let (held_nl, held_en) = (
        one(held, "geval of wet houdt", "gevallen en wetten houden"),
        one(held, "case or law holds", "cases and laws hold"),
    );
    let (made_nl, made_en) = (
        one(messages, "gemaakt bericht", "gemaakte berichten"),
        one(messages, "generated message", "generated messages"),
    );
    let (given_nl, given_en) = (
        one(documents, "document", "documenten"),
        one(documents, "document", "documents"),
    );
    let fail = if failed == 1 { "does" } else { "do" };
    output.say(
        &format!(
            "{held_nl} stand, {failed} niet. De wetten zijn geprobeerd op {made_nl} en op {given_nl} van gevallen."
        ),
        &format!(
            "{held_en}, {failed} {fail} not. The laws were tried on {made_en} and on {given_en} of cases."
        ),
    );
    if failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    }
}

/// The rules that the laws leave out, so that nobody takes them for proven.
fn tell_exceptions(mapping: &Mapping, output: &Output) {
    let found = laws::exceptions(mapping);
    if found.is_empty() {
        return;
    }
    let (org, soort) = mapping.id();
    let listed = |lang| {
        let shown = found.iter().take(EXCEPTIONS_MAX);
        let shown = shown.map(|one| format!("{} ({})", one.rule, one.why.get(lang)));
        shown.collect::<Vec<_>>().join("; ")
    };
    let rest = found.len().saturating_sub(EXCEPTIONS_MAX);
    let more = |text: String| if rest == 0 { String::new() } else { text };
    output.say(
        &format!(
            "{org}/{soort}: niet of niet geheel onder de wetten: {}{}.",
            listed(Lang::Nl),
            more(format!("; en nog {rest}, zie `schakel mapping coverage`"))
        ),
        &format!(
            "{org}/{soort}: not, or not wholly, under the laws: {}{}.",
            listed(Lang::En),
            more(format!("; and {rest} more, see `schakel mapping coverage`"))
        ),
    );
}
