//! What a bar offers to all lanes alike that may enter at its close, and what each makes of it.

use super::headlines::Headlines;
use crate::base::units::TickGrid;
use crate::research::backtest::{Run, TimeExit, known};
use crate::research::run_config::RunConfig;
use crate::trading::costs::Costs;
use crate::trading::fills::Intrabar;
use crate::trading::orders::{Leg, Side};
use crate::trading::policy::{EntryPolicy, OnOpposite, OrderPolicy};
use crate::trading::portfolio::profit_of_signed;
use crate::trading::risk::{PreTrade, RiskLimits};
use crate::trading::sizing::{Sizing, SizingMode, least_quantity, whole, whole_near};
use crate::trading::strategy::{LevelAnchor, Strategy};

/// Lanes that are decided on together.
pub(super) const WIDE: usize = 8;
/// Numbers below it round as [`floor_near`](crate::base::units::floor_near) says: 2⁵¹.
const NEAR: f64 = 2_251_799_813_685_248.0;

/// What plain lanes have in common: their configuration without levels, size, and what is in the account at the start; `None` where a
/// configuration is none of them.
pub(super) fn common(config: &RunConfig) -> Option<RunConfig> {
    let mut same = *config;
    let defaults = RunConfig::default();
    let gives_levels = match &mut same.strategy {
        Strategy::PredictedMove(strategy) => {
            strategy.reward_risk_ratio = 1.0;
            strategy.level_anchor == LevelAnchor::Decision
        }
        Strategy::Signals(strategy) => {
            let levels = [strategy.target_percent.take(), strategy.stop_percent.take()];
            levels.iter().all(Option::is_some)
        }
    };
    let mode = match same.sizing.mode {
        SizingMode::EquityFraction(_) => SizingMode::EquityFraction(1.0),
        SizingMode::Quantity(_) => SizingMode::Quantity(1.0),
        SizingMode::Notional(_) => SizingMode::Notional(1.0),
        SizingMode::VolatilityTarget(_) => SizingMode::VolatilityTarget(1.0),
        same @ (SizingMode::Risk | SizingMode::AllIn) => same,
    };
    // every field is named, so that a new one is not passed over
    let Sizing {
        mode: _,
        risk_per_trade: _,
        risk_includes_costs,
        leverage: _,
        gap_buffer: _,
        max_position: _,
    } = same.sizing;
    same.sizing = Sizing {
        mode,
        ..defaults.sizing
    };
    (same.initial_equity, same.risk_free) = (defaults.initial_equity, defaults.risk_free);
    (gives_levels && !risk_includes_costs && leaves_by_levels(&same)).then_some(same)
}

/// Whether positions are entered at the next open, and left by nothing but levels and time that is the same for all.
fn leaves_by_levels(config: &RunConfig) -> bool {
    let RiskLimits {
        daily_loss,
        daily_loss_for_good: _,
        total_loss: _,
        day_zone: _,
        profit_target: _,
        min_trading_days: _,
        rate,
        pre_trade,
    } = config.limits;
    let Costs {
        commission: _,
        slippage: _,
        half_spread: _,
        borrow_percent,
        financing_percent,
        conversion_bps: _,
    } = config.costs;
    let OrderPolicy {
        entry,
        on_opposite,
        signal_exit: _,
        min_hold_bars: _,
        max_hold_bars: _,
        exit_at_session_end: _,
        exit_lead_s: _,
        trailing_stop_atr,
        min_stop_spreads: _,
    } = config.policy;
    (daily_loss.is_none() && rate.is_none() && pre_trade == PreTrade::NONE)
        && (financing_percent <= 0.0 && borrow_percent <= 0.0)
        && (entry == EntryPolicy::Market && on_opposite == OnOpposite::Ignore)
        && trailing_stop_atr.is_none()
        && config.fills.intrabar != Intrabar::Refined
}

/// What a configuration wants of every entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    /// The levels of signals as multiples of the close, long and short.
    targets: [f64; 2],
    stops: [f64; 2],
    /// The levels of predicted moves: target distance over stop distance.
    ratio: f64,
    /// The number that the size is computed from: a share, a notional, or whole lots.
    size: f64,
    leverage: f64,
    /// One and the share that is kept free for the gap.
    with_gap: f64,
    /// The most lots.
    most: f64,
}

