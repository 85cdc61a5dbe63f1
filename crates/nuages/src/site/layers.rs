//! The default layers, from outside in as they are listed in [`site`](super).

use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Extension, Router};

use super::pages::{Painter, pages};
use super::{App, ContextProcessor, errors, sessions};
use crate::auth::{AuthConfig, AuthLayer, User};
use crate::captcha::CaptchaOptions;
use crate::csrf::{CsrfConfig, CsrfLayer};
use crate::error::Result;
use crate::messages::{MessagesConfig, MessagesLayer};
use crate::middleware::{self, Locale, SecurityHeaders};
use crate::static_files::{StaticFiles, serve_files};
use crate::urls;

/// Puts the layers around the routes. What is added first stands innermost.
pub(super) fn around(
    routes: Router<App>,
    app: &App,
    static_files: StaticFiles,
    processor: Option<ContextProcessor>,
) -> Result<Router> {
    let settings = &app.settings;
    let painter = Arc::new(Painter { app: app.clone(), processor });
    let captcha = CaptchaOptions {
        clock: app.clock.clone(),
        random: app.random.clone(),
        ..CaptchaOptions::from(&**settings)
    };
    let messages = MessagesConfig { clock: app.clock.clone(), ..MessagesConfig::from(&**settings) };
    let pages = routes
        .with_state(app.clone())
        .layer(from_fn_with_state(painter, pages))
        .layer(MessagesLayer::new(messages));
    let mut router = identified(pages, app)?
        .layer(from_fn_with_state(app.urls.clone(), urls::resolve))
        .layer(from_fn_with_state(static_files, serve_files));
    if let Some(media) = StaticFiles::media(settings) {
        router = router.layer(from_fn_with_state(media, serve_files));
    }
    Ok(router
        .layer(from_fn_with_state(Arc::clone(settings), middleware::check_host))
        .layer(from_fn_with_state(Arc::clone(settings), middleware::deadline::deadline))
        .layer(from_fn_with_state(app.clone(), errors::refusals))
        .layer(from_fn_with_state(Locale::from(&**settings), middleware::locale))
        .layer(from_fn_with_state(SecurityHeaders::new(Arc::clone(settings))?, middleware::security_headers))
        .layer(from_fn(middleware::access_log))
        .layer(Extension(captcha))
        .layer(Extension(Arc::clone(&app.catalogs)))
        .layer(Extension(Arc::clone(settings))))
}

/// The layers that know who asks: session, CSRF, login.
pub(crate) fn identified(router: Router, app: &App) -> Result<Router> {
    let settings = &app.settings;
    let csrf =
        CsrfConfig { clock: app.clock.clone(), random: app.random.clone(), ..CsrfConfig::from(&**settings) };
    let auth = AuthConfig { clock: app.clock.clone(), ..AuthConfig::new(app.db.clone(), settings) };
    Ok(router.layer(AuthLayer::<User>::new(auth)).layer(CsrfLayer::new(csrf)).layer(sessions::layer(app)?))
}
