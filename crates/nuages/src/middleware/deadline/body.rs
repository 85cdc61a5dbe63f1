//! A body that is watched while it is read, and that comes back when its reader drops it.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// What a body earns a second more for.
const BYTES_A_SECOND: u64 = 16 << 10;

/// The body did not arrive in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyTooSlow;

impl fmt::Display for BodyTooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body did not arrive in time")
    }
}

impl std::error::Error for BodyTooSlow {}

/// How far a request has come.
#[derive(Debug)]
pub(super) struct Progress(Mutex<State>);

#[derive(Debug)]
struct State {
    begun_at: Instant,
    answer_timeout: Duration,
    body_timeout: Duration,
    /// Whether somebody asked for the body.
    is_read: bool,
    received: u64,
    /// When the last of the body came, or its reader gave up.
    body_ended_at: Option<Instant>,
    is_too_slow: bool,
    rest: Option<Body>,
}

impl Progress {
    pub(super) fn new(answer_timeout: Duration, body_timeout: Duration) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            begun_at: Instant::now(),
            answer_timeout,
            body_timeout,
            is_read: false,
            received: 0,
            body_ended_at: None,
            is_too_slow: false,
            rest: None,
        })))
    }

    pub(super) fn set_answer_timeout(&self, timeout: Duration) {
        self.with(|state| state.answer_timeout = timeout);
    }

    /// What nobody read.
    pub(super) fn take_rest(&self) -> Option<Body> {
        self.with(|state| state.rest.take())
    }

    pub(super) fn is_read(&self) -> bool {
        self.with(|state| state.is_read)
    }

    pub(super) fn is_too_slow(&self) -> bool {
        self.with(|state| state.is_too_slow)
    }

    /// When the answer is late; `None` while the body is being read, which has a time-out of its own.
    pub(super) fn answer_deadline(&self) -> Option<Instant> {
        self.with(|state| {
            let is_arriving = state.is_read && state.body_ended_at.is_none();
            let since = state.body_ended_at.unwrap_or(state.begun_at);
            (!is_arriving).then_some(since + state.answer_timeout)
        })
    }

    /// When to look at the deadline again.
    pub(super) fn next_check(&self) -> Instant {
        self.answer_deadline().unwrap_or_else(|| Instant::now() + self.with(|state| state.answer_timeout))
    }

    fn body_deadline(&self) -> Instant {
        self.with(|state| {
            state.begun_at + state.body_timeout + Duration::from_secs(state.received / BYTES_A_SECOND)
        })
    }

    fn with<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The body that handlers see.
pub(super) struct Watched {
    body: Option<Body>,
    progress: Arc<Progress>,
    timer: Pin<Box<Sleep>>,
}

impl Watched {
    pub(super) fn new(body: Body, progress: Arc<Progress>) -> Self {
        let timer = Box::pin(sleep_until(progress.body_deadline()));
        Self { body: Some(body), progress, timer }
    }

    fn end(&mut self) {
        self.body = None;
        self.progress.with(|state| {
            state.body_ended_at.get_or_insert_with(Instant::now);
        });
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.progress.with(|state| state.is_read = true);
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.progress.with(|state| state.received += length);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(ended) => {
                self.end();
                Poll::Ready(ended)
            }
            Poll::Pending => {
                let deadline = self.progress.body_deadline();
                if self.timer.deadline() != deadline {
                    self.timer.as_mut().reset(deadline);
                }
                if self.timer.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                self.progress.with(|state| state.is_too_slow = true);
                self.end();
                Poll::Ready(Some(Err(axum::Error::new(BodyTooSlow))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), |body| body.size_hint())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        self.progress.with(|state| {
            state.rest = rest;
            state.body_ended_at.get_or_insert_with(Instant::now);
        });
    }
}
