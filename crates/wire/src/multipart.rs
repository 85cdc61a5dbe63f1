//! Uploads, piece by piece: `multipart/form-data; boundary=bOuNd`.
//!
//! Equals `django.http.multipartparser.MultiPartParser` of Django 5.2, fed from outside: chunks of any
//! size go in, events come out, and a file's bytes pass through as slices of the chunks without being
//! kept. Fields are kept until they are whole, under the limit on memory.
//!
//! ```text
//! --bOuNd\r\n
//! Content-Disposition: form-data; name="f"; filename="a.txt"\r\n
//! Content-Type: text/plain\r\n
//! \r\n
//! data\r\n
//! --bOuNd--\r\n
//! ```
//!
//! ```
//! use bytes::Bytes;
//! use nuages_wire::multipart::{Event, Limits, MultipartParser};
//!
//! let mut parser = MultipartParser::new("multipart/form-data; boundary=b", Limits::default())?;
//! parser.push(Bytes::from("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n"));
//! parser.finish();
//! let mut fields = Vec::new();
//! while let Some(event) = parser.next_event()? {
//!     match event {
//!         Event::Field { name, value } => fields.push((name, value)),
//!         Event::File(file) => println!("{} begins", file.name),
//!         Event::Data(bytes) => println!("{} bytes of it", bytes.len()),
//!         Event::FileEnd => println!("it is whole"),
//!         Event::FileInterrupted => println!("drop it"),
//!     }
//! }
//! assert_eq!(fields, [("a".to_owned(), "1".to_owned())]);
//! # Ok::<(), nuages_wire::multipart::MultipartError>(())
//! ```
//!
//! What surprises: `filename=""`, an unselected file input, is a field; text before the first boundary
//! is read as a part; a field that the body breaks off in is kept, a file is not.

use std::fmt;

use bytes::Bytes;

use crate::charset::Charset;
use crate::filenames::{sanitize_file_name, uploaded_name};
use crate::header_params::parse_header_parameters;
use crate::querydict::{MAX_FIELDS, MAX_MEMORY};

mod head;
mod segments;
mod transfer;

use head::{Head, Kind, MAX_HEAD, read_head};
use segments::{Piece, Segments};
use transfer::{Base64, decode_field};

/// What Django's settings bound; `None` is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `DATA_UPLOAD_MAX_NUMBER_FIELDS`; as in Django, what stands before the first and after the last
    /// boundary counts beyond it.
    pub fields: Option<usize>,
    /// `DATA_UPLOAD_MAX_NUMBER_FILES`.
    pub files: Option<usize>,
    /// `DATA_UPLOAD_MAX_MEMORY_SIZE`: bytes of all fields, with two more for each and its name.
    pub memory: Option<usize>,
}

/// What the parser found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole field.
    Field {
        /// Its name.
        name: String,
        /// Its text.
        value: String,
    },
    /// A file begins.
    File(FileHead),
    /// The next bytes of the file.
    Data(Bytes),
    /// The file is whole.
    FileEnd,
    /// The body broke off within the file, which is to be dropped.
    FileInterrupted,
}

/// What a part says of its file. All of it comes from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHead {
    /// The name of the form's field.
    pub field: String,
    /// The file's name: without folders and unprintable characters, at most 255 characters.
    pub name: String,
    /// `text/plain`, in lower case; empty when the part names none.
    pub content_type: String,
    /// The `charset` parameter of the content type.
    pub charset: Option<String>,
}

/// Why a body is refused; each is a 400 in Django.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultipartError {
    /// The content type is not `multipart/…`, or not ASCII.
    ContentType,
    /// No boundary, or one that is not 1 to 201 printable ASCII characters ending in other than a space.
    Boundary,
    /// A negative content length.
    ContentLength,
    /// The head of a part does not end within its first 1024 bytes.
    HeadTooLong,
    /// A file in base64 that is not.
    Base64,
    /// More fields than allowed (`TooManyFieldsSent`).
    TooManyFields,
    /// More files than allowed (`TooManyFilesSent`).
    TooManyFiles,
    /// Longer fields than allowed (`RequestDataTooBig`).
    TooBig,
}

/// A body that is being read.
#[derive(Debug)]
pub struct MultipartParser {
    segments: Segments,
    charset: Charset,
    limits: Limits,
    state: State,
    /// Bytes of the part behind its head.
    rest: Bytes,
    fields: usize,
    files: usize,
    memory: usize,
}

