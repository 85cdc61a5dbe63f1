//! Which function runs which task, and what runs every so often.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use nuages_wire::json::{Value, from_value};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

type Run = Pin<Box<dyn Future<Output = Result<()>> + Send>>;
type Handler<C> = Arc<dyn Fn(C, &str) -> Run + Send + Sync>;

/// The handlers of a site's tasks, by name, and its schedules. `C` is what each handler is given beside its arguments;
/// a site's is its `App`.
pub struct TaskSet<C> {
    handlers: BTreeMap<String, Handler<C>>,
    schedules: Vec<(String, Duration)>,
    /// A name that was given two handlers.
    twice: Option<String>,
}

impl<C: Send + 'static> TaskSet<C> {
    /// No tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tasks called `name` are run by `handler`, which is given the arguments that were enqueued.
    ///
    /// An `Err` and a panic are a failed try. The handler may run twice for one task, see [the module](super).
    #[must_use]
    pub fn task<T, F, Fut>(mut self, name: &str, handler: F) -> Self
    where
        T: DeserializeOwned,
        F: Fn(C, T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let run = move |context: C, args: &str| -> Run {
            match read(args) {
                Ok(args) => Box::pin(handler(context, args)),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        };
        self.add(name.to_owned(), Arc::new(run));
        self
    }

    /// Runs the task `name` every `period` with the arguments `null` (`()`), once for all processes on the database. The
    /// first time is one period after the schedule is first seen; times missed while no process ran are not caught up.
    #[must_use]
    pub fn every(mut self, period: Duration, name: &str) -> Self {
        self.schedules.push((name.to_owned(), period));
        self
    }

    /// These tasks and those of `other`.
    #[must_use]
    pub fn include(mut self, other: Self) -> Self {
        self.twice = self.twice.or(other.twice);
        for (name, handler) in other.handlers {
            self.add(name, handler);
        }
        self.schedules.extend(other.schedules);
        self
    }

    /// The tasks' names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.handlers.keys().map(String::as_str)
    }

    fn add(&mut self, name: String, handler: Handler<C>) {
        if self.handlers.insert(name.clone(), handler).is_some() {
            self.twice = Some(name);
        }
    }

    pub(super) fn schedules(&self) -> &[(String, Duration)] {
        &self.schedules
    }

    /// # Errors
    /// What cannot work: two handlers for a name, a schedule without a handler, or of less than a second.
    pub(super) fn validate(&self) -> Result<()> {
        if let Some(name) = &self.twice {
            return Err(Error::configuration(format!("the task {name} has two handlers")));
        }
        for (name, period) in &self.schedules {
            if !self.handlers.contains_key(name) {
                return Err(Error::configuration(format!("the schedule of {name} names no task")));
            }
            if *period < Duration::from_secs(1) {
                return Err(Error::configuration(format!(
                    "the task {name} is to run more than once a second"
                )));
            }
        }
        Ok(())
    }

    pub(super) async fn run(&self, context: C, name: &str, args: &str) -> Result<()> {
        match self.handlers.get(name) {
            Some(handler) => handler(context, args).await,
            None => Err(Error::configuration("no handler of this name is known to this process")),
        }
    }
}

/// The arguments of a task, which another program may have written.
fn read<T: DeserializeOwned>(args: &str) -> Result<T> {
    from_value(&args.parse::<Value>().map_err(Error::internal)?).map_err(Error::internal)
}

impl<C> Default for TaskSet<C> {
    fn default() -> Self {
        Self { handlers: BTreeMap::new(), schedules: Vec::new(), twice: None }
    }
}

impl<C> Clone for TaskSet<C> {
    fn clone(&self) -> Self {
        let Self { handlers, schedules, twice } = self;
        Self { handlers: handlers.clone(), schedules: schedules.clone(), twice: twice.clone() }
    }
}

impl<C> fmt::Debug for TaskSet<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskSet")
            .field("handlers", &self.handlers.keys())
            .field("schedules", &self.schedules)
            .finish()
    }
}
