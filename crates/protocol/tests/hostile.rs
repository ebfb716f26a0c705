//! Whatever comes over the wire, reading it gives a value or an error.
#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use proptest::prelude::*;
use ringdove_protocol::{ClientMessage, DecodeError, ServerMessage, Signal};

#[test]
fn each_kind_of_bad_message_has_its_own_error() {
    let error = |frame: &str| ClientMessage::decode(frame).unwrap_err();
    assert!(matches!(error(""), DecodeError::NotJson(_)));
    assert!(matches!(error("{"), DecodeError::NotJson(_)));
    assert!(matches!(error("hello"), DecodeError::NotJson(_)));
    for frame in ["null", "1", "[]", "\"login\""] {
        assert_eq!(error(frame), DecodeError::NotObject, "{frame}");
    }
    for frame in ["{}", r#"{"type":null}"#, r#"{"type":7}"#] {
        assert_eq!(error(frame), DecodeError::MissingType, "{frame}");
    }
    for frame in [
        r#"{"type":"chat"}"#,
        r#"{"type":"chat","text":7}"#,
        r#"{"type":"chat","text":"a","text":"b"}"#,
        r#"{"type":"call.invite","call_id":"short","to":"Bob","media":{"audio":true,"video":true}}"#,
        r#"{"type":"rename","name":"<b>"}"#,
    ] {
        assert!(matches!(error(frame), DecodeError::Invalid { .. }), "{frame}");
    }
    assert!(matches!(error(r#"{"type":"welcome"}"#), DecodeError::ServerOwned { .. }));
    assert!(matches!(error(r#"{"type":"dance"}"#), DecodeError::UnknownType { .. }));
}

#[test]
fn unknown_fields_pass() {
    let frame = r#"{"type":"chat","text":"a","name":"forged","later":{"version":[2]}}"#;
    assert_eq!(ClientMessage::decode(frame), Ok(ClientMessage::Chat { text: "a".to_owned() }));
}

#[test]
fn deep_nesting_is_an_error() {
    let frame = format!(r#"{{"type":"chat","x":{}}}"#, "[".repeat(60_000));
    assert!(ClientMessage::decode(&frame).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(frame in ".*") {
        let _ = ClientMessage::decode(&frame);
        let _ = ServerMessage::decode(&frame);
        let _ = Signal::decode(&frame);
    }

    #[test]
    fn a_message_with_one_changed_byte_is_read_without_panic(
        at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut frame = include_bytes!("../golden/server/call.accepted.json").to_vec();
        let at = at.index(frame.len());
        frame[at] = byte;
        if let Ok(frame) = String::from_utf8(frame) {
            let _ = ServerMessage::decode(&frame);
            let _ = ClientMessage::decode(&frame);
        }
    }
}
