//! Where orders fill inside a bar: pure functions of prices and levels, called by every driver.
//!
//! The numbers of enum variants are part of digests: they never change, and a new variant takes a new one.

mod dialect;

pub use dialect::{
    FillDialect, FractionAnchor, FractionLevels, LevelExit, ToolOptions, Unsuitable,
};

use serde::{Deserialize, Serialize};

use super::orders::{Leg, Level, Side};
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, TickGrid, Ticks, within};

/// Which level counts where target and stop lie inside one bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intrabar {
    /// The stop comes first.
    #[default]
    Pessimistic = 0,
    /// The target comes first.
    Optimistic = 1,
    /// The price runs from the open to the nearer extreme, then to the other one; at equal distances the stop comes first.
    Path = 2,
    /// Finer bars tell, each of them read pessimistically. A bar whose finer bars do not add up to it is read
    /// pessimistically as a whole, and counted.
    Refined = 3,
}

/// When a limit order fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitFill {
    /// When its price is touched.
    #[default]
    Touch = 0,
    /// Only when the market trades through its price.
    Through = 1,
}

impl LimitFill {
    /// Whether a price beyond a limit, by `excess` in the favourable direction, fills it.
    fn fills(self, excess: f64) -> bool {
        match self {
            Self::Touch => excess >= 0.0,
            Self::Through => excess > 0.0,
        }
    }
}

/// How a simulated broker reads bars.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FillRules {
    /// Whose rules.
    pub dialect: FillDialect,
    /// Which level counts where both lie inside one bar.
    pub intrabar: Intrabar,
    /// When a limit order fills.
    pub limit: LimitFill,
    /// The most of a bar's volume that an instrument's orders may take, in per cent; all of it is filled where absent.
    pub volume_percent: Option<f64>,
    /// What the tool of another dialect is told beside.
    pub tool: ToolOptions,
}

impl FillRules {
    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        if let Some(percent) = self.volume_percent {
            within("volume_percent", percent, 1e-6, 100.0)?;
        }
        self.tool.validate()
    }

    /// Checks that the other options are ones that the dialect knows.
    ///
    /// # Errors
    /// [`Unsuitable`] naming the first that it does not.
    pub fn suit_the_dialect(&self) -> Result<(), Unsuitable> {
        let dialect = self.dialect;
        let own = Self::default();
        let foreign = [
            ("fills.intrabar", self.intrabar != own.intrabar),
            ("fills.limit", self.limit != own.limit),
            ("fills.volume_percent", self.volume_percent.is_some()),
        ];
        if let Some(&(option, _)) = foreign.iter().find(|(_, set)| *set)
            && dialect != FillDialect::Atrium
        {
            return Err(Unsuitable { option, dialect });
        }
        self.tool.suit(dialect)
    }

    /// Whether a leg pays slippage and half of the spread: market orders do, and stops of a broker of ours.
    pub fn pays(&self, leg: Leg) -> bool {
        match leg {
            Leg::Entry | Leg::Exit => true,
            Leg::Stop if self.dialect == FillDialect::Atrium => true,
            Leg::Stop | Leg::Target => self.tool.level_exit != LevelExit::Limit,
        }
    }

    /// Whether what is open at the end of the data is closed there.
    pub fn closes_at_end(&self) -> bool {
        self.dialect == FillDialect::Atrium || self.tool.finalize_trades
    }

    /// Feeds every field.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.code(self.dialect as u8);
        hasher.code(self.intrabar as u8);
        hasher.code(self.limit as u8);
        hasher.option_f64(self.volume_percent);
        self.tool.feed(hasher);
    }
}

/// The prices at which a position ends, where it has them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Levels {
    /// The take-profit limit.
    pub target: Option<f64>,
    /// The protective stop.
    pub stop: Option<f64>,
}

/// A stretch of prices: a bar's, or a finer bar's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
}

/// The tick of a level once the entry has filled: the harder-to-fill one for a target, the earlier one for a stop; a level that would
/// fall below the first tick stands on it.
pub fn resolve(level: Level, leg: Leg, side: Side, entry_price: f64, grid: &TickGrid) -> Ticks {
    let distance = match level {
        Level::At(ticks) => return ticks,
        Level::FromFill(distance) => distance,
    };
    let ahead = if leg == Leg::Stop {
        -distance
    } else {
        distance
    };
    on_grid(side, entry_price + ahead * side.sign(), grid)
}

/// The tick that a level of a position stands for: the harder-to-fill one for a target, the earlier one for a stop, and the first
/// one for a level below it.
pub fn on_grid(side: Side, price: f64, grid: &TickGrid) -> Ticks {
    let ticks = match side {
        Side::Long => grid.ceil(price),
        Side::Short => grid.floor(price),
    };
    if ticks < Ticks(1) { Ticks(1) } else { ticks }
}

