//! The commands around mappings as a person and a script meet them: the real program, its output and its exit codes.

mod check;
mod convert;
mod coverage;
mod diff;
mod exchange;
mod handleiding;
mod laws;
mod marked;
mod mask;
mod new;
mod program;
mod report;
mod shared;
mod validate;
