//! Style sheets, scripts and pictures: embedded in the program, a folder's files before them; and what users uploaded.
//!
//! ```
//! use axum::middleware::from_fn_with_state;
//! use nuages::static_files::{StaticFiles, serve_files};
//!
//! static EMBEDDED: &[(&str, &[u8])] = &[("css/shop.css", b"body { margin: 0 }")];
//!
//! let files = StaticFiles::new(EMBEDDED, &nuages::Settings::default());
//! let app: axum::Router = axum::Router::new().layer(from_fn_with_state(files, serve_files));
//! ```
//!
//! `GET /static/css/shop.css` is answered with a strong ETag, Last-Modified and Cache-Control; 304 when the client has
//! it. `docs/static_files.md` shows the build script that writes such a table. As in `django.views.static.serve` a
//! Range is answered with the whole file, and a path that leads out of the folder, or to no file, with 404.

mod content_type;
mod folder;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use nuages_wire::crypto::Algorithm;
use nuages_wire::http_dates::http_date;
use nuages_wire::percent::{filepath_to_uri, unquote_to_bytes};

use crate::error::Error;
use crate::middleware::conditional::{Asked, decided};
use crate::settings::Settings;
use crate::time::Clock;

/// Files under one address. Clones share them.
#[derive(Clone)]
pub struct StaticFiles(Arc<Inner>);

struct Inner {
    prefix: String,
    embedded: HashMap<&'static str, Embedded>,
    folder: Option<PathBuf>,
    cache_control: HeaderValue,
    /// Whether users put these files there: then only what cannot hurt the site is shown.
    is_media: bool,
}

struct Embedded {
    bytes: &'static [u8],
    etag: OnceLock<String>,
}

/// A file that was found.
struct Found {
    body: Body,
    length: u64,
    etag: String,
    /// Seconds since 1970.
    modified: Option<i64>,
}

impl StaticFiles {
    /// The files of `STATIC_URL`: those of the folder `STATIC_DIR`, then the `embedded`, each a path without leading
    /// slash and its bytes. Browsers keep them for an hour, while DEBUG not unasked.
    pub fn new(embedded: &[(&'static str, &'static [u8])], settings: &Settings) -> Self {
        let file = |bytes| Embedded { bytes, etag: OnceLock::new() };
        let cache_control = if settings.debug { "no-cache" } else { "public, max-age=3600" };
        Self(Arc::new(Inner {
            prefix: settings.static_url.clone(),
            embedded: embedded.iter().map(|&(path, bytes)| (path, file(bytes))).collect(),
            folder: settings.static_dir.clone(),
            cache_control: HeaderValue::from_static(cache_control),
            is_media: false,
        }))
    }

    /// The uploads of `MEDIA_ROOT` under `MEDIA_URL`, while DEBUG or with `SERVE_MEDIA`. Pictures, sound and film are
    /// shown; anything else, a page or an SVG among them, is only handed over for keeping.
    pub fn media(settings: &Settings) -> Option<Self> {
        let served = settings.debug || settings.serve_media;
        served.then(|| {
            Self(Arc::new(Inner {
                prefix: settings.media_url.clone(),
                embedded: HashMap::new(),
                folder: Some(settings.media_root.clone()),
                cache_control: HeaderValue::from_static("private, max-age=3600"),
                is_media: true,
            }))
        })
    }

    /// The address of a file: `/static/css/shop.css` (`{% static %}`).
    pub fn url(&self, path: &str) -> String {
        format!("{}{}", self.0.prefix, filepath_to_uri(path))
    }

    async fn find(&self, path: &str) -> std::io::Result<Option<Found>> {
        if let Some(folder) = &self.0.folder
            && let Some(found) = folder::find(folder, path).await?
        {
            return Ok(Some(found));
        }
        Ok(self.0.embedded.get(path).map(Embedded::found))
    }

    async fn answer(&self, path: &str, method: &Method, asked: &Asked) -> Response {
        let Some(path) = confined(path) else { return not_found() };
        let found = match self.find(&path).await {
            Ok(Some(found)) => found,
            Ok(None) => return not_found(),
            Err(error) => return Error::internal(error).into_response(),
        };
        let mut response = Response::new(found.body);
        let headers = response.headers_mut();
        let mut put = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        let mut content_type = content_type::of(&path);
        if self.0.is_media {
            put(header::X_CONTENT_TYPE_OPTIONS, "nosniff".into());
            put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".into());
            if !content_type::is_harmless(content_type) {
                content_type = content_type::UNKNOWN;
                put(header::CONTENT_DISPOSITION, "attachment".into());
            }
        }
        put(header::CONTENT_TYPE, content_type.into());
        put(header::CONTENT_LENGTH, found.length.to_string());
        put(header::ETAG, found.etag);
        if let Some(date) = found.modified.and_then(|modified| http_date(modified).ok()) {
            put(header::LAST_MODIFIED, date);
        }
        headers.insert(header::CACHE_CONTROL, self.0.cache_control.clone());
        decided(response, asked, method, &Clock::system())
    }
}

impl Embedded {
    fn found(&self) -> Found {
        let etag = self.etag.get_or_init(|| format!("\"{}\"", Algorithm::Md5.digest(&[self.bytes]).to_hex()));
        Found {
            body: Body::from(Bytes::from_static(self.bytes)),
            length: self.bytes.len() as u64,
            etag: etag.clone(),
            modified: *BUILT,
        }
    }
}

/// Embedded files are as old as the program.
static BUILT: LazyLock<Option<i64>> = LazyLock::new(|| {
    let modified = std::env::current_exe().and_then(std::fs::metadata).and_then(|file| file.modified());
    modified.ok().and_then(seconds)
});

impl fmt::Debug for StaticFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { prefix, embedded, folder, .. } = &*self.0;
        f.debug_struct("StaticFiles")
            .field("prefix", prefix)
            .field("embedded", &embedded.len())
            .field("folder", folder)
            .finish_non_exhaustive()
    }
}

/// The layer: a path under the files' address is answered here, every other one goes on.
pub async fn serve_files(State(files): State<StaticFiles>, request: Request, next: Next) -> Response {
    let Some(path) = request.uri().path().strip_prefix(&files.0.prefix) else {
        return next.run(request).await;
    };
    let method = request.method();
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let mut response = files.answer(path, method, &Asked::of(request.headers())).await;
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    response
}

/// The decoded path, when each of its parts is the plain name of a file or folder.
fn confined(path: &str) -> Option<String> {
    let path = String::from_utf8(unquote_to_bytes(path.as_bytes())).ok()?;
    // A name that begins with a dot is hidden, and `.` and `..` are such names.
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    let clean = !path.contains(['\0', '\\', ':']) && path.split('/').all(plain);
    clean.then_some(path)
}

fn not_found() -> Response {
    Error::not_found("There is no such file.").into_response()
}

fn seconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests;
