//! The messages of a call's setup in every order: nothing starts that the user did not ask for. With a
//! guest, since of a sealed call most orders are refused before they come to the rules of a call.

mod support;

use ringdove_call::MediaAction;
use ringdove_client::{
    Output,
    app::{Command, Event},
};
use ringdove_protocol::{
    CallId, Candidate, ClientMessage, Description, DescriptionKind, DeviceId, Media, Role,
    ServerMessage, Signal,
};
use support::{Desk, events, guest, name, sent};

const CALL: CallId = CallId::from_bytes([5; 16]);
const INVITE: usize = 0;
const ACCEPT: usize = 2;
const ACCEPTED: usize = 3;

/// Invite, ringing, accept, accepted, offer, answer, and a candidate of each end.
const MESSAGES: usize = 8;

#[test]
fn no_order_of_messages_starts_media_or_sends_a_signal_by_itself() {
    let frames = frames();
    let orders = each_order(|order| {
        let mut desk = Desk::online();
        for message in order {
            let outputs = desk.input(ringdove_client::Input::Message(frames[*message].clone()));
            assert!(!starts(&outputs) && !signals(&outputs), "{order:?}");
        }
    });
    assert_eq!(orders, 40_320);
}

#[test]
fn media_starts_only_where_invite_answer_and_confirmation_come_in_this_order() {
    let frames = frames();
    let mut started = 0;
    each_order(|order| {
        let mut desk = Desk::online();
        let mut outputs = Vec::new();
        for message in order {
            outputs.extend(if *message == ACCEPT {
                desk.command(Command::Accept { media: Media::AUDIO })
            } else {
                desk.input(ringdove_client::Input::Message(frames[*message].clone()))
            });
        }
        let at = |wanted| order.iter().position(|message| *message == wanted);
        let is_asked_for = at(INVITE) < at(ACCEPT) && at(ACCEPT) < at(ACCEPTED);
        assert_eq!(starts(&outputs), is_asked_for, "{order:?}");
        assert!(!signals(&outputs), "the media side has not spoken: {order:?}");
        started += u32::from(is_asked_for);
    });
    assert_eq!(started, 40_320 / 6);
}

fn frames() -> [String; MESSAGES] {
    let device = DeviceId::from_bytes([6; 8]);
    let accept = ClientMessage::CallAccept { call_id: CALL, media: Media::AUDIO, setup: None };
    let accepted = ServerMessage::CallAccepted {
        call_id: CALL,
        role: Role::Callee,
        peer: guest("Ben"),
        media: Media::AUDIO,
        ice_servers: vec![],
        replaces: None,
        setup: None,
    };
    let invite = ServerMessage::CallInvite {
        call_id: CALL,
        from: guest("Ben"),
        media: Media::AUDIO,
        remaining_ms: 45_000,
        setup: None,
    };
    [
        invite.encode(),
        ServerMessage::CallRinging { call_id: CALL, device }.encode(),
        accept.encode(),
        accepted.encode(),
        signal(0, description(DescriptionKind::Offer)),
        signal(0, description(DescriptionKind::Answer)),
        signal(1, candidate("of the caller")),
        signal(1, candidate("of the callee")),
    ]
}

fn signal(seq: u32, signal: Signal) -> String {
    let (from, body) = (name("Ben"), signal.encode());
    ServerMessage::CallSignal { call_id: CALL, from, seq, body }.encode()
}

fn description(kind: DescriptionKind) -> Signal {
    Signal::Description { description: Description { kind, sdp: "v=0\r\n".to_owned() } }
}

fn candidate(text: &str) -> Signal {
    let candidate = Candidate {
        candidate: text.to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    };
    Signal::Candidate { candidate: Some(candidate) }
}

fn starts(outputs: &[Output]) -> bool {
    let is_start = |event: &Event| matches!(event, Event::Media { command } if matches!(command.action, MediaAction::Start { .. }));
    events(outputs).iter().any(is_start)
}

fn signals(outputs: &[Output]) -> bool {
    sent(outputs).iter().any(|message| matches!(message, ClientMessage::CallSignal { .. }))
}

/// Heap's algorithm; says how many orders there were.
fn each_order(mut run: impl FnMut(&[usize; MESSAGES])) -> u32 {
    let mut order = std::array::from_fn(|message| message);
    let (mut swaps, mut at, mut count) = ([0; MESSAGES], 1, 1);
    run(&order);
    while at < MESSAGES {
        if swaps[at] < at {
            order.swap(at, if at % 2 == 0 { 0 } else { swaps[at] });
            run(&order);
            count += 1;
            swaps[at] += 1;
            at = 1;
        } else {
            swaps[at] = 0;
            at += 1;
        }
    }
    count
}
