//! What a UI says to the client, and what it hears: the same in the app and in the browser.

use ringdove_call::{CallRefusal, CallView, MediaCommand, MediaReport};
use ringdove_protocol::{EndReason, ErrorCode, Media, Name, Person, WhoMayRing};
use serde::{Deserialize, Serialize};

pub use crate::{
    devices::{DeviceRefusal, OwnDevices},
    privacy::Privacy,
};

/// What a user, or the media side, wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum Command {
    /// Write somebody down whose link one was given; verified from the start.
    AddPerson {
        /// `ringdove://…`, as typed.
        link: String,
    },
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
    /// Stand for itself again, with the name that this device had before [`Command::TakeLink`];
    /// signs out.
    DropLink,
    /// Strike a known person out.
    Forget {
        /// Whom.
        name: Name,
    },
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
    /// Block somebody, or do so no more. Declines, if that very person is calling.
    SetBlocked {
        /// Whom.
        name: Name,
        /// Whether they are blocked from now on.
        blocked: bool,
    },
    /// Add somebody to the contacts, or remove them.
    SetContact {
        /// Whom.
        name: Name,
        /// Whether they are a contact from now on.
        contact: bool,
    },
    /// Let calls come in without ringing, or ring again from the next one on.
    SetQuiet {
        /// Whether calls come in without ringing.
        quiet: bool,
    },
    /// Say who may ring this device.
    SetWhoMayRing {
        /// Who.
        who: WhoMayRing,
    },
    /// Connect and log in, now and after every loss of the link.
    SignIn {
        /// `ws://` or `wss://` address; null for the one that the host knows.
        server: Option<String>,
        /// As typed.
        name: String,
        /// The invitation code, where the server wants one of newcomers; as typed.
        #[serde(default)]
        invite: Option<String>,
    },
    /// Say that another device is of one's account: it can then call and answer in one's name.
    /// The link for it comes with [`Event::Devices`].
    SignDevice {
        /// [`OwnDevices::code`] of that device, as typed.
        code: String,
    },
    /// Leave the server.
    SignOut,
    /// Stop the ringing on this device only.
    Silence,
    /// Become a further device of the account that has signed the link, and sign in as such.
    TakeLink {
        /// [`OwnDevices::signed`] of the first device, as typed.
        text: String,
        /// As for [`Command::SignIn`]; null also for the present one.
        server: Option<String>,
    },
    /// Say something to one person. Refused with a notice while offline.
    Text {
        /// Whom.
        to: Name,
        /// At most 2000 characters.
        text: String,
    },
    /// Take the changed key of the call in sight for that person's new one.
    TrustKey,
    /// Note that keys were compared, or take it back.
    Verify {
        /// With whom.
        name: Name,
        /// Whether they were the same.
        verified: bool,
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
        /// What is known of the other end; null before it has proved who it is.
        security: Option<Security>,
    },
    /// What this device is to its account.
    Devices {
        /// The whole of it.
        devices: OwnDevices,
    },
    /// Whom one has met on this server.
    Known {
        /// The whole list.
        known: Known,
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
    /// Who may ring. To be kept by the host.
    Privacy {
        /// The whole of it.
        privacy: Privacy,
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
    /// Who may ring.
    pub privacy: Privacy,
    /// What is known of the call's other end; null before it has proved who it is.
    pub security: Option<Security>,
    /// Whom one has met on this server.
    pub known: Known,
    /// What this device is to its account.
    pub devices: OwnDevices,
}

/// What is known of the other end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct Security {
    /// Who it is.
    pub trust: Trust,
    /// Five numbers from 0 to 63 for pictures that both people see, if nobody listens; null before
    /// both ends have the keys, and always with a guest.
    pub pictures: Option<[u8; 5]>,
}

/// Who the other end of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum Trust {
    /// Has another key than whoever had the name before.
    Changed,
    /// Has no key at all: anybody, and the server can listen.
    Guest,
    /// Has the key of the last call.
    Known,
    /// Was never met before.
    New,
    /// Has the key that was compared.
    Verified,
    /// Has another key than the one that was compared. Cannot be answered before
    /// [`Command::TrustKey`].
    VerifiedChanged,
}

/// Whom one has met on this server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct Known {
    /// One's own link, to be given to others; null while signed out.
    pub link: Option<String>,
    /// Sorted by name.
    pub people: Vec<KnownPerson>,
}

/// Somebody whom one has met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct KnownPerson {
    /// The name that goes with the key.
    pub name: Name,
    /// Whether keys were compared.
    pub verified: bool,
    /// Sixty digits that both see, if nobody sits in between.
    pub safety_number: String,
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
        /// What was wrong with the last one, where a person can do something about it.
        trouble: Option<LinkTrouble>,
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
        /// As in `Connecting`.
        trouble: Option<LinkTrouble>,
    },
}

/// Why a server that answers was of no use: its certificate (RFC 5280) is refused, or it has a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum LinkTrouble {
    /// It has expired.
    CertificateExpired {
        /// When, in milliseconds since 1970-01-01 UTC; null where the system does not tell.
        #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
        at: Option<u64>,
    },
    /// It is not valid yet, or this device's clock is behind.
    CertificateNotYetValid,
    /// It is for a server of another name.
    CertificateOtherName,
    /// Nobody whom this device trusts vouches for it.
    CertificateUntrusted,
    /// It could not carry the login out: [`ErrorCode::ServerError`].
    ServerFault,
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
    /// A call was refused before it rang: its caller could not prove who they are.
    CallRefusedUnseen {
        /// Who called, by the server's word.
        from: Name,
        /// `not_secure` or `version`.
        reason: EndReason,
    },
    /// A device was not added, or did not become a further one; nothing has changed.
    DeviceRefused {
        /// Why.
        refusal: DeviceRefusal,
    },
    /// The call's other end has another key than the one that was compared: see
    /// [`Command::TrustKey`].
    KeyChanged {
        /// Whose.
        name: Name,
    },
    /// The link is of somebody on another server.
    LinkElsewhere {
        /// Which.
        server: String,
    },
    /// What was typed is no link of a person.
    LinkInvalid,
    /// The contacts, or the blocked, are as many as there can be; nobody was added.
    ListFull,
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
