//! Django's batteries for Rust, on axum.
