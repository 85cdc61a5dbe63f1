//! Translations by language, context and message.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use super::languages::fallback;
use super::plural::PluralRule;
use super::po::{self, PoError};

/// The translations of a site, by language.
#[derive(Clone, Debug)]
pub struct Catalogs {
    languages: HashMap<String, Catalog>,
}

#[derive(Clone, Debug)]
struct Catalog {
    rule: PluralRule,
    messages: HashMap<Key, Vec<String>>,
}

const OWN_ZH_HANS: &str = include_str!("zh_hans.po");

/// A message in its context; looked up without making strings.
#[derive(Clone, Debug)]
struct Key {
    context: Option<String>,
    id: String,
}

impl Catalogs {
    /// Only what dates, numbers and filters themselves say, in the languages that Nuages brings.
    pub fn new() -> Self {
        let mut catalogs = Self { languages: HashMap::new() };
        // A test reads it, so this cannot fail.
        _ = catalogs.add_po("zh-hans", OWN_ZH_HANS);
        catalogs
    }

    /// Adds the messages of a `.po` text to a language such as `zh-hans`; later ones win. Untranslated and fuzzy
    /// messages are left out, as `msgfmt` does.
    ///
    /// # Errors
    /// [`PoError`] with the line that cannot be read.
    pub fn add_po(&mut self, language: &str, text: &str) -> Result<(), PoError> {
        let messages = po::parse(text)?;
        let new = || Catalog { rule: PluralRule::germanic(), messages: HashMap::new() };
        let catalog = self.languages.entry(language.to_ascii_lowercase()).or_insert_with(new);
        for message in messages {
            let id = message.id.unwrap_or_default();
            if id.is_empty() && message.context.is_none() {
                let header = message.translations.concat();
                let rule = header.lines().find_map(|line| line.strip_prefix("Plural-Forms:"));
                if let Some(rule) = rule {
                    catalog.rule = PluralRule::parse(rule)
                        .ok_or(PoError { line: 1, reason: "the header Plural-Forms is not well formed" })?;
                }
                continue;
            }
            if message.fuzzy
                || message.translations.iter().any(String::is_empty)
                || message.translations.is_empty()
            {
                continue;
            }
            let key = Key { context: message.context, id };
            catalog.messages.insert(key, message.translations);
        }
        Ok(())
    }

    /// The languages that have a catalog.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    /// The translation of `message`, or the message itself.
    pub fn gettext<'m>(&'m self, language: &str, message: &'m str) -> &'m str {
        self.find(language, None, message, |_| 0).unwrap_or(message)
    }

    /// [`Catalogs::gettext`] of a message in a context.
    pub fn pgettext<'m>(&'m self, language: &str, context: &str, message: &'m str) -> &'m str {
        self.find(language, Some(context), message, |_| 0).unwrap_or(message)
    }

    /// The translation of the form that `number` takes in this language, or the English form.
    pub fn ngettext<'m>(
        &'m self,
        language: &str,
        singular: &'m str,
        plural: &'m str,
        number: u64,
    ) -> &'m str {
        let own = if number == 1 { singular } else { plural };
        self.find(language, None, singular, |rule| rule.form(number)).unwrap_or(own)
    }

    /// [`Catalogs::ngettext`] of a message in a context.
    pub fn npgettext<'m>(
        &'m self,
        language: &str,
        context: &str,
        singular: &'m str,
        plural: &'m str,
        number: u64,
    ) -> &'m str {
        let own = if number == 1 { singular } else { plural };
        self.find(language, Some(context), singular, |rule| rule.form(number)).unwrap_or(own)
    }

    /// Looks in the language's catalog, then in that of the language without its last part.
    fn find(
        &self,
        language: &str,
        context: Option<&str>,
        message: &str,
        form: impl Fn(&PluralRule) -> usize,
    ) -> Option<&str> {
        let mut code = fallback(language);
        loop {
            if let Some(catalog) = self.languages.get(code)
                && let Some(translations) = catalog.messages.get(&(context, message) as &dyn Lookup)
            {
                return translations.get(form(&catalog.rule)).map(String::as_str);
            }
            code = &code[..code.rfind('-')?];
        }
    }
}

impl Default for Catalogs {
    fn default() -> Self {
        Self::new()
    }
}

/// A key that may be borrowed.
trait Lookup {
    fn parts(&self) -> (Option<&str>, &str);
}

impl Lookup for (Option<&str>, &str) {
    fn parts(&self) -> (Option<&str>, &str) {
        *self
    }
}

impl Lookup for Key {
    fn parts(&self) -> (Option<&str>, &str) {
        (self.context.as_deref(), &self.id)
    }
}

impl<'k> Borrow<dyn Lookup + 'k> for Key {
    fn borrow(&self) -> &(dyn Lookup + 'k) {
        self
    }
}

impl Hash for dyn Lookup + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for dyn Lookup + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Lookup + '_ {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Key {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PO: &str = r#"
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

#: shop.html
msgid "Cart"
msgstr "购物车"

msgctxt "month"
msgid "May"
msgstr "五"
"月"

#, fuzzy
msgid "Guess"
msgstr "猜"

msgid "%(n)s item"
msgid_plural "%(n)s items"
msgstr[0] "%(n)s 件"
"#;

    #[test]
    fn finds_messages() {
        let mut catalogs = Catalogs::new();
        catalogs.add_po("zh-hans", PO).unwrap();
        assert_eq!(catalogs.gettext("zh-hans", "Cart"), "购物车");
        assert_eq!(catalogs.gettext("zh-cn", "Cart"), "购物车");
        assert_eq!(catalogs.gettext("zh", "Cart"), "Cart");
        assert_eq!(catalogs.pgettext("zh-hans", "a name", "May"), "May");
        assert_eq!(catalogs.pgettext("zh-hans", "month", "May"), "五月");
        assert_eq!(catalogs.gettext("zh-hans", "Guess"), "Guess");
        assert_eq!(catalogs.ngettext("zh-hans", "%(n)s item", "%(n)s items", 7), "%(n)s 件");
        assert_eq!(catalogs.ngettext("en", "%(n)s item", "%(n)s items", 1), "%(n)s item");
    }

    #[test]
    fn own_messages_are_well_formed() {
        assert!(po::parse(OWN_ZH_HANS).unwrap().len() > 60);
        assert_eq!(Catalogs::new().pgettext("zh-hans", "abbrev. month", "Sept."), "九月");
    }

    #[test]
    fn bad_text_names_its_line() {
        let error = Catalogs::new().add_po("en", "msgid \"a\"\nmsgstr \"b").unwrap_err();
        assert_eq!(error.line, 2);
    }
}
