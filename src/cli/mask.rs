use crate::adapters;
use crate::app::MappingSource;
use crate::app::new_master_key;
use crate::cli::Exit;
use crate::cli::convert::named;
use crate::cli::mapping;
use crate::cli::output::Output;
use crate::cli::read;
use crate::cli::read::put;
use crate::cli::told::Failure;
use crate::document::Wire;
use crate::pipeline::read_document;
use crate::tools;
use crate::tools::MaskKey;
use crate::tools::Masked;
use clap::Args;
use std::path::Path;
use std::path::PathBuf;

/// Fewest characters of a key: a shorter one is found by trying.
const KEY_MIN: usize = 16;

#[derive(Debug, Args)]
#[command(after_help = "\
Makes a real sample into one of nobody: the same format, rows, elements and faults, other people. A BSN becomes one that
passes the elfproef and that nobody has, a date moves and keeps its form, a name becomes a made-up one, text becomes
text of the same length that says nothing. Codes that anybody may know stay; codes of class D, N and restricted ones
become others of their list. What the mapping does not read is masked too, and so are names of parts that only the
sender uses. Comments, formulas, looks and properties of a file do not come along; what a workbook hides stays hidden.

The same value gets the same mask within one file; with the same key also in other files. Keep a key secret: who has it
can find out which value a mask stands for. Read the result before you give it away.

Examples:
  schakel mask --from uwv/sonar --in werkmap.xlsx --out voorbeeld.xlsx
  SCHAKEL_MASK_KEY=... schakel mask --from gemeente-voorbeeldstad/verwijzing --in verwijzing.xml --out voorbeeld.xml

Exit codes: 0 done; 2 done, but the mapping makes something else of some masks; 1 not done")]
pub(super) struct Mask {
    /// The mapping that reads the file; without it the file is canonical JSON
    #[arg(long, value_name = "MAPPING")]
    from: Option<String>,
    /// The file; - is standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// Where to write it masked; - is standard output
    #[arg(long = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// What masks follow from, at least 16 characters; without it a key of this run
    #[arg(
        long,
        value_name = "KEY",
        env = "SCHAKEL_MASK_KEY",
        hide_env_values = true
    )]
    key: Option<String>,
}

pub(super) fn run(asked: &Mask, file: Option<&Path>, output: &Output) -> Exit {
    let Some(config) = output.config(file) else {
        return Exit::Config;
    };
    let key = match &asked.key {
        Some(key) if key.chars().count() < KEY_MIN => {
            output.say(
                "De sleutel is te kort: geef ten minste 16 tekens.",
                "The key is too short: give at least 16 characters.",
            );
            return Exit::Usage;
        }
        Some(key) => MaskKey::new(key.as_bytes()),
        None => match new_master_key() {
            Ok(key) => MaskKey::new(key.as_bytes()),
            Err(error) => return output.failed(&error),
        },
    };
    let source = MappingSource::new(config.mapping_folder());
    let (schemas, library) = match mapping::open(&source, output) {
        Ok(opened) => opened,
        Err(error) => return output.not_started(&error),
    };
    let Some(from) = named(asked.from.as_deref(), &library, &schemas, output) else {
        return Exit::Failed;
    };
    output.block_on(async {
        let bytes = match read::take(&asked.input) {
            Ok(bytes) => bytes,
            Err(error) => return output.failed(&error),
        };
        let document = match read::decode(&bytes, from.wire(), &config).await {
            Ok(document) => document,
            Err(mut faults) => {
                from.veil(&mut faults);
                for fault in &faults {
                    let line = read::line(fault, output.lang());
                    output.say(&line, &line);
                }
                return Exit::Failed;
            }
        };
        let masked = tools::mask(&document, &from, &schemas, &key, &|document| {
            read_document(&from, document, &schemas)
        });
        match written(&masked).and_then(|bytes| Ok(put(&asked.output, &bytes)?)) {
            Ok(()) => conclude(&masked, output),
            Err(error) => output.failed(&*error),
        }
    })
}

fn written(masked: &Masked) -> Result<Vec<u8>, Failure> {
    Ok(match &masked.wire {
        Wire::Excel => tools::masked_workbook(&masked.document)?,
        wire => adapters::encode(&masked.document, wire)?,
    })
}

fn conclude(masked: &Masked, output: &Output) -> Exit {
    let (replaced, stayed, differing) = (masked.replaced, masked.stayed, masked.differing);
    output.say(
        &format!("{replaced} waarden vervangen; {stayed} openbare codes bleven staan."),
        &format!("{replaced} values replaced; {stayed} public codes stayed."),
    );
    if differing == 0 {
        return Exit::Done;
    }
    output.say(
        &format!("Op {differing} plaatsen leest de mapping het masker anders dan het origineel."),
        &format!("At {differing} places the mapping reads the mask otherwise than the original."),
    );
    Exit::Partly
}
