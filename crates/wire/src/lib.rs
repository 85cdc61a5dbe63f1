//! Django's byte formats as pure functions.
//!
//! What a Django 5.2 site writes (signed text, sessions, password hashes, CSRF tokens, messages, …) this crate reads
//! and writes byte for byte. It does no I/O, knows no settings and keeps no globals: the time is an argument (`now`,
//! whole Unix seconds unless a type says otherwise) and so is randomness.
//!
//! | module | what it holds | Django's own place |
//! |---|---|---|
//! | [`auth`] | the session's proof of login, password-reset tokens, uid text | `django.contrib.auth` |
//! | [`base62`] | the numbers in signed timestamps | `django.core.signing.b62_encode` |
//! | [`base64`] | URL-safe base64 as Python writes it and leniently reads it | `django.core.signing.b64_decode` |
//! | [`cache`] | keys and values of the Redis caches | `django.core.cache`, django-redis |
//! | [`celery`] | task messages and results, protocol 2 | Celery, kombu |
//! | [`charset`] | character sets under Python's names | `codecs` |
//! | [`conditional`] | ETags and conditional requests | `django.utils.cache.get_conditional_response` |
//! | [`cookies`] | the `Cookie` header and `Set-Cookie` lines | `django.http.cookie`, `HttpResponse.set_cookie` |
//! | [`crypto`] | secret keys, digests, salted HMAC, constant-time comparison | `django.utils.crypto` |
//! | [`csrf`] | masked tokens and the decision on a request | `django.middleware.csrf` |
//! | [`datetime`] | dates with times as Python prints them | `datetime.isoformat`, the SQLite backend |
//! | [`filenames`] | names of uploaded and stored files | `django.core.files`, `get_valid_filename` |
//! | [`header_params`] | parameters of a header line | `django.utils.http.parse_header_parameters` |
//! | [`html`] | character references | `html.unescape` |
//! | [`http_dates`] | dates in HTTP headers | `django.utils.http.http_date` |
//! | [`itsdangerous`] | URL-safe serializers and the legacy JWS | the package `itsdangerous` |
//! | [`json`] | Python's JSON, its numbers and its surrogates | `json`, `django.core.signing.JSONSerializer` |
//! | [`messages`] | one-time notices in a cookie or a session | `django.contrib.messages.storage` |
//! | [`multipart`] | uploads, piece by piece | `django.http.multipartparser` |
//! | [`next_urls`] | safe redirect targets | `url_has_allowed_host_and_scheme` |
//! | [`password`] | encoded password hashes | `django.contrib.auth.hashers` |
//! | [`percent`] | percent-encoding | `urllib.parse.quote`, `django.utils.encoding` |
//! | [`pickle`] | pickled values, read without running anything | `pickle` |
//! | [`querydict`] | query strings and urlencoded forms | `django.http.QueryDict` |
//! | [`resp`] | the protocol of Redis | (the package redis) |
//! | [`session`] | session keys, stored sessions and their expiry | `django.contrib.sessions` |
//! | [`signing`] | signed values, tokens and cookies | `django.core.signing` |
//! | [`zlib`] | compression, and decompression with a bound | `zlib` |

pub mod auth;
pub mod base62;
pub mod base64;
pub mod cache;
pub mod celery;
pub mod charset;
pub mod conditional;
pub mod cookies;
pub mod crypto;
pub mod csrf;
pub mod datetime;
pub mod filenames;
pub mod header_params;
pub mod html;
pub mod http_dates;
mod int;
pub mod itsdangerous;
pub mod json;
pub mod messages;
pub mod multipart;
pub mod next_urls;
pub mod password;
pub mod percent;
pub mod pickle;
mod python;
pub mod querydict;
pub mod resp;
pub mod session;
pub mod signing;
pub mod zlib;
