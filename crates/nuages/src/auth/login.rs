//! Opening, reading and closing a login, as `django.contrib.auth`'s `login`, `get_user` and `logout`.

use nuages_wire::auth::{BACKEND_SESSION_KEY, HASH_SESSION_KEY, MODEL_BACKEND, SESSION_KEY, Verified};
use nuages_wire::json::Value;

use super::{Auth, Passwords, UserModel};
use crate::error::{Error, Result};
use crate::session::Session;

impl<U: UserModel> Auth<U> {
    /// The user of this request; `None` when nobody is logged in. Looked up once (`get_user`).
    ///
    /// A session whose hash is not the user's is flushed; one whose hash was made with a retired secret key is renewed.
    ///
    /// # Errors
    /// The session's and the database's own.
    pub async fn user(&self) -> Result<Option<U>> {
        let mut known = self.handle.user.lock().await;
        if let Some(user) = &*known {
            let user = user.as_ref().map(|user| user.downcast_ref::<U>().cloned());
            return user.map(|user| user.ok_or_else(two_models)).transpose();
        }
        let user = self.look_up().await?;
        *known = Some(user.clone().map(|user| Box::new(user) as _));
        Ok(user)
    }

    /// Logs `user` in: a new session key, the session's entries, a new CSRF secret, `last_login`. What an anonymous
    /// visitor had in the session stays; what another user had goes (`login`).
    ///
    /// Who logs in is the caller's choice: [`Auth::authenticate`] is how to know that they may.
    ///
    /// # Errors
    /// The session's and the database's own.
    pub async fn login(&self, user: &U) -> Result<()> {
        let (config, session) = (&self.handle.config, self.session()?);
        let hash = config.session_hash.hash(user.password());
        match session.get_value(SESSION_KEY).await? {
            None => session.leave_anonymous_key().await?,
            Some(stored) => {
                let same_user = text_of(&stored).as_deref() == Some(&*user.pk());
                let verified = self.verify(session, user).await?;
                if !same_user || verified != Verified::Current {
                    session.flush().await?;
                }
            }
        }
        session.insert(SESSION_KEY, &user.pk()).await?;
        session.insert(BACKEND_SESSION_KEY, MODEL_BACKEND).await?;
        session.insert(HASH_SESSION_KEY, &hash).await?;
        if let Some(csrf) = &self.handle.csrf {
            csrf.rotate().await?;
        }
        let mut user = user.clone();
        user.save_last_login(&config.db, config.clock.now()).await?;
        *self.handle.user.lock().await = Some(Some(Box::new(user)));
        Ok(())
    }

    /// Ends the session, whoever's it is (`logout`).
    ///
    /// # Errors
    /// The session's own.
    pub async fn logout(&self) -> Result<()> {
        self.session()?.flush().await?;
        *self.handle.user.lock().await = Some(None);
        Ok(())
    }

    /// Keeps this session when its user's password changed (`update_session_auth_hash`).
    ///
    /// # Errors
    /// The session's own.
    pub async fn update_session_auth_hash(&self, user: &U) -> Result<()> {
        let session = self.session()?;
        session.cycle_key().await?;
        let hash = self.handle.config.session_hash.hash(user.password());
        session.insert(HASH_SESSION_KEY, &hash).await?;
        *self.handle.user.lock().await = Some(Some(Box::new(user.clone())));
        Ok(())
    }

    /// The threads that hash.
    pub fn passwords(&self) -> &Passwords {
        &self.handle.config.passwords
    }

    pub(super) fn session(&self) -> Result<&Session> {
        let session = self.handle.session.as_ref();
        session.ok_or_else(|| Error::configuration("the AuthLayer needs a SessionLayer around it"))
    }

    async fn look_up(&self) -> Result<Option<U>> {
        let (config, session) = (&self.handle.config, self.session()?);
        let key = session.get_value(SESSION_KEY).await?.as_ref().and_then(text_of);
        let backend = session.get_value(BACKEND_SESSION_KEY).await?;
        let (Some(key), Some(MODEL_BACKEND)) = (key, backend.as_ref().and_then(Value::as_str)) else {
            return Ok(None);
        };
        let user = U::get_by_pk(&config.db, &key).await?;
        let Some(user) = user.filter(U::is_active) else { return Ok(None) };
        match self.verify(session, &user).await? {
            Verified::Current => {}
            Verified::Fallback => {
                session.renew_key().await?;
                let hash = config.session_hash.hash(user.password());
                session.insert(HASH_SESSION_KEY, &hash).await?;
            }
            Verified::No => {
                session.flush().await?;
                return Ok(None);
            }
        }
        Ok(Some(user))
    }

    /// Whether the session's hash is this user's. A missing or empty one is nobody's.
    async fn verify(&self, session: &Session, user: &U) -> Result<Verified> {
        let stored = session.get_value(HASH_SESSION_KEY).await?;
        Ok(match stored.as_ref().and_then(Value::as_str).filter(|hash| !hash.is_empty()) {
            Some(hash) => self.handle.config.session_hash.verify(hash, user.password()),
            None => Verified::No,
        })
    }
}

/// The primary key in a session: text, or the number that an older Django wrote.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.as_str().map(str::to_owned),
        _ => value.as_i64().map(|number| number.to_string()),
    }
}

fn two_models() -> Error {
    Error::configuration("one request asked for its user as two different models")
}
