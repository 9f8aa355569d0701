//! A user's own closures: days on which a market keeps other hours than its calendar says.

use jiff::civil::Date;

use crate::base::time::Day;

/// What a market does on one day, against its calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The trade date.
    pub day: Day,
    /// The hours it keeps.
    pub hours: ExceptionHours,
    /// Why, in the user's words.
    pub name: Option<String>,
    /// The line of the file, from 1.
    pub line: usize,
}

/// The hours of an [`Exception`]; times are minutes after midnight in the exchange's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionHours {
    /// Closed all day.
    Closed,
    /// The calendar's usual hours, even where it is closed or closes early.
    Usual,
    /// From the usual open to this time.
    Until(i32),
    /// From one time to another. A first time that is not before the second is of the evening before.
    Between(i32, i32),
}

/// Days with hours of their own, sorted, each once, and the text that they were read from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closures {
    days: Vec<Exception>,
    text: String,
}

/// A line of a closures file that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadClosures {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: BadClosure,
}

/// What can be wrong with a line of a closures file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadClosure {
    /// The first field is no date.
    #[error("{0:?} is no date: write YYYY-MM-DD, such as 2024-12-25, and commas between fields")]
    Date(String),
    /// The hours are none.
    #[error(
        "{0:?} names no hours: leave them empty or write closed, open (the usual hours), the time of the close, such as 13:00, or both times, such as 09:30-13:00, in the exchange's zone; a file of dates and names needs a first line date,name"
    )]
    Hours(String),
    /// A column of the first line is unknown.
    #[error("column {0:?} is none of date, hours and name")]
    Column(String),
    /// A column of the first line appears twice.
    #[error("column {0:?} appears twice")]
    ColumnTwice(String),
    /// There are more fields than columns.
    #[error(
        "there are {found} fields, but {columns} columns: put a name that has commas in quotes"
    )]
    Fields {
        /// Fields of the line.
        found: usize,
        /// Columns of the file.
        columns: usize,
    },
    /// A quote is opened and not closed, or stands inside a field.
    #[error(
        "a quote is out of place: quotes stand around a whole field, and a quote inside one is written twice"
    )]
    Quote,
    /// A date appears twice.
    #[error("{day} appears already in line {first}")]
    Twice {
        /// The date.
        day: Day,
        /// Where it appears first.
        first: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Date,
    Hours,
    Name,
}

impl Closures {
    /// Reads a closures file: lines of `date,hours,name`, of which the date alone is needed.
    ///
    /// The hours are those of [`ExceptionHours`]: empty or `closed`; `open`; `13:00`; `09:30-13:00`. Empty lines and lines that
    /// begin with `#` are left out. A first line that begins with `date` names the columns, whose order is then free.
    ///
    /// # Errors
    /// [`BadClosures`] with the first line that is not understood: a closure that is misread would call real bars wrong.
    pub fn parse(text: &str) -> Result<Self, BadClosures> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut columns = None;
        let mut days: Vec<Exception> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let number = index + 1;
            let bad = |reason| BadClosures {
                line: number,
                reason,
            };
            let fields = split(line).map_err(bad)?;
            match &columns {
                None if is_header(&fields) => columns = Some(header(&fields).map_err(bad)?),
                known => {
                    let order = known.as_deref().unwrap_or(&DEFAULT_ORDER);
                    days.push(exception(&fields, order, number).map_err(bad)?);
                    columns.get_or_insert_with(|| DEFAULT_ORDER.to_vec());
                }
            }
        }
        Self::sorted(days, text)
    }

    fn sorted(mut days: Vec<Exception>, text: &str) -> Result<Self, BadClosures> {
        // stable, so that of two equal dates the earlier line comes first
        days.sort_by_key(|exception| exception.day);
        let twice = days
            .iter()
            .zip(days.iter().skip(1))
            .find(|(a, b)| a.day == b.day);
        match twice {
            Some((first, second)) => Err(BadClosures {
                line: second.line,
                reason: BadClosure::Twice {
                    day: first.day,
                    first: first.line,
                },
            }),
            None if days.is_empty() => Ok(Self::default()),
            None => Ok(Self {
                days,
                text: text.to_owned(),
            }),
        }
    }

    /// The exceptions, sorted by day.
    pub fn days(&self) -> &[Exception] {
        &self.days
    }

    /// The file that they were read from, whole, so that comments and order are kept; empty where it names no day.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The exception of a day.
    pub fn get(&self, day: Day) -> Option<&Exception> {
        let index = self
            .days
            .binary_search_by_key(&day, |exception| exception.day);
        self.days.get(index.ok()?)
    }

    /// Whether there is no exception.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
}

