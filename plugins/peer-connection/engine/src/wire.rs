//! The frames between webview and engine: JSON for control, a 16 byte header before media and data.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::audio::Heard;

/// The longest text frame; a longer one is no control frame of ours.
pub(crate) const MAX_TEXT: usize = 256 << 10;
/// The longest binary frame.
pub(crate) const MAX_BINARY: usize = 4 << 20;

/// What the page asks of one connection.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Op {
    AddCandidate {
        candidate: String,
        ufrag: Option<String>,
    },
    Apply(Apply),
    AudioOptions {
        echo_cancellation: bool,
        noise_suppression: bool,
        auto_gain_control: bool,
    },
    Close,
    CloseChannel {
        channel: u16,
    },
    Create {
        #[serde(default)]
        ice_servers: Vec<IceServer>,
        #[serde(default)]
        relay_only: bool,
    },
    Gather {
        ufrag: String,
        pwd: String,
    },
    /// Plays a line on the machine's loudspeaker, from silence (0) to as it came (1); `null` leaves
    /// it to the page again.
    Loudspeaker {
        line: u16,
        volume: Option<f32>,
        /// The page wants the samples as well.
        to_page: bool,
    },
    /// Sends what the machine's microphone of that label hears; `null` leaves it to the page again.
    Microphone {
        line: u16,
        label: Option<String>,
        muted: bool,
    },
    OpenChannel(OpenChannel),
    RequestKeyFrame {
        line: u16,
    },
    SetBitrate {
        bps: f64,
    },
    SetIceServers {
        #[serde(default)]
        ice_servers: Vec<IceServer>,
        #[serde(default)]
        relay_only: bool,
    },
    Stats,
}

/// A completed negotiation: the remote's side as a synthetic offer, ours as what overrides the
/// engine's choice.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Apply {
    pub(crate) controlling: bool,
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
    pub(crate) offer: String,
    #[serde(default)]
    pub(crate) lines: Vec<AppliedLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppliedLine {
    pub(crate) line: u16,
    pub(crate) mid: String,
    pub(crate) kind: LineKind,
    pub(crate) ssrc: Option<u32>,
    pub(crate) rtx: Option<u32>,
    pub(crate) send_pt: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LineKind {
    Audio,
    Video,
    Application,
}

/// `RTCIceServer` (W3C WebRTC 4.2.2).
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IceServer {
    pub(crate) urls: Urls,
    pub(crate) username: Option<String>,
    pub(crate) credential: Option<String>,
}

impl std::fmt::Debug for IceServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Urls {
    One(String),
    Many(Vec<String>),
}

impl Urls {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let urls = match self {
            Urls::One(url) => std::slice::from_ref(url),
            Urls::Many(urls) => urls.as_slice(),
        };
        urls.iter().map(String::as_str)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenChannel {
    pub(crate) channel: u16,
    #[serde(default)]
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) protocol: String,
    #[serde(default = "yes")]
    pub(crate) ordered: bool,
    pub(crate) max_retransmits: Option<u16>,
    pub(crate) max_packet_life_time: Option<u16>,
    #[serde(default)]
    pub(crate) negotiated: bool,
    pub(crate) stream_id: Option<u16>,
}

fn yes() -> bool {
    true
}

/// Why a request was refused, as a `DOMException` name and a text for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    pub(crate) name: &'static str,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn invalid_state(message: impl Into<String>) -> Self {
        Self { name: "InvalidStateError", message: message.into() }
    }

    pub(crate) fn not_allowed(message: impl Into<String>) -> Self {
        Self { name: "NotAllowedError", message: message.into() }
    }

    pub(crate) fn operation(message: impl Into<String>) -> Self {
        Self { name: "OperationError", message: message.into() }
    }

    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self { name: "TypeError", message: message.into() }
    }
}

/// What the engine tells without being asked.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Event<'a> {
    Bitrate {
        bps: u64,
    },
    Candidate {
        candidate: Cow<'a, str>,
    },
    /// `RTCPeerConnectionIceErrorEvent` (W3C WebRTC 4.8.2).
    CandidateError {
        address: Option<String>,
        port: Option<u16>,
        url: &'a str,
        error_code: u16,
        error_text: &'a str,
    },
    ChannelBuffered {
        channel: u16,
        amount: usize,
    },
    ChannelClosed {
        channel: u16,
    },
    ChannelOffered {
        channel: u16,
        stream_id: u16,
        label: &'a str,
        protocol: &'a str,
        ordered: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_retransmits: Option<u16>,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_packet_life_time: Option<u16>,
    },
    ChannelOpen {
        channel: u16,
        stream_id: u16,
    },
    Dtls {
        state: DtlsState,
    },
    Failed {
        message: &'a str,
    },
    Gathering {
        state: GatheringState,
    },
    Ice {
        state: IceState,
    },
    KeyFrameRequest {
        line: u16,
    },
    Media {
        line: u16,
        active: bool,
    },
    /// The machine has other addresses than before; candidates of the new ones follow, those of
    /// the old ones are of no use any more. Where nothing gets through, the page restarts ICE.
    NetworkChanged,
}

impl<'a> Event<'a> {
    pub(crate) fn of(self, pc: u32) -> impl Serialize + use<'a> {
        #[derive(Serialize)]
        struct Of<'a> {
            pc: u32,
            #[serde(flatten)]
            event: Event<'a>,
        }
        Of { pc, event: self }
    }
}

/// `RTCDtlsTransportState` without `new`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DtlsState {
    Connecting,
    Connected,
    Closed,
    Failed,
}

