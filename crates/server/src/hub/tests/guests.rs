//! The tutorial's page among users and other guests.

use ringdove_protocol::{
    Candidate, ClientMessage, Description, DescriptionKind,
    EndReason::{self, HungUp},
    EndedBy::{Callee, Caller},
    Media, PersonKind, Role, ServerMessage, SessionId, Signal,
};
use serde_json::json;

use super::{
    Departure, Dialect, Town, accept, decline, ended, hang_up, id, invite, kinds, name, signal,
};

const SDP: &str = "v=0\r\no=- 4611 2 IN IP4 127.0.0.1\r\n";

/// The id that the server gives to the first call of a guest.
const FIRST: u8 = 201;

fn offer(town: &mut Town, guest: SessionId, target: &str) {
    let offer = json!({"type": "video-offer", "name": "whoever", "target": target,
        "sdp": {"type": "offer", "sdp": SDP}});
    town.guest_says(guest, &offer.to_string());
}

fn candidate(town: &mut Town, guest: SessionId, target: &str, text: &str) {
    let candidate = json!({"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0,
        "usernameFragment": "abcd"});
    let message = json!({"type": "new-ice-candidate", "target": target, "candidate": candidate});
    town.guest_says(guest, &message.to_string());
}

fn hang_up_as_the_page_does(town: &mut Town, guest: SessionId) {
    town.guest_says(guest, r#"{"name":"whoever","target":null,"type":"hang-up"}"#);
}

fn description(kind: DescriptionKind) -> Signal {
    Signal::Description { description: Description { kind, sdp: SDP.to_owned() } }
}

fn bodies(messages: &[ServerMessage]) -> Vec<(u32, Signal)> {
    let body = |message: &ServerMessage| {
        let ServerMessage::CallSignal { seq, body, .. } = message else { return None };
        Some((*seq, Signal::decode(body).expect("a signal of version 1")))
    };
    messages.iter().filter_map(body).collect()
}

#[test]
fn a_guests_offer_rings_and_waits_for_the_answer() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    offer(&mut town, guest, "Anna");
    candidate(&mut town, guest, "Anna", "candidate:1");
    match &town.hear(anna)[..] {
        [ServerMessage::CallInvite { call_id, from, .. }] => {
            assert_eq!(*call_id, id(FIRST));
            assert_eq!((from.name.clone(), from.kind), (name("Gus"), PersonKind::Guest));
        }
        other => panic!("expected an invite only, got {other:?}"),
    }
    town.say(anna, accept(id(FIRST)));
    let heard = town.hear(anna);
    assert_eq!(kinds(&heard), ["call.accepted", "call.signal", "call.signal"]);
    assert!(matches!(heard[0], ServerMessage::CallAccepted { role: Role::Callee, .. }));
    let signals = bodies(&heard);
    assert_eq!(signals[0], (0, description(DescriptionKind::Offer)));
    let expected = Candidate {
        candidate: "candidate:1".to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some("abcd".to_owned()),
    };
    assert_eq!(signals[1], (1, Signal::Candidate { candidate: Some(expected) }));

    town.guest_hears(guest);
    town.say(anna, signal(id(FIRST), 0, &description(DescriptionKind::Answer).encode()));
    let answer = json!({"type": "video-answer", "name": "Anna", "target": "Gus",
        "sdp": {"type": "answer", "sdp": SDP}});
    assert_eq!(town.guest_hears(guest), [answer]);
    candidate(&mut town, guest, "Anna", "candidate:2");
    assert_eq!(bodies(&town.hear(anna))[0].0, 2);
}