/// Whether the market at `price` has reached a stop.
fn stopped(side: Side, price: f64, stop: f64) -> bool {
    (price - stop) * side.sign() <= 0.0
}

/// Whether the market at `price` fills a target.
fn reached(side: Side, price: f64, target: f64, limit: LimitFill) -> bool {
    limit.fills((price - target) * side.sign())
}

/// The exit of a position at an open that lies at or beyond one of its levels: a gap through a level fills at the open.
pub fn exit_at_open(side: Side, open: f64, levels: Levels, limit: LimitFill) -> Option<(Leg, f64)> {
    if levels.stop.is_some_and(|stop| stopped(side, open, stop)) {
        Some((Leg::Stop, open))
    } else if levels
        .target
        .is_some_and(|target| reached(side, open, target, limit))
    {
        Some((Leg::Target, open))
    } else {
        None
    }
}

/// The exit of a position inside a bar whose open passed it by. [`Intrabar::Refined`] reads as pessimistic: finer bars
/// are handed in one by one.
pub fn exit_in_range(
    side: Side,
    prices: Prices,
    levels: Levels,
    intrabar: Intrabar,
    limit: LimitFill,
) -> Option<(Leg, f64)> {
    let (adverse, favourable) = match side {
        Side::Long => (prices.low, prices.high),
        Side::Short => (prices.high, prices.low),
    };
    let stop = levels
        .stop
        .filter(|&stop| stopped(side, adverse, stop))
        .map(|stop| (Leg::Stop, stop));
    let target = levels
        .target
        .filter(|&target| reached(side, favourable, target, limit))
        .map(|target| (Leg::Target, target));
    let target_first = is_target_first(side, prices, intrabar);
    if target_first {
        target.or(stop)
    } else {
        stop.or(target)
    }
}

/// What a bar does to a position with both levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Met {
    /// Whether it meets a level.
    pub is_met: bool,
    /// Whether that is the stop.
    pub is_stop: bool,
    /// The price at which the position ends, if it does.
    pub price: f64,
}

/// Whether the target comes first where both levels of a side lie inside a bar.
pub fn is_target_first(side: Side, prices: Prices, intrabar: Intrabar) -> bool {
    let (adverse, favourable) = match side {
        Side::Long => (prices.low, prices.high),
        Side::Short => (prices.high, prices.low),
    };
    match intrabar {
        Intrabar::Pessimistic | Intrabar::Refined => false,
        Intrabar::Optimistic => true,
        Intrabar::Path => (favourable - prices.open).abs() < (prices.open - adverse).abs(),
    }
}

/// [`exit_at_open`], otherwise [`exit_in_range`], of a position whose side has this sign: without a branch, so that several positions are
/// looked at together. `target_first` is [`is_target_first`].
#[inline(always)]
pub fn exit_of_both(
    sign: f64,
    prices: Prices,
    (target, stop): (f64, f64),
    target_first: bool,
    limit: LimitFill,
) -> Met {
    let Prices { open, high, low } = prices;
    let is_long = sign > 0.0;
    let adverse = if is_long { low } else { high };
    let favourable = if is_long { high } else { low };
    let stopped = |price: f64| (price - stop) * sign <= 0.0;
    let reached = |price: f64| limit.fills((price - target) * sign);
    let (stop_at_open, stop_inside) = (stopped(open), stopped(adverse));
    let (target_at_open, target_inside) = (reached(open), reached(favourable));
    let at_open = stop_at_open | target_at_open;
    let is_stop = stop_at_open | (!at_open & stop_inside & !(target_first & target_inside));
    let level = if is_stop { stop } else { target };
    Met {
        is_met: at_open | stop_inside | target_inside,
        is_stop,
        price: if at_open { open } else { level },
    }
}

/// The exit of a position inside a bar that is read as a whole: the stop if it is touched, else the target, each at its price
/// or at an open beyond it.
pub fn exit_in_bar(side: Side, prices: Prices, levels: Levels) -> Option<(Leg, f64)> {
    let (adverse, favourable) = match side {
        Side::Long => (prices.low, prices.high),
        Side::Short => (prices.high, prices.low),
    };
    let open = prices.open;
    if let Some(stop) = levels.stop.filter(|&stop| stopped(side, adverse, stop)) {
        let gapped = stopped(side, open, stop);
        return Some((Leg::Stop, if gapped { open } else { stop }));
    }
    let touch = LimitFill::Touch;
    let target = levels
        .target
        .filter(|&target| reached(side, favourable, target, touch))?;
    let gapped = reached(side, open, target, touch);
    Some((Leg::Target, if gapped { open } else { target }))
}

