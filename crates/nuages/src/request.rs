//! What a handler asks about its request: host, scheme, path, client, and whether it wants JSON (`HttpRequest`).
//!
//! ```
//! use nuages::request::RequestInfo;
//!
//! async fn here(request: RequestInfo) -> nuages::Result<String> {
//!     Ok(request.build_absolute_uri()?) // http://shop.example/goods/42?from=list
//! }
//! ```
//!
//! The settings are read from the request's extensions, where `axum::Extension(Arc<Settings>)` puts them; without
//! it Django's defaults hold, under which no host is allowed.

mod accept;
mod client;
mod host;
mod language;

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri};
use http::request::Parts;
use http::{Extensions, HeaderMap, Uri, header};
use nuages_wire::next_urls::{self, url_has_allowed_host_and_scheme, urlsplit};
use nuages_wire::percent::unquote_path;

use crate::error::Result;
use crate::settings::Settings;

pub use accept::preferred_type;
pub use client::client_ip;
pub use host::{DisallowedHost, get_host, get_port, is_same_domain, is_secure, split_domain_port};
pub use language::Language;

/// The settings of the site that a request came to.
pub fn settings(extensions: &Extensions) -> Arc<Settings> {
    static DEFAULT: LazyLock<Arc<Settings>> = LazyLock::new(Arc::default);
    extensions.get::<Arc<Settings>>().unwrap_or(&DEFAULT).clone()
}

/// The path and query of a request, percent-encoded (`get_full_path`): what a login's `next` holds.
pub fn full_path(uri: &Uri) -> String {
    next_urls::full_path(&unquote_path(uri.path()), uri.query().unwrap_or_default())
}

/// Whether the client prefers JSON to a page.
pub fn accepts_json(headers: &HeaderMap) -> bool {
    preferred_type(headers, &["text/html", "application/json"]) == Some("application/json")
}

/// The local address that a request arrived at. The server puts it into the extensions, beside axum's
/// `ConnectInfo<SocketAddr>` for the client's.
#[derive(Debug, Clone, Copy)]
pub struct LocalAddr(pub SocketAddr);

/// An extractor of what stands above the body. Cloning is cheap.
#[derive(Clone)]
pub struct RequestInfo(Arc<Head>);

struct Head {
    settings: Arc<Settings>,
    headers: HeaderMap,
    uri: Uri,
    client: Option<SocketAddr>,
    local: Option<SocketAddr>,
    language: Option<Language>,
}

impl RequestInfo {
    /// The head of a request, for a layer.
    pub fn of(headers: &HeaderMap, uri: &Uri, extensions: &Extensions) -> Self {
        let uri = extensions.get::<OriginalUri>().map_or(uri, |OriginalUri(uri)| uri);
        let client = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| *address);
        Self(Arc::new(Head {
            settings: settings(extensions),
            headers: headers.clone(),
            uri: uri.clone(),
            client,
            local: extensions.get::<LocalAddr>().map(|LocalAddr(address)| *address),
            language: extensions.get::<Language>().cloned(),
        }))
    }

    /// The host that the client asked for, as it was sent, port included.
    ///
    /// # Errors
    /// [`DisallowedHost`], a 400, for one that `ALLOWED_HOSTS` has not.
    pub fn host(&self) -> Result<String, DisallowedHost> {
        get_host(&self.0.headers, &self.0.settings)
    }

    /// The port that the request arrived at, as [`get_port`] tells it.
    pub fn port(&self) -> Option<u16> {
        get_port(&self.0.headers, self.0.local, &self.0.settings)
    }

    /// Whether the client spoke HTTPS, by `SECURE_PROXY_SSL_HEADER`.
    pub fn is_secure(&self) -> bool {
        is_secure(&self.0.headers, &self.0.settings)
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &'static str {
        if self.is_secure() { "https" } else { "http" }
    }

    /// The path, decoded.
    pub fn path(&self) -> String {
        unquote_path(self.0.uri.path()).into_owned()
    }

    /// The path and query, percent-encoded.
    pub fn full_path(&self) -> String {
        full_path(&self.0.uri)
    }

    /// The whole address of this request.
    ///
    /// # Errors
    /// As [`RequestInfo::host`].
    pub fn build_absolute_uri(&self) -> Result<String, DisallowedHost> {
        Ok(format!("{}://{}{}", self.scheme(), self.host()?, self.full_path()))
    }

    /// Whether the client prefers JSON to a page.
    pub fn accepts_json(&self) -> bool {
        accepts_json(&self.0.headers)
    }

    /// The client's address: that of the connection (`REMOTE_ADDR`), or what a proxy of `TRUSTED_PROXIES` says of it.
    pub fn client_ip(&self) -> Option<IpAddr> {
        let Head { client, headers, settings, .. } = &*self.0;
        client.map(|address| client_ip(address.ip(), headers, &settings.trusted_proxies))
    }

    /// The visitor's language, which [`locale`](crate::middleware::locale) found; else the site's own.
    pub fn language(&self) -> &str {
        self.0.language.as_ref().map_or(&self.0.settings.language_code, |Language(code)| code)
    }

    /// Whether a target that a visitor sent leads nowhere else: to this host, and not from HTTPS to HTTP
    /// (`url_has_allowed_host_and_scheme`).
    pub fn is_safe_redirect(&self, target: &str) -> bool {
        self.host().is_ok_and(|host| url_has_allowed_host_and_scheme(target, &[&host], self.is_secure()))
    }

    /// Path and query of the page that sent this request (`Referer`), when it is one of this host.
    pub fn referer_path(&self) -> Option<String> {
        let referer = self.0.headers.get(header::REFERER)?.to_str().ok()?;
        let host = self.host().ok()?;
        let page = urlsplit(referer).ok().filter(|page| page.netloc == host)?;
        let path = if page.query.is_empty() { page.path } else { format!("{}?{}", page.path, page.query) };
        url_has_allowed_host_and_scheme(&path, &[], false).then_some(path)
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The site's settings.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.0.settings
    }
}

impl fmt::Debug for RequestInfo {
    /// Without address and headers, which carry tokens and cookies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestInfo").field("client", &self.0.client).finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.uri, &parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::{Request, header};

    use super::*;

    #[tokio::test]
    async fn a_request_knows_its_address() {
        let settings = Settings { allowed_hosts: vec!["shop.example".into()], ..Settings::default() };
        let request = Request::builder()
            .uri("/a%20b;x?q=%E7%94%B7&r=[]")
            .header(header::HOST, "shop.example:8000")
            .extension(Arc::new(settings))
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 9], 5))));
        let mut parts = request.body(()).unwrap().into_parts().0;
        let Ok(info) = RequestInfo::from_request_parts(&mut parts, &()).await;
        assert_eq!(info.build_absolute_uri().unwrap(), "http://shop.example:8000/a%20b%3Bx?q=%E7%94%B7&r=[]");
        assert_eq!(info.path(), "/a b;x");
        assert_eq!(info.client_ip().unwrap().to_string(), "127.0.0.9");
        assert!(!info.is_secure() && !info.accepts_json());
    }

    #[tokio::test]
    async fn without_settings_no_host_is_allowed() {
        let request = Request::builder().header(header::HOST, "localhost");
        let mut parts = request.body(()).unwrap().into_parts().0;
        let Ok(info) = RequestInfo::from_request_parts(&mut parts, &()).await;
        assert!(info.host().is_err());
    }
}
