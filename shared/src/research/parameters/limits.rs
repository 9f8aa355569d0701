//! The limits of the account.

use super::{Group, Kind, Parameter, Place, Slot, Unit, Value, choice, number, parameter, whole};
use crate::base::zone::Zone;
use crate::research::run_config::RunConfig;
use crate::trading::risk::RateLimit;

const GROUP: Group = Group::Limits;
const RATE: u16 = 111;
const ANY: u64 = u32::MAX as u64;

fn limits_the_day(config: &RunConfig) -> bool {
    config.limits.daily_loss.is_some()
}

const fn share(place: Place, high: f64, slider_high: f64) -> Kind {
    number(place, [1e-6, high], [0.005, slider_high], 0.005)
}

/// A part of the rate limit.
const fn of_the_rate(
    id: u16,
    names: (&'static str, &'static str),
    unit: Unit,
    kind: Kind,
    meaning: &'static str,
) -> Parameter {
    parameter(id, GROUP, names, unit, kind, meaning).part_of(RATE, Value::Flag(true))
}

pub(super) const PARAMETERS: [Parameter; 16] = [
    parameter(
        105,
        GROUP,
        ("limits.daily_loss", "Daily loss limit"),
        Unit::Share,
        share(|c| Some(Slot::NumberOrNone(&mut c.limits.daily_loss)), 1.0, 0.2),
        "The most that may be lost in a day, as a share of initial equity: a breach closes every position and bars new ones till the next day.",
    )
    .or_none(Value::Number(0.05)),
    parameter(
        106,
        GROUP,
        ("limits.daily_loss_for_good", "Daily loss ends trading"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.limits.daily_loss_for_good),
            set: |c, on| c.limits.daily_loss_for_good = on,
        },
        "Whether a breach of the daily limit bars new positions for good.",
    )
    .where_it_is(limits_the_day),
    parameter(
        107,
        GROUP,
        ("limits.total_loss", "Total loss limit"),
        Unit::Share,
        share(|c| Some(Slot::NumberOrNone(&mut c.limits.total_loss)), 1.0, 0.5),
        "The most that may be lost in all, as a share of initial equity: a breach closes every position, for good.",
    )
    .or_none(Value::Number(0.1)),
    parameter(
        108,
        GROUP,
        ("limits.day_zone", "Days begin in"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.limits.day_zone as u8),
            choices: &[
                choice(Zone::Utc as u8, Zone::Utc.name(), "UTC", |c| {
                    c.limits.day_zone = Zone::Utc;
                }),
                choice(Zone::NewYork as u8, Zone::NewYork.name(), "New York", |c| {
                    c.limits.day_zone = Zone::NewYork;
                }),
                choice(Zone::London as u8, Zone::London.name(), "London", |c| {
                    c.limits.day_zone = Zone::London;
                }),
                choice(Zone::Prague as u8, Zone::Prague.name(), "Prague", |c| {
                    c.limits.day_zone = Zone::Prague;
                }),
                choice(Zone::Tokyo as u8, Zone::Tokyo.name(), "Tokyo", |c| {
                    c.limits.day_zone = Zone::Tokyo;
                }),
            ],
        },
        "The zone whose midnight begins a day of the daily limit.",
    )
    .where_it_is(limits_the_day),
    parameter(
        109,
        GROUP,
        ("limits.profit_target", "Profit target"),
        Unit::Share,
        share(|c| Some(Slot::NumberOrNone(&mut c.limits.profit_target)), 1_000.0, 0.5),
        "The profit that is aimed at, as a share of initial equity; it is reported and changes nothing.",
    )
    .or_none(Value::Number(0.1)),
    parameter(
        110,
        GROUP,
        ("limits.min_trading_days", "Least trading days"),
        Unit::Days,
        whole(|c| Some(Slot::WholeOrNone(&mut c.limits.min_trading_days)), [0, ANY], [1, 30], 1),
        "Days with an entry that are asked for; they are reported and change nothing.",
    )
    .or_none(Value::Whole(4)),
    parameter(
        RATE,
        GROUP,
        ("limits.rate", "Rate limit"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.limits.rate.is_some()),
            set: |c, on| c.limits.rate = on.then(RateLimit::default),
        },
        "Whether only so many signals may be traded in a stretch of time.",
    ),
    of_the_rate(
        112,
        ("limits.rate.max_signals", "Signals at most"),
        Unit::None,
        whole(
            |c| Some(Slot::Whole(&mut c.limits.rate.as_mut()?.max_signals)),
            [0, 1_000_000],
            [0, 50],
            1,
        ),
        "How many signals may be traded within the rate window.",
    ),
    of_the_rate(
        113,
        ("limits.rate.max_high_confidence", "Of high confidence at most"),
        Unit::None,
        whole(
            |c| Some(Slot::Whole(&mut c.limits.rate.as_mut()?.max_high_confidence)),
            [0, 1_000_000],
            [0, 50],
            1,
        ),
        "How many of them may be of high confidence.",
    ),
    of_the_rate(
        114,
        ("limits.rate.high_confidence", "High confidence from"),
        Unit::Share,
        number(
            |c| Some(Slot::Number(&mut c.limits.rate.as_mut()?.high_confidence)),
            [0.0, 1.0],
            [0.0, 1.0],
            0.01,
        ),
        "The confidence from which a signal counts as a high one.",
    ),
    of_the_rate(
        115,
        ("limits.rate.window_s", "Rate window"),
        Unit::Seconds,
        whole(
            |c| Some(Slot::Whole(&mut c.limits.rate.as_mut()?.window_s)),
            [1, 31_536_000],
            [60, 86_400],
            60,
        ),
        "The stretch of time: a signal counts until so many seconds have passed.",
    ),
    parameter(
        116,
        GROUP,
        ("limits.pre_trade.max_quantity", "Largest order"),
        Unit::Units,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.limits.pre_trade.max_quantity)),
            [1e-12, 1e15],
            [1.0, 1_000.0],
            1.0,
        ),
        "The largest quantity of an order; a larger one is not sent.",
    )
    .or_none(Value::Number(100.0)),
    parameter(
        117,
        GROUP,
        ("limits.pre_trade.max_notional", "Largest order by value"),
        Unit::Cash,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.limits.pre_trade.max_notional)),
            [1e-6, 1e15],
            [500.0, 100_000.0],
            500.0,
        ),
        "The largest notional of an order at the last close; a larger one is not sent.",
    )
    .or_none(Value::Number(10_000.0)),
    parameter(
        118,
        GROUP,
        ("limits.pre_trade.price_band_percent", "Price band"),
        Unit::Percent,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.limits.pre_trade.price_band_percent)),
            [1e-6, 1e6],
            [0.5, 50.0],
            0.5,
        ),
        "How far from the last close a price of an order may lie.",
    )
    .or_none(Value::Number(10.0)),
    parameter(
        119,
        GROUP,
        ("limits.pre_trade.max_positions", "Most positions"),
        Unit::None,
        whole(
            |c| Some(Slot::WholeOrNone(&mut c.limits.pre_trade.max_positions)),
            [0, ANY],
            [1, 20],
            1,
        ),
        "How many positions and pending entries there may be.",
    )
    .or_none(Value::Whole(1)),
    parameter(
        120,
        GROUP,
        ("limits.pre_trade.max_data_age_s", "Oldest last bar"),
        Unit::Seconds,
        whole(
            |c| Some(Slot::WholeOrNone(&mut c.limits.pre_trade.max_data_age_s)),
            [0, ANY],
            [0, 600],
            10,
        ),
        "How old the last bar may be at the decision, after its end.",
    )
    .or_none(Value::Whole(60)),
];
