//! What a client keeps on disk.
#![cfg(feature = "native")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use ringdove_client::{
    Kept, Privacy,
    native::{Remembered, Store, StoreError},
};
use ringdove_protocol::{DeviceKey, DeviceLink, Name, RingRule, Signature};

#[test]
fn key_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("new/folder")).unwrap();
    let seed = store.seed().unwrap().to_text();
    assert_eq!(store.seed().unwrap().to_text(), seed);
    let other = Store::open(folder.path().join("other")).unwrap();
    assert_ne!(other.seed().unwrap().to_text(), seed);
}

#[cfg(unix)]
#[test]
fn key_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let file = folder.path().join("device.key");
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    let seed = store.seed().unwrap().to_text();
    assert_eq!(mode(), 0o600);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(store.seed().unwrap().to_text(), seed);
    assert_eq!(mode(), 0o600);
}

#[test]
fn damaged_key_is_reported_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let file = folder.path().join("device.key");
    for damaged in [&b""[..], b"AAAA", b"\xff\xfe"] {
        fs::write(&file, damaged).unwrap();
        let error = store.seed().unwrap_err();
        assert!(matches!(&error, StoreError::Damaged { path } if *path == file), "{error}");
        assert_eq!(fs::read(&file).unwrap(), damaged);
    }
}

#[test]
fn name_and_server_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.remembered(), Remembered::default());
    let remembered =
        Remembered { name: Some("Anna".to_owned()), server: Some("attic.local".to_owned()) };
    store.remember(&remembered).unwrap();
    assert_eq!(store.remembered(), remembered);

    fs::write(folder.path().join("remembered.json"), "{").unwrap();
    assert_eq!(store.remembered(), Remembered::default());
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "no drafts are left");
}

#[test]
fn a_link_that_cannot_be_read_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.link(), None, "at the first start");
    let link = DeviceLink {
        account_key: DeviceKey::from_bytes([1; 32]),
        signature: Signature::from_bytes([2; 64]),
    };
    let file = folder.path().join("link.json");
    fs::write(&file, serde_json::to_vec(&link).unwrap()).unwrap();
    assert_eq!(store.link(), Some(link));
    for unreadable in ["", "null", "{}", r#"{"account_key":"AAAA","signature":""}"#] {
        fs::write(&file, unreadable).unwrap();
        assert_eq!(store.link(), None, "{unreadable}");
    }
}

#[test]
fn who_may_ring_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.privacy(), Privacy::default());
    let rings = RingRule { blocked: [Name::parse("Eve").unwrap()].into(), ..RingRule::default() };
    let privacy = Privacy { quiet: true, rings };
    store.keep(Kept::Privacy, &serde_json::to_string(&privacy).unwrap()).unwrap();
    assert_eq!(store.privacy(), privacy);

    fs::write(folder.path().join("privacy.json"), r#"{"quiet":7}"#).unwrap();
    assert_eq!(store.privacy(), Privacy::default());
}
