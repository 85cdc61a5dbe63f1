//! The layers around a site, each an async function for `axum::middleware::from_fn` or `from_fn_with_state`, and each
//! at home on a plain `axum::Router`.
//!
//! | function | what it does | Django's own |
//! |---|---|---|
//! | [`deadline`](deadline::deadline) | a body and an answer in time; a refused body is read to its end | the server's |

pub mod deadline;
