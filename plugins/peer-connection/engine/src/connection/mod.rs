//! One connection: a task with one loop that waits for commands, datagrams and times, hands each to
//! str0m, and carries out what comes back until str0m wants nothing but time.

mod alert;
mod backlog;
mod channels;
mod devices;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod gather;
mod ice;
mod interfaces;
mod liveness;
mod mdns;
mod media;
mod names;
mod negotiate;
mod network;
mod rtc;
mod server_url;
mod sockets;
mod stats;
mod stun;
mod turn;
mod voice;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use peer_connection_audio::Options;
use serde_json::{Value, json};
use str0m::Rtc;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use crate::audio::{FRAME, Heard};
use crate::outbox::Outbox;
use crate::queue::{Limits, Queue};
use crate::sound::SoundCard;
use crate::trust::Trust;
use crate::wire::{DtlsState, Failure, IceServer, Op};
use channels::Channels;
use devices::{Devices, Opened, Playing};
use gather::{Gatherer, Resolved};
use ice::Ice;
use liveness::Liveness;
use media::Lines;
use names::{Named, Names};
use sockets::{Packet, Sockets};
use stats::Counters;
use turn::{FromRelay, Relays};
use voice::Voices;

pub use network::NetworkWatch;

pub(crate) type Inbox = Queue<Command>;

/// What may wait for a connection's task. Video is dropped by the page first; this bounds what a
/// stall costs.
pub(crate) const INBOX: Limits =
    Limits { control: 256, data_bytes: 16 << 20, media: 64, media_bytes: 8 << 20 };

/// How long `close` waits for the farewells (RTCP BYE, SCTP shutdown, DTLS close_notify) to leave.
const FAREWELL: Duration = Duration::from_secs(1);
/// Audio ticks later than this are not made up for: the machine slept.
const ASLEEP: Duration = Duration::from_millis(500);

/// What a connection's task is told.
#[derive(Debug)]
pub(crate) enum Command {
    Audio {
        line: u16,
        time: f64,
        heard: Box<Heard>,
    },
    Data {
        channel: u16,
        text: bool,
        payload: Vec<u8>,
    },
    /// A message for the channel had to be refused.
    Overflow {
        channel: u16,
    },
    Request {
        id: u64,
        op: Op,
    },
    Video {
        line: u16,
        key: bool,
        time: f64,
        payload: Vec<u8>,
    },
}

pub(crate) struct Connection {
    pc: u32,
    rtc: Rtc,
    fingerprint: String,
    inbox: Arc<Inbox>,
    outbox: Outbox,
    origin: Instant,
    sockets: Sockets,
    packets: mpsc::Receiver<Packet>,
    gatherer: Gatherer,
    resolved: mpsc::Receiver<Resolved>,
    relays: Relays,
    from_relays: mpsc::Receiver<FromRelay>,
    network: watch::Receiver<()>,
    names: Names,
    named: mpsc::Receiver<Named>,
    ice: Ice,
    liveness: Liveness,
    /// `None` until the first `apply`.
    dtls: Option<DtlsState>,
    /// Where the DTLS handshake went last: from, and to.
    handshake: Option<(SocketAddr, SocketAddr)>,
    lines: Lines,
    voices: Voices,
    devices: Devices,
    opened: mpsc::Receiver<Opened>,
    channels: Channels,
    counters: Counters,
    errors: u32,
    closing: Option<Closing>,
}

struct Closing {
    request: u64,
    until: Instant,
    begun: bool,
}

impl Connection {
    pub(crate) fn new(
        pc: u32,
        inbox: Arc<Inbox>,
        outbox: Outbox,
        trust: Arc<Trust>,
        network: watch::Receiver<()>,
        sound: Arc<SoundCard>,
        origin: Instant,
    ) -> Result<Self, Failure> {
        // str0m's `build` panics where the system gives no randomness or the certificate cannot be
        // made.
        let mut rtc = std::panic::catch_unwind(|| rtc::configuration().build(Instant::now()))
            .map_err(|_| Failure::operation("no certificate could be made"))?;
        let fingerprint = rtc.direct_api().local_dtls_fingerprint().to_string();
        let (sockets, packets) = Sockets::new();
        let (gatherer, resolved) = Gatherer::new();
        let (relays, from_relays) = Relays::new(trust, sockets.to_loop());
        let (names, named) = Names::new();
        let (devices, opened) = Devices::new(pc, sound);
        Ok(Self {
            pc,
            rtc,
            fingerprint,
            inbox,
            outbox,
            origin,
            sockets,
            packets,
            gatherer,
            resolved,
            relays,
            from_relays,
            network,
            names,
            named,
            ice: Ice::default(),
            liveness: Liveness::default(),
            dtls: None,
            handshake: None,
            lines: Lines::default(),
            voices: Voices::default(),
            devices,
            opened,
            channels: Channels::default(),
            counters: Counters::default(),
            errors: 0,
            closing: None,
        })
    }

