//! How intentions become orders, and when positions end by other than their levels.

use super::{Group, Kind, Parameter, Slot, Unit, Value, choice, number, parameter, whole};
use crate::trading::policy::{EntryPolicy, OnOpposite, SignalExit};
use crate::trading::strategy::Strategy;

const GROUP: Group = Group::Orders;
/// The longest hold that can be asked for.
const MANY: u64 = 1_000_000_000;

pub(super) const PARAMETERS: [Parameter; 9] = [
    parameter(
        45,
        GROUP,
        ("policy.entry", "Entry"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.policy.entry as u8),
            choices: &[
                choice(EntryPolicy::Market as u8, "market", "At the next open", |c| {
                    c.policy.entry = EntryPolicy::Market;
                }),
                choice(EntryPolicy::Collared as u8, "collared", "Not beyond the target", |c| {
                    c.policy.entry = EntryPolicy::Collared;
                }),
                choice(EntryPolicy::Limit as u8, "limit", "Limit at the close", |c| {
                    c.policy.entry = EntryPolicy::Limit;
                }),
                choice(EntryPolicy::Close as u8, "close", "At the close (optimistic)", |c| {
                    c.policy.entry = EntryPolicy::Close;
                }),
            ],
        },
        "How a position is entered: at the next open; there or later in that bar but not beyond the target; by a limit at the deciding close; or at that close itself, a price that is gone once it is known.",
    ),
    parameter(
        46,
        GROUP,
        ("policy.on_opposite", "Opposite signal"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.policy.on_opposite as u8),
            choices: &[
                choice(OnOpposite::Ignore as u8, "ignore", "Is ignored", |c| {
                    c.policy.on_opposite = OnOpposite::Ignore;
                }),
                choice(OnOpposite::Exit as u8, "exit", "Closes the position", |c| {
                    c.policy.on_opposite = OnOpposite::Exit;
                }),
                choice(OnOpposite::Reverse as u8, "reverse", "Reverses it", |c| {
                    c.policy.on_opposite = OnOpposite::Reverse;
                }),
            ],
        },
        "What a signal does that points against the open position.",
    ),
    parameter(
        47,
        GROUP,
        ("policy.signal_exit", "Exit by signal"),
        Unit::None,
        Kind::Choice {
            get: |c| Some(c.policy.signal_exit as u8),
            choices: &[
                choice(SignalExit::NextOpen as u8, "next_open", "At the next open", |c| {
                    c.policy.signal_exit = SignalExit::NextOpen;
                }),
                choice(
                    SignalExit::DecidingClose as u8,
                    "deciding_close",
                    "At the close (optimistic)",
                    |c| c.policy.signal_exit = SignalExit::DecidingClose,
                ),
            ],
        },
        "When an exit by signal fills; a reversal enters where it leaves.",
    )
    .where_it_is(leaves_by_signal),
    parameter(
        48,
        GROUP,
        ("policy.min_hold_bars", "Held at least"),
        Unit::Bars,
        whole(|c| Some(Slot::Whole(&mut c.policy.min_hold_bars)), [0, MANY], [0, 40], 1),
        "How many bars a position is held before a signal may close it; stops are not delayed.",
    )
    .where_it_is(leaves_by_signal),
    parameter(
        49,
        GROUP,
        ("policy.max_hold_bars", "Held at most"),
        Unit::Bars,
        whole(|c| Some(Slot::WholeOrNone(&mut c.policy.max_hold_bars)), [1, MANY], [1, 100], 1),
        "After how many bars a position is closed, at the close of the last; the entry bar is the first.",
    )
    .or_none(Value::Whole(10)),
    parameter(
        50,
        GROUP,
        ("policy.exit_at_session_end", "Out at the session's end"),
        Unit::None,
        Kind::Flag {
            get: |c| Some(c.policy.exit_at_session_end),
            set: |c, on| c.policy.exit_at_session_end = on,
        },
        "Whether positions are closed before the session ends.",
    ),
    parameter(
        51,
        GROUP,
        ("policy.exit_lead_s", "Exit lead"),
        Unit::Seconds,
        whole(|c| Some(Slot::Whole(&mut c.policy.exit_lead_s)), [0, 86_399], [0, 7_200], 60),
        "How long before the session's close: positions leave at the close of the bar that contains that time, and nothing is entered after it.",
    )
    .where_it_is(|c| c.policy.exit_at_session_end),
    parameter(
        52,
        GROUP,
        ("policy.trailing_stop_atr", "Trailing stop"),
        Unit::Atrs,
        number(
            |c| Some(Slot::NumberOrNone(&mut c.policy.trailing_stop_atr)),
            [0.01, 100.0],
            [0.25, 10.0],
            0.25,
        ),
        "How far the stop trails the close; it moves at closes, only towards the profit.",
    )
    .or_none(Value::Number(2.0)),
    parameter(
        53,
        GROUP,
        ("policy.min_stop_spreads", "Least stop distance"),
        Unit::Spreads,
        number(
            |c| Some(Slot::Number(&mut c.policy.min_stop_spreads)),
            [0.0, 1_000.0],
            [0.0, 20.0],
            0.5,
        ),
        "The least distance of a stop from the close, in spreads; one tick at least.",
    ),
];

/// Whether a signal may close a position: one of the other side, or one from a file that asks to be out.
fn leaves_by_signal(config: &crate::research::run_config::RunConfig) -> bool {
    config.policy.on_opposite != OnOpposite::Ignore
        || matches!(config.strategy, Strategy::Signals(_))
}
