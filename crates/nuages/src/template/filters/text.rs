//! Filters of plain text.

use nuages_wire::percent::{iri_to_uri, quote};
use unicode_normalization::UnicodeNormalization as _;

use super::Argument::{Maybe, Must, No};
use super::{Filter, Filtered, Text, text_argument};
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::value::{Value, to_int};

pub(crate) static FILTERS: &[Filter] = &[
    Filter::text("addslashes", No, |value, _, _| {
        Ok(value.replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'").into())
    })
    .keeps_safe(),
    Filter::text("capfirst", No, |value, _, _| Ok(capfirst(value).into())).keeps_safe(),
    Filter::text("center", Must, center).keeps_safe(),
    Filter::text("cut", Must, cut),
    Filter::text("iriencode", No, |value, _, _| Ok(iri_to_uri(value).into())).keeps_safe(),
    Filter::text("ljust", Must, |value, width, _| {
        Ok(format!("{}{}", &**value, padding(value, width)?).into())
    })
    .keeps_safe(),
    Filter::text("lower", No, |value, _, _| Ok(value.to_lowercase().into())).keeps_safe(),
    Filter::value("phone2numeric", No, phone2numeric).keeps_safe(),
    Filter::text("rjust", Must, |value, width, _| {
        Ok(format!("{}{}", padding(value, width)?, &**value).into())
    })
    .keeps_safe(),
    Filter::text("slugify", No, |value, _, _| Ok(slugify(value).into())).keeps_safe(),
    Filter::text("title", No, |value, _, _| Ok(title_filter(value).into())).keeps_safe(),
    Filter::text("upper", No, |value, _, _| Ok(value.to_uppercase().into())),
    Filter::text("urlencode", Maybe, urlencode),
    Filter::text("wordcount", No, |value, _, _| Ok(value.split_whitespace().count().into())),
    Filter::text("wordwrap", Must, wordwrap).keeps_safe(),
];

/// The longest line that padding makes, in characters.
const MAX_WIDTH: usize = 10_000;

/// The text with its first character in upper case.
pub(crate) fn capfirst(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars.as_str().chars()).collect())
}

/// Python's `str.title()`.
pub(crate) fn title(text: &str) -> String {
    let is_cased = |c: char| c.is_lowercase() || c.is_uppercase() || c.to_lowercase().ne([c]);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_cased) {
        let (before, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !is_cased(c)).unwrap_or(word.len()));
        out.push_str(before);
        // The word is lowered as a whole, for a sigma at its end has a form of its own.
        let lower = word.to_lowercase();
        let first = word.chars().next().unwrap_or_default();
        let first_lower: usize = first.to_lowercase().map(char::len_utf8).sum();
        match first {
            '\u{1c4}'..='\u{1c6}' => out.push('\u{1c5}'),
            '\u{1c7}'..='\u{1c9}' => out.push('\u{1c8}'),
            '\u{1ca}'..='\u{1cc}' => out.push('\u{1cb}'),
            '\u{1f1}'..='\u{1f3}' => out.push('\u{1f2}'),
            'ß' => out.push_str("Ss"),
            first => out.extend(first.to_uppercase()),
        }
        out.push_str(&lower[first_lower..]);
        rest = after;
    }
    out + rest
}

/// Title case, but not after an apostrophe in a word nor after a digit.
fn title_filter(text: &str) -> String {
    let title: Vec<char> = title(text).chars().collect();
    let lower = |at: usize| {
        let before = |back: usize| at.checked_sub(back).and_then(|at| title.get(at)).copied();
        let after_apostrophe = before(1) == Some('\'') && before(2).is_some_and(|c| c.is_ascii_lowercase());
        title[at].is_ascii_uppercase() && (after_apostrophe || before(1).is_some_and(char::is_numeric))
    };
    (0..title.len()).map(|at| if lower(at) { title[at].to_ascii_lowercase() } else { title[at] }).collect()
}

/// The width that a filter was given.
fn width_of(width: Option<&Value>) -> Result<usize, TemplateError> {
    let width = width.and_then(to_int).ok_or_else(|| TemplateError::value("invalid literal for int()"))?;
    Ok(usize::try_from(&width)
        .unwrap_or(if width.sign() == num_bigint::Sign::Minus { 0 } else { MAX_WIDTH })
        .min(MAX_WIDTH))
}

