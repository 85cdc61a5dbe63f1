//! Uploads. The first line of the input is the content type, the rest the body; it is fed whole and in chunks of
//! several sizes, with the same result.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::multipart::{Event, FileHead, Limits, MultipartError, MultipartParser, content_length};

#[derive(Debug, PartialEq)]
enum Part {
    Field(String, String),
    File(FileHead, Vec<u8>),
    Interrupted,
}

fuzz_target!(|data: &[u8]| {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (content_type, body) = data.split_at(line);
    let Ok(content_type) = std::str::from_utf8(content_type) else { return };
    let body = body.get(1..).unwrap_or_default();
    let _ = content_length(Some(content_type));
    let whole = parts(content_type, body, &mut || usize::MAX);
    for size in [1, 2, 61] {
        assert_eq!(parts(content_type, body, &mut || size), whole, "in chunks of {size}");
    }
    let mut state = data.len() as u64;
    let mut odd = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % 300
    };
    assert_eq!(parts(content_type, body, &mut odd), whole, "in odd chunks");
});

fn parts(
    content_type: &str,
    mut body: &[u8],
    size: &mut impl FnMut() -> usize,
) -> Result<Vec<Part>, MultipartError> {
    let limits = Limits { fields: Some(20), files: Some(10), memory: Some(2000) };
    let mut parser = MultipartParser::new(content_type, limits)?;
    let mut parts = Vec::new();
    while !body.is_empty() {
        let (chunk, rest) = body.split_at(size().clamp(1, body.len()));
        parser.push(bytes::Bytes::copy_from_slice(chunk));
        drain(&mut parser, &mut parts)?;
        body = rest;
    }
    parser.finish();
    drain(&mut parser, &mut parts)?;
    Ok(parts)
}

fn drain(parser: &mut MultipartParser, parts: &mut Vec<Part>) -> Result<(), MultipartError> {
    while let Some(event) = parser.next_event()? {
        match event {
            Event::Field { name, value } => parts.push(Part::Field(name, value)),
            Event::File(head) => parts.push(Part::File(head, Vec::new())),
            Event::Data(bytes) => match parts.last_mut() {
                Some(Part::File(_, content)) => content.extend_from_slice(&bytes),
                other => panic!("data of no file behind {other:?}"),
            },
            Event::FileEnd => assert!(matches!(parts.last(), Some(Part::File(..)))),
            Event::FileInterrupted => parts.push(Part::Interrupted),
        }
    }
    Ok(())
}
