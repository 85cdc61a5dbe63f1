//! Derives for Nuages.