impl Want {
    /// That of a configuration which [`common`] is known of.
    pub(super) fn of(config: &RunConfig, lot_size: f64) -> Self {
        let sizing = &config.sizing;
        let mut want = Self {
            targets: [f64::NAN; 2],
            stops: [f64::NAN; 2],
            ratio: f64::NAN,
            size: match sizing.mode {
                SizingMode::Risk => sizing.risk_per_trade,
                SizingMode::Quantity(units) => whole(units / lot_size),
                SizingMode::AllIn => 0.0,
                SizingMode::EquityFraction(size)
                | SizingMode::Notional(size)
                | SizingMode::VolatilityTarget(size) => size,
            },
            leverage: sizing.leverage,
            with_gap: 1.0 + sizing.gap_buffer,
            most: sizing
                .max_position
                .map_or(f64::INFINITY, |most| whole(most / lot_size)),
        };
        match config.strategy {
            Strategy::PredictedMove(strategy) => want.ratio = strategy.reward_risk_ratio,
            Strategy::Signals(strategy) => {
                let away = |percent: Option<f64>| {
                    let percent = percent.unwrap_or(f64::NAN);
                    [Side::Long, Side::Short].map(|side| 1.0 + side.sign() * percent / 100.0)
                };
                want.targets = away(strategy.target_percent);
                want.stops = away(strategy.stop_percent.map(|percent| -percent));
            }
        }
        want
    }
}

/// What all lanes may enter at the close of a bar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) side: Side,
    sign: f64,
    /// The close that is decided on.
    close: f64,
    /// The move that is predicted, to the target.
    to_target: f64,
    is_move: bool,
    /// The distance from which on a stop is not too close.
    nearest_stop: f64,
    atr: f64,
    grid: TickGrid,
    /// The bar in which the entry fills.
    pub(super) filled: usize,
    /// The price before slippage and spread.
    pub(super) open: f64,
    /// The executed price.
    pub(super) basis: f64,
    /// When time ends the position.
    pub(super) time: TimeExit,
    mode: SizingMode,
    /// Account currency for a price move of 1 on one lot.
    unit: f64,
    lot_size: f64,
    multiplier: f64,
    least_quantity: f64,
    least_notional: f64,
}

/// What lanes come to that are decided on together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub(super) target: [f64; WIDE],
    pub(super) stop: [f64; WIDE],
    /// Negative when short.
    pub(super) signed: [f64; WIDE],
    /// What the position is worth at its stop.
    pub(super) at_stop: [f64; WIDE],
    /// Whether the entry is one that leaves no question.
    pub(super) is_sound: [bool; WIDE],
}

#[expect(
    clippy::indexing_slicing,
    reason = "lanes are numbered below their count, sides below 2; these are the innermost operations"
)]
impl Offer {
    /// What the close of a bar offers by the rules of a lane, of which those that it has in common with the others are asked.
    #[inline(always)]
    pub(super) fn at(run: &Run<'_, Headlines>, bar: usize) -> Option<Self> {
        let (index, config) = (run.index, run.config);
        if run.is_closing(bar) {
            return None;
        }
        let (close, atr) = (index.close(bar), index.atr(bar));
        let least = config.policy;
        let least = least.least_stop(&config.costs, close, index.tick, atr);
        let known = known(index, &config.strategy, bar, least);
        let side = config.strategy.direction(&known).ok()??;
        let distances = match &config.strategy {
            Strategy::PredictedMove(strategy) => Some(strategy.distances(&known)?),
            Strategy::Signals(_) => None,
        };
        let filled = bar + 1;
        let open = index.prices(filled).open;
        let (basis, _) = run.execute((side, 1.0), Leg::Entry, (filled, open, true));
        let instrument = index.instrument;
        Some(Self {
            side,
            sign: side.sign(),
            close,
            to_target: distances.map_or(0.0, |[to_target, _]| to_target),
            is_move: distances.is_some(),
            nearest_stop: known.nearest_stop(),
            atr: atr.unwrap_or(f64::NAN),
            grid: index.grid,
            filled,
            open,
            basis,
            time: run.time_of((filled, false), filled),
            mode: config.sizing.mode,
            unit: run.unit.value,
            lot_size: instrument.lot_size,
            multiplier: instrument.multiplier,
            least_quantity: least_quantity(instrument),
            least_notional: instrument.min_notional,
        })
    }

