//! Zstandard.

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::zlib::Error;

pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// The first frame, up to `limit` bytes.
pub(super) fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let decoder = StreamingDecoder::new(bytes).map_err(|_| Error::Malformed)?;
    let mut inflated = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(bound).read_to_end(&mut inflated).map_err(|_| Error::Malformed)?;
    if inflated.len() > limit { Err(Error::TooBig) } else { Ok(inflated) }
}
