//! The machine that runs compiled templates.
//!
//! It never blocks: an instruction that meets an unresolved lazy value has changed nothing yet, so the machine gives
//! the value to its driver, which awaits it and runs the same instruction again. `{{ block.super }}` works alike: the
//! block above is rendered into a buffer, then the instruction runs again and finds it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::context::Context;
use super::engine::Engine;
use super::env::Env;
use super::error::{ErrorKind, TemplateError};
use super::expression::Expression;
use super::program::{Change, Include, Op, Program};
use super::scope::{Scope, Stop};
use super::tags::text::strip_spaces_between_tags;
use super::value::{Lazy, Value};

mod inherit;
mod loops;
use inherit::{BlockRef, Rendering};
pub(crate) use loops::Loop;

/// How deep templates, blocks and their parents may call each other.
const MAX_CALLS: usize = 60;
/// The most that a page may grow to, in bytes.
const MAX_OUTPUT: usize = 64 * 1024 * 1024;

/// The state of rendering one page.
#[derive(Debug)]
pub(crate) struct Machine<'m> {
    pub(crate) engine: &'m Engine,
    pub(crate) env: Env,
    pub(crate) scope: Scope<'m>,
    pub(crate) out: String,
    captures: Vec<String>,
    calls: Vec<Call>,
    renderings: Vec<Rendering>,
    running_blocks: Vec<(BlockRef, bool)>,
    changes: Vec<Env>,
}

#[derive(Debug)]
struct Call {
    program: Arc<Program>,
    chunk: usize,
    at: usize,
    after: After,
}

/// What to do when a chunk is at its end.
#[derive(Debug)]
enum After {
    Nothing,
    /// Puts the block back that its name was taken from.
    Block(Option<BlockRef>),
    Super(Option<BlockRef>),
    Include {
        only: bool,
    },
}

/// Where to go on after an instruction.
enum Flow {
    Next,
    To(usize),
    /// Another chunk was called; this one goes on after the instruction.
    Call(Call),
}

impl<'m> Machine<'m> {
    pub(crate) fn new(engine: &'m Engine, env: Env, context: &'m Context, program: Arc<Program>) -> Self {
        let mut machine = Self {
            engine,
            env,
            scope: Scope::new(context),
            out: String::with_capacity(program.source.len() * 2),
            captures: Vec::new(),
            calls: Vec::new(),
            renderings: vec![Rendering::of(&program)],
            running_blocks: Vec::new(),
            changes: Vec::new(),
        };
        machine.calls.push(Call { program, chunk: 0, at: 0, after: After::Nothing });
        machine
    }

    /// Runs until the page is done, `None`, or a lazy value is needed.
    pub(crate) fn run(&mut self) -> Result<Option<Lazy>, TemplateError> {
        while let Some(call) = self.calls.last() {
            let (program, chunk, mut at) = (Arc::clone(&call.program), call.chunk, call.at);
            let ops = &program.chunks[chunk].ops;
            let called = loop {
                let Some(op) = ops.get(at) else { break None };
                match self.step(&program, op) {
                    Ok(Flow::Next) => at += 1,
                    Ok(Flow::To(target)) => at = target,
                    Ok(Flow::Call(call)) => {
                        at += 1;
                        break Some(call);
                    }
                    Err(Stop::Lazy(lazy)) => {
                        self.save(at);
                        return Ok(Some(lazy));
                    }
                    Err(Stop::Super(index)) => match self.call_super(index) {
                        Ok(Some(call)) => break Some(call),
                        Ok(None) => continue,
                        Err(error) => return Err(self.locate(error, &program, chunk, at)),
                    },
                    Err(Stop::Missing(name)) => {
                        let error = ErrorKind::VariableDoesNotExist(name.to_string()).into();
                        return Err(self.locate(error, &program, chunk, at));
                    }
                    Err(Stop::Error(error)) => return Err(self.locate(error, &program, chunk, at)),
                }
                self.scope.rendered_super = None;
                if self.out.len() > MAX_OUTPUT {
                    return Err(self.locate(
                        ErrorKind::Limit("size of the output").into(),
                        &program,
                        chunk,
                        at,
                    ));
                }
            };
            self.save(at);
            match called {
                Some(_) if self.calls.len() >= MAX_CALLS => {
                    return Err(self.locate(
                        ErrorKind::Limit("depth of includes and blocks").into(),
                        &program,
                        chunk,
                        at.saturating_sub(1),
                    ));
                }
                Some(call) => self.calls.push(call),
                None => self.finish(),
            }
        }
        Ok(None)
    }

