//! Saves of one session wait for each other inside a process, in order of arrival.
//!
//! Compare-and-swap alone would be enough for correctness; the queue spares the retries. Whoever saved last leaves the
//! stored bytes for the next in line, who replays on them without reading the store again. Those who wait leave their logs:
//! the next in line does them all, one after the other, and stores the outcome with one write.
//!
//! Between processes that would be unfair: who was slower learns of it when the faster one is already at its next save, so
//! among equals the slower one stays the slower one. A process that has saved a session for a while without a pause
//! therefore makes one, in which another can come first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use nuages_wire::session::{Data, SessionKey};
use tokio::sync::{MutexGuard, oneshot};
use tokio::time::Instant;

use super::operations::Operation;
use super::state::Row;
use crate::error::Result;

/// How long a process saves one session without a pause, as far as it knows nobody else does.
const ALONE: Duration = Duration::from_millis(50);

/// How long it does when another process was faster in that time.
const CONTENDED: Duration = Duration::from_millis(5);

/// However slow they are, so many saves come before a pause: else most of the time would be pauses.
const FEWEST: u32 = 4;

/// However slow a save was, the pause after it is not longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

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

/// One session's saves.
#[derive(Debug, Default)]
struct Line {
    baton: tokio::sync::Mutex<Baton>,
    waiting: Mutex<Vec<Waiting>>,
}

/// A save that waits: any other may do it with its own.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The stored bytes that its snapshot came from.
    pub(super) loaded: Bytes,
    pub(super) log: Vec<Operation>,
    pub(super) outcome: oneshot::Sender<Result<Stored>>,
}

/// What became of a save that another one did.
#[derive(Debug)]
pub(super) struct Stored {
    /// The session with this save's changes and those of all before it.
    pub(super) own: Data,
    /// The session as it is stored, with the changes of those after it that were stored together with it.
    pub(super) data: Data,
    pub(super) row: Row,
}

/// A key is as good as drawn by chance: what is in line was stored before, or is signed.
type Lines = HashMap<SessionKey, Arc<Line>, foldhash::fast::RandomState>;

/// The sessions that are being saved now.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lines: Mutex<Lines>,
}

/// A place in a session's line.
#[derive(Debug)]
pub(super) struct Place<'a> {
    queue: &'a Queue,
    key: &'a SessionKey,
    line: Arc<Line>,
}

/// One session's turn to save; the next one's begins when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    baton: MutexGuard<'a, Baton>,
    began: Instant,
}

impl Queue {
    /// A place among the saves of `key`.
    pub(super) fn place<'a>(&'a self, key: &'a SessionKey) -> Place<'a> {
        Place { queue: self, key, line: self.lines().entry(key.clone()).or_default().clone() }
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Waits until every earlier save is over.
    pub(super) async fn turn(&self) -> Turn<'_> {
        Turn::begin(self.line.baton.lock().await).await
    }

    /// The turn, if nobody is before.
    pub(super) async fn turn_at_once(&self) -> Option<Turn<'_>> {
        let baton = self.line.baton.try_lock().ok()?;
        Some(Turn::begin(baton).await)
    }

    /// Leaves a log for whoever has the next turn.
    pub(super) fn leave(&self, loaded: Bytes, log: Vec<Operation>) -> oneshot::Receiver<Result<Stored>> {
        let (outcome, stored) = oneshot::channel();
        self.waiting().push(Waiting { loaded, log, outcome });
        stored
    }

    /// Takes what was left, for the one whose turn it is.
    pub(super) fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.waiting())
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.line.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Turn<'a> {
    async fn begin(baton: MutexGuard<'a, Baton>) -> Self {
        let mut turn = Self { baton, began: Instant::now() };
        turn.let_others_go_first().await;
        turn
    }

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

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lines = self.queue.lines();
        // The map and this place hold one count each; another place would hold a third.
        if Arc::strong_count(&self.line) <= 2 {
            lines.remove(self.key);
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
        let queue = Queue::default();
        let (first, second) = (queue.place(&key), queue.place(&key));
        let mut turn = first.turn_at_once().await.unwrap();
        assert!(second.turn_at_once().await.is_none());
        let outcome = second.leave(Bytes::new(), Vec::new());
        turn.stored(Bytes::from_static(b"stored"));
        drop(turn);
        drop(first);
        assert_eq!(second.turn().await.last().as_deref(), Some(&b"stored"[..]));
        assert_eq!(second.take().len(), 1);
        assert!(outcome.await.is_err());
        assert_eq!(queue.lines().len(), 1);
        drop(second);
        assert!(queue.lines().is_empty());
        assert_eq!(queue.place(&key).turn().await.last(), None);
    }

    /// How long the next in line waits after `saves` that took `took` each.
    async fn pause_after(saves: u32, took: Duration, contended: bool) -> Duration {
        let (queue, key) = (Queue::default(), SessionKey::parse("abcdefgh").unwrap());
        let place = queue.place(&key);
        let mut turn = place.turn().await;
        if contended {
            turn.lost();
        }
        let mut pause = Duration::ZERO;
        for _ in 0..saves {
            tokio::time::advance(took).await;
            turn.stored(Bytes::new());
            drop(turn);
            let waiting = Instant::now();
            turn = place.turn().await;
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
