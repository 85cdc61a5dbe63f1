//! `{% if %}`, `{% for %}`, `{% with %}`, `{% ifchanged %}`.

use std::sync::Arc;

use crate::template::condition;
use crate::template::error::TemplateError;
use crate::template::expression::Expression;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::{For, Op};

pub(crate) fn if_<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let mut ends = Vec::new();
    let mut tag = tag;
    loop {
        let words = tag.split();
        let condition = condition::parse(&words[1..], &|word| parser.expression(word))?;
        let branch = parser.emit(Op::Branch(condition, 0));
        tag = parser.parse_until(&["elif", "else", "endif"])?;
        if tag.content == "endif" {
            parser.land(branch);
            break;
        }
        ends.push(parser.emit(Op::Jump(0)));
        parser.land(branch);
        if tag.content.starts_with("elif") {
            continue;
        }
        if tag.content == "else" {
            tag = parser.parse_until(&["endif"])?;
        }
        if tag.content == "endif" {
            break;
        }
        return Err(TemplateError::syntax(format!(
            "Malformed template tag at line {}: \"{}\"",
            tag.line, tag.content
        )));
    }
    for end in ends {
        parser.land(end);
    }
    Ok(())
}

pub(crate) fn for_<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let bits = tag.split();
    let error = |what: &str| TemplateError::syntax(format!("{what}: {}", tag.content));
    if bits.len() < 4 {
        return Err(error("'for' statements should have at least four words"));
    }
    let reversed = bits.last() == Some(&"reversed");
    let in_index = bits.len() - if reversed { 3 } else { 2 };
    if bits[in_index] != "in" {
        return Err(error("'for' statements should use the format 'for x in y'"));
    }
    let joined = bits[1..in_index].join(" ");
    let names: Vec<&str> = joined.split(',').map(|name| name.trim_matches(' ')).collect();
    if names.iter().any(|name| name.is_empty() || name.contains([' ', '"', '\'', '|'])) {
        return Err(error("'for' tag received an invalid argument"));
    }
    let sequence = parser.expression(bits[in_index + 1])?;
    let names = names.into_iter().map(Arc::from).collect();
    let begin = parser.emit(Op::For(Box::new(For { names, sequence, reversed, empty: 0 })));
    let body = parser.here();
    let end = parser.parse_until(&["empty", "endfor"])?;
    parser.emit(Op::Next(body));
    if end.content == "empty" {
        let skip = parser.emit(Op::Jump(0));
        parser.land(begin);
        parser.emit(Op::PushFrame);
        parser.parse_until(&["endfor"])?;
        parser.emit(Op::PopFrame);
        parser.land(skip);
    } else {
        parser.land(begin);
    }
    Ok(())
}

pub(crate) fn with<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let mut bits = tag.split();
    bits.remove(0);
    let assignments = parser.assignments(&mut bits, true)?;
    if assignments.is_empty() {
        return Err(TemplateError::syntax("'with' expected at least one variable assignment"));
    }
    if let Some(bit) = bits.first() {
        return Err(TemplateError::syntax(format!("'with' received an invalid token: '{bit}'")));
    }
    parser.emit(Op::With(assignments));
    parser.parse_until(&["endwith"])?;
    parser.emit(Op::PopFrame);
    Ok(())
}

/// With expressions the body is rendered only if one changed; without, it is rendered to be compared.
pub(crate) fn ifchanged<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let expressions: Arc<[Expression]> =
        tag.split()[1..].iter().map(|bit| parser.expression(bit)).collect::<Result<_, _>>()?;
    if expressions.is_empty() {
        parser.emit(Op::BeginCapture);
        let end = parser.parse_until(&["else", "endifchanged"])?;
        // An empty slice has no address of its own to be known by, so the key is a slice of one.
        let branch = parser.emit(Op::IfContentChanged(Arc::new([parser.expression("None")?]), 0));
        if end.content == "else" {
            parser.parse_until(&["endifchanged"])?;
        }
        parser.land(branch);
        return Ok(());
    }
    let branch = parser.emit(Op::IfChanged(expressions, 0));
    let end = parser.parse_until(&["else", "endifchanged"])?;
    if end.content == "else" {
        let skip = parser.emit(Op::Jump(0));
        parser.land(branch);
        parser.parse_until(&["endifchanged"])?;
        parser.land(skip);
    } else {
        parser.land(branch);
    }
    Ok(())
}
