//! What a call does.
//!
//! [`Agent`] is a pure state machine: inputs and the time go in through [`Agent::handle`], outputs
//! come out of [`Agent::poll_output`]. It never waits, reads a clock, draws a random number or
//! touches a socket, so that the app (tokio), the web client (WebAssembly) and the tests (virtual
//! time) run the very same rules.

mod api;

pub use api::{
    CallCommand, CallEnd, CallPhase, CallRefusal, CallView, DeviceFailure, EndedSide, Input,
    MediaAction, MediaCommand, MediaEvent, MediaReport, Output, Timers,
};
