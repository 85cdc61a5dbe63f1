//! A multipart body from the socket through `nuages_wire::multipart` into fields and files.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Request;
use nuages_wire::multipart::{Event, Limits, MultipartParser};

use super::file::{Receiving, UploadedFile};
use super::{FormData, Incoming, content_type};
use crate::error::{Error, Result};
use crate::querydict::QueryDict;
use crate::request;
use crate::urls::Policy;

pub(super) async fn parse(request: &mut Request) -> Result<FormData> {
    if request.extensions().get::<Policy>().is_some_and(|policy| !policy.multipart) {
        return Err(Error::bad_request("This page takes no files."));
    }
    let settings = request::settings(request.extensions());
    let limits = Limits {
        fields: Some(settings.data_upload_max_number_fields),
        files: Some(settings.data_upload_max_number_files),
        memory: usize::try_from(settings.data_upload_max_memory_size).ok(),
    };
    let mut parser = MultipartParser::new(content_type(request.headers()), limits).map_err(refused)?;
    let mut body = Incoming::of(request)?;
    let mut form = Form {
        fields: QueryDict::new(),
        files: Vec::new(),
        current: None,
        // Django decides by the weight of the whole request; one that does not tell it starts in memory.
        memory_left: match body.announced {
            Some(length) if length > settings.file_upload_max_memory_size => 0,
            _ => settings.file_upload_max_memory_size,
        },
        folder: settings.file_upload_temp_dir.clone(),
    };
    loop {
        let chunk = body.chunk().await?;
        let is_last = chunk.is_none();
        match chunk {
            Some(chunk) => parser.push(chunk),
            None => parser.finish(),
        }
        while let Some(event) = parser.next_event().map_err(refused)? {
            form.take(event).await.map_err(Error::internal)?;
        }
        if is_last {
            return Ok(FormData { fields: Arc::new(form.fields), files: form.files.into() });
        }
    }
}

struct Form {
    fields: QueryDict,
    files: Vec<(String, UploadedFile)>,
    current: Option<Receiving>,
    memory_left: u64,
    folder: Option<PathBuf>,
}

impl Form {
    async fn take(&mut self, event: Event) -> std::io::Result<()> {
        match event {
            Event::Field { name, value } => self.fields.append(&name, value),
            Event::File(head) => self.current = Some(Receiving::new(head)),
            Event::Data(bytes) => {
                let Some(file) = &mut self.current else { return Ok(()) };
                if file.is_in_memory() {
                    match self.memory_left.checked_sub(bytes.len() as u64) {
                        Some(left) => self.memory_left = left,
                        None => file.spill(self.folder.as_deref()).await?,
                    }
                }
                file.write(&bytes).await?;
            }
            Event::FileEnd => {
                if let Some(file) = self.current.take() {
                    self.files.push(file.finish().await?);
                }
            }
            Event::FileInterrupted => self.current = None,
        }
        Ok(())
    }
}

fn refused(error: nuages_wire::multipart::MultipartError) -> Error {
    Error::bad_request("The form cannot be read.").with_source(error)
}
