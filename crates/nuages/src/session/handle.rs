//! The `Session` extractor.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread::panicking;

use axum::extract::FromRequestParts;
use futures_util::future::BoxFuture;
use futures_util::lock::{Mutex, MutexGuard};
use http::request::Parts;
use nuages_wire::json::{Object, Value};
use nuages_wire::session::{Data, EXPIRY_ENTRY, Expiry, SessionKey, TEST_COOKIE_ENTRY};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;

use super::lifetime::Lifetime;
use super::operations::{Operation, same_bytes};
use super::save::Engine;
use super::state::{IfGone, State};
use super::value::{from_value, to_value, view};
use crate::error::{Error, Result};

const TEST_COOKIE_VALUE: &str = "worked";

/// The session of a request. Clones are the same session.
///
/// Nothing is read until somebody asks, and then once. Changes are stored when the handler has answered below 500,
/// or at once by [`Session::commit`].
#[derive(Clone)]
pub struct Session(Arc<Shared>);

/// What the clones of a session share.
struct Shared {
    engine: Arc<Engine>,
    state: Mutex<State>,
}

/// A session as it is stored, after [`Session::commit`].
#[derive(Clone)]
pub struct Saved {
    data: Data,
}

impl Session {
    pub(super) fn new(engine: Arc<Engine>, state: State) -> Self {
        Self(Arc::new(Shared { engine, state: Mutex::new(state) }))
    }

