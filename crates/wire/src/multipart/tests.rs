use proptest::prelude::*;

use super::*;

const TYPE: &str = "multipart/form-data; boundary=bOuNd";

fn read(body: &[u8], chunk: usize, limits: Limits) -> Result<Vec<Event>, MultipartError> {
    let mut parser = MultipartParser::new(TYPE, limits)?;
    let mut events: Vec<Event> = Vec::new();
    let mut chunks = body.chunks(chunk.max(1));
    loop {
        while let Some(event) = parser.next_event()? {
            match (events.last_mut(), event) {
                (Some(Event::Data(before)), Event::Data(next)) => {
                    *before = [before.as_ref(), &next].concat().into();
                }
                (_, event) => events.push(event),
            }
        }
        match chunks.next() {
            Some(chunk) => parser.push(Bytes::copy_from_slice(chunk)),
            None if parser.segments.is_finished() => return Ok(events),
            None => parser.finish(),
        }
    }
}

fn field(name: &str, value: &str) -> Event {
    Event::Field { name: name.into(), value: value.into() }
}

fn file(name: &str) -> Event {
    Event::File(FileHead {
        field: "f".into(),
        name: name.into(),
        content_type: "text/plain".into(),
        charset: None,
    })
}

#[test]
fn a_field_and_a_file() {
    let body = b"--bOuNd\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--bOuNd\r\n\
        Content-Disposition: form-data; name=\"f\"; filename=\"C:\\x.txt\"\r\nContent-Type: text/plain\r\n\r\n\
        da\r\n-ta\r\n--bOuNd--\r\n";
    let expected = [field("a", "1"), file("x.txt"), Event::Data("da\r\n-ta".into()), Event::FileEnd];
    for chunk in [1, 2, 3, 7, 9, 10, 11, 50, 1000] {
        assert_eq!(read(body, chunk, Limits::default()).as_deref(), Ok(&expected[..]), "{chunk}");
    }
}

#[test]
fn a_broken_off_file_is_dropped_and_a_field_kept() {
    let head = "--bOuNd\r\nContent-Disposition: form-data; name=\"f\"; filename=x\r\nContent-Type: text/plain\r\n\r\n";
    let events = read(format!("{head}da").as_bytes(), 5, Limits::default());
    assert_eq!(events, Ok(vec![file("x"), Event::Data("da".into()), Event::FileInterrupted]));
    // Django completes a file when it sees a byte behind the boundary.
    let events = read(format!("{head}da\r\n--bOuNd").as_bytes(), 5, Limits::default());
    assert_eq!(events, Ok(vec![file("x"), Event::Data("da".into()), Event::FileInterrupted]));
    let body = b"--bOuNd\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    assert_eq!(read(body, 5, Limits::default()), Ok(vec![field("a", "1\r\n")]));
}

#[test]
fn limits_hold_before_anything_is_kept() {
    let part = "--bOuNd\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1234\r\n";
    let body = part.repeat(3) + "--bOuNd--\r\n";
    let limited = |limits| read(body.as_bytes(), 8, limits).map(|events| events.len());
    let all = Limits::default();
    assert_eq!(limited(Limits { fields: Some(3), ..all }), Ok(3));
    assert_eq!(limited(Limits { fields: Some(2), ..all }), Err(MultipartError::TooManyFields));
    assert_eq!(limited(Limits { memory: Some(21), ..all }), Ok(3));
    assert_eq!(limited(Limits { memory: Some(20), ..all }), Err(MultipartError::TooBig));
    let long = format!("--bOuNd\r\nX: {}", "x".repeat(2000));
    assert_eq!(read(long.as_bytes(), 100, all), Err(MultipartError::HeadTooLong));
}

#[test]
fn a_content_length_is_read_as_python_reads_it() {
    assert_eq!(content_length(Some(" 12 ")), Ok(12));
    assert_eq!(content_length(Some("abc")), Ok(0));
    assert_eq!(content_length(Some("-1")), Err(MultipartError::ContentLength));
}

proptest! {
    #[test]
    fn the_size_of_the_chunks_does_not_matter(
        data in prop::collection::vec(prop_oneof![Just(b"\r\n".to_vec()), Just(b"--bOuN".to_vec()), Just(b"-".to_vec()),
            Just(b"--bOuNd".to_vec()), Just(b"\r\n\r\n".to_vec()), Just(b"Content-Disposition: form-data; name=a".to_vec()),
            Just(b"; filename=b".to_vec()), prop::collection::vec(any::<u8>(), 0..9)], 0..40),
        chunk in 1usize..40,
    ) {
        let body = data.concat();
        let whole = read(&body, body.len(), Limits::default());
        prop_assert_eq!(read(&body, chunk, Limits::default()), whole);
    }
}
