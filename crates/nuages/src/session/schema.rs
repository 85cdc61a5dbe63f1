//! The table of `django.contrib.sessions`.

use crate::schema::{App, Field, Kind, Migration, Operation, Table};

static SESSION: Table = Table {
    fields: &[
        Field { primary_key: true, ..Field::new("session_key", Kind::Char(40)) },
        Field::new("session_data", Kind::Text),
        Field { index: true, ..Field::new("expire_date", Kind::DateTime) },
    ],
    ..Table::new("sessions", "Session", "django_session")
};

/// The migrations of `sessions`.
pub fn schema() -> App {
    App {
        label: "sessions",
        depends: &[],
        migrations: vec![Migration::new("0001_initial", vec![Operation::CreateTable(&SESSION)])],
    }
}