    /// The value under `key`, or `None` when there is none.
    ///
    /// # Errors
    /// An internal error when the value is not a `T`, or is a Python object that is kept and not understood; the
    /// store's own when it cannot be read.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        read(view(self.loaded().await?.data(), key)?, key)
    }

    /// The JSON value under `key` as it is stored, its numbers of any size.
    ///
    /// # Errors
    /// An internal error for a Python object that is kept and not understood; the store's own.
    pub async fn get_value(&self, key: &str) -> Result<Option<Value>> {
        Ok(view(self.loaded().await?.data(), key)?.cloned())
    }

    /// Whether there is a value under `key`.
    ///
    /// # Errors
    /// The store's own.
    pub async fn contains_key(&self, key: &str) -> Result<bool> {
        Ok(self.loaded().await?.data().contains_key(key))
    }

    /// Everything in the session that has a JSON, in the order in which it is stored.
    ///
    /// # Errors
    /// The store's own.
    pub async fn items(&self) -> Result<Object> {
        Ok(self.loaded().await?.data().items())
    }

    /// Sets `key`, whatever it holds: of two requests that do, the later wins. To change what is there, `update` it.
    ///
    /// # Errors
    /// An internal error when `value` has no JSON form; the store's own.
    pub async fn insert<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<()> {
        self.insert_value(key, to_value(value)?).await
    }

    /// Removes `key`; `false` when it was not there.
    ///
    /// # Errors
    /// The store's own.
    pub async fn remove(&self, key: &str) -> Result<bool> {
        let mut state = self.writable().await?;
        let before = state.data().remove(key);
        let removed = before.is_some();
        state.note(Operation::Remove { key: key.into(), before });
        if removed {
            state.touch();
        }
        Ok(removed)
    }

    /// Changes the value under `key`, or a default one, and returns what `change` returned.
    ///
    /// `change` runs now, on what this request has loaded, and runs again for each save that another request was
    /// faster with, so nothing of either is lost. It must have no effect but on its argument. A change that leaves the
    /// value's bytes as they are writes nothing.
    ///
    /// # Errors
    /// An internal error when the value is not a `T`; the store's own.
    pub async fn update<T, R>(
        &self,
        key: &str,
        change: impl Fn(&mut T) -> R + Send + Sync + 'static,
    ) -> Result<R>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        self.try_update(key, move |value| Ok(change(value))).await
    }

    /// [`Session::update`] with a `change` that may refuse: the value then stays, and the error is returned, by this
    /// method or, when the refusal comes in a replay, by the save: nothing of the request's changes is then stored.
    ///
    /// # Errors
    /// What `change` returned, and those of [`Session::update`].
    pub async fn try_update<T, R>(
        &self,
        key: &str,
        change: impl Fn(&mut T) -> Result<R> + Send + Sync + 'static,
    ) -> Result<R>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        let mut state = self.writable().await?;
        let (value, answer) = run(&change, view(state.data(), key)?, key)?;
        let changed = value.is_some();
        if let Some(value) = value {
            state.data().insert(key, value);
        }
        let change = Box::new(move |key: &str, value: Option<&Value>| Ok(run(&change, value, key)?.0));
        state.note(Operation::Update { key: key.into(), change });
        if changed {
            state.touch();
        }
        Ok(answer)
    }

    /// Removes every entry; the key stays.
    ///
    /// # Errors
    /// The store's own.
    pub async fn clear(&self) -> Result<()> {
        let mut state = self.writable().await?;
        state.data().clear();
        state.note(Operation::Clear);
        state.touch();
        Ok(())
    }

    /// Deletes the session from the store at once and forgets its key: a logout. What is inserted afterwards makes a
    /// new session.
    ///
    /// # Errors
    /// The store's own; the session is then as it was.
    pub async fn flush(&self) -> Result<()> {
        let session = self.clone();
        finish(async move {
            let mut state = session.lock().await;
            open(&state)?;
            // After `cycle_key` the stored session still has its old key.
            let stored = state.row.as_ref().map(|row| &row.key).or(state.key.as_ref());
            if let Some(key) = stored {
                session.engine().store.delete(key, None).await?;
            }
            state.forget();
            Ok(())
        })
        .await
    }

    /// Gives the session a new key and keeps its data: what a login does, so that a key somebody planted is worth
    /// nothing. The stored session moves when it is saved.
    ///
    /// # Errors
    /// The store's own.
    pub async fn cycle_key(&self) -> Result<()> {
        self.change_key(IfGone::Refuse).await
    }

    /// [`Session::cycle_key`] for a login in a session that is nobody's yet.
    pub(crate) async fn leave_anonymous_key(&self) -> Result<()> {
        self.change_key(IfGone::CarryOn).await
    }

    /// [`Session::cycle_key`] for what each of several requests at once would do alike.
    pub(crate) async fn renew_key(&self) -> Result<()> {
        self.change_key(IfGone::GiveWay).await
    }

    /// Stores the changes now, in the handler, and returns what is stored: after any replay, so a count in it is final.
    ///
    /// Once begun it is finished, even when the client leaves. A request without changes writes nothing.
    ///
    /// # Errors
    /// 400 when the session was deleted meanwhile; 409 when it changed too often; the store's own, and then the
    /// outcome may be unknown. The changes are dropped in each of these cases, and further ones are refused.
    pub async fn commit(&self) -> Result<Saved> {
        let session = self.clone();
        finish(async move {
            let mut state = session.lock().await;
            open(&state)?;
            session.engine().load(&mut state).await?;
            let mut own = None;
            if state.dirty && !state.is_empty() {
                own = session.engine().save(&mut state).await?;
                state.committed = true;
                state.lifetime = None;
            }
            Ok(Saved { data: own.unwrap_or_else(|| state.data().clone()) })
        })
        .await
    }

    /// The session's key: the cookie's, or the one `cycle_key` drew. `None` for a session that is not stored yet, and
    /// once loading has found nothing under the cookie's.
    pub async fn session_key(&self) -> Option<SessionKey> {
        self.lock().await.key.clone()
    }

    /// Whether there is neither a key nor an entry.
    pub async fn is_empty(&self) -> bool {
        self.lock().await.is_empty()
    }

    /// How long this session lives from now on; [`Expiry::Policy`] as the settings say.
    ///
    /// # Errors
    /// The store's own.
    pub async fn set_expiry(&self, expiry: Expiry) -> Result<()> {
        let mut entry = Object::new();
        expiry.store(&mut entry);
        match entry.remove(EXPIRY_ENTRY) {
            Some(value) => self.insert_value(EXPIRY_ENTRY, value).await,
            None => self.remove(EXPIRY_ENTRY).await.map(|_| ()),
        }
    }

    /// The seconds that the session lives from now (`get_expiry_age`); negative when that is over.
    ///
    /// # Errors
    /// The store's own.
    pub async fn get_expiry_age(&self) -> Result<i64> {
        let mut state = self.loaded().await?;
        Ok(Lifetime::of(state.data(), &self.engine().config)?.age)
    }

    /// Whether the cookie goes when the browser closes (`get_expire_at_browser_close`).
    ///
    /// # Errors
    /// The store's own.
    pub async fn get_expire_at_browser_close(&self) -> Result<bool> {
        let mut state = self.loaded().await?;
        Ok(Lifetime::of(state.data(), &self.engine().config)?.at_browser_close)
    }

    /// Leaves a mark whose return shows that the browser keeps cookies.
    ///
    /// # Errors
    /// The store's own.
    pub async fn set_test_cookie(&self) -> Result<()> {
        self.insert(TEST_COOKIE_ENTRY, TEST_COOKIE_VALUE).await
    }

    /// Whether the mark of [`Session::set_test_cookie`] came back.
    ///
    /// # Errors
    /// The store's own.
    pub async fn test_cookie_worked(&self) -> Result<bool> {
        let mut state = self.loaded().await?;
        Ok(view(state.data(), TEST_COOKIE_ENTRY)?.and_then(Value::as_str) == Some(TEST_COOKIE_VALUE))
    }

    /// Removes the mark of [`Session::set_test_cookie`].
    ///
    /// # Errors
    /// The store's own.
    pub async fn delete_test_cookie(&self) -> Result<()> {
        self.remove(TEST_COOKIE_ENTRY).await.map(|_| ())
    }

    /// Blind writes of this layer's sessions that replaced another request's value of the same key.
    pub fn overwritten(&self) -> u64 {
        self.engine().overwritten()
    }

    /// Saves of this layer's sessions that gave up with a 409, because other processes were faster too often.
    pub fn given_up(&self) -> u64 {
        self.engine().given_up()
    }

    /// Whether the visitor can read what is stored, and bring back what was stored before (`signed_cookies`).
    pub(crate) fn is_in_cookie(&self) -> bool {
        self.engine().in_cookie
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(super) async fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().await
    }

    /// The state, unless another clone is at it.
    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, State>> {
        self.0.state.try_lock()
    }

    async fn loaded(&self) -> Result<MutexGuard<'_, State>> {
        let mut state = self.lock().await;
        self.engine().load(&mut state).await?;
        Ok(state)
    }

    async fn writable(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.loaded().await?;
        open(&state)?;
        if let Some(reason) = &state.untouchable {
            return Err(reason.refusal());
        }
        if state.failed {
            return Err(Error::conflict("the session was changed after it could not be saved"));
        }
        Ok(state)
    }

    async fn change_key(&self, if_gone: IfGone) -> Result<()> {
        let mut state = self.writable().await?;
        state.key = Some(self.engine().new_key()?);
        state.if_gone = if_gone;
        state.touch();
        Ok(())
    }

    async fn insert_value(&self, key: &str, value: Value) -> Result<()> {
        let mut state = self.writable().await?;
        let before = state.data().insert(key, value.clone());
        state.note(Operation::Insert { key: key.into(), value, before });
        state.touch();
        Ok(())
    }
}

