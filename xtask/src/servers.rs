//! The servers that the tests start for themselves, on free ports of 127.0.0.1, with data that goes when they go.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::leashed::Leashed;
use crate::tools;

mod certificate;
mod mariadb;
mod redis;

pub(crate) use mariadb::MariaDb;
pub(crate) use redis::Redis;

/// A PostgreSQL server of our own.
#[derive(Debug)]
pub(crate) struct Postgres {
    child: Leashed,
    port: u16,
    data: TempDir,
}

impl Postgres {
    /// Makes a cluster in a temporary folder and waits until it accepts connections.
    ///
    /// # Errors
    /// When no server is installed, or it does not come up.
    pub(crate) fn start() -> Result<Self, String> {
        let programs =
            newest_postgres().ok_or("no PostgreSQL server; install with: apt-get install -y postgresql")?;
        let data = TempDir::new().map_err(|error| error.to_string())?;
        let cluster = data.path().join("cluster");
        std::fs::create_dir(&cluster).map_err(|error| error.to_string())?;
        certificate::make(data.path())?;
        // PostgreSQL refuses to run as root.
        if tools::is_root() {
            tools::run(Command::new("chown").args(["-R", "postgres"]).arg(data.path()))?;
            // Tests of other users read the authority's certificate.
            tools::run(Command::new("chmod").arg("0755").arg(data.path()))?;
        }
        let mut init = unprivileged(&programs.join("initdb"));
        init.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-D",
        ]);
        tools::run(init.arg(&cluster).stdout(Stdio::null()))?;

        let port = free_port()?;
        let child = serve(&programs, &data, port)?;
        let mut started = Self { child, port, data };
        started.wait_until_ready(&programs)?;
        Ok(started)
    }

    /// Kills the server and its children as a power cut would, and starts it again on the same data and port.
    ///
    /// # Errors
    /// When it does not come up again.
    pub(crate) fn crash(&mut self) -> Result<(), String> {
        let programs = newest_postgres().ok_or("no PostgreSQL server")?;
        kill_with_children(&mut self.child);
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            self.child = serve(&programs, &self.data, self.port)?;
            match self.wait_until_ready(&programs) {
                // Its shared memory lives until the last child is gone.
                Err(_) if Instant::now() < patience => std::thread::sleep(Duration::from_millis(100)),
                outcome => return outcome,
            }
        }
    }

    /// The authority that signed its certificate, which is for 127.0.0.1.
    pub(crate) fn authority(&self) -> PathBuf {
        self.data.path().join("ca.pem")
    }

    /// The URL of its maintenance database; tests make databases of their own beside it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, programs: &Path) -> Result<(), String> {
        let patience = Instant::now() + Duration::from_secs(30);
        while Instant::now() < patience {
            let port = self.port.to_string();
            let mut asked = Command::new(programs.join("pg_isready"));
            let ready = asked.args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            if ready.is_ok_and(|status| status.success()) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("PostgreSQL ended at once: {status}"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("PostgreSQL did not come up within 30 s".to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is its "fast" shutdown: connections are ended, the data is left consistent.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on now.
///
/// # Errors
/// When the system has none to give.
pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

fn serve(programs: &Path, data: &TempDir, port: u16) -> Result<Leashed, String> {
    let mut server = unprivileged(&programs.join("postgres"));
    server.arg("-D").arg(data.path().join("cluster")).arg("-k").arg(data.path());
    server.args(["-p", &port.to_string()]);
    for setting in
        ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=300", "log_min_messages=fatal"]
    {
        server.args(["-c", setting]);
    }
    for (setting, file) in [("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key")] {
        server.args(["-c", "ssl=on", "-c"]).arg(format!("{setting}={}", data.path().join(file).display()));
    }
    Leashed::spawn(server.stdin(Stdio::null()).stderr(Stdio::null())).map_err(|error| error.to_string())
}

/// SIGKILL to a server of ours and to the processes that it has started.
fn kill_with_children(server: &mut Leashed) {
    let children = Command::new("pgrep").args(["-P", &server.id().to_string()]).output();
    let children = children.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let _ = server.kill();
    for child in children.unwrap_or_default().split_whitespace() {
        let _ = Command::new("kill").args(["-KILL", child]).stderr(Stdio::null()).status();
    }
    let _ = server.wait();
}

fn newest_postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let programs = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    programs.filter(|folder| folder.join("postgres").exists()).max()
}

/// A command that runs as the user `postgres` when we are root; its process id is the program's own.
fn unprivileged(program: &Path) -> Command {
    if !tools::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}
