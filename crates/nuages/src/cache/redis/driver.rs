//! The task that holds a node's connection: it makes it, sends and reads, and makes it anew when it is lost.

use std::io;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::node::{Link, Shared};
use super::pump::Pump;

/// Between attempts to reach a server that is away; a server that is back is served again within the longest of them.
const BACKOFF: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
];

/// Runs until the last handle is gone.
pub(super) async fn run(shared: Arc<Shared>) {
    let _reset = Reset(&shared);
    let mut failures = 0;
    while !shared.lock().closed {
        let opened = timeout(shared.access.connect_timeout, shared.target.open(&shared.access)).await;
        let opened = opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match opened {
            Ok(stream) => {
                if failures > 0 {
                    tracing::info!(server = %shared.target, "the cache server answers again");
                }
                failures = 0;
                shared.lock().link = Link::Up;
                let lost = Pump::new(&shared, stream).run().await;
                let why: Arc<str> = lost.to_string().into();
                let mut woken = Vec::new();
                let mut state = shared.lock();
                if !state.closed {
                    tracing::warn!(server = %shared.target, error = %why, "the connection to the cache server is lost");
                }
                state.fail_sent(&why, &mut woken);
                state.stale = false;
                if lost.kind() == io::ErrorKind::TimedOut {
                    // It is there and does not answer: whoever comes now need not wait for it as well.
                    state.fail_unsent(&why, &mut woken);
                    state.link = Link::Down(why);
                    failures = 1;
                }
                drop(state);
                woken.into_iter().for_each(Waker::wake);
            }
            Err(error) => {
                let why: Arc<str> = error.to_string().into();
                if failures == 0 {
                    tracing::warn!(server = %shared.target, error = %why, "the cache server does not answer");
                }
                let mut woken = Vec::new();
                {
                    let mut state = shared.lock();
                    state.fail_unsent(&why, &mut woken);
                    state.link = Link::Down(why);
                }
                woken.into_iter().for_each(Waker::wake);
                sleep(BACKOFF[failures.min(BACKOFF.len() - 1)]).await;
                failures += 1;
            }
        }
    }
}

/// Should the task end in any way, the next command starts another.
struct Reset<'a>(&'a Shared);

impl Drop for Reset<'_> {
    fn drop(&mut self) {
        let mut woken = Vec::new();
        let mut state = self.0.lock();
        let why: Arc<str> = "the connection's task ended".into();
        state.fail_sent(&why, &mut woken);
        state.fail_unsent(&why, &mut woken);
        state.link = Link::None;
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}
