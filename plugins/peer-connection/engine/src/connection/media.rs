//! Encoded video up and down, key frame requests both ways, and the bandwidth estimate.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use str0m::bwe::Bitrate;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaData, MediaTime, Mid, Pt};
use str0m::rtp::SeqNo;

use super::Connection;
use super::backlog::Backlog;
use crate::wire::{Event, FLAG_KEY, FLAG_MISSING, Failure, Header, KIND_VIDEO, LineKind};

/// What the video senders would like until the page says it.
const DESIRED: Bitrate = Bitrate::kbps(1500);
/// More than any codec here makes of a camera.
const MOST: f64 = 50e6;
/// What is left for video at the least: below this an encoder makes no picture.
const LEAST: u64 = 30_000;
/// Opus, its headers, and SRTP.
const AUDIO: u64 = 50_000;
/// A line that gave nothing for this long has stopped: a timeout as of RFC 3550 6.3.5, which mutes
/// its track. Longer than an outage that a call outlives unharmed, since pages take a muted track
/// out of their players, and WebKitGTK makes a player anew for it afterwards.
const STOPPED: Duration = Duration::from_secs(12);
/// Between two requests for a key frame: it needs a round trip and an encoder to come.
const KEY_FRAME_PATIENCE: Duration = Duration::from_millis(250);
/// A jump this large is another stream, not a loss.
const OTHER_STREAM: u64 = 5_000;

/// A line of audio or video that is negotiated.
pub(super) struct Line {
    pub(super) line: u16,
    pub(super) mid: Mid,
    pub(super) kind: LineKind,
    pub(super) send_pt: Option<Pt>,
    pub(super) sends: bool,
    pub(super) receives: bool,
    /// When something to show or hear came last. str0m's `StreamPaused` would count the padding of
    /// probes.
    arrived: Option<Instant>,
    told_active: bool,
    wants_key_frame: bool,
    key_frame_asked: Option<Instant>,
    pub(super) frames_received: u64,
    pub(super) arrivals: Arrivals,
}

impl Line {
    pub(super) fn new(line: u16, mid: Mid, kind: LineKind) -> Self {
        Self {
            line,
            mid,
            kind,
            send_pt: None,
            sends: false,
            receives: false,
            arrived: None,
            told_active: false,
            wants_key_frame: false,
            key_frame_asked: None,
            frames_received: 0,
            arrivals: Arrivals::default(),
        }
    }
}

/// Which sequence numbers were handed over: str0m counts packets, not losses (RFC 3550 6.4.1).
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    range: Option<(u64, u64)>,
    delivered: u64,
    lost_before: u64,
}

impl Arrivals {
    fn add(&mut self, range: &RangeInclusive<SeqNo>) {
        let (start, end) = (**range.start(), **range.end());
        let count = end.saturating_sub(start) + 1;
        match &mut self.range {
            Some((first, last)) if start.abs_diff(*last) < OTHER_STREAM => {
                *first = (*first).min(start);
                *last = (*last).max(end);
                self.delivered += count;
            }
            Some(_) | None => {
                self.lost_before = self.lost();
                self.range = Some((start, end));
                self.delivered = count;
            }
        }
    }

    pub(super) fn lost(&self) -> u64 {
        let expected = self.range.map_or(0, |(first, last)| last - first + 1);
        self.lost_before + expected.saturating_sub(self.delivered)
    }
}

#[derive(Default)]
pub(super) struct Lines {
    all: Vec<Line>,
    desired: Option<Bitrate>,
    backlog: Backlog,
    told_bitrate: u64,
}

impl Lines {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Line> {
        self.all.iter()
    }

    pub(super) fn number(&self, line: u16) -> Option<&Line> {
        self.all.iter().find(|l| l.line == line)
    }

    pub(super) fn mid(&self, mid: Mid) -> Option<&Line> {
        self.all.iter().find(|l| l.mid == mid)
    }

    fn number_mut(&mut self, line: u16) -> Option<&mut Line> {
        self.all.iter_mut().find(|l| l.line == line)
    }

    fn mid_mut(&mut self, mid: Mid) -> Option<&mut Line> {
        self.all.iter_mut().find(|l| l.mid == mid)
    }

