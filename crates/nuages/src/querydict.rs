//! The query string as Django reads it (`request.GET`): `?a=1&a=2` has 2 as the value of `a`, and both in its list.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::error::{Error, Result};
use crate::request;

pub use nuages_wire::querydict::QueryDict;

/// An extractor of the query string; more than `DATA_UPLOAD_MAX_NUMBER_FIELDS` pairs are a 400.
///
/// ```
/// async fn search(query: nuages::querydict::Query) -> String {
///     query.get("q").unwrap_or_default().to_owned()
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Query(pub Arc<QueryDict>);

impl std::ops::Deref for Query {
    type Target = QueryDict;

    fn deref(&self) -> &QueryDict {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        if let Some(query) = parts.extensions.get::<Self>() {
            return Ok(query.clone());
        }
        let limit = request::settings(&parts.extensions).data_upload_max_number_fields;
        let query = QueryDict::parse(parts.uri.query().unwrap_or_default(), Some(limit))
            .map_err(|error| Error::bad_request("Too many parameters.").with_source(error))?;
        let query = Self(Arc::new(query));
        parts.extensions.insert(query.clone());
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::Request;

    use super::*;

    async fn query(uri: &str) -> Result<Query> {
        let mut parts = Request::builder().uri(uri).body(()).unwrap().into_parts().0;
        Query::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn it_is_djangos() {
        let parsed = query("/?a=1&a=2&q=%E7%94%B7+x&&").await.unwrap();
        assert_eq!((parsed.get("a"), parsed.get("q"), parsed.get("z")), (Some("2"), Some("男 x"), None));
        assert!(query("/").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn too_many_fields_are_a_400() {
        assert!(query(&format!("/?{}", "&".repeat(999))).await.is_ok());
        assert_eq!(query(&format!("/?{}", "&".repeat(1000))).await.unwrap_err().status(), 400);
    }
}
