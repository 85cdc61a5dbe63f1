//! Addresses without the secrets that travel in them, for logs: `/user/active/…`.

use http::Uri;
use nuages_wire::percent::unquote;

/// What stands in a secret's place.
const REDACTED: &str = "…";
/// A log line is no place for more of an address.
const MAX_LENGTH: usize = 512;
/// A segment behind one of these is a secret, whatever it looks like.
const TOKEN_FOLLOWS: [&str; 6] = ["active", "activate", "confirm", "reset", "token", "unsubscribe"];
/// A parameter whose name holds one of these is a secret,
const SECRET_PARTS: [&str; 6] = ["captcha", "passw", "secret", "session", "signature", "token"];
/// and so is one of which these are a whole word: `api_key`, but not `keyboard`.
const SECRET_WORDS: [&str; 6] = ["auth", "code", "key", "pin", "sid", "sig"];
/// Shorter texts are words and numbers.
const TOKEN_LENGTH: usize = 20;

/// The path and query of a request without tokens, passwords, keys and signatures.
///
/// ```
/// use nuages::middleware::redact::redact;
///
/// let uri = "/user/active/eyJjb25maXJtIjoxfQ.ZWd3.x?next=/cart/&token=1".parse()?;
/// assert_eq!(redact(&uri), "/user/active/…?next=/cart/&token=…");
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
pub fn redact(uri: &Uri) -> String {
    let mut text = redact_path(uri.path());
    if let Some(query) = uri.query() {
        text.push('?');
        let pairs: Vec<String> = query.split('&').map(redact_pair).collect();
        text.push_str(&pairs.join("&"));
    }
    if let Some((end, _)) = text.char_indices().nth(MAX_LENGTH) {
        text.truncate(end);
        text.push_str(REDACTED);
    }
    text
}

fn redact_path(path: &str) -> String {
    let mut previous = "";
    let segments = path.split('/').map(|segment| {
        let secret = !segment.is_empty() && (TOKEN_FOLLOWS.contains(&previous) || looks_like_token(segment));
        previous = segment;
        if secret { REDACTED } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn redact_pair(pair: &str) -> String {
    let Some((name, value)) = pair.split_once('=') else {
        return if looks_like_token(pair) { REDACTED.to_owned() } else { pair.to_owned() };
    };
    let lower = unquote(name).to_lowercase();
    let value_text = unquote(value);
    // A value may be an address in turn, such as `next`.
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let is_secret = SECRET_PARTS.iter().any(|part| lower.contains(part))
        || words.any(|word| SECRET_WORDS.contains(&word))
        || redact_path(&value_text) != value_text
        || value_text.split(['/', '?', '&', '=', ' ']).any(looks_like_token);
    if is_secret { format!("{name}={REDACTED}") } else { pair.to_owned() }
}

/// Signed values and hashes are long and mix their characters: `MQ:1tX9Zk:…`, `c4ab12-9f86d081884c7d659a2f`. Slugs,
/// numbers and UUIDs do not count.
fn looks_like_token(text: &str) -> bool {
    let text = unquote(text);
    if text.len() < TOKEN_LENGTH || text.contains(char::is_whitespace) {
        return false;
    }
    let has = |of: fn(&char) -> bool, text: &str| text.chars().any(|c| of(&c));
    let mixed = has(char::is_ascii_lowercase, &text)
        && has(char::is_ascii_uppercase, &text)
        && has(char::is_ascii_digit, &text);
    let runs = |run: &str| {
        run.len() >= TOKEN_LENGTH && has(char::is_ascii_digit, run) && has(char::is_ascii_alphabetic, run)
    };
    mixed || text.split(|c: char| !c.is_ascii_alphanumeric()).any(runs)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (address, shown) in [
            ("/", "/"),
            ("/goods/42?from=list&page=2", "/goods/42?from=list&page=2"),
            ("/user/active/x", "/user/active/…"),
            ("/user/active/", "/user/active/"),
            ("/reset/MQ/c4ab12-0123456789abcdef0123456789abcdef/", "/reset/…/…/"),
            ("/t/eyJjb25maXJtIjoxfQ.ZWd3Nw.Vf3-abc_9", "/t/…"),
            ("/t/a%3A1tX9Zk%3AvXyZ0123456789", "/t/…"),
            ("/blog/ten-things-to-know-about-rust-in-2026", "/blog/ten-things-to-know-about-rust-in-2026"),
            ("/order/detail/20261120101511000000000042", "/order/detail/20261120101511000000000042"),
            ("/o/075194d3-6885-417e-a8a8-6c931e272f00", "/o/075194d3-6885-417e-a8a8-6c931e272f00"),
            ("/static/app.55e7cbb9ba48.css", "/static/app.55e7cbb9ba48.css"),
            (
                "/?Password=x&new_password2=y&api_key=z&keys=1",
                "/?Password=…&new_password2=…&api_key=…&keys=1",
            ),
            ("/?to%6ben=x", "/?to%6ben=…"),
            ("/login?next=/user/active/abc", "/login?next=…"),
            ("/login?next=%2Fuser%2Factive%2Fabc", "/login?next=…"),
            ("/login?next=/cart/", "/login?next=/cart/"),
            ("/?eyJjb25maXJtIjoxfQ.ZWd3Nw.Vf3", "/?…"),
        ] {
            assert_eq!(redact(&address.parse().unwrap()), shown, "{address}");
        }
    }

    #[test]
    fn a_long_address_is_cut() {
        let uri = format!("/{}", "a/".repeat(1000)).parse().unwrap();
        assert_eq!(redact(&uri).chars().count(), MAX_LENGTH + 1);
    }
}
