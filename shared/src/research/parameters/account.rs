//! The account and the bars.

use super::{Group, Kind, Parameter, Slot, Unit, number, parameter};

const GROUP: Group = Group::Account;

pub(super) const PARAMETERS: [Parameter; 4] = [
    parameter(
        1,
        GROUP,
        ("interval", "Bars"),
        Unit::None,
        Kind::Interval,
        "The interval of the bars that are decided on, cut from the stored ones.",
    ),
    parameter(
        2,
        GROUP,
        ("initial_equity", "Initial equity"),
        Unit::Cash,
        number(
            |c| Some(Slot::Number(&mut c.initial_equity)),
            [1.0, 1e12],
            [1_000.0, 100_000.0],
            1_000.0,
        ),
        "What the account is worth at the start.",
    ),
    parameter(
        3,
        GROUP,
        ("fx", "Exchange rate"),
        Unit::Rate,
        number(
            |c| Some(Slot::Number(&mut c.fx)),
            [1e-9, 1e9],
            [0.01, 2.0],
            0.01,
        ),
        "Account currency for one unit of the instrument's currency, the same throughout the run.",
    ),
    parameter(
        4,
        GROUP,
        ("risk_free", "Risk-free return"),
        Unit::Share,
        number(
            |c| Some(Slot::Number(&mut c.risk_free)),
            [-0.5, 0.5],
            [0.0, 0.1],
            0.001,
        ),
        "The return a year that bears no risk, by which Sharpe and its like are measured.",
    ),
];
