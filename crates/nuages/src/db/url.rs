//! Where the database is, written as Django's URL packages (`dj-database-url`, `django-environ`) write it.
//!
//! ```text
//! sqlite:///db.sqlite3                 a file relative to the working directory
//! sqlite:////var/lib/shop/db.sqlite3   an absolute path
//! sqlite://:memory:                    gone when the last handle is dropped
//! postgres://shop:p%40ss@127.0.0.1:5432/shop?sslmode=disable&application_name=shop
//! mysql://shop:p%40ss@127.0.0.1:3306/shop
//! mysql://shop@%2Frun%2Fmysqld%2Fmysqld.sock/shop    a unix socket, as a host or as ?unix_socket=
//! ```

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use nuages_wire::percent::unquote_to_bytes;

use super::{DbError, Vendor};

/// A parsed database URL. The password appears neither in `Debug` nor in `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(pub(super) Target);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// `None` is `:memory:`.
    Sqlite(Option<PathBuf>),
    Postgres(ServerTarget),
    Mysql(ServerTarget),
}

/// A server, and the database on it; a host that begins with `/` is a unix socket.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct ServerTarget {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) name: String,
    pub(super) options: Vec<(String, String)>,
}

/// The options of a server's URL that are understood; any other is an error that names it.
const POSTGRES_OPTIONS: &[&str] =
    &["application_name", "connect_timeout", "options", "prepared_statements", "sslmode", "sslrootcert"];
const MYSQL_OPTIONS: &[&str] = &["charset", "isolation_level", "ssl_ca", "ssl_mode", "unix_socket"];

impl DatabaseUrl {
    /// A SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Target::Sqlite(Some(path.into())))
    }

    /// SQLite in memory; each [`Db::connect`](super::Db::connect) opens one of its own.
    pub const fn memory() -> Self {
        Self(Target::Sqlite(None))
    }

    /// Which database it names.
    pub const fn vendor(&self) -> Vendor {
        match self.0 {
            Target::Sqlite(_) => Vendor::Sqlite,
            Target::Postgres(_) => Vendor::Postgres,
            Target::Mysql(_) => Vendor::Mysql,
        }
    }

    /// The SQLite file, if it is one.
    pub fn sqlite_path(&self) -> Option<&std::path::Path> {
        match &self.0 {
            Target::Sqlite(path) => path.as_deref(),
            Target::Postgres(_) | Target::Mysql(_) => None,
        }
    }
}

impl Default for DatabaseUrl {
    /// `sqlite:///db.sqlite3`, the name that `startproject` gives.
    fn default() -> Self {
        Self::sqlite("db.sqlite3")
    }
}

impl FromStr for DatabaseUrl {
    type Err = DbError;

