//! One-time notices for the next page (`django.contrib.messages`, its default `FallbackStorage`).
//!
//! They travel in the cookie `messages`, signed, at most 2048 characters:
//! `W1siX19qc29uX21lc3NhZ2UiLDAsMzAsIiJdXQ:1vgM1A:oIU07…` is one warning without text. What does not fit goes to the
//! session's entry `_messages`; a session is not touched while the cookie suffices ([`nuages_wire::messages`]).
//!
//! ```
//! use axum::response::Redirect;
//! use nuages::messages::Messages;
//!
//! async fn save(messages: Messages) -> Redirect {
//!     messages.success("Saved.");
//!     Redirect::to("/")
//! }
//!
//! async fn page(messages: Messages) -> nuages::Result<String> {
//!     Ok(messages.list().await?.iter().map(|message| format!("<p class={}>{}", message.tags(), message.text)).collect())
//! }
//! ```
//!
//! A page that lists them uses them up; one that does not leaves them for the next.

mod middleware;
mod storage;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use http::request::Parts;
use nuages_wire::crypto::SecretKeys;
pub use nuages_wire::messages::Message;
use nuages_wire::messages::{CookieCodec, DEBUG, ERROR, INFO, SUCCESS, WARNING};

pub use middleware::MessagesLayer;

use self::storage::{Loaded, Request};
use crate::error::{Error, Result};
use crate::settings::{SameSite, Settings};
use crate::time::Clock;

/// What the messages' cookie is made of; its attributes are the session's.
#[derive(Clone, Debug)]
pub struct MessagesConfig {
    /// Messages below this level are not recorded (`MESSAGE_LEVEL`); 20, "info".
    pub level: i64,
    /// `SESSION_COOKIE_DOMAIN`.
    pub cookie_domain: Option<String>,
    /// `SESSION_COOKIE_SECURE`.
    pub cookie_secure: bool,
    /// `SESSION_COOKIE_HTTPONLY`.
    pub cookie_httponly: bool,
    /// `SESSION_COOKIE_SAMESITE`.
    pub cookie_samesite: Option<SameSite>,
    /// `SECRET_KEY` and its fallbacks: they sign the cookie.
    pub secret_keys: SecretKeys,
    /// The time of day, for the signature.
    pub clock: Clock,
}

impl MessagesConfig {
    /// Django's defaults with these keys.
    pub fn new(secret_keys: SecretKeys) -> Self {
        Self {
            level: INFO,
            cookie_domain: None,
            cookie_secure: false,
            cookie_httponly: true,
            cookie_samesite: Some(SameSite::Lax),
            secret_keys,
            clock: Clock::system(),
        }
    }
}

impl From<&Settings> for MessagesConfig {
    fn from(settings: &Settings) -> Self {
        Self {
            cookie_domain: settings.session_cookie_domain.clone(),
            cookie_secure: settings.session_cookie_secure,
            cookie_httponly: settings.session_cookie_httponly,
            cookie_samesite: settings.session_cookie_samesite,
            ..Self::new(settings.secret_keys())
        }
    }
}

/// What the requests of a layer share.
#[derive(Debug)]
struct Shared {
    config: MessagesConfig,
    codec: CookieCodec,
}

/// The messages of a request; clones are the same ones.
#[derive(Clone)]
pub struct Messages {
    shared: Arc<Shared>,
    request: Arc<Request>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What the visitor brought along, once somebody asked.
    loaded: Option<Loaded>,
    queued: Vec<Message>,
    /// They were listed: what was loaded is not stored again.
    used: bool,
    added: bool,
}

impl Messages {
    /// Every message so far, those of this request too. They are used up by it.
    ///
    /// # Errors
    /// The session's own, when some of them are there.
    pub async fn list(&self) -> Result<Vec<Message>> {
        self.load().await?;
        let mut state = self.state();
        state.used = true;
        let queued = std::mem::take(&mut state.queued);
        let loaded = state.loaded.get_or_insert_default();
        loaded.messages.extend(queued);
        Ok(loaded.messages.clone())
    }

    /// How many there are; they stay (`len`).
    ///
    /// # Errors
    /// As [`Messages::list`].
    pub async fn count(&self) -> Result<usize> {
        self.load().await?;
        let state = self.state();
        Ok(state.loaded.as_ref().map_or(0, |loaded| loaded.messages.len()) + state.queued.len())
    }

    /// Adds a message. One that is empty or below the configured level is dropped (`add_message`).
    pub fn add(&self, message: Message) {
        if message.text.is_empty() || message.level < self.shared.config.level {
            return;
        }
        let mut state = self.state();
        state.added = true;
        state.queued.push(message);
    }

    /// For whom is developing; not recorded at the default level.
    pub fn debug(&self, text: impl Into<String>) {
        self.add(Message::new(DEBUG, text));
    }

    /// News.
    pub fn info(&self, text: impl Into<String>) {
        self.add(Message::new(INFO, text));
    }

    /// Something went well.
    pub fn success(&self, text: impl Into<String>) {
        self.add(Message::new(SUCCESS, text));
    }

    /// Something may go wrong.
    pub fn warning(&self, text: impl Into<String>) {
        self.add(Message::new(WARNING, text));
    }

    /// Something went wrong.
    pub fn error(&self, text: impl Into<String>) {
        self.add(Message::new(ERROR, text));
    }

    async fn load(&self) -> Result<()> {
        if self.state().loaded.is_none() {
            let loaded = self.request.load(&self.shared.codec).await?;
            self.state().loaded.get_or_insert(loaded);
        }
        Ok(())
    }

    /// What is to be stored on the way out; `None` leaves everything where it is (`BaseStorage.update`).
    async fn unread(&self) -> Result<Option<(Vec<Message>, Loaded)>> {
        let (used, added) = {
            let state = self.state();
            (state.used, state.added)
        };
        if !used && !added {
            return Ok(None);
        }
        self.load().await?;
        let mut state = self.state();
        let loaded = state.loaded.take().unwrap_or_default();
        let mut messages = if used { Vec::new() } else { loaded.messages.clone() };
        messages.append(&mut state.queued);
        Ok(Some((messages, loaded)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Messages {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let messages = parts.extensions.get::<Self>().cloned();
        messages.ok_or_else(|| Error::configuration("this route has no MessagesLayer around it"))
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}