/// `RTCIceGatheringState` without `new`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum GatheringState {
    Gathering,
    Complete,
}

/// `RTCIceConnectionState` without `new` and `closed`, and without `completed`: more candidates may
/// always come, and Chromium never goes so far either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum IceState {
    Checking,
    Connected,
    Disconnected,
    Failed,
}

pub(crate) const KIND_VIDEO: u8 = 1;
pub(crate) const KIND_AUDIO: u8 = 2;
pub(crate) const KIND_DATA: u8 = 3;

/// Kind 1: the frame is a key frame.
pub(crate) const FLAG_KEY: u8 = 1;
/// Kind 1, down: something is missing before this frame.
pub(crate) const FLAG_MISSING: u8 = 2;
/// Kind 3: the message is text.
pub(crate) const FLAG_TEXT: u8 = 1;

/// Samples of one frame of kind 2.
pub(crate) const SAMPLES: usize = 480;

/// What stands before every binary frame, little endian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Header {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    /// The line; for data the channel's handle.
    pub(crate) line: u16,
    pub(crate) pc: u32,
    /// In µs.
    pub(crate) time: f64,
}

impl Header {
    pub(crate) const LENGTH: usize = 16;

    pub(crate) fn parse(frame: &[u8]) -> Option<(Self, &[u8])> {
        let (header, payload) = frame.split_first_chunk::<{ Self::LENGTH }>()?;
        let [kind, flags, l0, l1, p0, p1, p2, p3, time @ ..] = *header;
        let line = u16::from_le_bytes([l0, l1]);
        let pc = u32::from_le_bytes([p0, p1, p2, p3]);
        Some((Self { kind, flags, line, pc, time: f64::from_le_bytes(time) }, payload))
    }

    pub(crate) fn frame(self, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(Self::LENGTH + payload.len());
        frame.extend([self.kind, self.flags]);
        frame.extend(self.line.to_le_bytes());
        frame.extend(self.pc.to_le_bytes());
        frame.extend(self.time.to_le_bytes());
        frame.extend(payload);
        frame
    }
}

/// What a payload of kind 2 holds: one captured frame, and after it what was played in the same
/// 10 ms, if anything was. `None` if it is neither.
pub(crate) fn heard(payload: &[u8]) -> Option<Heard> {
    let mut heard = Heard { captured: [0; SAMPLES], played: [0; SAMPLES] };
    if payload.len() != SAMPLES * 2 && payload.len() != SAMPLES * 4 {
        return None;
    }
    let samples = heard.captured.iter_mut().chain(&mut heard.played);
    for (sample, bytes) in samples.zip(payload.chunks_exact(2)) {
        *sample = i16::from_le_bytes([bytes[0], bytes[1]]);
    }
    Some(heard)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn header_has_the_layout_of_the_contract() {
        let header = Header { kind: 1, flags: 3, line: 0x0201, pc: 0x0605_0403, time: 1.5 };
        let frame = header.frame(&[9, 8]);
        assert_eq!(frame[..8], [1, 3, 1, 2, 3, 4, 5, 6]);
        assert_eq!(frame[8..16], 1.5f64.to_le_bytes());
        assert_eq!(Header::parse(&frame).unwrap(), (header, &[9u8, 8][..]));
        assert!(Header::parse(&frame[..15]).is_none());
    }

    #[test]
    fn requests_are_read_as_the_page_writes_them() {
        let op: Op = serde_json::from_str(
            r#"{"id":1,"pc":2,"op":"openChannel","channel":3,"label":"l","protocol":"","ordered":false,
                "maxRetransmits":0,"negotiated":true,"streamId":4}"#,
        )
        .unwrap();
        let Op::OpenChannel(open) = op else { panic!("{op:?}") };
        assert_eq!((open.channel, open.max_retransmits, open.stream_id), (3, Some(0), Some(4)));
        assert!(!open.ordered && open.negotiated && open.max_packet_life_time.is_none());
        let op: Op = serde_json::from_str(
            r#"{"op":"apply","controlling":true,"ufrag":"u","pwd":"p","offer":"","lines":
                [{"line":0,"mid":"a","kind":"audio","ssrc":1,"sendPt":111},{"line":1,"mid":"b","kind":"application"}]}"#,
        )
        .unwrap();
        let Op::Apply(apply) = op else { panic!("{op:?}") };
        assert_eq!(apply.lines[0].send_pt, Some(111));
        assert_eq!(apply.lines[1].kind, LineKind::Application);
    }

    #[test]
    fn events_are_written_as_the_page_reads_them() {
        let text = |event: Event<'_>| serde_json::to_string(&event.of(7)).unwrap();
        assert_eq!(
            text(Event::Dtls { state: DtlsState::Connected }),
            r#"{"pc":7,"event":"dtls","state":"connected"}"#
        );
        assert_eq!(
            text(Event::KeyFrameRequest { line: 2 }),
            r#"{"pc":7,"event":"keyFrameRequest","line":2}"#
        );
        assert_eq!(
            text(Event::ChannelOffered {
                channel: 32768,
                stream_id: 1,
                label: "l",
                protocol: "",
                ordered: true,
                max_retransmits: None,
                max_packet_life_time: Some(5),
            }),
            concat!(
                r#"{"pc":7,"event":"channelOffered","channel":32768,"streamId":1,"label":"l","#,
                r#""protocol":"","ordered":true,"maxPacketLifeTime":5}"#
            )
        );
    }
}
