//! The workloads of sweeps: columns of stops and targets over entries that are given.

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::{BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::research::backtest::{Market, Prepared, walk};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::sweep::{Index, Sweeper};
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::sizing::SizingMode;
use atrium_shared::trading::strategy::{Signals, Strategy};

use crate::minutes;

/// Bars with entries, and a column for each stop and target.
pub struct Columns {
    prepared: Prepared,
    instrument: Instrument,
    configs: Vec<RunConfig>,
}

impl Columns {
    /// 10,000 5-minute bars with an entry at every bar, long where the close is above that ten bars before, otherwise short;
    /// `stops` · `targets` columns.
    ///
    /// # Panics
    /// If the market cannot be made.
    pub fn many(stops: u32, targets: u32) -> Self {
        let interval = BarInterval::minutes(5);
        let cut = resample(&minutes(50_000), interval, Calendar::Nyse).expect("bars");
        let series = first(cut.bars.series(), 10_000);
        let columns = (0..stops * targets).map(|column| {
            let (stop, target) = (column / targets, column % targets);
            let part = |number: u32, of: u32| f64::from(number) / f64::from(of.max(2) - 1);
            let stop = 0.3 + 1.2 * part(stop, stops);
            (stop, 0.4 + 2.2 * part(target, targets))
        });
        Self::of(&series, 1, columns.collect())
    }

    /// A million minute bars with an entry every 1,400 bars, and eight columns.
    ///
    /// # Panics
    /// If the market cannot be made.
    pub fn long() -> Self {
        let series = first(&minutes(1_000_000), 1_000_000);
        let columns = (0..8).map(|column| {
            let step = f64::from(column) / 8.0;
            (1.0 + step, 1.5 + step)
        });
        Self::of(&series, 1_400, columns.collect())
    }

    fn of(series: &BarSeries, every: usize, columns: Vec<(f64, f64)>) -> Self {
        let prediction = PredictionConfig {
            source: Source::None,
            ..PredictionConfig::default()
        };
        let bars = SessionBars::new(series.clone(), Calendar::Nyse).expect("sessions");
        let prepared = Prepared::new(bars, prediction).expect("prepared");
        let config = |(stop, target)| {
            let mut config = RunConfig {
                interval: series.interval(),
                prediction,
                strategy: Strategy::Signals(Signals {
                    target_percent: Some(target),
                    stop_percent: Some(stop),
                    ..Signals::default()
                }),
                costs: Costs::FREE,
                initial_equity: 1e6,
                ..RunConfig::default()
            };
            config.sizing.mode = SizingMode::Quantity(100.0);
            config.sizing.leverage = 10.0;
            config.policy.min_stop_spreads = 0.0;
            config
        };
        Self {
            prepared: prepared
                .with_signals(&signals(series, every))
                .expect("signals"),
            instrument: Instrument::us_share("SIM"),
            configs: columns.into_iter().map(config).collect(),
        }
    }

    /// The bars laid out for skipping.
    ///
    /// # Panics
    /// If they cannot be.
    pub fn index(&self) -> Index<'_> {
        Index::new(&self.prepared, &self.instrument).expect("an index")
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.configs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.configs.is_empty()
    }

    /// The headline metrics of a range of columns, by skipping; how many trades they made.
    ///
    /// # Panics
    /// If a run fails.
    pub fn skip(&self, sweeper: &mut Sweeper<'_>, columns: core::ops::Range<usize>) -> u64 {
        let configs = self.configs.get(columns).unwrap_or_default();
        let run = |config| sweeper.headline(config).expect("the run succeeds").trades;
        configs.iter().map(run).sum()
    }

    /// A sweeper that knows where the entries are.
    ///
    /// # Panics
    /// If a run fails.
    pub fn sweeper<'a>(&self, index: &'a Index<'a>) -> Sweeper<'a> {
        let mut sweeper = Sweeper::new(index);
        self.skip(&mut sweeper, 0..1);
        sweeper
    }

    /// The trades of some columns, walked bar by bar.
    ///
    /// # Panics
    /// If a run fails.
    pub fn walk(&self, columns: core::ops::Range<usize>) -> u64 {
        let market = [Market {
            prepared: &self.prepared,
            instrument: &self.instrument,
        }];
        let configs = self.configs.get(columns).unwrap_or_default();
        let run = |config| {
            walk(&market, config)
                .expect("the walk succeeds")
                .engine
                .trades()
                .len()
        };
        configs.iter().map(|config| run(config) as u64).sum()
    }
}

/// The first bars of a series.
fn first(series: &BarSeries, count: usize) -> BarSeries {
    let mut columns = atrium_shared::market::bars::BarColumns::default();
    for (start, prices, volume) in series.rows().take(count) {
        columns.push(start, prices, volume);
    }
    BarSeries::new(series.interval(), columns).expect("bars")
}

fn signals(bars: &BarSeries, every: usize) -> SignalSeries {
    let close = bars.close();
    let before = std::iter::repeat_n(None, 10).chain(close.iter().map(Some));
    let rows = bars.start().iter().zip(close).zip(before).step_by(every);
    let rows = rows.map(|((&for_bar, &close), before)| SignalRow {
        for_bar,
        signal: Signal {
            direction: if before.is_some_and(|before| close > *before) {
                Direction::Long
            } else {
                Direction::Short
            },
            size: None,
            target: None,
            stop: None,
        },
    });
    SignalSeries::new(rows.collect()).expect("signals")
}
