//! Connections as TCP gives them: order is kept, a frame comes once or not at all, and a connection
//! may die at any moment with all that is under way, noticed by each end in its own time.

use std::time::Duration;

use ringdove_protocol::SessionId;

use ringdove_tests::Rng;

/// What goes wrong, and how often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    /// Longest delay of a frame, in milliseconds.
    pub(crate) delay_ms: u64,
    /// That a frame of a call comes once more, up to 2 s later. TCP does no such thing; the protocol
    /// promises that it would do no harm.
    pub(crate) repeat: f64,
    /// Whether a frame of a call may be overtaken; the same promise.
    pub(crate) shuffle: bool,
    /// That a connection dies, for each device and second.
    pub(crate) cut: f64,
    /// That a try to connect comes to nothing.
    pub(crate) refuse: f64,
    /// That the server crashes, for each second.
    pub(crate) crash: f64,
    /// That a device sleeps, for each second.
    pub(crate) sleep: f64,
    /// That a page is loaded anew, for each device and second.
    pub(crate) reload: f64,
    /// That the path of media is lost or a device fails, for each device and second.
    pub(crate) media: f64,
    /// That the server's wall clock jumps, for each second.
    pub(crate) jump: f64,
}

impl Faults {
    pub(crate) const NONE: Self = Self {
        delay_ms: 40,
        repeat: 0.0,
        shuffle: false,
        cut: 0.0,
        refuse: 0.0,
        crash: 0.0,
        sleep: 0.0,
        reload: 0.0,
        media: 0.0,
        jump: 0.0,
    };
    pub(crate) const BAD: Self = Self {
        delay_ms: 400,
        cut: 0.02,
        refuse: 0.2,
        crash: 0.008,
        sleep: 0.01,
        reload: 0.003,
        media: 0.02,
        jump: 0.05,
        ..Self::NONE
    };
    /// On top of all else what a transport without order would do.
    pub(crate) const SHUFFLED: Self = Self { repeat: 0.2, shuffle: true, ..Self::BAD };
}

/// Something on its way through a connection.
#[derive(Clone, Debug)]
pub(crate) enum Packet {
    Close(u16),
    Text(String),
}

impl Packet {
    fn is_of_a_call(&self) -> bool {
        match self {
            Self::Close(_) => false,
            // As the encoder writes it.
            Self::Text(text) => text.contains(r#""type":"call."#),
        }
    }
}

/// One connection, from the try to its end.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) device: usize,
    /// Known to the server; none before it was taken and after it is gone there.
    pub(crate) session: Option<SessionId>,
    pub(crate) up: Way,
    pub(crate) down: Way,
    rng: Rng,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// When the last frame arrives, so that none overtakes it.
    last: Duration,
    /// From then on nothing arrives.
    dead_from: Option<Duration>,
    /// How many frames are under way.
    pub(crate) under_way: usize,
}

impl Way {
    /// Nothing arrives before `at`.
    pub(crate) fn not_before(&mut self, at: Duration) {
        self.last = self.last.max(at);
    }
}

impl Connection {
    pub(crate) fn new(device: usize, seed: u64, number: usize) -> Self {
        let rng = Rng::new(seed, 1000 + number as u64);
        Self { device, session: None, up: Way::default(), down: Way::default(), rng }
    }

    /// When a packet that leaves at `now` arrives: once, more often, or never.
    pub(crate) fn arrivals(
        &mut self,
        now: Duration,
        faults: &Faults,
        is_up: bool,
        packet: &Packet,
    ) -> Vec<Duration> {
        let rng = &mut self.rng;
        let way = if is_up { &mut self.up } else { &mut self.down };
        let mut at = now + Duration::from_millis(1 + rng.below(faults.delay_ms));
        let is_of_a_call = packet.is_of_a_call();
        if !(faults.shuffle && is_of_a_call) {
            at = at.max(way.last + Duration::from_nanos(1));
            way.last = at;
        }
        let mut arrivals = vec![at];
        if is_of_a_call && rng.chance(faults.repeat) {
            arrivals.push(at + Duration::from_millis(rng.below(2000)));
        }
        arrivals.retain(|at| way.dead_from.is_none_or(|dead| *at < dead));
        way.under_way += arrivals.len();
        arrivals
    }

    /// Whether what was to arrive at `now` does.
    pub(crate) fn arrives(&mut self, now: Duration, is_up: bool) -> bool {
        let way = if is_up { &mut self.up } else { &mut self.down };
        way.under_way -= 1;
        way.dead_from.is_none_or(|dead| now < dead)
    }

    /// Kills the connection about now; says when server and client notice, if they do by themselves.
    pub(crate) fn die(&mut self, now: Duration, is_silent: bool) -> (Duration, Option<Duration>) {
        for way in [&mut self.up, &mut self.down] {
            let dead = now + Duration::from_millis(self.rng.below(200));
            way.dead_from.get_or_insert(dead);
        }
        let mut within = |ms| now + Duration::from_millis(200 + self.rng.below(ms));
        if is_silent {
            // The server drops what has been silent for 30 s; the client has to ask.
            (within(30_000), None)
        } else {
            (within(500), Some(within(500)))
        }
    }
}
