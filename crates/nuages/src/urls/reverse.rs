//! From a route's name to its URL (`django.urls.reverse`): `goods:detail` with 42 is `/goods/42`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use nuages_wire::percent::unquote_path;

use super::Policy;
use super::pattern::Pattern;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// The routes of a site. A clone is cheap; every handler can take one.
#[derive(Clone, Default)]
pub struct Reverse(Arc<Table>);

#[derive(Default)]
struct Table {
    routes: Vec<Known>,
    by_name: HashMap<String, usize>,
    matcher: matchit::Router<usize>,
    append_slash: bool,
    debug: bool,
}

/// One route, after its handler went to axum.
pub(crate) struct Known {
    pub(super) pattern: Pattern,
    pub(super) name: String,
    pub(super) policy: Policy,
}

impl Reverse {
    /// Refuses two routes that a path cannot tell apart, and two of one name.
    pub(super) fn new(routes: Vec<Known>, settings: &Settings) -> Result<Self> {
        let mut table =
            Table { append_slash: settings.append_slash, debug: settings.debug, ..Table::default() };
        for (index, route) in routes.iter().enumerate() {
            let text = route.pattern.text();
            table.matcher.insert(route.pattern.axum_path(), index).map_err(|error| {
                Error::configuration(format!("the route `{text}` cannot be told from an earlier one"))
                    .with_source(error)
            })?;
            if !route.name.is_empty() && table.by_name.insert(route.name.clone(), index).is_some() {
                let name = &route.name;
                return Err(Error::configuration(format!("two routes are named `{name}`")));
            }
        }
        table.routes = routes;
        Ok(Self(Arc::new(table)))
    }

    /// The URL of the route `name`, with values for its parameters in order.
    ///
    /// # Errors
    /// [`NoReverseMatch`] for an unknown name, a wrong number of values, or a value that its converter refuses.
    pub fn reverse(&self, name: &str, values: &[&dyn fmt::Display]) -> Result<String, NoReverseMatch> {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let refused = || NoReverseMatch { name: name.to_owned(), values: values.clone() };
        let pattern = self.pattern(name).ok_or_else(refused)?;
        if pattern.parameters().count() != values.len() {
            return Err(refused());
        }
        let value_of = |parameter: &str| {
            let index = pattern.parameters().position(|(name, _)| name == parameter)?;
            values.get(index).map(String::as_str)
        };
        pattern.substitute(value_of).ok_or_else(refused)
    }

    /// The URL of the route `name`, with values for its parameters by name.
    ///
    /// # Errors
    /// As [`Reverse::reverse`]; also for a value that the route has no parameter for.
    pub fn reverse_named(
        &self,
        name: &str,
        values: &[(&str, &dyn fmt::Display)],
    ) -> Result<String, NoReverseMatch> {
        let values: Vec<(&str, String)> =
            values.iter().map(|(key, value)| (*key, value.to_string())).collect();
        let refused = || NoReverseMatch {
            name: name.to_owned(),
            values: values.iter().map(|(key, value)| format!("{key}={value}")).collect(),
        };
        let pattern = self.pattern(name).ok_or_else(refused)?;
        let known = |key: &str| pattern.parameters().any(|(name, _)| name == key);
        if pattern.parameters().count() != values.len() || !values.iter().all(|(key, _)| known(key)) {
            return Err(refused());
        }
        let value_of = |parameter: &str| {
            values.iter().find(|(key, _)| *key == parameter).map(|(_, value)| value.as_str())
        };
        pattern.substitute(value_of).ok_or_else(refused)
    }

    fn pattern(&self, name: &str) -> Option<&Pattern> {
        self.0.by_name.get(name).and_then(|&index| self.0.routes.get(index)).map(|route| &route.pattern)
    }

    /// The route that takes the path of a request, percent-encoded as it came.
    pub(crate) fn resolve(&self, path: &str) -> Option<&Known> {
        let found = self.0.matcher.at(path).ok()?;
        let route = self.0.routes.get(*found.value)?;
        let fits = route.pattern.parameters().all(|(name, converter)| {
            let value = found.params.get(name).map(unquote_path);
            value.is_some_and(|value| converter.accepts(&value))
        });
        fits.then_some(route)
    }

    pub(super) fn append_slash(&self) -> bool {
        self.0.append_slash
    }

    pub(super) fn debug(&self) -> bool {
        self.0.debug
    }
}

impl fmt::Debug for Reverse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes = self.0.routes.iter().map(|route| (&route.name, route.pattern.text()));
        f.debug_map().entries(routes).finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reverse {
    type Rejection = Infallible;

    /// The site's routes; without [`resolve`](super::resolve) around the handler there are none.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// No route has this name and takes these values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoReverseMatch {
    /// The name that was asked for.
    pub name: String,
    /// The values, as text.
    pub values: Vec<String>,
}

impl fmt::Display for NoReverseMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no route is named `{}` and takes {:?}", self.name, self.values)
    }
}

impl std::error::Error for NoReverseMatch {}

impl From<NoReverseMatch> for Error {
    fn from(error: NoReverseMatch) -> Self {
        Self::internal(error)
    }
}
