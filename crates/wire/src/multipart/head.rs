//! The header lines of a part.

use crate::header_params::parse_header_parameters;

/// The head of a part ends within this many bytes (`MAX_TOTAL_HEADER_SIZE`).
pub(super) const MAX_HEAD: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Without a `Content-Disposition`: counted and skipped.
    Raw,
    Field,
    File,
}

#[derive(Debug)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// The field's name; a part without one is skipped.
    pub(super) name: Option<String>,
    pub(super) file_name: String,
    pub(super) content_type: String,
    pub(super) charset: Option<String>,
    pub(super) base64: bool,
}

/// Reads header lines (`parse_boundary_stream`). A line that has no meaning is left out, and of several
/// with one name the last counts.
pub(super) fn read_head(bytes: &[u8]) -> Head {
    let mut head = Head {
        kind: Kind::Raw,
        name: None,
        file_name: String::new(),
        content_type: String::new(),
        charset: None,
        base64: false,
    };
    for line in lines(bytes) {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let Ok(line) = parse_header_parameters(line) else { continue };
        let Some((name, value)) = line.value.split_once(':') else { continue };
        match name {
            "content-disposition" => {
                let file_name = line.get("filename").unwrap_or_default();
                head.kind = if file_name.is_empty() { Kind::Field } else { Kind::File };
                head.file_name = file_name.to_owned();
                head.name = line.get("name").map(|name| name.trim_matches(is_ascii_space).to_owned());
            }
            "content-type" => {
                head.content_type = crate::python::strip(value).to_owned();
                head.charset = line.get("charset").map(str::to_owned);
            }
            "content-transfer-encoding" => head.base64 = crate::python::strip(value) == "base64",
            _ => {}
        }
    }
    head
}

/// The white space of Python's `bytes`.
fn is_ascii_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// Splits at each CRLF.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memmem::find_iter(bytes, b"\r\n").chain([bytes.len()]);
    ends.scan(0, |start, end| {
        let line = &bytes[*start..end];
        *start = end + 2;
        Some(line)
    })
}
