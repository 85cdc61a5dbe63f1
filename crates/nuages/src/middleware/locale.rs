//! The visitor's language (`LocaleMiddleware`): the cookie `django_language`, then `Accept-Language`, then the site's.
//!
//! `Accept-Language: zh-CN,zh;q=0.9` gives `zh-hans` on a site that speaks it, and the answer says
//! `Content-Language: zh-hans` and `Vary: Accept-Language`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, header};

use crate::cookies::{self, vary};
use crate::i18n::{Catalogs, Languages, Translator};
use crate::request::Language;
use crate::settings::Settings;

/// Which languages a site speaks.
#[derive(Debug, Clone)]
pub struct Locale(Arc<(Languages, String)>);

impl From<&Settings> for Locale {
    /// Those of `LANGUAGES` and `LANGUAGE_CODE`, with `LANGUAGE_COOKIE_NAME`.
    fn from(settings: &Settings) -> Self {
        let languages =
            Languages { codes: settings.languages.clone(), default: settings.language_code.clone() };
        Self(Arc::new((languages, settings.language_cookie_name.clone())))
    }
}

/// The layer.
pub async fn locale(State(Locale(site)): State<Locale>, mut request: Request, next: Next) -> Response {
    let (languages, cookie_name) = &*site;
    let chosen = cookies::get(request.headers(), cookie_name);
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = languages.from_request(chosen.as_deref(), accepted);
    let written = HeaderValue::try_from(&language);
    request.extensions_mut().insert(Language(language.into()));
    let mut response = next.run(request).await;
    vary(response.headers_mut(), "Accept-Language");
    if let Ok(language) = written {
        response.headers_mut().entry(header::CONTENT_LANGUAGE).or_insert(language);
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Translator {
    type Rejection = Infallible;

    /// The texts that `axum::Extension(Arc<Catalogs>)` puts around the routes, in the visitor's [`Language`].
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let catalogs = parts.extensions.get::<Arc<Catalogs>>().cloned().unwrap_or_default();
        let Language(language) = Language::from_request_parts(parts, state).await?;
        Ok(Self::new(catalogs, language))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn the_cookie_before_the_browser_before_the_site() {
        let settings = Settings {
            languages: vec!["zh-hans".into(), "en".into()],
            language_code: "zh-hans".into(),
            ..Settings::default()
        };
        let app = Router::new()
            .route("/", get(|Language(language)| async move { language.to_string() }))
            .layer(from_fn_with_state(Locale::from(&settings), locale));
        for (cookie, accept, language) in [
            ("", "", "zh-hans"),
            ("", "en-GB,en;q=0.8", "en"),
            ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
            ("django_language=en", "zh-CN", "en"),
            ("django_language=xx", "fr", "zh-hans"),
        ] {
            let request =
                Request::get("/").header(header::COOKIE, cookie).header(header::ACCEPT_LANGUAGE, accept);
            let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.headers()[header::CONTENT_LANGUAGE], language, "{cookie} {accept}");
            assert_eq!(response.headers()[header::VARY], "Accept-Language");
            assert_eq!(axum::body::to_bytes(response.into_body(), 99).await.unwrap(), language);
        }
    }
}
