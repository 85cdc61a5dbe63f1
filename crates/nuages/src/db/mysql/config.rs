//! From a URL to the driver's options: every session is as Django's, speaks UTC and gives up a statement in time.

use std::path::PathBuf;

use mysql_async::{Opts, OptsBuilder, SslOpts};

use super::super::url::ServerTarget;
use super::super::{DbError, DbOptions};

const CACHED_STATEMENTS: usize = 256;
/// The first MariaDB with everything that Django's backend, and we, rely on (`INSERT … RETURNING`).
const OLDEST: (u32, u32) = (10, 5);

/// The options of the sessions on `target`.
///
/// # Errors
/// Unsupported for an option that is not known.
pub(super) fn of(target: &ServerTarget, options: &DbOptions) -> Result<Opts, DbError> {
    let mut isolation = "READ COMMITTED".to_owned();
    let mut opts = OptsBuilder::default()
        .ip_or_hostname(target.host.as_deref().filter(|host| !host.starts_with('/')).unwrap_or("localhost"))
        .socket(target.host.as_deref().filter(|host| host.starts_with('/')))
        .tcp_port(target.port.unwrap_or(3306))
        .user(target.user.clone())
        .pass(target.password.clone())
        .db_name(Some(target.name.clone()))
        .prefer_socket(false)
        // Django's client flag: an UPDATE counts the rows it found, not only those it changed.
        .client_found_rows(true)
        .stmt_cache_size(CACHED_STATEMENTS);
    let mut tls = None;
    let mut authority: Option<PathBuf> = None;
    for (key, value) in &target.options {
        match (key.as_str(), value.as_str()) {
            ("unix_socket", path) => opts = opts.socket(Some(path)),
            ("ssl_mode", "DISABLED") => tls = None,
            ("ssl_mode", "REQUIRED") => tls = Some(Trust::Anyone),
            ("ssl_mode", "VERIFY_IDENTITY") => tls = Some(Trust::Authorities),
            ("ssl_mode", other) => {
                let known = "it is DISABLED, REQUIRED or VERIFY_IDENTITY";
                return Err(DbError::unsupported(format!("ssl_mode={other:?} of a mysql URL: {known}")));
            }
            ("ssl_ca", file) => authority = Some(file.into()),
            ("charset", "utf8mb4") => {}
            ("charset", other) => {
                return Err(DbError::unsupported(format!(
                    "charset={other}: the text of a session is utf8mb4"
                )));
            }
            ("isolation_level", level) => {
                isolation = level.to_ascii_uppercase();
                if !ISOLATION_LEVELS.contains(&isolation.as_str()) {
                    return Err(DbError::unsupported(format!(
                        "isolation_level={level:?} is none of MariaDB's"
                    )));
                }
            }
            _ => return Err(DbError::unsupported(format!("unknown option of a mysql URL: {key:?}"))),
        }
    }
    if authority.is_some() && tls != Some(Trust::Authorities) {
        return Err(DbError::unsupported("ssl_ca of a mysql URL needs ssl_mode=VERIFY_IDENTITY"));
    }
    opts = opts.ssl_opts(tls.map(|trust| ssl_opts(trust, authority)));
    let seconds = options.statement_timeout.as_secs_f64();
    let session = [
        "SET NAMES utf8mb4".to_owned(),
        format!("SET SESSION TRANSACTION ISOLATION LEVEL {isolation}"),
        format!(
            "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,STRICT_TRANS_TABLES'), \
             sql_auto_is_null = 0, time_zone = '+00:00', max_statement_time = {seconds}"
        ),
    ];
    Ok(opts.init(session.to_vec()).into())
}

/// Whose certificates are believed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Any: the connection is encrypted, with whoever it is.
    Anyone,
    /// Those that an authority signed for this host: of `ssl_ca`, or of Mozilla's list without it.
    Authorities,
}

fn ssl_opts(trust: Trust, authority: Option<PathBuf>) -> SslOpts {
    let opts = SslOpts::default();
    match (trust, authority) {
        (Trust::Anyone, _) => {
            opts.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true)
        }
        (Trust::Authorities, None) => opts,
        (Trust::Authorities, Some(file)) => {
            opts.with_root_certs(vec![file.into()]).with_disable_built_in_roots(true)
        }
    }
}

const ISOLATION_LEVELS: [&str; 4] = ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

/// `10.11.19-MariaDB-0+deb12u1` passes; MySQL's `8.4.0` has no `INSERT … RETURNING`.
pub(super) fn refuse_version(version: &str) -> Result<(), DbError> {
    let mut numbers = version.split(['.', '-']).map(|part| part.parse().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version.contains("MariaDB") && found >= OLDEST {
        return Ok(());
    }
    Err(DbError::unsupported(format!("the server is {version}: MariaDB 10.5 and newer are supported")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::super::super::url::{DatabaseUrl, Target};
    use super::*;

    fn configured(url: &str) -> Result<Opts, DbError> {
        let Target::Mysql(target) = url.parse::<DatabaseUrl>().unwrap().0 else { panic!("{url}") };
        of(&target, &DbOptions::default())
    }

    #[test]
    fn options_of_the_url() {
        let opts = configured("mysql://u:p%40@db:3307/shop?isolation_level=repeatable%20read").unwrap();
        assert_eq!((opts.user(), opts.pass(), opts.tcp_port()), (Some("u"), Some("p@"), 3307));
        assert_eq!(opts.init()[1], "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        let socket = configured("mysql://u@/shop?unix_socket=/run/mysqld.sock").unwrap();
        assert_eq!(socket.socket(), Some("/run/mysqld.sock"));
        for wrong in ["charset=latin1", "isolation_level=none", "ssl_mode=PREFERRED", "ssl_ca=ca.pem"] {
            assert!(configured(&format!("mysql://u@h/shop?{wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions() {
        assert!(refuse_version("10.11.19-MariaDB-0+deb12u1").is_ok());
        assert!(refuse_version("11.4.2-MariaDB").is_ok());
        assert!(refuse_version("10.4.9-MariaDB").is_err() && refuse_version("8.4.0").is_err());
    }
}
