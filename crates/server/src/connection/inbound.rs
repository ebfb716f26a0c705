//! What arrives as text: decoded at this edge, refused here if it is wrong.

use ringdove_protocol::{ClientMessage, DecodeError, ErrorCode, ServerMessage, VERSION};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{Connection, End, login, text};
use crate::{
    guest::{self, ToGuest},
    hub::{Dialect, Input},
    pass_on::PassOn,
};

impl Connection {
    pub(super) async fn on_text(&mut self, frame: &str) -> Result<(), End> {
        match self.dialect {
            Dialect::Ringdove => match ClientMessage::decode(frame) {
                Ok(message) => self.on_message(message).await,
                Err(error) => self.on_undecodable(frame, error).await,
            },
            Dialect::Tutorial => match guest::decode(frame, self.session) {
                Ok(message) => {
                    let session = self.session;
                    self.shared.hub.send(Input::Guest { session, message }).await;
                    Ok(())
                }
                Err(refusal) => {
                    self.refuse(refusal.code, &refusal.text, refusal.about.as_deref()).await
                }
            },
        }
    }

    async fn on_message(&mut self, message: ClientMessage) -> Result<(), End> {
        let session = self.session;
        if let (ClientMessage::Rename { name }, Some(vouched)) = (&message, &self.vouched)
            && name != vouched
        {
            let text = "this name comes from the server's own sign-in";
            return self.refuse(ErrorCode::NameFixed, text, Some("rename")).await;
        }
        let ClientMessage::Login { v, name, device_key, signature, link, rings, invite } = message
        else {
            self.shared.hub.send(Input::Message { session, message }).await;
            return Ok(());
        };
        if v != VERSION {
            let text = format!("this server speaks version {VERSION}");
            self.refuse(ErrorCode::Version, &text, Some("login")).await?;
            return Err(End::Close { code: CloseCode::Policy.into(), reason: "version" });
        }
        let server = &self.shared.server_id;
        let entry = self.shared.join.entry(invite.as_deref());
        let proven = login::prove(server, &self.nonce, name, device_key, &signature, link, entry);
        let Some(mut login) = proven else {
            let text = "the signature does not fit";
            self.refuse(ErrorCode::BadLogin, text, Some("login")).await?;
            return Err(End::Close { code: CloseCode::Policy.into(), reason: "bad login" });
        };
        if let Some(vouched) = &self.vouched {
            // Signed was what the person typed, which counts for nothing here; `welcome` tells.
            login.name = vouched.clone();
        }
        login.rings = rings.map(|rings| *rings).unwrap_or_default();
        let now = std::time::Instant::now();
        self.limit.join(self.shared.budgets.of_account(now, login.account));
        self.work = Some(self.shared.gate.enter());
        self.shared.hub.send(Input::Login { session, login }).await;
        Ok(())
    }

    async fn on_undecodable(&mut self, frame: &str, error: DecodeError) -> Result<(), End> {
        let (code, about) = match &error {
            DecodeError::UnknownType { kind } if guest::TYPES.contains(&kind.as_str()) => {
                let text = format!("{kind:?} belongs to the tutorial's protocol");
                return self.refuse(ErrorCode::ServerOwned, &text, Some(kind)).await;
            }
            DecodeError::UnknownType { kind } => {
                let target = ["to", "target"];
                let found = target.iter().find_map(|field| PassOn::read(frame, kind, field));
                if let Some(message) = found {
                    let session = self.session;
                    self.shared.hub.send(Input::PassOn { session, message }).await;
                    return Ok(());
                }
                (ErrorCode::UnknownType, Some(kind))
            }
            DecodeError::ServerOwned { kind } => (ErrorCode::ServerOwned, Some(kind)),
            DecodeError::Invalid { kind, .. } => (invalid_field_code(kind, frame), Some(kind)),
            DecodeError::MissingType | DecodeError::NotJson(_) | DecodeError::NotObject => {
                (ErrorCode::BadMessage, None)
            }
        };
        let about = about.cloned();
        self.refuse(code, &error.to_string(), about.as_deref()).await
    }

    /// Tells the sender, and nobody else, what is wrong.
    pub(super) async fn refuse(
        &mut self,
        code: ErrorCode,
        why: &str,
        about: Option<&str>,
    ) -> Result<(), End> {
        let frame = match self.dialect {
            Dialect::Ringdove => ServerMessage::Error {
                code,
                text: why.to_owned(),
                about: about.map(str::to_owned),
                call_id: None,
            }
            .encode(),
            Dialect::Tutorial => ToGuest::Error { code, text: why }.encode(),
        };
        self.write([text(frame)]).await
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
