//! The STUN and TURN servers that a call may use, with short-lived credentials.

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use ringdove_protocol::{CallId, IceServer};
use sha1::Sha1;

/// Which STUN and TURN servers clients are told of. Nothing is built in.
#[derive(Clone, Debug, Default)]
pub struct IceSettings {
    /// `stun:` addresses (RFC 7064).
    pub stun: Vec<String>,
    /// TURN servers, if there are any.
    pub turn: Option<TurnSettings>,
}

/// TURN servers that share a secret with this server, as coturn does with `use-auth-secret`
/// (draft-uberti-behave-turn-rest).
#[derive(Clone)]
pub struct TurnSettings {
    /// `turn:` or `turns:` addresses (RFC 7065).
    pub urls: Vec<String>,
    /// The secret; never leaves this server.
    pub secret: Vec<u8>,
    /// How long credentials are good for.
    pub ttl: Duration,
}

/// Redacted: the secret never reaches a log.
impl fmt::Debug for TurnSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnSettings")
            .field("urls", &self.urls)
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

impl IceSettings {
    /// Fresh servers for one end of one call. `unix` is the time since 1970.
    ///
    /// The call's id stands where coturn expects a user, so that no name reaches the TURN server.
    pub(crate) fn for_call(&self, unix: Duration, call_id: CallId) -> Vec<IceServer> {
        let mut servers = Vec::new();
        if !self.stun.is_empty() {
            let urls = self.stun.clone();
            servers.push(IceServer { urls, username: None, credential: None });
        }
        if let Some(turn) = &self.turn {
            let username = format!("{}:{call_id}", (unix + turn.ttl).as_secs());
            let credential = turn.credential(&username);
            servers.push(IceServer {
                urls: turn.urls.clone(),
                username: Some(username),
                credential: Some(credential),
            });
        }
        servers
    }
}

impl TurnSettings {
    fn credential(&self, username: &str) -> String {
        // HMAC takes keys of any length, so this cannot fail.
        #[expect(clippy::expect_used, reason = "see above")]
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.secret).expect("any key length");
        mac.update(username.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: CallId = CallId::from_bytes([0; 16]);

    #[test]
    fn nothing_is_built_in() {
        assert_eq!(IceSettings::default().for_call(Duration::ZERO, CALL), []);
    }

    #[test]
    fn credentials_are_those_that_coturn_expects() {
        let settings = IceSettings {
            stun: vec!["stun:stun.example".to_owned()],
            turn: Some(TurnSettings {
                urls: vec!["turn:turn.example".to_owned()],
                secret: b"north".to_vec(),
                ttl: Duration::from_secs(3600),
            }),
        };
        let servers = settings.for_call(Duration::from_secs(1_000_000), CALL);
        assert_eq!(servers.len(), 2);
        assert_eq!(servers[0].credential, None);
        assert_eq!(servers[1].username.as_deref(), Some("1003600:AAAAAAAAAAAAAAAAAAAAAA"));
        // printf 1003600:AAAAAAAAAAAAAAAAAAAAAA | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(servers[1].credential.as_deref(), Some("CyF9m26y+ACYlbzhzbuwOpJ2mQg="));
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let turn =
            TurnSettings { urls: Vec::new(), secret: b"north".to_vec(), ttl: Duration::ZERO };
        assert!(!format!("{turn:?}").contains("north"));
    }
}
