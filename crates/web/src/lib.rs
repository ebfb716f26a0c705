//! The client core as WebAssembly, driven by the browser.
//!
//! The browser owns the WebSocket, the timer and the random numbers; the rules of link, login and
//! calls are the very same [`ringdove_client::Core`] as in the app. [`Machine`] is the core behind
//! JSON; `abi` (only on `wasm32`) puts it behind a C interface with one import and five exports,
//! small enough to need no generator on either side. The caller of it is `ui/src/host/core.ts`.

#[cfg(target_arch = "wasm32")]
mod abi;
mod machine;
mod words;

pub use machine::Machine;
pub use words::{HostConfig, HostInput, HostOutput, HostReply};
