//! The limits of an account, and the one gate that every order passes: the only place that mints a [`RiskApproved`].

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::orders::{Bracket, EntryOrder, Level, Side};
use super::strategy::NoTrade;
use crate::base::digest::Hasher;
use crate::base::time::Timestamp;
use crate::base::units::{OutOfBounds, TickGrid, within};
use crate::base::zone::Zone;
use crate::market::bars::Instrument;

/// Something that passed the risk checks. It cannot be built elsewhere and cannot be read from outside (it has no
/// `Deserialize`), so an order that skipped the checks does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RiskApproved<T>(T);

impl<T> RiskApproved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// The limits of an account. What is absent is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskLimits {
    /// The most that may be lost in a day, as a share of initial equity: equity below the balance at the day's start less
    /// this closes every position and bars new ones till the next day.
    pub daily_loss: Option<f64>,
    /// Whether a breach of the daily limit bars new positions for good.
    pub daily_loss_for_good: bool,
    /// The most that may be lost in all, as a share of initial equity: a breach closes every position, for good.
    pub total_loss: Option<f64>,
    /// The zone whose midnight begins a day.
    pub day_zone: Zone,
    /// The profit that is aimed at, as a share of initial equity; it is reported, and changes nothing.
    pub profit_target: Option<f64>,
    /// Days with an entry that are asked for; reported, and changes nothing.
    pub min_trading_days: Option<u32>,
    /// How many signals may be traded in a stretch of time.
    pub rate: Option<RateLimit>,
    /// What a single order may be.
    pub pre_trade: PreTrade,
}

/// How many signals may be traded in a stretch of time, over all instruments. Those beyond are blocked and counted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimit {
    /// Signals of any confidence.
    pub max_signals: u32,
    /// Signals of high confidence among them.
    pub max_high_confidence: u32,
    /// The confidence from which a signal is a high one.
    pub high_confidence: f64,
    /// The stretch of time: a signal counts until so many seconds have passed.
    pub window_s: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self {
            max_signals: 10,
            max_high_confidence: 5,
            high_confidence: 0.75,
            window_s: 3_600,
        }
    }
}

/// What a single order may be, checked before it leaves. What is absent is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PreTrade {
    /// The largest quantity, in units of the instrument.
    pub max_quantity: Option<f64>,
    /// The largest notional at the last close, in account currency.
    pub max_notional: Option<f64>,
    /// How far from the last close a price of the order may lie, in per cent.
    pub price_band_percent: Option<f64>,
    /// How many positions and pending entries there may be, this one included.
    pub max_positions: Option<u32>,
    /// How old the last bar may be at the decision, in seconds after its end.
    pub max_data_age_s: Option<u32>,
}

impl RiskLimits {
    /// The rules of an FTMO challenge: 5 % a day by Prague time, 10 % in all, 10 % profit, at least 4 trading days. It goes
    /// with a risk of 1 % a trade, which is a matter of sizing.
    pub fn ftmo() -> Self {
        Self {
            daily_loss: Some(0.05),
            daily_loss_for_good: false,
            total_loss: Some(0.10),
            day_zone: Zone::Prague,
            profit_target: Some(0.10),
            min_trading_days: Some(4),
            ..Self::default()
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        let check = |name, value: Option<f64>, low, high| {
            value.map_or(Ok(()), |value| within(name, value, low, high))
        };
        check("daily_loss", self.daily_loss, 1e-6, 1.0)?;
        check("total_loss", self.total_loss, 1e-6, 1.0)?;
        check("profit_target", self.profit_target, 1e-6, 1_000.0)?;
        if let Some(rate) = self.rate {
            within("rate.max_signals", f64::from(rate.max_signals), 0.0, 1e6)?;
            within(
                "rate.max_high_confidence",
                f64::from(rate.max_high_confidence),
                0.0,
                1e6,
            )?;
            within("rate.high_confidence", rate.high_confidence, 0.0, 1.0)?;
            within("rate.window_s", f64::from(rate.window_s), 1.0, 31_536_000.0)?;
        }
        let PreTrade {
            max_quantity,
            max_notional,
            price_band_percent,
            ..
        } = self.pre_trade;
        check("pre_trade.max_quantity", max_quantity, 1e-12, 1e15)?;
        check("pre_trade.max_notional", max_notional, 1e-6, 1e15)?;
        check(
            "pre_trade.price_band_percent",
            price_band_percent,
            1e-6,
            1e6,
        )
    }

    /// Feeds every field.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.option_f64(self.daily_loss);
        hasher.code(u8::from(self.daily_loss_for_good));
        hasher.option_f64(self.total_loss);
        hasher.code(self.day_zone as u8);
        hasher.option_f64(self.profit_target);
        hasher.option_f64(self.min_trading_days.map(f64::from));
        hasher.code(u8::from(self.rate.is_some()));
        if let Some(rate) = self.rate {
            hasher.u64(u64::from(rate.max_signals));
            hasher.u64(u64::from(rate.max_high_confidence));
            hasher.f64(rate.high_confidence);
            hasher.u64(u64::from(rate.window_s));
        }
        let PreTrade {
            max_quantity,
            max_notional,
            price_band_percent,
            max_positions,
            max_data_age_s,
        } = self.pre_trade;
        [max_quantity, max_notional, price_band_percent]
            .iter()
            .for_each(|&limit| hasher.option_f64(limit));
        hasher.option_f64(max_positions.map(f64::from));
        hasher.option_f64(max_data_age_s.map(f64::from));
    }
}