const DEFAULT_ORDER: [Column; 3] = [Column::Date, Column::Hours, Column::Name];

fn is_header(fields: &[String]) -> bool {
    fields
        .iter()
        .any(|field| column_of(field) == Some(Column::Date))
}

fn column_of(name: &str) -> Option<Column> {
    match name.to_ascii_lowercase().as_str() {
        "date" | "day" => Some(Column::Date),
        "hours" | "close" | "time" => Some(Column::Hours),
        "name" | "holiday" | "description" | "reason" => Some(Column::Name),
        _ => None,
    }
}

fn header(fields: &[String]) -> Result<Vec<Column>, BadClosure> {
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let column = column_of(field).ok_or_else(|| BadClosure::Column(short(field)))?;
        if columns.contains(&column) {
            return Err(BadClosure::ColumnTwice(short(field)));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn exception(fields: &[String], order: &[Column], line: usize) -> Result<Exception, BadClosure> {
    if fields.len() > order.len() {
        return Err(BadClosure::Fields {
            found: fields.len(),
            columns: order.len(),
        });
    }
    let field = |column| {
        let index = order.iter().position(|&known| known == column);
        index
            .and_then(|index| fields.get(index))
            .map_or("", String::as_str)
    };
    let date = field(Column::Date);
    Ok(Exception {
        day: day(date).ok_or_else(|| BadClosure::Date(short(date)))?,
        hours: hours(field(Column::Hours))?,
        name: Some(field(Column::Name).to_owned()).filter(|name| !name.is_empty()),
        line,
    })
}

/// A date written YYYY-MM-DD and no other way.
fn day(text: &str) -> Option<Day> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = text.parse::<Date>().ok().filter(|_| plain)?;
    Some(Day::from_date(date))
}

fn hours(text: &str) -> Result<ExceptionHours, BadClosure> {
    let bad = || BadClosure::Hours(short(text));
    match text.to_ascii_lowercase().as_str() {
        "" | "closed" => Ok(ExceptionHours::Closed),
        "open" => Ok(ExceptionHours::Usual),
        times => match times.split_once('-') {
            None => Ok(ExceptionHours::Until(minutes(times).ok_or_else(bad)?)),
            Some((open, close)) => Ok(ExceptionHours::Between(
                minutes(open.trim()).ok_or_else(bad)?,
                minutes(close.trim()).ok_or_else(bad)?,
            )),
        },
    }
}

/// HH:MM as minutes after midnight. One digit is refused: 1:00 may mean the afternoon.
fn minutes(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| -> Option<i32> {
        let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| plain)
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

/// The fields of a line, trimmed, quotes taken off.
fn split(line: &str) -> Result<Vec<String>, BadClosure> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => match rest.split_once(',') {
                Some((field, after)) => (field.trim().to_owned(), Some(after)),
                None => (rest.trim().to_owned(), None),
            },
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// A field behind its opening quote, and what follows its comma.
fn unquoted(text: &str) -> Result<(String, Option<&str>), BadClosure> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or(BadClosure::Quote)?;
        field.push_str(part);
        if let Some(doubled) = after.strip_prefix('"') {
            field.push('"');
            rest = doubled;
            continue;
        }
        let after = after.trim_start();
        return match after.strip_prefix(',') {
            Some(next) => Ok((field, Some(next))),
            None if after.is_empty() => Ok((field, None)),
            None => Err(BadClosure::Quote),
        };
    }
}

