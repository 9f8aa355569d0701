//! Skipping from event to event gives what walking every bar through the engine gives: trades, equity at every bar, why decisions did
//! not trade, breaches of limits, all that a report is made from, and headline metrics, to the last bit, over generated markets and
//! configurations.
//!
//! `ATRIUM_PROPTEST_CASES` sets how many cases are tried; `ATRIUM_PROPTEST_CASES=10000000 cargo test --release -p atrium-tests --test skip -- --nocapture`
//! is the long run, which tells how far it has come; `ATRIUM_PROPTEST_FIRST` leaves out as many that were tried before.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

mod nights;

use core::cell::RefCell;
use core::sync::atomic::{AtomicU32, Ordering};

use atrium_shared::base::zone::Zone;
use atrium_shared::research::backtest::{Backtest, Index, Plan, Recorded, backtest, judge};
use atrium_shared::research::metrics::{Absent, SessionHeadline, SessionRun, Stat};
use atrium_shared::research::run_config::RunConfig;
use atrium_shared::research::sweep::{Axis, Method, Results, SweepSpec, Sweeper, run};
use atrium_shared::signal::signals::{Signal, SignalRow, SignalSeries};

use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::fills::Intrabar;
use atrium_shared::trading::policy::{EntryPolicy, OnOpposite};
use atrium_shared::trading::portfolio::Trade;
use atrium_shared::trading::risk::PreTrade;
use atrium_shared::trading::strategy::{LevelAnchor, NoTrade, Strategy as Trades};
use atrium_tests::draws::Draws;
use atrium_tests::generate::{Case, GeneratedMarket, Shape, skippable, vary};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Cases where the environment does not say.
const CASES: u32 = 100_000;
/// Cases that are drawn from one seed.
const STRETCH: u32 = 1_000;
/// Configurations of one case, run one after the other by one sweeper.
const NEIGHBOURS: u64 = 3;
/// Configurations of one case that differ in levels, size and account alone.
const PLAIN_NEIGHBOURS: u64 = 5;
/// One run in so many is judged as a whole, too: metrics and digests follow from what was compared before.
const JUDGED: u32 = 16;
/// Groups of options that are always walked.
const WALKED: u32 = vary::DIALECT | vary::TOOL | vary::VOLUME | vary::ACTIONS;

/// What has been seen of the cases.
#[derive(Debug, Default)]
struct Seen {
    skip: u32,
    walk_open: u32,
    trades: u64,
    exits: [u64; 10],
    inside: u64,
    /// Decisions that did not trade, by reason.
    no_trades: [u64; NoTrade::COUNT],
    breaches: u64,
    judged: u32,
}

impl Seen {
    fn runs(&self) -> u32 {
        self.skip + self.walk_open
    }

    fn add(&mut self, other: &Self) {
        self.skip += other.skip;
        self.walk_open += other.walk_open;
        self.trades += other.trades;
        self.inside += other.inside;
        self.breaches += other.breaches;
        self.judged += other.judged;
        for (sum, decisions) in self.no_trades.iter_mut().zip(other.no_trades) {
            *sum += decisions;
        }
        for (sum, exits) in self.exits.iter_mut().zip(other.exits) {
            *sum += exits;
        }
    }
}

/// Another configuration that a sweep might try beside one.
fn neighbour(mut config: RunConfig, seed: u64, number: u64) -> RunConfig {
    let mut draws = Draws::new(seed, 1_000 + number);
    if number == 0 {
        return config;
    }
    if let Trades::PredictedMove(strategy) = &mut config.strategy {
        strategy.reward_risk_ratio *= draws.pick([1.0, 0.5, 1.5]);
        strategy.k_atr_min_tp = draws.pick([strategy.k_atr_min_tp, 0.0, 0.25]);
    }
    if config.policy.exit_at_session_end {
        config.policy.exit_lead_s = draws.pick([config.policy.exit_lead_s, 0, 1_800]);
    }
    config.limits.daily_loss = draws.pick([config.limits.daily_loss, Some(0.02), None]);
    config.sizing.risk_per_trade = draws.pick([config.sizing.risk_per_trade, 0.03]);
    config
}

