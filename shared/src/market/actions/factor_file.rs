//! LEAN's factor files.

use super::fraction::simplest_within;
use super::{ActionKind, Actions, CorporateAction, Gathered};
use crate::base::time::Day;
use crate::market::calendar::Calendar;

/// Why a factor file is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line} of the factor file, {text:?}: {reason}")]
pub struct BadFactorFile {
    /// The line, from 1.
    pub line: usize,
    /// The line itself, shortened.
    pub text: String,
    /// What is wrong, and what is expected.
    pub reason: String,
}

/// The largest number in a split's ratio.
const LARGEST_PART: u32 = 1_000;

/// Factors are written with so many decimals, unless they are exact with fewer.
const DECIMALS: usize = 7;

#[derive(Debug, Clone, Copy)]
struct Row {
    last_day: Day,
    price: f64,
    split: f64,
    /// Decimals of the split factor, without zeros at the end.
    decimals: usize,
}

/// Reads the corporate actions of a LEAN factor file: `date,price_factor,split_factor[,reference price]`, dates as yyyymmdd.
///
/// A row's date is the last day on the old factor, so an action's first day is the next session of the calendar. Its factor is
/// that of one row over that of the next: a change of the split factor is a split, one of the price factor a dividend.
/// Factors are rounded; a split's ratio is taken as the simplest fraction that they may stand for.
///
/// # Errors
/// [`BadFactorFile`] with the line.
pub fn parse_factor_file(text: &str, calendar: Calendar) -> Result<Actions, BadFactorFile> {
    let mut rows: Vec<(usize, &str, Row)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        let row = read_row(line).map_err(|reason| bad(index, line, reason))?;
        let after = rows
            .last()
            .is_none_or(|(.., last)| last.last_day < row.last_day);
        if !after {
            let reason = "dates must increase from row to row".to_owned();
            return Err(bad(index, line, reason));
        }
        rows.push((index, line, row));
    }
    // half of the last decimal that all rounded split factors have
    let rounded = rows
        .iter()
        .map(|(.., row)| row.decimals)
        .filter(|&decimals| decimals + 1 >= DECIMALS);
    let mut rounding = 0.5;
    for _ in 0..rounded.min().unwrap_or(DECIMALS) {
        rounding /= 10.0;
    }
    let mut actions = Gathered::default();
    for ((index, line, row), (_, _, next)) in rows.iter().zip(rows.iter().skip(1)) {
        let first_day = session_after(row.last_day, calendar);
        let ratio = |kind| CorporateAction { first_day, kind };
        let split = split_between(row.split, next.split, rounding).map(ratio);
        let dividend = dividend_between(row.price, next.price).map(ratio);
        for action in split.into_iter().chain(dividend) {
            let taken = actions.push(action);
            taken.map_err(|refused| bad(*index, line, refused.to_string()))?;
        }
    }
    let last = rows
        .last()
        .map_or((0, ""), |(index, line, _)| (*index, *line));
    let gathered = actions.finish();
    gathered.map_err(|refused| bad(last.0, last.1, refused.to_string()))
}

fn bad(index: usize, line: &str, reason: String) -> BadFactorFile {
    BadFactorFile {
        line: index + 1,
        text: line.chars().take(80).collect(),
        reason,
    }
}

fn read_row(line: &str) -> Result<Row, String> {
    let mut fields = line.split(',').map(str::trim);
    let (Some(date), Some(price), Some(split)) = (fields.next(), fields.next(), fields.next())
    else {
        return Err("expected date,price_factor,split_factor".to_owned());
    };
    Ok(Row {
        last_day: read_day(date).ok_or_else(|| {
            let date = shown(date);
            format!("{date:?} is no date: expected yyyymmdd, such as 20140606")
        })?,
        price: read_factor(price)?,
        split: read_factor(split)?,
        decimals: decimals(split),
    })
}

/// A value, short enough for a message.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn read_day(text: &str) -> Option<Day> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return None;
    }
    let number: i32 = text.parse().ok()?;
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let date = jiff::civil::Date::new(year as i16, month as i8, day as i8).ok()?;
    Some(Day::from_date(date))
}

fn read_factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => {
            let text = shown(text);
            Err(format!("the factor {text:?} must be a number above 0"))
        }
    }
}

/// How many decimals a number has, zeros at the end left out.
fn decimals(text: &str) -> usize {
    let (_, decimals) = text.split_once('.').unwrap_or((text, ""));
    decimals.trim_end_matches('0').len()
}

/// A split between two rows: new shares an old share are the later factor over the earlier one, each known to `rounding`.
fn split_between(factor: f64, next: f64, rounding: f64) -> Option<ActionKind> {
    if factor.to_bits() == next.to_bits() {
        return None;
    }
    let low = (next - rounding) / (factor + rounding);
    let high = (next + rounding) / (factor - rounding);
    let simple = (factor > rounding && low > 0.0)
        .then(|| simplest_within(low, high, LARGEST_PART))
        .flatten();
    let ratio = simple.unwrap_or(next / factor);
    // rounding alone is no split
    (ratio.to_bits() != 1f64.to_bits()).then_some(ActionKind::Split { ratio })
}

fn dividend_between(factor: f64, next: f64) -> Option<ActionKind> {
    (factor.to_bits() != next.to_bits()).then(|| ActionKind::Dividend {
        factor: factor / next,
    })
}

/// The first session after a day; where the calendar knows none within two weeks, the next day.
fn session_after(day: Day, calendar: Calendar) -> Day {
    (1..15)
        .map(|ahead| Day(day.0.saturating_add(ahead)))
        .find(|&next| matches!(calendar.session(next), Ok(Some(_))))
        .unwrap_or(Day(day.0.saturating_add(1)))
}
