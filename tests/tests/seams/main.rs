//! Cases generated on the seams of the rules, against a small oracle: gates that are just met, levels that are just touched,
//! both levels at one open or in one bar, no lot and one lot, stops of one tick, entries on the last bar, days on which
//! clocks change or the session is short.

#![cfg(not(target_arch = "wasm32"))]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and fails"
)]

mod oracle;
mod sessions;

use atrium_shared::base::time::{BarInterval, Timestamp};
use atrium_shared::market::bars::{BarColumns, BarSeries, Instrument, SessionBars};
use atrium_shared::research::backtest::{Index, Market, Plan as Driven, Prepared, Walked, walk};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::research::sweep::Sweeper;
use atrium_shared::signal::prediction::{
    PredictionRow, PredictionSeries, Target, TargetField, TargetKind,
};
use atrium_shared::trading::costs::Costs;
use atrium_shared::trading::fills::{FillRules, Intrabar, LimitFill};
use atrium_shared::trading::orders::Leg;
use atrium_shared::trading::policy::{EntryPolicy, OrderPolicy};
use atrium_shared::trading::sizing::Sizing;
use atrium_shared::trading::strategy::{
    LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Strategy as Trades,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use oracle::{Filled, Plan, RISK_PARTS, TICK, UNIT, trade};

/// Cases where the environment (`ATRIUM_PROPTEST_CASES`) does not say.
const CASES: u32 = 6_000;
/// Bars of one range before the first decision, so that ATR(14) is that range exactly.
const QUIET: usize = 20;
/// The range of a quiet bar.
const RANGE: i64 = 8 * TICK;
/// The price about which everything happens.
const PRICE: i64 = 400 * TICK;

fn time(row: usize) -> Timestamp {
    Timestamp::from_seconds(1_700_006_400 + row as i64 * 3_600)
}

fn configuration(plan: &Plan) -> RunConfig {
    RunConfig {
        strategy: Trades::PredictedMove(PredictedMove {
            k_sigma_err: plan.gate as f64 / RANGE as f64,
            k_atr_min_tp: plan.gate as f64 / RANGE as f64,
            reward_risk_ratio: plan.ratio_quarters as f64 / 4.0,
            side: plan.side,
            level_anchor: plan.anchor,
            sigma: SigmaSource::Atr,
            min_confidence: None,
        }),
        sizing: Sizing {
            risk_per_trade: 1.0 / RISK_PARTS as f64,
            leverage: plan.leverage as f64,
            gap_buffer: 0.0,
            ..Sizing::default()
        },
        policy: OrderPolicy {
            entry: plan.entry,
            max_hold_bars: plan.max_hold.map(|most| most as u32),
            ..OrderPolicy::default()
        },
        fills: FillRules {
            intrabar: plan.intrabar,
            limit: plan.limit,
            ..FillRules::default()
        },
        costs: Costs::FREE,
        initial_equity: plan.equity as f64 * UNIT,
        ..RunConfig::default()
    }
}

/// The plan as the engine walks it, and whether skipping gives the same to the last bit.
fn engine(plan: &Plan) -> (Walked, bool) {
    let mut columns = BarColumns::default();
    for (row, bar) in plan.bars.iter().enumerate() {
        columns.push(time(row), bar.map(|price| price as f64 * UNIT), 1.0);
    }
    let instrument = Instrument {
        tick_size: TICK as f64 * UNIT,
        ..Instrument::crypto_pair("SEAM")
    };
    let instrument = Instrument {
        lot_size: 1.0,
        min_quantity: 1.0,
        ..instrument
    };
    let series = BarSeries::new(BarInterval::minutes(60), columns).unwrap();
    let bars = SessionBars::new(series, instrument.calendar).unwrap();
    let moves = plan.moves.iter().enumerate();
    let rows = moves.filter_map(|(row, by)| {
        let price = (plan.bars[row][3] + (*by)?) as f64 * UNIT;
        Some(PredictionRow {
            for_bar: time(row),
            value: price as f32,
            in_sample: false,
            confidence: None,
        })
    });
    let target = Target {
        field: TargetField::Close,
        kind: TargetKind::Price,
        horizon_bars: 1,
    };
    let series = PredictionSeries::new(target, rows.collect()).unwrap();
    let mut config = configuration(plan);
    config.prediction = PredictionConfig::of(&series);
    config.validate().unwrap();
    let prepared = Prepared::with_predictions(bars, config.prediction, &series).unwrap();
    let market = Market {
        prepared: &prepared,
        instrument: &instrument,
    };
    let walked = walk(&[market], &config).unwrap();
    let index = Index::new(&prepared, &instrument).unwrap();
    assert_eq!(index.plan(&config), Driven::Skip);
    let skipped = Sweeper::new(&index).record(&config).unwrap();
    let bits = |equity: &[f64]| equity.iter().map(|e| e.to_bits()).collect::<Vec<_>>();
    let same =
        skipped.trades == walked.engine.trades() && bits(&skipped.equity) == bits(&walked.equity);
    (walked, same)
}

/// What the engine did, in the oracle's words.
fn filled(walked: &Walked) -> Vec<Filled> {
    let trades = walked.engine.trades();
    let fills = walked.fills.iter().map(|fill| {
        let why = trades.iter().find(|trade| trade.order == fill.order);
        (
            fill.leg,
            (0..).find(|row| time(*row) == fill.at).unwrap(),
            (fill.price / UNIT) as i64,
            fill.lots.0,
            why.filter(|_| fill.leg != Leg::Entry)
                .map(|trade| trade.exit_reason),
        )
    });
    fills.collect()
}

/// A price at a seam: the close of the decision, the target, the stop, or somewhere else, and so many ticks beside it.
type Spot = (u8, i64);

fn spot((which, beside): Spot, levels: [i64; 3]) -> i64 {
    let price = match which {
        0..=2 => levels[usize::from(which)] + beside * TICK,
        _ => PRICE + 4 * beside * TICK,
    };
    // levels need not stand on ticks, prices do
    (price.div_euclid(TICK) * TICK).max(TICK)
}

fn bar([open, close, up, down]: [Spot; 4], levels: [i64; 3]) -> [i64; 4] {
    let [open, close, up, down] = [open, close, up, down].map(|at| spot(at, levels));
    let prices = [open, close, up, down];
    [
        open,
        prices.into_iter().max().unwrap(),
        prices.into_iter().min().unwrap(),
        close,
    ]
}

prop_compose! {
    fn spots()(which in 0u8..4, beside in -1i64..=1) -> Spot {
        (which, beside)
    }
}

prop_compose! {
    fn plans()(
        bars in prop::collection::vec([spots(), spots(), spots(), spots()], 0..7),
        later in prop::collection::vec(prop::option::of(-12i64..=12), 7),
        halves in prop_oneof![-24i64..=24, Just(2), Just(-2), Just(4)],
        gate_beside in prop::option::of(-1i64..=1),
        ratio_quarters in prop::sample::select(vec![4i64, 8, 2, 16]),
        (side, anchor) in (
            prop_oneof![
                4 => Just(SidePolicy::Both),
                1 => Just(SidePolicy::LongOnly),
                1 => Just(SidePolicy::ShortOnly),
            ],
            prop::sample::select(vec![LevelAnchor::Decision, LevelAnchor::Fill]),
        ),
        (entry, intrabar, limit) in (
            prop::sample::select(vec![
                EntryPolicy::Market, EntryPolicy::Collared, EntryPolicy::Limit, EntryPolicy::Close,
            ]),
            prop::sample::select(vec![Intrabar::Pessimistic, Intrabar::Optimistic, Intrabar::Path]),
            prop::sample::select(vec![LimitFill::Touch, LimitFill::Through]),
        ),
        max_hold in prop::option::of(1usize..4),
        (lots, short_by, by_power) in (prop_oneof![0i64..4, Just(50)], 0i64..2, any::<bool>()),
    ) -> Plan {
        // moves of half ticks
        let predicted = halves * TICK / 2;
        let risk = predicted * 4 / ratio_quarters;
        let levels = [PRICE, PRICE + predicted, PRICE - risk];
        let quiet = [PRICE, PRICE + RANGE / 2, PRICE - RANGE / 2, PRICE];
        let mut all = vec![quiet; QUIET];
        all.extend(bars.iter().map(|spots| bar(*spots, levels)));
        let mut moves = vec![None; QUIET - 1];
        moves.push(Some(predicted));
        // later decisions are made where no gate depends on a range that is no longer the quiet one
        let free = gate_beside.is_none();
        moves.extend(later.iter().take(bars.len()).map(|halves| {
            halves.filter(|_| free).map(|halves| halves * TICK / 2)
        }));
        let gate = gate_beside.map_or(0, |beside| (predicted.abs() + beside).max(0));
        let distance = risk.abs().div_euclid(TICK) * TICK;
        let worth = if by_power { PRICE } else { RISK_PARTS * distance.max(TICK) };
        Plan {
            bars: all,
            moves,
            gate,
            ratio_quarters,
            side,
            anchor,
            entry,
            intrabar,
            limit,
            max_hold,
            // just enough for so many lots, or just not
            equity: (lots * worth - short_by).max(32),
            leverage: if by_power { 1 } else { 1_000 },
        }
    }
}

#[test]
fn what_happens_on_the_seams_is_what_the_rules_say() {
    let cases = std::env::var("ATRIUM_PROPTEST_CASES");
    let config = Config {
        cases: cases
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let count = config.cases;
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let (trading, exits) = (
        core::cell::Cell::new(0u32),
        core::cell::RefCell::new([0u32; 16]),
    );
    let outcome = TestRunner::new_with_rng(config, rng).run(&plans(), |plan| {
        let ((walked, same), expected) = (engine(&plan), trade(&plan));
        prop_assert!(same, "skipping gives something else");
        let found = filled(&walked);
        trading.set(trading.get() + u32::from(!found.is_empty()));
        for (_, _, _, _, why) in &found {
            if let Some(why) = why {
                exits.borrow_mut()[*why as usize] += 1;
            }
        }
        prop_assert_eq!(found, expected);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // stop, target, longest hold and end of data, each often
    let exits = exits.into_inner();
    let often = [0, 1, 4, 6].map(|why| exits[why]);
    assert!(
        trading.get() > count / 4 && often.iter().all(|often| *often > count / 80),
        "{} {exits:?}",
        trading.get()
    );
}
