//! What trading costs.

use super::{Choice, Group, Kind, Parameter, Place, Slot, Unit, Value, choice, number, parameter};
use crate::trading::costs::{Commission, PriceOffset};

const GROUP: Group = Group::Costs;
const COMMISSION: u16 = 80;
const PER_SHARE: u8 = 1;
const IB_TIERED: u8 = 2;
const PERCENT: u8 = 3;
const PER_CONTRACT: u8 = 4;
const PER_TRADE: u8 = 5;
const SLIPPAGE: u16 = 90;
const HALF_SPREAD: u16 = 94;
const TICKS: u8 = 1;
const BPS: u8 = 2;
const ATR: u8 = 3;

/// A number of a commission model.
const fn of_the_commission(
    id: u16,
    code: u8,
    names: (&'static str, &'static str),
    unit: Unit,
    kind: Kind,
    meaning: &'static str,
) -> Parameter {
    parameter(id, GROUP, names, unit, kind, meaning).part_of(COMMISSION, Value::Choice(code))
}

const fn cash(place: Place, slider_high: f64, step: f64) -> Kind {
    number(place, [0.0, 1e6], [0.0, slider_high], step)
}

/// The number of an offset.
const fn of_the_offset(
    id: u16,
    (of, code): (u16, u8),
    names: (&'static str, &'static str),
    place: Place,
) -> Parameter {
    let (unit, high, slider_high, step, meaning) = match code {
        TICKS => (
            Unit::Ticks,
            10_000.0,
            10.0,
            0.5,
            "So many ticks of the instrument.",
        ),
        BPS => (
            Unit::BasisPoints,
            5_000.0,
            20.0,
            0.5,
            "So many basis points of the price.",
        ),
        _ => (
            Unit::Atrs,
            10.0,
            0.5,
            0.01,
            "So many ATR(14) as of the last close.",
        ),
    };
    let kind = number(place, [0.0, high], [0.0, slider_high], step);
    parameter(id, GROUP, names, unit, kind, meaning).part_of(of, Value::Choice(code))
}

const fn offset_code(offset: &PriceOffset) -> u8 {
    match offset {
        PriceOffset::None => 0,
        PriceOffset::Ticks(_) => TICKS,
        PriceOffset::Bps(_) => BPS,
        PriceOffset::Atr(_) => ATR,
    }
}

fn number_of(offset: &mut PriceOffset, code: u8) -> Option<Slot<'_>> {
    match offset {
        PriceOffset::Ticks(value) if code == TICKS => Some(Slot::Number(value)),
        PriceOffset::Bps(value) if code == BPS => Some(Slot::Number(value)),
        PriceOffset::Atr(value) if code == ATR => Some(Slot::Number(value)),
        _ => None,
    }
}

const SLIPPAGES: [Choice; 4] = [
    choice(0, "none", "None", |c| c.costs.slippage = PriceOffset::None),
    choice(TICKS, "ticks", "Ticks", |c| {
        c.costs.slippage = PriceOffset::Ticks(1.0)
    }),
    choice(BPS, "bps", "Basis points", |c| {
        c.costs.slippage = PriceOffset::Bps(1.0)
    }),
    choice(ATR, "atr", "ATR", |c| {
        c.costs.slippage = PriceOffset::Atr(0.05)
    }),
];

const HALF_SPREADS: [Choice; 4] = [
    choice(0, "none", "None", |c| {
        c.costs.half_spread = PriceOffset::None
    }),
    choice(TICKS, "ticks", "Ticks", |c| {
        c.costs.half_spread = PriceOffset::Ticks(1.0)
    }),
    choice(BPS, "bps", "Basis points", |c| {
        c.costs.half_spread = PriceOffset::Bps(1.0)
    }),
    choice(ATR, "atr", "ATR", |c| {
        c.costs.half_spread = PriceOffset::Atr(0.05)
    }),
];

