//! The table.

use crate::schema::{App, Field, Kind, Migration, Operation, Table};

static MAIL: Table = Table {
    fields: &[
        Field::auto(Kind::BigAuto),
        Field { unique: true, ..Field::new("delivery", Kind::Char(36)) },
        Field::new("recipients", Kind::Text),
        Field::new("sender", Kind::Text),
        Field::new("subject", Kind::Text),
        Field::new("text", Kind::Text),
        Field { null: true, ..Field::new("html", Kind::Text) },
        Field::new("sent_at", Kind::DateTime),
    ],
    ..Table::new("nuages_mail", "Mail", "nuages_mail")
};

/// The table of the database backend.
pub fn schema() -> App {
    App {
        label: "nuages_mail",
        depends: &[],
        migrations: vec![Migration::new("0001_initial", vec![Operation::CreateTable(&MAIL)])],
    }
}
