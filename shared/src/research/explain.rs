//! Why a run decided as it did at a bar, and what would have come of it had it traded there.

use serde::{Deserialize, Serialize};

use super::backtest::{
    Backtest, Interference, Market, Onlooker, Prepared, Recorded, RunError, judge, walk_before,
};
use super::metrics::{Headline, Metrics};
use super::run_config::RunConfig;
use crate::base::time::Timestamp;
use crate::market::bars::Instrument;
use crate::signal::prediction::Prediction;
use crate::signal::signals::{Direction, Signal};
use crate::trading::engine::{Command, Decision, Engine, Event, Outcome, Rules};
use crate::trading::orders::{InstId, Side};
use crate::trading::portfolio::Trade;
use crate::trading::strategy::{NoTrade, SidePolicy, Strategy};

/// The only instrument of a run.
const INST: InstId = InstId(0);

/// A decision of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Which bar of the run, counted from 0.
    pub row: u64,
    /// Its start.
    pub start: Timestamp,
    /// Its end, at which was decided.
    pub at: Timestamp,
    /// How many errors of predictions were known then, of the last hundred; thirty make a deviation.
    pub errors_known: u8,
    /// What was decided, and from what.
    pub decision: Decision,
}

/// Why a run decided as it did at the close of a bar; `None` where nothing is decided: at the last bar, at whose close the run
/// ends, and beyond it.
///
/// # Errors
/// [`RunError`] where configuration and bars do not fit.
pub fn explain(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
    row: usize,
) -> Result<Option<Explanation>, RunError> {
    let Some(bar) = prepared.bars().bar(row) else {
        return Ok(None);
    };
    let mut witness = Witness {
        at: bar.end(),
        decision: None,
    };
    let market = Market {
        prepared,
        instrument,
    };
    walk_before(&[market], config, Some(&mut witness))?;
    Ok(witness.decision.map(|decision| Explanation {
        row: row as u64,
        start: bar.start(),
        at: bar.end(),
        errors_known: prepared.errors_known().get(row).copied().unwrap_or(0),
        decision,
    }))
}

/// Explains one decision.
struct Witness {
    at: Timestamp,
    decision: Option<Decision>,
}

impl Onlooker for Witness {
    fn decides(&mut self, engine: &Engine, at: Timestamp) -> Interference {
        if at == self.at {
            self.decision = engine.explain(INST, at);
        }
        Interference::default()
    }
}

/// What would have come of a run had it wanted to trade at a bar. It is another run than its configuration makes, so it has no
/// digests, and no link can be made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// What would have been decided: the order, or what would have kept it from being placed all the same.
    pub forced: Outcome,
    /// Round trips, in order of exit.
    pub trades: Vec<Trade>,
    /// Equity at each bar's close, in account currency.
    pub equity: Vec<f64>,
    /// The headline metrics.
    pub headline: Headline,
    /// All metrics.
    pub metrics: Metrics,
}

/// Makes a run that wants to trade a side at the close of a bar, whatever the gates say. Everything else stays: sizing, limits,
/// one position at a time. Where the strategy trades predicted moves, the levels are those of the prediction, mirrored at the
/// close for the other side; where it trades signals, those of the signal, if it is of that side.
///
/// # Errors
/// [`RunError`] where configuration and bars do not fit.
pub fn what_if(
    prepared: &Prepared,
    instrument: &Instrument,
    config: &RunConfig,
    (row, side): (usize, Side),
) -> Result<WhatIf, RunError> {
    let mut hand = Hand {
        start: prepared.bars().bar(row).map(|bar| (bar.start(), bar.end())),
        side,
        prediction: prepared.predictions().get(row).copied().flatten(),
        signal: prepared.signals().get(row).copied().flatten(),
        close: prepared.bars().series().close().get(row).copied(),
        rules: config.rules(),
        forced: Outcome::NoTrade(NoTrade::NoPrediction),
    };
    let market = Market {
        prepared,
        instrument,
    };
    let walked = walk_before(&[market], config, Some(&mut hand))?;
    let Backtest {
        trades,
        equity,
        headline,
        metrics,
        ..
    } = judge(prepared, instrument, config, Recorded::from(walked))?;
    Ok(WhatIf {
        forced: hand.forced,
        trades,
        equity,
        headline,
        metrics,
    })
}

/// Forces one trade.
struct Hand {
    /// The bar's start and end.
    start: Option<(Timestamp, Timestamp)>,
    side: Side,
    prediction: Option<Prediction>,
    signal: Option<Signal>,
    close: Option<f64>,
    rules: Rules,
    forced: Outcome,
}

impl Hand {
    /// What is to be traded, and rules that let it pass.
    fn wanted(&self, for_bar: Timestamp) -> (Option<Event>, Rules) {
        let mut rules = self.rules;
        let inst = INST;
        let event = match &mut rules.strategy {
            Strategy::PredictedMove(strategy) => {
                (strategy.k_sigma_err, strategy.k_atr_min_tp) = (0.0, 0.0);
                (strategy.side, strategy.min_confidence) = (SidePolicy::Both, None);
                self.prediction
                    .zip(self.close)
                    .map(|(prediction, close)| Event::Prediction {
                        inst,
                        for_bar,
                        value: towards(self.side, prediction, close),
                    })
            }
            Strategy::Signals(strategy) => {
                strategy.side = SidePolicy::Both;
                let direction = match self.side {
                    Side::Long => Direction::Long,
                    Side::Short => Direction::Short,
                };
                let bare = Signal {
                    direction,
                    size: None,
                    target: None,
                    stop: None,
                };
                let given = self.signal.filter(|signal| signal.direction == direction);
                Some(Event::Signal {
                    inst,
                    for_bar,
                    signal: given.unwrap_or(bare),
                })
            }
        };
        (event, rules)
    }
}

/// A prediction that points to a side: itself, or mirrored at the close.
fn towards(side: Side, prediction: Prediction, close: f64) -> Prediction {
    let predicted_move = prediction.price - close;
    if predicted_move * side.sign() >= 0.0 {
        return prediction;
    }
    Prediction {
        price: close - predicted_move,
        ..prediction
    }
}

impl Onlooker for Hand {
    fn decides(&mut self, engine: &Engine, at: Timestamp) -> Interference {
        let Some((start, _)) = self.start.filter(|(_, end)| *end == at) else {
            return Interference::default();
        };
        let (event, open) = self.wanted(start);
        let set = |rules: Rules| Event::Command {
            at,
            command: Command::SetRules(Box::new(rules)),
        };
        let mut before: Vec<Event> = event.into_iter().collect();
        before.push(set(open));
        let mut twin = engine.clone();
        let mut out = Vec::new();
        let taken = before
            .iter()
            .try_for_each(|event| twin.step(event, &mut out));
        if taken.is_err() {
            // a mirrored price that is no price: the run goes on as it was
            self.forced = Outcome::NoTrade(NoTrade::LevelsTooClose);
            return Interference::default();
        }
        if let Some(decision) = twin.explain(INST, at) {
            self.forced = decision.outcome;
        }
        Interference {
            before,
            after: vec![set(self.rules)],
        }
    }
}
