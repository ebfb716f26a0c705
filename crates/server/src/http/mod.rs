//! Everything that is asked over HTTP: the WebSocket, the web client, the tutorial's page, health.

mod headers;
mod tutorial;
mod upgrade;
mod web;

use std::{path::PathBuf, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tokio::sync::mpsc;

use crate::{admission::Admission, connection};

/// What the routes need to know.
#[derive(Clone)]
pub(crate) struct Context(Arc<Inner>);

struct Inner {
    connections: connection::Shared,
    admission: Admission,
    /// Held by every connection, so that a shutdown can wait for all of them.
    alive: mpsc::Sender<()>,
    allowed_origins: Vec<String>,
    guests: bool,
    tutorial: Option<PathBuf>,
    started: Instant,
}

impl Context {
    pub(crate) fn new(
        connections: connection::Shared,
        admission: Admission,
        alive: mpsc::Sender<()>,
        allowed_origins: Vec<String>,
        guests: bool,
        tutorial: Option<PathBuf>,
    ) -> Self {
        let started = Instant::now();
        Self(Arc::new(Inner {
            connections,
            admission,
            alive,
            allowed_origins,
            guests,
            tutorial,
            started,
        }))
    }
}

/// Every route of the server.
pub(crate) fn router(context: Context) -> Router {
    let mut router =
        Router::new().route("/", get(root)).route("/health", get(health)).fallback(get(web::asset));
    if context.0.tutorial.is_some() {
        router = router
            .route("/tutorial", get(tutorial::redirect))
            .route("/tutorial/", get(tutorial::index))
            .route("/tutorial/{*path}", get(tutorial::file));
    }
    router.with_state(context)
}

/// The WebSocket and the web client share one address, as in the tutorial.
async fn root(State(context): State<Context>, request: Request) -> Response {
    if upgrade::is_wanted(request.headers()) {
        upgrade::accept(&context, request)
    } else {
        web::index(request.headers())
    }
}

async fn health(State(context): State<Context>) -> Response {
    let Inner { connections, started, .. } = &*context.0;
    let body = json!({
        "status": "ok",
        "sessions": connections.metrics.sessions.value(),
        "calls": connections.metrics.calls.value(),
        "uptime_s": started.elapsed().as_secs(),
    });
    let own = [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "application/json")];
    (own, headers::plain(), body.to_string()).into_response()
}
