//! A hostile server between real clients: whatever it does to a call's setup, no call reaches media
//! unnoticed, and of an honest call it learns nothing.
#![allow(clippy::wildcard_enum_match_arm, reason = "what an attack is not about passes")]
#![allow(clippy::print_stdout, reason = "shows what came of each attack")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use ringdove_call::{CallPhase, MediaAction, MediaEvent};
use ringdove_client::app::{Command, Trust};
use ringdove_protocol::{
    AgreementKey, Candidate, ClientMessage, Description, DescriptionKind, EndReason, Media,
    PersonKind, SEALED_VERSION, SealedBody, ServerMessage, Setup, Signal,
};
use ringdove_tests::{Frame, Mallory, Tamper, User, Way, Wiretap, World, fresh_identity};

const OFFER: &str = "v=0\r\na=fingerprint:sha-256 AA:BB\r\nc=IN IP4 192.0.2.77\r\n";

/// How a call under attack came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Ended at both ends, for this reason, before anything false was believed.
    Refused,
    /// Rang and was answered, but as a guest's call, which the user sees.
    ShownAsGuest,
    /// Goes on, but the two see different pictures.
    PicturesDiffer,
    /// Nothing came of the attack: what was said is what was heard.
    Harmless,
    /// What must not be.
    Unnoticed,
}