    pub(crate) fn with_servers(mut self, servers: &[IceServer], relay_only: bool) -> Self {
        self.gatherer.set_servers(servers, relay_only);
        self
    }

    pub(crate) fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    /// Lives until `close`, or until the engine is dropped.
    pub(crate) async fn run(mut self) {
        let mut audio = tokio::time::interval(FRAME);
        audio.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            self.say_farewell();
            let mut deadline = self.drain().await;
            if let Some(closing) = &self.closing {
                if !self.rtc.is_alive() || Instant::now() >= closing.until {
                    self.outbox.reply(closing.request, Ok(json!({})));
                    return;
                }
                deadline = deadline.min(closing.until);
            }
            let hears = self.hears();
            tokio::select! {
                command = self.inbox.pop() => match command {
                    Some(command) => self.command(command).await,
                    None => return,
                },
                Some(packet) = self.packets.recv() => self.receive(&packet),
                Some(resolved) = self.resolved.recv() => self.resolved(&resolved),
                Ok(()) = self.network.changed() => self.network_changed().await,
                Some(named) = self.named.recv() => self.named(named),
                Some(opened) = self.opened.recv() => self.opened(opened),
                Some(event) = self.from_relays.recv() => self.relay_event(event),
                tick = audio.tick(), if hears => {
                    if tick.elapsed() > ASLEEP {
                        audio.reset();
                    }
                    self.play();
                }
                () = tokio::time::sleep_until(deadline.into()) => self.time().await,
            }
            if !hears && self.hears() {
                audio.reset();
            }
        }
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Audio { line, time, heard } => self.speak(line, time, &heard),
            Command::Data { channel, text, payload } => self.send_data(channel, text, payload),
            Command::Overflow { channel } => self.end_channel(channel),
            Command::Request { id, op } => {
                if self.closing.is_some() {
                    let failure = Failure::invalid_state("the connection is closed");
                    return self.outbox.reply(id, Err(failure));
                }
                if let Some(result) = self.request(id, op).await.transpose() {
                    self.outbox.reply(id, result);
                }
            }
            Command::Video { line, key, time, payload } => {
                self.send_video(line, key, time, payload)
            }
        }
    }

    /// `None` where the reply comes later.
    async fn request(&mut self, id: u64, op: Op) -> Result<Option<Value>, Failure> {
        match op {
            Op::AddCandidate { candidate, ufrag } => {
                self.add_remote_candidate(&candidate, ufrag)?;
            }
            Op::Apply(apply) => self.apply(apply)?,
            Op::AudioOptions { echo_cancellation, noise_suppression, auto_gain_control } => {
                self.voices.set_options(Options {
                    echo_cancellation,
                    noise_suppression,
                    auto_gain_control,
                });
            }
            Op::Close => {
                self.close(id);
                return Ok(None);
            }
            Op::Create { .. } => {
                return Err(Failure::invalid_state("not a request to a running connection"));
            }
            Op::CloseChannel { channel } => self.close_channel(channel)?,
            Op::Gather { ufrag, pwd } => self.gather(ufrag, pwd).await?,
            Op::Loudspeaker { line, volume, to_page } => {
                let playing = volume.map(|volume| Playing::new(volume, to_page));
                self.loudspeaker(id, line, playing);
                return Ok(None);
            }
            Op::Microphone { line, label, muted } => {
                self.microphone(id, line, label, muted);
                return Ok(None);
            }
            Op::OpenChannel(open) => self.open_channel(open)?,
            Op::RequestKeyFrame { line } => self.request_key_frame(line)?,
            Op::SetBitrate { bps } => self.set_bitrate(bps)?,
            Op::SetIceServers { ice_servers, relay_only } => {
                self.gatherer.set_servers(&ice_servers, relay_only);
            }
            Op::Stats => return self.stats().map(Some),
        }
        Ok(Some(json!({})))
    }

    fn close(&mut self, request: u64) {
        self.closing = Some(Closing { request, until: Instant::now() + FAREWELL, begun: false });
    }

    /// Begins the farewells. str0m refuses while SCTP shakes hands; then again with the next thing
    /// that happens.
    fn say_farewell(&mut self) {
        let Some(closing) = self.closing.as_mut().filter(|closing| !closing.begun) else { return };
        match self.rtc.close() {
            Ok(()) => closing.begun = true,
            Err(error) => tracing::debug!(pc = self.pc, %error, "close"),
        }
        if self.ice.is_applied() {
            return;
        }
        // There is nobody to take leave of.
        self.rtc.disconnect();
    }

    fn is_connected(&self) -> bool {
        self.dtls == Some(DtlsState::Connected)
    }

    fn micros(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.origin).as_secs_f64() * 1e6
    }
}

/// An address as a candidate shows it.
fn same_family(a: SocketAddr, b: SocketAddr) -> bool {
    a.is_ipv4() == b.is_ipv4()
}
