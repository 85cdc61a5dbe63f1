//! Why a request is refused, in Django's words.

use std::fmt;

/// A token or secret that is not one; the text is the end of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidFormat {
    /// Neither 32 nor 64 characters (`REASON_INCORRECT_LENGTH`).
    IncorrectLength,
    /// A character outside `a-zA-Z0-9` (`REASON_INVALID_CHARACTERS`).
    InvalidCharacters,
}

/// Why a request was refused. `Display` is the reason that Django logs and shows on its 403 page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The `Origin` header, given here, is not trusted (`REASON_BAD_ORIGIN`).
    BadOrigin(String),
    /// HTTPS without `Origin` and without `Referer` (`REASON_NO_REFERER`).
    NoReferer,
    /// A `Referer` without scheme or host (`REASON_MALFORMED_REFERER`).
    MalformedReferer,
    /// A `Referer` of a page that was not HTTPS (`REASON_INSECURE_REFERER`).
    InsecureReferer,
    /// The `Referer`, given here as Python prints the parsed URL, is not trusted (`REASON_BAD_REFERER`).
    BadReferer(String),
    /// No secret was stored (`REASON_NO_CSRF_COOKIE`).
    NoCookie,
    /// The cookie holds no secret.
    Cookie(InvalidFormat),
    /// Neither the form nor the header has a token (`REASON_CSRF_TOKEN_MISSING`).
    TokenMissing,
    /// The token is not the secret's.
    Token(TokenSource, TokenProblem),
}

/// Where the token of a request came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// The form field.
    Post,
    /// The header of this name, as Python titles it: `X-Csrftoken`.
    Header(String),
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// It has not the form of a token.
    Format(InvalidFormat),
    /// It is another secret's.
    Incorrect,
}

impl fmt::Display for InvalidFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IncorrectLength => "has incorrect length",
            Self::InvalidCharacters => "has invalid characters",
        })
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadOrigin(origin) => {
                write!(f, "Origin checking failed - {origin} does not match any trusted origins.")
            }
            Self::NoReferer => f.write_str("Referer checking failed - no Referer."),
            Self::MalformedReferer => f.write_str("Referer checking failed - Referer is malformed."),
            Self::InsecureReferer => {
                f.write_str("Referer checking failed - Referer is insecure while host is secure.")
            }
            Self::BadReferer(referer) => {
                write!(f, "Referer checking failed - {referer} does not match any trusted origins.")
            }
            Self::NoCookie => f.write_str("CSRF cookie not set."),
            Self::Cookie(problem) => write!(f, "CSRF cookie {problem}."),
            Self::TokenMissing => f.write_str("CSRF token missing."),
            Self::Token(source, problem) => write!(f, "CSRF token from {source} {problem}."),
        }
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post => f.write_str("POST"),
            Self::Header(name) => write!(f, "the '{name}' HTTP header"),
        }
    }
}

impl fmt::Display for TokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(problem) => problem.fmt(f),
            Self::Incorrect => f.write_str("incorrect"),
        }
    }
}

impl std::error::Error for InvalidFormat {}
impl std::error::Error for Rejection {}
