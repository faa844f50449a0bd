use crate::app::MappingSource;
use crate::cli::Exit;
use crate::cli::convert::named;
use crate::cli::convert::reads;
use crate::cli::mapping;
use crate::cli::output::Output;
use crate::cli::pieces::Input;
use crate::cli::report;
use crate::cli::report::Reading;
use clap::Args;
use std::path::Path;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Reads a file as the gateway would, by a mapping and the schemas, and tells every fault with its place. Nothing is written
but the report. A mapping is <organisation>/<soort>, or the path of a .toml file; without --from the input is canonical
JSON.

The report's form follows from its name:
  .json   every element with its faults (any other name too)
  .csv    one row for each fault, and one with the counts; opens in a spreadsheet
  .xlsx   what the file says, with the cells that are wrong coloured and a comment on each: of CSV and Excel the rows, of
          fixed width the lines with a column for each of their positions, of XML and JSON the values with their places;
          beside it a sheet with the faults and one with the counts. Of a long file only what something is said of

Examples:
  schakel validate --from uwv/sonar --in werkmap.xlsx --report fouten.xlsx
  schakel validate --from gemeente-voorbeeldstad/verwijzing --in - < verwijzing.xml

Exit codes: 0 everything would be taken, 2 some elements would be refused, 1 nothing would be taken")]
pub(super) struct Validate {
    /// The mapping that reads the input
    #[arg(long, value_name = "MAPPING")]
    from: Option<String>,
    /// The input; - is standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// Where to write what would become of each element: .json, .csv or .xlsx
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) fn run(validate: &Validate, file: Option<&Path>, output: &Output) -> Exit {
    let Some(config) = output.config(file) else {
        return Exit::Config;
    };
    let source = MappingSource::new(config.mapping_folder());
    let (schemas, library) = match mapping::open(&source, output) {
        Ok(opened) => opened,
        Err(error) => return output.not_started(&error),
    };
    let Some(from) = named(validate.from.as_deref(), &library, &schemas, output) else {
        return Exit::Failed;
    };
    if !reads(&from, output) {
        return Exit::Failed;
    }
    let reading = Reading {
        path: &validate.input,
        mapping: &from,
        schemas: &schemas,
        config: &config,
    };
    let report = validate.report.as_deref();
    output.block_on(async {
        let outcome = match Input::open(reading, true, report::is_workbook(report)).await {
            Ok(Input::Pieces(mut pieces)) => pieces.judge().await,
            Ok(Input::Whole(bytes)) => Ok(report::whole(&bytes, &reading).await.outcome),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(outcome) => report::conclude(&outcome, &from, report, output),
            Err(error) => output.failed(&*error),
        }
    })
}
