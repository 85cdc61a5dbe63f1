//! zlib streams (RFC 1950) as Python's `zlib` writes them, inflated under a bound.
//!
//! This is stock zlib, which Python uses too: the bytes are Python's own, and so is the decision whether compressing a
//! short text is worth it.
//!
//! ```
//! use nuages_wire::zlib;
//!
//! let stream = zlib::compress(&[b'a'; 1000]);
//! assert_eq!(zlib::decompress(&stream, 1000), Ok(vec![b'a'; 1000]));
//! assert_eq!(zlib::decompress(&stream, 999), Err(zlib::Error::TooBig));
//! ```

use std::fmt;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Why a stream was not inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Not a zlib stream, cut short, or with a wrong checksum.
    Malformed,
    /// More bytes than the limit allows.
    TooBig,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a complete zlib stream",
            Self::TooBig => "the zlib stream inflates beyond the limit",
        })
    }
}

impl std::error::Error for Error {}

/// `zlib.compress(bytes)`, at level 6.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut stream = Compress::new(Compression::new(6), true);
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        let read = stream.total_in() as usize;
        match stream.compress_vec(&bytes[read..], &mut out, FlushCompress::Finish) {
            Ok(Status::Ok | Status::BufError) => out.reserve(out.capacity()),
            Ok(Status::StreamEnd) | Err(_) => return out,
        }
    }
}

/// `zlib.decompress(bytes)`, refusing to grow beyond `limit` bytes; what follows the stream is ignored, as in Python.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::TooBig`].
pub fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let mut stream = Decompress::new(true);
    // One byte of room beyond the limit tells a full buffer from an overflow.
    let mut out =
        Vec::with_capacity(bytes.len().saturating_mul(4).clamp(64, 64 << 10).min(limit.saturating_add(1)));
    loop {
        let (read, written) = (stream.total_in(), out.len());
        let status = stream.decompress_vec(&bytes[read as usize..], &mut out, FlushDecompress::None);
        if out.len() > limit {
            return Err(Error::TooBig);
        }
        match status {
            Ok(Status::StreamEnd) => return Ok(out),
            Ok(_) if out.len() == out.capacity() => {
                let room = out.capacity().max(64).min(limit.saturating_add(1).saturating_sub(out.len()));
                out.reserve_exact(room);
            }
            Ok(_) if stream.total_in() > read || out.len() > written => {}
            _ => return Err(Error::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cut_short_or_damaged() {
        let stream = compress(b"hello hello hello");
        assert_eq!(decompress(b"", 100), Err(Error::Malformed));
        assert_eq!(decompress(&stream[..stream.len() - 1], 100), Err(Error::Malformed));
        let mut damaged = stream.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert_eq!(decompress(&damaged, 100), Err(Error::Malformed));
        assert_eq!(decompress(&[&stream[..], b"more"].concat(), 100), Ok(b"hello hello hello".to_vec()));
    }

    // From zlib.compress(b"hello hello hello hello") of Python 3.11.
    #[test]
    fn the_bytes_are_pythons() {
        let stream = b"\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\x68\x03\x08\xb1";
        assert_eq!(compress(b"hello hello hello hello"), stream);
    }

    #[test]
    fn a_bomb_is_refused() {
        let stream = compress(&vec![0; 5_000_000]);
        assert_eq!(decompress(&stream, 1_000_000), Err(Error::TooBig));
        assert_eq!(decompress(&stream, 5_000_000).unwrap().len(), 5_000_000);
        assert_eq!(decompress(&compress(b""), 0), Ok(Vec::new()));
    }

    proptest::proptest! {
        #[test]
        fn round_trip(bytes: Vec<u8>) {
            proptest::prop_assert_eq!(decompress(&compress(&bytes), bytes.len()), Ok(bytes));
        }
    }
}
