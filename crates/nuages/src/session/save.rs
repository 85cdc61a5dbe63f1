//! Loading and saving, and the three ways in which a save is refused.

use std::sync::atomic::{AtomicU64, Ordering};

use nuages_wire::session::{Data, Format, SessionKey};

use super::cookie::Attributes;
use super::encoding::{Read, Untouchable, decode, encode};
use super::lifetime::Lifetime;
use super::queue::Queue;
use super::state::{IfGone, Row, State};
use super::store::{AnyStore, Record, Swap};
use super::{Encoding, SessionConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::time::LOWER_ALPHANUMERIC;

/// Replays of one save before it is given up with a 409. Within a process saves queue, so each of these is another
/// process (or a Django) that was faster; one of ours makes a pause long before it was so often.
pub(super) const MAX_REPLAYS: u32 = 512;

/// Draws of a new key before it is given up; one collision in 36³² is already not to be seen.
const MAX_DRAWS: u32 = 8;

/// What all requests of a layer share.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) store: Box<dyn AnyStore>,
    pub(super) config: SessionConfig,
    pub(super) format: Format,
    /// Whether the visitor can read what is stored, and bring back what was stored before.
    pub(super) in_cookie: bool,
    pub(super) queue: Queue,
    pub(super) attributes: Attributes,
    pub(super) overwritten: AtomicU64,
    given_up: AtomicU64,
}

impl Engine {
    pub(super) fn new(store: Box<dyn AnyStore>, config: SessionConfig) -> Self {
        let encoding = store.encoding();
        let (format, in_cookie) = (encoding.format(&config), encoding == Encoding::SIGNED_COOKIES);
        Self {
            store,
            config,
            format,
            in_cookie,
            queue: Queue::default(),
            attributes: Attributes::default(),
            overwritten: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
        }
    }

    /// Blind writes that replaced somebody else's value of the same key.
    pub(super) fn overwritten(&self) -> u64 {
        self.overwritten.load(Ordering::Relaxed)
    }

    /// Saves that ended with a 409 because others were faster too often.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Reads the snapshot, once. An unknown or expired session leaves no key; one that cannot be read is empty and
    /// keeps its key (`SessionBase.load`, `decode`).
    pub(super) async fn load(&self, state: &mut State) -> Result<()> {
        state.accessed = true;
        if state.data.is_some() {
            return Ok(());
        }
        let mut data = Data::new();
        if let Some(key) = &state.key {
            // Only a store that answers makes a session unknown: while it is away the cookie stays.
            let loaded = match self.store.load(key, self.config.clock.now()).await {
                Err(error) if self.config.ignore_exceptions && error.kind() == ErrorKind::Unavailable => {
                    tracing::warn!(target: "nuages::session", %error, "a session is taken for an empty one");
                    state.untouchable = Some(Untouchable::Away);
                    state.data = Some(data);
                    return Ok(());
                }
                loaded => loaded?,
            };
            match loaded {
                Some(stored) => {
                    match decode(&self.format, &stored)? {
                        Read::Session(stored) => data = stored,
                        Read::Foreign(error) => state.untouchable = Some(Untouchable::Foreign(error.into())),
                    }
                    state.row = Some(Row { key: key.clone(), data: stored });
                }
                None => state.key = None,
            }
        }
        state.data = Some(data);
        Ok(())
    }

    /// Stores the state. Whatever the outcome, the log is used up: nothing is ever written twice.
    ///
    /// The session right after this request's changes, when it was stored together with later ones of others.
    pub(super) async fn save(&self, state: &mut State) -> Result<Option<Data>> {
        if let Some(reason) = &state.untouchable {
            return Err(reason.refusal());
        }
        let outcome = match &state.row {
            None => self.create(state).await.map(|_| None),
            Some(row) if state.key.as_ref() == Some(&row.key) => {
                let key = row.key.clone();
                self.swap(state, &key).await
            }
            Some(row) => {
                let old = row.clone();
                Box::pin(self.move_to_new_key(state, old)).await.map(|()| None)
            }
        };
        state.log.clear();
        state.dirty = false;
        state.failed = outcome.is_err() || state.abandoned;
        outcome
    }

    /// A key that nobody guesses.
    pub(super) fn new_key(&self) -> Result<SessionKey> {
        let text = self.config.random.string(32, LOWER_ALPHANUMERIC)?;
        SessionKey::parse(&text).ok_or_else(|| Error::internal("a drawn session key is too short"))
    }

    async fn create(&self, state: &mut State) -> Result<Row> {
        let record = self.encode_state(state)?;
        for _ in 0..MAX_DRAWS {
            let key = state.key.take().map_or_else(|| self.new_key(), Ok)?;
            if let Some(key) = self.store.create(&key, &record).await? {
                let row = Row { key, data: record.data };
                state.key = Some(row.key.clone());
                state.row = Some(row.clone());
                return Ok(row);
            }
        }
        Err(Error::internal("no free session key was drawn"))
    }

    /// `cycle_key`: stores the data under the new key, then deletes the old row if it still is what the data came from.
    async fn move_to_new_key(&self, state: &mut State, mut old: Row) -> Result<()> {
        let key = old.key.clone();
        let place = self.queue.place(&key);
        let _turn = place.turn().await;
        let mut new = self.create(state).await?;
        for _ in 0..MAX_REPLAYS {
            match self.store.delete(&old.key, Some(&old.data)).await? {
                Swap::Done | Swap::Moved(_) => return Ok(()),
                Swap::Gone if state.if_gone == IfGone::CarryOn => return Ok(()),
                Swap::Gone => {
                    self.store.delete(&new.key, None).await?;
                    let gives_way = state.if_gone == IfGone::GiveWay && state.log.len() == 1;
                    state.abandoned = gives_way;
                    return if gives_way { Ok(()) } else { Err(interrupted()) };
                }
                Swap::Changed(fresh) => {
                    old.data = fresh.clone();
                    if let Err(refusal) = self.rebase(state, &new.key, fresh) {
                        self.store.delete(&new.key, None).await?;
                        return Err(refusal);
                    }
                    let record = self.encode_state(state)?;
                    match self.store.save(&new.key, &new.data, &record).await? {
                        Swap::Done => {}
                        Swap::Moved(key) => new.key = key,
                        Swap::Changed(_) | Swap::Gone => return Err(interrupted()),
                    }
                    new.data = record.data;
                    state.key = Some(new.key.clone());
                    state.row = Some(new.clone());
                }
            }
        }
        self.store.delete(&new.key, None).await?;
        Err(self.too_busy())
    }

    pub(super) fn too_busy(&self) -> Error {
        self.given_up.fetch_add(1, Ordering::Relaxed);
        Error::conflict("the session changed too often while it was being saved")
    }

    pub(super) fn encode_state(&self, state: &mut State) -> Result<Record> {
        let lifetime = Lifetime::of(state.data(), &self.config)?;
        state.lifetime = Some(lifetime);
        self.encode(state.data(), lifetime)
    }

    pub(super) fn encode(&self, data: &Data, lifetime: Lifetime) -> Result<Record> {
        let stored = encode(&self.format, data, lifetime.now.as_second())?;
        Ok(Record { data: stored, expire_date: lifetime.date, expiry_age: lifetime.age })
    }
}

/// Django's `SessionInterrupted`: a session deleted meanwhile (a logout, say) never comes back.
pub(super) fn interrupted() -> Error {
    Error::bad_request(
        "The request's session was deleted before the request completed. The user may have logged out in a concurrent \
         request, for example.",
    )
}
