//! The column of times of day beside a column of dates. As whole numbers these have no leading zeros, so that `930` is half past
//! nine or nine minutes and a half past midnight: only the column as a whole tells.

use super::candidates::Candidate;
use super::row::{Cell, Row};
use super::scout::HABIT;
use super::{Choice, ClockForm, IntakeError};
use crate::market::calendar::Calendar;

/// The column of the time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClockColumn {
    pub(super) index: usize,
    /// What digits alone are.
    pub(super) form: ClockForm,
}

impl ClockColumn {
    /// The ways in which a column may be read, by its first rows: both, unless they leave no doubt.
    pub(super) fn ways(
        index: usize,
        sample: &[Vec<Vec<u8>>],
        given: Option<ClockForm>,
    ) -> Vec<Self> {
        let texts = || {
            let texts = sample.iter().filter_map(|row| row.get(index));
            texts.filter(|text| !text.is_empty() && text.iter().all(u8::is_ascii_digit))
        };
        let is_padded = |text: &Vec<u8>| text.len() == 4 && text.first() == Some(&b'0');
        let forms: &[ClockForm] = match given {
            Some(ClockForm::Minutes) => &[ClockForm::Minutes],
            Some(ClockForm::Seconds) => &[ClockForm::Seconds],
            // six digits, or four with a zero before them, are as they were written
            None if texts().all(|text| text.len() == 6) => &[ClockForm::Seconds],
            None if texts().any(is_padded) && texts().all(|text| text.len() == 4) => {
                &[ClockForm::Minutes]
            }
            None => &[ClockForm::Minutes, ClockForm::Seconds],
        };
        forms
            .iter()
            .map(|form| Self { index, form: *form })
            .collect()
    }

    pub(super) fn cell<'r>(self, row: &Row<'r>) -> ClockCell<'r> {
        ClockCell {
            cell: row.cell(self.index),
            form: self.form,
        }
    }
}

/// A time of day as a row has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClockCell<'a> {
    pub(super) cell: Cell<'a>,
    form: ClockForm,
}

impl ClockCell<'_> {
    /// `93000`, `0930`: microseconds since midnight, which may be that at the end of the day.
    pub(super) fn since_midnight(self) -> Option<i64> {
        let number = number(self.cell)?;
        let number = match self.form {
            ClockForm::Minutes => number.checked_mul(100)?,
            ClockForm::Seconds => number,
        };
        let (hour, minute, second) = (number / 10_000, number / 100 % 100, number % 100);
        let is_clock = number >= 0 && hour < 24 && minute < 60 && second < 60;
        (is_clock || number == 240_000).then_some((hour * 3_600 + minute * 60 + second) * 1_000_000)
    }
}

/// Whether a text is a time of day in digits, in one form or the other.
pub(super) fn is_digits(text: &[u8]) -> bool {
    let reads = |form| {
        let cell = Cell::Text(text);
        ClockCell { cell, form }.since_midnight().is_some()
    };
    (3..=6).contains(&text.len()) && (reads(ClockForm::Minutes) || reads(ClockForm::Seconds))
}

fn number(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Int(number) => Some(number),
        // a column with empty cells may have become one of floats
        Cell::Float(number) if number.fract() == 0.0 && (0.0..1e6).contains(&number) => {
            Some(number as i64)
        }
        Cell::Text(text) if text.iter().all(u8::is_ascii_digit) => {
            core::str::from_utf8(text).ok()?.parse().ok()
        }
        _ => None,
    }
}

/// Why digits are taken for hours and minutes where they could be minutes and seconds.
pub(super) const EITHER: &str = "none is later than 2400; with seconds they would read, too";

/// What was seen of a column of times of day in digits.
#[derive(Debug, Default)]
pub(super) struct ClockSights {
    /// How many rows there are, and how many of them are later than 2400.
    rows: u64,
    long: u64,
    /// The first one of those, and its line.
    first_long: Option<(i64, u64)>,
    /// The same of the file at hand.
    in_file: (u64, u64),
    /// The first file whose rows are all up to 2400, and the first one that has others.
    short_file: Option<String>,
    long_file: Option<String>,
}

