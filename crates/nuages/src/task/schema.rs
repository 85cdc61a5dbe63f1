//! The tables.

use crate::schema::{App, Field, Index, Kind, Migration, Operation, Table};

static TASK: Table = Table {
    fields: &[
        Field { primary_key: true, ..Field::new("id", Kind::Char(36)) },
        Field::new("name", Kind::Char(255)),
        Field::new("args", Kind::Text),
        Field::new("created_at", Kind::DateTime),
        Field { null: true, ..Field::new("due_at", Kind::DateTime) },
        Field::new("attempts", Kind::Integer),
        Field::new("claim", Kind::Char(36)),
        Field::new("last_error", Kind::Text),
    ],
    indexes: &[Index { name: Some("nuages_task_due_at"), fields: &["due_at", "id"] }],
    ..Table::new("nuages_task", "Task", "nuages_task")
};

static SCHEDULE: Table = Table {
    fields: &[
        Field { primary_key: true, ..Field::new("name", Kind::Char(255)) },
        Field::new("next_at", Kind::DateTime),
    ],
    ..Table::new("nuages_task", "Schedule", "nuages_schedule")
};

/// The tables of the outbox.
pub fn schema() -> App {
    let operations = vec![Operation::CreateTable(&TASK), Operation::CreateTable(&SCHEDULE)];
    App { label: "nuages_task", depends: &[], migrations: vec![Migration::new("0001_initial", operations)] }
}