const COMMISSIONS: [Choice; 6] = [
    choice(0, "none", "None", |c| c.costs.commission = Commission::None),
    choice(PER_SHARE, "per_share", "Per share", |c| {
        c.costs.commission = Commission::default();
    }),
    choice(IB_TIERED, "ib_tiered", "Interactive Brokers, tiered", |c| {
        c.costs.commission = Commission::IbTiered {
            monthly_shares: 0.0,
        };
    }),
    choice(PERCENT, "percent", "Per cent of the notional", |c| {
        c.costs.commission = Commission::Percent {
            percent: 0.1,
            fixed: 0.0,
            minimum: 0.0,
        };
    }),
    choice(PER_CONTRACT, "per_contract", "Per contract", |c| {
        c.costs.commission = Commission::PerContract { rate: 1.0 };
    }),
    choice(PER_TRADE, "per_trade", "Per order", |c| {
        c.costs.commission = Commission::PerTrade { amount: 1.0 };
    }),
];

pub(super) const PARAMETERS: [Parameter; 21] = [
    parameter(
        COMMISSION,
        GROUP,
        ("costs.commission", "Commission"),
        Unit::None,
        Kind::Choice {
            get: |c| {
                Some(match c.costs.commission {
                    Commission::None => 0,
                    Commission::PerShare { .. } => PER_SHARE,
                    Commission::IbTiered { .. } => IB_TIERED,
                    Commission::Percent { .. } => PERCENT,
                    Commission::PerContract { .. } => PER_CONTRACT,
                    Commission::PerTrade { .. } => PER_TRADE,
                })
            },
            choices: &COMMISSIONS,
        },
        "How the broker charges an order. Minimum and cap are of the whole order, however many executions it takes.",
    ),
    of_the_commission(
        81,
        PER_SHARE,
        ("costs.commission.per_share.rate", "Rate per share"),
        Unit::Cash,
        cash(
            |c| match &mut c.costs.commission {
                Commission::PerShare { rate, .. } => Some(Slot::Number(rate)),
                _ => None,
            },
            0.02,
            0.0005,
        ),
        "What a share costs.",
    ),
    of_the_commission(
        82,
        PER_SHARE,
        ("costs.commission.per_share.minimum", "Minimum per order"),
        Unit::Cash,
        cash(
            |c| match &mut c.costs.commission {
                Commission::PerShare { minimum, .. } => Some(Slot::Number(minimum)),
                _ => None,
            },
            5.0,
            0.05,
        ),
        "The least that an order costs.",
    ),
    of_the_commission(
        83,
        PER_SHARE,
        ("costs.commission.per_share.cap_fraction", "Cap per order"),
        Unit::Share,
        number(
            |c| match &mut c.costs.commission {
                Commission::PerShare { cap_fraction, .. } => Some(Slot::Number(cap_fraction)),
                _ => None,
            },
            [0.0, 1.0],
            [0.0, 0.05],
            0.001,
        ),
        "The most that an order costs, as a share of its notional; it wins over the least.",
    ),
    of_the_commission(
        84,
        IB_TIERED,
        (
            "costs.commission.ib_tiered.monthly_shares",
            "Shares a month",
        ),
        Unit::Units,
        number(
            |c| match &mut c.costs.commission {
                Commission::IbTiered { monthly_shares } => Some(Slot::Number(monthly_shares)),
                _ => None,
            },
            [0.0, 1e12],
            [0.0, 5_000_000.0],
            50_000.0,
        ),
        "Shares that are traded in each month before the run's own, by which the tier is found.",
    ),
    of_the_commission(
        85,
        PERCENT,
        ("costs.commission.percent.percent", "Rate on the notional"),
        Unit::Percent,
        number(
            |c| match &mut c.costs.commission {
                Commission::Percent { percent, .. } => Some(Slot::Number(percent)),
                _ => None,
            },
            [0.0, 100.0],
            [0.0, 1.0],
            0.01,
        ),
        "Per cent of the notional: 0.1 is ten basis points.",
    ),
    of_the_commission(
        86,
        PERCENT,
        ("costs.commission.percent.fixed", "Fixed per order"),
        Unit::Cash,
        cash(
            |c| match &mut c.costs.commission {
                Commission::Percent { fixed, .. } => Some(Slot::Number(fixed)),
                _ => None,
            },
            10.0,
            0.1,
        ),
        "What an order costs beside its rate.",
    ),
    of_the_commission(
        87,
        PERCENT,
        ("costs.commission.percent.minimum", "Minimum per order"),
        Unit::Cash,
        cash(
            |c| match &mut c.costs.commission {
                Commission::Percent { minimum, .. } => Some(Slot::Number(minimum)),
                _ => None,
            },
            10.0,
            0.1,
        ),
        "The least that an order costs.",
    ),
    of_the_commission(
        88,
        PER_CONTRACT,
        ("costs.commission.per_contract.rate", "Rate per contract"),
        Unit::Cash,
        cash(
            |c| match &mut c.costs.commission {
                Commission::PerContract { rate } => Some(Slot::Number(rate)),
                _ => None,
            },
            10.0,
            0.05,
        ),
        "What a unit of the instrument costs.",
    ),
    of_the_commission(
        89,
        PER_TRADE,
        ("costs.commission.per_trade.amount", "Fee per order"),
        Unit::Cash,
        cash(
            |c| match &mut c.costs.commission {
                Commission::PerTrade { amount } => Some(Slot::Number(amount)),
                _ => None,
            },
            20.0,
            0.05,
        ),
        "What an order costs.",
    ),
    parameter(
        SLIPPAGE,
        GROUP,
        ("costs.slippage", "Slippage"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(offset_code(&c.costs.slippage)),
            choices: &SLIPPAGES,
        },
        "How much worse than the quoted price a market or stop order fills.",
    ),
    of_the_offset(
        91,
        (SLIPPAGE, TICKS),
        ("costs.slippage.ticks", "Slippage in ticks"),
        |c| number_of(&mut c.costs.slippage, TICKS),
    ),
    of_the_offset(
        92,
        (SLIPPAGE, BPS),
        ("costs.slippage.bps", "Slippage in basis points"),
        |c| number_of(&mut c.costs.slippage, BPS),
    ),
    of_the_offset(
        93,
        (SLIPPAGE, ATR),
        ("costs.slippage.atr", "Slippage in ATR"),
        |c| number_of(&mut c.costs.slippage, ATR),
    ),
    parameter(
        HALF_SPREAD,
        GROUP,
        ("costs.half_spread", "Half-spread"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(offset_code(&c.costs.half_spread)),
            choices: &HALF_SPREADS,
        },
        "Half of the difference between bid and ask, paid by market and stop orders.",
    ),
    of_the_offset(
        95,
        (HALF_SPREAD, TICKS),
        ("costs.half_spread.ticks", "Half-spread in ticks"),
        |c| number_of(&mut c.costs.half_spread, TICKS),
    ),
    of_the_offset(
        96,
        (HALF_SPREAD, BPS),
        ("costs.half_spread.bps", "Half-spread in basis points"),
        |c| number_of(&mut c.costs.half_spread, BPS),
    ),
    of_the_offset(
        97,
        (HALF_SPREAD, ATR),
        ("costs.half_spread.atr", "Half-spread in ATR"),
        |c| number_of(&mut c.costs.half_spread, ATR),
    ),
    parameter(
        98,
        GROUP,
        ("costs.borrow_percent", "Borrow fee"),
        Unit::Percent,
        number(
            |c| Some(Slot::Number(&mut c.costs.borrow_percent)),
            [0.0, 1_000.0],
            [0.0, 20.0],
            0.1,
        ),
        "Per cent a year on the value of short positions, accrued by calendar days over 365.",
    ),
    parameter(
        99,
        GROUP,
        ("costs.financing_percent", "Financing"),
        Unit::Percent,
        number(
            |c| Some(Slot::Number(&mut c.costs.financing_percent)),
            [0.0, 1_000.0],
            [0.0, 20.0],
            0.1,
        ),
        "Per cent a year on the value of long positions, accrued by calendar days over 365.",
    ),
    parameter(
        100,
        GROUP,
        ("costs.conversion_bps", "Conversion fee"),
        Unit::BasisPoints,
        number(
            |c| Some(Slot::Number(&mut c.costs.conversion_bps)),
            [0.0, 10_000.0],
            [0.0, 50.0],
            0.5,
        ),
        "Charged on each execution's notional where the instrument is in another currency than the account.",
    ),
];
