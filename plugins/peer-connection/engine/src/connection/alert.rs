//! Alerts of a DTLS handshake (RFC 6347 4.1; RFC 5246 7.2), with which an end says that it gives up.

use str0m::RtcError;

/// Fatal, in epoch 0: there are no keys yet. A number that no flight of the handshake has used.
pub(super) const BAD_CERTIFICATE: [u8; 15] = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 2, 42];

/// RFC 7983 7.
pub(super) fn is_dtls(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| (20..=63).contains(first))
}

/// Whether the other end has given up. str0m hands on no more than the text of it.
pub(super) fn is_fatal(error: &RtcError) -> bool {
    matches!(error, RtcError::Dtls(error) if error.to_string().contains("received fatal alert"))
}
