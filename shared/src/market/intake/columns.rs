//! Which column is which.

use super::delimited::shown;
use super::numbers::number;
use super::times::{Moment, moment};
use super::times_of_day::is_digits;
use super::{ColumnNames, DateOrder, Decimal, Field, FoundColumn, IntakeError, Zone};

impl Field {
    /// The names under which it is found, best first: lower case, letters and digits only.
    const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Time => &[
                "timestamp",
                "datetime",
                "date",
                "time",
                "ts",
                "tsms",
                "timestampms",
                "index",
                "opentime",
                "starttime",
                "start",
                "barstart",
                "unix",
                "unixtime",
                "unixtimestamp",
                "epoch",
                "epochms",
                "gmttime",
                "localtime",
                "utc",
                "dt",
                "t",
                "day",
            ],
            Self::Clock => &["time", "clock", "timeofday", "hour"],
            Self::Open => &["open", "o", "openprice", "1open", "first"],
            Self::High => &["high", "h", "highprice", "2high", "max"],
            Self::Low => &["low", "l", "lowprice", "3low", "min"],
            Self::Close => &[
                "close",
                "c",
                "closeprice",
                "4close",
                "closelast",
                "last",
                "price",
            ],
            Self::Volume => &[
                "volume",
                "vol",
                "v",
                "tickvolume",
                "tickvol",
                "5volume",
                "realvolume",
                "qty",
                "quantity",
            ],
        }
    }

    /// The same names for a message.
    pub(super) fn known_names(self) -> String {
        self.known().join(", ")
    }
}

/// The most columns of a table.
pub(super) const MOST_COLUMNS: usize = 10_000;

/// Open, high, low, close, volume.
pub(super) const NUMBERS: [Field; 5] = [
    Field::Open,
    Field::High,
    Field::Low,
    Field::Close,
    Field::Volume,
];

/// Letters and digits of a name, in lower case, so that `<TICKVOL>`, `Tick Volume` and `tick_volume` are one.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).take(60);
    letters.flat_map(char::to_lowercase).collect()
}

/// How good a name is for a field: 0 is best.
fn rank(field: Field, name: &str) -> Option<usize> {
    let name = plain(name);
    field.known().iter().position(|known| *known == name)
}

/// Whether a line of these fields names columns of bars.
pub(super) fn names_columns<'f>(
    fields: impl Iterator<Item = &'f [u8]> + Clone,
    given: &ColumnNames,
) -> bool {
    let texts = || fields.clone().map(String::from_utf8_lossy);
    let has = |field: Field| match given.of(field) {
        Some(name) => texts().any(|text| text == name),
        None => texts().any(|text| rank(field, &text).is_some()),
    };
    [Field::Open, Field::High, Field::Low, Field::Close]
        .into_iter()
        .filter(|field| has(*field))
        .count()
        >= 3
}

/// Whether a column of this name holds times.
pub(super) fn names_times(name: &str) -> bool {
    rank(Field::Time, name).is_some()
}

/// Whether columns of these names hold bars: whether there are prices under known names.
pub fn names_bars(columns: &[String]) -> bool {
    let names = columns.iter().map(String::as_bytes);
    names_columns(names, &ColumnNames::default())
}

/// The column of a name that was given: as it is written, or by its position, `#1` or, where columns have no names, `1`.
pub(super) fn position_of(columns: &[String], name: &str) -> Option<usize> {
    if let Some(index) = columns.iter().position(|column| column == name) {
        return Some(index);
    }
    let has_no_names = columns.first().is_some_and(|first| first == "#1");
    let number = match name.strip_prefix('#') {
        Some(number) => number,
        None if has_no_names => name,
        None => return None,
    };
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    (index < columns.len()).then_some(index)
}

/// The columns of the numbers of bars.
pub(super) type NumberColumns = [Option<(usize, String)>; 5];