#[derive(Debug)]
enum State {
    /// In the first bytes of a part.
    Head(Vec<u8>),
    Skip,
    Field {
        name: String,
        value: Vec<u8>,
        base64: bool,
    },
    File(Option<Base64>),
    /// A file's boundary was seen; the file counts once another byte follows.
    FileEnded,
    Done,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { fields: Some(MAX_FIELDS), files: Some(100), memory: Some(MAX_MEMORY) }
    }
}

/// Whether a POST of this content type is an upload: exactly `multipart/form-data`, in any case. Of
/// another one Django reads nothing.
pub fn is_form_data(content_type: &str) -> bool {
    parse_header_parameters(content_type).is_ok_and(|header| header.value == "multipart/form-data")
}

/// The value of a `Content-Length` header, or 0 for what is no number; Django does not read a body of
/// length 0 and takes at most that many bytes.
///
/// # Errors
/// [`MultipartError::ContentLength`] for a negative number.
pub fn content_length(header: Option<&str>) -> Result<u64, MultipartError> {
    let text = crate::python::strip(header.unwrap_or_default());
    match text.strip_prefix('-') {
        Some(digits)
            if digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.trim_matches('0').is_empty() =>
        {
            Err(MultipartError::ContentLength)
        }
        _ => Ok(text.strip_prefix('+').unwrap_or(text).parse().unwrap_or(0)),
    }
}

impl MultipartParser {
    /// Begins a body of this content type, whose `charset` parameter counts if it is known.
    ///
    /// # Errors
    /// [`MultipartError::ContentType`] and [`MultipartError::Boundary`].
    pub fn new(content_type: &str, limits: Limits) -> Result<Self, MultipartError> {
        if !content_type.starts_with("multipart/") || !content_type.is_ascii() {
            return Err(MultipartError::ContentType);
        }
        let header = parse_header_parameters(content_type).map_err(|_| MultipartError::Boundary)?;
        let boundary =
            header.get("boundary").filter(|text| is_boundary(text)).ok_or(MultipartError::Boundary)?;
        let charset = header.get("charset").and_then(|name| Charset::lookup(name).ok());
        Ok(MultipartParser {
            segments: Segments::new(boundary),
            charset: charset.unwrap_or(Charset::UTF_8),
            limits,
            state: State::Head(Vec::new()),
            rest: Bytes::new(),
            fields: 0,
            files: 0,
            memory: 0,
        })
    }

    /// Reads names and fields in this character set (`HttpRequest.encoding`).
    pub fn set_charset(&mut self, charset: Charset) {
        self.charset = charset;
    }

    /// Gives the parser the next bytes. It keeps them until [`next_event`](Self::next_event) has
    /// returned `None`, so call that before the next `push`.
    pub fn push(&mut self, chunk: Bytes) {
        self.segments.push(chunk);
    }

    /// Tells the parser that the body is over.
    pub fn finish(&mut self) {
        self.segments.finish();
    }

    /// The next event; `None` when more bytes are needed or, after [`finish`](Self::finish), when the
    /// body is done.
    ///
    /// # Errors
    /// [`MultipartError`]; nothing more comes after it.
    pub fn next_event(&mut self) -> Result<Option<Event>, MultipartError> {
        let event = self.advance();
        if event.is_err() {
            self.state = State::Done;
        }
        event
    }

