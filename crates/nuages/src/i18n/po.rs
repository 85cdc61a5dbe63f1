//! Reads gettext `.po` text: `msgctxt`, `msgid`, `msgid_plural`, `msgstr`, `msgstr[n]`.

use std::fmt;

/// The longest text that is read, in bytes, and the most messages.
const MAX_LENGTH: usize = 8 * 1024 * 1024;
const MAX_MESSAGES: usize = 100_000;

/// Why a `.po` text could not be read, and on which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for PoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the catalog: {}", self.line, self.reason)
    }
}

impl std::error::Error for PoError {}

/// A message and its translations, one per plural form.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) context: Option<String>,
    pub(super) id: Option<String>,
    pub(super) plural: Option<String>,
    pub(super) translations: Vec<String>,
    pub(super) fuzzy: bool,
}

/// The part of a message that following quoted lines add to.
#[derive(Clone, Copy)]
enum Part {
    Context,
    Id,
    Plural,
    Translation,
}

/// Reads all messages; obsolete ones (`#~`) are left out.
pub(super) fn parse(text: &str) -> Result<Vec<Message>, PoError> {
    if text.len() > MAX_LENGTH {
        return Err(PoError { line: 1, reason: "the catalog is too large" });
    }
    let mut messages: Vec<Message> = Vec::new();
    let mut message = Message::default();
    let mut part = None;
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
        let error = |reason| PoError { line: number, reason };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            if part.is_some() && message.id.is_some() {
                messages.push(std::mem::take(&mut message));
                part = None;
            }
            if line.starts_with("#,") && line.contains("fuzzy") {
                message.fuzzy = true;
            }
            continue;
        }
        let (word, quoted) = match line.find('"') {
            Some(at) => (line[..at].trim(), &line[at..]),
            None => return Err(error("a quoted text is missing")),
        };
        let value = unquote(quoted).ok_or_else(|| error("the quoted text is not well formed"))?;
        let starts_message = word == "msgctxt" || (word == "msgid" && message.id.is_some());
        if starts_message && message.id.is_some() {
            let fuzzy = std::mem::take(&mut message);
            messages.push(fuzzy);
        }
        if messages.len() > MAX_MESSAGES {
            return Err(error("too many messages"));
        }
        match word {
            "msgctxt" => (message.context, part) = (Some(value), Some(Part::Context)),
            "msgid" => (message.id, part) = (Some(value), Some(Part::Id)),
            "msgid_plural" => (message.plural, part) = (Some(value), Some(Part::Plural)),
            "" => match part {
                Some(Part::Context) => message.context.get_or_insert_default().push_str(&value),
                Some(Part::Id) => message.id.get_or_insert_default().push_str(&value),
                Some(Part::Plural) => message.plural.get_or_insert_default().push_str(&value),
                Some(Part::Translation) => {
                    _ = message.translations.last_mut().map(|last| last.push_str(&value))
                }
                None => return Err(error("a text without a keyword")),
            },
            _ if word == "msgstr" || word == format!("msgstr[{}]", message.translations.len()) => {
                message.translations.push(value);
                part = Some(Part::Translation);
            }
            _ => return Err(error("an unknown keyword")),
        }
    }
    if message.id.is_some() {
        messages.push(message);
    }
    Ok(messages)
}

/// The text in quotes, with C's escapes read.
fn unquote(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                escaped @ ('"' | '\\') => escaped,
                _ => return None,
            }),
            '"' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}
