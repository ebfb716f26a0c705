//! Which servers are trusted: those that the operating system's verifier accepts.

use std::{io, sync::Arc};

use rustls_platform_verifier::Verifier;
use tokio::sync::OnceCell;
#[cfg(not(target_os = "android"))]
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig,
    crypto::{CryptoProvider, aws_lc_rs},
};

use crate::app::LinkTrouble;

/// Read once, when first needed: a client of `ws://` servers never asks.
#[derive(Debug)]
pub(super) struct Trust {
    extra_roots: Vec<Vec<u8>>,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Trust {
    pub(super) fn new(extra_roots: Vec<Vec<u8>>) -> Self {
        Self { extra_roots, config: OnceCell::new() }
    }

    /// The configuration of all TLS clients.
    pub(super) async fn config(&self) -> io::Result<Arc<ClientConfig>> {
        let made = self.config.get_or_try_init(async || {
            let roots = self.extra_roots.clone();
            // The system's roots are hundreds of files, or a call into the system.
            let made = tokio::task::spawn_blocking(move || make(roots)).await?;
            made.map(Arc::new).map_err(io::Error::other)
        });
        made.await.cloned()
    }
}

fn make(extra_roots: Vec<Vec<u8>>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = verifier(extra_roots, provider.clone())?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        // Not dangerous at all: the operating system's own rules.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(not(target_os = "android"))]
fn verifier(
    extra_roots: Vec<Vec<u8>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(extra_roots.into_iter().map(CertificateDer::from), provider)
}

/// Android's verifier takes no roots of ours. An app has to give it the Java machine first
/// (`rustls_platform_verifier::android`).
#[cfg(target_os = "android")]
fn verifier(
    _extra_roots: Vec<Vec<u8>>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new(provider)
}

/// What a failed handshake says about the certificate, if that is why.
pub(super) fn trouble(error: &io::Error) -> Option<LinkTrouble> {
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(error) = error else { return None };
    Some(if let CertificateError::ExpiredContext { not_after, .. } = error {
        LinkTrouble::CertificateExpired { at: Some(not_after.as_secs().saturating_mul(1000)) }
    } else if matches!(error, CertificateError::Expired) {
        LinkTrouble::CertificateExpired { at: None }
    } else if matches!(
        error,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }
    ) {
        LinkTrouble::CertificateNotYetValid
    } else if matches!(
        error,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        LinkTrouble::CertificateOtherName
    } else {
        // Unknown issuer, self-signed, revoked, broken: nobody vouches for it.
        LinkTrouble::CertificateUntrusted
    })
}
