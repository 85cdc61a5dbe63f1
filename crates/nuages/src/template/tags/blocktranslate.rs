//! `{% blocktranslate %}`: a message with variables, and its plural.
//!
//! `{% blocktranslate count n=items|length %}{{ n }} item{% plural %}{{ n }} items{% endblocktranslate %}` looks up
//! `%(n)s item` / `%(n)s items`.

use std::sync::Arc;

use super::Tag;
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::expression::Expression;
use crate::template::lexer::TokenKind;
use crate::template::machine::Machine;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::{Assignments, Op};
use crate::template::scope::Stop;
use crate::template::value::{Number, Value, to_int};

type Result<T> = std::result::Result<T, TemplateError>;

#[derive(Debug)]
struct BlockTranslate {
    with: Assignments,
    count: Option<(Arc<str>, Expression)>,
    context: Option<Expression>,
    name: Option<Arc<str>>,
    singular: String,
    plural: Option<String>,
    tag: String,
}

pub(crate) fn blocktranslate<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let mut bits = tag.split();
    let tag_name = bits.remove(0);
    let mut block = BlockTranslate {
        with: Box::default(),
        count: None,
        context: None,
        name: None,
        singular: String::new(),
        plural: None,
        tag: tag_name.to_owned(),
    };
    let trimmed = options(parser, tag_name, &mut bits, &mut block)?;
    let (singular, mut end) = message(parser, trimmed);
    block.singular = singular;
    if block.count.is_none() {
        // Messages with a plural keep their newlines, in Django too.
        block.singular = block.singular.replace("\r\n", "\n").replace('\r', "\n");
    } else {
        if end.trim() != "plural" {
            return Err(TemplateError::syntax(format!(
                "'{tag_name}' doesn't allow other block tags inside it"
            )));
        }
        let (plural, after) = message(parser, trimmed);
        block.plural = Some(plural);
        end = after;
    }
    if end.trim().strip_prefix("end") != Some(tag_name) {
        return Err(TemplateError::syntax(format!(
            "'{tag_name}' doesn't allow other block tags (seen '{end}') inside it"
        )));
    }
    parser.emit(Op::Tag(Box::new(block)));
    Ok(())
}

/// Reads the options into `block` and answers whether `trimmed` is among them.
fn options<'s>(
    parser: &Parser<'s>,
    tag: &str,
    bits: &mut Vec<&'s str>,
    block: &mut BlockTranslate,
) -> Result<bool> {
    let mut seen: Vec<&str> = Vec::new();
    while !bits.is_empty() {
        let option = bits.remove(0);
        if seen.contains(&option) {
            return Err(TemplateError::syntax(format!(
                "The '{option}' option was specified more than once."
            )));
        }
        match option {
            "with" => {
                block.with = parser.assignments(bits, true)?;
                if block.with.is_empty() {
                    return Err(TemplateError::syntax(format!(
                        "\"with\" in '{tag}' tag needs at least one keyword argument."
                    )));
                }
            }
            "count" => match <[_; 1]>::try_from(parser.assignments(bits, true)?.into_vec()) {
                Ok([count]) => block.count = Some(count),
                Err(_) => {
                    return Err(TemplateError::syntax(format!(
                        "\"count\" in '{tag}' tag expected exactly one keyword argument."
                    )));
                }
            },
            "context" => {
                let wrong = || {
                    TemplateError::syntax(format!(
                        "\"context\" in '{tag}' tag expected exactly one argument."
                    ))
                };
                let value = if bits.is_empty() { return Err(wrong()) } else { bits.remove(0) };
                block.context = Some(parser.expression(value).map_err(|_| wrong())?);
            }
            "trimmed" => {}
            "asvar" if bits.is_empty() => {
                return Err(TemplateError::syntax(format!(
                    "No argument provided to the '{tag}' tag for the asvar option."
                )));
            }
            "asvar" => block.name = Some(bits.remove(0).into()),
            _ => return Err(TemplateError::syntax(format!("Unknown argument for '{tag}' tag: '{option}'."))),
        }
        seen.push(option);
    }
    Ok(seen.contains(&"trimmed"))
}

