//! What both benches measure: the work that a request does, each operation on inputs of a real site's size.

use std::hint::black_box;

use nuages_wire::cache::Codec as CacheCodec;
use nuages_wire::cookies::parse_cookie;
use nuages_wire::crypto::SecretKeys;
use nuages_wire::csrf::{Policy, Secret, Source, Stored, TrustedOrigins};
use nuages_wire::json::{self, Object};
use nuages_wire::pickle::{Limits, Value};
use nuages_wire::querydict::QueryDict;
use nuages_wire::session::Codec;
use nuages_wire::signing::{CookieSalt, get_signed_cookie, set_signed_cookie};

const NOW: i64 = 1_768_478_400;

/// A name and something to run again and again.
pub(crate) type Operation = (&'static str, Box<dyn Fn()>);

pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (lines, encode, decode) in [
        (0, "session encode 200 B", "session decode 200 B"),
        (36, "session encode 4 KB", "session decode 4 KB"),
    ] {
        let session = session(lines);
        let stored = codec().encode(&session, NOW);
        operations.push(operation(encode, codec(), move |codec| codec.encode(black_box(&session), NOW)));
        operations.push(operation(decode, codec(), move |codec| codec.decode(black_box(&stored))));
    }
    operations.extend([signed_cookie(), csrf(), cookie_header(), query()]);

    let value = Value::from(json::Value::Object(session(36)));
    let stored = CacheCodec::DJANGO_REDIS.encode(&value).unwrap_or_default();
    operations.push(operation("pickled session decode 4 KB", CacheCodec::DJANGO_REDIS, move |codec| {
        codec.decode_preserving(black_box(&stored), Limits::default())
    }));
    operations.push(operation("pickled session encode 4 KB", CacheCodec::DJANGO_REDIS, move |codec| {
        codec.encode(black_box(&value))
    }));
    operations
}

/// What `with` is made of once per process is not measured.
fn operation<T: 'static, R>(name: &'static str, with: T, run: impl Fn(&T) -> R + 'static) -> Operation {
    (name, Box::new(move || drop(black_box(run(&with)))))
}

fn keys() -> SecretKeys {
    SecretKeys::new("vector-secret-key-0123456789abcdefghijklmnopqrstuvwxyz")
}

fn codec() -> Codec {
    Codec::new(&keys())
}

/// A login, and a cart of so many lines: about 200 bytes of JSON and 110 for each line.
fn session(lines: usize) -> Object {
    let mut session = Object::new();
    session.insert("_auth_user_id", "1024");
    session.insert("_auth_user_backend", "django.contrib.auth.backends.ModelBackend");
    session.insert("_auth_user_hash", "8f3a0f9c6d41b7e25c9d80a7f5e2c46b1d3970e8b5a4f6c2e19d0b837a64c5f1");
    if lines == 0 {
        return session;
    }
    let line = |number: usize| {
        let mut line = Object::new();
        line.insert("sku", 31_000 + number as i64 * 7919);
        line.insert("count", (number % 5) as i64 + 1);
        line.insert("name", format!("新鲜草莓 {number} 号 \"500 g\""));
        line.insert("price", "29.90");
        json::Value::Object(line)
    };
    session.insert("cart", json::Value::Array((0..lines).map(line).collect()));
    session
}

fn signed_cookie() -> Operation {
    let cookie = set_signed_cookie(&keys(), "history", "17,4,99,1024,38", "shop", CookieSalt::V2, NOW);
    operation("signed cookie verify", keys(), move |keys| {
        get_signed_cookie(keys, "history", black_box(&cookie), "shop", Some(3600), true, NOW).is_ok()
    })
}

fn csrf() -> Operation {
    let mut byte = 0_u8;
    let mut fill = |bytes: &mut [u8]| {
        for place in bytes {
            byte = byte.wrapping_mul(77).wrapping_add(31);
            *place = byte;
        }
    };
    let secret = Secret::random(&mut fill);
    let token = secret.mask(&mut fill);
    let policy = Policy {
        trusted_origins: TrustedOrigins::new(["https://*.shop.example", "https://pay.example"]),
        ..Policy::default()
    };
    operation("CSRF check", policy, move |policy| {
        let source = Source {
            secure: true,
            host: Some("www.shop.example"),
            port: 443,
            origin: None,
            referer: Some("https://www.shop.example/user/login/?next=/cart/"),
        };
        policy.check_source(black_box(&source)).is_ok()
            && policy.check_token(Stored::Cookie(secret.as_str()), Some(token.as_str()), None).is_ok()
    })
}

fn cookie_header() -> Operation {
    const HEADER: &str = "_ga=GA1.2.1836542163.1767900000; csrftoken=fx3SQDtHK2ICMJnQ3Adi6yybVluQcFnX; \
        sessionid=i3vr09339ru910s5rx8frs5h483bpri1; django_language=zh-hans; \
        history=\"17\\0544\\05499\"; messages=W10:1vgM1A:apUUrI2gLszJMydYxJ9GjoAw7ndhWKEMFuntT";
    operation("cookie header", HEADER, |header| {
        let cookies = parse_cookie(black_box(header));
        (cookies.get("sessionid").is_some(), cookies.get("csrftoken").is_some())
    })
}

fn query() -> Operation {
    const QUERY: &str = "q=%E6%96%B0%E9%B2%9C+%E8%8D%89%E8%8E%93&page=2&sort=price&category=17&category=4\
        &min=10&max=99.90&in_stock=on&utm_source=mail&utm_campaign=spring%202026";
    operation("QueryDict", QUERY, |query| QueryDict::parse(black_box(query), Some(1000)))
}
