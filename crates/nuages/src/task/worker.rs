//! The worker: takes what is due, runs it, and gives it back when it fails.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::db::Tx;
use crate::error::{Error, Result};

use super::queue::{self, Claim};
use super::{TaskSet, Tasks};

impl Tasks {
    /// Runs tasks until `shutdown` is done, then finishes those that it is running and returns. A database that is away
    /// is asked again; dropped, the worker leaves its tasks to the next one after their lease.
    ///
    /// # Errors
    /// When `set` cannot work: two handlers for a name, a schedule for a task that it does not have.
    pub async fn run_worker<C>(
        &self,
        context: C,
        set: TaskSet<C>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<()>
    where
        C: Clone + Send + Sync + 'static,
    {
        set.validate()?;
        let set = Arc::new(set);
        let mut shutdown = pin!(shutdown);
        let mut running = JoinSet::new();
        let mut scheduled = false;
        loop {
            if let Err(error) = self.begin_due(&context, &set, &mut running, &mut scheduled).await {
                tracing::error!(target: "nuages::task", %error, "the outbox cannot be read");
            }
            tokio::select! {
                () = &mut shutdown => break,
                () = self.news.notified() => {}
                () = tokio::time::sleep(self.options.poll) => {}
                Some(_) = running.join_next() => {}
            }
        }
        while running.join_next().await.is_some() {}
        Ok(())
    }

    /// Runs what is due, and what that enqueues, one after another until nothing is due; how many tries it were. For
    /// tests, and for a site whose tasks are run by a timer of its own.
    ///
    /// # Errors
    /// When the database cannot be used; a task that fails is no error here.
    pub async fn run_once<C>(&self, context: C, set: &TaskSet<C>) -> Result<usize>
    where
        C: Clone + Send + Sync + 'static,
    {
        set.validate()?;
        self.add_schedules(set).await?;
        let mut tries = 0;
        loop {
            self.enqueue_scheduled(set).await?;
            let Some(claim) = self.claim_next(1).await?.pop() else { return Ok(tries) };
            self.run(context.clone(), set, claim).await;
            tries += 1;
        }
    }

    async fn begin_due<C>(
        &self,
        context: &C,
        set: &Arc<TaskSet<C>>,
        running: &mut JoinSet<()>,
        scheduled: &mut bool,
    ) -> Result<()>
    where
        C: Clone + Send + Sync + 'static,
    {
        if !*scheduled {
            self.add_schedules(set).await?;
            *scheduled = true;
        }
        self.enqueue_scheduled(set).await?;
        let free = self.options.concurrency.max(1).saturating_sub(running.len());
        if free == 0 {
            return Ok(());
        }
        for claim in self.claim_next(free).await? {
            let (tasks, context, set) = (self.clone(), context.clone(), Arc::clone(set));
            running.spawn(async move { tasks.run(context, &set, claim).await });
        }
        Ok(())
    }

    /// Takes up to `limit` tasks. When all that were due went to other workers, there may be more.
    async fn claim_next(&self, limit: usize) -> Result<Vec<Claim>> {
        loop {
            let due = queue::due(&self.db, limit).await?;
            let found = due.len();
            let mut claims = Vec::with_capacity(found);
            for id in due {
                let token = self.new_id()?.to_string();
                match queue::claim(&self.db, &id, token, self.after(self.options.lease)).await {
                    Ok(claim) => claims.extend(claim),
                    Err(error) if claims.is_empty() => return Err(error.into()),
                    Err(_) => break,
                }
            }
            if found == 0 || !claims.is_empty() {
                return Ok(claims);
            }
        }
    }

    async fn run<C>(&self, context: C, set: &TaskSet<C>, claim: Claim)
    where
        C: Clone + Send + Sync + 'static,
    {
        let handler = async {
            if claim.attempt > self.options.max_attempts {
                return Err(Error::unavailable("the process ended during the last try"));
            }
            set.run(context, &claim.name, &claim.args).await
        };
        let outcome = tokio::select! {
            outcome = AssertUnwindSafe(handler).catch_unwind() => outcome.unwrap_or_else(|panic| Err(panicked(&*panic))),
            () = self.lose_lease(&claim) => {
                tracing::warn!(target: "nuages::task", id = claim.id, task = claim.name, "lost its lease");
                return;
            }
        };
        let kept = match outcome {
            Ok(()) => queue::finish(&self.db, &claim).await,
            Err(error) => {
                let again =
                    (claim.attempt < self.options.max_attempts).then(|| self.after(self.wait(claim.attempt)));
                let Claim { id, name, attempt, .. } = &claim;
                tracing::warn!(target: "nuages::task", id, task = name, attempt, ?again, %error, "task failed");
                queue::fail(&self.db, &claim, &error.to_string(), again).await
            }
        };
        if let Err(error) = kept {
            tracing::error!(target: "nuages::task", id = claim.id, task = claim.name, %error, "will run again");
        }
    }

    /// Renews the lease for as long as it can, and returns when it is or may be another's.
    async fn lose_lease(&self, claim: &Claim) {
        let mut held_since = Instant::now();
        loop {
            tokio::time::sleep(self.options.lease / 3).await;
            let asked = Instant::now();
            // A database that does not answer must not make the lease look longer than it is.
            let left = self.options.lease.saturating_sub(held_since.elapsed());
            let renewal = queue::renew(&self.db, claim, self.after(self.options.lease));
            match tokio::time::timeout(left, renewal).await {
                Ok(Ok(true)) => held_since = asked,
                Ok(Err(_)) if held_since.elapsed() < self.options.lease => {}
                _ => return,
            }
        }
    }

    async fn add_schedules<C: Send + 'static>(&self, set: &TaskSet<C>) -> Result<()> {
        for (name, period) in set.schedules() {
            queue::add_schedule(&self.db, name, self.after(*period)).await?;
        }
        Ok(())
    }

    /// Enqueues the schedules whose time has come; the one process that moves the schedule's row on does it.
    async fn enqueue_scheduled<C: Send + 'static>(&self, set: &TaskSet<C>) -> Result<()> {
        if set.schedules().is_empty() {
            return Ok(());
        }
        let due = queue::due_schedules(&self.db).await?;
        for (name, period) in set.schedules().iter().filter(|(name, _)| due.contains(name)) {
            let (tasks, name, next) = (self.clone(), name.clone(), self.after(*period));
            let step = move |tx: Tx| async move {
                if queue::advance_schedule(&tx, &name, next).await? {
                    tasks.enqueue(&tx, &name, &()).await?;
                }
                Ok::<_, Error>(())
            };
            self.db.transaction(step).await?;
        }
        Ok(())
    }

    fn after(&self, wait: Duration) -> Timestamp {
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        self.db.now().checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// The wait after the `attempt`th failure: doubled with each, up to its bound.
    fn wait(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.options.backoff.saturating_mul(doubled).min(self.options.max_backoff)
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    Error::internal(format!("the handler panicked: {text}"))
}
