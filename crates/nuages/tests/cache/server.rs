//! Redis servers of a test's own, on free ports of 127.0.0.1, stopped by their process id.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
    arguments: Vec<String>,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self::start_in(folder, free_port(), arguments)
    }

    pub(crate) fn start_in(folder: TempDir, port: u16, arguments: Vec<String>) -> Self {
        let child = spawn(folder.path(), port, &arguments);
        let server = Self { child, port, folder, arguments };
        wait_for(port);
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// As a crash.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.folder.path(), self.port, &self.arguments);
        wait_for(self.port);
    }

    /// Stops it in its tracks, or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) {
        let signal = if frozen { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// What `redis-cli` prints.
    pub(crate) fn ask(&self, command: &[&str]) -> String {
        cli(self.port, command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn cli(port: u16, command: &[&str]) -> String {
    let output = Command::new("redis-cli").args(["-p", &port.to_string()]).args(command).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn free_port() -> u16 {
    // A cluster's node also takes the port 10000 above.
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        if port < 50_000 {
            return port;
        }
    }
}

pub(crate) fn wait_until(what: &str, patience: Duration, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not within {patience:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn wait_for(port: u16) {
    wait_until("a Redis server", Duration::from_secs(20), || {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
    });
}

fn spawn(folder: &Path, port: u16, arguments: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    if let Some(file) = arguments.first().filter(|argument| argument.ends_with(".conf")) {
        command.arg(file);
    }
    let arguments = arguments.iter().filter(|argument| !argument.ends_with(".conf"));
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
    command.arg("--dir").arg(folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    command.spawn().expect("no redis-server; install with: apt-get install -y redis-server")
}