/// Configurations that differ in levels, size and account alone, so that what a bar offers is asked once for all of them.
fn plain_neighbours(mut config: RunConfig, seed: u64) -> Vec<RunConfig> {
    let mut draws = Draws::new(seed, 3_000);
    config.policy.entry = EntryPolicy::Market;
    config.policy.on_opposite = OnOpposite::Ignore;
    config.policy.trailing_stop_atr = None;
    if config.fills.intrabar == Intrabar::Refined {
        config.fills.intrabar = draws.pick([Intrabar::Pessimistic, Intrabar::Path]);
    }
    config.limits.daily_loss = None;
    config.limits.pre_trade = PreTrade::default();
    config.sizing.risk_includes_costs = false;
    (config.costs.financing_percent, config.costs.borrow_percent) = (0.0, 0.0);
    if let Trades::PredictedMove(strategy) = &mut config.strategy {
        strategy.level_anchor = LevelAnchor::Decision;
    }
    if draws.pick([true, false]) {
        config.costs = Costs::FREE;
    }
    let neighbour = |_| {
        let mut config = config;
        match &mut config.strategy {
            Trades::PredictedMove(strategy) => {
                strategy.reward_risk_ratio *= draws.pick([1.0, 0.5, 1.5, 0.8]);
            }
            Trades::Signals(strategy) => {
                strategy.target_percent = Some(draws.pick([0.05, 0.2, 0.7, 2.0]));
                strategy.stop_percent = Some(draws.pick([0.03, 0.1, 1.0, 5.0]));
            }
        }
        config.sizing.risk_per_trade *= draws.pick([1.0, 0.3, 0.02]);
        config.sizing.leverage = draws.pick([config.sizing.leverage, 1.0, 20.0]);
        config.sizing.max_position = draws.pick([config.sizing.max_position, Some(7.0), None]);
        let equity = config.initial_equity * draws.pick([1.0, 0.01, 25.0]);
        config.initial_equity = equity.clamp(1.0, 1e12);
        config
    };
    (0..PLAIN_NEIGHBOURS).map(neighbour).collect()
}

fn headline(
    index: &Index<'_>,
    config: &RunConfig,
    equity: &[f64],
    trades: &[Trade],
    market: &GeneratedMarket,
) -> SessionHeadline {
    let bars = &market.bars;
    let closes = equity.iter().zip(bars.closes_session());
    let session_equity: Vec<f64> = closes
        .filter_map(|(equity, last)| last.then_some(*equity))
        .collect();
    let (mut wins, mut profit, mut loss) = (0, 0.0, 0.0);
    for net in trades.iter().map(|trade| trade.net_profit) {
        if net > 0.0 {
            wins += 1;
            profit += net;
        } else {
            loss += net;
        }
    }
    assert_eq!(index.len(), equity.len());
    SessionHeadline::of(&SessionRun {
        initial_equity: config.initial_equity,
        session_equity: &session_equity,
        span: Some((
            *bars.series().start().first().unwrap(),
            *bars.end().last().unwrap(),
        )),
        sessions_per_year: bars.calendar().sessions_per_year(),
        risk_free: config.risk_free,
        trades: trades.len() as u64,
        wins,
        profit,
        loss,
    })
}

