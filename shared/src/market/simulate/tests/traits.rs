//! Statistics of the demo's returns and volumes, within the bounds that are found in recorded markets.

use super::*;
use crate::base::time::BarInterval;
use crate::market::curate::{Resampled, resample};

/// A session of adjusted prices.
struct Session {
    day: Day,
    open: f64,
    close: f64,
    volume: f64,
}

fn sessions(symbol: &str) -> Vec<Session> {
    let (calendar, simulated) = (calendar(symbol), simulated(symbol));
    let mut sessions: Vec<Session> = Vec::new();
    for (start, [open, _, _, close], volume) in simulated.bars.rows() {
        let day = calendar.local_day(start);
        let factor = simulated.actions.factor(day);
        match sessions.last_mut() {
            Some(last) if last.day == day => {
                last.close = close * factor;
                last.volume += volume;
            }
            _ => sessions.push(Session {
                day,
                open: open * factor,
                close: close * factor,
                volume,
            }),
        }
    }
    sessions
}

/// Log returns from close to close.
fn daily(symbol: &str) -> Vec<f64> {
    let sessions = sessions(symbol);
    let ratio = |pair: &[Session]| math::ln(pair[1].close / pair[0].close);
    sessions.windows(2).map(ratio).collect()
}

/// Log returns of a minute's open to its close, those around a halt or a bad tick among them.
fn minutely(symbol: &str) -> Vec<f64> {
    let bars = &simulated(symbol).bars;
    let each = bars.open().iter().zip(bars.close());
    each.map(|(open, close)| math::ln(close / open)).collect()
}

fn mean(values: &[f64]) -> f64 {
    math::mean(values).unwrap()
}

/// The mean of a power of the deviations from the mean.
fn moment(values: &[f64], power: usize) -> f64 {
    let centre = mean(values);
    let raised = |value: &f64| (0..power).fold(1.0, |product, _| product * (value - centre));
    mean(&values.iter().map(raised).collect::<Vec<f64>>())
}

fn kurtosis(values: &[f64]) -> f64 {
    let variance = moment(values, 2);
    moment(values, 4) / (variance * variance)
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (of_a, of_b) = (mean(a), mean(b));
    let products: Vec<f64> = a
        .iter()
        .zip(b)
        .map(|(x, y)| (x - of_a) * (y - of_b))
        .collect();
    mean(&products) / math::sqrt(moment(a, 2) * moment(b, 2))
}

fn autocorrelation(values: &[f64], lag: usize) -> f64 {
    correlation(&values[..values.len() - lag], &values[lag..])
}

fn squared(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value * value).collect()
}

fn sizes(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.abs()).collect()
}

const MODELLED: [&str; 4] = ["SIMA", "SIMB", "SIMEURUSD", "SIMBTCUSD"];

#[track_caller]
fn within(value: f64, bounds: core::ops::Range<f64>, what: &str) {
    assert!(bounds.contains(&value), "{what}: {value:.4}");
}

#[test]
fn volatility_is_what_was_asked_for() {
    for (symbol, asked) in [
        ("SIM", 0.24),
        ("SIMA", 0.38),
        ("SIMB", 0.2),
        ("SIMEURUSD", 0.07),
        ("SIMBTCUSD", 0.55),
    ] {
        let a_year = math::sqrt(moment(&daily(symbol), 2) * calendar(symbol).sessions_per_year());
        // log volatility wanders, and its mean of two years still does by a tenth
        within(a_year / asked, 0.7..1.35, symbol);
    }
}

#[test]
fn tails_are_fat_by_the_day_and_fatter_by_the_minute() {
    for symbol in MODELLED {
        within(kurtosis(&daily(symbol)), 3.5..12.0, symbol);
        within(kurtosis(&minutely(symbol)), 8.0..80.0, symbol);
    }
}

#[test]
fn volatility_clusters_though_returns_cannot_be_told() {
    for symbol in MODELLED {
        let returns = daily(symbol);
        within(autocorrelation(&returns, 1), -0.12..0.12, symbol);
        let clustered: Vec<f64> = (1..=5)
            .map(|lag| autocorrelation(&squared(&returns), lag))
            .collect();
        within(mean(&clustered), 0.05..0.4, symbol);
        let minutes = minutely(symbol);
        within(autocorrelation(&minutes, 1), -0.02..0.02, symbol);
        within(autocorrelation(&sizes(&minutes), 1), 0.15..0.5, symbol);
        within(autocorrelation(&sizes(&minutes), 60), 0.08..0.4, symbol);
    }
}

