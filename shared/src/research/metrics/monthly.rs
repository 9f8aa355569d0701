//! Returns by month and year.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::RunData;
use super::stat::{Absent, Outcome, Stat, ratio};
use crate::base::time::Day;

/// The returns of one calendar year, each from the last session close before its span to the last one in it, as shares;
/// a session belongs to the month of the exchange's local date. The first span starts from the initial equity, so that
/// months compound to their year and years to the return at the last session close.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct YearReturns {
    /// The year.
    pub year: i16,
    /// January to December; absent where the month has no session, and once the account was lost.
    pub months: [Stat; 12],
    /// The whole year, as far as the run covers it.
    pub total: Stat,
}

/// The table of monthly returns, one row a year, years without a session left out. Empty where session days are not known.
pub(super) fn monthly_returns(run: &RunData<'_>) -> Vec<YearReturns> {
    let mut rows: Vec<YearReturns> = Vec::new();
    let mut sessions = run.session_days.iter().zip(run.session_equity).peekable();
    let mut year_start = run.initial_equity;
    let mut month_start = run.initial_equity;
    while let Some((&day, &equity)) = sessions.next() {
        let Some(date) = day.date() else { continue };
        let next_month = Day::from_date(date.last_of_month()).0 + 1;
        let mut close = equity;
        while let Some((_, &later)) = sessions.next_if(|(day, _)| day.0 < next_month) {
            close = later;
        }
        if rows.last().is_none_or(|row| row.year != date.year()) {
            year_start = month_start;
            rows.push(empty_year(date));
        }
        if let Some(row) = rows.last_mut() {
            let month = usize::from(date.month().unsigned_abs()) - 1;
            if let Some(slot) = row.months.get_mut(month) {
                *slot = span_return(month_start, close).into();
            }
            row.total = span_return(year_start, close).into();
        }
        month_start = close;
    }
    rows
}

fn empty_year(date: Date) -> YearReturns {
    YearReturns {
        year: date.year(),
        months: [Stat::Absent(Absent::NoSessions); 12],
        total: Stat::Absent(Absent::NoSessions),
    }
}

fn span_return(before: f64, close: f64) -> Outcome {
    if before <= 0.0 {
        return Err(Absent::Ruined);
    }
    Ok(ratio(close, before, Absent::Ruined)? - 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    fn table(sessions: &[((i16, i8, i8), f64)]) -> Vec<YearReturns> {
        let days: Vec<Day> = sessions
            .iter()
            .map(|&((year, month, day), _)| Day::from_date(Date::constant(year, month, day)))
            .collect();
        let equity: Vec<f64> = sessions.iter().map(|&(_, equity)| equity).collect();
        monthly_returns(&RunData {
            session_days: &days,
            ..run(&equity, &[], 400)
        })
    }

    #[test]
    fn months_run_from_the_close_before_them() {
        let rows = table(&[
            ((2023, 11, 29), 90.0),
            ((2023, 11, 30), 110.0),
            ((2024, 1, 31), 121.0),
            ((2024, 2, 1), 60.5),
        ]);
        let [first, second] = &rows[..] else {
            panic!("two years")
        };
        assert_eq!((first.year, second.year), (2023, 2024));
        let close =
            |stat: Stat, expected: f64| assert!((stat.value().unwrap() - expected).abs() < 1e-15);
        close(first.months[10], 0.1);
        close(first.total, 0.1);
        assert_eq!(first.months[11], Stat::Absent(Absent::NoSessions));
        close(second.months[0], 0.1);
        close(second.months[1], -0.5);
        close(second.total, -0.45);
    }

    #[test]
    fn nothing_is_earned_on_a_lost_account() {
        let rows = table(&[
            ((2024, 1, 2), -5.0),
            ((2024, 2, 1), -6.0),
            ((2025, 2, 1), 9.0),
        ]);
        assert_eq!(rows[0].months[0], Stat::Value(-1.05));
        assert_eq!(rows[0].months[1], Stat::Absent(Absent::Ruined));
        assert_eq!(rows[1].total, Stat::Absent(Absent::Ruined));
        assert!(table(&[]).is_empty());
    }
}
