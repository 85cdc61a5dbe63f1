//! The guides tell the truth about files: each one they name is there, and the first program is the example that is tested.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn pages() -> Vec<PathBuf> {
    let folders = [root(), root().join("docs")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or_default();
            if !page.with_file_name("").join(file).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// In `ARCHITECTURE.md` a source file is named from the workspace's root, or from `crates/nuages/src`.
#[test]
fn the_architecture_names_real_files() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let named = text.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs"));
    let missing =
        |name: &&str| !root().join(name).exists() && !root().join("crates/nuages/src").join(name).exists();
    let missing: Vec<&str> = named.filter(missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_first_program_is_the_example() {
    let guide = fs::read_to_string(root().join("docs/getting_started.md")).unwrap();
    let example = fs::read_to_string(root().join("crates/nuages/examples/guestbook.rs")).unwrap();
    let (_about, program) = example.split_once("\n\n").unwrap();
    let (program, tests) = program.split_once("#[cfg(test)]").unwrap();
    assert!(guide.contains(program.trim_end()), "docs/getting_started.md and examples/guestbook.rs differ");
    assert!(guide.contains(tests.trim_end()), "their tests differ");
}
