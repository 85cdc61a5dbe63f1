//! The little that must be known about SQL text: where its placeholders are, and whether it only reads.

use std::borrow::Cow;

/// Rewrites `?` to `$1`, `$2`, … for PostgreSQL; quoted text, quoted names and comments stay as they are.
///
/// `SELECT '?' WHERE a = ? -- ?` → `SELECT '?' WHERE a = $1 -- ?`
pub(super) fn number_placeholders(sql: &str) -> Cow<'_, str> {
    if !sql.contains('?') {
        return Cow::Borrowed(sql);
    }
    replace_placeholders(sql, |place, numbered| {
        numbered.push('$');
        numbered.push_str(&(place + 1).to_string());
    })
}

/// The statement with each `?` written by `write`, which gets its place from 0.
pub(super) fn replace_placeholders(sql: &str, write: impl Fn(usize, &mut String)) -> Cow<'_, str> {
    let mut replaced = String::with_capacity(sql.len() + 8);
    let mut count = 0;
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => quoted(rest, first),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            _ => first.len_utf8(),
        };
        let (token, tail) = rest.split_at(length);
        if token == "?" {
            write(count, &mut replaced);
            count += 1;
        } else {
            replaced.push_str(token);
        }
        rest = tail;
    }
    Cow::Owned(replaced)
}

/// The table that a statement writes: `goods_sku` of `INSERT INTO "goods_sku" (…)`.
#[cfg_attr(not(feature = "mysql"), allow(dead_code))]
pub(super) fn written_table(sql: &str) -> Option<&str> {
    let mut words = sql.split_whitespace();
    let table = match words.next()?.to_ascii_lowercase().as_str() {
        "insert" | "replace" => {
            words.find(|word| word.eq_ignore_ascii_case("into")).and_then(|_| words.next())
        }
        "update" => words.next(),
        _ => None,
    }?;
    let table = table.split('(').next()?.rsplit('.').next()?;
    Some(table.trim_matches(['"', '`']))
}

/// The length of the quoted text at the beginning; a doubled quote does not end it.
pub(super) fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

/// Whether the statement only reads, so that it may go to a reader.
pub(super) fn is_read(sql: &str) -> bool {
    // The parts of a UNION stand in parentheses.
    let sql = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let first = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    match first.len() {
        6 => first.eq_ignore_ascii_case("select"),
        4 if first.eq_ignore_ascii_case("with") => {
            !sql.split(|c: char| !c.is_ascii_alphabetic()).any(|word| {
                ["insert", "update", "delete", "replace"].iter().any(|verb| word.eq_ignore_ascii_case(verb))
            })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_outside_quotes_and_comments() {
        for (sql, numbered) in [
            ("SELECT 1", "SELECT 1"),
            ("a = ? AND b = ?", "a = $1 AND b = $2"),
            ("a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = $1"),
            ("\"od\"\"d?\" = ?", "\"od\"\"d?\" = $1"),
            ("a -- ?\n= ? /* ? */", "a -- ?\n= $1 /* ? */"),
            ("名 = ? 'open ?", "名 = $1 'open ?"),
        ] {
            assert_eq!(number_placeholders(sql), numbered);
        }
    }

    #[test]
    fn written_tables() {
        for (sql, table) in [
            ("INSERT INTO \"goods_sku\" (a) VALUES (1)", Some("goods_sku")),
            ("insert ignore into shop.`goods_sku`(a) VALUES (1)", Some("goods_sku")),
            ("UPDATE t SET a = 1", Some("t")),
            ("DELETE FROM t", None),
        ] {
            assert_eq!(written_table(sql), table, "{sql}");
        }
    }

    #[test]
    fn reads() {
        assert!(is_read("(SELECT 1) UNION (SELECT 2)"));
        assert!(is_read(" \n select 1") && is_read("WITH a AS (SELECT 1) SELECT * FROM a"));
        assert!(!is_read("WITH a AS (SELECT 1) DELETE FROM b") && !is_read("INSERT INTO a VALUES (1)"));
        assert!(!is_read("PRAGMA journal_mode") && !is_read(""));
    }
}