fn padding(text: &str, width: Option<&Value>) -> Result<String, TemplateError> {
    Ok(" ".repeat(width_of(width)?.saturating_sub(text.chars().count())))
}

fn center(value: &Text<'_>, width: Option<&Value>, _: &Env) -> Filtered {
    let width = width_of(width)?;
    let total = width.saturating_sub(value.chars().count());
    // Python puts the odd blank to the left only if the width is odd too.
    let left = total / 2 + (total & width & 1);
    Ok(format!("{}{}{}", " ".repeat(left), &**value, " ".repeat(total - left)).into())
}

fn cut(value: &Text<'_>, part: Option<&Value>, _: &Env) -> Filtered {
    let part = text_argument(part)?;
    let text = value.replace(part, "");
    Ok(if value.safe && part != ";" { Value::safe(text) } else { text.into() })
}

fn phone2numeric(value: &Value, _: Option<&Value>, _: &Env) -> Filtered {
    let text = value.as_str().ok_or_else(|| TemplateError::value("phone2numeric needs text"))?;
    let digit = |c| match c {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        'w'..='z' => '9',
        other => other,
    };
    Ok(text.to_lowercase().chars().map(digit).collect::<String>().into())
}

/// ASCII letters, digits, `_` and single hyphens.
pub(crate) fn slugify(text: &str) -> String {
    let plain: String = text.nfkd().filter(char::is_ascii).collect::<String>().to_lowercase();
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' => out.push(c),
            '-' | ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1f' if !out.ends_with('-') => {
                out.push('-')
            }
            _ => {}
        }
    }
    out.trim_matches(['-', '_']).to_owned()
}

fn urlencode(value: &Text<'_>, safe: Option<&Value>, _: &Env) -> Filtered {
    let safe = match safe {
        None => "/",
        safe => text_argument(safe)?,
    };
    Ok(quote(value, safe).into())
}

fn wordwrap(value: &Text<'_>, width: Option<&Value>, _: &Env) -> Filtered {
    let width = width_of(width)?;
    let mut lines = Vec::new();
    for line in split_lines(value) {
        if width == 0 {
            return Err(TemplateError::value("invalid width 0 (must be > 0)"));
        }
        let before = lines.len();
        wrap_line(&expand_tabs(line), width, &mut lines);
        if lines.len() == before {
            lines.push(line.to_owned());
        }
    }
    if value.ends_with('\n') {
        lines.push(String::new());
    }
    Ok(lines.join("\n").into())
}

/// Breaks a line at blanks, as `textwrap` with long words and blanks left alone.
fn wrap_line(line: &str, width: usize, lines: &mut Vec<String>) {
    let is_blank = |c: char| matches!(c, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ');
    let mut rest = line;
    let first = lines.len();
    while !rest.is_empty() {
        if lines.len() > first && rest.starts_with(is_blank) {
            rest = rest.trim_start_matches(is_blank);
        }
        let (mut length, mut count, mut blank_from) = (0, 0, 0);
        while let Some(c) = rest[length..].chars().next() {
            let blank = is_blank(c);
            let chunk = &rest[length..];
            let chunk = &chunk[..chunk.find(|c| is_blank(c) != blank).unwrap_or(chunk.len())];
            let size = chunk.chars().count();
            if count + size > width && !(length == 0 && size > width) {
                break;
            }
            if !blank {
                blank_from = length + chunk.len();
            }
            length += chunk.len();
            count += size;
        }
        if blank_from > 0 {
            lines.push(rest[..blank_from].to_owned());
        }
        rest = &rest[length..];
    }
}

fn expand_tabs(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let blanks = 8 - column % 8;
            out.extend(std::iter::repeat_n(' ', blanks));
            column += blanks;
        } else {
            out.push(c);
            column += 1;
        }
    }
    out
}

/// Python's `str.splitlines()`.
pub(crate) fn split_lines(text: &str) -> Vec<&str> {
    let is_end =
        |c| matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_end) {
        lines.push(&rest[..at]);
        let end = if rest[at..].starts_with("\r\n") {
            2
        } else {
            rest[at..].chars().next().map_or(1, char::len_utf8)
        };
        rest = &rest[at + end..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}