/// As much of a text as an error shows.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, ExceptionHours, Option<String>, usize)> {
        let closures = Closures::parse(text).unwrap();
        let row = |exception: &Exception| {
            let Exception {
                day,
                hours,
                name,
                line,
            } = exception.clone();
            (day.to_string(), hours, name, line)
        };
        closures.days().iter().map(row).collect()
    }

    #[test]
    fn every_form_of_a_line_is_read() {
        let text = "\u{feff}# my broker\r\n\r\n2024-12-31, 13:00 ,New Year's Eve\r\n2024-12-25\r\n2024-12-26,closed\r\n\
                    2024-11-29,OPEN,\r\n2024-12-24,09:30-12:15,\"Eve, \"\"short\"\"\"";
        assert_eq!(
            read(text),
            [
                ("2024-11-29".to_owned(), ExceptionHours::Usual, None, 6),
                (
                    "2024-12-24".to_owned(),
                    ExceptionHours::Between(570, 735),
                    Some("Eve, \"short\"".to_owned()),
                    7
                ),
                ("2024-12-25".to_owned(), ExceptionHours::Closed, None, 4),
                ("2024-12-26".to_owned(), ExceptionHours::Closed, None, 5),
                (
                    "2024-12-31".to_owned(),
                    ExceptionHours::Until(780),
                    Some("New Year's Eve".to_owned()),
                    3
                ),
            ]
        );
        let named = read("Holiday,Date\n\"Independence Day, observed\",2026-07-03\n");
        assert_eq!(
            named,
            [(
                "2026-07-03".to_owned(),
                ExceptionHours::Closed,
                Some("Independence Day, observed".to_owned()),
                2
            )]
        );
        assert!(read("").is_empty() && read("date,close\n# none yet\n").is_empty());
    }

    #[test]
    fn the_text_is_kept_whole_and_reads_as_the_same_days() {
        let text = "# mine\n2024-12-31,13:00\n\n2024-12-25,closed,\"Christmas, of course\"\n";
        let closures = Closures::parse(text).unwrap();
        assert_eq!(closures.text(), text);
        assert_eq!(Closures::parse(closures.text()), Ok(closures));
        // a file that names no day says nothing
        let none = Closures::parse("# none yet\n").unwrap();
        assert_eq!((&none, none.text()), (&Closures::default(), ""));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        for (text, said) in [
            (
                "2024-12-25\n25.12.2024",
                "line 2: \"25.12.2024\" is no date",
            ),
            ("2024-02-30", "line 1: \"2024-02-30\" is no date"),
            ("20241225", "line 1: \"20241225\" is no date"),
            (
                "2024-12-25;closed",
                "line 1: \"2024-12-25;closed\" is no date",
            ),
            (
                "2024-12-25,Christmas",
                "line 1: \"Christmas\" names no hours",
            ),
            ("2024-12-24,1:00", "line 1: \"1:00\" names no hours"),
            ("2024-12-24,13:60", "line 1: \"13:60\" names no hours"),
            ("2024-12-24,24:01", "line 1: \"24:01\" names no hours"),
            ("2024-12-24,+1:00", "line 1: \"+1:00\" names no hours"),
            ("2024-12-24,09:30-", "line 1: \"09:30-\" names no hours"),
            (
                "2024-12-24,13:00,a,b",
                "line 1: there are 4 fields, but 3 columns",
            ),
            ("2024-12-24,13:00,\"a", "line 1: a quote is out of place"),
            ("2024-12-24,13:00,\"a\"b", "line 1: a quote is out of place"),
            ("date,market", "line 1: column \"market\" is none"),
            ("date,close,hours", "line 1: column \"hours\" appears twice"),
            ("2024-12-25\ndate,name", "line 2: \"date\" is no date"),
            (
                "2024-12-25\n2024-12-24\n2024-12-25,13:00",
                "line 3: 2024-12-25 appears already in line 1",
            ),
        ] {
            let found = Closures::parse(text).unwrap_err().to_string();
            assert!(found.starts_with(said), "{text:?}: {found}");
        }
    }

    /// Every form of a line.
    const FORMS: &[u8] = b"date,hours,name\n# own\n2024-12-25\n2024-12-26,closed,\n2024-11-29,open,\"a, \"\"b\"\"\"\n\
        2024-12-24,09:30-12:15,Eve\n2024-12-31,13:00\n";

    proptest! {
        #[test]
        fn whatever_is_read_is_what_its_lines_say(
            damage in proptest::collection::vec((0..FORMS.len(), any::<u8>()), 0..4),
        ) {
            let mut bytes = FORMS.to_vec();
            for (at, byte) in damage {
                bytes[at] = byte;
            }
            let text = String::from_utf8_lossy(&bytes);
            match Closures::parse(&text) {
                Err(bad) => prop_assert!((1..=text.lines().count()).contains(&bad.line)),
                Ok(closures) => {
                    for exception in closures.days() {
                        let line = text.lines().nth(exception.line - 1).unwrap();
                        prop_assert!(line.contains(&exception.day.to_string()));
                        prop_assert_eq!(closures.get(exception.day), Some(exception));
                    }
                    let sorted = closures.days().is_sorted_by(|one, next| one.day < next.day);
                    prop_assert!(sorted);
                }
            }
        }

        #[test]
        fn nothing_panics_whatever_the_text(text in "(\\PC|[\",:\n-]){0,120}") {
            if let Ok(closures) = Closures::parse(&text) {
                for calendar in crate::market::calendar::Calendar::ALL {
                    let _ = crate::market::calendar::Schedule::new(calendar, closures.clone());
                }
            }
        }
    }
}
