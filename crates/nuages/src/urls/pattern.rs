//! A route as Django writes it, `goods/<int:id>`, and Django's five path converters (`django.urls.converters`).

use nuages_wire::next_urls::escape_leading_slashes;
use nuages_wire::percent::quote;

use crate::error::{Error, Result};

/// Which values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Converter {
    Int,
    Str,
    Slug,
    Uuid,
    Path,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Parameter { name: String, converter: Converter },
}

/// A parsed route.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    parts: Vec<Part>,
}

impl Converter {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "int" => Self::Int,
            "str" => Self::Str,
            "slug" => Self::Slug,
            "uuid" => Self::Uuid,
            "path" => Self::Path,
            _ => return None,
        })
    }

    /// Whether the decoded `value` is one of this kind. An integer has to fit an `i64` too, which is what a column
    /// holds: Django finds no row for a larger one, with the same 404.
    pub(super) fn accepts(self, value: &str) -> bool {
        let bytes = value.as_bytes();
        match self {
            Self::Int => bytes.iter().all(u8::is_ascii_digit) && value.parse::<i64>().is_ok(),
            Self::Str => !value.is_empty() && !value.contains('/'),
            Self::Slug => {
                let slug = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                !bytes.is_empty() && bytes.iter().all(slug)
            }
            Self::Uuid => {
                bytes.len() == 36
                    && bytes.iter().enumerate().all(|(index, byte)| match index {
                        8 | 13 | 18 | 23 => *byte == b'-',
                        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
                    })
            }
            Self::Path => !value.is_empty() && !value.contains('\n'),
        }
    }
}

impl Pattern {
    /// # Errors
    /// A configuration error that names the route, for what Django refuses; Unsupported for a parameter that is
    /// not a whole segment and for a `path` that is not the last.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::configuration(format!("the route `{text}` {what}"));
        if text.starts_with('/') {
            return Err(wrong("begins with a slash; Django's routes have none"));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['<', '>']) {
            let (literal, bracket) = rest.split_at(open);
            let (inside, after) = bracket
                .strip_prefix('<')
                .and_then(|inside| inside.split_once('>'))
                .filter(|(inside, _)| !inside.contains('<'))
                .ok_or_else(|| wrong("has an unmatched bracket"))?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (converter, name) = inside.split_once(':').unwrap_or(("str", inside));
            let converter = Converter::from_name(converter)
                .ok_or_else(|| wrong(&format!("uses the unknown converter `{converter}`")))?;
            if !is_identifier(name) {
                return Err(wrong(&format!("has the parameter `{name}`, which is no identifier")));
            }
            parts.push(Part::Parameter { name: name.to_owned(), converter });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        let pattern = Self { text: text.to_owned(), parts };
        pattern.check_places()?;
        Ok(pattern)
    }

    fn check_places(&self) -> Result<()> {
        let unsupported =
            |what: &str| Err(Error::unsupported(format!("the route `{}` has {what}", self.text)));
        for (index, part) in self.parts.iter().enumerate() {
            let Part::Parameter { name, converter } = part else { continue };
            let before = index.checked_sub(1).and_then(|index| self.parts.get(index));
            let after = self.parts.get(index + 1);
            if matches!(before, Some(Part::Parameter { .. }))
                || matches!(before, Some(Part::Literal(text)) if !text.ends_with('/'))
                || matches!(after, Some(Part::Literal(text)) if !text.starts_with('/'))
            {
                return unsupported("a parameter that is not a whole segment");
            }
            if *converter == Converter::Path && after.is_some() {
                return unsupported("a `path` before its end");
            }
            if self.parameters().filter(|(other, _)| other == name).count() > 1 {
                let text = &self.text;
                return Err(Error::configuration(format!("the route `{text}` has `{name}` twice")));
            }
        }
        Ok(())
    }

