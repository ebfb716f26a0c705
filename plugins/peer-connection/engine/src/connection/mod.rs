//! One connection: a task with one loop that waits for commands, datagrams and times, hands each to
//! str0m, and carries out what comes back until str0m wants nothing but time.

mod alert;
mod channels;
mod gather;
mod ice;
mod interfaces;
mod liveness;
mod mdns;
mod media;
mod names;
mod negotiate;
mod network;
mod server_url;
mod sockets;
mod stats;
mod stun;
mod turn;
mod voice;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use str0m::bwe::{Bitrate, BweKind};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::{Input, Output, Rtc, RtcError};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use crate::audio::{AudioHub, FRAME, Heard};
use crate::outbox::Outbox;
use crate::queue::{Limits, Queue};
use crate::trust::Trust;
use crate::wire::{DtlsState, Event, Failure, IceServer, Op};
use channels::Channels;
use gather::{Gatherer, Resolved};
use ice::Ice;
use liveness::Liveness;
use media::Lines;
use names::{Named, Names};
use sockets::{Packet, Sockets};
use stats::Counters;
use turn::{FromRelay, Relays};
use voice::Voices;

pub(crate) use network::NetworkWatch;

pub(crate) type Inbox = Queue<Command>;

/// What may wait for a connection's task. Video is dropped by the page first; this bounds what a
/// stall costs.
pub(crate) const INBOX: Limits =
    Limits { control: 256, data_bytes: 16 << 20, media: 64, media_bytes: 8 << 20 };

/// Where the estimate starts; what libwebrtc starts with too.
const FIRST_ESTIMATE: Bitrate = Bitrate::kbps(300);
/// How old the counters of `stats` can be.
const STATS_INTERVAL: Duration = Duration::from_millis(500);
/// How long `close` waits for the farewells (RTCP BYE, SCTP shutdown, DTLS close_notify) to leave.
const FAREWELL: Duration = Duration::from_secs(1);
/// A message of 256 KiB, the largest that we announce (RFC 8841 6.1), must fit with others before
/// it.
const SCTP_BUFFER: usize = 1 << 20;
/// The longest pause between two checks of a pair, by which one sees that it is alive; str0m's
/// own is 3 s.
const CHECK_INTERVAL: Duration = Duration::from_millis(1500);
/// Audio ticks later than this are not made up for: the machine slept.
const ASLEEP: Duration = Duration::from_millis(500);
/// Errors in a row after which a connection will not recover.
const MAX_ERRORS: u32 = 100;

