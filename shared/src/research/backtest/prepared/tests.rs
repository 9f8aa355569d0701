//! Tests of what is prepared for a run.

use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

use super::*;
use crate::base::time::{BarInterval, Day};
use crate::market::actions::{ActionKind, Actions, CorporateAction};
use crate::market::bars::BarColumns;
use crate::market::calendar::Calendar;
use crate::market::curate::resample;
use crate::market::simulate::{SAMPLE, Simulation, simulate};
use crate::research::backtest::{Backtest, backtest};
use crate::signal::prediction::{TargetField, TargetKind};
use crate::signal::signals::{Direction, SignalRow};
use crate::signal::source::Source;
use crate::trading::fills::Intrabar;
use crate::trading::strategy::{Signals, Strategy};

/// NYSE bars over `days` calendar days from 2024-01-02 on.
fn bars_of(minutes: u32, days: i32) -> SessionBars {
    let to = Day(SAMPLE.from.0 + days);
    let series = simulate(&Simulation { to, ..SAMPLE }).unwrap();
    let cut = resample(&series, BarInterval::minutes(minutes), Calendar::Nyse);
    cut.unwrap().bars
}

fn usual() -> PredictionConfig {
    PredictionConfig::default()
}

/// A prediction of 101 for every bar of the given ones, for the close three bars ahead.
fn series(bars: &SessionBars, in_sample: impl Fn(usize) -> bool) -> PredictionSeries {
    let target = Target {
        field: TargetField::Close,
        kind: TargetKind::Price,
        horizon_bars: 3,
    };
    let row = |(index, &for_bar): (usize, &Timestamp)| PredictionRow {
        for_bar,
        value: 101.0 + index as f32,
        in_sample: in_sample(index),
        confidence: Some(0.5),
    };
    let rows = bars.series().start().iter().enumerate().map(row);
    PredictionSeries::new(target, rows.collect()).unwrap()
}

fn run(prepared: &Prepared) -> Result<Backtest, RunError> {
    let config = RunConfig {
        interval: prepared.bars().series().interval(),
        prediction: prepared.source(),
        ..RunConfig::default()
    };
    backtest(prepared, &Instrument::us_share("SIM"), &config)
}

#[test]
fn a_series_reaches_its_bars_as_prices_with_confidence() {
    let bars = bars_of(60, 30);
    let given = series(&bars, |_| false);
    let config = PredictionConfig::of(&given);
    let prepared = Prepared::with_predictions(bars.clone(), config, &given).unwrap();
    assert_eq!(prepared.predictions().len(), bars.series().len());
    let last = prepared.predictions().last().copied().flatten().unwrap();
    assert_eq!(
        last.price.to_string(),
        (100 + bars.series().len()).to_string()
    );
    assert_eq!(last.confidence, Some(0.5));
    assert!(last.sigma_err.is_some_and(|sigma| sigma > 0.0));
    assert_eq!(prepared.coverage(), Coverage::default());
    // a series for more bars than there are is said to be one
    let fewer = bars_of(60, 10);
    let prepared = Prepared::with_predictions(fewer.clone(), config, &given).unwrap();
    let beyond = bars.series().len() - fewer.series().len();
    assert_eq!(prepared.coverage().unmatched_predictions, beyond as u64);
}

#[test]
fn what_is_given_must_be_what_is_asked_for() {
    let bars = bars_of(60, 10);
    let given = series(&bars, |_| false);
    let config = PredictionConfig::of(&given);
    for other in [
        usual(),
        PredictionConfig {
            horizon_bars: 4,
            ..config
        },
        PredictionConfig {
            target: TargetField::Open,
            ..config
        },
    ] {
        let refused = Prepared::with_predictions(bars.clone(), other, &given).unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("predictions of the close 3 bars ahead"),
            "{refused}"
        );
    }
    let computed = Prepared::new(bars.clone(), config).unwrap_err();
    assert_eq!(computed, RunError::NoSeries);
    let prepared = Prepared::new(bars, usual()).unwrap();
    let mut asked = RunConfig::default();
    asked.prediction.source = Source::SmaCross;
    let refused = backtest(&prepared, &Instrument::us_share("SIM"), &asked);
    assert_eq!(refused.unwrap_err(), RunError::OtherPredictions);
}

