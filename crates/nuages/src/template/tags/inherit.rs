//! `{% extends %}`, `{% block %}`, `{% include %}`.

use crate::template::error::TemplateError;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::{Include, Op};

pub(crate) fn block<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let bits: Vec<&str> = tag.content.split_whitespace().collect();
    let [_, name] = bits.as_slice() else {
        return Err(TemplateError::syntax("'block' tag takes only one argument"));
    };
    let index = parser.add_block(name)?;
    parser.emit(Op::Block(index));
    let chunk = parser.separate(|parser| {
        let end = parser.parse_until(&["endblock"])?;
        if end.content == "endblock" || end.content == format!("endblock {name}") {
            return Ok(());
        }
        Err(TemplateError::syntax(format!(
            "Invalid block tag on line {}: 'endblock', expected 'endblock' or 'endblock {name}'. Did you forget to register or load this tag?",
            end.line
        )))
    })?;
    parser.set_block_chunk(index, chunk);
    Ok(())
}

/// The rest of a template that extends another counts only for its blocks.
pub(crate) fn extends<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let bits = tag.split();
    let [_, parent] = bits.as_slice() else {
        return Err(TemplateError::syntax("'extends' takes one argument"));
    };
    let parent = relative_path(&parser.name, parent, false)?;
    let parent = parser.expression(&parent)?;
    parser.emit(Op::Extends(Box::new(parent)));
    if parser.mark_extends() {
        return Err(TemplateError::syntax("'extends' cannot appear more than once in the same template"));
    }
    parser.separate(|parser| parser.parse_rest())?;
    Ok(())
}

pub(crate) fn include<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let bits = tag.split();
    let Some(template) = bits.get(1) else {
        return Err(TemplateError::syntax(
            "'include' tag takes at least one argument: the name of the template to be included.",
        ));
    };
    let mut rest = bits[2..].to_vec();
    let mut seen = Vec::new();
    let mut with = None;
    while !rest.is_empty() {
        let option = rest.remove(0);
        if seen.contains(&option) {
            return Err(TemplateError::syntax(format!(
                "The '{option}' option was specified more than once."
            )));
        }
        match option {
            "with" => {
                let assignments = parser.assignments(&mut rest, false)?;
                if assignments.is_empty() {
                    return Err(TemplateError::syntax(
                        "\"with\" in 'include' tag needs at least one keyword argument.",
                    ));
                }
                with = Some(assignments);
            }
            "only" => {}
            _ => {
                return Err(TemplateError::syntax(format!(
                    "Unknown argument for 'include' tag: '{option}'."
                )));
            }
        }
        seen.push(option);
    }
    let template = relative_path(&parser.name, template, true)?;
    let template = parser.expression(&template)?;
    parser.emit(Op::Include(Box::new(Include {
        template,
        with: with.unwrap_or_default(),
        only: seen.contains(&"only"),
    })));
    Ok(())
}

/// Resolves `./x.html` and `../x.html` against the template they stand in (`construct_relative_path`).
pub(crate) fn relative_path(from: &str, name: &str, allow_recursion: bool) -> Result<String, TemplateError> {
    let bare = name.trim_matches(['\'', '"']);
    if !bare.starts_with("./") && !bare.starts_with("../") {
        return Ok(name.to_owned());
    }
    let from = from.trim_start_matches('/');
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in bare.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                return Err(TemplateError::syntax(format!(
                    "The relative path '{name}' points outside the file hierarchy that template '{from}' is in."
                )));
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if !allow_recursion && path == from {
        return Err(TemplateError::syntax(format!(
            "The relative path '{name}' was translated to template name '{path}', the same template in which the tag appears."
        )));
    }
    Ok(match name.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
        Some(quote) => [quote.to_string(), path, quote.to_string()].concat(),
        None => path,
    })
}
