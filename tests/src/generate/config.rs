//! Generated configurations, over every option of a run.

use atrium_shared::base::time::BarInterval;
use atrium_shared::base::zone::Zone;
use atrium_shared::research::run_config::{PredictionConfig, RunConfig};
use atrium_shared::signal::source::Source;
use atrium_shared::trading::costs::{Commission, Costs, PriceOffset};
use atrium_shared::trading::fills::{
    FillDialect, FillRules, FractionAnchor, FractionLevels, Intrabar, LevelExit, LimitFill,
    ToolOptions,
};
use atrium_shared::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy, SignalExit};
use atrium_shared::trading::risk::{PreTrade, RateLimit, RiskLimits};
use atrium_shared::trading::sizing::{Sizing, SizingMode};
use atrium_shared::trading::strategy::{
    LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Signals, Strategy,
};

use super::market::{Drawn, target};
use super::{Shape, vary};
use crate::draws::Draws;

/// Streams of the groups begin here.
const STREAMS: u64 = 10;

/// The draws of a group where it varies.
fn group(shape: &Shape, group: u32) -> Option<Draws> {
    let stream = STREAMS + u64::from(group.trailing_zeros());
    shape.varies(group).then(|| Draws::new(shape.seed, stream))
}

/// Draws a configuration that suits a market: its account can pay for some lots of it.
pub(super) fn draw(shape: &Shape, interval: BarInterval, market: &Drawn) -> RunConfig {
    let close = market.bars.series().close().first().copied();
    let instrument = &market.instrument;
    let lot = close.unwrap_or(1.0) * instrument.lot_size * instrument.multiplier;
    let mut money = Draws::new(shape.seed, STREAMS - 1);
    let lots = money.scaled(0.5, 1e5);
    let equity = if shape.varies(vary::SIZING) {
        lots * lot
    } else {
        1_000.0 * lot
    };
    let config = RunConfig {
        interval,
        prediction: prediction(shape, interval),
        strategy: strategy(shape),
        sizing: sizing(shape, lot, instrument.lot_size),
        policy: policy(shape),
        fills: fills(shape),
        costs: costs(shape, lot / instrument.lot_size.max(1.0)),
        limits: limits(shape, lot, instrument.lot_size),
        initial_equity: equity.clamp(1.0, 1e12),
        risk_free: 0.0,
        fx: group(shape, vary::CARRY).map_or(1.0, |mut draws| draws.pick([1.0, 1.0842, 0.007])),
    };
    tool(shape, config)
}

/// Tells the program of another dialect what suits the rest of a configuration.
fn tool(shape: &Shape, mut config: RunConfig) -> RunConfig {
    let Some(mut draws) = group(shape, vary::TOOL) else {
        return config;
    };
    if config.fills.dialect == FillDialect::Atrium {
        config.fills = FillRules {
            dialect: draws.pick([FillDialect::BacktestingPy, FillDialect::Vectorbt]),
            ..FillRules::default()
        };
    }
    let vectorbt = config.fills.dialect == FillDialect::Vectorbt;
    if draws.chance(0.6) {
        let stop = draws.pick([None, Some(0.002), Some(0.02), Some(0.3)]);
        let levels = FractionLevels {
            stop,
            target: draws.pick([None, Some(0.003), Some(0.03), Some(2.0)]),
            anchor: draws.pick([
                FractionAnchor::Fill,
                FractionAnchor::Order,
                FractionAnchor::EntryClose,
            ]),
            trailing: draws.chance(0.5) && stop.is_some(),
        };
        config.policy.trailing_stop_atr = None;
        config.fills.tool.levels = Some(match vectorbt {
            true => levels,
            false => FractionLevels {
                anchor: FractionAnchor::Fill,
                trailing: false,
                ..levels
            },
        });
    }
    let level_exit = draws.pick([LevelExit::Limit, LevelExit::Market, LevelExit::Close]);
    if vectorbt {
        config.fills.tool.level_exit = level_exit;
    }
    config.fills.tool.finalize_trades = !vectorbt && draws.chance(0.5);
    if draws.chance(0.6) {
        // sizes that such a program knows: what it does not is left at what it does
        config.limits.pre_trade.max_quantity = None;
        config.limits.pre_trade.max_notional = None;
        config.sizing.max_position = None;
        config.fills.tool.size_at_fill = true;
        let notional = match config.sizing.mode {
            SizingMode::Notional(notional) => notional,
            _ => config.initial_equity / 3.0,
        };
        if vectorbt {
            config.sizing.leverage = 1.0;
            config.sizing.mode = draws.pick([
                SizingMode::Notional(notional.clamp(1e-6, 1e15)),
                SizingMode::EquityFraction(0.7),
                SizingMode::AllIn,
                config.sizing.mode,
            ]);
        } else {
            config.sizing.mode = draws.pick([
                SizingMode::EquityFraction(0.7),
                SizingMode::AllIn,
                config.sizing.mode,
            ]);
        }
        let reverses = config.policy.on_opposite == OnOpposite::Reverse;
        let commission = &config.costs.commission;
        if vectorbt && commission.fixed_and_rate().is_none() {
            config.costs.commission = Commission::None;
        }
        let dialect = config.fills.dialect;
        let suits = config
            .sizing
            .suit_the_fill(dialect, &config.costs.commission, reverses);
        if suits.is_err() {
            config.sizing.mode = SizingMode::Risk;
        }
    }
    config
}

