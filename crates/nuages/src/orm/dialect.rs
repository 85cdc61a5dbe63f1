//! What the databases say differently, each with Django's own words for it.

use jiff::tz::TimeZone;

use super::aggregates::Function;
use super::dates::{Part, within_year};
use super::expression::Node;
use super::lock::{Conflict, Lock};
use super::lookups::{Like, Lookup};
use super::sql::Sql;
use super::values::{Class, Place};
use crate::db::{Connection, Value, Vendor};
use crate::schema::{Field, Kind};

/// A database's way of saying things.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub(super) vendor: Vendor,
    /// In which parts of instants are taken.
    time_zone: TimeZone,
}

impl Dialect {
    pub(super) fn of(connection: &Connection) -> Self {
        let db = connection.db();
        Self { vendor: db.vendor(), time_zone: db.time_zone().clone() }
    }

    /// A name, always quoted: `order`, `desc` and `index` are columns too.
    pub(super) fn name<P>(&self, sql: &mut Sql<P>, name: &str) {
        match self.vendor {
            // MariaDB's sessions have ANSI_QUOTES.
            Vendor::Sqlite | Vendor::Postgres | Vendor::Mysql => quoted(sql, name, '"'),
        }
    }

    pub(super) fn names<'a, P>(&self, sql: &mut Sql<P>, names: impl IntoIterator<Item = &'a str>) {
        for (place, name) in names.into_iter().enumerate() {
            sql.comma(place);
            self.name(sql, name);
        }
    }

    /// How many values a statement may bind (`max_query_params`, with room for the rest of it).
    pub(super) const fn max_params(&self) -> usize {
        match self.vendor {
            Vendor::Sqlite => 30_000,
            Vendor::Postgres | Vendor::Mysql => 60_000,
        }
    }

    /// What the text of a statement may depend on: PostgreSQL must be told that an integer has more bits than its column.
    pub(super) fn class(&self, value: &Value) -> Class {
        match (self.vendor, value) {
            (_, Value::Null) => Class::Null,
            (_, Value::Json(text)) if text == "null" => Class::JsonNull,
            (Vendor::Postgres, Value::Int(value)) if i32::try_from(*value).is_err() => Class::Over32,
            (Vendor::Postgres, Value::Int(value)) if i16::try_from(*value).is_err() => Class::Over16,
            (Vendor::Postgres | Vendor::Sqlite | Vendor::Mysql, _) => Class::Other,
        }
    }

    /// What stands behind the placeholder of an integer: no row is equal to one that exceeds its column, and PostgreSQL
    /// would not take it.
    pub(super) fn width(&self, class: Class, field: &Field) -> &'static str {
        let bits = match field.kind {
            Kind::SmallInteger | Kind::PositiveSmallInteger => 16,
            Kind::Integer | Kind::PositiveInteger | Kind::Auto => 32,
            _ => 64,
        };
        match class {
            Class::Over16 if bits < 32 => "::bigint",
            Class::Over32 if bits < 64 => "::bigint",
            Class::Over16 | Class::Over32 | Class::Null | Class::JsonNull | Class::Other => "",
        }
    }

    /// What stands before and after a computed value: SQLite gives a computed decimal no affinity, so Django casts it
    /// (`SQLiteNumericMixin`).
    pub(super) const fn numeric(&self, is_decimal: bool) -> (&'static str, &'static str) {
        match self.vendor {
            Vendor::Sqlite if is_decimal => ("CAST(", " AS NUMERIC)"),
            Vendor::Sqlite | Vendor::Postgres | Vendor::Mysql => ("", ""),
        }
    }

    /// The same for an aggregate: PostgreSQL's sum of a bigint and its average of integers are numeric.
    pub(super) fn aggregate(
        &self,
        function: Function,
        of: Option<&Field>,
        is_decimal: bool,
    ) -> (&'static str, &'static str) {
        let integer = of.is_none_or(|field| field.kind.is_integer());
        match (self.vendor, function) {
            (Vendor::Postgres, Function::Sum) if integer => ("CAST(", " AS bigint)"),
            (Vendor::Postgres, Function::Avg) if integer => ("CAST(", " AS double precision)"),
            (Vendor::Mysql, Function::Sum) if integer => ("CAST(", " AS signed)"),
            (Vendor::Sqlite, Function::Count) => ("", ""),
            _ => self.numeric(is_decimal),
        }
    }

    /// What a text is compared with.
    pub(super) fn like_pattern(&self, like: Like, text: &str) -> String {
        match like {
            // Django escapes iexact's text for SQLite's LIKE only; PostgreSQL compares it with `=`.
            Like::Exact if self.vendor == Vendor::Postgres => text.to_owned(),
            Like::Exact => escaped(text),
            Like::Contains => format!("%{}%", escaped(text)),
            Like::StartsWith => format!("{}%", escaped(text)),
            Like::EndsWith => format!("%{}", escaped(text)),
        }
    }

    /// `contains` and its kin.
    pub(super) fn like(&self, sql: &mut Sql, left: Sql, like: Like, fold: bool, pattern: Sql) {
        match self.vendor {
            Vendor::Sqlite => sql.append(left).push(" LIKE ").append(pattern).push(" ESCAPE '\\'"),
            Vendor::Mysql if fold => sql.append(left).push(" LIKE ").append(pattern),
            Vendor::Mysql => sql.append(left).push(" LIKE BINARY ").append(pattern),
            Vendor::Postgres if !fold => sql.append(left).push("::text LIKE ").append(pattern),
            Vendor::Postgres => {
                let operator = if like == Like::Exact { "::text) = UPPER(" } else { "::text) LIKE UPPER(" };
                sql.push("UPPER(").append(left).push(operator).append(pattern).push(")")
            }
        };
    }

    /// A regular expression as the database wants it.
    pub(super) fn regex_pattern(&self, fold: bool, pattern: &str) -> String {
        match self.vendor {
            Vendor::Sqlite if fold => format!("(?i){pattern}"),
            Vendor::Sqlite | Vendor::Postgres | Vendor::Mysql => pattern.to_owned(),
        }
    }

    /// Both sides of a text lookup inside of JSON that ignores case: MariaDB's JSON has a collation that does not
    /// (`CaseInsensitiveMixin`).
    pub(super) fn folded(&self, left: Sql, right: Sql) -> (Sql, Sql) {
        let lower = |sql: Sql| {
            let mut lower = Sql::new("LOWER(");
            lower.append(sql).push(")");
            lower
        };
        match self.vendor {
            Vendor::Sqlite | Vendor::Postgres => (left, right),
            Vendor::Mysql => (lower(left), lower(right)),
        }
    }

    /// `contains` of JSON.
    pub(super) fn contains_json(&self, sql: &mut Sql, left: Sql, right: Sql) {
        match self.vendor {
            Vendor::Sqlite => {
                sql.push("0 = 1").refused =
                    Some("contains lookup is not supported on this database backend.");
            }
            Vendor::Postgres => drop(sql.append(left).push(" @> ").append(right)),
            Vendor::Mysql => {
                sql.push("JSON_CONTAINS(").append(left).push(", ").append(right).push(")");
            }
        }
    }

    /// `regex` and `iregex`.
    pub(super) fn regex(&self, sql: &mut Sql, left: Sql, fold: bool, pattern: Sql) {
        let operator = match (self.vendor, fold) {
            (Vendor::Sqlite, _) | (Vendor::Mysql, true) => " REGEXP ",
            (Vendor::Postgres, false) => "::text ~ ",
            (Vendor::Postgres, true) => "::text ~* ",
            (Vendor::Mysql, false) => " REGEXP BINARY ",
        };
        sql.append(left).push(operator).append(pattern);
    }

    /// A lookup of a year as one of what it is the year of.
    pub(super) fn year(&self, left: &Node, lookup: &Lookup) -> Option<(Node, Lookup)> {
        within_year(left, lookup, &self.time_zone)
    }

    /// A part of the date or instant `of`.
    pub(super) fn part(&self, sql: &mut Sql, part: Part, of: Sql, is_instant: bool) {
        let zone = self.time_zone.iana_name().unwrap_or("UTC").replace('\'', "''");
        let zone = format!("'{zone}'");
        match self.vendor {
            // The functions that Django's backend registers, and ours too.
            Vendor::Sqlite if part == Part::Date => {
                sql.push("django_datetime_cast_date(").append(of).push(&format!(", {zone}, 'UTC')"))
            }
            Vendor::Sqlite if is_instant => sql
                .push(&format!("django_datetime_extract('{}', ", part.name()))
                .append(of)
                .push(&format!(", {zone}, 'UTC')")),
            Vendor::Sqlite => {
                sql.push(&format!("django_date_extract('{}', ", part.name())).append(of).push(")")
            }
            Vendor::Mysql => {
                let mut instant = Sql::default();
                if is_instant {
                    instant.push("CONVERT_TZ(").append(of).push(&format!(", 'UTC', {zone})"));
                } else {
                    instant = of;
                }
                let (open, close) = match part {
                    Part::Date => ("DATE(", ")"),
                    Part::Year => ("EXTRACT(YEAR FROM ", ")"),
                    Part::IsoYear => ("CAST(TRUNCATE(YEARWEEK(", ", 3), -2) / 100 AS signed)"),
                    Part::Quarter => ("EXTRACT(QUARTER FROM ", ")"),
                    Part::Month => ("EXTRACT(MONTH FROM ", ")"),
                    Part::Week => ("WEEK(", ", 3)"),
                    Part::Day => ("EXTRACT(DAY FROM ", ")"),
                    Part::WeekDay => ("DAYOFWEEK(", ")"),
                    Part::IsoWeekDay => ("WEEKDAY(", ") + 1"),
                    Part::Hour => ("EXTRACT(HOUR FROM ", ")"),
                    Part::Minute => ("EXTRACT(MINUTE FROM ", ")"),
                    Part::Second => ("EXTRACT(SECOND FROM ", ")"),
                };
                sql.push(open).append(instant).push(close)
            }
            Vendor::Postgres => {
                let mut of = of;
                if is_instant {
                    of.push(&format!(" AT TIME ZONE {zone}"));
                }
                let (open, close) = match part {
                    Part::Date => ("(", ")::date"),
                    Part::Year => ("CAST(EXTRACT(YEAR FROM ", ") AS integer)"),
                    Part::IsoYear => ("CAST(EXTRACT(ISOYEAR FROM ", ") AS integer)"),
                    Part::Quarter => ("CAST(EXTRACT(QUARTER FROM ", ") AS integer)"),
                    Part::Month => ("CAST(EXTRACT(MONTH FROM ", ") AS integer)"),
                    Part::Week => ("CAST(EXTRACT(WEEK FROM ", ") AS integer)"),
                    Part::Day => ("CAST(EXTRACT(DAY FROM ", ") AS integer)"),
                    Part::WeekDay => ("CAST(EXTRACT(DOW FROM ", ") + 1 AS integer)"),
                    Part::IsoWeekDay => ("CAST(EXTRACT(ISODOW FROM ", ") AS integer)"),
                    Part::Hour => ("CAST(EXTRACT(HOUR FROM ", ") AS integer)"),
                    Part::Minute => ("CAST(EXTRACT(MINUTE FROM ", ") AS integer)"),
                    Part::Second => ("CAST(FLOOR(EXTRACT(SECOND FROM ", ")) AS integer)"),
                };
                sql.push(open).append(of).push(close)
            }
        };
    }

    /// What an aggregate is taken over, and what stands behind it, when only some rows count.
    pub(super) fn only(&self, of: Sql, condition: Sql) -> (Sql, Sql) {
        let mut behind = Sql::default();
        match self.vendor {
            Vendor::Sqlite | Vendor::Postgres => {
                behind.push(" FILTER (WHERE ").append(condition).push(")");
                (of, behind)
            }
            Vendor::Mysql => {
                let mut case = Sql::new("CASE WHEN ");
                case.append(condition).push(" THEN ").append(of).push(" ELSE NULL END");
                (case, behind)
            }
        }
    }

    /// A subquery of the rows that a statement writes: MariaDB must not read the table while it writes.
    pub(super) fn keys(&self, key: &str, rows: Sql) -> Sql {
        let mut sql = Sql::default();
        match self.vendor {
            Vendor::Sqlite | Vendor::Postgres => return rows,
            Vendor::Mysql => sql.push("SELECT "),
        };
        self.name(&mut sql, key);
        sql.push(" FROM (").append(rows).push(") AS subquery");
        sql
    }

    /// What stands before the table of an INSERT, and what behind its rows.
    pub(super) const fn insert(&self, ignore_conflicts: bool) -> (&'static str, &'static str) {
        match self.vendor {
            Vendor::Sqlite | Vendor::Postgres if ignore_conflicts => {
                ("INSERT INTO ", " ON CONFLICT DO NOTHING")
            }
            Vendor::Mysql if ignore_conflicts => ("INSERT IGNORE INTO ", ""),
            Vendor::Sqlite | Vendor::Postgres | Vendor::Mysql => ("INSERT INTO ", ""),
        }
    }

    /// A row of defaults only.
    pub(super) const fn default_values(&self) -> &'static str {
        match self.vendor {
            Vendor::Sqlite | Vendor::Postgres => " DEFAULT VALUES",
            Vendor::Mysql => " () VALUES ()",
        }
    }

    /// ` LIMIT … OFFSET …`.
    pub(super) fn slice(&self, sql: &mut Sql, [limit, offset]: [Option<Place>; 2]) {
        match (limit, self.vendor) {
            (Some(limit), _) => drop(sql.push(" LIMIT ").value(limit)),
            // SQLite and MariaDB know no OFFSET alone.
            (None, Vendor::Sqlite) if offset.is_some() => drop(sql.push(" LIMIT -1")),
            (None, Vendor::Mysql) if offset.is_some() => drop(sql.push(" LIMIT 18446744073709551615")),
            (None, _) => {}
        }
        if let Some(offset) = offset {
            sql.push(" OFFSET ").value(offset);
        }
    }

    /// ` FOR UPDATE …`, of the rows of these tables if any are named. SQLite's transactions have the only writer.
    pub(super) fn lock(&self, sql: &mut Sql, lock: &Lock, tables: &[String]) {
        match self.vendor {
            Vendor::Sqlite => return,
            Vendor::Mysql if !tables.is_empty() => {
                sql.refused = Some("FOR UPDATE OF is not supported on this database backend.");
            }
            Vendor::Mysql if lock.no_key => {
                sql.refused = Some("FOR NO KEY UPDATE is not supported on this database backend.");
            }
            Vendor::Postgres | Vendor::Mysql => {}
        }
        sql.push(if lock.no_key { " FOR NO KEY UPDATE" } else { " FOR UPDATE" });
        if !tables.is_empty() {
            sql.push(" OF ");
            self.names(sql, tables.iter().map(String::as_str));
        }
        sql.push(match lock.conflict {
            Conflict::Wait => "",
            Conflict::NoWait => " NOWAIT",
            Conflict::SkipLocked => " SKIP LOCKED",
        });
    }
}

fn quoted<P>(sql: &mut Sql<P>, name: &str, quote: char) {
    sql.text.push(quote);
    for (place, part) in name.split(quote).enumerate() {
        if place > 0 {
            sql.text.push(quote);
            sql.text.push(quote);
        }
        sql.text.push_str(part);
    }
    sql.text.push(quote);
}

/// `prep_for_like_query`.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
