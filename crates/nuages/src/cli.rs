//! The command line of a site: `serve`, `migrate`, `createsuperuser`, `clearsessions`, `check`, `worker`, and the site's own.
//!
//! ```no_run
//! use nuages::site::Site;
//! use nuages::{Settings, cli};
//!
//! fn main() -> std::process::ExitCode {
//!     cli::run(Settings::default(), &[], Site::new)
//! }
//! ```
//!
//! Without a subcommand it serves. With neither `nuages.toml` nor `NUAGES_*` it is a demo: it makes its tables and runs the
//! commands that are marked [`in_demo`](crate::site::Command::in_demo) before it serves, and listens on the loopback only.

mod arguments;
mod check;
mod createsuperuser;
mod serve;

use std::process::ExitCode;

use arguments::{BIND, Chosen};

use crate::error::{Error, Result};
use crate::settings::{Settings, Sources};
use crate::site::{Built, Command, Site};
use crate::{server, site, telemetry};

/// Does what the command line asks, with the settings read over the application's `defaults`. `commands` are the site's own.
pub fn run(defaults: Settings, commands: &[Command], site: impl FnOnce(Settings) -> Site) -> ExitCode {
    // Before the settings: `--help` must work whatever they are.
    let chosen = arguments::parse(commands);
    let done = Settings::load(Sources::process(defaults)).and_then(|settings| {
        telemetry::init(&settings)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::internal)?;
        runtime.block_on(execute(chosen, settings, commands, site))
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(
    chosen: Chosen,
    mut settings: Settings,
    commands: &[Command],
    site: impl FnOnce(Settings) -> Site,
) -> Result<ExitCode> {
    if let Chosen::Check { deploy } = chosen {
        // A site that cannot be built is what this command is asked about.
        return check::check(deploy, &settings.clone(), site(settings)).await;
    }
    if settings.site_url.is_empty() {
        let bind = if let Chosen::Serve { bind } = &chosen { bind.to_string() } else { BIND.to_owned() };
        settings.site_url = format!("http://{bind}");
    }
    let site = site(settings).build().await?;
    match chosen {
        Chosen::Serve { bind } => serve::serve(site, bind, commands).await?,
        Chosen::Migrate => migrate(&site).await?,
        Chosen::CreateSuperuser(new) => {
            require_migrated(&site).await?;
            createsuperuser::create(&site.app, new).await?;
        }
        Chosen::ClearSessions => {
            require_migrated(&site).await?;
            let progress = |cleared| println!("{cleared} expired sessions removed, going on");
            println!(
                "{} expired sessions removed",
                site::sessions::clear_expired(&site.app, progress).await?
            );
        }
        Chosen::Worker => {
            require_migrated(&site).await?;
            println!("working; Ctrl-C finishes what is running and stops");
            site.app.tasks.run_worker(site.app.clone(), site.tasks, server::signal()).await?;
        }
        Chosen::Own(at) => {
            require_migrated(&site).await?;
            if let Some(command) = commands.get(at) {
                command.run(site.app.clone()).await?;
            }
        }
        Chosen::Check { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(site: &Built) -> Result<()> {
    let applied = site.migrate().await?;
    for migration in &applied {
        println!("applied {}.{}", migration.app, migration.name);
    }
    if applied.is_empty() {
        println!("nothing to migrate");
    }
    Ok(())
}

/// Refuses to work on tables that are not there yet.
async fn require_migrated(site: &Built) -> Result<()> {
    let pending = site.pending().await?;
    if pending.is_empty() {
        return Ok(());
    }
    let names: Vec<_> =
        pending.iter().map(|migration| format!("{}.{}", migration.app, migration.name)).collect();
    Err(Error::configuration(format!(
        "not migrated yet: {}; run the subcommand `migrate` first",
        names.join(", ")
    )))
}
