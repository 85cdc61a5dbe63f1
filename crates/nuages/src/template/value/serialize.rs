//! Values from anything that serde can serialise.
