//! One person with two devices, through a real server.

use ringdove_call::CallPhase;
use ringdove_client::{
    app::{Command, Trust},
    native::Store,
};
use ringdove_protocol::EndReason;
use ringdove_tests::{User, World};

/// What the person carries from one device to the other and back.
async fn link(first: &mut User, further: &User) -> anyhow::Result<String> {
    first.dispatch(Command::SignDevice { code: further.snapshot.devices.code.clone() })?;
    first.until("a signed link", |user| user.snapshot.devices.signed.is_some()).await?;
    first.snapshot.devices.signed.clone().ok_or_else(|| anyhow::anyhow!("no link"))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_ring_and_the_answer_on_one_ends_the_other() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let world = World::start().await?;
    let mut phone = world.user("Ben").await?;
    let mut desk = world.stored_device(Store::open(folder.path())?).await?;
    let text = link(&mut phone, &desk).await?;
    desk.dispatch(Command::TakeLink { text, server: None })?;
    desk.until("online", User::is_online).await?;

    let mut anna = world.user("Anna").await?;
    anna.call("Ben").await?;
    phone.until_phase(CallPhase::Ringing).await?;
    desk.until_phase(CallPhase::Ringing).await?;
    desk.accept()?;
    desk.until_phase(CallPhase::Connecting).await?;
    anna.until_phase(CallPhase::Connecting).await?;
    phone.until_phase(CallPhase::Ended).await?;
    assert_eq!(phone.view()?.end.map(|end| end.reason), Some(EndReason::AnsweredElsewhere));
    anna.dispatch(Command::HangUp)?;
    anna.until_phase(CallPhase::Ended).await?;
    desk.until_phase(CallPhase::Ended).await?;

    // After a restart it is a device of Ben's still; and Anna, who has met the desk, knows the phone.
    desk.quit().await?;
    let mut desk = world.stored_device(Store::open(folder.path())?).await?;
    desk.dispatch(Command::SignIn { server: None, name: "Ben".to_owned(), invite: None })?;
    desk.until("online", User::is_online).await?;
    anna.dispatch(Command::DismissCall)?;
    phone.dispatch(Command::DismissCall)?;
    phone.call("Anna").await?;
    anna.until_phase(CallPhase::Ringing).await?;
    assert_eq!(anna.snapshot.security.map(|security| security.trust), Some(Trust::Known));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_learns_of_a_link_cannot_use_it() -> anyhow::Result<()> {
    let (desk_folder, eve_folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let world = World::start().await?;
    let mut phone = world.user("Ben").await?;
    let desk = world.stored_device(Store::open(desk_folder.path())?).await?;
    let mut eve = world.stored_device(Store::open(eve_folder.path())?).await?;
    let text = link(&mut phone, &desk).await?;
    eve.dispatch(Command::TakeLink { text, server: None })?;
    eve.until("the refusal", |user| !user.notices.is_empty()).await?;
    assert!(!eve.is_online() && !eve.snapshot.devices.linked);
    Ok(())
}
