//! Calls between headless clients through a real server.

use ringdove_call::{CallPhase, EndedSide, MediaAction, MediaEvent};
use ringdove_client::app::{Command, LinkView};
use ringdove_protocol::{
    Candidate, Description, DescriptionKind, EndReason, Media, Name, Role, Signal,
};
use ringdove_tests::{User, World, said};

/// The tutorial's diagram: every arrow from Naomi's press to both hearing that it is over.
#[tokio::test(flavor = "multi_thread")]
async fn naomi_calls_priya() -> anyhow::Result<()> {
    let world = World::start().await?;
    let mut naomi = world.user("Naomi").await?;
    let mut priya = world.user("Priya").await?;

    naomi.call("Priya").await?;
    priya.until_phase(CallPhase::Ringing).await?;
    assert_eq!(priya.view()?.peer.name.as_str(), "Naomi");
    naomi.until_phase(CallPhase::RemoteRinging).await?;
    assert_eq!((naomi.starts(), priya.starts()), (0, 0), "no media before the answer");

    priya.accept()?;
    priya.until_phase(CallPhase::Connecting).await?;
    naomi.until_phase(CallPhase::Connecting).await?;
    assert_eq!(naomi.view()?.role, Role::Caller);
    assert_eq!(priya.view()?.role, Role::Callee);

    let said = [describe(DescriptionKind::Offer), candidate("a"), candidate("b")];
    for signal in &said {
        naomi.report(MediaEvent::Signal { signal: signal.clone() })?;
    }
    priya.until("three signals", |user| signals(user).len() == 3).await?;
    assert_eq!(signals(&priya), said, "unchanged and in order");
    priya.report(MediaEvent::Signal { signal: describe(DescriptionKind::Answer) })?;
    naomi.until("the answer", |user| signals(user).len() == 1).await?;

    for end in [&naomi, &priya] {
        end.report(MediaEvent::Connected)?;
    }
    naomi.until_phase(CallPhase::Active).await?;
    priya.until_phase(CallPhase::Active).await?;

    priya.dispatch(Command::HangUp)?;
    for (end, by) in [(&mut naomi, EndedSide::Peer), (&mut priya, EndedSide::Me)] {
        end.until_phase(CallPhase::Ended).await?;
        let outcome = end.view()?.end.map(|end| (end.reason, end.by));
        assert_eq!(outcome, Some((EndReason::HungUp, by)));
        assert_eq!(end.orders.last().map(|o| &o.action), Some(&MediaAction::Stop));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn declining_reaches_the_caller() -> anyhow::Result<()> {
    let world = World::start().await?;
    let mut anna = world.user("Anna").await?;
    let mut bob = world.user("Bob").await?;
    anna.call("Bob").await?;
    bob.until_phase(CallPhase::Ringing).await?;
    bob.dispatch(Command::Decline)?;
    anna.until_phase(CallPhase::Ended).await?;
    let end = anna.view()?.end;
    assert_eq!(end.map(|e| (e.reason, e.by)), Some((EndReason::Declined, EndedSide::Peer)));
    assert_eq!((anna.starts(), bob.starts()), (0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_caller_hears_busy_and_the_call_goes_on() -> anyhow::Result<()> {
    let world = World::start().await?;
    let mut anna = world.user("Anna").await?;
    let mut bob = world.user("Bob").await?;
    let mut carol = world.user("Carol").await?;
    connect(&mut anna, &mut bob).await?;
    carol.call("Bob").await?;
    carol.until_phase(CallPhase::Ended).await?;
    assert_eq!(carol.view()?.end.map(|end| end.reason), Some(EndReason::Busy));
    // Something that certainly came after the busy call.
    carol.dispatch(Command::Chat { text: "later".to_owned() })?;
    for end in [&mut anna, &mut bob] {
        end.until("the line", |user| !user.snapshot.lines.is_empty()).await?;
        assert_eq!(end.phase(), Some(CallPhase::Active));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_call_each_other_get_one_call_a_hundred_times() -> anyhow::Result<()> {
    let world = World::start().await?;
    let mut anna = world.user("Anna").await?;
    let mut bob = world.user("Bob").await?;
    let names = [Name::parse("Anna")?, Name::parse("Bob")?];
    anna.until("Bob", |user| user.sees(&names[1])).await?;
    bob.until("Anna", |user| user.sees(&names[0])).await?;
    for round in 0..100 {
        anna.dispatch(Command::Call { to: names[1].clone(), media: Media::VIDEO })?;
        bob.dispatch(Command::Call { to: names[0].clone(), media: Media::VIDEO })?;
        anna.until_phase(CallPhase::Connecting).await?;
        bob.until_phase(CallPhase::Connecting).await?;
        assert_eq!(anna.view()?.call_id, bob.view()?.call_id, "round {round}");
        assert_eq!(anna.view()?.role, bob.view()?.role.other(), "round {round}");
        assert_eq!((anna.starts(), bob.starts()), (round + 1, round + 1));
        anna.dispatch(Command::HangUp)?;
        bob.until_phase(CallPhase::Ended).await?;
        anna.until_phase(CallPhase::Ended).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_the_public_room_and_nobody_else_a_private_text() -> anyhow::Result<()> {
    let world = World::start().await?;
    let mut anna = world.user("Anna").await?;
    let mut bob = world.user("Bob").await?;
    let mut carol = world.user("Carol").await?;
    let to = Name::parse("Bob")?;
    anna.until("Bob", |user| user.sees(&to)).await?;
    anna.dispatch(Command::Text { to, text: "for you".to_owned() })?;
    anna.dispatch(Command::Chat { text: "<b>all</b>".to_owned() })?;
    for (user, lines) in [
        (&mut anna, &[("Anna", "for you"), ("Anna", "<b>all</b>")][..]),
        (&mut bob, &[("Anna", "for you"), ("Anna", "<b>all</b>")][..]),
        (&mut carol, &[("Anna", "<b>all</b>")][..]),
    ] {
        let is_public = |user: &User| user.snapshot.lines.iter().any(|line| line.to.is_none());
        user.until("the public line", is_public).await?;
        assert_eq!(said(&user.snapshot.lines), lines);
    }
    Ok(())
}

/// A restart of the server in the middle of a call disturbs nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_outlives_a_restart_of_the_server() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    let mut anna = world.user("Anna").await?;
    let mut bob = world.user("Bob").await?;
    connect(&mut anna, &mut bob).await?;
    world.stop().await?;
    for end in [&mut anna, &mut bob] {
        end.until("the loss of the link", |user| !user.is_online()).await?;
        assert_eq!(end.phase(), Some(CallPhase::Active));
    }
    world.resume().await?;
    for end in [&mut anna, &mut bob] {
        end.until("logged in again", User::is_online).await?;
        assert_eq!(end.phase(), Some(CallPhase::Active));
        assert_eq!(end.starts(), 1, "media is untouched");
    }
    anna.report(MediaEvent::Signal { signal: candidate("after") })?;
    bob.until("a signal over the new link", |user| !signals(user).is_empty()).await?;
    anna.dispatch(Command::HangUp)?;
    bob.until_phase(CallPhase::Ended).await?;
    assert_eq!(bob.view()?.end.map(|end| end.reason), Some(EndReason::HungUp));
    Ok(())
}

/// Brings two users into a call.
async fn connect(caller: &mut User, callee: &mut User) -> anyhow::Result<()> {
    let LinkView::Online { name } = &callee.snapshot.link else {
        anyhow::bail!("the callee is not logged in: {:?}", callee.snapshot.link);
    };
    let name = name.to_string();
    caller.call(&name).await?;
    callee.until_phase(CallPhase::Ringing).await?;
    callee.accept()?;
    for end in [caller, callee] {
        end.until_phase(CallPhase::Connecting).await?;
        end.report(MediaEvent::Connected)?;
        end.until_phase(CallPhase::Active).await?;
    }
    Ok(())
}

fn signals(user: &User) -> Vec<Signal> {
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
