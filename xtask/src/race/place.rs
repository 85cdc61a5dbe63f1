//! Where the sessions of a race are kept, and the processes that stand on it.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nuages::db::{Db, DbOptions, Executor};
use tempfile::TempDir;

use crate::servers::{self, Postgres};

/// Signs the sessions of both sides.
const SECRET_KEY: &str = "the secret key of a race, which is nobody's and lasts as long as it does";

const PATIENCE: Duration = Duration::from_secs(30);

/// A `SESSION_ENGINE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Engine {
    Db,
    File,
    SignedCookies,
}

/// What stands behind an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backing {
    Sqlite,
    Postgres,
    Files,
    Cookie,
}

/// A fresh place for sessions, with the environment that leads both sides to it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) backing: Backing,
    environment: Vec<(&'static str, String)>,
    _folder: TempDir,
}

/// A server that ends with the race.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// The servers that stand behind the engines, started once for all races.
#[derive(Debug)]
pub(crate) struct Backings {
    pub(crate) postgres: Postgres,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Db, Self::File, Self::SignedCookies];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::File => "file",
            Self::SignedCookies => "signed_cookies",
        }
    }

    pub(crate) const fn backings(self) -> &'static [Backing] {
        match self {
            Self::Db => &[Backing::Sqlite, Backing::Postgres],
            Self::File => &[Backing::Files],
            Self::SignedCookies => &[Backing::Cookie],
        }
    }

    /// Whether it promises that no update is lost.
    pub(crate) const fn promises(self) -> bool {
        !matches!(self, Self::SignedCookies)
    }

    /// The Django package's module that compares and swaps on the same rows, if there is one.
    pub(crate) const fn comparing_django(self) -> Option<&'static str> {
        match self {
            Self::Db => Some("nuages_sessions.db"),
            _ => None,
        }
    }
}

impl Backing {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Files => "files",
            Self::Cookie => "cookie",
        }
    }
}

impl Place {
    /// Makes the place and its tables.
    ///
    /// # Errors
    /// When the database cannot be made.
    pub(crate) async fn new(engine: Engine, backing: Backing, backings: &Backings) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let path = folder.path().display();
        let database = match backing {
            Backing::Postgres => fresh_database(&backings.postgres).await?,
            _ => format!("sqlite:///{path}/site.sqlite3"),
        };
        let environment = vec![
            ("NUAGES_SECRET_KEY", SECRET_KEY.to_owned()),
            ("NUAGES_DATABASE_URL", database),
            ("NUAGES_SESSION_ENGINE", engine.name().to_owned()),
            ("NUAGES_SESSION_FILE_PATH", path.to_string()),
        ];
        Ok(Self { engine, backing, environment, _folder: folder })
    }

    /// A process of our own.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn nuages(&self) -> Result<Process, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let port = servers::free_port()?;
        let mut command = Command::new(program);
        command.args(["race-server", "--port", &port.to_string()]);
        // Its standard input ends with us, and it with that.
        command.stdin(Stdio::piped());
        self.start(command, port, self.engine.name())
    }

    /// A process of the twin, on Django's engine of the same name or on another `engine`.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn django(&self, python: &Path, twin: &Path, engine: &str) -> Result<Process, String> {
        let port = servers::free_port()?;
        let mut command = Command::new(python);
        command.args(["manage.py", "runserver", "--noreload", &format!("127.0.0.1:{port}")]);
        command.current_dir(twin).stdin(Stdio::null());
        self.start(command, port, engine)
    }

    fn start(&self, mut command: Command, port: u16, engine: &str) -> Result<Process, String> {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NUAGES_"))
        {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("NUAGES_SESSION_ENGINE", engine).env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut process = Process { child, address };
        process.wait_until_ready().map_err(|reason| format!("{:?}: {reason}", command.get_program()))?;
        Ok(process)
    }
}

impl Process {
    fn wait_until_ready(&mut self) -> Result<(), String> {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            if TcpStream::connect(self.address).is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended at once: {status}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("it did not listen within {} s", PATIENCE.as_secs()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Backings {
    /// Starts them.
    ///
    /// # Errors
    /// When one is not installed, or does not come up.
    pub(crate) fn start() -> Result<Self, String> {
        Ok(Self { postgres: Postgres::start()? })
    }
}

/// A database of its own on the server; its URL.
pub(crate) async fn fresh_database(postgres: &Postgres) -> Result<String, String> {
    let url = postgres.url();
    let parsed = url.parse().map_err(|error| format!("{error}"))?;
    let server = Db::connect(&parsed, DbOptions::default()).await.map_err(|error| error.to_string())?;
    let name = format!("race_{}", servers::free_port()?);
    server
        .execute(&format!("CREATE DATABASE {name}"), Vec::new())
        .await
        .map_err(|error| error.to_string())?;
    Ok(url.trim_end_matches("postgres").to_owned() + &name)
}
