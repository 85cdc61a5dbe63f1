//! A command on its way: queued when it is first polled, so that one lock is taken to ask and one to fetch the answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use nuages_wire::resp::Reply;

use super::error::Failure;
use super::node::Shared;

/// The answer to a command of one server. What was never polled is never sent; what is dropped later may have been.
pub(super) struct Call<'a> {
    server: &'a Arc<Shared>,
    before: &'a [&'a [u8]],
    command: &'a [&'a [u8]],
    stage: Stage,
}

enum Stage {
    Unsent,
    /// For the answer in this slot.
    Waiting(usize),
    Done,
}

impl<'a> Call<'a> {
    /// A command, and one that is sent right before it, if it has a word.
    pub(super) const fn new(
        server: &'a Arc<Shared>,
        before: &'a [&'a [u8]],
        command: &'a [&'a [u8]],
    ) -> Self {
        Self { server, before, command, stage: Stage::Unsent }
    }
}

impl Future for Call<'_> {
    type Output = Result<Reply, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.stage {
            Stage::Unsent => match self.server.enqueue(self.before, self.command, cx.waker().clone()) {
                Ok(slot) => {
                    self.stage = Stage::Waiting(slot);
                    Poll::Pending
                }
                Err(failure) => {
                    self.stage = Stage::Done;
                    Poll::Ready(Err(failure))
                }
            },
            Stage::Waiting(slot) => {
                let answer = ready!(self.server.poll_answer(slot, cx.waker()));
                self.stage = Stage::Done;
                Poll::Ready(answer)
            }
            Stage::Done => Poll::Pending,
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