/// The message up to the next tag, which is answered too.
fn message<'s>(parser: &mut Parser<'s>, trimmed: bool) -> (String, &'s str) {
    let mut text = String::new();
    let mut end = "";
    while let Some((kind, content)) = parser.next_token() {
        end = content;
        match kind {
            TokenKind::Text => text.push_str(&content.replace('%', "%%")),
            TokenKind::Variable => text.extend(["%(", content, ")s"]),
            TokenKind::Block | TokenKind::Comment => break,
        }
    }
    (
        if trimmed {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
        } else {
            text
        },
        end,
    )
}

impl Tag for BlockTranslate {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let context = self.context.as_ref().map(|context| machine.evaluate(context)).transpose()?;
        let with = self
            .with
            .iter()
            .map(|(name, value)| Ok((name, machine.evaluate(value)?)))
            .collect::<std::result::Result<Vec<_>, Stop>>()?;
        machine.scope.push();
        for (name, value) in with {
            machine.scope.set(name, value);
        }
        let text = self.text(machine, context.as_ref());
        machine.scope.pop();
        machine.write_or_set(text?, self.name.as_ref());
        Ok(())
    }
}

impl BlockTranslate {
    fn text(&self, machine: &mut Machine<'_>, context: Option<&Value>) -> std::result::Result<String, Stop> {
        let mut number = None;
        if let Some((name, expression)) = &self.count {
            let count = machine.evaluate(expression)?;
            if Number::of(&count).is_none() {
                return Err(TemplateError::syntax(format!(
                    "'{name}' argument to '{}' tag must be a number.",
                    self.tag
                ))
                .into());
            }
            number = Some(
                to_int(&count).and_then(|count| u64::try_from(count.magnitude()).ok()).unwrap_or(u64::MAX),
            );
            machine.scope.set(name, count);
        }
        let env = &machine.env;
        let found = match (&self.plural, number, context.map(Value::to_text)) {
            (Some(plural), Some(number), Some(context)) => {
                env.npgettext(&context, &self.singular, plural, number)
            }
            (Some(plural), Some(number), None) => env.ngettext(&self.singular, plural, number),
            (_, _, Some(context)) => env.pgettext(&context, &self.singular),
            _ => env.gettext(&self.singular),
        };
        let names = [Some(&self.singular), self.plural.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|message| variables(message))
            .collect::<Vec<_>>();
        let fill = |message: &str| fill(message, &names, &|name| value_of(machine, env, name));
        // A translation that names a variable which the message lacks is passed over, as in Django.
        match fill(found)? {
            Some(text) => Ok(text),
            None => {
                let own = if number.is_none_or(|number| number == 1) {
                    &self.singular
                } else {
                    self.plural.as_ref().unwrap_or(&self.singular)
                };
                Ok(fill(own)?.unwrap_or_default())
            }
        }
    }
}

/// What `{{ name }}` prints inside the block: the variable of the whole name, dots included.
fn value_of(machine: &Machine<'_>, env: &Env, name: &str) -> std::result::Result<String, Stop> {
    let invalid = &env.settings.string_if_invalid;
    let value = match machine.scope.get(name) {
        Some(value) => value.into_owned(),
        None => Value::from(invalid.replace("%s", name)),
    };
    let value = match value {
        Value::Lazy(lazy) => lazy.get().cloned().ok_or(Stop::Lazy(lazy))?,
        value => value,
    };
    let mut text = String::new();
    env.print(&value, &mut text);
    Ok(text)
}

/// The names in `%(name)s`.
fn variables(message: &str) -> Vec<&str> {
    message.split("%(").skip(1).filter_map(|rest| rest.split_once(")s").map(|(name, _)| name)).collect()
}

/// Python's `message % values`; `None` if the message has a name that is not known or a bad directive.
fn fill(
    message: &str,
    names: &[&str],
    value: &dyn Fn(&str) -> std::result::Result<String, Stop>,
) -> std::result::Result<Option<String>, Stop> {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let Some((name, after)) = after.strip_prefix('(').and_then(|after| after.split_once(")s")) else {
            return Ok(None);
        };
        if !names.contains(&name) {
            return Ok(None);
        }
        out.push_str(&value(name)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(Some(out))
}
