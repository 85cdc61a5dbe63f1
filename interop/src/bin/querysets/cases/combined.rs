//! Unions and their kin, and several prefetches.

use nuages::db::{Db, DbError};
use nuages::orm::select::Whole;
use nuages::orm::{Combined, Q, QuerySet};

use super::{each, print};
use crate::models::{Author, Book, Publisher, Review, Tag};

async fn ids(rows: Combined<Book, Whole<Book>>) -> Result<Vec<i64>, DbError> {
    Ok(each(rows.order_by([Book::id.asc()]).await?, |book| book.id))
}

pub(super) async fn combined(db: &Db) {
    unions(db).await;
    let b = |q: Q<Book>| Book::objects(db).filter(q);
    let (printed, large) = (|| b(Book::in_print.eq(true)), || b(Book::pages.gt(100)));
    print("intersection", ids(large().intersection([printed()])).await);
    let pages = |books: QuerySet<Book>| books.values_list((Book::pages,));
    let both = pages(Book::objects(db)).intersection([pages(b(Book::in_print.eq(false)))]);
    print("intersection_values", both.order_by([Book::pages.asc()]).await);
    print("difference", ids(large().difference([printed()])).await);
    print("difference_two", ids(Book::objects(db).difference([printed(), b(Book::pages.eq(0))])).await);
    let reviews = Review::objects(db).order_by([Review::id.asc()]);
    let rows = Book::objects(db).order_by([Book::id.asc()]);
    let rows = rows.prefetch_related(Book::reviews().with(reviews)).prefetch_related(Book::tags());
    let named = |(book, reviews, tags): (Book, Vec<Review>, Vec<Tag>)| {
        let mut names = each(tags, |tag| tag.name);
        names.sort();
        (book.id, each(reviews, |review| review.id), names)
    };
    print("prefetch_several", rows.await.map(|rows| each(rows, named)));
}

async fn unions(db: &Db) {
    let b = |q: Q<Book>| Book::objects(db).filter(q);
    let thick = || b(Book::pages.gt(400));
    let empty = || b(Book::pages.eq(0));
    let thin = || b(Book::pages.eq(50));
    print("union", ids(thick().union([b(Book::author().name.eq("Ada"))])).await);
    print("union_all", ids(b(Book::pages.gt(300)).union_all([thick()])).await);
    print("union_three", ids(empty().union([thin(), b(Book::pages.eq(500))])).await);
    let names = Author::objects(db).values_list((Author::name,));
    let names = names.union_all([Publisher::objects(db).values_list((Publisher::name,))]);
    print("union_values", names.order_by([Author::name.asc()]).await);
    let two = || Book::objects(db).values_list((Book::pages, Book::in_print));
    let order = [Book::pages.desc(), Book::in_print.asc()];
    print("union_two_values", two().union([two()]).order_by(order).await);
    let countries = Publisher::objects(db).values_list((Publisher::country,));
    let countries = countries.union([Book::objects(db).values_list((Book::notes,))]);
    print("union_null", countries.order_by([Publisher::country.asc()]).await);
    let ids_of = |rows: Result<Vec<Book>, DbError>| rows.map(|rows| each(rows, |book| book.id));
    print("union_sliced", ids_of(thick().union([empty()]).order_by([Book::id.desc()]).slice(2..6).await));
    let order = [Book::pages.asc(), Book::id.desc()];
    print("union_ordered", ids_of(empty().union([thin()]).order_by(order).await));
    let counted = b(Book::pages.gt(300)).union([thick()]).count().await;
    print("union_count", counted.map(|count| vec![count]));
    let found = b(Book::pages.gt(900)).union([thick()]).exists().await;
    print("union_exists", found.map(|found| vec![found]));
    let first = thick().union([empty()]).order_by([Book::id.asc()]).first().await;
    print("union_first", first.map(|row| vec![row.map(|row| row.id)]));
    let count = Author::books().count();
    let authors = Author::objects(db).annotate(count.clone()).values_list((Author::name, count.clone()));
    let tags = Tag::objects(db).annotate(Tag::books().count()).values_list((Tag::name, Tag::books().count()));
    let both = authors.union([tags]).order_by([Author::name.asc(), count.asc()]);
    print("union_annotated", both.await);
    let last = Book::objects(db).order_by([Book::id.desc()]).limit(3);
    print(
        "union_part_sliced",
        ids(last.union([Book::objects(db).order_by([Book::id.asc()]).limit(2)])).await,
    );
}
