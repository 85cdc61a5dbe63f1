//! Goods as the templates see them, in the visitor's language.

use nuages::i18n::Translator;
use nuages::template::{Dict, Value};

use super::models::{Category, Sku};

/// `category`: id, name, slug.
pub(crate) fn category_value(category: &Category, translator: &Translator) -> Value {
    Dict::from_iter([
        ("id", Value::from(category.id)),
        ("name", in_language(translator, &category.name, &category.name_en)),
        ("slug", Value::from(category.slug.as_str())),
    ])
    .into()
}

/// `sku`: id, name, desc, price, unit, stock, sales, `image_url`.
pub(crate) fn sku_value(sku: &Sku, translator: &Translator, static_url: &str) -> Value {
    Dict::from_iter([
        ("id", Value::from(sku.id)),
        ("name", in_language(translator, &sku.name, &sku.name_en)),
        ("desc", in_language(translator, &sku.desc, &sku.desc_en)),
        ("price", Value::from(sku.price)),
        ("unit", in_language(translator, &sku.unit, &sku.unit_en)),
        ("stock", Value::from(sku.stock)),
        ("sales", Value::from(sku.sales)),
        ("image_url", Value::from(image_url(static_url, &sku.image))),
    ])
    .into()
}

/// Where the picture of goods is found.
pub(crate) fn image_url(static_url: &str, image: &str) -> String {
    format!("{static_url}images/goods/{image}")
}

/// The Chinese or the English one of two texts.
pub(crate) fn in_language(translator: &Translator, chinese: &str, english: &str) -> Value {
    Value::from(choose(translator, chinese, english))
}

/// As [`in_language`], as text.
pub(crate) fn choose<'t>(translator: &Translator, chinese: &'t str, english: &'t str) -> &'t str {
    if translator.language().starts_with("zh") || english.is_empty() { chinese } else { english }
}
