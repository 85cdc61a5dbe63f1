//! Mail addresses, judged as `django.core.validators.EmailValidator` does.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest address, in characters (RFC 3696, section 3).
const MAX_ADDRESS: usize = 320;

/// The longest label of a domain, in characters (RFC 1034, section 3.1).
const MAX_LABEL: usize = 63;

/// Whether `address` is one that Django's `validate_email` accepts: `zhang.wei@example.com`.
///
/// ```
/// use nuages::mail::is_valid_address;
///
/// assert!(is_valid_address("zhang.wei@例子.中国"));
/// assert!(!is_valid_address("zhang.wei@example"));
/// ```
pub fn is_valid_address(address: &str) -> bool {
    let Some((user, domain)) = address.rsplit_once('@') else { return false };
    address.chars().count() <= MAX_ADDRESS
        && (is_dot_atom(user) || is_quoted(user))
        && (domain == "localhost" || is_domain(domain) || is_literal(domain))
}

/// Whether `mailbox` is an address, or a name and an address: `Zhang Wei <zhang.wei@example.com>`. A name with one of
/// the characters that separate addresses must stand in quotes, and control characters stand nowhere.
pub(super) fn is_valid_mailbox(mailbox: &str) -> bool {
    if mailbox.contains(char::is_control) {
        return false;
    }
    let Some((name, address)) = mailbox.strip_suffix('>').and_then(|mailbox| mailbox.rsplit_once('<')) else {
        return is_valid_address(mailbox);
    };
    let name = name.trim();
    let inside = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let forbidden = if inside.is_some() { "\"\\" } else { "\"\\<>()[]@,;:" };
    let is_name = !inside.unwrap_or(name).chars().any(|c| forbidden.contains(c));
    is_name && is_valid_address(address)
}

fn is_dot_atom(user: &str) -> bool {
    // Python's IGNORECASE lets the class `A-Z` match these four as well.
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, 'İ' | 'ı' | 'ſ' | '\u{212A}');
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.chars().all(|c| is_letter(c) || "-!#$%&'*+/=?^_`{}|~".contains(c))
    };
    user.split('.').all(is_atom)
}

fn is_quoted(user: &str) -> bool {
    let Some(inside) = user.strip_prefix('"').and_then(|user| user.strip_suffix('"')) else { return false };
    let mut bytes = inside.bytes();
    while let Some(byte) = bytes.next() {
        let allowed = match byte {
            b'\\' => bytes.next().is_some_and(|escaped| matches!(escaped, 1..=9 | 11 | 12 | 14..=127)),
            _ => matches!(byte, 1..=8 | 11 | 12 | 14..=31 | b'!' | b'#'..=b'[' | b']'..=127),
        };
        if !allowed {
            return false;
        }
    }
    true
}

fn is_domain(domain: &str) -> bool {
    let Some((rest, top)) = domain.rsplit_once('.') else { return false };
    rest.split('.').all(is_label) && is_top_label(top)
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.chars().count())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_digit() || c == '-' || is_letter(c))
}

/// No digits, but in the encoded form of another script.
fn is_top_label(label: &str) -> bool {
    let encoded = label.get(..4).filter(|start| start.eq_ignore_ascii_case("xn--")).map(|_| &label[4..]);
    let is_encoded = encoded.is_some_and(|rest| {
        (1..=59).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    is_encoded
        || (is_label(label) && label.chars().count() >= 2 && !label.contains(|c: char| c.is_ascii_digit()))
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{A1}'..='\u{FFFF}')
}

fn is_literal(domain: &str) -> bool {
    let Some(literal) = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']')) else {
        return false;
    };
    literal.parse::<Ipv4Addr>().is_ok() || literal.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of Django 5.2.19's `validate_email`.
    #[rustfmt::skip]
    const DJANGO: &[(bool, &[&str])] = &[
        (true, &["a@b.cn", "zhang.wei@example.com", "a+b@ex-ample.co.uk", "a@localhost", "a@b.xn--fiqs8s", "a@例子.中国",
            "a@b.中国", "\"a\\\"b\"@c.cn", "a@[127.0.0.1]", "a@[::1]", "A@B.CN", "a@b.c-d", "a@b.co-m", "a'b@c.cn",
            "a@é.fr", "ſ@b.cn", "a@b.ſs", "\u{212A}@b.cn", "\"\"@b.cn", "a@[::ffff:1.2.3.4]", "a@ß.de", "a@b--c.cn", "a@b.c--d",
            "a@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.cn"]),
        (false, &["a@b", "@b.cn", "a@", "a", "", "a b@c.cn", "a@b..cn", "a@-b.cn", "a@b-.cn", "a@b.c", "a@b.c1", "a@b.1c",
            "a@b.xn--", "张@b.cn", "a@b.cn\n", "a@b.cn\r\nBcc: x@y.cn", "\"a b\"@c.cn", "\"a\"b\"@c.cn", "a@[300.0.0.1]",
            "a@[IPv6:::1]", "a@[]", "a..b@c.cn", ".a@c.cn", "a.@c.cn", "a@b@c.cn", "a@c.cn.", "a@c_d.cn", "a@b.c-", "a@b.-c",
            "a@1.2.3.4", "<a@b.cn>", "a@b.cn,c@d.cn", "a@b.cn;", "a@LOCALHOST", "a@😀.cn", "a@b.😀😀", "\"\t\"@b.cn",
            "a@[0x7f.1]", "a@[1.2.3]", "a@[fe80::1%1]", "a@[01.2.3.4]",
            "a@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.cn"]),
    ];

    #[test]
    fn an_address_is_valid_where_django_says_so() {
        for (valid, addresses) in DJANGO {
            for address in *addresses {
                assert_eq!(is_valid_address(address), *valid, "{address:?}");
            }
        }
        for (length, valid) in [(315, true), (321, false)] {
            assert_eq!(is_valid_address(&format!("{}@b.cn", "a".repeat(length - 5))), valid);
        }
    }

    #[test]
    fn a_mailbox_may_have_a_name() {
        for good in ["a@b.cn", "Zhang Wei <a@b.cn>", "张伟 <a@b.cn>", "\"Zhang, Wei\" <a@b.cn>", "<a@b.cn>"]
        {
            assert!(is_valid_mailbox(good), "{good}");
        }
        for bad in [
            "Zhang, Wei <a@b.cn>",
            "x\r\nBcc: y <a@b.cn>",
            "x\n <a@b.cn>",
            "a@b.cn\n",
            "a@b.cn, <c@d.cn>",
            "\"a\"b\" <a@b.cn>",
            "a <b>",
        ] {
            assert!(!is_valid_mailbox(bad), "{bad}");
        }
    }
}
