#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use futures_util::{StreamExt, stream};
use http::StatusCode;
use tokio::io::AsyncReadExt;

use super::*;
use crate::settings::Settings;

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

fn request(content_type: &str, body: impl Into<Body>) -> Request {
    Request::post("/").header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()
}

fn with(mut request: Request, settings: Settings) -> Request {
    request.extensions_mut().insert(Arc::new(settings));
    request
}

fn file_part(name: &str, filename: &str, content: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
         Content-Type: Image/PNG\r\n\r\n{content}\r\n"
    )
}

fn field_part(name: &str, value: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

/// The bytes one by one, as the worst network brings them.
fn trickle(body: String) -> Body {
    let bytes: Vec<_> = body.bytes().map(|byte| Ok::<_, Infallible>(Bytes::from(vec![byte]))).collect();
    Body::from_stream(stream::iter(bytes))
}

async fn status(request: Request) -> StatusCode {
    parse(request).await.unwrap_err().status()
}

#[tokio::test]
async fn an_urlencoded_form_is_parsed_once_and_put_back() {
    let (request, form) = parse(request(URLENCODED, "a=1&a=2&q=%E7%94%B7+x")).await.unwrap();
    assert_eq!((form.get("a"), form.get("q"), form.get("z")), (Some("2"), Some("男 x"), None));
    let (request, again) = parse(request).await.unwrap();
    assert!(Arc::ptr_eq(&form.fields, &again.fields));
    let axum::Form(pairs) = axum::Form::<Vec<(String, String)>>::from_request(request, &()).await.unwrap();
    assert_eq!(pairs.len(), 3);
}

#[tokio::test]
async fn another_body_is_left_alone() {
    for (method, content_type) in [("POST", "application/json"), ("PUT", URLENCODED), ("POST", "text/plain")]
    {
        let mut request = request(content_type, "a=1");
        *request.method_mut() = method.parse().unwrap();
        let (request, form) = parse(request).await.unwrap();
        assert!(form.fields.is_empty());
        assert_eq!(Bytes::from_request(request, &()).await.unwrap(), "a=1");
    }
}

#[tokio::test]
async fn fields_and_files_come_apart() {
    let body = field_part("n", "男") + &file_part("f", "../../x.png", "data") + "--b--\r\n";
    for body in [Body::from(body.clone()), trickle(body)] {
        let (_, form) = parse(request(MULTIPART, body)).await.unwrap();
        assert_eq!(form.get("n"), Some("男"));
        let file = form.file("f").unwrap();
        assert_eq!((file.name.as_str(), file.content_type.as_str(), file.size), ("x.png", "image/png", 4));
        assert_eq!(file.bytes(4).await.unwrap(), "data");
        assert_eq!(file.bytes(3).await.unwrap_err().status(), 413);
        assert_eq!(file.head(2).await.unwrap(), "da");
        assert_eq!(file.temporary_path(), None);
    }
}

#[tokio::test]
async fn a_large_request_goes_to_temporary_files_that_are_gone_with_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        file_upload_max_memory_size: 500,
        file_upload_temp_dir: Some(folder.path().to_owned()),
        ..Settings::default()
    };
    let content = "x".repeat(400);
    let body = file_part("f", "a", &content) + &file_part("f", "b", &content) + "--b--\r\n";
    let announced = |body: &str| {
        let mut request = request(MULTIPART, body.to_owned());
        request.headers_mut().insert(header::CONTENT_LENGTH, body.len().into());
        request
    };
    for (request, on_disk) in [(announced(&body), 2), (request(MULTIPART, trickle(body.clone())), 1)] {
        let (request, form) = parse(with(request, settings.clone())).await.unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), on_disk);
        for (_, file) in form.files.iter() {
            let mut text = String::new();
            file.open().await.unwrap().read_to_string(&mut text).await.unwrap();
            assert_eq!(text, content);
        }
        drop((request, form));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn djangos_limits_are_400() {
    let settings = || Settings {
        data_upload_max_memory_size: 64,
        data_upload_max_number_fields: 2,
        data_upload_max_number_files: 1,
        ..Settings::default()
    };
    let many_files = file_part("f", "a", "") + &file_part("f", "b", "") + "--b--\r\n";
    for (content_type, body) in [
        (URLENCODED, "a".repeat(65)),
        (URLENCODED, "&&".into()),
        (MULTIPART, field_part("a", &"x".repeat(64))),
        (MULTIPART, field_part("a", "").repeat(5)),
        (MULTIPART, many_files),
        (MULTIPART, format!("--b\r\nContent-Disposition: {}\r\n\r\n", "x".repeat(2000))),
        ("multipart/form-data", String::new()),
        ("application/x-www-form-urlencoded; charset=latin-1", "a=1".into()),
    ] {
        assert_eq!(status(with(request(content_type, body.clone()), settings())).await, 400, "{body}");
    }
    let file = file_part("f", "a", &"x".repeat(1000)) + "--b--\r\n";
    assert!(parse(with(request(MULTIPART, file), settings())).await.is_ok());
}

#[tokio::test]
async fn the_routes_limit_is_413() {
    let policy = Policy { body_limit: 100, ..Policy::default() };
    for content_type in [URLENCODED, MULTIPART] {
        let mut announced =
            request(content_type, Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()));
        announced.headers_mut().insert(header::CONTENT_LENGTH, 101.into());
        let chunked = request(content_type, trickle("x".repeat(101)));
        for mut request in [announced, chunked] {
            request.extensions_mut().insert(policy);
            assert_eq!(status(request).await, 413);
        }
    }
    let mut request = request(MULTIPART, "");
    request.extensions_mut().insert(Policy { multipart: false, ..policy });
    assert_eq!(status(request).await, 400);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let broken = stream::iter([Ok(Bytes::from("a=1")), Err(std::io::Error::other("reset"))]);
    assert_eq!(status(request(URLENCODED, Body::from_stream(broken.boxed()))).await, 400);
}
