//! The querysets by name, in the order of `interop/library/cases.py`.

use jiff::Timestamp;
use jiff::civil::date;
use nuages::db::{Db, DbError};
use nuages::orm::{Q, QuerySet};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::json::print;
use crate::models::{Author, Book, Publisher, Review};
use subqueries::praise;

mod combined;
mod dates;
mod functions;
mod json;
mod many_to_many;
mod subqueries;
mod texts;

fn d(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}

fn isbn(number: u32) -> Uuid {
    // uuid.uuid5(uuid.NAMESPACE_URL, str(number))
    let known = [
        (1, "b80c8fef-a677-5340-85fb-2c162d75df03"),
        (2, "334b6b31-12a2-5bfc-bf4f-870c0954b343"),
        (7, "5bd20866-3478-53f7-bc79-d2aae304b443"),
    ];
    let text = known.iter().find(|(known, _)| *known == number).map_or("", |(_, text)| text);
    Uuid::parse_str(text).unwrap_or_default()
}

async fn ids(books: QuerySet<Book>) -> Result<Vec<i64>, DbError> {
    books.order_by([Book::id.asc()]).values_list(Book::id).await
}

async fn author_ids(authors: QuerySet<Author>) -> Result<Vec<i64>, DbError> {
    authors.order_by([Author::id.asc()]).values_list(Author::id).await
}

/// Asks each case and prints its answer.
pub(crate) async fn ask(db: &Db) {
    plain(db).await;
    combined(db).await;
    expressions(db).await;
    keys(db).await;
    reverse(db).await;
    many_to_many::many_to_many(db).await;
    aggregates(db).await;
    annotations(db).await;
    groups(db).await;
    subqueries::subqueries(db).await;
    functions::functions(db).await;
    combined::combined(db).await;
    json::json(db).await;
    json::times(db).await;
    ordered(db).await;
    values(db).await;
    dates::dates(db).await;
    texts::texts(db).await;
}

async fn plain(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    let a = |q: Q<Author>| author_ids(Author::objects(db).filter(q));
    let noon = at("2026-03-01T04:00:00Z");
    print("exact_text", b(Book::title.eq("abc")).await);
    print("exact_text_none", b(Book::notes.eq(None)).await);
    print("exact_empty", b(Book::title.eq("")).await);
    print("exact_int", b(Book::pages.eq(100)).await);
    print("exact_decimal", b(Book::price.eq(d("7.75"))).await);
    print("exact_decimal_quantized", b(Book::price.eq(d("7.751"))).await);
    print("exact_bool", b(Book::in_print.eq(false)).await);
    print("exact_uuid", b(Book::isbn.eq(isbn(7))).await);
    print("exact_instant", b(Book::published.eq(at("2025-12-30T15:59:59.999999Z"))).await);
    print("exact_date", a(Author::born.eq(date(2000, 2, 29))).await);
    print("exact_float", a(Author::rating.eq(0.1)).await);
    print("exact_key", b(Book::id.eq(4)).await);
    print("gt_price", b(Book::price.gt(d("100"))).await);
    print("gte_pages", b(Book::pages.gte(300)).await);
    print("lt_instant", b(Book::published.lt(noon)).await);
    print("lte_date", a(Author::born.lte(date(1970, 1, 1))).await);
    print("gt_float", a(Author::rating.gt(3.25)).await);
    print("gt_text", b(Book::title.gt("b")).await);
    print("range_int", b(Book::pages.range(100, 200)).await);
    print("range_instant", b(Book::published.range(noon, at("2026-06-01T00:00:00Z"))).await);
    print("range_reversed", b(Book::pages.range(200, 100)).await);
    print("isnull", b(Book::publisher().is_null()).await);
    print("not_isnull", b(Book::publisher().is_not_null()).await);
    print("isnull_notes", b(Book::notes.is_null()).await);
    print("in_ints", b(Book::pages.in_([0, 50, 450])).await);
    print("in_empty", b(Book::pages.in_(Vec::<i32>::new())).await);
    print("in_none", b(Book::notes.in_([None::<String>])).await);
    print("in_some_none", b(Book::notes.in_([None, Some("note 0 50% off".to_owned())])).await);
    print("in_texts", b(Book::title.in_(["abc", "天天生鲜", "O'Reilly"])).await);
    print("in_uuids", b(Book::isbn.in_([isbn(1), isbn(2)])).await);
    print("exclude_in_empty", xb(Book::pages.in_(Vec::<i32>::new())).await);
    print("exclude_in_none", xb(Book::notes.in_(["note 0 50% off"])).await);
    print("iexact_none", b(Book::notes.iexact(None)).await);
}

