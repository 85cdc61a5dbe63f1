//! Querysets in querysets.

use nuages::db::Db;
use nuages::orm::select::{Scalar, Whole};
use nuages::orm::{Column, Expression, FieldType, Q, QuerySet};
use rust_decimal::Decimal;

use super::{author_ids, each, ids, print};
use crate::models::{Author, Book, Publisher, Review, Tag};

pub(super) async fn subqueries(db: &Db) {
    among(db).await;
    exists(db).await;
    values(db).await;
}

/// Reviews with five stars of the book outside.
pub(super) fn praise(db: &Db) -> QuerySet<Review, Whole<Review>, Book> {
    Review::objects(db).filter(Review::book_id.eq(Book::id.outer()) & Review::stars.eq(5))
}

/// A column of the newest review of the book outside.
fn newest<T: FieldType>(db: &Db, column: Column<Review, T>) -> QuerySet<Review, Scalar<T>, Book> {
    let own = Review::objects(db).filter(Review::book_id.eq(Book::id.outer()));
    own.order_by([Review::id.desc()]).values_list(column).limit(1)
}

/// A column of the thickest book by the author of the book outside.
fn thickest<T: FieldType>(db: &Db, column: Column<Book, T>) -> QuerySet<Book, Scalar<T>, Book> {
    let own = Book::objects(db).filter(Book::author_id.eq(Book::author_id.outer()));
    own.order_by([Book::pages.desc(), Book::id.desc()]).values_list(column).limit(1)
}

async fn among(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    let a = |q: Q<Author>| author_ids(Author::objects(db).filter(q));
    let xa = |q: Q<Author>| author_ids(Author::objects(db).exclude(q));
    let (books, authors) = (|| Book::objects(db), || Author::objects(db));
    let praised = || Review::objects(db).filter(Review::stars.eq(5)).values_list(Review::book_id);
    print("in_query", b(Book::id.in_(praised())).await);
    print("in_query_null", a(Author::id.in_(authors().values_list(Author::mentor_id))).await);
    print("in_query_exclude", xb(Book::id.in_(praised())).await);
    print("in_query_exclude_null", xa(Author::id.in_(authors().values_list(Author::mentor_id))).await);
    let german = || Publisher::objects(db).filter(Publisher::country.eq("DE"));
    let keys = german().values_list(Publisher::id);
    print("in_query_exclude_null_column", xb(Book::publisher_id.in_(keys)).await);
    print("in_query_rows", b(Book::author().in_(authors().filter(Author::rating.gt(3.0)))).await);
    print("in_query_rows_exclude", xb(Book::publisher().in_(german())).await);
    let rated = || authors().filter(Author::rating.gt(4.0));
    print("in_query_across", b(Book::author().mentor().in_(rated())).await);
    print("in_query_across_exclude", xb(Book::author().mentor().in_(rated())).await);
    let empty = || books().filter(Book::pages.eq(0));
    print("in_query_reverse", author_ids(authors().filter(Author::books().in_(empty())).distinct()).await);
    print("in_query_reverse_exclude", xa(Author::books().in_(empty())).await);
    let tags = || Tag::objects(db).filter(Tag::name.contains("u"));
    print("in_query_m2m", ids(books().filter(Book::tags().in_(tags())).distinct()).await);
    print("in_query_m2m_exclude", xb(Book::tags().in_(tags())).await);
    let five = books().order_by([Book::pages.desc(), Book::id.asc()]).values_list(Book::id).limit(5);
    print("in_query_sliced", b(Book::id.in_(five)).await);
    let different = books().filter(Book::in_print.eq(false)).order_by([Book::title.asc()]);
    print("in_query_distinct", b(Book::pages.in_(different.values_list(Book::pages).distinct())).await);
    let count = Review::id.count();
    let grouped = Review::objects(db).values_list(Review::book_id).annotate(count.clone());
    let often = grouped.filter(count.gt(1)).values_list(Review::book_id);
    print("in_query_grouped", b(Book::id.in_(often)).await);
    let joined = authors().filter(Author::books().pages.eq(0)).values_list(Author::id);
    print("in_query_joined", b(Book::author_id.in_(joined)).await);
    let others =
        books().filter(Book::author_id.eq(Book::author_id.outer())).exclude(Book::id.eq(Book::id.outer()));
    print("in_query_outer", b(Book::pages.in_(others.values_list(Book::pages))).await);
}

