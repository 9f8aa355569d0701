//! Which column is which.

use serde::{Deserialize, Serialize};

use super::ImportError;

/// What a bar is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// When.
    Time,
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
    /// Every field; the numbers after the time, in the order in which rows are read.
    pub const ALL: [Self; 6] = [
        Self::Time,
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
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }

    /// The flag that names its column.
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Time => "--time-column",
            Self::Open => "--open-column",
            Self::High => "--high-column",
            Self::Low => "--low-column",
            Self::Close => "--close-column",
            Self::Volume => "--volume-column",
        }
    }

    /// The names under which it is found, best first, in lower case.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Time => &[
                "timestamp",
                "datetime",
                "date",
                "time",
                "ts",
                "ts_ms",
                "index",
            ],
            Self::Open => &["open", "o"],
            Self::High => &["high", "h"],
            Self::Low => &["low", "l"],
            Self::Close => &["close", "c"],
            Self::Volume => &["volume", "vol", "v"],
        }
    }

    /// The same names for a message.
    pub(super) const fn known_names(self) -> &'static str {
        match self {
            Self::Time => "timestamp, datetime, date, time, ts, ts_ms, index",
            Self::Open => "open, o",
            Self::High => "high, h",
            Self::Low => "low, l",
            Self::Close => "close, c",
            Self::Volume => "volume, vol, v",
        }
    }
}

/// Columns named by the user, one for each of [`Field::ALL`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnFlags(pub [Option<String>; 6]);

/// The index of each field's column among `columns`.
///
/// A name that was given must be there exactly; other fields are found by their known names in any case.
pub(super) fn find(columns: &[String], flags: &ColumnFlags) -> Result<[usize; 6], ImportError> {
    let mut found = [0; 6];
    let mut missing = Vec::new();
    for ((slot, field), flag) in found.iter_mut().zip(Field::ALL).zip(&flags.0) {
        let index = match flag {
            Some(name) => {
                let index = columns.iter().position(|column| column == name);
                Some(index.ok_or_else(|| ImportError::NoSuchColumn {
                    field,
                    name: name.clone(),
                    columns: listed(columns),
                })?)
            }
            None => detected(columns, field)?,
        };
        match index {
            Some(index) => *slot = index,
            None => missing.push(field),
        }
    }
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(ImportError::MissingColumns {
            missing,
            columns: listed(columns),
        })
    }
}

/// The column that has the best of a field's known names. Two columns of that name leave it open which one is meant.
fn detected(columns: &[String], field: Field) -> Result<Option<usize>, ImportError> {
    let places = |name: &&str| {
        let named = columns.iter().enumerate();
        let named = named.filter(|(_, column)| as_written(column).eq_ignore_ascii_case(name));
        named.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let mut found = field.names().iter().map(places);
    let found = found.find(|places| !places.is_empty());
    match found.unwrap_or_default().as_slice() {
        [] => Ok(None),
        [index] => Ok(Some(*index)),
        several => {
            let names = several.iter().filter_map(|&index| columns.get(index));
            Err(ImportError::AmbiguousColumn {
                field,
                count: several.len(),
                columns: listed(&names.cloned().collect::<Vec<_>>()),
            })
        }
    }
}

/// A column's name as the file has it: where a name repeats, the CSV reader appends `_duplicated_0` and so on.
fn as_written(column: &str) -> &str {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match column.rsplit_once("_duplicated_") {
        Some((name, number)) if is_number(number) => name.trim(),
        _ => column.trim(),
    }
}

/// The columns of a file, as many as fit in a message.
fn listed(columns: &[String]) -> String {
    const SHOWN: usize = 20;
    const WIDTH: usize = 40;
    let mut names: Vec<String> = columns
        .iter()
        .take(SHOWN)
        .map(|column| {
            column
                .chars()
                .filter(|c| !c.is_control())
                .take(WIDTH)
                .collect()
        })
        .collect();
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

    #[test]
    fn columns_are_found_by_known_names_in_any_case() {
        let none = ColumnFlags::default();
        let found = find(
            &names("bar_index,Timestamp,Open,HIGH,low,Close,Volume"),
            &none,
        );
        assert_eq!(found.unwrap(), [1, 2, 3, 4, 5, 6]);
        let found = find(&names("date,o,h,l,c,v,datetime"), &none);
        assert_eq!(found.unwrap(), [6, 1, 2, 3, 4, 5]);
        for field in Field::ALL {
            assert_eq!(field.names().join(", "), field.known_names());
        }
    }

    #[test]
    fn two_columns_of_one_name_are_refused_until_one_is_named() {
        for (columns, said) in [
            (
                "date,Open,high,low,close,volume,open",
                "2 columns could be open: Open, open; name the right one with --open-column",
            ),
            (
                "date,open,high,low,close,volume,close_duplicated_0",
                "close: close, close_duplicated_0;",
            ),
            ("date,open,high,low,close,volume, DATE ", "--time-column"),
        ] {
            let error = find(&names(columns), &ColumnFlags::default()).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        let mut flags = ColumnFlags::default();
        flags.0[1] = Some("open".to_owned());
        let columns = names("date,Open,high,low,close,volume,open");
        assert_eq!(find(&columns, &flags).unwrap(), [0, 6, 2, 3, 4, 5]);
    }

    #[test]
    fn a_named_column_wins_and_must_be_there() {
        let mut flags = ColumnFlags::default();
        flags.0[0] = Some("date".to_owned());
        flags.0[5] = Some("tick_volume".to_owned());
        let columns = names("date,datetime,open,high,low,close,tick_volume");
        assert_eq!(find(&columns, &flags).unwrap(), [0, 2, 3, 4, 5, 6]);
        flags.0[5] = Some("Tick_Volume".to_owned());
        let error = find(&columns, &flags).unwrap_err().to_string();
        assert!(
            error.starts_with("--volume-column Tick_Volume: there is no such column"),
            "{error}"
        );
        assert!(error.contains("tick_volume"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named_with_its_flag_and_a_long_list_is_cut() {
        let many: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
        let error = find(&many, &ColumnFlags::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("time; open; high; low; close; volume"),
            "{error}"
        );
        assert!(
            error.contains("--volume-column") && error.contains("and 9980 more"),
            "{error}"
        );
        assert!(error.len() < 1_000, "{error}");
    }
}
