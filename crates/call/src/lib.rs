//! What a call does.
//!
//! [`Agent`] is a pure state machine: inputs and the time go in through [`Agent::handle`], outputs
//! come out of [`Agent::poll_output`]. It never waits, reads a clock, draws a random number or
//! touches a socket, so that the app (tokio), the web client (WebAssembly) and the tests (virtual
//! time) run the very same rules.
//!
//! ```
//! # use std::time::Duration;
//! use ringdove_call::{Agent, Input, Timers};
//!
//! let mut agent = Agent::new(Timers::default());
//! agent.handle(Duration::ZERO, Input::LinkUp);
//! while let Some(output) = agent.poll_output() {
//!     // Carry it out.
//! #   let _ = output;
//! }
//! assert_eq!(agent.poll_timeout(), None, "nothing to wait for without a call");
//! ```
//!
//! What it never does: order [`MediaAction::Start`] before the user of this device accepted or
//! placed the call; let a message of one call touch another; run two calls at once.

mod agent;
mod api;
mod farewell;
mod signals;
mod state;

pub use agent::Agent;
pub use api::{
    CallCommand, CallEnd, CallPhase, CallRefusal, CallView, DeviceFailure, EndedSide, Input,
    MediaAction, MediaCommand, MediaEvent, MediaReport, Output, Timers,
};
