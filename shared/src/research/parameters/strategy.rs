//! When to trade.

use super::{Group, Kind, Parameter, Place, Slot, Unit, Value, choice, number, parameter};
use crate::research::run_config::RunConfig;
use crate::trading::strategy::{
    LevelAnchor, PredictedMove, SidePolicy, SigmaSource, Signals, Strategy,
};

const GROUP: Group = Group::Strategy;
const STRATEGY: u16 = 20;
const PREDICTED_MOVE: u8 = 0;
const SIGNALS: u8 = 1;

fn predicted(config: &mut RunConfig, change: impl Fn(&mut PredictedMove)) {
    if let Some(strategy) = config.strategy.predicted_move_mut() {
        change(strategy);
    }
}

fn signals(config: &mut RunConfig, change: impl Fn(&mut Signals)) {
    if let Strategy::Signals(strategy) = &mut config.strategy {
        change(strategy);
    }
}

/// A parameter of the predicted move.
const fn of_the_move(parameter: Parameter) -> Parameter {
    parameter.part_of(STRATEGY, Value::Choice(PREDICTED_MOVE))
}

/// A level of signals that give none.
const fn of_signals(
    id: u16,
    words: (&'static str, &'static str),
    place: Place,
    meaning: &'static str,
) -> Parameter {
    let range = number(place, [1e-6, 10_000.0], [0.1, 10.0], 0.1);
    parameter(id, GROUP, words, Unit::Percent, range, meaning)
        .part_of(STRATEGY, Value::Choice(SIGNALS))
        .or_none(Value::Number(1.0))
}

