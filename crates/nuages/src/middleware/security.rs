//! The headers that tell browsers what not to do, and the way to HTTPS (`SecurityMiddleware`,
//! `XFrameOptionsMiddleware`).
//!
//! ```text
//! X-Content-Type-Options: nosniff
//! Referrer-Policy: same-origin
//! Cross-Origin-Opener-Policy: same-origin
//! X-Frame-Options: DENY
//! Content-Security-Policy: default-src 'self'; img-src 'self' data:; …
//! ```
//!
//! A header that the handler set itself stays as it is.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::error::{Error, Result};
use crate::request::{full_path, get_host, is_secure};
use crate::settings::Settings;

/// The headers of a site, made once.
#[derive(Debug, Clone)]
pub struct SecurityHeaders(Arc<Prepared>);

#[derive(Debug)]
struct Prepared {
    headers: Vec<(HeaderName, HeaderValue)>,
    strict_transport: Option<HeaderValue>,
    settings: Arc<Settings>,
}

impl SecurityHeaders {
    /// The headers that the settings ask for.
    ///
    /// # Errors
    /// A configuration error for a value that no header can carry.
    pub fn new(settings: Arc<Settings>) -> Result<Self> {
        let nosniff = settings.secure_content_type_nosniff.then(|| "nosniff".to_owned());
        let policy = settings.secure_referrer_policy.as_deref().map(without_spaces);
        let wanted = [
            (header::X_CONTENT_TYPE_OPTIONS, nosniff),
            (header::REFERRER_POLICY, policy),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                settings.secure_cross_origin_opener_policy.clone(),
            ),
            (header::X_FRAME_OPTIONS, settings.x_frame_options.as_ref().map(|value| value.to_uppercase())),
            (header::CONTENT_SECURITY_POLICY, settings.content_security_policy.clone()),
        ];
        let mut headers = Vec::new();
        for (name, text) in wanted {
            let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
            let value = HeaderValue::try_from(text).map_err(|error| {
                Error::configuration(format!("{name}: the value does not fit a header")).with_source(error)
            })?;
            headers.push((name, value));
        }
        let strict_transport = strict_transport(&settings);
        Ok(Self(Arc::new(Prepared { headers, strict_transport, settings })))
    }
}

/// The layer. With `SECURE_SSL_REDIRECT` a request over plain HTTP is sent on to HTTPS.
pub async fn security_headers(
    State(SecurityHeaders(prepared)): State<SecurityHeaders>,
    request: Request,
    next: Next,
) -> Response {
    let settings = &prepared.settings;
    let secure = is_secure(request.headers(), settings);
    let mut response = if settings.secure_ssl_redirect && !secure {
        to_https(&request, settings)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in &prepared.headers {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if let (true, Some(value)) = (secure, &prepared.strict_transport) {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert_with(|| value.clone());
    }
    response
}

fn to_https(request: &Request, settings: &Settings) -> Response {
    let host = match &settings.secure_ssl_host {
        Some(host) => host.clone(),
        None => match get_host(request.headers(), settings) {
            Ok(host) => host,
            Err(error) => return Error::from(error).into_response(),
        },
    };
    let location = format!("https://{host}{}", full_path(request.uri()));
    (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response()
}

fn strict_transport(settings: &Settings) -> Option<HeaderValue> {
    let seconds = settings.secure_hsts_seconds.as_secs();
    let subdomains = if settings.secure_hsts_include_subdomains { "; includeSubDomains" } else { "" };
    let preload = if settings.secure_hsts_preload { "; preload" } else { "" };
    let value = HeaderValue::try_from(format!("max-age={seconds}{subdomains}{preload}"));
    value.ok().filter(|_| seconds > 0)
}

/// Django joins a list of policies with bare commas.
fn without_spaces(policies: &str) -> String {
    policies.split(',').map(str::trim).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn call(settings: Settings, path: &str, proto: &str) -> Response {
        let own = || async { ([(header::REFERRER_POLICY, "no-referrer")], "own") };
        let settings = Settings {
            allowed_hosts: vec!["shop.example".into()],
            secure_proxy_ssl_header: Some((HeaderName::from_static("x-forwarded-proto"), "https".into())),
            ..settings
        };
        let headers = SecurityHeaders::new(Arc::new(settings)).unwrap();
        let app = Router::new()
            .route("/", get(|| async { "page" }))
            .route("/own", get(own))
            .layer(from_fn_with_state(headers, security_headers));
        let request =
            Request::get(path).header(header::HOST, "shop.example").header("x-forwarded-proto", proto);
        app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn djangos_headers_and_a_content_policy() {
        let response = call(Settings::default(), "/", "http").await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(response.headers()[name], value);
        }
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'; img-src 'self' data:; object-src 'none'"));
        assert!(!response.headers().contains_key("strict-transport-security"));
        assert_eq!(
            call(Settings::default(), "/own", "http").await.headers()["referrer-policy"],
            "no-referrer"
        );
    }

    #[tokio::test]
    async fn strict_transport_is_for_https_alone() {
        let settings = Settings {
            secure_hsts_seconds: Duration::from_secs(3600),
            secure_hsts_include_subdomains: true,
            secure_hsts_preload: true,
            ..Settings::default()
        };
        let response = call(settings.clone(), "/", "https").await;
        let expected = "max-age=3600; includeSubDomains; preload";
        assert_eq!(response.headers()["strict-transport-security"], expected);
        assert!(!call(settings, "/", "http").await.headers().contains_key("strict-transport-security"));
    }

    #[tokio::test]
    async fn plain_http_is_sent_on() {
        let settings = Settings { secure_ssl_redirect: true, ..Settings::default() };
        let response = call(settings.clone(), "/own?a=1", "http").await;
        assert_eq!(response.status(), 301);
        assert_eq!(response.headers()[header::LOCATION], "https://shop.example/own?a=1");
        assert_eq!(response.headers()["x-frame-options"], "DENY");
        assert_eq!(call(settings.clone(), "/own", "https").await.status(), 200);
        let settings = Settings { secure_ssl_host: Some("safe.example".into()), ..settings };
        assert_eq!(call(settings, "/", "http").await.headers()[header::LOCATION], "https://safe.example/");
    }
}
