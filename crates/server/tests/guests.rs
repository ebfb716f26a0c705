//! The tutorial's page on real sockets; its rules are tested with the hub.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use ringdove_protocol::{
    ClientMessage, Description, DescriptionKind, PersonKind, ServerMessage, Signal,
};
use ringdove_server::Config;
use serde_json::json;
use support::{World, accept, call_id, invite};
use tokio_tungstenite::tungstenite::Error;

#[tokio::test]
async fn a_guest_calls_a_user_talks_and_hangs_up_without_a_target() {
    let world = World::start().await;
    let mut anna = world.user("Anna").await;
    let mut gus = world.guest("Gus").await;
    anna.sees("Gus", true).await;
    assert_eq!(anna.people[0].kind, PersonKind::Guest);
    gus.sees_list(&["Anna", "Gus"]).await;

    let sdp = json!({"type": "offer", "sdp": "v=0\r\n"});
    gus.say(json!({"type": "video-offer", "name": "Gus", "target": "Anna", "sdp": sdp})).await;
    let ServerMessage::CallInvite { call_id, .. } = anna.next().await else { panic!("no ring") };
    anna.send(accept(call_id)).await;
    assert!(matches!(anna.next().await, ServerMessage::CallAccepted { .. }));
    assert!(matches!(anna.next().await, ServerMessage::CallSignal { seq: 0, .. }));
    let description = Description { kind: DescriptionKind::Answer, sdp: "v=0\r\n".to_owned() };
    let body = Signal::Description { description }.encode();
    anna.send(ClientMessage::CallSignal { call_id, seq: 0, body }).await;
    assert_eq!(gus.expect("video-answer").await["name"], "Anna");

    gus.say(json!({"name": "Gus", "target": null, "type": "hang-up"})).await;
    assert!(matches!(anna.next().await, ServerMessage::CallEnded { .. }));
}

#[tokio::test]
async fn a_user_calls_a_guest() {
    let world = World::start().await;
    let mut gus = world.guest("Gus").await;
    let mut anna = world.user("Anna").await;
    anna.send(invite(call_id(1), "Gus")).await;
    assert!(matches!(anna.next().await, ServerMessage::CallReached { .. }));
    assert!(matches!(anna.next().await, ServerMessage::CallAccepted { .. }));
    let description = Description { kind: DescriptionKind::Offer, sdp: "v=0\r\n".to_owned() };
    let body = Signal::Description { description }.encode();
    anna.send(ClientMessage::CallSignal { call_id: call_id(1), seq: 0, body }).await;
    assert_eq!(gus.expect("video-offer").await["sdp"]["sdp"], "v=0\r\n");
    anna.leave().await;
    assert_eq!(gus.expect("hang-up").await["name"], "Anna");
}

#[tokio::test]
async fn a_taken_name_gets_a_number_and_the_guest_is_told() {
    let world = World::start().await;
    let _anna = world.user("Anna").await;
    let mut guest = support::Guest::connect(&world).await;
    guest.say(json!({"type": "username", "name": "Anna", "date": 1, "id": guest.id})).await;
    let told = guest.expect("rejectusername").await;
    assert_eq!((&told["id"], &told["name"]), (&json!(guest.id), &json!("Anna1")));
}

#[tokio::test]
async fn guests_can_be_kept_out() {
    let world = World::with(Config { guests: false, ..Config::default() }).await;
    match world.connect("json").await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 400),
        other => panic!("expected a refusal, got {other:?}"),
    }
}