    fn from_str(url: &str) -> Result<Self, DbError> {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(DbError::unsupported(
                "a database URL begins with sqlite://, postgres:// or mysql://",
            ));
        };
        match scheme {
            "sqlite" => sqlite(rest),
            "postgres" | "postgresql" | "pgsql" => {
                server(rest, "postgres", POSTGRES_OPTIONS).map(|target| Self(Target::Postgres(target)))
            }
            "mysql" | "mariadb" => {
                server(rest, "mysql", MYSQL_OPTIONS).map(|target| Self(Target::Mysql(target)))
            }
            other => Err(DbError::unsupported(format!(
                "the database {other:?} is not supported: sqlite://, postgres:// and mysql:// are"
            ))),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Sqlite(None) => f.write_str("sqlite://:memory:"),
            Target::Sqlite(Some(path)) => write!(f, "sqlite:///{}", path.display()),
            Target::Postgres(target) | Target::Mysql(target) => {
                let is_mysql = matches!(self.0, Target::Mysql(_));
                f.write_str(if is_mysql { "mysql://" } else { "postgres://" })?;
                if let Some(user) = &target.user {
                    write!(f, "{user}{}@", if target.password.is_some() { ":***" } else { "" })?;
                }
                f.write_str(target.host.as_deref().unwrap_or(""))?;
                if let Some(port) = target.port {
                    write!(f, ":{port}")?;
                }
                write!(f, "/{}", target.name)
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

fn sqlite(rest: &str) -> Result<DatabaseUrl, DbError> {
    if matches!(rest, "" | "/" | ":memory:" | "/:memory:") {
        return Ok(DatabaseUrl::memory());
    }
    let Some(path) = rest.strip_prefix('/') else {
        return Err(DbError::unsupported(
            "write sqlite:///relative or sqlite:////absolute, or sqlite://:memory:",
        ));
    };
    if let Some((_, query)) = path.split_once('?') {
        return Err(DbError::unsupported(format!("unknown option of a sqlite URL: {query:?}")));
    }
    Ok(DatabaseUrl::sqlite(decode(path)?))
}

fn server(rest: &str, scheme: &str, known: &[&str]) -> Result<ServerTarget, DbError> {
    let mut target = ServerTarget::default();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !known.contains(&key) {
            return Err(DbError::unsupported(format!("unknown option of a {scheme} URL: {key:?}")));
        }
        target.options.push((key.to_owned(), decode(value)?));
    }
    let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
    target.name = decode(name)?;
    if target.name.is_empty() {
        return Err(DbError::unsupported(format!("a {scheme} URL ends with the name of the database")));
    }
    let host = match authority.rsplit_once('@') {
        None => authority,
        Some((credentials, host)) => {
            let (user, password) = match credentials.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (credentials, None),
            };
            target.user = Some(decode(user)?).filter(|user| !user.is_empty());
            target.password = password.map(decode).transpose()?;
            host
        }
    };
    let (host, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    target.host = Some(decode(host)?).filter(|host| !host.is_empty());
    if let Some(port) = port.filter(|port| !port.is_empty()) {
        let port = port.parse().ok().filter(|port| *port != 0);
        let outside = || DbError::unsupported(format!("the port of a {scheme} URL is 1 to 65535"));
        target.port = Some(port.ok_or_else(outside)?);
    }
    Ok(target)
}

/// `%40` → `@`; the result must be UTF-8.
fn decode(text: &str) -> Result<String, DbError> {
    let malformed = || DbError::unsupported("a database URL has a malformed %-escape");
    let is_escape = |text: &str| matches!(text.as_bytes(), [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(is_escape) {
        return Err(malformed());
    }
    String::from_utf8(unquote_to_bytes(text.as_bytes())).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn parse(url: &str) -> DatabaseUrl {
        url.parse().unwrap()
    }

    #[test]
    fn sqlite_paths() {
        assert_eq!(parse("sqlite:///db.sqlite3"), DatabaseUrl::sqlite("db.sqlite3"));
        assert_eq!(parse("sqlite:////var/lib/a%20b.db"), DatabaseUrl::sqlite("/var/lib/a b.db"));
        assert_eq!(parse("sqlite://:memory:"), DatabaseUrl::memory());
        assert_eq!(parse("sqlite:////x/db").to_string(), "sqlite:////x/db");
    }

    #[test]
    fn postgres_parts() {
        let Target::Postgres(target) =
            parse("postgres://u%40:p%2Fq:r@[::1]:6543/na%C3%AFve?sslmode=disable").0
        else {
            panic!("not postgres");
        };
        assert_eq!(target.user.as_deref(), Some("u@"));
        assert_eq!(target.password.as_deref(), Some("p/q:r"));
        assert_eq!((target.host.as_deref(), target.port), (Some("::1"), Some(6543)));
        assert_eq!(target.name, "naïve");
        assert_eq!(target.options, [("sslmode".to_owned(), "disable".to_owned())]);
    }

    #[test]
    fn the_password_does_not_print() {
        let url = parse("postgresql://shop:hunter2@db/shop");
        assert_eq!(format!("{url:?}"), "DatabaseUrl(postgres://shop:***@db/shop)");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (url, part) in [
            ("oracle://u@h/db", "oracle"),
            ("mysql://u@h/db?ssl=1", "option of a mysql"),
            ("db.sqlite3", "begins with"),
            ("sqlite://db", "sqlite:///relative"),
            ("postgres://h", "name of the database"),
            ("postgres://h:99999/x", "port"),
            ("postgres://h/x?sslcert=y", "sslcert"),
            ("postgres://h/%zz", "escape"),
        ] {
            let error = url.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}
