//! `cargo xtask bench`: the figures that we promise, measured.
//!
//! It prints, it does not judge: a machine that others use too makes any bound in milliseconds a lie now and then.

use std::process::{Command, ExitCode};

use crate::tools;

mod callgrind;
mod commands;
mod connection;
mod data;
mod load;
mod peer;
mod sessions;
mod start;

/// What is measured.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum What {
    /// From the start of the shop to its first answer
    Start,
    /// What a session in Redis costs a request, beside other servers that do the same work
    Sessions,
    /// Reads and bulk inserts beside the bare drivers, sqlx and sea-orm
    Data,
    /// Instructions and time of what a request costs in nuages-wire
    Wire,
}

/// Measures and prints; without a choice, the whole programs: `start` and `sessions`.
pub(crate) fn run(what: Option<What>) -> ExitCode {
    let measured = match what {
        Some(What::Start) => start::run(),
        Some(What::Sessions) => sessions::run(),
        Some(What::Data) => data::run(),
        Some(What::Wire) => wire(),
        None => start::run().and_then(|()| sessions::run()),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn wire() -> Result<(), String> {
    ["instructions", "time"].into_iter().try_for_each(|name| {
        let mut command = Command::new(env!("CARGO"));
        command.args(["bench", "-p", "nuages-wire", "--bench", name]);
        tools::run(command.current_dir(tools::workspace_root()))
    })
}
