//! Django's template language.
//!
//! Templates are compiled to instructions for a small machine that yields when it meets an unresolved [`Lazy`] value:
//! it never blocks, and a page without lazy values never awaits. `{{ price|floatformat:2 }}` of `Decimal("9.9")`
//! prints `9.90`, `{{ "<b>" }}` from a variable prints `&lt;b&gt;`.
//!
//! ```
//! use nuages::context;
//! use nuages::template::{Engine, EngineOptions, Loader, RenderOptions};
//!
//! # tokio_test(async {
//! let loaders = vec![Loader::Embedded(&[("hello.html", "Hello {{ name|default:'you' }}!")])];
//! let engine = Engine::new(EngineOptions { loaders, ..EngineOptions::default() });
//! let page = engine.render("hello.html", &context! { name: "<Ann>" }, &RenderOptions::default()).await?;
//! assert_eq!(page, "Hello &lt;Ann&gt;!");
//! # Ok::<(), nuages::template::TemplateError>(())
//! # });
//! # fn tokio_test<F: Future>(future: F) -> F::Output { tokio::runtime::Runtime::new().unwrap().block_on(future) }
//! ```

mod answer;
mod condition;
mod context;
mod decimal;
mod engine;
mod env;
mod error;
pub(crate) mod escape;
mod expression;
mod filters;
mod formats;
mod json;
mod lexer;
mod library;
mod loader;
mod machine;
mod options;
mod parser;
mod program;
mod scope;
mod tags;
mod value;

pub use answer::Template;
pub use context::Context;
pub use engine::Engine;
pub use error::{BoxError, ErrorKind, TemplateError};
pub use loader::{FindSource, Loader};
pub use options::{EngineOptions, RenderOptions, StaticResolver, UrlResolver};
pub use value::{Dict, Lazy, Object, Value};
