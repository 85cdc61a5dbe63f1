//! Saves of one session wait for each other inside a process, in order of arrival.
//!
//! Compare-and-swap alone would be enough for correctness; the queue spares the retries. Whoever saved last leaves the
//! stored bytes for the next in line, who replays on them without reading the store again.
//!
//! Between processes that would be unfair: who was slower learns of it when the faster one is already at its next save, so
//! among equals the slower one stays the slower one. A process that has saved a session for a while without a pause
//! therefore makes one, in which another can come first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use nuages_wire::session::SessionKey;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// How long a process saves one session without a pause, as far as it knows nobody else does.
const ALONE: Duration = Duration::from_millis(50);

/// How long it does when another process was faster in that time.
const CONTENDED: Duration = Duration::from_millis(5);

/// However slow they are, so many saves come before a pause: else most of the time would be pauses.
const FEWEST: u32 = 4;

/// However slow a save was, the pause after it is not longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

type Slot = Arc<tokio::sync::Mutex<Baton>>;

/// What one save tells the next.
#[derive(Debug, Default)]
struct Baton {
    /// The bytes in the store, if they are known.
    stored: Option<Bytes>,
    /// Since when this process has saved without a pause.
    since: Option<Instant>,
    /// Another process was faster since then.
    contended: bool,
    /// How long the last save took.
    took: Duration,
}

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
    baton: OwnedMutexGuard<Baton>,
    began: Instant,
}

impl Queue {
    /// Waits until every earlier save of `key` is over.
    pub(super) async fn enter<'a>(&'a self, key: &'a SessionKey) -> Turn<'a> {
        let slot = self.slots().entry(key.clone()).or_default().clone();
        let mut turn = Turn { queue: self, key, baton: slot.lock_owned().await, began: Instant::now() };
        turn.let_others_go_first().await;
        turn
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<SessionKey, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Takes the bytes that the save before this one left in the store, if they are known. Until [`Turn::stored`] they
    /// are not known any more.
    pub(super) fn last(&mut self) -> Option<Bytes> {
        self.baton.stored.take()
    }

    /// Another process was faster.
    pub(super) fn lost(&mut self) {
        self.began = Instant::now();
        self.baton.since = Some(self.began);
        self.baton.contended = true;
    }

    /// Tells the next in line what is stored now.
    pub(super) fn stored(&mut self, data: Bytes) {
        self.baton.took = self.began.elapsed();
        self.baton.stored = Some(data);
    }

    /// Waits for as long as two saves take, when this process has been at it for long enough: one that a slower process
    /// has begun already, and the one that it begins when it has learnt what is stored.
    async fn let_others_go_first(&mut self) {
        let Baton { since, contended, took, .. } = *self.baton;
        let limit = if contended { CONTENDED } else { ALONE }.max(FEWEST * took);
        match since {
            Some(since) if since.elapsed() > limit => {
                tokio::time::sleep((2 * took).min(LONGEST_PAUSE)).await;
                self.began = Instant::now();
                self.baton.since = Some(self.began);
                self.baton.contended = false;
            }
            Some(_) => {}
            None => self.baton.since = Some(self.began),
        }
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
            async move { queue.enter(&key).await.last() }
        });
        while Arc::strong_count(&queue.slots()[&key]) < 3 {
            tokio::task::yield_now().await;
        }
        first.stored(Bytes::from_static(b"stored"));
        drop(first);
        assert_eq!(waiting.await.unwrap().as_deref(), Some(&b"stored"[..]));
        assert!(queue.slots().is_empty());
        assert_eq!(queue.enter(&key).await.last(), None);
    }
    /// How long the next in line waits after `saves` that took `took` each.
    async fn pause_after(saves: u32, took: Duration, contended: bool) -> Duration {
        let (queue, key) = (Queue::default(), SessionKey::parse("abcdefgh").unwrap());
        let mut turn = queue.enter(&key).await;
        // Somebody stands behind it, so what it tells is kept.
        let _waiting = queue.slots()[&key].clone();
        if contended {
            turn.lost();
        }
        let mut pause = Duration::ZERO;
        for _ in 0..saves {
            tokio::time::advance(took).await;
            turn.stored(Bytes::new());
            drop(turn);
            let waiting = Instant::now();
            turn = queue.enter(&key).await;
            pause = waiting.elapsed();
        }
        pause
    }

    #[tokio::test(start_paused = true)]
    async fn who_saves_for_long_lets_others_go_first() {
        let pause = async |saves, took, contended| {
            pause_after(saves, Duration::from_millis(took), contended).await.as_millis()
        };
        assert_eq!(pause(10, 5, false).await, 0, "as long as it knows of nobody");
        assert_eq!(pause(11, 5, false).await, 10);
        assert_eq!(pause(5, 1, true).await, 0);
        assert_eq!(pause(6, 1, true).await, 2, "another process was faster");
        assert_eq!(pause(4, 40, true).await, 0, "slow saves are a few before a pause");
        assert_eq!(pause(5, 40, true).await, 50);
    }
}