    /// Takes the line out, if it is the same as before: a recycled m-line has another mid (RFC 8829
    /// 5.2.2).
    pub(super) fn take(&mut self, line: u16, mid: Mid) -> Option<Line> {
        let at = self.all.iter().position(|l| l.line == line && l.mid == mid)?;
        Some(self.all.swap_remove(at))
    }

    pub(super) fn replace(&mut self, lines: Vec<Line>) {
        self.all = lines;
    }

    fn send(&self, kind: LineKind) -> usize {
        self.all.iter().filter(|l| l.kind == kind && l.sends).count()
    }
}

impl Connection {
    pub(super) fn send_video(&mut self, line: u16, key: bool, time: f64, payload: Vec<u8>) {
        let Some(line) = self.lines.number(line).filter(|l| l.kind == LineKind::Video && l.sends)
        else {
            return;
        };
        let (mid, Some(pt)) = (line.mid, line.send_pt) else { return };
        if !self.is_connected() || payload.is_empty() {
            return;
        }
        let Some(writer) = self.rtc.writer(mid) else { return };
        // 90 kHz from µs (RFC 7741 4.1, RFC 6184 5.1); the float is exact for a thousand years.
        let rtp_time = MediaTime::from_90khz((time * 0.09).round() as u64);
        if let Err(error) = writer.write(pt, Instant::now(), rtp_time, payload) {
            tracing::debug!(pc = self.pc, %error, key, "a frame was not sent");
        }
    }

    pub(super) fn media_data(&mut self, data: &MediaData) {
        let now = data.network_time;
        let Some(line) = self.lines.mid_mut(data.mid) else { return };
        line.arrivals.add(&data.seq_range);
        if !line.receives {
            return;
        }
        line.frames_received += 1;
        // Not str0m's time of the packet, which may have waited for others.
        line.arrived = Some(Instant::now());
        let begins = !line.told_active;
        let (number, kind, wants_key_frame) = (line.line, line.kind, line.wants_key_frame);
        if begins {
            self.tell_media();
        }
        match kind {
            LineKind::Video => {
                if wants_key_frame && !data.is_keyframe() {
                    self.try_key_frame_request(number);
                }
                let mut flags = 0;
                if data.is_keyframe() {
                    flags |= FLAG_KEY;
                    self.lines
                        .mid_mut(data.mid)
                        .into_iter()
                        .for_each(|l| l.wants_key_frame = false);
                }
                if !data.contiguous {
                    flags |= FLAG_MISSING;
                }
                let time = data.time.numer() as f64 * 1e6 / f64::from(data.time.denom());
                let header = Header { kind: KIND_VIDEO, flags, line: number, pc: self.pc, time };
                self.outbox.media(header, &data.data);
            }
            LineKind::Audio if data.params.spec().codec == Codec::Opus => {
                let sequence = data.seq_range.start().as_u16();
                let arrival = now.saturating_duration_since(self.origin);
                // The RTP time is the low half of str0m's extended one.
                let rtp_time = data.time.numer() as u32;
                if let Some(new) = self.voices.hear(number, sequence, rtp_time, &data.data, arrival)
                {
                    self.devices.connect(number, new);
                }
            }
            LineKind::Audio | LineKind::Application => {}
        }
    }

    /// When a line that is told to be active would have stopped.
    pub(super) fn next_media_due(&self) -> Option<Instant> {
        let active = self.lines.iter().filter(|line| line.told_active);
        active.filter_map(|line| line.arrived).min().map(|arrived| arrived + STOPPED)
    }

    pub(super) fn check_media(&mut self, now: Instant) {
        for line in &mut self.lines.all {
            if line.arrived.is_some_and(|arrived| arrived + STOPPED <= now) {
                line.arrived = None;
            }
        }
        self.tell_media();
    }

    /// Tells of each line whether RTP arrives that is wanted, where that has changed.
    pub(super) fn tell_media(&mut self) {
        for line in &mut self.lines.all {
            let active = line.receives && line.arrived.is_some();
            if active != line.told_active {
                line.told_active = active;
                self.outbox.event(self.pc, Event::Media { line: line.line, active });
            }
        }
    }