#[test]
fn a_users_call_to_a_guest_is_accepted_for_it() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    town.guest_hears(guest);
    town.say(anna, invite(id(1), "Gus"));
    assert_eq!(kinds(&town.hear(anna)), ["call.reached", "call.accepted"]);
    assert_eq!(town.guest_hears(guest).len(), 0, "nothing to show before the offer");
    let candidate = Candidate {
        candidate: "candidate:1".to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    };
    for (seq, body) in [
        description(DescriptionKind::Offer),
        Signal::Candidate { candidate: Some(candidate) },
        Signal::Candidate { candidate: None },
        Signal::Media { media: Media::AUDIO },
    ]
    .iter()
    .enumerate()
    {
        town.say(anna, signal(id(1), seq as u32, &body.encode()));
    }
    let heard = town.guest_hears(guest);
    assert_eq!(
        heard.len(),
        2,
        "the page knows neither the end of candidates nor muting: {heard:?}"
    );
    assert_eq!(heard[0]["type"], "video-offer");
    assert_eq!(heard[0]["sdp"], json!({"type": "offer", "sdp": SDP}));
    assert_eq!(heard[1]["candidate"]["sdpMLineIndex"], 0);
    assert_eq!(heard[1]["target"], "Gus");
    // A user who was away repeats what it said; the page must not hear it twice.
    town.say(anna, signal(id(1), 0, &description(DescriptionKind::Offer).encode()));
    assert_eq!(town.guest_hears(guest).len(), 0);
}

#[test]
fn a_guest_hears_hang_up_whatever_the_reason() {
    type Act = fn(&mut Town, SessionId);
    let acts: [Act; 5] = [
        |town, anna| town.say(anna, decline(id(FIRST), EndReason::Declined)),
        |town, anna| town.say(anna, decline(id(FIRST), EndReason::Busy)),
        |town, _| town.secs(45),
        |town, anna| {
            town.say(anna, accept(id(FIRST)));
            town.say(anna, hang_up(id(FIRST)));
        },
        |town, anna| {
            town.say(anna, accept(id(FIRST)));
            town.close(anna, Departure::Clean);
        },
    ];
    for act in acts {
        let mut town = Town::new();
        let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
        offer(&mut town, guest, "Anna");
        town.guest_hears(guest);
        act(&mut town, anna);
        let goodbye = json!({"type": "hang-up", "name": "Anna", "target": "Gus"});
        assert_eq!(town.guest_hears(guest), [goodbye]);
        assert_eq!(town.open_calls(), 0);
    }
}

#[test]
fn a_guest_who_calls_a_busy_user_hears_hang_up() {
    let mut town = Town::new();
    let (anna, ben, guest) = (town.user("Anna"), town.user("Ben"), town.guest("Gus"));
    town.call(id(1), anna, ben, "Ben");
    town.guest_hears(guest);
    offer(&mut town, guest, "Anna");
    assert_eq!(town.guest_hears(guest)[0]["type"], "hang-up");
    assert_eq!(town.hear(anna), []);
}

#[test]
fn a_guests_hang_up_ends_its_own_call_and_nothing_else() {
    let mut town = Town::new();
    let (anna, ben) = (town.user("Anna"), town.user("Ben"));
    let (gus, hal, idle) = (town.guest("Gus"), town.guest("Hal"), town.guest("Ida"));
    offer(&mut town, gus, "Anna");
    offer(&mut town, hal, "Ben");
    town.say(anna, accept(id(FIRST)));
    town.say(ben, accept(id(FIRST + 1)));
    for user in [anna, ben] {
        town.hear(user);
    }
    for guest in [gus, hal, idle] {
        town.guest_hears(guest);
    }
    hang_up_as_the_page_does(&mut town, idle);
    hang_up_as_the_page_does(&mut town, gus);
    assert_eq!(town.hear(anna), [ended(id(FIRST), HungUp, Caller)]);
    assert_eq!(town.hear(ben), []);
    for guest in [hal, idle] {
        assert_eq!(town.guest_hears(guest).len(), 0);
    }
    assert_eq!(town.guest_hears(gus).len(), 0, "an echo would end the page's next call");
    town.guest_says(hal, r#"{"type":"hang-up","target":"Anna"}"#);
    assert_eq!(town.guest_hears(hal)[0]["code"], "unknown_call");
    assert_eq!(town.hear(ben), []);
    town.guest_says(hal, r#"{"type":"hang-up","target":"Ben"}"#);
    assert_eq!(town.hear(ben), [ended(id(FIRST + 1), HungUp, Caller)]);
}

#[test]
fn a_guest_who_gives_up_before_the_answer_has_cancelled() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    offer(&mut town, guest, "Anna");
    hang_up_as_the_page_does(&mut town, guest);
    assert_eq!(town.hear(anna).last(), Some(&ended(id(FIRST), EndReason::Cancelled, Caller)));
}

#[test]
fn a_guest_who_is_gone_cannot_come_back() {
    for (departure, reason) in
        [(Departure::Clean, EndReason::Left), (Departure::Lost, EndReason::ConnectionLost)]
    {
        let mut town = Town::new();
        let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
        town.say(anna, invite(id(1), "Gus"));
        town.hear(anna);
        town.close(guest, departure);
        assert_eq!(town.hear(anna), [ended(id(1), reason, Callee)]);
    }
}

#[test]
fn calling_a_guest_who_rings_answers_it() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    offer(&mut town, guest, "Anna");
    town.hear(anna);
    town.say(anna, invite(id(1), "Gus"));
    let heard = town.hear(anna);
    assert_eq!(kinds(&heard), ["call.accepted", "call.signal"]);
    assert!(matches!(
        heard[0],
        ServerMessage::CallAccepted { role: Role::Callee, replaces: Some(own), call_id, .. }
            if own == id(1) && call_id == id(FIRST)
    ));
}

