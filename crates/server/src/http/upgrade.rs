//! From HTTP to WebSocket (RFC 6455, section 4.2): who may, and in which dialect.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use hyper_util::rt::TokioIo;
use ringdove_protocol::{Name, SUBPROTOCOL, TUTORIAL_SUBPROTOCOL};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::{debug, warn};

use super::{Context, Inner};
use crate::{
    JoinPolicy,
    admission::{Arrival, Refused as TooMuch},
    connection::{self, Handshake},
    hub::Dialect,
    join::vouched_name,
    metrics::Refusal,
    random,
};

/// The longest wait, in seconds, that a refused client is told.
const RETRY_AFTER_MAX: u32 = 5;

/// Whether this asks for a WebSocket; `curl --http2` asks for an upgrade too, and wants the page.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    list(headers, &header::UPGRADE).any(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Accepts or refuses a WebSocket.
pub(super) fn accept(context: &Context, mut request: Request) -> Response {
    match agree(context, &mut request) {
        Ok(response) => response,
        Err(refused) => refused.into_response(context),
    }
}

/// Why there is no WebSocket.
struct Refused {
    metric: Option<Refusal>,
    status: StatusCode,
    why: String,
}

impl Refused {
    fn bad_request(why: impl Into<String>) -> Self {
        let (metric, status) = (Some(Refusal::BadRequest), StatusCode::BAD_REQUEST);
        Self { metric, status, why: why.into() }
    }

    fn into_response(self, context: &Context) -> Response {
        let Self { metric, status, why } = self;
        debug!(%status, why, "WebSocket refused");
        if let Some(metric) = metric {
            context.0.connections.metrics.refused(metric);
        }
        let mut response = format!("{why}\n").into_response();
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            // Random, so that those who were refused together do not come back together.
            headers.insert(header::RETRY_AFTER, HeaderValue::from(random::up_to(RETRY_AFTER_MAX)));
        }
        response
    }
}

fn agree(context: &Context, request: &mut Request) -> Result<Response, Refused> {
    let Inner { connections, admission, allowed_origins, guests, alive, .. } = &*context.0;
    let headers = request.headers();
    if !is_origin_allowed(headers, allowed_origins) {
        let (metric, status) = (Some(Refusal::Origin), StatusCode::FORBIDDEN);
        return Err(Refused { metric, status, why: "this origin may not connect".to_owned() });
    }
    let (dialect, subprotocol) = negotiate(headers, *guests).map_err(Refused::bad_request)?;
    let answer = derive_accept_key(key(headers)?);
    let arrival = request.extensions().get::<Arc<Arrival>>().cloned();
    let vouched = vouched_for(&connections.join, arrival.as_deref(), headers)?;
    let place = match &arrival {
        Some(arrival) => admission.client_of(arrival, headers).map_err(from_address)?,
        None => None,
    };
    let work = connections.gate.try_enter().ok_or_else(|| Refused {
        metric: Some(Refusal::Handshakes),
        status: StatusCode::SERVICE_UNAVAILABLE,
        why: "too many connect at once".to_owned(),
    })?;
    let handshake = Handshake { dialect, vouched, work };
    let upgrade = hyper::upgrade::on(request);
    let (connections, alive) = (connections.clone(), alive.clone());
    tokio::spawn(async move {
        match timeout(connections.timers.upgrade, upgrade).await {
            Ok(Ok(upgraded)) => {
                connection::serve(TokioIo::new(upgraded), handshake, connections).await;
            }
            Ok(Err(error)) => debug!(%error, "upgrade failed"),
            Err(_) => debug!("upgrade took too long"),
        }
        drop((alive, arrival, place));
    });
    let headers = [
        (header::CONNECTION, "Upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_ACCEPT, answer.as_str()),
        (header::SEC_WEBSOCKET_PROTOCOL, subprotocol),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// Under [`JoinPolicy::Header`] nobody comes in whom no trusted proxy names.
fn vouched_for(
    policy: &JoinPolicy,
    arrival: Option<&Arrival>,
    headers: &HeaderMap,
) -> Result<Option<Name>, Refused> {
    let JoinPolicy::Header(header) = policy else { return Ok(None) };
    let by_proxy = arrival.is_some_and(|arrival| arrival.by_proxy);
    match vouched_name(headers, header) {
        Some(name) if by_proxy => Ok(Some(name)),
        Some(_) | None => {
            warn!(by_proxy, "a connection without one well-formed name in {header} was refused");
            let (metric, status) = (Some(Refusal::NotVouchedFor), StatusCode::FORBIDDEN);
            let why = "this server is entered through its own sign-in".to_owned();
            Err(Refused { metric, status, why })
        }
    }
}

/// The metrics know already.
fn from_address(refused: TooMuch) -> Refused {
    let why = match refused {
        TooMuch::TooFast => "too many connections a second from this address",
        TooMuch::TooMany => "too many connections from this address",
    };
    Refused { metric: None, status: StatusCode::TOO_MANY_REQUESTS, why: why.to_owned() }
}

fn key(headers: &HeaderMap) -> Result<&[u8], Refused> {
    let holds = |name: HeaderName, token: &str| {
        list(headers, &name).any(|value| value.eq_ignore_ascii_case(token))
    };
    if !holds(header::CONNECTION, "upgrade") {
        return Err(Refused::bad_request("Connection: Upgrade is missing"));
    }
    if !holds(header::SEC_WEBSOCKET_VERSION, "13") {
        let status = StatusCode::UPGRADE_REQUIRED;
        return Err(Refused { status, ..Refused::bad_request("WebSocket version 13 is needed") });
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes);
    key.ok_or_else(|| Refused::bad_request("Sec-WebSocket-Key is missing"))
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
