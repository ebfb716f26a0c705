//! Who may cross.

use std::time::Duration;

use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        handshake::server::{ErrorResponse, Request, Response},
        http::{HeaderMap, StatusCode, header},
        protocol::WebSocketConfig,
    },
};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(2);
/// The longest message; a frame of video is far smaller.
const MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// What the page has to show.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    pub(super) host: String,
    pub(super) origin: String,
    pub(super) path: String,
}

impl Admission {
    /// The client's WebSocket, if it is the page.
    pub(super) async fn admit(self, stream: TcpStream) -> Option<WebSocketStream<TcpStream>> {
        // Small messages at once: they are sound.
        stream.set_nodelay(true).ok()?;
        let config = WebSocketConfig::default()
            .read_buffer_size(64 * 1024)
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES));
        #[expect(clippy::result_large_err, reason = "the form that tungstenite asks for")]
        let check = |request: &Request, response: Response| {
            if self.fits(request.uri().path(), request.headers()) {
                Ok(response)
            } else {
                tracing::warn!("somebody who is not the page knocked at the bridge");
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = StatusCode::FORBIDDEN;
                Err(refusal)
            }
        };
        let accepted = accept_hdr_async_with_config(stream, check, Some(config));
        timeout(HANDSHAKE, accepted).await.ok()?.ok()
    }

    fn fits(&self, path: &str, headers: &HeaderMap) -> bool {
        let is = |name, value: &str| {
            let mut all = headers.get_all(name).iter();
            all.next().is_some_and(|first| first == value) && all.next().is_none()
        };
        is_same_secret(path, &self.path)
            && is(header::ORIGIN, &self.origin)
            && is(header::HOST, &self.host)
    }
}

/// Compares in a time that tells nothing of where the first difference is.
fn is_same_secret(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "fixed texts")]

    use super::*;

    fn fits(path: &str, pairs: &[(header::HeaderName, &str)]) -> bool {
        let admission = Admission {
            host: "127.0.0.1:4711".to_owned(),
            origin: "tauri://localhost".to_owned(),
            path: "/secret".to_owned(),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), value.parse().unwrap());
        }
        admission.fits(path, &headers)
    }

    #[test]
    fn only_the_page_with_its_secret_is_let_in() {
        let host = (header::HOST, "127.0.0.1:4711");
        let origin = (header::ORIGIN, "tauri://localhost");
        assert!(fits("/secret", &[host.clone(), origin.clone()]));
        assert!(!fits("/secreT", &[host.clone(), origin.clone()]));
        assert!(!fits("/", &[host.clone(), origin.clone()]));
        assert!(!fits("/secret", std::slice::from_ref(&host)), "a program without an origin");
        assert!(!fits("/secret", &[host.clone(), (header::ORIGIN, "https://evil.example")]));
        assert!(!fits("/secret", &[host, origin.clone(), (header::ORIGIN, "null")]));
        let rebound = (header::HOST, "evil.example:4711");
        assert!(!fits("/secret", &[rebound, origin]), "a name that was bound to this address");
    }
}