/// Finds the columns of the numbers, each with why it was taken; the volume may be missing.
pub(super) fn find_numbers(
    columns: &[String],
    given: &ColumnNames,
    sample: &[Vec<Vec<u8>>],
    decimal: Decimal,
) -> Result<NumberColumns, IntakeError> {
    let mut found: NumberColumns = [const { None }; 5];
    let has_no_names = columns.first().is_some_and(|first| first == "#1");
    for (slot, field) in found.iter_mut().zip(NUMBERS) {
        *slot = match given.of(field) {
            Some(name) => Some((named(columns, field, name)?, "as given".to_owned())),
            None => known(columns, field)?,
        };
    }
    if has_no_names && found.iter().all(Option::is_none) {
        found = by_content(columns.len(), sample, decimal);
    }
    let missing = || {
        NUMBERS
            .into_iter()
            .zip(&found)
            .take(4)
            .filter(|(_, found)| found.is_none())
    };
    if missing().next().is_some() {
        return Err(IntakeError::MissingColumns {
            missing: missing().map(|(field, _)| field).collect(),
            columns: listed(columns),
        });
    }
    Ok(found)
}

/// The column of a name that must be there.
pub(super) fn named(columns: &[String], field: Field, name: &str) -> Result<usize, IntakeError> {
    position_of(columns, name).ok_or_else(|| IntakeError::NoSuchColumn {
        field,
        name: shown(name.as_bytes()),
        columns: listed(columns),
    })
}

/// The column that has the best of a field's known names. Two columns of that name leave it open which one is meant.
fn known(columns: &[String], field: Field) -> Result<Option<(usize, String)>, IntakeError> {
    let ranked = || {
        let ranked = columns.iter().enumerate();
        ranked.filter_map(|(index, name)| Some((rank(field, name)?, index, name)))
    };
    let Some(best) = ranked().map(|(rank, ..)| rank).min() else {
        return Ok(begins_with_volume(columns, field));
    };
    let mut of_best = ranked().filter(|(rank, ..)| *rank == best);
    let first = of_best
        .next()
        .map(|(_, index, name)| (index, format!("it is called {}", shown(name.as_bytes()))));
    if of_best.next().is_some() {
        let names: Vec<String> = ranked()
            .filter(|(rank, ..)| *rank == best)
            .map(|(_, index, name)| format!("{} (#{})", shown(name.as_bytes()), index + 1))
            .collect();
        return Err(IntakeError::AmbiguousColumn {
            field,
            count: names.len(),
            columns: names.join(", "),
        });
    }
    Ok(first)
}

/// The columns that are called as volumes are, the best name first.
pub(super) fn volumes(columns: &[String]) -> impl Iterator<Item = usize> {
    let ranked = columns.iter().enumerate();
    let ranked = ranked.filter_map(|(index, name)| Some((rank(Field::Volume, name)?, index)));
    let mut ranked: Vec<(usize, usize)> = ranked.collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, index)| index)
}

/// `Volume BTC`, `Vol.` and the like: the first of them.
fn begins_with_volume(columns: &[String], field: Field) -> Option<(usize, String)> {
    let index = columns
        .iter()
        .position(|name| plain(name).starts_with("vol"))?;
    (field == Field::Volume).then(|| (index, "it is the first whose name begins so".to_owned()))
}

/// The first four columns side by side that hold prices as bars have them, and the numbers after them.
fn by_content(width: usize, sample: &[Vec<Vec<u8>>], decimal: Decimal) -> NumberColumns {
    let value = |row: &[Vec<u8>], index: usize| number(row.get(index)?, decimal);
    let is_bar = |row: &[Vec<u8>], at: usize| {
        let prices = [0, 1, 2, 3].map(|more| value(row, at + more).filter(|price| *price > 0.0));
        let [Some(open), Some(high), Some(low), Some(close)] = prices else {
            return false;
        };
        high >= open && high >= close && low <= open && low <= close
    };
    let share_of = |rows: &[&Vec<Vec<u8>>], is: &dyn Fn(&[Vec<u8>]) -> bool| {
        let good = rows.iter().filter(|row| is(row)).count();
        good * 10 >= rows.len() * 9 && good > 0
    };
    let all: Vec<&Vec<Vec<u8>>> = sample.iter().collect();
    let share = |is: &dyn Fn(&[Vec<u8>]) -> bool| share_of(&all, is);
    // four equal prices are a bar in whichever order they stand
    let is_flat = |row: &[Vec<u8>], at: usize| {
        let price = value(row, at);
        price.is_some() && (1..4).all(|more| value(row, at + more) == price)
    };
    let has_bars = |at: usize| {
        let told = all.iter().copied().filter(|row| !is_flat(row, at));
        let told: Vec<&Vec<Vec<u8>>> = told.collect();
        share(&|row| is_bar(row, at))
            && (told.is_empty() || share_of(&told, &|row| is_bar(row, at)))
    };
    // four equal numbers side by side, such as a count repeated, are bars as well, but times never are
    let is_time = |at: usize| {
        share(&|row| {
            row.get(at)
                .is_some_and(|text| moment(text, DateOrder::Month).is_ok())
        })
    };
    let places = 0..width.min(64).saturating_sub(3);
    let mut places = places.filter(|&at| !is_time(at) && has_bars(at));
    let Some(at) = places.next() else {
        return [const { None }; 5];
    };
    let volume = share(&|row| value(row, at + 4).is_some_and(|volume| volume >= 0.0));
    let why = "the numbers are those of bars";
    [0, 1, 2, 3, 4].map(|more| (more < 4 || volume).then(|| (at + more, why.to_owned())))
}

