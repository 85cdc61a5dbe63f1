//! A subcommand of a site's own.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::App;
use crate::error::Result;

type Run = Arc<dyn Fn(App) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// A subcommand: `shop seed`.
#[derive(Clone)]
pub struct Command {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) in_demo: bool,
    run: Run,
}

impl Command {
    /// A subcommand with its name and one line about it.
    pub fn new<F, Fut>(name: &'static str, about: &'static str, run: F) -> Self
    where
        F: Fn(App) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self { name, about, in_demo: false, run: Arc::new(move |app| Box::pin(run(app))) }
    }

    /// Also run at each start of a demo, before it serves: it must do nothing when its work is done.
    #[must_use]
    pub fn in_demo(mut self) -> Self {
        self.in_demo = true;
        self
    }

    /// The subcommand's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Does what it is there for.
    ///
    /// # Errors
    /// The command's own.
    pub async fn run(&self, app: App) -> Result<()> {
        (self.run)(app).await
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command").field("name", &self.name).finish_non_exhaustive()
    }
}