pub(super) const PARAMETERS: [Parameter; 11] = [
    parameter(
        STRATEGY,
        GROUP,
        ("strategy", "Strategy"),
        Unit::None,
        Kind::Choice {
            get: |c| {
                Some(match c.strategy {
                    Strategy::PredictedMove(_) => PREDICTED_MOVE,
                    Strategy::Signals(_) => SIGNALS,
                })
            },
            choices: &[
                choice(PREDICTED_MOVE, "predicted_move", "Predicted move", |c| {
                    c.strategy = Strategy::PredictedMove(PredictedMove::default());
                }),
                choice(SIGNALS, "signals", "Signals from a file", |c| {
                    c.strategy = Strategy::Signals(Signals::default());
                }),
            ],
        },
        "Trades the predicted move with a bracket, or does what signals from a file say.",
    ),
    of_the_move(parameter(
        21,
        GROUP,
        ("strategy.predicted_move.k_sigma_err", "Error gate"),
        Unit::Sigmas,
        number(
            |c| {
                Some(Slot::Number(
                    &mut c.strategy.predicted_move_mut()?.k_sigma_err,
                ))
            },
            [0.0, 100.0],
            [0.0, 3.0],
            0.05,
        ),
        "A trade needs a predicted move of at least so many standard deviations of the prediction's own last 100 errors; 0 switches the gate off.",
    )),
    of_the_move(parameter(
        22,
        GROUP,
        ("strategy.predicted_move.k_atr_min_tp", "ATR gate"),
        Unit::Atrs,
        number(
            |c| {
                Some(Slot::Number(
                    &mut c.strategy.predicted_move_mut()?.k_atr_min_tp,
                ))
            },
            [0.0, 100.0],
            [0.0, 5.0],
            0.05,
        ),
        "A trade needs a predicted move of at least so many average true ranges of the last 14 bars, so that the target lies beyond the noise; 0 switches the gate off.",
    )),
    of_the_move(parameter(
        23,
        GROUP,
        (
            "strategy.predicted_move.reward_risk_ratio",
            "Reward to risk",
        ),
        Unit::Ratio,
        number(
            |c| {
                Some(Slot::Number(
                    &mut c.strategy.predicted_move_mut()?.reward_risk_ratio,
                ))
            },
            [0.01, 100.0],
            [0.5, 5.0],
            0.1,
        ),
        "The target's distance over the stop's: at 2 the stop lies half as far from the close as the target.",
    )),
    of_the_move(parameter(
        24,
        GROUP,
        ("strategy.predicted_move.side", "Side"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.strategy.predicted_move()?.side as u8),
            choices: &[
                choice(SidePolicy::Both as u8, "both", "Long and short", |c| {
                    predicted(c, |s| s.side = SidePolicy::Both);
                }),
                choice(SidePolicy::LongOnly as u8, "long_only", "Long only", |c| {
                    predicted(c, |s| s.side = SidePolicy::LongOnly);
                }),
                choice(
                    SidePolicy::ShortOnly as u8,
                    "short_only",
                    "Short only",
                    |c| {
                        predicted(c, |s| s.side = SidePolicy::ShortOnly);
                    },
                ),
            ],
        },
        "Which sides are traded.",
    )),
    of_the_move(parameter(
        25,
        GROUP,
        (
            "strategy.predicted_move.level_anchor",
            "Levels measured from",
        ),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.strategy.predicted_move()?.level_anchor as u8),
            choices: &[
                choice(
                    LevelAnchor::Decision as u8,
                    "decision",
                    "The deciding close",
                    |c| {
                        predicted(c, |s| s.level_anchor = LevelAnchor::Decision);
                    },
                ),
                choice(LevelAnchor::Fill as u8, "fill", "The actual fill", |c| {
                    predicted(c, |s| s.level_anchor = LevelAnchor::Fill);
                }),
            ],
        },
        "What target and stop are measured from.",
    )),
    of_the_move(parameter(
        26,
        GROUP,
        ("strategy.predicted_move.sigma", "Error gate measured by"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.strategy.predicted_move()?.sigma as u8),
            choices: &[
                choice(
                    SigmaSource::Error as u8,
                    "error",
                    "The prediction's error",
                    |c| {
                        predicted(c, |s| s.sigma = SigmaSource::Error);
                    },
                ),
                choice(SigmaSource::Atr as u8, "atr", "ATR(14)", |c| {
                    predicted(c, |s| s.sigma = SigmaSource::Atr);
                }),
            ],
        },
        "What the error gate holds the predicted move against: the deviation of the prediction's own past errors, or ATR(14).",
    ))
    .where_it_is(|c| {
        c.strategy
            .predicted_move()
            .is_some_and(|s| s.k_sigma_err > 0.0)
    }),
    of_the_move(parameter(
        27,
        GROUP,
        ("strategy.predicted_move.min_confidence", "Least confidence"),
        Unit::Share,
        number(
            |c| {
                Some(Slot::NumberOrNone(
                    &mut c.strategy.predicted_move_mut()?.min_confidence,
                ))
            },
            [0.0, 1.0],
            [0.0, 1.0],
            0.01,
        ),
        "The least confidence of a prediction that is traded; one that states none is not.",
    ))
    .or_none(Value::Number(0.75)),
    parameter(
        28,
        GROUP,
        ("strategy.signals.side", "Side"),
        Unit::None,
        Kind::Choice {
            get: |c| match &c.strategy {
                Strategy::Signals(strategy) => Some(strategy.side as u8),
                Strategy::PredictedMove(_) => None,
            },
            choices: &[
                choice(SidePolicy::Both as u8, "both", "Long and short", |c| {
                    signals(c, |s| s.side = SidePolicy::Both);
                }),
                choice(SidePolicy::LongOnly as u8, "long_only", "Long only", |c| {
                    signals(c, |s| s.side = SidePolicy::LongOnly);
                }),
                choice(
                    SidePolicy::ShortOnly as u8,
                    "short_only",
                    "Short only",
                    |c| {
                        signals(c, |s| s.side = SidePolicy::ShortOnly);
                    },
                ),
            ],
        },
        "Which sides are traded; a signal of the other side is passed over.",
    )
    .part_of(STRATEGY, Value::Choice(SIGNALS)),
    of_signals(
        29,
        ("strategy.signals.stop_percent", "Stop of signals"),
        |c| match &mut c.strategy {
            Strategy::Signals(signals) => Some(Slot::NumberOrNone(&mut signals.stop_percent)),
            Strategy::PredictedMove(_) => None,
        },
        "How far from the close the stop lies of a signal that gives none; none leaves it without.",
    ),
    of_signals(
        40,
        ("strategy.signals.target_percent", "Target of signals"),
        |c| match &mut c.strategy {
            Strategy::Signals(signals) => Some(Slot::NumberOrNone(&mut signals.target_percent)),
            Strategy::PredictedMove(_) => None,
        },
        "How far from the close the target lies of a signal that gives none; none leaves it without.",
    ),
];