/// The zone that the name of a column of times says: `Gmt time`, `Time (EET)`, `time [America/New_York]`, `datetime_utc`. Names that
/// mean one clock here and another one there, such as EST, say none.
pub(super) fn zone_in_name(name: &str) -> Option<Zone> {
    let in_brackets = name.split_once(['(', '[']).map(|(_, rest)| rest);
    if let Some(text) = in_brackets.and_then(|rest| rest.split([')', ']']).next()) {
        return match text.trim().to_ascii_uppercase().as_str() {
            "ET" => "America/New_York".parse().ok(),
            "EST" | "MST" | "HST" => None,
            _ => text.parse().ok(),
        };
    }
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let is_utc = |word: &str| ["utc", "gmt"].contains(&word.to_ascii_lowercase().as_str());
    words.any(is_utc).then_some(Zone::UTC)
}

/// Whether any of the first rows has a time in a column.
pub(super) fn holds_times(sample: &[Vec<Vec<u8>>], index: usize) -> bool {
    let is_time = |text: &Vec<u8>| moment(text, DateOrder::Month).is_ok();
    sample.iter().filter_map(|row| row.get(index)).any(is_time)
}

/// Columns that may hold times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeColumn {
    /// The column of the time, or of the date.
    pub(super) time: usize,
    /// The column of the time of day.
    pub(super) clock: Option<usize>,
    /// How good its name is: 0 is best.
    pub(super) rank: usize,
    /// Why it is looked at.
    pub(super) why: String,
}

