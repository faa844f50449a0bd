//! The language over all formats: the same rules in XML, JSON, CSV, Excel and fixed width, both directions.

mod choosing;
mod clauses;
mod envelope;
mod forms;
mod given_up;
mod laws;
mod left;
mod moments;
mod numbers;
mod outward;
mod pairs;
mod rows;
mod rows_out;
mod several;
mod sheets;
mod skipped;
mod states;
mod table_rows;
mod told;
