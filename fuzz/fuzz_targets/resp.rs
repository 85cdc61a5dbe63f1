//! What a Redis server answers, in pieces. The first byte of the input is the size of a piece.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use nuages_wire::resp::{Decoder, Limits, Reply, RespError};

fn replies(bytes: &[u8], piece: usize) -> Result<Vec<Reply>, RespError> {
    let mut decoder = Decoder::new(Limits { bulk: 1 << 16, line: 1 << 10, items: 1 << 12, depth: 8 });
    let (mut buffer, mut replies) = (BytesMut::new(), Vec::new());
    for bytes in bytes.chunks(piece) {
        buffer.extend_from_slice(bytes);
        while let Some(reply) = decoder.decode(&mut buffer)? {
            replies.push(reply);
        }
    }
    Ok(replies)
}

fuzz_target!(|data: &[u8]| {
    let Some((piece, bytes)) = data.split_first() else { return };
    let whole = replies(bytes, bytes.len().max(1));
    let pieces = replies(bytes, usize::from(*piece).max(1));
    assert_eq!(whole, pieces);
});
