//! The log of the process: `LOG_LEVEL` chooses what is written, `LOG_FORMAT` how.
//!
//! ```text
//! 2026-01-15T12:00:00.000000Z  INFO nuages::access: GET /user/active/… 302 3.1ms
//! ```

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use crate::error::{Error, Result};
use crate::settings::{LogFormat, Settings};

/// Begins to write the log to standard error.
///
/// # Errors
/// A configuration error when `LOG_LEVEL` is no filter, or when the process writes a log already.
pub fn init(settings: &Settings) -> Result<()> {
    let filter: Targets = settings.log_level.parse().map_err(|error| {
        Error::configuration("LOG_LEVEL: expected a filter such as `info` or `info,nuages::db=debug`")
            .with_source(error)
    })?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match settings.log_format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let begun = tracing_subscriber::registry().with(lines).with(filter).try_init();
    begun.map_err(|error| Error::configuration("the log has begun already").with_source(error))
}
