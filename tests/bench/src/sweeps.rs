//! The workloads of sweeps: columns of stops and targets over entries that are given.

use atrium_shared::base::time::BarInterval;
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::curate::resample;
use atrium_shared::research::backtest::{Index, Market, Prepared, walk};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::sweep::Sweeper;
use atrium_shared::signal::signals::{Direction, Signal, SignalRow, SignalSeries};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::fills::{FillDialect, FractionAnchor, FractionLevels};
use atrium_shared::trading::sizing::SizingMode;
use atrium_shared::trading::strategy::{Signals, Strategy};

use crate::minutes;

/// Bars before the first entry, whose closes the later ones are compared with.
const LOOKBACK: usize = 10;
/// The quantity of every order.
const QUANTITY: f64 = 100.0;
/// A fraction of two is exact, so that others can round to the same ticks.
const FINE_TICK: f64 = 1.0 / 1_048_576.0;

/// A stop and a target, in per cent of the close that decides.
type Levels = (f64, f64);

/// Bars with entries, and a column for each stop and target.
pub struct Columns {
    series: BarSeries,
    entries: Vec<Option<Direction>>,
    prepared: Prepared,
    instrument: Instrument,
    levels: Vec<Levels>,
    configs: Vec<RunConfig>,
}

/// What the walk of a column came to.
#[derive(Debug, Clone, Copy)]
pub struct Walked {
    /// Trades that were closed.
    pub trades: u64,
    /// Equity at the last close.
    pub final_equity: f64,
}

impl Columns {
    /// The workloads by name: `dense`, 1,000 columns × 10k bars; `long`, 8 columns × 1M bars with an entry every 1,400; `wide`,
    /// 10,000 columns × 100k bars.
    ///
    /// # Panics
    /// If there is no such workload.
    pub fn named(name: &str) -> Self {
        match name {
            "dense" => Self::five_minutes(10_000, 1, 25, 40),
            "long" => Self::long(1_000_000, 1_400, 8),
            "wide" => Self::five_minutes(100_000, 1, 100, 100),
            _ => panic!("no workload {name}"),
        }
    }

    /// 5-minute bars with an entry every so many of them, long where the close is above that ten bars before, otherwise short;
    /// `stops` · `targets` columns.
    ///
    /// # Panics
    /// If the market cannot be made.
    pub fn five_minutes(bars: usize, every: usize, stops: u32, targets: u32) -> Self {
        let interval = BarInterval::minutes(5);
        let cut = resample(&minutes(bars * 5 + 400), interval, Calendar::Nyse).expect("bars");
        let columns = (0..stops * targets).map(|column| {
            let (stop, target) = (column / targets, column % targets);
            let part = |number: u32, of: u32| f64::from(number) / f64::from(of.max(2) - 1);
            let stop = 0.25 + 0.8 * part(stop, stops);
            (stop, 0.3 + 1.5 * part(target, targets))
        });
        Self::of(first(cut.bars.series(), bars), every, columns.collect())
    }

    /// Minute bars with an entry every so many of them.
    ///
    /// # Panics
    /// If the market cannot be made.
    pub fn long(bars: usize, every: usize, columns: u32) -> Self {
        let columns = (0..columns).map(|column| {
            let step = f64::from(column) / f64::from(columns);
            (0.6 + 0.4 * step, 0.8 + 0.6 * step)
        });
        Self::of(first(&minutes(bars), bars), every, columns.collect())
    }

    fn of(series: BarSeries, every: usize, levels: Vec<Levels>) -> Self {
        let prediction = PredictionConfig {
            source: Source::None,
            ..PredictionConfig::default()
        };
        let bars = SessionBars::new(series.clone(), Calendar::Nyse).expect("sessions");
        let prepared = Prepared::new(bars, prediction).expect("prepared");
        let config = |&(stop, target): &Levels| {
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
            config.sizing.mode = SizingMode::Quantity(QUANTITY);
            config.sizing.leverage = 10.0;
            config.policy.min_stop_spreads = 0.0;
            config
        };
        let entries = entries(&series, every);
        let signals = signals(&series, &entries);
        Self {
            prepared: prepared.with_signals(&signals).expect("signals"),
            instrument: Instrument::us_share("SIM"),
            configs: levels.iter().map(config).collect(),
            levels,
            entries,
            series,
        }
    }

