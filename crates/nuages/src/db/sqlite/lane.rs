//! Threads that own a SQLite connection each and take their work from one queue.
//!
//! Of those without work the one that worked last is woken: its statements and pages are still at hand.
//!
//! Work that finds all threads busy for a while gets another thread, so that a few long statements do not hold up the
//! short ones; the additional threads end when they have been idle.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Thread, current, park, park_timeout};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::connection::Connection;
use crate::db::DbError;

/// How long work waits for a busy thread before another is started.
const PATIENCE: Duration = Duration::from_millis(4);
/// How long an additional thread stays without work.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce(&mut Connection) + Send>;
type Open = dyn Fn() -> Result<Connection, DbError> + Send + Sync;

/// A queue of work and the threads behind it; they end when it is dropped.
pub(super) struct Lane {
    name: &'static str,
    queue: Arc<Queue>,
    open: Arc<Open>,
    most: usize,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    /// Threads without work, and those that were woken and have not looked for it yet.
    idle: usize,
    /// Threads without work that nobody has woken; who fell asleep last is last.
    asleep: Vec<Thread>,
    closed: bool,
}

impl Lane {
    /// Starts `threads` threads, each on a connection of its own; fails when one cannot be opened. Under long
    /// statements there are up to `most`.
    pub(super) async fn start(
        name: &'static str,
        threads: usize,
        most: usize,
        open: impl Fn() -> Result<Connection, DbError> + Send + Sync + 'static,
    ) -> Result<Self, DbError> {
        let lane = Self { name, queue: Arc::default(), open: Arc::new(open), most };
        let mut opened = Vec::with_capacity(threads);
        for _ in 0..threads {
            let (report, outcome) = oneshot::channel();
            lane.add(None, report)?;
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
        let (reply, mut answer) = oneshot::channel();
        let is_taken = self.queue.push(Box::new(move |connection| {
            if !reply.is_closed() {
                drop(reply.send(work(connection)));
            }
        }));
        let mut may_wait = !is_taken && self.most > 1;
        while may_wait {
            if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut answer).await {
                return answer.map_err(|_| gone());
            }
            if self.queue.wants_help(self.most) {
                // A connection that cannot be opened leaves the work to the threads that are there.
                may_wait = self.add(Some(IDLE), oneshot::channel().0).is_ok();
            }
        }
        answer.await.map_err(|_| gone())
    }

    fn add(
        &self,
        idle: Option<Duration>,
        report: oneshot::Sender<Result<(), DbError>>,
    ) -> Result<(), DbError> {
        let (queue, open) = (Arc::clone(&self.queue), Arc::clone(&self.open));
        queue.lock().threads += 1;
        let counted = Counted(Arc::clone(&queue));
        thread(self.name, move || {
            let _counted = counted;
            match open() {
                Ok(connection) => {
                    drop(report.send(Ok(())));
                    queue.serve(connection, idle);
                }
                Err(error) => drop(report.send(Err(error))),
            }
        })
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.closed = true;
        state.asleep.drain(..).for_each(|thread| thread.unpark());
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a thread is free for it.
    fn push(&self, job: Job) -> bool {
        let mut state = self.lock();
        state.jobs.push_back(job);
        let is_taken = state.jobs.len() <= state.idle;
        let sleeper = state.asleep.pop();
        drop(state);
        if let Some(sleeper) = sleeper {
            sleeper.unpark();
        }
        is_taken
    }

    /// Whether more work waits than threads are free for it, and there may be another one.
    fn wants_help(&self, most: usize) -> bool {
        let state = self.lock();
        state.jobs.len() > state.idle && state.threads < most
    }

    fn serve(&self, mut connection: Connection, idle: Option<Duration>) {
        while let Some(job) = self.next(idle) {
            job(&mut connection);
        }
    }

    /// The next work; `None` when the lane is closed, or nothing has come for as long as `idle`.
    fn next(&self, idle: Option<Duration>) -> Option<Job> {
        let end = idle.map(|idle| Instant::now() + idle);
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if state.closed || left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            state = self.sleep(state, left);
        }
    }

    /// Sleeps until it is woken, for as long as there is `left`, or by chance for less.
    fn sleep<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        left: Option<Duration>,
    ) -> MutexGuard<'a, State> {
        let id = current().id();
        state.idle += 1;
        state.asleep.push(current());
        drop(state);
        left.map_or_else(park, park_timeout);
        let mut state = self.lock();
        state.idle -= 1;
        state.asleep.retain(|sleeper| sleeper.id() != id);
        state
    }
}

/// A thread of the queue, counted as long as it is there.
struct Counted(Arc<Queue>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.lock().threads -= 1;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_thread_that_is_promised_to_other_work_is_no_help() {
        let queue = Queue::default();
        let with = |jobs: usize, idle: usize, threads: usize| {
            let mut state = queue.lock();
            state.jobs = (0..jobs).map(|_| -> Job { Box::new(|_| {}) }).collect();
            (state.idle, state.threads) = (idle, threads);
        };
        for (jobs, idle, threads, wants) in
            [(1, 1, 4, false), (2, 1, 4, true), (1, 0, 4, true), (1, 0, 16, false), (0, 0, 4, false)]
        {
            with(jobs, idle, threads);
            assert_eq!(queue.wants_help(16), wants, "{jobs} jobs, {idle} of {threads} threads idle");
        }
    }

    #[tokio::test]
    async fn who_worked_last_works_next() {
        let lane = Lane::start("test", 3, 3, || Connection::writer(None)).await.unwrap();
        let mut workers = HashSet::new();
        for _ in 0..10 {
            while lane.queue.lock().asleep.len() < 3 {
                std::thread::yield_now();
            }
            workers.insert(lane.call(|_| current().id()).await.unwrap());
        }
        assert_eq!(workers.len(), 1);
    }
}
