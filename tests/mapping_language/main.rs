//! The language over all formats: the same rules in XML, JSON, CSV, Excel and fixed width, both directions.

mod envelope;
mod forms;
mod pairs;
mod several;
mod sheets;
