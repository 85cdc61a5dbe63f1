//! `/user/login` and `/user/logout`.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use nuages::auth::{Auth, CurrentUser, LoggedIn, User};
use nuages::error::ErrorKind;
use nuages::messages::Messages;
use nuages::prelude::*;
use nuages::querydict::Query;
use nuages::request::RequestInfo;
use nuages::session::{Expiry, Session};
use nuages::throttle::Throttle;
use nuages::upload::FormData;

use crate::cart;
use crate::form::Form;

const ATTEMPTS: u32 = 20;
const WINDOW: Duration = Duration::from_secs(300);

/// The empty form; who is logged in goes on.
pub(crate) async fn form(user: CurrentUser<User>, Query(query): Query) -> Result<Response> {
    if user.is_some() {
        return Ok(redirect("/"));
    }
    let next = query.get("next").unwrap_or_default();
    Ok(Template::new("user/login.html", context! { form: Form::default(), next }).into_response())
}

/// Logs in and goes on to a safe `next`. Every failure reads the same: the name may exist or not, and be active or not.
pub(crate) async fn login(
    State(app): State<App>,
    auth: Auth,
    session: Session,
    translator: Translator,
    request: RequestInfo,
    Query(query): Query,
    sent: FormData,
) -> Result<Response> {
    let form = Form::of(&sent.fields, &["username", "remembered"]);
    let next = sent.get("next").or_else(|| query.get("next")).unwrap_or_default().to_owned();
    let address = request.client_ip().map_or_else(String::new, |ip| ip.to_string());
    let throttle = Throttle::new(app.cache.clone(), "login", ATTEMPTS, WINDOW);
    let key = [address.as_str(), form.value("username")];
    let page = |mut form: Form, text: &str, next: String| {
        form.refuse_all(translator.gettext(text));
        Template::new("user/login.html", context! { form, next }).into_response()
    };
    match throttle.attempt(&key).await {
        Err(error) if error.kind() == ErrorKind::TooManyRequests => {
            let mut refused = error.into_response();
            let page = page(form, "Too many attempts. Please wait a moment.", next);
            refused.extensions_mut().extend(page.into_parts().0.extensions);
            return Ok(refused);
        }
        counted => counted?,
    }
    let password = sent.get("password").unwrap_or_default();
    let user = auth.authenticate(form.value("username"), password).await?;
    // The session is read after the slow hash: of a form sent twice the second finds the cart gone with the first.
    if auth.user().await?.is_some() {
        return Ok(redirect("/"));
    }
    let Some(user) = user else {
        return Ok(page(form, "User name or password is wrong, or the account is not active.", next));
    };
    throttle.reset(&key).await?;
    // Before the session gets its new key, so that two logins from one session cannot both take its cart along.
    cart::merge(&app, &session, &user).await?;
    auth.login(&user).await?;
    let remembered = !form.value("remembered").is_empty();
    session.set_expiry(if remembered { Expiry::Policy } else { Expiry::Seconds(0) }).await?;
    Ok(redirect(if request.is_safe_redirect(&next) { &next } else { "/" }))
}

/// `POST /user/logout`: the session is gone, here and at Django.
pub(crate) async fn logout(
    _user: LoggedIn<User>,
    auth: Auth,
    translator: Translator,
    messages: Messages,
) -> Result<Response> {
    auth.logout().await?;
    messages.info(translator.gettext("You are logged out."));
    Ok(redirect("/"))
}
