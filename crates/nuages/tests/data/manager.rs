//! The manager.

use jiff::Timestamp;
use nuages::db::{Db, DbError, DbErrorKind, Tx, Vendor};
use nuages::orm::{Assignment, Expression, GetError, Optional, Ordering, Q, QuerySet, when};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::database::on_each_database;
use crate::models::{Category, Every, schema};

on_each_database!(
    creates_and_reads_each_type,
    gets_one_or_says_why_not,
    lookups,
    excludes_as_django_does,
    orders_and_slices,
    updates_with_expressions,
    counts_and_sums,
    what_is_missing_is_named,
    creates_in_bulk,
    injection_is_data,
    an_order_from_outside_is_a_column,
    locks_rows,
    locked_rows_are_skipped_or_refused,
    writes_with_subqueries,
);

async fn ready(db: &Db) -> Category {
    nuages::migrate::migrate(db, &[schema()]).await.unwrap();
    let values = [Category::name.set("水果"), Category::code.set("fruit")];
    Category::objects(db).create(values).await.unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A row that differs from others by its number.
fn row(category: &Category, number: i16) -> Vec<Assignment<Every>> {
    vec![
        Every::small.set(number),
        Every::big.set(i64::MAX - i64::from(number)),
        Every::positive.set(u32::try_from(i32::MAX).unwrap()),
        Every::positive_small.set(7),
        Every::text.set(format!("text {number}")),
        Every::price.set(Decimal::new(i64::from(number) * 10, 2)),
        Every::day.set("2026-01-15".parse::<jiff::civil::Date>().unwrap()),
        Every::ident.set(Uuid::from_u128(u128::try_from(number).unwrap())),
        Every::raw.set(vec![0, 255]),
        Every::category_id.set(category.id),
        Every::order.set(format!("o{number}")),
    ]
}

async fn fill(db: &Db, rows: i16) -> Category {
    let category = ready(db).await;
    Every::objects(db).bulk_create((1..=rows).map(|number| row(&category, number))).await.unwrap();
    category
}

async fn smalls(queryset: QuerySet<Every>) -> Vec<i16> {
    queryset.values_list(Every::small).await.unwrap()
}

async fn creates_and_reads_each_type(db: Db) {
    let category = ready(&db).await;
    assert_eq!((category.id, category.name.as_str()), (1, "水果"));
    let created = Every::objects(&db).create(row(&category, 12)).await.unwrap();
    assert_eq!(created.plain, 3, "the default");
    assert!(created.flag && created.ratio.is_none() && created.by_code_id.is_none());
    assert_eq!(created.price.to_string(), "1.20", "with the column's places");
    assert_eq!(created.at, "2026-01-15T12:00:00.000123Z".parse::<Timestamp>().unwrap(), "the clock's time");
    assert_eq!(created.big, i64::MAX - 12);
    assert_eq!(created.ident, Uuid::from_u128(12));
    let read = Every::objects(&db).filter(Every::id.eq(created.id)).get().await.unwrap();
    assert_eq!(read, created);
    for same in [
        Every::at.eq(created.at),
        Every::day.eq(created.day),
        Every::ident.eq(created.ident),
        Every::price.eq(decimal("1.2")),
        Every::raw.eq(vec![0, 255]),
        Every::flag.eq(true),
        Every::ratio.eq(None),
        Every::ratio.is_null(),
    ] {
        assert!(Every::objects(&db).filter(same.clone()).exists().await.unwrap(), "{same:?}");
    }
}

async fn gets_one_or_says_why_not(db: Db) {
    fill(&db, 3).await;
    let all = Every::objects(&db);
    assert_eq!(all.clone().filter(Every::small.eq(2)).get().await.unwrap().text, "text 2");
    let none = all.clone().filter(Every::small.eq(9)).get().await;
    assert!(none.optional().unwrap().is_none());
    let none = all.clone().filter(Every::small.eq(9)).get().await.unwrap_err();
    assert_eq!(none.to_string(), "Every matching query does not exist.");
    assert_eq!(nuages::Error::from(none).status(), 404);
    assert!(matches!(all.clone().get().await, Err(GetError::MultipleObjectsReturned { model: "Every" })));
    assert_eq!(all.clone().latest(Every::small).await.unwrap().small, 3);
    assert_eq!(all.clone().earliest(Every::small).await.unwrap().small, 1);
    assert_eq!(all.clone().first().await.unwrap().unwrap().small, 1);
    assert!(all.filter(Every::small.gt(9)).latest(Every::at).await.optional().unwrap().is_none());
}

async fn lookups(db: Db) {
    ready(&db).await;
    for (number, name) in ["50%", "a_b", "back\\slash", "Straße", "ABC", "abc"].into_iter().enumerate() {
        let values = [Category::name.set(name), Category::code.set(number.to_string())];
        Category::objects(&db).create(values).await.unwrap();
    }
    let names = async |q| {
        let found = Category::objects(&db).filter(q).order_by([Category::id.asc()]);
        found.values_list(Category::name).await.unwrap()
    };
    assert_eq!(names(Category::name.contains("%")).await, ["50%"]);
    assert_eq!(names(Category::name.contains("_")).await, ["a_b"]);
    assert_eq!(names(Category::name.contains("\\")).await, ["back\\slash"]);
    assert_eq!(names(Category::name.icontains("B")).await, ["a_b", "back\\slash", "ABC", "abc"]);
    assert_eq!(names(Category::name.iexact("aBc")).await, ["ABC", "abc"]);
    assert_eq!(names(Category::name.endswith("ße")).await, ["Straße"]);
    // Django's documentation: SQLite's LIKE ignores the case of ASCII letters.
    let cased: &[&str] = if db.vendor() == Vendor::Sqlite { &["ABC", "abc"] } else { &["abc"] };
    assert_eq!(names(Category::name.startswith("ab")).await, cased);
    // MariaDB's collations ignore the case, Django's `exact` included.
    let same: &[&str] = if db.vendor() == Vendor::Mysql { &["ABC", "abc"] } else { &["abc"] };
    assert_eq!(names(Category::name.eq("abc")).await, same);
    assert_eq!(names(Category::code.in_(["0", "3", "none"])).await, ["50%", "Straße"]);
    assert_eq!(names(Category::code.in_(Vec::<String>::new())).await, Vec::<String>::new());
    assert_eq!(names(!Category::code.in_(Vec::<String>::new())).await.len(), 7);
    assert_eq!(
        names(Category::code.eq("0") | Category::code.eq("1") & Category::name.eq("x")).await,
        ["50%"]
    );
    assert_eq!(names(Category::id.range(2, 3)).await, ["50%", "a_b"]);
    for beyond in
        [Every::positive.eq(u32::MAX), Every::positive_small.eq(u16::MAX), Every::positive.gt(u32::MAX)]
    {
        assert_eq!(Every::objects(&db).filter(beyond).count().await.unwrap(), 0);
    }
}

async fn excludes_as_django_does(db: Db) {
    fill(&db, 2).await;
    let all = Every::objects(&db);
    all.clone().filter(Every::small.eq(1)).update([Every::ratio.set(0.5)]).await.unwrap();
    // The row without a ratio is not equal to 0.5, so it stays.
    assert_eq!(smalls(all.clone().exclude(Every::ratio.eq(0.5))).await, [2]);
    assert_eq!(smalls(all.clone().filter(Every::ratio.ne(9.0))).await, [1, 2]);
    assert_eq!(smalls(all.clone().exclude(Every::ratio.in_([0.5]))).await, [2]);
    assert_eq!(smalls(all.clone().exclude(Every::ratio.is_null())).await, [1]);
    assert_eq!(smalls(all.exclude(Every::ratio.eq(0.5) & Every::small.eq(2))).await, [1, 2]);
}

async fn orders_and_slices(db: Db) {
    fill(&db, 5).await;
    let all = Every::objects(&db);
    assert_eq!(smalls(all.clone()).await, [1, 2, 3, 4, 5], "the model's ordering");
    assert_eq!(smalls(all.clone().order_by([Every::plain.asc(), Every::id.desc()]).limit(2)).await, [5, 4]);
    assert_eq!(smalls(all.clone().offset(3)).await, [4, 5]);
    assert_eq!(smalls(all.clone().limit(2).offset(1)).await, [2, 3]);
    assert_eq!(all.clone().limit(2).offset(4).count().await.unwrap(), 1);
    let distinct = all.clone().order_by([Every::plain.asc()]).distinct();
    assert_eq!(distinct.values_list(Every::plain).await.unwrap(), [3]);
    let sliced = all.limit(1).filter(Every::small.eq(1)).list().await.unwrap_err();
    assert_eq!(sliced.to_string(), "Every: Cannot filter a query once a slice has been taken.");
}

async fn updates_with_expressions(db: Db) {
    fill(&db, 3).await;
    let all = Every::objects(&db);
    let enough = all.clone().filter(Every::positive_small.gte(7) & Every::small.lte(2));
    let taken =
        [Every::positive_small.set(Every::positive_small.f() - 3), Every::plain.set(Every::plain.f() + 3)];
    assert_eq!(enough.clone().update(taken).await.unwrap(), 2);
    assert_eq!(enough.count().await.unwrap(), 0, "a second buyer finds too few");
    let left = all.clone().filter(Every::small.eq(1)).get().await.unwrap();
    assert_eq!((left.positive_small, left.plain), (4, 6));

    let priced = all.clone().update([Every::price.set(Every::price.f() * decimal("1.50") + decimal("0.01"))]);
    assert_eq!(priced.await.unwrap(), 3);
    assert_eq!(all.clone().filter(Every::small.eq(3)).get().await.unwrap().price, decimal("0.46"));

    let sold_out = all.clone().update([Every::positive_small.set(Every::positive_small.f() - 99)]).await;
    assert_eq!(*sold_out.unwrap_err().kind(), DbErrorKind::CheckViolation);
    let below = all.clone().update([Every::plain.set(-1)]).await;
    assert_eq!(*below.unwrap_err().kind(), DbErrorKind::CheckViolation);
    let twice = all.clone().update([Every::ident.set(Uuid::from_u128(1))]).await;
    assert!(twice.unwrap_err().is_unique_violation(&["ident"]));
    assert_eq!(all.clone().filter(Every::small.eq(3)).delete().await.unwrap().rows, 1);
    let protected = Category::objects(&db).delete().await;
    assert_eq!(*protected.unwrap_err().kind(), DbErrorKind::ForeignKeyViolation);
}

async fn counts_and_sums(db: Db) {
    fill(&db, 4).await;
    let all = Every::objects(&db);
    assert_eq!(all.clone().count().await.unwrap(), 4);
    assert!(!all.clone().filter(Every::small.gt(4)).exists().await.unwrap());
    assert_eq!(all.clone().aggregate(Every::price.sum()).await.unwrap().unwrap().to_string(), "1.00");
    assert_eq!(all.clone().aggregate(Every::plain.sum()).await.unwrap(), Some(12));
    assert_eq!(all.filter(Every::small.gt(4)).aggregate(Every::plain.sum()).await.unwrap(), None);
}

async fn writes_with_subqueries(db: Db) {
    let category = fill(&db, 3).await;
    let code = Category::objects(&db)
        .filter(Category::id.eq(Every::category_id.outer()))
        .values_list(Category::code);
    let set = Every::by_code_id.set(Expression::subquery(code.clone()));
    assert_eq!(Every::objects(&db).filter(Every::small.gt(1)).update([set]).await.unwrap(), 2);
    let set = Every::objects(&db).filter(Every::by_code_id.eq(Expression::subquery(code)));
    assert_eq!(smalls(set).await, [2, 3]);
    let named = Category::objects(&db).filter(Category::code.eq("fruit")).values_list(Category::id);
    let small = Every::small.lt(3) & Every::category_id.in_(named);
    assert_eq!(Every::objects(&db).filter(small).delete().await.unwrap().rows, 2);
    let used = Q::exists(Every::objects(&db).filter(Every::category_id.eq(Category::id.outer())));
    Category::objects(&db).create([Category::name.set("unused"), Category::code.set("x")]).await.unwrap();
    assert_eq!(Category::objects(&db).filter(!used).delete().await.unwrap().rows, 1);
    assert_eq!(Category::objects(&db).await.unwrap(), [category]);
}

async fn what_is_missing_is_named(db: Db) {
    // There is not even a table: the error comes before any SQL.
    let error = Category::objects(&db).create([Category::name.set("x")]).await.unwrap_err();
    assert_eq!(*error.kind(), DbErrorKind::NotNullViolation);
    assert_eq!(error.to_string(), "Category.code has no value and no default");
}

async fn creates_in_bulk(db: Db) {
    ready(&db).await;
    let rows = |from: u32, to: u32| {
        (from..to).map(|n| [Category::name.set("many"), Category::code.set(n.to_string())])
    };
    assert_eq!(Category::objects(&db).bulk_create(rows(0, 20_000)).await.unwrap(), 20_000);
    let duplicate = Category::objects(&db).bulk_create(rows(19_999, 60_000)).await.unwrap_err();
    assert!(duplicate.is_unique_violation(&["code"]));
    assert_eq!(Category::objects(&db).count().await.unwrap(), 20_001, "all or none");
    assert_eq!(Category::objects(&db).bulk_create(rows(0, 0)).await.unwrap(), 0);
}

async fn injection_is_data(db: Db) {
    ready(&db).await;
    for (number, text) in
        ["'; DROP TABLE every_category; --", "\" OR 1=1 --", "?", "$1", "%s", "\\'"].iter().enumerate()
    {
        let name = text.chars().take(19).collect::<String>();
        let name = name.as_str();
        let values = [Category::name.set(name), Category::code.set(number.to_string())];
        assert_eq!(Category::objects(&db).create(values).await.unwrap().name, *name);
        let pattern: String =
            name.chars().map(|c| format!("[{}{c}]", if c == '\\' { "\\" } else { "" })).collect();
        for q in [
            Category::name.eq(name),
            Category::name.iexact(name),
            Category::name.contains(name),
            Category::name.icontains(name),
            Category::name.startswith(name),
            Category::name.istartswith(name),
            Category::name.endswith(name),
            Category::name.iendswith(name),
            Category::name.in_([name]),
            Category::name.range(name, name),
            Category::name.gte(name)
                & Category::name.lte(name)
                & !Category::name.gt(name)
                & !Category::name.lt(name),
            Category::name.regex(format!("^{pattern}$")),
            Category::name.iregex(format!("^{pattern}$")),
            Category::name.concat(name).eq(format!("{name}{name}")),
            when(Category::name.eq(name), name).otherwise("none").eq(name),
            Category::name
                .in_(Category::objects(&db).filter(Category::name.eq(name)).values_list(Category::name)),
        ] {
            let found = Category::objects(&db).filter(q);
            assert_eq!(found.clone().count().await.unwrap(), 1, "{name}: {}", found.to_sql());
        }
        let renamed = Category::objects(&db).filter(Category::name.eq(name));
        assert_eq!(renamed.update([Category::name.set(format!("{name}!"))]).await.unwrap(), 1);
        let found = Category::objects(&db).filter(Category::name.eq(format!("{name}!")));
        assert_eq!(
            found.clone().values_list(Category::name.concat(name)).await.unwrap(),
            [format!("{name}!{name}")]
        );
        assert_eq!(found.delete().await.unwrap().rows, 1, "{name}");
    }
}

async fn an_order_from_outside_is_a_column(db: Db) {
    fill(&db, 3).await;
    let order: Ordering<Every> = "-small".parse().unwrap();
    assert_eq!(smalls(Every::objects(&db).order_by([order])).await, [3, 2, 1]);
    for text in [
        "",
        "-",
        "--small",
        "small; DROP TABLE every_every",
        "category__code",
        "1",
        "small DESC",
        "\"small\"",
        "?",
    ] {
        let refused = text.parse::<Ordering<Every>>().unwrap_err();
        assert!(refused.choices.contains(&"small"), "{text}");
        assert_eq!(nuages::Error::from(refused).status(), 400);
    }
}

async fn locks_rows(db: Db) {
    fill(&db, 1).await;
    let outside = Every::objects(&db).select_for_update().list().await.unwrap_err();
    assert_eq!(*outside.kind(), DbErrorKind::Misuse);
    let row = db.transaction(|tx| async move { Every::objects(&tx).select_for_update().get().await }).await;
    assert_eq!(row.unwrap().small, 1);
}

async fn locked_rows_are_skipped_or_refused(db: Db) {
    fill(&db, 2).await;
    fn all(tx: &Tx) -> QuerySet<Every> {
        Every::objects(tx).order_by([Every::id.asc()]).select_for_update()
    }
    let of_self = db
        .transaction(|tx| async move {
            let rows =
                all(&tx).select_related(Every::category()).of_self().of(Every::category()).no_key().await;
            rows.map(|rows| rows.len())
        })
        .await;
    match db.vendor() {
        Vendor::Mysql => assert_eq!(*of_self.unwrap_err().kind(), DbErrorKind::Unsupported),
        _ => assert_eq!(of_self.unwrap(), 2),
    }
    let elsewhere = |tx| async move { all(&tx).of(Every::category()).await.map(drop) };
    assert_eq!(*db.transaction(elsewhere).await.unwrap_err().kind(), DbErrorKind::Unsupported);
    if db.vendor() == Vendor::Sqlite {
        return;
    }
    let (locked, is_locked) = tokio::sync::oneshot::channel();
    let (done, is_done) = tokio::sync::oneshot::channel::<()>();
    let hold = |tx: Tx| async move {
        // By its key: MariaDB locks each row that it looks at.
        all(&tx).filter(Every::id.eq(1)).await?;
        locked.send(()).unwrap();
        is_done.await.unwrap();
        Ok::<_, DbError>(())
    };
    let holder = tokio::spawn({
        let db = db.clone();
        async move { db.transaction(hold).await }
    });
    is_locked.await.unwrap();
    let free =
        db.transaction(|tx| async move { all(&tx).skip_locked().values_list(Every::small).await }).await;
    assert_eq!(free.unwrap(), [2]);
    let refused = db.transaction(|tx| async move { all(&tx).nowait().await }).await;
    assert!(refused.unwrap_err().is_busy());
    done.send(()).unwrap();
    holder.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_statement_is_shown() {
    let db = Db::connect(&nuages::db::DatabaseUrl::memory(), nuages::db::DbOptions::default()).await.unwrap();
    let queryset = Category::objects(&db).filter(Category::id.eq(1) & !Category::name.eq("secret")).limit(3);
    assert_eq!(
        queryset.to_sql(),
        "SELECT \"every_category\".\"id\", \"every_category\".\"name\", \"every_category\".\"code\" \
         FROM \"every_category\" \
         WHERE (\"every_category\".\"id\" = ? AND NOT (\"every_category\".\"name\" = ?)) LIMIT ?"
    );
    // An index on the column is of use.
    let year = Every::objects(&db).filter(Every::at.year().eq(2026)).values_list(Every::id).to_sql();
    assert!(year.contains("WHERE \"every_every\".\"at\" BETWEEN ? AND ?"), "{year}");
}
