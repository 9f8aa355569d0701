//! What holds for every feature, those to come included.

use super::*;
use crate::base::time::{BarInterval, Day};
use crate::market::actions::{ActionKind, Actions, CorporateAction};
use crate::market::bars::{BarColumns, BarSeries, SessionBars};
use crate::market::calendar::Calendar;
use crate::market::curate::resample;
use crate::market::simulate::{SAMPLE, Simulation, simulate};
use crate::signal::indicators::{History, INDICATORS};

fn bars(days: i32, interval: BarInterval) -> SessionBars {
    let market = Simulation {
        to: Day(SAMPLE.from.0 + days),
        ..SAMPLE
    };
    let minutes = simulate(&market).unwrap();
    resample(&minutes, interval, Calendar::Nyse).unwrap().bars
}

/// Bars of one price each, a minute apart.
fn priced(prices: &[f64]) -> SessionBars {
    traded(prices.iter().map(|&price| (price, 5.0)))
}

/// Bars of one price and one volume each, a minute apart.
fn traded(rows: impl Iterator<Item = (f64, f64)>) -> SessionBars {
    let mut columns = BarColumns::default();
    for (index, (price, volume)) in rows.enumerate() {
        let start = Day(20_000).midnight_utc().plus_seconds(60 * index as i64);
        columns.push(start, [price; 4], volume);
    }
    let series = BarSeries::new(BarInterval::minutes(1), columns).unwrap();
    SessionBars::new(series, Calendar::Crypto).unwrap()
}

fn none() -> Actions {
    Actions::default()
}

/// A 4:1 split, its first session so many days after the first of the sample.
fn split(days: i32) -> Actions {
    let split = CorporateAction {
        first_day: Day(SAMPLE.from.0 + days),
        kind: ActionKind::Split { ratio: 4.0 },
    };
    Actions::new(vec![split]).unwrap()
}

fn spec(list: &str) -> FeatureSpec {
    FeatureSpec::parse(list).unwrap()
}

fn refused(list: &str) -> String {
    FeatureSpec::parse(list).unwrap_err().to_string()
}

fn all() -> FeatureSpec {
    FeatureSpec::new("all", every_feature()).unwrap()
}

#[test]
fn no_feature_looks_ahead() {
    for (interval, days) in [(60, 60), (5, 12)] {
        let bars = bars(days, BarInterval::minutes(interval));
        // a split among the bars and one ahead of them all
        for actions in [none(), split(days / 3), split(days + 30)] {
            let compute = |bars: &_, known: &_| all().columns(bars, known);
            let report = check_look_ahead(&bars, &actions, 24, compute).unwrap();
            assert_eq!(
                (report.bars, report.points >= 20),
                (bars.series().len(), true)
            );
        }
    }
}

type Cheat = fn(&SessionBars) -> Vec<Option<f64>>;

/// Four ways to look ahead: at the next bar, at all bars, at where the recorded bars end, and at what seldom comes.
const CHEATS: [(&str, Cheat, Hidden); 4] = [
    (
        "next_close",
        |bars| {
            let next = bars.series().close().iter().skip(1).copied().map(Some);
            next.chain([None]).collect()
        },
        Hidden::Cut,
    ),
    (
        "close_to_highest",
        |bars| {
            let close = bars.series().close();
            let highest = close
                .iter()
                .copied()
                .fold(0.0, |a, b| if b > a { b } else { a });
            close.iter().map(|close| Some(close / highest)).collect()
        },
        Hidden::Cut,
    ),
    (
        "last_of_session",
        |bars| {
            bars.closes_session()
                .map(|last| Some(f64::from(u8::from(last))))
                .collect()
        },
        Hidden::Cut,
    ),
    (
        "jump_ahead",
        |bars| {
            let close = bars.series().close();
            let jumps = close
                .windows(2)
                .map(|pair| Some(f64::from(u8::from(pair[1] > pair[0] * 1.1))));
            jumps.chain([Some(0.0)]).collect()
        },
        Hidden::Changed,
    ),
];

