//! The `CsrfToken` extractor.

use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use nuages_wire::csrf::{SESSION_ENTRY, Secret};
use nuages_wire::json::Value;
use tokio::sync::Mutex;

use super::{CsrfConfig, draw, session_missing};
use crate::error::{Error, Result};
use crate::session::Session;

/// A request's token. Clones are the same one.
#[derive(Clone)]
pub struct CsrfToken {
    config: Arc<CsrfConfig>,
    /// Where the secret lives under `CSRF_USE_SESSIONS`.
    session: Option<Session>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    secret: Option<Secret>,
    /// Whether the secret's place was looked at: a session is read when the first token is asked for.
    looked_up: bool,
    /// The secret was used or is new, so it is written on the way out and its age begins anew.
    needs_update: bool,
}

impl CsrfToken {
    pub(super) fn new(
        config: Arc<CsrfConfig>,
        cookie: Option<&str>,
        session: Option<Session>,
    ) -> Result<Self> {
        let mut state = State { looked_up: !config.use_sessions, ..State::default() };
        match cookie.filter(|_| !config.use_sessions).map(Secret::parse) {
            Some(Ok(secret)) => state.secret = Some(secret),
            // A malformed cookie is replaced, even when nobody asks for a token.
            Some(Err(_)) => state.replace(&config)?,
            None => {}
        }
        Ok(Self { config, session, state: Arc::new(Mutex::new(state)) })
    }

    /// A token for one form or page (`get_token`); the mask differs each time. It renews the cookie.
    ///
    /// # Errors
    /// The session's own, where the secret lives there; no randomness.
    pub async fn get(&self) -> Result<String> {
        let mut state = self.state.lock().await;
        self.look_up(&mut state).await?;
        if state.secret.is_none() {
            state.replace(&self.config)?;
        }
        state.needs_update = true;
        let secret = state.secret.as_ref().ok_or_else(|| Error::configuration("no CSRF secret"))?;
        let mask = draw(&self.config.random)?;
        Ok(secret.mask_with(&mask).map_err(Error::internal)?.as_str().to_owned())
    }

    /// A new secret: tokens given out before are worth nothing (`rotate_token`). A login does it.
    ///
    /// # Errors
    /// No randomness.
    pub async fn rotate(&self) -> Result<()> {
        let mut state = self.state.lock().await;
        state.looked_up = true;
        state.replace(&self.config)
    }

    /// The session's entry as it stands, for the check.
    pub(super) async fn session_entry(&self) -> Result<Option<String>> {
        let session = self.session.as_ref().ok_or_else(session_missing)?;
        Ok(session.get_value(SESSION_ENTRY).await?.as_ref().and_then(Value::as_str).map(str::to_owned))
    }

    /// The secret, if it is to be written on the way out.
    pub(super) async fn to_write(&self) -> Option<Secret> {
        let state = self.state.lock().await;
        state.secret.clone().filter(|_| state.needs_update)
    }

    /// Stores the secret in the session, unless it is there.
    pub(super) async fn write_to_session(&self, secret: &Secret) -> Result<()> {
        if self.session_entry().await?.as_deref() != Some(secret.as_str()) {
            let session = self.session.as_ref().ok_or_else(session_missing)?;
            session.insert(SESSION_ENTRY, secret.as_str()).await?;
        }
        Ok(())
    }

    async fn look_up(&self, state: &mut State) -> Result<()> {
        if !state.looked_up {
            state.secret = self.session_entry().await?.and_then(|text| Secret::parse(&text).ok());
            state.looked_up = true;
        }
        Ok(())
    }
}

impl State {
    fn replace(&mut self, config: &CsrfConfig) -> Result<()> {
        self.secret = Some(Secret::parse(&draw(&config.random)?).map_err(Error::internal)?);
        self.needs_update = true;
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CsrfToken {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let token = parts.extensions.get::<Self>().cloned();
        token.ok_or_else(|| Error::configuration("this route has no CsrfLayer around it"))
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsrfToken").finish_non_exhaustive()
    }
}