async fn combined(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    let one = || d("1");
    print("and", b(Book::pages.gt(100) & Book::in_print.eq(true)).await);
    print("or", b(Book::pages.eq(0) | Book::price.lt(d("5"))).await);
    print("not", b(!Book::pages.eq(0)).await);
    print("not_not", b(!!Book::pages.eq(0)).await);
    print("not_and", b(!(Book::pages.gt(100) & Book::in_print.eq(true))).await);
    print("not_or", b(!(Book::pages.eq(0) | Book::discount.gt(one()))).await);
    print("exclude_null", xb(Book::discount.eq(d("0.75"))).await);
    print("exclude_gt_null", xb(Book::discount.gt(one())).await);
    print("exclude_isnull", xb(Book::discount.is_null()).await);
    print("exclude_two", xb(Book::discount.gt(one()) & Book::pages.gt(100)).await);
    print("exclude_contains_null", xb(Book::notes.contains("note 1")).await);
    let printed = Book::objects(db).filter(Book::in_print.eq(true));
    print("filter_exclude", ids(printed.exclude(Book::pages.lt(200))).await);
    print("nested", b(Book::in_print.eq(true) & (Book::pages.eq(0) | !Book::discount.eq(None))).await);
}

async fn expressions(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    let by_id = || Book::objects(db).order_by([Book::id.asc()]);
    print("f_gt_f", b(Book::price.gt(Book::pages.f().output_field())).await);
    print("f_arithmetic", b(Book::price.gt(Book::price * d("2") - d("20"))).await);
    print("f_null", b(Book::discount.lt(Book::discount + d("1"))).await);
    print("exclude_f_null", xb(Book::price.f().output_field::<Option<Decimal>>().gt(Book::discount)).await);
    print("f_mod", b(Book::pages.eq(Book::pages % 100)).await);
    print("f_across", b(Book::title.eq(Book::author().name)).await);
    print("annotate_plus", by_id().values_list((Book::id, Book::pages + 1)).await);
    print("annotate_times", by_id().values_list((Book::id, Book::price * d("3"))).await);
    print("annotate_null", by_id().values_list((Book::id, Book::discount - d("1"))).await);
    print("annotate_divide_integers", by_id().values_list((Book::id, Book::pages / 100)).await);
    let ratio = (Book::id / Book::pages.f().output_field::<i64>()).output_field::<Option<i64>>();
    print("annotate_divide_by_zero", by_id().values_list((Book::id, ratio)).await);
    let double = Book::pages * 2;
    let large = Book::objects(db).annotate(double.clone()).filter(double.gt(500)).order_by([Book::id.asc()]);
    print("annotate_filter", large.values_list(Book::id).await);
    let minus = Book::pages * -1;
    let falling = Book::objects(db).annotate(minus.clone()).order_by([minus.asc(), Book::id.asc()]);
    print("annotate_order", falling.values_list(Book::id).await);
}

