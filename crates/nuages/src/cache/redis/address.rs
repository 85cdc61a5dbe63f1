//! Where Redis is, and what it takes to get in: `redis://:password@cache.internal:6379/1`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use nuages_wire::percent::unquote_to_bytes;

use crate::error::{Error, Result};
use crate::settings::SecretKey;

/// How to reach Redis.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// Which servers there are.
    pub topology: Topology,
    /// The user of the access control list; `None` is the one called `default`.
    pub username: Option<String>,
    /// The password.
    pub password: Option<SecretKey>,
    /// The number of the database; a cluster has only 0.
    pub database: u32,
    /// TLS; `None` is without. A unix socket never has it.
    pub tls: Option<TlsOptions>,
    /// `SOCKET_CONNECT_TIMEOUT`: for a connection to be there, login included. 1 s.
    pub connect_timeout: Duration,
    /// `SOCKET_TIMEOUT`: for an answer. What is then not answered has an unknown outcome. 2 s.
    pub response_timeout: Duration,
}

/// Which servers there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topology {
    /// One.
    Server(Endpoint),
    /// A master and its replicas, of which Sentinels know who is the master.
    Sentinel {
        /// Some or all of the Sentinels.
        sentinels: Vec<Endpoint>,
        /// The name that the Sentinels have for the master: `mymaster`.
        service: String,
    },
    /// A cluster, of which these nodes are known; they tell of the others.
    Cluster(Vec<Endpoint>),
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A port.
    Tcp {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// A unix socket.
    Unix(PathBuf),
}

/// Whom to trust.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// `ssl_ca_certs`: a file of certificates in PEM; `None` trusts whom the system trusts.
    pub ca_certs: Option<PathBuf>,
}

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// How an address is written that can be read.
const EXPECTED: &str = "expected an address such as redis://:password@host:6379/0, rediss://…, unix:///run/redis.sock, \
                        redis+sentinel://host:26379,host:26379/service/0 or redis+cluster://host:7000,host:7001";

impl RedisOptions {
    /// A server without login.
    pub fn new(topology: Topology) -> Self {
        Self {
            topology,
            username: None,
            password: None,
            database: 0,
            tls: None,
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(2),
        }
    }

    /// What an address says.
    ///
    /// | address | leads to |
    /// |---|---|
    /// | `redis://[[user]:password@]host[:port][/database]` | one server |
    /// | `rediss://…` | one server, over TLS |
    /// | `unix://[[user]:password@]/run/redis.sock[?db=1]` | one server's socket |
    /// | `redis+sentinel://…@host:port,host:port/service[/database]` | the master that the Sentinels name |
    /// | `redis+cluster://…@host:port,host:port` | a cluster, of which these nodes are known |
    ///
    /// `rediss+sentinel` and `rediss+cluster` are the last two over TLS. The query takes redis-py's `db`, `username`,
    /// `password`, `socket_timeout` and `socket_connect_timeout` (seconds), `ssl_ca_certs` (a file of certificates).
    ///
    /// # Errors
    /// A configuration error that does not repeat the address, which may hold a password.
    pub fn from_url(url: &str) -> Result<Self> {
        let malformed = || Error::configuration(EXPECTED);
        let (scheme, rest) = url.split_once("://").ok_or_else(malformed)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (places, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.trim_start_matches('/');
        let (kind, secure) = match scheme {
            "unix" | "redis+socket" => ("unix", false),
            _ => match scheme.strip_prefix("redis").ok_or_else(malformed)? {
                rest if rest.starts_with('s') => (&rest[1..], true),
                rest => (rest, false),
            },
        };
        let (topology, database) = match kind {
            "" => (Topology::Server(endpoint(places, PORT)?), path),
            "unix" if places.is_empty() && !path.is_empty() => {
                (Topology::Server(Endpoint::Unix(format!("/{}", decoded(path)?).into())), "")
            }
            "+sentinel" => {
                let (service, database) = path.split_once('/').unwrap_or((path, ""));
                if service.is_empty() {
                    return Err(malformed());
                }
                let sentinels = endpoints(places, SENTINEL_PORT)?;
                (Topology::Sentinel { sentinels, service: decoded(service)? }, database)
            }
            "+cluster" => (Topology::Cluster(endpoints(places, PORT)?), path),
            _ => return Err(malformed()),
        };
        let mut options = Self { tls: secure.then(TlsOptions::default), ..Self::new(topology) };
        let (username, password) = login.split_once(':').unwrap_or((login, ""));
        if !username.is_empty() {
            options.username = Some(decoded(username)?);
        }
        if !password.is_empty() {
            options.password = Some(SecretKey::new(decoded(password)?));
        }
        if !database.is_empty() {
            options.database = database.parse().map_err(|_| malformed())?;
        }
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            options.put(name, &decoded(value)?)?;
        }
        Ok(options)
    }

