//! TLS by rustls, with ring alone.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, crypto};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::TlsOptions;
use crate::error::{Error, Result};

/// Where Linux distributions keep the authorities' certificates.
const SYSTEM: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    /// # Errors
    /// A configuration error that names the setting when there is no certificate to trust.
    pub(super) fn new(options: &TlsOptions) -> Result<Self> {
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_root_certificates(roots(options)?)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    pub(super) async fn connect(&self, host: &str, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        self.0.connect(name, stream).await
    }
}

fn roots(options: &TlsOptions) -> Result<RootCertStore> {
    let given = options.ca_certs.as_deref();
    let Some(file) = given.or_else(|| SYSTEM.map(Path::new).into_iter().find(|file| file.exists())) else {
        return Err(Error::configuration(
            "ssl_ca_certs: the system has no certificates; name a file of them",
        ));
    };
    let unreadable = |error| {
        Error::configuration(format!("ssl_ca_certs: {} cannot be read", file.display())).with_source(error)
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
        // A system's bundle may hold one that rustls does not understand.
        drop(roots.add(certificate.map_err(unreadable)?));
    }
    if roots.is_empty() {
        return Err(Error::configuration(format!("ssl_ca_certs: no certificate in {}", file.display())));
    }
    Ok(roots)
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}