async fn keys(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    let xb = |q: Q<Book>| ids(Book::objects(db).exclude(q));
    let german = || Book::publisher().country.eq("DE");
    let bob = || Book::author().name.eq("Bob");
    print("fk_id", b(Book::author_id.eq(2)).await);
    print("fk_column", b(Book::author().name.eq("Ada")).await);
    print("fk_column_null_key", b(Book::publisher().name.eq("Alpha")).await);
    print("fk_column_null_value", b(Book::publisher().country.eq(None)).await);
    print("fk_isnull_value", b(Book::publisher().country.is_not_null()).await);
    print("fk_exclude", xb(Book::author().name.eq("Ada")).await);
    print("fk_exclude_null_key", xb(Book::publisher().name.eq("Alpha")).await);
    print("fk_exclude_null_value", xb(german()).await);
    print("fk_exclude_isnull", xb(Book::publisher().country.is_null()).await);
    print("fk_or", b(german() | bob()).await);
    print("fk_or_own", b(german() | Book::pages.eq(0)).await);
    print("fk_or_null", b(german() | Book::publisher().is_null()).await);
    print("fk_and_or", b(german() & (bob() | Book::publisher().name.eq("Alpha"))).await);
    print("fk_not_or", b(!(german() | bob())).await);
    print("fk_two", b(Book::author().mentor().name.eq("Ada")).await);
    print("fk_two_null", b(Book::author().mentor().name.eq(None)).await);
    print("fk_two_exclude", xb(Book::author().mentor().name.eq("Ada")).await);
    print("fk_three", b(Book::author().mentor().mentor().name.eq("Ada")).await);
    if let Ok(author) = Author::objects(db).filter(Author::name.eq("Bob")).get().await {
        print("fk_instance", b(Book::author().eq(&author)).await);
    }
    let rated = Author::objects(db).filter(Author::rating.eq(4.5)).await.unwrap_or_default();
    print("fk_instances", b(Book::author().in_(&rated)).await);
    let rated = || Author::mentor().rating.gt(4.0);
    print("self_fk", author_ids(Author::objects(db).filter(rated())).await);
    print("self_fk_exclude", author_ids(Author::objects(db).exclude(rated())).await);
    print("fk_contains", b(Book::author().name.icontains("A")).await);
    print("fk_year", b(Book::author().born.year().eq(1970)).await);
    let pages = Book::pages.f().output_field::<Option<f64>>();
    print("fk_f", b(pages.gt(Book::author().rating)).await);
    let ordered = Book::objects(db).order_by([Book::author().name.asc(), Book::id.desc()]);
    print("order_by_fk", ordered.values_list(Book::id).await);
    let ordered = Book::objects(db).order_by([Book::publisher().name.asc(), Book::id.asc()]);
    print("order_by_null_fk", ordered.values_list(Book::id).await);
    let by_id = || Book::objects(db).order_by([Book::id.asc()]);
    print("values_fk", by_id().values_list((Book::id, Book::author().name, Book::publisher().name)).await);
    print("values_fk_two", by_id().values_list((Book::id, Book::author().mentor().name)).await);
    print("values_fk_null_country", by_id().values_list((Book::id, Book::publisher().country)).await);
    let rows = by_id().select_related(Book::author()).await;
    print("select_related", rows.map(|rows| each(rows, |(book, author)| (book.id, author.name))));
    let rows = by_id().select_related(Book::publisher()).await;
    let named = |(book, publisher): (Book, Option<Publisher>)| (book.id, publisher.map(|row| row.name));
    print("select_related_null", rows.map(|rows| each(rows, named)));
    let rows = by_id().select_related(Book::author()).select_related(Book::author().mentor()).await;
    let named = |(book, author, mentor): (Book, Author, Option<Author>)| {
        (book.id, author.name, mentor.map(|row| row.name))
    };
    print("select_related_two", rows.map(|rows| each(rows, named)));
    let authors = || Author::objects(db).order_by([Author::id.asc()]);
    let rows = authors().prefetch_related(Author::books()).await;
    let with_ids = |(author, books): (Author, Vec<Book>)| (author.id, each(books, |book| book.id));
    print("prefetch", rows.map(|rows| each(rows, with_ids)));
    let reviews = Review::objects(db).order_by([Review::id.asc()]);
    let rows = authors().prefetch_related(Author::books().reviews().with(reviews)).await;
    let with_ids = |(author, reviews): (Author, Vec<Review>)| (author.id, each(reviews, |review| review.id));
    print("prefetch_two", rows.map(|rows| each(rows, with_ids)));
}

