//! The routes of a site in one place: Django's patterns and names over axum's handlers, and each route's policy.
//!
//! ```
//! use axum::routing::get;
//! use nuages::urls::Urls;
//!
//! let urls = Urls::<()>::new()
//!     .path("", get(|| async { "the shop" }), "goods:index")
//!     .path("goods/<int:id>", get(|| async { "a book" }), "goods:detail");
//! let (_router, reverse) = urls.build(&nuages::Settings::default())?;
//! assert_eq!(reverse.reverse("goods:detail", &[&42])?, "/goods/42");
//! # Ok::<(), nuages::Error>(())
//! ```
//!
//! Differences from Django: of two routes that take one path the one with more fixed text wins, whatever their
//! order; a parameter is a whole segment; a `path` stands at the end.

mod pattern;
mod resolve;
mod reverse;

use std::fmt;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http::{HeaderValue, StatusCode, header};

use crate::error::{Error, Result};
use crate::settings::Settings;
use nuages_wire::percent::iri_to_uri;
use pattern::Pattern;
use reverse::Known;

pub(crate) use resolve::repercent;
pub use resolve::resolve;
pub use reverse::{NoReverseMatch, Reverse};

/// A 302 to a path of this site, or to an address (`django.shortcuts.redirect`): `/商品/` goes out as `/%E5%95%86%E5%93%81/`. What a visitor sent as the target is first
/// asked of [`RequestInfo::is_safe_redirect`](crate::request::RequestInfo::is_safe_redirect).
pub fn redirect(to: &str) -> Response {
    match HeaderValue::try_from(iri_to_uri(to)) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => Error::bad_request("The way on is no address.").into_response(),
    }
}

/// What the layers around a handler have to know about its route. [`resolve`] leaves it in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Whether the CSRF check passes the route over (`csrf_exempt`).
    pub csrf_exempt: bool,
    /// Whether only a logged-in user gets to the handler (`login_required`).
    pub login_required: bool,
    /// The most that a body may weigh, bytes: 413 beyond it. Django's own limits on forms (400) lie inside of it.
    pub body_limit: u64,
    /// Whether a multipart form is taken; 400 otherwise.
    pub multipart: bool,
    /// The route's own request time-out, in place of `REQUEST_TIMEOUT`.
    pub timeout: Option<Duration>,
}

impl Default for Policy {
    /// The strict one: 10 MiB of body, under the CSRF check, open to guests.
    fn default() -> Self {
        Self {
            csrf_exempt: false,
            login_required: false,
            body_limit: 10 << 20,
            multipart: true,
            timeout: None,
        }
    }
}

impl Policy {
    /// A path without a route is a 404 before the CSRF check, as in Django.
    pub(crate) fn without_route() -> Self {
        Self { csrf_exempt: true, ..Self::default() }
    }
}

/// Routes in the making, over the axum state `S`.
pub struct Urls<S = ()> {
    routes: Vec<Route<S>>,
}

struct Route<S> {
    pattern: String,
    methods: MethodRouter<S>,
    name: String,
    policy: Policy,
}

