//! One instrument's orders at the simulated broker.

use crate::base::time::Timestamp;
use crate::base::units::{OutOfBounds, TickGrid, Ticks};
use crate::market::bars::Bar;
use crate::trading::costs::Traded;
use crate::trading::engine::{Event, Tradable};
use crate::trading::fills::{self, Levels};
use crate::trading::orders::{Bracket, Fill, Leg, OrderId, Side, When};
use crate::trading::sizing;

pub(super) struct Book {
    pub(super) grid: TickGrid,
    pub(super) tick: f64,
    pub(super) lot_size: f64,
    pub(super) min_quantity: f64,
    /// Account currency for a price move of 1 on one lot.
    pub(super) unit_value: f64,
    /// Brackets in the order in which they were submitted.
    pub(super) working: Vec<Working>,
    /// Answers to actions, given out with the next fills.
    pub(super) replies: Vec<Event>,
    /// Lots that the volume of the bar in progress still allows; `None` without a limit.
    pub(super) volume_left: Option<i64>,
    /// Start and close of the last bar that closed.
    pub(super) last: Option<(Timestamp, f64)>,
    /// ATR(14) as of the bar before the one in progress.
    pub(super) atr: Option<f64>,
    /// Whether a level ended a position on the bar in progress.
    pub(super) left_by_level: bool,
}

/// A bracket at the broker.
#[derive(Clone, Copy)]
pub(super) struct Working {
    pub(super) bracket: Bracket,
    /// Lots of the entry that have not filled.
    pub(super) unfilled: i64,
    pub(super) live: Option<Live>,
    /// Whether the entry filled on the bar in progress.
    pub(super) fresh: bool,
    /// The price at which the entry filled, before slippage and spread and with them.
    pub(super) entered: Entered,
    /// Lots of the other trade that the same order closes or opens.
    pub(super) joined: i64,
    /// Lots of the entry, where they were found before its turn on the bar in progress.
    pub(super) planned: Option<i64>,
    /// What each leg traded so far: minimum commissions are of the whole order. Shares count as they were traded, on
    /// whatever basis that was.
    pub(super) tallies: [Traded; 4],
}

/// Where an entry filled.
#[derive(Clone, Copy, Default)]
pub(super) struct Entered {
    pub(super) order_price: f64,
    pub(super) paid: f64,
}

/// The filled part of a bracket, whose levels are live.
#[derive(Clone, Copy)]
pub(super) struct Live {
    pub(super) lots: i64,
    pub(super) levels: Levels,
    /// The best price since levels were placed as fractions of one; `None` until they are.
    pub(super) best: Option<f64>,
    /// Whether the stop follows that price.
    pub(super) trails: bool,
    pub(super) exit: Option<When>,
    /// Whether the stop was reached, and what is left leaves at the market.
    pub(super) triggered: bool,
}

impl Book {
    pub(super) fn new(tradable: &Tradable) -> Result<Self, OutOfBounds> {
        let instrument = &tradable.instrument;
        instrument.validate()?;
        let grid = TickGrid::new(instrument.tick_size)?;
        Ok(Self {
            grid,
            tick: grid.price(Ticks(1)),
            lot_size: instrument.lot_size,
            min_quantity: instrument.min_quantity,
            unit_value: instrument.multiplier * instrument.lot_size * tradable.fx,
            working: Vec::new(),
            replies: Vec::new(),
            volume_left: None,
            last: None,
            atr: None,
            left_by_level: false,
        })
    }

    pub(super) fn is_idle(&self) -> bool {
        self.working.is_empty() && self.replies.is_empty()
    }

    /// A bar begins.
    pub(super) fn begin(&mut self, bar: &Bar, atr: Option<f64>, volume_percent: Option<f64>) {
        self.atr = atr;
        self.left_by_level = false;
        self.working
            .iter_mut()
            .for_each(|working| working.fresh = false);
        self.volume_left = volume_percent
            .map(|percent| sizing::whole(percent / 100.0 * bar.volume() / self.lot_size) as i64);
    }

    /// Takes lots from the bar's volume, as far as it goes.
    pub(super) fn take_volume(&mut self, lots: i64) -> i64 {
        match &mut self.volume_left {
            None => lots,
            Some(left) => {
                let taken = lots.min(*left);
                *left -= taken;
                taken
            }
        }
    }

    /// A bracket whose position is open, with the prices of its levels.
    pub(super) fn live(&self, index: usize) -> Option<(Side, Live, Levels)> {
        let working = self.working.get(index)?;
        let live = working.live?;
        Some((working.bracket.side, live, live.levels))
    }

    pub(super) fn live_mut(&mut self, index: usize) -> Option<&mut Live> {
        self.working.get_mut(index)?.live.as_mut()
    }

    pub(super) fn live_of(&mut self, order: OrderId) -> Option<&mut Live> {
        let working = self.working.iter_mut();
        working
            .into_iter()
            .find(|working| working.bracket.order == order)?
            .live
            .as_mut()
    }

    /// A bracket whose entry may fill now: one that reverses another waits until that is closed.
    pub(super) fn entry(&self, index: usize) -> Option<(Working, TickGrid)> {
        let working = self.working.get(index)?;
        let waits = working.bracket.replaces.is_some_and(|replaced| {
            self.working
                .iter()
                .any(|other| other.bracket.order == replaced && other.live.is_some())
        });
        (working.unfilled > 0 && !waits).then_some((*working, self.grid))
    }
}

impl Working {
    pub(super) fn new(bracket: Bracket) -> Self {
        Self {
            bracket,
            unfilled: bracket.lots.0,
            live: None,
            fresh: false,
            entered: Entered::default(),
            joined: 0,
            planned: None,
            tallies: [Traded::default(); 4],
        }
    }

    pub(super) fn tally(&mut self, leg: Leg) -> &mut Traded {
        let [entry, target, stop, exit] = &mut self.tallies;
        match leg {
            Leg::Entry => entry,
            Leg::Target => target,
            Leg::Stop => stop,
            Leg::Exit => exit,
        }
    }

    /// Takes in an execution of its own.
    pub(super) fn apply(&mut self, fill: &Fill, grid: &TickGrid) {
        let lots = fill.lots.0;
        self.fresh |= fill.leg == Leg::Entry;
        match (fill.leg, &mut self.live) {
            (Leg::Entry, Some(live)) => {
                self.unfilled -= lots;
                live.lots += lots;
            }
            (Leg::Entry, live @ None) => {
                let bracket = &self.bracket;
                let resolve = |level, leg| {
                    grid.price(fills::resolve(level, leg, bracket.side, fill.price, grid))
                };
                self.unfilled -= lots;
                *live = Some(Live {
                    lots,
                    levels: Levels {
                        target: bracket.target.map(|level| resolve(level, Leg::Target)),
                        stop: bracket.stop.map(|level| resolve(level, Leg::Stop)),
                    },
                    best: None,
                    trails: false,
                    exit: None,
                    triggered: false,
                });
            }
            (_, Some(live)) => {
                live.lots -= lots;
                if live.lots == 0 {
                    self.live = None;
                }
            }
            (_, None) => {}
        }
    }
}
