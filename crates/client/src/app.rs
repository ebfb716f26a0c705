//! What a UI says to the client, and what it hears: the same in the app and in the browser.

use ringdove_call::{CallRefusal, CallView, MediaCommand, MediaReport};
use ringdove_protocol::{ErrorCode, Media, Name, Person};
use serde::{Deserialize, Serialize};

/// What a user, or the media side, wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum Command {
    /// Answer the ringing call.
    Accept {
        /// What to send.
        media: Media,
    },
    /// Call somebody in the people list.
    Call {
        /// Whom.
        to: Name,
        /// What to send.
        media: Media,
    },
    /// Say something in the public room. Refused with a notice while offline.
    Chat {
        /// At most 2000 characters.
        text: String,
    },
    /// Refuse the ringing call.
    Decline,
    /// Put the ended call out of sight.
    DismissCall,
    /// Cancel, decline or end the call, whichever fits.
    HangUp,
    /// From the media side.
    Media {
        /// What happened.
        report: MediaReport,
    },
    /// Take another name.
    Rename {
        /// As typed.
        name: String,
    },
    /// Connect and log in, now and after every loss of the link.
    SignIn {
        /// `ws://` or `wss://` address; null for the one that the host knows.
        server: Option<String>,
        /// As typed.
        name: String,
    },
    /// Leave the server.
    SignOut,
    /// Stop the ringing on this device only.
    Silence,
    /// Say something to one person. Refused with a notice while offline.
    Text {
        /// Whom.
        to: Name,
        /// At most 2000 characters.
        text: String,
    },
}

/// What has changed. Each slice comes whole, but for chat lines, which come one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum Event {
    /// The call, or null when there is none.
    Call {
        /// The whole view.
        call: Option<CallView>,
    },
    /// The link to the server.
    Link {
        /// The whole view.
        link: LinkView,
    },
    /// One more line, public or private.
    Line {
        /// Who said what to whom.
        line: Line,
    },
    /// An order to the media side.
    Media {
        /// What to do.
        command: MediaCommand,
    },
    /// Something to tell the user once.
    Notice {
        /// What.
        notice: Notice,
    },
    /// Everybody who is there, without oneself, sorted by name.
    People {
        /// The whole list.
        people: Vec<Person>,
    },
}

/// Everything that a UI that starts late needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct Snapshot {
    /// The link to the server.
    pub link: LinkView,
    /// Everybody who is there, without oneself, sorted by name.
    pub people: Vec<Person>,
    /// The newest lines, oldest first; at most 500.
    pub lines: Vec<Line>,
    /// The call, if there is one.
    pub call: Option<CallView>,
}

/// The link to the server as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum LinkView {
    /// Nobody has signed in.
    SignedOut {
        /// Why the last sign-in failed for good; null if there was none.
        error: Option<ErrorCode>,
    },
    /// On the way for the first time since signing in.
    Connecting {
        /// The wanted name.
        name: Name,
        /// How many tries have failed.
        failures: u32,
    },
    /// Logged in.
    Online {
        /// The name that one really has.
        name: Name,
    },
    /// Was online; tries to come back by itself.
    Reconnecting {
        /// The name that one had.
        name: Name,
        /// How many tries have failed.
        failures: u32,
    },
}

/// A line of chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct Line {
    /// Who.
    pub from: Name,
    /// To whom; null for the public room.
    pub to: Option<Name>,
    /// What; text, never markup.
    pub text: String,
    /// The server's clock: milliseconds since 1970-01-01 UTC.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub at: u64,
}

/// Something to tell the user once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum Notice {
    /// A call command could not be carried out.
    CallRefused {
        /// Why.
        refusal: CallRefusal,
    },
    /// The typed name is not well-formed; nothing was sent.
    NameInvalid,
    /// A text was not sent, because the link is down.
    NotSent {
        /// What was typed, to be given back to the user.
        text: String,
    },
    /// The server could not carry out a message.
    ServerError {
        /// Why.
        code: ErrorCode,
        /// The server's own words, in English.
        text: String,
    },
    /// The typed address is none, or one that this host cannot reach; nothing was sent.
    ServerInvalid {
        /// What was typed.
        address: String,
    },
}