#[test]
fn in_sample_predictions_are_refused_unless_allowed_and_then_counted() {
    let bars = bars_of(60, 30);
    let given = series(&bars, |index| (10..15).contains(&index));
    let config = PredictionConfig::of(&given);
    let refused = Prepared::with_predictions(bars.clone(), config, &given).unwrap_err();
    let first = bars.series().start()[10];
    assert_eq!(refused, RunError::InSample { rows: 5, first });
    let allowed = PredictionConfig {
        allow_in_sample: true,
        ..config
    };
    let prepared = Prepared::with_predictions(bars.clone(), allowed, &given).unwrap();
    assert_eq!(prepared.coverage().in_sample_rows, 5);
    assert!(prepared.predictions().iter().all(Option::is_some));
    // they are no part of the error's deviation: 30 errors are known three bars after the 35th row
    let first_known = prepared
        .predictions()
        .iter()
        .position(|prediction| prediction.is_some_and(|known| known.sigma_err.is_some()));
    assert_eq!(first_known, Some(37));
    // rows of other times are no concern of this run
    let later = resampled_from(&bars, 15);
    let prepared = Prepared::with_predictions(later, config, &given).unwrap();
    assert_eq!(
        (
            prepared.coverage().in_sample_rows,
            prepared.coverage().unmatched_predictions
        ),
        (0, 15)
    );
}

/// The bars from an index on.
fn resampled_from(bars: &SessionBars, from: usize) -> SessionBars {
    let mut columns = BarColumns::default();
    for (start, prices, volume) in bars.series().rows().skip(from) {
        columns.push(start, prices, volume);
    }
    let series = BarSeries::new(bars.series().interval(), columns).unwrap();
    SessionBars::new(series, bars.calendar()).unwrap()
}

#[test]
fn intraday_only_leaves_out_what_ends_in_another_session() {
    // sessions of 6 whole hours and a half: seven bars
    let bars = bars_of(60, 7);
    let config = PredictionConfig {
        source: Source::Persistence,
        intraday_only: true,
        ..usual()
    };
    let prepared = Prepared::new(bars.clone(), config).unwrap();
    let kept: Vec<bool> = prepared.predictions().iter().map(Option::is_some).collect();
    let sessions = bars.series().len() / 7;
    assert_eq!(
        kept,
        [true, true, true, false, false, false, false].repeat(sessions)
    );
    assert_eq!(prepared.coverage().overnight_rows, 4 * sessions as u64);
    // thirteen bars of 30 minutes: the tenth's horizon is the close itself, which is no part of the session
    let halves = Prepared::new(bars_of(30, 7), config).unwrap();
    let kept = halves.predictions().iter().map(Option::is_some);
    let first_session: Vec<bool> = kept.take(13).collect();
    assert_eq!(first_session, [vec![true; 9], vec![false; 4]].concat());
    let all = Prepared::new(
        bars,
        PredictionConfig {
            intraday_only: false,
            ..config
        },
    )
    .unwrap();
    assert!(all.predictions().iter().all(Option::is_some));
}

#[test]
fn every_source_runs_and_the_null_never_trades() {
    let bars = bars_of(15, 60);
    for source in Source::COMPUTED {
        let prepared = Prepared::new(bars.clone(), PredictionConfig { source, ..usual() }).unwrap();
        let trades = run(&prepared).unwrap().trades;
        match source {
            Source::Persistence => assert!(trades.is_empty()),
            Source::Oracle => {
                assert!(
                    trades.iter().filter(|trade| trade.net_profit > 0.0).count() * 3
                        > trades.len() * 2
                );
            }
            _ => assert!(!trades.is_empty(), "{}", source.name()),
        }
    }
    let mut prepared = Prepared::new(bars.clone(), usual()).unwrap();
    let before = prepared.predictions().to_vec();
    let series = PredictionConfig {
        source: Source::Series,
        ..usual()
    };
    assert_eq!(prepared.predict_by(series), Err(RunError::NoSeries));
    assert_eq!(
        (prepared.predictions(), prepared.source()),
        (before.as_slice(), usual())
    );
    let cross = PredictionConfig {
        source: Source::SmaCross,
        ..usual()
    };
    prepared.predict_by(cross).unwrap();
    assert_eq!(
        prepared.predictions(),
        Prepared::new(bars, cross).unwrap().predictions()
    );
}

fn signal(for_bar: Timestamp, direction: Direction) -> SignalRow {
    let signal = Signal {
        direction,
        size: Some(3.0),
        target: None,
        stop: None,
    };
    SignalRow { for_bar, signal }
}

