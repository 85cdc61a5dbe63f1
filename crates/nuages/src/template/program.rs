//! A compiled template: instructions for the machine.
//!
//! `{% if a %}x{% endif %}y` is `Branch(a, 2) Text(x) Text(y)`.

use std::ops::Range;
use std::sync::Arc;

use super::condition::Condition;
use super::error::TemplateError;
use super::expression::Expression;
use super::tags::Tag;

/// A compiled template.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: Arc<str>,
    pub(crate) source: Arc<str>,
    /// Which loader it came from, so that a template may extend its namesake of the next loader.
    pub(crate) loader: usize,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) extends: bool,
}

/// A run of instructions: the template itself (the first) or the body of a block.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) ops: Vec<Op>,
    pub(crate) places: Vec<Place>,
}

/// Where an instruction was written.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) content: Range<usize>,
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) name: Arc<str>,
    pub(crate) chunk: usize,
}

/// `name=expression` of `{% with %}` and `{% include %}`.
pub(crate) type Assignments = Box<[(Arc<str>, Expression)]>;

/// One instruction. Jump targets are indices into the chunk's instructions.
#[derive(Debug)]
pub(crate) enum Op {
    /// Writes a part of the source.
    Text(Range<usize>),
    /// Writes text made at compile time.
    Literal(Arc<str>),
    Print(Expression),
    /// Writes the value without escaping.
    Write(Expression),
    /// Goes on if the condition is true, else jumps.
    Branch(Condition, usize),
    Jump(usize),
    For(Box<For>),
    /// The end of a loop's body: takes the next item and jumps to the body, or leaves the loop.
    Next(usize),
    PushFrame,
    PopFrame,
    With(Assignments),
    Change(Change),
    /// Ends the reach of the last [`Op::Change`].
    Restore,
    Block(usize),
    Include(Box<Include>),
    Extends(Box<Expression>),
    BeginCapture,
    /// Puts what was captured into the variable `var` of a new frame.
    EndFilterCapture,
    EndSpaceless,
    /// Goes on if the values changed since the last time here, else jumps.
    IfChanged(Arc<[Expression]>, usize),
    /// Writes what was captured and jumps if it changed, else goes on.
    IfContentChanged(Arc<[Expression]>, usize),
    Tag(Box<dyn Tag>),
}

#[derive(Debug)]
pub(crate) struct For {
    pub(crate) names: Box<[Arc<str>]>,
    pub(crate) sequence: Expression,
    pub(crate) reversed: bool,
    /// Where to go if there is nothing to loop over.
    pub(crate) empty: usize,
}

#[derive(Debug)]
pub(crate) struct Include {
    pub(crate) template: Expression,
    pub(crate) with: Assignments,
    pub(crate) only: bool,
}

/// A setting that holds for the body of a tag.
#[derive(Debug)]
pub(crate) enum Change {
    Autoescape(bool),
    Localize(bool),
    LocalTime(bool),
    TimeZone(Expression),
    Language(Expression),
}

impl Program {
    /// Puts the place of an instruction on an error that has none.
    pub(crate) fn locate(&self, error: TemplateError, chunk: usize, at: usize) -> TemplateError {
        match self.chunks.get(chunk).and_then(|chunk| chunk.places.get(at)) {
            Some(place) => error.at(&self.name, place.line, &self.source[place.content.clone()]),
            None => error.at(&self.name, 1, ""),
        }
    }
}
