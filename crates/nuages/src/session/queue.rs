//! Saves of one session wait for each other inside a process, in order of arrival.
//!
//! Compare-and-swap alone would be enough for correctness; the queue spares the retries. Whoever saved last leaves the
//! stored bytes for the next in line, who replays on them without reading the store again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use nuages_wire::session::SessionKey;
use tokio::sync::OwnedMutexGuard;

type Slot = Arc<tokio::sync::Mutex<Option<Bytes>>>;

/// The sessions that are being saved now.
#[derive(Debug, Default)]
pub(super) struct Queue {
    slots: Mutex<HashMap<SessionKey, Slot>>,
}

/// One session's turn to save; the next one's begins when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    queue: &'a Queue,
    key: &'a SessionKey,
    last: OwnedMutexGuard<Option<Bytes>>,
}

impl Queue {
    /// Waits until every earlier save of `key` is over.
    pub(super) async fn enter<'a>(&'a self, key: &'a SessionKey) -> Turn<'a> {
        let slot = self.slots().entry(key.clone()).or_default().clone();
        Turn { queue: self, key, last: slot.lock_owned().await }
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<SessionKey, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// The bytes that the save before this one left in the store, if it is known.
    pub(super) fn last(&self) -> Option<&Bytes> {
        self.last.as_ref()
    }

    /// Tells the next in line what is stored now; `None` when it is not known.
    pub(super) fn leave(&mut self, stored: Option<Bytes>) {
        *self.last = stored;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut slots = self.queue.slots();
        // The map and this guard hold one count each; a waiter would hold a third.
        if slots.get(self.key).is_some_and(|slot| Arc::strong_count(slot) <= 2) {
            slots.remove(self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_turn_passes_on_what_it_left_and_the_last_one_cleans_up() {
        let key = SessionKey::parse("abcdefgh").unwrap();
        let queue = Arc::new(Queue::default());
        let mut first = queue.enter(&key).await;
        let waiting = tokio::spawn({
            let (queue, key) = (queue.clone(), key.clone());
            async move { queue.enter(&key).await.last().cloned() }
        });
        while Arc::strong_count(&queue.slots()[&key]) < 3 {
            tokio::task::yield_now().await;
        }
        first.leave(Some(Bytes::from_static(b"stored")));
        drop(first);
        assert_eq!(waiting.await.unwrap().as_deref(), Some(&b"stored"[..]));
        assert!(queue.slots().is_empty());
        assert_eq!(queue.enter(&key).await.last(), None);
    }
}
