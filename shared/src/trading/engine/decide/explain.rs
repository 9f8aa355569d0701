//! What an engine would decide on an instrument, and from what: the decision itself is made by a twin of the engine, so that
//! it cannot differ from the one that is made.

use serde::{Deserialize, Serialize};

use super::{Engine, known, proposal, wish};
use crate::base::time::Timestamp;
use crate::base::units::Lots;
use crate::signal::prediction::Prediction;
use crate::signal::signals::Signal;
use crate::trading::engine::held::Held;
use crate::trading::engine::messages::Action;
use crate::trading::engine::slot::Slot;
use crate::trading::fills;
use crate::trading::orders::{Bracket, InstId, Leg, Level, Side};
use crate::trading::policy::OnOpposite;
use crate::trading::risk::Halt;
use crate::trading::sizing::Steps;
use crate::trading::strategy::{
    Intent, Known, LevelAnchor, NoTrade, PredictedMove, SigmaSource, Strategy, Wish,
};

/// A decision and what it was made from. Prices are raw, in the instrument's currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The close of the deciding bar.
    pub close: f64,
    /// ATR(14), `None` while it warms up.
    pub atr: Option<f64>,
    /// The prediction made at the close.
    pub prediction: Option<Prediction>,
    /// The signal given at the close.
    pub signal: Option<Signal>,
    /// What the move is held against, where the strategy trades predicted moves and there is one.
    pub gates: Option<Gates>,
    /// The levels of the trade that the strategy has in mind, where it has one.
    pub levels: Option<Planned>,
    /// The least distance of a stop from the close.
    pub least_stop: f64,
    /// Equity at the close, in account currency.
    pub equity: f64,
    /// Why trading is halted, if it is.
    pub halted: Option<Halt>,
    /// What is held or pending as the decision begins.
    pub held: Option<HeldThen>,
    /// The way to the size, where there is something to size and the engine sizes it.
    pub sizing: Option<Steps>,
    /// What was decided.
    pub outcome: Outcome,
}

/// A predicted move and what it has to reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gates {
    /// Predicted price less close.
    pub predicted_move: f64,
    /// `k_sigma_err · sigma`: what the size of the move must reach; `None` where the gate is off, or sigma is not known.
    pub error_gate: Option<f64>,
    /// What the first gate is measured by, sigma: the deviation of past errors or ATR(14).
    pub sigma: Option<f64>,
    /// `k_atr_min_tp · ATR(14)`, `None` while that warms up.
    pub atr_gate: Option<f64>,
    /// The least confidence, where one is asked for.
    pub min_confidence: Option<f64>,
}

/// The levels of a trade that a strategy has in mind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Which way.
    pub side: Side,
    /// The target before it is rounded to a tick.
    pub raw_target: Option<f64>,
    /// The stop before it is rounded to a tick.
    pub raw_stop: Option<f64>,
    /// The target as seen from the close, on its tick.
    pub target: Option<f64>,
    /// The stop as seen from the close, on its tick.
    pub stop: Option<f64>,
    /// The distance to the stop, from the close or from the fill, from which the size is computed.
    pub stop_distance: Option<f64>,
    /// Whether levels are distances from the fill, which are rounded where the entry fills.
    pub from_fill: bool,
}

/// What an instrument held as a decision began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeldThen {
    /// Which way.
    pub side: Side,
    /// How much; of a pending entry, what may still fill.
    pub lots: Lots,
    /// The average entry price; `None` of a pending entry.
    pub entry_price: Option<f64>,
    /// The end of the bar that it was decided on.
    pub decided_at: Timestamp,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An order.
    Enters(Bracket),
    /// The position is closed, and nothing is entered.
    Leaves,
    /// Nothing.
    NoTrade(NoTrade),
}

impl Outcome {
    /// Whether a size was looked for before it.
    const fn comes_after_the_size(self) -> bool {
        match self {
            Self::Enters(_) => true,
            Self::Leaves => false,
            Self::NoTrade(reason) => !matches!(
                reason,
                NoTrade::PositionOpen | NoTrade::MinHold | NoTrade::SessionEnding
            ),
        }
    }
}

