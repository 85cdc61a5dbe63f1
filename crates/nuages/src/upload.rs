//! The form of a request, parsed once whoever asks first (`request.POST` and `request.FILES`).
//!
//! A form is the body of a POST of type `application/x-www-form-urlencoded` or `multipart/form-data`; of any other
//! request it is empty, and the body stays. Urlencoded bytes are put back, so that axum's own `Form` works behind
//! the CSRF check; a multipart body is spent, its files lie in memory or, for a large request, in temporary files.
//!
//! ```
//! use nuages::upload::FormData;
//!
//! async fn avatar(form: FormData) -> String {
//!     match form.file("headimg") {
//!         Some(file) => format!("{} of {} bytes", file.name, file.size),
//!         None => "no picture".to_owned(),
//!     }
//! }
//! ```
//!
//! What is refused: Django's 400 for too many fields, fields that weigh too much, and a malformed or truncated body;
//! 413 for a body over the route's [`Policy::body_limit`]; 408 for one that is too slow, under
//! [`deadline`](crate::middleware::deadline), which also reads what is left of a refused body.

mod file;
mod multipart;

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, header};
use http_body_util::BodyExt;
use nuages_wire::header_params::parse_header_parameters;
use nuages_wire::querydict::parse_form;

use crate::error::{Error, Result};
use crate::middleware::deadline::BodyTooSlow;
use crate::querydict::QueryDict;
use crate::request;
use crate::urls::Policy;

pub use file::UploadedFile;

/// A parsed form. Clones share it.
#[derive(Clone, Default)]
pub struct FormData {
    /// The fields, in order.
    pub fields: Arc<QueryDict>,
    /// The files, each under its field's name, in order.
    pub files: Arc<[(String, UploadedFile)]>,
}

impl FormData {
    /// The last value of a field (`request.POST.get`).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }

    /// The last file of a field (`request.FILES.get`).
    pub fn file(&self, name: &str) -> Option<&UploadedFile> {
        self.files.iter().rev().find(|(field, _)| field == name).map(|(_, file)| file)
    }
}

impl fmt::Debug for FormData {
    /// The fields' names alone: a value may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&str> = self.fields.lists().map(|(name, _)| name).collect();
        f.debug_struct("FormData").field("fields", &fields).field("files", &self.files).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for FormData {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        parse(request).await.map(|(_, form)| form)
    }
}

/// Parses the form of a request, for a layer: the request comes back with the form in its extensions, for the next
/// who asks.
///
/// # Errors
/// 400, 408 and 413, as the module says.
pub async fn parse(mut request: Request) -> Result<(Request, FormData)> {
    if let Some(form) = request.extensions().get::<FormData>() {
        let form = form.clone();
        return Ok((request, form));
    }
    let form = match kind(&request) {
        Kind::None => FormData::default(),
        Kind::Urlencoded => {
            let (form, bytes) = urlencoded(&mut request).await?;
            *request.body_mut() = Body::from(bytes);
            form
        }
        Kind::Multipart => multipart::parse(&mut request).await?,
    };
    request.extensions_mut().insert(form.clone());
    Ok((request, form))
}

enum Kind {
    None,
    Urlencoded,
    Multipart,
}

/// Django compares the content type without its parameters, and only for POST.
fn kind(request: &Request) -> Kind {
    if request.method() != Method::POST {
        return Kind::None;
    }
    let Ok(line) = parse_header_parameters(content_type(request.headers())) else { return Kind::None };
    match line.value.as_str() {
        "application/x-www-form-urlencoded" => Kind::Urlencoded,
        "multipart/form-data" => Kind::Multipart,
        _ => Kind::None,
    }
}

async fn urlencoded(request: &mut Request) -> Result<(FormData, Bytes)> {
    let settings = request::settings(request.extensions());
    let memory = settings.data_upload_max_memory_size;
    let too_big = || Error::bad_request("The form is too large.");
    let mut body = Incoming::of(request)?;
    if body.announced.is_some_and(|length| length > memory) {
        return Err(too_big());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.chunk().await? {
        if body.received > memory {
            return Err(too_big());
        }
        bytes.extend_from_slice(&chunk);
    }
    let bytes = bytes.freeze();
    let fields = parse_form(
        content_type(request.headers()),
        &bytes,
        usize::try_from(memory).ok(),
        Some(settings.data_upload_max_number_fields),
    )
    .map_err(|error| Error::bad_request("The form cannot be read.").with_source(error))?;
    Ok((FormData { fields: Arc::new(fields), ..FormData::default() }, bytes))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A body on its way in, under the limit of its route.
struct Incoming {
    body: Body,
    /// `Content-Length`.
    announced: Option<u64>,
    received: u64,
    limit: u64,
}

impl Incoming {
    fn of(request: &mut Request) -> Result<Self> {
        let policy = request.extensions().get::<Policy>().copied().unwrap_or_default();
        let length = request.headers().get(header::CONTENT_LENGTH);
        let announced = length.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        if announced.is_some_and(|length: u64| length > policy.body_limit) {
            return Err(too_large(policy.body_limit));
        }
        let body = std::mem::take(request.body_mut());
        Ok(Self { body, announced, received: 0, limit: policy.body_limit })
    }

    /// The next bytes; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|error| match is_too_slow(&error) {
                true => Error::request_timeout("The request came too slowly.").with_source(error),
                false => Error::bad_request("The request broke off.").with_source(error),
            })?;
            if let Ok(chunk) = frame.into_data() {
                self.received = self.received.saturating_add(chunk.len() as u64);
                if self.received > self.limit {
                    return Err(too_large(self.limit));
                }
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }
}

fn too_large(limit: u64) -> Error {
    Error::too_large(format!("The request is over {limit} bytes."))
}

fn is_too_slow(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<BodyTooSlow>() {
            return true;
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests;