async fn reverse(db: &Db) {
    let a = |q: Q<Author>| author_ids(Author::objects(db).filter(q));
    let da = |q: Q<Author>| author_ids(Author::objects(db).filter(q).distinct());
    let xa = |q: Q<Author>| author_ids(Author::objects(db).exclude(q));
    let empty = || Author::books().pages.eq(0);
    let sold_out = || Author::books().in_print.eq(false);
    print("reverse", a(Author::books().title.eq("abc")).await);
    print("reverse_duplicates", a(Author::books().pages.gt(300)).await);
    print("reverse_distinct", da(Author::books().pages.gt(300)).await);
    print("reverse_same_row", da(empty() & sold_out()).await);
    let twice = || Author::objects(db).filter(empty()).filter(sold_out());
    print("reverse_two_filters", author_ids(twice().distinct()).await);
    print("reverse_two_filters_duplicates", author_ids(twice()).await);
    print("reverse_isnull", a(Author::books().is_null()).await);
    print("reverse_not_isnull", da(Author::books().is_not_null()).await);
    print("reverse_exclude", xa(empty()).await);
    print("reverse_exclude_two", xa(empty() & sold_out()).await);
    print("reverse_exclude_isnull", xa(Author::books().is_null()).await);
    print("reverse_exclude_not_isnull", xa(Author::books().is_not_null()).await);
    print("reverse_exclude_null_value", xa(Author::books().notes.eq(None)).await);
    print("reverse_filter_not", da(empty() & !sold_out()).await);
    print("reverse_or", da(empty() | Author::name.eq("nobody")).await);
    print("reverse_or_not", da(!empty() | Author::name.eq("Ada")).await);
    print("reverse_two_hops", da(Author::books().reviews().stars.eq(5)).await);
    print("reverse_two_hops_exclude", xa(Author::books().reviews().stars.eq(5)).await);
    let same_author = || Book::author().books().title.eq("abc");
    print("reverse_behind_fk", ids(Book::objects(db).filter(same_author())).await);
    print("reverse_behind_fk_exclude", ids(Book::objects(db).exclude(same_author())).await);
    let same_publisher = Book::publisher().books().title.eq("abc");
    print("reverse_behind_null_fk_exclude", ids(Book::objects(db).exclude(same_publisher)).await);
    print("reverse_f_exclude", xa(Author::books().title.eq(Author::name)).await);
    print("reverse_self", a(Author::pupils().name.eq("dora")).await);
    print("reverse_self_exclude", xa(Author::pupils().rating.is_not_null()).await);
    let publishers = || Publisher::objects(db);
    let ordered = publishers().order_by([Publisher::books().pages.asc(), Publisher::id.asc()]);
    print("reverse_order", ordered.values_list((Publisher::id, Publisher::books().pages)).await);
    let by_book = [Publisher::id.asc(), Publisher::books().id.asc()];
    let titles = || (Publisher::id, Publisher::books().title);
    print("reverse_values", publishers().order_by(by_book.clone()).values_list(titles()).await);
    let large = publishers().filter(Publisher::books().pages.gt(200)).order_by(by_book);
    print("reverse_filter_values", large.values_list(titles()).await);
    let none = publishers().exclude(Publisher::books().in_print.eq(true)).order_by([Publisher::id.asc()]);
    print("reverse_publisher_exclude", none.values_list(Publisher::id).await);
}

