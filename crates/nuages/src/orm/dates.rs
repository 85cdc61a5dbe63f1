//! Parts of dates and instants: `create_time__year=2026` is `Order::create_time.year().eq(2026)`.
//!
//! Those of an instant are in the database's time zone ([`DbOptions::time_zone`](crate::db::DbOptions::time_zone),
//! Django's `TIME_ZONE`): 23:30 UTC is the next day in Shanghai.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;

use super::expression::Node;
use super::lookups::Lookup;
use super::{Column, Expression, FieldType};
use crate::db::Value;
use crate::schema::Kind;

/// A part of a date or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Year,
    IsoYear,
    Quarter,
    Month,
    Week,
    Day,
    WeekDay,
    IsoWeekDay,
    Hour,
    Minute,
    Second,
    Date,
}

/// The types of columns that have a year, a month and a day.
#[diagnostic::on_unimplemented(message = "a column of type `{Self}` is no date")]
pub trait Dated {
    /// The type of a part.
    type Number: FieldType;
}

/// The types of columns that have an hour, too.
#[diagnostic::on_unimplemented(message = "a column of type `{Self}` is no instant")]
pub trait Timed: Dated {
    /// The type of its date.
    type Date: FieldType;
}

impl Dated for Date {
    type Number = i32;
}

impl Dated for Option<Date> {
    type Number = Option<i32>;
}

impl Dated for Timestamp {
    type Number = i32;
}

impl Dated for Option<Timestamp> {
    type Number = Option<i32>;
}

impl Timed for Timestamp {
    type Date = Date;
}

impl Timed for Option<Timestamp> {
    type Date = Option<Date>;
}

impl Part {
    /// Django's name of it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::IsoYear => "iso_year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::WeekDay => "week_day",
            Self::IsoWeekDay => "iso_week_day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Date => "date",
        }
    }
}

/// `published__year=2026` asks for a range of `published` itself, for which an index is of use (`YearLookup`); none for what
/// is no year, or none of the calendar.
pub(super) fn within_year(left: &Node, lookup: &Lookup, zone: &TimeZone) -> Option<(Node, Lookup)> {
    let Node::Part(part, inner) = left else { return None };
    let Lookup::Compare(operator, Node::Value(Value::Int(year))) = lookup else { return None };
    let year = i16::try_from(*year).ok()?;
    let (first, last) = match part {
        Part::Year => (Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?),
        Part::IsoYear => {
            let monday = |year| Some(ISOWeekDate::new(year, 1, Weekday::Monday).ok()?.date());
            (monday(year)?, monday(year.checked_add(1)?)?.yesterday().ok()?)
        }
        _ => return None,
    };
    let ends: [Value; 2] = match inner.field()?.kind {
        Kind::Date => [first.into(), last.into()],
        Kind::DateTime => {
            let instant = |local: DateTime| Some(local.to_zoned(zone.clone()).ok()?.timestamp().into());
            [instant(first.at(0, 0, 0, 0))?, instant(last.at(23, 59, 59, 999_999_000))?]
        }
        _ => return None,
    };
    let [low, high] = ends.map(Node::Value);
    let within = match *operator {
        "=" => Lookup::Range(Box::new([low, high])),
        ">" | "<=" => Lookup::Compare(operator, high),
        _ => Lookup::Compare(operator, low),
    };
    Some((inner.as_ref().clone(), within))
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident $part:ident $type:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> Expression<M, T::$type> {
            Expression::new(Node::Part(Part::$part, Box::new(self.node())))
        }
    )*};
}

macro_rules! dated {
    ($of:ident) => {
        impl<M, T: Dated> $of<M, T> {
            parts! {
                /// The year.
                year Year Number;
                /// The year of the week, by ISO 8601.
                iso_year IsoYear Number;
                /// The quarter, 1 to 4.
                quarter Quarter Number;
                /// The month, 1 to 12.
                month Month Number;
                /// The week of the year, by ISO 8601.
                week Week Number;
                /// The day of the month.
                day Day Number;
                /// The day of the week, 1 is Sunday.
                week_day WeekDay Number;
                /// The day of the week, 1 is Monday.
                iso_week_day IsoWeekDay Number;
            }
        }

        impl<M, T: Timed> $of<M, T> {
            parts! {
                /// The hour.
                hour Hour Number;
                /// The minute.
                minute Minute Number;
                /// The second, without its fraction.
                second Second Number;
                /// The day.
                date Date Date;
            }
        }
    };
}

dated!(Column);
dated!(Expression);
