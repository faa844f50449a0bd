use crate::api;
use crate::cli::Exit;
use crate::cli::output::Output;

/// Prints the `OpenAPI` document, as `/v1/openapi.json` serves it.
pub(super) fn run(output: &Output) -> Exit {
    output.answer(&api::openapi_json());
    Exit::Done
}
