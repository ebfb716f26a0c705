//! What goes into and comes out of a call: the words that the agent, its host and the UI share.

use std::time::Duration;

use ringdove_protocol::{
    CallId, ClientMessage, EndReason, IceServer, Media, Person, Role, ServerMessage, Signal,
};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The user wants something.
    Command(CallCommand),
    /// The link to the server was lost.
    LinkDown,
    /// The client is logged in, for the first time or again.
    LinkUp,
    /// The media side has something to say.
    Media(MediaReport),
    /// The operating system has other network addresses than before.
    NetworkChanged,
    /// The call cannot go on, or must not begin: what the server sent of it cannot be trusted.
    Refuse {
        /// Which call.
        call_id: CallId,
        /// One that a decline and a hang-up may give.
        reason: EndReason,
    },
    /// The user wants calls to come in without ringing, or to ring again from the next one on.
    Quiet(bool),
    /// The server sent a message; others than `call.*` and `error` mean nothing here.
    Server(ServerMessage),
    /// The deadline of [`crate::Agent::poll_timeout`] has come.
    Timeout,
    /// Nothing ran here for a while: the machine slept, or the process was stopped.
    Woken {
        /// How long.
        slept: Duration,
    },
}

/// What a user can do with calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallCommand {
    /// Answer the ringing call.
    Accept {
        /// What to send.
        media: Media,
    },
    /// Refuse the ringing call.
    Decline,
    /// Put the ended call out of sight.
    Dismiss,
    /// Cancel, decline or end the call, whichever fits.
    HangUp,
    /// Call somebody; answers, if that very person is calling.
    Place {
        /// New, random.
        call_id: CallId,
        /// Whom.
        to: Person,
        /// What to send.
        media: Media,
    },
    /// Stop the ringing on this device only.
    Silence,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Order the media side.
    Media(MediaCommand),
    /// Tell the user why a command could not be carried out.
    Refused(CallRefusal),
    /// Send to the server.
    Send(ClientMessage),
    /// [`crate::Agent::view`] has changed.
    View,
}

/// Why a command was refused; the open call, if any, is untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum CallRefusal {
    /// A call is open already.
    AlreadyInCall,
    /// There is no call that the command could mean.
    NoCall,
    /// The link to the server is down, so nobody can be called.
    Offline,
}

/// An order to the media side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct MediaCommand {
    /// Which call.
    pub call_id: CallId,
    /// What to do.
    pub action: MediaAction,
}

/// What the media side is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum MediaAction {
    /// Tell the other end over the data channel that this end hangs up. `stop` follows.
    HangUp,
    /// Restart ICE (RFC 8445, section 9).
    RestartIce,
    /// Apply what the other end said. Comes in the order in which the other end said it.
    Signal {
        /// What it said.
        signal: Signal,
    },
    /// Open the devices and the connection; the caller makes the offer. The only order that may. Comes once
    /// more, after `stop`, where the connection is made anew.
    Start {
        /// Fixes who is polite (W3C WebRTC, perfect negotiation): the callee.
        role: Role,
        /// For `RTCConfiguration.iceServers`.
        ice_servers: Vec<IceServer>,
        /// What to send.
        media: Media,
    },
    /// Release every device, track and connection of the call.
    Stop,
}

/// What the media side reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct MediaReport {
    /// Which call; reports of another call mean nothing.
    pub call_id: CallId,
    /// What happened.
    pub event: MediaEvent,
}

/// What happened on the media side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum MediaEvent {
    /// `connectionState` became `connected`.
    Connected,
    /// No media can be sent at all.
    DeviceFailed {
        /// Why.
        failure: DeviceFailure,
    },
    /// `connectionState` became `disconnected`; it may come back by itself.
    Disconnected,
    /// `connectionState` became `failed`; without an ICE restart it does not come back.
    Failed,
    /// The first frame of the other end's video was shown, or its first sound was played.
    FirstFrame,
    /// The other end said over the data channel that it hangs up.
    RemoteHangUp,
    /// To be sent to the other end: a description, a candidate, what is muted.
    Signal {
        /// What to send.
        signal: Signal,
    },
    /// The media side is a new one that knows nothing of the call: its page was loaded anew.
    StartedOver,
}

