use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::cli::read;
use crate::cli::read::put;
use crate::cli::read::take;
use crate::document::Lang;
use crate::document::Wire;
use crate::mapping::Library;
use crate::mapping::is_soort;
use crate::schema::Schemas;
use crate::tools;
use crate::tools::Asked;
use crate::tools::Proposal;
use crate::tools::Proposed;
use clap::Args;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;

/// What a mapping is called of which nobody said so.
const ORGANISATIE: &str = "organisatie";
const SOORT: &str = "voorbeeld";

#[derive(Debug, Args)]
#[command(after_help = "\
Proposes which attribute each field of a sample is: by the names and titles of the schemas, by what other mappings call
it, by the abbreviations and other words that people use (`Geb.datum`, `Tel`, `Achternaam`), and by what its values look
like (a BSN, a date and its form, a code of a list or of a shared code table). Each rule says how sure that is: name and
values together make it sure, a name alone less, values alone little, and what looks otherwise than it is called is not
proposed but told. What is not sure enough stands in the file as a comment, with other candidates. Read every rule
before you use the mapping.
Lines of fixed width are split where a position is blank in every line; how sure that is stands in the file.

No value of the sample comes into the file or on the screen.

Examples:
  schakel mapping new --from export.csv --organisatie aanbieder-c --soort logboek
  schakel mapping new --from werkmap.xlsx --out mappings/aanbieder-c/caseload.toml
  schakel mapping check mappings/aanbieder-c/caseload.toml --sample werkmap.xlsx

