//! Filters from `{% load humanize %}`.
use super::Filter;

pub(crate) static FILTERS: &[Filter] = &[];
