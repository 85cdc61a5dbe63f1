//! `cargo xtask bench start`: the time from the start of a migrated shop to its first answer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{servers, tools};

const STARTS: usize = 9;
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures and prints.
///
/// # Errors
/// When the shop cannot be built, or does not answer.
pub(super) fn run() -> Result<(), String> {
    let mut times = first_answers()?;
    times.sort();
    let milliseconds = |time: &Duration| time.as_secs_f64() * 1000.0;
    let (best, median, worst) = (&times[0], &times[times.len() / 2], &times[times.len() - 1]);
    println!(
        "start to first answer: median {:.0} ms (best {:.0}, worst {:.0}, {STARTS} starts)",
        milliseconds(median),
        milliseconds(best),
        milliseconds(worst)
    );
    Ok(())
}

fn first_answers() -> Result<Vec<Duration>, String> {
    let root = tools::workspace_root();
    tools::run(Command::new(env!("CARGO")).args(["build", "--release", "-p", "shop"]).current_dir(&root))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let shop = target.join("release/shop");
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    tools::run(command(&shop, folder.path()).arg("migrate").stdout(Stdio::null()))?;
    tools::run(command(&shop, folder.path()).arg("seed").stdout(Stdio::null()))?;
    (0..STARTS).map(|_| first_answer(&shop, folder.path())).collect()
}

/// The time from starting the process to the first byte of `200 OK` for the index page.
fn first_answer(shop: &Path, folder: &Path) -> Result<Duration, String> {
    let port = servers::free_port()?;
    let mut serve = command(shop, folder);
    serve.args(["serve", "--bind", &format!("127.0.0.1:{port}")]).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let server = Stopped(serve.spawn().map_err(|error| format!("{}: {error}", shop.display()))?);
    while started.elapsed() < PATIENCE {
        if asked(port).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 200")) {
            let took = started.elapsed();
            drop(server);
            return Ok(took);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(format!("{} did not answer within {} s", shop.display(), PATIENCE.as_secs()))
}

fn asked(port: u16) -> Option<[u8; 12]> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(connection, "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut start = [0; 12];
    connection.read_exact(&mut start).ok()?;
    Some(start)
}

/// The shop in a folder of its own, whatever the caller's environment says.
fn command(shop: &Path, folder: &Path) -> Command {
    let mut command = Command::new(shop);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NUAGES_")) {
        command.env_remove(name);
    }
    command.current_dir(folder);
    command
}

/// A server that ends with its measurement.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
