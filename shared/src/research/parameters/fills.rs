//! How the simulated broker reads bars.

use super::{Group, Kind, Parameter, Slot, Unit, Value, choice, number, parameter};
use crate::research::run_config::RunConfig;
use crate::trading::fills::{
    FillDialect, FractionAnchor, FractionLevels, Intrabar, LevelExit, LimitFill,
};

const GROUP: Group = Group::Fills;
const LEVELS: u16 = 65;

fn ours(config: &RunConfig) -> bool {
    config.fills.dialect == FillDialect::Atrium
}

fn foreign(config: &RunConfig) -> bool {
    !ours(config)
}

fn vectorbt(config: &RunConfig) -> bool {
    config.fills.dialect == FillDialect::Vectorbt
}

fn levels(config: &mut RunConfig, change: impl Fn(&mut FractionLevels)) {
    if let Some(levels) = &mut config.fills.tool.levels {
        change(levels);
    }
}

pub(super) const PARAMETERS: [Parameter; 12] = [
    parameter(
        60,
        GROUP,
        ("fills.dialect", "Fill rules of"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.fills.dialect as u8),
            choices: &[
                choice(FillDialect::Atrium as u8, "atrium", "Atrium", |c| {
                    c.fills.dialect = FillDialect::Atrium;
                }),
                choice(FillDialect::BacktestingPy as u8, "backtesting_py", "backtesting.py", |c| {
                    c.fills.dialect = FillDialect::BacktestingPy;
                }),
                choice(FillDialect::Vectorbt as u8, "vectorbt", "vectorbt", |c| {
                    c.fills.dialect = FillDialect::Vectorbt;
                }),
            ],
        },
        "Whose rules orders fill by; the other tools' are there so that their reports can be reconciled.",
    ),
    parameter(
        61,
        GROUP,
        ("fills.intrabar", "Target and stop in one bar"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.fills.intrabar as u8),
            choices: &[
                choice(Intrabar::Pessimistic as u8, "pessimistic", "Stop first", |c| {
                    c.fills.intrabar = Intrabar::Pessimistic;
                }),
                choice(Intrabar::Optimistic as u8, "optimistic", "Target first", |c| {
                    c.fills.intrabar = Intrabar::Optimistic;
                }),
                choice(Intrabar::Path as u8, "path", "Nearer extreme first", |c| {
                    c.fills.intrabar = Intrabar::Path;
                }),
                choice(Intrabar::Refined as u8, "refined", "Finer bars decide", |c| {
                    c.fills.intrabar = Intrabar::Refined;
                }),
            ],
        },
        "Which level counts where target and stop lie inside one bar.",
    )
    .where_it_is(ours),
    parameter(
        62,
        GROUP,
        ("fills.limit", "Limits fill when"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.fills.limit as u8),
            choices: &[
                choice(LimitFill::Touch as u8, "touch", "Touched", |c| {
                    c.fills.limit = LimitFill::Touch;
                }),
                choice(LimitFill::Through as u8, "through", "Traded through", |c| {
                    c.fills.limit = LimitFill::Through;
                }),
            ],
        },
        "When a limit order, targets among them, fills.",
    )
    .where_it_is(ours),
    parameter(
        63,
        GROUP,
        ("fills.volume_percent", "Volume limit"),
        Unit::Percent,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.fills.volume_percent)),
            [1e-6, 100.0],
            [0.5, 100.0],
            0.5,
        ),
        "The most of a bar's volume that orders may take; what exceeds it is filled later or not at all.",
    )
    .or_none(Value::Number(10.0))
    .where_it_is(ours),
    parameter(
        64,
        GROUP,
        ("fills.tool.size_at_fill", "Size found at the fill"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.fills.tool.size_at_fill),
            set: |c, on| c.fills.tool.size_at_fill = on,
        },
        "Whether quantities are found when an entry fills, from its price and the cash then, as the other tools do.",
    )
    .where_it_is(foreign),
    parameter(
        LEVELS,
        GROUP,
        ("fills.tool.levels", "Levels as fractions"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.fills.tool.levels.is_some()),
            set: |c, on| c.fills.tool.levels = on.then(FractionLevels::default),
        },
        "Whether positions whose signal gave no levels get some as fractions of a price.",
    )
    .where_it_is(foreign),
    parameter(
        66,
        GROUP,
        ("fills.tool.levels.stop", "Stop distance"),
        Unit::Share,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.fills.tool.levels.as_mut()?.stop)),
            [1e-6, 0.999],
            [0.002, 0.2],
            0.002,
        ),
        "How far the stop lies from the anchor.",
    )
    .or_none(Value::Number(0.01))
    .part_of(LEVELS, Value::Flag(true))
    .where_it_is(foreign),
    parameter(
        67,
        GROUP,
        ("fills.tool.levels.target", "Target distance"),
        Unit::Share,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.fills.tool.levels.as_mut()?.target)),
            [1e-6, 100.0],
            [0.002, 0.4],
            0.002,
        ),
        "How far the target lies from the anchor.",
    )
    .or_none(Value::Number(0.02))
    .part_of(LEVELS, Value::Flag(true))
    .where_it_is(foreign),
    parameter(
        68,
        GROUP,
        ("fills.tool.levels.anchor", "Fractions of"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.fills.tool.levels?.anchor as u8),
            choices: &[
                choice(FractionAnchor::Fill as u8, "fill", "The price paid", |c| {
                    levels(c, |l| l.anchor = FractionAnchor::Fill);
                }),
                choice(FractionAnchor::Order as u8, "order", "The price before slippage", |c| {
                    levels(c, |l| l.anchor = FractionAnchor::Order);
                }),
                choice(
                    FractionAnchor::EntryClose as u8,
                    "entry_close",
                    "The close of the entry's bar",
                    |c| levels(c, |l| l.anchor = FractionAnchor::EntryClose),
                ),
            ],
        },
        "The price that the levels are fractions of.",
    )
    .part_of(LEVELS, Value::Flag(true))
    .where_it_is(vectorbt),
    parameter(
        69,
        GROUP,
        ("fills.tool.levels.trailing", "Stop trails"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.fills.tool.levels?.trailing),
            set: |c, on| levels(c, |l| l.trailing = on),
        },
        "Whether the stop is measured from the best price since the entry.",
    )
    .part_of(LEVELS, Value::Flag(true))
    .where_it_is(vectorbt),
    parameter(
        70,
        GROUP,
        ("fills.tool.level_exit", "Exit at a level fills"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.fills.tool.level_exit as u8),
            choices: &[
                choice(LevelExit::Limit as u8, "limit", "At the level", |c| {
                    c.fills.tool.level_exit = LevelExit::Limit;
                }),
                choice(LevelExit::Market as u8, "market", "At the level, less slippage", |c| {
                    c.fills.tool.level_exit = LevelExit::Market;
                }),
                choice(LevelExit::Close as u8, "close", "At the bar's close", |c| {
                    c.fills.tool.level_exit = LevelExit::Close;
                }),
            ],
        },
        "At which price a level ends a position.",
    )
    .where_it_is(vectorbt),
    parameter(
        71,
        GROUP,
        ("fills.tool.finalize_trades", "Close at the end"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.fills.tool.finalize_trades),
            set: |c, on| c.fills.tool.finalize_trades = on,
        },
        "Whether what is open at the end is closed at the last price at which an order could have filled.",
    )
    .where_it_is(|c| c.fills.dialect == FillDialect::BacktestingPy),
];