/// What the server does, whether the two have met before, and how it must come out.
type Attack = (&'static str, bool, Outcome, fn(&Wiretap) -> anyhow::Result<Tamper>);

const ATTACKS: &[Attack] = &[
    ("takes the promise out of the invite", true, Outcome::Refused, |_| invites(|_| None)),
    ("takes the key out of the accept", true, Outcome::Refused, |_| accepts(|_| None)),
    ("puts another key into the accept", true, Outcome::Refused, |_| {
        accepts(|setup| {
            let Ok(Setup::Accept(mut accept)) = Setup::decode(&setup) else { return Some(setup) };
            accept.key = AgreementKey::from_bytes([9; 32]);
            Some(Setup::Accept(accept).encode())
        })
    }),
    ("calls a user a guest, and all is open", true, Outcome::Refused, |_| Ok(downgrade())),
    ("turns a video call into one of sound", true, Outcome::Refused, |_| Ok(quieten())),
    ("changes a byte of the offer", true, Outcome::Refused, |_| signals(flip)),
    ("puts an open offer in the sealed one's place", true, Outcome::Refused, |_| {
        signals(|_| vec![own_offer().encode()])
    }),
    ("cuts the offer short", true, Outcome::Refused, |_| {
        signals(|mut body| {
            body.sealed.truncate(body.sealed.len() / 2);
            vec![body.encode()]
        })
    }),
    ("keeps the opening back", true, Outcome::Refused, |_| {
        signals(|body| vec![SealedBody { opening: None, ..body }.encode()])
    }),
    ("sends the caller's words back to the caller", true, Outcome::Refused, |_| Ok(reflect())),
    ("sends an old message under a new number", true, Outcome::Refused, |_| Ok(renumber())),
    ("says everything three times", true, Outcome::Harmless, |_| {
        Ok(Box::new(|frame| match frame.way {
            Way::Down => vec![frame.clone(), frame.clone(), frame],
            Way::Up => vec![frame],
        }))
    }),
    ("sits in between with keys of its own", true, Outcome::Refused, mallory),
    ("sits in between two who have never met", false, Outcome::PicturesDiffer, mallory),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_call_of_two_hundred_reaches_media_unnoticed() -> anyhow::Result<()> {
    let rounds = 15;
    let mut outcomes: BTreeMap<(&str, Outcome), usize> = BTreeMap::new();
    for round in 0..rounds {
        let world = World::start().await?;
        for (nth, (what, met, expected, tamper)) in ATTACKS.iter().enumerate() {
            let tap = Wiretap::new(world.address());
            let names = [format!("Anna {round} {nth}"), format!("Ben {round} {nth}")];
            let mut anna = user(&tap, &names[0]).await?;
            let mut ben = user(&tap, &names[1]).await?;
            if *met {
                assert_eq!(
                    call(&mut anna, &mut ben, &names[1]).await?,
                    Outcome::Harmless,
                    "{what}"
                );
                hang_up(&mut anna, &mut ben).await?;
            }
            tap.tamper(tamper(&tap)?);
            let outcome = call(&mut anna, &mut ben, &names[1]).await?;
            assert_eq!(outcome, *expected, "{what}");
            *outcomes.entry((what, outcome)).or_default() += 1;
        }
    }
    let calls: usize = outcomes.values().sum();
    for ((what, outcome), count) in &outcomes {
        println!("{count:3} {outcome:?}: the server {what}");
    }
    assert!(calls >= 200, "{calls}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_calls_frames_and_database_hold_nothing_that_was_said() -> anyhow::Result<()> {
    let world = World::start().await?;
    let tap = Wiretap::new(world.address());
    let mut anna = user(&tap, "Anna").await?;
    let mut ben = user(&tap, "Ben").await?;
    for _ in 0..100 {
        assert_eq!(call(&mut anna, &mut ben, "Ben").await?, Outcome::Harmless);
        hang_up(&mut anna, &mut ben).await?;
    }
    let frames: Vec<String> = tap.captured().into_iter().map(|frame| frame.text).collect();
    let files: Vec<Vec<u8>> = world.files()?;
    assert!(frames.len() > 1000 && !files.is_empty());
    for secret in ["v=0", "fingerprint", "192.0.2.77", "candidate:", "\"kind\":\"media\""] {
        let in_frames = frames.iter().find(|text| text.contains(secret));
        assert_eq!(in_frames, None, "{secret}");
        let holds = |file: &Vec<u8>| file.windows(secret.len()).any(|at| at == secret.as_bytes());
        assert!(!files.iter().any(holds), "{secret} in the server's data");
    }
    Ok(())
}

async fn user(tap: &Wiretap, name: &str) -> anyhow::Result<User> {
    User::log_in(tap.listen(name).await?, name, fresh_identity()?, None).await
}

async fn hang_up(anna: &mut User, ben: &mut User) -> anyhow::Result<()> {
    anna.dispatch(Command::HangUp)?;
    for end in [anna, ben] {
        end.until_phase(CallPhase::Ended).await?;
        end.dispatch(Command::DismissCall)?;
        end.until("dismissed", |user| user.phase().is_none()).await?;
        end.orders.clear();
    }
    Ok(())
}

/// One call as far as it comes: offer, answer and two candidates.
async fn call(anna: &mut User, ben: &mut User, callee: &str) -> anyhow::Result<Outcome> {
    let over = |user: &User| user.phase() == Some(CallPhase::Ended);
    anna.call(callee).await?;
    // The caller hears of a refusal; a callee who refuses shows no call at all.
    let rings = |user: &User| user.phase() == Some(CallPhase::Ringing) || !user.notices.is_empty();
    ben.until("a ring or a refusal", rings).await?;
    if ben.phase() != Some(CallPhase::Ringing) {
        anna.until("the end", over).await?;
        return Ok(ended(anna, ben));
    }
    ben.accept()?;
    let goes_on = |user: &User| user.starts() > 0 || over(user);
    anna.until("answered or over", goes_on).await?;
    ben.until("answered or over", goes_on).await?;
    if !over(anna) {
        for signal in [describe(DescriptionKind::Offer), candidate()] {
            anna.report(MediaEvent::Signal { signal })?;
        }
        let heard = |user: &User| over(user) || heard(user).len() == 2;
        ben.until("the offer or the end", heard).await?;
    }
    if !over(anna) && !over(ben) {
        for signal in [describe(DescriptionKind::Answer), candidate()] {
            ben.report(MediaEvent::Signal { signal })?;
        }
        let heard = |user: &User| over(user) || heard(user).len() == 2;
        anna.until("the answer or the end", heard).await?;
    }
    if over(anna) || over(ben) {
        anna.until("the end", over).await?;
        ben.until("the end", over).await?;
        return Ok(ended(anna, ben));
    }
    let said = |kind| vec![describe(kind), candidate()];
    let unchanged =
        heard(ben) == said(DescriptionKind::Offer) && heard(anna) == said(DescriptionKind::Answer);
    let (one, other) = (anna.snapshot.security, ben.snapshot.security);
    let pictures = [one, other].map(|security| security.and_then(|security| security.pictures));
    Ok(match (pictures, unchanged) {
        ([Some(one), Some(other)], true) if one == other => Outcome::Harmless,
        ([Some(one), Some(other)], _) if one != other => Outcome::PicturesDiffer,
        _ => Outcome::Unnoticed,
    })
}

/// The call is over: was it so that nothing false was heard, and the reason told?
fn ended(anna: &User, ben: &User) -> Outcome {
    let honest = [describe(DescriptionKind::Offer), describe(DescriptionKind::Answer), candidate()];
    let told = |user: &User| {
        let end = user.snapshot.call.as_ref().and_then(|call| call.end);
        end.is_some_and(|end| end.reason == EndReason::NotSecure)
    };
    let fooled = |user: &User| heard(user).iter().any(|signal| !honest.contains(signal));
    let guest = ben.snapshot.security.is_some_and(|security| security.trust == Trust::Guest);
    match (fooled(anna) || fooled(ben), told(anna) || told(ben)) {
        (false, true) => Outcome::Refused,
        (false, false) if guest => Outcome::ShownAsGuest,
        _ => Outcome::Unnoticed,
    }
}

fn heard(user: &User) -> Vec<Signal> {
    let signal = |action: &MediaAction| match action {
        MediaAction::Signal { signal } => Some(signal.clone()),
        MediaAction::HangUp
        | MediaAction::RestartIce
        | MediaAction::Start { .. }
        | MediaAction::Stop => None,
    };
    user.orders.iter().filter_map(|order| signal(&order.action)).collect()
}

fn describe(kind: DescriptionKind) -> Signal {
    Signal::Description { description: Description { kind, sdp: OFFER.to_owned() } }
}

fn own_offer() -> Signal {
    let sdp = OFFER.replace("sha-256 AA", "sha-256 66");
    Signal::Description { description: Description { kind: DescriptionKind::Offer, sdp } }
}

fn candidate() -> Signal {
    let candidate = "candidate:1 1 udp 1 192.0.2.77 5000 typ host".to_owned();
    let (sdp_mid, sdp_m_line_index, username_fragment) = (None, None, None);
    let candidate = Candidate { candidate, sdp_mid, sdp_m_line_index, username_fragment };
    Signal::Candidate { candidate: Some(candidate) }
}

/// Changes what the callee is told of the caller's setup.
fn invites(
    mut change: impl FnMut(String) -> Option<String> + Send + 'static,
) -> anyhow::Result<Tamper> {
    Ok(server_messages(move |message| {
        if let ServerMessage::CallInvite { setup, .. } = message {
            *setup = setup.take().and_then(&mut change);
        }
    }))
}

/// Changes what the caller is told of the callee's setup.
fn accepts(
    mut change: impl FnMut(String) -> Option<String> + Send + 'static,
) -> anyhow::Result<Tamper> {
    Ok(server_messages(move |message| {
        if let ServerMessage::CallAccepted { setup, .. } = message {
            *setup = setup.take().and_then(&mut change);
        }
    }))
}

/// Says of both that they are guests, whose calls are open.
fn downgrade() -> Tamper {
    server_messages(|message| {
        if let ServerMessage::CallInvite { from: who, setup, .. }
        | ServerMessage::CallAccepted { peer: who, setup, .. } = message
        {
            who.kind = PersonKind::Guest;
            *setup = None;
        }
    })
}

fn quieten() -> Tamper {
    server_messages(|message| {
        if let ServerMessage::CallInvite { media, .. } = message {
            *media = Media::AUDIO;
        }
    })
}

fn server_messages(mut change: impl FnMut(&mut ServerMessage) + Send + 'static) -> Tamper {
    Box::new(move |mut frame| {
        if frame.way == Way::Down
            && let Ok(mut message) = ServerMessage::decode(&frame.text)
        {
            change(&mut message);
            frame.text = message.encode();
        }
        vec![frame]
    })
}

/// Changes the first signal of each sender.
fn signals(
    mut change: impl FnMut(SealedBody) -> Vec<String> + Send + 'static,
) -> anyhow::Result<Tamper> {
    Ok(Box::new(move |frame| {
        let Some((call_id, seq, body)) = signal(&frame) else { return vec![frame] };
        if seq > 0 {
            return vec![frame];
        }
        let frame = |body| {
            let text = ClientMessage::CallSignal { call_id, seq, body }.encode();
            Frame { text, ..frame.clone() }
        };
        change(body).into_iter().map(frame).collect()
    }))
}

fn signal(frame: &Frame) -> Option<(ringdove_protocol::CallId, u32, SealedBody)> {
    match (frame.way, ClientMessage::decode(&frame.text)) {
        (Way::Up, Ok(ClientMessage::CallSignal { call_id, seq, body })) => {
            SealedBody::decode(&body).map(|body| (call_id, seq, body))
        }
        _ => None,
    }
}

fn flip(body: SealedBody) -> Vec<String> {
    let mut bytes = body.sealed.into_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    let sealed = String::from_utf8_lossy(&bytes).into_owned();
    vec![SealedBody { v: SEALED_VERSION, opening: body.opening, sealed }.encode()]
}

/// What a client sends of a call comes back to it as the other end's.
fn reflect() -> Tamper {
    Box::new(|frame| {
        let Some((call_id, seq, body)) = signal(&frame) else { return vec![frame] };
        let other = frame.user.replace("Anna", "Ben");
        let Ok(from) = ringdove_protocol::Name::parse(&other) else { return vec![frame] };
        let body = body.encode();
        let text = ServerMessage::CallSignal { call_id, from, seq, body }.encode();
        vec![Frame { way: Way::Down, text, ..frame.clone() }, frame]
    })
}

/// The caller's first word comes again in the second's place.
fn renumber() -> Tamper {
    let mut first = None;
    Box::new(move |frame| {
        let Some((call_id, seq, body)) = signal(&frame) else { return vec![frame] };
        let body = first.get_or_insert(body).encode();
        let text = ClientMessage::CallSignal { call_id, seq, body }.encode();
        vec![Frame { text, ..frame }]
    })
}

fn mallory(tap: &Wiretap) -> anyhow::Result<Tamper> {
    let server = tap.captured().iter().find_map(|frame| match ServerMessage::decode(&frame.text) {
        Ok(ServerMessage::Hello { server, .. }) => Some(server),
        _ => None,
    });
    let mallory = Arc::new(Mutex::new(Mallory::new(server.unwrap_or_default())?));
    Ok(Box::new(move |frame| {
        let mut mallory = mallory.lock().unwrap_or_else(PoisonError::into_inner);
        // What she cannot open she passes on, as a clever server would.
        vec![mallory.tamper(frame.clone()).unwrap_or(frame)]
    }))
}
