//! `variable.attribute|filter:argument`: compiled once, evaluated without allocation where the value allows it.

use std::sync::Arc;

use super::error::TemplateError;
use super::filters::{self, Filter};
use super::lexer::quoted_length;
use super::value::Value;

/// A compiled filter expression.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) text: Arc<str>,
    pub(crate) operand: Operand,
    pub(crate) filters: Box<[FilterCall]>,
}

/// What stands at the head of an expression or as the argument of a filter.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Constant(Value),
    /// `_("text")`: translated when rendered.
    Translated(Arc<str>),
    Variable(Variable),
}

/// A dotted path into the context.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) text: Arc<str>,
    pub(crate) path: Box<[Key]>,
}

/// One step of a path: a name, and the same as a number where it is one.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: Arc<str>,
    pub(crate) index: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct FilterCall {
    pub(crate) filter: &'static Filter,
    pub(crate) argument: Option<Operand>,
}

impl Expression {
    /// Parses `text`; `known` answers the filters that are loaded.
    pub(crate) fn parse(
        text: &str,
        known: &dyn Fn(&str) -> Option<&'static Filter>,
    ) -> Result<Self, TemplateError> {
        let remainder = |rest: &str| {
            TemplateError::syntax(format!("Could not parse the remainder: '{rest}' from '{text}'"))
        };
        let Some(length) = operand_length(text) else {
            return Err(match filter_length(text) {
                Some(_) => TemplateError::syntax(format!("Could not find variable at start of {text}.")),
                None => remainder(text),
            });
        };
        let operand = Operand::parse(&text[..length])?;
        let mut calls = Vec::new();
        let mut rest = &text[length..];
        while !rest.is_empty() {
            let Some((name, argument, length)) = filter_length(rest) else { return Err(remainder(rest)) };
            let filter =
                known(name).ok_or_else(|| TemplateError::syntax(format!("Invalid filter: '{name}'")))?;
            let argument = argument.map(Operand::parse).transpose()?;
            filters::check_arguments(filter, argument.is_some())?;
            calls.push(FilterCall { filter, argument });
            rest = &rest[length..];
        }
        Ok(Self { text: text.into(), operand, filters: calls.into() })
    }

    /// The name, where the expression is a bare variable.
    pub(crate) fn is_variable(&self) -> bool {
        matches!(self.operand, Operand::Variable(_))
    }
}

impl Operand {
    fn parse(text: &str) -> Result<Self, TemplateError> {
        if let Some(number) = parse_number(text) {
            return Ok(Self::Constant(number));
        }
        if let Some(inner) = text.strip_prefix("_(").and_then(|text| text.strip_suffix(')')) {
            return Ok(Self::Translated(unescape(inner).unwrap_or_else(|| inner.into()).into()));
        }
        if let Some(constant) = unescape(text) {
            return Ok(Self::Constant(Value::safe(constant)));
        }
        if text.contains("._") || text.starts_with('_') {
            return Err(TemplateError::syntax(format!(
                "Variables and attributes may not begin with underscores: '{text}'"
            )));
        }
        let path = text.split('.').map(|name| Key { name: name.into(), index: name.parse().ok() }).collect();
        Ok(Self::Variable(Variable { text: text.into(), path }))
    }
}

/// A number as Python's template language reads it: `5`, `-7`, `2.5`, `1e3`, but not `2.`.
fn parse_number(text: &str) -> Option<Value> {
    let first = text.trim_start_matches(['+', '-']).chars().next()?;
    if text.contains('.') || text.contains(['e', 'E']) {
        // Python's float() also reads "inf" and "nan", which have neither a dot nor an e.
        let well_formed = (first.is_ascii_digit() || first == '.') && !text.ends_with('.');
        return well_formed.then(|| text.parse().ok().map(Value::Float)).flatten();
    }
    if !first.is_ascii_digit() {
        return None;
    }
    super::value::parse_int(text).map(Value::from)
}

/// The text of a quoted literal, without its quotes and escapes (`unescape_string_literal`).
pub(crate) fn unescape(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    if text.len() < 2 || !text.ends_with(quote) {
        return None;
    }
    Some(text[1..text.len() - 1].replace(&format!("\\{quote}"), &quote.to_string()).replace("\\\\", "\\"))
}

/// The length of the constant, variable or number that `text` begins with.
fn operand_length(text: &str) -> Option<usize> {
    if let Some(inner) = text.strip_prefix("_(")
        && inner.starts_with(['"', '\''])
    {
        let length = quoted_length(inner)?;
        return inner[length..].starts_with(')').then_some(length + 3);
    }
    if text.starts_with(['"', '\'']) {
        return quoted_length(text);
    }
    let name = text.find(|c: char| !is_word(c) && c != '.').unwrap_or(text.len());
    if name > 0 {
        return Some(name);
    }
    let digits = text.strip_prefix(['-', '+'])?;
    let body = digits.strip_prefix('.').unwrap_or(digits);
    let end = body.find(|c: char| !c.is_ascii_digit() && c != '.' && c != 'e').unwrap_or(body.len());
    body.starts_with(|c: char| c.is_ascii_digit()).then_some(text.len() - body.len() + end)
}

/// The name, argument and length of the `|filter:argument` that `text` begins with.
fn filter_length(text: &str) -> Option<(&str, Option<&str>, usize)> {
    let name_and_rest = text.trim_start().strip_prefix('|')?.trim_start();
    let end = name_and_rest.find(|c| !is_word(c)).unwrap_or(name_and_rest.len());
    if end == 0 {
        return None;
    }
    let (name, rest) = name_and_rest.split_at(end);
    let (argument, rest) = match rest
        .strip_prefix(':')
        .and_then(|rest| operand_length(rest).map(|length| rest.split_at(length)))
    {
        Some((argument, rest)) => (Some(argument), rest),
        None => (None, rest),
    };
    // A blank after the last filter belongs to it, as in the verbose expression that Django matches with.
    Some((name, argument, text.len() - rest.len()))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