impl Saved {
    /// The value under `key` as it is stored.
    ///
    /// # Errors
    /// An internal error when the value is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        read(view(&self.data, key)?, key)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let session = parts.extensions.get::<Self>().cloned();
        session.ok_or_else(|| Error::configuration("this route has no SessionLayer around it"))
    }
}

impl fmt::Debug for Session {
    /// Shows neither the key nor the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl fmt::Debug for Saved {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saved").finish_non_exhaustive()
    }
}

/// Runs to its end, whatever becomes of the request: who waits for it drives it, and when they go a task takes over.
pub(super) fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Unfinished<T> {
    Unfinished(Some(Box::pin(work)))
}

/// What [`finish`] runs.
pub(super) struct Unfinished<T: Send + 'static>(Option<BoxFuture<'static, Result<T>>>);

impl<T: Send + 'static> Future for Unfinished<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let outcome = ready!(work.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(outcome)
    }
}

impl<T: Send + 'static> fmt::Debug for Unfinished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished").finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Drop for Unfinished<T> {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime), false) = (self.0.take(), Handle::try_current(), panicking()) {
            runtime.spawn(work);
        }
    }
}

/// Refuses a change that would be lost: the session was saved, and the response has gone.
fn open(state: &State) -> Result<()> {
    if state.closed {
        return Err(Error::configuration("the session was changed after the response had gone"));
    }
    Ok(())
}

fn read<T: DeserializeOwned>(value: Option<&Value>, key: &str) -> Result<Option<T>> {
    value.map(|value| from_value(value, key)).transpose()
}

/// One run of an `update`: the value to store, if its bytes change, and the answer.
fn run<T, R>(
    change: &impl Fn(&mut T) -> Result<R>,
    stored: Option<&Value>,
    key: &str,
) -> Result<(Option<Value>, R)>
where
    T: Serialize + DeserializeOwned + Default,
{
    let mut value: T = read(stored, key)?.unwrap_or_default();
    let default = if stored.is_none() { Some(to_value(&value)?) } else { None };
    let answer = change(&mut value)?;
    let value = to_value(&value)?;
    let before = stored.or(default.as_ref());
    let changed = before.is_none_or(|before| !same_bytes(before, &value));
    Ok((changed.then_some(value), answer))
}
