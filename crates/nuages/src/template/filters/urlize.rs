//! `urlize` and `urlizetrunc`: web and mail addresses in text become links.
//!
//! `see www.example.com.` becomes `see <a href="http://www.example.com" rel="nofollow">www.example.com</a>.`

use std::borrow::Cow;

use nuages_wire::percent::{quote, quote_plus, unquote};

use super::Argument::{Must, No};
use super::{Filter, Filtered, Text};
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::escape::escape;
use crate::template::value::{Value, to_int};
use nuages_wire::html::unescape;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::text("urlize", No, |value, _, env| Ok(Value::safe(urlize(value, None, env)))).keeps_safe(),
    Filter::text("urlizetrunc", Must, urlizetrunc).keeps_safe(),
];

/// The longest address that becomes a link (`MAX_URL_LENGTH`), in characters.
const MAX_URL: usize = 2048;
/// What stays in a quoted part of an address.
const SAFE: &str = "!$&'()*+,;=:/?#[]@~";

fn urlizetrunc(value: &Text<'_>, limit: Option<&Value>, env: &Env) -> Filtered {
    let limit = limit.and_then(to_int).ok_or_else(|| TemplateError::value("invalid literal for int()"))?;
    Ok(Value::safe(urlize(value, Some(usize::try_from(limit).unwrap_or(0)), env)))
}

fn urlize(value: &Text<'_>, limit: Option<usize>, env: &Env) -> String {
    let escapes = env.autoescape && !value.safe;
    let mut out = String::with_capacity(value.len() * 2);
    let mut rest: &str = value;
    while !rest.is_empty() {
        let separates = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'');
        let word = rest.find(separates).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word);
        let (blank, after) = after.split_at(after.find(|c| !separates(c)).unwrap_or(after.len()));
        match link(word, limit, escapes) {
            Some(link) => out.push_str(&link),
            None => out.push_str(&escaped(word, escapes)),
        }
        out.push_str(&escaped(blank, escapes));
        rest = after;
    }
    out
}

fn escaped(text: &str, escapes: bool) -> Cow<'_, str> {
    if escapes { Cow::Owned(escape(text)) } else { Cow::Borrowed(text) }
}

/// The word with its address as a link; `None` if it holds none.
fn link(word: &str, limit: Option<usize>, escapes: bool) -> Option<String> {
    if !word.contains(['.', '@', ':']) {
        return None;
    }
    let (lead, middle, trail) = trim_punctuation(word);
    let short = middle.chars().count() <= MAX_URL;
    let (href, rel) = if short && is_url(middle) {
        (smart_urlquote(&unescape(middle)), " rel=\"nofollow\"")
    } else if short && is_bare_url(middle) {
        (smart_urlquote(&format!("http://{}", unescape(middle))), " rel=\"nofollow\"")
    } else if !middle.contains(':') && is_email(middle) {
        let (local, domain) = middle.rsplit_once('@')?;
        (format!("mailto:{}@{}", quote(local, ""), quote(domain, "")), "")
    } else {
        return None;
    };
    let shown = match limit {
        Some(limit) if middle.chars().count() > limit => {
            Cow::Owned(middle.chars().take(limit.saturating_sub(1)).chain(['…']).collect::<String>())
        }
        _ => Cow::Borrowed(middle),
    };
    let (lead, shown, trail) = (escaped(lead, escapes), escaped(&shown, escapes), escaped(&trail, escapes));
    Some(format!("{lead}<a href=\"{}\"{rel}>{shown}</a>{trail}", escape(&href)))
}

/// `^https?://\[?\w` without case.
fn is_url(text: &str) -> bool {
    let lower = text.chars().take(10).collect::<String>().to_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    rest.map(|rest| rest.strip_prefix('[').unwrap_or(rest)).is_some_and(|rest| rest.starts_with(is_word))
}

