//! The texts in one language.

use std::fmt::{Display, Write};
use std::sync::Arc;

use super::Catalogs;

/// The texts in one language: what a handler says to its visitor. Cloning is cheap.
///
/// ```
/// use std::sync::Arc;
/// use nuages::i18n::{Catalogs, Translator};
///
/// let mut catalogs = Catalogs::new();
/// catalogs.add_po("zh-hans", "msgid \"Only %(count)s left.\"\nmsgstr \"仅剩 %(count)s 件。\"\n")?;
/// let translator = Translator::new(Arc::new(catalogs), "zh-hans");
/// assert_eq!(translator.format("Only %(count)s left.", &[("count", &3)]), "仅剩 3 件。");
/// # Ok::<(), nuages::i18n::PoError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Translator {
    catalogs: Arc<Catalogs>,
    language: Arc<str>,
}

impl Translator {
    /// The texts of `catalogs` in `language`.
    pub fn new(catalogs: Arc<Catalogs>, language: impl Into<Arc<str>>) -> Self {
        Self { catalogs, language: language.into() }
    }

    /// The language's code: `zh-hans`.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// A message; as it stands when there is no translation.
    pub fn gettext<'m>(&'m self, message: &'m str) -> &'m str {
        self.catalogs.gettext(&self.language, message)
    }

    /// A message with its `%(name)s` replaced. A name without a value stays as it is written.
    pub fn format(&self, message: &str, values: &[(&str, &dyn Display)]) -> String {
        let mut text = String::new();
        let mut rest = self.gettext(message);
        while let Some((before, after)) = rest.split_once("%(") {
            text.push_str(before);
            let found = after.split_once(")s").and_then(|(name, after)| {
                let (_, value) = values.iter().find(|(known, _)| *known == name)?;
                Some((value, after))
            });
            match found {
                Some((value, after)) => {
                    // Writing into a String cannot fail.
                    let _ = write!(text, "{value}");
                    rest = after;
                }
                None => {
                    text.push_str("%(");
                    rest = after;
                }
            }
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_value_stays() {
        let translator = Translator::new(Arc::default(), "en");
        let format = |message| translator.format(message, &[("a", &1), ("b", &"%(a)s")]);
        assert_eq!(format("%(a)s and %(b)s, %(c)s %(a"), "1 and %(a)s, %(c)s %(a");
        assert_eq!(format("100 %"), "100 %");
    }
}
