//! The raw counters from which the page makes an `RTCStatsReport` (W3C webrtc-stats).

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;
use str0m::Candidate;
use str0m::media::Mid;
use str0m::stats::{MediaEgressStats, MediaIngressStats, PeerStats};

use super::Connection;
use crate::wire::{Failure, LineKind};

/// What str0m reported last.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) peer: Option<PeerStats>,
    inbound: HashMap<Mid, MediaIngressStats>,
    outbound: HashMap<Mid, MediaEgressStats>,
}

impl Counters {
    pub(super) fn inbound(&mut self, stats: MediaIngressStats) {
        self.inbound.insert(stats.mid, stats);
    }

    pub(super) fn outbound(&mut self, stats: MediaEgressStats) {
        self.outbound.insert(stats.mid, stats);
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    timestamp: f64,
    peer: Peer,
    inbound: Vec<Inbound>,
    outbound: Vec<Outbound>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Peer {
    bytes_sent: u64,
    bytes_received: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_round_trip_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available_outgoing_bitrate: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inbound {
    line: u16,
    kind: LineKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssrc: Option<u32>,
    packets_received: u64,
    bytes_received: u64,
    packets_lost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jitter: Option<f64>,
    nack_count: u64,
    pli_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames_received: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concealed_samples: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_concealed_samples: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_samples_received: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio_level: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outbound {
    line: u16,
    kind: LineKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssrc: Option<u32>,
    packets_sent: u64,
    bytes_sent: u64,
    nack_count: u64,
    pli_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fraction_lost: Option<f32>,
}

impl Connection {
    pub(super) fn stats(&mut self) -> Result<Value, Failure> {
        let mut inbound = Vec::new();
        let mut outbound = Vec::new();
        let mut direct = self.rtc.direct_api();
        for line in self.lines.iter() {
            if let Some(stats) = self.counters.inbound.get(&line.mid) {
                let is_video = line.kind == LineKind::Video;
                let rate = if is_video { 90_000.0 } else { 48_000.0 };
                let heard = self.voices.heard(line.line);
                inbound.push(Inbound {
                    line: line.line,
                    kind: line.kind,
                    ssrc: direct.stream_rx_by_mid(line.mid, None).map(|s| *s.ssrc()),
                    packets_received: stats.packets,
                    bytes_received: stats.bytes,
                    packets_lost: line.arrivals.lost(),
                    jitter: Some(f64::from(stats.jitter) / rate),
                    nack_count: stats.nacks,
                    pli_count: stats.plis,
                    frames_received: is_video.then_some(line.frames_received),
                    concealed_samples: heard.map(|heard| heard.concealed_samples),
                    silent_concealed_samples: heard.map(|heard| heard.silent_concealed_samples),
                    total_samples_received: heard.map(|heard| heard.total_samples),
                    audio_level: heard.map(|heard| heard.audio_level),
                });
            }
            if let Some(stats) = self.counters.outbound.get(&line.mid) {
                outbound.push(Outbound {
                    line: line.line,
                    kind: line.kind,
                    ssrc: direct.stream_tx_by_mid(line.mid, None).map(|s| *s.ssrc()),
                    packets_sent: stats.packets,
                    bytes_sent: stats.bytes,
                    nack_count: stats.nacks,
                    pli_count: stats.plis,
                    round_trip_time: stats.rtt.as_ref().map(Duration::as_secs_f64),
                    fraction_lost: stats.loss,
                });
            }
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let timestamp = since.as_secs_f64() * 1e3;
        let stats = Stats { timestamp, peer: self.peer_stats(), inbound, outbound };
        serde_json::to_value(stats).map_err(|error| Failure::operation(error.to_string()))
    }

    fn peer_stats(&self) -> Peer {
        let stats = self.counters.peer.as_ref();
        let pair = stats.and_then(|stats| stats.selected_candidate_pair.as_ref());
        // Until str0m reports the pair for the first time, the one that DTLS took.
        let ends = pair.map(|pair| (pair.local.addr, pair.remote.addr)).or(self.handshake);
        // str0m sends from a base (RFC 8445 2.2): the host candidate.
        let local = |address: SocketAddr| self.gatherer.found.iter().find(|c| c.addr() == address);
        let remote = |address: SocketAddr| self.ice.remote.iter().find(|c| c.addr() == address);
        let text = |known: Option<&Candidate>, address: SocketAddr| match known {
            Some(candidate) => candidate.to_sdp_string(),
            None => peer_reflexive(address),
        };
        Peer {
            bytes_sent: stats.map_or(0, |stats| stats.peer_bytes_tx),
            bytes_received: stats.map_or(0, |stats| stats.peer_bytes_rx),
            current_round_trip_time: pair
                .and_then(|p| p.current_round_trip_time)
                .map(|time| time.as_secs_f64()),
            available_outgoing_bitrate: stats
                .and_then(|stats| stats.bwe_tx)
                .map(|rate| rate.as_u64()),
            local: ends.map(|(own, _)| text(local(own), own)),
            remote: ends.map(|(_, other)| text(remote(other), other)),
        }
    }
}

/// A candidate that was never announced: the remote's address as its checks show it (RFC 8445
/// 7.3.1.3).
fn peer_reflexive(address: SocketAddr) -> String {
    format!("candidate:prflx 1 udp 0 {} {} typ prflx", address.ip(), address.port())
}