impl<S: Clone + Send + Sync + 'static> Urls<S> {
    /// No routes.
    pub fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Adds a route: a pattern without leading slash, its handlers, and the name for [`Reverse`] (may be empty).
    /// Values arrive in `axum::extract::Path`; `<int:…>` fits an `i64`.
    #[must_use]
    pub fn path(
        mut self,
        pattern: impl Into<String>,
        methods: MethodRouter<S>,
        name: impl Into<String>,
    ) -> Self {
        let route = Route { pattern: pattern.into(), methods, name: name.into(), policy: Policy::default() };
        self.routes.push(route);
        self
    }

    /// Sets the policy of the route added last.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.policy = policy;
        }
        self
    }

    /// Adds `urls` with `prefix` before each pattern: `user/`.
    #[must_use]
    pub fn include(mut self, prefix: &str, urls: Self) -> Self {
        let included = urls.routes.into_iter();
        self.routes
            .extend(included.map(|route| Route { pattern: format!("{prefix}{}", route.pattern), ..route }));
        self
    }

    /// The axum router and the names. Put [`resolve`] around the router, outside of every layer that asks for the
    /// route's policy.
    ///
    /// # Errors
    /// A bad pattern, two routes that cannot be told apart, two routes of one name: configuration errors that name
    /// the route.
    pub fn build(self, settings: &Settings) -> Result<(Router<S>, Reverse)> {
        let mut handlers = Vec::new();
        let mut known = Vec::new();
        for Route { pattern, methods, name, policy } in self.routes {
            let pattern = Pattern::parse(&pattern)?;
            let limit = usize::try_from(policy.body_limit).unwrap_or(usize::MAX);
            handlers.push((pattern.axum_path(), methods.layer(DefaultBodyLimit::max(limit))));
            known.push(Known { pattern, name, policy });
        }
        let reverse = Reverse::new(known, settings)?;
        let mut router = Router::new();
        for (path, methods) in handlers {
            router = router.route(&path, methods.layer(from_fn_with_state(reverse.clone(), resolve::guard)));
        }
        let routes = reverse.clone();
        let fallback = move |request: Request| {
            let answer = resolve::missing(&routes, &request);
            async move { answer }
        };
        Ok((router.fallback(fallback), reverse))
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Urls<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Urls<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.routes.iter().map(|route| (&route.pattern, &route.name))).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::body::Body;
    use axum::extract::Path;
    use axum::middleware::from_fn;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    use super::*;

    fn urls() -> Urls {
        let goods = get(|Path(id): Path<i64>| async move { format!("goods {id}") });
        Urls::new()
            .path("", get(|| async { "index" }), "goods:index")
            .path("goods/<int:id>", goods, "goods:detail")
            .path("goods/new", get(|| async { "new" }), "goods:new")
            .include(
                "cart/",
                Urls::new().path("", get(|| async { "cart" }).post(|| async { "put" }), "cart:show"),
            )
            .path("hook", post(|| async { "hook" }), "hook")
            .policy(Policy { csrf_exempt: true, body_limit: 4, ..Policy::default() })
            .path("tag/<slug:tag>/<uuid:id>/", get(|| async { "tag" }), "tag")
            .path("male/<name>/", get(|| async { "男" }), "name")
    }

    fn app(debug: bool) -> (Router, Reverse) {
        let (router, reverse) = urls().build(&Settings { debug, ..Settings::default() }).unwrap();
        let show = from_fn(|request: Request, next: axum::middleware::Next| async move {
            let policy = request.extensions().get::<Policy>().copied().unwrap();
            let mut response: Response = next.run(request).await;
            response.extensions_mut().insert(policy);
            response
        });
        (router.layer(show).layer(from_fn_with_state(reverse.clone(), resolve)), reverse)
    }

    async fn call(debug: bool, method: &str, uri: &str) -> (u16, String, Response) {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let mut response = app(debug).0.oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(std::mem::take(response.body_mut()), 4096).await.unwrap();
        (response.status().as_u16(), String::from_utf8(body.to_vec()).unwrap(), response)
    }

    #[tokio::test]
    async fn a_value_that_does_not_fit_is_a_404() {
        assert_eq!(call(false, "GET", "/goods/42").await.1, "goods 42");
        assert_eq!(call(false, "GET", "/goods/new").await.1, "new");
        assert_eq!(call(false, "HEAD", "/goods/42").await.0, 200);
        assert_eq!(call(false, "POST", "/goods/42").await.0, 405);
        for path in
            ["/goods/x", "/goods/-1", "/goods/9223372036854775808", "/goods/%ff", "/goods/4%32x", "/nothing"]
        {
            assert_eq!(call(false, "GET", path).await.0, 404, "{path}");
            assert_eq!(call(false, "POST", path).await.0, 404, "{path}");
        }
        assert_eq!(call(false, "GET", "/goods/4%32").await.1, "goods 42");
        assert_eq!(call(false, "GET", "/male/a%2Fb/").await.0, 404);
    }

    #[test]
    fn a_redirect_goes_to_what_a_url_can_carry() {
        // Recorded from HttpResponseRedirect.
        for (to, location) in [
            ("/商品/?q=云 鲜#a", "/%E5%95%86%E5%93%81/?q=%E4%BA%91%20%E9%B2%9C#a"),
            ("/a%20b%zz", "/a%20b%zz"),
            ("/a\r\nSet-Cookie: x=y", "/a%0D%0ASet-Cookie:%20x=y"),
        ] {
            assert_eq!(redirect(to).headers()[header::LOCATION], location);
        }
    }

    #[tokio::test]
    async fn append_slash_as_django() {
        // Recorded from Django: the redirect keeps path and query, and is for every method outside DEBUG.
        for (method, path, location) in [
            ("GET", "/cart", "/cart/"),
            ("GET", "/cart?a=%20b", "/cart/?a=%20b"),
            ("POST", "/cart", "/cart/"),
            ("GET", "/male/a%20b;%25", "/male/a%20b%3B%25/"),
        ] {
            let (status, _, response) = call(false, method, path).await;
            assert_eq!(status, 301, "{path}");
            assert_eq!(response.headers()[header::LOCATION], location);
        }
        for path in ["/cart/x", "//cart", "/goods", "/male"] {
            assert_eq!(call(false, "GET", path).await.0, 404, "{path}");
        }
        assert_eq!(call(true, "GET", "/cart").await.0, 301);
        assert_eq!(call(true, "POST", "/cart").await.0, 500);
        assert_eq!(call(true, "POST", "/cart/").await.1, "put");
    }

    #[tokio::test]
    async fn the_policy_is_there_before_the_layers() {
        let policy = |response: &Response| *response.extensions().get::<Policy>().unwrap();
        assert_eq!(policy(&call(false, "POST", "/hook").await.2).body_limit, 4);
        assert!(!policy(&call(false, "GET", "/goods/1").await.2).csrf_exempt);
        assert!(policy(&call(false, "POST", "/goods/x").await.2).csrf_exempt);
    }

    #[test]
    fn reverse_writes_what_django_writes() {
        let reverse = app(false).1;
        assert_eq!(reverse.reverse("goods:index", &[]).unwrap(), "/");
        assert_eq!(reverse.reverse("cart:show", &[]).unwrap(), "/cart/");
        assert_eq!(reverse.reverse("name", &[&"a b;=男%?"]).unwrap(), "/male/a%20b;=%E7%94%B7%25%3F/");
        assert_eq!(reverse.reverse_named("goods:detail", &[("id", &7)]).unwrap(), "/goods/7");
        for (name, values) in
            [("nothing", &[][..]), ("goods:detail", &[]), ("name", &["a/b"]), ("goods:detail", &["x"])]
        {
            let values: Vec<&dyn fmt::Display> = values.iter().map(|value: &&str| value as _).collect();
            assert!(reverse.reverse(name, &values).is_err(), "{name}");
        }
        assert!(reverse.reverse_named("goods:detail", &[("pk", &7)]).is_err());
    }

    #[test]
    fn routes_that_clash_are_an_error_at_the_start() {
        let handler = || get(|| async { "" });
        for (first, second) in [("goods/<int:id>", "goods/<slug:name>"), ("cart/", "cart/")] {
            let urls = Urls::<()>::new().path(first, handler(), "").path(second, handler(), "");
            let error = urls.build(&Settings::default()).unwrap_err();
            assert!(error.message().contains(second), "{error}");
        }
        let urls = Urls::<()>::new().path("a", handler(), "same").path("b", handler(), "same");
        assert!(urls.build(&Settings::default()).unwrap_err().message().contains("same"));
    }
}
