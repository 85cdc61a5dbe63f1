//! Handlers that any site may put on its routes.

use axum::extract::State;
use axum::response::Response;
use jiff::SignedDuration;
use nuages_wire::cookies::SetCookie;

use super::App;
use crate::cookies;
use crate::db::Db;
use crate::error::Result;
use crate::request::RequestInfo;
use crate::upload::FormData;
use crate::urls::redirect;

/// `GET`: 200 `ok` when the database answers, 503 otherwise.
///
/// # Errors
/// The database's own.
pub async fn health(State(db): State<Db>) -> Result<&'static str> {
    db.ping().await?;
    Ok("ok")
}

/// `POST` `language`, `next`: keeps the language in a cookie and goes back (`django.views.i18n.set_language`). A language that
/// is not spoken here changes nothing; an unsafe `next` is the page that sent the form, or `/`.
///
/// # Errors
/// When the cookie cannot be written.
pub async fn set_language(State(app): State<App>, request: RequestInfo, form: FormData) -> Result<Response> {
    let next = form.get("next").filter(|next| request.is_safe_redirect(next)).map(str::to_owned);
    let next = next.or_else(|| request.referer_path()).unwrap_or_else(|| "/".to_owned());
    let mut response = redirect(&next);
    if let Some(language) =
        form.get("language").filter(|asked| app.settings.languages.iter().any(|known| known == asked))
    {
        let settings = &app.settings;
        let cookie = SetCookie {
            max_age: settings.language_cookie_age.and_then(|age| SignedDuration::try_from(age).ok()),
            path: Some("/"),
            ..SetCookie::new(&settings.language_cookie_name, language)
        };
        cookies::set(response.headers_mut(), &cookie, &app.clock)?;
    }
    Ok(response)
}
