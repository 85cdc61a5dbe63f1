//! A Redis client with nothing in it: one connection, one task, no time-outs, no reconnecting.
//!
//! Commands of all requests that run in one turn of the reactor leave in one write, and answers come back in order.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};

/// The connection of a thread.
#[derive(Default)]
pub(crate) struct Redis {
    unsent: RefCell<Vec<u8>>,
    waiting: RefCell<VecDeque<oneshot::Sender<Option<Bytes>>>>,
    work: Notify,
}

impl Redis {
    /// Connects and starts the task that owns the socket.
    pub(crate) async fn connect(url: &str) -> io::Result<Rc<Self>> {
        let address = url.trim_start_matches("redis://").trim_end_matches("/0");
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let redis = Rc::new(Self::default());
        tokio::task::spawn_local(redis.clone().drive(stream));
        Ok(redis)
    }

    /// The value under `key`.
    pub(crate) async fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.command(&[b"GET", key]).await
    }

    /// Stores `value` for two weeks.
    pub(crate) async fn set(&self, key: &[u8], value: &[u8]) {
        self.command(&[b"SET", key, value, b"EX", b"1209600"]).await;
    }

    async fn command(&self, words: &[&[u8]]) -> Option<Bytes> {
        let (answer, answered) = oneshot::channel();
        write(&mut self.unsent.borrow_mut(), words);
        self.waiting.borrow_mut().push_back(answer);
        self.work.notify_one();
        answered.await.expect("the connection has ended")
    }

    async fn drive(self: Rc<Self>, mut stream: TcpStream) {
        let mut received = BytesMut::with_capacity(16 * 1024);
        loop {
            tokio::select! {
                () = self.work.notified() => {
                    let commands = self.unsent.take();
                    stream.write_all(&commands).await.expect("Redis is there");
                }
                count = stream.read_buf(&mut received) => {
                    assert!(count.expect("Redis is there") > 0, "Redis ended the connection");
                    while let Some(answer) = read(&mut received) {
                        let asked = self.waiting.borrow_mut().pop_front().expect("somebody asked");
                        let _ = asked.send(answer);
                    }
                }
            }
        }
    }
}

/// `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`
fn write(out: &mut Vec<u8>, words: &[&[u8]]) {
    let mut digits = itoa::Buffer::new();
    out.push(b'*');
    out.extend_from_slice(digits.format(words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(b"\r\n$");
        out.extend_from_slice(digits.format(word.len()).as_bytes());
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(word);
    }
    out.extend_from_slice(b"\r\n");
}

/// The next whole answer: a value, or `None` for no value and for `+OK`; `None` around it when more must come first.
fn read(received: &mut BytesMut) -> Option<Option<Bytes>> {
    let line = memchr::memchr(b'\n', received)? + 1;
    match received[0] {
        b'+' => {
            received.advance(line);
            Some(None)
        }
        b'$' if received[1] == b'-' => {
            received.advance(line);
            Some(None)
        }
        b'$' => {
            let digits = &received[1..line - 2];
            let length = digits.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
            if received.len() < line + length + 2 {
                return None;
            }
            received.advance(line);
            let value = received.split_to(length).freeze();
            received.advance(2);
            Some(Some(value))
        }
        _ => panic!("Redis answered {:?}", String::from_utf8_lossy(&received[..line])),
    }
}