    /// The route as it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The parameters in order.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, Converter)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Parameter { name, converter } => Some((name.as_str(), *converter)),
            Part::Literal(_) => None,
        })
    }

    /// The route as axum writes it: `/goods/{id}`.
    pub(super) fn axum_path(&self) -> String {
        let mut path = String::from("/");
        for part in &self.parts {
            match part {
                Part::Literal(text) => {
                    path.push_str(&quote_reversed(text).replace('{', "{{").replace('}', "}}"));
                }
                Part::Parameter { name, converter: Converter::Path } => {
                    path.push_str(&format!("{{*{name}}}"));
                }
                Part::Parameter { name, .. } => path.push_str(&format!("{{{name}}}")),
            }
        }
        path
    }

    /// The URL for these values, each given for its parameter's name; `None` when a value does not fit.
    pub(super) fn substitute<'v>(&self, value_of: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
        let mut path = String::from("/");
        for part in &self.parts {
            match part {
                Part::Literal(text) => path.push_str(text),
                Part::Parameter { name, converter } => {
                    path.push_str(value_of(name).filter(|value| converter.accepts(value))?);
                }
            }
        }
        Some(escape_leading_slashes(&quote_reversed(&path)).into_owned())
    }
}

/// A URL's path as `reverse()` writes it: `/商品/` is `/%E5%95%86%E5%93%81/`. Beside what `quote` always leaves, that is
/// `RFC3986_SUBDELIMS + "/~:@"`.
fn quote_reversed(path: &str) -> String {
    quote(path, "!$&'()*+,;=/~:@")
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn converters_take_what_djangos_take() {
        use Converter::{Int, Path, Slug, Str, Uuid};
        for (converter, good, bad) in [
            (
                Int,
                &["0", "007", "9223372036854775807"][..],
                &["", "-1", "+1", "1.0", "٣", "9223372036854775808"][..],
            ),
            (Str, &["a", "男", "a.b\n"], &["", "a/b"]),
            (Slug, &["a-Z_0"], &["", "a.b", "男"]),
            (
                Uuid,
                &["075194d3-6885-417e-a8a8-6c931e272f00"],
                &["075194D3-6885-417E-A8A8-6C931E272F00", "075194d36885417ea8a86c931e272f00"],
            ),
            (Path, &["a", "a/b"], &["", "a\nb"]),
        ] {
            for value in good {
                assert!(converter.accepts(value), "{converter:?} {value}");
            }
            for value in bad {
                assert!(!converter.accepts(value), "{converter:?} {value}");
            }
        }
    }

    #[test]
    fn paths_are_quoted_as_django_does() {
        // Recorded from django.urls.
        assert_eq!(quote_reversed("/a b;=%/\""), "/a%20b;=%25/%22");
    }

    #[test]
    fn a_route_becomes_axums() {
        for (text, path) in [
            ("", "/"),
            ("goods/<int:id>", "/goods/{id}"),
            ("list/<int:category>/<page>/", "/list/{category}/{page}/"),
            ("media/<path:name>", "/media/{*name}"),
            ("商品/", "/%E5%95%86%E5%93%81/"),
        ] {
            assert_eq!(Pattern::parse(text).unwrap().axum_path(), path);
        }
    }

    #[test]
    fn a_bad_route_is_an_error_that_names_it() {
        for (text, kind) in [
            ("/goods", ErrorKind::Configuration),
            ("goods/<int:id", ErrorKind::Configuration),
            ("goods/int:id>", ErrorKind::Configuration),
            ("goods/<<int:id>", ErrorKind::Configuration),
            ("goods/<integer:id>", ErrorKind::Configuration),
            ("goods/<int: id>", ErrorKind::Configuration),
            ("goods/<int:1>", ErrorKind::Configuration),
            ("<int:a>/<int:a>", ErrorKind::Configuration),
            ("goods-<int:id>", ErrorKind::Unsupported),
            ("<a><b>", ErrorKind::Unsupported),
            ("<path:a>/edit", ErrorKind::Unsupported),
        ] {
            let error = Pattern::parse(text).unwrap_err();
            assert_eq!(error.kind(), kind, "{text}");
            assert!(error.message().contains(text), "{error}");
        }
    }
}
