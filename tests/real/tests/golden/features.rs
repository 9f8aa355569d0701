//! Feature set A as pandas and TA-Lib give it, on SPY and on Apple's shares over a split.

use std::fmt::Write as _;
use std::io::Read as _;

use atrium_shared::base::time::{BarInterval, Day, Timestamp};
use atrium_shared::market::actions::{ActionKind, Actions, CorporateAction, parse_factor_file};
use atrium_shared::market::bars::{BarColumns, BarSeries, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::signal::features::{
    FeatureMatrix, FeatureSpec, Scaler, check_look_ahead, check_stable_history, every_feature,
};
use flate2::read::DeflateDecoder;
use serde::Deserialize;

use super::{Exact, assert_close, golden, seconds, sha256, spy_bars, spy_minutes};

#[derive(Deserialize)]
struct Features {
    names: Vec<String>,
    exact: Vec<String>,
    spy_60min: Pinned,
    apple_1day: Pinned,
}

#[derive(Deserialize)]
struct Pinned {
    rows: usize,
    warm_up: usize,
    sha256: String,
    training_rows: usize,
    mean: Vec<Exact>,
    deviation: Vec<Exact>,
    values: Vec<(usize, Vec<Exact>)>,
    #[serde(default)]
    actions: Vec<(String, String, f64)>,
}

fn compare(golden: &Features, pinned: &Pinned, bars: &SessionBars, actions: &Actions) {
    let spec = FeatureSpec::set("A").unwrap();
    assert_eq!(spec.names().collect::<Vec<_>>(), golden.names);
    let matrix = FeatureMatrix::compute(&spec, bars, actions).unwrap();
    assert_eq!(
        (
            matrix.rows(),
            matrix.dropped().warm_up,
            matrix.dropped().undefined
        ),
        (pinned.rows, pinned.warm_up, 0)
    );

    let exact: Vec<usize> = golden
        .exact
        .iter()
        .map(|name| golden.names.iter().position(|other| other == name).unwrap())
        .collect();
    let mut text = String::new();
    for (row, start) in matrix.start().iter().enumerate() {
        write!(text, "{}", seconds(*start)).unwrap();
        for &column in &exact {
            write!(text, " {:016x}", matrix.row(row).unwrap()[column].to_bits()).unwrap();
        }
        text.push('\n');
    }
    assert_eq!(sha256(&text), pinned.sha256);

    for (row, values) in &pinned.values {
        for ((ours, Exact(theirs)), name) in matrix
            .row(*row)
            .unwrap()
            .iter()
            .zip(values)
            .zip(&golden.names)
        {
            // a log return near 0 keeps the digits of its prices, not its own
            let allowed = if name == "log_return" {
                1e-15
            } else {
                1e-12 * theirs.abs()
            };
            assert!(
                (ours - theirs).abs() <= allowed,
                "{name} of row {row}: {ours} is not {theirs}"
            );
        }
    }
    let scaler = Scaler::fit(&matrix, 0..pinned.training_rows).unwrap();
    let fitted = scaler.mean().iter().zip(scaler.deviation());
    for ((mean, deviation), (name, column)) in fitted.zip(golden.names.iter().zip(0..)) {
        assert_close(*mean, pinned.mean[column].0, name);
        assert_close(*deviation, pinned.deviation[column].0, name);
    }
}

#[test]
fn set_a_of_spy_is_that_of_pandas() {
    let Some(minutes) = spy_minutes() else { return };
    let golden: Features = golden("features.json");
    let bars = spy_bars(&minutes, BarInterval::minutes(60)).bars;
    compare(&golden, &golden.spy_60min, &bars, &Actions::default());
}

/// The file in a zip archive of one file.
fn unzipped(archive: &[u8]) -> String {
    let length = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
    let content = 30 + length(26) + length(28);
    let mut text = String::new();
    DeflateDecoder::new(&archive[content..])
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// Apple's raw days of a year, as LEAN writes them: `yyyymmdd 00:00,open,high,low,close,volume`, prices in ten-thousandths.
fn apple_days(year: &str) -> Option<SessionBars> {
    let path = atrium_tests::test_data("lean/Data/equity/usa/daily/aapl.zip")?;
    let text = unzipped(&std::fs::read(path).unwrap());
    let mut columns = BarColumns::default();
    for line in text.lines().filter(|line| line.starts_with(year)) {
        let (date, values) = line.split_once(" 00:00,").unwrap();
        let date = format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
        let values: Vec<f64> = values
            .split(',')
            .map(|value| value.parse().unwrap())
            .collect();
        let price = |place: usize| values[place] / 10_000.0;
        columns.push(
            day(&date).midnight_utc(),
            [price(0), price(1), price(2), price(3)],
            values[4],
        );
    }
    let days = BarSeries::new(BarInterval::Day, columns).unwrap();
    Some(
        resample(&days, BarInterval::Day, Calendar::Nyse)
            .unwrap()
            .bars,
    )
}

fn day(date: &str) -> Day {
    let midnight: Timestamp = serde_json::from_value(format!("{date}T00:00:00Z").into()).unwrap();
    midnight.utc_day()
}

#[test]
fn set_a_of_apple_over_its_split_is_that_of_pandas() {
    let Some(bars) = apple_days("2014") else {
        return;
    };
    let golden: Features = golden("features.json");
    let listed = golden
        .apple_1day
        .actions
        .iter()
        .map(|(date, kind, value)| CorporateAction {
            first_day: day(date),
            kind: match kind.as_str() {
                "split" => ActionKind::Split { ratio: *value },
                _ => ActionKind::Dividend { factor: *value },
            },
        });
    let actions = Actions::new(listed.collect()).unwrap();
    assert_eq!(actions.list().len(), 5);
    let (first, last) = (day("2014-01-02"), day("2014-12-31"));
    let path = atrium_tests::test_data("lean/Data/equity/usa/factor_files/aapl.csv").unwrap();
    let file = std::fs::read_to_string(path).unwrap();
    let all = parse_factor_file(&file, Calendar::Nyse).unwrap();
    let of_year = all
        .list()
        .iter()
        .filter(|action| action.first_day > first && action.first_day <= last);
    assert_eq!(
        Actions::new(of_year.copied().collect()),
        Ok(actions.clone())
    );
    compare(&golden, &golden.apple_1day, &bars, &actions);

    let largest_return = |actions: &Actions| {
        let spec = FeatureSpec::parse("log_return").unwrap();
        let matrix = FeatureMatrix::compute(&spec, &bars, actions).unwrap();
        matrix
            .column(0)
            .map(f64::abs)
            .fold(0.0, |a, b| if b > a { b } else { a })
    };
    assert!(
        largest_return(&Actions::default()) > 1.9,
        "raw prices fall to a seventh"
    );
    assert!(largest_return(&actions) < 0.1);
}

#[test]
fn features_of_real_bars_are_causal_and_stable() {
    let Some(minutes) = spy_minutes() else { return };
    let all = FeatureSpec::new("all", every_feature()).unwrap();
    let none = Actions::default();
    for (interval, points) in [(60, 10_000), (5, 100_000), (1, 10_000)] {
        let bars = spy_bars(&minutes, BarInterval::minutes(interval)).bars;
        let report =
            check_look_ahead(&bars, &none, 6, |bars, known| all.columns(bars, known)).unwrap();
        assert!(report.points >= 4, "{report:?}");
        let stable = check_stable_history(&all, &bars, &none, points).unwrap();
        let report = stable.unwrap_or_else(|unstable| panic!("{interval} min: {unstable}"));
        assert!(report.largest_difference < 1e-6);
    }
}
