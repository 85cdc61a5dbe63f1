//! Renders the cases in `vectors/templates/`, recorded from the real Django, and compares every byte.
//!
//! `FORMAT.md` beside them says what a case holds. `NUAGES_VECTORS=group` runs one group and prints what differs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, Zoned, civil, tz::TimeZone};
use nuages::template::{
    Context, Dict, Engine, EngineOptions, ErrorKind, Lazy, Loader, Object, RenderOptions, Value,
};
use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a case may need that is not there, each with the reason.
const UNSUPPORTED: [(&str, &str); 4] = [
    ("cache", "the tag {% cache %} answers Unsupported"),
    ("t:bytes", "there is no value of bytes"),
    ("t:set", "there is no set"),
    ("t:timedelta", "there is no value of a duration"),
];

/// Single cases that are left out, each with the reason.
const SKIPPED: [(&str, &str); 3] = [
    ("own/filter_floatformat/015-arg:'x'", "rust_decimal has no positive exponent, so 1E+5 is 100000"),
    ("own/tag_debug_lorem/002", "the tag {% lorem %} answers Unsupported"),
    ("own/tag_debug_lorem/003", "the tag {% lorem %} answers Unsupported"),
];

#[tokio::test]
async fn vectors() {
    let only = std::env::var("NUAGES_VECTORS").ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/templates");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("vectors/templates").map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut passed, mut skipped, mut failures) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let document: Json = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(document.text("format"), Some("django-template-cases/1"));
        for case in document.get("cases").unwrap().items() {
            let group = case.text("group").unwrap();
            if only.as_deref().is_some_and(|only| only != group) {
                continue;
            }
            let needs = case.get("requires").map(Json::items).unwrap_or_default();
            let id = case.text("id").unwrap();
            let lacks =
                UNSUPPORTED.iter().find(|(what, _)| needs.iter().any(|need| need.as_text() == Some(what)));
            if let Some((_, reason)) = lacks.or_else(|| SKIPPED.iter().find(|(have, _)| *have == id)) {
                *skipped.entry((*reason).to_owned()).or_default() += 1;
                continue;
            }
            match run(case).await {
                Ok(()) => passed += 1,
                Err(difference) => failures.push((group.to_owned(), format!("{id}: {difference}"))),
            }
        }
    }
    if only.is_some() {
        for (_, failure) in &failures {
            println!("{failure}\n");
        }
    }
    let mut groups = BTreeMap::<&str, usize>::new();
    for (group, _) in &failures {
        *groups.entry(group).or_default() += 1;
    }
    println!("{passed} passed, {} failed, skipped: {skipped:?}", failures.len());
    assert!(failures.is_empty(), "failed by group: {groups:?}");
    assert!(only.is_some() || passed > 1000, "only {passed} cases were found");
}

async fn run(case: &Json) -> Result<(), String> {
    let templates: BTreeMap<String, String> = case
        .get("templates")
        .unwrap()
        .pairs()
        .iter()
        .map(|(name, text)| (name.clone(), text.as_text().unwrap().to_owned()))
        .collect();
    let source = templates[case.text("main").unwrap()].clone();
    let settings = |name: &str| case.get("settings").and_then(|settings| settings.get(name));
    let on =
        |name: &str, default: bool| settings(name).map_or(default, |value| matches!(value, Json::Bool(true)));
    let engine = case.get("engine").unwrap();
    let autoescape = case
        .get("context_opts")
        .and_then(|options| options.get("autoescape"))
        .or_else(|| engine.get("autoescape"));
    let calls =
        case.get("urls").and_then(|urls| urls.get("calls")).map(Json::items).unwrap_or_default().to_vec();
    let mut options = EngineOptions::default();
    options.loaders =
        vec![Loader::Function(Arc::new(move |name: &str| templates.get(name).cloned().map(Into::into)))];
    options.string_if_invalid = engine.text("string_if_invalid").unwrap_or_default().to_owned();
    options.autoescape = !matches!(autoescape, Some(Json::Bool(false)));
    options.debug = matches!(engine.get("debug"), Some(Json::Bool(true)));
    options.use_tz = case
        .get("context_opts")
        .and_then(|options| options.get("use_tz"))
        .map_or(on("USE_TZ", true), |value| matches!(value, Json::Bool(true)));
    options.use_thousand_separator = on("USE_THOUSAND_SEPARATOR", false);
    options.static_url = settings("STATIC_URL").and_then(Json::as_text).unwrap_or("/static/").to_owned();
    options.media_url = settings("MEDIA_URL").and_then(Json::as_text).unwrap_or("/media/").to_owned();
    options.urls = Arc::new(move |name, arguments, keywords| reverse(&calls, name, arguments, keywords));
    let mut context = Context::new();
    for (name, value) in case.get("context").unwrap().pairs() {
        context.insert(name.clone(), value.value());
    }
    if let Some(request) = case.get("context_opts").and_then(|options| options.get("request")) {
        context.insert("request", request.value());
    }
    let render = RenderOptions {
        time_zone: case.get("timezone").map(Json::time_zone),
        now: case.text("now").map(|now| now.parse::<Timestamp>().unwrap()),
        ..RenderOptions::default()
    };
    let rendered = Engine::new(options).render(case.text("main").unwrap(), &context, &render).await;
    let expect = case.get("expect").unwrap();
    match (rendered, expect.text("output"), expect.text("error")) {
        (Ok(output), Some(expected), _) if output == expected => Ok(()),
        (Err(error), None, Some(class)) if is_class(error.kind(), class) => Ok(()),
        (result, ..) => Err(format!(
            "{source:?}\n  context {:?}\n  want {expect:?}\n  have {result:?}",
            case.get("context").unwrap()
        )),
    }
}

