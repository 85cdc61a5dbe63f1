//! A body cut at its boundaries.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::Finder;

/// What lies between two boundaries; anything may stand right before or behind a boundary.
#[derive(Debug)]
pub(super) enum Piece {
    /// A byte follows the start of the body or a boundary.
    Begin,
    Data(Bytes),
    /// A boundary; the line break before it is not in the data.
    End,
}

#[derive(Debug)]
pub(super) struct Segments {
    finder: Finder<'static>,
    /// What is being searched.
    buffer: Bytes,
    /// The chunk after it, the first `joined` bytes of which are at the end of `buffer` too.
    queued: Bytes,
    joined: usize,
    in_segment: bool,
    boundary_next: bool,
    finished: bool,
}

impl Segments {
    pub(super) fn new(boundary: &str) -> Self {
        Segments {
            finder: Finder::new(format!("--{boundary}").as_bytes()).into_owned(),
            buffer: Bytes::new(),
            queued: Bytes::new(),
            joined: 0,
            in_segment: false,
            boundary_next: false,
            finished: false,
        }
    }

    pub(super) fn push(&mut self, chunk: Bytes) {
        if self.queued.is_empty() {
            self.queued = chunk;
        } else {
            self.queued = concat(&self.queued, &chunk);
        }
    }

    pub(super) fn finish(&mut self) {
        self.finished = true;
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether the last piece was no [`Piece::End`].
    pub(super) fn in_segment(&self) -> bool {
        self.in_segment
    }

    pub(super) fn next(&mut self) -> Option<Piece> {
        loop {
            if self.boundary_next {
                self.boundary_next = false;
                self.in_segment = false;
                self.buffer.advance(self.finder.needle().len());
                return Some(Piece::End);
            }
            if !self.in_segment && !self.buffer.is_empty() {
                self.in_segment = true;
                return Some(Piece::Begin);
            }
            if let Some(place) = self.finder.find(&self.buffer) {
                let data = self.buffer.split_to(without_line_break(&self.buffer[..place]));
                self.buffer.advance(place - data.len());
                self.boundary_next = true;
                if !data.is_empty() {
                    return Some(Piece::Data(data));
                }
                continue;
            }
            // A boundary may have begun in the last bytes, behind a line break.
            let held = self.held();
            if self.buffer.len() > held {
                return Some(Piece::Data(self.buffer.split_to(self.buffer.len() - held)));
            }
            if !self.refill() {
                let rest = if self.finished { std::mem::take(&mut self.buffer) } else { Bytes::new() };
                return (!rest.is_empty()).then_some(Piece::Data(rest));
            }
        }
    }

    fn held(&self) -> usize {
        self.finder.needle().len() + 1
    }

    /// Brings more bytes into `buffer`, which is shorter than a boundary. Only a few bytes are copied:
    /// once the old ones are used up, `buffer` becomes a slice of the chunk.
    fn refill(&mut self) -> bool {
        if self.queued.is_empty() {
            return false;
        }
        if self.buffer.len() <= self.joined {
            self.buffer = self.queued.split_off(self.joined - self.buffer.len());
            self.queued.clear();
            self.joined = 0;
            return true;
        }
        self.joined = self.held().min(self.queued.len());
        self.buffer = concat(&self.buffer, &self.queued[..self.joined]);
        if self.joined == self.queued.len() {
            self.queued.clear();
            self.joined = 0;
        }
        true
    }
}

/// The length of `data` without a CRLF, LF or CR at its end.
fn without_line_break(data: &[u8]) -> usize {
    let data = data.strip_suffix(b"\n").unwrap_or(data);
    data.strip_suffix(b"\r").unwrap_or(data).len()
}

fn concat(one: &[u8], other: &[u8]) -> Bytes {
    let mut both = BytesMut::with_capacity(one.len() + other.len());
    both.extend_from_slice(one);
    both.extend_from_slice(other);
    both.freeze()
}
