//! A Redis server of our own, which can be made to fail.

use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::free_port;
use crate::leashed::Leashed;
use crate::tools;

/// A Redis server of our own.
#[derive(Debug)]
pub(crate) struct Redis {
    child: Leashed,
    port: u16,
    data: TempDir,
    durable: bool,
}

impl Redis {
    /// Starts a server that keeps nothing and waits until it accepts connections.
    ///
    /// # Errors
    /// When no server is installed, or it does not come up.
    pub(crate) fn start() -> Result<Self, String> {
        Self::with(false)
    }

    /// Starts a server that has every write on the disk before it answers, so that it comes back with all of them.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub(crate) fn start_durable() -> Result<Self, String> {
        Self::with(true)
    }

    fn with(durable: bool) -> Result<Self, String> {
        let data = TempDir::new().map_err(|error| error.to_string())?;
        let port = free_port()?;
        let child = server(&data, port, durable)?;
        let mut started = Self { child, port, data, durable };
        started.wait_until_ready()?;
        Ok(started)
    }

    /// The URL of its first database.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again after [`Redis::kill`], at the same address and with what it had kept.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn restart(&mut self) -> Result<(), String> {
        self.child = server(&self.data, self.port, self.durable)?;
        self.wait_until_ready()
    }

    /// Stops it where it is: connections stay, and nothing is answered.
    ///
    /// # Errors
    /// When it is not running.
    pub(crate) fn freeze(&self) -> Result<(), String> {
        tools::run(Command::new("kill").args(["-STOP", &self.child.id().to_string()]))
    }

    /// Lets it go on after [`Redis::freeze`].
    ///
    /// # Errors
    /// When it is not running.
    pub(crate) fn thaw(&self) -> Result<(), String> {
        tools::run(Command::new("kill").args(["-CONT", &self.child.id().to_string()]))
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let patience = Instant::now() + Duration::from_secs(30);
        while Instant::now() < patience {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("Redis ended at once: {status}"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err("Redis did not come up within 30 s".to_owned())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn server(data: &TempDir, port: u16, durable: bool) -> Result<Leashed, String> {
    let mut server = Command::new("redis-server");
    server.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""]);
    server.args(["--appendonly", if durable { "yes" } else { "no" }, "--appendfsync", "always"]);
    server.arg("--dir").arg(data.path()).stdin(Stdio::null()).stdout(Stdio::null());
    Leashed::spawn(&mut server)
        .map_err(|error| format!("no Redis server; install with: apt-get install -y redis-server\n{error}"))
}
