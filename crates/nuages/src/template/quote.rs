//! Percent-encoding as Python's `urllib.parse` does it.

/// Python's `quote(text, safe)`: letters, digits, `_.-~` and `safe` stay.
pub(crate) fn quote(text: &str, safe: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric()
            || b"_.-~".contains(&byte)
            || (byte.is_ascii() && safe.as_bytes().contains(&byte))
        {
            out.push(char::from(byte));
        } else {
            push_escaped(byte, &mut out);
        }
    }
    out
}

/// Python's `quote_plus(text)`: like [`quote`], with `+` for a blank.
pub(crate) fn quote_plus(text: &str) -> String {
    quote(text, " ").replace(' ', "+")
}

/// Python's `unquote(text)`: bad escapes stay, bad UTF-8 becomes U+FFFD.
pub(crate) fn unquote(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|digits| first == b'%' && digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            Some(digits) => {
                bytes.push(u8::from_str_radix(digits, 16).unwrap_or(b'%'));
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn push_escaped(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}
