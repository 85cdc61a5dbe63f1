//! One setting's value as it was written, and its reading as each kind. The environment has only text; `nuages.toml`
//! has kinds of its own, and its texts are read as the environment's are.

use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use toml::de::DeValue;

use super::network::{MalformedNetwork, Network};
use super::secret::{ResourceUrl, SecretKey};

/// What is wrong with a value. It never repeats the value, which may be a secret.
pub(super) type Problem = String;

/// A value as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// From the environment, or a TOML string.
    Text(String),
    /// A TOML boolean.
    Boolean(bool),
    /// A TOML integer.
    Integer(i64),
    /// A TOML array of strings.
    List(Vec<String>),
}

impl Value {
    pub(super) fn from_toml(value: &DeValue<'_>) -> Result<Self, Problem> {
        match value {
            DeValue::String(text) => Ok(Self::Text(text.to_string())),
            DeValue::Boolean(truth) => Ok(Self::Boolean(*truth)),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .map(Self::Integer)
                .map_err(|_| "the number is too large".into()),
            DeValue::Array(items) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .map(Self::List)
                .ok_or_else(|| "a list holds only strings".into()),
            other => Err(format!("a {} is not a setting's value", other.type_str())),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, Problem> {
        match self {
            Self::Boolean(truth) => Ok(*truth),
            Self::Integer(1) => Ok(true),
            Self::Integer(0) => Ok(false),
            Self::Text(text) if text == "1" || text.eq_ignore_ascii_case("true") => Ok(true),
            Self::Text(text) if text == "0" || text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err("expected 1, true, 0 or false".into()),
        }
    }

    pub(super) fn number<N: TryFrom<i64>>(&self) -> Result<N, Problem> {
        let integer = match self {
            Self::Integer(integer) => Some(*integer),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Boolean(_) | Self::List(_) => None,
        };
        integer.and_then(|n| N::try_from(n).ok()).ok_or_else(|| "expected a whole number in range".into())
    }

    /// A number of which zero makes no sense.
    pub(super) fn positive<N: TryFrom<i64> + PartialEq + From<u8>>(&self) -> Result<N, Problem> {
        let number = self.number()?;
        if number == N::from(0) { Err("expected a number above zero".into()) } else { Ok(number) }
    }

    pub(super) fn seconds(&self) -> Result<Duration, Problem> {
        let seconds = self.number::<u32>().map_err(|_| "expected a whole number of seconds")?;
        Ok(Duration::from_secs(u64::from(seconds)))
    }

    /// A time that something may take; it cannot be zero.
    pub(super) fn timeout(&self) -> Result<Duration, Problem> {
        let seconds = self.positive::<u32>().map_err(|_| "expected a whole number of seconds above zero")?;
        Ok(Duration::from_secs(u64::from(seconds)))
    }

    /// Seconds, or none when empty.
    pub(super) fn optional_seconds(&self) -> Result<Option<Duration>, Problem> {
        if self.is_empty() { Ok(None) } else { self.seconds().map(Some) }
    }

    pub(super) fn text(&self) -> Result<String, Problem> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            _ => Err("expected a text".into()),
        }
    }

    /// A text that is not empty.
    pub(super) fn required_text(&self) -> Result<String, Problem> {
        if self.is_empty() { Err("it must not be empty".into()) } else { self.text() }
    }

    /// A text, or none when empty.
    pub(super) fn optional_text(&self) -> Result<Option<String>, Problem> {
        if self.is_empty() { Ok(None) } else { self.text().map(Some) }
    }

    pub(super) fn list(&self) -> Result<Vec<String>, Problem> {
        match self {
            Self::List(items) => Ok(items.clone()),
            Self::Text(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Ok(items.map(str::to_owned).collect())
            }
            _ => Err("expected a list, by comma".into()),
        }
    }

    pub(super) fn secret(&self) -> Result<SecretKey, Problem> {
        self.required_text().map(SecretKey::new)
    }

    pub(super) fn secrets(&self) -> Result<Vec<SecretKey>, Problem> {
        Ok(self.list()?.into_iter().map(SecretKey::new).collect())
    }

