//! Many-to-many relations, from both ends.

use nuages::db::Db;

use super::{author_ids, each, ids, print};
use crate::models::{Author, Book, Tag};

pub(super) async fn many_to_many(db: &Db) {
    let fruit = || Book::tags().name.eq("fruit");
    let books = || Book::objects(db);
    print("m2m", ids(books().filter(fruit())).await);
    let of_book = Tag::objects(db).filter(Tag::books().title.eq("abc")).order_by([Tag::id.asc()]);
    print("m2m_back", of_book.values_list(Tag::id).await);
    print("m2m_exclude", ids(books().exclude(fruit())).await);
    print("m2m_isnull", ids(books().filter(Book::tags().is_null())).await);
    print("m2m_two_filters", ids(books().filter(fruit()).filter(Book::tags().name.eq("old"))).await);
    print("m2m_same_row", ids(books().filter(fruit() & Book::tags().id.gt(1))).await);
    let counted = Tag::objects(db).annotate(Tag::books().count()).order_by([Tag::id.asc()]);
    print("m2m_count", counted.values_list((Tag::name, Tag::books().count())).await);
    let rows = books().order_by([Book::id.asc()]).prefetch_related(Book::tags()).await;
    let named = |(book, tags): (Book, Vec<Tag>)| {
        let mut names = each(tags, |tag| tag.name);
        names.sort();
        (book.id, names)
    };
    print("m2m_prefetch", rows.map(|rows| each(rows, named)));
    let old = Author::objects(db).filter(Author::books().tags().name.eq("old")).distinct();
    print("m2m_behind_fk", author_ids(old).await);
}
