//! The authorities whose certificates are believed, for every resource that speaks TLS through rustls.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

/// Where Linux distributions keep the authorities' certificates.
const SYSTEM: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Why there is nobody to believe.
#[derive(Debug)]
pub(crate) enum NoAuthorities {
    /// No file is named, and the system has none.
    NoFile,
    /// The file is not there, or it is no PEM file.
    Unreadable(PathBuf, pem::Error),
    /// The file has no certificate.
    Empty(PathBuf),
}

/// The authorities of a PEM file, or the system's.
///
/// # Errors
/// [`NoAuthorities`].
pub(crate) fn authorities(file: Option<&Path>) -> Result<RootCertStore, NoAuthorities> {
    let system = || SYSTEM.map(Path::new).into_iter().find(|file| file.exists());
    let file = file.or_else(system).ok_or(NoAuthorities::NoFile)?;
    let unreadable = |error| NoAuthorities::Unreadable(file.to_owned(), error);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
        // A system's bundle may hold one that rustls does not understand.
        drop(roots.add(certificate.map_err(unreadable)?));
    }
    if roots.is_empty() {
        return Err(NoAuthorities::Empty(file.to_owned()));
    }
    Ok(roots)
}
