//! Ringdove's signaling server: who is there, who is being rung, and the web client.
//!
//! The server never looks into what the two ends of a call say to each other, stores no text, and
//! carries no media. Its heart is sans-IO: the hub (people, presence, chat) and in it the judge of
//! every call take messages and the time and give back effects. Around it stand sockets, the
//! database and HTTP.
//!
//! ```no_run
//! # async fn run() -> Result<(), ringdove_server::StartError> {
//! use ringdove_server::{Config, Server};
//!
//! let server = Server::bind(Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() }).await?;
//! println!("ws://{}", server.local_addr());
//! server.serve(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

mod accounts;
mod admission;
mod bucket;
mod calls;
mod config;
mod connection;
mod guest;
mod http;
mod hub;
mod ice;
mod join;
mod limits;
mod metrics;
mod pass_on;
mod random;
mod server;
mod shutdown;
#[cfg(feature = "simulation")]
pub mod simulated;
mod tls;

pub use accounts::{DatabaseError, make_invite};
pub use admission::TrustedProxies;
pub use calls::{CallTimers, Limit, RingLimits};
pub use config::Config;
pub use ice::{IceSettings, TurnSettings};
pub use join::JoinPolicy;
pub use limits::{Limits, LinkTimers};
pub use server::{Server, StartError};
pub use tls::{TlsError, TlsSettings};
