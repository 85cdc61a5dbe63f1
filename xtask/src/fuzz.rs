//! `cargo xtask fuzz`: every target of `fuzz/`, each for so many seconds, as many at a time as there are processors.
//!
//! A target fails when it crashes, hangs for over a second or takes over 512 MB. The targets are laid out for cargo-fuzz
//! (`cargo fuzz run -s none json` works too); this command needs only the compiler: the flags are stable, and seeds come
//! from `vectors/`. What is found stays in `target/fuzz/artifacts`, the corpus in `target/fuzz/corpus`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::tools;

mod seeds;

const MAX_SECONDS: u64 = 1;
const MAX_MEGABYTES: u64 = 512;
/// Bytes of an input: larger ones only repeat what smaller ones do.
const MAX_INPUT: usize = 1 << 16;

/// What cargo-fuzz passes without a sanitizer: counters for each edge, and the operands of comparisons.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Cdebug-assertions -Ccodegen-units=1";

/// Runs the wanted targets, or all, and prints a line for each; the code says whether all of them held.
pub(crate) fn run(seconds: u64, wanted: &[String]) -> ExitCode {
    match prepare(wanted) {
        Ok(fuzz) => fuzz.run(seconds),
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

struct Fuzz {
    targets: Vec<String>,
    programs: PathBuf,
    work: PathBuf,
}

fn prepare(wanted: &[String]) -> Result<Fuzz, String> {
    let root = tools::workspace_root();
    let all = targets(&root.join("fuzz/fuzz_targets"))?;
    if let Some(unknown) = wanted.iter().find(|name| !all.contains(name)) {
        return Err(format!("no target {unknown}; there are: {}", all.join(", ")));
    }
    let targets = if wanted.is_empty() { all } else { wanted.to_vec() };

    let work = root.join("target/fuzz");
    let triple = host_triple()?;
    let mut build = Command::new(env!("CARGO"));
    // With a target named, build scripts and macros are compiled without the flags.
    build.args(["build", "--release", "--locked", "--manifest-path"]).arg(root.join("fuzz/Cargo.toml"));
    build.args(["--target", &triple]).args(targets.iter().flat_map(|name| ["--bin", name]));
    tools::run(build.env("CARGO_TARGET_DIR", &work).env("RUSTFLAGS", FLAGS))?;
    seeds::write(&root.join("vectors"), &work.join("seeds"))?;
    Ok(Fuzz { targets, programs: work.join(triple).join("release"), work })
}

impl Fuzz {
    fn run(&self, seconds: u64) -> ExitCode {
        let waiting = Mutex::new(self.targets.iter().rev());
        let failed = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    let next = || waiting.lock().ok()?.next();
                    while let Some(target) = next() {
                        match self.fuzz(target, seconds) {
                            Ok(line) => println!("{target:<18} {line}"),
                            Err(reason) => {
                                println!("{target:<18} FAILED\n{reason}");
                                failed.store(true, Ordering::Relaxed);
                            }
                        }
                    }
                });
            }
        });
        if failed.into_inner() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    /// One target's figures, or how it failed.
    fn fuzz(&self, target: &str, seconds: u64) -> Result<String, String> {
        let folder = |kind: &str| -> Result<PathBuf, String> {
            let folder = self.work.join(kind).join(target);
            std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            Ok(folder)
        };
        let (corpus, seeds, artifacts) = (folder("corpus")?, folder("seeds")?, folder("artifacts")?);
        let ran = Command::new(self.programs.join(target))
            .args([corpus, seeds])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={MAX_SECONDS}"))
            .arg(format!("-rss_limit_mb={MAX_MEGABYTES}"))
            .arg(format!("-max_len={MAX_INPUT}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg("-print_final_stats=1")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&ran.stderr);
        let figure = |name: &str| -> Option<u64> {
            let line = told.lines().rev().find(|line| line.starts_with(&format!("stat::{name}:")))?;
            line.split_whitespace().last()?.parse().ok()
        };
        let (Some(executed), Some(slowest), Some(memory)) = (
            figure("number_of_executed_units").filter(|_| ran.status.success()),
            figure("slowest_unit_time_sec"),
            figure("peak_rss_mb"),
        ) else {
            return Err(telling(&told));
        };
        if slowest > MAX_SECONDS || memory > MAX_MEGABYTES {
            return Err(format!("an input took {slowest} s; {memory} MB at most"));
        }
        let edges = told.lines().rev().find_map(|line| line.split_once(" cov: ")?.1.split(' ').next());
        Ok(format!("{executed:>10} inputs, {:>5} edges, {memory:>3} MB", edges.unwrap_or("?")))
    }
}

/// The names of the targets, from their files.
fn targets(folder: &Path) -> Result<Vec<String>, String> {
    let complain = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(complain)? {
        let path = entry.map_err(complain)?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn host_triple() -> Result<String, String> {
    let told = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc -vV: {error}"))?;
    let told = String::from_utf8_lossy(&told.stdout);
    let triple = told.lines().find_map(|line| line.strip_prefix("host: "));
    triple.map(str::to_owned).ok_or_else(|| "rustc -vV tells no host".to_owned())
}

/// Of libFuzzer's report: what panicked or was exceeded, and the input.
fn telling(report: &str) -> String {
    const MARKS: [&str; 6] = ["panicked at", "ERROR: libFuzzer", "SUMMARY", "Test unit", "Base64:", "error"];
    let mut lines = report.lines().peekable();
    let mut told = Vec::new();
    while let Some(line) = lines.next() {
        if MARKS.iter().any(|mark| line.contains(mark)) {
            told.push(line);
            // A panic's message stands on the lines behind its place.
            told.extend(
                line.contains("panicked at").then(|| lines.next_if(|next| !next.is_empty())).flatten(),
            );
        }
    }
    told.join("\n")
}
