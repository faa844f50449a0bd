//! Row 6. The loops: relay, deliver, push, recover, each run by a supervisor.
//!
//! A loop that panics or ends on its own is logged and started again, later each time it fails soon; a loop that
//! waits is woken, it does not poll. Stopping sets one signal that every loop looks at between two pieces of work,
//! so that nothing is cut off halfway.

mod loops;
mod stop;
mod supervise;

pub use stop::Stop;
pub use stop::StopSignal;
pub use supervise::Workers;