fn is_class(kind: &ErrorKind, class: &str) -> bool {
    match class {
        "TemplateSyntaxError" => matches!(kind, ErrorKind::Syntax(_)),
        "TemplateDoesNotExist" => matches!(kind, ErrorKind::DoesNotExist(_)),
        "NoReverseMatch" => matches!(kind, ErrorKind::NoReverseMatch(_)),
        "VariableDoesNotExist" => matches!(kind, ErrorKind::VariableDoesNotExist(_)),
        _ => matches!(kind, ErrorKind::Value(_)),
    }
}

/// Finds a recorded call by the printed values of its arguments.
fn reverse(
    calls: &[Json],
    name: &str,
    arguments: &[String],
    keywords: &[(String, String)],
) -> Option<String> {
    let text = |value: &Json| match value.value() {
        Value::Uuid(uuid) => uuid.to_string(),
        value => format!("{}", Printed(&value)),
    };
    let call = calls.iter().find(|call| {
        let given: Vec<String> = call.get("args").unwrap().items().iter().map(text).collect();
        let mut named: Vec<(String, String)> = call
            .get("kwargs")
            .unwrap()
            .pairs()
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let mut keywords = keywords.to_vec();
        named.sort();
        keywords.sort();
        call.get("name").is_some_and(|have| text(have) == name) && given == arguments && named == keywords
    });
    call.and_then(|call| call.text("url")).map(str::to_owned)
}

struct Printed<'v>(&'v Value);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Int(number) => write!(f, "{number}"),
            Value::None => f.write_str("None"),
            Value::Bool(value) => f.write_str(if *value { "True" } else { "False" }),
            value => f.write_str(value.as_str().unwrap_or_default()),
        }
    }
}

/// JSON whose objects keep their order.
#[derive(Clone, Debug)]
enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn get(&self, key: &str) -> Option<&Json> {
        self.pairs().iter().find(|(have, _)| have == key).map(|(_, value)| value)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::as_text)
    }

    fn as_text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }

    fn int(&self, key: &str) -> i64 {
        if let Some(Json::Int(number)) = self.get(key) { *number } else { 0 }
    }

    fn items(&self) -> &[Json] {
        if let Json::List(items) = self { items } else { &[] }
    }

    fn pairs(&self) -> &[(String, Json)] {
        if let Json::Object(pairs) = self { pairs } else { &[] }
    }

    fn time_zone(&self) -> TimeZone {
        match self.text("name").or(self.as_text()) {
            Some(name) => TimeZone::get(name).unwrap(),
            None if self.int("offset") == 0 => TimeZone::UTC,
            None => TimeZone::fixed(
                jiff::tz::Offset::from_seconds(self.int("offset").try_into().unwrap()).unwrap(),
            ),
        }
    }

    /// The value that FORMAT.md says this stands for.
    fn value(&self) -> Value {
        match self {
            Json::Null => Value::None,
            Json::Bool(value) => Value::Bool(*value),
            Json::Int(number) => Value::Int(*number),
            Json::Text(text) => Value::from(text.as_str()),
            Json::List(items) => Value::list(items.iter().map(Json::value)),
            Json::Object(pairs) => match self.text("$") {
                Some(tag) => self.typed(tag),
                None => {
                    pairs.iter().map(|(key, value)| (key.as_str(), value.value())).collect::<Dict>().into()
                }
            },
        }
    }

    fn typed(&self, tag: &str) -> Value {
        let text = || self.text("v").unwrap();
        let items = || self.get("v").unwrap().items().iter().map(Json::value).collect::<Vec<_>>();
        match tag {
            "float" => Value::Float(text().parse().unwrap()),
            "int" => text().parse::<num_bigint::BigInt>().unwrap().into(),
            "decimal" => {
                let mut decimal =
                    Decimal::from_str_exact(text()).or_else(|_| Decimal::from_scientific(text())).unwrap();
                decimal.set_sign_negative(text().starts_with('-'));
                Value::Decimal(decimal)
            }
            "safe" => Value::safe(text()),
            "lazy" => {
                let value = self.get("v").unwrap().value();
                Value::Lazy(Lazy::new(|| async { Ok(value) }))
            }
            "tuple" => Value::Tuple(Arc::new(items())),
            "dict" | "defaultdict" => {
                let pair = |pair: &Json| (pair.items()[0].value(), pair.items()[1].value());
                self.get("items").unwrap().items().iter().map(pair).collect::<Dict>().into()
            }
            "range" => Value::object(Range::of(self.get("v").unwrap().items())),
            "uuid" => Value::Uuid(text().parse().unwrap()),
            "datetime" => self.datetime(text()),
            "date" => Value::Date(text().parse().unwrap()),
            "time" => Value::Time(text().parse().unwrap()),
            "request" => {
                Value::object(Request { query: Value::object(Query(parse_query(self.text("qs").unwrap()))) })
            }
            "querydict" => Value::object(Query(parse_query(self.text("qs").unwrap()))),
            "call" => self.get("v").unwrap().value(),
            "obj" => Value::object(Thing(self.clone())),
            "tz" => Value::from(self.text("name").or(self.text("label"))),
            other => panic!("a value of kind {other}"),
        }
    }

    fn datetime(&self, text: &str) -> Value {
        let at: civil::DateTime = text.parse().unwrap();
        let Some(zone) = self.get("tz").map(Json::time_zone) else { return Value::NaiveDateTime(at) };
        let ambiguous = zone.to_ambiguous_zoned(at);
        let zoned: Zoned =
            if self.int("fold") == 1 { ambiguous.later() } else { ambiguous.earlier() }.unwrap();
        zoned.into()
    }
}

