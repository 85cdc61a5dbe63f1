//! The session's cookie: `sessionid=…; expires=…; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax`.

use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;
use nuages_wire::session::SessionKey;

use super::SessionConfig;
use super::lifetime::Lifetime;
use crate::cookies::SetCookie;
use crate::error::{Error, Result};
use crate::settings::SameSite;

/// The attributes of the last cookie: within a second, sessions that live equally long share them.
#[derive(Debug, Default)]
pub(super) struct Attributes(Mutex<Option<Written>>);

#[derive(Debug)]
struct Written {
    second: i64,
    max_age: Option<SignedDuration>,
    text: String,
}

impl Attributes {
    /// The cookie of a stored session.
    pub(super) fn cookie(
        &self,
        key: &SessionKey,
        lifetime: Lifetime,
        config: &SessionConfig,
    ) -> Result<String> {
        let max_age = (!lifetime.at_browser_close).then(|| SignedDuration::from_secs(lifetime.age));
        let cookie = SetCookie {
            value: key.as_str(),
            max_age,
            http_only: config.cookie_httponly,
            secure: config.cookie_secure,
            ..named(config)
        };
        let second = lifetime.now.as_second();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match &mut *last {
            Some(written) if written.second == second && written.max_age == max_age => written,
            stale => {
                let text = cookie.attributes(lifetime.now).map_err(Error::internal)?;
                stale.insert(Written { second, max_age, text })
            }
        };
        cookie.header_with(&written.text).map_err(Error::internal)
    }
}

/// The cookie that makes the browser forget its session.
pub(super) fn forgetting(config: &SessionConfig) -> Result<String> {
    let cookie = named(config);
    let cookie = SetCookie {
        path: cookie.path,
        domain: cookie.domain,
        ..SetCookie::delete(cookie.name, cookie.same_site)
    };
    cookie.header(config.clock.now()).map_err(Error::internal)
}

/// A session cookie with what setting and deleting have in common.
fn named(config: &SessionConfig) -> SetCookie<'_> {
    SetCookie {
        path: Some(&config.cookie_path),
        domain: config.cookie_domain.as_deref(),
        same_site: config.cookie_samesite.map(SameSite::as_str),
        ..SetCookie::new(&config.cookie_name, "")
    }
}