/// Falling prices are followed by greater moves than rising ones.
#[test]
fn volatility_rises_when_prices_fall() {
    for symbol in ["SIMA", "SIMB"] {
        let returns = daily(symbol);
        let next = squared(&returns[1..]);
        within(
            correlation(&returns[..next.len()], &next),
            -0.4..-0.03,
            symbol,
        );
    }
}

#[test]
fn nights_and_weekends_bring_gaps_where_the_market_closes() {
    for (symbol, bounds) in [
        ("SIM", 0.15..0.25),
        ("SIMA", 0.2..0.4),
        ("SIMB", 0.15..0.35),
        ("SIMEURUSD", 0.01..0.1),
        ("SIMBTCUSD", 0.0..0.001),
    ] {
        let sessions = sessions(symbol);
        let gap = |pair: &[Session]| math::ln(pair[1].open / pair[0].close);
        let gaps: Vec<f64> = sessions.windows(2).map(gap).collect();
        within(moment(&gaps, 2) / moment(&daily(symbol), 2), bounds, symbol);
    }
}

/// Mean volume and mean size of a return by minute of the session; ordinary sessions alone.
fn course(symbol: &str) -> (Vec<f64>, Vec<f64>) {
    let calendar = calendar(symbol);
    let simulated = simulated(symbol);
    let mut course = (Vec::new(), Vec::new());
    let mut count = Vec::new();
    let mut known = None;
    for ((start, _, volume), change) in simulated.bars.rows().zip(minutely(symbol)) {
        let day = calendar.local_day(start);
        if known.is_none_or(|(of, _)| of != day) {
            known = Some((day, calendar.session(day).unwrap().unwrap()));
        }
        let session = known.unwrap().1;
        let minute = (start.micros_since(session.open) / 60_000_000) as usize;
        if count.len() <= minute {
            for column in [&mut course.0, &mut course.1, &mut count] {
                column.resize(minute + 1, 0.0);
            }
        }
        if !session.early_close {
            let shares = simulated.actions.split_factor(day);
            course.0[minute] += volume / shares;
            course.1[minute] += change.abs();
            count[minute] += 1.0;
        }
    }
    for (minute, count) in count.iter().enumerate() {
        course.0[minute] /= count;
        course.1[minute] /= count;
    }
    course
}

#[test]
fn shares_are_busiest_at_the_open_and_at_the_close() {
    for symbol in ["SIM", "SIMA", "SIMB"] {
        let (volume, size) = course(symbol);
        let midday = (mean(&volume[165..225]), mean(&size[165..225]));
        let open = (mean(&volume[..30]) / midday.0, mean(&size[..30]) / midday.1);
        let close = (
            mean(&volume[360..]) / midday.0,
            mean(&size[360..]) / midday.1,
        );
        within(open.0, 2.0..5.0, symbol);
        within(close.0, 2.0..5.0, symbol);
        within(open.1, 1.4..3.0, symbol);
        within(close.1, 1.2..3.0, symbol);
    }
}

#[test]
fn a_currency_pair_is_liveliest_while_london_and_new_york_trade() {
    let (volume, size) = course("SIMEURUSD");
    // from 17:00 in New York: 8:00 to 12:00 against 17:00 to 1:00
    let overlap = (mean(&volume[900..1_140]), mean(&size[900..1_140]));
    let asia = (mean(&volume[..480]), mean(&size[..480]));
    within(overlap.0 / asia.0, 2.5..6.0, "volume");
    within(overlap.1 / asia.1, 1.8..4.0, "volatility");
}

#[test]
fn coins_trade_less_at_weekends() {
    let (mut weekdays, mut weekends) = (Vec::new(), Vec::new());
    for session in sessions("SIMBTCUSD") {
        let weekday = session.day.date().unwrap().weekday().to_monday_one_offset();
        let volumes = if weekday > 5 {
            &mut weekends
        } else {
            &mut weekdays
        };
        volumes.push(session.volume);
    }
    within(mean(&weekends) / mean(&weekdays), 0.45..0.75, "volume");
}

