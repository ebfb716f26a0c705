//! The web client: the same UI as the app's, from inside this program.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::headers;

/// The built UI. Release builds hold it; debug builds read the folder each time.
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Ui;

/// The page itself, which is never old.
pub(super) fn index(request: &HeaderMap) -> Response {
    match Ui::get("index.html") {
        Some(file) => serve("index.html", file, request),
        None => not_built(),
    }
}

/// Any other file of the UI.
pub(super) async fn asset(uri: Uri, request: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    // Our build makes plain names; anything else, such as `..` or `%2e`, is not ours.
    let is_plain = path.split('/').all(|part| {
        !part.starts_with('.')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    });
    let file = if is_plain && !path.is_empty() { Ui::get(path) } else { None };
    match file {
        Some(file) => serve(path, file, &request),
        None => (StatusCode::NOT_FOUND, headers::plain(), "not found\n").into_response(),
    }
}

fn serve(path: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash()));
    // Vite puts a hash of the content into the names below assets/.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let common = (
        [(header::CACHE_CONTROL, HeaderValue::from_static(caching))],
        headers::plain(),
        headers::web_client(),
    );
    let is_known = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    if is_known {
        return (StatusCode::NOT_MODIFIED, common, [(header::ETAG, tag)]).into_response();
    }
    let kind = content_type(file.metadata.mimetype());
    (common, [(header::ETAG, tag), (header::CONTENT_TYPE, kind)], file.data).into_response()
}

fn content_type(guessed: &str) -> String {
    let is_text = guessed.starts_with("text/") && !guessed.contains("charset");
    if is_text { format!("{guessed}; charset=utf-8") } else { guessed.to_owned() }
}

fn not_built() -> Response {
    let text = "Ringdove's server is running, but this build holds no web client.\n\
                Build the UI (npm run build in ui/) and build or start the server again.\n";
    (StatusCode::OK, headers::plain(), text).into_response()
}