fn prediction(shape: &Shape, interval: BarInterval) -> PredictionConfig {
    let series = target(shape);
    let of_series = PredictionConfig {
        source: Source::Series,
        target: series.field,
        horizon_bars: series.horizon_bars,
        ..PredictionConfig::default()
    };
    let Some(mut draws) = group(shape, vary::SOURCE) else {
        return of_series;
    };
    let intraday_only = draws.chance(0.2) && interval != BarInterval::Day;
    let source = draws.pick([
        Source::Series,
        Source::Series,
        Source::Drift,
        Source::SmaCross,
        Source::Persistence,
        Source::Noise { seed: shape.seed },
        Source::Oracle,
    ]);
    PredictionConfig {
        source,
        intraday_only,
        ..of_series
    }
}

fn strategy(shape: &Shape) -> Strategy {
    let mut draws = Draws::new(shape.seed, STREAMS + 9);
    if shape.varies(vary::SIGNALS) {
        return Strategy::Signals(Signals {
            side: draws.pick([SidePolicy::Both, SidePolicy::Both, SidePolicy::LongOnly]),
            target_percent: draws.pick([None, None, Some(0.2), Some(2.0)]),
            stop_percent: draws.pick([None, None, Some(0.1), Some(1.0)]),
        });
    }
    let plain = PredictedMove {
        k_sigma_err: 0.0,
        k_atr_min_tp: 0.5,
        ..PredictedMove::default()
    };
    if !shape.varies(vary::STRATEGY) {
        return Strategy::PredictedMove(plain);
    }
    Strategy::PredictedMove(PredictedMove {
        k_sigma_err: draws.pick([0.0, 0.0, 0.1, 0.5]),
        k_atr_min_tp: draws.pick([0.0, 0.1, 0.5, 1.5]),
        reward_risk_ratio: draws.pick([2.0, 1.0, 0.5, 3.0, 1.37, 10.0]),
        side: draws.pick([
            SidePolicy::Both,
            SidePolicy::Both,
            SidePolicy::LongOnly,
            SidePolicy::ShortOnly,
        ]),
        level_anchor: draws.pick([LevelAnchor::Decision, LevelAnchor::Fill]),
        sigma: draws.pick([SigmaSource::Error, SigmaSource::Atr]),
        min_confidence: draws.pick([None, None, Some(0.3)]),
    })
}

