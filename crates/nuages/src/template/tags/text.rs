//! Tags about text: `{% comment %}`, `{% filter %}`, `{% spaceless %}`, `{% templatetag %}`, `{% verbatim %}`.

use crate::template::error::TemplateError;
use crate::template::parser::{Parser, TagToken};
use crate::template::program::Op;

const TEMPLATE_TAGS: [(&str, &str); 8] = [
    ("openblock", "{%"),
    ("closeblock", "%}"),
    ("openvariable", "{{"),
    ("closevariable", "}}"),
    ("openbrace", "{"),
    ("closebrace", "}"),
    ("opencomment", "{#"),
    ("closecomment", "#}"),
];

pub(crate) fn comment<'s>(parser: &mut Parser<'s>, _: TagToken<'s>) -> Result<(), TemplateError> {
    parser.skip_past("endcomment")
}

/// Renders the body, then runs it through filters as the variable `var`.
pub(crate) fn filter<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let Some((_, filters)) = tag.content.split_once(char::is_whitespace) else {
        return Err(TemplateError::value("not enough values to unpack (expected 2, got 1)"));
    };
    let expression = parser.expression(&format!("var|{}", filters.trim_start()))?;
    if let Some(call) = expression.filters.iter().find(|call| matches!(call.filter.name, "escape" | "safe")) {
        let name = call.filter.name;
        return Err(TemplateError::syntax(format!(
            "\"filter {name}\" is not permitted.  Use the \"autoescape\" tag instead."
        )));
    }
    parser.emit(Op::BeginCapture);
    parser.parse_until(&["endfilter"])?;
    parser.emit(Op::EndFilterCapture);
    parser.emit(Op::Write(expression));
    parser.emit(Op::PopFrame);
    Ok(())
}

pub(crate) fn spaceless<'s>(parser: &mut Parser<'s>, _: TagToken<'s>) -> Result<(), TemplateError> {
    parser.emit(Op::BeginCapture);
    parser.parse_until(&["endspaceless"])?;
    parser.emit(Op::EndSpaceless);
    Ok(())
}

pub(crate) fn templatetag<'s>(parser: &mut Parser<'s>, tag: TagToken<'s>) -> Result<(), TemplateError> {
    let bits: Vec<&str> = tag.content.split_whitespace().collect();
    let [_, name] = bits.as_slice() else {
        return Err(TemplateError::syntax("'templatetag' statement takes one argument"));
    };
    let Some((_, text)) = TEMPLATE_TAGS.iter().find(|(have, _)| have == name) else {
        let names = TEMPLATE_TAGS.map(|(name, _)| format!("'{name}'")).join(", ");
        return Err(TemplateError::syntax(format!(
            "Invalid templatetag argument: '{name}'. Must be one of: [{names}]"
        )));
    };
    parser.emit(Op::Literal((*text).into()));
    Ok(())
}

/// The lexer has made text of everything inside.
pub(crate) fn verbatim<'s>(parser: &mut Parser<'s>, _: TagToken<'s>) -> Result<(), TemplateError> {
    parser.parse_until(&["endverbatim"]).map(drop)
}

/// Appends `text` without the blanks between `>` and `<`.
pub(crate) fn strip_spaces_between_tags(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('>') {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let trimmed = after.trim_start();
        rest = if trimmed.starts_with('<') { trimmed } else { after };
    }
    out.push_str(rest);
}
