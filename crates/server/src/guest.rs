//! The tutorial's wire: what its unmodified page sends and understands.
//!
//! The page shows names and texts with `innerHTML`, so texts for guests are escaped here. A guest
//! never sets its own name or id in what others receive.

use ringdove_protocol::{
    Candidate, ClientMessage, Description, DescriptionKind, ErrorCode, Name, ServerMessage,
    SessionId, Signal,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::pass_on::PassOn;

/// What a guest sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GuestMessage {
    /// A candidate for a call.
    Candidate { target: String, candidate: Candidate },
    /// An offer or answer for a call.
    Description { target: String, description: Description },
    /// Ends the guest's call. The page clears the target before it sends it.
    HangUp { target: Option<String> },
    /// Public, or private if it has a target.
    Message { text: String, target: Option<String> },
    /// Of a type that only clients know.
    PassOn(PassOn),
    /// Asks for a name.
    Username { name: String },
}

/// Why a guest's frame was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) text: String,
    pub(crate) about: Option<String>,
}

/// The types that belong to the tutorial's protocol.
pub(crate) const TYPES: &[&str] = &[
    "hang-up",
    "id",
    "message",
    "new-ice-candidate",
    "rejectusername",
    "userlist",
    "username",
    "video-answer",
    "video-offer",
];

/// The types that the server sends, and nobody else.
const SERVER_OWNED: &[&str] = &["error", "id", "rejectusername", "userlist"];

#[derive(Deserialize)]
struct Fields {
    #[serde(rename = "type")]
    kind: Option<Value>,
    id: Option<Value>,
    name: Option<Value>,
    target: Option<Value>,
    text: Option<Value>,
    sdp: Option<Value>,
    candidate: Option<Value>,
}

/// Reads one frame of the guest with this session.
pub(crate) fn decode(frame: &str, session: SessionId) -> Result<GuestMessage, Refusal> {
    let refuse = |code, text: String, about| Refusal { code, text, about };
    let fields: Fields = serde_json::from_str(frame).map_err(|error| {
        refuse(ErrorCode::BadMessage, format!("not a JSON object: {error}"), None)
    })?;
    let Some(Value::String(kind)) = fields.kind else {
        let text = "a message needs a \"type\" that is a string".to_owned();
        return Err(refuse(ErrorCode::BadMessage, text, None));
    };
    let bad = |text: &str| refuse(ErrorCode::BadMessage, text.to_owned(), Some(kind.clone()));
    if SERVER_OWNED.contains(&kind.as_str()) || is_ringdoves(&kind) {
        let text = format!("guests cannot send {kind:?}");
        return Err(refuse(ErrorCode::ServerOwned, text, Some(kind)));
    }
    match fields.id {
        None | Some(Value::Null) => {}
        Some(Value::String(id)) if id == session.to_string() => {}
        Some(_) => return Err(bad("this is not your id")),
    }
    let target = match fields.target {
        None | Some(Value::Null) => None,
        Some(Value::String(target)) if target.is_empty() => None,
        Some(Value::String(target)) => Some(target),
        Some(_) => return Err(bad("a target is a name")),
    };
    let needed = || target.clone().ok_or_else(|| bad("a target is needed"));
    match kind.as_str() {
        "username" => match fields.name {
            Some(Value::String(name)) => Ok(GuestMessage::Username { name }),
            Some(_) | None => Err(bad("a name is needed")),
        },
        "message" => match fields.text {
            Some(Value::String(text)) => Ok(GuestMessage::Message { text, target }),
            Some(_) | None => Err(bad("a text is needed")),
        },
        "video-offer" | "video-answer" => {
            let expected = if kind == "video-offer" {
                DescriptionKind::Offer
            } else {
                DescriptionKind::Answer
            };
            let description: Description = serde_json::from_value(fields.sdp.unwrap_or_default())
                .map_err(|error| bad(&format!("sdp: {error}")))?;
            if description.kind != expected {
                return Err(bad("the description is of the other type"));
            }
            Ok(GuestMessage::Description { target: needed()?, description })
        }
        "new-ice-candidate" => {
            let candidate = serde_json::from_value(fields.candidate.unwrap_or_default())
                .map_err(|error| bad(&format!("candidate: {error}")))?;
            Ok(GuestMessage::Candidate { target: needed()?, candidate })
        }
        "hang-up" => Ok(GuestMessage::HangUp { target }),
        _ => match PassOn::read(frame, &kind, "target") {
            Some(message) => Ok(GuestMessage::PassOn(message)),
            None => Err(refuse(
                ErrorCode::UnknownType,
                format!("unknown type {kind:?} without a target"),
                Some(kind),
            )),
        },
    }
}

fn is_ringdoves(kind: &str) -> bool {
    ClientMessage::TYPES.contains(&kind) || ServerMessage::TYPES.contains(&kind)
}