/// Times that are due at once are given to str0m before the loop looks at anything else.
const MAX_ROUNDS: u32 = 100;

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
        hub: Arc<AudioHub>,
        trust: Arc<Trust>,
        network: watch::Receiver<()>,
        origin: Instant,
    ) -> Result<Self, Failure> {
        // str0m's `build` panics where the system gives no randomness or the certificate cannot be
        // made.
        let mut rtc = std::panic::catch_unwind(|| configuration().build(Instant::now()))
            .map_err(|_| Failure::operation("no certificate could be made"))?;
        let fingerprint = rtc.direct_api().local_dtls_fingerprint().to_string();
        let (sockets, packets) = Sockets::new();
        let (gatherer, resolved) = Gatherer::new();
        let (relays, from_relays) = Relays::new(trust, sockets.to_loop());
        let (names, named) = Names::new();
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
            voices: Voices::new(hub),
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
                Some(event) = self.from_relays.recv() => self.relay_event(event),
                tick = audio.tick(), if hears => {
                    if tick.elapsed() > ASLEEP {
                        audio.reset();
                    }
                    self.play(tick.into_std());
                }
                () = tokio::time::sleep_until(deadline.into()) => self.time().await,
            }
            if !hears && self.hears() {
                audio.reset();
            }
        }
    }

    /// Carries out all that str0m wants; gives when something is to be done next.
    async fn drain(&mut self) -> Instant {
        let mut rounds = 0;
        let timeout = loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(timeout)) => {
                    if self.flush_channels() {
                        continue;
                    }
                    let now = Instant::now();
                    if timeout > now || !self.rtc.is_alive() {
                        break timeout;
                    }
                    // str0m can want time at once for long, as where no stream id is free; others
                    // have work too.
                    rounds += 1;
                    if rounds > MAX_ROUNDS {
                        break now + Duration::from_millis(1);
                    }
                    self.input(Input::Timeout(now));
                }
                Ok(Output::Transmit(transmit)) => {
                    self.errors = 0;
                    let Transmit { source, destination, contents, .. } = transmit;
                    if !self.is_connected() && alert::is_dtls(&contents) {
                        self.handshake = Some((source, destination));
                    }
                    self.liveness.sends(destination, &contents);
                    self.transmit(source, destination, &contents).await;
                }
                Ok(Output::Event(event)) => {
                    self.errors = 0;
                    self.event(event);
                }
                // The remote's close_notify came before SCTP was up: str0m 0.25 fails to shut SCTP
                // down, and tells that instead of `Closed`.
                Err(RtcError::Sctp(_)) if self.is_connected() => {
                    self.set_dtls(DtlsState::Closed);
                    self.rtc.disconnect();
                }
                Err(error) => {
                    tracing::warn!(pc = self.pc, %error, "str0m");
                    // Its certificate is not the one that was announced. str0m ends without a word.
                    if let (RtcError::RemoteSdp(_), Some((from, to))) = (&error, self.handshake) {
                        self.transmit(from, to, &alert::BAD_CERTIFICATE).await;
                    }
                    self.error(&error);
                }
            }
        };
        self.check_alive();
        let now = Instant::now();
        let far = now + Duration::from_secs(60);
        [
            Some(timeout.min(far)),
            self.gatherer.next_due(),
            self.ice.gives_up_at(),
            self.liveness.next_due(),
            self.next_media_due(),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(far)
    }

    /// Through the relay that the source belongs to, or from the host's own socket.
    async fn transmit(&mut self, from: SocketAddr, to: SocketAddr, contents: &[u8]) {
        if !self.relays.send(from, to, contents) {
            self.sockets.send(from, to, contents).await;
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
                if matches!(op, Op::Close) {
                    return self.close(id);
                }
                let result = self.request(op).await;
                self.outbox.reply(id, result);
            }
            Command::Video { line, key, time, payload } => {
                self.send_video(line, key, time, payload)
            }
        }
    }

    async fn request(&mut self, op: Op) -> Result<Value, Failure> {
        let done = json!({});
        match op {
            Op::AddCandidate { candidate, ufrag } => {
                self.add_remote_candidate(&candidate, ufrag)?;
            }
            Op::Apply(apply) => self.apply(apply)?,
            Op::AudioOptions { echo_cancellation, noise_suppression, auto_gain_control } => {
                self.voices.set_options(echo_cancellation, noise_suppression, auto_gain_control);
            }
            Op::Close | Op::Create { .. } => {
                return Err(Failure::invalid_state("not a request to a running connection"));
            }
            Op::CloseChannel { channel } => self.close_channel(channel)?,
            Op::Gather { ufrag, pwd } => self.gather(ufrag, pwd).await?,
            Op::OpenChannel(open) => self.open_channel(open)?,
            Op::RequestKeyFrame { line } => self.request_key_frame(line)?,
            Op::SetBitrate { bps } => self.set_bitrate(bps)?,
            Op::SetIceServers { ice_servers, relay_only } => {
                self.gatherer.set_servers(&ice_servers, relay_only);
            }
            Op::Stats => return self.stats(),
        }
        Ok(done)
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

    fn receive(&mut self, packet: &Packet) {
        if self.is_stun_answer(packet) {
            return;
        }
        let Packet { at, source, local, bytes } = packet;
        self.liveness.received(*source, *at);
        // Something that is none of STUN, DTLS, RTP, RTCP (RFC 7983): not ours.
        let Ok(receive) = Receive::new(Protocol::Udp, *source, *local, bytes) else { return };
        self.input(Input::Receive(*at, receive));
    }

    async fn time(&mut self) {
        let now = Instant::now();
        self.ask_stun(now).await;
        self.check_ice(now);
        self.check_liveness(now);
        self.check_media(now);
        self.input(Input::Timeout(now));
    }

    fn input(&mut self, input: Input<'_>) {
        // Anyone can send a datagram that is an error; only a dead Rtc ends the connection.
        if let Err(error) = self.rtc.handle_input(input) {
            tracing::debug!(pc = self.pc, %error, "input");
            self.error(&error);
        }
    }

    fn error(&mut self, error: &RtcError) {
        if !self.is_connected() && alert::is_fatal(error) {
            self.rtc.disconnect();
            return;
        }
        self.errors += 1;
        if self.errors > MAX_ERRORS {
            self.rtc.disconnect();
        }
    }

    fn check_alive(&mut self) {
        if !self.rtc.is_alive() && self.closing.is_none() {
            self.set_dtls(DtlsState::Failed);
        }
    }

    /// A state of DTLS is told once; the two last ones stay.
    fn set_dtls(&mut self, state: DtlsState) {
        let over = matches!(self.dtls, Some(DtlsState::Closed | DtlsState::Failed));
        if over || self.dtls == Some(state) {
            return;
        }
        self.dtls = Some(state);
        self.outbox.event(self.pc, Event::Dtls { state });
        if matches!(state, DtlsState::Closed | DtlsState::Failed) {
            self.end_all_channels();
            self.end_all_media();
        }
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "str0m's enum grows")]
    fn event(&mut self, event: str0m::Event) {
        use str0m::Event as From;
        match event {
            From::Connected => self.set_dtls(DtlsState::Connected),
            From::Closed => self.set_dtls(DtlsState::Closed),
            From::IceConnectionStateChange(state) => self.ice_changed(state),
            From::MediaData(data) => self.media_data(&data),
            From::KeyframeRequest(request) => self.key_frame_wanted(request.mid),
            From::EgressBitrateEstimate(
                BweKind::Twcc { estimate, .. } | BweKind::Remb { estimate, .. },
            ) => self.estimated(estimate),
            From::ChannelOpen(id, label) => self.channel_opened(id, &label),
            From::ChannelData(data) => self.channel_data(&data),
            From::ChannelClose(id) => self.channel_closed(id),
            From::PeerStats(stats) => self.counters.peer = Some(stats),
            From::MediaIngressStats(stats) => self.counters.inbound(stats),
            From::MediaEgressStats(stats) => {
                self.lost_by_remote(stats.mid, stats.loss);
                self.counters.outbound(stats);
            }
            // Each is known otherwise, or was not asked for.
            _ => {}
        }
    }

    fn is_connected(&self) -> bool {
        self.dtls == Some(DtlsState::Connected)
    }

    fn micros(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.origin).as_secs_f64() * 1e6
    }
}

fn configuration() -> str0m::RtcConfig {
    let mut config = Rtc::builder()
        .clear_codecs()
        .enable_opus(true, false)
        .enable_vp8(true)
        .enable_bwe(Some(FIRST_ESTIMATE))
        .set_stats_interval(Some(STATS_INTERVAL))
        // The jitter buffer of the audio crate puts packets in order and conceals.
        .set_reordering_size_audio(0)
        .set_sctp_max_buffered_amount(SCTP_BUFFER);
    config.set_max_stun_rto(CHECK_INTERVAL);
    // Constrained baseline, and baseline as Chromium writes it, packetization mode 1 (RFC 6184
    // 6.3).
    let codecs = config.codec_config();
    codecs.add_h264(108.into(), Some(109.into()), true, 0x0042_e01f);
    codecs.add_h264(127.into(), Some(121.into()), true, 0x0042_001f);
    config
}

/// An address as a candidate shows it.
fn same_family(a: SocketAddr, b: SocketAddr) -> bool {
    a.is_ipv4() == b.is_ipv4()
}
