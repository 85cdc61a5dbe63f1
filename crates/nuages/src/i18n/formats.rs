//! How a language writes dates and numbers: the facts of Django's `conf/locale/<language>/formats.py`.
//!
//! In `zh-hans` the 5th of September 2016 is `2016年9月5日` (`Y年n月j日`), in English `Sept. 5, 2016` (`N j, Y`).

use std::borrow::Cow;

type Text = Cow<'static, str>;

/// Formats in the letters of Django's `date` filter, and the signs in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Formats {
    /// `DATE_FORMAT`.
    pub date: Text,
    /// `TIME_FORMAT`.
    pub time: Text,
    /// `DATETIME_FORMAT`.
    pub datetime: Text,
    /// `YEAR_MONTH_FORMAT`.
    pub year_month: Text,
    /// `MONTH_DAY_FORMAT`.
    pub month_day: Text,
    /// `SHORT_DATE_FORMAT`.
    pub short_date: Text,
    /// `SHORT_DATETIME_FORMAT`.
    pub short_datetime: Text,
    /// `DECIMAL_SEPARATOR`.
    pub decimal_separator: Text,
    /// `THOUSAND_SEPARATOR`.
    pub thousand_separator: Text,
    /// `NUMBER_GROUPING`: digits between two thousand separators; 0 for none.
    pub number_grouping: usize,
    /// `FIRST_DAY_OF_WEEK`: 0 is Sunday.
    pub first_day_of_week: u8,
}

static ENGLISH: Formats = Formats { number_grouping: 3, ..DEFAULT };

static CHINESE: Formats = Formats {
    date: Cow::Borrowed("Y年n月j日"),
    time: Cow::Borrowed("H:i"),
    datetime: Cow::Borrowed("Y年n月j日 H:i"),
    year_month: Cow::Borrowed("Y年n月"),
    month_day: Cow::Borrowed("m月j日"),
    short_date: Cow::Borrowed("Y年n月j日"),
    short_datetime: Cow::Borrowed("Y年n月j日 H:i"),
    decimal_separator: Cow::Borrowed("."),
    thousand_separator: Cow::Borrowed(""),
    number_grouping: 4,
    first_day_of_week: 1,
};

/// Django's settings, where no language has formats of its own.
const DEFAULT: Formats = Formats {
    date: Cow::Borrowed("N j, Y"),
    time: Cow::Borrowed("P"),
    datetime: Cow::Borrowed("N j, Y, P"),
    year_month: Cow::Borrowed("F Y"),
    month_day: Cow::Borrowed("F j"),
    short_date: Cow::Borrowed("m/d/Y"),
    short_datetime: Cow::Borrowed("m/d/Y P"),
    decimal_separator: Cow::Borrowed("."),
    thousand_separator: Cow::Borrowed(","),
    number_grouping: 0,
    first_day_of_week: 0,
};

impl Default for Formats {
    fn default() -> Self {
        DEFAULT
    }
}

impl Formats {
    /// The formats of a language such as `zh-hans` or `en-us`, where it has its own.
    pub fn of(language: &str) -> Option<&'static Self> {
        match language {
            "zh-hans" | "zh-hant" | "zh-cn" | "zh-tw" => Some(&CHINESE),
            _ if language == "en" || language.starts_with("en-") => Some(&ENGLISH),
            _ => None,
        }
    }

    /// The format of a name such as `SHORT_DATE_FORMAT`.
    pub fn named(&self, name: &str) -> Option<&str> {
        Some(match name {
            "DATE_FORMAT" => &self.date,
            "TIME_FORMAT" => &self.time,
            "DATETIME_FORMAT" => &self.datetime,
            "YEAR_MONTH_FORMAT" => &self.year_month,
            "MONTH_DAY_FORMAT" => &self.month_day,
            "SHORT_DATE_FORMAT" => &self.short_date,
            "SHORT_DATETIME_FORMAT" => &self.short_datetime,
            _ => return None,
        })
    }
}
