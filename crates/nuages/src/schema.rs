//! Tables and their history as plain data, in Django's terms.
//!
//! `derive(Model)` writes a [`Table`], a battery that needs tables writes its own, and `migrate` turns them into what
//! Django's own `migrate` would have created:
//!
//! ```
//! use nuages::schema::{App, Field, Kind, Migration, Operation, Table};
//!
//! static SESSION: Table = Table {
//!     fields: &[
//!         Field { primary_key: true, ..Field::new("session_key", Kind::Char(40)) },
//!         Field::new("session_data", Kind::Text),
//!         Field { index: true, ..Field::new("expire_date", Kind::DateTime) },
//!     ],
//!     ..Table::new("sessions", "Session", "django_session")
//! };
//!
//! fn schema() -> App {
//!     App {
//!         label: "sessions",
//!         depends: &[],
//!         migrations: vec![Migration::new("0001_initial", vec![Operation::CreateTable(&SESSION)])],
//!     }
//! }
//! assert_eq!(schema().label, "sessions");
//! ```

use std::hash::{Hash, Hasher};

/// A model's table (`_meta` in Django).
#[derive(Debug, Clone, Copy, Eq)]
pub struct Table {
    /// The app's label: `goods`.
    pub app: &'static str,
    /// The model's name: `Sku`.
    pub model: &'static str,
    /// The table's name: `goods_sku`.
    pub name: &'static str,
    /// The columns, in order.
    pub fields: &'static [Field],
    /// `UniqueConstraint`s, and Django's `unique_together`.
    pub unique: &'static [Unique],
    /// `Meta.indexes`.
    pub indexes: &'static [Index],
    /// `CheckConstraint`s.
    pub checks: &'static [Check],
    /// `Meta.ordering`.
    pub ordering: &'static [Order],
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The column's name: `category_id`.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub null: bool,
    /// Whether it is the primary key.
    pub primary_key: bool,
    /// Whether a value occurs once only.
    pub unique: bool,
    /// `db_index`; a column that refers to another table is indexed anyway.
    pub index: bool,
    /// Whether the framework sets the time.
    pub auto: Option<AutoNow>,
    /// What `create` takes when it is given nothing. The database knows no defaults, as under Django.
    pub default: Option<Default>,
    /// The column that it refers to.
    pub references: Option<Reference>,
}

/// The type of a column, by Django's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `AutoField`: 32 bits, counted by the database.
    Auto,
    /// `BigAutoField`: 64 bits, counted by the database.
    BigAuto,
    /// `SmallIntegerField`.
    SmallInteger,
    /// `IntegerField`.
    Integer,
    /// `BigIntegerField`.
    BigInteger,
    /// `PositiveSmallIntegerField`: with a CHECK that it is not negative.
    PositiveSmallInteger,
    /// `PositiveIntegerField`: with a CHECK that it is not negative.
    PositiveInteger,
    /// `PositiveBigIntegerField`: with a CHECK that it is not negative.
    PositiveBigInteger,
    /// `BooleanField`.
    Boolean,
    /// `FloatField`.
    Float,
    /// `CharField` with its `max_length`, in characters.
    Char(u32),
    /// `TextField`.
    Text,
    /// `DecimalField`.
    Decimal {
        /// `max_digits`.
        digits: u32,
        /// `decimal_places`.
        places: u32,
    },
    /// `DateField`.
    Date,
    /// `DateTimeField`.
    DateTime,
    /// `TimeField`.
    Time,
    /// `DurationField`.
    Duration,
    /// `JSONField`.
    Json,
    /// `UUIDField`.
    Uuid,
    /// `BinaryField`.
    Binary,
}

/// When the framework sets the time of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoNow {
    /// `auto_now_add`: at creation.
    Add,
    /// `auto_now`: at every save.
    Always,
}

/// A default that can be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// A truth value.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// Text; for a decimal, its digits.
    Text(&'static str),
}

/// A foreign key. Django's have no ON DELETE in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The table.
    pub table: &'static str,
    /// Its column.
    pub column: &'static str,
    /// What should become of this row when that one is deleted.
    pub on_delete: OnDelete,
}

