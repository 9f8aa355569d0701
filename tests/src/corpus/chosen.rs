//! Chosen cases: every option takes its values in turn.

use atrium_shared::base::time::{BarInterval, Day};
use atrium_shared::market::actions::Actions;
use atrium_shared::market::bars::Instrument;
use atrium_shared::market::calendar::Calendar;
use atrium_shared::market::simulate::{SAMPLE, Simulation};
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::signal::prediction::TargetField;
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::{Commission, Costs, PriceOffset};
use atrium_shared::trading::fills::{
    FillDialect, FillRules, FractionAnchor, FractionLevels, Intrabar, LevelExit, LimitFill,
    ToolOptions,
};
use atrium_shared::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy, SignalExit};
use atrium_shared::trading::risk::{RateLimit, RiskLimits};
use atrium_shared::trading::sizing::{Sizing, SizingMode};
use atrium_shared::trading::strategy::{
    LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Strategy,
};

use super::{Case, CaseMarket};

/// Values that a parameter takes in turn; lengths that share few factors mix them well.
#[expect(
    clippy::indexing_slicing,
    reason = "the remainder lies within the values, of which there is one at least"
)]
pub(super) fn pick<T: Copy>(values: &[T], index: usize) -> T {
    values[index % values.len()]
}

/// A case in another dialect, with the options of its tool: eight of backtesting.py's, then eight of vectorbt's.
pub(super) fn tool_case(index: usize) -> Case {
    let Case {
        mut markets,
        mut config,
        ..
    } = case(index);
    let i = index;
    let vectorbt = index >= 80;
    let fractions = pick(&[(None, Some(0.02)), (Some(0.01), Some(0.015))], i);
    let levels = FractionLevels {
        stop: fractions.0,
        target: fractions.1,
        ..FractionLevels::default()
    };
    let anchors = [
        FractionAnchor::EntryClose,
        FractionAnchor::Order,
        FractionAnchor::Fill,
    ];
    // gates that let much pass, and an account that pays for it: what is told shows only in trades
    config.strategy = Strategy::PredictedMove(PredictedMove {
        k_sigma_err: 0.0,
        k_atr_min_tp: 0.1,
        reward_risk_ratio: pick(&[2.0, 0.5], i),
        ..PredictedMove::default()
    });
    config.initial_equity = 1_000_000.0;
    config.prediction.intraday_only = false;
    config.policy.trailing_stop_atr = None;
    config.sizing.max_position = None;
    config.fills = FillRules {
        tool: ToolOptions {
            size_at_fill: i % 4 != 3,
            levels: (i % 3 != 2).then_some(levels),
            finalize_trades: !vectorbt && i % 3 != 1,
            level_exit: LevelExit::Limit,
        },
        dialect: FillDialect::BacktestingPy,
        ..FillRules::default()
    };
    config.sizing.mode = pick(&[SizingMode::AllIn, SizingMode::EquityFraction(0.4)], i / 2);
    if vectorbt {
        config.fills.dialect = FillDialect::Vectorbt;
        config.fills.tool.level_exit =
            pick(&[LevelExit::Market, LevelExit::Close, LevelExit::Limit], i);
        config.fills.tool.levels = config.fills.tool.levels.map(|levels| FractionLevels {
            anchor: pick(&anchors, i),
            trailing: levels.stop.is_some() && i % 4 != 1,
            ..levels
        });
        // shares of the cash do not go with a reversal, and no other commission is known
        config.sizing.mode = pick(&[SizingMode::Notional(4_000.0), config.sizing.mode], i);
        if config.policy.on_opposite == OnOpposite::Reverse {
            config.sizing.mode = SizingMode::Notional(4_000.0);
        }
        config.sizing.leverage = 1.0;
        config.costs.commission = Commission::Percent {
            percent: 0.05,
            fixed: 1.0,
            minimum: 0.0,
        };
    }
    for market in &mut markets {
        (market.instrument.tick_size, market.instrument.lot_size) = (0.0001, 0.0001);
    }
    let name = config.fills.dialect.name();
    Case {
        name: format!("{index:02} {} {name}", config.interval),
        markets,
        config,
    }
}