/// Why no media can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum DeviceFailure {
    /// No device, or one that does not work or is in use: the call ends with `no_device`.
    NoDevice,
    /// The user or the system refused: the call ends with `no_permission`.
    NoPermission,
    /// This webview has no `RTCPeerConnection`: the call ends with `connect_failed`.
    Unsupported,
}

/// The call as a person sees it: a whole snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct CallView {
    /// Which call.
    pub call_id: CallId,
    /// The own role.
    pub role: Role,
    /// The other end.
    pub peer: Person,
    /// What this end chose to send.
    pub media: Media,
    /// What the other end sends, as far as it said.
    pub peer_media: Media,
    /// Where the call stands.
    pub phase: CallPhase,
    /// How long the call has been in this phase when the view was made, in milliseconds.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub phase_elapsed_ms: u64,
    /// How long both ends have been connected when the view was made, in milliseconds; null before.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub talk_elapsed_ms: Option<u64>,
    /// Present in the phase `ended`.
    pub end: Option<CallEnd>,
}

/// Where a call stands, in the order of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum CallPhase {
    /// Outgoing: the server has not yet reached a device of the callee.
    Dialing,
    /// Outgoing: a device of the callee has the invite, but does not ring yet.
    Reached,
    /// Outgoing: a device of the callee rings. Only now a ringback tone is true.
    RemoteRinging,
    /// Incoming: ring.
    Ringing,
    /// Incoming: rings no more on this device, but can still be answered.
    Silenced,
    /// Incoming: answered here, the server has not confirmed yet.
    Accepting,
    /// Answered; media is being connected.
    Connecting,
    /// Media flows.
    Active,
    /// Media was lost and is being restored.
    Reconnecting,
    /// Over; stays in sight until dismissed or until the next call.
    Ended,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct CallEnd {
    /// Why.
    pub reason: EndReason,
    /// Who ended it.
    pub by: EndedSide,
    /// How long both ends were connected, in milliseconds; 0 if they never were.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub talk_ms: u64,
}

/// Who ended a call, seen from this end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum EndedSide {
    /// This device, or another device of this user.
    Me,
    /// The other end.
    Peer,
    /// The server, or a deadline.
    Server,
}

/// Every deadline of a call, with its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// How long a silent server is trusted beyond its ring limit. 5 s.
    pub ring_guard: Duration,
    /// The ring limit that is assumed until the server tells its own. 45 s.
    pub ring_limit: Duration,
    /// From the answer to the first ICE restart, if media has not connected. 20 s.
    pub connect_restart: Duration,
    /// From the answer to `connect_failed`. 35 s.
    pub connect_limit: Duration,
    /// From `disconnected` to the phase `reconnecting`; hides blips. 2 s.
    pub reconnect_shown: Duration,
    /// From `disconnected` to the first ICE restart. 4 s.
    pub reconnect_restart: Duration,
    /// Between further ICE restarts. 12 s.
    pub reconnect_again: Duration,
    /// From `disconnected` to `connection_lost`. 45 s.
    pub reconnect_limit: Duration,
    /// Between repeats of a message that the server has not confirmed. 2 s.
    pub repeat: Duration,
    /// How long a message is repeated after the call ended here. 30 s.
    pub repeat_limit: Duration,
    /// How long a missing signal may hold back later ones. 1 s.
    pub signal_gap: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            ring_guard: Duration::from_secs(5),
            ring_limit: Duration::from_secs(45),
            connect_restart: Duration::from_secs(20),
            connect_limit: Duration::from_secs(35),
            reconnect_shown: Duration::from_secs(2),
            reconnect_restart: Duration::from_secs(4),
            reconnect_again: Duration::from_secs(12),
            reconnect_limit: Duration::from_secs(45),
            repeat: Duration::from_secs(2),
            repeat_limit: Duration::from_secs(30),
            signal_gap: Duration::from_secs(1),
        }
    }
}
