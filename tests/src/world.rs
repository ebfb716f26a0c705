//! A real server on a free port, and headless clients that talk to it over real sockets.

use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use ringdove_call::{
    CallPhase, CallView, MediaAction, MediaCommand, MediaEvent, MediaReport, Timers,
};
use ringdove_client::{
    Book, Identity, Privacy, Seed,
    app::{Command, Event, Line, LinkView, Notice, Snapshot},
    native::{self, Client, NativeConfig, Store},
};
use ringdove_protocol::{DeviceLink, Media, Name, Person};
use ringdove_server::{Config, Server};
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);

/// A server, its data, and the way to end it.
pub struct World {
    config: Config,
    running: Option<Running>,
    data: TempDir,
}

struct Running {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl World {
    /// Starts a server with an empty database.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(Config::default()).await
    }

    /// Starts a server that is set up so, but for the address and the database.
    pub async fn with(config: Config) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let database: PathBuf = data.path().join("ringdove.db");
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config { listen, database: Some(database), ..config };
        let mut world = Self { config, running: None, data };
        world.resume().await?;
        Ok(world)
    }

    /// Starts the server, on the port that it had before.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let server = Server::bind(self.config.clone()).await?;
        self.config.listen = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(server.serve(async {
            let _ = stopped.await;
        }));
        self.running = Some(Running { stop, serving });
        Ok(())
    }

    /// Ends the server.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(Running { stop, serving }) = self.running.take() {
            let _ = stop.send(());
            serving.await?;
        }
        Ok(())
    }

    /// Somebody with a device of their own, logged in.
    pub async fn user(&self, name: &str) -> anyhow::Result<User> {
        self.device(name, fresh_identity()?, None).await
    }

    /// A device with a store, as it is when its app has just been started: signed out.
    pub async fn stored_device(&self, store: Store) -> anyhow::Result<User> {
        User::start(NativeConfig {
            server: format!("ws://{}/", self.config.listen),
            identity: Identity::from_seed(&store.seed()?),
            link: store.link(),
            timers: Timers::default(),
            book: store.book()?,
            privacy: store.privacy(),
            store: Some(store),
            extra_roots: Vec::new(),
        })
        .await
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.config.listen
    }

    /// The content of each file that the server keeps.
    pub fn files(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        std::fs::read_dir(self.data.path())?
            .map(|entry| Ok(std::fs::read(entry?.path())?))
            .collect()
    }

    /// A device, logged in.
    pub async fn device(
        &self,
        name: &str,
        identity: Identity,
        link: Option<DeviceLink>,
    ) -> anyhow::Result<User> {
        User::log_in(self.config.listen, name, identity, link).await
    }
}

/// A key that nobody has.
pub fn fresh_identity() -> anyhow::Result<Identity> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(Identity::from_seed(&Seed::from_bytes(seed)))
}

/// One device and what it was told.
pub struct User {
    client: Client,
    events: mpsc::Receiver<Event>,
    /// Everything as it is now.
    pub snapshot: Snapshot,
    /// What the media side was ordered to do, oldest first.
    pub orders: Vec<MediaCommand>,
    /// What the user was told once, oldest first.
    pub notices: Vec<Notice>,
}

impl User {
    /// Logs a device in at a server, or at whatever stands before it.
    pub async fn log_in(
        server: SocketAddr,
        name: &str,
        identity: Identity,
        link: Option<DeviceLink>,
    ) -> anyhow::Result<Self> {
        let mut user = Self::start(NativeConfig {
            server: format!("ws://{server}/"),
            identity,
            link,
            timers: Timers::default(),
            book: Book::default(),
            store: None,
            privacy: Privacy::default(),
            extra_roots: Vec::new(),
        })
        .await?;
        user.dispatch(Command::SignIn { server: None, name: name.to_owned(), invite: None })?;
        user.until("online", Self::is_online).await?;
        Ok(user)
    }