fn sizing(shape: &Shape, lot: f64, lot_size: f64) -> Sizing {
    let Some(mut draws) = group(shape, vary::SIZING) else {
        // without a stop a signal's trade cannot be sized by its risk
        let mode = if shape.varies(vary::SIGNALS) {
            SizingMode::EquityFraction(0.2)
        } else {
            SizingMode::Risk
        };
        return Sizing {
            mode,
            ..Sizing::default()
        };
    };
    let lots = draws.scaled(0.5, 1e4);
    Sizing {
        mode: draws.pick([
            SizingMode::Risk,
            SizingMode::Risk,
            SizingMode::EquityFraction(0.7),
            SizingMode::EquityFraction(3.0),
            SizingMode::AllIn,
            SizingMode::VolatilityTarget(0.01),
            SizingMode::Notional((lots * lot).clamp(1e-6, 1e15)),
            SizingMode::Quantity(lots * lot_size),
        ]),
        risk_per_trade: draws.pick([0.01, 0.0002, 0.05, 0.5, 1.0]),
        risk_includes_costs: draws.chance(0.3),
        leverage: draws.pick([1.0, 0.5, 4.0, 30.0]),
        gap_buffer: draws.pick([0.01, 0.0, 0.3]),
        max_position: draws.chance(0.3).then(|| draws.scaled(0.5, 1e4) * lot_size),
    }
}

fn policy(shape: &Shape) -> OrderPolicy {
    let mut policy = OrderPolicy::default();
    if let Some(mut draws) = group(shape, vary::ENTRY) {
        policy.entry = draws.pick([
            EntryPolicy::Market,
            EntryPolicy::Collared,
            EntryPolicy::Limit,
            EntryPolicy::Close,
        ]);
        policy.min_stop_spreads = draws.pick([3.0, 0.0, 10.0]);
    }
    if let Some(mut draws) = group(shape, vary::OPPOSITE) {
        policy.on_opposite =
            draws.pick([OnOpposite::Ignore, OnOpposite::Exit, OnOpposite::Reverse]);
        policy.min_hold_bars = draws.pick([0, 0, 1, 3, 10]);
        policy.signal_exit = draws.pick([SignalExit::NextOpen, SignalExit::DecidingClose]);
        // a reversal enters where it leaves
        if !policy.reverses_at_one_time() {
            policy.signal_exit = match policy.entry {
                EntryPolicy::Close => SignalExit::DecidingClose,
                _ => SignalExit::NextOpen,
            };
        }
    }
    if let Some(mut draws) = group(shape, vary::MAX_HOLD) {
        policy.max_hold_bars = draws.pick([Some(1), Some(2), Some(5), Some(30)]);
    }
    if let Some(mut draws) = group(shape, vary::SESSION_END) {
        policy.exit_at_session_end = true;
        policy.exit_lead_s = draws.pick([0, 0, 1, 60, 600, 3_600, 7_200, 86_399]);
    }
    if let Some(mut draws) = group(shape, vary::TRAILING) {
        policy.trailing_stop_atr = draws.pick([Some(0.2), Some(1.0), Some(3.0)]);
    }
    policy
}

fn fills(shape: &Shape) -> FillRules {
    let mut rules = FillRules::default();
    if let Some(mut draws) = group(shape, vary::INTRABAR) {
        rules.intrabar = draws.pick([
            Intrabar::Pessimistic,
            Intrabar::Optimistic,
            Intrabar::Path,
            Intrabar::Refined,
        ]);
        rules.limit = draws.pick([LimitFill::Touch, LimitFill::Through]);
    }
    if let Some(mut draws) = group(shape, vary::VOLUME) {
        rules.volume_percent = draws.pick([Some(100.0), Some(5.0), Some(0.5)]);
    }
    if let Some(mut draws) = group(shape, vary::DIALECT) {
        // a dialect of another tool reads bars its own way, so it goes with none of these options
        rules = FillRules {
            dialect: draws.pick([FillDialect::BacktestingPy, FillDialect::Vectorbt]),
            ..FillRules::default()
        };
    }
    rules
}