    pub(super) fn resource(&self) -> Result<ResourceUrl, Problem> {
        self.text()?.parse().map_err(|problem: super::secret::MalformedUrl| problem.to_string())
    }

    /// An address, or none when empty.
    pub(super) fn optional_resource(&self) -> Result<Option<ResourceUrl>, Problem> {
        if self.is_empty() { Ok(None) } else { self.resource().map(Some) }
    }

    pub(super) fn networks(&self) -> Result<Vec<Network>, Problem> {
        self.list()?
            .iter()
            .map(|item| item.parse().map_err(|problem: MalformedNetwork| problem.to_string()))
            .collect()
    }

    pub(super) fn folder(&self) -> Result<PathBuf, Problem> {
        self.required_text().map(PathBuf::from)
    }

    pub(super) fn optional_folder(&self) -> Result<Option<PathBuf>, Problem> {
        Ok(self.optional_text()?.map(PathBuf::from))
    }

    /// A local URL that files are served under: `/static/`.
    pub(super) fn url_prefix(&self) -> Result<String, Problem> {
        let text = self.text()?;
        let local = text.len() > 1 && text.starts_with('/') && text.ends_with('/') && !text.contains("//");
        if local { Ok(text) } else { Err("expected a path such as /static/".into()) }
    }

    /// `https://shop.example`, without a path.
    pub(super) fn origin(&self) -> Result<String, Problem> {
        let text = self.text()?;
        let text = text.strip_suffix('/').unwrap_or(&text);
        let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        match host {
            Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
                Ok(text.to_owned())
            }
            _ => Err("expected an address such as https://shop.example".into()),
        }
    }

    /// One of a fixed set, which `from_name` knows and `names` tells the user.
    pub(super) fn one_of<T>(&self, from_name: impl Fn(&str) -> Option<T>, names: &str) -> Result<T, Problem> {
        from_name(&self.text()?).ok_or_else(|| format!("expected one of {names}"))
    }

    /// A header by its own name or as Django names it in `request.META`: `HTTP_X_CSRFTOKEN`.
    pub(super) fn header(&self) -> Result<HeaderName, Problem> {
        header(&self.text()?)
    }

    /// A header and its value: `HTTP_X_FORWARDED_PROTO,https`; none when empty.
    pub(super) fn header_and_value(&self) -> Result<Option<(HeaderName, String)>, Problem> {
        let items = self.list()?;
        match items.as_slice() {
            [] => Ok(None),
            [name, value] => Ok(Some((header(name)?, value.clone()))),
            _ => Err("expected a header and its value, such as HTTP_X_FORWARDED_PROTO,https".into()),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

fn header(name: &str) -> Result<HeaderName, Problem> {
    let plain = name.strip_prefix("HTTP_").map_or_else(|| name.to_owned(), |name| name.replace('_', "-"));
    HeaderName::try_from(plain).map_err(|_| "expected the name of a header".into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn booleans_numbers_and_lists() {
        assert_eq!(text("1").boolean(), Ok(true));
        assert_eq!(text("False").boolean(), Ok(false));
        assert!(text("yes").boolean().is_err());
        assert_eq!(text("12").number::<u32>(), Ok(12));
        assert!(text("-1").number::<u32>().is_err());
        assert!(text("0").timeout().is_err());
        assert_eq!(text(" a, b ,,").list().unwrap(), ["a", "b"]);
        assert_eq!(text("").optional_seconds(), Ok(None));
    }

    #[test]
    fn headers_by_either_name() {
        assert_eq!(text("HTTP_X_CSRFTOKEN").header().unwrap(), "x-csrftoken");
        assert_eq!(text("X-CSRFToken").header().unwrap(), "x-csrftoken");
        let (name, value) = text("HTTP_X_FORWARDED_PROTO,https").header_and_value().unwrap().unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("x-forwarded-proto", "https"));
        assert!(text("https").header_and_value().is_err());
    }

    #[test]
    fn addresses() {
        assert_eq!(text("https://shop.example/").origin().unwrap(), "https://shop.example");
        assert!(text("shop.example").origin().is_err());
        assert!(text("/static").url_prefix().is_err());
        assert!(text("//evil/").url_prefix().is_err());
    }
}
