//! One server, and the one connection to it that everybody shares.
//!
//! A caller appends its command to what is to be sent and waits for its answer ([`Call`]); the connection's task sends whatever
//! has come together in one write, and hands out the answers in the order of the commands. So a read costs a place in a queue
//! and one wake-up, and under load many commands share one system call on either side.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Instant;

use nuages_wire::resp::Reply;

use super::access::Access;
use super::call::Call;
use super::command::Command;
use super::driver;
use super::error::Failure;
use super::slots::Slots;
use super::target::Target;

/// The most commands that wait for an answer, and the most bytes that wait to be sent: beyond them a server is as good as
/// away.
const MAX_WAITING: usize = 100_000;
const MAX_QUEUED: usize = 256 << 20;

/// A handle on the connection. The connection is made by the first command, and closed with the last handle.
#[derive(Clone)]
pub(super) struct Node(Arc<Handle>);

struct Handle(Arc<Shared>);

pub(super) struct Shared {
    pub(super) target: Target,
    pub(super) access: Arc<Access>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) link: Link,
    /// Commands that no write has begun with.
    pub(super) queued: Vec<u8>,
    /// How many of `waiting`, at its end, are in `queued`.
    pub(super) unsent: usize,
    /// Those whose answer is to come, in the order of the commands.
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) slots: Slots<Result<Reply, Failure>>,
    /// The connection's task, while it sleeps.
    pub(super) sleeper: Option<Waker>,
    /// Asks for another connection: this one leads to a server that only reads.
    pub(super) stale: bool,
    pub(super) closed: bool,
}

/// How the connection stands.
#[derive(Default)]
pub(super) enum Link {
    /// Nobody has asked for it, or its task is gone.
    #[default]
    None,
    /// It is up, or it is being made for the first time since it was: commands queue.
    Up,
    /// The server was tried and is away, for this reason: commands fail at once.
    Down(Arc<str>),
}

/// One who waits for an answer.
pub(super) struct Waiting {
    /// Where its answer is left.
    pub(super) slot: usize,
    /// When a write began with its command.
    pub(super) sent: Option<Instant>,
}

impl Node {
    pub(super) fn new(target: Target, access: Arc<Access>) -> Self {
        Self(Arc::new(Handle(Arc::new(Shared { target, access, state: Mutex::default() }))))
    }

    /// Sends a command and waits for its answer; an error of the server is a [`Failure::Refused`].
    pub(super) fn call<'a>(&'a self, command: Command<'a>) -> Call<'a> {
        Call::new(&self.0.0, command, false)
    }

    /// Sends `ASKING` right before the command: a slot of a cluster is on its way to this node.
    pub(super) fn call_asking<'a>(&'a self, command: Command<'a>) -> Call<'a> {
        Call::new(&self.0.0, command, true)
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a command, with `ASKING` before it or not, and names the slot of the answer, which wakes `waker`.
    pub(super) fn enqueue(
        self: &Arc<Self>,
        command: &Command<'_>,
        asking: bool,
        waker: Waker,
    ) -> Result<usize, Failure> {
        let mut state = self.lock();
        match &state.link {
            Link::Up => {}
            Link::Down(why) => return Err(Failure::Unreachable(Arc::clone(why))),
            Link::None => {
                state.link = Link::Up;
                tokio::spawn(driver::run(Arc::clone(self)));
            }
        }
        if state.waiting.len() >= MAX_WAITING || state.queued.len() >= MAX_QUEUED {
            return Err(Failure::Unreachable("too many commands wait".into()));
        }
        if asking {
            state.queue(&Command::Words(&["ASKING"]), None);
        }
        let slot = state.queue(command, Some(waker));
        let sleeper = state.sleeper.take();
        drop(state);
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
        Ok(slot)
    }

    /// The answer in a slot, which is then another's; an error of the server is a [`Failure::Refused`].
    pub(super) fn poll_answer(&self, slot: usize, waker: &Waker) -> Poll<Result<Reply, Failure>> {
        let mut state = self.lock();
        let Some(answer) = state.slots.take(slot) else {
            let replaced = state.slots.attend(slot, waker);
            drop(state);
            drop(replaced);
            return Poll::Pending;
        };
        drop(state);
        let Ok(Reply::Error(text)) = answer else { return Poll::Ready(answer) };
        let failure = Failure::Refused(text);
        if failure.is("READONLY") {
            self.abandon();
        }
        Poll::Ready(Err(failure))
    }

    /// Nobody comes back to this slot.
    pub(super) fn leave(&self, slot: usize) {
        // What was in it is dropped after the lock.
        let _left = self.lock().slots.abandon(slot);
    }

    /// A server that became a replica: where there is a Sentinel, it knows the new master.
    fn abandon(&self) {
        if !self.target.can_move() {
            return;
        }
        let mut state = self.lock();
        state.stale = true;
        if let Some(sleeper) = state.sleeper.take() {
            sleeper.wake();
        }
    }
}

impl State {
    fn queue(&mut self, command: &Command<'_>, waker: Option<Waker>) -> usize {
        command.write(&mut self.queued);
        let slot = self.slots.open(waker);
        self.waiting.push_back(Waiting { slot, sent: None });
        self.unsent += 1;
        slot
    }

    /// Takes what is queued; those who wait for it wait for an answer from now on.
    pub(super) fn send(&mut self, writing: &mut Vec<u8>) {
        std::mem::swap(writing, &mut self.queued);
        let (now, first) = (Instant::now(), self.waiting.len() - self.unsent);
        self.waiting.range_mut(first..).for_each(|waiting| waiting.sent = Some(now));
        self.unsent = 0;
    }

    /// Leaves an answer for the first who waits, if its command was sent at all; `None` otherwise. Whom to wake is put to
    /// `woken`, for when the lock is released.
    pub(super) fn answer(&mut self, reply: Reply, woken: &mut Vec<Waker>) -> Option<()> {
        if self.waiting.len() == self.unsent {
            return None;
        }
        let waiting = self.waiting.pop_front()?;
        woken.extend(self.slots.answer(waiting.slot, Ok(reply)));
        Some(())
    }

    /// Tells those whose command was sent that its outcome is unknown.
    pub(super) fn fail_sent(&mut self, why: &Arc<str>, woken: &mut Vec<Waker>) {
        let sent = self.waiting.len() - self.unsent;
        for waiting in self.waiting.drain(..sent) {
            woken.extend(self.slots.answer(waiting.slot, Err(Failure::Unknown(Arc::clone(why)))));
        }
    }

    /// Tells those whose command was not sent that it will not be.
    pub(super) fn fail_unsent(&mut self, why: &Arc<str>, woken: &mut Vec<Waker>) {
        for waiting in self.waiting.drain(..) {
            woken.extend(self.slots.answer(waiting.slot, Err(Failure::Unreachable(Arc::clone(why)))));
        }
        self.queued.clear();
        self.unsent = 0;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        if let Some(sleeper) = state.sleeper.take() {
            sleeper.wake();
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.0.0.target).finish()
    }
}
