//! Tags that change a setting for their body: `{% autoescape %}`, `{% localize %}`, `{% localtime %}`,
//! `{% timezone %}`, `{% language %}`.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::Tag;
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::machine::Machine;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::{Change, Op};
use crate::template::scope::Stop;
use crate::template::value::Value;

type Result<T> = std::result::Result<T, TemplateError>;

pub(crate) fn autoescape<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits: Vec<&str> = tag.content.split_whitespace().collect();
    let on = match bits.as_slice() {
        [_, "on"] => true,
        [_, "off"] => false,
        [_, _] => return Err(TemplateError::syntax("'autoescape' argument should be 'on' or 'off'")),
        _ => return Err(TemplateError::syntax("'autoescape' tag requires exactly one argument.")),
    };
    body(parser, Change::Autoescape(on), "endautoescape")
}

pub(crate) fn localize<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let on = on_or_off(tag)?;
    body(parser, Change::Localize(on), "endlocalize")
}

pub(crate) fn localtime<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let on = on_or_off(tag)?;
    body(parser, Change::LocalTime(on), "endlocaltime")
}

pub(crate) fn timezone<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits = tag.split();
    let [_, zone] = bits.as_slice() else {
        return Err(TemplateError::syntax("'timezone' takes one argument (timezone)"));
    };
    let zone = parser.expression(zone)?;
    body(parser, Change::TimeZone(zone), "endtimezone")
}

pub(crate) fn language<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits = tag.split();
    let [_, language] = bits.as_slice() else {
        return Err(TemplateError::syntax("'language' takes one argument (language)"));
    };
    let language = parser.expression(language)?;
    body(parser, Change::Language(language), "endlanguage")
}

fn on_or_off(tag: TagToken<'_>) -> Result<bool> {
    let bits = tag.split();
    match bits.as_slice() {
        [_] | [_, "on"] => Ok(true),
        [_, "off"] => Ok(false),
        _ => Err(TemplateError::syntax(format!("'{}' argument should be 'on' or 'off'", bits[0]))),
    }
}

fn body(parser: &mut Parser<'_>, change: Change, end: &str) -> Result<()> {
    parser.emit(Op::Change(change));
    parser.parse_until(&[end])?;
    parser.emit(Op::Restore);
    Ok(())
}

/// The zone that a value names: `None` is the engine's own.
pub(crate) fn zone_of(value: &Value, env: &Env) -> Result<TimeZone> {
    match value {
        Value::None => Ok(env.settings.time_zone.clone()),
        value => TimeZone::get(&value.to_text())
            .map_err(|_| TemplateError::value(format!("No time zone found with key {}", value.to_text()))),
    }
}

#[derive(Debug)]
struct CurrentTimeZone {
    name: Arc<str>,
}

pub(crate) fn get_current_timezone<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits: Vec<&str> = tag.content.split_whitespace().collect();
    let [_, "as", name] = bits.as_slice() else {
        return Err(TemplateError::syntax(format!(
            "'get_current_timezone' requires 'as variable' (got {bits:?})"
        )));
    };
    parser.emit(Op::Tag(Box::new(CurrentTimeZone { name: (*name).into() })));
    Ok(())
}

impl Tag for CurrentTimeZone {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let zone = machine.env.time_zone.iana_name().map_or_else(
            || machine.env.now.to_zoned(machine.env.time_zone.clone()).strftime("%Z").to_string(),
            str::to_owned,
        );
        machine.scope.set(&self.name, Value::from(zone));
        Ok(())
    }
}
