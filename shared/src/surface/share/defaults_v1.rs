//! What a link of version 1 does not state. It is written out here and never changes, whatever becomes of the defaults of the
//! program; a field that is new gets the value by which runs were made before it was there.

use crate::base::time::BarInterval;
use crate::base::zone::Zone;
use crate::research::run_config::{PredictionConfig, RunConfig};
use crate::signal::prediction::TargetField;
use crate::signal::source::Source;
use crate::trading::costs::{Commission, Costs, PriceOffset};
use crate::trading::fills::{FillDialect, FillRules, Intrabar, LevelExit, LimitFill, ToolOptions};
use crate::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy, SignalExit};
use crate::trading::risk::{PreTrade, RiskLimits};
use crate::trading::sizing::{Sizing, SizingMode};
use crate::trading::strategy::{LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Strategy};

pub(super) const fn defaults() -> RunConfig {
    RunConfig {
        interval: BarInterval::minutes(60),
        prediction: PredictionConfig {
            source: Source::Drift,
            target: TargetField::Open,
            horizon_bars: 4,
            intraday_only: false,
            allow_in_sample: false,
        },
        strategy: Strategy::PredictedMove(PredictedMove {
            k_sigma_err: 0.5,
            k_atr_min_tp: 1.5,
            reward_risk_ratio: 2.0,
            side: SidePolicy::Both,
            level_anchor: LevelAnchor::Decision,
            sigma: SigmaSource::Error,
            min_confidence: None,
        }),
        sizing: Sizing {
            mode: SizingMode::Risk,
            risk_per_trade: 0.01,
            risk_includes_costs: false,
            leverage: 1.0,
            gap_buffer: 0.01,
            max_position: None,
        },
        policy: OrderPolicy {
            entry: EntryPolicy::Market,
            on_opposite: OnOpposite::Ignore,
            signal_exit: SignalExit::NextOpen,
            min_hold_bars: 0,
            max_hold_bars: None,
            exit_at_session_end: false,
            exit_lead_s: 0,
            trailing_stop_atr: None,
            min_stop_spreads: 3.0,
        },
        fills: FillRules {
            dialect: FillDialect::Atrium,
            intrabar: Intrabar::Pessimistic,
            limit: LimitFill::Touch,
            volume_percent: None,
            tool: ToolOptions {
                size_at_fill: false,
                levels: None,
                level_exit: LevelExit::Limit,
                finalize_trades: false,
            },
        },
        costs: Costs {
            commission: Commission::PerShare {
                rate: 0.005,
                minimum: 1.0,
                cap_fraction: 0.01,
            },
            slippage: PriceOffset::None,
            half_spread: PriceOffset::None,
            borrow_percent: 0.0,
            financing_percent: 0.0,
            conversion_bps: 0.0,
        },
        limits: RiskLimits {
            daily_loss: None,
            daily_loss_for_good: false,
            total_loss: None,
            day_zone: Zone::Utc,
            profit_target: None,
            min_trading_days: None,
            rate: None,
            pre_trade: PreTrade {
                max_quantity: None,
                max_notional: None,
                price_band_percent: None,
                max_positions: None,
                max_data_age_s: None,
            },
        },
        initial_equity: 10_000.0,
        fx: 1.0,
        risk_free: 0.0,
    }
}