#[test]
fn volume_goes_with_the_size_of_moves() {
    for symbol in MODELLED {
        let (calendar, simulated) = (calendar(symbol), simulated(symbol));
        let adjusted =
            |(start, _, volume)| volume / simulated.actions.split_factor(calendar.local_day(start));
        let volumes: Vec<f64> = simulated.bars.rows().map(adjusted).collect();
        let together = correlation(&sizes(&minutely(symbol)), &volumes);
        within(together, 0.25..0.8, symbol);
    }
}

#[test]
fn shares_move_together_and_with_nothing_else() {
    let (a, b) = (daily("SIMA"), daily("SIMB"));
    within(correlation(&a, &b), 0.1..0.6, "SIMA and SIMB");
    let sample = daily("SIM");
    within(correlation(&a, &sample), -0.12..0.12, "SIMA and SIM");
}

/// Daily bars of a currency pair end at 17:00 in New York, summer and winter, and are named by the date of their close.
#[test]
fn a_forex_day_is_cut_from_evening_to_evening() {
    let bars = &simulated("SIMEURUSD").bars;
    let Resampled { bars: days, report } =
        resample(bars, BarInterval::Day, Calendar::Forex).unwrap();
    assert_eq!((report.left_out, report.folded), (0, 0));
    // 523 weekdays in 2024 and 2025, less Christmas and New Year's Day of both
    assert_eq!(days.series().len(), 519);
    for (on, open, close) in [
        ("2024-01-02", "2024-01-01T22:00:00Z", "2024-01-02T22:00:00Z"),
        ("2024-03-08", "2024-03-07T22:00:00Z", "2024-03-08T22:00:00Z"),
        ("2024-03-11", "2024-03-10T21:00:00Z", "2024-03-11T21:00:00Z"),
        ("2024-11-04", "2024-11-03T22:00:00Z", "2024-11-04T22:00:00Z"),
        ("2024-12-26", "2024-12-25T22:00:00Z", "2024-12-26T22:00:00Z"),
    ] {
        let index = days.session().binary_search(&day(on)).unwrap();
        let times = (days.series().start()[index], days.end()[index]);
        assert_eq!(times, (time(open), time(close)), "{on}");
        let first = bars.start().binary_search(&time(open)).unwrap();
        assert_eq!(
            days.series().open()[index].to_bits(),
            bars.open()[first].to_bits()
        );
        let last = bars.start().partition_point(|start| *start < time(close)) - 1;
        assert_eq!(
            days.series().close()[index].to_bits(),
            bars.close()[last].to_bits()
        );
    }
    let four_hours = BarInterval::minutes(240);
    let cut = resample(bars, four_hours, Calendar::Forex).unwrap().bars;
    assert_eq!(cut.series().len(), 519 * 6);
    assert_eq!(cut.series().start()[0], time("2024-01-01T22:00:00Z"));
}

/// A metals session of 23 hours gives five bars of four hours and one of three; what is stamped in the break is in no session.
#[test]
fn a_metals_day_has_a_break_before_it() {
    let gold = Market {
        calendar: Calendar::Metals,
        from: day("2024-03-08"),
        to: day("2024-03-12"),
        ..super::super::demo::GROWING
    };
    let bars = simulate_market(&gold).unwrap().bars;
    assert_eq!(bars.len(), 3 * 23 * 60);
    let four_hours = BarInterval::minutes(240);
    let cut = resample(&bars, four_hours, Calendar::Metals).unwrap().bars;
    let starts: Vec<String> = cut
        .series()
        .start()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(starts.len(), 18);
    assert_eq!(starts[0], "2024-03-07T23:00:00Z");
    assert_eq!(starts[6], "2024-03-10T22:00:00Z");
    assert_eq!(
        (cut.series().start()[5], cut.end()[5]),
        (time("2024-03-08T19:00:00Z"), time("2024-03-08T22:00:00Z"))
    );
    let mut columns = BarColumns::default();
    for minute in 0..90 {
        // from 16:45 in New York on a Monday
        let start = time("2024-03-11T20:45:00Z").plus_seconds(minute * 60);
        columns.push(start, [2_000.0; 4], 1.0);
    }
    let over_the_break = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
    let cut = resample(&over_the_break, BarInterval::Day, Calendar::Metals).unwrap();
    assert_eq!(cut.bars.session(), [day("2024-03-11"), day("2024-03-12")]);
    // the print of 17:00 closes the day
    assert_eq!((cut.report.left_out, cut.report.folded), (59, 1));
}
