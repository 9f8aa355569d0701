//! What a user, or an import that is repeated, fixes about a file. Everything else is detected.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Certainty, DailyTimes, Detection, LeanMarket, TimeForm, Zone};
use crate::base::time::BarInterval;
use crate::market::calendar::Calendar;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// When, or only the date where [`Field::Clock`] is a column of its own.
    Time,
    /// The time of day, where date and time of day stand in two columns.
    Clock,
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Traded quantity.
    Volume,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 7] = [
        Self::Time,
        Self::Clock,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
    ];

    /// The field's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Clock => "clock",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }
}

/// Columns named by the user. A name of the header as it is written, or `#1`, `#2` … for the position, which is also how
/// columns without a header are called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColumnNames {
    /// Of [`Field::Time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Of [`Field::Clock`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// Of [`Field::Open`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// Of [`Field::High`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<String>,
    /// Of [`Field::Low`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<String>,
    /// Of [`Field::Close`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<String>,
    /// Of [`Field::Volume`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
}

impl ColumnNames {
    /// The name given for a field.
    pub fn of(&self, field: Field) -> Option<&str> {
        let name = match field {
            Field::Time => &self.time,
            Field::Clock => &self.clock,
            Field::Open => &self.open,
            Field::High => &self.high,
            Field::Low => &self.low,
            Field::Close => &self.close,
            Field::Volume => &self.volume,
        };
        name.as_deref()
    }

    /// Names the column of a field.
    pub fn set(&mut self, field: Field, name: String) {
        let slot = match field {
            Field::Time => &mut self.time,
            Field::Clock => &mut self.clock,
            Field::Open => &mut self.open,
            Field::High => &mut self.high,
            Field::Low => &mut self.low,
            Field::Close => &mut self.close,
            Field::Volume => &mut self.volume,
        };
        *slot = Some(name);
    }
}

/// What the times of a file stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Labels {
    /// The start of each bar.
    Start,
    /// The end of each bar.
    End,
}

/// What separates the whole from the parts of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decimal {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
    /// None: prices are whole numbers of 1e-9, as Databento writes them, `1234500000000`; volumes are as with a point.
    Billionths,
}

/// Which comes first where a date is written as two short numbers and a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// `3/26/2024`
    Month,
    /// `26/3/2024`
    Day,
}

/// What digits alone are in a column of times of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockForm {
    /// `930` is half past nine.
    #[serde(rename = "hhmm")]
    Minutes,
    /// `93000` is.
    #[serde(rename = "hhmmss")]
    Seconds,
}

macro_rules! words {
    ($type:ident, $what:literal, $($variant:ident = $word:literal),+) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word),+ })
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("{text:?} is no {}: write {}", $what, [$($word),+].join(" or "))),
                }
            }
        }
    };
}

words!(Labels, "side of a bar", Start = "start", End = "end");
words!(
    Decimal,
    "decimal mark",
    Point = "point",
    Comma = "comma",
    Billionths = "billionths"
);
words!(
    ClockForm,
    "form of times of day",
    Minutes = "hhmm",
    Seconds = "hhmmss"
);
words!(DateOrder, "order of dates", Month = "month", Day = "day");

/// How the times of an import were read: what is proposed where a file that is written like it does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habit {
    /// The interval of the bars.
    pub interval: BarInterval,
    /// The zone, where times were written without one.
    pub zone: Option<Zone>,
    /// Whether that zone was given, or the file left no doubt.
    pub is_zone_sure: bool,
    /// Whether there were bars before and after the sessions, one of twenty at least.
    pub is_wide: bool,
    /// What times stood for.
    pub labels: Labels,
    /// Whether they were ends of bars that are cut by the clock.
    pub is_by_clock: bool,
    /// Which came first in short dates, where there were any.
    pub date_order: Option<DateOrder>,
    /// What the digits of times of day were, where there were any.
    pub clock: Option<ClockForm>,
    /// How the times were written.
    pub forms: Vec<TimeForm>,
    /// How daily bars got their dates.
    pub daily: Option<DailyTimes>,
    /// Whether it is the very file that is read again: then it is read as it was.
    pub is_same_file: bool,
}

