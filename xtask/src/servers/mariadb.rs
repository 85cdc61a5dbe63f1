//! A MariaDB server of our own.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{certificate, free_port, kill_with_children};
use crate::leashed::Leashed;
use crate::tools;

/// A MariaDB server of our own.
#[derive(Debug)]
pub(crate) struct MariaDb {
    child: Leashed,
    port: u16,
    data: TempDir,
}

impl MariaDb {
    /// Makes a data folder in a temporary one and waits until the server accepts connections.
    ///
    /// # Errors
    /// When no server is installed, or it does not come up.
    pub(crate) fn start() -> Result<Self, String> {
        let data = TempDir::new().map_err(|error| error.to_string())?;
        certificate::make(data.path())?;
        // The server refuses to run as root.
        if tools::is_root() {
            tools::run(Command::new("chown").args(["-R", "mysql"]).arg(data.path()))?;
            // Tests of other users read the authority's certificate.
            tools::run(Command::new("chmod").arg("0755").arg(data.path()))?;
        }
        let mut install = Command::new("mariadb-install-db");
        install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        install.arg(format!("--datadir={}", data.path().join("data").display()));
        if tools::is_root() {
            install.arg("--user=mysql");
        }
        tools::run(install.stdout(Stdio::null()).stderr(Stdio::null())).map_err(|error| {
            format!("no MariaDB server; install with: apt-get install -y mariadb-server\n{error}")
        })?;
        let port = free_port()?;
        let child = server(&data, port)?;
        let mut started = Self { child, port, data };
        started.wait_until_ready()?;
        Ok(started)
    }

    /// Kills the server as a power cut would, and starts it again on the same data and port.
    ///
    /// # Errors
    /// When it does not come up again.
    pub(crate) fn crash(&mut self) -> Result<(), String> {
        kill_with_children(&mut self.child);
        self.child = server(&self.data, self.port)?;
        self.wait_until_ready()
    }

    /// The authority that signed its certificate, which is for 127.0.0.1.
    pub(crate) fn authority(&self) -> PathBuf {
        self.data.path().join("ca.pem")
    }

    /// The URL of its own database; tests make databases of their own beside it.
    pub(crate) fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/mysql", self.port)
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let patience = Instant::now() + Duration::from_secs(60);
        while Instant::now() < patience {
            let mut asked = Command::new("mariadb-admin");
            asked.args(["--no-defaults", "--user=root", "ping", "--silent"]);
            asked.arg(format!("--socket={}", self.socket().display()));
            let ready = asked.stdout(Stdio::null()).stderr(Stdio::null()).status();
            if ready.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("MariaDB ended at once: {status}"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("MariaDB did not come up within 60 s".to_owned())
    }

    fn socket(&self) -> PathBuf {
        self.data.path().join("server.sock")
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        // SIGTERM is its orderly shutdown; the data goes anyway.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn server(data: &TempDir, port: u16) -> Result<Leashed, String> {
    let folder = data.path();
    let mut server = unprivileged();
    server.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin", "--max-connections=300"]);
    // A commit has reached the system, if not the disk: it outlives a kill of the server.
    server.args(["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2"]);
    server.arg(format!("--datadir={}", folder.join("data").display()));
    server.arg(format!("--socket={}", folder.join("server.sock").display()));
    server.arg(format!("--pid-file={}", folder.join("server.pid").display()));
    for (setting, file) in [("ca", "ca.pem"), ("cert", "server.pem"), ("key", "server.key")] {
        server.arg(format!("--ssl-{setting}={}", folder.join(file).display()));
    }
    server.arg(format!("--port={port}"));
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Leashed::spawn(&mut server).map_err(|error| error.to_string())
}

/// The server as the user `mysql` when we are root; its process id is the program's own.
fn unprivileged() -> Command {
    if !tools::is_root() {
        return Command::new("mariadbd");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=mysql", "--regid=mysql", "--clear-groups", "--", "mariadbd"]);
    command
}
