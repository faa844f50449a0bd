//! Row 4. Tools around mappings and the files they read. Pure: bytes, documents and mappings in, findings out.
//!
//! | part | |
//! |---|---|
//! | [`check_sample`] | which source paths of a mapping a sample does not have |
//! | [`check_reach`] | which codes and required attributes of the shared model a mapping cannot say |
//! | [`check_agreement`] | which rules write what an agreement does not let out |
//! | [`verify`] | whether the cases of a mapping and its laws hold |
//! | [`diff`] | what differs between two mapping files |
//! | [`coverage`] | what a mapping covers of samples and of the shared model, and what it loses |
//! | [`mask`] | a real sample made into one of nobody, with the same structure |
//! | [`propose`] | a mapping proposed from a sample, with how sure each rule is |
//! | [`export`], [`import`] | a mapping as the workbook that functional admins exchange, and back |
//! | [`Outcome`] | what became of a file, as CSV ([`csv_report`]) or a workbook with the wrong cells marked ([`workbook_report`]) |
//!
//! `cli` gives them files and prints what they find.

mod agreement;
mod codes;
mod coverage;
mod diff;
mod mask;
mod outline;
mod propose;
mod reach;
mod report;
mod sample;
mod sheets;
mod spreadsheet;
mod subject;
mod toml;
mod verify;
mod vocabulary;

pub use agreement::check_agreement;
pub use coverage::Coverage;
pub use coverage::Field;
pub use coverage::Lacking;
pub use coverage::Loss;
pub use coverage::Way;
pub use coverage::coverage;
pub use diff::Change;
pub use diff::Side;
pub use diff::What;
pub use diff::diff;
pub use mask::MaskKey;
pub use mask::Masked;
pub use mask::mask;
pub use mask::masked_workbook;
pub use propose::Asked;
pub use propose::Proposal;
pub use propose::Proposed;
pub use propose::guess_wire;
pub use propose::propose;
pub use reach::check_reach;
pub use report::COPIED_MAX;
pub use report::Keeper;
pub use report::Listed;
pub use report::Outcome;
pub use report::Tally;
pub use report::csv as csv_report;
pub use report::workbook as workbook_report;
pub use sample::check_cases;
pub use sample::check_sample;
pub use spreadsheet::ExportError;
pub use spreadsheet::Imported;
pub use spreadsheet::SheetFault;
pub use spreadsheet::export;
pub use spreadsheet::import;
pub use subject::Subject;
pub use verify::Effort;
pub use verify::Failure;
pub use verify::Verified;
pub use verify::verify;
