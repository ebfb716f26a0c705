//! Blocked, offline and unknown look alike over a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]
#![allow(clippy::print_stdout, reason = "times are figures to read, and decide nothing")]

mod support;

use std::time::{Duration, Instant};

use ringdove_protocol::{CallId, ClientMessage, ErrorCode, RingRule, ServerMessage};
use support::{User, World, invite, key_of, name};

const NAMES: [&str; 3] = ["Ben", "Carl", "Dora"];
/// Each sends what a client may send without a pause.
const CALLERS: u8 = 16;
const TEXTS: u8 = 56;
const INVITES: u8 = 6;

/// Ben, who has blocked all callers from his login on.
async fn blocker(world: &World) -> User {
    let mut ben = User::connect(world).await;
    let ClientMessage::Login { v, name: own, device_key, signature, link, .. } =
        ben.login("Ben", &key_of("Ben"), None)
    else {
        unreachable!("a login")
    };
    let blocked = (0..CALLERS).map(|n| name(&format!("caller {n}"))).collect();
    let rings = Some(Box::new(RingRule { blocked, ..RingRule::default() }));
    ben.send(ClientMessage::Login {
        v,
        name: own,
        device_key,
        signature,
        link,
        rings,
        invite: None,
    })
    .await;
    ben.expect_welcome().await;
    ben
}

/// The answer without what the caller itself put in, and how long it took.
async fn ask(caller: &mut User, message: ClientMessage, told: &[&str]) -> (String, Duration) {
    let asked = Instant::now();
    caller.send(message).await;
    let mut answer = caller.next_raw().await;
    let took = asked.elapsed();
    for known in told {
        answer = answer.replace(known, "_");
    }
    (answer, took)
}

#[tokio::test]
async fn blocked_offline_and_unknown_give_the_same_answer() {
    let world = World::start().await;
    let mut ben = blocker(&world).await;
    world.user("Carl").await.leave().await;
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut answers: [Vec<String>; 2] = Default::default();
    for number in 0..CALLERS {
        let mut caller = world.user(&format!("caller {number}")).await;
        assert!(caller.people.iter().all(|person| person.name != name("Ben")));
        for turn in 0..TEXTS.max(INVITES) {
            // Each is asked about first as often as the others.
            for place in (0..NAMES.len()).map(|step| (step + usize::from(turn)) % NAMES.len()) {
                let to = NAMES[place];
                let text = ClientMessage::Text { to: name(to), text: "psst".to_owned() };
                let (answer, took) = ask(&mut caller, text, &[to]).await;
                answers[0].push(answer);
                times[place].push(took);
                if turn < INVITES {
                    // New for each call of each caller.
                    let mut id = [number; CallId::BYTES];
                    id[..2].copy_from_slice(&[turn, u8::try_from(place).unwrap()]);
                    let id = CallId::from_bytes(id);
                    let told_id = id.to_string();
                    let (answer, took) = ask(&mut caller, invite(id, to), &[to, &told_id]).await;
                    answers[1].push(answer);
                    times[place].push(took);
                }
            }
        }
    }
    for (answers, word) in answers.iter().zip(["offline", "unreachable"]) {
        assert!(answers[0].contains(word), "{}", answers[0]);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }
    for (times, what) in times.iter_mut().zip(["blocked", "offline", "unknown"]) {
        times.sort_unstable();
        let (median, p90) = (times[times.len() / 2], times[times.len() * 9 / 10]);
        println!("{what}: median {median:?}, p90 {p90:?} of {} answers", times.len());
    }
    // Not a word of it reached Ben.
    ben.send(ClientMessage::Ping {}).await;
    assert_eq!(ben.next().await, ServerMessage::Pong {});
}

#[tokio::test]
async fn a_list_that_is_too_long_is_refused_and_the_old_one_stays() {
    let world = World::start().await;
    let (mut ben, mut eve) = (blocker(&world).await, world.user("caller 1").await);
    let blocked = (0..241).map(|n| name(&format!("n{n}"))).collect();
    ben.send(ClientMessage::Rings { rings: RingRule { blocked, ..RingRule::default() } }).await;
    assert_eq!(ben.expect_error().await, ErrorCode::BadMessage);
    eve.send(ClientMessage::Text { to: name("Ben"), text: "psst".to_owned() }).await;
    assert_eq!(eve.expect_error().await, ErrorCode::Offline);
}
