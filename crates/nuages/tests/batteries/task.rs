//! The outbox: nothing is lost, nothing runs twice at once, and what fails is told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use nuages::db::{DatabaseUrl, Tx};
use nuages::task::{TaskOptions, TaskSet, Tasks};
use nuages::time::Clock;
use nuages::{Error, Result};

use crate::place::{Place, on_each_database};

const LEASE: Duration = Duration::from_millis(600);

on_each_database!(
    a_task_shares_the_fate_of_its_transaction,
    two_workers_never_run_one_task_at_once,
    a_worker_of_the_same_process_is_woken_by_the_commit,
    a_worker_that_is_stopped_finishes_what_it_runs,
    what_fails_is_tried_again_and_then_given_up,
    a_task_nobody_knows_and_arguments_nobody_reads_are_told,
    a_schedule_runs_once_for_all_workers,
    a_set_that_cannot_work_is_refused,
);

fn fixed() -> Clock {
    Clock::fixed(Timestamp::from_second(1_768_478_400).unwrap())
}

fn quick() -> TaskOptions {
    TaskOptions { lease: LEASE, poll: Duration::from_millis(50), ..TaskOptions::default() }
}

/// Counts how often each number was run, and the most that ran side by side under one number.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<HashMap<u32, Runs>>>);

#[derive(Default)]
struct Runs {
    now: usize,
    at_once: usize,
    ended: usize,
}

impl Log {
    fn set(&self, takes: Duration) -> TaskSet<()> {
        let log = self.clone();
        TaskSet::new().task("count", move |(), number: u32| {
            let log = log.clone();
            async move {
                log.with(number, |runs| {
                    runs.now += 1;
                    runs.at_once = runs.at_once.max(runs.now);
                });
                tokio::time::sleep(takes).await;
                log.with(number, |runs| {
                    runs.now -= 1;
                    runs.ended += 1;
                });
                Ok(())
            }
        })
    }

    fn with<R>(&self, number: u32, change: impl FnOnce(&mut Runs) -> R) -> R {
        change(self.0.lock().unwrap().entry(number).or_default())
    }

    fn ended(&self) -> usize {
        self.0.lock().unwrap().values().map(|runs| runs.ended).sum()
    }
}

async fn until(what: impl Fn() -> bool) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it did not come to pass");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn a_task_shares_the_fate_of_its_transaction(place: Place) {
    let db = place.open(&Clock::system()).await;
    let tasks = Tasks::new(db.clone(), TaskOptions::default());
    let log = Log::default();
    for (number, keep) in [(1, false), (2, true)] {
        let tasks = tasks.clone();
        let order = move |tx: Tx| async move {
            tasks.enqueue(&tx, "count", &number).await?;
            if keep { Ok(()) } else { Err(Error::conflict("sold out")) }
        };
        assert_eq!(db.transaction(order).await.is_ok(), keep);
    }
    assert_eq!(tasks.run_once((), &log.set(Duration::ZERO)).await.unwrap(), 1);
    assert_eq!(log.with(2, |runs| runs.ended), 1);
    assert_eq!(tasks.pending().await.unwrap(), 0);
}

#[test]
fn a_process_killed_between_commit_and_run_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place(DatabaseUrl::sqlite(folder.path().join("db.sqlite3")));
    let first = runtime();
    first.block_on(async {
        let db = place.open(&Clock::system()).await;
        let tasks = Tasks::new(db.clone(), quick());
        let order = |tx: Tx| async move { tasks.enqueue(&tx, "count", &7).await };
        db.transaction(order).await.unwrap();
    });
    drop(first);
    let log = Log::default();
    runtime().block_on(async {
        let tasks = Tasks::new(place.open(&Clock::system()).await, quick());
        assert_eq!(tasks.run_once((), &log.set(Duration::ZERO)).await.unwrap(), 1);
    });
    assert_eq!(log.with(7, |runs| runs.ended), 1);
}

