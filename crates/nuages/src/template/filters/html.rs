//! Filters between text and HTML.

use std::sync::Arc;

use super::Argument::{Maybe, No};
use super::tags_html::strip_tags;
use super::{Filter, Filtered, Text};
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::escape::{conditional_escape, escape};
use crate::template::json;
use crate::template::value::Value;

pub(crate) static FILTERS: &[Filter] = &[
    Filter::text("escape", No, |value, _, _| {
        Ok(Value::safe(if value.safe { value.text.to_string() } else { escape(value) }))
    })
    .keeps_safe(),
    Filter::text("escapejs", No, |value, _, _| Ok(Value::safe(escapejs(value)))),
    Filter::value("escapeseq", No, |value, _, _| each(value, |item| Value::safe(conditional_escape(item))))
        .keeps_safe(),
    Filter::text("force_escape", No, |value, _, _| Ok(Value::safe(escape(value)))).keeps_safe(),
    Filter::value("json_script", Maybe, json_script).keeps_safe(),
    Filter::text("linebreaks", No, linebreaks).keeps_safe(),
    Filter::text("linebreaksbr", No, linebreaksbr).keeps_safe(),
    Filter::text("linenumbers", No, linenumbers).keeps_safe(),
    Filter::text("safe", No, |value, _, _| Ok(Value::safe(&*value.text))).keeps_safe(),
    Filter::value("safeseq", No, |value, _, _| each(value, |item| Value::safe(item.to_text()))).keeps_safe(),
    Filter::text("striptags", No, |value, _, _| Ok(strip_tags(value)?.into())).keeps_safe(),
];

fn each(value: &Value, change: fn(&Value) -> Value) -> Filtered {
    let items = value.items().ok_or_else(|| TemplateError::value("the value is not iterable"))?;
    Ok(Value::List(Arc::new(items.iter().map(change).collect())))
}

fn escapejs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\'
            | '\''
            | '"'
            | '>'
            | '<'
            | '&'
            | '='
            | '-'
            | ';'
            | '`'
            | '\u{2028}'
            | '\u{2029}'
            | '\0'..='\x1f' => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

fn json_script(value: &Value, id: Option<&Value>, _: &Env) -> Filtered {
    let text = json::dumps(value)?.replace('>', "\\u003E").replace('<', "\\u003C").replace('&', "\\u0026");
    Ok(Value::safe(match id.filter(|id| id.is_true()) {
        Some(id) => {
            format!("<script id=\"{}\" type=\"application/json\">{text}</script>", conditional_escape(id))
        }
        None => format!("<script type=\"application/json\">{text}</script>"),
    }))
}

fn normalize_newlines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn linebreaks(value: &Text<'_>, _: Option<&Value>, env: &Env) -> Filtered {
    let text = normalize_newlines(value);
    let mut paragraphs = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("\n\n") {
        paragraphs.push(&rest[..at]);
        rest = rest[at..].trim_start_matches('\n');
    }
    paragraphs.push(rest);
    let paragraph = |text: &str| format!("<p>{}</p>", escaped(text, value.safe, env).replace('\n', "<br>"));
    Ok(Value::safe(paragraphs.into_iter().map(paragraph).collect::<Vec<_>>().join("\n\n")))
}

fn linebreaksbr(value: &Text<'_>, _: Option<&Value>, env: &Env) -> Filtered {
    Ok(Value::safe(escaped(&normalize_newlines(value), value.safe, env).replace('\n', "<br>")))
}

fn escaped(text: &str, safe: bool, env: &Env) -> String {
    if env.autoescape && !safe { escape(text) } else { text.to_owned() }
}

fn linenumbers(value: &Text<'_>, _: Option<&Value>, env: &Env) -> Filtered {
    let count = value.split('\n').count();
    let width = count.to_string().len();
    let lines = value
        .split('\n')
        .zip(1..)
        .map(|(line, number)| format!("{number:0width$}. {}", escaped(line, value.safe, env)));
    Ok(Value::safe(lines.collect::<Vec<_>>().join("\n")))
}
