//! Django's batteries for Rust, on axum.
//!
//! Each module reads and writes what Django 5.2 reads and writes, so that a service on Nuages and one on Django, with one
//! database and one secret key, are one site with one login. A new site needs no Django.
//!
//! A site of one route, with the command line `serve`, `migrate`, `worker`, `createsuperuser`, `check`, `clearsessions`:
//!
//! ```no_run
//! use axum::routing::get;
//! use nuages::{Settings, Urls, cli, site::Site};
//!
//! async fn hello() -> &'static str {
//!     "hello"
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     let site = |settings| Site::new(settings).urls(Urls::new().path("", get(hello), "index"));
//!     cli::run(Settings::default(), &[], site)
//! }
//! ```
//!
//! Or one battery on a plain `axum::Router`: each is a layer, an extractor or a value that needs none of the others but
//! those it names, as in the programs under `examples/`.
//!
//! | module | what it does | Django's own place |
//! |---|---|---|
//! | [`site`] | settings, routes, models, tasks and default layers, tied together | `django.core.handlers`, the project's `settings.py` |
//! | [`cli`] | the subcommands of a site | `manage.py`, `django.core.management` |
//! | [`server`] | HTTP/1.1 with limits, and an end that loses nothing | the WSGI or ASGI server |
//! | [`testing`] | a client with a cookie jar, in the same process | `django.test.Client` |
//! | [`template`] | the template language | `django.template` |
//! | [`auth`] | users, logins, passwords | `django.contrib.auth` |
//! | [`session`] | sessions that lose no update | `django.contrib.sessions` |
//! | [`csrf`] | protection against forged forms | `django.middleware.csrf` |
//! | [`messages`] | notices for the next page | `django.contrib.messages` |
//! | [`captcha`] | pictures to type off | (packages such as django-simple-captcha) |
//! | [`token`] | signed links that run out | (the package itsdangerous) |
//! | [`throttle`] | a bound on attempts | (packages such as django-ratelimit) |
//! | [`urls`] | patterns, names and policies of routes | `django.urls` |
//! | [`request`] | host, scheme, path, client | `django.http.HttpRequest` |
//! | [`querydict`] | the query string | `request.GET`, `django.http.QueryDict` |
//! | [`upload`] | the form, parsed once | `request.POST`, `request.FILES` |
//! | [`cookies`] | reading and setting cookies | `request.COOKIES`, `HttpResponse.set_cookie` |
//! | [`static_files`] | style sheets, scripts, uploads | `django.contrib.staticfiles`, `django.views.static` |
//! | [`middleware`] | log, time-outs, security headers, host, language, conditional GET | `django.middleware` |
//! | [`orm`] | typed models and their manager | `django.db.models` |
//! | [`migrate`], [`schema`] | tables as Django makes them | `django.db.migrations` |
//! | [`db`] | SQLite and PostgreSQL, transactions, SQL | `django.db` |
//! | [`cache`] | values that may be forgotten | `django.core.cache` |
//! | [`storage`] | stored files | `django.core.files.storage` |
//! | [`mail`] | mail that goes out with the commit | `django.core.mail` |
//! | [`task`] | work after the request | (Celery; `django.tasks` of Django 6) |
//! | [`settings`] | settings under Django's names | `django.conf.settings` |
//! | [`error`] | the one error of handlers | `django.http.Http404`, `django.core.exceptions` |
//! | [`i18n`] | translations and languages | `django.utils.translation` |
//! | [`time`] | the clock and randomness, which a test can hold | `django.utils.timezone`, `get_random_string` |
//! | [`telemetry`] | the log | `LOGGING` |
//!
//! The bytes themselves are the business of [`nuages_wire`]. What is not there yet (another session engine, Redis, SMTP, a
//! broker) is refused at the start with an error that names the setting.

pub mod auth;
pub mod cache;
pub mod captcha;
pub mod cli;
pub mod cookies;
pub mod csrf;
pub mod db;
pub mod error;
pub mod i18n;
pub mod mail;
pub mod messages;
pub mod middleware;
pub mod migrate;
pub mod orm;
pub mod querydict;
pub mod request;
pub mod schema;
pub mod server;
pub mod session;
pub mod settings;
pub mod site;
pub mod static_files;
pub mod storage;
pub mod task;
pub mod telemetry;
pub mod template;
pub mod testing;
pub mod throttle;
pub mod time;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod tls;
pub mod token;
pub mod upload;
pub mod urls;

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("nuages needs a database: one of the features `sqlite`, `postgres` and `mysql`");

// What derive(Model) writes names this crate from the outside, here too.
extern crate self as nuages;

pub use error::{Error, Result};
pub use settings::Settings;

/// The routes of a [`site::Site`].
pub type Urls = urls::Urls<site::App>;

/// What most handlers need: `use nuages::prelude::*;`.
pub mod prelude {
    pub use crate::context;
    pub use crate::error::{Error, Result};
    pub use crate::i18n::Translator;
    pub use crate::site::App;
    pub use crate::template::{Context, Template, Value};
    pub use crate::urls::redirect;
}

/// The guides' code, compiled and run as documentation tests.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../../docs/getting_started.md")]
    mod getting_started {}
    #[doc = include_str!("../../../docs/beside_django.md")]
    mod beside_django {}
    #[doc = include_str!("../../../docs/database.md")]
    mod database {}
    #[doc = include_str!("../../../docs/models.md")]
    mod models {}
    #[doc = include_str!("../../../docs/cache.md")]
    mod cache {}
    #[doc = include_str!("../../../docs/sessions.md")]
    mod sessions {}
    #[doc = include_str!("../../../docs/tasks_and_mail.md")]
    mod tasks_and_mail {}
    #[doc = include_str!("../../../docs/deployment.md")]
    mod deployment {}
    #[doc = include_str!("../../../docs/settings.md")]
    mod settings {}
    #[doc = include_str!("../../../docs/static_files.md")]
    mod static_files {}
}
