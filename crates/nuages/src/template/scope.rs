//! The variables in reach and the evaluation of expressions over them.

use std::borrow::Cow;
use std::sync::Arc;

use super::context::Context;
use super::env::Env;
use super::error::TemplateError;
use super::expression::{Expression, Key, Operand, Variable};
use super::machine::Loop;
use super::value::{Dict, Lazy, Member, Value};

mod conditions;

/// Why an evaluation did not answer a value.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A lazy value must be computed first; the instruction is then run again.
    Lazy(Lazy),
    /// `{{ block.super }}` must be rendered first; the instruction is then run again.
    Super(usize),
    /// The variable does not exist.
    Missing(Arc<str>),
    Error(TemplateError),
}

impl From<TemplateError> for Stop {
    fn from(error: TemplateError) -> Self {
        Self::Error(error)
    }
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Value(Value),
    /// `forloop`: an index into the running loops.
    Loop(usize),
    /// `block`: an index into the running blocks.
    Block(usize),
}

/// Frames of variables on top of the context that was given.
#[derive(Debug)]
pub(crate) struct Scope<'c> {
    context: &'c Context,
    vars: Vec<(Arc<str>, Slot)>,
    frames: Vec<usize>,
    /// Below this many variables nothing is seen, for `{% include … only %}`.
    floors: Vec<usize>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) block_names: Vec<Arc<str>>,
    /// What the last `{{ block.super }}` rendered, until the instruction that asked is done.
    pub(crate) rendered_super: Option<Value>,
}

impl<'c> Scope<'c> {
    pub(crate) fn new(context: &'c Context) -> Self {
        Self {
            context,
            vars: Vec::new(),
            frames: Vec::new(),
            floors: Vec::new(),
            loops: Vec::new(),
            block_names: Vec::new(),
            rendered_super: None,
        }
    }

    pub(crate) fn push(&mut self) {
        self.frames.push(self.vars.len());
    }

    pub(crate) fn pop(&mut self) {
        if let Some(base) = self.frames.pop() {
            self.vars.truncate(base);
        }
    }

    /// Opens a frame that sees nothing but itself.
    pub(crate) fn push_isolated(&mut self) {
        self.push();
        self.floors.push(self.vars.len());
    }

    pub(crate) fn pop_isolated(&mut self) {
        self.floors.pop();
        self.pop();
    }

    /// Sets a variable in the innermost frame.
    pub(crate) fn set(&mut self, name: &Arc<str>, value: Value) {
        self.set_slot(name, Slot::Value(value));
    }

    pub(crate) fn set_slot(&mut self, name: &Arc<str>, slot: Slot) {
        let base = self.frames.last().copied().unwrap_or(0);
        match self.vars[base..].iter_mut().find(|(have, _)| have == name) {
            Some((_, old)) => *old = slot,
            None => self.vars.push((Arc::clone(name), slot)),
        }
    }

    /// Sets a variable where it is already, else in the innermost frame (`Context.set_upward`).
    pub(crate) fn set_upward(&mut self, name: &Arc<str>, value: Value) {
        let floor = self.floors.last().copied().unwrap_or(0);
        match self.vars[floor..].iter_mut().rev().find(|(have, _)| have == name) {
            Some((_, old)) => *old = Slot::Value(value),
            None => self.set(name, value),
        }
    }

    /// What a name stands for, as the loops need it.
    pub(crate) fn slot(&self, name: &str) -> Option<&Slot> {
        let floor = self.floors.last().copied().unwrap_or(0);
        self.vars[floor..].iter().rev().find(|(have, _)| **have == *name).map(|(_, slot)| slot)
    }

