//! `{% cycle %}` and `{% resetcycle %}`.

use std::sync::Arc;

use super::{Tag, take_as};
use crate::template::error::TemplateError;
use crate::template::expression::Expression;
use crate::template::machine::Machine;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::Op;
use crate::template::scope::Stop;

/// The values that a `{% cycle %}` goes through; tags that name the same cycle share it.
#[derive(Debug)]
pub(crate) struct Cycle {
    values: Vec<Expression>,
    name: Option<Arc<str>>,
    silent: bool,
}

#[derive(Debug)]
struct Next(Arc<Cycle>);

#[derive(Debug)]
struct Reset(Arc<Cycle>);

pub(crate) fn cycle<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let mut bits = tag.split();
    bits.remove(0);
    let cycle = match bits.as_slice() {
        [] => return Err(TemplateError::syntax("'cycle' tag requires at least two arguments")),
        [name] => match parser.named_cycles.iter().rev().find(|(have, _)| have == name) {
            Some((_, cycle)) => Arc::clone(cycle),
            None if parser.named_cycles.is_empty() => {
                return Err(TemplateError::syntax(format!(
                    "No named cycles in template. '{name}' is not defined"
                )));
            }
            None => return Err(TemplateError::syntax(format!("Named cycle '{name}' does not exist"))),
        },
        _ => define(parser, bits)?,
    };
    parser.emit(Op::Tag(Box::new(Next(cycle))));
    Ok(())
}

fn define<'s>(parser: &mut Parser<'s>, mut bits: Vec<&'s str>) -> Result<Arc<Cycle>, TemplateError> {
    let mut silent = false;
    let mut name = None;
    if bits.len() > 3 {
        if let [.., "as", _, flag] = bits.as_slice() {
            if *flag != "silent" {
                return Err(TemplateError::syntax(format!(
                    "Only 'silent' flag is allowed after cycle's name, not '{flag}'."
                )));
            }
            silent = true;
            bits.pop();
        }
        name = take_as(&mut bits);
    }
    let values = bits.iter().map(|bit| parser.expression(bit)).collect::<Result<_, _>>()?;
    let cycle = Arc::new(Cycle { values, name: name.map(Arc::from), silent });
    if let Some(name) = name {
        parser.named_cycles.push((name, Arc::clone(&cycle)));
    }
    parser.last_cycle = Some(Arc::clone(&cycle));
    Ok(cycle)
}

pub(crate) fn resetcycle<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let bits = tag.split();
    let cycle = match bits[1..] {
        [] => parser.last_cycle.clone().ok_or_else(|| TemplateError::syntax("No cycles in template."))?,
        [name] => match parser.named_cycles.iter().rev().find(|(have, _)| *have == name) {
            Some((_, cycle)) => Arc::clone(cycle),
            None => return Err(TemplateError::syntax(format!("Named cycle '{name}' does not exist."))),
        },
        _ => return Err(TemplateError::syntax("'resetcycle' tag accepts at most one argument.")),
    };
    parser.emit(Op::Tag(Box::new(Reset(cycle))));
    Ok(())
}

impl Tag for Next {
    fn render(&self, machine: &mut Machine<'_>) -> Result<(), Stop> {
        let key = Arc::as_ptr(&self.0).addr();
        let cycles = &machine.rendering().cycles;
        let at = cycles.iter().find(|(have, _)| *have == key).map_or(0, |(_, at)| *at);
        let value = machine.evaluate(&self.0.values[at % self.0.values.len()])?;
        set(machine, key, at + 1);
        if let Some(name) = &self.0.name {
            machine.scope.set_upward(name, value.clone());
        }
        if !self.0.silent {
            machine.print(&value);
        }
        Ok(())
    }
}

impl Tag for Reset {
    fn render(&self, machine: &mut Machine<'_>) -> Result<(), Stop> {
        set(machine, Arc::as_ptr(&self.0).addr(), 0);
        Ok(())
    }
}

fn set(machine: &mut Machine<'_>, key: usize, at: usize) {
    let cycles = &mut machine.rendering().cycles;
    match cycles.iter_mut().find(|(have, _)| *have == key) {
        Some((_, old)) => *old = at,
        None => cycles.push((key, at)),
    }
}
