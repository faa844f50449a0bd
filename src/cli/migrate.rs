use crate::cli::Exit;
use crate::cli::output::Output;
use std::path::Path;

/// Brings the store's schema up to date. Safe while gateways run, and when run twice.
pub(super) fn run(file: Option<&Path>, output: &Output) -> Exit {
    output.with_store(file, async |_, _| {
        output.say(
            "Het schema van de opslag is bij.",
            "The store's schema is up to date.",
        );
        Exit::Done
    })
}
