//! Single flight: of all who miss one key, one computes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// The keys that are being computed in this process.
#[derive(Default)]
pub(super) struct Flights {
    by_key: Mutex<HashMap<String, Flight>>,
}

/// One key's queue.
#[derive(Default)]
struct Flight {
    turn: Arc<tokio::sync::Mutex<()>>,
    waiting: usize,
    /// How often the key was written or deleted while the flight was on.
    overtaken: u64,
}

impl Flights {
    /// Waits until nobody else computes `key`.
    pub(super) async fn enter(&self, key: &str) -> Turn<'_> {
        let (seat, turn) = {
            let mut by_key = self.lock();
            let flight = by_key.entry(key.to_owned()).or_default();
            flight.waiting += 1;
            (Seat { flights: self, key: key.to_owned() }, Arc::clone(&flight.turn))
        };
        let turn = turn.lock_owned().await;
        let overtaken = self.lock().get(key).map_or(0, |flight| flight.overtaken);
        Turn { seat, overtaken, _turn: turn }
    }

    /// Runs `write` such that a value computed from what was before it is not stored after it.
    pub(super) fn overtake<R>(&self, key: &str, write: impl FnOnce() -> R) -> R {
        let mut by_key = self.lock();
        if let Some(flight) = by_key.get_mut(key) {
            flight.overtaken += 1;
        }
        write()
    }

    /// As [`Flights::overtake`] for every key.
    pub(super) fn overtake_all(&self, write: impl FnOnce()) {
        let mut by_key = self.lock();
        by_key.values_mut().for_each(|flight| flight.overtaken += 1);
        write();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Flight>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue; given back when the one who waited goes away, however that happens.
struct Seat<'a> {
    flights: &'a Flights,
    key: String,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut by_key = self.flights.lock();
        if let Some(flight) = by_key.get_mut(&self.key) {
            flight.waiting -= 1;
            if flight.waiting == 0 {
                by_key.remove(&self.key);
            }
        }
    }
}

/// The right to compute a key.
pub(super) struct Turn<'a> {
    seat: Seat<'a>,
    overtaken: u64,
    _turn: OwnedMutexGuard<()>,
}

impl Turn<'_> {
    /// Runs `store`, unless the key was written or deleted since the turn began.
    pub(super) fn land<R>(&self, store: impl FnOnce() -> R) -> Option<R> {
        let by_key = self.seat.flights.lock();
        let overtaken = by_key.get(&self.seat.key).map_or(0, |flight| flight.overtaken);
        (overtaken == self.overtaken).then(store)
    }
}
