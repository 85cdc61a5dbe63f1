//! A command on its way: queued when it is first polled, so that one lock is taken to ask and one to fetch the answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use nuages_wire::resp::Reply;

use super::command::Command;
use super::error::Failure;
use super::node::Shared;
use crate::error::Result;

/// The answer to a command of one server. What was never polled is never sent; what is dropped later may have been.
pub(super) struct Call<'a> {
    server: &'a Arc<Shared>,
    command: Command<'a>,
    asking: bool,
    stage: Stage,
}

enum Stage {
    Unsent,
    /// For the answer in this slot.
    Waiting(usize),
    Done,
}

impl<'a> Call<'a> {
    /// With `ASKING` right before it, should it be `asking`.
    pub(super) const fn new(server: &'a Arc<Shared>, command: Command<'a>, asking: bool) -> Self {
        Self { server, command, asking, stage: Stage::Unsent }
    }
}

impl Future for Call<'_> {
    type Output = Result<Reply, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match self.stage {
                Stage::Unsent => {
                    match self.server.enqueue(&self.command, self.asking, cx.waker().clone()) {
                        Ok(slot) => self.stage = Stage::Waiting(slot),
                        Err(failure) => {
                            self.stage = Stage::Done;
                            return Poll::Ready(Err(failure));
                        }
                    }
                    return Poll::Pending;
                }
                Stage::Waiting(slot) => {
                    let answer = ready!(self.server.poll_answer(slot, cx.waker()));
                    self.stage = Stage::Done;
                    match answer {
                        Err(failure) if failure.is("NOSCRIPT") && self.command.name_by_text() => {
                            self.stage = Stage::Unsent;
                        }
                        answer => return Poll::Ready(answer),
                    }
                }
                Stage::Done => return Poll::Pending,
            }
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Stage::Waiting(slot) = self.stage {
            self.server.leave(slot);
        }
    }
}

/// A call, and what to make of its reply: a verb of the cache without a box.
pub(in crate::cache) struct Asked<'a, T> {
    call: Call<'a>,
    read: fn(Reply) -> Result<T, Failure>,
}

impl<'a, T> Asked<'a, T> {
    pub(super) const fn new(call: Call<'a>, read: fn(Reply) -> Result<T, Failure>) -> Self {
        Self { call, read }
    }
}

impl<T> Future for Asked<'_, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let reply = ready!(Pin::new(&mut self.call).poll(cx));
        Poll::Ready(Ok((self.read)(reply?)?))
    }
}
