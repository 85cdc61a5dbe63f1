//! The project's own commands.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod crash;
mod fuzz;
mod leashed;
mod race;
mod servers;
mod sessions;
mod test;
mod tools;
mod vectors;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that CI checks, installing what is missing and starting its own servers
    Test,
    /// Measure the figures that we promise
    Bench {
        /// What to measure; without it the start and the sessions
        #[arg(value_enum)]
        what: Option<bench::What>,
    },
    /// Kill our process and the database's server under a write load, and count what is missing
    Crash(crash::Options),
    /// The process that writes and is killed
    #[command(hide = true)]
    CrashWriter {
        /// The database's URL
        url: String,
    },
    /// Fuzz the parsers of nuages-wire
    Fuzz {
        /// How long each target runs; as many run at a time as there are processors
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The targets to run; all of them when none is named
        targets: Vec<String>,
    },
    /// Race many clients on one session, on each engine, and count what is lost
    Race(race::Options),
    /// One of the racing servers
    #[command(hide = true)]
    RaceServer {
        /// Where it listens on 127.0.0.1
        #[arg(long)]
        port: u16,
    },
    /// Measure reads among a million stored sessions, and while half of them are cleared away
    Sessions {
        /// Stored sessions, every second of them expired
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
    },
    /// Check nuages-wire and nuages against recorded answers of the real packages
    Vectors {
        /// The folder whose `*.json` files are run (its subfolders are not)
        dir: PathBuf,
        /// Taken for the sake of scripts: every operation runs, nothing is skipped
        #[arg(long)]
        allow_skipped: bool,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Test => test::run(),
        Command::Bench { what } => bench::run(what),
        Command::Crash(options) => crash::run(&options),
        Command::CrashWriter { url } => crash::writer::run(&url),
        Command::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Command::Race(options) => race::run(&options),
        Command::RaceServer { port } => race::server::run(port),
        Command::Sessions { rows } => sessions::run(rows),
        Command::Vectors { dir, .. } => vectors::run(&dir),
    }
}
