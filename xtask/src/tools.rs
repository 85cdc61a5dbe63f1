//! What the tests need on the machine, and how it comes there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Debian packages and a file that each brings.
const PACKAGES: &[(&str, &str)] = &[
    ("postgresql", "/usr/lib/postgresql"),
    ("mariadb-server", "/usr/sbin/mariadbd"),
    ("redis-server", "/usr/bin/redis-server"),
    ("nginx-light", "/usr/sbin/nginx"),
    ("chromium", "/usr/bin/chromium"),
    ("fonts-noto-cjk", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
];

const PACKAGES_OF_BENCH: &[(&str, &str)] =
    &[("redis-server", "/usr/bin/redis-server"), ("wrk", "/usr/bin/wrk"), ("valgrind", "/usr/bin/valgrind")];

const CARGO_DENY: &str = "0.20.2";

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new(".")).to_owned()
}

/// Installs the Debian packages of the tests that are missing.
///
/// # Errors
/// When they cannot be installed, with the command that would.
pub(crate) fn debian_packages() -> Result<(), String> {
    let mut missing = missing(PACKAGES);
    // Debian's python3 comes without what makes a virtual environment.
    let venv = quiet(Command::new("python3").args(["-c", "import ensurepip, venv"]));
    if !venv.is_ok_and(|output| output.status.success()) {
        missing.push("python3-venv");
    }
    install(&missing)
}

/// Installs the Debian packages of the measurements that are missing.
///
/// # Errors
/// When they cannot be installed, with the command that would.
pub(crate) fn debian_packages_of_bench() -> Result<(), String> {
    install(&missing(PACKAGES_OF_BENCH))
}

fn missing(packages: &'static [(&str, &str)]) -> Vec<&'static str> {
    packages.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(package, _)| *package).collect()
}

fn install(missing: &[&str]) -> Result<(), String> {
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("apt-get update && apt-get install -y {}", missing.join(" "));
    println!("installing: {by_hand}");
    let apt = |arguments: &[&str]| {
        run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-q"])
        .and_then(|()| apt(&[&["install", "-y", "-q", "--no-install-recommends"][..], missing].concat()))
        .map_err(|error| format!("missing: {}. Install with: {by_hand}\n{error}", missing.join(", ")))
}

/// A Python virtual environment with the real Django and its companions, at the versions of `interop/requirements.txt`.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn python(root: &Path) -> Result<PathBuf, String> {
    let requirements = root.join("interop/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)
        .map_err(|error| format!("{}: {error}", requirements.display()))?;
    let environment = root.join("target/interop/python");
    let python = environment.join("bin/python");
    let installed = environment.join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|text| text == wanted) && python.exists() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment)).map_err(|error| {
        format!("cannot make a Python environment; install with: apt-get install -y python3-venv\n{error}")
    })?;
    run(Command::new(&python).args(["-m", "pip", "install", "-q", "-r"]).arg(&requirements))?;
    std::fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(python)
}

/// `cargo-deny`, from the path or built into the target folder.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn cargo_deny(root: &Path) -> Result<PathBuf, String> {
    if quiet(Command::new("cargo-deny").arg("--version")).is_ok_and(|output| output.status.success()) {
        return Ok("cargo-deny".into());
    }
    let folder = root.join("target/tools");
    let built = folder.join("bin/cargo-deny");
    if !built.exists() {
        run(Command::new(env!("CARGO"))
            .args(["install", "cargo-deny", "--locked", "--debug", "--version", CARGO_DENY, "--root"])
            .arg(&folder)
            .env("CARGO_TARGET_DIR", folder.join("target")))?;
    }
    Ok(built)
}

/// Licences, bans and sources, which need nothing from outside.
pub(crate) fn deny_check(deny: &Path, root: &Path) -> Command {
    let mut command = Command::new(deny);
    command.args(["--workspace", "--all-features", "check", "licenses", "bans", "sources"]).current_dir(root);
    command
}

/// Advisories, where their database can be reached; a machine without it says so and passes.
pub(crate) fn advisories_check(deny: &Path, root: &Path) -> Command {
    let fetched = quiet(Command::new(deny).args(["--workspace", "fetch", "db"]).current_dir(root));
    if fetched.is_ok_and(|output| output.status.success()) {
        let mut command = Command::new(deny);
        command.args(["--workspace", "--all-features", "check", "advisories"]).current_dir(root);
        return command;
    }
    let mut command = Command::new("echo");
    command.arg("the advisory database cannot be reached from here: not checked");
    command
}

/// Runs a command to its end, its output shown.
///
/// # Errors
/// When it cannot start or ends with another code than 0.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{shown}: {status}")),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}

/// Whether we run as root.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn quiet(command: &mut Command) -> std::io::Result<Output> {
    command.stdin(Stdio::null()).output()
}
