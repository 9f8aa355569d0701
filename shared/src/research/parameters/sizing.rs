//! How much to trade.

use super::{Group, Kind, Parameter, Place, Slot, Unit, Value, choice, number, parameter};
use crate::research::run_config::RunConfig;
use crate::trading::sizing::SizingMode;

const GROUP: Group = Group::Sizing;
const MODE: u16 = 30;
const RISK: u8 = 0;
const EQUITY_FRACTION: u8 = 1;
const ALL_IN: u8 = 2;
const QUANTITY: u8 = 3;
const NOTIONAL: u8 = 4;
const VOLATILITY_TARGET: u8 = 5;

fn by_risk(config: &RunConfig) -> bool {
    config.sizing.mode == SizingMode::Risk
}

/// Whether the size is found at the decision, where caps and buffers count.
fn at_the_decision(config: &RunConfig) -> bool {
    !config.fills.tool.size_at_fill
}

/// The number of a mode.
const fn of_the_mode(
    id: u16,
    code: u8,
    names: (&'static str, &'static str),
    unit: Unit,
    (bounds, slider, step): ([f64; 2], [f64; 2], f64),
    meaning: &'static str,
) -> Parameter {
    let place: Place = match code {
        EQUITY_FRACTION => |c| match &mut c.sizing.mode {
            SizingMode::EquityFraction(value) => Some(Slot::Number(value)),
            _ => None,
        },
        QUANTITY => |c| match &mut c.sizing.mode {
            SizingMode::Quantity(value) => Some(Slot::Number(value)),
            _ => None,
        },
        NOTIONAL => |c| match &mut c.sizing.mode {
            SizingMode::Notional(value) => Some(Slot::Number(value)),
            _ => None,
        },
        _ => |c| match &mut c.sizing.mode {
            SizingMode::VolatilityTarget(value) => Some(Slot::Number(value)),
            _ => None,
        },
    };
    let kind = number(place, bounds, slider, step);
    parameter(id, GROUP, names, unit, kind, meaning).part_of(MODE, Value::Choice(code))
}

pub(super) const PARAMETERS: [Parameter; 10] = [
    parameter(
        MODE,
        GROUP,
        ("sizing.mode", "Size by"),
        Unit::None,
        Kind::Choice {
            get: |c| {
                Some(match c.sizing.mode {
                    SizingMode::Risk => RISK,
                    SizingMode::EquityFraction(_) => EQUITY_FRACTION,
                    SizingMode::AllIn => ALL_IN,
                    SizingMode::Quantity(_) => QUANTITY,
                    SizingMode::Notional(_) => NOTIONAL,
                    SizingMode::VolatilityTarget(_) => VOLATILITY_TARGET,
                })
            },
            choices: &[
                choice(RISK, "risk", "Risk at the stop", |c| {
                    c.sizing.mode = SizingMode::Risk
                }),
                choice(
                    EQUITY_FRACTION,
                    "equity_fraction",
                    "A share of equity",
                    |c| {
                        c.sizing.mode = SizingMode::EquityFraction(0.5);
                    },
                ),
                choice(ALL_IN, "all_in", "All buying power", |c| {
                    c.sizing.mode = SizingMode::AllIn;
                }),
                choice(QUANTITY, "quantity", "A quantity", |c| {
                    c.sizing.mode = SizingMode::Quantity(1.0);
                }),
                choice(NOTIONAL, "notional", "A notional", |c| {
                    c.sizing.mode = SizingMode::Notional(1_000.0);
                }),
                choice(VOLATILITY_TARGET, "volatility_target", "Volatility", |c| {
                    c.sizing.mode = SizingMode::VolatilityTarget(0.01);
                }),
            ],
        },
        "What the size of a trade is measured by; only the risk needs a stop.",
    ),
    of_the_mode(
        31,
        EQUITY_FRACTION,
        ("sizing.mode.equity_fraction", "Share of equity"),
        Unit::Share,
        ([1e-6, 1_000.0], [0.05, 2.0], 0.05),
        "The notional of a trade as a share of equity.",
    ),
    of_the_mode(
        32,
        QUANTITY,
        ("sizing.mode.quantity", "Quantity"),
        Unit::Units,
        ([1e-12, 1e15], [1.0, 1_000.0], 1.0),
        "The quantity of a trade.",
    ),
    of_the_mode(
        33,
        NOTIONAL,
        ("sizing.mode.notional", "Notional"),
        Unit::Cash,
        ([1e-6, 1e15], [500.0, 50_000.0], 500.0),
        "The notional of a trade.",
    ),
    of_the_mode(
        34,
        VOLATILITY_TARGET,
        ("sizing.mode.volatility_target", "Equity moved by one ATR"),
        Unit::Share,
        ([1e-6, 10.0], [0.001, 0.05], 0.001),
        "The share of equity that a move of one ATR(14) is worth.",
    ),
    parameter(
        35,
        GROUP,
        ("sizing.risk_per_trade", "Risk per trade"),
        Unit::Share,
        number(
            |c| Some(Slot::Number(&mut c.sizing.risk_per_trade)),
            [1e-6, 1.0],
            [0.001, 0.05],
            0.001,
        ),
        "The share of equity that is lost when the stop fills at its level. It sets the size of the trade; costs come on top unless they count as risk, and leverage may cap it.",
    )
    .where_it_is(by_risk),
    parameter(
        36,
        GROUP,
        ("sizing.risk_includes_costs", "Costs count as risk"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.sizing.risk_includes_costs),
            set: |c, on| c.sizing.risk_includes_costs = on,
        },
        "Whether the costs of entry and stop are part of the loss that the risk per trade allows.",
    )
    .where_it_is(by_risk),
    parameter(
        37,
        GROUP,
        ("sizing.leverage", "Leverage"),
        Unit::Ratio,
        number(
            |c| Some(Slot::Number(&mut c.sizing.leverage)),
            [0.01, 1_000.0],
            [0.5, 10.0],
            0.5,
        ),
        "Buying power as a multiple of equity. A trade whose risk asks for more than it can pay for is made smaller, and then risks less than intended.",
    ),
    parameter(
        38,
        GROUP,
        ("sizing.gap_buffer", "Gap buffer"),
        Unit::Share,
        number(
            |c| Some(Slot::Number(&mut c.sizing.gap_buffer)),
            [0.0, 1.0],
            [0.0, 0.1],
            0.005,
        ),
        "Notional kept free for the gap between decision and fill.",
    )
    .where_it_is(at_the_decision),
    parameter(
        39,
        GROUP,
        ("sizing.max_position", "Largest position"),
        Unit::Units,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.sizing.max_position)),
            [1e-12, 1e15],
            [1.0, 1_000.0],
            1.0,
        ),
        "The largest position, whatever the size is measured by.",
    )
    .or_none(Value::Number(100.0)),
];
