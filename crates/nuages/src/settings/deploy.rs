//! `check --deploy`: Django's security checks (`django.core.checks.security`), under their own numbers.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use super::{SecretKey, Settings};

const SECRET_KEY_MIN_LENGTH: usize = 50;
const SECRET_KEY_MIN_UNIQUE_CHARACTERS: usize = 5;
const SECRET_KEY_INSECURE_PREFIX: &str = "django-insecure-";

/// What a deployed site should not have: `(security.W018) You should not have DEBUG set to True in deployment.`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Django's number (`security.W018`), or one of ours (`nuages.W001`).
    pub id: &'static str,
    /// The setting it is about.
    pub setting: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) {}", self.id, self.message)
    }
}

impl Settings {
    /// What stands against deploying with these settings, in Django's order; empty when nothing does.
    pub fn deploy_warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |id, setting, message: String| warnings.push(Warning { id, setting, message });

        if self.secure_hsts_seconds == Duration::ZERO {
            warn(
                "security.W004",
                "SECURE_HSTS_SECONDS",
                "SECURE_HSTS_SECONDS is not set. If the entire site is served over HTTPS, consider setting it.".into(),
            );
        } else {
            if !self.secure_hsts_include_subdomains {
                warn(
                    "security.W005",
                    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
                    "SECURE_HSTS_INCLUDE_SUBDOMAINS is off: a subdomain over plain HTTP can attack the site."
                        .into(),
                );
            }
            if !self.secure_hsts_preload {
                warn(
                    "security.W021",
                    "SECURE_HSTS_PRELOAD",
                    "SECURE_HSTS_PRELOAD is off: the site cannot join the browsers' preload list.".into(),
                );
            }
        }
        if !self.secure_content_type_nosniff {
            warn(
                "security.W006",
                "SECURE_CONTENT_TYPE_NOSNIFF",
                "SECURE_CONTENT_TYPE_NOSNIFF is off: browsers may guess content types.".into(),
            );
        }
        if !self.secure_ssl_redirect {
            warn(
                "security.W008",
                "SECURE_SSL_REDIRECT",
                "SECURE_SSL_REDIRECT is off: set it, or let the proxy in front redirect to HTTPS.".into(),
            );
        }
        if !is_strong(&self.secret_key) {
            warn("security.W009", "SECRET_KEY", weak_key("SECRET_KEY"));
        }
        for (index, key) in self.secret_key_fallbacks.iter().enumerate() {
            if !is_strong(key) {
                let name = format!("SECRET_KEY_FALLBACKS[{index}]");
                warn("security.W025", "SECRET_KEY_FALLBACKS", weak_key(&name));
            }
        }
        if !self.session_cookie_secure {
            warn(
                "security.W012",
                "SESSION_COOKIE_SECURE",
                "SESSION_COOKIE_SECURE is off: the session cookie also travels over plain HTTP.".into(),
            );
        }
        if !self.session_cookie_httponly {
            warn(
                "security.W015",
                "SESSION_COOKIE_HTTPONLY",
                "SESSION_COOKIE_HTTPONLY is off: a script on the page can read the session cookie.".into(),
            );
        }
        if !self.csrf_use_sessions && !self.csrf_cookie_secure {
            warn(
                "security.W016",
                "CSRF_COOKIE_SECURE",
                "CSRF_COOKIE_SECURE is off: the CSRF cookie also travels over plain HTTP.".into(),
            );
        }
        if self.debug {
            warn("security.W018", "DEBUG", "DEBUG should not be on in deployment.".into());
        }
        if self.x_frame_options.as_deref() != Some("DENY") {
            warn(
                "security.W019",
                "X_FRAME_OPTIONS",
                "X_FRAME_OPTIONS is not DENY: other pages may frame this site.".into(),
            );
        }
        if self.allowed_hosts.is_empty() {
            warn("security.W020", "ALLOWED_HOSTS", "ALLOWED_HOSTS must not be empty in deployment.".into());
        }
        if self.allowed_hosts.iter().any(|host| host == "*") {
            warn("nuages.W001", "ALLOWED_HOSTS", "ALLOWED_HOSTS contains *: any Host header passes.".into());
        }
        if self.secure_referrer_policy.is_none() {
            warn(
                "security.W022",
                "SECURE_REFERRER_POLICY",
                "SECURE_REFERRER_POLICY is not set: addresses leak to the sites that pages link to.".into(),
            );
        }
        if self.content_security_policy.is_none() {
            warn(
                "nuages.W002",
                "CONTENT_SECURITY_POLICY",
                "CONTENT_SECURITY_POLICY is not set: an injected script runs.".into(),
            );
        }
        if self.site_url.is_empty() {
            warn(
                "nuages.W003",
                "SITE_URL",
                "SITE_URL is not set: links in mails lead to where the site listens.".into(),
            );
        }
        warnings
    }
}

fn is_strong(key: &SecretKey) -> bool {
    let text = key.as_str();
    text.chars().count() >= SECRET_KEY_MIN_LENGTH
        && text.chars().collect::<HashSet<_>>().len() >= SECRET_KEY_MIN_UNIQUE_CHARACTERS
        && !text.starts_with(SECRET_KEY_INSECURE_PREFIX)
}

fn weak_key(name: &str) -> String {
    format!(
        "{name} has less than {SECRET_KEY_MIN_LENGTH} characters, less than {SECRET_KEY_MIN_UNIQUE_CHARACTERS} \
         unique characters, or begins with {SECRET_KEY_INSECURE_PREFIX}: make a long and random one."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(settings: &Settings) -> Vec<&str> {
        settings.deploy_warnings().iter().map(|warning| warning.id).collect()
    }

    #[test]
    fn the_defaults_are_warned_about_as_django_does() {
        // `manage.py check --deploy` of a project without settings gives the same numbers.
        let expected = ["W004", "W008", "W009", "W012", "W016", "W020"].map(|id| format!("security.{id}"));
        assert_eq!(
            ids(&Settings { site_url: "https://shop.example".into(), ..Settings::default() }),
            expected
        );
        assert_eq!(ids(&Settings::default()).last(), Some(&"nuages.W003"));
    }

    #[test]
    fn a_hardened_site_has_none() {
        let hardened = Settings {
            secret_key: SecretKey::new("0123456789".repeat(5)),
            allowed_hosts: vec!["shop.example".into()],
            site_url: "https://shop.example".into(),
            secure_hsts_seconds: Duration::from_secs(31_536_000),
            secure_hsts_include_subdomains: true,
            secure_hsts_preload: true,
            secure_ssl_redirect: true,
            session_cookie_secure: true,
            csrf_cookie_secure: true,
            ..Settings::default()
        };
        assert_eq!(ids(&hardened), <[&str; 0]>::default());
        assert_eq!(ids(&Settings { debug: true, ..hardened.clone() }), ["security.W018"]);
        assert_eq!(ids(&Settings { allowed_hosts: vec!["*".into()], ..hardened.clone() }), ["nuages.W001"]);
        let weak = SecretKey::new("django-insecure-".to_owned() + &"0123456789".repeat(5));
        assert_eq!(ids(&Settings { secret_key: weak, ..hardened }), ["security.W009"]);
    }
}
