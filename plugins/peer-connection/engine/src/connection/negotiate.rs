//! A completed negotiation reaches str0m: the synthetic offer is accepted, its answer thrown away,
//! and what our own description promised (credentials, SSRCs, role) is put over what str0m chose.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use str0m::change::SdpOffer;
use str0m::media::Mid;
use str0m::rtp::Ssrc;
use str0m::{IceCreds, Input};

use super::Connection;
use super::gather::check_credentials;
use super::media::Line;
use crate::wire::{AppliedLine, Apply, DtlsState, Failure, LineKind};

/// Packets that a sender keeps for the remote to ask for again, and how long: as str0m does.
const REPAIRABLE: usize = 1000;
const REPAIRABLE_FOR: Duration = Duration::from_secs(3);
/// The share of repairs in what is sent, above which str0m forgets what was asked for. Its own 15 %
/// is too little where a tenth is lost: the repairs of one key frame exceed it, and the picture
/// stands until the next one, which fares no better.
const MOST_REPAIRS: f32 = 0.5;

impl Connection {
    pub(super) fn apply(&mut self, apply: Apply) -> Result<(), Failure> {
        check_credentials(&apply.ufrag, &apply.pwd)?;
        if !self.rtc.is_alive() {
            return Err(Failure::invalid_state("DTLS has ended"));
        }
        let offer = SdpOffer::from_sdp_string(&apply.offer)
            .map_err(|error| Failure::operation(format!("the offer cannot be read: {error}")))?;
        let remote_ufrag = ufrag_of(&apply.offer)
            .ok_or_else(|| Failure::operation("the offer has no ice-ufrag"))?
            .to_owned();
        let first = !self.ice.is_applied();
        // DTLS starts its clock from str0m's last time.
        self.input(Input::Timeout(Instant::now()));

        // str0m panics where payload types collide beyond repair; that must not pass as a bug of
        // the engine.
        let rtc = &mut self.rtc;
        let accepted =
            std::panic::catch_unwind(AssertUnwindSafe(|| rtc.sdp_api().accept_offer(offer)));
        match accepted {
            Ok(Ok(_answer)) => {}
            Ok(Err(error)) => {
                return Err(Failure::operation(format!("the offer cannot be applied: {error}")));
            }
            Err(_) => {
                self.rtc.disconnect();
                return Err(Failure::operation("the offer broke str0m"));
            }
        }

        let mut direct = self.rtc.direct_api();
        if first {
            // RFC 8445 9: the role survives an ICE restart, and a conflict may have turned it.
            direct.set_ice_controlling(apply.controlling);
        }
        // An ICE restart has made str0m choose credentials; the local candidates stay.
        direct.set_local_ice_credentials(IceCreds { ufrag: apply.ufrag, pass: apply.pwd });
        self.apply_lines(&apply.lines);
        self.remote_generation(remote_ufrag);
        if first {
            self.set_dtls(DtlsState::Connecting);
        }
        Ok(())
    }

    fn apply_lines(&mut self, applied: &[AppliedLine]) {
        let mut lines = Vec::with_capacity(applied.len());
        for spec in applied {
            if spec.kind == LineKind::Application {
                continue;
            }
            let mid = Mid::from(spec.mid.as_str());
            let Some(media) = self.rtc.media(mid) else {
                tracing::warn!(pc = self.pc, line = spec.line, "the offer lacks a line");
                continue;
            };
            let direction = media.direction();
            let offered = media.remote_pts().to_vec();
            if let (true, Some(ssrc)) = (direction.is_sending(), spec.ssrc) {
                self.send_with(mid, Ssrc::from(ssrc), spec.rtx.map(Ssrc::from));
            }
            let send_pt = spec.send_pt.map(Into::into).filter(|pt| offered.contains(pt));
            let send_pt = send_pt.or_else(|| offered.first().copied());
            let mut line = self
                .lines
                .take(spec.line, mid)
                .unwrap_or_else(|| Line::new(spec.line, mid, spec.kind));
            line.send_pt = send_pt;
            line.sends = direction.is_sending();
            line.receives = direction.is_receiving();
            lines.push(line);
        }
        self.lines.replace(lines);
        self.voices.keep(&self.lines);
        self.tell_media();
        self.want_bitrate();
    }

    /// Gives the line's sender the SSRCs that our description announced.
    ///
    /// Not `reset_stream_tx`: that keeps the stream under its old SSRC in str0m 0.25, and RTCP
    /// about the new one (NACK, PLI, receiver reports) finds nothing.
    fn send_with(&mut self, mid: Mid, ssrc: Ssrc, rtx: Option<Ssrc>) {
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx_by_mid(mid, None) else { return };
        let (chosen, repairs) = (stream.ssrc(), stream.rtx().is_some());
        if chosen == ssrc {
            return;
        }
        if direct.stream_tx(&ssrc).is_some() {
            tracing::warn!(pc = self.pc, "two lines send with one SSRC");
            return;
        }
        direct.remove_stream_tx(chosen);
        let stream = direct.declare_stream_tx(ssrc, rtx.filter(|_| repairs), mid, None);
        stream.set_rtx_cache(REPAIRABLE, REPAIRABLE_FOR, Some(MOST_REPAIRS));
    }
}

pub(super) fn ufrag_of(offer: &str) -> Option<&str> {
    offer.lines().find_map(|line| line.trim_end().strip_prefix("a=ice-ufrag:"))
}
