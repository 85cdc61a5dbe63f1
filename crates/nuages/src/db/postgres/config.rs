//! From a URL to the driver's configuration: every session speaks UTC and gives up a statement in time.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};

use super::super::url::ServerTarget;
use super::super::{DbError, DbOptions};
use super::CONNECT_TIMEOUT;
use super::statement::Style;
use super::tls::{Tls, Trust};

/// How sessions are opened and used.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) config: Config,
    pub(super) tls: Tls,
    pub(super) style: Style,
    pub(super) first: First,
}

/// What a new session is told before its first statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct First(Option<&'static str>);

impl First {
    pub(super) async fn batch(self, client: &Client) -> Result<(), tokio_postgres::Error> {
        match self.0 {
            Some(sql) => client.batch_execute(sql).await,
            None => Ok(()),
        }
    }
}

/// The configuration of the sessions on `target`.
///
/// Without `sslmode` TLS is taken where the server offers it, as libpq does; not on this machine itself. Behind
/// PgBouncer (`prepared_statements=false`) a session is told nothing that the pooler would not keep: the limit of a
/// statement's time is the server's there.
///
/// # Errors
/// Unsupported for an option, or a value of one, that is not known.
pub(super) fn of(target: &ServerTarget, options: &DbOptions) -> Result<Session, DbError> {
    let host = target.host.as_deref().unwrap_or("localhost");
    let mut config = Config::new();
    config.dbname(&target.name).application_name("nuages").connect_timeout(CONNECT_TIMEOUT);
    config.host(host);
    config.port(target.port.unwrap_or(5432));
    if let Some(user) = &target.user {
        config.user(user);
    }
    if let Some(password) = &target.password {
        config.password(password);
    }
    let mut mode = if is_here(host) { SslMode::Disable } else { SslMode::Prefer };
    let mut verified = false;
    let mut authorities = None;
    let mut style = Style::Named;
    let mut more = String::new();
    for (key, value) in &target.options {
        let refused = |what: &str| DbError::unsupported(format!("{key}={value:?} of a postgres URL: {what}"));
        match (key.as_str(), value.as_str()) {
            ("application_name", name) => drop(config.application_name(name)),
            ("options", options) => more = format!(" {options}"),
            ("connect_timeout", seconds) => {
                let seconds = u64::from_str(seconds).map_err(|_| refused("it is a number of seconds"))?;
                config.connect_timeout(Duration::from_secs(seconds));
            }
            ("sslmode", "disable" | "allow") => mode = SslMode::Disable,
            ("sslmode", "prefer") => mode = SslMode::Prefer,
            ("sslmode", "require") => mode = SslMode::Require,
            ("sslmode", "verify-full") => (mode, verified) = (SslMode::Require, true),
            ("sslmode", _) => return Err(refused("it is disable, prefer, require or verify-full")),
            ("sslrootcert", "system") => {}
            ("sslrootcert", file) => authorities = Some(file.to_owned()),
            ("prepared_statements", "true") => {}
            ("prepared_statements", "false") => style = Style::Unnamed,
            ("prepared_statements", _) => return Err(refused("it is true or false")),
            _ => return Err(DbError::unsupported(format!("unknown option of a postgres URL: {key:?}"))),
        }
    }
    if authorities.is_some() && !verified {
        return Err(DbError::unsupported("sslrootcert of a postgres URL needs sslmode=verify-full"));
    }
    config.ssl_mode(mode);
    let first = match style {
        Style::Named => {
            let timeout = options.statement_timeout.as_millis();
            config.options(format!("-c TimeZone=UTC -c statement_timeout={timeout}{more}"));
            First(None)
        }
        Style::Unnamed => {
            if !more.is_empty() {
                config.options(more.trim_start());
            }
            First(Some("SET TIME ZONE 'UTC'"))
        }
    };
    let trust = if verified { Trust::Authorities(authorities) } else { Trust::Anyone };
    Ok(Session { config, tls: Tls::of(&trust)?, style, first })
}

/// Whether nobody can listen between us and the server.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.starts_with('/') || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::super::super::DbErrorKind;
    use super::super::super::url::{DatabaseUrl, Target};
    use super::*;

    fn configured(url: &str) -> Result<Session, DbError> {
        let Target::Postgres(target) = url.parse::<DatabaseUrl>().unwrap().0 else { panic!("{url}") };
        of(&target, &DbOptions::default())
    }

    #[test]
    fn options_of_the_url() {
        let session =
            configured("postgres://u@db:6543/shop?application_name=worker&options=-c%20a=b").unwrap();
        let config = session.config;
        assert_eq!((config.get_application_name(), config.get_ports()), (Some("worker"), &[6543][..]));
        assert_eq!(config.get_options(), Some("-c TimeZone=UTC -c statement_timeout=30000 -c a=b"));
        assert!(configured("postgres://u@db/shop?connect_timeout=soon").is_err());
    }

    #[test]
    fn tls() {
        let mode = |url: &str| configured(url).map(|session| session.config.get_ssl_mode());
        assert_eq!(mode("postgres://u@db/shop").unwrap(), SslMode::Prefer);
        for here in ["postgres://u@127.0.0.1/shop", "postgres://u@%2Frun%2Fpostgresql/shop"] {
            assert_eq!(mode(here).unwrap(), SslMode::Disable, "{here}");
        }
        assert_eq!(mode("postgres://u@127.0.0.1/shop?sslmode=require").unwrap(), SslMode::Require);
        for wrong in ["sslmode=verify-ca", "sslrootcert=ca.pem", "sslmode=verify-full&sslrootcert=/none.pem"]
        {
            assert!(mode(&format!("postgres://u@db/shop?{wrong}")).is_err(), "{wrong}");
        }
        let refused = mode("postgres://u@db/shop?sslmode=verify-ca").unwrap_err();
        assert_eq!(*refused.kind(), DbErrorKind::Unsupported);
    }

    #[test]
    fn behind_a_pooler() {
        let session = configured("postgres://u@db/shop?prepared_statements=false").unwrap();
        assert_eq!((session.style, session.config.get_options()), (Style::Unnamed, None));
    }
}