#[test]
fn a_feature_that_looks_ahead_is_caught_and_named() {
    let bars = bars(60, BarInterval::minutes(60));
    for (name, cheat, hidden) in CHEATS {
        let checked = check_look_ahead(&bars, &none(), 24, |bars, known| {
            let mut columns = spec("close, sma_7").columns(bars, known)?;
            columns.push(BarColumn {
                name: name.to_owned(),
                values: cheat(bars),
            });
            Ok::<_, FeatureError>(columns)
        });
        let Err(LookAheadError::Violation(found)) = checked else {
            panic!("{name}: {checked:?}");
        };
        assert_eq!((found.name.as_str(), found.hidden), (name, hidden));
        assert_ne!(found.with_future, found.without_future);
        assert_eq!(found.start, bars.series().start()[found.bar]);
        assert!(found.start < found.hidden_from);
        assert!(
            found
                .to_string()
                .starts_with(&format!("{name} looks ahead: at bar {} (2", found.bar))
        );
    }
    // to give no column where there is no future tells of it too
    let fewer = check_look_ahead(&bars, &none(), 2, |shown, known| {
        let list = if shown == &bars {
            "close, sma_7"
        } else {
            "close"
        };
        spec(list).columns(shown, known)
    });
    assert!(
        fewer
            .unwrap_err()
            .to_string()
            .contains("[\"close\", \"sma_7\"]")
    );
}

/// Prices of an adjusted chart stand on the basis after the last action, so each one tells of the actions to come.
#[test]
fn prices_adjusted_by_actions_ahead_are_caught() {
    let bars = bars(60, BarInterval::minutes(60));
    for days in [30, 90] {
        let checked = check_look_ahead(&bars, &split(days), 24, |bars, known| {
            let close = bars.series().close().iter().zip(bars.session());
            let values = close.map(|(close, day)| Some(close * known.factor(*day)));
            Ok::<_, FeatureError>(vec![BarColumn {
                name: "adjusted".to_owned(),
                values: values.collect(),
            }])
        });
        let Err(LookAheadError::Violation(found)) = checked else {
            panic!("{days}: {checked:?}");
        };
        assert_eq!((found.bar, found.hidden), (0, Hidden::Cut));
    }
    // none is known, so there is none to hide: one that is made up is seen
    let checked = check_look_ahead(&bars, &none(), 24, |bars, known| {
        let close = bars.series().close().iter().zip(bars.session());
        let values = close.map(|(close, day)| Some(close * known.factor(*day)));
        Ok::<_, FeatureError>(vec![BarColumn {
            name: "adjusted".to_owned(),
            values: values.collect(),
        }])
    });
    let Err(LookAheadError::Violation(found)) = checked else {
        panic!("{checked:?}");
    };
    assert_eq!((found.bar, found.hidden), (0, Hidden::Changed));
}

#[test]
fn every_feature_is_stable_with_the_history_that_it_declares() {
    for (interval, days) in [(60, 400), (5, 20)] {
        let bars = bars(days, BarInterval::minutes(interval));
        let report = check_stable_history(&all(), &bars, &split(20), 60).unwrap();
        let report = report.unwrap_or_else(|unstable| panic!("{unstable}"));
        assert!(report.values > 60 * 30, "{report:?}");
    }
}

#[test]
fn every_feature_declares_what_it_is() {
    let features = every_feature();
    let outputs: usize = INDICATORS.iter().map(|entry| entry.outputs.len()).sum();
    // on-balance volume alone has no stable history
    assert_eq!(features.len(), FEATURES.len() + outputs - 1);
    let mut names: Vec<&str> = Vec::new();
    for feature in &features {
        assert!(
            !feature.title().is_empty() && !feature.formula().is_empty(),
            "{feature}"
        );
        assert!(
            !feature.inputs().is_empty() && feature.history() != History::Everything,
            "{feature}"
        );
        assert_eq!(feature.name().parse::<Feature>().as_ref(), Ok(feature));
        names.push(feature.name());
    }
    names.extend(FEATURES.iter().flat_map(|entry| entry.aliases));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two features share a name");
}

#[test]
fn the_first_row_comes_after_the_longest_lookback() {
    let bars = bars(60, BarInterval::minutes(60));
    for feature in every_feature() {
        let spec = FeatureSpec::new("one", vec![feature.clone()]).unwrap();
        let matrix = FeatureMatrix::compute(&spec, &bars, &none()).unwrap();
        assert_eq!(matrix.dropped().warm_up, feature.lookback_bars());
        assert_eq!(matrix.bar_index()[0], feature.lookback_bars(), "{feature}");
    }
    let set = FeatureSpec::set("a").unwrap();
    assert_eq!(set.lookback_bars(), 20);
    let history = set.stable_history();
    assert!(
        (200..600).contains(&history.bars) && !history.whole_session,
        "{history:?}"
    );
    assert!(spec("vwap").stable_history().whole_session);
}

