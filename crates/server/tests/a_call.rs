//! A call from invite to hangup, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use ringdove_protocol::{
    ClientMessage, EndReason, EndedBy, Media, PersonKind, Role, ServerMessage,
};
use support::{World, accept, call_id, invite};

#[tokio::test]
async fn naomi_calls_priya() {
    let world = World::start().await;
    let mut naomi = world.user("Naomi").await;
    let mut priya = world.user("Priya").await;
    let id = call_id(1);

    naomi.send(invite(id, "Priya")).await;
    match priya.next().await {
        ServerMessage::CallInvite { call_id, from, media, remaining_ms, setup } => {
            assert_eq!(call_id, id);
            assert_eq!((from.name.as_str(), from.kind), ("Naomi", PersonKind::User));
            assert_eq!((media, setup), (Media::VIDEO, None));
            assert!((44_000..=45_000).contains(&remaining_ms), "{remaining_ms}");
        }
        other => panic!("expected an invite, got {other:?}"),
    }
    assert!(matches!(naomi.next().await, ServerMessage::CallReached { .. }));

    priya.send(ClientMessage::CallRinging { call_id: id }).await;
    assert!(
        matches!(naomi.next().await, ServerMessage::CallRinging { call_id, .. } if call_id == id)
    );

    priya.send(accept(id)).await;
    for (user, own, other) in
        [(&mut naomi, Role::Caller, "Priya"), (&mut priya, Role::Callee, "Naomi")]
    {
        match user.next().await {
            ServerMessage::CallAccepted { call_id, role, peer, replaces, .. } => {
                assert_eq!((call_id, role, peer.name.as_str()), (id, own, other));
                assert_eq!(replaces, None);
            }
            ended => panic!("expected accepted, got {ended:?}"),
        }
    }

    for seq in 0..100 {
        let body = format!("\u{0}\u{1}\"\\ anything {seq} \u{10ffff}");
        naomi.send(ClientMessage::CallSignal { call_id: id, seq, body }).await;
    }
    for expected in 0..100 {
        match priya.next().await {
            ServerMessage::CallSignal { call_id, from, seq, body } => {
                assert_eq!((call_id, from.as_str(), seq), (id, "Naomi", expected));
                assert_eq!(body, format!("\u{0}\u{1}\"\\ anything {seq} \u{10ffff}"));
            }
            other => panic!("expected a signal, got {other:?}"),
        }
    }

    priya.send(ClientMessage::CallHangup { call_id: id, reason: EndReason::HungUp }).await;
    let ended =
        ServerMessage::CallEnded { call_id: id, reason: EndReason::HungUp, by: EndedBy::Callee };
    assert_eq!(naomi.next().await, ended);
    assert_eq!(priya.next().await, ended);
}
