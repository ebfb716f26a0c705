//! Certificates: used, replaced and refused, between real clients and the real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a failing test panics"
)]

mod support;

use std::{fs, path::Path, sync::Arc, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use ringdove_client::{
    Identity, Seed,
    app::{Command, Event, LinkTrouble, LinkView},
    native::{Client, NativeConfig, spawn},
};
use ringdove_server::{Config, Server, StartError, TlsSettings};
use support::{PATIENCE, World};
use tempfile::TempDir;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName},
    },
};

/// Somebody who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn root(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// Writes a certificate and its key where a server looks for them; gives the certificate.
    fn issue(&self, folder: &Path, host: &str, until_year: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        // The two files never change in one instant; a server must bear what is in between.
        fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
        certificate.der().clone()
    }
}

fn settings(folder: &TempDir) -> TlsSettings {
    let files = ["cert.pem", "key.pem"].map(|file| folder.path().join(file));
    let [certificate, key] = files;
    TlsSettings { certificate, key, look_every: Duration::from_millis(50) }
}

async fn start(folder: &TempDir) -> World {
    World::with(Config { tls: Some(settings(folder)), ..Config::default() }).await
}

struct Person {
    client: Client,
    events: mpsc::Receiver<Event>,
    /// Every state of the link that was shown, but the first.
    links: Vec<LinkView>,
}

impl Person {
    fn sign_in(url: &str, name: &str, root: Option<Vec<u8>>) -> Self {
        let mut seed = [1; 32];
        seed[..name.len()].copy_from_slice(name.as_bytes());
        let (client, events) = spawn(NativeConfig {
            server: url.to_owned(),
            identity: Identity::from_seed(&Seed::from_bytes(seed)),
            link: None,
            timers: Default::default(),
            book: Default::default(),
            store: None,
            privacy: Default::default(),
            extra_roots: root.into_iter().collect(),
        });
        client
            .dispatch(Command::SignIn { server: None, name: name.to_owned(), invite: None })
            .unwrap();
        Self { client, events, links: Vec::new() }
    }

    async fn until(&mut self, wanted: impl Fn(&LinkView) -> bool) {
        let found = async {
            loop {
                if let Event::Link { link } = self.events.recv().await.expect("lives") {
                    self.links.push(link.clone());
                    if wanted(&link) {
                        return;
                    }
                }
            }
        };
        timeout(PATIENCE, found).await.expect("in time");
    }

    async fn online(url: &str, name: &str, root: Vec<u8>) -> Self {
        let mut person = Self::sign_in(url, name, Some(root));
        person.until(|link| matches!(link, LinkView::Online { .. })).await;
        person
    }

    /// Whether the link has not moved since the last look, and lives.
    async fn is_undisturbed(&mut self, others: &mut Self) -> bool {
        let text = "still there".to_owned();
        self.client.dispatch(Command::Chat { text }).unwrap();
        let heard = async {
            loop {
                match others.events.recv().await.expect("lives") {
                    Event::Link { .. } => return false,
                    Event::Line { .. } => return true,
                    _ => {}
                }
            }
        };
        timeout(PATIENCE, heard).await.expect("in time")
    }
}

/// The certificate that a new connection is shown.
async fn shown(world: &World, root: Vec<u8>) -> CertificateDer<'static> {
    let mut roots = RootCertStore::empty();
    roots.add(root.into()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(world.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("trusted");
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

async fn until_shown(world: &World, authority: &Authority, wanted: &CertificateDer<'_>) {
    let comes = async {
        while shown(world, authority.root()).await != *wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, comes).await.expect("the new certificate is used");
}

fn url(world: &World, host: &str) -> String {
    format!("wss://{host}:{}/", world.address.port())
}

#[tokio::test]
async fn a_certificate_is_replaced_under_two_sessions_and_nobody_is_dropped() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let first = authority.issue(folder.path(), "localhost", 2100);
    let world = start(&folder).await;
    let server = url(&world, "localhost");
    let mut anna = Person::online(&server, "Anna", authority.root()).await;
    let mut ben = Person::online(&server, "Ben", authority.root()).await;
    assert_eq!(shown(&world, authority.root()).await, first);

    let second = authority.issue(folder.path(), "localhost", 2100);
    until_shown(&world, &authority, &second).await;
    assert!(anna.is_undisturbed(&mut ben).await && ben.is_undisturbed(&mut anna).await);

    fs::write(folder.path().join("cert.pem"), "nonsense").unwrap();
    // Long enough to be looked at; should it not be, the next lines hold all the more.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(shown(&world, authority.root()).await, second, "the old one stays in use");
    let mut carl = Person::online(&server, "Carl", authority.root()).await;
    assert!(carl.is_undisturbed(&mut ben).await);

    let third = authority.issue(folder.path(), "localhost", 2100);
    until_shown(&world, &authority, &third).await;
}

#[tokio::test]
async fn the_client_says_what_is_wrong_with_a_certificate() {
    // The first second of 2001.
    let expired = LinkTrouble::CertificateExpired { at: Some(978_307_200_000) };
    for (host, until_year, trusted, trouble) in [
        ("localhost", 2001, true, expired),
        ("elsewhere.example", 2100, true, LinkTrouble::CertificateOtherName),
        ("localhost", 2100, false, LinkTrouble::CertificateUntrusted),
    ] {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        authority.issue(folder.path(), host, until_year);
        let world = start(&folder).await;
        let root = trusted.then(|| authority.root());
        let mut anna = Person::sign_in(&url(&world, "localhost"), "Anna", root);
        anna.until(|link| {
            matches!(link, LinkView::Connecting { trouble: Some(found), .. } if *found == trouble)
        })
        .await;
        assert!(!anna.links.iter().any(|link| matches!(link, LinkView::Online { .. })));
    }
}

#[tokio::test]
async fn a_certificate_that_is_mended_lets_the_waiting_client_in() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    authority.issue(folder.path(), "localhost", 2001);
    let world = start(&folder).await;
    let mut anna = Person::sign_in(&url(&world, "localhost"), "Anna", Some(authority.root()));
    anna.until(|link| matches!(link, LinkView::Connecting { trouble: Some(_), .. })).await;
    authority.issue(folder.path(), "localhost", 2100);
    anna.until(|link| matches!(link, LinkView::Online { .. })).await;
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_at_the_start() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let why = async || {
        let listen = ([127, 0, 0, 1], 0).into();
        let config = Config { listen, tls: Some(settings(&folder)), ..Config::default() };
        match Server::bind(config).await {
            Err(error @ StartError::Tls(_)) => error.to_string(),
            other => panic!("expected a refusal, got {other:?}"),
        }
    };
    assert!(why().await.contains("cert.pem"), "there is none");
    authority.issue(folder.path(), "localhost", 2100);
    fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(why().await.contains("do not fit together"), "somebody else's key");
    fs::write(&key, "").unwrap();
    assert!(why().await.contains("no private key"));
    fs::write(&cert, "").unwrap();
    assert!(why().await.contains("no certificate"));
}
