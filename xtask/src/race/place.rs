//! Where the sessions of a race are kept, and the processes that stand on it.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nuages::db::{Db, DbOptions, Executor};
use nuages::settings::SessionEngine;
use tempfile::TempDir;

use crate::leashed::Leashed;
use crate::servers::{self, MariaDb, Postgres, Redis};

/// Signs the sessions of both sides.
const SECRET_KEY: &str = "the secret key of a race, which is nobody's and lasts as long as it does";

const PATIENCE: Duration = Duration::from_secs(30);

/// What stands behind an engine; `cached_db` has Redis beside its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backing {
    Sqlite,
    Postgres,
    MariaDb,
    Redis,
    Files,
    Cookie,
}

/// A fresh place for sessions, with the environment that leads both sides to it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) engine: SessionEngine,
    pub(crate) backing: Backing,
    environment: Vec<(&'static str, String)>,
    _folder: TempDir,
}

/// A server that ends with the race.
#[derive(Debug)]
pub(crate) struct Process {
    child: Leashed,
    pub(crate) address: SocketAddr,
}

/// The servers that stand behind the engines, started once for all races.
#[derive(Debug)]
pub(crate) struct Backings {
    pub(crate) postgres: Postgres,
    pub(crate) mariadb: MariaDb,
    pub(crate) redis: Redis,
}

/// What an engine is raced on.
pub(crate) const fn backings(engine: SessionEngine) -> &'static [Backing] {
    match engine {
        SessionEngine::Db | SessionEngine::CachedDb => {
            &[Backing::Sqlite, Backing::Postgres, Backing::MariaDb]
        }
        SessionEngine::Cache | SessionEngine::Redis => &[Backing::Redis],
        SessionEngine::File => &[Backing::Files],
        SessionEngine::SignedCookies => &[Backing::Cookie],
    }
}

/// Whether it promises that no update is lost.
pub(crate) const fn promises(engine: SessionEngine) -> bool {
    !matches!(engine, SessionEngine::SignedCookies)
}

/// Whether a Redis stands behind it.
pub(crate) const fn has_redis(engine: SessionEngine) -> bool {
    matches!(engine, SessionEngine::CachedDb | SessionEngine::Cache | SessionEngine::Redis)
}

/// Django's engine with the same bytes under the same keys.
pub(crate) const fn django(engine: SessionEngine) -> &'static str {
    match engine {
        SessionEngine::Redis => SessionEngine::Cache.name(),
        other => other.name(),
    }
}

/// The Django package's module that compares and swaps on the same rows, if there is one.
pub(crate) const fn comparing_django(engine: SessionEngine) -> Option<&'static str> {
    match engine {
        SessionEngine::Db => Some("nuages_sessions.db"),
        SessionEngine::CachedDb => Some("nuages_sessions.cached_db"),
        _ => None,
    }
}

impl Backing {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
            Self::Redis => "redis",
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
    pub(crate) async fn new(
        engine: SessionEngine,
        backing: Backing,
        backings: &Backings,
    ) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let path = folder.path().display();
        let database = match backing {
            Backing::Postgres => fresh_database(&backings.postgres.url()).await?,
            Backing::MariaDb => fresh_database(&backings.mariadb.url()).await?,
            _ => format!("sqlite:///{path}/site.sqlite3"),
        };
        let environment = vec![
            ("NUAGES_SECRET_KEY", SECRET_KEY.to_owned()),
            ("NUAGES_DATABASE_URL", database),
            ("NUAGES_CACHE_URL", backings.redis.url()),
            ("NUAGES_SESSION_REDIS_URL", backings.redis.url()),
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
        command.current_dir(twin);
        self.start(command, port, engine)
    }

    fn start(&self, mut command: Command, port: u16, engine: &str) -> Result<Process, String> {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NUAGES_"))
        {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("NUAGES_SESSION_ENGINE", engine).env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = Leashed::spawn(&mut command).map_err(|error| format!("{command:?}: {error}"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut process = Process { child, address };
        process.wait_until_ready().map_err(|reason| format!("{:?}: {reason}", command.get_program()))?;
        Ok(process)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.engine.name(), self.backing.name())
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
        Ok(Self { postgres: Postgres::start()?, mariadb: MariaDb::start()?, redis: Redis::start()? })
    }
}

/// A database of its own on the server of this URL; its URL.
pub(crate) async fn fresh_database(server: &str) -> Result<String, String> {
    let url = server.parse().map_err(|error| format!("{error}"))?;
    let db = Db::connect(&url, DbOptions::default()).await.map_err(|error| error.to_string())?;
    let name = format!("race_{}", servers::free_port()?);
    db.execute(&format!("CREATE DATABASE {name}"), Vec::new()).await.map_err(|error| error.to_string())?;
    let (server, _) = server.rsplit_once('/').ok_or("a server's URL names a database")?;
    Ok(format!("{server}/{name}"))
}