#[test]
fn signals_reach_their_bars_and_every_input_changes_the_run() {
    let to = Day(SAMPLE.from.0 + 7);
    let minutes = simulate(&Simulation { to, ..SAMPLE }).unwrap();
    let bars = bars_of(60, 7);
    let starts = bars.series().start().to_vec();
    let rows = vec![
        signal(starts[2], Direction::Long),
        signal(starts[4].plus_seconds(60), Direction::Short),
        signal(starts[9], Direction::Short),
    ];
    let signals = SignalSeries::new(rows.clone()).unwrap();
    let plain = Prepared::new(bars.clone(), usual()).unwrap();
    assert!(plain.signals().is_empty() && plain.finer(0).is_none());
    let signalled = plain.clone().with_signals(&signals).unwrap();
    let by_bar: Vec<usize> = (0..starts.len())
        .filter(|&bar| signalled.signals()[bar].is_some())
        .collect();
    assert_eq!(by_bar, [2, 9]);
    assert_eq!(signalled.signals()[9], Some(rows[2].signal));
    assert_eq!(signalled.coverage().unmatched_signals, 1);
    let refined = plain.clone().with_finer(&minutes).unwrap();
    assert!(refined.has_finer() && refined.finer(0).is_some_and(|finer| finer.len() == 60));
    assert_eq!(refined.coverage().unrefined_bars, 0);
    // what the configuration does not read is no part of its run
    let idle = [&plain, &signalled, &refined].map(|prepared| run(prepared).unwrap().digests);
    assert_eq!([&idle[0]; 2], [&idle[1], &idle[2]]);
    assert_eq!((idle[0].finer, idle[0].signals), (None, None));
    let share = Instrument::us_share("SIM");
    let mut config = RunConfig {
        interval: bars.series().interval(),
        prediction: plain.source(),
        ..RunConfig::default()
    };
    config.fills.intrabar = Intrabar::Refined;
    let of = |prepared: &Prepared, config: &RunConfig| {
        backtest(prepared, &share, config).unwrap().digests
    };
    let (coarse, fine) = (of(&plain, &config), of(&refined, &config));
    assert!(coarse.finer.is_none() && fine.finer.is_some() && fine.signals.is_none());
    assert_ne!(coarse.run, fine.run);
    config.strategy = Strategy::Signals(Signals::default());
    let earlier = of(&signalled, &config);
    let fewer = SignalSeries::new(rows[..2].to_vec()).unwrap();
    let later = of(&plain.clone().with_signals(&fewer).unwrap(), &config);
    assert!(earlier.signals.is_some() && earlier.signals != later.signals);
    assert_ne!(earlier.run, later.run);
    let off = SignalSeries::new(vec![rows[1]]).unwrap();
    assert_eq!(plain.with_signals(&off).unwrap_err(), RunError::NoSignals);
}

#[test]
fn what_lies_outside_the_bars_changes_no_digest() {
    let minutes = |days: i32| {
        let to = Day(SAMPLE.from.0 + days);
        simulate(&Simulation { to, ..SAMPLE }).unwrap()
    };
    let bars = bars_of(60, 7);
    let (first, last) = (bars.session()[0], *bars.session().last().unwrap());
    let of = |finer: &BarSeries, actions: &[(i32, f64)], series: Option<&PredictionSeries>| {
        let actions = actions.iter().map(|&(day, factor)| CorporateAction {
            first_day: Day(day),
            kind: ActionKind::Dividend { factor },
        });
        let traded = TradedBars::new(bars.clone(), Actions::new(actions.collect()).unwrap());
        let prepared = match series {
            Some(series) => {
                Prepared::with_predictions(traded, PredictionConfig::of(series), series)
            }
            None => Prepared::new(traded, usual()),
        };
        let prepared = prepared.unwrap().with_finer(finer).unwrap();
        let mut config = RunConfig {
            interval: bars.series().interval(),
            prediction: prepared.source(),
            ..RunConfig::default()
        };
        config.fills.intrabar = Intrabar::Refined;
        let run = backtest(&prepared, &Instrument::us_share("SIM"), &config);
        run.unwrap().digests
    };
    let (within, beyond) = (minutes(7), minutes(20));
    let plain = of(&within, &[], None);
    assert_eq!(plain, of(&beyond, &[], None));
    let (before, between, after) = (last.0 - 30, last.0 - 2, last.0 + 5);
    for outside in [before, first.0, after] {
        assert_eq!(plain, of(&within, &[(outside, 0.9)], None));
    }
    assert_ne!(plain.bars, of(&within, &[(last.0, 0.9)], None).bars);
    let over = of(&within, &[(between, 0.9)], None);
    assert_ne!(plain.bars, over.bars);
    assert_eq!(over, of(&within, &[(between, 0.9), (after, 0.9)], None));
    // prices are told on the basis after the last action, returns are not
    let price = series(&bars, |_| false);
    assert_eq!(price.target().kind, TargetKind::Price);
    let (now, later) = (
        of(&within, &[], Some(&price)),
        of(&within, &[(after, 0.9)], Some(&price)),
    );
    assert_eq!(now.bars, later.bars);
    assert_ne!(now.predictions, later.predictions);
    assert_eq!(now, of(&within, &[(before, 0.9)], Some(&price)));
}

