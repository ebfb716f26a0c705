//! Sealed calls: nobody between the two ends can listen, change or speak in another's name.
//!
//! Pure: secrets, messages and names go in, messages and keys come out; no IO, no clock, no source
//! of randomness. `docs/sealed-calls.md` says line by line what happens here and why, and
//! `vectors/` holds a call with every value in between.
//!
//! ```text
//! caller                                       callee
//! Caller::new ── invite: commitment, signed ──► Invited::check
//! Caller::conclude ◄── accept: key, signed ──── Invited::accept
//! Session::seal ── opening, sealed offer ─────► Accepting::open
//! Session::open ◄── sealed answer ───────────── Session::seal
//! ```

mod callee;
mod caller;
mod compare;
mod error;
mod facts;
mod keys;
mod safety;
mod session;
mod sign;

pub use callee::{Accepting, Invited};
pub use caller::{CALLER_SECRET_BYTES, Caller};
pub use compare::{PICTURES, Pictures};
pub use error::SealError;
pub use facts::Facts;
pub use safety::safety_number;
pub use session::Session;
pub use sign::{Signer, vouched};

/// How many random bytes a callee needs for one call.
pub const CALLEE_SECRET_BYTES: usize = 32;
