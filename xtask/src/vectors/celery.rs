//! `celery.json`: task messages and results of Celery on Redis.

use jiff::SignedDuration;
use nuages_wire::celery::{Call, Sender, TaskMessage, TaskResult, priority_key};
use nuages_wire::datetime::DateTime;
use nuages_wire::json::{self, Object};
use nuages_wire::pickle::{Limits, Value};

use super::jiff_from::duration;
use super::python_values::{to_tagged, to_value};
use super::{BadCase, Case, Ran, Tagged};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "parse_message" => match TaskMessage::parse(case.text("message")?, Limits::default()) {
            Ok(message) => compare(case, &message, &[]),
            Err(_) => case.check(Err("malformed")),
        },
        "build_message" => {
            let call = call(case)?;
            let sender = Sender { origin: "gen1@host", reply_to: "reply", delivery_tag: "tag" };
            let envelope = call.envelope(&sender, case.now()?).map_err(|error| BadCase(error.to_string()))?;
            let key = priority_key(&call.queue, call.priority);
            if key != case.text("redis_key")? {
                return Ok(case.judge(false, || format!("the key {key:?}")));
            }
            let message = TaskMessage::parse(&envelope, Limits::default());
            compare(case, &message.map_err(|error| BadCase(error.to_string()))?, &VOLATILE)
        }
        "priority_key" => {
            let key = priority_key(case.text("queue")?, case.integer("priority").unwrap_or(0));
            case.check(Ok(key.into()))
        }
        "parse_result" => match TaskResult::parse(case.text("meta")?, Limits::default()) {
            Ok(result) => compare_result(case, &result),
            Err(_) => case.check(Err("malformed")),
        },
        _ => case.unknown(),
    }
}

/// What differs from run to run, and what is only there for people.
const VOLATILE: [&str; 6] = ["reply_to", "delivery_tag", "origin", "argsrepr", "kwargsrepr", "lang"];

fn compare(case: &Case, message: &TaskMessage, leave_out: &[&str]) -> Ran {
    let expected = case.expect()?;
    let ours = [
        ("headers", dict(&message.headers, leave_out)?),
        ("properties", dict(&message.properties, leave_out)?),
        ("args", to_tagged(&Value::List(message.args.clone()))?),
        ("kwargs", to_tagged(&message.kwargs)?),
        ("embed", to_tagged(&message.embed)?),
    ];
    for (name, ours) in ours {
        let mut theirs = Tagged::read(&expected[name])?;
        if matches!(name, "headers" | "properties") {
            theirs = without(theirs, leave_out);
        }
        if !theirs.same(&ours) {
            return Ok(case.judge(false, || format!("{name} {ours:?} for {theirs:?}")));
        }
    }
    let same = expected["content_type"] == message.content_type.as_str()
        && expected["content_encoding"] == message.content_encoding.as_str();
    Ok(case.judge(same, || format!("{} {}", message.content_type, message.content_encoding)))
}

/// A dict without some entries, in the order of its keys: JSON objects have none.
fn without(dict: Tagged, leave_out: &[&str]) -> Tagged {
    let Tagged::Dict(mut entries) = dict else { return dict };
    entries.retain(|(key, _)| leave_out.iter().all(|name| *key != Tagged::text(name)));
    if !leave_out.is_empty() {
        entries.sort_by_key(|(key, _)| format!("{key:?}"));
    }
    Tagged::Dict(entries)
}

fn dict(object: &Object, leave_out: &[&str]) -> Result<Tagged, BadCase> {
    let value = Value::from(json::Value::Object(object.clone()));
    Ok(without(to_tagged(&value)?, leave_out))
}