#[test]
fn guests_call_each_other_as_in_the_tutorial() {
    let mut town = Town::new();
    let (gus, hal) = (town.guest("Gus"), town.guest("Hal"));
    for guest in [gus, hal] {
        town.guest_hears(guest);
    }
    offer(&mut town, gus, "Hal");
    candidate(&mut town, gus, "Hal", "candidate:1");
    let heard = town.guest_hears(hal);
    assert_eq!(
        heard[0],
        json!({"type": "video-offer", "name": "Gus", "target": "Hal",
        "sdp": {"type": "offer", "sdp": SDP}})
    );
    assert_eq!(heard[1]["type"], "new-ice-candidate");
    let answer = json!({"type": "video-answer", "name": "Eve", "target": "Gus",
        "sdp": {"type": "answer", "sdp": SDP}});
    town.guest_says(hal, &answer.to_string());
    let heard = town.guest_hears(gus);
    assert_eq!((&heard[0]["type"], &heard[0]["name"]), (&json!("video-answer"), &json!("Hal")));
    offer(&mut town, hal, "Gus");
    assert_eq!(town.guest_hears(gus)[0]["type"], "video-offer", "renegotiation passes");
    hang_up_as_the_page_does(&mut town, hal);
    assert_eq!(town.guest_hears(gus)[0]["type"], "hang-up");
}

#[test]
fn an_offer_to_somebody_else_leaves_the_old_call() {
    let mut town = Town::new();
    let (anna, ben, guest) = (town.user("Anna"), town.user("Ben"), town.guest("Gus"));
    offer(&mut town, guest, "Anna");
    town.say(anna, accept(id(FIRST)));
    town.hear(anna);
    offer(&mut town, guest, "Ben");
    assert_eq!(town.hear(anna), [ended(id(FIRST), HungUp, Caller)]);
    assert_eq!(kinds(&town.hear(ben)), ["call.invite"]);
}

#[test]
fn signals_without_a_call_reach_nobody() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    town.guest_hears(guest);
    candidate(&mut town, guest, "Anna", "candidate:1");
    assert_eq!(town.guest_hears(guest)[0]["code"], "unknown_call");
    for (target, code) in [("Nobody", "offline"), ("Gus", "oneself")] {
        offer(&mut town, guest, target);
        let heard = town.guest_hears(guest);
        assert_eq!(heard[0]["code"], code);
        assert_eq!((&heard[1]["type"], &heard[1]["name"]), (&"hang-up".into(), &target.into()));
        assert_eq!(heard.len(), 2, "{heard:?}");
    }
    assert_eq!(town.hear(anna), []);
    assert_eq!(town.open_calls(), 0);
}

#[test]
fn too_many_early_candidates_are_refused_and_the_call_lives() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    offer(&mut town, guest, "Anna");
    town.guest_hears(guest);
    for _ in 0..64 {
        candidate(&mut town, guest, "Anna", "candidate:1");
    }
    assert_eq!(town.guest_hears(guest)[0]["code"], "rate_limited");
    town.hear(anna);
    town.say(anna, accept(id(FIRST)));
    assert_eq!(bodies(&town.hear(anna)).len(), 64);
}

