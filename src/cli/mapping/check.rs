use crate::canonical::Record;
use crate::cli::Exit;
use crate::cli::mapping::coverage::cases;
use crate::cli::mapping::select::Selected;
use crate::cli::output::Output;
use crate::cli::output::one;
use crate::cli::read::decode;
use crate::cli::read::line;
use crate::cli::read::take;
use crate::document::Document;
use crate::mapping::Diagnostic;
use crate::mapping::Level;
use crate::mapping::Mapping;
use crate::privacy::Agreement;
use crate::tools::check_agreement;
use crate::tools::check_cases;
use crate::tools::check_reach;
use crate::tools::check_sample;
use clap::Args;
use serde_json::json;
use std::path::Path;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Every problem is one line: file, line, column, code, what is wrong and what to do. mappings/README.md lists the codes.
Of one mapping that is named more is looked at: the samples that are given, without them the documents of its cases,
and which codes and required attributes of the shared model it cannot say.

Examples:
  schakel mapping check                                   the configured or built-in mappings
  schakel mapping check mappings --json                   a folder, for another program
  schakel mapping check uwv/sonar --sample werkmap.xlsx   are all columns in this workbook?
  schakel mapping check --agreement overeenkomst.json     does every rule write what may leave?

Exit codes: 0 all can be used, 1 some cannot; with --strict a warning counts as well")]
pub(in crate::cli) struct Check {
    /// A folder with mappings, one mapping (<organisation>/<soort>) or its .toml file; without it the configured or
    /// built-in ones
    #[arg(value_name = "MAPPINGS")]
    name: Option<String>,
    /// Write what was found as JSON to standard output
    #[arg(long)]
    json: bool,
    /// A sample that the organisation sent: tells which source paths it does not have. Takes one mapping; may be
    /// repeated. Without it the documents of the mapping's cases are looked at
    #[arg(long, value_name = "FILE", requires = "name")]
    sample: Vec<PathBuf>,
    /// An overeenkomst as canonical JSON: tells which rules write what it does not let out
    #[arg(long, value_name = "FILE")]
    agreement: Option<PathBuf>,
    /// Let warnings fail too
    #[arg(long)]
    strict: bool,
}

pub(in crate::cli) fn run(check: &Check, file: Option<&Path>, output: &Output) -> Exit {
    let selected = match Selected::open(check.name.as_deref(), file, output) {
        Ok(selected) => selected,
        Err(exit) => return exit,
    };
    if !check.sample.is_empty() && selected.one.is_none() {
        output.say(
            "Een voorbeeld hoort bij een mapping: noem die als <organisatie>/<soort>.",
            "A sample belongs to one mapping: name it as <organisation>/<soort>.",
        );
        return Exit::Usage;
    }
    let agreement = match check
        .agreement
        .as_deref()
        .map(|path| read_agreement(path, output))
    {
        Some(Err(exit)) => return exit,
        Some(Ok(agreement)) => Some(agreement),
        None => None,
    };
    let (count, found) = match selected.compile() {
        Err(found) => (selected.count(), found),
        Ok(library) => {
            let mut found = library.warnings().to_vec();
            let asked: Vec<_> = library.all().filter(|one| selected.asks(one)).collect();
            for mapping in &asked {
                match more(check, &selected, mapping, agreement.as_ref(), output) {
                    Ok(more) => found.extend(more),
                    Err(exit) => return exit,
                }
            }
            (asked.len(), found)
        }
    };
    conclude(check, count, &found, output)
}