/// `^www\.|^(?!http)\w[^@]+\.(com|edu|gov|int|mil|net|org)($|/.*)$` without case.
fn is_bare_url(text: &str) -> bool {
    let lower = text.to_lowercase();
    if lower.starts_with("www.") {
        return true;
    }
    if lower.starts_with("http") || !lower.starts_with(is_word) {
        return false;
    }
    let first = lower.chars().next().map_or(0, char::len_utf8);
    lower.match_indices('.').filter(|(at, _)| *at > first && !lower[..*at].contains('@')).any(|(at, _)| {
        let rest = &lower[at + 1..];
        rest.get(..3)
            .is_some_and(|domain| matches!(domain, "com" | "edu" | "gov" | "int" | "mil" | "net" | "org"))
            && (rest.len() == 3 || rest[3..].starts_with('/'))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Django's `EmailValidator` without quoted names and literal addresses of hosts.
fn is_email(text: &str) -> bool {
    let Some((user, domain)) = text.rsplit_once('@').filter(|_| text.len() <= 320) else { return false };
    let atom = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-!#$%&'*+/=?^_`{}|~".contains(c))
    };
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || ('\u{a1}'..='\u{ffff}').contains(&c);
    let label =
        |part: &str, least: usize| (least..=63).contains(&part.chars().count()) && part.chars().all(letter);
    let ends_well = |part: &str| !part.ends_with('-');
    let Some((hosts, top)) = domain.rsplit_once('.') else { return false };
    user.split('.').all(atom)
        && label(top, 2)
        && ends_well(top)
        && hosts.split('.').all(|part| label(part, 1) && ends_well(part) && !part.starts_with('-'))
}

/// Splits off opening brackets in front, and closing ones and punctuation behind.
fn trim_punctuation(word: &str) -> (&str, &str, String) {
    let mut middle = word.trim_start_matches(['(', '[']);
    let lead = &word[..word.len() - middle.len()];
    let mut trail = String::new();
    let mut counts = ['(', ')', '[', ']'].map(|c| middle.matches(c).count());
    let mut trimmed = true;
    while trimmed && !middle.is_empty() {
        trimmed = false;
        for (open, closing) in [(0, ')'), (2, ']')] {
            if counts[open] < counts[open + 1] && middle.ends_with(closing) {
                let strip = (counts[open + 1] - counts[open]).min(middle.chars().count());
                let at = middle.char_indices().rev().nth(strip - 1).map_or(0, |(at, _)| at);
                // Django replaces what was split off so far, too.
                trail = middle[at..].to_owned();
                middle = &middle[..at];
                counts[open + 1] -= strip;
                trimmed = true;
            }
        }
        let entity = middle.rfind('&');
        let stripped = match entity {
            None => middle.trim_end_matches(['.', ',', ':', '!', ';']),
            Some(_) => middle.trim_end_matches(['.', ',', ':', '!']),
        };
        if stripped.len() < middle.len() {
            trail.insert_str(0, &middle[stripped.len()..]);
            middle = stripped;
            trimmed = true;
        }
        if middle.ends_with(';') && trim_semicolons(&mut middle, &mut trail, entity) {
            trimmed = true;
        }
    }
    (lead, middle, trail)
}

/// Splits off semicolons that do not end an entity.
fn trim_semicolons(middle: &mut &str, trail: &mut String, entity: Option<usize>) -> bool {
    let potential = match entity {
        Some(at) => &middle[at..],
        None => &middle[middle.len() - 1..],
    };
    let read = unescape(potential);
    if read != potential && !read.ends_with(';') {
        return false;
    }
    let stripped = middle.trim_end_matches(['.', ',', ':', '!', ';']);
    let semicolons = middle.len() - middle.trim_end_matches(';').len();
    let mut cut = stripped.len();
    if entity.is_some() && semicolons > 1 {
        cut += middle[cut..].find(';').map_or(0, |at| at + 1);
    }
    trail.insert_str(0, &middle[cut..]);
    *middle = &middle[..cut];
    true
}

/// The address with everything quoted that an address must not hold.
fn smart_urlquote(url: &str) -> String {
    let again = |part: &str| quote(&unquote(part), SAFE);
    let Some((scheme, rest)) = url.split_once("://") else { return again(url) };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if host.contains('[') != host.contains(']') {
        return again(url);
    }
    let mut out = format!("{}://{}{}", scheme.to_lowercase(), again(host), again(path));
    let decode = |text: &str| unquote(&unquote(&text.replace('+', " "))).into_owned();
    let pairs = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let query = pairs
        .map(|(name, value)| format!("{}={}", quote_plus(&decode(name), ""), quote_plus(&decode(value), "")))
        .collect::<Vec<_>>()
        .join("&");
    for (mark, part) in [('?', query), ('#', again(fragment))] {
        if !part.is_empty() {
            out.push(mark);
            out.push_str(&part);
        }
    }
    out
}
