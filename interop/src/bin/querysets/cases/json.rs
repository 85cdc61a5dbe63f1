//! JSON, durations and times.

use jiff::SignedDuration;
use jiff::civil::time;
use nuages::db::{Db, DbError};
use nuages::orm::{Json, Q};
use serde_json::{Value, json};

use super::{each, ids, print};
use crate::models::{Book, Review};

/// A book's key, and JSON of it.
type Seen = (i64, Option<Json<Value>>);

pub(super) async fn json(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    // As Django, who reads both of its nulls as None.
    let seen = |rows: Result<Vec<Seen>, DbError>| {
        rows.map(|rows| each(rows, |(id, data)| (id, data.filter(|Json(data)| !data.is_null()))))
    };
    let by_id = || Book::objects(db).order_by([Book::id.asc()]);
    print("json_values", seen(by_id().values_list((Book::id, Book::data)).await));
    print("json_exact", b(Book::data.eq(json!({"size": 5}))).await);
    print("json_exact_list", b(Book::data.eq(json!([1, 2, {"size": 3}]))).await);
    print("json_exact_text", b(Book::data.eq(json!("size"))).await);
    print("json_null", b(Book::data.eq(None)).await);
    print("json_isnull", b(Book::data.is_null()).await);
    print("json_exclude", xb(Book::data.eq(json!({"size": 5}))).await);
    print("json_exclude_null", xb(Book::data.eq(None)).await);
    let size = || Book::data.key("size");
    print("json_key", b(size().eq(json!(5))).await);
    print("json_key_text", b(size().eq(json!("5"))).await);
    print("json_key_true", b(size().eq(json!(true))).await);
    print("json_key_null", b(size().eq(None)).await);
    print("json_key_object", b(size().eq(json!({"width": 1, "height": [2, 3]}))).await);
    print("json_key_isnull", b(size().is_null()).await);
    print("json_key_not_isnull", b(size().is_not_null()).await);
    print("json_key_in", b(size().in_([json!(40), json!("5"), json!(true)])).await);
    print("json_key_gt", b(size().gt(json!(5))).await);
    print("json_key_lte", b(size().lte(json!(5))).await);
    print("json_key_exclude", xb(size().eq(json!(5))).await);
    print("json_key_exclude_gt", xb(size().gt(json!(5))).await);
    print("json_key_unicode", b(Book::data.key("天").eq(json!("天天"))).await);
    print("json_key_space", b(Book::data.key("in").key("a b").key("k").eq(json!(1))).await);
    print("json_index", b(Book::data.key("tags").index(0).eq(json!("new"))).await);
    print("json_index_root", b(Book::data.index(2).key("size").eq(json!(3))).await);
    print("json_deep", b(size().key("height").index(1).eq(json!(3))).await);
    print("json_deep_gt", b(Book::data.key("tags").index(0).key("size").lt(json!(0))).await);
    print("json_has_key", b(Book::data.has_key("size")).await);
    print("json_has_key_exclude", xb(Book::data.has_key("size")).await);
    print("json_has_key_deep", b(size().has_key("width")).await);
    print("json_contains", b(Book::data.contains_json(json!({"size": 5}))).await);
    print("json_contains_list", b(Book::data.contains_json(json!([2]))).await);
    let name = || Book::data.key("name").text();
    print("json_text", b(name().icontains("ärg")).await);
    print("json_text_startswith", b(name().startswith("50% _")).await);
    print("json_text_regex", b(name().regex("^a.c$")).await);
    print("json_key_values", seen(by_id().values_list((Book::id, Book::data.key("name"))).await));
    let named = Book::objects(db).filter(Book::data.key("name").is_not_null());
    let named = named.order_by([Book::data.key("name").asc(), Book::id.asc()]);
    print("json_key_order", named.values_list(Book::id).await);
    let of_book = Review::objects(db).filter(Review::book().data.key("size").eq(json!(40)));
    print("json_review", of_book.order_by([Review::id.asc()]).values_list(Review::id).await);
}

pub(super) async fn times(db: &Db) {
    let by_id = || Review::objects(db).order_by([Review::id.asc()]);
    let r = |q: Q<Review>| by_id().filter(q).values_list(Review::id).list();
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    print("took", by_id().values_list((Review::took, Review::at)).await);
    print("took_gt", r(Review::took.gt(days(3))).await);
    print("took_exact", r(Review::took.eq(days(-3) + SignedDuration::from_micros(2))).await);
    print("took_range", r(Review::took.range(days(-4), days(1))).await);
    let falling = Review::objects(db).filter(Review::took.is_not_null());
    let falling = falling.order_by([Review::took.desc(), Review::id.asc()]);
    print("took_order", falling.values_list(Review::id).await);
    let extremes = Review::objects(db).aggregate((Review::took.max(), Review::at.min())).await;
    print("took_max", extremes.map(|extremes| vec![extremes]));
    print("at_gte", r(Review::at.gte(time(12, 0, 0, 0))).await);
    print("at_exact", r(Review::at.eq(time(3, 0, 0, 1000))).await);
    print("at_in", r(Review::at.in_([time(2, 0, 0, 0), time(3, 1, 0, 1000)])).await);
}