#[test]
fn a_process_killed_in_a_run_leaves_it_to_the_next_after_the_lease() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place(DatabaseUrl::sqlite(folder.path().join("db.sqlite3")));
    let (killed, next) = (Log::default(), Log::default());
    let first = runtime();
    first.block_on(async {
        let tasks = Tasks::new(place.open(&Clock::system()).await, quick());
        tasks.enqueue(&place.open(&Clock::system()).await, "count", &7).await.unwrap();
        let set = killed.set(Duration::from_secs(3600));
        tokio::spawn(async move { tasks.run_worker((), set, std::future::pending()).await });
        until(|| killed.with(7, |runs| runs.now == 1)).await;
    });
    first.shutdown_background();
    runtime().block_on(async {
        let tasks = Tasks::new(place.open(&Clock::system()).await, quick());
        let set = next.set(Duration::ZERO);
        assert_eq!(tasks.run_once((), &set).await.unwrap(), 0, "its lease is not over");
        let worker = tasks.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let worker =
            tokio::spawn(async move { worker.run_worker((), set, async { drop(stopped.await) }).await });
        until(|| next.ended() == 1).await;
        stop.send(()).unwrap();
        worker.await.unwrap().unwrap();
        assert_eq!(tasks.pending().await.unwrap(), 0);
    });
    assert_eq!(killed.ended(), 0);
}

async fn two_workers_never_run_one_task_at_once(place: Place) {
    let log = Log::default();
    let mut workers = Vec::new();
    let mut stops = Vec::new();
    let tasks = Tasks::new(place.open(&Clock::system()).await, quick());
    for _ in 0..2 {
        let tasks = Tasks::new(place.open(&Clock::system()).await, quick());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        // Twice as long as the lease: only its renewal keeps the other worker away.
        let set = log.set(LEASE * 2);
        workers.push(tokio::spawn(
            async move { tasks.run_worker((), set, async { drop(stopped.await) }).await },
        ));
        stops.push(stop);
    }
    let db = place.open(&Clock::system()).await;
    for number in 0..12 {
        tasks.enqueue(&db, "count", &number).await.unwrap();
    }
    until(|| log.ended() >= 12).await;
    drop(stops);
    for worker in workers {
        worker.await.unwrap().unwrap();
    }
    assert_eq!(tasks.pending().await.unwrap(), 0);
    let runs = log.0.lock().unwrap();
    assert!(runs.values().all(|runs| runs.at_once == 1 && runs.ended == 1));
}

