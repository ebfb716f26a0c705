//! More devices for one account.

mod support;

use ringdove_client::{
    Input, Kept, Output, Seed,
    app::{Command, DeviceRefusal, Event, LinkView, Notice, OwnDevices},
};
use ringdove_protocol::{ClientMessage, DeviceLink, ErrorCode};
use support::{Desk, connects, error, events, leaves, name, notices, sent, welcome};

const FIRST: u8 = 1;
const FURTHER: u8 = 2;

fn device(seed: u8) -> Desk {
    Desk::of(Seed::from_bytes([seed; 32]), None)
}

/// The first device, logged in.
fn first() -> Desk {
    let mut desk = device(FIRST);
    desk.sign_in("Anna Ö.");
    desk.log_in("Anna Ö.");
    desk
}

fn devices(desk: &Desk) -> OwnDevices {
    desk.core.snapshot(desk.now).devices
}

fn sign(desk: &mut Desk, code: &str) -> Vec<Output> {
    desk.command(Command::SignDevice { code: code.to_owned() })
}

fn take(desk: &mut Desk, text: &str) -> Vec<Output> {
    desk.command(Command::TakeLink { text: text.to_owned(), server: None })
}

fn refused(outputs: &[Output]) -> Option<DeviceRefusal> {
    match notices(outputs)[..] {
        [Notice::DeviceRefused { refusal }] if outputs.len() == 1 => Some(refusal),
        _ => None,
    }
}

/// The link that the first device makes for the further one.
fn link() -> String {
    let mut desk = first();
    sign(&mut desk, &devices(&device(FURTHER)).code);
    devices(&desk).signed.unwrap_or_default()
}

fn kept(outputs: &[Output]) -> Vec<(Kept, String)> {
    let kept = |output: &Output| match output {
        Output::Keep { what, text } => Some((*what, text.clone())),
        Output::Close { .. } | Output::Connect { .. } | Output::Event(_) | Output::Send { .. } => {
            None
        }
    };
    outputs.iter().filter_map(kept).collect()
}

#[test]
fn a_further_device_signs_in_with_what_the_first_one_signed() {
    let mut desk = device(FURTHER);
    let outputs = take(&mut desk, &format!(" {}\n", link()));
    assert!(connects(&outputs), "{outputs:?}");
    assert_eq!(notices(&outputs), []);
    let [(Kept::Link, text)] = &kept(&outputs)[..] else { panic!("{outputs:?}") };
    let [ClientMessage::Login { name: shown, link: Some(shown_link), .. }] =
        &sent(&desk.log_in("Anna Ö."))[..]
    else {
        panic!("no login with a link");
    };
    assert_eq!(*shown, name("Anna Ö."));
    assert_eq!(serde_json::from_str::<DeviceLink>(text).ok().as_ref(), Some(shown_link));
    assert!(devices(&desk).linked);
    let contact = |desk: &Desk| desk.core.snapshot(desk.now).known.link;
    assert_eq!(contact(&desk), contact(&first()), "people know both by the same key");
}

#[test]
fn a_kept_link_is_shown_after_a_restart_if_it_is_of_this_device() {
    let mut before = device(FURTHER);
    let outputs = take(&mut before, &link());
    let kept = kept(&outputs).pop().and_then(|(_, text)| serde_json::from_str(&text).ok());
    assert!(Desk::of(Seed::from_bytes([FURTHER; 32]), kept.clone()).is_linked());
    assert!(!Desk::of(Seed::from_bytes([3; 32]), kept).is_linked(), "another key");
}

#[test]
fn a_link_for_another_device_changes_nothing() {
    let text = link();
    let mut other = device(3);
    assert_eq!(refused(&take(&mut other, &text)), Some(DeviceRefusal::LinkOfAnother));
    let mut own = first();
    assert_eq!(refused(&take(&mut own, &text)), Some(DeviceRefusal::Oneself));
    // Somebody else's account under the signature of this one, and the other way round.
    let [account, signature, _] = &text.splitn(3, '.').collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    let forged = devices(&device(3)).code.replace("ringdove-device:", "ringdove-link:");
    let forged = format!("{forged}.{signature}.Anna");
    let cut = format!("{account}.{}.Anna", "A".repeat(86));
    let mut desk = device(FURTHER);
    for wrong in [forged, cut] {
        assert_eq!(refused(&take(&mut desk, &wrong)), Some(DeviceRefusal::LinkOfAnother));
    }
    for wrong in ["", "ringdove-link:", "hello", &devices(&first()).code] {
        assert_eq!(refused(&take(&mut desk, wrong)), Some(DeviceRefusal::LinkInvalid), "{wrong}");
    }
    assert!(!desk.is_linked());
    assert!(matches!(desk.link(), LinkView::SignedOut { error: None }));
}

#[test]
fn only_the_first_device_vouches_and_only_online() {
    let code = devices(&device(3)).code;
    let mut away = device(FIRST);
    assert_eq!(refused(&sign(&mut away, &code)), Some(DeviceRefusal::Offline));
    let mut desk = first();
    for wrong in ["", "Anna", &link()] {
        assert_eq!(refused(&sign(&mut desk, wrong)), Some(DeviceRefusal::CodeInvalid), "{wrong}");
    }
    let own = devices(&desk).code;
    assert_eq!(refused(&sign(&mut desk, &own)), Some(DeviceRefusal::Oneself));
    let mut further = device(FURTHER);
    take(&mut further, &link());
    further.log_in("Anna Ö.");
    assert_eq!(refused(&sign(&mut further, &code)), Some(DeviceRefusal::NotFirst));
}

#[test]
fn the_link_bears_the_present_name_and_goes_with_it() {
    let mut desk = first();
    sign(&mut desk, &devices(&device(FURTHER)).code);
    desk.server(welcome("Berta"));
    assert!(devices(&desk).signed.is_some_and(|text| text.ends_with(".Berta")));
    let outputs = desk.command(Command::SignOut);
    let told = events(&outputs);
    assert!(told.iter().any(|event| *event == Event::Devices { devices: devices(&desk) }));
    assert_eq!(devices(&desk).signed, None);
}

#[test]
fn a_device_that_was_somebody_else_leaves_first_and_can_go_back() {
    let mut desk = device(FURTHER);
    desk.sign_in("Ben");
    desk.log_in("Ben");
    let outputs = take(&mut desk, &link());
    assert!(leaves(&outputs) && connects(&outputs), "{outputs:?}");
    desk.log_in("Anna Ö.");

    let outputs = desk.command(Command::DropLink);
    assert!(leaves(&outputs), "{outputs:?}");
    assert_eq!(kept(&outputs), [(Kept::Link, "null".to_owned())]);
    assert!(!desk.is_linked());
    desk.sign_in("Ben");
    let logins = sent(&desk.log_in("Ben"));
    assert!(matches!(&logins[..], [ClientMessage::Login { link: None, .. }]), "{logins:?}");
    assert_eq!(desk.command(Command::DropLink), [], "nothing to drop");
}

#[test]
fn a_server_that_refuses_the_account_leaves_the_link_for_the_next_try() {
    let mut desk = device(FURTHER);
    take(&mut desk, &link());
    desk.input(Input::Opened);
    desk.server(support::hello());
    desk.server(error(ErrorCode::NameTaken, "login"));
    assert!(matches!(desk.link(), LinkView::SignedOut { error: Some(ErrorCode::NameTaken) }));
    assert!(desk.is_linked());
}