async fn aggregates(db: &Db) {
    let books = || Book::objects(db);
    let one = |answer| vec![answer];
    let sums = (Book::pages.sum(), Book::price.sum(), Book::discount.sum());
    print("aggregate_sum", books().aggregate(sums).await.map(one));
    let averages = (Book::pages.avg(), Book::price.avg(), Book::author().rating.avg());
    print("aggregate_avg", books().aggregate(averages).await.map(|answer| vec![answer]));
    let extremes = (Book::published.min(), Book::published.max(), Book::title.min(), Book::discount.max());
    print("aggregate_min_max", books().aggregate(extremes).await.map(|answer| vec![answer]));
    let counts = (Book::id.count(), Book::notes.count(), Book::author().count_distinct());
    print("aggregate_count", books().aggregate(counts).await.map(|answer| vec![answer]));
    let none = books().filter(Book::pages.in_(Vec::<i32>::new()));
    let of_none = (Book::pages.sum(), Book::id.count(), Book::title.max());
    print("aggregate_empty", none.aggregate(of_none).await.map(|answer| vec![answer]));
    let of_some = (
        Book::pages.sum().only(Book::in_print.eq(true)),
        Book::id.count().only(Book::author().name.eq("Ada")),
    );
    print("aggregate_filter", books().aggregate(of_some).await.map(|answer| vec![answer]));
    let worth = Book::price * Book::pages.f().output_field::<Decimal>();
    let computed = (worth.sum(), (Book::pages + 1).max());
    print("aggregate_expression", books().aggregate(computed).await.map(|answer| vec![answer]));
    let sliced = books().order_by([Book::id.asc()]).slice(..5);
    print(
        "aggregate_sliced",
        sliced.aggregate((Book::pages.sum(), Book::id.count())).await.map(|answer| vec![answer]),
    );
    let distinct = books().order_by([Book::pages.asc()]).values_list(Book::pages).distinct();
    print("aggregate_distinct", distinct.aggregate((Book::pages.sum(),)).await.map(|answer| vec![answer]));
    let authors = || Author::objects(db);
    let joined = (Author::books().count(), Author::books().pages.sum());
    print("aggregate_reverse", authors().aggregate(joined).await.map(|answer| vec![answer]));
    let n = Author::books().count();
    let of_counts = authors().annotate(n.clone()).aggregate((n.avg(), n.max()));
    print("aggregate_of_annotation", of_counts.await.map(|answer| vec![answer]));
    let dates = (Author::born.min(), Author::born.max());
    print("aggregate_dates", authors().aggregate(dates).await.map(|answer| vec![answer]));
}

