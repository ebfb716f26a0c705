//! The tokio shell: the only clock, one socket, one loop.
//!
//! [`spawn`] starts the loop; [`Client`] is the way in, the receiver of events the way out. The
//! loop ends, and leaves the server, when the last [`Client`] or the receiver is dropped.

mod clock;
mod driver;
mod keeper;
mod socket;
mod store;
mod trust;

use std::sync::Arc;

use ringdove_call::Timers;
use ringdove_protocol::DeviceLink;
use tokio::sync::{mpsc, oneshot};

use crate::{
    Book, Core, CoreConfig, Entropy, Identity, Privacy,
    app::{Command, Event, Snapshot},
};
use driver::{Driver, Job};
pub use store::{Remembered, Store, StoreError};
use trust::Trust;

/// How many commands may wait for the loop.
const COMMANDS: usize = 256;
/// How many events may wait for the host, before the loop keeps them back itself.
const EVENTS: usize = 256;

/// What a client needs to know before it starts.
#[derive(Debug)]
pub struct NativeConfig {
    /// Where a sign-in goes that names no server: a `ws://` or `wss://` address.
    pub server: String,
    /// The key of this device.
    pub identity: Identity,
    /// Present on every device but the first of an account: what [`Store::link`] gives.
    pub link: Option<DeviceLink>,
    /// The deadlines of calls.
    pub timers: Timers,
    /// Whom this user has met: what [`Store::book`] gives.
    pub book: Book,
    /// Where book and link are kept; nowhere if none.
    pub store: Option<Store>,
    /// Who may ring, as it was kept.
    pub privacy: Privacy,
    /// Certificates (DER) that vouch for servers besides those that the operating system trusts;
    /// without effect on Android.
    pub extra_roots: Vec<Vec<u8>>,
}

/// The way into a running client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    jobs: mpsc::Sender<Job>,
}

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// The client has ended.
    #[error("the client has ended")]
    Ended,
    /// Too many commands wait already.
    #[error("more than {COMMANDS} commands wait already")]
    Full,
}

/// Starts a client that is signed out. To be called within a tokio runtime.
pub fn spawn(config: NativeConfig) -> (Client, mpsc::Receiver<Event>) {
    let core = Core::new(
        CoreConfig {
            identity: config.identity,
            default_server: config.server,
            link: config.link,
            timers: config.timers,
            book: config.book,
            privacy: config.privacy,
        },
        system_entropy(),
    );
    let (jobs, jobs_end) = mpsc::channel(COMMANDS);
    let (events, events_end) = mpsc::channel(EVENTS);
    let trust = Arc::new(Trust::new(config.extra_roots));
    tokio::spawn(Driver::new(core, config.store, trust, jobs_end, events).run());
    (Client { jobs }, events_end)
}

impl Client {
    /// Hands a command over, without waiting. What comes of it is told by events.
    pub fn dispatch(&self, command: Command) -> Result<(), DispatchError> {
        self.jobs.try_send(Job::Command(command)).map_err(|error| match error {
            mpsc::error::TrySendError::Closed(_) => DispatchError::Ended,
            mpsc::error::TrySendError::Full(_) => DispatchError::Full,
        })
    }

    /// Tells that the machine has other network addresses than before. One that is too busy to hear it
    /// finds out by itself, later.
    pub fn network_changed(&self) {
        if self.jobs.try_send(Job::NetworkChanged).is_err() {
            tracing::debug!("a change of the network was not told");
        }
    }

    /// Everything as it is now.
    pub async fn snapshot(&self) -> Result<Snapshot, DispatchError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job::Snapshot(answer)).await.map_err(|_| DispatchError::Ended)?;
        answered.await.map_err(|_| DispatchError::Ended)
    }
}

/// The operating system's random numbers.
fn system_entropy() -> Entropy {
    Box::new(|bytes| {
        // No call id or back-off can be made without; a system that has none cannot run TLS or
        // a web view either, and the supported ones never fail after boot.
        #[expect(clippy::expect_used, reason = "see above")]
        getrandom::fill(bytes).expect("the system's random numbers");
    })
}