/// What the shared model, samples and an agreement show of one mapping.
fn more(
    check: &Check,
    selected: &Selected,
    mapping: &Mapping,
    agreement: Option<&Agreement>,
    output: &Output,
) -> Result<Vec<Diagnostic>, Exit> {
    let mut found = Vec::new();
    let Some(subject) = selected.subject(mapping) else {
        return Ok(found);
    };
    if selected.one.is_some() {
        found.extend(check_reach(&subject));
        found.extend(if check.sample.is_empty() {
            check_cases(&subject, &cases(mapping, selected))
        } else {
            let samples = samples(&check.sample, mapping, selected, output)?;
            check_sample(&subject, &samples)
        });
    }
    if let Some(agreement) = agreement {
        let (org, _) = mapping.id();
        let party = [&agreement.opdrachtgever, &agreement.uitvoerder]
            .into_iter()
            .any(|party| party.as_str() == org);
        if party {
            found.extend(check_agreement(&subject, agreement));
        } else if selected.one.is_some() {
            output.say(
                &format!(
                    "{org} is geen partij bij overeenkomst {}.",
                    agreement.nummer
                ),
                &format!("{org} is no party to agreement {}.", agreement.nummer),
            );
        }
    }
    Ok(found)
}

/// Samples of a mapping's own format; what cannot be read of one is told.
pub(in crate::cli) fn samples(
    paths: &[PathBuf],
    mapping: &Mapping,
    selected: &Selected,
    output: &Output,
) -> Result<Vec<Document>, Exit> {
    let mut documents = Vec::new();
    for path in paths {
        let bytes = take(path).map_err(|error| output.failed(&error))?;
        let mut read = None;
        let exit = output.block_on(async {
            read = Some(decode(&bytes, mapping.wire(), &selected.config).await);
            Exit::Done
        });
        match read {
            Some(Ok(document)) => documents.push(document),
            Some(Err(mut faults)) => {
                mapping.veil(&mut faults);
                for fault in &faults {
                    let line = format!("{}: {}", path.display(), line(fault, output.lang()));
                    output.say(&line, &line);
                }
                return Err(Exit::Failed);
            }
            None => return Err(exit),
        }
    }
    Ok(documents)
}

fn read_agreement(path: &Path, output: &Output) -> Result<Agreement, Exit> {
    let unusable = |nl: &str, en: &str| {
        output.say(
            &format!("{}: {nl}", path.display()),
            &format!("{}: {en}", path.display()),
        );
        Exit::Failed
    };
    let bytes = take(path).map_err(|error| output.failed(&error))?;
    let record: Record = serde_json::from_slice(&bytes).map_err(|_| {
        unusable(
            "dit is geen JSON-object met een overeenkomst.",
            "this is no JSON object with an overeenkomst.",
        )
    })?;
    Agreement::from_record(&record).map_err(|error| {
        unusable(
            &format!("de overeenkomst heeft geen bruikbaar `{}`.", error.0),
            &format!("the overeenkomst has no usable `{}`.", error.0),
        )
    })
}

fn conclude(check: &Check, count: usize, found: &[Diagnostic], output: &Output) -> Exit {
    let is_error = |diagnostic: &&Diagnostic| diagnostic.level == Level::Error;
    let errors = found.iter().filter(is_error).count();
    let warnings = found.len() - errors;
    if check.json {
        let report = json!({
            "mappings": count,
            "fouten": errors,
            "waarschuwingen": warnings,
            "meldingen": found,
        });
        output.answer(&format!("{report:#}"));
    } else {
        for diagnostic in found {
            let line = diagnostic.render(output.lang());
            output.say(&line, &line);
        }
        if errors > 0 {
            let (nl, en) = (
                one(errors, "fout", "fouten"),
                one(errors, "error", "errors"),
            );
            output.say(
                &format!("{nl}: zo is dit niet te gebruiken."),
                &format!("{en}: this cannot be used like this."),
            );
        } else {
            let nl = one(warnings, "waarschuwing", "waarschuwingen");
            let en = one(warnings, "warning", "warnings");
            output.say(
                &format!(
                    "{} in orde, met {nl}.",
                    one(count, "mapping is", "mappings zijn")
                ),
                &format!(
                    "{} in order, with {en}.",
                    one(count, "mapping is", "mappings are")
                ),
            );
        }
    }
    if errors > 0 || check.strict && warnings > 0 {
        Exit::Failed
    } else {
        Exit::Done
    }
}