/// The price at which a limit entry fills at an open, if it does: the open, which is its limit or better.
pub fn limit_at_open(side: Side, open: f64, limit_price: f64, limit: LimitFill) -> Option<f64> {
    limit
        .fills((limit_price - open) * side.sign())
        .then_some(open)
}

/// Whether a limit entry fills inside a bar whose open passed it by; it fills at its limit.
pub fn limit_in_range(side: Side, prices: Prices, limit_price: f64, limit: LimitFill) -> bool {
    let favourable = match side {
        Side::Long => prices.low,
        Side::Short => prices.high,
    };
    limit.fills((limit_price - favourable) * side.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Levels = Levels {
        target: Some(104.0),
        stop: Some(98.0),
    };

    fn long(prices: Prices, intrabar: Intrabar) -> Option<Leg> {
        exit_in_range(Side::Long, prices, BOTH, intrabar, LimitFill::Touch).map(|(leg, _)| leg)
    }

    #[test]
    fn where_both_levels_lie_inside_a_bar_the_convention_decides() {
        let prices = |open| Prices {
            open,
            high: 105.0,
            low: 97.0,
        };
        let middle = prices(101.0);
        assert_eq!(long(middle, Intrabar::Pessimistic), Some(Leg::Stop));
        assert_eq!(long(middle, Intrabar::Optimistic), Some(Leg::Target));
        assert_eq!(long(middle, Intrabar::Path), Some(Leg::Stop));
        assert_eq!(long(prices(101.5), Intrabar::Path), Some(Leg::Target));
        assert_eq!(long(prices(100.5), Intrabar::Path), Some(Leg::Stop));
        assert_eq!(long(middle, Intrabar::Refined), Some(Leg::Stop));
    }

    #[test]
    fn looking_at_several_positions_together_gives_what_each_alone_does() {
        let ticks = |from: u32, to: u32| (from..to).map(|t| f64::from(t) * 0.5);
        let bars = ticks(0, 7).flat_map(|low| {
            let opens = move |high: f64| ticks(0, 7).filter(move |o| (low..=high).contains(o));
            ticks(0, 7).flat_map(move |high| opens(high).map(move |open| (low, high, open)))
        });
        let mut met = 0;
        for (low, high, open) in bars {
            let prices = Prices { open, high, low };
            for (below, above) in ticks(0, 7).flat_map(|b| ticks(1, 8).map(move |a| (b, b + a))) {
                for (side, target, stop) in
                    [(Side::Long, above, below), (Side::Short, below, above)]
                {
                    for intrabar in [Intrabar::Pessimistic, Intrabar::Optimistic, Intrabar::Path] {
                        for limit in [LimitFill::Touch, LimitFill::Through] {
                            let levels = Levels {
                                target: Some(target),
                                stop: Some(stop),
                            };
                            let expected = exit_at_open(side, open, levels, limit)
                                .or_else(|| exit_in_range(side, prices, levels, intrabar, limit));
                            let first = is_target_first(side, prices, intrabar);
                            let found =
                                exit_of_both(side.sign(), prices, (target, stop), first, limit);
                            let leg = if found.is_stop {
                                Leg::Stop
                            } else {
                                Leg::Target
                            };
                            assert_eq!(found.is_met.then_some((leg, found.price)), expected);
                            met += u32::from(found.is_met);
                        }
                    }
                }
            }
        }
        assert!(met > 1_000);
    }

    #[test]
    fn touching_fills_a_limit_and_a_stop_unless_limits_must_be_traded_through() {
        let prices = Prices {
            open: 100.0,
            high: 104.0,
            low: 99.0,
        };
        let exit = |limit| exit_in_range(Side::Long, prices, BOTH, Intrabar::Pessimistic, limit);
        assert_eq!(exit(LimitFill::Touch), Some((Leg::Target, 104.0)));
        assert_eq!(exit(LimitFill::Through), None);
        let low = Prices {
            low: 98.0,
            high: 100.0,
            ..prices
        };
        let stopped = exit_in_range(
            Side::Long,
            low,
            BOTH,
            Intrabar::Pessimistic,
            LimitFill::Through,
        );
        assert_eq!(stopped, Some((Leg::Stop, 98.0)));
        assert_eq!(
            limit_at_open(Side::Long, 99.0, 99.5, LimitFill::Through),
            Some(99.0)
        );
        assert_eq!(
            limit_at_open(Side::Short, 99.0, 99.0, LimitFill::Through),
            None
        );
        assert!(limit_in_range(Side::Long, prices, 99.0, LimitFill::Touch));
        assert!(!limit_in_range(
            Side::Long,
            prices,
            99.0,
            LimitFill::Through
        ));
    }
}
