//! The loop: waits for the next thing, hands it to the core, carries out what comes back.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    Store,
    clock::Clock,
    keeper::Keeper,
    socket::{Incoming, Socket},
    trust::Trust,
};
use crate::{
    Core, Input, Output,
    app::{Command, Event, Snapshot},
};

/// How many events the loop keeps back for a slow host, before it takes no more commands.
const BACKLOG: usize = 1024;
/// How long leaving the server may take at the end.
const LEAVE_LIMIT: Duration = Duration::from_secs(1);

/// What a [`super::Client`] asks for.
#[derive(Debug)]
pub(super) enum Job {
    Command(Command),
    NetworkChanged,
    Snapshot(oneshot::Sender<Snapshot>),
}

pub(super) struct Driver {
    core: Core,
    trust: Arc<Trust>,
    clock: Clock,
    jobs: mpsc::Receiver<Job>,
    events: mpsc::Sender<Event>,
    backlog: VecDeque<Event>,
    keeper: Option<Keeper>,
    socket: Option<Socket>,
    /// The socket that was given up last.
    closing: Option<JoinHandle<()>>,
}

impl Driver {
    pub(super) fn new(
        core: Core,
        store: Option<Store>,
        trust: Arc<Trust>,
        jobs: mpsc::Receiver<Job>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let (clock, backlog) = (Clock::start(), VecDeque::new());
        let keeper = store.map(Keeper::new);
        Self { core, trust, clock, jobs, events, backlog, keeper, socket: None, closing: None }
    }

    pub(super) async fn run(mut self) {
        loop {
            self.carry_out();
            self.hand_over();
            let left = self.core.poll_timeout().map(|deadline| deadline.saturating_sub(self.now()));
            tokio::select! {
                // In this order: a host that is gone gets no more answers, and the clock is not
                // held up by what comes in.
                biased;
                () = self.events.closed() => break,
                () = wait(left) => self.handle(Input::Timeout),
                () = has_room(&self.events), if !self.backlog.is_empty() => {}
                job = self.jobs.recv(), if self.backlog.len() < BACKLOG => match job {
                    Some(Job::Command(command)) => self.handle(Input::Command(command)),
                    Some(Job::NetworkChanged) => self.network_changed(),
                    // A host that does not wait any more needs no answer.
                    Some(Job::Snapshot(answer)) => drop(answer.send(self.core.snapshot(self.now()))),
                    None => break,
                },
                // A host that does not keep up slows the server's frames down, not the heartbeat.
                incoming = next(&mut self.socket), if self.backlog.is_empty() => self.take(incoming),
            }
        }
        self.leave().await;
    }

    fn now(&self) -> Duration {
        self.clock.now()
    }

    fn handle(&mut self, input: Input) {
        self.core.handle(self.now(), input);
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Opened => self.handle(Input::Opened),
            Incoming::Message(text) => self.handle(Input::Message(text)),
            Incoming::Closed { code, trouble } => {
                self.socket = None;
                self.handle(Input::Closed { code, trouble });
            }
        }
    }

    fn network_changed(&mut self) {
        if self.socket.as_ref().is_some_and(Socket::is_stranded) {
            self.socket = None;
            self.handle(Input::Closed { code: None, trouble: None });
        }
        self.handle(Input::NetworkChanged);
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Close { code } => self.close(code),
                Output::Connect { url } => {
                    self.socket = Some(Socket::open(url, self.trust.clone()));
                }
                Output::Event(event) => self.backlog.push_back(event),
                Output::Keep { what, text } => {
                    if let Some(keeper) = &self.keeper {
                        keeper.keep(what, text);
                    }
                }
                Output::Send { text } => self.send(text),
            }
        }
    }

    fn hand_over(&mut self) {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(event)) = self.events.try_send(event) {
                self.backlog.push_front(event);
                return;
            }
        }
    }

    fn send(&mut self, text: String) {
        let taken = self.socket.as_ref().is_some_and(|socket| socket.send(text));
        if !taken && self.socket.take().is_some() {
            tracing::warn!("the server does not take our frames: the link is given up");
            self.handle(Input::Closed { code: None, trouble: None });
        }
    }

    fn close(&mut self, code: u16) {
        if let Some(socket) = self.socket.take() {
            self.closing = Some(socket.close(code));
        }
    }

    async fn leave(mut self) {
        self.handle(Input::Command(Command::SignOut));
        self.carry_out();
        if let Some(closing) = self.closing.take()
            && timeout(LEAVE_LIMIT, closing).await.is_err()
        {
            tracing::debug!("the server did not confirm the close in time");
        }
        if let Some(keeper) = self.keeper.take()
            && timeout(LEAVE_LIMIT, keeper.finish()).await.is_err()
        {
            tracing::error!("the disk is too slow: what came last is not kept");
        }
    }
}

async fn next(socket: &mut Option<Socket>) -> Incoming {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

async fn has_room(events: &mpsc::Sender<Event>) {
    // The place is given back at once; nobody else can take it, for there is one sender.
    drop(events.reserve().await);
}

async fn wait(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => std::future::pending().await,
    }
}