#[test]
fn signals_are_traded_without_predictions() {
    let bars = bars_of(60, 7);
    let starts = bars.series().start().to_vec();
    let config = RunConfig {
        prediction: PredictionConfig {
            source: Source::None,
            ..usual()
        },
        strategy: Strategy::Signals(Signals::default()),
        ..RunConfig::default()
    };
    let plain = Prepared::new(bars, config.prediction).unwrap();
    let share = Instrument::us_share("SIM");
    let refused = backtest(&plain, &share, &config).unwrap_err();
    assert_eq!(refused, RunError::SignalsMissing);
    let rows = vec![
        signal(starts[2], Direction::Long),
        SignalRow {
            for_bar: starts[5],
            signal: Signal {
                direction: Direction::Flat,
                size: None,
                target: None,
                stop: None,
            },
        },
    ];
    let prepared = plain
        .with_signals(&SignalSeries::new(rows).unwrap())
        .unwrap();
    let trades = backtest(&prepared, &share, &config).unwrap().trades;
    let spans: Vec<_> = trades
        .iter()
        .map(|trade| (trade.entry_at, trade.exit_at, trade.quantity as u64))
        .collect();
    assert_eq!(spans, [(starts[3], starts[6], 3)]);
}

#[test]
fn a_log_return_that_makes_no_price_is_named() {
    let bars = bars_of(60, 7);
    for value in [800.0, -800.0] {
        let row = PredictionRow {
            for_bar: bars.series().start()[0],
            value,
            in_sample: false,
            confidence: None,
        };
        let target = Target {
            field: TargetField::Close,
            kind: TargetKind::LogReturn,
            horizon_bars: 3,
        };
        let given = PredictionSeries::new(target, vec![row]).unwrap();
        let config = PredictionConfig::of(&given);
        let refused = Prepared::with_predictions(bars.clone(), config, &given).unwrap_err();
        assert!(matches!(
            refused,
            RunError::Predictions(BadPredictions::NoPrice { .. })
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Predictions, what is left out of them and their deviations depend on the past alone.
    #[test]
    fn truncating_the_future_changes_nothing_earlier(cut in 30usize..400, h in 2u32..12, intraday_only in any::<bool>()) {
        let whole = bars_of(15, 25);
        let length = whole.series().len();
        let mut columns = BarColumns::default();
        for (start, prices, volume) in whole.series().rows().take(cut.min(length)) {
            columns.push(start, prices, volume);
        }
        let known = BarSeries::new(BarInterval::minutes(15), columns).unwrap();
        let known = SessionBars::new(known, Calendar::Nyse).unwrap();
        let all = Source::COMPUTED.into_iter().filter(|source| !source.is_oracle());
        for source in all {
            let config = PredictionConfig { source, horizon_bars: h, intraday_only, ..usual() };
            let long = Prepared::new(whole.clone(), config).unwrap();
            let short = Prepared::new(known.clone(), config).unwrap();
            prop_assert_eq!(&long.predictions()[..short.predictions().len()], short.predictions());
        }
    }
}

#[test]
fn a_given_series_is_found_again_whatever_was_predicted_in_between() {
    let bars = bars_of(60, 60);
    let given = series(&bars, |index| index == 40);
    let of_the_series = |allow_in_sample, intraday_only| PredictionConfig {
        allow_in_sample,
        intraday_only,
        ..PredictionConfig::of(&given)
    };
    let mut prepared = Prepared::new(bars.clone(), usual())
        .unwrap()
        .with_given(given.clone());
    assert!(matches!(
        prepared.predict_by(of_the_series(false, false)),
        Err(RunError::InSample { rows: 1, .. })
    ));
    assert_eq!(prepared.source(), usual());
    for config in [
        of_the_series(true, false),
        usual(),
        of_the_series(true, true),
        of_the_series(true, false),
    ] {
        prepared.predict_by(config).unwrap();
        let afresh = match config.source {
            Source::Series => Prepared::with_predictions(bars.clone(), config, &given),
            _ => Prepared::new(bars.clone(), config),
        };
        let afresh = afresh.unwrap();
        assert_eq!(prepared.predictions(), afresh.predictions());
        assert_eq!(prepared.coverage(), afresh.coverage());
        assert_eq!(prepared.predictions_digest(), afresh.predictions_digest());
    }
    let farther = PredictionConfig {
        horizon_bars: 4,
        ..of_the_series(true, false)
    };
    assert!(matches!(
        prepared.predict_by(farther),
        Err(RunError::OtherTarget { .. })
    ));
    assert_eq!(prepared.source(), of_the_series(true, false));
}