fn compare_result(case: &Case, result: &TaskResult) -> Ran {
    let expected = case.expect()?;
    let same_result = match &result.result {
        Ok(value) => match expected["result"].get("value") {
            Some(theirs) => Tagged::read(theirs)?.same(&to_tagged(value)?),
            None => false,
        },
        Err(failure) => {
            expected["result"]["exception"] == failure.exception.as_str()
                && expected["result"]["module"].as_str() == failure.module.as_deref()
                && Tagged::read(&expected["result"]["message"])?.same(&to_tagged(&failure.message)?)
        }
    };
    let mut same = same_result
        && expected["status"] == result.status.as_str()
        && expected["has_traceback"] == result.traceback.is_some();
    for (name, theirs) in expected["fields"].as_object().into_iter().flatten() {
        let ours = match name.as_str() {
            "status" => Some(result.status.as_str().into()),
            name => result.fields.get(name).cloned(),
        };
        let ours = ours.map(|ours| to_tagged(&ours.into())).transpose()?;
        same &= ours.is_some_and(|ours| Tagged::read(theirs).is_ok_and(|theirs| theirs.same(&ours)));
    }
    Ok(case.judge(same, || format!("{result:?}")))
}

fn call(case: &Case) -> Result<Call, BadCase> {
    let input = case.get("call").ok_or_else(|| BadCase("no `call`".into()))?;
    let text = |name: &str| input[name].as_str().unwrap_or_default();
    let mut call = Call::new(text("task"), text("task_id"));
    if let Some(args) = input.get("args")
        && let Value::List(args) | Value::Tuple(args) = to_value(&Tagged::read(args)?)?
    {
        call.args = args;
    }
    if let Some(kwargs) = input.get("kwargs") {
        call.kwargs = named(&Tagged::read(kwargs)?)?;
    }
    for (name, value) in input["options"].as_object().into_iter().flatten() {
        option(&mut call, case, name, &Tagged::read(value)?)?;
    }
    Ok(call)
}

fn option(call: &mut Call, case: &Case, name: &str, value: &Tagged) -> Result<(), BadCase> {
    let bad = || BadCase(format!("the option {name}: {value:?}"));
    let text = || match value {
        Tagged::Str(bytes) => String::from_utf8(bytes.clone()).map_err(|_| bad()),
        _ => Err(bad()),
    };
    let int = || match value {
        Tagged::Int(number) => i64::try_from(number).map_err(|_| bad()),
        _ => Err(bad()),
    };
    let now = case.now()?;
    let delay = || duration(value)?.ok_or_else(bad);
    let time = |delay: SignedDuration| now.checked_add(delay).map(DateTime::utc).map_err(|_| bad());
    match name {
        "countdown" => call.eta = Some(time(delay()?)?),
        "eta" | "expires" => {
            let moment = match to_value(value)? {
                Value::DateTime(moment) => moment,
                _ => time(delay()?)?,
            };
            *(if name == "eta" { &mut call.eta } else { &mut call.expires }) = Some(moment);
        }
        "priority" => call.priority = int()?,
        "queue" => call.queue = text()?,
        // With a queue's name the message goes to the queue itself.
        "routing_key" | "serializer" => {}
        "ignore_result" => call.ignore_result = Some(matches!(value, Tagged::Bool(true))),
        "time_limit" => call.time_limit.0 = Some(int()?),
        "soft_time_limit" => call.time_limit.1 = Some(int()?),
        "headers" => call.headers = named(value)?,
        "retries" => call.retries = int()?,
        "shadow" => call.shadow = Some(text()?),
        "compression" => call.compress = true,
        // The sender's own address; here each message has another.
        "reply_to" | "argsrepr" | "kwargsrepr" => {}
        "correlation_id" => call.correlation_id = Some(text()?),
        "root_id" => call.root_id = Some(text()?),
        "parent_id" => call.parent_id = Some(text()?),
        "replaced_task_nesting" => call.replaced_task_nesting = int()?,
        _ => return Err(bad()),
    }
    Ok(())
}

fn named(dict: &Tagged) -> Result<Vec<(String, Value)>, BadCase> {
    let Value::Dict(entries) = to_value(dict)? else { return Err(BadCase(format!("no dict: {dict:?}"))) };
    Ok(entries.into_iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value)).collect())
}
