//! `cargo xtask test`: everything that CI checks, on a machine that may have nothing but Rust.
//!
//! It installs what is missing, starts its own servers, runs each step to its end although an earlier one failed,
//! prints the steps' times, and closes with `N passed, N failed`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::leashed::Leashed;
use crate::servers::{MariaDb, Postgres, Redis};
use crate::tools;

mod neighbours;
mod tally;

use tally::Tally;

/// Runs every step; the code says whether all of them passed.
pub(crate) fn run() -> ExitCode {
    let mut report = Report::default();
    if let Err(reason) = steps(&mut report) {
        eprintln!("\n{reason}");
        report.add("setting up", Duration::ZERO, Tally { passed: 0, failed: 1 });
    }
    report.print()
}

fn steps(report: &mut Report) -> Result<(), String> {
    let root = tools::workspace_root();
    report.time("packages", tools::debian_packages)?;
    let python = report.time("python environment", || tools::python(&root))?;
    let deny = report.time("cargo-deny", || tools::cargo_deny(&root))?;
    let postgres = report.time("postgresql", Postgres::start)?;
    let mariadb = report.time("mariadb", MariaDb::start)?;
    let redis = report.time("redis", Redis::start)?;

    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(&root);
        command
    };
    let with_servers = |mut command: Command| {
        command.env("NUAGES_TEST_POSTGRES_URL", postgres.url()).env("NUAGES_TEST_REDIS_URL", redis.url());
        command.env("NUAGES_TEST_POSTGRES_CA", postgres.authority());
        command.env("NUAGES_TEST_MYSQL_CA", mariadb.authority());
        command.env("NUAGES_TEST_MYSQL_URL", mariadb.url()).env("NUAGES_PYTHON", &python);
        command
    };

    report.step("format", cargo(&["fmt", "--all", "--check"]));
    report.step(
        "clippy",
        cargo(&["clippy", "--workspace", "--all-features", "--all-targets", "--", "-D", "warnings"]),
    );
    for feature in ["sqlite", "postgres", "mysql", "sqlite,redis"] {
        let arguments = ["clippy", "-p", "nuages", "--no-default-features", "--features", feature];
        report.step(
            &format!("clippy with {feature} alone"),
            cargo(&[&arguments[..], &["--", "-D", "warnings"]].concat()),
        );
    }
    let mut documentation = cargo(&["doc", "--workspace", "--all-features", "--no-deps"]);
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    report.step("documentation", documentation);
    report.step("licences, bans, sources", tools::deny_check(&deny, &root));
    report.step("advisories", tools::advisories_check(&deny, &root));
    for program in neighbours::programs(&root)? {
        report.step(&program.name, program.resolve());
    }
    report.step("vectors", ours(&root, &["vectors", "vectors"])?);
    // The whole workspace at once: one set of features, so nothing is built twice; the programs that interop runs come of it.
    report.step("tests", with_servers(cargo(&["test", "--workspace", "--all-features", "--no-fail-fast"])));
    report.step("race", ours(&root, &["race", "--short"])?);
    report.step("crashes", ours(&root, &["crash", "--times", "3"])?);
    report.step("nuages_sessions", with_servers(pytest(&python, &root, "interop/nuages_sessions")));
    report.step("interop", with_servers(pytest(&python, &root, "interop/tests")));
    Ok(())
}

/// A command of our own, which is built already.
fn ours(root: &Path, arguments: &[&str]) -> Result<Command, String> {
    let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
    command.args(arguments).current_dir(root);
    Ok(command)
}

/// A suite in Python: the shop beside the real Django and in a real browser, or Django with our session backends.
fn pytest(python: &Path, root: &Path, suite: &str) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", suite]).current_dir(root);
    command
}

/// What each step counted and how long it took.
#[derive(Default)]
struct Report {
    steps: Vec<(String, Duration, Tally)>,
}

impl Report {
    /// Runs a command, shows its output as it comes, and counts the tests it tells of; one that tells of none counts as one check.
    fn step(&mut self, name: &str, mut command: Command) {
        let shown = std::iter::once(command.get_program()).chain(command.get_args());
        println!("\n── {name}: {}", shown.collect::<Vec<_>>().join(OsStr::new(" ")).display());
        let started = Instant::now();
        let mut tally = Tally::default();
        let succeeded = stream(&mut command, &mut tally).unwrap_or_else(|error| {
            eprintln!("{name}: cannot run {}: {error}", command.get_program().display());
            false
        });
        self.add(name, started.elapsed(), tally.closed(succeeded));
    }

    /// Times a preparation; its failure ends the run, for the steps after it could only fail too.
    fn time<T>(&mut self, name: &str, prepare: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let started = Instant::now();
        let prepared = prepare();
        self.add(name, started.elapsed(), Tally::default());
        prepared
    }

    fn add(&mut self, name: &str, took: Duration, tally: Tally) {
        self.steps.push((name.to_owned(), took, tally));
    }

    fn print(&self) -> ExitCode {
        println!();
        let mut total = Tally::default();
        for (name, took, tally) in &self.steps {
            total = total + *tally;
            println!("{:>7.1} s  {name:<28} {tally}", took.as_secs_f64());
        }
        println!("\n{total}");
        if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Both streams of the command, line by line, to our own output and through the tally.
fn stream(command: &mut Command, tally: &mut Tally) -> std::io::Result<bool> {
    let (reader, writer) = std::io::pipe()?;
    let mut child = Leashed::spawn(command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer))?;
    // The command holds the pipe's writing ends too; unless they go, reading would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for line in BufReader::new(reader).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
    }
    Ok(child.wait()?.success())
}
