//! Dialects: how other tools fill, and what these tools can be told about it.
//!
//! The numbers of enum variants are part of digests: they never change, and a new variant takes a new one.

use serde::{Deserialize, Serialize};

use crate::base::digest::Hasher;
use crate::base::units::{OutOfBounds, within};
use crate::trading::orders::{Leg, Side};

/// Whose rules a simulated broker fills by. The other two are there so that a report of theirs can be reconciled trade for
/// trade; what they do differently is written in `tests/reference/dialects/RULES.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillDialect {
    /// Atrium's own.
    #[default]
    Atrium = 0,
    /// backtesting.py 0.6: the stop is looked at over the whole bar before the target, even where the open lies beyond the
    /// target; levels are not live on the bar of a limit entry; the whole spread is paid at the entry, by limits too;
    /// nothing slips; what is open at the end stays open.
    BacktestingPy = 1,
    /// vectorbt 1.2 `from_signals`: as above, but levels are live only from the bar after the entry, and a level that is met on a
    /// bar comes before a signal that would fill at its open, which is then lost; after such an exit no entry is made at
    /// that bar's close; a reversal is one order, whose commission its two trades share by size; levels do not slip.
    Vectorbt = 2,
}

impl FillDialect {
    /// Whether levels are held against a bar as a whole rather than against its open first.
    pub const fn reads_whole_bars(self) -> bool {
        !matches!(self, Self::Atrium)
    }

    /// Whether a level comes before a signal that fills at the open of the same bar.
    pub const fn levels_before_signals(self) -> bool {
        matches!(self, Self::Vectorbt)
    }

    /// Whether the whole spread is paid at the entry, and none at the exit.
    pub const fn spread_at_entry(self) -> bool {
        matches!(self, Self::BacktestingPy)
    }

    /// Whether a reversal leaves and enters by one order.
    pub const fn reverses_in_one_order(self) -> bool {
        matches!(self, Self::Vectorbt)
    }

    /// Whether levels that are fractions of a price are placed at the close at which an entry fills; a strategy of
    /// backtesting.py sees such an entry only at the close after it.
    pub const fn places_levels_at_once(self) -> bool {
        matches!(self, Self::Vectorbt)
    }

    /// The name of the dialect.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Atrium => "atrium",
            Self::BacktestingPy => "backtesting_py",
            Self::Vectorbt => "vectorbt",
        }
    }
}

/// An option that means nothing in the dialect of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{option} means nothing as it is set in the dialect {}: leave it at its default, or choose another fills.dialect",
    dialect.name()
)]
pub struct Unsuitable {
    /// The option.
    pub option: &'static str,
    /// The dialect.
    pub dialect: FillDialect,
}

/// What the tool of another dialect is told beside the signals: its own arguments. All of it is off by default.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ToolOptions {
    /// Whether quantities are found when an entry fills, from its price and the cash then, and an entry that the cash does not
    /// pay for is cancelled (backtesting.py) or, if long, made smaller (vectorbt). Otherwise they are frozen at the decision.
    pub size_at_fill: bool,
    /// Levels as fractions of a price, for positions whose signal gave none.
    pub levels: Option<FractionLevels>,
    /// At which price a level ends a position: vectorbt's `stop_exit_price`.
    pub level_exit: LevelExit,
    /// Whether what is open at the end is closed at the last price at which an order could have filled, the last open or, for
    /// entries at the close, the close before the last: backtesting.py's `finalize_trades`.
    pub finalize_trades: bool,
}

/// At which price a level ends a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelExit {
    /// At the level, or at an open beyond it, and nothing slips: vectorbt's `stoplimit`.
    #[default]
    Limit = 0,
    /// The same less slippage, for targets too: `stopmarket`.
    Market = 1,
    /// At the close of the bar that met it, less slippage: `close`.
    Close = 2,
}

/// The price that a fraction is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FractionAnchor {
    /// The price of the entry, slippage and spread included: vectorbt's `fillprice`, and what a strategy of backtesting.py
    /// knows as a trade's entry price.
    #[default]
    Fill = 0,
    /// The price of the entry before slippage: vectorbt's `price`.
    Order = 1,
    /// The close of the entry's bar: vectorbt's `close`, its default.
    EntryClose = 2,
}

/// Levels as fractions of a price, live from the bar after the entry (in backtesting.py, where an entry fills at a close, from
/// the second one after it) and not rounded to ticks.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FractionLevels {
    /// How far the stop lies from the anchor: 0.01 is one per cent.
    pub stop: Option<f64>,
    /// How far the target lies from the anchor.
    pub target: Option<f64>,
    /// The price that they are fractions of.
    pub anchor: FractionAnchor,
    /// Whether the stop is measured from the best price since: of the anchor and the highs, for shorts the lows, of the bars
    /// after the entry's, each from the bar after it.
    pub trailing: bool,
}

