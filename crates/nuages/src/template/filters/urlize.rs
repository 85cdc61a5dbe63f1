//! `urlize` and `urlizetrunc`: web and mail addresses in text become links.
use super::Filter;

pub(crate) static FILTERS: &[Filter] = &[];
