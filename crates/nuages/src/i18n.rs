//! Translations, language codes and how languages write dates and numbers.
//!
//! Messages come from gettext `.po` text, as Django's do; a language is a parameter of every call, never a thread's
//! state:
//!
//! ```
//! use nuages::i18n::Catalogs;
//!
//! let mut catalogs = Catalogs::new();
//! catalogs.add_po("zh-hans", "msgid \"Cart\"\nmsgstr \"购物车\"\n")?;
//! assert_eq!(catalogs.gettext("zh-hans", "Cart"), "购物车");
//! assert_eq!(catalogs.gettext("en", "Cart"), "Cart");
//! # Ok::<(), nuages::i18n::PoError>(())
//! ```

mod accept;
mod catalog;
mod formats;
mod languages;
mod plural;
mod po;
mod translator;

pub use accept::{LANGUAGE_COOKIE_NAME, Languages, parse_accept_lang_header};
pub use catalog::Catalogs;
pub use formats::Formats;
pub use languages::{LanguageInfo, all_languages, language_info};
pub use po::PoError;
pub use translator::Translator;