/// The columns that may hold times, at most eight of them, best names first.
pub(super) fn time_columns(
    columns: &[String],
    given: &ColumnNames,
    taken: &NumberColumns,
    sample: &[Vec<Vec<u8>>],
) -> Result<Vec<TimeColumn>, IntakeError> {
    let clock = match given.of(Field::Clock) {
        Some(name) => Some(named(columns, Field::Clock, name)?),
        None => None,
    };
    if let Some(name) = given.of(Field::Time) {
        let time = named(columns, Field::Time, name)?;
        let why = "as given".to_owned();
        let rank = 0;
        return Ok(vec![TimeColumn {
            time,
            clock,
            rank,
            why,
        }]);
    }
    let reads_as = |index: usize, is: &dyn Fn(Moment) -> bool| {
        let texts = || sample.iter().filter_map(|row| row.get(index));
        let reads = |text: &&Vec<u8>| {
            let either = [DateOrder::Month, DateOrder::Day];
            either
                .iter()
                .any(|order| moment(text, *order).is_ok_and(|(moment, _)| is(moment)))
        };
        let good = texts().filter(reads).count();
        good * 2 > texts().count()
    };
    let dates = |index: usize| reads_as(index, &|moment| matches!(moment, Moment::Date(_)));
    // without names a column of digits beside dates may be anything else, unless each has the six of a time of day
    let is_after_date = |index: usize| {
        let has_six = |row: &Vec<Vec<u8>>| row.get(index).is_some_and(|text| text.len() == 6);
        columns.get(index).is_some_and(|name| name.starts_with('#'))
            && index.checked_sub(1).is_some_and(dates)
            && sample.iter().all(has_six)
    };
    let is_compact_clock = |index: usize| {
        let texts = || sample.iter().filter_map(|row| row.get(index));
        let has_dates = (0..columns.len()).any(|other| other != index && dates(other));
        has_dates && texts().filter(|text| is_digits(text)).count() * 2 > texts().count()
    };
    let is_number = |index: usize| taken.iter().flatten().any(|(taken, _)| *taken == index);
    let clock = clock.or_else(|| {
        let is_clock = |index: &usize| {
            let name = columns.get(*index).map(String::as_str).unwrap_or_default();
            let is_named = rank(Field::Clock, name).is_some();
            let is_clock = |moment| matches!(moment, Moment::Clock(_));
            (is_named || name.starts_with('#')) && reads_as(*index, &is_clock)
                || (is_named || is_after_date(*index)) && is_compact_clock(*index)
        };
        (0..columns.len())
            .filter(|index| !is_number(*index))
            .find(is_clock)
    });
    let mut found: Vec<TimeColumn> = Vec::new();
    let candidates = columns
        .iter()
        .enumerate()
        .filter(|(index, _)| !is_number(*index) && Some(*index) != clock);
    for (time, name) in candidates {
        let known = rank(Field::Time, name);
        let (rank, why) = match known {
            Some(rank) => (rank, format!("it is called {}", shown(name.as_bytes()))),
            None if reads_as(time, &|moment| !matches!(moment, Moment::Clock(_))) => {
                (100 + time, "its values are times".to_owned())
            }
            None => continue,
        };
        let is_date =
            clock.is_some() && reads_as(time, &|moment| matches!(moment, Moment::Date(_)));
        let clock = clock.filter(|_| is_date);
        found.push(TimeColumn {
            time,
            clock,
            rank,
            why,
        });
    }
    found.sort_by_key(|column| column.rank);
    found.truncate(8);
    if let [first, second, ..] = found.as_slice()
        && first.rank == second.rank
    {
        let alike = found.iter().filter(|column| column.rank == first.rank);
        let names = alike.clone().map(|column| {
            let name = columns.get(column.time).map(|name| shown(name.as_bytes()));
            format!("{} (#{})", name.unwrap_or_default(), column.time + 1)
        });
        return Err(IntakeError::AmbiguousColumn {
            field: Field::Time,
            count: alike.clone().count(),
            columns: names.collect::<Vec<_>>().join(", "),
        });
    }
    if found.is_empty() {
        return Err(IntakeError::MissingColumns {
            missing: vec![Field::Time],
            columns: listed(columns),
        });
    }
    Ok(found)
}

/// How a column is called in what is shown.
pub(super) fn found(columns: &[String], field: Field, index: usize, why: &str) -> FoundColumn {
    let name = columns.get(index).cloned().unwrap_or_default();
    let is_unique = columns.iter().filter(|column| **column == name).count() == 1;
    FoundColumn {
        field,
        column: if is_unique && !name.is_empty() {
            name
        } else {
            format!("#{}", index + 1)
        },
        why: why.to_owned(),
    }
}

