//! The instructions that a request or a read costs, counted by callgrind: the same in every run, on a busy machine too.

use std::path::Path;
use std::process::Command;

use super::connection::Connection;
use super::peer::Peer;
use super::sessions::Work;
use crate::tools;

/// Requests of the shorter and of the longer run. Their difference has neither the start in it nor the end.
const REQUESTS: (u32, u32) = (100, 400);

/// The instructions in user space that one request costs.
///
/// # Errors
/// When the peer does not run under callgrind.
pub(super) fn instructions(peer: &Peer, work: &Work, programs: &Path, redis: &str) -> Result<f64, String> {
    let count = |requests| counted(peer, work, programs, redis, requests);
    let (shorter, longer) = REQUESTS;
    Ok((count(longer)? - count(shorter)?) / f64::from(longer - shorter))
}

fn counted(peer: &Peer, work: &Work, programs: &Path, redis: &str, requests: u32) -> Result<f64, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("callgrind");
    let running = peer.start(programs, redis, &under(&file))?;
    let mut connection = Connection::open(running.port)?;
    let cookie = if work.sessions > 0 { connection.get("/login", None)?.cookie } else { None };
    for _ in 0..requests {
        connection.get(work.path, cookie.as_deref())?;
    }
    running.stop()?;
    total(&file, peer.name)
}

/// The instructions of a program from its start to its end.
///
/// # Errors
/// When it does not run under callgrind, or fails.
pub(super) fn run(program: &Path, arguments: &[&str]) -> Result<f64, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("callgrind");
    let [valgrind, options @ ..] = under(&file);
    tools::run(Command::new(valgrind).args(options).arg(program).args(arguments))?;
    total(&file, &program.display().to_string())
}

/// The words before a program's name.
fn under(file: &Path) -> [String; 4] {
    let out = format!("--callgrind-out-file={}", file.display());
    ["valgrind", "--quiet", "--tool=callgrind", &out].map(str::to_owned)
}

fn total(file: &Path, name: &str) -> Result<f64, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let totals = text.lines().filter_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    totals.reduce(f64::max).ok_or_else(|| format!("callgrind wrote no totals for {name}"))
}
