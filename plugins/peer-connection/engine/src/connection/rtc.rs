//! What passes between a connection's loop and str0m: time, datagrams, events, errors.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::bwe::Bitrate;
use str0m::net::{Protocol, Receive, Transmit};
use str0m::{Input, Output, Rtc, RtcError};

use super::sockets::Packet;
use super::{Connection, alert};
use crate::wire::{DtlsState, Event};

/// Where the estimate starts; what libwebrtc starts with too.
const FIRST_ESTIMATE: Bitrate = Bitrate::kbps(300);
/// How old the estimate of the bandwidth, and the counters of `stats`, can be.
const STATS_INTERVAL: Duration = Duration::from_millis(100);
/// A message of 256 KiB, the largest that we announce (RFC 8841 6.1), must fit with others before
/// it.
const SCTP_BUFFER: usize = 1 << 20;
/// The longest pause between two checks of a pair, by which one sees that it is alive; str0m's
/// own is 3 s.
const CHECK_INTERVAL: Duration = Duration::from_millis(1500);
/// Errors in a row after which a connection will not recover.
const MAX_ERRORS: u32 = 100;
/// Times that are due at once are given to str0m before the loop looks at anything else.
const MAX_ROUNDS: u32 = 100;

pub(super) fn configuration() -> str0m::RtcConfig {
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

impl Connection {
    /// Carries out all that str0m wants; gives when something is to be done next.
    pub(super) async fn drain(&mut self) -> Instant {
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

    pub(super) fn receive(&mut self, packet: &Packet) {
        if self.is_stun_answer(packet) {
            return;
        }
        let Packet { at, source, local, bytes } = packet;
        self.liveness.received(*source, *at);
        // Something that is none of STUN, DTLS, RTP, RTCP (RFC 7983): not ours.
        let Ok(receive) = Receive::new(Protocol::Udp, *source, *local, bytes) else { return };
        self.input(Input::Receive(*at, receive));
    }

    pub(super) async fn time(&mut self) {
        let now = Instant::now();
        self.ask_stun(now).await;
        self.check_ice(now);
        self.check_liveness(now);
        self.check_media(now);
        self.input(Input::Timeout(now));
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
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
    pub(super) fn set_dtls(&mut self, state: DtlsState) {
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
            From::ChannelOpen(id, label) => self.channel_opened(id, &label),
            From::ChannelData(data) => self.channel_data(&data),
            From::ChannelClose(id) => self.channel_closed(id),
            From::PeerStats(stats) => {
                // Not `EgressBitrateEstimate`, the mean of 3 s: where a link gets narrow, the
                // encoders would fill its queue for as long.
                if let Some(estimate) = stats.bwe_tx {
                    self.estimated(estimate, stats.rtt, stats.timestamp);
                }
                self.counters.peer = Some(stats);
            }
            From::MediaIngressStats(stats) => self.counters.inbound(stats),
            From::MediaEgressStats(stats) => {
                self.lost_by_remote(stats.mid, stats.loss);
                self.counters.outbound(stats);
            }
            // Each is known otherwise, or was not asked for.
            _ => {}
        }
    }
}