/// The columns of a file, as many as fit in a message.
pub(super) fn listed(columns: &[String]) -> String {
    const SHOWN: usize = 20;
    let names = columns
        .iter()
        .take(SHOWN)
        .map(|column| shown(column.as_bytes()));
    let mut names: Vec<String> = names.collect();
    if columns.len() > SHOWN {
        names.push(format!("… and {} more", columns.len() - SHOWN));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    fn numbers(text: &str, given: &ColumnNames) -> Result<Vec<Option<usize>>, String> {
        let found = find_numbers(&names(text), given, &[], Decimal::Point);
        let found = found.map_err(|error| error.to_string())?;
        Ok(found
            .iter()
            .map(|found| found.as_ref().map(|(index, _)| *index))
            .collect())
    }

    #[test]
    fn names_of_columns_tell_zones() {
        for (name, zone) in [
            ("Gmt time", Some("UTC")),
            ("datetime_utc", Some("UTC")),
            ("Time (EET)", Some("EET")),
            ("Time (UTC+2)", Some("UTC+2h")),
            ("time [America/New_York]", Some("America/New_York")),
            ("Date (ET)", Some("America/New_York")),
            ("Time (EST)", None),
            ("time [Mars/Olympus]", None),
            ("Local time", None),
            ("Date et heure", None),
            ("Time (start)", None),
            ("Date", None),
        ] {
            let told = zone_in_name(name).map(|zone| zone.to_string());
            assert_eq!(told.as_deref(), zone, "{name}");
        }
    }

    #[test]
    fn flat_bars_do_not_tell_the_order_of_prices() {
        let columns: Vec<String> = (1..=6).map(|index| format!("#{index}")).collect();
        let none = ColumnNames::default();
        let row = |text: &str| -> Vec<Vec<u8>> {
            text.split(',')
                .map(|value| value.as_bytes().to_vec())
                .collect()
        };
        let flat = vec![row("1685577600,5,5,5,5,1"); 95];
        let found = |told: &str| {
            let mut sample = flat.clone();
            sample.extend(vec![row(told); 5]);
            find_numbers(&columns, &none, &sample, Decimal::Point)
        };
        // low, high, open, close is no order of bars that is known
        assert!(found("1685577600,3,9,5,6,1").is_err());
        let open = found("1685577600,5,9,3,6,1").unwrap()[0].clone();
        assert_eq!(open.map(|(index, _)| index), Some(1));
    }

    #[test]
    fn columns_are_found_by_known_names_however_they_are_written() {
        let none = ColumnNames::default();
        let all = |at: [usize; 5]| Ok(at.map(Some).to_vec());
        for (columns, at) in [
            (
                "bar_index,Timestamp,Open,HIGH,low,Close,Volume",
                [2, 3, 4, 5, 6],
            ),
            ("date,o,h,l,c,v,datetime", [1, 2, 3, 4, 5]),
            (
                "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>,<VOL>",
                [2, 3, 4, 5, 7],
            ),
            (
                "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD",
                [3, 4, 5, 6, 7],
            ),
            ("Date,Close/Last,Volume,Open,High,Low", [3, 4, 5, 1, 2]),
            ("Date,Price,Open,High,Low,Vol.,Change %", [2, 3, 4, 1, 5]),
        ] {
            assert_eq!(numbers(columns, &none), all(at), "{columns}");
        }
        let without = numbers("time,open,high,low,close", &none).unwrap();
        assert_eq!(without, [Some(1), Some(2), Some(3), Some(4), None]);
    }

    #[test]
    fn two_columns_of_one_name_are_refused_until_one_is_named() {
        let columns = "date,Open,high,low,close,volume,open";
        let said = numbers(columns, &ColumnNames::default()).unwrap_err();
        assert!(
            said.starts_with("2 columns could be open: Open (#2), open (#7)"),
            "{said}"
        );
        for name in ["open", "#7"] {
            let given = ColumnNames {
                open: Some(name.to_owned()),
                ..ColumnNames::default()
            };
            assert_eq!(numbers(columns, &given).unwrap()[0], Some(6));
        }
        let given = ColumnNames {
            open: Some("Opening".to_owned()),
            ..ColumnNames::default()
        };
        let said = numbers(columns, &given).unwrap_err();
        assert!(
            said.starts_with("there is no column \"Opening\" for open"),
            "{said}"
        );
    }

    #[test]
    fn what_is_missing_is_named_and_a_long_list_is_cut() {
        let many: Vec<String> = (0..9_000).map(|i| format!("c{i}")).collect();
        let said = numbers(&many.join(","), &ColumnNames::default()).unwrap_err();
        assert!(
            said.contains("open; high; low; close") && said.contains("and 8980 more"),
            "{said}"
        );
        assert!(said.len() < 1_000, "{said}");
    }

    #[test]
    fn columns_without_names_are_told_by_their_values() {
        let row = |text: &str| {
            text.split(',')
                .map(|field| field.as_bytes().to_vec())
                .collect()
        };
        let sample: Vec<Vec<Vec<u8>>> = vec![
            row("1672531200000,16541.7,16544.7,16538.4,16543.6,83.0,1672531259999,2.5"),
            row("1672531260000,16543.6,16545.7,16541.1,16544.0,80.0,1672531319999,2.6"),
        ];
        let columns: Vec<String> = (1..=8).map(|i| format!("#{i}")).collect();
        let given = ColumnNames::default();
        let numbers = find_numbers(&columns, &given, &sample, Decimal::Point).unwrap();
        let at: Vec<_> = numbers.iter().flatten().map(|(index, _)| *index).collect();
        assert_eq!(at, [1, 2, 3, 4, 5]);
        let times = time_columns(&columns, &given, &numbers, &sample).unwrap();
        assert_eq!(
            times.iter().map(|column| column.time).collect::<Vec<_>>(),
            [0, 6]
        );
    }
}