    async fn start(config: NativeConfig) -> anyhow::Result<Self> {
        let (client, events) = native::spawn(config);
        Ok(Self {
            snapshot: client.snapshot().await?,
            client,
            events,
            orders: Vec::new(),
            notices: Vec::new(),
        })
    }

    /// Does what a person or the media side can do.
    pub fn dispatch(&self, command: Command) -> anyhow::Result<()> {
        Ok(self.client.dispatch(command)?)
    }

    /// Ends the app, and waits until what was to be kept is.
    pub async fn quit(self) -> anyhow::Result<()> {
        let Self { client, mut events, .. } = self;
        drop(client);
        timeout(PATIENCE, async { while events.recv().await.is_some() {} }).await?;
        Ok(())
    }

    /// Calls somebody once they are in the list.
    pub async fn call(&mut self, name: &str) -> anyhow::Result<()> {
        let to = Name::parse(name)?;
        self.until("the callee is there", |user| user.sees(&to)).await?;
        self.dispatch(Command::Call { to, media: Media::VIDEO })
    }

    /// Answers with sound and picture.
    pub fn accept(&self) -> anyhow::Result<()> {
        self.dispatch(Command::Accept { media: Media::VIDEO })
    }

    /// Reports what happened on the media side of the present call.
    pub fn report(&self, event: MediaEvent) -> anyhow::Result<()> {
        let call_id = self.view()?.call_id;
        self.dispatch(Command::Media { report: MediaReport { call_id, event } })
    }

    /// Waits until something holds, taking events meanwhile; says how long it took.
    pub async fn until(
        &mut self,
        what: &str,
        holds: impl Fn(&Self) -> bool,
    ) -> anyhow::Result<Duration> {
        let began = Instant::now();
        while !holds(self) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let event = timeout(left, self.events.recv())
                .await
                .map_err(|_| anyhow::anyhow!("not in time: {what}; {:?}", self.snapshot))?
                .ok_or_else(|| anyhow::anyhow!("the client ended"))?;
            self.take(event);
        }
        Ok(began.elapsed())
    }

    /// Waits for a phase of the call.
    pub async fn until_phase(&mut self, phase: CallPhase) -> anyhow::Result<Duration> {
        self.until(&format!("{phase:?}"), |user| user.phase() == Some(phase)).await
    }

    /// The call.
    pub fn view(&self) -> anyhow::Result<&CallView> {
        self.snapshot.call.as_ref().ok_or_else(|| anyhow::anyhow!("there is no call"))
    }

    /// Where the call stands.
    pub fn phase(&self) -> Option<CallPhase> {
        self.snapshot.call.as_ref().map(|call| call.phase)
    }

    /// Whether this device is logged in.
    pub fn is_online(&self) -> bool {
        matches!(self.snapshot.link, LinkView::Online { .. })
    }

    /// Whether somebody is in the list.
    pub fn sees(&self, name: &Name) -> bool {
        self.snapshot.people.iter().any(|person: &Person| person.name == *name)
    }

    /// How often media was ordered to start.
    pub fn starts(&self) -> usize {
        self.orders.iter().filter(|o| matches!(o.action, MediaAction::Start { .. })).count()
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Call { call, security } => {
                self.snapshot.call = call;
                self.snapshot.security = security;
            }
            Event::Devices { devices } => self.snapshot.devices = devices,
            Event::Known { known } => self.snapshot.known = known,
            Event::Line { line } => self.snapshot.lines.push(line),
            Event::Link { link } => self.snapshot.link = link,
            Event::Media { command } => self.orders.push(command),
            Event::Notice { notice } => self.notices.push(notice),
            Event::People { people } => self.snapshot.people = people,
            Event::Privacy { privacy } => self.snapshot.privacy = privacy,
        }
    }
}

/// A line as the public room shows it.
pub fn said(lines: &[Line]) -> Vec<(&str, &str)> {
    lines.iter().map(|line| (line.from.as_str(), line.text.as_str())).collect()
}
