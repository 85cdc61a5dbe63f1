//! Writes the table of the templates and static files that the program carries in itself.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let templates = table(&root.join("templates"), "TEMPLATES", "&str", "include_str")?;
    let files = table(&root.join("static"), "STATIC_FILES", "&[u8]", "include_bytes")?;
    fs::write(out.join("embedded.rs"), templates + &files)
}

/// `pub(crate) static NAME: &[(&str, KIND)] = &[("css/shop.css", include_…!("…"))];`
fn table(folder: &Path, name: &str, kind: &str, include: &str) -> io::Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut text = format!("pub(crate) static {name}: &[(&str, {kind})] = &[\n");
    for file in files {
        let path = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "    ({path:?}, {include}!({:?})),", file.display().to_string());
    }
    text.push_str("];\n");
    Ok(text)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
