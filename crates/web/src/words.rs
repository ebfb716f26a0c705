//! What the browser's half of the host and the core say to each other, as JSON.

use ringdove_client::{
    Kept,
    app::{Command, Event, Snapshot},
};
use serde::{Deserialize, Serialize};

/// What the core needs to know before it starts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "web.ts"))]
pub struct HostConfig {
    /// The secret of this device: 32 random bytes as unpadded base64url.
    pub seed: String,
    /// Where a sign-in goes that names no server: a `ws://` or `wss://` address.
    pub server: String,
    /// What `keep` gave last of `book`; null at the first start.
    pub book: Option<String>,
    /// What `keep` gave last of `link`; null at the first start.
    pub link: Option<String>,
    /// What `keep` gave last of `privacy`; null at the first start.
    pub privacy: Option<String>,
}

/// What happened in the browser.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "web.ts"))]
pub enum HostInput {
    /// The WebSocket is gone, or could not be opened.
    Closed {
        /// The close code, where there was one.
        code: Option<u16>,
    },
    /// The UI wants something.
    Command {
        /// What.
        command: Command,
    },
    /// A text frame came in.
    Message {
        /// The frame.
        text: String,
    },
    /// The network came back, or the page was frozen until now.
    NetworkChanged,
    /// The WebSocket is open.
    Opened,
    /// The UI wants to know everything as it is now.
    Snapshot,
    /// `wakeAtMs` has come.
    Timeout,
}

/// What the browser is to do, in order.
///
/// There is at most one WebSocket. From `close`, and from `connect`, on, nothing more of the one
/// before is to be reported.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "web.ts"))]
pub enum HostOutput {
    /// Close the WebSocket.
    Close {
        /// With this code.
        code: u16,
    },
    /// Open a WebSocket with Ringdove's subprotocol.
    Connect {
        /// The address.
        url: String,
    },
    /// Tell the UI.
    Event {
        /// What.
        event: Box<Event>,
    },
    /// Keep this in place of what was kept before.
    Keep {
        /// What it is.
        what: Kept,
        /// The whole of it; opaque to the browser.
        text: String,
    },
    /// Send a text frame.
    Send {
        /// The frame.
        text: String,
    },
    /// Answers `snapshot`.
    Snapshot {
        /// Everything.
        snapshot: Box<Snapshot>,
    },
}

/// The answer to each input.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "web.ts"))]
pub struct HostReply {
    /// What is to be done, in order.
    pub outputs: Vec<HostOutput>,
    /// When `timeout` is due at the latest, on the clock of the inputs; null for never.
    pub wake_at_ms: Option<f64>,
    /// What is broken; null if nothing is. After a fault of the core itself every input gives one.
    pub fault: Option<String>,
}
