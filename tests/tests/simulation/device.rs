//! One device: the real core, a small model of its media side, and a witness of all that it does.

use std::{collections::VecDeque, time::Duration};

use ed25519_dalek::{Signer, SigningKey};
use ringdove_call::{MediaEvent, Timers};
use ringdove_client::{
    Book, Core, CoreConfig, Identity, Input, Kept, Output, Privacy, Seed,
    app::{Command, LinkView},
};
use ringdove_protocol::{
    CallId, Description, DescriptionKind, DeviceLink, Signal, Signature, device_link_transcript,
};

use ringdove_tests::Rng;

use crate::witness::Witness;

pub(crate) const SERVER: &str = "ws://simulated:6503/";

/// A device of an account. What it keeps for good is its key.
pub(crate) struct Device {
    pub(crate) account: usize,
    number: usize,
    seed: u64,
    /// Counts how often its memory was lost.
    pub(crate) life: u64,
    pub(crate) core: Core,
    /// What its core wants to be kept.
    book: String,
    pub(crate) rng: Rng,
    /// The transport as the core knows it.
    pub(crate) connection: Option<usize>,
    pub(crate) media: Option<MediaSide>,
    described: u32,
    pub(crate) witness: Witness,
    pub(crate) link: LinkView,
    pub(crate) sleep: Option<Sleep>,
    /// How far its clock is behind: it stands still while the machine is suspended.
    pub(crate) behind: Duration,
}

/// A device that does nothing for a while.
pub(crate) struct Sleep {
    pub(crate) since: Duration,
    /// Whether the machine is suspended, so that its clock stands still; else only the process is.
    pub(crate) stops_clock: bool,
    /// What comes in meanwhile.
    pub(crate) waiting: VecDeque<Input>,
}

/// What stands for devices and peer connection while a call is answered.
#[derive(Debug)]
pub(crate) struct MediaSide {
    pub(crate) call_id: CallId,
    pub(crate) connected: bool,
}

impl Device {
    pub(crate) fn new(account: usize, number: usize, seed: u64) -> Self {
        let lane = (account * 10 + number) as u64;
        Self {
            account,
            number,
            seed,
            life: 0,
            core: core(account, number, seed, 0, Book::default()),
            book: Book::default().to_text(),
            rng: Rng::new(seed, 100 + lane),
            connection: None,
            media: None,
            described: 0,
            witness: Witness::default(),
            link: LinkView::SignedOut { error: None },
            sleep: None,
            behind: Duration::ZERO,
        }
    }

    /// Forgets everything but its key and whom it has met, as a page does that is loaded anew.
    pub(crate) fn reload(&mut self) {
        self.life += 1;
        let book = Book::parse(&self.book).unwrap();
        self.core = core(self.account, self.number, self.seed, self.life, book);
        self.connection = None;
        self.media = None;
        self.witness.forget();
        self.link = LinkView::SignedOut { error: None };
    }

    /// The device's own clock.
    pub(crate) fn clock(&self, now: Duration) -> Duration {
        let asleep = self.sleep.as_ref().filter(|sleep| sleep.stops_clock);
        asleep.map_or(now, |sleep| sleep.since) - self.behind
    }

    /// When its core wants to hear of the time, by the world's clock.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        if self.sleep.is_some() {
            return None;
        }
        self.core.poll_timeout().map(|at| at + self.behind)
    }

    /// Takes an input; gives back what is to be done.
    pub(crate) fn handle(&mut self, now: Duration, input: Input) -> Vec<Output> {
        if let Some(sleep) = &mut self.sleep {
            sleep.waiting.push_back(input);
            return Vec::new();
        }
        let clock = self.clock(now);
        self.witness.input(clock, &input);
        self.core.handle(clock, input);
        let outputs: Vec<Output> = std::iter::from_fn(|| self.core.poll_output()).collect();
        for output in &outputs {
            self.witness.output(clock, output);
            if let Output::Keep { what: Kept::Book, text } = output {
                self.book.clone_from(text);
            }
        }
        assert!(outputs.len() < 300, "one input led to {} outputs", outputs.len());
        outputs
    }

    /// A description, numbered so that the other end's witness sees whether it comes once and in
    /// order.
    pub(crate) fn describe(&mut self, kind: DescriptionKind) -> MediaEvent {
        self.described += 1;
        let description = Description { kind, sdp: self.described.to_string() };
        MediaEvent::Signal { signal: Signal::Description { description } }
    }

    pub(crate) fn is_online(&self) -> bool {
        matches!(self.link, LinkView::Online { .. })
    }

    pub(crate) fn is_signed_out(&self) -> bool {
        matches!(self.link, LinkView::SignedOut { .. })
    }

    pub(crate) fn sign_in(&self) -> Command {
        Command::SignIn { server: None, name: first_name(self.account).to_owned(), invite: None }
    }
}

/// The name with which an account comes.
pub(crate) fn first_name(account: usize) -> &'static str {
    ["Anna", "Bob", "Cleo"][account]
}

fn core(account: usize, number: usize, seed: u64, life: u64, book: Book) -> Core {
    let key = |number: usize| SigningKey::from_bytes(&[(account * 10 + number + 1) as u8; 32]);
    let link = (number > 0).then(|| {
        let [first, own] = [0, number].map(|n| Identity::from_seed(&seed_of(key(n))).device_key());
        let signature = key(0).sign(&device_link_transcript(&first, &own));
        DeviceLink { account_key: first, signature: Signature::from_bytes(signature.to_bytes()) }
    });
    let config = CoreConfig {
        identity: Identity::from_seed(&seed_of(key(number))),
        default_server: SERVER.to_owned(),
        link,
        timers: Timers::default(),
        book,
        privacy: Privacy::default(),
    };
    let mut entropy = Rng::new(seed, 10_000 + life * 100 + (account * 10 + number) as u64);
    Core::new(config, Box::new(move |bytes| entropy.fill(bytes)))
}

fn seed_of(key: SigningKey) -> Seed {
    Seed::from_bytes(key.to_bytes())
}
