//! One run of wrk against a peer.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::peer::Running;
use super::sessions::Work;

const CONNECTIONS: u32 = 32;

/// What a run measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) per_second: f64,
    /// What the server's process used, in microseconds for each request.
    pub(super) cpu: f64,
}

/// Asks as fast as the peer answers, over 32 connections, with the cookies in turn.
///
/// # Errors
/// When wrk does not run, or one answer was not a good one.
pub(super) fn run(
    running: &Running,
    work: &Work,
    cookies: &[String],
    time: Duration,
    script: &Path,
) -> Result<Sample, String> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", time.as_secs()), "-s"]).arg(script);
    wrk.arg(format!("http://127.0.0.1:{}{}", running.port, work.path)).arg("--").args(cookies);
    let before = running.cpu_time()?;
    let output = wrk.output().map_err(|error| format!("wrk: {error}"))?;
    let used = running.cpu_time()? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let words = || text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let requests = words()
        .find_map(|line| (line.get(1..3)? == ["requests", "in"]).then(|| line[0].parse::<f64>().ok())?);
    let per_second =
        words().find_map(|line| (*line.first()? == "Requests/sec:").then(|| line.get(1)?.parse().ok())?);
    match (requests, per_second) {
        (Some(requests), Some(per_second))
            if !text.contains("Non-2xx") && !text.contains("Socket errors") =>
        {
            Ok(Sample { per_second, cpu: used.as_secs_f64() * 1e6 / requests })
        }
        _ => Err(format!(
            "not every answer was a good one:\n{text}{}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