impl ClockSights {
    pub(super) fn take(&mut self, cell: Cell<'_>, line: u64) {
        let Some(number) = number(cell) else {
            return;
        };
        let is_long = number > 2_400;
        self.in_file.0 += 1;
        self.in_file.1 += u64::from(is_long);
        if is_long {
            self.first_long.get_or_insert((number, line));
        }
    }

    /// All rows of a file are in.
    pub(super) fn end_file(&mut self, path: &str) {
        let (rows, long) = core::mem::take(&mut self.in_file);
        let file = match long {
            0 => &mut self.short_file,
            _ => &mut self.long_file,
        };
        if rows > 0 && file.is_none() {
            *file = Some(path.to_owned());
        }
        self.rows += rows;
        self.long += long;
    }

    /// Chooses what digits are, and leaves the candidates that read them so.
    ///
    /// # Errors
    /// [`IntakeError::Clocks`] where some rows say one thing and some the other.
    pub(super) fn choose(
        &self,
        candidates: &mut Vec<Candidate>,
        calendar: Calendar,
        given: Option<ClockForm>,
        usual: Option<ClockForm>,
    ) -> Result<Option<Choice<ClockForm>>, IntakeError> {
        let has = |form| {
            let mut clocks = candidates.iter().filter_map(|it| it.clock);
            clocks.any(|clock| clock.form == form)
        };
        let (minutes, seconds) = (has(ClockForm::Minutes), has(ClockForm::Seconds));
        if self.rows == 0 || !(minutes || seconds) {
            // no time of day is of digits, or there is none: whichever way, it reads alike
            let form = if minutes {
                ClockForm::Minutes
            } else {
                ClockForm::Seconds
            };
            retain(candidates, form);
            return Ok(None);
        }
        let choice = match (given, self.long, self.first_long) {
            (Some(form), ..) => Choice::given(form),
            (None, 0, _) if minutes && seconds && may_be_either(candidates, calendar) => {
                match usual {
                    Some(usual) => Choice::assumed(usual, HABIT),
                    None => Choice::assumed(ClockForm::Minutes, EITHER),
                }
            }
            (None, 0, _) if minutes => Choice::sure(ClockForm::Minutes, "none is later than 2400"),
            (None, long, Some((first, line))) if seconds => {
                if let (Some(short), Some(long)) = (&self.short_file, &self.long_file) {
                    return Err(IntakeError::Clocks(format!(
                        "times of day in {long} are with seconds, such as {first} in line {line}, and those in {short} are not later than 2400, so with or without seconds: import the files one after the other"
                    )));
                }
                if long * 100 < self.rows && minutes {
                    return Err(IntakeError::Clocks(format!(
                        "{long} of {} times of day are later than 2400, as only those with seconds can be (first {first} in line {line}), all others are not: say whether digits are hhmm or hhmmss",
                        self.rows
                    )));
                }
                let why = format!("{long} of {} are later than 2400", self.rows);
                Choice::sure(ClockForm::Seconds, why)
            }
            _ if minutes => Choice::sure(ClockForm::Minutes, "four digits each"),
            _ => Choice::sure(ClockForm::Seconds, "six digits each"),
        };
        retain(candidates, choice.value);
        Ok(Some(choice))
    }
}

/// Whether rows are of one day of a market that trades at midnight, so that what looks like hours may be the first minutes.
fn may_be_either(candidates: &mut [Candidate], calendar: Calendar) -> bool {
    let of_one_day = |it: &mut Candidate| it.evidence.wall.all().len() == 1;
    calendar != Calendar::Nyse && candidates.iter_mut().any(of_one_day)
}

fn retain(candidates: &mut Vec<Candidate>, form: ClockForm) {
    candidates.retain(|it| it.clock.is_none_or(|clock| clock.form == form));
}

#[cfg(test)]
mod tests {
    use crate::base::time::BarInterval;
    use crate::market::calendar::Calendar;
    use crate::market::intake::{
        Certainty, ClockForm, Detection, Kept, Labels, Limits, Reading, read_all,
    };

