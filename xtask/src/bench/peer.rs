//! The servers of `bench/sessions/`: how they are built, started, looked at and stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::connection::Connection;
use crate::leashed::Leashed;
use crate::{servers, tools};

const PATIENCE: Duration = Duration::from_secs(30);

/// A server that is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// What the tables call it.
    pub(super) name: &'static str,
    program: &'static str,
    variant: Option<&'static str>,
    /// Whether it has sessions.
    pub(super) sessions: bool,
}

/// All of them; the first is what the others are compared with.
pub(super) const PEERS: [Peer; 7] = [
    Peer { name: "limit", program: "peer-limit", variant: None, sessions: true },
    Peer { name: "tower-sessions", program: "peer-tower-sessions", variant: None, sessions: true },
    nuages("nuages, JSON", "json"),
    nuages("nuages, pickled", "pickle"),
    nuages("nuages around the router, JSON", "json-around"),
    nuages("nuages around the router, pickled", "pickle-around"),
    Peer { sessions: false, ..nuages("nuages, no layer", "bare") },
];

const fn nuages(name: &'static str, variant: &'static str) -> Peer {
    Peer { name, program: "peer-nuages", variant: Some(variant), sessions: true }
}

/// A peer that answers.
#[derive(Debug)]
pub(super) struct Running {
    child: Leashed,
    pub(super) port: u16,
}

/// Builds all peers and answers the folder that they are in.
///
/// # Errors
/// When they cannot be built.
pub(super) fn build() -> Result<PathBuf, String> {
    let root = tools::workspace_root();
    let target = root.join("target/bench");
    tools::run(
        Command::new(env!("CARGO"))
            .args(["build", "--release"])
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(root.join("bench/sessions")),
    )?;
    Ok(target.join("release"))
}

impl Peer {
    /// Starts it on the first processor, under another program if one is given, and waits until it answers.
    ///
    /// # Errors
    /// When it does not come up.
    pub(super) fn start(&self, programs: &Path, redis: &str, under: &[String]) -> Result<Running, String> {
        let port = servers::free_port()?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).args(under).arg(programs.join(self.program));
        command.args([&port.to_string(), redis]).args(self.variant).stdin(Stdio::null());
        let child = Leashed::spawn(&mut command).map_err(|error| format!("{}: {error}", self.name))?;
        let running = Running { child, port };
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if Connection::open(port).and_then(|mut connection| connection.get("/plain", None)).is_ok() {
                return Ok(running);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{} did not answer within {} s", self.name, PATIENCE.as_secs()))
    }
}

impl Running {
    /// The time that its threads were on a processor.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn cpu_time(&self) -> Result<Duration, String> {
        let tasks =
            fs::read_dir(format!("/proc/{}/task", self.child.id())).map_err(|error| error.to_string())?;
        let nanoseconds = tasks.flatten().filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Ok(Duration::from_nanos(nanoseconds.sum()))
    }

    /// Its memory in KiB, what it shares with others counted in parts.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn memory(&self) -> Result<u64, String> {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let pss =
            text.lines().find_map(|line| line.strip_prefix("Pss:")?.strip_suffix("kB")?.trim().parse().ok());
        pss.ok_or_else(|| format!("{path} has no Pss"))
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(super) fn stop(mut self) -> Result<(), String> {
        tools::run(Command::new("kill").arg(self.child.id().to_string()))?;
        self.child.wait().map(|_| ()).map_err(|error| error.to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