async fn a_worker_of_the_same_process_is_woken_by_the_commit(place: Place) {
    let db = place.open(&Clock::system()).await;
    let slow = TaskOptions { poll: Duration::from_secs(3600), ..TaskOptions::default() };
    let tasks = Tasks::new(db.clone(), slow);
    let (worker, log) = (tasks.clone(), Log::default());
    let set = log.set(Duration::ZERO);
    tokio::spawn(async move { worker.run_worker((), set, std::future::pending()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    for number in 0..20 {
        let tasks = tasks.clone();
        db.transaction(move |tx: Tx| async move { tasks.enqueue(&tx, "count", &number).await })
            .await
            .unwrap();
    }
    until(|| log.ended() == 20).await;
}

async fn a_worker_that_is_stopped_finishes_what_it_runs(place: Place) {
    let db = place.open(&Clock::system()).await;
    let tasks = Tasks::new(db.clone(), TaskOptions { concurrency: 1, ..quick() });
    let log = Log::default();
    let set = log.set(Duration::from_millis(200));
    tasks.enqueue(&db, "count", &1).await.unwrap();
    tasks.enqueue(&db, "count", &2).await.unwrap();
    let begun = {
        let log = log.clone();
        async move { until(|| log.0.lock().unwrap().len() == 1).await }
    };
    tasks.run_worker((), set, begun).await.unwrap();
    assert_eq!((log.ended(), tasks.pending().await.unwrap()), (1, 1));
}

async fn what_fails_is_tried_again_and_then_given_up(place: Place) {
    let clock = fixed();
    let db = place.open(&clock).await;
    let tasks = Tasks::new(db.clone(), TaskOptions { max_attempts: 4, ..TaskOptions::default() });
    let tries = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&tries);
    let set = TaskSet::new().task("boom", move |(), text: String| {
        let counter = Arc::clone(&counter);
        async move {
            match counter.fetch_add(1, Ordering::SeqCst) {
                0 => Err(Error::unavailable("no route")),
                1 => panic!("{text}"),
                _ => Err(Error::internal("still no route")),
            }
        }
    });
    tasks.enqueue(&db, "boom", "bang").await.unwrap();
    for (wait, ran) in [(0, 1), (1, 0), (1, 1), (3, 0), (1, 1), (7, 0), (1, 1), (100_000, 0)] {
        clock.advance(SignedDuration::from_secs(wait));
        assert_eq!(tasks.run_once((), &set).await.unwrap(), ran);
    }
    let dead = tasks.dead().await.unwrap();
    assert_eq!((dead[0].name.as_str(), dead[0].attempts), ("boom", 4));
    assert!(dead[0].last_error.contains("still no route"), "{}", dead[0].last_error);
    assert!(tasks.retry(&dead[0].id).await.unwrap());
    assert!(!tasks.retry(&dead[0].id).await.unwrap());
    tries.store(1, Ordering::SeqCst);
    let one = TaskOptions { max_attempts: 1, ..TaskOptions::default() };
    assert_eq!(Tasks::new(db, one).run_once((), &set).await.unwrap(), 1);
    assert!(tasks.dead().await.unwrap()[0].last_error.contains("bang"));
}

async fn a_task_nobody_knows_and_arguments_nobody_reads_are_told(place: Place) {
    let db = place.open(&Clock::system()).await;
    let tasks = Tasks::new(db.clone(), TaskOptions { max_attempts: 1, ..TaskOptions::default() });
    let set = TaskSet::new().task("known", |(), _: u32| async { Ok(()) });
    tasks.enqueue(&db, "unknown", &()).await.unwrap();
    tasks.enqueue(&db, "known", "text").await.unwrap();
    assert_eq!(tasks.run_once((), &set).await.unwrap(), 2);
    let dead = tasks.dead().await.unwrap();
    assert!(dead.iter().any(|task| task.name == "unknown" && task.last_error.contains("no handler")));
    assert!(dead.iter().any(|task| task.name == "known" && task.last_error.contains("expected u32")));
    assert!(tasks.enqueue(&db, "", &()).await.is_err());
    assert!(tasks.enqueue(&db, "big", &"x".repeat(2 << 20)).await.is_err());
}

async fn a_schedule_runs_once_for_all_workers(place: Place) {
    let clock = fixed();
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let set = TaskSet::new()
        .task("clearsessions", move |(), ()| {
            counter.fetch_add(1, Ordering::SeqCst);
            async { Ok(()) }
        })
        .every(Duration::from_secs(3600), "clearsessions");
    let tasks = [place.open(&clock).await, place.open(&clock).await].map(|db| Tasks::new(db, quick()));
    for hour in 0..6 {
        let [one, two] = &tasks;
        let (one, two) = tokio::join!(one.run_once((), &set), two.run_once((), &set));
        assert_eq!(one.unwrap() + two.unwrap(), usize::from(hour > 0));
        assert_eq!(runs.load(Ordering::SeqCst), hour);
        clock.advance(SignedDuration::from_secs(3600));
    }
    clock.advance(SignedDuration::from_hours(1000));
    assert_eq!(tasks[0].run_once((), &set).await.unwrap(), 1, "missed times are not caught up");
}

async fn a_set_that_cannot_work_is_refused(place: Place) {
    let db = place.open(&Clock::system()).await;
    let tasks = Tasks::new(db, TaskOptions::default());
    let idle = |(): (), (): ()| async { Ok(()) };
    let set = || TaskSet::new().task("a", idle);
    let wrong =
        [set().include(set()), set().every(Duration::from_secs(60), "b"), set().every(Duration::ZERO, "a")];
    for set in wrong {
        let refused: Result<()> = tasks.run_worker((), set, std::future::ready(())).await;
        assert_eq!(refused.unwrap_err().kind(), nuages::error::ErrorKind::Configuration);
    }
}