/// Django's `on_delete`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// Deleted with it.
    Cascade,
    /// The other cannot be deleted.
    Protect,
    /// The other cannot be deleted, unless this row is deleted with it by another way.
    Restrict,
    /// The column becomes NULL.
    SetNull,
    /// Left to the database.
    DoNothing,
}

/// A unique constraint over columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unique {
    /// Its name; none is Django's `unique_together`, whose name is derived.
    pub name: Option<&'static str>,
    /// The columns.
    pub fields: &'static [&'static str],
}

/// An index over columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// Its name; none is derived as Django derives it.
    pub name: Option<&'static str>,
    /// The columns, `-` before one that falls.
    pub fields: &'static [&'static str],
}

/// A CHECK constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// The condition; names of columns are quoted where they stand bare: `stock >= 0`.
    pub condition: &'static str,
}

/// A column to order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub field: &'static str,
    /// Whether it falls.
    pub descending: bool,
}

/// The tables of an app and how they came to be.
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    /// Django's label, which `django_migrations` records: `goods`.
    pub label: &'static str,
    /// The apps whose tables must be there before.
    pub depends: &'static [&'static str],
    /// In the order in which they are applied.
    pub migrations: Vec<Migration>,
}

/// A step of an app's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// `0001_initial`.
    pub name: &'static str,
    /// What it does; none for a step of Django's that left no trace in the tables.
    pub operations: Vec<Operation>,
}

/// One change of the database.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// The table with its indexes and constraints.
    CreateTable(&'static Table),
    /// Statements of your own, for each database.
    RunSql {
        /// On SQLite.
        sqlite: Vec<&'static str>,
        /// On PostgreSQL.
        postgres: Vec<&'static str>,
        /// On MariaDB.
        mysql: Vec<&'static str>,
    },
}

impl Table {
    /// A table without columns yet.
    pub const fn new(app: &'static str, model: &'static str, name: &'static str) -> Self {
        Self { app, model, name, fields: &[], unique: &[], indexes: &[], checks: &[], ordering: &[] }
    }

    /// The column that is the primary key.
    pub fn primary_key(&self) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.primary_key)
    }

    /// The column of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl PartialEq for Table {
    /// A table is compared often, and nearly always with itself.
    fn eq(&self, other: &Self) -> bool {
        let parts = |table: &Self| {
            let Self { app, model, name, fields, unique, indexes, checks, ordering } = *table;
            ((app, model, name), (fields, unique, indexes, checks, ordering))
        };
        std::ptr::eq(self, other) || parts(self) == parts(other)
    }
}

impl Hash for Table {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Hash for Field {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Field {
    /// A column that must have a value.
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            null: false,
            primary_key: false,
            unique: false,
            index: false,
            auto: None,
            default: None,
            references: None,
        }
    }

    /// Django's automatic primary key `id`.
    pub const fn auto(kind: Kind) -> Self {
        Self { primary_key: true, ..Self::new("id", kind) }
    }

    /// A foreign key on the `id` of `table`.
    pub const fn reference(name: &'static str, kind: Kind, table: &'static str, on_delete: OnDelete) -> Self {
        Self { references: Some(Reference { table, column: "id", on_delete }), ..Self::new(name, kind) }
    }
}

impl Kind {
    /// Whether the database counts it.
    pub const fn is_auto(self) -> bool {
        matches!(self, Self::Auto | Self::BigAuto)
    }

    /// Whether it is an integer.
    pub const fn is_integer(self) -> bool {
        self.is_auto()
            || matches!(
                self,
                Self::SmallInteger
                    | Self::Integer
                    | Self::BigInteger
                    | Self::PositiveSmallInteger
                    | Self::PositiveInteger
                    | Self::PositiveBigInteger
            )
    }
}

impl App {
    /// The tables that its migrations create.
    pub fn tables(&self) -> impl Iterator<Item = &'static Table> {
        self.migrations.iter().flat_map(|migration| &migration.operations).filter_map(|operation| {
            match operation {
                Operation::CreateTable(table) => Some(*table),
                Operation::RunSql { .. } => None,
            }
        })
    }
}

impl Migration {
    /// A migration of that name.
    pub const fn new(name: &'static str, operations: Vec<Operation>) -> Self {
        Self { name, operations }
    }
}
