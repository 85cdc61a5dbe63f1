//! The refusal of a single value, by a driver that reads or binds it.

use std::fmt;

/// A value that does not fit the type it is bound to or read from. The value itself is not told.
#[derive(Debug)]
pub(super) struct Unfit(pub(super) String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}
