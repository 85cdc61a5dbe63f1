//! `shop`: serves the shop, or does one of its chores.

use std::process::ExitCode;

fn main() -> ExitCode {
    nuages::cli::run(shop::defaults(), &shop::commands(), shop::site)
}
