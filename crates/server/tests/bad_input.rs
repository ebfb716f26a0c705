//! What a wrong or hostile client can send: the sender hears why, nobody else hears anything, and
//! the server lives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use futures_util::SinkExt;
use ringdove_protocol::{ClientMessage, ErrorCode, ServerMessage};
use serde_json::json;
use support::{Guest, User, World, call_id, expect_close, invite, key_of, name, public};
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test]
async fn each_wrong_frame_gets_its_error_and_the_connection_lives() {
    let world = World::start().await;
    let (mut anna, mut ben) = (world.user("Anna").await, world.user("Ben").await);
    let garbage = "\u{0}x\"{".repeat(15_000);
    for (frame, code) in [
        ("", ErrorCode::BadMessage),
        ("not JSON", ErrorCode::BadMessage),
        ("null", ErrorCode::BadMessage),
        ("[]", ErrorCode::BadMessage),
        ("{}", ErrorCode::BadMessage),
        (&garbage, ErrorCode::BadMessage),
        (&"[".repeat(60_000), ErrorCode::BadMessage),
        (
            &format!(r#"{{"type":"x","to":{}1{}}}"#, "[".repeat(500), "]".repeat(500)),
            ErrorCode::UnknownType,
        ),
        (r#"{"type":null}"#, ErrorCode::BadMessage),
        (r#"{"type":["chat"]}"#, ErrorCode::BadMessage),
        (r#"{"type":"chat"}"#, ErrorCode::BadMessage),
        (r#"{"type":"chat","text":7}"#, ErrorCode::BadMessage),
        (r#"{"type":"chat","text":"a","text":"b"}"#, ErrorCode::BadMessage),
        (r#"{"type":"chat","text":""}"#, ErrorCode::BadText),
        (
            r#"{"type":"call.invite","call_id":"short","to":"Ben","media":{"audio":true,"video":true}}"#,
            ErrorCode::BadMessage,
        ),
        (
            r#"{"type":"call.invite","call_id":"AAAAAAAAAAAAAAAAAAAAAA","to":"","media":{"audio":true,"video":true}}"#,
            ErrorCode::BadMessage,
        ),
        (r#"{"type":"text","text":"hi"}"#, ErrorCode::BadMessage),
        (r#"{"type":"text","to":null,"text":"hi"}"#, ErrorCode::BadMessage),
        (r#"{"type":"text","to":"Nobody","text":"hi"}"#, ErrorCode::Offline),
        (r#"{"type":"rename","name":"<b>Anna</b>"}"#, ErrorCode::NameInvalid),
        (r#"{"type":"rename","name":"B\u0435n"}"#, ErrorCode::NameTaken),
        (r#"{"type":"welcome","to":"Ben","name":"Eve"}"#, ErrorCode::ServerOwned),
        (r#"{"type":"presence","people":[]}"#, ErrorCode::ServerOwned),
        (r#"{"type":"call.ended","to":"Ben"}"#, ErrorCode::ServerOwned),
        (r#"{"type":"userlist","target":"Ben","users":[]}"#, ErrorCode::ServerOwned),
        (r#"{"type":"video-offer","target":"Ben","sdp":{}}"#, ErrorCode::ServerOwned),
        (r#"{"type":"wave"}"#, ErrorCode::UnknownType),
        (r#"{"type":"wave","to":""}"#, ErrorCode::UnknownType),
        (r#"{"type":"wave","to":["Ben"]}"#, ErrorCode::UnknownType),
        (r#"{"type":"wave","to":"Nobody"}"#, ErrorCode::Offline),
    ] {
        anna.send_text(frame).await;
        let head: String = frame.chars().take(60).collect();
        assert_eq!(anna.expect_error().await, code, "{head}");
    }
    anna.socket.send(Message::binary(vec![0, 159, 146, 150])).await.unwrap();
    assert_eq!(anna.expect_error().await, ErrorCode::BadMessage);
    ben.hears_nothing().await;
    anna.hears_nothing().await;
}

#[tokio::test]
async fn a_guests_wrong_frames_get_errors_too() {
    let world = World::start().await;
    let mut ben = world.user("Ben").await;
    let (mut gus, mut hal) = (world.guest("Gus").await, world.guest("Hal").await);
    ben.sees("Hal", true).await;
    let foreign_id = json!({"type": "message", "text": "hi", "id": hal.id}).to_string();
    for (frame, code) in [
        ("null", "bad_message"),
        (&"x".repeat(60_000), "bad_message"),
        (&foreign_id, "bad_message"),
        (r#"{"type":"message"}"#, "bad_message"),
        (r#"{"type":"userlist","users":["Eve"]}"#, "server_owned"),
        (r#"{"type":"rejectusername","target":"Hal","name":"Eve"}"#, "server_owned"),
        (r#"{"type":"id","target":"Hal","id":7}"#, "server_owned"),
        (r#"{"type":"call.ended","target":"Ben"}"#, "server_owned"),
        (r#"{"type":"video-answer","target":"","sdp":{"type":"answer","sdp":""}}"#, "bad_message"),
        (r#"{"type":"message","text":"hi","target":"Nobody"}"#, "offline"),
    ] {
        gus.socket.send(Message::text(frame)).await.unwrap();
        let error = gus.expect("error").await;
        assert_eq!(error["code"], code, "{frame:.60}");
        assert!(!error["text"].as_str().unwrap().is_empty());
    }
    hal.hears_nothing().await;
    ben.hears_nothing().await;
}

#[tokio::test]
async fn a_message_that_is_too_big_closes_its_sender_with_1009() {
    let world = World::start().await;
    let mut ben = world.user("Ben").await;
    for bytes in [64 * 1024 + 1, 1024 * 1024] {
        let mut anna = world.user("Anna").await;
        ben.sees("Anna", true).await;
        anna.send_text(&"x".repeat(bytes)).await;
        assert_eq!(anna.expect_error().await, ErrorCode::BadMessage);
        assert_eq!(anna.expect_close().await, Some(1009));
        ben.sees("Anna", false).await;
    }
    ben.hears_nothing().await;
}

#[tokio::test]
async fn claims_about_the_sender_are_not_believed() {
    let world = World::start().await;
    let (mut anna, mut ben) = (world.user("Anna").await, world.user("Ben").await);
    anna.send_text(r#"{"type":"chat","text":"hi","from":"Ben","name":"Ben","id":"1"}"#).await;
    assert!(matches!(ben.next().await, ServerMessage::Chat { from, .. } if from == name("Anna")));
    anna.send_text(r#"{"type":"wave","to":"Ben","from":"Eve","name":"Eve"}"#).await;
    assert_eq!(ben.next_raw().await, r#"{"from":"Anna","name":"Anna","to":"Ben","type":"wave"}"#);
}

#[tokio::test]
async fn a_login_needs_the_right_signature_version_and_place() {
    let world = World::start().await;
    let (anna, eve) = (key_of("Anna"), key_of("Eve"));

    let mut user = User::connect(&world).await;
    user.send(invite(call_id(1), "Ben")).await;
    assert_eq!(user.expect_error().await, ErrorCode::LoginRequired);
    let ClientMessage::Login { v, name, signature, link, invite, .. } =
        user.login("Anna", &eve, None)
    else {
        unreachable!()
    };
    user.send(ClientMessage::Login {
        v,
        name,
        device_key: public(&anna),
        signature,
        link,
        rings: None,
        invite,
    })
    .await;
    assert_eq!(user.expect_error().await, ErrorCode::BadLogin);
    assert_eq!(user.expect_close().await, Some(1008));

    let replayed = User::connect(&world).await.login("Anna", &anna, None);
    let mut user = User::connect(&world).await;
    user.send(replayed).await;
    assert_eq!(user.expect_error().await, ErrorCode::BadLogin, "for another connection's nonce");

    let mut user = User::connect(&world).await;
    let login = user.login("Anna", &anna, None).encode().replace(r#""v":1"#, r#""v":99"#);
    user.send_text(&login).await;
    assert_eq!(user.expect_error().await, ErrorCode::Version);
    assert_eq!(user.expect_close().await, Some(1008));
}

#[tokio::test]
async fn a_subprotocol_is_needed() {
    let world = World::start().await;
    for wanted in ["soap", "ringdove.v99"] {
        match world.connect(wanted).await {
            Err(Error::Http(response)) => {
                assert_eq!(response.status(), 400);
                let body = String::from_utf8(response.body().clone().unwrap()).unwrap();
                assert!(body.contains("ringdove.v1"), "{body}");
            }
            other => panic!("expected a refusal, got {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_flood_is_dropped_and_then_closed_and_others_do_not_notice() {
    let world = World::start().await;
    let (mut anna, mut ben) = (world.user("Anna").await, world.user("Ben").await);
    for _ in 0..1500 {
        if anna.socket.send(Message::text(r#"{"type":"ping"}"#)).await.is_err() {
            break;
        }
    }
    assert_eq!(expect_close(&mut anna.socket).await, Some(1008));
    ben.sees("Anna", false).await;
    ben.hears_nothing().await;
}

#[tokio::test]
async fn a_guest_is_named_before_it_speaks() {
    let world = World::start().await;
    let mut ben = world.user("Ben").await;
    let mut guest = Guest::connect(&world).await;
    guest.say(json!({"type": "message", "text": "hi"})).await;
    assert_eq!(guest.expect("error").await["code"], "login_required");
    ben.hears_nothing().await;
    assert_eq!(ben.people, []);
}