/// Why trading is halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// Equity fell to zero or below.
    Ruin,
    /// More was lost in all than may be.
    TotalLoss,
    /// More was lost in a day than may be.
    DailyLoss,
    /// A command halted it.
    Command,
}

/// A loss limit that was breached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// When it was noticed: the close at which equity was marked.
    pub at: Timestamp,
    /// Which limit.
    pub halt: Halt,
    /// The equity.
    pub equity: f64,
    /// The least that it may be.
    pub limit: f64,
}

/// What the account's limits know of its past.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskState {
    initial: f64,
    day_start_balance: f64,
    ruined: bool,
    total: bool,
    daily: bool,
    pub(super) commanded: bool,
    pub(super) breaches: Vec<Breach>,
    /// Signals traded within the window of the rate limit: when, and whether of high confidence.
    signals: VecDeque<(Timestamp, bool)>,
    /// Those of high confidence among them.
    high_signals: u64,
}

impl RiskState {
    /// That of an account that has just begun, with so much equity.
    pub fn new(initial: f64) -> Self {
        Self {
            initial,
            day_start_balance: initial,
            ruined: false,
            total: false,
            daily: false,
            commanded: false,
            breaches: Vec::new(),
            signals: VecDeque::new(),
            high_signals: 0,
        }
    }

    /// The gravest reason for which trading is halted.
    #[inline(always)]
    pub fn halted(&self) -> Option<Halt> {
        [
            (self.ruined, Halt::Ruin),
            (self.total, Halt::TotalLoss),
            (self.daily, Halt::DailyLoss),
            (self.commanded, Halt::Command),
        ]
        .into_iter()
        .find_map(|(holds, halt)| holds.then_some(halt))
    }

    /// Loss limits that were breached, in order of time.
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// A new day begins with this balance.
    pub fn roll_day(&mut self, balance: f64, limits: &RiskLimits) {
        self.day_start_balance = balance;
        self.daily &= limits.daily_loss_for_good;
    }

    /// Holds marked equity against the limits; whether one was breached just now.
    #[inline(always)]
    pub fn mark(&mut self, equity: f64, at: Timestamp, limits: &RiskLimits) -> bool {
        if self.is_safe(equity, f64::NEG_INFINITY, limits) {
            return false;
        }
        let floor = |share: Option<f64>, from: f64| share.map(|share| from - share * self.initial);
        let checks = [
            // what is no number is no equity either
            (Halt::Ruin, Some(0.0), equity <= 0.0 || !equity.is_finite()),
            (
                Halt::TotalLoss,
                floor(limits.total_loss, self.initial),
                false,
            ),
            (
                Halt::DailyLoss,
                floor(limits.daily_loss, self.day_start_balance),
                false,
            ),
        ];
        let mut breached = false;
        for (halt, limit, ruined) in checks {
            let Some(limit) = limit.filter(|&limit| equity < limit || ruined) else {
                continue;
            };
            let flag = match halt {
                Halt::Ruin => &mut self.ruined,
                Halt::TotalLoss => &mut self.total,
                Halt::DailyLoss => &mut self.daily,
                Halt::Command => continue,
            };
            if !core::mem::replace(flag, true) {
                breached = true;
                self.breaches.push(Breach {
                    at,
                    halt,
                    equity,
                    limit,
                });
            }
        }
        breached
    }

