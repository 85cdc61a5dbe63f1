//! The extractors `Auth`, `CurrentUser` and `LoggedIn`, and where those go who are not logged in.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, VARY};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri};
use nuages_wire::next_urls::{login_url_with_next, urlsplit};

use super::{Auth, Handle, User, UserModel};
use crate::error::{Error, Result};
use crate::request::RequestInfo;
use crate::urls::Reverse;

/// The user of the request, or `None`.
#[derive(Clone, Debug)]
pub struct CurrentUser<U = User>(pub Option<U>);

/// The user of the request. Nobody logged in: [`NotLoggedIn`].
#[derive(Clone, Debug)]
pub struct LoggedIn<U = User>(pub U);

/// Why a handler that asks for [`LoggedIn`] did not run.
#[derive(Debug)]
pub enum NotLoggedIn {
    /// A page: 302 to `LOGIN_URL` with the way back, `/user/login?next=/user/`.
    Redirect(String),
    /// A client that prefers JSON: 401.
    Unauthenticated,
    /// It cannot be known who it is.
    Failed(Error),
}

impl NotLoggedIn {
    /// What this request is answered when its user has to log in (`redirect_to_login`).
    ///
    /// The way back of a GET is its own address; of a POST, which nobody can go back to, the page that sent it.
    pub fn of(
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        extensions: &Extensions,
        login_url: &str,
    ) -> Self {
        let info = RequestInfo::of(headers, uri, extensions);
        if info.accepts_json() {
            return Self::Unauthenticated;
        }
        let login_url = match extensions.get::<Reverse>() {
            Some(reverse) if !login_url.contains('/') => {
                reverse.reverse(login_url, &[]).unwrap_or_else(|_| login_url.to_owned())
            }
            _ => login_url.to_owned(),
        };
        let next = match *method {
            Method::GET | Method::HEAD => way_back(&info, &login_url),
            _ => info.referer_path(),
        };
        Self::Redirect(
            next.map_or_else(|| login_url.clone(), |next| login_url_with_next(&login_url, "next", &next)),
        )
    }
}

impl IntoResponse for NotLoggedIn {
    fn into_response(self) -> Response {
        match self {
            Self::Redirect(location) => match HeaderValue::try_from(location) {
                // The same address is a page for one client and a 401 for another.
                Ok(location) => (StatusCode::FOUND, [(LOCATION, location), (VARY, VARIES)]).into_response(),
                Err(error) => Error::internal(error).into_response(),
            },
            Self::Unauthenticated => Error::unauthenticated("log in first").into_response(),
            Self::Failed(error) => error.into_response(),
        }
    }
}

const VARIES: HeaderValue = HeaderValue::from_static("Accept");

impl<U: UserModel, S: Send + Sync> FromRequestParts<S> for Auth<U> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let handle = parts.extensions.get::<Handle>().cloned();
        let handle = handle.ok_or_else(|| Error::configuration("this route has no AuthLayer around it"))?;
        Ok(Self { handle, user_model: PhantomData })
    }
}

impl<U: UserModel, S: Send + Sync> FromRequestParts<S> for CurrentUser<U> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        Auth::<U>::from_request_parts(parts, state).await?.user().await.map(Self)
    }
}

impl<U: UserModel, S: Send + Sync> FromRequestParts<S> for LoggedIn<U> {
    type Rejection = NotLoggedIn;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotLoggedIn> {
        let auth = Auth::<U>::from_request_parts(parts, state).await.map_err(NotLoggedIn::Failed)?;
        auth.user().await.map_err(NotLoggedIn::Failed)?.map(Self).ok_or_else(|| {
            let login_url = &auth.handle.config.login_url;
            NotLoggedIn::of(&parts.method, &parts.uri, &parts.headers, &parts.extensions, login_url)
        })
    }
}

impl<U> Deref for CurrentUser<U> {
    type Target = Option<U>;

    fn deref(&self) -> &Option<U> {
        &self.0
    }
}

impl<U> Deref for LoggedIn<U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.0
    }
}

/// This request's path, or its whole address when the login page is on another host.
fn way_back(info: &RequestInfo, login_url: &str) -> Option<String> {
    let login = urlsplit(login_url).unwrap_or_default();
    let here = (login.scheme.is_empty() || login.scheme == info.scheme())
        && (login.netloc.is_empty() || info.host().is_ok_and(|host| host == login.netloc));
    if here { Some(info.full_path()) } else { info.build_absolute_uri().ok() }
}
