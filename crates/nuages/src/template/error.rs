//! What can go wrong with a template, as Django names it: `TemplateSyntaxError`, `TemplateDoesNotExist`,
//! `NoReverseMatch`, …
//!
//! An error says where: `user/address.html:12: Invalid filter: 'prize' (in "x|prize")`.

use std::fmt;
use std::sync::Arc;

/// Any error that a lazy value or an object of the application may answer with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a template could not be compiled or rendered, and where.
pub struct TemplateError {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    template: Option<Arc<str>>,
    line: Option<u32>,
    tag: Option<String>,
    source_lines: Vec<(u32, String)>,
    source: Option<BoxError>,
}

/// The kinds of [`TemplateError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The template is not well formed (Django's `TemplateSyntaxError`).
    Syntax(String),
    /// No loader has a template of this name (`TemplateDoesNotExist`).
    DoesNotExist(String),
    /// `{% url %}` names no route, or one that these arguments do not fit (`NoReverseMatch`).
    NoReverseMatch(String),
    /// The argument of a filter is a variable that does not exist (`VariableDoesNotExist`).
    VariableDoesNotExist(String),
    /// A tag or filter was given a value it cannot work with (`ValueError`, `TypeError`, …).
    Value(String),
    /// A lazy value failed; the cause is the error's `source()`.
    Lazy,
    /// A limit on size, nesting or output was exceeded.
    Limit(&'static str),
    /// A part of Django's language that is not there.
    Unsupported(String),
    /// A template file could not be read.
    Io(String),
}

impl TemplateError {
    /// An error of this kind whose place is not known yet.
    pub fn new(kind: ErrorKind) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                template: None,
                line: None,
                tag: None,
                source_lines: Vec::new(),
                source: None,
            }),
        }
    }

    pub(crate) fn syntax(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Syntax(message.into()))
    }

    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Value(message.into()))
    }

    pub(crate) fn lazy(source: BoxError) -> Self {
        let mut error = Self::new(ErrorKind::Lazy);
        error.inner.source = Some(source);
        error
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// The template in which it went wrong.
    pub fn template(&self) -> Option<&str> {
        self.inner.template.as_deref()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<u32> {
        self.inner.line
    }

    /// The tag or expression, as written between its braces.
    pub fn tag(&self) -> Option<&str> {
        self.inner.tag.as_deref()
    }

    /// The lines around the place with their numbers; only of an engine with `debug` on.
    pub fn source_lines(&self) -> &[(u32, String)] {
        &self.inner.source_lines
    }

    /// The application's own error, when a lazy value failed with an `E`; else the error as it was.
    pub(crate) fn into_cause<E: std::error::Error + 'static>(mut self) -> Result<E, Self> {
        match self.inner.source.take().map(|source| source.downcast::<E>()) {
            Some(Ok(cause)) => Ok(*cause),
            Some(Err(source)) => {
                self.inner.source = Some(source);
                Err(self)
            }
            None => Err(self),
        }
    }

    /// Fills in the place unless an inner tag already did.
    pub(crate) fn at(mut self, template: &Arc<str>, line: u32, tag: &str) -> Self {
        if self.inner.template.is_none() {
            self.inner.template = Some(Arc::clone(template));
            self.inner.line = Some(line);
            self.inner.tag = Some(tag.to_owned()).filter(|tag| !tag.is_empty());
        }
        self
    }

    /// Adds ten source lines either side of the place.
    pub(crate) fn with_source(mut self, source: &str) -> Self {
        if let (Some(line), true) = (self.inner.line, self.inner.source_lines.is_empty()) {
            self.inner.source_lines = (1u32..)
                .zip(source.lines())
                .filter(|(n, _)| n.abs_diff(line) <= 10)
                .map(|(n, text)| (n, text.to_owned()))
                .collect();
        }
        self
    }
}

impl From<ErrorKind> for TemplateError {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(template) = self.template() {
            write!(f, "{template}:{}: ", self.line().unwrap_or(1))?;
        }
        match &self.inner.kind {
            ErrorKind::Syntax(message)
            | ErrorKind::NoReverseMatch(message)
            | ErrorKind::Value(message)
            | ErrorKind::Io(message) => f.write_str(message)?,
            ErrorKind::DoesNotExist(name) => write!(f, "template does not exist: {name}")?,
            ErrorKind::VariableDoesNotExist(name) => write!(f, "Failed lookup for key [{name}]")?,
            ErrorKind::Lazy => match &self.inner.source {
                Some(source) => write!(f, "a lazy value failed: {source}")?,
                None => f.write_str("a lazy value failed")?,
            },
            ErrorKind::Limit(what) => write!(f, "limit exceeded: {what}")?,
            ErrorKind::Unsupported(what) => write!(f, "not supported: {what}")?,
        }
        match self.tag() {
            Some(tag) => write!(f, " (in {tag:?})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateError")
            .field("kind", &self.inner.kind)
            .field("template", &self.inner.template)
            .field("line", &self.inner.line)
            .field("tag", &self.inner.tag)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl std::error::Error for TemplateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}
