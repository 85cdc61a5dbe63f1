//! Orders as the templates see them, in the reader's language.

use nuages::i18n::Translator;
use nuages::template::{Dict, Value};
use rust_decimal::Decimal;

use super::models::{Order, OrderLine};
use crate::goods;

/// `order`: `order_id`, `create_time`, status, `pay_method`, receiver, addr, `zip_code`, phone, lines, `goods_total`, freight, total.
pub(crate) fn order_value(
    order: &Order,
    lines: &[OrderLine],
    translator: &Translator,
    static_url: &str,
) -> Value {
    Dict::from_iter([
        ("order_id", Value::from(order.order_id.as_str())),
        ("create_time", Value::from(order.create_time)),
        ("status", Value::from(i64::from(order.order_status))),
        ("pay_method", Value::from(i64::from(order.pay_method))),
        ("receiver", Value::from(order.receiver.as_str())),
        ("addr", Value::from(order.addr.as_str())),
        ("zip_code", Value::from(order.zip_code.as_str())),
        ("phone", Value::from(order.phone.as_str())),
        ("lines", Value::list(lines.iter().map(|line| line_value(line, translator, static_url)))),
        ("goods_total", Value::from(order.total_price)),
        ("freight", Value::from(order.transit_price)),
        ("total", Value::from(order.total())),
    ])
    .into()
}

fn line_value(line: &OrderLine, translator: &Translator, static_url: &str) -> Value {
    Dict::from_iter([
        ("sku_id", Value::from(line.sku_id)),
        ("name", goods::in_language(translator, &line.name, &line.name_en)),
        ("unit", goods::in_language(translator, &line.unit, &line.unit_en)),
        ("count", Value::from(line.count)),
        ("price", Value::from(line.price)),
        ("amount", Value::from(line.price * Decimal::from(line.count))),
        ("image_url", Value::from(goods::image_url(static_url, &line.image))),
    ])
    .into()
}
