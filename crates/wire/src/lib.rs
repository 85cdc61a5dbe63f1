//! Django's byte formats as pure functions.
