//! What must not compile does not, and the compiler says why in our words.
//!
//! The cases are one crate, so that the compiler runs once; a line that is refused ends with `//~` and a part of the
//! message, a label or a note. It is the crate `trybuild` without a second build of all dependencies (minutes, where
//! this takes a second): the library that was built for this test is used.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn wrong_querysets() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail/querysets.rs");
    let refused = errors(&case);
    let source = std::fs::read_to_string(&case).unwrap();
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(source.lines()) {
        let said = refused.iter().filter(|(place, _)| *place == number).map(|(_, text)| text.as_str());
        let said: Vec<&str> = said.collect();
        match line.split_once("//~ ") {
            Some((_, expected)) if !said.iter().any(|text| text.contains(expected)) => {
                wrong.push(format!("{number}: {line}\n  the compiler says: {}", said.join("\n  and: ")));
            }
            None if !said.is_empty() => {
                wrong.push(format!("{number}: {line}\n  refused: {}", said.join("\n  and: ")))
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The compiler's errors: the line, and all that is said about it.
fn errors(case: &Path) -> Vec<(u64, String)> {
    let libraries = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
    rustc.args([
        "--edition=2024",
        "--crate-type=lib",
        "--emit=metadata",
        "--error-format=json",
        "--cap-lints=allow",
    ]);
    rustc.arg("--extern").arg(format!("nuages={}", newest_nuages(&libraries).display()));
    rustc.arg("-L").arg(format!("dependency={}", libraries.display()));
    let output = rustc.arg("--out-dir").arg(folder.path()).arg(case).output().unwrap();
    assert!(!output.status.success(), "all of it compiles");
    let text = String::from_utf8(output.stderr).unwrap();
    let diagnostics = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    diagnostics
        .filter(|diagnostic| diagnostic["level"] == "error")
        .filter_map(|error| placed(&error))
        .collect()
}

/// Without the summary, which has no place.
fn placed(error: &Value) -> Option<(u64, String)> {
    let spans = error["spans"].as_array()?;
    let primary = spans.iter().find(|span| span["is_primary"] == true)?;
    let labels = spans.iter().filter_map(|span| span["label"].as_str());
    let notes = error["children"].as_array()?.iter().filter_map(|child| child["message"].as_str());
    let said: Vec<&str> = error["message"].as_str().into_iter().chain(labels).chain(notes).collect();
    Some((primary["line_start"].as_u64()?, said.join("\n    ")))
}

/// The library that the newest build left beside this test.
fn newest_nuages(libraries: &Path) -> PathBuf {
    let files = std::fs::read_dir(libraries).unwrap().map(|file| file.unwrap().path());
    let is_library = |file: &PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libnuages-") && name.ends_with(".rlib")
    };
    files.filter(is_library).max_by_key(|file| file.metadata().unwrap().modified().unwrap()).unwrap()
}