Exit codes: 0 proposed, 1 not")]
pub(in crate::cli) struct New {
    /// The sample: .csv, .xlsx, .xml, .json, or lines of fixed width
    #[arg(long, value_name = "SAMPLE")]
    from: PathBuf,
    /// The organisation, as its folder is called; without it from --out
    #[arg(long, value_name = "CODE")]
    organisatie: Option<String>,
    /// What it calls the message, as the file is called; without it from --out
    #[arg(long, value_name = "NAME")]
    soort: Option<String>,
    /// What the message is about, such as logboekregel; without it what most fields are about
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Where to write the mapping; without it standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Write what is proposed for each field as JSON to standard output; the mapping itself only to --out
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(new: &New, file: Option<&Path>, output: &Output) -> Exit {
    let Some(config) = output.config(file) else {
        return Exit::Config;
    };
    let kind = match new.kind.as_deref().map(|name| (name, Kind::parse(name))) {
        Some((name, None)) => {
            let known: Vec<&str> = Kind::ALL.into_iter().map(Kind::as_str).collect();
            let known = known.join(", ");
            output.say(
                &format!("Er is geen soort record {name}. Kies uit: {known}."),
                &format!("There is no kind of record {name}. Choose from: {known}."),
            );
            return Exit::Usage;
        }
        Some((_, kind)) => kind,
        None => None,
    };
    if let Err(exit) = check_names(new, output) {
        return exit;
    }
    let schemas = match Schemas::embedded() {
        Ok(schemas) => schemas,
        Err(error) => return output.failed(&error),
    };
    let bytes = match take(&new.from) {
        Ok(bytes) => bytes,
        Err(error) => return output.failed(&error),
    };
    let Some(wire) = tools::guess_wire(&new.from.to_string_lossy(), &bytes) else {
        output.say(
            "Dit voorbeeld is geen CSV, Excel, XML, JSON of vaste breedte (regels van één lengte). Geef het een naam die zegt wat het is.",
            "This sample is no CSV, Excel, XML, JSON or fixed width (lines of one length). Give it a name that says what it is.",
        );
        return Exit::Failed;
    };
    let asked = Asked {
        organisatie: new
            .organisatie
            .clone()
            .unwrap_or_else(|| named(new, 1, ORGANISATIE)),
        soort: new.soort.clone().unwrap_or_else(|| named(new, 0, SOORT)),
        kind,
    };
    output.block_on(async {
        let document = match read::decode(&bytes, &wire, &config).await {
            Ok(document) => document,
            Err(faults) => {
                for mut fault in faults {
                    // nothing is known of what this sender calls things
                    fault.place.veil(|_| false);
                    let line = read::line(&fault, output.lang());
                    output.say(&line, &line);
                }
                return Exit::Failed;
            }
        };
        let known = Library::shipped_files();
        if let Some(proposal) = tools::propose(&asked, &document, &wire, &schemas, &known) {
            return give(new, &proposal, &wire, output);
        }
        output.say(
            "In dit voorbeeld staan geen velden.",
            "There are no fields in this sample.",
        );
        Exit::Failed
    })
}

/// Names that a mapping cannot have are refused before anything is written.
fn check_names(new: &New, output: &Output) -> Result<(), Exit> {
    if let Some(name) = new.organisatie.as_deref()
        && let Err(error) = OrgCode::parse(name)
    {
        output.say(
            "--organisatie heeft 1 tot 40 tekens a-z, 0-9 of -, en begint met een letter.",
            &format!("--organisatie: {error}."),
        );
        return Err(Exit::Usage);
    }
    if new.soort.as_deref().is_some_and(|name| !is_soort(name)) {
        output.say(
            "--soort heeft 1 tot 40 letters zonder accent, cijfers of -, begint met een letter of cijfer, en is niet canoniek.",
            "--soort has 1 to 40 letters without accents, digits or -, begins with a letter or digit, and is not canoniek.",
        );
        return Err(Exit::Usage);
    }
    Ok(())
}

/// What the path of the file says: its own name, or that of its folder.
fn named(new: &New, above: usize, otherwise: &str) -> String {
    let part = new.out.ancestors().nth(above);
    let part = part
        .and_then(Path::file_stem)
        .map(|name| name.to_string_lossy());
    let fits = |name: &str| match above {
        0 => is_soort(name),
        _ => OrgCode::parse(name).is_ok(),
    };
    part.filter(|name| fits(name))
        .map_or_else(|| otherwise.to_owned(), std::borrow::Cow::into_owned)
}

fn give(new: &New, proposal: &Proposal, wire: &Wire, output: &Output) -> Exit {
    let to_screen = new.out == Path::new("-");
    if !(to_screen && new.json)
        && let Err(error) = put(&new.out, proposal.text.as_bytes())
    {
        return output.failed(&error);
    }
    if new.json {
        match serde_json::to_string_pretty(&proposal.lines) {
            Ok(text) => output.answer(&text),
            Err(error) => return output.failed(&error),
        }
    } else {
        let mut table = String::new();
        rows(&proposal.lines, "", output.lang(), &mut table);
        output.say(table.trim_end(), table.trim_end());
    }
    let all = count(&proposal.lines, &|_| true);
    let taken = count(&proposal.lines, &|line| line.taken);
    let main = proposal.main;
    output.say(
        &format!(
            "Over {main}: {taken} van {all} velden opgenomen, de rest staat er als commentaar."
        ),
        &format!(
            "About {main}: {taken} of {all} fields taken, the rest stands there as a comment."
        ),
    );
    if proposal.headless {
        output.say(
            "Dit voorbeeld heeft geen rij met koppen: de kolommen heten naar hun letter. Vraag de organisatie om een kopregel.",
            "This sample has no header row: its columns are called by their letters. Ask the organisation for a header row.",
        );
    }
    if proposal.hidden > 0 {
        let hidden = proposal.hidden;
        output.say(
            &format!("{hidden} namen lijken zelf gegevens te zijn en staan er niet in."),
            &format!("{hidden} names look like data themselves and are left out."),
        );
    }
    if matches!(wire, Wire::Fixed(_)) {
        output.say(
            "Kijk de posities na: die zijn geraden uit wat in elke regel leeg is.",
            "Check the positions: they are guesses from what is blank in every line.",
        );
    }
    if matches!(wire, Wire::Csv(_)) {
        output.say(
            "Kijk het scheidingsteken en de tekenset na: die zijn geraden.",
            "Check the delimiter and the encoding: they are guesses.",
        );
    }
    Exit::Done
}

fn count(lines: &[Proposed], holds: &dyn Fn(&Proposed) -> bool) -> usize {
    let one = |line: &Proposed| usize::from(holds(line)) + count(&line.parts, holds);
    lines.iter().map(one).sum()
}

/// A line for each field: how sure, the field, the attribute, and what else it may be.
fn rows(lines: &[Proposed], indent: &str, lang: Lang, out: &mut String) {
    let (or, unlike) = match lang {
        Lang::Nl => ("of", "de naam wijst op"),
        Lang::En => ("or", "the name says"),
    };
    let but = match lang {
        Lang::Nl => "de waarden zien er anders uit",
        Lang::En => "the values look otherwise",
    };
    for line in lines {
        let mark = if line.taken { "+" } else { "?" };
        let target = line.target.as_deref().unwrap_or("-");
        let percent = line.certainty;
        // writing to a text cannot fail
        let _ = write!(
            out,
            "{mark} {percent:>3}%  {indent}{}  ->  {target}",
            line.source
        );
        for (name, percent) in &line.candidates {
            let _ = write!(out, "  {or} {name} {percent}%");
        }
        if let Some(named) = &line.contradicted {
            let _ = write!(out, "  ({unlike} {named}; {but})");
        }
        out.push('\n');
        rows(&line.parts, &format!("{indent}  "), lang, out);
    }
}