    fn save(&mut self, at: usize) {
        if let Some(call) = self.calls.last_mut() {
            call.at = at;
        }
    }

    fn locate(&self, error: TemplateError, program: &Program, chunk: usize, at: usize) -> TemplateError {
        let error = program.locate(error, chunk, at);
        if self.engine.debug() { error.with_source(&program.source) } else { error }
    }

    fn finish(&mut self) {
        match self.calls.pop().map(|call| call.after) {
            Some(After::Block(restore)) => self.end_block(restore),
            Some(After::Super(restore)) => {
                self.end_block(restore);
                self.scope.rendered_super = Some(Value::safe(self.end_capture()));
            }
            Some(After::Include { only }) => {
                self.renderings.pop();
                if only { self.scope.pop_isolated() } else { self.scope.pop() }
            }
            Some(After::Nothing) | None => {}
        }
    }

    fn step(&mut self, program: &Arc<Program>, op: &Op) -> Result<Flow, Stop> {
        match op {
            Op::Text(range) => self.out.push_str(&program.source[Range::clone(range)]),
            Op::Literal(text) => self.out.push_str(text),
            Op::Print(expression) => {
                let value = self.scope.evaluate(expression, &self.env)?;
                self.env.print(&value, &mut self.out);
            }
            Op::Write(expression) => {
                let value = self.scope.evaluate(expression, &self.env)?;
                self.out.push_str(&value.to_text());
            }
            Op::Branch(condition, otherwise) => {
                if !self.scope.holds(condition, &self.env)? {
                    return Ok(Flow::To(*otherwise));
                }
            }
            Op::Jump(target) => return Ok(Flow::To(*target)),
            Op::For(loop_) => return self.begin_loop(loop_),
            Op::Next(body) => return self.next_item(*body),
            Op::PushFrame => self.scope.push(),
            Op::PopFrame => self.scope.pop(),
            Op::With(assignments) => {
                let values = self.assignments(assignments)?;
                self.scope.push();
                self.set_all(values);
            }
            Op::Change(change) => self.change(change)?,
            Op::Restore => {
                if let Some(env) = self.changes.pop() {
                    self.env = env;
                }
            }
            Op::Block(index) => return self.begin_block(program, *index).map(Flow::Call),
            Op::Include(include) => return self.begin_include(include, &program.name),
            Op::Extends(parent) => return self.begin_parent(parent, program),
            Op::BeginCapture => self.begin_capture(),
            Op::EndFilterCapture => {
                let text = self.end_capture();
                self.scope.push();
                self.scope.set(&Arc::from("var"), Value::safe(text));
            }
            Op::EndSpaceless => {
                let text = self.end_capture();
                strip_spaces_between_tags(text.trim(), &mut self.out);
            }
            Op::IfChanged(expressions, otherwise) => {
                let values = expressions.iter().map(|expression| {
                    self.scope.evaluate_or_none(expression, &self.env).map(Cow::into_owned)
                });
                let values = Value::list(values.collect::<Result<Vec<_>, _>>()?);
                if !self.changed(expressions.as_ptr().addr(), values) {
                    return Ok(Flow::To(*otherwise));
                }
            }
            Op::IfContentChanged(key, target) => {
                let text = self.end_capture();
                if self.changed(Arc::as_ptr(key).addr(), Value::from(text.as_str())) {
                    self.out.push_str(&text);
                    return Ok(Flow::To(*target));
                }
            }
            Op::Tag(tag) => tag.render(self)?,
        }
        Ok(Flow::Next)
    }