/// FORMAT.md's `obj`.
#[derive(Debug)]
struct Thing(Json);

impl Object for Thing {
    fn get(&self, name: &str) -> Option<Value> {
        let attribute = self.0.get("attrs")?.get(name)?;
        match attribute.text("$") {
            Some("uncallable") => Some(Value::from("!")),
            _ => Some(attribute.value()),
        }
    }

    fn items(&self) -> Option<Vec<Value>> {
        self.0.get("iter").map(|items| items.items().iter().map(Json::value).collect())
    }

    fn len(&self) -> Option<usize> {
        self.0.get("len").map(|_| usize::try_from(self.0.int("len")).unwrap())
    }

    fn is_true(&self) -> bool {
        self.len() != Some(0) && !matches!(self.0.get("bool"), Some(Json::Bool(false)))
    }

    fn text(&self) -> Value {
        self.0.get("html").or_else(|| self.0.get("str")).map(Json::value).unwrap_or_default()
    }
}

/// Python's `range`.
#[derive(Debug)]
struct Range(Vec<i64>, Vec<i64>);

impl Range {
    fn of(bounds: &[Json]) -> Self {
        let bounds: Vec<i64> =
            bounds.iter().map(|bound| if let Json::Int(bound) = bound { *bound } else { 0 }).collect();
        let items = (bounds[0]..bounds[1]).step_by(bounds[2].try_into().unwrap()).collect();
        Self(bounds, items)
    }
}

impl Object for Range {
    fn get(&self, _: &str) -> Option<Value> {
        None
    }

    fn items(&self) -> Option<Vec<Value>> {
        Some(self.1.iter().copied().map(Value::Int).collect())
    }

    fn text(&self) -> Value {
        Value::from(format!("range({}, {})", self.0[0], self.0[1]))
    }
}

#[derive(Debug)]
struct Request {
    query: Value,
}

impl Object for Request {
    fn get(&self, name: &str) -> Option<Value> {
        (name == "GET").then(|| self.query.clone())
    }
}

#[derive(Debug)]
struct Query(Vec<(String, Vec<String>)>);

impl Object for Query {
    fn get(&self, name: &str) -> Option<Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, values)| values.last().map(String::as_str).into())
    }

    fn lists(&self) -> Option<Vec<(String, Vec<String>)>> {
        Some(self.0.clone())
    }
}

fn parse_query(query: &str) -> Vec<(String, Vec<String>)> {
    let mut lists: Vec<(String, Vec<String>)> = Vec::new();
    for (key, value) in decoded(query) {
        match lists.iter_mut().find(|(have, _)| *have == key) {
            Some((_, values)) => values.push(value),
            None => lists.push((key, vec![value])),
        }
    }
    lists
}

fn decoded(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                }
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;

        impl<'de> Visitor<'de> for Ordered {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Int(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Int(value.try_into().unwrap()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = entries.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Json::Object(pairs))
            }
        }

        deserializer.deserialize_any(Ordered)
    }
}