#[test]
fn names_are_read_in_any_form_and_written_in_one() {
    for (text, name) in [
        (" SMA_7 ", "sma_7"),
        ("rsi", "rsi_14"),
        ("DayOfWeek", "day_of_week"),
        ("Hour", "hour"),
        ("log_return_1", "log_return"),
        ("log_return_5", "log_return_5"),
        ("bb_upper_20_1.50", "bb_upper_20_1.5"),
        ("MACD_signal", "macd_signal_12_26_9"),
        ("macd_5", "macd_5_26_9"),
        ("sma_20:Volume", "sma_20:volume"),
        ("sma_20:close", "sma_20"),
        ("close_to_sma", "close_to_sma_21"),
    ] {
        assert_eq!(
            text.parse::<Feature>().map(|f| f.to_string()),
            Ok(name.to_owned())
        );
    }
    let volume: Feature = "sma_20:volume".parse().unwrap();
    assert_eq!((volume.inputs(), volume.unit()), ("volume", Unit::Volume));
    assert_eq!(volume.parameters().collect::<Vec<_>>(), [("period", 20.0)]);
}

#[test]
fn a_wrong_name_is_told_what_is_right() {
    assert!(refused("smma_7").starts_with("there is no feature \"smma_7\"; there are open, high"));
    assert_eq!(
        refused("hour_3"),
        "\"hour_3\" has 1 parameters, but hour takes none"
    );
    assert_eq!(
        refused("sma_7_8"),
        "\"sma_7_8\" has 2 parameters, but sma takes period"
    );
    assert_eq!(
        refused("rsi_1"),
        "\"rsi_1\": rsi: period is 1, but must be a number from 2 to 100000"
    );
    assert_eq!(
        refused("close_to_sma_2.5"),
        "\"close_to_sma_2.5\": period is 2.5, but must be a whole number from 1 to 100000"
    );
    assert!(
        refused("sma_7:bid")
            .starts_with("\"sma_7:bid\": \"bid\" is no column; there are open, high, low")
    );
    assert_eq!(
        refused("atr:volume"),
        "\"atr:volume\": atr always reads high, low, close: leave out the column"
    );
    assert!(refused("hour:volume").contains("hour always reads start"));
    assert!(refused("obv").starts_with("obv cannot be a feature"));
    assert_eq!(
        refused("sma_7,SMA_7"),
        "the feature sma_7 is in the list more than once"
    );
    assert!(refused(" , ").starts_with("the list of features is empty"));
    let error = FeatureSpec::set("Z").unwrap_err().to_string();
    assert_eq!(error, "there is no feature set \"Z\"; there are A");
    assert!(refused(&"x".repeat(10_000)).len() < 1_000);
}

#[test]
fn a_list_is_known_by_its_features_in_their_order() {
    let set = FeatureSpec::set("A").unwrap();
    let listed = "Open,High,Low,Close,SMA_7,SMA_21,RSI_14,Hour,DayOfWeek,log_return";
    assert_eq!(spec(listed), set);
    assert_eq!((spec(listed).name(), spec("close").name()), ("A", "custom"));
    assert_ne!(spec("open,close").hash(), spec("close,open").hash());
    assert_ne!(spec("sma_7").hash(), spec("sma_21").hash());

    let text = serde_json::to_string(&set).unwrap();
    assert_eq!(serde_json::from_str::<FeatureSpec>(&text).unwrap(), set);
    let other = text.replace("sma_21", "sma_20");
    let error = serde_json::from_str::<FeatureSpec>(&other)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("their formulas have changed since"),
        "{error}"
    );
}

