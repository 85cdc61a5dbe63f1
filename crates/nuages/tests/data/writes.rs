//! What the manager writes: many rows, rows that two make at once, rows that others refer to.

use nuages::db::{Db, DbErrorKind, DbOptions, Executor, Tx};
use nuages::orm::{GetError, Model};
use nuages::schema::{App, Migration, Operation, Table};

use crate::database::{Database, on_two_databases, options};

on_two_databases!(
    bulk_create_leaves_conflicts_out,
    bulk_update_stores_columns,
    get_or_create_makes_one,
    update_or_create_sets_the_defaults,
    delete_follows_on_delete,
    delete_refuses_what_is_protected,
    many_to_many_is_changed,
    rows_are_streamed,
    a_column_of_another_model_is_not_set,
);

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shelf", related(books = Book::author))]
struct Author {
    id: i64,
    #[field(max_length = 20, unique)]
    name: String,
    rating: Option<f64>,
    #[field(references = Author, on_delete = "set_null")]
    mentor_id: Option<i64>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shelf", related(books = Book::tags))]
struct Tag {
    id: i64,
    #[field(max_length = 20, unique)]
    name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shelf", many_to_many(tags = Tag), related(reviews = Review::book))]
struct Book {
    id: i64,
    #[field(max_length = 20)]
    title: String,
    #[field(references = Author, on_delete = "cascade")]
    author_id: i64,
    #[field(default = 1)]
    pages: i32,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shelf")]
struct Review {
    id: i64,
    #[field(references = Book, on_delete = "cascade")]
    book_id: i64,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shelf")]
struct Loan {
    id: i64,
    #[field(references = Book, on_delete = "protect")]
    book_id: i64,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "shelf")]
struct Award {
    id: i64,
    #[field(references = Book, on_delete = "restrict")]
    book_id: i64,
    #[field(references = Author, on_delete = "cascade")]
    author_id: i64,
}

fn schema() -> App {
    let mut tables: Vec<&'static Table> =
        vec![Author::table(), Tag::table(), Book::table(), Review::table(), Loan::table(), Award::table()];
    tables.extend(Book::tags().through());
    let operations = tables.into_iter().map(Operation::CreateTable).collect();
    App { label: "shelf", depends: &[], migrations: vec![Migration::new("0001_initial", operations)] }
}

/// The database with its tables, told of them, and one author.
async fn ready(database: &Database) -> (Db, Author) {
    let options = DbOptions { tables: schema().tables().collect(), ..options() };
    let db = Db::connect(&database.url().parse().unwrap(), options).await.unwrap();
    nuages::migrate::migrate(&db, &[schema()]).await.unwrap();
    let ada = Author::objects(&db).create([Author::name.set("Ada")]).await.unwrap();
    (db, ada)
}

async fn book(db: &Db, author: &Author, title: &str) -> Book {
    Book::objects(db).create([Book::title.set(title), Book::author_id.set(author.id)]).await.unwrap()
}

async fn bulk_create_leaves_conflicts_out(database: Database, _: Database) {
    let (db, _) = ready(&database).await;
    let rows =
        |names: &[&'static str]| names.iter().map(|name| [Author::name.set(*name)]).collect::<Vec<_>>();
    let names = rows(&["Ada", "Bob", "Bob", "Eve"]);
    let stored = Author::objects(&db).bulk_create_ignoring_conflicts(names).await.unwrap();
    assert_eq!(stored, 2);
    let twice = Author::objects(&db).bulk_create(rows(&["Zoe", "Ada"])).await.unwrap_err();
    assert!(twice.is_unique_violation(&["name"]));
    assert_eq!(Author::objects(&db).count().await.unwrap(), 3);
}

async fn bulk_update_stores_columns(database: Database, _: Database) {
    let (db, ada) = ready(&database).await;
    let rows = (0..500).map(|n| [Book::title.set(n.to_string()), Book::author_id.set(ada.id)]);
    Book::objects(&db).bulk_create(rows).await.unwrap();
    let mut books = Book::objects(&db).order_by([Book::id.asc()]).await.unwrap();
    for book in &mut books {
        book.pages = i32::try_from(book.id).unwrap();
        book.title = "not stored".to_owned();
    }
    assert_eq!(Book::objects(&db).bulk_update(&books, Book::pages).await.unwrap(), 500);
    let stored = Book::objects(&db).order_by([Book::id.asc()]).await.unwrap();
    assert!(stored.iter().all(|book| i64::from(book.pages) == book.id && book.title != "not stored"));
    let mut ada = Author { rating: Some(0.5), ..ada };
    Author::objects(&db).bulk_update(&[ada.clone()], (Author::rating, Author::mentor_id)).await.unwrap();
    assert_eq!(Author::objects(&db).get().await.unwrap(), ada);
    ada.rating = None;
    Author::objects(&db).bulk_update(&[ada.clone()], Author::rating).await.unwrap();
    assert_eq!(Author::objects(&db).get().await.unwrap(), ada);
    let key = Author::objects(&db).bulk_update(&[ada], Author::id).await.unwrap_err();
    assert_eq!(*key.kind(), DbErrorKind::Misuse);
}

async fn get_or_create_makes_one(database: Database, _: Database) {
    let (db, _) = ready(&database).await;
    let make = |db: Db| async move {
        Author::objects(&db).get_or_create([Author::name.set("Bob")], [Author::rating.set(4.5)]).await
    };
    let made = futures_util::future::join_all((0..8).map(|_| make(db.clone()))).await;
    let made: Vec<(Author, bool)> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.iter().filter(|(_, created)| *created).count(), 1);
    assert!(made.iter().all(|(author, _)| *author == made[0].0 && author.rating == Some(4.5)));
    // A lost race inside a transaction leaves the transaction usable.
    let inside = |tx: Tx| async move {
        let (bob, created) = Author::objects(&tx).get_or_create([Author::name.set("Bob")], []).await?;
        let other = [Author::name.set("Ada")];
        let taken = Author::objects(&tx).get_or_create([Author::rating.set(9.0)], other).await;
        assert!(matches!(taken, Err(GetError::Db(error)) if error.is_unique_violation(&["name"])));
        Ok::<_, GetError>((bob.name, created, Author::objects(&tx).count().await?))
    };
    assert_eq!(db.transaction(inside).await.unwrap(), ("Bob".to_owned(), false, 2));
}

async fn update_or_create_sets_the_defaults(database: Database, _: Database) {
    let (db, _) = ready(&database).await;
    let set = |rating| {
        Author::objects(&db).update_or_create([Author::name.set("Bob")], [Author::rating.set(Some(rating))])
    };
    let (first, created) = set(1.0).await.unwrap();
    assert!(created && first.rating == Some(1.0));
    let (second, created) = set(2.0).await.unwrap();
    assert!(!created && second.id == first.id && second.rating == Some(2.0));
}

async fn delete_follows_on_delete(database: Database, _: Database) {
    let (db, ada) = ready(&database).await;
    let values = [Author::name.set("Bob"), Author::mentor_id.set(Some(ada.id))];
    let bob = Author::objects(&db).create(values).await.unwrap();
    let (one, two, kept) =
        (book(&db, &ada, "a").await, book(&db, &ada, "b").await, book(&db, &bob, "c").await);
    for book in [&one, &one, &kept] {
        Review::objects(&db).create([Review::book_id.set(book.id)]).await.unwrap();
    }
    let tag = Tag::objects(&db).create([Tag::name.set("new")]).await.unwrap();
    Book::tags().of(&two, &db).add([&tag]).await.unwrap();
    // The award goes with the author, so that it does not hold the book.
    let award = [Award::book_id.set(one.id), Award::author_id.set(ada.id)];
    Award::objects(&db).create(award).await.unwrap();

    let deleted = Author::objects(&db).filter(Author::id.eq(ada.id)).delete().await.unwrap();
    let by_model: Vec<_> = deleted.by_model.iter().map(|(model, rows)| (model.as_str(), *rows)).collect();
    let expected = [
        ("shelf.Author", 1),
        ("shelf.Award", 1),
        ("shelf.Book", 2),
        ("shelf.Book_tags", 1),
        ("shelf.Review", 2),
    ];
    assert_eq!((by_model.as_slice(), deleted.rows), (&expected[..], 7));
    assert_eq!(Author::objects(&db).get().await.unwrap(), Author { mentor_id: None, ..bob });
    assert_eq!(Review::objects(&db).count().await.unwrap(), 1);
}

async fn delete_refuses_what_is_protected(database: Database, _: Database) {
    let (db, ada) = ready(&database).await;
    let lent = book(&db, &ada, "lent").await;
    let loan = Loan::objects(&db).create([Loan::book_id.set(lent.id)]).await.unwrap();
    let refused = Author::objects(&db).delete().await.unwrap_err();
    assert_eq!(*refused.kind(), DbErrorKind::ForeignKeyViolation);
    assert_eq!(
        refused.to_string(),
        "Cannot delete some instances of model 'Book' because they are referenced through protected foreign keys: \
         'Loan.book_id'."
    );
    Loan::objects(&db).filter(Loan::id.eq(loan.id)).delete().await.unwrap();
    let bob = Author::objects(&db).create([Author::name.set("Bob")]).await.unwrap();
    let award = [Award::book_id.set(lent.id), Award::author_id.set(bob.id)];
    Award::objects(&db).create(award).await.unwrap();
    let refused = Book::objects(&db).delete().await.unwrap_err();
    assert!(refused.to_string().contains("restricted foreign keys: 'Award.book_id'"), "{refused}");
    assert_eq!(Book::objects(&db).count().await.unwrap(), 1);
}

async fn many_to_many_is_changed(database: Database, _: Database) {
    let (db, ada) = ready(&database).await;
    let (one, two) = (book(&db, &ada, "a").await, book(&db, &ada, "b").await);
    let names = ["new", "old", "fruit"];
    Tag::objects(&db).bulk_create(names.map(|name| [Tag::name.set(name)])).await.unwrap();
    let tags = Tag::objects(&db).order_by([Tag::id.asc()]).await.unwrap();
    let of_one = Book::tags().of(&one, &db);
    let named = async || of_one.all().order_by([Tag::id.asc()]).values_list(Tag::name).await.unwrap();
    of_one.add([&tags[0], &tags[1]]).await.unwrap();
    of_one.add([&tags[0]]).await.unwrap();
    Book::tags().of(&two, &db).add([&tags[1]]).await.unwrap();
    assert_eq!(named().await, ["new", "old"]);
    of_one.set([&tags[1], &tags[2]]).await.unwrap();
    assert_eq!(named().await, ["old", "fruit"]);
    of_one.remove([&tags[1]]).await.unwrap();
    assert_eq!(named().await, ["fruit"]);
    let of_tag = Tag::books().of(&tags[2], &db);
    of_tag.add([&two]).await.unwrap();
    assert_eq!(of_tag.all().count().await.unwrap(), 2);
    of_one.clear().await.unwrap();
    assert_eq!(named().await, Vec::<String>::new());
    assert_eq!(Book::tags().of(&two, &db).all().count().await.unwrap(), 2);
    assert_eq!(Author::books().of(&ada, &db).all().count().await.unwrap(), 2);
    let not = Author::books().of(&ada, &db).clear().await.unwrap_err();
    assert_eq!(*not.kind(), DbErrorKind::Misuse);
}

async fn rows_are_streamed(database: Database, _: Database) {
    let (db, ada) = ready(&database).await;
    let rows = (0..1000).map(|n| [Book::title.set(n.to_string()), Book::author_id.set(ada.id)]);
    Book::objects(&db).bulk_create(rows).await.unwrap();
    let books = Book::objects(&db).order_by([Book::id.asc()]).values_list((Book::id, Book::author().name));
    let mut rows = books.iterator().await.unwrap();
    let mut read = 0;
    while let Some(row) = rows.next().await {
        assert_eq!(row.unwrap().1, "Ada");
        read += 1;
    }
    assert_eq!(read, 1000);
}

async fn a_column_of_another_model_is_not_set(database: Database, _: Database) {
    let (db, _) = ready(&database).await;
    let elsewhere = Book::objects(&db).update([Book::author().name.set("x")]).await.unwrap_err();
    assert_eq!(elsewhere.to_string(), "name is a column of another model than Book");
    let joined = Book::objects(&db).update([Book::title.set(Book::author().name)]).await.unwrap_err();
    assert_eq!(*joined.kind(), DbErrorKind::Misuse);
    let mentors = Author::mentor().mentor().mentor().mentor().mentor().mentor().mentor().name;
    let far = Author::objects(&db).filter(mentors.eq("x")).await.unwrap_err();
    assert_eq!(far.to_string(), "a path over more than six keys");
    assert!(db.query("SELECT 1", vec![]).await.is_ok());
}
