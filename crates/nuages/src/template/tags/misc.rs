//! `{% firstof %}`, `{% now %}`, `{% regroup %}`, `{% widthratio %}`, `{% debug %}`.

use std::sync::Arc;

use super::{Tag, take_as};
use crate::template::error::TemplateError;
use crate::template::expression::Expression;
use crate::template::formats;
use crate::template::machine::Machine;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::Op;
use crate::template::scope::Stop;
use crate::template::value::{Dict, Value, float_to_int, to_float, to_int};

type Result<T> = std::result::Result<T, TemplateError>;

#[derive(Debug)]
struct FirstOf {
    values: Vec<Expression>,
    name: Option<Arc<str>>,
}

pub(crate) fn firstof<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let mut bits = tag.split();
    bits.remove(0);
    if bits.is_empty() {
        return Err(TemplateError::syntax("'firstof' statement requires at least one argument"));
    }
    let name = take_as(&mut bits).map(Arc::from);
    let values = bits.iter().map(|bit| parser.expression(bit)).collect::<Result<_>>()?;
    parser.emit(Op::Tag(Box::new(FirstOf { values, name })));
    Ok(())
}

impl Tag for FirstOf {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let mut text = String::new();
        for expression in &self.values {
            let value = machine.evaluate_or_none(expression)?;
            if value.is_true() {
                machine.env.print(&value, &mut text);
                break;
            }
        }
        machine.write_or_set(text, self.name.as_ref());
        Ok(())
    }
}

#[derive(Debug)]
struct Now {
    format: String,
    name: Option<Arc<str>>,
}

pub(crate) fn now<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let mut bits = tag.split();
    let name = if bits.len() == 4 { take_as(&mut bits).map(Arc::from) } else { None };
    let [_, format] = bits.as_slice() else {
        return Err(TemplateError::syntax("'now' statement takes one argument"));
    };
    // Django cuts the first and the last character, whatever they are.
    let mut inner = format.chars();
    inner.next();
    inner.next_back();
    parser.emit(Op::Tag(Box::new(Now { format: inner.as_str().to_owned(), name })));
    Ok(())
}

impl Tag for Now {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let env = &machine.env;
        let now = env.now.to_zoned(env.time_zone.clone());
        let now = if env.settings.use_tz { Value::from(now) } else { Value::from(now.datetime()) };
        let mut text = String::new();
        formats::date_format(&now, Some(&self.format), env, &mut text)?;
        match &self.name {
            Some(name) => machine.scope.set(name, Value::from(text)),
            None => machine.out.push_str(&text),
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Regroup {
    target: Expression,
    by: Expression,
    name: Arc<str>,
}

pub(crate) fn regroup<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits = tag.split();
    let [_, target, by, attribute, as_, name] = bits.as_slice() else {
        return Err(TemplateError::syntax("'regroup' tag takes five arguments"));
    };
    if *by != "by" {
        return Err(TemplateError::syntax("second argument to 'regroup' tag must be 'by'"));
    }
    if *as_ != "as" {
        return Err(TemplateError::syntax("next-to-last argument to 'regroup' tag must be 'as'"));
    }
    let (target, by) = (parser.expression(target)?, parser.expression(&format!("{name}.{attribute}"))?);
    parser.emit(Op::Tag(Box::new(Regroup { target, by, name: (*name).into() })));
    Ok(())
}

impl Tag for Regroup {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let target = machine.evaluate_or_none(&self.target)?;
        let items = match &target {
            Value::None => Arc::default(),
            value => value
                .items()
                .ok_or_else(|| TemplateError::value(format!("{} is not iterable", value.to_text())))?,
        };
        let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
        machine.scope.push();
        for item in items.iter() {
            machine.scope.set(&self.name, item.clone());
            let key = match machine.evaluate_or_none(&self.by) {
                Ok(key) => key,
                Err(stop) => {
                    machine.scope.pop();
                    return Err(stop);
                }
            };
            match groups.last_mut() {
                Some((last, group)) if last.equals(&key) => group.push(item.clone()),
                _ => groups.push((key, vec![item.clone()])),
            }
        }
        machine.scope.pop();
        let groups = groups
            .into_iter()
            .map(|(grouper, list)| Value::object(Group { grouper, list: Value::list(list) }));
        machine.scope.set(&self.name, Value::list(groups));
        Ok(())
    }
}

/// Django's `GroupedResult`: also the pair of its two members.
#[derive(Debug)]
struct Group {
    grouper: Value,
    list: Value,
}

impl crate::template::Object for Group {
    fn get(&self, name: &str) -> Option<Value> {
        match name {
            "grouper" => Some(self.grouper.clone()),
            "list" => Some(self.list.clone()),
            _ => None,
        }
    }

    fn items(&self) -> Option<Vec<Value>> {
        Some(vec![self.grouper.clone(), self.list.clone()])
    }

    fn text(&self) -> Value {
        let mut text = String::from("GroupedResult(grouper=");
        self.grouper.write_repr(&mut text);
        text.push_str(", list=");
        self.list.write_repr(&mut text);
        text.push(')');
        Value::from(text)
    }
}

#[derive(Debug)]
struct WidthRatio {
    value: Expression,
    max: Expression,
    width: Expression,
    name: Option<Arc<str>>,
}

pub(crate) fn widthratio<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits = tag.split();
    let (value, max, width, name) = match bits.as_slice() {
        [_, value, max, width] => (value, max, width, None),
        [_, value, max, width, "as", name] => (value, max, width, Some(Arc::from(*name))),
        [_, _, _, _, _, _] => {
            return Err(TemplateError::syntax("Invalid syntax in widthratio tag. Expecting 'as' keyword"));
        }
        _ => return Err(TemplateError::syntax("widthratio takes at least three arguments")),
    };
    let (value, max, width) = (parser.expression(value)?, parser.expression(max)?, parser.expression(width)?);
    parser.emit(Op::Tag(Box::new(WidthRatio { value, max, width, name })));
    Ok(())
}

impl Tag for WidthRatio {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let (value, max) = (machine.evaluate(&self.value)?, machine.evaluate(&self.max)?);
        let width = to_int(&machine.evaluate(&self.width)?)
            .ok_or_else(|| TemplateError::syntax("widthratio final argument must be a number"))?;
        let width = to_float(&Value::from(width)).unwrap_or(f64::NAN);
        let text = match (to_float(&value), to_float(&max)) {
            (Ok(_), Ok(0.0)) => "0".to_owned(),
            (Ok(value), Ok(max)) => float_to_int((value / max * width).round_ties_even())
                .map_or_else(String::new, |ratio| ratio.to_string()),
            _ => String::new(),
        };
        match &self.name {
            Some(name) => machine.scope.set(name, Value::from(text)),
            None => machine.out.push_str(&text),
        }
        Ok(())
    }
}

/// Prints nothing: what Django prints while `DEBUG` is on are the modules of Python.
pub(crate) fn debug<'s>(_: &mut Parser<'s>, _: TagToken<'s>) -> Result<()> {
    Ok(())
}

/// `{% name %}` of a dictionary that a tag makes.
pub(crate) fn dict(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    entries.into_iter().collect::<Dict>().into()
}
