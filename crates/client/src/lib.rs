//! A headless Ringdove client: link, login, people, chat and calls.
//!
//! [`Core`] is sans-IO: it is driven by the tokio shell in [`native`] (feature `native`), by the
//! browser through the crate `ringdove-web`, and by tests in virtual time. A host talks to it in
//! the words of [`app`]: it dispatches a [`app::Command`] and listens to [`app::Event`]s.
//!
//! Nothing here knows of a window, a device or a media stream: orders to the media side leave as
//! events, its reports come back as commands.

mod address;
pub mod app;
mod backoff;
mod book;
mod contact;
mod core;
mod devices;
mod identity;
mod link;
#[cfg(feature = "native")]
pub mod native;
mod people;
mod privacy;
mod room;
mod sealing;

pub use self::core::{Core, CoreConfig, Entropy, Input, Kept, Output};
pub use book::{Book, BookError};
pub use identity::{Identity, Seed, SeedError};
pub use privacy::Privacy;