/// Costs, of which those in cash are a small share of what a lot or a unit is worth, whichever is less.
fn costs(shape: &Shape, worth: f64) -> Costs {
    let mut costs = Costs::FREE;
    if let Some(mut draws) = group(shape, vary::COMMISSION) {
        costs.commission = commission(&mut draws, worth);
    }
    if let Some(mut draws) = group(shape, vary::OFFSETS) {
        let mut offset = || {
            draws.pick([
                PriceOffset::None,
                PriceOffset::Ticks(1.0),
                PriceOffset::Ticks(2.5),
                PriceOffset::Bps(3.0),
                PriceOffset::Bps(500.0),
                PriceOffset::Atr(0.1),
                PriceOffset::Atr(2.0),
            ])
        };
        costs.slippage = offset();
        costs.half_spread = offset();
    }
    if let Some(mut draws) = group(shape, vary::CARRY) {
        costs.borrow_percent = draws.pick([0.0, 3.0, 200.0]);
        costs.financing_percent = draws.pick([0.0, 6.0, 150.0]);
        costs.conversion_bps = draws.pick([0.0, 2.0, 50.0]);
    }
    costs
}

fn commission(draws: &mut Draws, worth: f64) -> Commission {
    let some = worth * draws.pick([1e-4, 1e-2]);
    draws.pick([
        Commission::default(),
        Commission::PerShare {
            rate: some.clamp(0.0, 1e6),
            minimum: (3.0 * some).clamp(0.0, 1e6),
            cap_fraction: 0.005,
        },
        Commission::IbTiered {
            monthly_shares: 299_900.0,
        },
        Commission::Percent {
            percent: 0.05,
            fixed: some.clamp(0.0, 1e6),
            minimum: (2.0 * some).clamp(0.0, 1e6),
        },
        Commission::PerContract {
            rate: some.clamp(0.0, 1e6),
        },
        Commission::PerTrade {
            amount: some.clamp(0.0, 1e6),
        },
    ])
}

fn limits(shape: &Shape, lot: f64, lot_size: f64) -> RiskLimits {
    let mut limits = RiskLimits::default();
    if let Some(mut draws) = group(shape, vary::LOSS_LIMITS) {
        limits = RiskLimits {
            daily_loss: draws.pick([None, Some(0.05), Some(0.005)]),
            daily_loss_for_good: draws.chance(0.2),
            total_loss: draws.pick([None, Some(0.1), Some(0.01)]),
            day_zone: draws.pick(Zone::ALL),
            profit_target: draws.pick([None, Some(0.1)]),
            min_trading_days: draws.pick([None, Some(4)]),
            ..limits
        };
    }
    if let Some(mut draws) = group(shape, vary::ORDER_LIMITS) {
        limits.rate = draws.chance(0.7).then(|| RateLimit {
            max_signals: draws.pick([0, 1, 2, 10]) as u32,
            max_high_confidence: draws.pick([0, 1, 5]) as u32,
            high_confidence: draws.pick([0.75, 0.3, 0.0]),
            window_s: draws.pick([1, 3_600, 7_200, 86_400]) as u32,
        });
        limits.pre_trade = PreTrade {
            max_quantity: draws.pick([None, Some(50.0 * lot_size)]),
            max_notional: draws.pick([None, Some((100.0 * lot).clamp(1e-6, 1e15))]),
            price_band_percent: draws.pick([None, Some(2.0), Some(20.0)]),
            max_positions: draws.pick([None, Some(1), Some(2)]),
            max_data_age_s: draws.pick([None, Some(0)]),
        };
    }
    limits
}

/// A configuration without the options that only walking every bar can follow.
pub fn skippable(mut config: RunConfig) -> RunConfig {
    config.fills.dialect = FillDialect::Atrium;
    config.fills.tool = ToolOptions::default();
    config.fills.volume_percent = None;
    config.limits.rate = None;
    if config.policy.on_opposite == OnOpposite::Reverse {
        config.policy.on_opposite = OnOpposite::Exit;
    }
    if matches!(config.costs.commission, Commission::IbTiered { .. }) {
        config.costs.commission = Commission::default();
    }
    let limit_entry = matches!(
        config.policy.entry,
        EntryPolicy::Limit | EntryPolicy::Collared
    );
    if limit_entry && config.fills.intrabar == Intrabar::Refined {
        config.fills.intrabar = Intrabar::Path;
    }
    config
}