    /// The bars.
    pub fn series(&self) -> &BarSeries {
        &self.series
    }

    /// Which way is entered at the close of each bar at which nothing is held.
    pub fn entries(&self) -> &[Option<Direction>] {
        &self.entries
    }

    /// Stop and target of each column.
    pub fn levels(&self) -> &[(f64, f64)] {
        &self.levels
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
        let mut trades = 0;
        for configs in configs.chunks(1_024) {
            let headlines = sweeper.headlines(configs).into_iter();
            trades += headlines
                .map(|headline| headline.expect("the run succeeds").trades)
                .sum::<u64>();
        }
        trades
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

    /// A column, walked bar by bar.
    ///
    /// # Panics
    /// If the run fails.
    pub fn walk(&self, column: usize) -> Walked {
        let config = self.configs.get(column).expect("a column");
        self.walked(&self.instrument, config)
    }

    /// A column as another tool trades it, walked bar by bar: vectorbt with stop and target as fractions of the order's price,
    /// backtesting.py with prices that are so many per cent from the close, on a grid of 2⁻²⁰.
    ///
    /// # Panics
    /// If the run fails.
    pub fn walk_as(&self, dialect: FillDialect, column: usize) -> Walked {
        let mut config = *self.configs.get(column).expect("a column");
        let &(stop, target) = self.levels.get(column).expect("a column");
        config.fills.dialect = dialect;
        if dialect == FillDialect::Vectorbt {
            config.strategy = Strategy::Signals(Signals::default());
            config.fills.tool.levels = Some(FractionLevels {
                stop: Some(stop / 100.0),
                target: Some(target / 100.0),
                anchor: FractionAnchor::Order,
                trailing: false,
            });
        }
        let instrument = Instrument {
            tick_size: FINE_TICK,
            ..self.instrument.clone()
        };
        self.walked(&instrument, &config)
    }

    fn walked(&self, instrument: &Instrument, config: &RunConfig) -> Walked {
        let market = [Market {
            prepared: &self.prepared,
            instrument,
        }];
        let walked = walk(&market, config).expect("the walk succeeds");
        Walked {
            trades: walked.engine.trades().len() as u64,
            final_equity: walked.equity.last().copied().unwrap_or_default(),
        }
    }
}

/// The first bars of a series.
fn first(series: &BarSeries, count: usize) -> BarSeries {
    let mut columns = BarColumns::default();
    for (start, prices, volume) in series.rows().take(count) {
        columns.push(start, prices, volume);
    }
    let bars = BarSeries::new(series.interval(), columns).expect("bars");
    assert_eq!(bars.len(), count, "too few bars were made");
    bars
}

fn entries(bars: &BarSeries, every: usize) -> Vec<Option<Direction>> {
    let close = bars.close();
    let before = core::iter::repeat_n(None, LOOKBACK).chain(close.iter().map(Some));
    let all = close.iter().zip(before).enumerate();
    all.map(|(bar, (close, before))| {
        let before = before.filter(|_| bar % every == LOOKBACK % every)?;
        Some(if close > before {
            Direction::Long
        } else {
            Direction::Short
        })
    })
    .collect()
}

fn signals(bars: &BarSeries, entries: &[Option<Direction>]) -> SignalSeries {
    let rows = bars.start().iter().zip(entries);
    let rows = rows.filter_map(|(&for_bar, direction)| {
        let signal = Signal {
            direction: (*direction)?,
            size: None,
            target: None,
            stop: None,
        };
        Some(SignalRow { for_bar, signal })
    });
    SignalSeries::new(rows.collect()).expect("signals")
}
