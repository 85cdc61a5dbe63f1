//! What a site is configured with: Django's settings under Django's names, as one struct.
//!
//! Each value comes from the environment (`NUAGES_` and Django's name), else from `nuages.toml`, else from the
//! application's default. An unknown name or a value that does not fit is an error that names it and its source.
//!
//! ```text
//! NUAGES_ALLOWED_HOSTS=shop.example,.shop.example        the environment: lists by comma
//! SESSION_COOKIE_AGE = 1209600                           nuages.toml: durations in seconds
//! ```
//!
//! With no `nuages.toml` and no `NUAGES_*` the site is a demo ([`Settings::demo`]).

mod assign;
mod caches;
mod defaults;
mod demo;
mod deploy;
mod engine;
mod load;
mod network;
mod secret;
mod value;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use jiff::tz::TimeZone;
use nuages_wire::crypto::SecretKeys;

use crate::error::{Error, Result};

pub use caches::{CacheBackend, CacheSettings};
pub use deploy::Warning;
pub use engine::{EmailBackend, LogFormat, SameSite, SessionEngine, SessionSerializer};
pub(crate) use load::SUPERUSER_PASSWORD;
pub use load::Sources;
pub use network::{MalformedNetwork, Network};
pub use secret::{ResourceUrl, SecretKey};

