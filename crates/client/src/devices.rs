//! More devices for one account: two short texts that its owner carries from one to the other.
//!
//! The new device shows its *code*, `ringdove-device:KEY`. The account's first device signs that key,
//! which gives the *link*, `ringdove-link:ACCOUNT.SIGNATURE.NAME`. It is no secret: without the new
//! device's own key it opens nothing. Keys and the signature are unpadded base64url, the name is
//! percent-encoded.

use percent_encoding::{percent_decode_str, utf8_percent_encode};
use ringdove_protocol::{DeviceKey, DeviceLink, Name, Signature};
use serde::{Deserialize, Serialize};

use crate::contact::{ESCAPED, LENGTH_MAX};

const CODE_SCHEME: &str = "ringdove-device:";
const LINK_SCHEME: &str = "ringdove-link:";

/// What this device is to its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub struct OwnDevices {
    /// The code of this device, for the account's first one.
    pub code: String,
    /// Whether another device vouches for this one, so that it can vouch for none itself.
    pub linked: bool,
    /// The link for the device that was vouched for last; null before, and while signed out.
    pub signed: Option<String>,
}

/// Why a device was not added, or did not become a further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "app.ts"))]
pub enum DeviceRefusal {
    /// What was typed is no code of a device.
    CodeInvalid,
    /// What was typed is no link for a device.
    LinkInvalid,
    /// The link was made for another device, or nobody signed it.
    LinkOfAnother,
    /// This device is not the first of its account: nobody would believe it.
    NotFirst,
    /// While offline one's name is not certain.
    Offline,
    /// The code, or the account of the link, is this device's own.
    Oneself,
}

/// The code of a device.
pub(crate) fn code(device: &DeviceKey) -> String {
    format!("{CODE_SCHEME}{device}")
}

/// Reads what [`code`] wrote.
pub(crate) fn parse_code(typed: &str) -> Option<DeviceKey> {
    DeviceKey::parse(typed.trim().strip_prefix(CODE_SCHEME)?).ok()
}

/// A link for a device, and the name that its account goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedLink {
    pub(crate) link: DeviceLink,
    pub(crate) name: Name,
}

impl NamedLink {
    pub(crate) fn to_text(&self) -> String {
        let DeviceLink { account_key, signature } = &self.link;
        let name = utf8_percent_encode(self.name.as_str(), ESCAPED);
        format!("{LINK_SCHEME}{account_key}.{signature}.{name}")
    }

    /// Reads a link; none if it is not one. Whose signature it bears is not checked.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.len() > LENGTH_MAX {
            return None;
        }
        let mut parts = typed.strip_prefix(LINK_SCHEME)?.splitn(3, '.');
        let account_key = DeviceKey::parse(parts.next()?).ok()?;
        let signature = Signature::parse(parts.next()?).ok()?;
        let name = percent_decode_str(parts.next()?).decode_utf8().ok()?;
        let name = Name::parse(&name).ok()?;
        Some(Self { link: DeviceLink { account_key, signature }, name })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn key() -> DeviceKey {
        DeviceKey::from_bytes([7; 32])
    }

    #[test]
    fn texts_are_read_back() {
        assert_eq!(parse_code(&format!(" {}\n", code(&key()))), Some(key()));
        for name in ["Anna", "Jörg O'Neill", "A.b_c-d"] {
            let link = DeviceLink { account_key: key(), signature: Signature::from_bytes([9; 64]) };
            let named = NamedLink { link, name: Name::parse(name).unwrap() };
            let text = named.to_text();
            assert!(text.is_ascii() && !text.contains(' '), "{text}");
            assert_eq!(NamedLink::parse(&format!("\t{text} ")), Some(named), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        let (key, signature) = (key(), Signature::from_bytes([9; 64]));
        for text in [
            String::new(),
            key.to_string(),
            format!("ringdove-device:{key}A"),
            format!("ringdove-device:{key}="),
            format!("ringdove-link:{key}"),
            format!("ringdove-link:{key}.{signature}"),
            format!("ringdove-link:{key}.{signature}."),
            format!("ringdove-link:{signature}.{key}.Anna"),
            format!("ringdove-link:{key}.{signature}.An%00na"),
            format!("ringdove-link:{key}.{signature}.Anna%FF"),
            format!("ringdove-link:{key}.{signature}.{}", "A".repeat(3000)),
            format!("ringdove://{key}.{signature}.Anna"),
        ] {
            assert_eq!(parse_code(&text), None, "{text:?}");
            assert_eq!(NamedLink::parse(&text), None, "{text:?}");
        }
    }
}
