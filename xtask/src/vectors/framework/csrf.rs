//! `csrf.request` and `csrf.cookie_out`: one request through the CSRF layer.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use nuages::Settings;
use nuages::csrf::{CsrfConfig, CsrfLayer, CsrfToken};
use nuages::error::Reported;
use nuages::urls::Policy;
use nuages_wire::csrf::{MaskedToken, Secret};
use nuages_wire::json::Object;
use serde_json::{Value, json};

use super::super::{BadCase, Case, Ran};
use super::{Site, bad, header, same_site, set_cookies, stored_key, vary};

pub(super) async fn request(case: &Case<'_>) -> Ran {
    let site = Site::new(case).await?;
    let settings = settings(case);
    let key = stored_key();
    let mut cookies = Vec::new();
    cookies.extend(case.optional_text("cookie").map(|cookie| (settings.csrf_cookie_name.as_str(), cookie)));
    if settings.csrf_use_sessions
        && let Some(token) = case.optional_text("session_token")
    {
        site.store(&Object::from_iter([("_csrftoken", token)])).await?;
        cookies.push(("sessionid", &key));
    }
    let mut request = super::request(&cookies)?;
    *request.method_mut() = case.optional_text("method").unwrap_or("POST").parse().map_err(bad)?;
    let headers = request.headers_mut();
    headers.insert("host", header("testserver")?);
    if case.flag("secure") == Some(true) {
        headers.insert("x-forwarded-proto", header("https")?);
    }
    for (name, value) in case.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = http::HeaderName::try_from(name.as_str()).map_err(bad)?;
        headers.insert(name, header(value.as_str().unwrap_or_default())?);
    }
    if let Some(form) = case.get("form").and_then(Value::as_object) {
        headers.insert("content-type", header("application/x-www-form-urlencoded")?);
        let fields =
            form.iter().map(|(name, value)| format!("{name}={}", quote(value.as_str().unwrap_or_default())));
        *request.body_mut() = Body::from(fields.collect::<Vec<_>>().join("&"));
    }
    if case.flag("exempt") == Some(true) {
        request.extensions_mut().insert(Policy { csrf_exempt: true, ..Policy::default() });
    }
    let layer = CsrfLayer::new(CsrfConfig::from(&settings));
    request.extensions_mut().insert(Arc::new(settings));
    let response = site.send(request, layer, |_| async { Ok(Response::new(Body::empty())) }).await;
    let reported = response.extensions().get::<Reported>().map(|Reported(error)| error.message().to_owned());
    let expect = case.expect()?;
    let same = match &reported {
        None => expect["decision"] == "accept" && response.status() == 200,
        Some(reason) => {
            expect["decision"] == "reject" && expect["message"] == json!(reason) && response.status() == 403
        }
    };
    Ok(case.judge(same, || format!("{} {reported:?}", response.status())))
}

pub(super) async fn cookie_out(case: &Case<'_>) -> Ran {
    let site = Site::new(case).await?;
    let settings = settings(case);
    let sent = case.optional_text("cookie");
    let cookies: Vec<_> =
        sent.map(|cookie| (settings.csrf_cookie_name.as_str(), cookie)).into_iter().collect();
    let use_token = case.flag("use_token") != Some(false);
    let view = move |request: Request| async move {
        let (mut parts, _) = request.into_parts();
        let token = CsrfToken::from_request_parts(&mut parts, &()).await?;
        Ok(Response::new(if use_token { Body::from(token.get().await?) } else { Body::empty() }))
    };
    let config = CsrfConfig { clock: site.session.clock.clone(), ..CsrfConfig::from(&settings) };
    let response = site.send(super::request(&cookies)?, CsrfLayer::new(config), view).await;
    let (lines, vary) = (set_cookies(&response), vary(&response).map(str::to_owned));
    let body = axum::body::to_bytes(response.into_body(), 1024).await.map_err(bad)?;
    let (lines, token) = freeze(sent, lines, std::str::from_utf8(&body).map_err(bad)?)?;
    case.check(Ok(json!({"token": token, "set_cookie": lines, "vary": vary})))
}

/// Puts `N…` in the place of what was drawn: the mask, and the secret unless it came with the request.
fn freeze(
    sent: Option<&str>,
    lines: Vec<String>,
    token: &str,
) -> Result<(Vec<String>, Option<String>), BadCase> {
    if token.is_empty() {
        return Ok((lines, None));
    }
    let frozen = "N".repeat(32);
    let drawn = MaskedToken::parse(token).map_err(bad)?.unmask();
    let kept = sent.and_then(|sent| Secret::parse(sent).ok()).filter(|kept| *kept == drawn);
    let secret = kept.map_or_else(|| Secret::parse(&frozen), Ok).map_err(bad)?;
    let lines = lines.iter().map(|line| line.replace(drawn.as_str(), secret.as_str())).collect();
    Ok((lines, Some(secret.mask_with(&frozen).map_err(bad)?.as_str().to_owned())))
}

/// `CSRF_*` of a case; a proxy's header says that a request is secure.
fn settings(case: &Case<'_>) -> Settings {
    let text = |name: &str| case.setting(name).and_then(Value::as_str).map(str::to_owned);
    let flag = |name: &str| case.setting(name).and_then(Value::as_bool).unwrap_or(false);
    let origins = case.setting("CSRF_TRUSTED_ORIGINS").and_then(Value::as_array);
    let mut settings = Settings::default();
    settings.allowed_hosts = vec!["testserver".into(), ".example.com".into()];
    settings.secure_proxy_ssl_header =
        Some((http::HeaderName::from_static("x-forwarded-proto"), "https".into()));
    settings.csrf_trusted_origins =
        origins.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    settings.csrf_use_sessions = flag("CSRF_USE_SESSIONS");
    settings.csrf_cookie_secure = flag("CSRF_COOKIE_SECURE");
    settings.csrf_cookie_httponly = flag("CSRF_COOKIE_HTTPONLY");
    settings.csrf_cookie_samesite = same_site(case.setting("CSRF_COOKIE_SAMESITE"));
    settings.csrf_cookie_domain = text("CSRF_COOKIE_DOMAIN");
    settings.session_cookie_domain = text("SESSION_COOKIE_DOMAIN");
    settings.csrf_cookie_path = text("CSRF_COOKIE_PATH").unwrap_or(settings.csrf_cookie_path);
    settings.csrf_cookie_name = text("CSRF_COOKIE_NAME").unwrap_or(settings.csrf_cookie_name);
    if let Some(age) = case.setting("CSRF_COOKIE_AGE") {
        settings.csrf_cookie_age = age.as_u64().map(std::time::Duration::from_secs);
    }
    settings
}

fn quote(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
