//! Lookups and regular expressions on hard text: each of them with each text.

use nuages::db::Db;
use nuages::orm::Q;

use super::{ids, print};
use crate::models::Book;

const TEXTS: [&str; 20] = [
    "50%", "_", "\\", "ä", "Ä", "straße", "a", "ABC", "天", "'", "\"", "", " ", "%_\\", "🍐", "i", "İ", "[",
    "^", ".",
];
const PATTERNS: [&str; 9] = ["^a", "b$", "a.c", "[A-Z]+", r"\d+%", "天.生", r"\\", "^$", "(x){50}"];

pub(super) async fn texts(db: &Db) {
    let b = |q: Q<Book>| ids(Book::objects(db).filter(q));
    for (number, text) in TEXTS.into_iter().enumerate() {
        print(&format!("contains_{number}"), b(Book::title.contains(text)).await);
        print(&format!("icontains_{number}"), b(Book::title.icontains(text)).await);
        print(&format!("startswith_{number}"), b(Book::title.startswith(text)).await);
        print(&format!("istartswith_{number}"), b(Book::title.istartswith(text)).await);
        print(&format!("endswith_{number}"), b(Book::title.endswith(text)).await);
        print(&format!("iendswith_{number}"), b(Book::title.iendswith(text)).await);
        print(&format!("iexact_{number}"), b(Book::title.iexact(text)).await);
    }
    for (number, pattern) in PATTERNS.into_iter().enumerate() {
        print(&format!("regex_{number}"), b(Book::title.regex(pattern)).await);
        print(&format!("iregex_{number}"), b(Book::title.iregex(pattern)).await);
    }
}
