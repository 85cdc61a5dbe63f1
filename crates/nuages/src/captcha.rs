//! Picture captchas: a text that a person reads off a picture and types, once, within five minutes.
//!
//! A form asks for a [`Captcha::challenge`], puts its id into a hidden field and the picture's address, and its POST asks
//! [`Captcha::check`]. Each form has a challenge of its own, so two tabs do not disturb each other. The challenges are in
//! the session under `_captcha`; an answer is judged and saved in one step, so of many at once with the right text one
//! passes.
//!
//! What it gives: a challenge passes once, in [`CaptchaOptions::lifetime`], within five tries; case, spaces around and
//! full-width typing do not matter. What it does not: it keeps out scripts, not a determined reader of pictures, so put a
//! [`Throttle`](crate::throttle::Throttle) beside it. Under the session engine `signed_cookies` the browser holds the
//! text itself, and an old cookie brings a used challenge back: so there [`Captcha::challenge`] refuses.
//!
//! ```
//! use axum::extract::{Form, Query};
//! use axum::response::IntoResponse;
//! use nuages::captcha::Captcha;
//! # use std::collections::HashMap;
//!
//! async fn form(captcha: Captcha) -> nuages::Result<String> {
//!     let id = captcha.challenge().await?;
//!     Ok(format!("<img src=\"/captcha.png?id={id}\"><input type=\"hidden\" name=\"captcha_id\" value=\"{id}\">"))
//! }
//! async fn picture(captcha: Captcha, Query(query): Query<HashMap<String, String>>) -> nuages::Result<impl IntoResponse> {
//!     let id = query.get("id").map_or("", String::as_str);
//!     captcha.picture(id).await?.ok_or_else(|| nuages::Error::not_found("no such picture"))
//! }
//! async fn register(captcha: Captcha, Form(form): Form<HashMap<String, String>>) -> nuages::Result<&'static str> {
//!     let field = |name: &str| form.get(name).map_or("", String::as_str);
//!     let human = captcha.check(field("captcha_id"), field("captcha")).await?;
//!     Ok(if human { "welcome" } else { "please read the picture again" })
//! }
//! ```

mod canvas;
mod challenge;
mod glyphs;
mod picture;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;

use crate::error::{Error, Result};
use crate::session::Session;
use crate::settings::Settings;
use crate::time::{Clock, Random};

pub use challenge::{Challenge, Challenges, MAX_CHALLENGES, MAX_TRIES, Outcome};
pub use glyphs::ALPHABET;
pub use picture::{SIZE, draw};

/// Where a session keeps its challenges.
pub const SESSION_KEY: &str = "_captcha";

/// What passes in test mode.
const TEST_ANSWER: &str = "PASSED";

/// How captchas work. A site lays them around its routes as [`axum::Extension`]; without, the defaults hold.
#[derive(Debug, Clone)]
pub struct CaptchaOptions {
    /// How long a challenge may be answered (`CAPTCHA_TIMEOUT`); five minutes.
    pub lifetime: Duration,
    /// Whether the answer `PASSED` passes too (DEBUG with `CAPTCHA_TEST_MODE`).
    pub test_mode: bool,
    /// How many times the picture's size its pixels are; 2 is sharp on dense screens.
    pub scale: u8,
    /// What time it is.
    pub clock: Clock,
    /// Where texts come from.
    pub random: Random,
}

impl Default for CaptchaOptions {
    fn default() -> Self {
        let (clock, random) = (Clock::system(), Random::os());
        Self { lifetime: Duration::from_secs(300), test_mode: false, scale: 2, clock, random }
    }
}

impl From<&Settings> for CaptchaOptions {
    fn from(settings: &Settings) -> Self {
        let test_mode = settings.debug && settings.captcha_test_mode;
        Self { lifetime: settings.captcha_timeout, test_mode, ..Self::default() }
    }
}

/// The captchas of a request's session.
#[derive(Debug, Clone)]
pub struct Captcha {
    session: Session,
    options: CaptchaOptions,
}

/// A picture; as a response it is `image/png`, never stored by a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Png(pub Bytes);

impl Captcha {
    /// A new challenge for a form: its id. It is stored with the session when the response goes out.
    ///
    /// # Errors
    /// The session's own; when the operating system has no randomness to give; Unsupported when the session is in the
    /// cookie.
    pub async fn challenge(&self) -> Result<String> {
        if self.session.is_in_cookie() {
            return Err(Error::unsupported(
                "SESSION_ENGINE: a captcha needs another one than `signed_cookies`",
            ));
        }
        let now = self.options.clock.unix();
        let challenge = Challenges::make(&self.options.random, now, self.options.lifetime)?;
        let id = challenge.id.clone();
        let add = move |open: &mut Challenges| open.add(challenge.clone(), now);
        self.session.update(SESSION_KEY, add).await?;
        Ok(id)
    }

    /// The picture of the challenge `id`, the same each time; `None` when it is not open.
    ///
    /// # Errors
    /// The session's own.
    pub async fn picture(&self, id: &str) -> Result<Option<Png>> {
        let open: Option<Challenges> = self.session.get(SESSION_KEY).await?;
        let Some(challenge) = open.as_ref().and_then(|open| open.get(id, self.options.clock.unix())) else {
            return Ok(None);
        };
        draw(&challenge.text, &Random::seeded(challenge.seed.into()), self.options.scale)
            .map(|png| Some(Png(png)))
    }

    /// Another text for the open challenge `id`, for a visitor who cannot read its picture. The tries that are left stay
    /// the same, so nobody gains a guess by it.
    ///
    /// # Errors
    /// As [`Captcha::challenge`].
    pub async fn renew(&self, id: &str) -> Result<()> {
        let (id, now) = (id.to_owned(), self.options.clock.unix());
        let fresh = Challenges::make(&self.options.random, now, self.options.lifetime)?;
        let renew = move |open: &mut Challenges| open.renew(&id, &fresh, now);
        self.session.update(SESSION_KEY, renew).await.map(drop)
    }

    /// Whether `answer` is what the picture of `id` shows. It uses the challenge or one of its tries up, and saves the
    /// session at once, with what else the handler has changed in it: of several requests one passes.
    ///
    /// # Errors
    /// The session's own; the challenge may then be used up.
    pub async fn check(&self, id: &str, answer: &str) -> Result<bool> {
        Ok(self.judge(id, answer).await? == Outcome::Passed)
    }

    /// As [`Captcha::check`], with why not.
    ///
    /// # Errors
    /// As [`Captcha::check`].
    pub async fn judge(&self, id: &str, answer: &str) -> Result<Outcome> {
        let (id, now) = (id.to_owned(), self.options.clock.unix());
        if self.options.test_mode && answer == TEST_ANSWER {
            self.session.update(SESSION_KEY, move |open: &mut Challenges| open.consume(&id, now)).await?;
            return Ok(Outcome::Passed);
        }
        // The update runs again when another request was faster; what its last run said is what was saved.
        let last = Arc::new(Mutex::new(Outcome::Gone));
        let (said, answer) = (Arc::clone(&last), answer.to_owned());
        let check = move |open: &mut Challenges| {
            *said.lock().unwrap_or_else(PoisonError::into_inner) = open.check(&id, &answer, now);
        };
        self.session.update(SESSION_KEY, check).await?;
        self.session.commit().await?;
        let outcome = *last.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(outcome)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Captcha {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let session = Session::from_request_parts(parts, state).await?;
        let options = parts.extensions.get::<CaptchaOptions>().cloned().unwrap_or_default();
        Ok(Self { session, options })
    }
}

impl IntoResponse for Png {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "no-store")], self.0).into_response()
    }
}
