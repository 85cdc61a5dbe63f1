//! Values that hold a secret and do not print it.

use std::fmt;
use std::str::FromStr;

/// A key that signs, such as Django's `SECRET_KEY`. It prints as `SecretKey(…)`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretKey(String);

impl SecretKey {
    /// A key of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key itself, for the signer alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key's UTF-8 bytes, which is what Django signs with.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// Where a resource is: `scheme://user:password@host/name`. The password prints as `…`; the resource itself parses
/// what follows the scheme.
#[derive(Clone, PartialEq, Eq)]
pub struct ResourceUrl(String);

impl ResourceUrl {
    /// A default that is known to be well formed.
    pub(crate) fn trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole address, password included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first `:`, in lower case.
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }
}

impl FromStr for ResourceUrl {
    type Err = MalformedUrl;

    /// Takes any address with a scheme (RFC 3986, section 3.1) and `//`.
    fn from_str(text: &str) -> Result<Self, MalformedUrl> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(MalformedUrl)?;
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(letters) {
            return Err(MalformedUrl);
        }
        Ok(Self(format!("{}://{rest}", scheme.to_ascii_lowercase())))
    }
}

impl fmt::Display for ResourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        // A password with a raw `/` cuts the authority short: then the last `@` of the whole tells the user part.
        let user_part = if authority.contains('@') { authority } else { rest };
        let Some((user_info, _)) = user_part.rsplit_once('@') else {
            return write!(f, "{scheme}://{authority}{}", without_query(tail));
        };
        let user = user_info.split_once(':').map_or(user_info, |(user, _)| user);
        write!(f, "{scheme}://{user}:…@{}", without_query(&rest[user_info.len() + 1..]))
    }
}

/// A query may carry a password too (`?password=`), so none of it prints.
fn without_query(text: &str) -> &str {
    text.split_once('?').map_or(text, |(path, _)| path)
}

impl fmt::Debug for ResourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceUrl({self})")
    }
}

/// A text that is not `scheme://…`. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedUrl;

impl fmt::Display for MalformedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an address such as `sqlite:///db.sqlite3`")
    }
}

impl std::error::Error for MalformedUrl {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_address_prints_without_its_password() {
        for (text, shown) in [
            ("sqlite:///db.sqlite3", "sqlite:///db.sqlite3"),
            ("postgres://shop:pw@db:5432/shop?password=pw", "postgres://shop:…@db:5432/shop"),
            ("Redis://:pw@cache/1", "redis://:…@cache/1"),
            ("postgres://shop:p/w@db/shop", "postgres://shop:…@db/shop"),
            ("postgres://shop:p@w@db/shop", "postgres://shop:…@db/shop"),
        ] {
            assert_eq!(text.parse::<ResourceUrl>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn an_address_needs_a_scheme() {
        for text in ["", "db.sqlite3", "://x", "1a://x", "a b://x"] {
            assert_eq!(text.parse::<ResourceUrl>(), Err(MalformedUrl), "{text}");
        }
    }
}
