//! `multipart.json`: uploads. Each body is fed whole and in odd chunks, with the same result.

use nuages_wire::charset::Charset;
use nuages_wire::header_params::parse_header_parameters;
use nuages_wire::multipart::{
    Event, FileHead, Limits, MultipartError, MultipartParser, content_length, is_form_data,
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::querydict::charset;
use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "parse" => parse(case),
        "header_params" => {
            let line = parse_header_parameters(case.text("line")?);
            case.check(
                line.map(|line| json!({"value": line.value, "params": line.params})).map_err(|_| "malformed"),
            )
        }
        _ => case.unknown(),
    }
}

fn parse(case: &Case) -> Ran {
    let whole = upload(case, usize::MAX)?;
    for size in [1, 7, 61, 1000] {
        let chunked = upload(case, size)?;
        if chunked != whole {
            return Ok(case.judge(false, || format!("{chunked:?} in chunks of {size}, {whole:?} at once")));
        }
    }
    case.check(whole.map_err(|error| match error {
        MultipartError::TooManyFields => "too_many_fields",
        MultipartError::TooManyFiles => "too_many_files",
        MultipartError::TooBig => "too_big",
        _ => "malformed",
    }))
}

/// The answer for chunks of this size, or the parser's error.
fn upload(case: &Case, size: usize) -> Result<Result<Value, MultipartError>, BadCase> {
    let body = case.bytes("body_b64")?;
    let header =
        case.get("content_length").map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
    let mut limits = Limits::default();
    for (name, value) in case.get("limits").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_u64().and_then(|limit| usize::try_from(limit).ok());
        match name.as_str() {
            "fields" => limits.fields = value,
            "files" => limits.files = value,
            "memory" => limits.memory = value,
            _ => return Err(BadCase(format!("unknown limit {name}"))),
        }
    }
    let encoding = case.get("encoding").map(|_| charset(case, "encoding")).transpose()?;
    let content_type = case.text("content_type")?;
    let length = match header {
        None => body.len() as u64,
        Some(header) => match content_length(Some(&header)) {
            Ok(length) => length,
            Err(error) => return Ok(Err(error)),
        },
    };
    let body = &body[..body.len().min(usize::try_from(length).unwrap_or(usize::MAX))];
    Ok(events(body, size, content_type, encoding, limits))
}

fn events(
    body: &[u8],
    size: usize,
    content_type: &str,
    encoding: Option<Charset>,
    limits: Limits,
) -> Result<Value, MultipartError> {
    if body.is_empty() || !is_form_data(content_type) {
        return Ok(Answer::default().into_json());
    }
    let mut parser = MultipartParser::new(content_type, limits)?;
    if let Some(encoding) = encoding {
        parser.set_charset(encoding);
    }
    let mut answer = Answer::default();
    for chunk in body.chunks(size.min(body.len())) {
        parser.push(chunk.to_vec().into());
        while let Some(event) = parser.next_event()? {
            answer.take(event);
        }
    }
    parser.finish();
    while let Some(event) = parser.next_event()? {
        answer.take(event);
    }
    Ok(answer.into_json())
}

#[derive(Default)]
struct Answer {
    fields: Vec<(String, Vec<Value>)>,
    files: Vec<(String, Vec<Value>)>,
    open: Option<(FileHead, usize, Sha256)>,
}

impl Answer {
    fn take(&mut self, event: Event) {
        match event {
            Event::Field { name, value } => append(&mut self.fields, name, value.into()),
            Event::File(head) => self.open = Some((head, 0, Sha256::new())),
            Event::Data(bytes) => {
                if let Some((_, size, hash)) = &mut self.open {
                    *size += bytes.len();
                    hash.update(&bytes);
                }
            }
            Event::FileEnd => {
                if let Some((head, size, hash)) = self.open.take() {
                    let sha256: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                    let mut file = Map::new();
                    file.insert("name".into(), head.name.into());
                    file.insert("content_type".into(), head.content_type.into());
                    file.insert("charset".into(), json!(head.charset));
                    file.insert("size".into(), size.into());
                    file.insert("sha256".into(), sha256.into());
                    append(&mut self.files, head.field, file.into());
                }
            }
            Event::FileInterrupted => self.open = None,
        }
    }

    fn into_json(self) -> Value {
        json!({"fields": self.fields, "files": self.files})
    }
}

fn append(lists: &mut Vec<(String, Vec<Value>)>, name: String, value: Value) {
    match lists.iter_mut().find(|(known, _)| *known == name) {
        Some((_, values)) => values.push(value),
        None => lists.push((name, vec![value])),
    }
}