    /// Whether marks cannot breach anything as long as equity is never below `worst` and no day begins with a balance
    /// above `best_balance`. A lower equity never breaches less, so one comparison stands for a whole stretch of marks.
    #[inline(always)]
    pub fn is_safe(&self, worst: f64, best_balance: f64, limits: &RiskLimits) -> bool {
        let clears = |share: Option<f64>, from: f64| {
            share.is_none_or(|share| worst >= from - share * self.initial)
        };
        let day_start = if best_balance > self.day_start_balance {
            best_balance
        } else {
            self.day_start_balance
        };
        worst > 0.0
            && worst.is_finite()
            && clears(limits.total_loss, self.initial)
            && clears(limits.daily_loss, day_start)
    }

    /// Whether one more signal may be traded. Signals are forgotten once the window that holds then has passed them, and are not
    /// counted while there is no limit: rules that change to a longer window, or to a limit, count from then on.
    pub(super) fn has_room(
        &mut self,
        at: Timestamp,
        confidence: Option<f64>,
        limits: &RiskLimits,
    ) -> bool {
        let Some(rate) = limits.rate else {
            return true;
        };
        let since = at.plus_seconds(-i64::from(rate.window_s));
        while let Some(&(then, was_high)) = self.signals.front()
            && then <= since
        {
            self.signals.pop_front();
            self.high_signals = self.high_signals.saturating_sub(u64::from(was_high));
        }
        let is_high = is_high(confidence, rate);
        (self.signals.len() as u64) < u64::from(rate.max_signals)
            && (!is_high || self.high_signals < u64::from(rate.max_high_confidence))
    }

    /// Counts a signal that was traded.
    pub(super) fn count_signal(
        &mut self,
        at: Timestamp,
        confidence: Option<f64>,
        limits: &RiskLimits,
    ) {
        if let Some(rate) = limits.rate {
            let is_high = is_high(confidence, rate);
            self.signals.push_back((at, is_high));
            self.high_signals += u64::from(is_high);
        }
    }
}

fn is_high(confidence: Option<f64>, rate: RateLimit) -> bool {
    confidence.is_some_and(|confidence| confidence >= f64::from(rate.high_confidence as f32))
}

/// What a venue's surroundings allow. Nothing is assumed of them: a driver says it to [`Engine::new`] and tells every change.
///
/// [`Engine::new`]: super::engine::Engine::new
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The market takes orders.
    pub session_open: bool,
    /// The account is the configured one.
    pub account_confirmed: bool,
    /// Paper or live, the mode is the configured one.
    pub mode_confirmed: bool,
}

impl Standing {
    /// All is well: what the simulated broker says of itself.
    pub const CLEAR: Self = Self {
        session_open: true,
        account_confirmed: true,
        mode_confirmed: true,
    };
    /// Nothing is confirmed yet, so nothing is entered: where a live driver starts.
    pub const UNKNOWN: Self = Self {
        session_open: false,
        account_confirmed: false,
        mode_confirmed: false,
    };
}

/// What a bracket is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The instrument.
    pub instrument: &'a Instrument,
    /// Account currency for one unit of the instrument's currency.
    pub fx: f64,
    /// The instrument's price grid.
    pub grid: &'a TickGrid,
    /// The close of the deciding bar.
    pub last: f64,
    /// The end of the deciding bar.
    pub last_end: Timestamp,
    /// Positions and pending entries beside this one.
    pub positions: u64,
    /// Whether an order was decided on at the same time already.
    pub duplicate: bool,
    /// What the venue's surroundings allow.
    pub standing: Standing,
    /// Why trading is halted, if it is.
    pub halted: Option<Halt>,
}

impl PreTrade {
    /// No limits at all.
    pub(crate) const NONE: Self = Self {
        max_quantity: None,
        max_notional: None,
        price_band_percent: None,
        max_positions: None,
        max_data_age_s: None,
    };
}

/// Checks a bracket before it may leave the engine.
///
/// # Errors
/// As [`check`].
pub(super) fn approve(
    bracket: Bracket,
    facts: &Facts<'_>,
    limits: &PreTrade,
) -> Result<RiskApproved<Bracket>, NoTrade> {
    check(&bracket, facts, limits)?;
    Ok(RiskApproved(bracket))
}