/// Every setting. `docs/settings.md` has them as a table.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `DEBUG`: error pages with details, templates and static files read afresh, `/dev/mail`.
    pub debug: bool,
    /// Whether the site runs with neither `nuages.toml` nor `NUAGES_*`: it then listens on the loopback only.
    pub demo: bool,
    /// `SECRET_KEY`: signs cookies and tokens. Shared with Django for one login.
    pub secret_key: SecretKey,
    /// `SECRET_KEY_FALLBACKS`: earlier keys, which still verify but never sign.
    pub secret_key_fallbacks: Vec<SecretKey>,
    /// `ALLOWED_HOSTS`: names that the Host header may carry; `.example.com` covers subdomains, `*` everything.
    pub allowed_hosts: Vec<String>,
    /// `USE_X_FORWARDED_HOST`: whether a proxy's `X-Forwarded-Host` replaces Host.
    pub use_x_forwarded_host: bool,
    /// `USE_X_FORWARDED_PORT`: whether a proxy's `X-Forwarded-Port` replaces the port that this server listens on.
    pub use_x_forwarded_port: bool,
    /// `TRUSTED_PROXIES` (ours): who may say by `X-Forwarded-For` who the client is.
    pub trusted_proxies: Vec<Network>,
    /// `DATABASE_URL`: `sqlite:///relative`, `sqlite:////absolute` or `postgres://user:password@host/name`.
    pub database_url: ResourceUrl,
    /// `CACHE_URL`: the cache `default` in short. `locmem://` keeps it in this process.
    pub cache_url: ResourceUrl,
    /// `CACHES`: caches by their aliases; one called `default` takes the place of `CACHE_URL`.
    pub caches: BTreeMap<String, CacheSettings>,
    /// `BROKER_URL`: where tasks go; none keeps them in the database and runs them in this process.
    pub broker_url: Option<ResourceUrl>,
    /// `SITE_URL`: scheme and host for links in mails, without a trailing slash. Empty, it is the address that `serve`
    /// listens on.
    pub site_url: String,

    /// `SESSION_ENGINE`.
    pub session_engine: SessionEngine,
    /// `SESSION_SERIALIZER`.
    pub session_serializer: SessionSerializer,
    /// `SESSION_CACHE_ALIAS`: the cache of the engines `cache` and `cached_db`, by its alias in `CACHES`.
    pub session_cache_alias: String,
    /// `SESSION_REDIS_URL`: the Redis of the engine `redis`. Ours.
    pub session_redis_url: Option<ResourceUrl>,
    /// `DJANGO_REDIS_IGNORE_EXCEPTIONS`: while the cache is away the engines `cache` and `redis` answer reads with an empty
    /// session.
    pub django_redis_ignore_exceptions: bool,
    /// `SESSION_FILE_PATH`: the folder of the engine `file`; `None` is the system's for temporary files.
    pub session_file_path: Option<PathBuf>,
    /// `SESSION_COOKIE_NAME`.
    pub session_cookie_name: String,
    /// `SESSION_COOKIE_AGE`.
    pub session_cookie_age: Duration,
    /// `SESSION_COOKIE_DOMAIN`.
    pub session_cookie_domain: Option<String>,
    /// `SESSION_COOKIE_PATH`.
    pub session_cookie_path: String,
    /// `SESSION_COOKIE_SECURE`.
    pub session_cookie_secure: bool,
    /// `SESSION_COOKIE_HTTPONLY`.
    pub session_cookie_httponly: bool,
    /// `SESSION_COOKIE_SAMESITE`; none writes no attribute.
    pub session_cookie_samesite: Option<SameSite>,
    /// `SESSION_SAVE_EVERY_REQUEST`.
    pub session_save_every_request: bool,
    /// `SESSION_EXPIRE_AT_BROWSER_CLOSE`.
    pub session_expire_at_browser_close: bool,
    /// `SESSION_STRICT` (ours): a lost overwrite of a session key is a 409 instead of a line in the log.
    pub session_strict: bool,
    /// `SIGNED_COOKIE_LEGACY_SALT_FALLBACK`: whether signed cookies of Django before 5.2.15 are read.
    pub signed_cookie_legacy_salt_fallback: bool,

    /// `CSRF_COOKIE_NAME`.
    pub csrf_cookie_name: String,
    /// `CSRF_COOKIE_AGE`; none ends with the browser.
    pub csrf_cookie_age: Option<Duration>,
    /// `CSRF_COOKIE_DOMAIN`.
    pub csrf_cookie_domain: Option<String>,
    /// `CSRF_COOKIE_PATH`.
    pub csrf_cookie_path: String,
    /// `CSRF_COOKIE_SECURE`.
    pub csrf_cookie_secure: bool,
    /// `CSRF_COOKIE_HTTPONLY`.
    pub csrf_cookie_httponly: bool,
    /// `CSRF_COOKIE_SAMESITE`; none writes no attribute.
    pub csrf_cookie_samesite: Option<SameSite>,
    /// `CSRF_TRUSTED_ORIGINS`: `https://other.example` or `https://*.example`.
    pub csrf_trusted_origins: Vec<String>,
    /// `CSRF_USE_SESSIONS`: the secret lives in the session, not in a cookie.
    pub csrf_use_sessions: bool,
    /// `CSRF_HEADER_NAME`, written as Django writes it (`HTTP_X_CSRFTOKEN`) or as a header (`X-CSRFToken`).
    pub csrf_header_name: HeaderName,

    /// `LANGUAGE_CODE`: the language of a visitor who states none that is spoken here.
    pub language_code: String,
    /// `LANGUAGES`: the codes that are spoken here.
    pub languages: Vec<String>,
    /// `LANGUAGE_COOKIE_NAME`.
    pub language_cookie_name: String,
    /// `LANGUAGE_COOKIE_AGE`; none ends with the browser.
    pub language_cookie_age: Option<Duration>,
    /// `TIME_ZONE`, by its IANA name.
    pub time_zone: TimeZone,
    /// `USE_TZ`: the database holds UTC.
    pub use_tz: bool,

    /// `APPEND_SLASH`: `/cart` is sent on to `/cart/` when only that exists.
    pub append_slash: bool,
    /// `LOGIN_URL`: a path or a route's name.
    pub login_url: String,
    /// `LOGIN_REDIRECT_URL`: where a login without `next` leads.
    pub login_redirect_url: String,
    /// `PASSWORD_RESET_TIMEOUT`.
    pub password_reset_timeout: Duration,
    /// `PASSWORD_ITERATIONS` (ours): rounds of `pbkdf2_sha256`; equal on both sides, or each login upgrades the hash.
    pub password_iterations: u32,

    /// `STATIC_URL`: begins and ends with a slash.
    pub static_url: String,
    /// `STATIC_DIR` (ours): a folder whose files replace the embedded ones.
    pub static_dir: Option<PathBuf>,
    /// `TEMPLATES_DIR` (ours): a folder whose templates replace the embedded ones.
    pub templates_dir: Option<PathBuf>,
    /// `MEDIA_ROOT`: where uploads are stored.
    pub media_root: PathBuf,
    /// `MEDIA_URL`: begins and ends with a slash.
    pub media_url: String,
    /// `SERVE_MEDIA` (ours): serve uploads outside DEBUG too, for a site with no web server in front.
    pub serve_media: bool,

    /// `EMAIL_BACKEND`.
    pub email_backend: EmailBackend,
    /// `DEFAULT_FROM_EMAIL`.
    pub default_from_email: String,

    /// `DATA_UPLOAD_MAX_MEMORY_SIZE`, bytes: a form's own data, files not counted. Beyond it: 400.
    pub data_upload_max_memory_size: u64,
    /// `DATA_UPLOAD_MAX_NUMBER_FIELDS`. Beyond it: 400.
    pub data_upload_max_number_fields: usize,
    /// `DATA_UPLOAD_MAX_NUMBER_FILES`. Beyond it: 400.
    pub data_upload_max_number_files: usize,
    /// `FILE_UPLOAD_MAX_MEMORY_SIZE`, bytes: a larger upload goes to temporary files.
    pub file_upload_max_memory_size: u64,
    /// `FILE_UPLOAD_TEMP_DIR`; none is the system's own.
    pub file_upload_temp_dir: Option<PathBuf>,

    /// `SECURE_PROXY_SSL_HEADER`: the header and value by which a proxy says that its client spoke HTTPS.
    pub secure_proxy_ssl_header: Option<(HeaderName, String)>,
    /// `SECURE_SSL_REDIRECT`.
    pub secure_ssl_redirect: bool,
    /// `SECURE_SSL_HOST`.
    pub secure_ssl_host: Option<String>,
    /// `SECURE_HSTS_SECONDS`; zero writes no header.
    pub secure_hsts_seconds: Duration,
    /// `SECURE_HSTS_INCLUDE_SUBDOMAINS`.
    pub secure_hsts_include_subdomains: bool,
    /// `SECURE_HSTS_PRELOAD`.
    pub secure_hsts_preload: bool,
    /// `SECURE_CONTENT_TYPE_NOSNIFF`.
    pub secure_content_type_nosniff: bool,
    /// `SECURE_REFERRER_POLICY`; none writes no header.
    pub secure_referrer_policy: Option<String>,
    /// `SECURE_CROSS_ORIGIN_OPENER_POLICY`; none writes no header.
    pub secure_cross_origin_opener_policy: Option<String>,
    /// `X_FRAME_OPTIONS`; none writes no header.
    pub x_frame_options: Option<String>,
    /// `CONTENT_SECURITY_POLICY` (ours); none writes no header.
    pub content_security_policy: Option<String>,

    /// `CAPTCHA_TIMEOUT` (ours): how long a picture can be answered.
    pub captcha_timeout: Duration,
    /// `CAPTCHA_TEST_MODE` (ours): the captcha also accepts `PASSED`. Only with DEBUG.
    pub captcha_test_mode: bool,

    /// `REQUEST_TIMEOUT` (ours): from the end of the body to the answer. Beyond it: 503.
    pub request_timeout: Duration,
    /// `REQUEST_BODY_TIMEOUT` (ours): for the body to arrive, and a second more for each 16 KiB that did. Beyond it:
    /// 408.
    pub request_body_timeout: Duration,
    /// `REQUEST_HEADER_TIMEOUT` (ours): for the request line and headers to arrive, and for an idle connection to
    /// send its next request.
    pub request_header_timeout: Duration,
    /// `REQUEST_HEADER_MAX_SIZE` (ours), bytes: request line and headers together. Beyond it: 431.
    pub request_header_max_size: usize,
    /// `MAX_CONNECTIONS` (ours): open at once; the next one waits in the system's queue.
    pub max_connections: usize,
    /// `SHUTDOWN_TIMEOUT` (ours): how long running requests may finish after Ctrl-C.
    pub shutdown_timeout: Duration,

    /// `TASK_WORKERS` (ours): how many tasks the serving process runs side by side; 0 leaves them to `worker`.
    pub task_workers: usize,

    /// `LOG_LEVEL` (ours): a level or a filter such as `info,nuages::db=debug`.
    pub log_level: String,
    /// `LOG_FORMAT` (ours).
    pub log_format: LogFormat,
}

