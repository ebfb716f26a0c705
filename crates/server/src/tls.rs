//! TLS by the server itself: a certificate that is replaced without anybody being dropped.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};
use tokio_rustls::rustls::{
    self, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tracing::{error, info, warn};
use x509_cert::{Certificate, der::Decode};

use crate::{metrics::Metrics, shutdown::ShutdownSeen};

/// How long before its end a certificate is worth a warning.
const WARN_BEFORE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// How often that is said.
const WARN_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the certificate is.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// The certificate and those between it and the root, in this order, as PEM.
    pub certificate: PathBuf,
    /// Its private key as PEM (PKCS #8, PKCS #1 or SEC1).
    pub key: PathBuf,
    /// How often the files are looked at. 10 s.
    pub look_every: Duration,
}

impl TlsSettings {
    /// Files that are looked at every 10 s.
    pub fn new(certificate: PathBuf, key: PathBuf) -> Self {
        Self { certificate, key, look_every: Duration::from_secs(10) }
    }
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {what} in PEM", .path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// What it lacks.
        what: &'static str,
    },
    /// Certificate and key cannot be used, or not together.
    #[error("{} and {} do not fit together: {source}", .certificate.display(), .key.display())]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// In the words of the library.
        source: rustls::Error,
    },
}

/// What the files held when they were read last.
#[derive(PartialEq, Eq)]
struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// A certificate that can be used.
struct Loaded {
    certified: Arc<CertifiedKey>,
    /// When it expires; none if it does not say so in a readable way.
    not_after: Option<SystemTime>,
}

/// Gives every new handshake the newest certificate.
#[derive(Debug)]
struct Newest(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Newest {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// The certificate in use, and the watch over its files.
pub(crate) struct Tls {
    settings: TlsSettings,
    provider: Arc<CryptoProvider>,
    newest: Arc<Newest>,
    seen: Content,
    not_after: Option<SystemTime>,
    metrics: Arc<Metrics>,
}

impl Tls {
    pub(crate) fn open(settings: TlsSettings, metrics: Arc<Metrics>) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let seen = read(&settings)?;
        let Loaded { certified, not_after } = load(&settings, &seen, &provider)?;
        let newest = Arc::new(Newest(RwLock::new(certified)));
        let tls = Self { settings, provider, newest, seen, not_after, metrics };
        tls.tell_expiry();
        Ok(tls)
    }

    pub(crate) fn config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|source| unusable(&self.settings, source))?
            .with_no_client_auth()
            .with_cert_resolver(self.newest.clone());
        // A WebSocket needs HTTP/1.1 (RFC 6455, section 4.1).
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Takes over what changes in the files, until the end.
    pub(crate) async fn watch(mut self, reload: Arc<Notify>, mut shutdown: ShutdownSeen) {
        let mut warned = Instant::now();
        loop {
            tokio::select! {
                () = shutdown.begins() => return,
                () = reload.notified() => self.look(),
                () = sleep(self.settings.look_every) => self.look(),
            }
            if warned.elapsed() >= WARN_EVERY {
                warned = Instant::now();
                self.tell_expiry();
            }
        }
    }

    fn look(&mut self) {
        let content = match read(&self.settings) {
            Ok(content) => content,
            // In the middle of a replacement a file may be missing.
            Err(error) => return warn!(%error, "the present certificate stays in use"),
        };
        if content == self.seen {
            return;
        }
        let loaded = load(&self.settings, &content, &self.provider);
        self.seen = content;
        match loaded {
            Ok(Loaded { certified, not_after }) => {
                *self.newest.0.write().unwrap_or_else(PoisonError::into_inner) = certified;
                self.not_after = not_after;
                info!("new TLS certificate in use");
                self.tell_expiry();
            }
            Err(error) => {
                error!(%error, "THE NEW TLS CERTIFICATE IS BROKEN; the old one stays in use");
            }
        }
    }

    fn tell_expiry(&self) {
        let Some(not_after) = self.not_after else { return };
        let since_1970 = not_after.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.metrics.certificate_expiry.set(since_1970.as_secs());
        match not_after.duration_since(SystemTime::now()) {
            Ok(left) if left > WARN_BEFORE => {}
            Ok(left) => {
                let days = left.as_secs() / (24 * 60 * 60);
                warn!(days, "the TLS certificate expires soon");
            }
            Err(_) => error!("THE TLS CERTIFICATE HAS EXPIRED: no client will connect"),
        }
    }
}

fn read(settings: &TlsSettings) -> Result<Content, TlsError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
    };
    Ok(Content { certificate: read(&settings.certificate)?, key: read(&settings.key)? })
}

fn load(
    settings: &TlsSettings,
    content: &Content,
    provider: &CryptoProvider,
) -> Result<Loaded, TlsError> {
    let pem = |path: &Path, what| TlsError::Pem { path: path.to_owned(), what };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&content.certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| pem(&settings.certificate, "certificate"))?;
    let not_after = match chain.first() {
        Some(certificate) => expiry(certificate),
        None => return Err(pem(&settings.certificate, "certificate")),
    };
    let key = PrivateKeyDer::from_pem_slice(&content.key)
        .map_err(|_| pem(&settings.key, "private key"))?;
    let certified = CertifiedKey::from_der(chain, key, provider)
        .map_err(|source| unusable(settings, source))?;
    Ok(Loaded { certified: Arc::new(certified), not_after })
}

fn unusable(settings: &TlsSettings, source: rustls::Error) -> TlsError {
    let TlsSettings { certificate, key, .. } = settings.clone();
    TlsError::Unusable { certificate, key, source }
}

fn expiry(certificate: &CertificateDer<'_>) -> Option<SystemTime> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let not_after = certificate.tbs_certificate().validity().not_after;
    Some(SystemTime::UNIX_EPOCH + not_after.to_unix_duration())
}
