//! Parts of dates, in Shanghai.

use jiff::civil::{Date, date};
use nuages::db::Db;
use nuages::orm::Q;

use super::{author_ids, ids, print};
use crate::models::{Author, Book, Review};

pub(super) async fn dates(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    let a = |q: Q<Author>| author_ids(Author::objects(db).filter(q));
    let published = Book::published;
    let may: Date = date(2026, 5, 1);
    print("year", b(published.year().eq(2026)).await);
    print("year_gt", b(published.year().gt(2025)).await);
    print("year_gte", b(published.year().gte(2026)).await);
    print("year_lt", b(published.year().lt(2026)).await);
    print("year_lte", b(published.year().lte(2025)).await);
    print("year_in", b(published.year().in_([2024, 2026])).await);
    print("year_range", b(published.year().range(2026, 2027)).await);
    print("year_null", b(published.year().eq(None)).await);
    print("year_f", b(published.year().eq(Book::pages + 1976)).await);
    print("year_and_pages", b(published.year().eq(2025) | Book::pages.eq(0)).await);
    print("year_fk", b(Book::author().born.year().lt(1970)).await);
    print("iso_year_gt", b(published.iso_year().gt(2025)).await);
    print("exclude_year_gt", xb(published.year().gt(2025)).await);
    let annotated = Book::objects(db).annotate(published.year()).order_by([Book::id.asc()]);
    print("annotate_year", annotated.filter(published.year().eq(2026)).values_list(Book::id).await);
    print("month", b(published.month().eq(3)).await);
    print("day", b(published.day().eq(31)).await);
    print("week", b(published.week().eq(1)).await);
    print("week_day", b(published.week_day().eq(1)).await);
    print("iso_week_day", b(published.iso_week_day().eq(7)).await);
    print("iso_year", b(published.iso_year().eq(2026)).await);
    print("quarter", b(published.quarter().eq(2)).await);
    print("hour", b(published.hour().eq(0)).await);
    print("hour_range", b(published.hour().range(8, 12)).await);
    print("minute", b(published.minute().eq(59)).await);
    print("second_in", b(published.second().in_([0, 1, 2])).await);
    print("date", b(published.date().eq(date(2025, 12, 30))).await);
    print("date_gte", b(published.date().gte(may)).await);
    print("exclude_year", xb(published.year().eq(2026)).await);
    print("exclude_date", xb(published.date().lt(may)).await);
    print("born_year", a(Author::born.year().eq(1815)).await);
    print("born_month", a(Author::born.month().in_([1, 12])).await);
    print("born_week_day", a(Author::born.week_day().gt(3)).await);
    print("born_week", a(Author::born.week().eq(52)).await);
    let parts = (
        published.year(),
        published.iso_year(),
        published.quarter(),
        published.month(),
        published.week(),
        published.day(),
        published.hour(),
        published.date(),
    );
    print("values_parts", Book::objects(db).order_by([Book::id.asc()]).values_list(parts).await);
    let early = Review::day.day().eq(1) & Review::book().published.hour().lt(12);
    let reviews = Review::objects(db).filter(early).order_by([Review::id.asc()]);
    print("review_day", reviews.values_list(Review::id).await);
}
