//! HTML cut into tags and text, as Python's `html.parser` cuts it, for `striptags` and the `truncate…_html` filters.

use std::borrow::Cow;

use crate::template::error::{ErrorKind, TemplateError};
use nuages_wire::html::unescape;

/// A piece of HTML.
#[derive(Debug)]
pub(crate) enum Piece<'h> {
    /// An opening tag: its name in lower case, its source, and whether it closes itself.
    Start {
        name: String,
        text: &'h str,
        closed: bool,
    },
    End {
        name: String,
    },
    Data(Cow<'h, str>),
    /// A comment, declaration or processing instruction.
    Other,
}

/// How often tags within tags are stripped.
const MAX_STRIPS: usize = 50;

/// The text without tags; what only becomes a tag by stripping is stripped too.
pub(crate) fn strip_tags(text: &str) -> Result<String, TemplateError> {
    let mut value = text.to_owned();
    for _ in 0..MAX_STRIPS {
        if !value.contains('<') || !value.contains('>') {
            return Ok(value);
        }
        let stripped = text_of(&pieces(&value, false));
        let same = value.matches('<').count() == stripped.matches('<').count();
        if same {
            return Ok(value);
        }
        value = stripped;
    }
    Err(ErrorKind::Limit("tags within tags").into())
}

/// The texts alone. Character references come back with their semicolon.
fn text_of(pieces: &[Piece<'_>]) -> String {
    let mut out = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Data(text) = piece else { continue };
        let last = index + 1 == pieces.len();
        let mut rest: &str = text;
        while let Some(at) = rest.find('&') {
            let name = &rest[at + 1..];
            let length = reference_length(name);
            let (taken, after) = rest.split_at(at + 1 + length);
            out.push_str(taken);
            // Python's parser sees a reference only where some other character ends it.
            if length > 0 && !after.starts_with(';') && !(after.is_empty() && last) {
                out.push(';');
            }
            rest = after;
        }
        out.push_str(rest);
    }
    out
}

/// The length of the name or number that the text after `&` begins with.
fn reference_length(text: &str) -> usize {
    let run = |text: &str, test: fn(char) -> bool| text.find(|c| !test(c)).unwrap_or(text.len());
    if let Some(number) = text.strip_prefix('#') {
        return match number.strip_prefix(['x', 'X']) {
            Some(digits) => Some(run(digits, |c| c.is_ascii_hexdigit()))
                .filter(|length| *length > 0)
                .map_or(0, |length| length + 2),
            None => Some(run(number, |c| c.is_ascii_digit()))
                .filter(|length| *length > 0)
                .map_or(0, |length| length + 1),
        };
    }
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        run(text, |c| c.is_ascii_alphanumeric() || "-.".contains(c))
    } else {
        0
    }
}

/// Cuts HTML up; with `charrefs`, entities in text are read.
pub(crate) fn pieces(html: &str, charrefs: bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut text_from = 0;
    let mut raw: Option<String> = None;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        let Some((piece, length)) = tag(&html[start..], raw.as_deref()) else {
            at = start + 1;
            if charrefs && raw.is_none() {
                push_data(&html[text_from..start], true, &mut pieces);
                // The truncating filters wait for the rest of a tag in vain, so nothing of it is seen.
                if html[at..].is_empty()
                    || html[at..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c))
                {
                    return pieces;
                }
                pieces.push(Piece::Data(Cow::Borrowed("<")));
                text_from = at;
            }
            continue;
        };
        push_data(&html[text_from..start], charrefs && raw.is_none(), &mut pieces);
        match &piece {
            Piece::Start { name, closed: false, .. } if matches!(name.as_str(), "script" | "style") => {
                raw = Some(name.clone())
            }
            Piece::End { .. } => raw = None,
            _ => {}
        }
        pieces.push(piece);
        at = start + length;
        text_from = at;
    }
    let rest = &html[text_from..];
    if charrefs && raw.is_none() {
        push_data(&rest[..complete(rest)], true, &mut pieces);
    } else {
        push_data(rest, false, &mut pieces);
    }
    pieces
}

/// How much of the last text the truncating filters see: nothing, if it may end within a character reference.
fn complete(text: &str) -> usize {
    let tail = text.char_indices().rev().nth(33).map_or(0, |(at, _)| at);
    match text[tail..].rfind('&').map(|at| tail + at) {
        Some(at) if !text[at..].contains(|c: char| c.is_whitespace() || c == ';') => 0,
        _ => text.len(),
    }
}

fn push_data<'h>(text: &'h str, charrefs: bool, pieces: &mut Vec<Piece<'h>>) {
    if !text.is_empty() {
        pieces.push(Piece::Data(if charrefs { unescape(text) } else { Cow::Borrowed(text) }));
    }
}

/// The markup that `html` begins with and its length; `None` if the `<` is text. Within `raw` only its end is a tag.
fn tag<'h>(html: &'h str, raw: Option<&str>) -> Option<(Piece<'h>, usize)> {
    let next = html[1..].chars().next()?;
    if let Some(raw) = raw {
        let name = html.get(2..2 + raw.len()).filter(|name| next == '/' && name.eq_ignore_ascii_case(raw))?;
        let end = html[2 + name.len()..].find('>')? + 3 + name.len();
        return Some((Piece::End { name: raw.to_owned() }, end));
    }
    match next {
        'a'..='z' | 'A'..='Z' => start_tag(html),
        '/' => end_tag(html),
        '!' if html.starts_with("<!--") => html[4..].find("-->").map(|end| (Piece::Other, end + 7)),
        '!' => html.find('>').map(|end| (Piece::Other, end + 1)),
        '?' => html.find('>').map(|end| (Piece::Other, end + 1)),
        _ => None,
    }
}

fn start_tag(html: &str) -> Option<(Piece<'_>, usize)> {
    let name_end = html[1..].find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '\0'))? + 1;
    let name = html[1..name_end].to_lowercase();
    let mut quote = None;
    let mut after_equals = false;
    for (at, c) in html.char_indices().skip_while(|(at, _)| *at < name_end) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if after_equals => quote = Some(c),
            (None, '>') => {
                let text = &html[..=at];
                return Some((Piece::Start { name, text, closed: text.ends_with("/>") }, at + 1));
            }
            _ => {}
        }
        after_equals = c == '=' || (after_equals && c.is_ascii_whitespace());
    }
    None
}

fn end_tag(html: &str) -> Option<(Piece<'_>, usize)> {
    let end = html.find('>')?;
    let inner = html[2..end].trim_start();
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Some((Piece::Other, end + 1));
    }
    let name =
        inner.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default().to_lowercase();
    Some((Piece::End { name }, end + 1))
}
