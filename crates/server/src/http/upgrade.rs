//! From HTTP to WebSocket (RFC 6455, section 4.2): who may, and in which dialect.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use hyper_util::rt::TokioIo;
use ringdove_protocol::{SUBPROTOCOL, TUTORIAL_SUBPROTOCOL};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::debug;

use super::Context;
use crate::{connection, hub::Dialect};

/// From our answer to the first byte of WebSocket.
const UPGRADE_LIMIT: Duration = Duration::from_secs(5);

/// Whether this asks for a WebSocket; `curl --http2` asks for an upgrade too, and wants the page.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    list(headers, &header::UPGRADE).any(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Accepts or refuses a WebSocket.
pub(super) fn accept(context: &Context, mut request: Request) -> Response {
    let headers = request.headers();
    if !is_origin_allowed(headers, &context.0.allowed_origins) {
        return refuse(StatusCode::FORBIDDEN, "this origin may not connect");
    }
    let (dialect, subprotocol) = match negotiate(headers, context.0.guests) {
        Ok(chosen) => chosen,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &why),
    };
    let answer = match key(headers) {
        Ok(key) => derive_accept_key(key),
        Err((status, why)) => return refuse(status, why),
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let connections = context.0.connections.clone();
    let alive = context.0.alive.clone();
    tokio::spawn(async move {
        match timeout(UPGRADE_LIMIT, upgrade).await {
            Ok(Ok(upgraded)) => {
                connection::serve(TokioIo::new(upgraded), dialect, connections).await;
            }
            Ok(Err(error)) => debug!(%error, "upgrade failed"),
            Err(_) => debug!("upgrade took too long"),
        }
        drop(alive);
    });
    let headers = [
        (header::CONNECTION, "Upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_ACCEPT, answer.as_str()),
        (header::SEC_WEBSOCKET_PROTOCOL, subprotocol),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

fn refuse(status: StatusCode, why: &str) -> Response {
    debug!(%status, why, "WebSocket refused");
    let version: (HeaderName, HeaderValue) =
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    (status, [version], format!("{why}\n")).into_response()
}

fn key(headers: &HeaderMap) -> Result<&[u8], (StatusCode, &'static str)> {
    let holds = |name: HeaderName, token: &str| {
        list(headers, &name).any(|value| value.eq_ignore_ascii_case(token))
    };
    if !holds(header::CONNECTION, "upgrade") {
        return Err((StatusCode::BAD_REQUEST, "Connection: Upgrade is missing"));
    }
    if !holds(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err((StatusCode::UPGRADE_REQUIRED, "WebSocket version 13 is needed"));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    key.ok_or((StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing"))
}

/// Chooses the first subprotocol of the client that is spoken here.
fn negotiate(headers: &HeaderMap, guests: bool) -> Result<(Dialect, &'static str), String> {
    let mut guests_refused = false;
    for wanted in list(headers, &header::SEC_WEBSOCKET_PROTOCOL) {
        if wanted == SUBPROTOCOL {
            return Ok((Dialect::Ringdove, SUBPROTOCOL));
        }
        if wanted == TUTORIAL_SUBPROTOCOL {
            if guests {
                return Ok((Dialect::Tutorial, TUTORIAL_SUBPROTOCOL));
            }
            guests_refused = true;
        }
    }
    if guests_refused {
        Err("this server takes no guests".to_owned())
    } else {
        let known = format!("{SUBPROTOCOL:?} and, for guests, {TUTORIAL_SUBPROTOCOL:?}");
        Err(format!("a WebSocket subprotocol is needed; known here: {known}"))
    }
}

/// The items of a header that holds a list, over all its lines.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// Browsers always send an origin; anything that sends none is no page.
fn is_origin_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match (origin.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned()), host) {
        (Some(authority), Some(host)) => authority.as_str().eq_ignore_ascii_case(host),
        (Some(_) | None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_str(value).unwrap_or_else(|e| panic!("{e}"));
            headers.append(name.clone(), value);
        }
        headers
    }

    #[test]
    fn foreign_origins_are_refused() {
        let allowed = ["https://friend.example".to_owned()];
        let from = |origin: &str| {
            let headers = headers(&[(header::HOST, "here.example:6503"), (header::ORIGIN, origin)]);
            is_origin_allowed(&headers, &allowed)
        };
        assert!(from("http://here.example:6503"));
        assert!(from("https://HERE.example:6503"));
        assert!(from("https://friend.example"));
        for foreign in ["https://evil.example", "http://here.example", "null", "", "http://"] {
            assert!(!from(foreign), "{foreign:?}");
        }
        assert!(is_origin_allowed(&headers(&[(header::HOST, "here.example")]), &[]));
    }

    #[test]
    fn the_first_known_subprotocol_is_chosen() {
        let name = header::SEC_WEBSOCKET_PROTOCOL;
        let choose = |value: &str, guests| {
            negotiate(&headers(&[(name.clone(), value)]), guests).map(|(dialect, _)| dialect)
        };
        assert_eq!(choose("x, ringdove.v1, json", true), Ok(Dialect::Ringdove));
        assert_eq!(choose("json", true), Ok(Dialect::Tutorial));
        assert!(choose("json", false).is_err());
        assert!(choose("JSON", true).is_err());
        assert!(negotiate(&HeaderMap::new(), true).is_err());
    }
}
