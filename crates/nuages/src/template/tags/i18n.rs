//! `{% translate %}` and the tags that tell the language.

use std::sync::Arc;

pub(crate) use super::blocktranslate::blocktranslate;
use super::misc::dict;
use super::{Tag, take_as};
use crate::i18n::{LanguageInfo, language_info};
use crate::template::env::Env;
use crate::template::error::TemplateError;
use crate::template::expression::{Expression, Operand};
use crate::template::filters::language::language_of;
use crate::template::machine::Machine;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::Op;
use crate::template::scope::Stop;
use crate::template::value::Value;

type Result<T> = std::result::Result<T, TemplateError>;

#[derive(Debug)]
struct Translate {
    /// The message; a literal is not translated by the expression itself.
    message: Expression,
    noop: bool,
    context: Option<Expression>,
    name: Option<Arc<str>>,
}

pub(crate) fn translate<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits = tag.split();
    let Some(message) = bits.get(1) else {
        return Err(TemplateError::syntax(format!("'{}' takes at least one argument", bits[0])));
    };
    let mut translate =
        Translate { message: parser.expression(message)?, noop: false, context: None, name: None };
    let mut seen = Vec::new();
    let mut rest = bits[2..].iter().copied();
    while let Some(option) = rest.next() {
        if seen.contains(&option) {
            return Err(TemplateError::syntax(format!(
                "The '{option}' option was specified more than once."
            )));
        }
        let missing = || {
            TemplateError::syntax(format!(
                "No argument provided to the '{}' tag for the {option} option.",
                bits[0]
            ))
        };
        match option {
            "noop" => translate.noop = true,
            "context" => {
                let value = rest.next().ok_or_else(missing)?;
                if matches!(value, "as" | "noop") {
                    return Err(TemplateError::syntax(format!(
                        "Invalid argument '{value}' provided to the '{}' tag for the context option",
                        bits[0]
                    )));
                }
                translate.context = Some(parser.expression(value)?);
            }
            "as" => translate.name = Some(rest.next().ok_or_else(missing)?.into()),
            _ => {
                return Err(TemplateError::syntax(format!(
                    "Unknown argument for '{}' tag: '{option}'. The only options available are 'noop', 'context' \"xxx\", and 'as VAR'.",
                    bits[0]
                )));
            }
        }
        seen.push(option);
    }
    parser.emit(Op::Tag(Box::new(translate)));
    Ok(())
}

impl Tag for Translate {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let context = self.context.as_ref().map(|context| machine.evaluate(context)).transpose()?;
        let message = match &self.message.operand {
            Operand::Translated(message) => Value::safe(Arc::clone(message)),
            Operand::Constant(_) | Operand::Variable(_) => {
                machine.scope.head(&self.message, &machine.env)?.into_owned()
            }
        };
        let message = if self.noop { message } else { translated(&message, context.as_ref(), &machine.env) };
        let value = machine
            .scope
            .filtered(std::borrow::Cow::Owned(message), &self.message, &machine.env)?
            .into_owned();
        let mut text = String::new();
        machine.env.print(&value, &mut text);
        machine.write_or_set(text.replace("%%", "%"), self.name.as_ref());
        Ok(())
    }
}

/// The translation of a text; Django looks it up with its percent signs doubled and its
/// newlines made alike.
fn translated(message: &Value, context: Option<&Value>, env: &Env) -> Value {
    let Some(text) = message.as_str() else { return message.clone() };
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('%', "%%");
    let found = match context {
        Some(context) => env.pgettext(&context.to_text(), &text),
        None => env.gettext(&text),
    };
    if message.is_safe() { Value::safe(found) } else { Value::from(found) }
}

/// What a tag tells about the active language.
#[derive(Debug)]
struct Tell {
    what: What,
    name: Arc<str>,
}

#[derive(Debug)]
enum What {
    Available,
    Current,
    Bidi,
    Info(Expression),
    InfoList(Expression),
}

pub(crate) fn get_available_languages<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    tell(parser, tag, What::Available)
}

pub(crate) fn get_current_language<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    tell(parser, tag, What::Current)
}

pub(crate) fn get_current_language_bidi<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    tell(parser, tag, What::Bidi)
}

fn tell<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>, what: What) -> Result<()> {
    let bits: Vec<&str> = tag.content.split_whitespace().collect();
    let [_, "as", name] = bits.as_slice() else {
        return Err(TemplateError::syntax(format!("'{}' requires 'as variable' (got {bits:?})", bits[0])));
    };
    parser.emit(Op::Tag(Box::new(Tell { what, name: (*name).into() })));
    Ok(())
}

pub(crate) fn get_language_info<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    tell_about(parser, tag, "string", What::Info)
}

pub(crate) fn get_language_info_list<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    tell_about(parser, tag, "sequence", What::InfoList)
}

fn tell_about<'s>(
    parser: &mut Parser<'s>,
    tag: TagToken<'s>,
    of: &str,
    what: fn(Expression) -> What,
) -> Result<()> {
    let mut bits = tag.split();
    let wrong = TemplateError::syntax(format!(
        "'{}' requires 'for {of} as variable' (got {:?})",
        bits[0],
        &bits[1..]
    ));
    let Some(name) = take_as(&mut bits) else { return Err(wrong) };
    let [_, "for", subject] = bits.as_slice() else { return Err(wrong) };
    let subject = parser.expression(subject)?;
    parser.emit(Op::Tag(Box::new(Tell { what: what(subject), name: name.into() })));
    Ok(())
}

impl Tag for Tell {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let env = &machine.env;
        let language = env.language.as_deref();
        let value = match &self.what {
            What::Available => Value::list(
                env.settings.languages.iter().map(|(code, name)| (code.as_str(), env.gettext(name))),
            ),
            What::Current => language.map(Value::from).unwrap_or_default(),
            What::Bidi => Value::Bool(language.and_then(language_info).is_some_and(|info| info.bidi)),
            What::Info(code) => info(&machine.evaluate(code)?, env)?,
            What::InfoList(codes) => {
                let codes = machine.evaluate(codes)?.items().unwrap_or_default();
                // An entry is a code, or a pair of a code and a name.
                let code = |entry: &Value| {
                    entry.as_list().and_then(|pair| pair.first().cloned()).unwrap_or_else(|| entry.clone())
                };
                Value::list(codes.iter().map(|entry| info(&code(entry), env)).collect::<Result<Vec<_>>>()?)
            }
        };
        machine.scope.set(&self.name, value);
        Ok(())
    }
}

/// What is known of a language, as the dictionary that Django answers.
fn info(code: &Value, env: &Env) -> Result<Value> {
    let LanguageInfo { code, name, name_local, bidi } = language_of(code)?;
    Ok(dict([
        ("bidi", bidi.into()),
        ("code", code.into()),
        ("name", name.into()),
        ("name_local", name_local.into()),
        ("name_translated", env.gettext(name).into()),
    ]))
}
