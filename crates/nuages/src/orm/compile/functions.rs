//! Functions as SQL, each as Django's backend of the database says it.

use super::super::expression::Node;
use super::super::functions::{Call, Name};
use super::super::sql::Sql;
use super::Compiler;
use super::joins::{Needed, Reuse};
use crate::db::Vendor;
use crate::migrate::column_type;
use crate::schema::Kind;

impl Compiler<'_> {
    pub(super) fn call(&mut self, sql: &mut Sql, call: &Call, reuse: Reuse) -> Needed {
        let kind = call.field.kind;
        let (open, close) = self.dialect.numeric(matches!(kind, Kind::Decimal { .. }));
        sql.push(open);
        let (before, between, behind) = self.words(call.name, kind);
        let needed = match call.name {
            Name::Case => self.case(sql, &call.arguments, reuse),
            Name::Concat => self.concat(sql, &call.arguments, reuse),
            _ => {
                let mut needed = 0;
                sql.push(&before);
                for (place, argument) in call.arguments.iter().enumerate() {
                    sql.push(if place == 0 { "" } else { between });
                    needed |= self.expression(sql, argument, None, reuse);
                }
                sql.push(&behind);
                needed
            }
        };
        sql.push(close);
        // `Coalesce` and `Case` have a value where a join leads nowhere.
        match call.name {
            Name::Literal | Name::Lower | Name::Upper | Name::Trim | Name::Length | Name::Cast => needed,
            _ => 0,
        }
    }

    /// What stands before, between and behind the arguments.
    fn words(&self, name: Name, kind: Kind) -> (String, &'static str, String) {
        let vendor = self.dialect.vendor;
        let of = |name: &str| (format!("{name}("), ", ", ")".to_owned());
        match (name, vendor) {
            (Name::Literal, Vendor::Postgres) => {
                (String::new(), "", format!("::{}", column_type(kind, vendor)))
            }
            (Name::Literal | Name::Case | Name::Concat, _) => (String::new(), "", String::new()),
            (Name::JsonExtract, Vendor::Mysql) => {
                ("JSON_UNQUOTE(JSON_EXTRACT(".to_owned(), "", ", '$'))".to_owned())
            }
            (Name::JsonExtract, _) => ("JSON_EXTRACT(".to_owned(), "", ", '$')".to_owned()),
            (Name::Lower, _) => of("LOWER"),
            (Name::Upper, _) => of("UPPER"),
            (Name::Trim, _) => of("TRIM"),
            (Name::Length, Vendor::Mysql) => of("CHAR_LENGTH"),
            (Name::Length, _) => of("LENGTH"),
            (Name::Coalesce, _) => of("COALESCE"),
            (Name::NullIf, _) => of("NULLIF"),
            (Name::Greatest, Vendor::Sqlite) => of("MAX"),
            (Name::Greatest, _) => of("GREATEST"),
            (Name::Least, Vendor::Sqlite) => of("MIN"),
            (Name::Least, _) => of("LEAST"),
            (Name::Now, Vendor::Sqlite) => {
                ("STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')".to_owned(), "", String::new())
            }
            (Name::Now, Vendor::Postgres) => ("STATEMENT_TIMESTAMP()".to_owned(), "", String::new()),
            (Name::Now, Vendor::Mysql) => ("CURRENT_TIMESTAMP(6)".to_owned(), "", String::new()),
            (Name::Cast, Vendor::Postgres) => {
                ("(".to_owned(), "", format!(")::{}", column_type(kind, vendor)))
            }
            (Name::Cast, Vendor::Mysql) if kind == Kind::Float => ("(".to_owned(), "", " + 0.0)".to_owned()),
            (Name::Cast, Vendor::Mysql) => {
                let to = if kind.is_integer() { "signed integer" } else { "char" };
                ("CAST(".to_owned(), "", format!(" AS {to})"))
            }
            (Name::Cast, Vendor::Sqlite) => {
                ("CAST(".to_owned(), "", format!(" AS {})", column_type(kind, vendor)))
            }
        }
    }

    fn case(&mut self, sql: &mut Sql, arguments: &[Node], reuse: Reuse) -> Needed {
        sql.push("CASE");
        let (pairs, default) = arguments.as_chunks::<2>();
        for [condition, value] in pairs {
            sql.push(" WHEN ");
            self.expression(sql, condition, None, reuse);
            sql.push(" THEN ");
            self.expression(sql, value, None, reuse);
        }
        sql.push(" ELSE ");
        match default {
            [default] => drop(self.expression(sql, default, None, reuse)),
            _ => drop(sql.push("NULL")),
        }
        sql.push(" END");
        0
    }

    /// `ConcatPair`: NULL is an empty text on all three databases.
    fn concat(&mut self, sql: &mut Sql, arguments: &[Node], reuse: Reuse) -> Needed {
        let (before, each, behind, between) = match self.dialect.vendor {
            Vendor::Sqlite => ("(", ["COALESCE(", ", '')"], ")", " || "),
            Vendor::Postgres => ("(", ["COALESCE((", ")::text, '')"], ")", " || "),
            Vendor::Mysql => ("CONCAT_WS('', ", ["", ""], ")", ", "),
        };
        sql.push(before);
        for (place, argument) in arguments.iter().enumerate() {
            sql.push(if place == 0 { "" } else { between }).push(each[0]);
            self.expression(sql, argument, None, reuse);
            sql.push(each[1]);
        }
        sql.push(behind);
        0
    }
}
