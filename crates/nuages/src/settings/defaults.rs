//! What holds for a setting that nobody sets: Django's defaults (`django/conf/global_settings.py`) and ours.

use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderName;
use jiff::tz::TimeZone;

use super::{
    EmailBackend, LogFormat, ResourceUrl, SameSite, SecretKey, SessionEngine, SessionSerializer, Settings,
};

impl Default for Settings {
    /// Django's defaults, with a site of one process in the folder `data`. The secret key is empty, as Django's is.
    fn default() -> Self {
        Self {
            debug: false,
            demo: false,
            secret_key: SecretKey::default(),
            secret_key_fallbacks: Vec::new(),
            allowed_hosts: Vec::new(),
            use_x_forwarded_host: false,
            use_x_forwarded_port: false,
            trusted_proxies: Vec::new(),
            database_url: ResourceUrl::trusted("sqlite:///data/db.sqlite3"),
            cache_url: ResourceUrl::trusted("locmem://"),
            caches: BTreeMap::new(),
            broker_url: None,
            site_url: String::new(),

            session_engine: SessionEngine::Db,
            session_serializer: SessionSerializer::Json,
            session_cache_alias: "default".into(),
            session_redis_url: None,
            django_redis_ignore_exceptions: false,
            session_file_path: None,
            session_cookie_name: "sessionid".into(),
            session_cookie_age: Duration::from_secs(1_209_600),
            session_cookie_domain: None,
            session_cookie_path: "/".into(),
            session_cookie_secure: false,
            session_cookie_httponly: true,
            session_cookie_samesite: Some(SameSite::Lax),
            session_save_every_request: false,
            session_expire_at_browser_close: false,
            session_strict: false,
            signed_cookie_legacy_salt_fallback: true,

            csrf_cookie_name: "csrftoken".into(),
            csrf_cookie_age: Some(Duration::from_secs(31_449_600)),
            csrf_cookie_domain: None,
            csrf_cookie_path: "/".into(),
            csrf_cookie_secure: false,
            csrf_cookie_httponly: false,
            csrf_cookie_samesite: Some(SameSite::Lax),
            csrf_trusted_origins: Vec::new(),
            csrf_use_sessions: false,
            csrf_header_name: HeaderName::from_static("x-csrftoken"),

            language_code: "en-us".into(),
            languages: vec!["en".into(), "zh-hans".into()],
            language_cookie_name: "django_language".into(),
            language_cookie_age: None,
            time_zone: TimeZone::UTC,
            use_tz: true,

            append_slash: true,
            login_url: "/accounts/login/".into(),
            login_redirect_url: "/accounts/profile/".into(),
            password_reset_timeout: Duration::from_secs(259_200),
            password_iterations: 1_000_000,

            static_url: "/static/".into(),
            static_dir: None,
            templates_dir: None,
            media_root: "data/media".into(),
            media_url: "/media/".into(),
            serve_media: false,

            email_backend: EmailBackend::Database,
            default_from_email: "webmaster@localhost".into(),

            data_upload_max_memory_size: 2_621_440,
            data_upload_max_number_fields: 1000,
            data_upload_max_number_files: 100,
            file_upload_max_memory_size: 2_621_440,
            file_upload_temp_dir: None,

            secure_proxy_ssl_header: None,
            secure_ssl_redirect: false,
            secure_ssl_host: None,
            secure_hsts_seconds: Duration::ZERO,
            secure_hsts_include_subdomains: false,
            secure_hsts_preload: false,
            secure_content_type_nosniff: true,
            secure_referrer_policy: Some("same-origin".into()),
            secure_cross_origin_opener_policy: Some("same-origin".into()),
            x_frame_options: Some("DENY".into()),
            content_security_policy: Some(
                "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; \
                 frame-ancestors 'none'; form-action 'self'"
                    .into(),
            ),

            captcha_timeout: Duration::from_secs(300),
            captcha_test_mode: false,

            request_timeout: Duration::from_secs(30),
            request_body_timeout: Duration::from_secs(60),
            request_header_timeout: Duration::from_secs(20),
            request_header_max_size: 65_536,
            max_connections: 10_000,
            shutdown_timeout: Duration::from_secs(30),

            task_workers: 4,

            log_level: "info".into(),
            log_format: LogFormat::Text,
        }
    }
}
