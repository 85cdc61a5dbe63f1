//! Cuts a source into text, `{{ variables }}`, `{% tags %}` and `{# comments #}` (Django's `Lexer`).
//!
//! A tag does not span lines: `{{ a` + newline + `}}` is text.

use std::ops::Range;

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Text,
    Variable,
    Block,
    Comment,
}

/// A piece of the source: what it is, its content without braces and blanks, and its first line.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) content: Range<usize>,
    pub(crate) line: u32,
}

/// Cuts the whole source.
pub(crate) fn tokenize(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut verbatim: Option<String> = None;
    let (mut at, mut line) = (0, 1);
    loop {
        let tag = next_tag(source, at);
        let text = at..tag.as_ref().map_or(source.len(), |tag| tag.start);
        if !text.is_empty() {
            let lines = count_lines(&source[text.clone()]);
            tokens.push(Token { kind: TokenKind::Text, content: text, line });
            line += lines;
        }
        let Some(tag) = tag else { return tokens };
        let token = classify(source, &tag, line, &mut verbatim);
        line += count_lines(&source[tag.clone()]);
        tokens.push(token);
        at = tag.end;
    }
}

fn classify(source: &str, tag: &Range<usize>, line: u32, verbatim: &mut Option<String>) -> Token {
    let content = trim(source, tag.start + 2..tag.end - 2);
    let text = &source[content.clone()];
    let kind = match (source.as_bytes()[tag.start + 1], verbatim.as_ref()) {
        (b'%', Some(end)) if text == end => {
            *verbatim = None;
            TokenKind::Block
        }
        (b'%', None) => {
            // Django compares the first nine characters, so that `verbatimx` does not open one.
            if text == "verbatim" || text.starts_with("verbatim ") {
                *verbatim = Some(format!("end{text}"));
            }
            TokenKind::Block
        }
        (_, Some(_)) => return Token { kind: TokenKind::Text, content: tag.clone(), line },
        (b'{', None) => TokenKind::Variable,
        (_, None) => TokenKind::Comment,
    };
    Token { kind, content, line }
}

/// The first complete tag at or after `from`: `({%.*?%}|{{.*?}}|{#.*?#})`, where the dot is no newline.
fn next_tag(source: &str, mut from: usize) -> Option<Range<usize>> {
    let bytes = source.as_bytes();
    while let Some(found) = memchr::memchr(b'{', &bytes[from..]) {
        let start = from + found;
        let end: &[u8] = match bytes.get(start + 1) {
            Some(b'%') => b"%}",
            Some(b'{') => b"}}",
            Some(b'#') => b"#}",
            _ => {
                from = start + 1;
                continue;
            }
        };
        let rest = &bytes[start + 2..];
        let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        match rest.windows(2).position(|pair| pair == end) {
            Some(length) => return Some(start..start + length + 4),
            None => from = start + 1,
        }
    }
    None
}

fn trim(source: &str, range: Range<usize>) -> Range<usize> {
    let text = &source[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

fn count_lines(text: &str) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count()).unwrap_or(u32::MAX)
}

/// Splits the content of a tag at blanks, but not inside quotes nor `_("…")` (`Token.split_contents`).
pub(crate) fn split_contents(content: &str) -> Vec<&str> {
    let mut bits = Vec::new();
    let mut rest = content.trim_start();
    while !rest.is_empty() {
        let mut length = word_length(rest);
        if let Some(quote) = rest[..length]
            .strip_prefix("_(")
            .and_then(|bit| bit.chars().next())
            .filter(|quote| matches!(quote, '"' | '\''))
        {
            let end = [quote, ')'].iter().collect::<String>();
            while !rest[..length].ends_with(&end) {
                let more = rest[length..].trim_start();
                if more.is_empty() {
                    break;
                }
                length = rest.len() - more.len() + word_length(more);
            }
        }
        bits.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    bits
}

/// The length of the first word, whose quoted parts may hold blanks; an unclosed quote is like any other character.
fn word_length(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            break;
        }
        at += match c {
            '"' | '\'' => quoted_length(&text[at..])
                .unwrap_or_else(|| text[at..].find(char::is_whitespace).unwrap_or(text.len() - at)),
            _ => c.len_utf8(),
        };
    }
    at
}

/// The length of the quoted string that `text` begins with.
pub(crate) fn quoted_length(text: &str) -> Option<usize> {
    let quote = *text.as_bytes().first()?;
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => _ = bytes.next(),
            byte if byte == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(TokenKind, &str, u32)> {
        tokenize(source).into_iter().map(|token| (token.kind, &source[token.content], token.line)).collect()
    }

    #[test]
    fn tags_stay_on_one_line() {
        use TokenKind::{Block, Comment, Text, Variable};
        assert_eq!(
            kinds("a{{ b }}\n{% c %}{# d #}"),
            [(Text, "a", 1), (Variable, "b", 1), (Text, "\n", 1), (Block, "c", 2), (Comment, "d", 2)]
        );
        assert_eq!(kinds("{{ a\n}}"), [(Text, "{{ a\n}}", 1)]);
        assert_eq!(kinds("{% verbatim %}{{ x }}{% endverbatim %}").len(), 3);
    }

    #[test]
    fn quotes_keep_blanks() {
        assert_eq!(
            split_contents("url 'a b' x|default:\"c d\" _(\"e f\")"),
            ["url", "'a b'", "x|default:\"c d\"", "_(\"e f\")"]
        );
    }
}
