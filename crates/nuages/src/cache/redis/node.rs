//! One server, and the one connection to it that everybody shares.
//!
//! A caller appends its command to what is to be sent and waits for its answer; the connection's task sends whatever has come
//! together in one write, and hands out the answers in the order of the commands. So a read costs a place in a queue and one
//! wake-up, and under load many commands share one system call on either side.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use nuages_wire::resp::{Reply, write_command};
use tokio::sync::oneshot;

use super::access::Access;
use super::driver;
use super::error::Failure;
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
    pub(super) waiting: VecDeque<Waiting>,
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
    pub(super) answer: oneshot::Sender<Result<Reply, Failure>>,
    /// When a write began with its command.
    pub(super) sent: Option<Instant>,
}

impl Node {
    pub(super) fn new(target: Target, access: Arc<Access>) -> Self {
        Self(Arc::new(Handle(Arc::new(Shared { target, access, state: Mutex::default() }))))
    }

    /// Sends a command and waits for its answer; an error of the server is a [`Failure::Refused`].
    pub(super) async fn call(&self, command: &[&[u8]]) -> Result<Reply, Failure> {
        let answer = self.enqueue(&[command])?;
        self.judge(answer.await)
    }

    /// Sends `ASKING` right before the command: a slot of a cluster is on its way to this node.
    pub(super) async fn call_asking(&self, command: &[&[u8]]) -> Result<Reply, Failure> {
        let answer = self.enqueue(&[&[b"ASKING"], command])?;
        self.judge(answer.await)
    }

    /// Queues commands that are sent without another between them; the answer is the last one's.
    fn enqueue(&self, commands: &[&[&[u8]]]) -> Result<oneshot::Receiver<Result<Reply, Failure>>, Failure> {
        let shared = &self.0.0;
        let mut state = shared.lock();
        match &state.link {
            Link::Up => {}
            Link::Down(why) => return Err(Failure::Unreachable(Arc::clone(why))),
            Link::None => {
                state.link = Link::Up;
                tokio::spawn(driver::run(Arc::clone(shared)));
            }
        }
        if state.waiting.len() >= MAX_WAITING || state.queued.len() >= MAX_QUEUED {
            return Err(Failure::Unreachable("too many commands wait".into()));
        }
        let mut last = None;
        for command in commands {
            let (answer, receiver) = oneshot::channel();
            write_command(&mut state.queued, command);
            state.waiting.push_back(Waiting { answer, sent: None });
            state.unsent += 1;
            last = Some(receiver);
        }
        let sleeper = state.sleeper.take();
        drop(state);
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
        last.ok_or(Failure::Odd)
    }

    fn judge(
        &self,
        answer: Result<Result<Reply, Failure>, oneshot::error::RecvError>,
    ) -> Result<Reply, Failure> {
        match answer {
            Ok(Ok(Reply::Error(text))) => {
                let failure = Failure::Refused(text);
                if failure.is("READONLY") {
                    self.0.0.abandon();
                }
                Err(failure)
            }
            Ok(answer) => answer,
            Err(_) => Err(Failure::Unknown("the connection's task ended".into())),
        }
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// Takes what is queued; those who wait for it wait for an answer from now on.
    pub(super) fn send(&mut self, writing: &mut Vec<u8>) {
        std::mem::swap(writing, &mut self.queued);
        let (now, first) = (Instant::now(), self.waiting.len() - self.unsent);
        self.waiting.range_mut(first..).for_each(|waiting| waiting.sent = Some(now));
        self.unsent = 0;
    }

    /// Tells those whose command was sent that its outcome is unknown.
    pub(super) fn fail_sent(&mut self, why: &Arc<str>) {
        let sent = self.waiting.len() - self.unsent;
        for waiting in self.waiting.drain(..sent) {
            let _ = waiting.answer.send(Err(Failure::Unknown(Arc::clone(why))));
        }
    }

    /// Tells those whose command was not sent that it will not be.
    pub(super) fn fail_unsent(&mut self, why: &Arc<str>) {
        for waiting in self.waiting.drain(..) {
            let _ = waiting.answer.send(Err(Failure::Unreachable(Arc::clone(why))));
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