    /// The value of a plain name.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        match self.slot(name) {
            Some(Slot::Value(value)) => Some(Cow::Borrowed(value)),
            Some(Slot::Loop(index)) => Some(Cow::Owned(self.loop_dict(*index))),
            Some(Slot::Block(_)) => None,
            None => self.given(name).map(Cow::Borrowed),
        }
    }

    fn given(&self, name: &str) -> Option<&Value> {
        let given = if self.floors.is_empty() { self.context.get(name) } else { None };
        given.or(match name {
            "True" => Some(&Value::Bool(true)),
            "False" => Some(&Value::Bool(false)),
            "None" => Some(&Value::None),
            _ => None,
        })
    }

    /// Evaluates an expression; a variable that does not exist becomes `string_if_invalid`, and unless that is empty
    /// no filter sees it.
    pub(crate) fn evaluate<'v>(
        &'v self,
        expression: &'v Expression,
        env: &Env,
    ) -> Result<Cow<'v, Value>, Stop> {
        match self.operand(&expression.operand, env) {
            Err(Stop::Missing(name)) if !env.settings.string_if_invalid.is_empty() => {
                Ok(Cow::Owned(invalid(&name, env)))
            }
            Err(Stop::Missing(_)) => self.filtered(Cow::Owned(Value::empty()), expression, env),
            head => self.filtered(head?, expression, env),
        }
    }

    /// Evaluates an expression without its filters.
    pub(crate) fn head<'v>(&'v self, expression: &'v Expression, env: &Env) -> Result<Cow<'v, Value>, Stop> {
        match self.operand(&expression.operand, env) {
            Err(Stop::Missing(name)) => Ok(Cow::Owned(invalid(&name, env))),
            head => head,
        }
    }

    /// Evaluates an expression; a variable that does not exist becomes `None` (`ignore_failures`).
    pub(crate) fn evaluate_or_none<'v>(
        &'v self,
        expression: &'v Expression,
        env: &Env,
    ) -> Result<Cow<'v, Value>, Stop> {
        let head = match &expression.operand {
            Operand::Variable(variable) => match self.lookup(variable) {
                Err(Stop::Missing(_)) => Cow::Owned(Value::None),
                found => found?,
            },
            operand => self.operand(operand, env)?,
        };
        self.filtered(head, expression, env)
    }

    pub(crate) fn filtered<'v>(
        &'v self,
        mut value: Cow<'v, Value>,
        expression: &'v Expression,
        env: &Env,
    ) -> Result<Cow<'v, Value>, Stop> {
        for call in &expression.filters {
            let argument = call.argument.as_ref().map(|argument| self.operand(argument, env)).transpose()?;
            value = Cow::Owned(call.filter.call(value, argument.as_deref(), env)?);
        }
        Ok(value)
    }

    fn operand<'v>(&'v self, operand: &'v Operand, env: &Env) -> Result<Cow<'v, Value>, Stop> {
        match operand {
            Operand::Constant(value) => Ok(Cow::Borrowed(value)),
            Operand::Variable(variable) => self.lookup(variable),
            // Django doubles the percent signs for gettext and leaves them so here.
            Operand::Translated(message) => {
                Ok(Cow::Owned(Value::safe(env.gettext(&message.replace('%', "%%")))))
            }
        }
    }

    /// Follows a path through the variables.
    pub(crate) fn lookup<'v>(&'v self, variable: &Variable) -> Result<Cow<'v, Value>, Stop> {
        let missing = || Stop::Missing(Arc::clone(&variable.text));
        let Some((first, mut path)) = variable.path.split_first() else { return Err(missing()) };
        let mut value = match self.slot(&first.name) {
            Some(Slot::Value(value)) => Cow::Borrowed(value),
            Some(Slot::Loop(index)) => {
                let (value, used) = self.loop_member(*index, path).ok_or_else(missing)?;
                path = &path[used..];
                Cow::Owned(value)
            }
            Some(Slot::Block(index)) => {
                let value = self.block_member(*index, path)?.ok_or_else(missing)?;
                path = &path[1..];
                Cow::Owned(value)
            }
            None => Cow::Borrowed(self.given(&first.name).ok_or_else(missing)?),
        };
        for key in path {
            value = member(force(value)?, key).ok_or_else(missing)?;
        }
        force(value)
    }

    /// A member of `forloop` and how many keys of the path it took.
    fn loop_member(&self, index: usize, path: &[Key]) -> Option<(Value, usize)> {
        let Some((key, rest)) = path.split_first() else { return Some((self.loop_dict(index), 0)) };
        let loop_ = self.loops.get(index)?;
        let value = match &*key.name {
            "counter" => Value::from(loop_.at + 1),
            "counter0" => Value::from(loop_.at),
            "revcounter" => Value::from(loop_.len() - loop_.at),
            "revcounter0" => Value::from(loop_.len() - loop_.at - 1),
            "first" => Value::Bool(loop_.at == 0),
            "last" => Value::Bool(loop_.at + 1 == loop_.len()),
            "parentloop" => {
                return match &loop_.parent {
                    Some(Slot::Loop(parent)) => {
                        self.loop_member(*parent, rest).map(|(value, used)| (value, used + 1))
                    }
                    Some(Slot::Value(value)) => Some((value.clone(), 1)),
                    _ => Some((Dict::new().into(), 1)),
                };
            }
            _ => return None,
        };
        Some((value, 1))
    }

    fn loop_dict(&self, index: usize) -> Value {
        let names = ["parentloop", "counter0", "counter", "revcounter", "revcounter0", "first", "last"];
        let key = |name: &str| [Key { name: name.into(), index: None }];
        let entries =
            names.into_iter().filter_map(|name| Some((name, self.loop_member(index, &key(name))?.0)));
        entries.collect::<Dict>().into()
    }

    fn block_member(&self, index: usize, path: &[Key]) -> Result<Option<Value>, Stop> {
        Ok(match path.first().map(|key| &*key.name) {
            Some("super") => Some(self.rendered_super.clone().ok_or(Stop::Super(index))?),
            Some("name") => self.block_names.get(index).map(|name| Value::from(Arc::clone(name))),
            _ => None,
        })
    }
}

fn invalid(name: &str, env: &Env) -> Value {
    Value::from(env.settings.string_if_invalid.replace("%s", name))
}

/// The value behind a lazy one.
fn force(value: Cow<'_, Value>) -> Result<Cow<'_, Value>, Stop> {
    match value {
        Cow::Borrowed(Value::Lazy(lazy)) => {
            lazy.get().map(Cow::Borrowed).ok_or_else(|| Stop::Lazy(lazy.clone()))
        }
        Cow::Owned(Value::Lazy(lazy)) => lazy.get().cloned().map(Cow::Owned).ok_or(Stop::Lazy(lazy)),
        value => Ok(value),
    }
}

fn member<'v>(value: Cow<'v, Value>, key: &Key) -> Option<Cow<'v, Value>> {
    match value {
        Cow::Borrowed(value) => match value.member(&key.name, key.index) {
            Member::Found(found) => Some(found),
            Member::Missing => None,
        },
        Cow::Owned(value) => match value.member(&key.name, key.index) {
            Member::Found(found) => Some(Cow::Owned(found.into_owned())),
            Member::Missing => None,
        },
    }
}