/// The baselines, and for the last cases what draws random numbers or looks ahead.
fn source(index: usize) -> Source {
    let seed = index as u64;
    if index < 64 {
        pick(&[Source::Drift, Source::SmaCross], index / 2)
    } else {
        pick(
            &[
                Source::Noise { seed },
                Source::Noise { seed },
                Source::Oracle,
            ],
            index,
        )
    }
}

/// The market of a case.
pub(super) fn simulation(i: usize, interval: BarInterval) -> Simulation {
    let days = if interval == BarInterval::Day {
        700
    } else {
        40 + 10 * (i as i32 % 5)
    };
    Simulation {
        seed: 1_000 + i as u64,
        to: Day(SAMPLE.from.0 + days),
        first_price: pick(&[180.0, 0.9, 4_200.0, 33.33, 250_000.0], i),
        volatility: pick(&[0.24, 0.6, 0.08, 1.5], i),
        ..SAMPLE
    }
}

/// A case over the options of our own rules.
pub(super) fn case(index: usize) -> Case {
    let i = index;
    let interval = pick(
        &[
            BarInterval::minutes(60),
            BarInterval::minutes(5),
            BarInterval::minutes(30),
            BarInterval::minutes(240),
            BarInterval::minutes(15),
            BarInterval::minutes(1),
            BarInterval::Day,
        ],
        i,
    );
    let simulation = simulation(i, interval);
    let instrument = Instrument {
        tick_size: pick(&[0.01, 0.01, 0.25, 0.0001, 0.05, 1.0], i / 2),
        // a whole lot of what is dear could never be paid for
        lot_size: if simulation.first_price > 1_000.0 {
            0.0001
        } else {
            pick(&[1.0, 0.0001, 0.1], i / 3)
        },
        min_quantity: 0.0,
        // the simulated minutes are cut by another calendar's days in every fifth case
        calendar: if i % 5 == 4 {
            Calendar::Crypto
        } else {
            Calendar::Nyse
        },
        multiplier: pick(&[1.0, 1.0, 50.0], i / 4),
        ..Instrument::us_share("SIM")
    };
    let horizon_bars = pick(&[4, 2, 12, 7, 25], i / 2);
    let strategy = PredictedMove {
        k_sigma_err: pick(&[0.5, 0.0, 0.1, 1.0], i / 3),
        k_atr_min_tp: pick(&[0.25, 0.0, 1.5, 0.5, 0.1], i / 2),
        reward_risk_ratio: pick(&[2.0, 1.0, 0.5, 3.0, 1.37], i / 5),
        side: pick(
            &[
                SidePolicy::Both,
                SidePolicy::Both,
                SidePolicy::LongOnly,
                SidePolicy::ShortOnly,
            ],
            i / 6,
        ),
        level_anchor: pick(
            &[
                LevelAnchor::Decision,
                LevelAnchor::Fill,
                LevelAnchor::Decision,
            ],
            i,
        ),
        sigma: pick(
            &[SigmaSource::Error, SigmaSource::Error, SigmaSource::Atr],
            i / 7,
        ),
        min_confidence: None,
    };
    let sizing = Sizing {
        mode: pick(
            &[
                SizingMode::Risk,
                SizingMode::Risk,
                SizingMode::Risk,
                SizingMode::EquityFraction(0.7),
                SizingMode::AllIn,
                SizingMode::VolatilityTarget(0.01),
                SizingMode::Notional(5_000.0),
                SizingMode::Quantity(20.0),
            ],
            i / 4,
        ),
        risk_includes_costs: i % 9 == 3,
        max_position: pick(&[None, None, Some(150.0)], i),
        risk_per_trade: pick(&[0.01, 0.0002, 0.02, 0.5], i / 2),
        leverage: pick(&[1.0, 4.0, 0.5, 30.0], i / 3),
        gap_buffer: pick(&[0.01, 0.0], i / 8),
    };
    let commission = pick(
        &[
            Commission::default(),
            Commission::None,
            Commission::PerShare {
                rate: 0.01,
                minimum: 0.35,
                cap_fraction: 0.005,
            },
            Commission::IbTiered {
                monthly_shares: 250_000.0,
            },
            Commission::Percent {
                percent: 0.05,
                fixed: 0.0,
                minimum: 0.5,
            },
        ],
        i / 2,
    );
    let config = RunConfig {
        interval,
        prediction: PredictionConfig {
            source: source(i),
            target: pick(&[TargetField::Open, TargetField::Close], i / 4),
            horizon_bars,
            intraday_only: i >= 64 && i % 2 == 1 && interval != BarInterval::Day,
            ..PredictionConfig::default()
        },
        strategy: Strategy::PredictedMove(strategy),
        sizing,
        policy: policy(i),
        fills: fills(i),
        costs: Costs {
            commission,
            slippage: pick(
                &[
                    PriceOffset::None,
                    PriceOffset::Ticks(1.0),
                    PriceOffset::Bps(2.0),
                    PriceOffset::Atr(0.05),
                ],
                i / 3,
            ),
            half_spread: pick(&[PriceOffset::None, PriceOffset::Ticks(0.5)], i / 5),
            borrow_percent: pick(&[0.0, 3.0], i / 2),
            financing_percent: pick(&[0.0, 0.0, 6.0], i / 2),
            conversion_bps: pick(&[0.0, 0.0, 0.2], i),
        },
        limits: pick(
            &[
                RiskLimits::default(),
                RiskLimits::ftmo(),
                RiskLimits {
                    rate: Some(RateLimit {
                        max_signals: 2,
                        window_s: 7_200,
                        ..RateLimit::default()
                    }),
                    ..RiskLimits::default()
                },
            ],
            i / 6,
        ),
        initial_equity: pick(&[10_000.0, 1_000_000.0, 2_500.0, 1e9], i / 2),
        fx: pick(&[1.0, 1.0, 1.0, 1.0842], i),
        risk_free: 0.0,
    };
    Case {
        name: format!("{i:02} {interval} {}", config.prediction.source.name()),
        markets: vec![CaseMarket {
            simulation,
            instrument,
            actions: Actions::default(),
        }],
        config,
    }
}

