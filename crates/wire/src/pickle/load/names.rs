//! The names that a pickle may say.

use crate::json::Text;

/// What may be named, each under its module.
const KNOWN: [(&str, &[&str]); 8] = [
    ("datetime", &["date", "datetime", "time", "timedelta", "timezone"]),
    ("decimal", &["Decimal"]),
    ("uuid", &["UUID"]),
    ("collections", &["OrderedDict"]),
    ("django.utils.safestring", &["SafeString"]),
    ("builtins", &["bytearray", "bytes", "frozenset", "object", "set"]),
    ("_codecs", &["encode"]),
    ("copyreg", &["_reconstructor"]),
];

/// The module under its name in Python 3.
pub(in crate::pickle) fn modern_module(module: &str) -> &str {
    match module {
        "__builtin__" => "builtins",
        "copy_reg" => "copyreg",
        _ => module,
    }
}

/// A built-in name of Python 2, which Python 3 writes in protocols 0 to 2, as it is called now.
pub(super) fn modern_name(module: Text, name: Text) -> (Text, Text) {
    let module = match module.as_str() {
        Some("exceptions") => "builtins".into(),
        Some(old) => modern_module(old).into(),
        None => module,
    };
    let name = match (module.as_str(), name.as_str()) {
        (Some("builtins"), Some("xrange")) => "range".into(),
        (Some("builtins"), Some("unicode")) => "str".into(),
        (Some("builtins"), Some("long")) => "int".into(),
        _ => name,
    };
    (module, name)
}

pub(super) fn is_known(module: &Text, name: &Text) -> bool {
    let (Some(module), Some(name)) = (module.as_str(), name.as_str()) else { return false };
    let module = modern_module(module);
    KNOWN.iter().any(|(known, names)| *known == module && names.contains(&name))
}
