//! Filters that shorten text, and HTML without breaking its tags.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::Argument::Must;
use super::tags_html::{Piece, pieces};
use super::{Filter, Filtered, Text};
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::escape::escape_into;
use crate::template::value::{Value, to_int};

pub(crate) static FILTERS: &[Filter] = &[
    Filter::text("truncatechars", Must, |value, length, env| {
        limited(value, length, |limit| truncate_chars(value, limit, env))
    })
    .keeps_safe(),
    Filter::text("truncatechars_html", Must, |value, length, env| {
        limited(value, length, |limit| truncate_html_chars(value, limit, env))
    })
    .keeps_safe(),
    Filter::text("truncatewords", Must, |value, length, _| {
        limited(value, length, |limit| truncate_words(value, limit))
    })
    .keeps_safe(),
    Filter::text("truncatewords_html", Must, |value, length, env| {
        limited(value, length, |limit| truncate_html_words(value, limit, env))
    })
    .keeps_safe(),
];

/// What stands for the words that were cut.
const WORDS_END: &str = " …";

/// Runs a filter with its limit; the text as it is where the limit is no number, empty where it is not positive.
fn limited(value: &Text<'_>, limit: Option<&Value>, run: impl FnOnce(usize) -> String) -> Filtered {
    let limit = limit
        .filter(|limit| !limit.is_none())
        .ok_or_else(|| TemplateError::value("int() argument must be a number"))?;
    Ok(match to_int(limit) {
        None => Value::from(&*value.text),
        Some(limit) if limit.sign() != num_bigint::Sign::Plus => Value::empty(),
        Some(limit) => Value::from(run(usize::try_from(limit).unwrap_or(usize::MAX))),
    })
}

/// Appends the sign of cutting to `text`, unless it is there.
fn add_end(text: &mut String, end: Option<&str>, env: &Env) {
    match end {
        Some(end) if text.ends_with(end) => {}
        Some(end) => text.push_str(end),
        None => {
            *text = env
                .pgettext("String to return when truncating text", "%(truncated_text)s…")
                .replace("%(truncated_text)s", text)
        }
    }
}

fn is_combining(c: char) -> bool {
    canonical_combining_class(c) != 0
}

/// The characters that are left beside the sign of cutting.
fn room(length: usize, env: &Env) -> usize {
    let mut end = String::new();
    add_end(&mut end, None, env);
    length - end.chars().filter(|c| !is_combining(*c)).count().min(length)
}

fn truncate_chars(value: &str, length: usize, env: &Env) -> String {
    let text: String = value.nfc().collect();
    let room = room(length, env);
    let (mut count, mut end) = (0, None);
    for (at, c) in text.char_indices() {
        if is_combining(c) {
            continue;
        }
        count += 1;
        if end.is_none() && count > room {
            end = Some(at);
        }
        if count > length {
            let mut cut = text[..end.unwrap_or(0)].to_owned();
            add_end(&mut cut, None, env);
            return cut;
        }
    }
    text
}

fn truncate_words(value: &str, length: usize) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    if words.len() <= length {
        return words.join(" ");
    }
    let cut = words[..length].join(" ");
    if cut.ends_with(WORDS_END) { cut } else { cut + WORDS_END }
}

const VOID_ELEMENTS: [&str; 16] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr", "frame", "spacer",
];

/// HTML that is copied until its text is used up; what is open then is closed.
struct Cutter {
    out: String,
    open: Vec<String>,
}

impl Cutter {
    /// Copies the pieces; `take` answers what of a text is kept and whether that was all of it.
    fn run(
        html: &str,
        mut take: impl FnMut(&str, &str) -> (String, Taken),
        end: impl Fn(&mut String),
    ) -> String {
        let mut cutter = Self { out: String::with_capacity(html.len()), open: Vec::new() };
        for piece in pieces(html, true) {
            match piece {
                Piece::Start { name, text, closed } => {
                    cutter.out.push_str(text);
                    if !VOID_ELEMENTS.contains(&name.as_str()) {
                        cutter.open.push(name.clone());
                        if closed {
                            cutter.end(&name);
                        }
                    }
                }
                Piece::End { name } => {
                    if !VOID_ELEMENTS.contains(&name.as_str()) {
                        cutter.end(&name);
                    }
                }
                Piece::Data(text) => {
                    let (kept, taken) = take(&text, &cutter.out);
                    match taken {
                        Taken::All => cutter.out.push_str(&kept),
                        Taken::Exactly => {
                            cutter.out.push_str(&kept);
                            return cutter.close();
                        }
                        Taken::Part => {
                            let mut last = kept;
                            end(&mut last);
                            cutter.out.push_str(&last);
                            return cutter.close();
                        }
                    }
                }
                Piece::Other => {}
            }
        }
        cutter.out
    }

    fn end(&mut self, name: &str) {
        self.out.extend(["</", name, ">"]);
        if self.open.last().is_some_and(|open| open == name) {
            self.open.pop();
        }
    }

    fn close(mut self) -> String {
        for name in self.open.iter().rev() {
            self.out.extend(["</", name, ">"]);
        }
        self.out
    }
}

enum Taken {
    All,
    /// All of it, and there is nothing after it.
    Exactly,
    Part,
}

fn truncate_html_chars(value: &str, length: usize, env: &Env) -> String {
    let html: String = value.nfc().collect();
    let total = html.chars().count();
    let mut remaining = room(length, env);
    let mut processed = 0;
    let take = |text: &str, out: &str| {
        let count = text.chars().count();
        processed += count;
        if processed == length && out.chars().count() + count == total {
            return (text.to_owned(), Taken::Exactly);
        }
        let mut kept = String::new();
        let end = text.char_indices().nth(remaining).map_or(text.len(), |(at, _)| at);
        escape_into(&text[..end], &mut kept);
        if remaining < count {
            remaining = 0;
            return (kept, Taken::Part);
        }
        remaining -= count;
        (kept, Taken::All)
    };
    Cutter::run(&html, take, |text| add_end(text, None, env))
}

fn truncate_html_words(value: &str, length: usize, env: &Env) -> String {
    let mut remaining = length;
    let take = |text: &str, _: &str| {
        let words = split_between_words(text);
        let mut kept = String::new();
        escape_into(&words[..words.len().min(remaining)].join(" "), &mut kept);
        if remaining < words.len() {
            remaining = 0;
            return (kept, Taken::Part);
        }
        remaining -= words.len();
        (kept, Taken::All)
    };
    Cutter::run(value, take, |text| add_end(text, Some(WORDS_END), env))
}

/// Splits at blanks between words; blanks at the ends stay with their word.
fn split_between_words(text: &str) -> Vec<&str> {
    let inner = text.trim();
    if inner.is_empty() {
        return vec![text];
    }
    let start = text.len() - text.trim_start().len();
    let mut words: Vec<&str> = inner.split_whitespace().collect();
    let (first, last) = (words[0].len(), words[words.len() - 1].len());
    if words.len() == 1 {
        return vec![text];
    }
    words[0] = &text[..start + first];
    let at = words.len() - 1;
    words[at] = &text[start + inner.len() - last..];
    words
}
