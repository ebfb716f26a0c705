//! Sealed signals: ChaCha20-Poly1305 (RFC 8439), one key for each direction.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use ringdove_protocol::{CallId, Role, transcript as fields};

use crate::{Pictures, SealError};

/// One end of a call whose keys are agreed on.
pub struct Session {
    role: Role,
    call: CallId,
    sealing: ChaCha20Poly1305,
    opening: ChaCha20Poly1305,
    pictures: Pictures,
}

impl Session {
    pub(crate) fn new(
        role: Role,
        call: CallId,
        own: &[u8; 32],
        theirs: &[u8; 32],
        pictures: Pictures,
    ) -> Self {
        let cipher = |key: &[u8; 32]| ChaCha20Poly1305::new(Key::from_slice(key));
        Self { role, call, sealing: cipher(own), opening: cipher(theirs), pictures }
    }

    /// What the two people compare.
    pub fn pictures(&self) -> Pictures {
        self.pictures
    }

    /// Seals the signal with this number, as unpadded base64url.
    ///
    /// A number stands for one text: sealing two texts with the same number would show both. The
    /// same text again gives the same bytes, and so harms nothing.
    pub fn seal(&self, seq: u32, text: &str) -> String {
        let aad = associated(self.call, self.role);
        let payload = Payload { msg: text.as_bytes(), aad: &aad };
        // It fails for texts of 256 GiB only.
        #[expect(clippy::expect_used, reason = "see above")]
        let sealed = self.sealing.encrypt(&nonce(seq), payload).expect("a short text");
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens the other end's signal with this number.
    pub fn open(&self, seq: u32, sealed: &str) -> Result<String, SealError> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealError::Tampered)?;
        let aad = associated(self.call, self.role.other());
        let payload = Payload { msg: &sealed, aad: &aad };
        let text = self.opening.decrypt(&nonce(seq), payload).map_err(|_| SealError::Tampered)?;
        String::from_utf8(text).map_err(|_| SealError::Tampered)
    }
}

/// Redacted: holds keys.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Eight zero bytes and the signal's number: each key seals in one direction of one call.
fn nonce(seq: u32) -> Nonce {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&seq.to_be_bytes());
    nonce.into()
}

fn associated(call: CallId, sender: Role) -> Vec<u8> {
    let sender: &[u8] = match sender {
        Role::Caller => b"caller",
        Role::Callee => b"callee",
    };
    fields(&[b"ringdove-signal-v1", call.as_bytes(), sender])
}
