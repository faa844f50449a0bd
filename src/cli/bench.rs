use crate::bench;
use crate::bench::Plan;
use crate::bench::Servers;
use crate::cli::Exit;
use crate::cli::output::Output;
use crate::document::Lang;
use crate::mapping::Library;
use crate::schema::Schemas;
use clap::Args;
use clap::Subcommand;
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Starts the real gateway as a process of its own, on SQLite and the in-process broker, and on PostgreSQL and RabbitMQ
when both addresses are given: in a database and queues of its own, removed afterwards.
Figures of another machine say little; the ratios are to baselines measured in the same run:
the bare insert of the same rows in batches, and the bare confirmed publish of the same parcels.
However slow, the exit code is 0."
)]
pub(super) struct Bench {
    #[command(subcommand)]
    part: Option<Part>,

    /// Numbers of connections, each measured on its own
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_values_t = [1, 16, 64, 256],
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1000))]
    connections: Vec<usize>,

    /// How long to push at each number of connections
    #[arg(long, value_name = "S", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,

    /// Measure on this PostgreSQL too; it must allow making a database
    #[arg(
        long,
        value_name = "URL",
        env = "SCHAKEL_BENCH_POSTGRES",
        hide_env_values = true,
        requires = "amqp"
    )]
    postgres: Option<String>,

    /// Measure on this RabbitMQ too
    #[arg(
        long,
        value_name = "URL",
        env = "SCHAKEL_BENCH_AMQP",
        hide_env_values = true,
        requires = "postgres"
    )]
    amqp: Option<String>,

    /// Leave the embedded store and broker out
    #[arg(long, requires = "postgres")]
    servers_only: bool,

    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// What a translation costs: decode, map, validate and encode, as ratios to the bare parse of the same bytes
    Mapping(Translating),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Takes each shipped mapping and canonical JSON with an example of its own, made as large as a real message (4 KB, or 1,000
rows), and measures each step by itself: in turn, in twenty rounds, of which the fastest counts. The bare parse is what the
format's own library does with the same bytes (serde_json, quick-xml, csv, calamine) and nothing more. A mapping that only
reads is written as canonical JSON; of one that only writes the bundles of its cases are written, against the bare parse of
what was written.

A CSV is translated piece by piece, as a long one is converted. Its bare parse cuts rows into cells, and that of XML cuts
text into tags, without making values of them that have names. `by name` is the ratio to the parse into such values by the
same library: what serde_json's bare parse does.

Then a table of 100,000 rows is converted as CSV and as a workbook, by a process of its own: the most memory that it
took, and that the process took that reads the workbook for it.
However slow, the exit code is 0.")]
struct Translating {
    /// Only these mappings, `organisatie/soort`; all of them when none is named
    #[arg(value_name = "MAPPING")]
    only: Vec<String>,

    /// How long to repeat each step, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    each: u64,

    /// Rows of the files of which the memory is measured; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=1_000_000))]
    rows: usize,

    /// Answer with JSON
    #[arg(long)]
    json: bool,
}

/// Referrals pushed one at a time.
const IDLE_MESSAGES: usize = 200;

pub(super) fn run(bench: Bench, output: &Output) -> Exit {
    if let Some(Part::Mapping(translating)) = &bench.part {
        return translations(translating, output);
    }
    let plan = Plan {
        connections: bench.connections,
        seconds: bench.seconds,
        idle_messages: IDLE_MESSAGES,
    };
    let servers = bench
        .postgres
        .zip(bench.amqp)
        .map(|(postgres, amqp)| Servers { postgres, amqp });
    let embedded = (!bench.servers_only).then_some(None);
    let places: Vec<Option<Servers>> = embedded.into_iter().chain(servers.map(Some)).collect();
    output.block_on(async {
        let mut all = Vec::new();
        for place in places {
            let name = if place.is_some() {
                "PostgreSQL + RabbitMQ"
            } else {
                "SQLite"
            };
            let note = |step: &str| {
                output.say(
                    &format!("... {name}: {step}"),
                    &format!("... {name}: {step}"),
                );
            };
            match bench::measure(&plan, place.as_ref(), &note).await {
                Ok(measured) => {
                    if !bench.json {
                        output.answer(&measured.table(&|nl, en| match output.lang() {
                            Lang::Nl => nl,
                            Lang::En => en,
                        }));
                    }
                    all.push(measured.json());
                }
                Err(error) => return output.failed(&error),
            }
        }
        if bench.json {
            output.answer(&format!("{:#}", json!({ "measured": all })));
        }
        Exit::Done
    })
}

/// Measures the shipped mappings, whatever folder the configuration names: their examples are part of the program.
fn translations(translating: &Translating, output: &Output) -> Exit {
    let schemas = match Schemas::embedded() {
        Ok(schemas) => schemas,
        Err(error) => return output.failed(&error),
    };
    let library = match Library::shipped(&schemas) {
        Ok(library) => library,
        Err(found) => {
            let lines = found.iter().map(|one| one.render(output.lang()));
            output.answer(&lines.collect::<Vec<_>>().join("\n"));
            return Exit::Failed;
        }
    };
    let each = Duration::from_millis(translating.each);
    let note = |name: &str| output.say(&format!("... {name}"), &format!("... {name}"));
    let measured = bench::translations(&library, &schemas, each, &translating.only, &note);
    let measured = measured.and_then(|mut measured| {
        if translating.rows > 0 {
            measured.held = bench::memory_of_long_files(&library, translating.rows, &note)?;
        }
        Ok(measured)
    });
    match measured {
        Ok(measured) if translating.json => {
            output.answer(&format!("{:#}", measured.json()));
            Exit::Done
        }
        Ok(measured) => {
            output.answer(&measured.table(&|nl, en| match output.lang() {
                Lang::Nl => nl,
                Lang::En => en,
            }));
            Exit::Done
        }
        Err(error) => output.failed(&error),
    }
}
