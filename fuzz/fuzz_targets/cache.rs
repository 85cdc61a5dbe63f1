//! Cached values. The first byte of the input chooses the codec, the rest is what Redis holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::cache::{Codec, Compressor, Serializer};
use nuages_wire::pickle::{Limits, Protocol};

fuzz_target!(|data: &[u8]| {
    let Some((choice, stored)) = data.split_first() else { return };
    let serializers = [Serializer::Pickle(Protocol::V4), Serializer::Json, Serializer::MsgPack];
    let compressors = [Compressor::Identity, Compressor::Zlib, Compressor::Zstd];
    let choice = usize::from(*choice);
    let codec = Codec { serializer: serializers[choice % 3], compressor: compressors[choice / 3 % 3] };
    let limits = Limits { size: 1 << 20, values: 1 << 16, ..Limits::default() };
    let _ = codec.decode_preserving(stored, limits);
    let Ok(value) = codec.decode(stored, limits) else { return };
    // What was read in one form may have none to write, such as a set in JSON; what was written must be readable.
    let Ok(written) = codec.encode(&value) else { return };
    let Ok(again) = codec.decode(&written, Limits::default()) else { panic!("{value:?} as {written:?}") };
    assert_eq!(codec.encode(&again).as_ref(), Ok(&written), "{value:?} {again:?}");
});