    fn advance(&mut self) -> Result<Option<Event>, MultipartError> {
        loop {
            let event = if !self.rest.is_empty() {
                let rest = std::mem::take(&mut self.rest);
                self.data(rest)?
            } else if matches!(self.state, State::Done) {
                return Ok(None);
            } else {
                match self.segments.next() {
                    Some(Piece::Begin) => self.begin(),
                    Some(Piece::Data(bytes)) => self.data(bytes)?,
                    Some(Piece::End) => self.end()?,
                    None if self.segments.is_finished() => return self.broken_off(),
                    None => return Ok(None),
                }
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    fn begin(&mut self) -> Option<Event> {
        let ended = matches!(self.state, State::FileEnded);
        self.state = State::Head(Vec::new());
        ended.then_some(Event::FileEnd)
    }

    fn data(&mut self, bytes: Bytes) -> Result<Option<Event>, MultipartError> {
        match &mut self.state {
            State::Head(head) => {
                let before = head.len();
                head.extend_from_slice(&bytes[..bytes.len().min(MAX_HEAD - before)]);
                let from = before.saturating_sub(3);
                match memchr::memmem::find(&head[from..], b"\r\n\r\n") {
                    Some(place) => {
                        let end = from + place;
                        self.rest = bytes.slice(end + 4 - before..);
                        let head = read_head(&head[..end]);
                        self.start(head)
                    }
                    None if head.len() == MAX_HEAD => Err(MultipartError::HeadTooLong),
                    None => Ok(None),
                }
            }
            State::Field { value, .. } => {
                self.memory = self.memory.saturating_add(bytes.len());
                if self.limits.memory.is_some_and(|limit| self.memory > limit) {
                    return Err(MultipartError::TooBig);
                }
                value.extend_from_slice(&bytes);
                Ok(None)
            }
            State::File(None) => Ok(Some(Event::Data(bytes))),
            State::File(Some(base64)) => {
                let decoded = base64.decode(&bytes);
                Ok((!decoded.is_empty()).then(|| Event::Data(decoded.into())))
            }
            State::Skip | State::FileEnded | State::Done => Ok(None),
        }
    }

    /// A part with this head begins.
    fn start(&mut self, head: Head) -> Result<Option<Event>, MultipartError> {
        self.state = State::Skip;
        if head.kind != Kind::File {
            self.count_field()?;
        }
        let Some(name) = head.name else { return Ok(None) };
        let name = self.charset.decode(name.as_bytes()).into_owned();
        match head.kind {
            Kind::Raw => Ok(None),
            Kind::Field => {
                self.memory = self.memory.saturating_add(name.chars().count() + 2);
                if self.limits.memory.is_some_and(|limit| self.memory > limit) {
                    return Err(MultipartError::TooBig);
                }
                self.state = State::Field { name, value: Vec::new(), base64: head.base64 };
                Ok(None)
            }
            Kind::File => {
                self.files += 1;
                if self.limits.files.is_some_and(|limit| self.files > limit) {
                    return Err(MultipartError::TooManyFiles);
                }
                let file_name = self.charset.decode(head.file_name.as_bytes());
                let Some(Ok(file_name)) = sanitize_file_name(&file_name).map(|name| uploaded_name(&name))
                else {
                    return Ok(None);
                };
                // Django never completes a file whose field has no name.
                if name.is_empty() {
                    return Ok(None);
                }
                self.state = State::File(head.base64.then(Base64::default));
                Ok(Some(Event::File(FileHead {
                    field: name,
                    name: file_name,
                    content_type: head.content_type,
                    charset: head.charset,
                })))
            }
        }
    }

    fn count_field(&mut self) -> Result<(), MultipartError> {
        self.fields += 1;
        // What stands before the first and after the last boundary are fields to Django.
        let over = self.limits.fields.is_some_and(|limit| self.fields > limit.saturating_add(2));
        if over { Err(MultipartError::TooManyFields) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<Option<Event>, MultipartError> {
        match std::mem::replace(&mut self.state, State::Skip) {
            State::Head(_) => {
                self.count_field()?;
                Ok(None)
            }
            State::Field { name, value, base64 } => {
                let value = if base64 { decode_field(value) } else { value };
                Ok(Some(Event::Field { name, value: self.charset.decode(&value).into_owned() }))
            }
            State::File(base64) => {
                if base64.is_some_and(|base64| !base64.is_whole()) {
                    return Err(MultipartError::Base64);
                }
                self.state = State::FileEnded;
                Ok(None)
            }
            State::Skip | State::FileEnded | State::Done => Ok(None),
        }
    }

    /// The body is over, within a part or right behind a boundary.
    fn broken_off(&mut self) -> Result<Option<Event>, MultipartError> {
        let in_part = self.segments.in_segment();
        let event = match self.state {
            State::FileEnded => Some(Event::FileInterrupted),
            _ if in_part => {
                let event = self.end()?;
                if matches!(self.state, State::FileEnded) { Some(Event::FileInterrupted) } else { event }
            }
            _ => None,
        };
        self.state = State::Done;
        Ok(event)
    }
}

fn is_boundary(text: &str) -> bool {
    (1..=201).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !text.ends_with(' ')
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MultipartError::ContentType => "invalid multipart content type",
            MultipartError::Boundary => "invalid boundary in multipart",
            MultipartError::ContentLength => "invalid content length",
            MultipartError::HeadTooLong => "the head of a part is too long",
            MultipartError::Base64 => "could not decode base64 data",
            MultipartError::TooManyFields => "the number of fields exceeded the limit",
            MultipartError::TooManyFiles => "the number of files exceeded the limit",
            MultipartError::TooBig => "the fields exceeded the limit on memory",
        })
    }
}

impl std::error::Error for MultipartError {}

#[cfg(test)]
mod tests;