/// Every value to the last bit, or why it is absent.
fn headline_bits(of: &SessionHeadline) -> [Result<u64, Absent>; 8] {
    let of_stat = |stat: Stat| match stat {
        Stat::Value(value) => Ok(value.to_bits()),
        Stat::Absent(why) => Err(why),
    };
    [
        Ok(of.final_equity.to_bits()),
        of_stat(of.total_return),
        of_stat(of.cagr),
        of_stat(of.sharpe),
        of_stat(of.max_drawdown_session),
        Ok(of.trades),
        of_stat(of.win_rate),
        of_stat(of.profit_factor),
    ]
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Whether two runs are the same to the last bit, in all that a report is made from.
fn same_run(skipped: &Recorded, walked: &Recorded, config: &RunConfig) -> TestCaseResult {
    // as bytes, which tell 0 from -0
    let bytes = [skipped, walked].map(|run| postcard::to_allocvec(&run.trades).unwrap());
    if bytes[0] != bytes[1] {
        prop_assert_eq!(&skipped.trades, &walked.trades, "{:?}", config);
        prop_assert_eq!(&bytes[0], &bytes[1], "{:?}", config);
    }
    let equity = [skipped, walked].map(|run| bits(&run.equity));
    prop_assert_eq!(&equity[0], &equity[1], "{:?}", config);
    prop_assert_eq!(skipped.no_trades, walked.no_trades, "{:?}", config);
    prop_assert_eq!(&skipped.breaches, &walked.breaches, "{:?}", config);
    prop_assert_eq!(skipped.halted, walked.halted, "{:?}", config);
    let counted = |run: &Recorded| (run.bars_in_position, run.traded_notional.to_bits());
    prop_assert_eq!(counted(skipped), counted(walked), "{:?}", config);
    Ok(())
}

/// Whether a whole backtest is that of the run that was walked.
fn same_backtest(
    market: &GeneratedMarket,
    config: &RunConfig,
    walked: &Recorded,
) -> TestCaseResult {
    let (prepared, instrument) = (&market.prepared, &market.instrument);
    let found = backtest(prepared, instrument, config).unwrap();
    let expected: Backtest = judge(prepared, instrument, config, walked.clone()).unwrap();
    prop_assert_eq!(&found, &expected, "{:?}", config);
    let headline = walked.headline(prepared, instrument, config);
    prop_assert_eq!(headline, found.headline, "{:?}", config);
    let digests = walked.digests(prepared, instrument, config).unwrap();
    prop_assert_eq!(digests, found.digests, "{:?}", config);
    Ok(())
}

fn agrees(shape: Shape, seen: &RefCell<Seen>) -> TestCaseResult {
    let case =
        Case::new(shape).map_err(|error| TestCaseError::fail(format!("no such case: {error}")))?;
    let market = case.markets.first().unwrap();
    let configs: Vec<RunConfig> = (0..NEIGHBOURS)
        .map(|number| neighbour(skippable(case.config), shape.seed, number))
        .collect();
    agree(market, &configs, seen)?;
    let plain = plain_neighbours(skippable(case.config), shape.seed);
    if matches!(case.config.strategy, Trades::PredictedMove(_)) {
        agree(market, &plain, seen)?;
    }
    let (Some(signals), Trades::Signals(_)) = (&market.signals, &case.config.strategy) else {
        return Ok(());
    };
    // the same signals without levels and sizes, which the configuration gives instead
    let rows = signals.rows().iter().map(|row| SignalRow {
        for_bar: row.for_bar,
        signal: Signal {
            size: None,
            target: None,
            stop: None,
            ..row.signal
        },
    });
    let bare = SignalSeries::new(rows.collect()).unwrap();
    let market = GeneratedMarket {
        prepared: market.prepared.clone().with_signals(&bare).unwrap(),
        ..market.clone()
    };
    let mut draws = Draws::new(shape.seed, 2_000);
    let with_levels = configs.into_iter().map(|mut config| {
        if let Trades::Signals(strategy) = &mut config.strategy {
            strategy.target_percent = draws.pick([None, Some(0.2), Some(2.0)]);
            strategy.stop_percent = draws.pick([None, Some(0.1), Some(1.0), Some(5.0)]);
        }
        config
    });
    agree(&market, &with_levels.collect::<Vec<_>>(), seen)?;
    agree(&market, &plain, seen)
}

fn agree(market: &GeneratedMarket, configs: &[RunConfig], seen: &RefCell<Seen>) -> TestCaseResult {
    let index = Index::new(&market.prepared, &market.instrument).unwrap();
    let mut sweeper = Sweeper::new(&index);
    let side_by_side = sweeper.headlines(configs);
    prop_assert_eq!(side_by_side.len(), configs.len());
    for (config, beside) in configs.iter().zip(side_by_side) {
        config.validate().unwrap();
        let walked = Recorded::by_walking(&market.prepared, &market.instrument, config).unwrap();
        let recorded = sweeper.record(config).unwrap();
        same_run(&recorded, &walked, config)?;
        let is_judged = seen.borrow().runs().is_multiple_of(JUDGED);
        if is_judged {
            same_backtest(market, config, &walked)?;
        }
        let expected = headline(&index, config, &walked.equity, &walked.trades, market);
        let found = sweeper.headline(config).unwrap();
        let expected = headline_bits(&expected);
        prop_assert_eq!(headline_bits(&found), expected, "{:?}", config);
        let beside = headline_bits(&beside.unwrap());
        prop_assert_eq!(beside, expected, "side by side: {:?}", config);
        let mut seen = seen.borrow_mut();
        match index.plan(config) {
            Plan::Skip => seen.skip += 1,
            Plan::SkipFlatWalkOpen => seen.walk_open += 1,
            Plan::Walk(reason) => {
                return Err(TestCaseError::fail(format!("walked: {reason:?}")));
            }
        }
        seen.judged += u32::from(is_judged);
        seen.breaches += recorded.breaches.len() as u64;
        for (sum, decisions) in seen.no_trades.iter_mut().zip(recorded.no_trades) {
            *sum += decisions;
        }
        seen.trades += recorded.trades.len() as u64;
        for trade in &recorded.trades {
            seen.exits[trade.exit_reason as usize] += 1;
            seen.inside += u64::from(trade.entry_at == trade.exit_at);
        }
    }
    Ok(())
}

/// A stretch of the cases, which are the same wherever and beside whatever it is run.
fn stretch(number: u32, cases: u32) -> Result<Seen, String> {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let shapes = (
        any::<u64>().no_shrink(),
        1u32..200,
        proptest::bits::u32::masked(vary::ALL & !WALKED),
    );
    let shapes = shapes.prop_map(|(seed, bars, varied)| Shape {
        seed,
        bars,
        instruments: 1,
        varied,
    });
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let seen = RefCell::new(Seen::default());
    let outcome = TestRunner::new_with_rng(config, rng).run(&shapes, |shape| agrees(shape, &seen));
    outcome.map_err(|error| format!("stretch {number}: {error}"))?;
    Ok(seen.into_inner())
}

/// So many cases from one on, on as many threads as there are processors.
fn all(first: u32, count: u32) -> Seen {
    let (next, done) = (AtomicU32::new(first / STRETCH), AtomicU32::new(0));
    let end = first.saturating_add(count);
    let work = || {
        let mut seen = Seen::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let from = number.saturating_mul(STRETCH);
            if from >= end {
                return seen;
            }
            let cases = STRETCH.min(end - from);
            seen.add(&stretch(number, cases).unwrap_or_else(|error| panic!("{error}")));
            let done = done.fetch_add(cases, Ordering::Relaxed) + cases;
            if done.is_multiple_of(100 * STRETCH) {
                println!("{done} cases agree");
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut seen = Seen::default();
        for worker in workers {
            seen.add(&worker.join().unwrap());
        }
        seen
    })
}

#[test]
fn skipping_and_walking_give_the_same_bits() {
    let set = |name: &str| std::env::var(name).ok()?.parse().ok();
    let count = set("ATRIUM_PROPTEST_CASES").unwrap_or(CASES);
    let seen = all(set("ATRIUM_PROPTEST_FIRST").unwrap_or(0), count);
    // cases that trade nothing, or never leave in some way, prove nothing of it
    let least = u64::from(count) / 100;
    assert!(seen.trades > u64::from(count) * 3, "{seen:?}");
    assert!(
        seen.skip > count / 2 && seen.walk_open > count / 4,
        "{seen:?}"
    );
    assert!(
        seen.judged > seen.runs() / 20 && seen.breaches > least,
        "{seen:?}"
    );
    for reason in [
        NoTrade::NoPrediction,
        NoTrade::NoSignal,
        NoTrade::WarmingUp,
        NoTrade::BelowErrorGate,
        NoTrade::BelowAtrGate,
        NoTrade::SideNotAllowed,
        NoTrade::LevelsTooClose,
        NoTrade::NothingToLeave,
        NoTrade::PositionOpen,
        NoTrade::MinHold,
        NoTrade::SessionEnding,
        NoTrade::BelowMinQuantity,
        NoTrade::LossLimit,
    ] {
        let decisions = seen.no_trades.get(reason as usize);
        assert!(
            decisions.is_some_and(|often| *often > least),
            "{reason:?} {seen:?}"
        );
    }
    // target, stop, session end, end of data, trailing stop, longest hold, signal, loss limit
    for reason in [0, 1, 2, 4, 5, 6, 7, 8] {
        assert!(
            seen.exits.get(reason).is_some_and(|often| *often > least),
            "{reason} {seen:?}"
        );
    }
}

/// A day of the loss limit begins while a position is held, an hour before the night that it pays for: the order of the two decides
/// from which balance the day's loss is counted, and so which later trade breaches the limit.
#[test]
fn days_of_the_loss_limit_begin_before_later_nights() {
    let seen = RefCell::new(Seen::default());
    let mut results = Vec::new();
    for seed in 0..6 {
        let shape = Shape {
            seed,
            bars: 310,
            instruments: 1,
            varied: 0,
        };
        let case = Case::new(shape).unwrap();
        let market = case.markets.first().unwrap();
        let index = Index::new(&market.prepared, &market.instrument).unwrap();
        let mut config = skippable(case.config);
        config.costs.financing_percent = 100.0;
        config.costs.borrow_percent = 100.0;
        config.limits.day_zone = Zone::Prague;
        if let Trades::PredictedMove(strategy) = &mut config.strategy {
            (strategy.k_sigma_err, strategy.k_atr_min_tp) = (0.0, 0.0);
        }
        let configs: Vec<RunConfig> = (1..400)
            .map(|step| {
                let mut config = config;
                config.limits.daily_loss = Some(f64::from(step) * 1e-4);
                config
            })
            .collect();
        agree(market, &configs, &seen).unwrap();
        let mut sweeper = Sweeper::new(&index);
        results.extend(configs.iter().map(|config| {
            let recorded = sweeper.record(config).unwrap();
            bits(&recorded.equity)
        }));
    }
    results.sort_unstable();
    results.dedup();
    assert!(results.len() > 40, "{} results", results.len());
}

/// A sweep in pieces, in any order, gives each trial what walking it alone gives.
#[test]
fn a_sweep_gives_what_its_trials_give_one_by_one() {
    let shape = Shape {
        seed: 20,
        bars: 300,
        instruments: 1,
        varied: vary::GAPS | vary::COMMISSION | vary::OFFSETS,
    };
    let case = Case::new(shape).unwrap();
    let market = case.markets.first().unwrap();
    let axes = [
        "reward_risk_ratio=0.5:3:0.5",
        "k_atr_min_tp=0,0.5,1",
        "entry=market,limit,close",
    ];
    let axes = axes.iter().map(|axis| Axis::read(axis).unwrap());
    let spec = SweepSpec::new(case.config, axes.collect(), Method::Grid).unwrap();
    assert_eq!(spec.trials(), 54);
    let index = Index::new(&market.prepared, &market.instrument).unwrap();
    let mut results = Results::new(&spec);
    let (mut here, mut there) = (Sweeper::new(&index), Sweeper::new(&index));
    for (trials, elsewhere) in [(20..54, true), (0..7, false), (7..20, true)] {
        let sweeper = if elsewhere { &mut there } else { &mut here };
        assert!(results.take(&run(&spec, trials, sweeper).unwrap()));
    }
    let stretches = results.stretches();
    let columns = &stretches[0].columns;
    assert_eq!(stretches[0].trials, 0..spec.trials());
    let mut differing = Vec::new();
    for trial in 0..spec.trials() {
        let config = spec.config(trial).unwrap();
        let walked = Recorded::by_walking(&market.prepared, &market.instrument, &config).unwrap();
        let expected = headline(&index, &config, &walked.equity, &walked.trades, market);
        let at = trial as usize;
        assert_eq!(
            columns.final_equity[at].value().unwrap().to_bits(),
            expected.final_equity.to_bits()
        );
        assert_eq!(columns.trades[at], expected.trades);
        let found = [
            columns.total_return[at],
            columns.cagr[at],
            columns.sharpe[at],
            columns.max_drawdown_session[at],
            columns.win_rate[at],
            columns.profit_factor[at],
        ];
        let expected = [
            expected.total_return,
            expected.cagr,
            expected.sharpe,
            expected.max_drawdown_session,
            expected.win_rate,
            expected.profit_factor,
        ];
        assert_eq!(found, expected, "trial {trial}");
        differing.push(columns.final_equity[at].value().unwrap().to_bits());
    }
    differing.sort_unstable();
    differing.dedup();
    assert!(differing.len() > 20, "{} of 54 differ", differing.len());
}
