//! Compares the choice of a language with what the real Django chose (`vectors/i18n/languages.json`).

#![allow(clippy::unwrap_used)]

use nuages::i18n::{Languages, parse_accept_lang_header};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    languages: Vec<String>,
    default: String,
    headers: Vec<(String, Vec<(String, f64)>)>,
    requests: Vec<(Option<String>, String, String)>,
}

#[test]
fn vectors() {
    let cases: Cases = serde_json::from_str(include_str!("../../../vectors/i18n/languages.json")).unwrap();
    for (header, expected) in &cases.headers {
        assert_eq!(parse_accept_lang_header(header), *expected, "{header:?}");
    }
    let languages = Languages { codes: cases.languages, default: cases.default };
    for (cookie, header, expected) in &cases.requests {
        let found = languages.from_request(cookie.as_deref(), Some(header));
        assert_eq!(found, *expected, "cookie {cookie:?}, header {header:?}");
    }
}
