//! What arrives as text: decoded at this edge, refused here if it is wrong. Sans-IO.

use ringdove_protocol::{
    ClientMessage, DecodeError, ErrorCode, Name, Nonce, ServerMessage, SessionId, VERSION,
};

use super::login;
use crate::{
    guest::{self, ToGuest},
    hub::{Dialect, Input},
    join::JoinPolicy,
    pass_on::PassOn,
};

/// What a connection knows of the client at its other end.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) dialect: Dialect,
    pub(crate) session: SessionId,
    /// What the client's login has to sign.
    pub(crate) nonce: Nonce,
    /// Who may take a name.
    pub(crate) join: JoinPolicy,
    /// Who the client is, where a proxy that is believed has said so.
    pub(crate) vouched: Option<Name>,
}

/// Why a frame goes no further. Its sender, and nobody else, is told.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) text: String,
    pub(crate) about: Option<String>,
    /// Why the connection ends with it; none if it lives on.
    pub(crate) closes: Option<&'static str>,
}

impl Edge {
    /// What the hub is to hear of a frame.
    pub(crate) fn read(&self, server_id: &str, frame: &str) -> Result<Input, Refusal> {
        let session = self.session;
        match self.dialect {
            Dialect::Ringdove => match ClientMessage::decode(frame) {
                Ok(message) => self.read_message(server_id, message),
                Err(error) => self.read_undecodable(frame, &error),
            },
            Dialect::Tutorial => match guest::decode(frame, session) {
                Ok(message) => Ok(Input::Guest { session, message }),
                Err(guest::Refusal { code, text, about }) => {
                    Err(Refusal { code, text, about, closes: None })
                }
            },
        }
    }

    fn read_message(&self, server_id: &str, message: ClientMessage) -> Result<Input, Refusal> {
        let session = self.session;
        if let (ClientMessage::Rename { name }, Some(vouched)) = (&message, &self.vouched)
            && name != vouched
        {
            let text = "this name comes from the server's own sign-in".to_owned();
            let (code, about) = (ErrorCode::NameFixed, Some("rename".to_owned()));
            return Err(Refusal { code, text, about, closes: None });
        }
        let ClientMessage::Login { v, name, device_key, signature, link, rings, invite } = message
        else {
            return Ok(Input::Message { session, message });
        };
        let refuse = |code, text: String, closes| {
            let about = Some("login".to_owned());
            Refusal { code, text, about, closes: Some(closes) }
        };
        if v != VERSION {
            let text = format!("this server speaks version {VERSION}");
            return Err(refuse(ErrorCode::Version, text, "version"));
        }
        let entry = self.join.entry(invite.as_deref());
        let proven =
            login::prove(server_id, &self.nonce, name, device_key, &signature, link, entry);
        let Some(mut login) = proven else {
            let text = "the signature does not fit".to_owned();
            return Err(refuse(ErrorCode::BadLogin, text, "bad login"));
        };
        if let Some(vouched) = &self.vouched {
            // Signed was what the person typed, which counts for nothing here; `welcome` tells.
            login.name = vouched.clone();
        }
        login.rings = rings.map(|rings| *rings).unwrap_or_default();
        Ok(Input::Login { session, login })
    }

    fn read_undecodable(&self, frame: &str, error: &DecodeError) -> Result<Input, Refusal> {
        let (code, about) = match error {
            DecodeError::UnknownType { kind } if guest::TYPES.contains(&kind.as_str()) => {
                let text = format!("{kind:?} belongs to the tutorial's protocol");
                let (code, about) = (ErrorCode::ServerOwned, Some(kind.clone()));
                return Err(Refusal { code, text, about, closes: None });
            }
            DecodeError::UnknownType { kind } => {
                let target = ["to", "target"];
                let found = target.iter().find_map(|field| PassOn::read(frame, kind, field));
                if let Some(message) = found {
                    return Ok(Input::PassOn { session: self.session, message });
                }
                (ErrorCode::UnknownType, Some(kind))
            }
            DecodeError::ServerOwned { kind } => (ErrorCode::ServerOwned, Some(kind)),
            DecodeError::Invalid { kind, .. } => (invalid_field_code(kind, frame), Some(kind)),
            DecodeError::MissingType | DecodeError::NotJson(_) | DecodeError::NotObject => {
                (ErrorCode::BadMessage, None)
            }
        };
        Err(Refusal { code, text: error.to_string(), about: about.cloned(), closes: None })
    }

    /// The error as this client reads it.
    pub(crate) fn encode_error(&self, code: ErrorCode, why: &str, about: Option<&str>) -> String {
        match self.dialect {
            Dialect::Ringdove => ServerMessage::Error {
                code,
                text: why.to_owned(),
                about: about.map(str::to_owned),
                call_id: None,
            }
            .encode(),
            Dialect::Tutorial => ToGuest::Error { code, text: why }.encode(),
        }
    }

    /// What the client is told first; a guest hears from the hub.
    pub(crate) fn hello(&self, server_id: &str) -> Option<String> {
        let hello =
            || ServerMessage::Hello { v: VERSION, server: server_id.to_owned(), nonce: self.nonce };
        (self.dialect == Dialect::Ringdove).then(|| hello().encode())
    }
}

/// A wrong name is worth a code of its own, since a person typed it.
fn invalid_field_code(kind: &str, frame: &str) -> ErrorCode {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    let asks_for_a_name = kind == "login" || kind == "rename";
    match serde_json::from_str::<Named>(frame) {
        Ok(Named { name }) if asks_for_a_name && ringdove_protocol::Name::parse(&name).is_err() => {
            ErrorCode::NameInvalid
        }
        Ok(_) | Err(_) => ErrorCode::BadMessage,
    }
}