#[test]
fn rows_are_what_the_stream_gives_bar_by_bar() {
    let bars = bars(30, BarInterval::minutes(30));
    let spec = all();
    let matrix = FeatureMatrix::compute(&spec, &bars, &split(20)).unwrap();
    let mut stream = spec.stream().unwrap();
    let mut rows = 0;
    for (index, bar) in feature_bars(&bars, &split(20)).enumerate() {
        let row: Option<Vec<f64>> = stream.update(&bar).iter().copied().collect();
        let place = matrix.bar_index().iter().position(|bar| *bar == index);
        assert_eq!(
            row.as_deref(),
            place.and_then(|row| matrix.row(row)),
            "bar {index}"
        );
        rows += usize::from(row.is_some());
    }
    assert_eq!(rows, matrix.rows());
    assert_eq!(matrix.values().len(), rows * spec.features().len());
    assert_eq!(matrix.row(rows), None);
    assert_eq!(matrix.to_f32().unwrap().len(), matrix.values().len());
    let close: Vec<f64> = matrix.column(3).collect();
    assert_eq!(close.len(), rows);
    let last = bars.series().close().last().map(|close| close * 4.0);
    assert_eq!(close.last().copied(), last);
}

#[test]
fn bars_without_a_value_give_no_row_and_are_counted() {
    // %b does not exist where the bands meet: at bars 3 to 5 of these
    let bars = priced(&[1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 4.0, 5.0]);
    let matrix = FeatureMatrix::compute(&spec("close, bb_percent_2"), &bars, &none()).unwrap();
    assert_eq!(matrix.bar_index(), [1, 2, 6, 7]);
    let dropped = matrix.dropped();
    assert_eq!((dropped.warm_up, dropped.undefined), (1, 3));
    assert_eq!(
        (
            dropped.by_feature[0].feature.as_str(),
            dropped.by_feature[0].bars
        ),
        ("bb_percent_2_2", 3)
    );

    let few = FeatureMatrix::compute(&spec("close, sma_9"), &bars, &none()).unwrap_err();
    assert!(
        few.to_string()
            .starts_with("the 8 bars give no row: sma_9 needs 8 bars before"),
        "{few}"
    );
    let of_volumes = |volumes: &[f64]| traded(volumes.iter().map(|&volume| (1.0, volume)));
    let huge = of_volumes(&[1.0, 1e300]);
    let huge = FeatureMatrix::compute(&spec("volume"), &huge, &none()).unwrap();
    assert_eq!(
        huge.to_f32().unwrap_err().to_string().split(',').next(),
        Some(format!("volume is {} in the row of 1", 1e300)).as_deref()
    );
    // a value that overflows is none
    let overflowing = of_volumes(&[1.0, 2.0, 1.7e308, 1.7e308]);
    let sums = FeatureMatrix::compute(&spec("sma_2:volume"), &overflowing, &none()).unwrap();
    assert_eq!((sums.rows(), sums.dropped().undefined), (2, 1));
}

#[test]
fn the_digest_is_of_features_interval_keys_and_values() {
    let bars = priced(&[1.0, 2.0, 3.0]);
    let digest = |list: &str, bars: &SessionBars| {
        let matrix = FeatureMatrix::compute(&spec(list), bars, &none()).unwrap();
        matrix.digest().unwrap()
    };
    assert_eq!(digest("close", &bars), digest("close", &bars));
    // open and close are equal here, but not the same feature
    assert_ne!(digest("close", &bars), digest("open", &bars));
    assert_ne!(
        digest("close", &bars),
        digest("close", &priced(&[1.0, 2.0, 3.5]))
    );
}

#[test]
fn a_split_changes_nothing_before_it_and_prices_and_volumes_by_its_ratio_after_it() {
    let bars = bars(60, BarInterval::minutes(60));
    let first_day = Day(SAMPLE.from.0 + 30);
    let raw = FeatureMatrix::compute(&all(), &bars, &none()).unwrap();
    let ahead = FeatureMatrix::compute(&all(), &bars, &split(90)).unwrap();
    assert_eq!(ahead, raw);
    // bars that fall to a quarter at the split, on four times the volume
    let mut columns = BarColumns::default();
    for ((start, prices, volume), day) in bars.series().rows().zip(bars.session()) {
        let ratio = if *day < first_day { 1.0 } else { 4.0 };
        columns.push(start, prices.map(|price| price / ratio), volume * ratio);
    }
    let series = BarSeries::new(bars.series().interval(), columns).unwrap();
    let fallen = SessionBars::new(series, bars.calendar()).unwrap();
    let adjusted = FeatureMatrix::compute(&all(), &fallen, &split(30)).unwrap();
    assert_eq!(adjusted, raw);
    assert_ne!(
        FeatureMatrix::compute(&all(), &fallen, &none()).unwrap(),
        raw
    );
}

