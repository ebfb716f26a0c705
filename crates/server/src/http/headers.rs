//! Headers that keep pages from doing what they need not do.

use axum::http::{HeaderName, HeaderValue, header};

/// For every answer.
pub(super) fn plain() -> [(HeaderName, HeaderValue); 2] {
    [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ]
}

/// For the web client: its own code only, no frames, nothing from elsewhere.
pub(super) fn web_client() -> [(HeaderName, HeaderValue); 2] {
    const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
        style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob: mediastream:; \
        font-src 'self'; connect-src 'self' ws: wss:; worker-src 'self' blob:; \
        frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'";
    [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static(
                "camera=(self), microphone=(self), speaker-selection=(self), \
                 display-capture=(self)",
            ),
        ),
    ]
}
