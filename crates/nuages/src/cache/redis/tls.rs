//! TLS by rustls, with ring alone.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, crypto};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::TlsOptions;
use crate::error::{Error, Result};
use crate::tls::{self, NoAuthorities};

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
    tls::authorities(options.ca_certs.as_deref()).map_err(|error| match error {
        NoAuthorities::NoFile => {
            Error::configuration("ssl_ca_certs: the system has no certificates; name a file of them")
        }
        NoAuthorities::Unreadable(file, error) => {
            Error::configuration(format!("ssl_ca_certs: {} cannot be read", file.display()))
                .with_source(error)
        }
        NoAuthorities::Empty(file) => {
            Error::configuration(format!("ssl_ca_certs: no certificate in {}", file.display()))
        }
    })
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}