impl Engine {
    /// What would be decided on an instrument at a time, and from what; the engine is unchanged. `None` where its last bar was
    /// decided on already, or there is none.
    pub fn explain(&self, inst: InstId, at: Timestamp) -> Option<Decision> {
        let index = usize::from(inst.0);
        let before = self.slots.get(index)?;
        let held = before.held.first().map(held_then);
        let mut twin = self.clone();
        let mut out = Vec::new();
        let equity = twin.begin_decisions(at, &mut out);
        for earlier in 0..index {
            twin.decide_slot(earlier, equity, at, &mut out);
        }
        let slot = twin.slots.get(index).filter(|slot| slot.undecided)?;
        let known = known(slot, &twin.rules)?;
        let wanted = wish(slot, &twin.rules);
        let strategy = twin.rules.strategy;
        let sizing = match wanted {
            Ok(Wish::Enter(intent)) if !twin.venue_sizes => twin.steps(slot, &intent, equity),
            _ => None,
        };
        let mut decision = Decision {
            close: known.close,
            atr: known.atr,
            prediction: known.prediction,
            signal: known.signal,
            gates: strategy
                .predicted_move()
                .and_then(|strategy| gates(strategy, &known)),
            levels: planned(&strategy, &known, wanted.ok()),
            least_stop: known.least_stop,
            equity,
            halted: twin.risk.halted(),
            held,
            sizing,
            outcome: Outcome::Leaves,
        };
        out.clear();
        let decided = twin.decide_on(index, equity, at, &mut out);
        let opened = out.iter().find_map(|action| match action {
            Action::Open(approved) => Some(*approved.get()),
            _ => None,
        });
        decision.outcome = match (decided, opened) {
            (Err(reason), _) => Outcome::NoTrade(reason),
            (Ok(()), Some(bracket)) => Outcome::Enters(bracket),
            (Ok(()), None) => Outcome::Leaves,
        };
        if !decision.outcome.comes_after_the_size() {
            decision.sizing = None;
        }
        Some(decision)
    }

    /// The way to the size of an intent.
    fn steps(&self, slot: &Slot, intent: &Intent, equity: f64) -> Option<Steps> {
        let reverses = self.rules.policy.on_opposite == OnOpposite::Reverse;
        let replaced = slot.held.first().filter(|_| reverses).map(Held::order);
        let funds = self.funds(equity, replaced);
        let proposal = proposal(slot, intent, &self.rules)?;
        self.rules.sizing.steps(funds, &proposal).ok()
    }
}

fn held_then(held: &Held) -> HeldThen {
    match held {
        Held::Open(open) => HeldThen {
            side: open.position.bracket.side,
            lots: open.position.lots,
            entry_price: Some(open.position.entry_price),
            decided_at: open.position.bracket.decided_at,
        },
        Held::Pending(pending) => HeldThen {
            side: pending.bracket.side,
            lots: pending.rest.lots,
            entry_price: None,
            decided_at: pending.bracket.decided_at,
        },
    }
}

/// The gates of a strategy as they stand at a close.
fn gates(strategy: &PredictedMove, known: &Known<'_>) -> Option<Gates> {
    let prediction = known.prediction?;
    let sigma = match strategy.sigma {
        SigmaSource::Error => prediction.sigma_err,
        SigmaSource::Atr => known.atr,
    };
    let is_on = strategy.k_sigma_err > 0.0;
    Some(Gates {
        predicted_move: prediction.price - known.close,
        error_gate: sigma
            .filter(|_| is_on)
            .map(|sigma| strategy.k_sigma_err * sigma),
        sigma,
        atr_gate: known.atr.map(|atr| strategy.k_atr_min_tp * atr),
        min_confidence: strategy.min_confidence,
    })
}

/// The levels of what is wanted, and of what would be if they were not too close.
fn planned(strategy: &Strategy, known: &Known<'_>, wanted: Option<Wish>) -> Option<Planned> {
    let side = match wanted? {
        Wish::Enter(intent) => intent.side,
        Wish::Against { side, .. } => side,
        Wish::Leave => return None,
    };
    let mut from_fill = None;
    let (raw_target, raw_stop) = match strategy {
        Strategy::PredictedMove(strategy) => {
            let [to_target, to_stop] = strategy.distances(known)?;
            if strategy.level_anchor == LevelAnchor::Fill {
                from_fill = Some(to_stop.abs());
            }
            (Some(known.close + to_target), Some(known.close + to_stop))
        }
        Strategy::Signals(strategy) => strategy.levels(&known.signal?, side, known.close),
    };
    let grid = known.grid;
    let from_close =
        |level: Level, leg: Leg| grid.price(fills::resolve(level, leg, side, known.close, grid));
    let on_tick = |price: f64| grid.price(fills::on_grid(side, price, grid));
    Some(match wanted? {
        Wish::Enter(intent) => Planned {
            side,
            raw_target,
            raw_stop,
            target: intent.target.map(|level| from_close(level, Leg::Target)),
            stop: intent.stop.map(|level| from_close(level, Leg::Stop)),
            stop_distance: intent.stop_distance,
            from_fill: from_fill.is_some(),
        },
        _ => {
            let stop = raw_stop.map(on_tick);
            Planned {
                side,
                raw_target,
                raw_stop,
                target: raw_target.map(on_tick),
                stop,
                stop_distance: from_fill
                    .or_else(|| stop.map(|stop| (known.close - stop) * side.sign())),
                from_fill: from_fill.is_some(),
            }
        }
    })
}
