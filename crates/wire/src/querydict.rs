//! Query strings and urlencoded forms: `a=1&a=2&q=%E7%94%B7+x`.
//!
//! Equals `django.http.QueryDict`. `&` alone separates; a pair without `=` has the value `""`; empty
//! pairs are skipped but count towards the limit; `+` is a space; invalid UTF-8 becomes U+FFFD.
//!
//! ```
//! use nuages_wire::querydict::QueryDict;
//!
//! let query = QueryDict::parse("a=1&a=2&q=%E7%94%B7+x", Some(1000))?;
//! assert_eq!(query.get("a"), Some("2"));
//! assert_eq!(query.getlist("a"), ["1", "2"]);
//! assert_eq!(query.urlencode(), "a=1&a=2&q=%E7%94%B7+x");
//! # Ok::<(), nuages_wire::querydict::TooManyFields>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;

use crate::charset::{Charset, CharsetError};
use crate::header_params::parse_header_parameters;
use crate::percent::{quote_into, unquote_in};

/// Django's default `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
pub const MAX_FIELDS: usize = 1000;
/// Django's default `DATA_UPLOAD_MAX_MEMORY_SIZE`, in bytes.
pub const MAX_MEMORY: usize = 2_621_440;

/// Names with one or more values each, in the order of their first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryDict {
    lists: IndexMap<String, Vec<String>>,
}

/// More pairs than `DATA_UPLOAD_MAX_NUMBER_FIELDS` (`TooManyFieldsSent`, a 400).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyFields;

/// Why a body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormError {
    /// More pairs than allowed (`TooManyFieldsSent`, a 400).
    TooManyFields,
    /// A longer body than allowed (`RequestDataTooBig`, a 400).
    TooBig,
    /// A character set other than `utf-8`, in these very letters (`BadRequest`, a 400).
    NotUtf8,
}

