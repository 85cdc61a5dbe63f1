//! Commands out, answers in, over one connection that is up.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use nuages_wire::resp::{Decoder, Limits, Reply};
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};

use super::node::Shared;
use super::stream::Stream;

/// How much is read at a time.
const CHUNK: usize = 16 << 10;

/// The most that Redis keeps under a key. A smaller limit would cost everybody the connection for one great value.
const BULK: usize = 512 << 20;

/// How much room for commands stays when they are written.
const KEPT: usize = 1 << 20;

pub(super) struct Pump<'a> {
    shared: &'a Shared,
    stream: Stream,
    /// What a write has begun with.
    writing: Vec<u8>,
    /// How much of it is written.
    written: usize,
    received: BytesMut,
    decoder: Decoder,
    /// What the last read brought, and whom it wakes: both empty between reads.
    replies: Vec<Reply>,
    woken: Vec<Waker>,
    /// Rings when the first who waits may have waited too long.
    timer: Option<Pin<Box<Sleep>>>,
    /// Whether the callers who were ready together with the first have had their turn.
    gathered: bool,
}

impl<'a> Pump<'a> {
    pub(super) fn new(shared: &'a Shared, stream: Stream) -> Self {
        Self {
            shared,
            stream,
            writing: Vec::new(),
            written: 0,
            received: BytesMut::new(),
            decoder: Decoder::new(Limits { bulk: BULK, ..Limits::default() }),
            replies: Vec::new(),
            woken: Vec::new(),
            timer: None,
            gathered: false,
        }
    }

    /// Works until the connection is lost or given up, and says why.
    pub(super) async fn run(mut self) -> io::Error {
        let Err(error) = poll_fn(|cx| self.poll(cx)).await else { return io::ErrorKind::Other.into() };
        error
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.read(cx)?;
        self.write(cx)?;
        self.watch(cx)
    }

    /// Hands out the answers that have come.
    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        loop {
            self.received.reserve(CHUNK);
            match pin!(self.stream.read_buf(&mut self.received)).poll(cx)? {
                Poll::Pending => return Ok(()),
                Poll::Ready(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Poll::Ready(_) => self.answer()?,
            }
        }
    }

    fn answer(&mut self) -> io::Result<()> {
        while let Some(reply) = self.decoder.decode(&mut self.received).map_err(io::Error::other)? {
            self.replies.push(reply);
        }
        let mut state = self.shared.lock();
        let asked_for = self.replies.drain(..).try_for_each(|reply| state.answer(reply, &mut self.woken));
        drop(state);
        self.woken.drain(..).for_each(Waker::wake);
        asked_for.ok_or_else(|| io::Error::other("an answer that nobody asked for"))
    }

    /// Sends what has come together.
    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        loop {
            while self.written < self.writing.len() {
                match Pin::new(&mut self.stream).poll_write(cx, &self.writing[self.written..])? {
                    Poll::Pending => return Ok(()),
                    Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Poll::Ready(written) => self.written += written,
                }
            }
            self.written = 0;
            self.writing.clear();
            // One great value must not be paid for ever after.
            self.writing.shrink_to(KEPT);
            if Pin::new(&mut self.stream).poll_flush(cx)?.is_pending() || !self.gather(cx)? {
                return Ok(());
            }
        }
    }

    /// Takes what is queued. The first caller wakes this task before the others who are ready have run, so it lets them
    /// pass once: their commands go out in the same write.
    fn gather(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut state = self.shared.lock();
        if state.closed || state.stale {
            return Err(io::Error::other("the connection is given up"));
        }
        if state.queued.is_empty() {
            state.sleeper = Some(cx.waker().clone());
            return Ok(false);
        }
        if !std::mem::replace(&mut self.gathered, true) {
            cx.waker().wake_by_ref();
            return Ok(false);
        }
        self.gathered = false;
        state.send(&mut self.writing);
        Ok(true)
    }

    /// Gives the connection up when the first who waits has waited too long: answers come in order, so no other can have
    /// come either.
    fn watch(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(timer) = &mut self.timer {
                if !timer.is_elapsed() {
                    return Poll::Pending;
                }
                self.timer = None;
            }
            let first = self.shared.lock().waiting.front().and_then(|waiting| waiting.sent);
            let Some(first) = first else { return Poll::Pending };
            let deadline = first + self.shared.access.response_timeout;
            if deadline <= std::time::Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            let mut timer = Box::pin(sleep_until(Instant::from_std(deadline)));
            if timer.as_mut().poll(cx).is_pending() {
                self.timer = Some(timer);
                return Poll::Pending;
            }
        }
    }
}