impl FractionLevels {
    /// The level of a leg, so far from a price.
    pub fn level(&self, leg: Leg, side: Side, from: f64) -> Option<f64> {
        match leg {
            Leg::Stop => Some(from * (1.0 - side.sign() * self.stop?)),
            _ => Some(from * (1.0 + side.sign() * self.target?)),
        }
    }
}

impl ToolOptions {
    /// Checks every number.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the first that is out of its bounds.
    pub fn validate(&self) -> Result<(), OutOfBounds> {
        let levels = self.levels.unwrap_or_default();
        if let Some(stop) = levels.stop {
            within("fills.tool.levels.stop", stop, 1e-6, 0.999)?;
        }
        if let Some(target) = levels.target {
            within("fills.tool.levels.target", target, 1e-6, 100.0)?;
        }
        Ok(())
    }

    /// Checks that a dialect's tool can be told all of this.
    ///
    /// # Errors
    /// [`Unsuitable`] naming the first option that it does not know.
    pub fn suit(&self, dialect: FillDialect) -> Result<(), Unsuitable> {
        let levels = self.levels.unwrap_or_default();
        let ours = dialect == FillDialect::Atrium;
        let vectorbt = dialect == FillDialect::Vectorbt;
        let refused = [
            ("fills.tool.size_at_fill", ours && self.size_at_fill),
            ("fills.tool.levels", ours && self.levels.is_some()),
            (
                "fills.tool.levels.anchor",
                !vectorbt && levels.anchor != FractionAnchor::Fill,
            ),
            (
                "fills.tool.levels.trailing",
                levels.trailing && (!vectorbt || levels.stop.is_none()),
            ),
            (
                "fills.tool.level_exit",
                !vectorbt && self.level_exit != LevelExit::Limit,
            ),
            (
                "fills.tool.finalize_trades",
                dialect != FillDialect::BacktestingPy && self.finalize_trades,
            ),
        ];
        match refused.iter().find(|(_, refused)| *refused) {
            Some(&(option, _)) => Err(Unsuitable { option, dialect }),
            None => Ok(()),
        }
    }

    /// Feeds every field; nothing where all are off.
    pub(super) fn feed(&self, hasher: &mut Hasher) {
        if *self == Self::default() {
            return;
        }
        hasher.text("tool");
        hasher.code(u8::from(self.size_at_fill));
        hasher.code(self.level_exit as u8);
        hasher.code(u8::from(self.finalize_trades));
        hasher.code(u8::from(self.levels.is_some()));
        if let Some(levels) = &self.levels {
            hasher.option_f64(levels.stop);
            hasher.option_f64(levels.target);
            hasher.code(levels.anchor as u8);
            hasher.code(u8::from(levels.trailing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_refused_where_the_tool_has_no_such_thing() {
        let options = |change: &dyn Fn(&mut ToolOptions)| {
            let mut options = ToolOptions::default();
            change(&mut options);
            [
                FillDialect::Atrium,
                FillDialect::BacktestingPy,
                FillDialect::Vectorbt,
            ]
            .map(|dialect| options.suit(dialect).is_ok())
        };
        assert_eq!(options(&|_| {}), [true; 3]);
        assert_eq!(options(&|o| o.size_at_fill = true), [false, true, true]);
        assert_eq!(
            options(&|o| o.levels = Some(FractionLevels::default())),
            [false, true, true]
        );
        assert_eq!(
            options(&|o| o.level_exit = LevelExit::Close),
            [false, false, true]
        );
        assert_eq!(options(&|o| o.finalize_trades = true), [false, true, false]);
        let of = |anchor, stop, trailing| FractionLevels {
            stop,
            target: None,
            anchor,
            trailing,
        };
        for (levels, expected) in [
            (
                of(FractionAnchor::Fill, Some(0.01), false),
                [false, true, true],
            ),
            (
                of(FractionAnchor::EntryClose, Some(0.01), false),
                [false, false, true],
            ),
            (
                of(FractionAnchor::Fill, Some(0.01), true),
                [false, false, true],
            ),
            (of(FractionAnchor::Fill, None, true), [false; 3]),
        ] {
            let suits = options(&|o| o.levels = Some(levels));
            assert_eq!(suits, expected, "{levels:?}");
        }
    }

    #[test]
    fn fractions_lie_on_both_sides_of_the_anchor() {
        let levels = FractionLevels {
            stop: Some(0.25),
            target: Some(0.5),
            ..FractionLevels::default()
        };
        let at = |leg, side| levels.level(leg, side, 100.0);
        assert_eq!(at(Leg::Stop, Side::Long), Some(75.0));
        assert_eq!(at(Leg::Target, Side::Long), Some(150.0));
        assert_eq!(at(Leg::Stop, Side::Short), Some(125.0));
        assert_eq!(at(Leg::Target, Side::Short), Some(50.0));
        let none = FractionLevels::default();
        assert_eq!(none.level(Leg::Stop, Side::Long, 100.0), None);
    }
}
