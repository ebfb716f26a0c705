//! The one task that owns the hub: feeds it inputs and the time, carries out its effects.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use ringdove_protocol::SessionId;
use tokio::sync::mpsc;
use tracing::{trace, warn};

use super::{Dialect, Effect, Hub, Input, Now};
use crate::{
    accounts::{AccountsHandle, ClaimError},
    connection::{Out, Outbox},
    metrics::Metrics,
};

/// How many inputs may wait. Beyond it, connections wait before they read on.
const INPUTS: usize = 1024;

/// What the hub's task is told.
#[expect(clippy::large_enum_variant, reason = "nearly every one is the large one")]
enum ToHub {
    Input(Input),
    Open { session: SessionId, dialect: Dialect, outbox: Outbox },
}

/// How connections and accounts reach the hub.
#[derive(Clone, Debug)]
pub(crate) struct HubHandle {
    inputs: mpsc::Sender<ToHub>,
}

impl HubHandle {
    /// Registers a connection.
    pub(crate) async fn open(&self, session: SessionId, dialect: Dialect, outbox: Outbox) {
        // The hub ends only with the whole server.
        let _ended = self.inputs.send(ToHub::Open { session, dialect, outbox }).await;
    }

    pub(crate) async fn send(&self, input: Input) {
        let _ended = self.inputs.send(ToHub::Input(input)).await;
    }

    /// For threads of their own.
    pub(crate) fn blocking_send(&self, input: Input) {
        let _ended = self.inputs.blocking_send(ToHub::Input(input));
    }
}

/// The hub with what it needs to act.
pub(crate) struct Shell {
    hub: Hub,
    accounts: AccountsHandle,
    inputs: mpsc::Receiver<ToHub>,
    outboxes: HashMap<SessionId, Outbox>,
    metrics: Arc<Metrics>,
}

impl Shell {
    /// The way to a hub that does not run yet.
    pub(crate) fn channel() -> (HubHandle, HubInputs) {
        let (sender, receiver) = mpsc::channel(INPUTS);
        (HubHandle { inputs: sender }, HubInputs(receiver))
    }

    pub(crate) fn new(
        hub: Hub,
        accounts: AccountsHandle,
        inputs: HubInputs,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { hub, accounts, inputs: inputs.0, outboxes: HashMap::new(), metrics }
    }

    /// Runs until every handle is gone.
    pub(crate) async fn run(mut self) {
        loop {
            let deadline = self.hub.poll_timeout();
            tokio::select! {
                input = self.inputs.recv() => match input {
                    Some(input) => self.take(input),
                    None => return,
                },
                () = sleep_until(deadline) => self.hub.on_timeout(now()),
            }
            self.carry_out();
            self.count();
        }
    }

    fn count(&self) {
        let (users, guests) = self.hub.people_count();
        for (gauge, count) in [
            (&self.metrics.sessions, self.hub.session_count()),
            (&self.metrics.users, users),
            (&self.metrics.guests, guests),
            (&self.metrics.calls, self.hub.call_count()),
        ] {
            gauge.set(count as u64);
        }
    }

    fn take(&mut self, input: ToHub) {
        match input {
            ToHub::Open { session, dialect, outbox } => {
                self.outboxes.insert(session, outbox);
                self.hub.handle(now(), Input::Opened { session, dialect });
            }
            ToHub::Input(input) => {
                trace!(session = %input.session(), "{}", input.what());
                if let Input::Closed { session, .. } = &input {
                    self.outboxes.remove(session);
                }
                self.hub.handle(now(), input);
            }
        }
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.hub.poll_effect() {
            match effect {
                Effect::Claim { session, claim } => {
                    let account = claim.account;
                    if self.accounts.try_claim(session, claim).is_err() {
                        warn!("more names are claimed than the database can store");
                        let result = Err(ClaimError::Server);
                        self.hub.handle(now(), Input::Claimed { session, account, result });
                    }
                }
                Effect::Close { session, code, reason } => {
                    self.put(session, Out::Close { code, reason });
                }
                Effect::Send { to, frame } => {
                    for session in to {
                        self.put(session, Out::Frame(frame.clone()));
                    }
                }
                Effect::Snapshot { to, frames } => self.put(to, Out::Snapshot(frames)),
            }
        }
    }

    fn put(&mut self, session: SessionId, out: Out) {
        if let Some(outbox) = self.outboxes.get(&session)
            && !outbox.put(out)
        {
            // Its own task hears of it and reports the end.
            warn!(%session, "reads too slowly, closed");
            self.outboxes.remove(&session);
        }
    }
}

/// What arrives at a hub that does not run yet.
pub(crate) struct HubInputs(mpsc::Receiver<ToHub>);

fn now() -> Now {
    // A clock before 1970 is wrong anyway; nothing but the shown time depends on it.
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Now { instant: Instant::now(), unix }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
