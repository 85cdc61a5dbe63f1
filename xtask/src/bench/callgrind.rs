//! The instructions that a request costs a peer, counted by callgrind: the same in every run, on a busy machine too.

use std::path::Path;

use super::connection::Connection;
use super::peer::Peer;
use super::sessions::Work;

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
    let valgrind = ["valgrind", "--quiet", "--tool=callgrind"].map(str::to_owned);
    let under = [&valgrind[..], &[format!("--callgrind-out-file={}", file.display())]].concat();
    let running = peer.start(programs, redis, &under)?;
    let mut connection = Connection::open(running.port)?;
    let cookie = if work.sessions > 0 { connection.get("/login", None)?.cookie } else { None };
    for _ in 0..requests {
        connection.get(work.path, cookie.as_deref())?;
    }
    running.stop()?;
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let totals = text.lines().filter_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    totals.reduce(f64::max).ok_or_else(|| format!("callgrind wrote no totals for {}", peer.name))
}
