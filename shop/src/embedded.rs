//! What the program carries in itself: templates, static files and translations. `build.rs` writes the tables.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The translations, by Django's code of their language.
pub(crate) static LOCALE: &[(&str, &str)] =
    &[("zh-hans", include_str!("../locale/zh_Hans/LC_MESSAGES/django.po"))];
