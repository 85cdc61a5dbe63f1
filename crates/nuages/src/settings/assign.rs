//! The table of names: which field each setting fills, and how its value is read.

use super::Settings;
use super::engine::{EmailBackend, LogFormat, SameSite, SessionEngine, SessionSerializer};
use super::value::{Problem, Value};

impl Settings {
    /// Reads `value` into the field named `name`; `Ok(false)` when there is no such setting.
    pub(super) fn assign(&mut self, name: &str, value: &Value) -> Result<bool, Problem> {
        match name {
            "DEBUG" => self.debug = value.boolean()?,
            "SECRET_KEY" => self.secret_key = value.secret()?,
            "SECRET_KEY_FALLBACKS" => self.secret_key_fallbacks = value.secrets()?,
            "ALLOWED_HOSTS" => self.allowed_hosts = value.list()?,
            "USE_X_FORWARDED_HOST" => self.use_x_forwarded_host = value.boolean()?,
            "USE_X_FORWARDED_PORT" => self.use_x_forwarded_port = value.boolean()?,
            "TRUSTED_PROXIES" => self.trusted_proxies = value.networks()?,
            "DATABASE_URL" => self.database_url = value.resource()?,
            "CACHE_URL" => self.cache_url = value.resource()?,
            "BROKER_URL" => self.broker_url = value.optional_resource()?,
            "SITE_URL" => self.site_url = value.origin()?,

            "SESSION_ENGINE" => self.session_engine = session_engine(value)?,
            "SESSION_SERIALIZER" => self.session_serializer = session_serializer(value)?,
            "SESSION_CACHE_ALIAS" => self.session_cache_alias = value.required_text()?,
            "SESSION_REDIS_URL" => self.session_redis_url = value.optional_resource()?,
            "DJANGO_REDIS_IGNORE_EXCEPTIONS" => self.django_redis_ignore_exceptions = value.boolean()?,
            "SESSION_FILE_PATH" => self.session_file_path = value.optional_folder()?,
            "SESSION_COOKIE_NAME" => self.session_cookie_name = value.required_text()?,
            "SESSION_COOKIE_AGE" => self.session_cookie_age = value.timeout()?,
            "SESSION_COOKIE_DOMAIN" => self.session_cookie_domain = value.optional_text()?,
            "SESSION_COOKIE_PATH" => self.session_cookie_path = value.required_text()?,
            "SESSION_COOKIE_SECURE" => self.session_cookie_secure = value.boolean()?,
            "SESSION_COOKIE_HTTPONLY" => self.session_cookie_httponly = value.boolean()?,
            "SESSION_COOKIE_SAMESITE" => self.session_cookie_samesite = same_site(value)?,
            "SESSION_SAVE_EVERY_REQUEST" => self.session_save_every_request = value.boolean()?,
            "SESSION_EXPIRE_AT_BROWSER_CLOSE" => self.session_expire_at_browser_close = value.boolean()?,
            "SESSION_STRICT" => self.session_strict = value.boolean()?,
            "SIGNED_COOKIE_LEGACY_SALT_FALLBACK" => {
                self.signed_cookie_legacy_salt_fallback = value.boolean()?;
            }

            "CSRF_COOKIE_NAME" => self.csrf_cookie_name = value.required_text()?,
            "CSRF_COOKIE_AGE" => self.csrf_cookie_age = value.optional_seconds()?,
            "CSRF_COOKIE_DOMAIN" => self.csrf_cookie_domain = value.optional_text()?,
            "CSRF_COOKIE_PATH" => self.csrf_cookie_path = value.required_text()?,
            "CSRF_COOKIE_SECURE" => self.csrf_cookie_secure = value.boolean()?,
            "CSRF_COOKIE_HTTPONLY" => self.csrf_cookie_httponly = value.boolean()?,
            "CSRF_COOKIE_SAMESITE" => self.csrf_cookie_samesite = same_site(value)?,
            "CSRF_TRUSTED_ORIGINS" => self.csrf_trusted_origins = trusted_origins(value)?,
            "CSRF_USE_SESSIONS" => self.csrf_use_sessions = value.boolean()?,
            "CSRF_HEADER_NAME" => self.csrf_header_name = value.header()?,

            "LANGUAGE_CODE" => self.language_code = value.required_text()?,
            "LANGUAGES" => self.languages = value.list()?,
            "LANGUAGE_COOKIE_NAME" => self.language_cookie_name = value.required_text()?,
            "LANGUAGE_COOKIE_AGE" => self.language_cookie_age = value.optional_seconds()?,
            "TIME_ZONE" => self.time_zone = time_zone(value)?,
            "USE_TZ" => self.use_tz = value.boolean()?,

            "APPEND_SLASH" => self.append_slash = value.boolean()?,
            "LOGIN_URL" => self.login_url = value.required_text()?,
            "LOGIN_REDIRECT_URL" => self.login_redirect_url = value.required_text()?,
            "PASSWORD_RESET_TIMEOUT" => self.password_reset_timeout = value.timeout()?,
            "PASSWORD_ITERATIONS" => self.password_iterations = value.positive()?,

            "STATIC_URL" => self.static_url = value.url_prefix()?,
            "STATIC_DIR" => self.static_dir = value.optional_folder()?,
            "TEMPLATES_DIR" => self.templates_dir = value.optional_folder()?,
            "MEDIA_ROOT" => self.media_root = value.folder()?,
            "MEDIA_URL" => self.media_url = value.url_prefix()?,
            "SERVE_MEDIA" => self.serve_media = value.boolean()?,

            "EMAIL_BACKEND" => self.email_backend = email_backend(value)?,
            "DEFAULT_FROM_EMAIL" => self.default_from_email = value.required_text()?,

            "DATA_UPLOAD_MAX_MEMORY_SIZE" => self.data_upload_max_memory_size = value.number()?,
            "DATA_UPLOAD_MAX_NUMBER_FIELDS" => self.data_upload_max_number_fields = value.number()?,
            "DATA_UPLOAD_MAX_NUMBER_FILES" => self.data_upload_max_number_files = value.number()?,
            "FILE_UPLOAD_MAX_MEMORY_SIZE" => self.file_upload_max_memory_size = value.number()?,
            "FILE_UPLOAD_TEMP_DIR" => self.file_upload_temp_dir = value.optional_folder()?,

            "SECURE_PROXY_SSL_HEADER" => self.secure_proxy_ssl_header = value.header_and_value()?,
            "SECURE_SSL_REDIRECT" => self.secure_ssl_redirect = value.boolean()?,
            "SECURE_SSL_HOST" => self.secure_ssl_host = value.optional_text()?,
            "SECURE_HSTS_SECONDS" => self.secure_hsts_seconds = value.seconds()?,
            "SECURE_HSTS_INCLUDE_SUBDOMAINS" => self.secure_hsts_include_subdomains = value.boolean()?,
            "SECURE_HSTS_PRELOAD" => self.secure_hsts_preload = value.boolean()?,
            "SECURE_CONTENT_TYPE_NOSNIFF" => self.secure_content_type_nosniff = value.boolean()?,
            "SECURE_REFERRER_POLICY" => self.secure_referrer_policy = header_value(value)?,
            "SECURE_CROSS_ORIGIN_OPENER_POLICY" => {
                self.secure_cross_origin_opener_policy = header_value(value)?;
            }
            "X_FRAME_OPTIONS" => self.x_frame_options = header_value(value)?,
            "CONTENT_SECURITY_POLICY" => self.content_security_policy = header_value(value)?,

            "CAPTCHA_TIMEOUT" => self.captcha_timeout = value.timeout()?,
            "CAPTCHA_TEST_MODE" => self.captcha_test_mode = value.boolean()?,

            "REQUEST_TIMEOUT" => self.request_timeout = value.timeout()?,
            "REQUEST_BODY_TIMEOUT" => self.request_body_timeout = value.timeout()?,
            "REQUEST_HEADER_TIMEOUT" => self.request_header_timeout = value.timeout()?,
            "REQUEST_HEADER_MAX_SIZE" => self.request_header_max_size = header_size(value)?,
            "MAX_CONNECTIONS" => self.max_connections = usize::from(value.positive::<u16>()?),
            "SHUTDOWN_TIMEOUT" => self.shutdown_timeout = value.seconds()?,

            "TASK_WORKERS" => self.task_workers = value.number()?,

            "LOG_LEVEL" => self.log_level = value.required_text()?,
            "LOG_FORMAT" => self.log_format = value.one_of(LogFormat::from_name, "text, json")?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn session_serializer(value: &Value) -> Result<SessionSerializer, Problem> {
    value.one_of(SessionSerializer::from_name, "json, pickle")
}

fn session_engine(value: &Value) -> Result<SessionEngine, Problem> {
    value.one_of(SessionEngine::from_name, "db, cached_db, cache, redis, file, signed_cookies")
}

fn email_backend(value: &Value) -> Result<EmailBackend, Problem> {
    value.one_of(EmailBackend::from_name, "database, smtp, console, filebased, locmem, dummy")
}

/// Django writes no attribute for `False` or an empty text.
fn same_site(value: &Value) -> Result<Option<SameSite>, Problem> {
    match value.boolean() {
        Ok(false) => Ok(None),
        _ if value.optional_text() == Ok(None) => Ok(None),
        _ => value.one_of(SameSite::from_name, "Lax, Strict, None or false").map(Some),
    }
}

/// As Django's check `4_0.E001`: each has a scheme.
fn trusted_origins(value: &Value) -> Result<Vec<String>, Problem> {
    let origins = value.list()?;
    if origins.iter().all(|origin| origin.contains("://")) {
        Ok(origins)
    } else {
        Err("each origin needs a scheme, such as https://*.example.com".into())
    }
}

fn time_zone(value: &Value) -> Result<jiff::tz::TimeZone, Problem> {
    jiff::tz::TimeZone::get(&value.text()?).map_err(|_| "expected a time zone such as Asia/Shanghai".into())
}

fn header_value(value: &Value) -> Result<Option<String>, Problem> {
    let text = value.optional_text()?;
    match text.as_deref().map(http::HeaderValue::from_str) {
        Some(Err(_)) => Err("expected the value of a header".into()),
        _ => Ok(text),
    }
}

/// hyper reads a head into a buffer of no less than 8 KiB.
fn header_size(value: &Value) -> Result<usize, Problem> {
    match value.number()? {
        size @ 8192..=1_048_576 => Ok(size),
        _ => Err("expected 8192 to 1048576 bytes".into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const TABLE: &str = include_str!("../../../../docs/settings.md");
    const SOURCE: &str = include_str!("assign.rs");

    /// Name and default of each row.
    fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
        TABLE.lines().filter(|line| line.starts_with("| `")).map(|line| {
            let cells: Vec<_> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            (cells[1], cells[3])
        })
    }

    #[test]
    fn the_table_in_the_docs_has_every_setting_with_its_default() {
        let default = Settings::default();
        for (name, written) in rows() {
            let mut settings = default.clone();
            // What has no default cannot be set to it.
            if !written.is_empty() {
                let known = settings.assign(name, &Value::Text(written.into()));
                assert_eq!(known, Ok(true), "{name}");
            }
            assert_eq!(format!("{settings:?}"), format!("{default:?}"), "{name}");
        }
        let known = SOURCE.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" => "));
        let known: Vec<_> = known.map(|(name, _)| name).collect();
        assert_eq!(rows().map(|(name, _)| name).collect::<Vec<_>>(), known);
    }
}
