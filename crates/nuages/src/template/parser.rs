//! From tokens to instructions (Django's `Parser`). The tags themselves are in [`super::tags`].

use std::sync::Arc;

use super::error::{ErrorKind, TemplateError};
use super::expression::Expression;
use super::filters::Filter;
use super::lexer::{Token, TokenKind, split_contents, tokenize};
use super::library::{self, Library};
use super::program::{Assignments, Block, Chunk, Op, Place, Program};
use super::tags::cycle::Cycle;

/// The longest source that is compiled, in bytes.
const MAX_SOURCE: usize = 1024 * 1024;
/// How deep tags may stand in each other.
const MAX_NESTING: usize = 100;

type Result<T> = std::result::Result<T, TemplateError>;

/// A tag as a tag's own parser sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagToken<'s> {
    pub(crate) content: &'s str,
    pub(crate) line: u32,
}

impl<'s> TagToken<'s> {
    /// The words of the tag, its name first.
    pub(crate) fn split(&self) -> Vec<&'s str> {
        split_contents(self.content)
    }
}

/// The state of compiling one template.
pub(crate) struct Parser<'s> {
    pub(crate) name: Arc<str>,
    source: &'s str,
    tokens: std::vec::IntoIter<Token>,
    place: Place,
    loaded: Vec<(&'static Library, Option<Vec<&'s str>>)>,
    done: Vec<Option<Chunk>>,
    chunk: Chunk,
    blocks: Vec<Block>,
    open: Vec<(&'s str, u32)>,
    only_text: bool,
    extends: bool,
    pub(crate) named_cycles: Vec<(&'s str, Arc<Cycle>)>,
    pub(crate) last_cycle: Option<Arc<Cycle>>,
}

/// Compiles `source`, which `loader` found under `name`.
pub(crate) fn compile(name: &Arc<str>, source: &str, loader: usize) -> Result<Program> {
    if source.len() > MAX_SOURCE {
        return Err(TemplateError::from(ErrorKind::Limit("size of a template")).at(name, 1, ""));
    }
    let mut parser = Parser {
        name: Arc::clone(name),
        source,
        tokens: tokenize(source).into_iter(),
        place: Place { line: 1, content: 0..0 },
        loaded: Vec::new(),
        done: vec![None],
        chunk: Chunk::default(),
        blocks: Vec::new(),
        open: Vec::new(),
        only_text: true,
        extends: false,
        named_cycles: Vec::new(),
        last_cycle: None,
    };
    if let Err(error) = parser.parse_rest() {
        return Err(error.at(name, parser.place.line, &source[parser.place.content]));
    }
    parser.done[0].get_or_insert(parser.chunk);
    Ok(Program {
        name: Arc::clone(name),
        source: source.into(),
        loader,
        chunks: parser.done.into_iter().map(Option::unwrap_or_default).collect(),
        blocks: parser.blocks,
        extends: parser.extends,
    })
}

impl<'s> Parser<'s> {
    /// Appends an instruction and answers its index.
    pub(crate) fn emit(&mut self, op: Op) -> usize {
        self.chunk.ops.push(op);
        self.chunk.places.push(self.place.clone());
        self.chunk.ops.len() - 1
    }

    /// The index that the next instruction will have.
    pub(crate) fn here(&self) -> usize {
        self.chunk.ops.len()
    }

    /// Makes the jump at `at` go to the next instruction.
    pub(crate) fn land(&mut self, at: usize) {
        let here = self.here();
        match &mut self.chunk.ops[at] {
            Op::Branch(_, target)
            | Op::Jump(target)
            | Op::IfChanged(_, target)
            | Op::IfContentChanged(_, target) => *target = here,
            Op::For(loop_) => loop_.empty = here,
            _ => {}
        }
    }

    /// Compiles a filter expression.
    pub(crate) fn expression(&self, text: &str) -> Result<Expression> {
        Expression::parse(text, &|name| self.filter(name))
    }

    fn filter(&self, name: &str) -> Option<&'static Filter> {
        let loaded = self
            .loaded
            .iter()
            .rev()
            .filter(|(_, names)| names.as_ref().is_none_or(|names| names.contains(&name)));
        loaded
            .map(|(library, _)| *library)
            .chain([&library::BUILTINS])
            .find_map(|library| library.filter(name))
    }

    fn tag(&self, name: &str) -> Option<library::ParseTag> {
        let loaded = self
            .loaded
            .iter()
            .rev()
            .filter(|(_, names)| names.as_ref().is_none_or(|names| names.contains(&name)));
        loaded.map(|(library, _)| *library).chain([&library::BUILTINS]).find_map(|library| library.tag(name))
    }

    /// Makes the tags and filters of a library known; with `names`, only those.
    pub(crate) fn load(&mut self, library: &'static Library, names: Option<Vec<&'s str>>) {
        self.loaded.push((library, names));
    }

    /// Compiles up to one of the tags `ends`, and answers that tag.
    pub(crate) fn parse_until(&mut self, ends: &[&str]) -> Result<TagToken<'s>> {
        match self.parse(ends)? {
            Some(end) => Ok(end),
            None => Err(self.unclosed(&ends.join(", "))),
        }
    }

    /// Compiles the rest of the template.
    pub(crate) fn parse_rest(&mut self) -> Result<()> {
        self.parse(&[]).map(drop)
    }

    fn parse(&mut self, ends: &[&str]) -> Result<Option<TagToken<'s>>> {
        if self.open.len() > MAX_NESTING {
            return Err(ErrorKind::Limit("nesting of tags").into());
        }
        let outer = std::mem::replace(&mut self.only_text, true);
        while let Some(token) = self.tokens.next() {
            self.place = Place { line: token.line, content: token.content.clone() };
            let content = &self.source[token.content.clone()];
            match token.kind {
                TokenKind::Text => _ = self.emit(Op::Text(token.content)),
                TokenKind::Comment => {}
                TokenKind::Variable => {
                    self.only_text = false;
                    let empty =
                        || Err(TemplateError::syntax(format!("Empty variable tag on line {}", token.line)));
                    let expression = if content.is_empty() { empty() } else { self.expression(content) };
                    let expression = expression.map_err(|error| error.at(&self.name, token.line, content))?;
                    self.emit(match (&expression.operand, expression.filters.is_empty()) {
                        (super::expression::Operand::Constant(super::value::Value::Safe(text)), true) => {
                            Op::Literal(Arc::clone(text))
                        }
                        _ => Op::Print(expression),
                    });
                }
                TokenKind::Block => {
                    let Some(name) = content.split_whitespace().next() else {
                        return Err(TemplateError::syntax(format!("Empty block tag on line {}", token.line)));
                    };
                    let tag = TagToken { content, line: token.line };
                    if ends.contains(&name) {
                        self.only_text = outer;
                        return Ok(Some(tag));
                    }
                    self.run_tag(name, tag, ends)?;
                }
            }
        }
        self.only_text = outer;
        Ok(None)
    }

    fn run_tag(&mut self, name: &'s str, tag: TagToken<'s>, ends: &[&str]) -> Result<()> {
        let Some(parse) = self.tag(name) else {
            let expected =
                if ends.is_empty() { String::new() } else { format!(", expected {}", text_list(ends)) };
            return Err(TemplateError::syntax(format!(
                "Invalid block tag on line {}: '{name}'{expected}. Did you forget to register or load this tag?",
                tag.line
            )));
        };
        let place = self.place.clone();
        let first = self.only_text;
        self.open.push((name, tag.line));
        parse(self, tag).map_err(|error| error.at(&self.name, tag.line, tag.content))?;
        self.open.pop();
        if name == "extends" && !first {
            let message = format!("{{% {} %}} must be the first tag in '{}'.", tag.content, self.name);
            return Err(TemplateError::syntax(message).at(&self.name, tag.line, tag.content));
        }
        self.place = place;
        self.only_text = false;
        Ok(())
    }

    fn unclosed(&self, ends: &str) -> TemplateError {
        let (name, line) = self.open.last().copied().unwrap_or(("", 1));
        TemplateError::syntax(format!("Unclosed tag on line {line}: '{name}'. Looking for one of: {ends}."))
    }

    /// Skips everything up to the tag `end` (`{% comment %}`).
    pub(crate) fn skip_past(&mut self, end: &str) -> Result<()> {
        for token in self.tokens.by_ref() {
            if token.kind == TokenKind::Block && &self.source[token.content] == end {
                return Ok(());
            }
        }
        Err(self.unclosed(end))
    }

    /// Takes the next token as it is, for `{% blocktranslate %}`.
    pub(crate) fn next_token(&mut self) -> Option<(TokenKind, &'s str)> {
        let token = self.tokens.next()?;
        Some((token.kind, &self.source[token.content]))
    }

    /// Compiles what `body` parses into a chunk of its own and answers its index.
    pub(crate) fn separate(&mut self, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<usize> {
        let index = self.done.len();
        self.done.push(None);
        let outer = std::mem::take(&mut self.chunk);
        body(self)?;
        self.done[index] = Some(std::mem::replace(&mut self.chunk, outer));
        Ok(index)
    }

    /// Registers a block; its name must be new.
    pub(crate) fn add_block(&mut self, name: &str) -> Result<usize> {
        if self.blocks.iter().any(|block| &*block.name == name) {
            return Err(TemplateError::syntax(format!(
                "'block' tag with name '{name}' appears more than once"
            )));
        }
        self.blocks.push(Block { name: name.into(), chunk: 0 });
        Ok(self.blocks.len() - 1)
    }

    pub(crate) fn set_block_chunk(&mut self, block: usize, chunk: usize) {
        self.blocks[block].chunk = chunk;
    }

    /// Marks the template as extending another; answers whether it was marked already.
    pub(crate) fn mark_extends(&mut self) -> bool {
        std::mem::replace(&mut self.extends, true)
    }

    /// Takes leading `name=value` words off `bits` (`token_kwargs`); `legacy` also reads `value as name and …`.
    pub(crate) fn assignments(&self, bits: &mut Vec<&'s str>, legacy: bool) -> Result<Assignments> {
        let mut pairs: Vec<(Arc<str>, Expression)> = Vec::new();
        let keyword = bits.first().is_some_and(|bit| keyword(bit).is_some());
        loop {
            let (name, value, length) = match bits.as_slice() {
                [first, ..] if keyword => match crate::template::parser::keyword(first) {
                    Some((name, value)) => (name, value, 1),
                    None => break,
                },
                [value, "as", name, ..] if legacy && !keyword => (*name, *value, 3),
                _ => break,
            };
            let expression = self.expression(value)?;
            match pairs.iter_mut().find(|(have, _)| &**have == name) {
                Some((_, old)) => *old = expression,
                None => pairs.push((name.into(), expression)),
            }
            bits.drain(..length);
            if !keyword {
                match bits.first() {
                    Some(&"and") => _ = bits.remove(0),
                    _ => break,
                }
            }
        }
        Ok(pairs.into())
    }
}

/// Splits `name=value`.
pub(crate) fn keyword(bit: &str) -> Option<(&str, &str)> {
    let (name, value) = bit.split_once('=')?;
    let word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (word && !value.is_empty()).then_some((name, value))
}

/// `'a', 'b' or 'c'`.
fn text_list(items: &[&str]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("'{item}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
