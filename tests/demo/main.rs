//! What a person does first: the demonstration, and the commands of the README, against the real program.

mod demo;
mod program;
mod readme;
