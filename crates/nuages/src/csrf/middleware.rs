//! The check on the way in, the cookie on the way out, as `CsrfViewMiddleware`.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, Either, ready};
use jiff::SignedDuration;
use nuages_wire::csrf::{FORM_FIELD, Secret, Source, Stored, is_safe_method};
use tower::Layer;

use super::{CsrfConfig, CsrfToken};
use crate::cookies::{self, SetCookie};
use crate::error::{Error, Result};
use crate::middleware::{Around, Inner, Wrapped};
use crate::request::RequestInfo;
use crate::session::Session;
use crate::settings::SameSite;
use crate::upload;
use crate::urls;

/// Checks requests, and gives each its [`CsrfToken`].
#[derive(Clone, Debug)]
pub struct CsrfLayer {
    config: Arc<CsrfConfig>,
}

impl CsrfLayer {
    /// A layer; with `use_sessions` it stands inside of the session's.
    pub fn new(config: CsrfConfig) -> Self {
        Self { config: Arc::new(config) }
    }
}

impl<S> Layer<S> for CsrfLayer {
    type Service = Wrapped<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Wrapped::new(self.clone(), inner)
    }
}

impl Around for CsrfLayer {
    type Future<I: Inner> = BoxFuture<'static, Result<Response, Infallible>>;

    fn call<I: Inner>(&self, mut request: Request, inner: &mut I) -> Self::Future<I> {
        let config = self.config.clone();
        let cookie = cookies::get(request.headers(), &config.cookie_name).map(Cow::into_owned);
        let session = request.extensions().get::<Session>().cloned();
        let token = match CsrfToken::new(config.clone(), cookie.as_deref(), session) {
            Ok(token) => token,
            Err(error) => return Box::pin(ready(Ok(error.into_response()))),
        };
        request.extensions_mut().insert(token.clone());
        let answer = if is_exempt(&request) {
            Either::Left(inner.call(request))
        } else {
            let mut inner = inner.take();
            let (config, token) = (config.clone(), token.clone());
            Either::Right(async move {
                match check(&config, request, &token, cookie.as_deref()).await {
                    Ok(request) => inner.call(request).await,
                    Err(refusal) => Ok(refusal.into_response()),
                }
            })
        };
        Box::pin(async move {
            let mut response = answer.await?;
            match write(&config, &token, &mut response).await {
                Ok(()) => Ok(response),
                Err(error) => Ok(error.into_response()),
            }
        })
    }
}

/// A request that changes nothing, or whose route asks for no check.
fn is_exempt(request: &Request) -> bool {
    let exempt = request.extensions().get::<urls::Policy>().is_some_and(|policy| policy.csrf_exempt);
    exempt || is_safe_method(request.method().as_str())
}

/// `process_view`: the request, its form parsed for the check, or why it is refused.
async fn check(
    config: &CsrfConfig,
    mut request: Request,
    token: &CsrfToken,
    cookie: Option<&str>,
) -> Result<Request> {
    check_source(config, &request)?;
    let entry = if config.use_sessions { token.session_entry().await? } else { None };
    let stored = match (&entry, cookie) {
        (Some(entry), _) => Stored::Session(entry),
        (None, Some(cookie)) if !config.use_sessions => Stored::Cookie(cookie),
        _ => Stored::Nothing,
    };
    let form;
    (request, form) = upload::parse(request).await?;
    let header = request.headers().get(&config.policy.header_name);
    let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let checked = config.policy.check_token(stored, form.get(FORM_FIELD), header.as_deref());
    checked.map_err(|reason| refused(&request_info(&request), reason))?;
    Ok(request)
}

fn check_source(config: &CsrfConfig, request: &Request) -> Result<()> {
    let info = request_info(request);
    let header = |name| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let (origin, referer, host) = (header("origin"), header("referer"), info.host().ok());
    let source = Source {
        secure: info.is_secure(),
        host: host.as_deref(),
        port: 0,
        origin: origin.as_deref(),
        referer: referer.as_deref(),
    };
    config.policy.check_source(&source).map_err(|reason| refused(&info, reason))
}

fn request_info(request: &Request) -> RequestInfo {
    RequestInfo::of(request.headers(), request.uri(), request.extensions())
}

/// A 403 whose message is Django's reason, and a line in the log (`django.security.csrf`).
fn refused(request: &RequestInfo, reason: nuages_wire::csrf::Rejection) -> Error {
    let client = request.client_ip();
    tracing::warn!(target: "nuages::security", path = request.path(), %reason, ?client, "a request was refused");
    Error::csrf_failure(reason.to_string())
}

/// `process_response`: a secret that was used or made goes to its place.
async fn write(config: &CsrfConfig, token: &CsrfToken, response: &mut Response) -> Result<()> {
    let Some(secret) = token.to_write().await else { return Ok(()) };
    if config.use_sessions {
        return token.write_to_session(&secret).await;
    }
    cookies::vary(response.headers_mut(), "Cookie");
    cookies::set(response.headers_mut(), &cookie(config, &secret), &config.clock)
}

fn cookie<'a>(config: &'a CsrfConfig, secret: &'a Secret) -> SetCookie<'a> {
    SetCookie {
        max_age: config.cookie_age.map(SignedDuration::from_secs),
        path: Some(&config.cookie_path),
        domain: config.cookie_domain.as_deref(),
        secure: config.cookie_secure,
        http_only: config.cookie_httponly,
        same_site: config.cookie_samesite.map(SameSite::as_str),
        ..SetCookie::new(&config.cookie_name, secret.as_str())
    }
}
