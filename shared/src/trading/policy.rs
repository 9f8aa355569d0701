//! How intentions become orders, and when a position ends by other than its levels.
//!
//! The numbers of enum variants are part of digests: they never change, and a new variant takes a new one.

use serde::{Deserialize, Serialize};

use super::costs::Costs;
use super::orders::{EntryOrder, Side};
use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, TickGrid, Ticks, within};

/// How a position is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryPolicy {
    /// At the next open; an open beyond a level enters and leaves there, as a broker's bracket would.
    #[default]
    Market = 0,
    /// At the next open or later in that bar, but not beyond the target: a limit at the target's price.
    Collared = 1,
    /// A limit at the close of the deciding bar, for the next bar only.
    Limit = 2,
    /// At the close of the deciding bar itself. Optimistic: that price is known only once it is gone.
    Close = 3,
}

impl EntryPolicy {
    /// How the entry of a side is to fill that is decided at a close; `collar` is the target's price, where there is one.
    pub fn order(
        self,
        side: Side,
        collar: Option<Ticks>,
        close: f64,
        grid: &TickGrid,
    ) -> EntryOrder {
        match self {
            Self::Market => EntryOrder::Market,
            Self::Close => EntryOrder::Close,
            Self::Collared => collar.map_or(EntryOrder::Market, EntryOrder::Limit),
            // the tick at the close or just better than it
            Self::Limit => EntryOrder::Limit(match side {
                Side::Long => grid.floor(close),
                Side::Short => grid.ceil(close),
            }),
        }
    }
}

/// What a signal does that points against the open position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnOpposite {
    /// Nothing.
    #[default]
    Ignore = 0,
    /// It closes the position at the next open.
    Exit = 1,
    /// It closes the position at the next open and opens the opposite one there.
    Reverse = 2,
}

/// When an exit by signal fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalExit {
    /// At the next open.
    #[default]
    NextOpen = 0,
    /// At the close of the deciding bar itself: optimistic, for dialects that need it.
    DecidingClose = 1,
}

/// The rules of entering and leaving that are no matter of prediction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderPolicy {
    /// How a position is entered.
    pub entry: EntryPolicy,
    /// What an opposite signal does.
    pub on_opposite: OnOpposite,
    /// When an exit by signal fills. A reversal enters where it leaves, so it needs this to go with `entry`.
    pub signal_exit: SignalExit,
    /// Bars that a position is held before a signal may close it; the latest signal counts once they have passed.
    pub min_hold_bars: u32,
    /// Bars after which a position is closed, at the close of the last of them; the entry bar is the first.
    pub max_hold_bars: Option<u32>,
    /// Whether positions are closed before the session ends.
    pub exit_at_session_end: bool,
    /// How long before the session's close: positions leave at the close of the bar that contains close − lead, and no
    /// entry is made between there and the close.
    pub exit_lead_s: u32,
    /// Distance of the trailing stop from the close, in ATR(14). It moves at closes, only ever towards the profit, and
    /// takes effect from the next bar.
    pub trailing_stop_atr: Option<f64>,
    /// The least distance of a stop from the close, in spreads; one tick at least.
    pub min_stop_spreads: f64,
}

impl Default for OrderPolicy {
    fn default() -> Self {
        Self {
            entry: EntryPolicy::Market,
            on_opposite: OnOpposite::Ignore,
            signal_exit: SignalExit::NextOpen,
            min_hold_bars: 0,
            max_hold_bars: None,
            exit_at_session_end: false,
            exit_lead_s: 0,
            trailing_stop_atr: None,
            min_stop_spreads: 3.0,
        }
    }
}

impl OrderPolicy {
    /// The longest hold and lead that can be asked for: any market has fewer bars and shorter sessions.
    const MANY: f64 = 1e9;

    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        within(
            "min_hold_bars",
            f64::from(self.min_hold_bars),
            0.0,
            Self::MANY,
        )?;
        if let Some(bars) = self.max_hold_bars {
            within("max_hold_bars", f64::from(bars), 1.0, Self::MANY)?;
        }
        within("exit_lead_s", f64::from(self.exit_lead_s), 0.0, 86_399.0)?;
        if let Some(multiple) = self.trailing_stop_atr {
            within("trailing_stop_atr", multiple, 0.01, 100.0)?;
        }
        if !self.reverses_at_one_time() {
            return Err(OutOfBounds {
                name: "signal_exit",
                value: f64::from(self.signal_exit as u8),
                bound: "deciding_close (1) with entry close and next_open (0) with any other: a reversal enters where it leaves"
                    .to_owned(),
            });
        }
        within("min_stop_spreads", self.min_stop_spreads, 0.0, 1_000.0)
    }

    /// Whether a reversal, if there is to be one, enters where it leaves.
    pub fn reverses_at_one_time(&self) -> bool {
        let enters_at_close = self.entry == EntryPolicy::Close;
        let leaves_at_close = self.signal_exit == SignalExit::DecidingClose;
        self.on_opposite != OnOpposite::Reverse || enters_at_close == leaves_at_close
    }

    /// The least distance of a stop from a close: so many spreads, one tick at least.
    pub fn least_stop(&self, costs: &Costs, close: f64, tick: f64, atr: Option<f64>) -> f64 {
        let by_spread = self.min_stop_spreads * costs.spread(close, tick, atr);
        if by_spread > tick { by_spread } else { tick }
    }

    /// Where the trailing stop of a position moves to at a close, if it moves towards the profit from where it is now.
    pub fn trailed_stop(
        &self,
        side: Side,
        now: Option<Ticks>,
        close: f64,
        atr: Option<f64>,
        grid: &TickGrid,
    ) -> Option<Ticks> {
        let distance = self.trailing_stop_atr? * atr?;
        let stop = match side {
            Side::Long => grid.ceil(close - distance),
            Side::Short => grid.floor(close + distance),
        };
        let moves = now.is_none_or(|now| side.is_nearer(stop, now));
        (moves && stop >= Ticks(1)).then_some(stop)
    }

    /// Feeds every field, in order of declaration.
    pub fn feed(&self, hasher: &mut Hasher) {
        hasher.code(self.entry as u8);
        hasher.code(self.on_opposite as u8);
        hasher.code(self.signal_exit as u8);
        hasher.u64(u64::from(self.min_hold_bars));
        hasher.u64(self.max_hold_bars.map_or(0, u64::from));
        hasher.code(u8::from(self.exit_at_session_end));
        hasher.u64(u64::from(self.exit_lead_s));
        hasher.option_f64(self.trailing_stop_atr);
        hasher.f64(self.min_stop_spreads);
    }
}
