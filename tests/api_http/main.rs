//! The REST API, from outside: over the router for what it answers, over real sockets for how it holds connections.

#![allow(clippy::unwrap_used)] // a test may stop

mod behaviour;
mod contract;
mod fake;
mod limits;
mod sockets;
