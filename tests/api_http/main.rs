//! The REST API, from outside: over the router for what it answers, over real sockets for how it holds connections.

mod behaviour;
mod contract;
mod fake;
mod sockets;
