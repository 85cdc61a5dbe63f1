//! `serve`: answers requests, and runs the tasks of this process.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::require_migrated;
use crate::error::{Error, Result};
use crate::server::{self, Limits};
use crate::site::{Built, Command};

/// Where a site that has such a page shows its mails while DEBUG.
const MAILBOX: &str = "/dev/mail";

/// Serves until Ctrl-C or SIGTERM; then running requests and tasks are finished.
pub(super) async fn serve(site: Built, bind: SocketAddr, commands: &[Command]) -> Result<()> {
    let settings = site.app.settings.clone();
    if settings.demo {
        if !bind.ip().is_loopback() {
            return Err(Error::configuration(format!(
                "--bind {bind}: a demo listens on the loopback only; write a nuages.toml or set NUAGES_SECRET_KEY to serve others"
            )));
        }
        site.migrate().await?;
        for command in commands.iter().filter(|command| command.in_demo) {
            command.run(site.app.clone()).await?;
        }
    } else {
        require_migrated(&site).await?;
    }
    let listener = TcpListener::bind(bind).await.map_err(|error| {
        Error::configuration(format!("--bind {bind}: cannot listen there")).with_source(error)
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    println!("serving http://{address} (Ctrl-C drains and stops)");
    if settings.debug && site.app.urls.resolve(MAILBOX).is_some() {
        println!("mail appears at http://{address}{MAILBOX}");
    }

    let (stop, stopped) = watch::channel(false);
    let worker = (settings.task_workers > 0).then(|| {
        let (app, mut stopped) = (site.app.clone(), stopped.clone());
        let told = async move {
            // An error means that the sender is gone, which is an end as well.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        tokio::spawn(async move { app.tasks.run_worker(app.clone(), site.tasks, told).await })
    });
    server::serve(site.router, listener, server::signal(), Limits::from(&*settings)).await;
    println!("stopping");
    stop.send_replace(true);
    if let Some(worker) = worker {
        worker.await.map_err(Error::internal)??;
    }
    Ok(())
}
