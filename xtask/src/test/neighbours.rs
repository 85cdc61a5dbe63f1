//! Programs that use Nuages beside another library over the same databases: Cargo must find versions for both.
//!
//! Only one version of a crate that links `sqlite3` may be in a program, so one that Nuages and sqlx do not share is found
//! here and not by a user.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The neighbours, as a user would write them.
const NEIGHBOURS: [&str; 3] = [
    r#"sqlx = { version = "0.9", features = ["runtime-tokio", "sqlite", "postgres"] }"#,
    r#"sea-orm = { version = "2", features = ["runtime-tokio", "sqlx-sqlite", "sqlx-postgres"] }"#,
    r#"diesel = { version = "2.3", features = ["sqlite", "postgres"] }"#,
];

/// A program with a neighbour; its folder goes when it goes.
pub(super) struct Program {
    folder: TempDir,
    pub(super) name: String,
}

/// A program for each neighbour.
///
/// # Errors
/// When it cannot be written.
pub(super) fn programs(root: &Path) -> Result<Vec<Program>, String> {
    NEIGHBOURS.iter().map(|neighbour| program(root, neighbour).map_err(|error| error.to_string())).collect()
}

fn program(root: &Path, neighbour: &str) -> std::io::Result<Program> {
    let folder = TempDir::new()?;
    let nuages = root.join("crates/nuages");
    let manifest = format!(
        "[package]\nname = \"beside\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         nuages = {{ path = {:?}, features = [\"mysql\"] }}\n{neighbour}\n",
        nuages.display().to_string()
    );
    std::fs::write(folder.path().join("Cargo.toml"), manifest)?;
    std::fs::create_dir(folder.path().join("src"))?;
    std::fs::write(folder.path().join("src/lib.rs"), "")?;
    let name = neighbour.split(' ').next().unwrap_or_default();
    Ok(Program { folder, name: format!("lock file with {name}") })
}

impl Program {
    /// Finds versions for everything; nothing is built.
    pub(super) fn resolve(&self) -> Command {
        let mut command = Command::new(env!("CARGO"));
        command.arg("generate-lockfile").current_dir(self.folder.path());
        command
    }
}