async fn exists(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let a = |q: Q<Author>| author_ids(Author::objects(db).filter(q));
    let (books, reviews) = (|| Book::objects(db), || Review::objects(db));
    let praised = || Q::exists(praise(db));
    print("exists_subquery", b(praised()).await);
    print("exists_not", b(!praised()).await);
    print("exists_or", b(praised() | Book::pages.eq(0)).await);
    let own = || reviews().filter(Review::book_id.eq(Book::id.outer()));
    print("exists_and_not", b(Book::pages.gt(100) & !Q::exists(own())).await);
    print("exists_anywhere", b(Q::exists(reviews().filter(Review::stars.eq(5)))).await);
    print("exists_nowhere", b(Q::exists(reviews().filter(Review::stars.eq(9)))).await);
    let pupils = Author::objects(db).filter(Author::mentor_id.eq(Author::id.outer()));
    print("exists_null", a(Q::exists(pupils)).await);
    let older = Author::objects(db).filter(Author::born.lt(Book::author().born.outer()));
    print("exists_across", b(Q::exists(older)).await);
    let country = || Publisher::country.eq(Book::publisher().country.outer());
    let same = |q| Q::exists(Publisher::objects(db).filter(q));
    print("exists_across_null", b(same(country() & Publisher::id.gt(1))).await);
    print("exists_across_not", b(!same(country())).await);
    let thicker = books().filter(Book::pages.gt((Book::pages + 300).outer()));
    print("exists_expression", b(Q::exists(thicker)).await);
    print("exists_inner_exclude", b(Q::exists(own().exclude(Review::stars.eq(5)))).await);
    let cheaper = books().exclude(Book::title.eq(Book::title.outer()));
    let below = Book::price.f().output_field::<Option<Decimal>>().lte(Book::discount.outer());
    print("exists_exclude_outer", b(Q::exists(cheaper.filter(below))).await);
    let other = books().exclude(Book::discount.eq(Book::discount.outer()));
    print("exists_exclude_outer_null", b(Q::exists(other.filter(Book::id.eq(Book::id.outer())))).await);
    let by_author =
        books().filter(Book::author_id.eq(Book::author_id.outer()) & Book::pages.gt(Book::pages.outer()));
    print("exists_same_table", b(Q::exists(by_author)).await);
    let namesake = Review::book().author().name.eq(Book::author().name.outer()) & Review::stars.eq(1);
    print("exists_joins", b(Q::exists(reviews().filter(namesake))).await);
    let of_author = Publisher::books().author_id.eq(Author::id.outer()) & Publisher::country.eq("CN");
    print("exists_reverse", a(Q::exists(Publisher::objects(db).filter(of_author))).await);
    let tagged = Book::tags().id.eq(Tag::id.outer()) & Book::pages.eq(0);
    let tags = Tag::objects(db).filter(Q::exists(books().filter(tagged))).order_by([Tag::id.asc()]);
    print("exists_m2m", tags.values_list(Tag::id).await);
    let of_author = || books().filter(Book::author_id.eq(Author::id.outer()));
    let count = Book::id.count();
    let twice = of_author().values_list(Book::pages).annotate(count.clone()).filter(count.gt(1));
    print("exists_grouped", a(Q::exists(twice)).await);
    print("exists_sliced", a(Q::exists(of_author().order_by([Book::id.asc()]).slice(5..))).await);
    print("exists_nested", a(Q::exists(of_author().filter(praised()))).await);
    let behind = reviews().filter(Review::book().matches(praised())).order_by([Review::id.asc()]);
    print("exists_behind", behind.values_list(Review::id).await);
    let annotated = books().order_by([Book::id.asc()]).annotate(Expression::exists(praise(db)));
    let read = |rows: Vec<(Book, bool)>| each(rows, |(book, praised)| (book.id, praised));
    print("exists_annotated", annotated.await.map(read));
    print("exists_counted", books().filter(praised()).count().await.map(|count| vec![count]));
}

async fn values(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    let by_id = || Book::objects(db).order_by([Book::id.asc()]);
    let stars = || Expression::subquery(newest(db, Review::stars));
    print("subquery", by_id().values_list((Book::id, stars())).await);
    let pages = || Expression::subquery(thickest(db, Book::pages));
    print("subquery_filter", b(pages().eq(Book::pages)).await);
    print("subquery_exclude", xb(pages().eq(Book::pages)).await);
    print(
        "subquery_exclude_null",
        xb(Book::discount.lt(Expression::subquery(thickest(db, Book::discount)))).await,
    );
    let second = by_id().values_list(Book::pages).slice(1..2);
    print("subquery_anywhere", b(Expression::subquery(second).lt(Book::pages)).await);
    let price = Expression::subquery(thickest(db, Book::price));
    print("subquery_decimal", by_id().values_list((Book::id, price)).await);
    let published = Expression::subquery(thickest(db, Book::published));
    print("subquery_instant", by_id().values_list((Book::id, published)).await);
    let day = Expression::subquery(newest(db, Review::day));
    print("subquery_day", by_id().values_list((Book::id, day)).await);
    let isbn = Expression::subquery(thickest(db, Book::isbn));
    print("subquery_uuid", by_id().values_list((Book::id, isbn)).await);
    let name = Expression::subquery(thickest(db, Book::author().name));
    print("subquery_text", by_id().values_list((Book::id, name)).await);
    print("subquery_plus", by_id().values_list((Book::id, stars() + 1)).await);
    let title = Expression::subquery(thickest(db, Book::title));
    let falling = Book::objects(db).annotate(title.clone()).order_by([title.desc(), Book::id.asc()]);
    print("subquery_order", falling.values_list(Book::id).await);
    let annotated = || Book::objects(db).annotate(stars()).order_by([Book::id.asc()]);
    print("subquery_annotate_filter", annotated().filter(stars().gt(2)).values_list(Book::id).await);
    print("subquery_annotate_exclude", annotated().exclude(stars().gt(2)).values_list(Book::id).await);
    let count = Book::id.count();
    let of_author = Book::objects(db).filter(Book::author_id.eq(Author::id.outer())).order_by([]);
    let counted = of_author.values_list(Book::author_id).annotate(count.clone()).values_list(count);
    let authors = Author::objects(db).order_by([Author::id.asc()]);
    print("subquery_count", authors.values_list((Author::id, Expression::subquery(counted))).await);
    let extremes = (stars().max(), stars().sum());
    print("subquery_max", Book::objects(db).annotate(stars()).aggregate(extremes).await.map(|row| vec![row]));
    let first = || Expression::subquery(thickest(db, Book::id));
    let grouped = Book::objects(db).values_list(first()).annotate(Book::id.count());
    print("subquery_group", grouped.order_by([first().asc()]).await);
    let rows = annotated().await;
    print(
        "subquery_rows",
        rows.map(|rows: Vec<(Book, Option<i16>)>| each(rows, |(book, stars)| (book.id, stars))),
    );
}
