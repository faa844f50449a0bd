use crate::adapters;
use crate::adapters::Limits;
use crate::cli::Exit;
use crate::cli::mapping::check::samples;
use crate::cli::mapping::select::Selected;
use crate::cli::output::Output;
use crate::cli::output::one;
use crate::cli::read::line;
use crate::document::Document;
use crate::document::Fault;
use crate::document::Lang;
use crate::mapping::Direction;
use crate::mapping::Mapping;
use crate::tools;
use crate::tools::Field;
use crate::tools::Lacking;
use crate::tools::Way;
use clap::Args;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Coming in: fields of the samples that no rule reads, attributes that no rule fills, required ones that can stay empty.
Going out: attributes that no rule carries, and rules that stop a delivery when they have no value.
Both ways: which rules do not give back what they took, and why. The cases of the mapping count as samples.

Examples:
  schakel mapping coverage uwv/sonar --sample werkmap.xlsx
  schakel mapping coverage gemeente-voorbeeldstad/verwijzing --json

Exit codes: 0 the report was made, 1 it was not")]
pub(in crate::cli) struct Coverage {
    /// The mapping (<organisation>/<soort>) or its .toml file
    #[arg(value_name = "MAPPING")]
    name: String,
    /// A file that the organisation sent, beside the cases of the mapping; may be repeated
    #[arg(long, value_name = "FILE")]
    sample: Vec<PathBuf>,
    /// Write the report as JSON
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(asked: &Coverage, file: Option<&Path>, output: &Output) -> Exit {
    let made = Selected::open(Some(&asked.name), file, output).and_then(|selected| {
        let mapping = selected.mapping(output)?;
        let mut documents = samples(&asked.sample, &mapping, &selected, output)?;
        if !all_readable(&documents, &mapping, output) {
            return Err(Exit::Failed);
        }
        documents.extend(cases(&mapping, &selected));
        let subject = selected.subject(&mapping).ok_or(Exit::Failed)?;
        tools::coverage(&subject, &documents).ok_or(Exit::Failed)
    });
    match made {
        Err(exit) => exit,
        Ok(report) if asked.json => match serde_json::to_string_pretty(&report) {
            Ok(text) => {
                output.answer(&text);
                Exit::Done
            }
            Err(error) => output.failed(&error),
        },
        Ok(report) => {
            output.answer(text(&report, output.lang()).trim_end());
            Exit::Done
        }
    }
}

/// Whether the mapping finds its way in samples; said of those that it refuses as a whole, because their fields would all
/// seem to be absent.
fn all_readable(documents: &[Document], mapping: &Mapping, output: &Output) -> bool {
    if mapping.direction() == Direction::Out {
        return true;
    }
    let mut readable = true;
    for document in documents {
        let mut faults = mapping.decode(document).faults;
        faults.retain(Fault::refuses);
        mapping.veil(&mut faults);
        for fault in &faults {
            let line = line(fault, output.lang());
            output.say(&line, &line);
        }
        readable &= faults.is_empty();
    }
    readable
}

/// The documents of the cases that can be read; those that test what cannot be read say nothing about fields.
pub(in crate::cli) fn cases(mapping: &Mapping, selected: &Selected) -> Vec<Document> {
    let given = mapping
        .cases()
        .iter()
        .flat_map(|case| case.given.iter().chain(&case.document));
    given
        .filter_map(|given| {
            let bytes = mapping
                .bytes(given, &|path| selected.source.file(path))
                .ok()?;
            adapters::decode(&bytes, mapping.wire(), &Limits::default()).ok()
        })
        .collect()
}

fn text(report: &tools::Coverage, lang: Lang) -> String {
    let say = |nl: &'static str, en: &'static str| match lang {
        Lang::Nl => nl,
        Lang::En => en,
    };
    let mut out = String::new();
    let documents = report.samples;
    let _ = writeln!(
        out,
        "{}/{} ({}), {}",
        report.organisatie,
        report.soort,
        report.revisie,
        match lang {
            Lang::Nl => one(documents, "voorbeeld of geval", "voorbeelden en gevallen"),
            Lang::En => one(documents, "sample or case", "samples and cases"),
        },
    );
    if let Some(way) = &report.inward {
        let words = [
            say("Naar binnen", "Coming in"),
            say("Velden die geen regel leest", "Fields that no rule reads"),
            say(
                "Attributen die geen regel vult",
                "Attributes that no rule fills",
            ),
            say(
                "Verplicht, en kan leeg blijven",
                "Required, and can stay empty",
            ),
        ];
        section(way, words, lang, &mut out);
    }
    if let Some(way) = &report.outward {
        let words = [
            say("Naar buiten", "Going out"),
            say(
                "Velden die geen regel schrijft",
                "Fields that no rule writes",
            ),
            say(
                "Attributen die niet meegaan",
                "Attributes that do not go along",
            ),
            say(
                "Houdt een aflevering tegen als het leeg is",
                "Stops a delivery when it is empty",
            ),
        ];
        section(way, words, lang, &mut out);
    }
    let _ = writeln!(
        out,
        "\n{}",
        say("Wat niet terugkomt", "What does not come back")
    );
    if report.losses.is_empty() {
        let _ = writeln!(out, "  {}", say("niets", "nothing"));
    }
    for loss in &report.losses {
        let rule = if loss.rule.is_empty() {
            say("de mapping", "the mapping")
        } else {
            &loss.rule
        };
        let _ = writeln!(out, "  {rule}: {}", loss.sentence.get(lang));
    }
    out
}

fn section(way: &Way, words: [&str; 4], lang: Lang, out: &mut String) {
    let [title, unread, unfilled, open] = words;
    let ignored = way.ignored.len();
    let fields = way.fields + ignored + way.unread.len();
    let attributes = way.attributes + way.unfilled.len();
    let counted = match lang {
        Lang::Nl => format!(
            "{} van {fields} velden, {ignored} bewust overgeslagen; {} van {attributes} attributen",
            way.fields, way.attributes
        ),
        Lang::En => format!(
            "{} of {fields} fields, {ignored} left out on purpose; {} of {attributes} attributes",
            way.fields, way.attributes
        ),
    };
    let _ = writeln!(out, "\n{title}: {counted}");
    let field = |field: &Field| format!("{} ({}x)", field.path, field.times);
    let lacking = |one: &Lacking| format!("{} ({})", one.attribute, one.title.get(lang));
    for (title, lines) in [
        (unread, way.unread.iter().map(field).collect::<Vec<_>>()),
        (unfilled, way.unfilled.iter().map(lacking).collect()),
        (open, way.open.iter().map(lacking).collect()),
    ] {
        if !lines.is_empty() {
            let _ = writeln!(out, "  {title}:");
        }
        for line in lines {
            let _ = writeln!(out, "    {line}");
        }
    }
    if way.unread.iter().any(Field::is_veiled) {
        let said = match lang {
            Lang::Nl => "  Een * staat voor namen die zelf gegevens kunnen zijn.",
            Lang::En => "  A * stands for names that may be data themselves.",
        };
        let _ = writeln!(out, "{said}");
    }
}