impl Habit {
    /// That of an import, by how it was read and what was found in the file; `None` where it had no times to read.
    pub fn of(reading: &Reading, found: Option<&Detection>) -> Option<Self> {
        let forms = found.map(|found| found.time_forms.iter().map(|(form, _)| *form).collect());
        let zone = found.and_then(|found| found.zone.as_ref());
        Some(Self {
            is_zone_sure: zone.is_some_and(|zone| zone.certainty != Certainty::Assumed),
            is_wide: found.is_some_and(|found| found.hours.extended * 20 > found.counts.used),
            interval: reading.interval?,
            zone: reading.zone.clone(),
            labels: reading.labels?,
            is_by_clock: found.is_some_and(|found| found.is_by_clock),
            date_order: reading.date_order,
            clock: reading.clock,
            forms: forms.unwrap_or_default(),
            daily: found.and_then(|found| found.daily.clone()),
            is_same_file: false,
        })
    }

    /// Whether times in these forms were among those of the import.
    pub(super) fn is_of(&self, forms: impl IntoIterator<Item = TimeForm>) -> bool {
        forms.into_iter().all(|form| self.forms.contains(&form))
    }
}

/// How to read a file: what is fixed. `None` is detected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The calendar of the market: which hours are regular, which zone is the exchange's.
    pub calendar: Calendar,
    /// The columns.
    #[serde(default)]
    pub columns: ColumnNames,
    /// What separates values: comma, semicolon, tab, bar (`|`) or blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Whether the first line names the columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// What separates the whole from the parts of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<Decimal>,
    /// Which comes first in dates such as 3/4/2024.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// What digits are in a column of times of day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockForm>,
    /// The zone of times that are written without one; of daily bars also the one whose midnights points in time are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// What times stand for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// The interval of the bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<BarInterval>,
    /// The table of a database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Whether, and as what, a file without a header is read as LEAN's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lean: Option<LeanMarket>,
}

impl Reading {
    /// Everything detected, for bars of a market.
    pub fn detect(calendar: Calendar) -> Self {
        Self {
            calendar,
            columns: ColumnNames::default(),
            delimiter: None,
            header: None,
            decimal: None,
            date_order: None,
            clock: None,
            zone: None,
            labels: None,
            interval: None,
            table: None,
            lean: None,
        }
    }

    /// What of the reading of times differs in another reading, in words: what it was here and is there.
    pub fn times_unlike(&self, other: &Self) -> Vec<String> {
        fn word<T: fmt::Display + ?Sized>(value: Option<&T>) -> String {
            value.map_or_else(|| "none".to_owned(), ToString::to_string)
        }
        fn pair<T: fmt::Display + ?Sized>(
            name: &str,
            one: Option<&T>,
            other: Option<&T>,
        ) -> Option<String> {
            let (one, other) = (word(one), word(other));
            (one != other).then(|| format!("{name} {one} then, {other} now"))
        }
        let column = |field, name| {
            let [one, other] = [self, other].map(|it| it.columns.of(field));
            pair(name, one, other)
        };
        let differing = [
            pair("time zone", self.zone.as_ref(), other.zone.as_ref()),
            pair("labels", self.labels.as_ref(), other.labels.as_ref()),
            pair(
                "order of dates",
                self.date_order.as_ref(),
                other.date_order.as_ref(),
            ),
            pair("times of day", self.clock.as_ref(), other.clock.as_ref()),
            column(Field::Time, "column of times"),
            column(Field::Clock, "column of times of day"),
        ];
        differing.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_as_they_are_written() {
        for labels in [Labels::Start, Labels::End] {
            assert_eq!(labels.to_string().parse(), Ok(labels));
        }
        let said = "middle".parse::<Labels>().unwrap_err();
        assert_eq!(said, "\"middle\" is no side of a bar: write start or end");
    }

    #[test]
    fn what_is_not_given_is_not_written() {
        let reading = Reading::detect(Calendar::Nyse);
        let text = serde_json::to_string(&reading).unwrap();
        assert_eq!(text, r#"{"calendar":"nyse","columns":{}}"#);
        assert_eq!(serde_json::from_str::<Reading>(&text).unwrap(), reading);
    }
}