fn policy(i: usize) -> OrderPolicy {
    let entry = pick(
        &[
            EntryPolicy::Market,
            EntryPolicy::Market,
            EntryPolicy::Limit,
            EntryPolicy::Market,
            EntryPolicy::Collared,
            EntryPolicy::Market,
            EntryPolicy::Close,
        ],
        i,
    );
    OrderPolicy {
        entry,
        on_opposite: pick(
            &[OnOpposite::Ignore, OnOpposite::Exit, OnOpposite::Reverse],
            i / 2,
        ),
        signal_exit: if entry == EntryPolicy::Close {
            SignalExit::DecidingClose
        } else {
            SignalExit::NextOpen
        },
        min_hold_bars: pick(&[0, 0, 3], i),
        max_hold_bars: pick(&[None, None, Some(8), None, Some(1)], i),
        exit_at_session_end: i % 4 == 1,
        exit_lead_s: pick(&[0, 600], i / 4),
        trailing_stop_atr: pick(&[None, None, None, Some(1.5)], i / 2),
        min_stop_spreads: 3.0,
    }
}

fn fills(i: usize) -> FillRules {
    let dialects = [
        FillDialect::Atrium,
        FillDialect::Atrium,
        FillDialect::Atrium,
        FillDialect::BacktestingPy,
        FillDialect::Vectorbt,
    ];
    let dialect = pick(&dialects, i / 3);
    if dialect != FillDialect::Atrium {
        return FillRules {
            dialect,
            ..FillRules::default()
        };
    }
    FillRules {
        dialect,
        // no finer bars are prepared here, so refined bars are read as pessimistic ones
        intrabar: pick(
            &[
                Intrabar::Pessimistic,
                Intrabar::Optimistic,
                Intrabar::Path,
                Intrabar::Refined,
            ],
            i / 3,
        ),
        limit: pick(&[LimitFill::Touch, LimitFill::Through, LimitFill::Touch], i),
        volume_percent: pick(&[None, None, None, Some(2.0), Some(0.05)], i / 2),
        ..FillRules::default()
    }
}
