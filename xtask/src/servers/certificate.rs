//! A certificate for 127.0.0.1 and the authority that signed it, made by `openssl`, which Debian's PostgreSQL brings.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::tools;

/// Writes `ca.pem`, `server.pem` and `server.key` into the folder.
///
/// # Errors
/// When `openssl` is not there.
pub(super) fn make(folder: &Path) -> Result<(), String> {
    let authority =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Nuages tests"];
    openssl(folder, &authority, &["-keyout", "ca.key", "-out", "ca.pem"])?;
    let server = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"];
    let signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"];
    let named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "server.key", "-out", "server.pem"];
    openssl(folder, &server, &[&signed[..], &named].concat())
}

fn openssl(folder: &Path, arguments: &[&str], more: &[&str]) -> Result<(), String> {
    let mut command = Command::new("openssl");
    command.args(arguments).args(more).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    tools::run(&mut command)
}
