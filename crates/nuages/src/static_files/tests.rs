#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http::HeaderMap;
use tower::ServiceExt;

use super::*;

static EMBEDDED: &[(&str, &[u8])] =
    &[("css/shop.css", b"embedded"), ("js/shop.js", b"script"), ("空 1.txt", b"x")];

struct Site {
    folder: tempfile::TempDir,
    app: Router,
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("static/css")).unwrap();
    std::fs::create_dir_all(folder.path().join("media")).unwrap();
    for (path, content) in [
        ("secret.txt", "secret"),
        ("static/css/shop.css", "from the folder"),
        ("static/.hidden", "secret"),
        ("media/a.png", "picture"),
        ("media/a.svg", "<svg onload='alert(1)'/>"),
        ("media/a.html", "<script>alert(1)</script>"),
    ] {
        std::fs::write(folder.path().join(path), content).unwrap();
    }
    let settings = Settings {
        static_dir: Some(folder.path().join("static")),
        media_root: folder.path().join("media"),
        serve_media: true,
        ..Settings::default()
    };
    let app = Router::new()
        .route("/", get(|| async { "page" }))
        .layer(from_fn_with_state(StaticFiles::new(EMBEDDED, &settings), serve_files))
        .layer(from_fn_with_state(StaticFiles::media(&settings).unwrap(), serve_files));
    Site { folder, app }
}

impl Site {
    async fn call(&self, method: &str, path: &str, asked: &[(HeaderName, &str)]) -> (u16, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in asked {
            request = request.header(name, *value);
        }
        let response = self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> (u16, HeaderMap, String) {
        self.call("GET", path, &[]).await
    }
}

#[tokio::test]
async fn a_folder_comes_before_what_is_embedded() {
    let site = site();
    assert_eq!(site.get("/static/css/shop.css").await.2, "from the folder");
    assert_eq!(site.get("/static/js/shop.js").await.2, "script");
    assert_eq!(site.get("/static/%E7%A9%BA%201.txt").await.2, "x");
    assert_eq!(site.get("/").await.2, "page");
    let files = StaticFiles::new(EMBEDDED, &Settings::default());
    assert_eq!(files.url("空 1.txt"), "/static/%E7%A9%BA%201.txt");
}

#[tokio::test]
async fn headers_let_a_browser_keep_it() {
    let site = site();
    for path in ["/static/css/shop.css", "/static/js/shop.js"] {
        let (status, headers, body) = site.get(path).await;
        assert_eq!(status, 200);
        assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=3600");
        assert_eq!(headers[header::CONTENT_LENGTH], body.len().to_string());
        let etag = headers[header::ETAG].to_str().unwrap();
        let date = headers[header::LAST_MODIFIED].to_str().unwrap();
        let (status, headers, body) = site.call("GET", path, &[(header::IF_NONE_MATCH, etag)]).await;
        assert_eq!((status, body.as_str()), (304, ""));
        assert!(headers.contains_key(header::CACHE_CONTROL) && !headers.contains_key(header::CONTENT_TYPE));
        assert_eq!(site.call("HEAD", path, &[(header::IF_MODIFIED_SINCE, date)]).await.0, 304);
        assert_eq!(site.call("GET", path, &[(header::IF_NONE_MATCH, "\"x\"")]).await.0, 200);
        let (status, headers, body) = site.call("HEAD", path, &[]).await;
        assert_eq!((status, body.as_str()), (200, ""));
        assert_ne!(headers[header::CONTENT_LENGTH], "0");
        assert_eq!(site.call("POST", path, &[]).await.0, 405);
    }
}

#[tokio::test]
async fn a_file_that_changed_is_sent_again() {
    let site = site();
    let (_, headers, _) = site.get("/static/css/shop.css").await;
    let etag = headers[header::ETAG].to_str().unwrap();
    std::fs::write(site.folder.path().join("static/css/shop.css"), "changed").unwrap();
    let (status, _, body) = site.call("GET", "/static/css/shop.css", &[(header::IF_NONE_MATCH, etag)]).await;
    assert_eq!((status, body.as_str()), (200, "changed"));
}

#[tokio::test]
async fn no_path_leads_out() {
    let site = site();
    for path in [
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/css/..%2f..%2fsecret.txt",
        "/static/..%5csecret.txt",
        "/static/%252e%252e/secret.txt",
        "/static//etc/passwd",
        "/static/%2Fetc/passwd",
        "/static/css/shop.css%00.png",
        "/static/css",
        "/static/css/",
        "/static/",
        "/static/.hidden",
        "/static/%ff",
        "/media/../secret.txt",
        "/media/nothing.png",
    ] {
        assert_eq!(site.get(path).await.0, 404, "{path}");
    }
    let long = format!("/static/{}", "x".repeat(5000));
    assert_eq!(site.get(&long).await.0, 404);
}

#[tokio::test]
async fn an_upload_cannot_act_as_a_page() {
    let site = site();
    let (_, headers, body) = site.get("/media/a.png").await;
    assert_eq!((headers[header::CONTENT_TYPE].to_str().unwrap(), body.as_str()), ("image/png", "picture"));
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    for path in ["/media/a.svg", "/media/a.html"] {
        let (status, headers, _) = site.get(path).await;
        assert_eq!(status, 200);
        assert_eq!(headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(headers[header::CONTENT_DISPOSITION], "attachment");
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
    }
    assert!(StaticFiles::media(&Settings::default()).is_none());
}
