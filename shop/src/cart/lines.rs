//! The lines of a cart with their goods: what they are called, what they cost, and what is wrong with them.

use nuages::Result;
use nuages::i18n::Translator;
use nuages::site::App;
use nuages::template::{Dict, Value};
use rust_decimal::Decimal;

use super::{Cart, Refusal};
use crate::goods;
use crate::goods::models::Sku;

/// One line of a cart.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) sku: Sku,
    pub(crate) count: i64,
}

impl Line {
    /// What the line costs.
    pub(crate) fn amount(&self) -> Decimal {
        self.sku.price * Decimal::from(self.count)
    }

    /// Why the line cannot be ordered as it is.
    pub(crate) fn problem(&self) -> Option<Refusal> {
        if !self.sku.is_on_sale() {
            return Some(Refusal::NotSold);
        }
        (self.count > self.sku.limit()).then(|| Refusal::beyond(&self.sku))
    }

    /// `line`: `sku_id`, name, unit, price, count, amount, stock, limit, `image_url`, problem.
    pub(crate) fn value(&self, app: &App, translator: &Translator) -> Value {
        let sku = &self.sku;
        let problem = self.problem().map(|problem| problem.text(translator));
        Dict::from_iter([
            ("sku_id", Value::from(sku.id)),
            ("name", Value::from(goods::choose(translator, &sku.name, &sku.name_en))),
            ("unit", Value::from(goods::choose(translator, &sku.unit, &sku.unit_en))),
            ("price", Value::from(sku.price)),
            ("count", Value::from(self.count)),
            ("amount", Value::from(self.amount())),
            ("stock", Value::from(sku.stock)),
            ("limit", Value::from(sku.limit())),
            ("image_url", Value::from(goods::image_url(&app.settings.static_url, &sku.image))),
            ("problem", Value::from(problem.unwrap_or_default())),
        ])
        .into()
    }
}

/// The lines of a cart in the order in which they came. Goods that are gone altogether are left out.
pub(crate) async fn lines(app: &App, cart: &Cart<'_>) -> Result<Vec<Line>> {
    let counts = cart.counts().await?;
    let goods = Sku::objects(&app.db).filter(Sku::id.in_(counts.iter().map(|&(id, _)| id))).list().await?;
    let line =
        |(id, count)| goods.iter().find(|sku| sku.id == id).map(|sku| Line { sku: sku.clone(), count });
    Ok(counts.into_iter().filter_map(line).collect())
}

/// The ids in a form's `sku_ids`, `"3,1,3"` → 1, 3; `None` when it is no such list.
pub(crate) fn chosen(text: &str) -> Option<Vec<i64>> {
    const MOST: usize = 200;
    let digits = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let ids: Option<Vec<i64>> = text
        .split(',')
        .map(str::trim)
        .map(|id| Some(id).filter(digits).and_then(|id| id.parse().ok()))
        .collect();
    let mut ids = ids?;
    ids.sort_unstable();
    ids.dedup();
    (ids.len() <= MOST).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn a_list_of_ids_is_read_strictly() {
        assert_eq!(chosen("3, 1,3"), Some(vec![1, 3]));
        for bad in ["", ",", "1,", "-1", "１", "1;2", "99999999999999999999", "a"] {
            assert_eq!(chosen(bad), None, "{bad}");
        }
    }
}