#[test]
fn prices_stay_on_the_basis_of_the_first_bar() {
    let raw = bars(60, BarInterval::Day);
    let at = raw
        .session()
        .iter()
        .position(|day| day.0 >= SAMPLE.from.0 + 20)
        .unwrap();
    let matrix =
        FeatureMatrix::compute(&spec("close,volume,log_return"), &raw, &split(20)).unwrap();
    let (close, volume) = (raw.series().close(), raw.series().volume());
    assert_eq!(
        matrix.row(at - 2).unwrap()[..2],
        [close[at - 1], volume[at - 1]]
    );
    assert_eq!(
        matrix.row(at - 1).unwrap()[..2],
        [close[at] * 4.0, volume[at] / 4.0]
    );
    let jump = crate::base::math::ln(close[at] * 4.0 / close[at - 1]);
    assert_eq!(matrix.row(at - 1).unwrap()[2].to_bits(), jump.to_bits());
}

#[test]
fn the_scaler_standardises_what_it_was_fitted_on() {
    let bars = priced(&[10.0, 12.0, 14.0, 16.0, 100.0]);
    let matrix = FeatureMatrix::compute(&spec("close, hour"), &bars, &none()).unwrap();
    let scaler = Scaler::fit(&matrix, 0..4).unwrap();
    let deviation = 5f64.sqrt();
    assert_eq!(
        (scaler.mean(), scaler.deviation()),
        (&[13.0, 0.0][..], &[deviation, 1.0][..])
    );
    let scaled = scaler.transform(&matrix).unwrap();
    assert_eq!(scaled.len(), 10);
    // the hour does not vary: it becomes 0 and not NaN
    assert_eq!((scaled[0], scaled[1]), ((-3.0 / deviation) as f32, 0.0));
    assert_eq!(scaled[8].to_bits(), ((87.0 / deviation) as f32).to_bits());
    assert_eq!(scaler.transform_row(&[10.0, 0.0]).unwrap(), scaled[..2]);
    assert_eq!(
        scaler.transform_row(&[10.0]).unwrap_err().to_string(),
        "the row has 1 values, but there are 2 features"
    );
    for rows in [0..6, 3..3, 5..9, 0..usize::MAX] {
        let error = Scaler::fit(&matrix, rows.clone()).unwrap_err();
        assert!(
            matches!(error, ScalerError::Rows { rows: 5, .. }),
            "{rows:?}"
        );
    }
    // equal values that are no binary fractions do not vary either
    let flat = FeatureMatrix::compute(&spec("close"), &priced(&[0.1; 1_001]), &none()).unwrap();
    let flat = Scaler::fit(&flat, 0..1_001).unwrap();
    assert_eq!((flat.mean(), flat.deviation()), (&[0.1][..], &[1.0][..]));
}

#[test]
fn the_scaler_refuses_what_it_was_not_fitted_on() {
    let hours = bars(30, BarInterval::minutes(60));
    let halves = bars(30, BarInterval::minutes(30));
    let of = |list: &str, bars| FeatureMatrix::compute(&spec(list), bars, &none()).unwrap();
    let scaler = Scaler::fit(&of("close,sma_7", &hours), 0..50).unwrap();
    assert!(scaler.transform(&of("close,sma_7", &hours)).is_ok());
    let other = |matrix| scaler.transform(&matrix).unwrap_err().to_string();
    let fitted = format!(
        "the scaler was fitted on 60min bars with the features {} (close, sma_7), but the input has ",
        spec("close,sma_7").hash().short()
    );
    let swapped = spec("sma_7,close").hash().short();
    assert_eq!(
        other(of("sma_7,close", &hours)),
        format!("{fitted}60min bars with the features {swapped} (sma_7, close)")
    );
    assert!(other(of("close,sma_7", &halves)).starts_with(&format!("{fitted}30min bars")));

    let text = serde_json::to_string(&scaler).unwrap();
    assert_eq!(serde_json::from_str::<Scaler>(&text).unwrap(), scaler);
    let mut stored: serde_json::Value = serde_json::from_str(&text).unwrap();
    stored["deviation"][1] = 0.0.into();
    let error = serde_json::from_value::<Scaler>(stored)
        .unwrap_err()
        .to_string();
    assert!(error.contains("a deviation is not above 0"), "{error}");
}
