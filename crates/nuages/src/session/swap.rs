//! Saving over what is stored: compare-and-swap, and replay on conflict.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use nuages_wire::session::{Data, SessionKey};

use super::encoding::{Read, decode, foreign};
use super::lifetime::Lifetime;
use super::operations::{Operation, replay};
use super::queue::{Stored, Turn, Waiting};
use super::save::{Engine, MAX_REPLAYS, interrupted};
use super::state::{Row, State};
use super::store::Swap;
use crate::error::{Error, Result};

impl Engine {
    /// Stores a changed session under its key, in its turn, or together with others that wait for theirs.
    pub(super) async fn swap(&self, state: &mut State, key: &SessionKey) -> Result<Option<Data>> {
        let Some(row) = &state.row else { return Err(interrupted()) };
        let place = self.queue.place(key);
        if let Some(turn) = place.turn_at_once().await {
            return self.swap_alone(state, key, turn).await.map(|()| None);
        }
        let mut outcome = place.leave(row.data.clone(), std::mem::take(&mut state.log));
        let outcome = tokio::select! {
            biased;
            outcome = &mut outcome => outcome,
            turn = place.turn() => {
                // Boxed, as most saves are alone: theirs stay small.
                Box::pin(self.swap_together(key, turn, place.take())).await;
                outcome.await
            }
        };
        let stored = outcome.map_err(|_| Error::internal("the save that had the turn did not end"))??;
        state.data = Some(stored.data);
        state.key = Some(stored.row.key.clone());
        state.row = Some(stored.row);
        Ok(Some(stored.own))
    }

    async fn swap_alone(&self, state: &mut State, key: &SessionKey, mut turn: Turn<'_>) -> Result<()> {
        if let Some(last) = turn.last().filter(|last| state.row.as_ref().is_none_or(|row| row.data != *last))
        {
            self.rebase(state, key, last)?;
        }
        for _ in 0..MAX_REPLAYS {
            let record = self.encode_state(state)?;
            let Some(row) = &mut state.row else { return Err(interrupted()) };
            match self.store.save(key, &row.data, &record).await? {
                done @ (Swap::Done | Swap::Moved(_)) => {
                    turn.stored(record.data.clone());
                    row.data = record.data;
                    if let Swap::Moved(new) = done {
                        row.key = new.clone();
                        state.key = Some(new);
                    }
                    return Ok(());
                }
                Swap::Changed(fresh) => {
                    turn.lost();
                    self.rebase(state, key, fresh)?;
                }
                Swap::Gone => return Err(interrupted()),
            }
        }
        Err(self.too_busy())
    }

    /// Does the logs of all who wait, in their order, and stores what comes out.
    async fn swap_together(&self, key: &SessionKey, mut turn: Turn<'_>, mut waiting: Vec<Waiting>) {
        let Some(first) = waiting.first() else { return };
        let mut loaded = turn.last().unwrap_or_else(|| first.loaded.clone());
        for _ in 0..MAX_REPLAYS {
            let mut data = match self.read(&loaded) {
                Ok(data) => data,
                Err(error) => return answer_all(waiting, || alike(&error)),
            };
            let owns = self.redo_all(&mut waiting, &mut data);
            if waiting.is_empty() {
                return;
            }
            let row = match self.write(key, &loaded, &data).await {
                Ok((Swap::Done, data)) => Row { key: key.clone(), data },
                Ok((Swap::Moved(key), data)) => Row { key, data },
                Ok((Swap::Changed(fresh), _)) => {
                    turn.lost();
                    loaded = fresh;
                    continue;
                }
                Ok((Swap::Gone, _)) => return answer_all(waiting, interrupted),
                Err(error) => return answer_all(waiting, || alike(&error)),
            };
            turn.stored(row.data.clone());
            for (waiting, own) in waiting.into_iter().zip(owns) {
                let stored = Stored { own, data: data.clone(), row: row.clone() };
                let _ = waiting.outcome.send(Ok(stored));
            }
            return;
        }
        answer_all(waiting, || self.too_busy());
    }

    /// Does the logs on `data`, one after the other, and answers what it is after each. One that refuses itself leaves no
    /// trace, and waits no more.
    fn redo_all(&self, waiting: &mut Vec<Waiting>, data: &mut Data) -> Vec<Data> {
        let mut owns = Vec::with_capacity(waiting.len());
        for candidate in std::mem::take(waiting) {
            let mut own = data.clone();
            match self.redo(&candidate.log, &mut own) {
                Ok(()) => {
                    data.clone_from(&own);
                    owns.push(own);
                    waiting.push(candidate);
                }
                Err(refusal) => drop(candidate.outcome.send(Err(refusal))),
            }
        }
        owns
    }

    /// One write, and what was written.
    async fn write(&self, key: &SessionKey, loaded: &Bytes, data: &Data) -> Result<(Swap, Bytes)> {
        let record = self.encode(data, Lifetime::of(data, &self.config)?)?;
        Ok((self.store.save(key, loaded, &record).await?, record.data))
    }

    /// Takes what is stored now for the snapshot and does the log again on it.
    pub(super) fn rebase(&self, state: &mut State, key: &SessionKey, stored: Bytes) -> Result<()> {
        let mut data = self.read(&stored)?;
        self.redo(&state.log, &mut data)?;
        state.data = Some(data);
        state.row = Some(Row { key: key.clone(), data: stored });
        Ok(())
    }

    fn read(&self, stored: &[u8]) -> Result<Data> {
        match decode(&self.format, stored)? {
            Read::Session(data) => Ok(data),
            Read::Foreign(error) => Err(foreign(&error)),
        }
    }

    fn redo(&self, log: &[Operation], data: &mut Data) -> Result<()> {
        let overwritten = replay(log, data)?.overwritten;
        if overwritten.is_empty() {
            return Ok(());
        }
        if self.config.strict {
            return Err(Error::conflict("another request changed the same session entry meanwhile"));
        }
        self.overwritten.fetch_add(overwritten.len() as u64, Ordering::Relaxed);
        if self.config.debug {
            tracing::warn!(
                target: "nuages::session",
                keys = ?overwritten,
                "another request's value was overwritten; `Session::update` would have kept both"
            );
        }
        Ok(())
    }
}

fn answer_all(waiting: Vec<Waiting>, error: impl Fn() -> Error) {
    for waiting in waiting {
        let _ = waiting.outcome.send(Err(error()));
    }
}

/// An error of one write, for each of those who wrote.
fn alike(error: &Error) -> Error {
    let same = Error::new(error.kind(), error.message().to_owned());
    match error.retry_after() {
        Some(wait) => same.with_retry_after(wait),
        None => same,
    }
}