async fn annotations(db: &Db) {
    let by_id = || Author::objects(db).order_by([Author::id.asc()]);
    let n = Author::books().count();
    let counted = || by_id().annotate(n.clone());
    print("annotate_count", counted().values_list((Author::id, n.clone())).await);
    let rows = counted().await;
    print("annotate_count_rows", rows.map(|rows| each(rows, |(author, n): (Author, i64)| (author.name, n))));
    print(
        "annotate_sum",
        by_id()
            .annotate(Author::books().price.sum())
            .values_list((Author::id, Author::books().price.sum()))
            .await,
    );
    let two = counted().annotate(Author::books().pages.max());
    print("annotate_two", two.values_list((Author::id, n.clone(), Author::books().pages.max())).await);
    let (books, reviews) = (Author::books().count_distinct(), Author::books().reviews().count());
    let both = by_id().annotate(books.clone()).annotate(reviews.clone());
    print("annotate_two_relations", both.values_list((Author::id, books, reviews)).await);
    print("annotate_having", counted().filter(n.gt(5)).values_list(Author::id).await);
    print(
        "annotate_having_or",
        counted().filter(n.eq(0) | Author::name.eq("Ada")).values_list(Author::id).await,
    );
    let both = n.gt(1) & Author::name.startswith("A");
    print("annotate_having_and", counted().filter(both).values_list(Author::id).await);
    print("annotate_exclude", counted().exclude(n.eq(0)).values_list(Author::id).await);
    let empty = || Author::books().pages.eq(0);
    print("annotate_then_filter", counted().filter(empty()).values_list((Author::id, n.clone())).await);
    let filtered = by_id().filter(empty()).annotate(n.clone());
    print("filter_then_annotate", filtered.values_list((Author::id, n.clone())).await);
    let ordered = Author::objects(db).annotate(n.clone()).order_by([n.desc(), Author::name.asc()]);
    print("annotate_order_by", ordered.values_list(Author::name).await);
    let printed = Author::books().count().only(Author::books().in_print.eq(true));
    print("annotate_filtered", by_id().annotate(printed.clone()).values_list((Author::id, printed)).await);
    let average = Publisher::books().discount.avg();
    let publishers = Publisher::objects(db).annotate(average.clone()).order_by([Publisher::id.asc()]);
    print("annotate_avg_null", publishers.values_list((Publisher::id, average)).await);
    print("annotate_count_count", counted().filter(n.gt(2)).count().await.map(|count| vec![count]));
    print("annotate_exists", counted().filter(n.gt(200)).exists().await.map(|exists| vec![exists]));
    let reviews = Book::reviews().count();
    let books = Book::objects(db).annotate(reviews.clone()).filter(Book::author().name.eq("Ada"));
    print("annotate_fk", books.order_by([Book::id.asc()]).values_list((Book::id, reviews)).await);
    let rated = n.output_field::<Option<f64>>().gt(Author::rating);
    print("annotate_f_of_aggregate", counted().filter(rated).values_list(Author::id).await);
}

async fn groups(db: &Db) {
    let books = || Book::objects(db);
    let n = Book::id.count();
    let by_pages = || books().order_by([Book::pages.asc()]).values_list(Book::pages).annotate(n.clone());
    print("group_by", by_pages().await);
    let by_author = books().order_by([Book::author().name.asc()]).values_list(Book::author().name);
    print("group_by_fk", by_author.annotate(Book::pages.sum()).await);
    print("group_by_null", books().order_by([]).values_list(Book::discount).annotate(n.clone()).await);
    let by_two = books().order_by([Book::in_print.asc(), Book::author_id.asc()]);
    let by_two = by_two.values_list((Book::in_print, Book::author_id));
    print("group_by_two", by_two.annotate(n.clone()).annotate(Book::pages.max()).await);
    print("group_by_having", by_pages().filter(n.gt(2)).await);
    let year = Book::published.year();
    let by_year = books().order_by([year.asc()]).values_list(year).annotate(n.clone());
    print("group_by_year", by_year.await);
    let rest = Book::pages % 100;
    let by_rest = books().annotate(rest.clone()).order_by([rest.asc()]).values_list(rest);
    print("group_by_expression", by_rest.annotate(n).await);
}

