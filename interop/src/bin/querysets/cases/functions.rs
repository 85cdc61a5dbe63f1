//! Functions and `Case`.

use nuages::db::{Db, DbError};
use nuages::orm::{Expression, FieldType, Q, when};

use super::{d, ids, praise, print};
use crate::models::{Author, Book};

async fn of_books<T: FieldType>(
    db: &Db,
    expression: impl Into<Expression<Book, T>>,
) -> Result<Vec<(i64, T)>, DbError> {
    Book::objects(db).order_by([Book::id.asc()]).values_list((Book::id, expression.into())).await
}

fn size() -> Expression<Book, String> {
    when(Book::pages.gt(300), "thick").when(Book::pages.gt(100), "middle").otherwise("thin")
}

pub(super) async fn functions(db: &Db) {
    texts(db).await;
    coalesce(db).await;
    others(db).await;
    cases(db).await;
}

async fn texts(db: &Db) {
    print("lower", of_books(db, Book::title.lower()).await);
    print("upper", of_books(db, Book::title.upper()).await);
    print("upper_null", of_books(db, Book::notes.upper()).await);
    print("trim", of_books(db, Book::title.trim()).await);
    print("length", of_books(db, Book::title.length()).await);
    print("length_null", of_books(db, Book::notes.length()).await);
    print("length_of_lower", of_books(db, Book::author().name.lower().length()).await);
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    print("lower_filter", b(Book::title.lower().eq("abc")).await);
    print("lower_exclude", b(!Book::title.lower().eq("abc")).await);
    print("lower_contains", b(Book::title.lower().contains("bra")).await);
    print("length_filter", b(Book::title.length().gt(6)).await);
    let ordered = Book::objects(db).order_by([Book::title.length().desc(), Book::id.asc()]);
    print("length_order", ordered.values_list(Book::id).await);
}

async fn coalesce(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    print("coalesce", of_books(db, Book::notes.coalesce("none")).await);
    print("coalesce_number", of_books(db, Book::discount.coalesce(d("1.5"))).await);
    print("coalesce_columns", of_books(db, Book::discount.coalesce(Book::price)).await);
    print("coalesce_nullable", of_books(db, Book::publisher().country.coalesce_nullable(Book::notes)).await);
    let publisher = || Book::publisher().name.coalesce("-");
    print("coalesce_join", of_books(db, publisher()).await);
    print("coalesce_filter", b(Book::discount.coalesce(d("1")).eq(d("1"))).await);
    print("coalesce_join_filter", b(publisher().eq("-")).await);
    let columns = (Author::rating.coalesce(0.5), Author::mentor_id.coalesce(0));
    print("coalesce_rating", Author::objects(db).order_by([Author::id.asc()]).values_list(columns).await);
    let none = Book::objects(db).filter(Book::pages.lt(0));
    let sums = (Book::discount.sum().coalesce(d("0")), Book::pages.sum().coalesce(7));
    print("coalesce_sum", none.aggregate(sums).await.map(|sums| vec![sums]));
}

async fn others(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    print("concat", of_books(db, Book::title.concat(" by ").concat(Book::author().name)).await);
    print("concat_null", of_books(db, Book::notes.concat("!")).await);
    print("greatest", of_books(db, Book::pages.greatest(100)).await);
    print("greatest_null", of_books(db, Book::discount.greatest(Book::price)).await);
    print("least", of_books(db, Book::pages.least(100)).await);
    print("null_if", of_books(db, Book::pages.null_if(0)).await);
    print("cast_float", of_books(db, Book::pages.cast::<f64>()).await);
    print("cast_text", of_books(db, Book::pages.cast::<String>()).await);
    print("cast_integer", of_books(db, Book::price.cast::<i32>()).await);
    print("now", b(Book::published.lt(Expression::now())).await);
}

async fn cases(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    print("case", of_books(db, size()).await);
    let some = when(Book::pages.gt(300), 1).when(Book::in_print.eq(false), 2);
    print("case_null", of_books(db, some.end()).await);
    let columns = when(Book::in_print.eq(true), Book::price).otherwise(Book::price * d("2"));
    print("case_columns", of_books(db, columns).await);
    let decimal = when(Book::in_print.eq(true), d("1.50")).otherwise(d("0"));
    print("case_decimal", of_books(db, decimal).await);
    let german = when(Book::publisher().country.eq("DE"), Book::publisher().name);
    let german = german.otherwise("abroad");
    print("case_across", of_books(db, german).await);
    let not = when(!Book::discount.gt(d("1")), 1).otherwise(0);
    print("case_not", of_books(db, not).await);
    let praised = when(Q::exists(praise(db)), 5).otherwise(0);
    print("case_exists", of_books(db, praised).await);
    print("case_filter", b(size().eq("middle")).await);
    let ordered = Book::objects(db).order_by([size().asc(), Book::id.asc()]);
    print("case_order", ordered.values_list(Book::id).await);
    let pages = when(Book::in_print.eq(true), Book::pages).otherwise(0);
    print("case_sum", Book::objects(db).aggregate(pages.sum()).await.map(|sum| vec![vec![sum]]));
    let price = when(Book::in_print.eq(true), Book::price).otherwise(d("0.5"));
    print("case_sum_decimal", Book::objects(db).aggregate(price.sum()).await.map(|sum| vec![vec![sum]]));
    let count = Book::id.count();
    let grouped = Book::objects(db).values_list(size()).annotate(count.clone()).order_by([size().asc()]);
    print("case_group", grouped.clone().await);
    print("case_having", grouped.filter(count.gt(9)).await);
}
