//! What always holds, whatever is said in whatever order.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use ringdove_protocol::{
    CallId, ClientMessage, EndReason, EndedBy, ErrorCode, Media, Role, ServerMessage, SessionId,
};

use super::{Departure, Town, id, name};

const NAMES: [&str; 3] = ["Anna", "Ben", "Carl"];
const DEVICES: u8 = 2;

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every one is the large one")]
enum Step {
    Say(usize, ClientMessage),
    Lose(usize),
    Leave(usize),
    Return(usize),
    Wait(u64),
}

fn message() -> impl Strategy<Value = ClientMessage> {
    let call = (0_u8..4).prop_map(id);
    let to = (0..NAMES.len()).prop_map(|n| name(NAMES[n]));
    let reason = prop_oneof![
        Just(EndReason::HungUp),
        Just(EndReason::Declined),
        Just(EndReason::Busy),
        Just(EndReason::NoDevice),
        Just(EndReason::GlareLost),
    ];
    let role = prop_oneof![Just(Role::Caller), Just(Role::Callee)];
    (0_u8..12, call, to, reason, role).prop_map(|(kind, call_id, to, reason, role)| {
        let media = Media::VIDEO;
        match kind {
            0..=2 => ClientMessage::CallInvite { call_id, to, media, setup: None },
            3 => ClientMessage::CallRinging { call_id },
            4 => ClientMessage::CallSilenced { call_id },
            5..=6 => ClientMessage::CallAccept { call_id, media, setup: None },
            7 => ClientMessage::CallDecline { call_id, reason },
            8 => ClientMessage::CallCancel { call_id },
            9 => ClientMessage::CallHangup { call_id, reason },
            10 => ClientMessage::CallSignal { call_id, seq: 0, body: String::new() },
            _ => ClientMessage::CallResume { call_id, peer: to, role, media },
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..NAMES.len() * usize::from(DEVICES);
    prop_oneof![
        12 => (who.clone(), message()).prop_map(|(who, message)| Step::Say(who, message)),
        1 => who.clone().prop_map(Step::Lose),
        1 => who.clone().prop_map(Step::Leave),
        2 => who.prop_map(Step::Return),
        1 => (0_u64..50).prop_map(Step::Wait),
    ]
}

/// One device's own account of its calls.
#[derive(Default)]
struct Witness {
    on: HashSet<CallId>,
    /// Of what it spoke: whoever comes back and signals is there, also without `call.resume`.
    spoke_of: HashSet<CallId>,
    ended: HashMap<CallId, (EndReason, EndedBy)>,
}

impl Witness {
    fn hear(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::CallAccepted { call_id, .. } => {
                assert!(!self.ended.contains_key(call_id), "accepted after its end");
                self.on.insert(*call_id);
                assert_eq!(self.on.len(), 1, "two calls at once on one device");
            }
            ServerMessage::CallSignal { call_id, .. } => {
                let is_there = self.on.contains(call_id) || self.spoke_of.contains(call_id);
                assert!(is_there, "a signal outside an accepted call");
            }
            ServerMessage::CallEnded { call_id, reason, by } => {
                if self.on.remove(call_id) {
                    let before = self.ended.insert(*call_id, (*reason, *by));
                    assert_eq!(before, None, "ended twice");
                } else {
                    let first = *self.ended.entry(*call_id).or_insert((*reason, *by));
                    assert_eq!(first, (*reason, *by), "the outcome of {call_id} changed");
                }
            }
            ServerMessage::Error { code, .. } => {
                assert_ne!(*code, ErrorCode::ServerError);
            }
            ServerMessage::CallInvite { call_id, .. } => {
                assert!(!self.on.contains(call_id), "rings in its own call");
            }
            other => assert!(
                matches!(
                    other,
                    ServerMessage::CallReached { .. }
                        | ServerMessage::CallRinging { .. }
                        | ServerMessage::CallSilenced { .. }
                        | ServerMessage::Welcome { .. }
                        | ServerMessage::Presence { .. }
                ),
                "unexpected {other:?}"
            ),
        }
    }
}

fn play(steps: Vec<Step>) {
    let mut town = Town::without_limits();
    let person = |who: usize| (NAMES[who % NAMES.len()], (who / NAMES.len()) as u8);
    let count = NAMES.len() * usize::from(DEVICES);
    let mut sessions: Vec<Option<SessionId>> = (0..count)
        .map(|who| {
            let (name, number) = person(who);
            Some(town.device(name, number))
        })
        .collect();
    let mut witnesses: Vec<Witness> = (0..count).map(|_| Witness::default()).collect();
    for step in steps {
        match step {
            Step::Say(who, message) => {
                if let Some(session) = sessions[who] {
                    if let ClientMessage::CallSignal { call_id, .. } = &message {
                        witnesses[who].spoke_of.insert(*call_id);
                    }
                    town.say(session, message);
                }
            }
            Step::Lose(who) | Step::Leave(who) => {
                if let Some(session) = sessions[who].take() {
                    let is_lost = matches!(step, Step::Lose(_));
                    let departure = if is_lost { Departure::Lost } else { Departure::Clean };
                    town.close(session, departure);
                    // What it knew is gone with it.
                    witnesses[who] = Witness::default();
                }
            }
            Step::Return(who) => {
                if sessions[who].is_none() {
                    let (name, number) = person(who);
                    let session = town.connect(super::Dialect::Ringdove);
                    town.log_in(session, name, number);
                    sessions[who] = Some(session);
                }
            }
            Step::Wait(seconds) => {
                town.secs(seconds);
                // Ids come again in this test only; after a minute they are new to the server.
                for witness in &mut witnesses {
                    witness.ended.clear();
                }
            }
        }
        for who in 0..count {
            if let Some(session) = sessions[who] {
                for message in town.hear(session) {
                    witnesses[who].hear(&message);
                }
            }
        }
    }
    // Everybody goes: no record may stay behind.
    for session in sessions.into_iter().flatten() {
        town.close(session, Departure::Lost);
    }
    town.secs(120);
    assert_eq!(town.open_calls(), 0);
    assert_eq!(town.hub.poll_timeout(), None, "nothing is left to wait for");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn each_call_ends_once_and_signals_stay_inside(steps in prop::collection::vec(step(), 1..60)) {
        play(steps);
    }
}
