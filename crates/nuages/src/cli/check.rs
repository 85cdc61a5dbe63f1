//! `check`: what would keep the site from starting, and with `--deploy` what is unwise in production.

use std::process::ExitCode;

use crate::error::Result;
use crate::settings::Settings;
use crate::site::Site;

/// Prints what it finds; the code is a failure when the site cannot start.
pub(super) async fn check(deploy: bool, settings: &Settings, site: Site) -> Result<ExitCode> {
    let built = site.build().await?;
    let mut found = 0;
    for migration in built.pending().await? {
        println!("warning: {}.{} is not migrated yet", migration.app, migration.name);
        found += 1;
    }
    for (name, folder) in [("TEMPLATES_DIR", &settings.templates_dir), ("STATIC_DIR", &settings.static_dir)] {
        if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
            println!("warning: {name}: there is no folder {}", folder.display());
            found += 1;
        }
    }
    if deploy {
        for warning in settings.deploy_warnings() {
            println!("warning: {warning}");
            found += 1;
        }
    }
    println!("{found} warnings");
    Ok(ExitCode::SUCCESS)
}
