//! `cargo xtask bench data`: the data layer beside the bare drivers, sqlx and sea-orm, on SQLite and PostgreSQL.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::callgrind;
use crate::{servers, tools};

/// What is promised of a figure: ours against a peer's.
const PROMISES: [(&str, &str, &str, f64); 4] = [
    ("sqlite", "reads", "sqlx", 3.0),
    ("postgres", "reads", "sqlx", 2.0),
    ("sqlite", "bulk_insert", "driver", 1.3),
    ("postgres", "bulk_insert", "driver", 1.3),
];

/// The instructions that the manager may cost more than the bare driver, for so many rows of five columns.
const MOST_INSTRUCTIONS: [(u32, f64); 2] = [(1, 12_000.0), (12, 25_000.0)];

/// Reads of the shorter and of the longer run under callgrind.
const READS: (u32, u32) = (200, 700);

/// Runs the program in `bench/data` on each database, prints its lines and the ratios that are promised.
///
/// # Errors
/// When it cannot be built, or fails.
pub(super) fn run() -> Result<(), String> {
    let root = tools::workspace_root();
    let manifest = root.join("bench/data/Cargo.toml");
    let target = root.join("target/bench");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--release", "--manifest-path"]).arg(&manifest).env("CARGO_TARGET_DIR", &target);
    tools::run(&mut build)?;

    tools::debian_packages_of_bench()?;
    let program = target.join("release/bench-data");
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let postgres = servers::Postgres::start()?;
    let file = format!("sqlite:///{}", folder.path().join("bench.sqlite3").display());
    for url in [file, postgres.url()] {
        let mut measured = Command::new(&program);
        let output =
            measured.arg(&url).stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        print!("{text}");
        if !output.status.success() {
            return Err(format!("bench-data {url}: {}", output.status));
        }
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        ratios(&lines);
        instructions(&program, &url)?;
    }
    Ok(())
}

/// Instructions in user space of one read, one after the other, of who reads and of the driver's threads.
fn instructions(program: &Path, url: &str) -> Result<(), String> {
    let database = if url.starts_with("sqlite") { "sqlite" } else { "postgres" };
    let (shorter, longer) = READS;
    // What the measured run left in SQLite's log is read by who opens the file next: not by one that is counted.
    tools::run(Command::new(program).args([url, "driver", "1", "1"]))?;
    for (rows, most) in MOST_INSTRUCTIONS {
        let count = |who: &str, reads: u32| {
            callgrind::run(program, &[url, who, &rows.to_string(), &reads.to_string()])
        };
        let mut driver = 0.0;
        for who in ["driver", "nuages", "nuages_raw", "sqlx"] {
            let each = (count(who, longer)? - count(who, shorter)?) / f64::from(longer - shorter);
            let mut line = json!({
                "database": database, "figure": "instructions", "who": who, "rows": rows, "each": each.round(),
            });
            match who {
                "driver" => driver = each,
                _ => line["over_driver"] = (each - driver).round().into(),
            }
            if who == "nuages" {
                line["promised"] = most.into();
            }
            println!("{line}");
        }
    }
    Ok(())
}

fn ratios(lines: &[Value]) {
    for (database, figure, peer, promised) in PROMISES {
        let value = |who: &str| {
            let line = lines.iter().find(|line| {
                line["database"] == database && line["figure"] == figure && line["who"] == who
            })?;
            line["per_second"].as_f64().or_else(|| line["seconds"].as_f64())
        };
        if let (Some(ours), Some(theirs)) = (value("nuages"), value(peer)) {
            let ratio = (ours / theirs * 100.0).round() / 100.0;
            let line = json!({
                "database": database, "figure": figure, "beside": peer, "ratio": ratio, "promised": promised,
            });
            println!("{line}");
        }
    }
}
