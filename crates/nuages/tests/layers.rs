//! The layer table of `ARCHITECTURE.md`, held against the code: no module names one of a higher layer.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Parts of the crate's root, not of a layer.
const ROOT: &[&str] = &["lib", "prelude"];

#[test]
fn no_module_names_a_higher_layer() {
    let layers = layers();
    let mut wrong = Vec::new();
    for (module, file) in sources() {
        if ROOT.contains(&module.as_str()) {
            continue;
        }
        let own = layers.get(&module).unwrap_or_else(|| panic!("ARCHITECTURE.md gives `{module}` no layer"));
        for used in modules_named(&fs::read_to_string(&file).unwrap()) {
            if layers.get(&used).is_some_and(|layer| layer > own) {
                wrong.push(format!("{} (layer {own}) names {used}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `| 2 resources | `db` `cache` |` → db: 2, cache: 2.
fn layers() -> BTreeMap<String, u8> {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md")).unwrap();
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split('|');
        let layer: u8 = cells.next()?.split_whitespace().next()?.parse().ok()?;
        Some((layer, cells.next()?.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()))
    });
    rows.flat_map(|(layer, modules)| modules.into_iter().map(move |module| (module, layer))).collect()
}

/// Each source file with the module of the crate's root that it belongs to.
fn sources() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let module = Path::new(first.as_os_str()).file_stem().unwrap().to_str().unwrap();
                found.push((module.to_owned(), path));
            }
        }
    }
    found
}

/// The modules after `crate::` in a file, its tests and comments left out.
fn modules_named(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let text: String = lines.collect::<Vec<_>>().join("\n");
    let mut named = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let group = rest.strip_prefix('{').map(|inner| inner.split('}').next().unwrap_or_default());
        for name in group.unwrap_or(rest).split(',').take(if group.is_some() { usize::MAX } else { 1 }) {
            named.push(name.trim().chars().take_while(|&c| c.is_ascii_alphanumeric() || c == '_').collect());
        }
    }
    named
}
