//! Single flight: of all who miss one key in this process, one computes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// The keys that are being computed in this process.
#[derive(Debug, Default)]
pub(super) struct Flights {
    by_key: Mutex<HashMap<String, Flight>>,
}

/// One key's queue.
#[derive(Debug, Default)]
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
        let (turn, waited) = match Arc::clone(&turn).try_lock_owned() {
            Ok(turn) => (turn, false),
            Err(_) => (turn.lock_owned().await, true),
        };
        let overtaken = self.lock().get(key).map_or(0, |flight| flight.overtaken);
        Turn { seat, overtaken, waited, _turn: turn }
    }

    /// Told before `key` is written or deleted: a value computed from what was there before is not to stay.
    pub(super) fn overtake(&self, key: &str) {
        if let Some(flight) = self.lock().get_mut(key) {
            flight.overtaken += 1;
        }
    }

    /// As [`Flights::overtake`] for every key.
    pub(super) fn overtake_all(&self) {
        self.lock().values_mut().for_each(|flight| flight.overtaken += 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Flight>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue; given back when the one who waited goes away, however that happens.
#[derive(Debug)]
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
#[derive(Debug)]
pub(super) struct Turn<'a> {
    seat: Seat<'a>,
    overtaken: u64,
    /// Whether somebody else had the turn before, and may have stored the value.
    pub(super) waited: bool,
    _turn: OwnedMutexGuard<()>,
}

impl Turn<'_> {
    /// Whether the key was written or deleted since the turn began.
    pub(super) fn overtaken(&self) -> bool {
        let by_key = self.seat.flights.lock();
        by_key.get(&self.seat.key).is_none_or(|flight| flight.overtaken != self.overtaken)
    }
}
