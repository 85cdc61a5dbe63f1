//! Answers as JSON: a decimal as its digits without zeros at the end, an instant in UTC.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use nuages::db::DbError;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

/// What a case answers with.
pub(crate) trait Json {
    fn json(self) -> Value;
}

/// Prints a case's answer; `null` is an error of the database.
pub(crate) fn print(name: &str, answer: Result<impl Json, DbError>) {
    let answer = match answer {
        Ok(rows) => json!([name, rows.json()]),
        Err(error) => {
            eprintln!("{name}: {error}");
            json!([name, null])
        }
    };
    println!("{answer}");
}

macro_rules! plain {
    ($($rust:ty),*) => {$(
        impl Json for $rust {
            fn json(self) -> Value {
                json!(self)
            }
        }
    )*};
}

plain!(i16, i32, i64, u64, f64, bool, String);

impl Json for Decimal {
    fn json(self) -> Value {
        json!(self.normalize().to_string())
    }
}

impl Json for Timestamp {
    fn json(self) -> Value {
        json!(self.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string())
    }
}

impl Json for Date {
    fn json(self) -> Value {
        json!(self.to_string())
    }
}

impl Json for Time {
    fn json(self) -> Value {
        json!(self.strftime("%H:%M:%S.%6f").to_string())
    }
}

impl Json for SignedDuration {
    fn json(self) -> Value {
        json!(self.as_micros().to_string())
    }
}

impl Json for nuages::orm::Json<Value> {
    fn json(self) -> Value {
        json!(self.0.to_string())
    }
}

impl Json for Uuid {
    fn json(self) -> Value {
        json!(self.to_string())
    }
}

impl<T: Json> Json for Option<T> {
    fn json(self) -> Value {
        self.map_or(Value::Null, Json::json)
    }
}

impl<T: Json> Json for Vec<T> {
    fn json(self) -> Value {
        Value::Array(self.into_iter().map(Json::json).collect())
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Json),+> Json for ($($name,)+) {
            #[allow(non_snake_case)]
            fn json(self) -> Value {
                let ($($name,)+) = self;
                Value::Array(vec![$($name.json()),+])
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
