//! `{% for %}`, and what `{% ifchanged %}` remembers of one.

use std::sync::Arc;

use super::{Flow, Machine};
use crate::template::error::TemplateError;
use crate::template::program::For;
use crate::template::scope::{Slot, Stop};
use crate::template::value::Value;

/// A running `{% for %}`.
#[derive(Debug)]
pub(crate) struct Loop {
    items: Arc<Vec<Value>>,
    pub(crate) at: usize,
    reversed: bool,
    names: Box<[Arc<str>]>,
    pub(crate) parent: Option<Slot>,
    changed: Vec<(usize, Value)>,
}

impl Loop {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    fn item(&self) -> Option<&Value> {
        self.items.get(if self.reversed { self.items.len().checked_sub(self.at + 1)? } else { self.at })
    }
}

impl Machine<'_> {
    pub(super) fn begin_loop(&mut self, loop_: &For) -> Result<Flow, Stop> {
        let sequence = self.scope.evaluate_or_none(&loop_.sequence, &self.env)?;
        let items = match &*sequence {
            Value::None => return Ok(Flow::To(loop_.empty)),
            value => value
                .items()
                .ok_or_else(|| TemplateError::value(format!("{} is not iterable", value.to_text())))?,
        };
        drop(sequence);
        if items.is_empty() {
            return Ok(Flow::To(loop_.empty));
        }
        let started = Loop {
            items,
            at: 0,
            reversed: loop_.reversed,
            names: loop_.names.clone(),
            parent: self.scope.slot("forloop").cloned(),
            changed: Vec::new(),
        };
        self.scope.loops.push(started);
        self.scope.push();
        let index = self.scope.loops.len() - 1;
        self.scope.set_slot(&self.engine.names().forloop, Slot::Loop(index));
        self.take_item()?;
        Ok(Flow::Next)
    }

    pub(super) fn next_item(&mut self, body: usize) -> Result<Flow, Stop> {
        let Some(loop_) = self.scope.loops.last_mut() else { return Ok(Flow::Next) };
        if loop_.names.len() > 1 {
            self.scope.pop();
        }
        if let Some(loop_) = self.scope.loops.last_mut() {
            loop_.at += 1;
            if loop_.at < loop_.len() {
                self.take_item()?;
                return Ok(Flow::To(body));
            }
        }
        self.scope.pop();
        self.scope.loops.pop();
        Ok(Flow::Next)
    }

    /// Puts the current item into the loop's variables; several names share the item out among them.
    fn take_item(&mut self) -> Result<(), Stop> {
        let Some(loop_) = self.scope.loops.last() else { return Ok(()) };
        let item = loop_.item().cloned().unwrap_or_default();
        if let [name] = &*loop_.names {
            let name = Arc::clone(name);
            self.scope.set(&name, item);
            return Ok(());
        }
        let names = loop_.names.clone();
        let length = item.len().unwrap_or(1);
        if length != names.len() {
            return Err(TemplateError::value(format!(
                "Need {} values to unpack in for loop; got {length}. ",
                names.len()
            ))
            .into());
        }
        let items = item.items().unwrap_or_default();
        self.scope.push();
        for (name, item) in names.iter().zip(items.iter()) {
            self.scope.set(name, item.clone());
        }
        Ok(())
    }

    /// Remembers a value of `{% ifchanged %}` and answers whether it is new.
    pub(super) fn changed(&mut self, key: usize, value: Value) -> bool {
        let seen = match self.scope.slot("forloop") {
            Some(Slot::Loop(index)) => {
                let index = *index;
                self.scope.loops.get_mut(index).map(|loop_| &mut loop_.changed)
            }
            _ => None,
        };
        let seen = match seen {
            Some(seen) => seen,
            None => &mut self.rendering().changed,
        };
        match seen.iter_mut().find(|(have, _)| *have == key) {
            Some((_, old)) if old.equals(&value) => false,
            Some((_, old)) => {
                *old = value;
                true
            }
            None => {
                seen.push((key, value));
                true
            }
        }
    }
}
