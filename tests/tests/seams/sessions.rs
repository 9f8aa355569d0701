//! Sessions around changes of the clock and half-days: exits before the close, and entries that wait for the next session.
//!
//! The sessions are written out here, not asked of the calendar: opens and closes of the New York Stock Exchange, of forex and of
//! metals in UTC.

use atrium_shared::base::time::Day;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::trading::orders::ExitReason;

use super::*;

/// Days since 1970 with open and close in minutes after midnight UTC; an open before it is of the evening before.
type Session = (i32, i64, i64);

const WINTER: (i64, i64) = (14 * 60 + 30, 21 * 60);
const SUMMER: (i64, i64) = (13 * 60 + 30, 20 * 60);

fn days(days: &[i32], (open, close): (i64, i64)) -> Vec<Session> {
    days.iter().map(|day| (*day, open, close)).collect()
}

/// Weeks in which something happens.
fn weeks() -> Vec<(&'static str, Calendar, Vec<Session>)> {
    let shares = share_weeks().into_iter();
    shares
        .map(|(name, week)| (name, Calendar::Nyse, week))
        .chain(evening_weeks())
        .collect()
}

/// Weeks of markets whose sessions begin on the evening before, from 2024-02-29, 2024-10-28, 2024-11-22 and 2024-12-19 on.
fn evening_weeks() -> [(&'static str, Calendar, Vec<Session>); 5] {
    let forex = [(-2 * 60, 22 * 60), (-3 * 60, 21 * 60)];
    let metals = [(-60, 22 * 60), (-2 * 60, 21 * 60)];
    let spring = |[winter, summer]: [(i64, i64); 2]| {
        let before = days(
            &[19_782, 19_783, 19_786, 19_787, 19_788, 19_789, 19_790],
            winter,
        );
        [before, days(&[19_793, 19_794, 19_795], summer)].concat()
    };
    let autumn = |[winter, summer]: [(i64, i64); 2]| {
        let before = days(&[20_024, 20_025, 20_026, 20_027, 20_028], summer);
        [before, days(&[20_031, 20_032], winter)].concat()
    };
    let thanksgiving = [
        days(&[20_049, 20_052, 20_053, 20_054], metals[0]),
        days(&[20_055], (-60, 19 * 60 + 30)),
        days(&[20_056], (-60, 19 * 60 + 45)),
        days(&[20_059, 20_060], metals[0]),
    ];
    let christmas = [
        days(&[20_076, 20_077, 20_080], forex[0]),
        days(&[20_081], forex[0]),
        days(&[20_083, 20_084], forex[0]),
    ];
    [
        ("spring of forex", Calendar::Forex, spring(forex)),
        ("autumn of forex", Calendar::Forex, autumn(forex)),
        ("Christmas of forex", Calendar::Forex, christmas.concat()),
        ("spring of metals", Calendar::Metals, spring(metals)),
        (
            "Thanksgiving of metals",
            Calendar::Metals,
            thanksgiving.concat(),
        ),
    ]
}

fn share_weeks() -> Vec<(&'static str, Vec<Session>)> {
    let half = (WINTER.0, 18 * 60);
    let half_in_summer = (SUMMER.0, 17 * 60);
    vec![
        (
            // 2024-02-26 to 2024-03-13: New York puts its clocks forward on Sunday the 10th
            "spring",
            [
                days(
                    &[19_779, 19_780, 19_781, 19_782, 19_783, 19_786, 19_787],
                    WINTER,
                ),
                days(&[19_788, 19_789, 19_790], WINTER),
                days(&[19_793, 19_794, 19_795], SUMMER),
            ]
            .concat(),
        ),
        (
            // 2024-10-21 to 2024-11-06: back on Sunday the 3rd of November
            "autumn",
            [
                days(
                    &[20_017, 20_018, 20_019, 20_020, 20_021, 20_024, 20_025],
                    SUMMER,
                ),
                days(&[20_026, 20_027, 20_028], SUMMER),
                days(&[20_031, 20_032, 20_033], WINTER),
            ]
            .concat(),
        ),
        (
            // 2024-11-15 to 2024-12-02: no session on Thursday the 28th, half a session the day after
            "Thanksgiving",
            [
                days(&[20_042, 20_045, 20_046, 20_047, 20_048, 20_049], WINTER),
                days(&[20_052, 20_053, 20_054], WINTER),
                days(&[20_056], half),
                days(&[20_059], WINTER),
            ]
            .concat(),
        ),
        (
            // 2024-12-12 to 2024-12-27: half a session on Tuesday the 24th, none on Christmas
            "Christmas",
            [
                days(&[20_069, 20_070, 20_073, 20_074, 20_075, 20_076], WINTER),
                days(&[20_077, 20_080], WINTER),
                days(&[20_081], half),
                days(&[20_083, 20_084], WINTER),
            ]
            .concat(),
        ),
        (
            // 2024-06-21 to 2024-07-08: half a session on Wednesday the 3rd, none on the 4th
            "Independence Day",
            [
                days(&[19_895, 19_898, 19_899, 19_900, 19_901, 19_902], SUMMER),
                days(&[19_905, 19_906], SUMMER),
                days(&[19_907], half_in_summer),
                days(&[19_909, 19_912], SUMMER),
            ]
            .concat(),
        ),
    ]
}

fn at((day, ..): Session, minutes: i64) -> Timestamp {
    Day(day).midnight_utc().plus_seconds(minutes * 60)
}

/// Bars of a week, with the session each belongs to.
fn bars_of(week: &[Session], minutes: i64) -> Vec<(Session, i64)> {
    let of = |session: &Session| {
        let (session, open, close) = (*session, session.1, session.2);
        (0..)
            .map(move |index| open + index * minutes)
            .take_while(move |start| *start < close)
            .map(move |start| (session, start))
    };
    week.iter().flat_map(of).collect()
}

/// What is expected: one trade a session from the first decision on, from its first open to the close of the bar that
/// contains close − lead.
fn expected(
    bars: &[(Session, i64)],
    minutes: i64,
    lead_s: i64,
    first: usize,
) -> Vec<(usize, usize)> {
    let mut trades = Vec::new();
    for row in 0..bars.len() {
        let ((day, _, close), start) = bars[row];
        // in seconds after midnight
        let leaves = close * 60 - lead_s;
        let end = (start + minutes).min(close) * 60;
        let begins = row == 0 || bars[row - 1].0.0 != day;
        // no bar of the session before it ends as late
        let contains = end >= leaves && (begins || start * 60 < leaves);
        if !contains {
            continue;
        }
        let of_session = (0..=row).rev().take_while(|row| bars[*row].0.0 == day);
        let entry = of_session.last().unwrap().max(first + 1);
        if entry <= row {
            trades.push((entry, row));
        }
    }
    trades
}

fn walk_week(
    calendar: Calendar,
    week: &[Session],
    minutes: i64,
    lead_s: u32,
) -> (Walked, Vec<(Session, i64)>) {
    let bars = bars_of(week, minutes);
    let mut columns = BarColumns::default();
    let mut rows = Vec::new();
    for (session, start) in &bars {
        let start = at(*session, *start);
        columns.push(start, [100.0, 100.5, 99.5, 100.0], 1.0);
        rows.push(PredictionRow {
            for_bar: start,
            value: 150.0,
            in_sample: false,
            confidence: None,
        });
    }
    let interval = BarInterval::minutes(minutes as u32);
    let series = BarSeries::new(interval, columns).unwrap();
    let bars_of_session = SessionBars::new(series, calendar).unwrap();
    let target = Target {
        field: TargetField::Close,
        kind: TargetKind::Price,
        horizon_bars: 1,
    };
    let predictions = PredictionSeries::new(target, rows).unwrap();
    let mut config = RunConfig {
        interval,
        costs: Costs::FREE,
        prediction: PredictionConfig::of(&predictions),
        ..RunConfig::default()
    };
    config.strategy.predicted_move_mut().unwrap().k_sigma_err = 0.0;
    config.policy.exit_at_session_end = true;
    config.policy.exit_lead_s = lead_s;
    let instrument = Instrument {
        calendar,
        ..Instrument::us_share("SEAM")
    };
    let prepared =
        Prepared::with_predictions(bars_of_session, config.prediction, &predictions).unwrap();
    let market = Market {
        prepared: &prepared,
        instrument: &instrument,
    };
    (walk(&[market], &config).unwrap(), bars)
}

#[test]
fn positions_leave_before_the_close_whatever_the_clocks_do() {
    let mut trades = 0;
    for (name, calendar, week) in weeks() {
        for minutes in [5, 15, 30, 60, 240] {
            for lead_s in [
                0, 1, 60, 600, 1_800, 3_599, 3_600, 3_601, 12_600, 23_400, 86_399,
            ] {
                let (walked, bars) = walk_week(calendar, &week, minutes, lead_s);
                // ATR(14) is known at the fifteenth bar
                let expected = expected(&bars, minutes, i64::from(lead_s), 14);
                let row = |time: Timestamp| {
                    bars.iter()
                        .position(|(session, start)| at(*session, *start) == time)
                        .unwrap()
                };
                let found: Vec<(usize, usize)> = walked
                    .engine
                    .trades()
                    .iter()
                    .filter(|trade| trade.exit_reason == ExitReason::SessionEnd)
                    .map(|trade| (row(trade.entry_at), row(trade.exit_at)))
                    .collect();
                let case = format!("{name}, {minutes} minutes, lead {lead_s}");
                let others = walked.engine.trades().len() - found.len();
                assert_eq!(others, 0, "{case}");
                assert_eq!(found, expected, "{case}");
                trades += found.len();
            }
        }
    }
    assert!(trades > 500, "{trades}");
}