async fn ordered(db: &Db) {
    let books = || Book::objects(db);
    let by_id = || books().order_by([Book::id.asc()]);
    let by = |order: [nuages::orm::Ordering<Book>; 2]| books().order_by(order).values_list(Book::id);
    let id = Book::id.asc();
    print("meta_ordering", books().values_list(Book::id).await);
    print("meta_reverse", books().reverse().values_list(Book::id).await);
    print("order_desc", by([Book::pages.desc(), id.clone()]).await);
    print("order_null", by([Book::discount.asc(), id.clone()]).await);
    print("order_null_desc", by([Book::discount.desc(), id.clone()]).await);
    print("order_text", books().order_by([Book::title.asc()]).values_list(Book::id).await);
    print("order_reverse", by([Book::pages.desc(), id.clone()]).reverse().await);
    let newest = books().order_by([Book::published.desc(), id.clone()]);
    print("order_instant", newest.values_list((Book::id, Book::published)).await);
    print("slice", by_id().slice(5..8).values_list(Book::id).await);
    print("slice_of_slice", by_id().slice(5..20).slice(2..4).values_list(Book::id).await);
    print("slice_beyond", by_id().slice(100..).values_list(Book::id).await);
    print("slice_empty", by_id().slice(3..3).values_list(Book::id).await);
    print("distinct", books().order_by([Book::pages.asc()]).values_list(Book::pages).distinct().await);
    let by_author = books().order_by([Book::author().name.asc(), Book::pages.asc()]);
    print("distinct_ordered_by_other", by_author.values_list(Book::pages).distinct().await);
    print("distinct_fk", books().order_by([]).values_list(Book::author().name).distinct().await);
    print("distinct_meta_ordering", books().values_list(Book::in_print).distinct().await);
    print("first", books().first().await.map(|row| vec![row.map(|row| row.id)]));
    print("first_unordered", Author::objects(db).first().await.map(|row| vec![row.map(|row| row.id)]));
    print("last", books().last().await.map(|row| vec![row.map(|row| row.id)]));
    print("last_unordered", Author::objects(db).last().await.map(|row| vec![row.map(|row| row.id)]));
    let ordered = books().order_by([Book::pages.asc(), id]);
    print("last_ordered", ordered.last().await.map(|row| vec![row.map(|row| row.id)]));
    let latest = Review::objects(db).latest(Review::id).await.map_err(database);
    print("latest", latest.map(|row| vec![row.id]));
    let dated = books().exclude(Book::published.is_null());
    print("earliest", dated.earliest(Book::published).await.map_err(database).map(|row| vec![row.id]));
    let none = books().filter(Book::pages.eq(-1)).first().await;
    print("first_none", none.map(|row| vec![row.map(|row| row.id)]));
    print("count", books().count().await.map(|count| vec![count]));
    print("count_sliced", books().slice(25..).count().await.map(|count| vec![count]));
    let distinct = books().order_by([]).values_list(Book::pages).distinct();
    print("count_distinct", distinct.count().await.map(|count| vec![count]));
    let joined = || Author::objects(db).filter(Author::books().pages.gt(100));
    print("count_joined", joined().count().await.map(|count| vec![count]));
    print("count_joined_distinct", joined().distinct().count().await.map(|count| vec![count]));
    let of = |name: &str| books().filter(Book::author().name.eq(name)).exists();
    let both = async { Ok::<_, DbError>(vec![of("Eve").await?, of("nobody").await?]) };
    print("exists", both.await);
    let found = books().in_bulk([1, 2, 99]).await.map(|found| {
        let mut rows: Vec<_> = found.into_iter().map(|(key, row)| (key, row.title)).collect();
        rows.sort();
        rows
    });
    print("in_bulk", found);
}

async fn values(db: &Db) {
    let by_id = || Book::objects(db).order_by([Book::id.asc()]);
    let every = (
        Book::id,
        Book::title,
        Book::price,
        Book::discount,
        Book::pages,
        Book::published,
        Book::in_print,
        Book::isbn,
    );
    print("values_all", by_id().values_list(every).await);
    print("values_notes", by_id().values_list(Book::notes).await);
    let authors = Author::objects(db).order_by([Author::id.asc()]);
    let columns = (Author::name, Author::born, Author::rating, Author::mentor_id);
    print("values_authors", authors.values_list(columns).await);
    let rows = by_id().slice(..3).values((Book::id, Book::author().name)).await;
    let read = |rows: Vec<nuages::db::Row>| {
        let pairs = rows.iter().map(|row| Ok((row.get::<i64>("id")?, row.get::<String>("author__name")?)));
        pairs.collect::<Result<Vec<_>, DbError>>()
    };
    print("values_dict", rows.and_then(read));
}

fn each<T, R>(rows: Vec<T>, of: impl Fn(T) -> R) -> Vec<R> {
    rows.into_iter().map(of).collect()
}

fn database(error: nuages::orm::GetError) -> DbError {
    DbError::new(nuages::db::DbErrorKind::Other, error.to_string())
}
