//! `{% url %}`, `{% static %}`, `{% csrf_token %}`, `{% querystring %}`.
//!
//! `{% url 'goods:detail' sku.id %}` prints `/goods/7`.

use std::sync::Arc;

use nuages_wire::percent::{quote, quote_plus};

use super::{Tag, take_as};
use crate::template::error::{ErrorKind, TemplateError};
use crate::template::escape::escape_into;
use crate::template::expression::Expression;
use crate::template::machine::Machine;
use crate::template::parser::{Parser, TagToken, keyword};
use crate::template::program::Op;
use crate::template::scope::Stop;
use crate::template::value::Value;

type Result<T> = std::result::Result<T, TemplateError>;

#[derive(Debug)]
struct Url {
    route: Expression,
    arguments: Vec<Expression>,
    keywords: Vec<(String, Expression)>,
    name: Option<Arc<str>>,
}

pub(crate) fn url<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let mut bits = tag.split();
    if bits.len() < 2 {
        return Err(TemplateError::syntax("'url' takes at least one argument, a URL pattern name."));
    }
    let route = parser.expression(bits[1])?;
    bits.drain(..2);
    let mut url =
        Url { route, arguments: Vec::new(), keywords: Vec::new(), name: take_as(&mut bits).map(Arc::from) };
    for bit in bits {
        match keyword(bit) {
            Some((name, value)) => url.keywords.push((name.to_owned(), parser.expression(value)?)),
            None => url.arguments.push(parser.expression(bit)?),
        }
    }
    parser.emit(Op::Tag(Box::new(url)));
    Ok(())
}

impl Tag for Url {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let text = |expression| Ok::<_, Stop>(machine.evaluate(expression)?.to_text().into_owned());
        let arguments = self.arguments.iter().map(text).collect::<std::result::Result<Vec<_>, _>>()?;
        let keywords = self
            .keywords
            .iter()
            .map(|(name, value)| Ok((name.clone(), text(value)?)))
            .collect::<std::result::Result<Vec<_>, Stop>>()?;
        let route = text(&self.route)?;
        if !arguments.is_empty() && !keywords.is_empty() {
            return Err(TemplateError::value("Don't mix *args and **kwargs in call to reverse()!").into());
        }
        let found = (machine.env.settings.urls)(&route, &arguments, &keywords);
        match (found, &self.name) {
            (found, Some(name)) => machine.scope.set(name, Value::from(found.unwrap_or_default())),
            (Some(url), None) if machine.env.autoescape => escape_into(&url, &mut machine.out),
            (Some(url), None) => machine.out.push_str(&url),
            (None, None) => {
                let message = format!(
                    "Reverse for '{route}' with arguments {arguments:?} and keyword arguments {keywords:?} not found."
                );
                return Err(TemplateError::from(ErrorKind::NoReverseMatch(message)).into());
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Static {
    path: Expression,
    name: Option<Arc<str>>,
}

pub(crate) fn static_<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let bits = tag.split();
    let Some(path) = bits.get(1) else {
        return Err(TemplateError::syntax("'static' takes at least one argument (path to file)"));
    };
    let path = parser.expression(path)?;
    let name = match bits.as_slice() {
        [_, _, "as", name, ..] => Some(Arc::from(*name)),
        _ => None,
    };
    parser.emit(Op::Tag(Box::new(Static { path, name })));
    Ok(())
}

impl Tag for Static {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let path = machine.evaluate(&self.path)?;
        let settings = &machine.env.settings;
        let url = match &settings.static_files {
            Some(resolve) => resolve(&path.to_text()),
            None => join(&settings.static_url, &quote(&path.to_text(), "/")),
        };
        let mut text = String::with_capacity(url.len());
        if machine.env.autoescape {
            escape_into(&url, &mut text)
        } else {
            text.push_str(&url)
        }
        machine.write_or_set(text, self.name.as_ref());
        Ok(())
    }
}

/// Python's `urljoin` for a path on a base that ends in a slash.
fn join(base: &str, path: &str) -> String {
    if !path.starts_with('/') {
        return [base, path].concat();
    }
    let origin = base
        .find("://")
        .and_then(|scheme| base[scheme + 3..].find('/').map(|slash| &base[..scheme + 3 + slash]));
    [origin.unwrap_or(""), path].concat()
}

#[derive(Debug)]
struct Prefix {
    media: bool,
    name: Option<Arc<str>>,
}

pub(crate) fn get_static_prefix<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    prefix(parser, tag, false)
}

pub(crate) fn get_media_prefix<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    prefix(parser, tag, true)
}

