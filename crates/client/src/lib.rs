//! A headless Ringdove client: link, login, people, chat and calls.
//!
//! [`Core`] is sans-IO: it is driven by the tokio shell in [`native`] (feature `native`), by the
//! browser through the crate `ringdove-web`, and by tests in virtual time. A host talks to it in
//! the words of [`app`]: it dispatches a [`app::Command`] and listens to [`app::Event`]s.

pub mod app;