impl QueryDict {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a query string; `max_fields` is `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
    ///
    /// # Errors
    /// [`TooManyFields`], before anything is read.
    pub fn parse(query: &str, max_fields: Option<usize>) -> Result<Self, TooManyFields> {
        Self::parse_text(query, Charset::UTF_8, max_fields)
    }

    /// Reads a query string or a form's body as it came. Bytes that are not valid as a whole are taken
    /// for latin-1, as some user agents send it.
    ///
    /// # Errors
    /// [`TooManyFields`], before anything is read.
    pub fn parse_bytes(
        query: &[u8],
        charset: Charset,
        max_fields: Option<usize>,
    ) -> Result<Self, TooManyFields> {
        let text = charset.decode_strict(query).unwrap_or_else(|| Charset::LATIN_1.decode(query));
        Self::parse_text(&text, charset, max_fields)
    }

    fn parse_text(query: &str, charset: Charset, max_fields: Option<usize>) -> Result<Self, TooManyFields> {
        let mut dict = QueryDict::new();
        if query.is_empty() {
            return Ok(dict);
        }
        let count = 1 + memchr::memchr_iter(b'&', query.as_bytes()).count();
        if max_fields.is_some_and(|limit| count > limit) {
            return Err(TooManyFields);
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            dict.append(decode(name, charset).as_ref(), decode(value, charset).into_owned());
        }
        Ok(dict)
    }

    /// The last value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.lists.get(name)?.last().map(String::as_str)
    }

    /// Every value of a name, in order; empty when there is none.
    pub fn getlist(&self, name: &str) -> &[String] {
        self.lists.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the name is there.
    pub fn contains(&self, name: &str) -> bool {
        self.lists.contains_key(name)
    }

    /// Whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    /// Each name with its last value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lists.iter().filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str())))
    }

    /// Each name with all its values.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.lists.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Adds a value to those of a name (`appendlist`).
    pub fn append(&mut self, name: &str, value: impl Into<String>) {
        match self.lists.get_mut(name) {
            Some(values) => values.push(value.into()),
            None => {
                self.lists.insert(name.to_owned(), vec![value.into()]);
            }
        }
    }

    /// Replaces all values of a name by one (`query[name] = value`).
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.setlist(name, vec![value.into()]);
    }

    /// Replaces all values of a name.
    pub fn setlist(&mut self, name: &str, values: Vec<String>) {
        self.lists.insert(name.to_owned(), values);
    }

    /// Takes a name out, with its values.
    pub fn pop(&mut self, name: &str) -> Option<Vec<String>> {
        self.lists.shift_remove(name)
    }

    /// The query string, a space as `+`.
    pub fn urlencode(&self) -> String {
        self.encode(Charset::UTF_8, "").unwrap_or_default()
    }

    /// The query string with the ASCII characters of `safe` left as they are. Unless `safe` is empty, a
    /// space is `%20`, as in Django.
    pub fn urlencode_safe(&self, safe: &str) -> String {
        self.encode(Charset::UTF_8, safe).unwrap_or_default()
    }

    /// [`urlencode_safe`](Self::urlencode_safe) in another character set; nothing when a character has
    /// no bytes in it.
    pub fn encode(&self, charset: Charset, safe: &str) -> Option<String> {
        let mut query = String::new();
        for (name, values) in &self.lists {
            let name = charset.encode(name)?;
            for value in values {
                if !query.is_empty() {
                    query.push('&');
                }
                quote_into(&mut query, &name, safe.as_bytes(), safe.is_empty());
                query.push('=');
                quote_into(&mut query, &charset.encode(value)?, safe.as_bytes(), safe.is_empty());
            }
        }
        Some(query)
    }
}

/// Reads the body of a POST as `request.POST` has it: a form when the content type is
/// `application/x-www-form-urlencoded`, else nothing. Uploads are [`multipart`](crate::multipart)'s.
///
/// # Errors
/// [`FormError`], each a 400 in Django.
pub fn parse_form(
    content_type: &str,
    body: &[u8],
    max_memory: Option<usize>,
    max_fields: Option<usize>,
) -> Result<QueryDict, FormError> {
    let Ok(content_type) = parse_header_parameters(content_type) else { return Ok(QueryDict::new()) };
    if content_type.value != "application/x-www-form-urlencoded" {
        return Ok(QueryDict::new());
    }
    let charset =
        content_type.get("charset").filter(|name| Charset::lookup(name) != Err(CharsetError::Unknown));
    if charset.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
        return Err(FormError::NotUtf8);
    }
    if max_memory.is_some_and(|limit| body.len() > limit) {
        return Err(FormError::TooBig);
    }
    QueryDict::parse_bytes(body, Charset::UTF_8, max_fields).map_err(|TooManyFields| FormError::TooManyFields)
}

fn decode(text: &str, charset: Charset) -> Cow<'_, str> {
    if !text.contains('+') {
        return unquote_in(text, charset);
    }
    Cow::Owned(unquote_in(&text.replace('+', " "), charset).into_owned())
}

impl fmt::Display for TooManyFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number of GET/POST parameters exceeded the limit")
    }
}

impl std::error::Error for TooManyFields {}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FormError::TooManyFields => "the number of GET/POST parameters exceeded the limit",
            FormError::TooBig => "the request body exceeded the limit",
            FormError::NotUtf8 => "a urlencoded form must be UTF-8",
        })
    }
}

impl std::error::Error for FormError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn urlencoded(query: &str) -> String {
        QueryDict::parse(query, None).map(|dict| dict.urlencode()).unwrap_or_default()
    }

    #[test]
    fn ampersands_alone_separate() {
        assert_eq!(urlencoded("a;b=1&&c"), "a%3Bb=1&c=");
        assert_eq!(QueryDict::parse("a&&&", Some(3)), Err(TooManyFields));
    }

    #[test]
    fn invalid_bytes_are_latin_1_when_raw_and_replaced_when_escaped() {
        let dict = QueryDict::parse_bytes(b"a=\xff", Charset::UTF_8, None).unwrap_or_default();
        assert_eq!(dict.get("a"), Some("ÿ"));
        assert_eq!(urlencoded("a=%FF"), "a=%EF%BF%BD");
    }

    #[test]
    fn a_form_in_another_character_set_is_refused_even_under_another_name_of_utf_8() {
        let form = |charset| {
            let content_type = format!("application/x-www-form-urlencoded; charset={charset}");
            parse_form(&content_type, b"a=1", None, None).map(|form| form.len())
        };
        assert_eq!(form("utf8"), Err(FormError::NotUtf8));
        assert_eq!(form("UTF-8"), Ok(1));
        assert_eq!(form("bogus"), Ok(1));
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(lists in prop::collection::vec((".*", ".*"), 0..8)) {
            let mut dict = QueryDict::new();
            for (name, value) in &lists {
                dict.append(name, value.as_str());
            }
            prop_assert_eq!(QueryDict::parse(&dict.urlencode(), None), Ok(dict));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = QueryDict::parse_bytes(&bytes, Charset::UTF_8, Some(50));
        }
    }
}
