//! `cargo xtask vectors DIR`: recorded answers of the real Django, django-redis, Celery and
//! itsdangerous, compared with ours as `vectors/FORMAT.md` says.
//!
//! A file's `format` key names its kind; each kind has one file here with the dispatch of its
//! operations. To add a kind: write `vectors/<format>.rs` with `fn run(&Case) -> Ran` and name it in
//! [`runner`].

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

mod auth;
mod cache;
mod case;
mod celery;
mod cookies;
mod csrf;
mod filenames;
mod framework;
mod http_dates;
mod itsdangerous;
mod jiff_from;
mod json_values;
mod messages;
mod multipart;
mod next_urls;
mod passwords;
mod pickles;
mod python_values;
mod querydict;
mod sessions;
mod signing;
mod static_conditional;
mod tagged;

pub(crate) use case::{BadCase, Case, Outcome, Ran, from_base64};
pub(crate) use tagged::Tagged;

/// The function that runs one case of a format.
fn runner(format: &str) -> Option<fn(&Case) -> Ran> {
    Some(match format {
        "cookies" => cookies::run,
        "http_dates" => http_dates::run,
        "querydict" => querydict::run,
        "filenames" => filenames::run,
        "next_urls" => next_urls::run,
        "static_conditional" => static_conditional::run,
        "multipart" => multipart::run,
        "pickles" => pickles::run,
        "cache" => cache::run,
        "celery" => celery::run,
        "auth" => auth::run,
        "csrf" => csrf::run,
        "itsdangerous" => itsdangerous::run,
        "messages" => messages::run,
        "passwords" => passwords::run,
        "sessions" => sessions::run,
        "signing" => signing::run,
        _ => return None,
    })
}

/// Operations that go through the framework's own code.
const NEED_THE_FRAMEWORK: [(&str, &str); 8] = [
    ("auth", "get_user"),
    ("auth", "login"),
    ("csrf", "cookie_out"),
    ("csrf", "request"),
    ("messages", "store"),
    ("sessions", "cache_decode"),
    ("sessions", "cache_encode"),
    ("sessions", "response"),
];

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

/// Runs every vector file directly in `dir`, prints a line a file and the total last.
pub(crate) fn run(dir: &Path) -> ExitCode {
    let files = match vector_files(dir) {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => return complain(&format!("{}: no vector file here", dir.display())),
        Err(error) => return complain(&format!("{}: {error}", dir.display())),
    };
    let mut total = Tally::default();
    for path in &files {
        match run_file(path) {
            Ok(tally) => {
                total.passed += tally.passed;
                total.failed += tally.failed;
            }
            Err(BadCase(reason)) => {
                println!("FAIL {}: {reason}", path.display());
                total.failed += 1;
            }
        }
    }
    println!("{} passed, {} failed, 0 skipped", total.passed, total.failed);
    if total.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn complain(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

fn vector_files(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn run_file(path: &Path) -> Result<Tally, BadCase> {
    let text = std::fs::read_to_string(path).map_err(|error| BadCase(error.to_string()))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| BadCase(error.to_string()))?;
    let format = file["format"].as_str().ok_or_else(|| BadCase("no `format`".into()))?;
    let cases = file["cases"].as_array().ok_or_else(|| BadCase("no `cases`".into()))?;
    let runner = runner(format);
    let name = path.file_name().unwrap_or_default().to_string_lossy();

    let mut tally = Tally::default();
    for value in cases {
        let case = Case::read(value, &file["settings"])?;
        let outcome = match runner {
            _ if NEED_THE_FRAMEWORK.contains(&(format, case.op)) => {
                framework::run(format, &case).unwrap_or_else(|BadCase(reason)| Outcome::Failed(reason))
            }
            Some(run) => run(&case).unwrap_or_else(|BadCase(reason)| Outcome::Failed(reason)),
            None => Outcome::Failed(format!("unknown format {format}")),
        };
        match outcome {
            Outcome::Passed => tally.passed += 1,
            Outcome::Failed(reason) => {
                tally.failed += 1;
                println!("FAIL {name} {} ({}): {reason}", case.name, case.op);
            }
        }
    }
    println!("{name} {}/{}", tally.passed, cases.len());
    Ok(tally)
}
