//! The tags, each with its parser and what it does when rendered.

use std::fmt::Debug;

use super::error::{ErrorKind, TemplateError};
use super::library;
use super::machine::Machine;
use super::parser::{Parser, TagToken};
use super::scope::Stop;

pub(crate) mod blocktranslate;
pub(crate) mod control;
pub(crate) mod cycle;
pub(crate) mod i18n;
pub(crate) mod inherit;
pub(crate) mod links;
pub(crate) mod localize;
pub(crate) mod misc;
pub(crate) mod text;

/// A tag that writes or sets something when rendered.
pub(crate) trait Tag: Debug + Send + Sync {
    /// Renders the tag. Evaluates everything before it changes anything: after a [`Stop::Lazy`] it is called again.
    fn render(&self, machine: &mut Machine<'_>) -> Result<(), Stop>;
}

/// `{% load library … %}` and `{% load tag filter from library %}`.
pub(crate) fn load<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let bits: Vec<&str> = tag.content.split_whitespace().collect();
    let find = |name: &str| {
        let known = || {
            TemplateError::syntax(format!(
                "'{name}' is not a registered tag library. Must be one of:\n{}",
                library::names().join("\n")
            ))
        };
        library::find(name).ok_or_else(known)
    };
    if let [_, names @ .., "from", name] = bits.as_slice()
        && !names.is_empty()
    {
        let library = find(name)?;
        for wanted in names {
            if library.tag(wanted).is_none() && library.filter(wanted).is_none() {
                return Err(TemplateError::syntax(format!(
                    "'{wanted}' is not a valid tag or filter in tag library '{name}'"
                )));
            }
        }
        parser.load(library, Some(names.to_vec()));
        return Ok(());
    }
    for name in &bits[1..] {
        parser.load(find(name)?, None);
    }
    Ok(())
}

/// A tag of Django that is not there.
pub(crate) fn unsupported<'s>(_: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    Err(ErrorKind::Unsupported(format!("the tag {{% {} %}}", tag.content)).into())
}

/// The name after `as` at the end of a tag's words, which are shortened by both.
pub(crate) fn take_as<'s>(bits: &mut Vec<&'s str>) -> Option<&'s str> {
    match bits.as_slice() {
        [.., "as", name] => {
            let name = *name;
            bits.truncate(bits.len() - 2);
            Some(name)
        }
        _ => None,
    }
}