/// What a guest is told.
#[derive(Clone, Debug)]
pub(crate) enum ToGuest<'a> {
    Error { code: ErrorCode, text: &'a str },
    HangUp { from: &'a str, to: &'a str },
    Id { id: SessionId },
    Message { from: &'a Name, to: Option<&'a Name>, text: &'a str, at: u64 },
    RejectUsername { id: SessionId, name: &'a Name },
    UserList { users: Vec<&'a Name> },
}

impl ToGuest<'_> {
    /// Writes one frame.
    pub(crate) fn encode(&self) -> String {
        let value = match self {
            Self::Error { code, text } => json!({"type": "error", "code": code, "text": text}),
            Self::HangUp { from, to } => json!({"type": "hang-up", "name": from, "target": to}),
            Self::Id { id } => json!({"type": "id", "id": id}),
            Self::Message { from, to, text, at } => {
                #[derive(Serialize)]
                struct Message<'a> {
                    #[serde(rename = "type")]
                    kind: &'static str,
                    name: &'a Name,
                    #[serde(skip_serializing_if = "Option::is_none")]
                    target: Option<&'a Name>,
                    text: String,
                    date: u64,
                }
                let text = escape(text);
                json!(Message { kind: "message", name: from, target: *to, text, date: *at })
            }
            Self::RejectUsername { id, name } => {
                json!({"type": "rejectusername", "id": id, "name": name})
            }
            Self::UserList { users } => json!({"type": "userlist", "users": users}),
        };
        value.to_string()
    }
}

/// Writes what a user said to a guest in a call, if the tutorial has a message for it.
pub(crate) fn encode_signal(from: &Name, to: &Name, signal: &Signal) -> Option<String> {
    match signal {
        Signal::Description { description } => {
            let kind = match description.kind {
                DescriptionKind::Offer => "video-offer",
                DescriptionKind::Answer => "video-answer",
            };
            Some(json!({"type": kind, "name": from, "target": to, "sdp": description}).to_string())
        }
        Signal::Candidate { candidate: Some(candidate) } => {
            let kind = "new-ice-candidate";
            let message = json!({"type": kind, "name": from, "target": to, "candidate": candidate});
            Some(message.to_string())
        }
        // The tutorial's page does not know the end of candidates, nor what is muted.
        Signal::Candidate { candidate: None } | Signal::Media { .. } | Signal::Restart { .. } => {
            None
        }
    }
}

/// Text as HTML that shows just this text.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: SessionId = SessionId::from_bytes([7; 16]);

    fn code(frame: &str) -> Option<ErrorCode> {
        decode(frame, SESSION).err().map(|refusal| refusal.code)
    }

    #[test]
    fn the_pages_own_messages_are_understood() {
        let username = format!(r#"{{"name":"Anna","date":1,"id":"{SESSION}","type":"username"}}"#);
        assert_eq!(
            decode(&username, SESSION),
            Ok(GuestMessage::Username { name: "Anna".to_owned() }),
        );
        let hang_up = r#"{"name":"Anna","target":null,"type":"hang-up"}"#;
        assert_eq!(decode(hang_up, SESSION), Ok(GuestMessage::HangUp { target: None }));
        let offer = r#"{"name":"x","target":"Ben","type":"video-offer",
            "sdp":{"type":"offer","sdp":"v=0\r\n"}}"#;
        let description = Description { kind: DescriptionKind::Offer, sdp: "v=0\r\n".to_owned() };
        assert_eq!(
            decode(offer, SESSION),
            Ok(GuestMessage::Description { target: "Ben".to_owned(), description }),
        );
    }

    #[test]
    fn wrong_messages_are_refused_with_a_code() {
        for frame in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"username"}"#,
            r#"{"type":"username","name":null}"#,
            r#"{"type":"message","text":5}"#,
            r#"{"type":"message","text":"x","id":"somebody else"}"#,
            r#"{"type":"message","text":"x","id":1}"#,
            r#"{"type":"video-offer","target":"Ben"}"#,
            r#"{"type":"video-offer","sdp":{"type":"offer","sdp":""}}"#,
            r#"{"type":"video-offer","target":"","sdp":{"type":"offer","sdp":""}}"#,
            r#"{"type":"video-offer","target":"Ben","sdp":{"type":"answer","sdp":""}}"#,
            r#"{"type":"new-ice-candidate","target":"Ben","candidate":null}"#,
            r#"{"type":"hang-up","target":["Ben"]}"#,
        ] {
            assert_eq!(code(frame), Some(ErrorCode::BadMessage), "{frame}");
        }
        for kind in ["id", "userlist", "rejectusername", "error", "call.invite", "welcome"] {
            let frame = format!(r#"{{"type":"{kind}","target":"Ben"}}"#);
            assert_eq!(code(&frame), Some(ErrorCode::ServerOwned), "{frame}");
        }
        assert_eq!(code(r#"{"type":"wave"}"#), Some(ErrorCode::UnknownType));
    }

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            escape("<img src=x onerror='a&b'>"),
            "&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;"
        );
    }
}