    /// Sets an option by redis-py's name.
    ///
    /// # Errors
    /// A configuration error that names the option.
    pub fn put(&mut self, name: &str, value: &str) -> Result<()> {
        let wrong = |what: &str| Error::configuration(format!("{name}: expected {what}"));
        match name {
            "db" => self.database = value.parse().map_err(|_| wrong("the number of a database"))?,
            "username" => self.username = Some(value.to_owned()),
            "password" => self.password = Some(SecretKey::new(value)),
            "socket_timeout" => self.response_timeout = seconds(value).ok_or_else(|| wrong("seconds"))?,
            "socket_connect_timeout" => {
                self.connect_timeout = seconds(value).ok_or_else(|| wrong("seconds"))?;
            }
            "ssl_ca_certs" => match &mut self.tls {
                Some(tls) => tls.ca_certs = Some(value.into()),
                None => return Err(wrong("an address with rediss")),
            },
            _ => return Err(Error::configuration(format!("{name}: there is no such option for Redis"))),
        }
        Ok(())
    }
}

/// Seconds above zero, with a fraction or without.
fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0)?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn decoded(text: &str) -> Result<String> {
    String::from_utf8(unquote_to_bytes(text.as_bytes())).map_err(|_| Error::configuration(EXPECTED))
}

fn endpoints(places: &str, default_port: u16) -> Result<Vec<Endpoint>> {
    places.split(',').map(|place| endpoint(place, default_port)).collect()
}

/// `host`, `host:port`, `[::1]:port`; no host is this machine.
fn endpoint(place: &str, default_port: u16) -> Result<Endpoint> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or(port)),
        None => place.rsplit_once(':').unwrap_or((place, "")),
    };
    let port = if port.is_empty() { Ok(default_port) } else { port.parse() };
    let port = port.map_err(|_| Error::configuration(EXPECTED))?;
    let host = if host.is_empty() { "localhost" } else { host };
    Ok(Endpoint::Tcp { host: host.to_owned(), port })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(endpoint) => endpoint.fmt(f),
            Self::Sentinel { service, .. } => write!(f, "{service} by Sentinel"),
            Self::Cluster(seeds) => match seeds.first() {
                Some(seed) => write!(f, "the cluster of {seed}"),
                None => f.write_str("a cluster"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn tcp(host: &str, port: u16) -> Endpoint {
        Endpoint::Tcp { host: host.into(), port }
    }

    #[test]
    fn addresses() {
        let options = RedisOptions::from_url("redis://shop:p%40ss@cache:7000/3?socket_timeout=0.5").unwrap();
        assert_eq!(options.topology, Topology::Server(tcp("cache", 7000)));
        assert_eq!(options.username.as_deref(), Some("shop"));
        assert_eq!(options.password, Some(SecretKey::new("p@ss")));
        assert_eq!((options.database, options.response_timeout), (3, Duration::from_millis(500)));
        for (url, topology) in [
            ("redis://", Topology::Server(tcp("localhost", 6379))),
            ("redis://[::1]:7000/0", Topology::Server(tcp("::1", 7000))),
            ("unix:///run/redis.sock?db=2", Topology::Server(Endpoint::Unix("/run/redis.sock".into()))),
            ("redis+cluster://a:1,b", Topology::Cluster(vec![tcp("a", 1), tcp("b", 6379)])),
            (
                "redis+sentinel://:pw@a,b:2/mymaster/1",
                Topology::Sentinel {
                    sentinels: vec![tcp("a", 26379), tcp("b", 2)],
                    service: "mymaster".into(),
                },
            ),
        ] {
            assert_eq!(RedisOptions::from_url(url).unwrap().topology, topology, "{url}");
        }
        let secure = RedisOptions::from_url("rediss://cache?ssl_ca_certs=/etc/ca.pem").unwrap();
        assert_eq!(secure.tls.unwrap().ca_certs, Some("/etc/ca.pem".into()));
    }

    #[test]
    fn a_wrong_one_is_refused_without_being_repeated() {
        for url in [
            "redis:/x",
            "redis://h:x",
            "redis://h/x",
            "redisx://h",
            "unix://hunter2",
            "redis+sentinel://a",
            "redis://h?hunter=2",
            "redis://h?ssl_ca_certs=x",
            "redis://h?socket_timeout=0",
        ] {
            let error = RedisOptions::from_url(url).unwrap_err();
            assert!(!error.message().contains("hunter2"), "{url}");
        }
        let options = RedisOptions::from_url("redis://:hunter2@h").unwrap();
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
