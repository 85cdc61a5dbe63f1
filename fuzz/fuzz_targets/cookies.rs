//! `Cookie` headers; and a `Set-Cookie` of the input's lines, whose value must come back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nuages_wire::cookies::{Expires, SetCookie, parse_cookie};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let cookies = parse_cookie(text);
    for (name, _) in cookies.iter() {
        assert!(cookies.get(name).is_some());
    }
    let [name, value, path, domain, same_site, expires] = nuages_fuzz::lines(text);
    let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
    let cookie = SetCookie {
        path,
        domain,
        same_site,
        expires: expires.map(Expires::Text),
        ..SetCookie::new(name, value)
    };
    let _ = cookie.header(jiff::Timestamp::UNIX_EPOCH);
    let Ok(line) = SetCookie::new(name, value).header(jiff::Timestamp::UNIX_EPOCH) else { return };
    assert!(!line.contains(['\r', '\n']), "{line:?}");
    let pair = line.strip_suffix("; Path=/").expect("the only attribute");
    let sent_back = parse_cookie(pair);
    // Python's unquoting takes 8-bit escapes for single characters, so only ASCII comes back.
    if value.is_ascii() {
        assert_eq!(sent_back.get(name), Some(value));
    }
});