impl Settings {
    /// `SECRET_KEY` and its fallbacks, for the formats that are signed.
    pub fn secret_keys(&self) -> SecretKeys {
        let key = |key: &SecretKey| nuages_wire::crypto::SecretKey::new(key.as_bytes());
        SecretKeys {
            current: key(&self.secret_key),
            fallbacks: self.secret_key_fallbacks.iter().map(key).collect(),
        }
    }

    /// Refuses settings that do not fit together or that ask for what is not there yet; [`Settings::load`] has
    /// called it already.
    ///
    /// # Errors
    /// Configuration errors and Unsupported, each naming its setting.
    pub fn validate(&self) -> Result<()> {
        if self.secret_key.is_empty() {
            return Err(Error::configuration("SECRET_KEY: it must not be empty"));
        }
        if self.captcha_test_mode && !self.debug {
            return Err(Error::configuration("CAPTCHA_TEST_MODE: it only works with DEBUG"));
        }
        if self.static_url == self.media_url {
            return Err(Error::configuration("MEDIA_URL: it must differ from STATIC_URL"));
        }
        if !self.use_tz {
            return Err(Error::unsupported(
                "USE_TZ: the database holds UTC; local times are not supported yet",
            ));
        }
        if self.session_engine == SessionEngine::Redis && self.session_redis_url.is_none() {
            return Err(Error::configuration("SESSION_REDIS_URL: the engine `redis` needs it"));
        }
        self.email_backend.require_supported()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::error::ErrorKind;

    fn keyed() -> Settings {
        Settings { secret_key: SecretKey::new("k"), ..Settings::default() }
    }

    #[test]
    fn a_site_does_not_start_on_settings_that_cannot_work() {
        assert!(keyed().validate().is_ok());
        assert!(Settings::default().validate().unwrap_err().message().contains("SECRET_KEY"));
        let captcha = Settings { captcha_test_mode: true, ..keyed() };
        assert!(captcha.validate().unwrap_err().message().contains("CAPTCHA_TEST_MODE"));
        assert!(Settings { debug: true, ..captcha }.validate().is_ok());
    }

    #[test]
    fn an_engine_that_is_not_there_is_named() {
        let local = Settings { use_tz: false, ..keyed() };
        assert_eq!(local.validate().unwrap_err().kind(), ErrorKind::Unsupported);
        let settings = Settings { session_engine: SessionEngine::Redis, ..keyed() };
        assert!(settings.validate().unwrap_err().message().starts_with("SESSION_REDIS_URL"));
        let settings = Settings { email_backend: EmailBackend::Smtp, ..keyed() };
        let error = settings.validate().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(
            error.message(),
            "EMAIL_BACKEND: the engine `smtp` is not supported yet, only `database` is"
        );
    }

    #[test]
    fn secrets_do_not_print() {
        let settings = Settings {
            secret_key: SecretKey::new("hunter2"),
            secret_key_fallbacks: vec![SecretKey::new("hunter2")],
            database_url: "postgres://shop:hunter2@localhost/shop".parse().unwrap(),
            ..Settings::default()
        };
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