    /// The value of an expression, owned.
    pub(crate) fn evaluate(&self, expression: &Expression) -> Result<Value, Stop> {
        self.scope.evaluate(expression, &self.env).map(Cow::into_owned)
    }

    /// The value of an expression, `None` if the variable does not exist.
    pub(crate) fn evaluate_or_none(&self, expression: &Expression) -> Result<Value, Stop> {
        self.scope.evaluate_or_none(expression, &self.env).map(Cow::into_owned)
    }

    /// Writes a value as `{{ value }}` does.
    pub(crate) fn print(&mut self, value: &Value) {
        self.env.print(value, &mut self.out);
    }

    /// Writes text as it is, or puts it into a variable as safe text.
    pub(crate) fn write_or_set(&mut self, text: String, name: Option<&Arc<str>>) {
        match name {
            Some(name) => self.scope.set(name, Value::safe(text)),
            None => self.out.push_str(&text),
        }
    }

    pub(crate) fn rendering(&mut self) -> &mut Rendering {
        if self.renderings.is_empty() {
            self.renderings.push(Rendering::default());
        }
        let last = self.renderings.len() - 1;
        &mut self.renderings[last]
    }

    fn begin_capture(&mut self) {
        self.captures.push(std::mem::take(&mut self.out));
    }

    fn end_capture(&mut self) -> String {
        let outer = self.captures.pop().unwrap_or_default();
        std::mem::replace(&mut self.out, outer)
    }

    fn assignments(&self, assignments: &[(Arc<str>, Expression)]) -> Result<Vec<(Arc<str>, Value)>, Stop> {
        assignments
            .iter()
            .map(|(name, expression)| Ok((Arc::clone(name), self.evaluate(expression)?)))
            .collect()
    }

    fn set_all(&mut self, values: Vec<(Arc<str>, Value)>) {
        for (name, value) in values {
            self.scope.set(&name, value);
        }
    }

    fn change(&mut self, change: &Change) -> Result<(), Stop> {
        let mut env = self.env.clone();
        match change {
            Change::Autoescape(on) => env.autoescape = *on,
            Change::Localize(on) => env.use_l10n = *on,
            Change::LocalTime(on) => env.use_tz = *on,
            Change::TimeZone(expression) => {
                env.time_zone = super::tags::localize::zone_of(&self.evaluate(expression)?, &env)?
            }
            Change::Language(expression) => env.language = self.evaluate(expression)?.as_str().map(Arc::from),
        }
        self.changes.push(std::mem::replace(&mut self.env, env));
        Ok(())
    }

    fn begin_include(&mut self, include: &Include, from: &str) -> Result<Flow, Stop> {
        let template = self.evaluate(&include.template)?;
        let program = self.find_included(&template, from)?;
        let values = self.assignments(&include.with)?;
        if include.only {
            self.scope.push_isolated()
        } else {
            self.scope.push()
        }
        self.set_all(values);
        self.renderings.push(Rendering::of(&program));
        Ok(Flow::Call(Call { program, chunk: 0, at: 0, after: After::Include { only: include.only } }))
    }

    fn find_included(&self, template: &Value, from: &str) -> Result<Arc<Program>, TemplateError> {
        let names = match template {
            Value::List(names) | Value::Tuple(names) => {
                names.iter().map(|name| name.to_text().into_owned()).collect()
            }
            value if !value.is_true() => Vec::new(),
            value => vec![super::tags::inherit::relative_path(from, &value.to_text(), true)?],
        };
        for name in &names {
            match self.engine.find(name, &[]) {
                Err(error) if matches!(error.kind(), ErrorKind::DoesNotExist(missing) if missing == name) => {
                }
                found => return found,
            }
        }
        let missing =
            if names.is_empty() { "No template names provided".to_owned() } else { names.join(", ") };
        Err(ErrorKind::DoesNotExist(missing).into())
    }
}
