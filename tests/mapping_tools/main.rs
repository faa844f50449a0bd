//! The tools around mappings, on every shipped mapping and sample: masking, proposing, and the workbook that admins

mod mask;
mod propose;
mod shipped;
