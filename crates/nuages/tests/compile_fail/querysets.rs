//! What the compiler refuses, each with a part of what it says; `../compile_fail.rs` compares them.

use nuages::db::Db;
use nuages::orm::{Expression, Model, Q, when};

#[derive(Model)]
#[model(app = "library", related(books = Book::author))]
struct Author {
    id: i64,
    #[field(max_length = 50)]
    name: String,
    rating: Option<f64>,
}

#[derive(Model)]
#[model(app = "library")]
struct Book {
    id: i64,
    #[field(max_length = 100)]
    title: String,
    pages: i32,
    #[field(references = Author, on_delete = "cascade")]
    author_id: i64,
}

struct Plain;

#[derive(Model)] //~ `Instant` is not the type of a column
#[model(app = "library")]
struct Strange {
    id: i64,
    since: std::time::Instant, //~ `Instant` is not the type of a column
}

#[derive(Model)]
#[model(app = "library")]
struct Misled {
    id: i64,
    #[field(references = Author, on_delete = "cascade")]
    author_id: String, //~ mismatched types
}

fn values() {
    Book::pages.eq("many"); //~ a column of type `i32` takes no `&str`
    Book::pages.gte(1.5); //~ a column of type `i32` takes no `{float}`
    Book::title.eq(None); //~ a column of type `String` takes no `Option<_>`
    Book::pages.set(Author::rating); //~ a column of type `i32` takes no `Column<Author, Option<f64>>`
    Book::pages.in_(["many"]); //~ a column of type `i32` takes no `&str`
    Book::title.set(Book::pages + 1); //~ a column of type `String` takes no `Expression<Book, i32>`
}

fn columns(db: &Db) {
    Book::objects(db).filter(Author::name.eq("Ada")); //~ mismatched types
    Book::objects(db).order_by([Author::name.asc()]); //~ type mismatch
    Book::objects(db).values_list(Author::name); //~ is nothing that a queryset of `Book` can select
    Book::objects(db).update([Author::name.set("Ada")]); //~ type mismatch
    Book::objects(db).filter(Book::isbn.eq("1")); //~ named `isbn` found for struct `Book`
    Book::objects(db).filter(Book::author().title.eq("x")); //~ no field `title`
}

fn types() {
    Book::title.sum(); //~ method cannot be called on `Column<Book, String>` due to unsatisfied trait bounds
    Book::pages.contains("1"); //~ method cannot be called on `Column<Book, i32>` due to unsatisfied trait bounds
    Book::pages.year(); //~ method cannot be called on `Column<Book, i32>` due to unsatisfied trait bounds
    let _ = Book::title + "x"; //~ `String` does not implement `Numeric`
}

fn functions(db: &Db) {
    Book::pages.cast::<bool>(); //~ a value cannot be cast to `bool`
    Book::pages.lower(); //~ method cannot be called on `Column<Book, i32>` due to unsatisfied trait bounds
    Book::title.key("size"); //~ method cannot be called on `Column<Book, String>` due to unsatisfied trait bounds
    Author::rating.coalesce("none"); //~ a column of type `f64` takes no `&str`
    when(Book::pages.gt(1), "thick").otherwise(2); //~ a column of type `String` takes no `{integer}`
    Book::objects(db).annotate(when(Author::name.eq("Ada"), 1).otherwise(2)); //~ found `Expression<Author, {integer}>`
    let titles = Book::objects(db).values_list(Book::title);
    titles.union([Book::objects(db).values_list(Book::pages)]); //~ expected `QuerySet<Book, Scalar<String>>`, found `QuerySet<Book, Scalar<i32>>`
}

fn relations(db: &Db) {
    Author::objects(db).select_related(Author::books()); //~ follows relations to one row; this one leads to many
    Book::objects(db).select_related(Author::books().author()); //~ mismatched types
    model::<Plain>(); //~ `Plain` is not a model
}

fn model<M: Model>() {}

async fn subqueries(db: &Db) {
    let own = || Book::objects(db).filter(Book::author_id.eq(Author::id.outer()));
    let _ = own().await; //~ is not a future
    Book::objects(db).filter(Q::exists(own())); //~ expected `Q<Book, _>`, found `Q<Author>`
    Book::objects(db).values_list(Expression::subquery(own().values_list(Book::id))); //~ is nothing that a queryset of `Book` can select
    Book::author_id.eq(Author::name.outer()); //~ a column of type `i64` takes no `OuterRef<Author, String>`
    Book::title.in_(Author::objects(db).values_list(Author::rating)); //~ a column of type `String` is not looked up in
    Book::author().in_(Book::objects(db)); //~ neither a list of `&Author` nor a queryset of `Author`
    own().filter(Book::title.eq(Book::title.outer())); //~ refers to a row of `Author` outside cannot stand
}
