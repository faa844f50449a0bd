//! Schakel: an interoperability gateway for the Dutch re-integration chain.
//!
//! A message comes in in one organisation's format, is translated into one shared model, is kept, and goes out to
//! whoever has a ground to see it, in their own format. The road of a message:
//!
//! ```text
//! POST  -> limits, caller, idempotency                        api, access
//!       -> decode (XML | JSON | CSV | ...)    -> Document     adapters, isolation (workbooks)
//!       -> mapping (by organisation and kind) -> Bundle       mapping
//!       -> schema, ownership, transitions     -> changes      schema, canonical, pipeline::decide
//!       -> ONE TRANSACTION: original, versions, outbox, audit, answer      pipeline::receive, store
//!       <- 202 with the message id and the result per element
//!
//! relay    outbox -> broker, confirmed -> marked              pipeline::relay, broker
//! deliver  visibility filter -> mapping out -> encode         pipeline::deliver, privacy
//!          -> postvak (lease, confirm) or signed webhook      pipeline::collect, outbound
//! ```
//!
//! Module rows; a module names only modules of earlier rows, and siblings do not know each other. The test
//! `tests/architecture.rs` keeps it.
//!
//! | row | modules | knows |
//! |---|---|---|
//! | 0 | [`document`] | a value tree with the place of each part in the sender's own file; faults |
//! | 1 | [`canonical`] | the kinds, ids, value states, transitions, merging, `Personal<T>`, `Clock` |
//! | 2 | [`adapters`] [`schema`] [`sealing`] | bytes and documents; what the schemas say; encryption and lookup hashes |
//! | 3 | [`mapping`] [`privacy`] | documents and records, both ways; who may see what |
//! | 4 | [`store`] [`broker`] [`outbound`] [`isolation`] [`tools`] | databases, brokers, HTTP out, the child process that reads workbooks; pure tools around mappings |
//! | 5 | [`access`] [`pipeline`] | callers and permissions; the use cases, one file one verb |
//! | 6 | [`api`] [`worker`] | REST; the loops |
//! | 7 | [`config`] [`telemetry`] [`app`] [`demo`] [`bench`] [`cli`] | composition |
//!
//! Rows 0 to 3 and `tools` are pure: no I/O, no clock of their own, no async. `schema` stands a row before `mapping` and
//! `privacy`, because both read what a field is (type, owner, class) from the schemas and from nowhere else.

pub mod access;
pub mod adapters;
pub mod api;
pub mod app;
pub mod bench;
pub mod broker;
pub mod canonical;
pub mod cli;
pub mod config;
pub mod demo;
pub mod document;
pub mod isolation;
pub mod mapping;
pub mod outbound;
pub mod pipeline;
pub mod privacy;
pub mod schema;
pub mod sealing;
pub mod store;
pub mod telemetry;
pub mod tools;
pub mod worker;
