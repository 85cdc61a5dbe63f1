//! Where messages wait: the cookie first, then the session (`FallbackStorage`).

use http::HeaderMap;
use nuages_wire::json::Value;
use nuages_wire::messages::{COOKIE_NAME, CookieCodec, Message, SESSION_ENTRY, from_session, to_session};

use super::{MessagesConfig, Shared};
use crate::cookies::{self, SetCookie};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::settings::SameSite;

/// What of a request messages are read from.
pub(super) struct Request {
    pub(super) cookie: Option<String>,
    pub(super) session: Option<Session>,
}

/// Messages as they were read, and from where.
#[derive(Clone, Default)]
pub(super) struct Loaded {
    pub(super) messages: Vec<Message>,
    in_cookie: bool,
    in_session: bool,
}

impl Request {
    /// A cookie that cannot be read holds nothing, and then the session is not asked.
    pub(super) async fn load(&self, codec: &CookieCodec) -> Result<Loaded> {
        let cookie = self.cookie.as_deref().and_then(|cookie| codec.decode(cookie).ok().flatten());
        let Some(cookie) = cookie else { return Ok(Loaded::default()) };
        let mut loaded =
            Loaded { in_cookie: !cookie.messages.is_empty(), messages: cookie.messages, in_session: false };
        if !cookie.all_retrieved {
            let stored = self.session()?.get_value(SESSION_ENTRY).await?;
            let more = stored.as_ref().and_then(Value::as_str).map(from_session);
            let more = more.transpose().map_err(Error::internal)?.unwrap_or_default();
            loaded.in_session = !more.is_empty();
            loaded.messages.extend(more);
        }
        Ok(loaded)
    }

    /// Stores what is unread, and clears each place that held some and holds none now.
    pub(super) async fn store(
        &self,
        messages: &[Message],
        before: &Loaded,
        Shared { config, codec }: &Shared,
        headers: &mut HeaderMap,
    ) -> Result<()> {
        let mut rest: &[Message] = messages;
        if !messages.is_empty() {
            let stored = codec.store(messages, false, config.clock.unix());
            set_cookie(stored.cookie.as_deref(), config, headers)?;
            rest = messages.get(stored.unstored).unwrap_or_default();
        } else if before.in_cookie {
            set_cookie(None, config, headers)?;
        }
        if !rest.is_empty() {
            self.session()?.insert(SESSION_ENTRY, &to_session(rest)).await?;
        } else if before.in_session {
            self.session()?.remove(SESSION_ENTRY).await?;
        }
        Ok(())
    }

    fn session(&self) -> Result<&Session> {
        let session = self.session.as_ref();
        session.ok_or_else(|| Error::configuration("messages that outgrow their cookie need a SessionLayer"))
    }
}

fn set_cookie(value: Option<&str>, config: &MessagesConfig, headers: &mut HeaderMap) -> Result<()> {
    let same_site = config.cookie_samesite.map(SameSite::as_str);
    let cookie = match value {
        Some(value) => SetCookie {
            secure: config.cookie_secure,
            http_only: config.cookie_httponly,
            same_site,
            ..SetCookie::new(COOKIE_NAME, value)
        },
        None => SetCookie::delete(COOKIE_NAME, same_site),
    };
    cookies::set(headers, &SetCookie { domain: config.cookie_domain.as_deref(), ..cookie }, &config.clock)
}
