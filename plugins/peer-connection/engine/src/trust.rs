//! Which certificates of TURN servers are trusted (RFC 8656 3.1: TLS over TCP, RFC 6125 for the
//! name).

use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The roots of the system, and those that the app adds. Read once, when first needed.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    extra_roots: Vec<Vec<u8>>,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Trust {
    /// Trusts `extra_roots` (DER) besides the roots of the system.
    pub(crate) fn new(extra_roots: Vec<Vec<u8>>) -> Self {
        Self { extra_roots, config: OnceCell::new() }
    }

    /// The configuration of all TLS clients; an error is a text for people.
    pub(crate) async fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        let made = self.config.get_or_try_init(|| async {
            let extra_roots = self.extra_roots.clone();
            // The system's roots are hundreds of files, or a call into the system.
            let config = tokio::task::spawn_blocking(move || make(extra_roots));
            config.await.map_err(|error| error.to_string())?.map(Arc::new)
        });
        made.await.cloned()
    }
}

fn make(extra_roots: Vec<Vec<u8>>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!(%error, "some certificates of the system cannot be read");
    }
    // One root that the system keeps and rustls cannot read must not cost the others.
    roots.add_parsable_certificates(system.certs);
    for root in extra_roots {
        roots
            .add(CertificateDer::from(root))
            .map_err(|error| format!("a root certificate cannot be read: {error}"))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