    /// What lanes with so much in their accounts make of it. Where an entry is not sound, that may be a matter of range: only their
    /// rules can tell.
    #[inline(always)]
    pub(super) fn made(&self, wants: &[&Want; WIDE], balance: &[f64; WIDE]) -> Made {
        let (mut target, mut stop) = self.levels(wants);
        let going_up = self.side == Side::Long;
        self.grid.ticks_of_each(going_up, &mut target);
        self.grid.ticks_of_each(going_up, &mut stop);
        let mut is_sound = [false; WIDE];
        for lane in 0..WIDE {
            let (target, stop) = (target[lane], stop[lane]);
            is_sound[lane] = (target >= 1.0) & (stop >= 1.0) & (target < NEAR) & (stop < NEAR);
        }
        self.grid.price_of_each(&mut target);
        self.grid.price_of_each(&mut stop);
        let mut distance = [0.0; WIDE];
        for lane in 0..WIDE {
            let ahead = |level: f64| (level - self.close) * self.sign;
            distance[lane] = -ahead(stop[lane]);
            is_sound[lane] &= (ahead(target[lane]) > 0.0) & (distance[lane] >= self.nearest_stop);
        }
        let lots = self.lots(wants, balance, &distance);
        let (mut signed, mut at_stop) = ([0.0; WIDE], [0.0; WIDE]);
        for lane in 0..WIDE {
            let lots = lots[lane];
            let worth = lots * self.multiplier * self.lot_size * self.close;
            is_sound[lane] &= (lots >= 1.0)
                & (lots * self.lot_size >= self.least_quantity)
                & (worth >= self.least_notional)
                & (lots < NEAR);
            signed[lane] = self.sign * lots;
            at_stop[lane] = profit_of_signed(signed[lane], stop[lane] - self.basis, self.unit);
        }
        Made {
            target,
            stop,
            signed,
            at_stop,
            is_sound,
        }
    }

    /// Targets and stops before they are rounded.
    #[inline(always)]
    fn levels(&self, wants: &[&Want; WIDE]) -> ([f64; WIDE], [f64; WIDE]) {
        let (mut target, mut stop) = ([0.0; WIDE], [0.0; WIDE]);
        if self.is_move {
            for (lane, want) in wants.iter().enumerate() {
                target[lane] = self.close + self.to_target;
                stop[lane] = self.close + -self.to_target / want.ratio;
            }
        } else {
            let side = self.side as usize;
            for (lane, want) in wants.iter().enumerate() {
                target[lane] = self.close * want.targets[side];
                stop[lane] = self.close * want.stops[side];
            }
        }
        (target, stop)
    }

    /// Whole lots by [`Sizing::lots`]; what could not be rounded is no number.
    #[inline(always)]
    fn lots(
        &self,
        wants: &[&Want; WIDE],
        own: &[f64; WIDE],
        distance: &[f64; WIDE],
    ) -> [f64; WIDE] {
        let (mut affordable, mut lots) = ([0.0; WIDE], [0.0; WIDE]);
        for lane in 0..WIDE {
            let want = wants[lane];
            let lot_cost = self.close * want.with_gap * self.unit;
            affordable[lane] = rounded(own[lane] * want.leverage / lot_cost);
        }
        let by = |lane: usize, of: f64, each: f64| rounded(of * wants[lane].size / each);
        let price = self.close * self.unit;
        for lane in 0..WIDE {
            let own = own[lane];
            lots[lane] = match self.mode {
                SizingMode::Quantity(_) => wants[lane].size,
                SizingMode::AllIn => affordable[lane],
                SizingMode::Risk => by(lane, own, distance[lane] * self.unit),
                SizingMode::EquityFraction(_) => by(lane, own, price),
                SizingMode::Notional(_) => by(lane, 1.0, price),
                SizingMode::VolatilityTarget(_) => by(lane, own, self.atr * self.unit),
            };
        }
        for lane in 0..WIDE {
            let (most, pays_for) = (wants[lane].most, affordable[lane]);
            let capped = if lots[lane] > most { most } else { lots[lane] };
            lots[lane] = if capped > pays_for { pays_for } else { capped };
            // what comes of no number is none
            lots[lane] += 0.0 * pays_for;
        }
        lots
    }
}

/// Whole lots, or no number where there are too many to be rounded.
#[inline(always)]
fn rounded(lots: f64) -> f64 {
    let whole = whole_near(lots);
    if whole < NEAR { whole } else { f64::NAN }
}
