//! Which language a visitor gets: the cookie `django_language`, then `Accept-Language`, then the site's own
//! (`get_language_from_request`).
//!
//! `Accept-Language: zh-CN,zh;q=0.9,en;q=0.8` is `zh-hans` on a site of `zh-hans` and `en`.

use super::languages::fallback;

/// Django's `LANGUAGE_COOKIE_NAME`.
pub const LANGUAGE_COOKIE_NAME: &str = "django_language";

/// No code is longer, and no more of a header is read (`LANGUAGE_CODE_MAX_LENGTH`).
const MAX_LENGTH: usize = 500;

/// The languages of a site: Django's `LANGUAGES` and `LANGUAGE_CODE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Languages {
    /// The codes in the order of the settings.
    pub codes: Vec<String>,
    /// The code of a visitor whose wishes cannot be met.
    pub default: String,
}

impl Languages {
    /// The language of a request, from its language cookie and its `Accept-Language` header
    /// (`get_language_from_request`).
    pub fn from_request(&self, cookie: Option<&str>, accept_language: Option<&str>) -> String {
        if let Some(code) = cookie
            && let Some(found) = self.exactly(code).or_else(|| self.variant(code, false))
        {
            return found;
        }
        for (code, _) in parse_accept_lang_header(accept_language.unwrap_or_default()) {
            if code == "*" {
                break;
            }
            if !is_language_code(&code) {
                continue;
            }
            if let Some(found) = self.variant(&code, false) {
                return found;
            }
        }
        self.variant(&self.default, false).unwrap_or_else(|| self.default.clone())
    }

    /// The site's language that serves `code` best: itself, its more general forms, or another of the same language
    /// unless `strict` (`get_supported_language_variant`).
    pub fn variant(&self, code: &str, strict: bool) -> Option<String> {
        let code = match code.len() {
            0 => return None,
            1..=MAX_LENGTH => code,
            _ if strict => return None,
            _ => &code[..code.get(..MAX_LENGTH)?.rfind('-').filter(|at| *at > 0)?],
        };
        let renamed = fallback(code);
        let parents = code.match_indices('-').rev().map(|(at, _)| &code[..at]);
        let possible: Vec<&str> =
            [code].into_iter().chain((renamed != code).then_some(renamed)).chain(parents).collect();
        if let Some(found) = possible.iter().find(|code| self.has(code)) {
            return Some((*found).to_owned());
        }
        let generic = format!("{}-", possible.last()?);
        let similar =
            self.codes.iter().map(|code| code.to_ascii_lowercase()).find(|have| have.starts_with(&generic));
        similar.filter(|_| !strict)
    }

    fn exactly(&self, code: &str) -> Option<String> {
        self.codes.iter().any(|have| have.to_ascii_lowercase() == code).then(|| code.to_owned())
    }

    fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|have| have.eq_ignore_ascii_case(code))
    }
}

/// The languages of an `Accept-Language` header with their weights, the most wanted first; none if any part is not
/// well formed (`parse_accept_lang_header`).
pub fn parse_accept_lang_header(header: &str) -> Vec<(String, f64)> {
    let header = match header.len() {
        ..=MAX_LENGTH => header,
        _ => match header.get(..MAX_LENGTH).and_then(|start| start.rfind(',')) {
            Some(at) if at > 0 => &header[..at],
            _ => return Vec::new(),
        },
    };
    let header = header.to_lowercase();
    let mut result = Vec::new();
    let mut rest = header.as_str();
    while !rest.is_empty() {
        let Some((code, weight, length)) = one(rest) else { return Vec::new() };
        result.push((code.to_owned(), weight));
        rest = &rest[length..];
    }
    result.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    result
}

/// The first `code;q=weight` of a header, with the comma that follows or the end.
fn one(text: &str) -> Option<(&str, f64, usize)> {
    let code = if text.starts_with('*') {
        1
    } else {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
        let mut parts = text[..end].split('-');
        let primary = parts.next().is_some_and(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        if !primary || !parts.all(|part| (1..=8).contains(&part.len())) {
            return None;
        }
        end
    };
    let mut rest = &text[code..];
    let mut weight = 1.0;
    if let Some(quality) = rest.trim_start().strip_prefix(';') {
        let quality = quality.trim_start().strip_prefix("q=")?;
        let end = quality.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(quality.len());
        weight = quality_value(&quality[..end])?;
        rest = &quality[end..];
    }
    let rest = if rest.is_empty() { rest } else { rest.trim_start().strip_prefix(',')?.trim_start() };
    Some((&text[..code], weight, text.len() - rest.len()))
}

/// `0`, `0.123`, `1`, `1.000`, `.5`: as `(?:0(?:\.[0-9]{,3})?|1(?:\.0{,3})?)` and no other.
fn quality_value(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fits = match whole {
        "0" => fraction.len() <= 3,
        "1" => fraction.len() <= 3 && fraction.bytes().all(|digit| digit == b'0'),
        _ => false,
    };
    (fits && !fraction.contains('.')).then(|| text.parse().ok()).flatten()
}

/// `^[a-z]{1,8}(?:-[a-z0-9]{1,8})*(?:@[a-z0-9]{1,20})?$` without case.
fn is_language_code(code: &str) -> bool {
    let mut parts = code.split('-');
    let fits =
        |part: &str, test: fn(&u8) -> bool| (1..=8).contains(&part.len()) && part.as_bytes().iter().all(test);
    parts.next().is_some_and(|part| fits(part, u8::is_ascii_alphabetic))
        && parts.all(|part| fits(part, u8::is_ascii_alphanumeric))
}