fn prefix<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>, media: bool) -> Result<()> {
    let bits: Vec<&str> = tag.content.split_whitespace().collect();
    let name = match bits.as_slice() {
        [_] => None,
        [_, "as", name, ..] => Some(Arc::from(*name)),
        _ => return Err(TemplateError::syntax(format!("First argument in '{}' must be 'as'", bits[0]))),
    };
    parser.emit(Op::Tag(Box::new(Prefix { media, name })));
    Ok(())
}

impl Tag for Prefix {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let settings = Arc::clone(&machine.env.settings);
        let url = if self.media { &settings.media_url } else { &settings.static_url };
        match &self.name {
            Some(name) => machine.scope.set(name, Value::from(url)),
            None => machine.out.push_str(url),
        }
        Ok(())
    }
}

#[derive(Debug)]
struct CsrfToken {
    token: Expression,
}

pub(crate) fn csrf_token<'s>(parser: &mut Parser<'s>, _: TagToken<'s>) -> Result<()> {
    let token = parser.expression("csrf_token")?;
    parser.emit(Op::Tag(Box::new(CsrfToken { token })));
    Ok(())
}

impl Tag for CsrfToken {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let token = machine.evaluate_or_none(&self.token)?;
        if token.is_true() && token.as_str() != Some("NOTPROVIDED") {
            machine.out.push_str("<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"");
            machine.out.push_str(&crate::template::escape::conditional_escape(&token));
            machine.out.push_str("\">");
        }
        Ok(())
    }
}

#[derive(Debug)]
struct QueryString {
    base: Expression,
    changes: Vec<(String, Expression)>,
    name: Option<Arc<str>>,
}

pub(crate) fn querystring<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<()> {
    let mut bits = tag.split();
    bits.remove(0);
    let name = take_as(&mut bits).map(Arc::from);
    let mut base = None;
    let mut changes: Vec<(String, Expression)> = Vec::new();
    for bit in bits {
        match keyword(bit) {
            Some((key, _)) if changes.iter().any(|(have, _)| have == key) => {
                return Err(TemplateError::syntax(format!(
                    "'querystring' received multiple values for keyword argument '{key}'"
                )));
            }
            Some((key, value)) => changes.push((key.to_owned(), parser.expression(value)?)),
            None if base.is_some() || !changes.is_empty() => {
                return Err(TemplateError::syntax("'querystring' received too many positional arguments"));
            }
            None => base = Some(parser.expression(bit)?),
        }
    }
    let base = base.map_or_else(|| parser.expression("request.GET"), Ok)?;
    parser.emit(Op::Tag(Box::new(QueryString { base, changes, name })));
    Ok(())
}

impl Tag for QueryString {
    fn render(&self, machine: &mut Machine<'_>) -> std::result::Result<(), Stop> {
        let base = machine.evaluate_or_none(&self.base)?;
        let mut lists = lists(&base)
            .ok_or_else(|| TemplateError::value("querystring needs the request in the context"))?;
        let had_any = !lists.is_empty();
        for (key, expression) in &self.changes {
            let value = machine.evaluate(expression)?;
            let values = match &value {
                Value::None => {
                    lists.retain(|(have, _)| have != key);
                    continue;
                }
                value => match value.as_list() {
                    Some(items) => items.iter().map(|item| item.to_text().into_owned()).collect(),
                    None => vec![value.to_text().into_owned()],
                },
            };
            match lists.iter_mut().find(|(have, _)| have == key) {
                Some((_, old)) => *old = values,
                None => lists.push((key.clone(), values)),
            }
        }
        let pairs = lists.iter().flat_map(|(key, values)| {
            values.iter().map(move |value| format!("{}={}", quote_plus(key, ""), quote_plus(value, "")))
        });
        let query = if lists.is_empty() && !had_any {
            String::new()
        } else {
            ["?", &pairs.collect::<Vec<_>>().join("&")].concat()
        };
        match &self.name {
            Some(name) => machine.scope.set(name, Value::from(query)),
            None => machine.print(&Value::from(query)),
        }
        Ok(())
    }
}

/// The keys and lists of values of a query string.
fn lists(value: &Value) -> Option<Vec<(String, Vec<String>)>> {
    match value {
        Value::Object(object) => object.lists(),
        Value::Dict(dict) => {
            Some(dict.iter().map(|(key, value)| (key.to_text().into_owned(), texts(value))).collect())
        }
        _ => None,
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value.as_list() {
        Some(items) => items.iter().map(|item| item.to_text().into_owned()).collect(),
        None => vec![value.to_text().into_owned()],
    }
}
