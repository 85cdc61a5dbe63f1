//! Every request of `vectors/csrf.json` through the decision alone; these few lines stand for the framework.
#![allow(clippy::unwrap_used)]

use nuages_wire::csrf::{
    FORM_FIELD, InvalidFormat, Policy, Rejection, Source, Stored, TokenProblem, TrustedOrigins,
    is_safe_method,
};
use nuages_wire::json::{Object, Value};

#[test]
fn decides_as_django() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/csrf.json");
    let file: Value = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let cases = file.as_object().unwrap().get("cases").and_then(Value::as_array).unwrap();
    let requests =
        cases.iter().filter_map(Value::as_object).filter(|case| text(case, "op") == Some("request"));
    let mut count = 0;
    for case in requests {
        let (name, expect) = (text(case, "name").unwrap(), object(case, "expect").unwrap());
        match decide(object(case, "input").unwrap()) {
            Ok(()) => assert_eq!(text(expect, "decision"), Some("accept"), "{name}"),
            Err(rejection) => {
                assert_eq!(text(expect, "reason"), Some(&*reason(&rejection)), "{name}");
                assert_eq!(text(expect, "message"), Some(&*rejection.to_string()), "{name}");
            }
        }
        count += 1;
    }
    assert!(count > 100);
}

fn decide(input: &Object) -> Result<(), Rejection> {
    // A WSGI request has its method in upper case.
    let method = &text(input, "method").unwrap_or("POST").to_uppercase();
    if is_safe_method(method) || input.get("exempt").and_then(Value::as_bool) == Some(true) {
        return Ok(());
    }
    let (settings, headers) = (object(input, "settings"), object(input, "headers"));
    let setting = |name| settings.and_then(|settings| settings.get(name));
    let header = |name| headers.and_then(|headers| text(headers, name));
    let origins = setting("CSRF_TRUSTED_ORIGINS").and_then(Value::as_array).unwrap_or_default();
    let policy = Policy {
        trusted_origins: TrustedOrigins::new(origins.iter().filter_map(Value::as_str)),
        cookie_domain: setting("CSRF_COOKIE_DOMAIN").and_then(Value::as_str).map(Into::into),
        ..Policy::default()
    };
    policy.check_source(&Source {
        secure: input.get("secure").and_then(Value::as_bool).unwrap_or(false),
        host: Some(header("Host").unwrap_or("testserver")).filter(|host| is_allowed(host)),
        port: 0,
        origin: header("Origin"),
        referer: header("Referer"),
    })?;
    let stored = match setting("CSRF_USE_SESSIONS").and_then(Value::as_bool) {
        Some(true) => text(input, "session_token").map(Stored::Session),
        _ => text(input, "cookie").map(Stored::Cookie),
    };
    let form = object(input, "form").filter(|_| method == "POST").and_then(|form| text(form, FORM_FIELD));
    policy.check_token(stored.unwrap_or(Stored::Nothing), form, header("X-CSRFToken"))
}

/// `ALLOWED_HOSTS = ["testserver", ".example.com"]`.
fn is_allowed(host: &str) -> bool {
    let domain = host.split(':').next().unwrap();
    domain == "testserver" || domain == "example.com" || domain.ends_with(".example.com")
}

fn reason(rejection: &Rejection) -> String {
    let format = |problem: &InvalidFormat| match problem {
        InvalidFormat::IncorrectLength => "REASON_INCORRECT_LENGTH",
        InvalidFormat::InvalidCharacters => "REASON_INVALID_CHARACTERS",
    };
    match rejection {
        Rejection::BadOrigin(_) => "REASON_BAD_ORIGIN".into(),
        Rejection::NoReferer => "REASON_NO_REFERER".into(),
        Rejection::MalformedReferer => "REASON_MALFORMED_REFERER".into(),
        Rejection::InsecureReferer => "REASON_INSECURE_REFERER".into(),
        Rejection::BadReferer(_) => "REASON_BAD_REFERER".into(),
        Rejection::NoCookie => "REASON_NO_CSRF_COOKIE".into(),
        Rejection::TokenMissing => "REASON_CSRF_TOKEN_MISSING".into(),
        Rejection::Cookie(problem) => format!("COOKIE:{}", format(problem)),
        Rejection::Token(_, TokenProblem::Format(problem)) => format!("TOKEN:{}", format(problem)),
        Rejection::Token(_, TokenProblem::Incorrect) => "TOKEN:INCORRECT".into(),
    }
}

fn object<'a>(parent: &'a Object, key: &str) -> Option<&'a Object> {
    parent.get(key).and_then(Value::as_object)
}

fn text<'a>(parent: &'a Object, key: &str) -> Option<&'a str> {
    parent.get(key).and_then(Value::as_str)
}