    fn read(files: &[(&str, &[u8])], reading: &Reading) -> Result<(Detection, Kept), String> {
        let read = read_all(files, reading, Limits::default(), Kept::default());
        read.map_err(|error| error.to_string())
    }

    /// Rows of a market that never closes, with these times of day on one date.
    fn clocks(clocks: impl Iterator<Item = String>) -> String {
        let rows = clocks.map(|clock| format!("20240326,{clock},10,11,9,10,5\n"));
        ["date,time,open,high,low,close,volume\n".to_owned()]
            .into_iter()
            .chain(rows)
            .collect()
    }

    #[test]
    fn the_whole_column_tells_whether_digits_have_seconds() {
        let crypto = Reading::detect(Calendar::Crypto);
        let seconds = |count: u32| {
            let clock = |at: u32| (at / 3_600 * 10_000 + at / 60 % 60 * 100 + at % 60).to_string();
            clocks((0..count).map(clock))
        };
        let minutes =
            |count: u32| clocks((0..count).map(|at| (at / 60 * 100 + at % 60).to_string()));
        let all = |text: &str, reading: &Reading| read(&[("file.csv", text.as_bytes())], reading);
        // seconds from midnight on, whose first 24 minutes look like a day of minutes
        let (detection, kept) = all(&seconds(2_700), &crypto).unwrap();
        assert_eq!(detection.interval.value, BarInterval::Seconds(1));
        assert_eq!((kept.rows.len(), detection.counts.rejected), (2_700, 0));
        assert_eq!(
            kept.rows.bars.start[2_699].to_string(),
            "2024-03-26T00:44:59Z"
        );
        assert_eq!(detection.clock.unwrap().value, ClockForm::Seconds);
        let (detection, kept) = all(&minutes(1_440), &crypto).unwrap();
        assert_eq!(detection.interval.value, BarInterval::minutes(1));
        assert_eq!(
            kept.rows.bars.start[1_439].to_string(),
            "2024-03-26T23:59:00Z"
        );
        assert_eq!(detection.reading.clock, Some(ClockForm::Minutes));
        // minutes from midnight could be seconds
        assert_eq!(detection.clock.unwrap().certainty, Certainty::Assumed);
        assert!(
            detection
                .warnings
                .iter()
                .any(|it| it.contains("the other way"))
        );
        // what is given is taken where both could be
        let given = Reading {
            clock: Some(ClockForm::Seconds),
            ..crypto.clone()
        };
        let (detection, kept) = all(&seconds(840), &given).unwrap();
        assert_eq!(detection.interval.value, BarInterval::Seconds(1));
        assert_eq!(
            kept.rows.bars.start[839].to_string(),
            "2024-03-26T00:13:59Z"
        );
        // one number that is no time without seconds leaves doubt
        let said = all(&(minutes(1_440) + "20240326,5930,10,11,9,10,5\n"), &crypto).unwrap_err();
        assert!(
            said.contains("1 of 1441 times of day") && said.contains("5930 in line 1442"),
            "{said}"
        );
        // the end of a day is its midnight
        let ends = clocks((1..1_441).map(|at| (at / 60 * 100 + at % 60).to_string()));
        let given = Reading {
            labels: Some(Labels::End),
            ..crypto.clone()
        };
        let (detection, kept) = all(&ends, &given).unwrap();
        assert_eq!((kept.rows.len(), detection.counts.rejected), (1_440, 0));
        assert_eq!(
            kept.rows.bars.start[1_439].to_string(),
            "2024-03-26T23:59:00Z"
        );
        // one file with seconds, one without
        let long = clocks((570..960).map(|at| (at / 60 * 10_000 + at % 60 * 100).to_string()));
        let (long, short) = (("long.csv", long.as_bytes()), minutes(1_440));
        let short = ("short.csv", short.as_bytes());
        for files in [[long, short], [short, long]] {
            let said = read(&files, &crypto).unwrap_err();
            assert!(
                said.contains("times of day in long.csv are with seconds"),
                "{said}"
            );
        }
    }
}
