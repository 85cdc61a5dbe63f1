//! From a URL to the driver's configuration: every session speaks UTC and gives up a statement in time.

use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::super::url::ServerTarget;
use super::super::{DbError, DbOptions};
use super::CONNECT_TIMEOUT;

/// The configuration of the sessions on `target`.
///
/// # Errors
/// Unsupported for an option that is not known, and for TLS.
pub(super) fn of(target: &ServerTarget, options: &DbOptions) -> Result<Config, DbError> {
    let mut config = Config::new();
    config
        .dbname(&target.name)
        .application_name("nuages")
        .ssl_mode(SslMode::Disable)
        .connect_timeout(CONNECT_TIMEOUT);
    config.host(target.host.as_deref().unwrap_or("localhost"));
    config.port(target.port.unwrap_or(5432));
    if let Some(user) = &target.user {
        config.user(user);
    }
    if let Some(password) = &target.password {
        config.password(password);
    }
    let mut session =
        format!("-c TimeZone=UTC -c statement_timeout={}", options.statement_timeout.as_millis());
    for (key, value) in &target.options {
        match (key.as_str(), value.as_str()) {
            ("application_name", name) => drop(config.application_name(name)),
            ("options", more) => session = format!("{session} {more}"),
            ("connect_timeout", seconds) => {
                let seconds = u64::from_str(seconds).map_err(|_| {
                    DbError::unsupported("connect_timeout of a postgres URL is a number of seconds")
                })?;
                config.connect_timeout(Duration::from_secs(seconds));
            }
            ("sslmode", "disable" | "allow" | "prefer") => {}
            ("sslmode", mode) => {
                return Err(DbError::unsupported(format!(
                    "sslmode={mode}: TLS to PostgreSQL is not supported"
                )));
            }
            _ => return Err(DbError::unsupported(format!("unknown option of a postgres URL: {key:?}"))),
        }
    }
    config.options(session);
    Ok(config)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::super::super::DbErrorKind;
    use super::super::super::url::{DatabaseUrl, Target};
    use super::*;

    fn configured(url: &str) -> Result<Config, DbError> {
        let Target::Postgres(target) = url.parse::<DatabaseUrl>().unwrap().0 else { panic!("{url}") };
        of(&target, &DbOptions::default())
    }

    #[test]
    fn options_of_the_url() {
        let config =
            configured("postgres://u@db:6543/shop?application_name=worker&options=-c%20a=b").unwrap();
        assert_eq!((config.get_application_name(), config.get_ports()), (Some("worker"), &[6543][..]));
        assert_eq!(config.get_options(), Some("-c TimeZone=UTC -c statement_timeout=30000 -c a=b"));
        let refused = configured("postgres://u@db/shop?sslmode=require").unwrap_err();
        assert_eq!(*refused.kind(), DbErrorKind::Unsupported);
        assert!(configured("postgres://u@db/shop?connect_timeout=soon").is_err());
    }
}
