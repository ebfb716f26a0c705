//! Messages of types that this server does not know: passed on to their target, values untouched.

use std::collections::BTreeMap;

use ringdove_protocol::Name;
use serde_json::value::RawValue;

/// A message of an unknown type for one person.
#[derive(Clone, Debug)]
pub(crate) struct PassOn {
    pub(crate) kind: String,
    pub(crate) target: Name,
    fields: BTreeMap<String, Box<RawValue>>,
}

impl PassOn {
    /// Reads a frame again whose `type` is known to be `kind`; none if its target is no name.
    pub(crate) fn read(frame: &str, kind: &str, target_field: &str) -> Option<Self> {
        let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(frame).ok()?;
        let target = serde_json::from_str(fields.get(target_field)?.get()).ok()?;
        Some(Self { kind: kind.to_owned(), target, fields })
    }

    /// Writes the frame with the true sender in `sender_fields`, whatever stood there.
    pub(crate) fn encode(mut self, sender: &Name, sender_fields: &[&str]) -> Option<String> {
        for field in sender_fields {
            let sender = serde_json::value::to_raw_value(sender).ok()?;
            self.fields.insert((*field).to_owned(), sender);
        }
        serde_json::to_string(&self.fields).ok()
    }
}

impl PartialEq for PassOn {
    fn eq(&self, other: &Self) -> bool {
        let texts = |message: &Self| -> Vec<(String, String)> {
            message.fields.iter().map(|(k, v)| (k.clone(), v.get().to_owned())).collect()
        };
        texts(self) == texts(other)
    }
}

impl Eq for PassOn {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_untouched_and_the_sender_is_true() {
        let frame = r#"{"type":"wave","to":"Ben","name":"Eve","n":1.000000000000000000001}"#;
        let sender = Name::parse("Anna").unwrap_or_else(|e| panic!("{e}"));
        let message = PassOn::read(frame, "wave", "to").unwrap_or_else(|| panic!("has a target"));
        assert_eq!(
            message.encode(&sender, &["from", "name"]).as_deref(),
            Some(
                r#"{"from":"Anna","n":1.000000000000000000001,"name":"Anna","to":"Ben","type":"wave"}"#
            ),
        );
    }

    #[test]
    fn without_a_target_there_is_nothing_to_pass_on() {
        for frame in [r#"{"type":"wave"}"#, r#"{"to":""}"#, r#"{"to":null}"#, r#"{"to":["Ben"]}"#] {
            assert!(PassOn::read(frame, "wave", "to").is_none(), "{frame}");
        }
    }
}
