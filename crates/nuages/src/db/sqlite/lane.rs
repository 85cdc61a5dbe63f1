//! Threads that own a SQLite connection each and take their work from one queue.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::connection::Connection;
use crate::db::DbError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A queue of work and the threads behind it; they end when it is dropped.
pub(super) struct Lane {
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Lane {
    /// Starts `threads` threads, each on a connection of its own; fails when one cannot be opened.
    pub(super) async fn start(
        name: &str,
        threads: usize,
        open: impl Fn() -> Result<Connection, DbError> + Send + Sync + 'static,
    ) -> Result<Self, DbError> {
        let lane = Self { queue: Arc::default() };
        let open = Arc::new(open);
        let mut opened = Vec::with_capacity(threads);
        for _ in 0..threads {
            let (queue, open) = (Arc::clone(&lane.queue), Arc::clone(&open));
            let (report, outcome) = oneshot::channel();
            let thread = move || match open() {
                Ok(connection) => {
                    if report.send(Ok(())).is_ok() {
                        queue.serve(connection);
                    }
                }
                Err(error) => drop(report.send(Err(error))),
            };
            self::thread(name, thread)?;
            opened.push(outcome);
        }
        for outcome in opened {
            outcome.await.map_err(|_| gone())??;
        }
        Ok(lane)
    }

    /// Runs `work` on a connection. Work whose caller is gone before its turn is not begun.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, DbError> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(move |connection| {
            if !reply.is_closed() {
                drop(reply.send(work(connection)));
            }
        }));
        answer.await.map_err(|_| gone())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.wake.notify_all();
    }
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job) {
        self.lock().jobs.push_back(job);
        self.wake.notify_one();
    }

    fn serve(&self, mut connection: Connection) {
        while let Some(job) = self.next() {
            job(&mut connection);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Starts a thread that nobody waits for.
pub(super) fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started
        .map(drop)
        .map_err(|error| DbError::unavailable("cannot start a database thread").with_source(error))
}

fn gone() -> DbError {
    DbError::unavailable("the database's thread has ended")
}
