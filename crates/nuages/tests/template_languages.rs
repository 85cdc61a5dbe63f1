//! One page in two languages, held against what Django 5.2 printed for it in `Asia/Shanghai`.

#![allow(clippy::unwrap_used)]

use jiff::{Timestamp, civil::date, tz::TimeZone};
use nuages::context;
use nuages::template::{Engine, EngineOptions, RenderOptions, Value};

const PAGE: &str = r#"{% load humanize i18n %}{{ at }}|{{ day }}|{{ at|time }}|{{ at|date:"SHORT_DATE_FORMAT" }}|{{ at|date:"N j, Y, P D l M b E A a" }}|{{ n }} {{ n|intcomma }} {{ price }} {{ price|floatformat:"1g" }}|{{ long|truncatechars:5 }}|{{ True|yesno }}|{{ n|filesizeformat }} {{ 5|filesizeformat }}|{{ n|intword }}|{{ 2|ordinal }}|{{ ago|timesince }}|{{ ago|naturaltime }}|{% get_current_language as L %}{{ L }}|{{ L|language_name }} {{ L|language_name_local }} {{ L|language_name_translated }}|{% translate "Monday" %}"#;

const CHINESE: &str = "2016年9月5日 20:45|2016年9月5日|20:45|2016年9月5日|九月 5, 2016, 8:45 p.m. 星期一 星期一 九月 九月 九月 PM p.m.|1234567 1234567 12.50 12.5|一二...|是|1.2\u{a0}MB 5\u{a0}字节|1.2 百万|第2|1\u{a0}月，1\u{a0}周|1\u{a0}月，1\u{a0}周前|zh-hans|Simplified Chinese 简体中文 简体中文|星期一";

const ENGLISH: &str = "Sept. 5, 2016, 8:45 p.m.|Sept. 5, 2016|8:45 p.m.|09/05/2016|Sept. 5, 2016, 8:45 p.m. Mon Monday Sep sep September PM p.m.|1234567 1,234,567 12.50 12.5|一二三四…|yes|1.2\u{a0}MB 5\u{a0}bytes|1.2 million|2nd|1\u{a0}month, 1\u{a0}week|1\u{a0}month, 1\u{a0}week ago|en|English English English|Monday";

#[tokio::test]
async fn chinese_and_english() {
    let now: Timestamp = "2026-11-20T11:00:00Z".parse().unwrap();
    let context = context! {
        at: "2016-09-05T12:45:07Z".parse::<Timestamp>().unwrap(),
        day: date(2016, 9, 5),
        n: 1234567,
        price: Value::Decimal("12.50".parse().unwrap()),
        long: "一二三四五六七八",
        ago: now - jiff::Span::new().hours(40 * 24),
    };
    let engine = Engine::new(EngineOptions {
        time_zone: TimeZone::get("Asia/Shanghai").unwrap(),
        ..EngineOptions::default()
    });
    for (language, expected) in [("zh-hans", CHINESE), ("en", ENGLISH)] {
        let options =
            RenderOptions { language: Some(language.into()), now: Some(now), ..RenderOptions::default() };
        assert_eq!(engine.render_str(PAGE, &context, &options).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn every_name_of_a_character_is_known() {
    // From Django 5.2.
    let page = "{{ v|safe|truncatewords_html:2 }}|{{ v|safe|truncatechars_html:9 }}|{{ u|urlize }}";
    let context = context! { v: "a &notin; &Auml;&#128; c d", u: "example.com/?a&copy;&notin;" };
    let printed = Engine::new(EngineOptions::default())
        .render_str(page, &context, &RenderOptions::default())
        .await
        .unwrap();
    assert_eq!(
        printed,
        r#"a ∉ …|a ∉ Ä€ c…|<a href="http://example.com/?a%C2%A9%E2%88%89=" rel="nofollow">example.com/?a&amp;copy;&amp;notin;</a>"#
    );
}
