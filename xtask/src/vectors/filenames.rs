//! `filenames.json`: names of uploaded and stored files.

use nuages_wire::filenames::{
    AvailableName, SuspiciousFileName, content_disposition, generate_filename, get_valid_filename, safe_join,
    uploaded_name, validate_file_name,
};
use serde_json::{Value, json};

use super::{Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    if case.op == "content_disposition" {
        let as_attachment = case.flag("as_attachment").unwrap_or(false);
        return case.check(Ok(json!(content_disposition(as_attachment, case.optional_text("filename")))));
    }
    let answer = match case.op {
        "get_valid_filename" => get_valid_filename(case.text("name")?).map(Value::from),
        "generate_filename" => generate_filename(case.text("name")?).map(Value::from),
        "uploaded_name" => uploaded_name(case.text("name")?).map(Value::from),
        "validate_file_name" => {
            let name = case.text("name")?;
            validate_file_name(name, case.flag("allow_relative_path").unwrap_or(false)).map(|()| json!(name))
        }
        "available_name" => {
            available_name(case.text("name")?, &case.texts("existing")?, case.integer("max_length"))
        }
        "safe_join" => safe_join(case.text("base")?, &case.texts("paths")?).map(Value::from),
        _ => return case.unknown(),
    };
    let expected = case.expect().ok().and_then(|expected| expected.get("template"));
    match (&answer, expected) {
        // The regular expression of such a case says the same as its template.
        (Ok(name), Some(template)) => Ok(case.judge(&name["name"] == template, || name.to_string())),
        _ => case.check(answer.map_err(|_| "suspicious_filename")),
    }
}

fn available_name(
    name: &str,
    existing: &[&str],
    max_length: Option<i64>,
) -> Result<Value, SuspiciousFileName> {
    const RANDOM: &str = "aZ09xY7";
    let limit = max_length.map(|limit| usize::try_from(limit).unwrap_or_default());
    let mut available = AvailableName::new(name, limit)?;
    while available.is_too_long() || existing.contains(&available.name()) {
        available.alternative(RANDOM)?;
    }
    Ok(json!({"name": available.name().replace(RANDOM, "{RANDOM7}")}))
}
