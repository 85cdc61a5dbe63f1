//! Who is logged in: users, passwords and sessions that Django shares (`django.contrib.auth`).
//!
//! A login is three entries of the session, here of the user with primary key 7:
//! `{"_auth_user_id": "7", "_auth_user_backend": "django.contrib.auth.backends.ModelBackend", "_auth_user_hash": "f600…"}`.
//! The hash covers the password column, so a new password, set here or by Django, ends every other session.
//!
//! ```
//! use nuages::Result;
//! use nuages::auth::{Auth, CurrentUser, LoggedIn};
//!
//! async fn home(CurrentUser(user): CurrentUser) -> String {
//!     user.map_or("hello, stranger".to_owned(), |user| format!("hello, {}", user.username))
//! }
//!
//! /// Not logged in: a page goes on to `LOGIN_URL`, a client that asks for JSON gets a 401.
//! async fn profile(user: LoggedIn) -> String {
//!     user.email.clone()
//! }
//!
//! async fn login(auth: Auth) -> Result<&'static str> {
//!     let Some(user) = auth.authenticate("bob", "a secret").await? else { return Ok("try again") };
//!     auth.login(&user).await?;
//!     Ok("welcome")
//! }
//! ```
//!
//! One backend, `ModelBackend`: a session that another one opened is anonymous here and left as it is. Permissions of
//! groups and users are not read; `is_staff` and `is_superuser` are columns of [`User`].

mod authenticate;
mod extract;
mod login;
mod middleware;
mod passwords;
mod schema;
mod user;
mod user_model;
mod validators;

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use nuages_wire::auth::SessionAuthHash;
use nuages_wire::crypto::SecretKeys;
use tokio::sync::Mutex;

pub use extract::{CurrentUser, LoggedIn, NotLoggedIn};
pub use middleware::AuthLayer;
pub use nuages_wire::password::EncodedPassword;
pub use passwords::{Checked, Passwords};
pub use schema::{content_types, schema};
pub use user::{CreateUserError, NewUser, User};
pub use user_model::UserModel;
pub use validators::{MIN_LENGTH, WeakPassword, is_valid_username, validate_password};

use crate::csrf::CsrfToken;
use crate::db::Db;
use crate::session::Session;
use crate::settings::Settings;
use crate::time::{Clock, Random};

/// What logging in needs.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Where the users are.
    pub db: Db,
    /// The threads that hash.
    pub passwords: Passwords,
    /// `SECRET_KEY` and its fallbacks: they make the session's hash.
    pub secret_keys: SecretKeys,
    /// `LOGIN_URL`: a path, an address or a route's name.
    pub login_url: String,
    /// The time of day, for `last_login`.
    pub clock: Clock,
}

impl AuthConfig {
    /// As the settings say.
    pub fn new(db: Db, settings: &Settings) -> Self {
        Self {
            db,
            passwords: Passwords::new(settings.password_iterations, Random::os()),
            secret_keys: settings.secret_keys(),
            login_url: settings.login_url.clone(),
            clock: Clock::system(),
        }
    }
}

/// Logs in and out and knows the user of a request; clones are the same one. `U` is the site's [`UserModel`].
pub struct Auth<U = User> {
    handle: Handle,
    user_model: PhantomData<fn() -> U>,
}

/// What all requests of a layer share.
struct Shared {
    config: AuthConfig,
    session_hash: SessionAuthHash,
}

impl Deref for Shared {
    type Target = AuthConfig;

    fn deref(&self) -> &AuthConfig {
        &self.config
    }
}

/// An [`Auth`] without its type, as the request carries it.
#[derive(Clone)]
struct Handle {
    config: Arc<Shared>,
    session: Option<Session>,
    csrf: Option<CsrfToken>,
    /// The user of the session, once somebody asked.
    user: Arc<Mutex<Option<Known>>>,
}

/// A looked-up user of whichever model; `None` for an anonymous one.
type Known = Option<Box<dyn Any + Send>>;

impl<U> Clone for Auth<U> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone(), user_model: PhantomData }
    }
}

impl<U> fmt::Debug for Auth<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}
