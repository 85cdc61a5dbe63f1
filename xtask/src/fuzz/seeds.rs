//! What the fuzzer starts from: the inputs of `vectors/`, in each target's form.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A target and an input of it.
type Seed = (&'static str, Vec<u8>);

/// Writes the seeds of all targets, a folder for each.
///
/// # Errors
/// When the vectors cannot be read or a seed cannot be written.
pub(super) fn write(vectors: &Path, folder: &Path) -> Result<(), String> {
    let complain = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    for entry in std::fs::read_dir(vectors).map_err(|error| complain(vectors, &error))? {
        let path = entry.map_err(|error| complain(vectors, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| complain(&path, &error))?;
        let file: Value = serde_json::from_str(&text).map_err(|error| complain(&path, &error))?;
        let format = file["format"].as_str().unwrap_or_default();
        for (number, case) in file["cases"].as_array().into_iter().flatten().enumerate() {
            for (target, seed) in seeds(format, case) {
                let folder = folder.join(target);
                std::fs::create_dir_all(&folder).map_err(|error| complain(&folder, &error))?;
                let file = folder.join(format!("{format}-{number}"));
                std::fs::write(&file, seed).map_err(|error| complain(&file, &error))?;
            }
        }
    }
    Ok(())
}

fn seeds(format: &str, case: &Value) -> Vec<Seed> {
    let (op, input) = (case["op"].as_str().unwrap_or_default(), &case["input"]);
    let text = |key: &str| input[key].as_str().unwrap_or_default();
    let seed = |target: &'static str, key: &str| vec![(target, text(key).into())];
    let binary = |target: &'static str, key: &str| {
        vec![(target, STANDARD.decode(text(&format!("{key}_b64"))).unwrap_or_default())]
    };
    match (format, op) {
        ("auth", "uid_decode") => seed("base64", "uid"),
        ("auth", "base36") => seed("base64", "value"),
        ("cache", "decode") | ("sessions", "cache_decode") => cached(input),
        ("celery", "parse_message") => seed("celery_envelope", "message"),
        ("celery", "parse_result") => [seed("celery_result", "meta"), seed("json", "meta")].concat(),
        ("cookies", "parse") => seed("cookies", "header"),
        ("cookies", "set_cookie") => {
            vec![("cookies", lines(input, &["key", "value", "path", "domain", "samesite", "expires"]))]
        }
        ("csrf", "request") => {
            let headers = &input["headers"];
            let lines = [
                &headers["X-CSRFToken"],
                &input["cookie"],
                &headers["Host"],
                &headers["Origin"],
                &headers["Referer"],
                &input["settings"]["CSRF_TRUSTED_ORIGINS"][0],
            ];
            vec![("csrf", lines.map(|line| line.as_str().unwrap_or_default()).join("\n").into())]
        }
        ("csrf", "mask") => seed("csrf", "secret"),
        ("csrf", "unmask" | "token_match" | "token_format") => seed("csrf", "token"),
        ("filenames", "safe_join") => {
            let paths = input["paths"].as_array().into_iter().flatten().filter_map(Value::as_str);
            vec![("filenames", paths.collect::<Vec<_>>().join("\n").into())]
        }
        ("filenames", "content_disposition") => seed("filenames", "filename"),
        ("filenames", _) => seed("filenames", "name"),
        ("http_dates", "parse") => [seed("http_dates", "value"), seed("datetime", "value")].concat(),
        ("itsdangerous", "loads") => vec![("itsdangerous", payload(text("token"), '.', 2))],
        ("itsdangerous", "unsign") => vec![("itsdangerous", payload(text("signed"), '.', 2))],
        ("itsdangerous", "jws_loads") => vec![("jws", payload(text("token"), '.', 1))],
        ("messages", "decode") => vec![("messages", payload(text("cookie"), ':', 2))],
        ("messages", "session_decode") => [seed("messages", "data"), seed("json", "data")].concat(),
        ("multipart", "parse") => {
            let body = STANDARD.decode(text("body_b64")).unwrap_or_default();
            vec![("multipart", [text("content_type").as_bytes(), b"\n", &body].concat())]
        }
        ("multipart", "header_params") => seed("header_params", "line"),
        ("next_urls", "allowed") => {
            let host = input["hosts"][0].as_str().unwrap_or_default();
            vec![("next_urls", [text("url"), host].join("\n").into())]
        }
        ("passwords", "verify" | "must_update" | "identify") => seed("password", "encoded"),
        ("pickles", "loads") => {
            [binary("pickle_strict", "pickle"), binary("pickle_preserving", "pickle")].concat()
        }
        ("querydict", "parse") if input["query"].is_string() => seed("querydict", "query"),
        ("querydict", "parse") => [binary("querydict", "query"), binary("charset", "query")].concat(),
        ("querydict", "form_body") => binary("querydict", "body"),
        ("sessions", "decode") => vec![("session", payload(text("session_data"), ':', 2))],
        ("sessions", "signed_cookie_load") => vec![("session", payload(text("session_key"), ':', 2))],
        ("sessions", "valid_key" | "file_key") => seed("session", "session_key"),
        ("sessions", "expiry") => expiry(&case["expect"]["stored"]),
        ("signing", "loads" | "unsign") => vec![("signing", payload(text("signed"), ':', 2))],
        ("signing", "sign" | "set_signed_cookie") => seed("signing", "value"),
        ("static_conditional", "conditional") => {
            let names = ["If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since"];
            vec![("conditional", lines(&input["headers"], &names))]
        }
        ("static_conditional", "parse_etags" | "was_modified_since") => seed("conditional", "header"),
        _ => Vec::new(),
    }
}

/// What is signed: the text without its last fields, as many as a signature and a time take.
fn payload(signed: &str, separator: char, fields: usize) -> Vec<u8> {
    signed.rsplitn(fields + 1, separator).last().unwrap_or_default().into()
}

fn lines(input: &Value, keys: &[&str]) -> Vec<u8> {
    let lines: Vec<&str> = keys.iter().map(|key| input[*key].as_str().unwrap_or_default()).collect();
    lines.join("\n").into()
}

/// Behind the byte that the target chooses a codec with; an inflated form on its own, too.
fn cached(input: &Value) -> Vec<Seed> {
    let codecs = [
        "dr_pickle",
        "dr_json",
        "dr_msgpack",
        "dr_pickle_zlib",
        "dr_json_zlib",
        "",
        "dr_pickle_zstd",
        "dr_json_zstd",
    ];
    let codec = codecs.iter().position(|codec| input["codec"] == **codec).unwrap_or_default();
    let stored = STANDARD.decode(input["stored_b64"].as_str().unwrap_or_default()).unwrap_or_default();
    let seed = [&[u8::try_from(codec).unwrap_or_default()][..], &stored].concat();
    vec![("cache", seed), ("zlib", stored)]
}

/// A session with this expiry, and the expiry as a date.
fn expiry(stored: &Value) -> Vec<Seed> {
    let session = json!({"_session_expiry": stored}).to_string();
    let mut seeds = vec![("session", URL_SAFE_NO_PAD.encode(&session).into()), ("json", session.into())];
    seeds.extend(stored.as_str().map(|date| ("datetime", date.into())));
    seeds
}
