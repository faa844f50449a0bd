//! The tools around mappings, on every shipped mapping and sample: masking, proposing, and the workbook that admins
//! exchange.

mod exchange;
mod losses;
mod mask;
mod mask_forms;
mod propose;
mod score;
mod shipped;
