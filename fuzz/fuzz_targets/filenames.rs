//! Names of uploaded and stored files: none that is let through leaves its folder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::filenames::{
    AvailableName, content_disposition, generate_filename, get_valid_filename, safe_join, uploaded_name,
    validate_file_name,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for name in [get_valid_filename(text), uploaded_name(text)].into_iter().flatten() {
        assert!(!name.is_empty() && name != "." && name != ".." && !name.contains('/'), "{name:?}");
    }
    if let Ok(name) = generate_filename(text) {
        assert!(!name.split('/').any(|part| part == ".."), "{name:?}");
    }
    let _ = (validate_file_name(text, true), validate_file_name(text, false));
    let paths: Vec<&str> = text.split('\n').collect();
    if let Ok(path) = safe_join("/srv/media", &paths) {
        assert!(path == "/srv/media" || path.starts_with("/srv/media/"), "{path:?}");
        assert!(!path.split('/').any(|part| part == ".."), "{path:?}");
    }
    if let Ok(mut name) = AvailableName::new(text, Some(40)) {
        for _ in 0..3 {
            if name.alternative("aZ09xY7").is_err() {
                break;
            }
            assert!(!name.is_too_long());
        }
    }
    for as_attachment in [false, true] {
        let header = content_disposition(as_attachment, Some(text)).unwrap_or_default();
        // A quoted-string may hold a control character that the server refuses in a header; nothing is added.
        assert!(text.contains(['\r', '\n']) || !header.contains(['\r', '\n']));
    }
});