#[test]
fn a_guest_never_has_a_users_name() {
    let mut town = Town::new();
    let anna = town.user("Anna");
    town.close(anna, Departure::Clean);
    for wanted in ["Anna", "\u{410}nna", "ANNA"] {
        let guest = town.guest(wanted);
        let heard = town.guest_hears(guest);
        let given = heard[1]["name"].as_str().unwrap().to_owned();
        assert_eq!(heard[1]["type"], "rejectusername");
        assert!(given.starts_with(wanted) && given.len() > wanted.len(), "{given}");
    }
}

#[test]
fn a_guest_gives_way_to_a_user() {
    let mut town = Town::new();
    let guest = town.guest("Anna");
    assert_eq!(town.guest_hears(guest).len(), 1, "only its id: the name was free");
    let _anna = town.user("Anna");
    let heard = town.guest_hears(guest);
    assert_eq!(heard[0]["type"], "rejectusername");
    assert_ne!(heard[0]["name"], "Anna");
}

#[test]
fn names_that_are_none_become_guest_and_a_number() {
    for wanted in ["", "   ", "<b>x</b>", "a\u{202e}b", &"x".repeat(33)] {
        let mut town = Town::new();
        let guest = town.connect(Dialect::Tutorial);
        town.guest_says(guest, &json!({"type": "username", "name": wanted}).to_string());
        let heard = town.guest_hears(guest);
        assert!(heard[1]["name"].as_str().unwrap().starts_with("guest"), "{heard:?}");
    }
}

#[test]
fn everybody_sees_guests_and_guests_see_everybody() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    let unnamed = town.connect(Dialect::Tutorial);
    town.secs(1);
    let list = json!({"type": "userlist", "users": ["Anna", "Gus"]}).to_string();
    assert_eq!(town.hear_raw(guest).last(), Some(&list));
    assert!(!town.hear_raw(unnamed).contains(&list));
    assert!(town.hear_raw(anna).iter().any(|frame| frame.contains(r#""kind":"guest""#)));
    town.guest_says(guest, r#"{"type":"username","name":"Gustav"}"#);
    town.close(anna, Departure::Lost);
    town.secs(1);
    let list = json!({"type": "userlist", "users": ["Gustav"]}).to_string();
    assert_eq!(town.hear_raw(guest), [list], "one list for both changes");
}

#[test]
fn markup_is_text_for_users_and_escaped_for_guests() {
    let mut town = Town::new();
    let (anna, gus, hal) = (town.user("Anna"), town.guest("Gus"), town.guest("Hal"));
    for guest in [gus, hal] {
        town.guest_hears(guest);
    }
    let text = "<img src=x onerror=alert(1)>";
    town.guest_says(gus, &json!({"type": "message", "text": text, "name": "Eve"}).to_string());
    let chat = ServerMessage::Chat { from: name("Gus"), text: text.to_owned(), at: 0 };
    assert_eq!(town.hear(anna), [chat]);
    for guest in [gus, hal] {
        let heard = town.guest_hears(guest);
        assert_eq!(heard[0]["text"], "&lt;img src=x onerror=alert(1)&gt;");
        assert_eq!(heard[0]["name"], "Gus");
    }
}

#[test]
fn private_messages_pass_between_users_and_guests() {
    let mut town = Town::new();
    let (anna, ben, guest) = (town.user("Anna"), town.user("Ben"), town.guest("Gus"));
    town.guest_hears(guest);
    town.guest_says(guest, r#"{"type":"message","text":"psst","target":"Anna"}"#);
    let text =
        ServerMessage::Text { from: name("Gus"), to: name("Anna"), text: "psst".to_owned(), at: 0 };
    assert_eq!(town.hear(anna), [text]);
    town.say(anna, ClientMessage::Text { to: name("Gus"), text: "1 < 2".to_owned() });
    assert_eq!(town.guest_hears(guest)[0]["text"], "1 &lt; 2");
    assert_eq!(town.hear(ben), []);
}

#[test]
fn unknown_types_pass_with_the_true_sender() {
    let mut town = Town::new();
    let (anna, guest) = (town.user("Anna"), town.guest("Gus"));
    town.hear_raw(anna);
    town.guest_says(guest, r#"{"type":"wave","target":"Anna","name":"Eve","how":[1.50]}"#);
    let frame = r#"{"from":"Gus","how":[1.50],"name":"Gus","target":"Anna","type":"wave"}"#;
    assert_eq!(town.hear_raw(anna), [frame]);
}