    pub(super) fn end_all_media(&mut self) {
        for line in &mut self.lines.all {
            line.arrived = None;
        }
        self.tell_media();
    }

    pub(super) fn request_key_frame(&mut self, line: u16) -> Result<(), Failure> {
        let known = self
            .lines
            .number_mut(line)
            .filter(|l| l.kind == LineKind::Video)
            .ok_or_else(|| Failure::invalid_state("no such line of video"))?;
        // Until it comes: the request may find no stream yet, and RTCP may be lost.
        known.wants_key_frame = true;
        self.try_key_frame_request(line);
        Ok(())
    }

    fn try_key_frame_request(&mut self, line: u16) {
        let Some(line) = self.lines.number_mut(line) else { return };
        if line.key_frame_asked.is_some_and(|asked| asked.elapsed() < KEY_FRAME_PATIENCE) {
            return;
        }
        let Some(mut writer) = self.rtc.writer(line.mid) else { return };
        let kind = [KeyframeRequestKind::Pli, KeyframeRequestKind::Fir]
            .into_iter()
            .find(|kind| writer.is_request_keyframe_possible(*kind));
        let Some(kind) = kind else { return };
        match writer.request_keyframe(None, kind) {
            Ok(()) => line.key_frame_asked = Some(Instant::now()),
            Err(error) => {
                tracing::trace!(pc = self.pc, %error, "no key frame can be asked for yet");
            }
        }
    }

    pub(super) fn key_frame_wanted(&self, mid: Mid) {
        if let Some(line) = self.lines.mid(mid).filter(|l| l.kind == LineKind::Video) {
            self.outbox.event(self.pc, Event::KeyFrameRequest { line: line.line });
        }
    }

    pub(super) fn set_bitrate(&mut self, bps: f64) -> Result<(), Failure> {
        if !bps.is_finite() || bps < 0.0 {
            return Err(Failure::wrong("bps is no bitrate"));
        }
        self.lines.desired = Some(Bitrate::bps(bps.min(MOST) as u64));
        self.want_bitrate();
        Ok(())
    }

    pub(super) fn want_bitrate(&mut self) {
        let audio = Bitrate::bps(AUDIO * self.lines.send(LineKind::Audio) as u64);
        let video = match self.lines.send(LineKind::Video) {
            0 => Bitrate::ZERO,
            _ => self.lines.desired.unwrap_or(DESIRED),
        };
        self.rtc.bwe().set_bitrate(Bitrate::ZERO, audio + video);
    }

    /// What the way carries, as str0m thinks, and how long a round trip took just now.
    pub(super) fn estimated(
        &mut self,
        estimate: Bitrate,
        round_trip: Option<Duration>,
        now: Instant,
    ) {
        let estimate = self.lines.backlog.limit(estimate, round_trip, now);
        if self.lines.send(LineKind::Video) == 0 {
            return;
        }
        let audio = AUDIO * self.lines.send(LineKind::Audio) as u64;
        let bps = estimate.as_u64().saturating_sub(audio).max(LEAST);
        // Changes below 3 % are not worth an encoder's reconfiguration.
        if bps.abs_diff(self.lines.told_bitrate) * 33 > self.lines.told_bitrate {
            self.lines.told_bitrate = bps;
            self.outbox.event(self.pc, Event::Bitrate { bps });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(arrivals: &mut Arrivals, start: u64, end: u64) {
        arrivals.add(&(SeqNo::from(start)..=SeqNo::from(end)));
    }

    #[test]
    fn losses_are_what_was_never_handed_over() {
        let mut arrivals = Arrivals::default();
        add(&mut arrivals, 65_530, 65_532);
        add(&mut arrivals, 65_535, 65_540);
        assert_eq!(arrivals.lost(), 2);
        add(&mut arrivals, 65_533, 65_533);
        assert_eq!(arrivals.lost(), 1);
        add(&mut arrivals, 10, 10);
        add(&mut arrivals, 12, 12);
        assert_eq!(arrivals.lost(), 2);
    }
}