/// Whether a bracket passes every check of a single order. It mints nothing: a driver that looks ahead asks what the engine
/// would say.
///
/// # Errors
/// [`NoTrade`] names the first check that failed.
#[inline(always)]
pub fn check(bracket: &Bracket, facts: &Facts<'_>, limits: &PreTrade) -> Result<(), NoTrade> {
    match facts.halted {
        None => {}
        Some(Halt::DailyLoss | Halt::TotalLoss) => return Err(NoTrade::LossLimit),
        Some(Halt::Ruin | Halt::Command) => return Err(NoTrade::Halted),
    }
    if bracket.lots.0 < 1 || !is_ordered(bracket) {
        return Err(NoTrade::LevelsTooClose);
    }
    if facts.duplicate {
        return Err(NoTrade::DuplicateOrder);
    }
    if !facts.standing.account_confirmed || !facts.standing.mode_confirmed {
        return Err(NoTrade::NotCleared);
    }
    if !facts.standing.session_open {
        return Err(NoTrade::SessionClosed);
    }
    if *limits == PreTrade::NONE {
        return Ok(());
    }
    within_limits(bracket, facts, limits)
}

/// The limits of a single order.
fn within_limits(bracket: &Bracket, facts: &Facts<'_>, limits: &PreTrade) -> Result<(), NoTrade> {
    let over = |value: f64, limit: Option<f64>| limit.is_some_and(|limit| value > limit);
    let quantity = bracket.lots.0 as f64 * facts.instrument.lot_size;
    if over(quantity, limits.max_quantity) {
        return Err(NoTrade::OverQuantityLimit);
    }
    let notional = quantity * facts.last * facts.instrument.multiplier * facts.fx;
    if over(notional, limits.max_notional) {
        return Err(NoTrade::OverNotionalLimit);
    }
    if over(
        (facts.positions + 1) as f64,
        limits.max_positions.map(f64::from),
    ) {
        return Err(NoTrade::OverPositionLimit);
    }
    let age_s = bracket.decided_at.micros_since(facts.last_end) as f64 / 1e6;
    if over(age_s, limits.max_data_age_s.map(f64::from)) {
        return Err(NoTrade::StaleData);
    }
    if limits.price_band_percent.is_none() {
        return Ok(());
    }
    let furthest = prices(bracket, facts.grid, facts.last)
        .map(|price| (price / facts.last - 1.0).abs() * 100.0 * (1.0 - ON_BAND))
        .fold(0.0, |furthest, distance| {
            if distance > furthest {
                distance
            } else {
                furthest
            }
        });
    if over(furthest, limits.price_band_percent) {
        return Err(NoTrade::OutsidePriceBand);
    }
    Ok(())
}

/// Whether the levels stand on their sides of each other.
fn is_ordered(bracket: &Bracket) -> bool {
    match (bracket.target, bracket.stop) {
        (Some(Level::At(target)), Some(Level::At(stop))) => match bracket.side {
            Side::Long => stop < target,
            Side::Short => stop > target,
        },
        (Some(Level::At(_)), Some(Level::FromFill(_)))
        | (Some(Level::FromFill(_)), Some(Level::At(_))) => false,
        (target, stop) => [target, stop].iter().flatten().all(|level| match level {
            Level::At(ticks) => ticks.0 > 0,
            Level::FromFill(distance) => *distance > 0.0 && distance.is_finite(),
        }),
    }
}

/// A distance this close to the band, as a share of itself, stands on it.
const ON_BAND: f64 = 1e-9;

/// Every price that a bracket fixes; distances from the fill are measured from the last price.
fn prices(bracket: &Bracket, grid: &TickGrid, last: f64) -> impl Iterator<Item = f64> {
    let level = |level: Option<Level>, sign: f64| match level? {
        Level::At(ticks) => Some(grid.price(ticks)),
        Level::FromFill(distance) => Some(last + sign * distance),
    };
    let sign = bracket.side.sign();
    let limit = match bracket.entry {
        EntryOrder::Limit(ticks) => Some(grid.price(ticks)),
        EntryOrder::Market | EntryOrder::Close => None,
    };
    let levels = [
        limit,
        level(bracket.target, sign),
        level(bracket.stop, -sign),
    ];
    levels.into_iter().flatten()
}

#[cfg(test)]
mod tests;
