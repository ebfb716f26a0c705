//! A copy of the tutorial's page, for those who have one: `--tutorial DIR`.
//!
//! Its page has inline handlers, so the web client's content policy cannot hold for it.

use std::path::{Component, Path, PathBuf};

use axum::{
    extract::{Path as UrlPath, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use super::{Context, headers};

pub(super) async fn redirect() -> Redirect {
    Redirect::permanent("/tutorial/")
}

pub(super) async fn index(context: State<Context>) -> Response {
    file(context, UrlPath("index.html".to_owned())).await
}

pub(super) async fn file(
    State(context): State<Context>,
    UrlPath(path): UrlPath<String>,
) -> Response {
    let found = match (&context.0.tutorial, content_type(&path)) {
        (Some(folder), Some(kind)) => {
            let folder = folder.clone();
            let read = tokio::task::spawn_blocking(move || read_inside(&folder, Path::new(&path)));
            read.await.ok().flatten().map(|content| (kind, content))
        }
        (Some(_), None) | (None, _) => None,
    };
    match found {
        Some((kind, content)) => {
            let headers_of_file =
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")];
            (headers::plain(), headers_of_file, content).into_response()
        }
        None => (StatusCode::NOT_FOUND, headers::plain(), "not found\n").into_response(),
    }
}

/// What a page is made of. The tutorial's folder also holds its server, which is not for the public.
fn content_type(path: &str) -> Option<&'static str> {
    if path.ends_with("chat-server.js") {
        return None;
    }
    match path.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "ico" => Some("image/x-icon"),
        "png" => Some("image/png"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// Reads a file only if it really lies inside the folder, also after symbolic links.
fn read_inside(folder: &Path, path: &Path) -> Option<Vec<u8>> {
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let folder: PathBuf = folder.canonicalize().ok()?;
    let file = folder.join(path).canonicalize().ok()?;
    if file.starts_with(&folder) { std::fs::read(file).ok() } else { None }
}
