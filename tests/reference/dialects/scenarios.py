"""What is run: for each peer its own options and the same rule in the terms of `model.Rule`."""

PER_SHARE = {"rate": 0.02, "minimum": 1.0, "cap_fraction": 0.0005}


def per_share(size, price):
    """A commission per share with a minimum and a cap, as backtesting.py calls it."""
    size = abs(size)
    return min(max(PER_SHARE["rate"] * size, PER_SHARE["minimum"]), PER_SHARE["cap_fraction"] * size * price)


def backtesting_py():
    """Name, signal set, options of `Backtest`, fields of `peer_backtesting.Signals`, what differs from `model.Rule`."""
    late = {"kind": "fraction", "anchor": "fill", "stop": 0.01, "target": 0.02}
    half = {"kind": "fraction", "fraction": 0.5, "lot": 1.0}
    most = {"kind": "fraction", "fraction": 1.0 - 2.0**-52, "lot": 1.0}
    geared = {"kind": "fraction", "fraction": 0.9, "lot": 1.0}
    rows = [
        ("next open, both levels", "brackets", {}, {}, {}),
        ("next open, near levels: gaps, both in a bar, entry bar", "tight", {}, {}, {}),
        ("next open, stop alone", "stops", {}, {}, {}),
        ("next open, target alone", "targets", {}, {}, {}),
        ("next open, no levels", "plain", {}, {}, {}),
        ("next open, long only", "brackets long", {}, {}, {}),
        ("next open, short only", "brackets short", {}, {}, {}),
        ("close, both levels", "brackets", {"trade_on_close": True}, {}, {"entry": "close"}),
        ("close, near levels", "tight", {"trade_on_close": True}, {}, {"entry": "close"}),
        (
            "close, no levels, reversed",
            "plain",
            {"trade_on_close": True},
            {"on_opposite": "reverse"},
            {"entry": "close", "on_opposite": "reverse"},
        ),
        ("reversed", "brackets", {}, {"on_opposite": "reverse"}, {"on_opposite": "reverse"}),
        ("reversed, near levels", "tight", {}, {"on_opposite": "reverse"}, {"on_opposite": "reverse"}),
        (
            "reversed by exclusive_orders",
            "brackets",
            {"exclusive_orders": True},
            {"on_opposite": "reverse", "exclusive": True},
            {"on_opposite": "reverse"},
        ),
        ("an opposite signal leaves", "brackets", {}, {"on_opposite": "exit"}, {"on_opposite": "exit"}),
        ("commission per cent", "brackets", {"commission": 0.001}, {}, {"commission": {"fraction": 0.001}}),
        (
            "commission fixed and per cent, reversed",
            "brackets",
            {"commission": [2.0, 0.0005]},
            {"on_opposite": "reverse"},
            {"commission": {"fixed": 2.0, "fraction": 0.0005}, "on_opposite": "reverse"},
        ),
        (
            "commission by a function: per share, minimum, cap",
            "brackets",
            {"commission": {"per_share": PER_SHARE}},
            {},
            {"commission": {"per_share": PER_SHARE}},
        ),
        ("spread", "brackets", {"spread": 0.0004}, {}, {"entry_spread": 0.0004}),
        (
            "spread and commission",
            "brackets",
            {"spread": 0.0004, "commission": 0.001},
            {},
            {"entry_spread": 0.0004, "commission": {"fraction": 0.001}},
        ),
        ("limit at the close", "brackets", {}, {"limits": True}, {"entry": "limit"}),
        ("limit at the close, near levels", "tight", {}, {"limits": True}, {"entry": "limit"}),
        (
            "limit at the close, spread",
            "brackets",
            {"spread": 0.0004},
            {"limits": True},
            {"entry": "limit", "entry_spread": 0.0004},
        ),
        (
            "fractions of the fill from the bar after the entry",
            "entries",
            {},
            {"late_levels": [0.01, 0.02]},
            {"levels": late, "levels_live": "next_bar"},
        ),
        (
            "half of equity, commission",
            "plain",
            {"cash": 20_000.0, "commission": 0.001},
            {"size": 0.5},
            {"sizing": half, "commission": {"fraction": 0.001}, "initial_equity": 20_000.0},
        ),
        (
            "half of equity, fixed commission",
            "plain",
            {"cash": 20_000.0, "commission": [5.0, 0.0]},
            {"size": 0.5},
            {"sizing": half, "commission": {"fixed": 5.0}, "initial_equity": 20_000.0},
        ),
        (
            "half of equity, spread and commission",
            "plain",
            {"cash": 2_000_000.0, "spread": 0.004, "commission": 0.005},
            {"size": 0.5},
            {
                "sizing": half,
                "entry_spread": 0.004,
                "commission": {"fraction": 0.005},
                "initial_equity": 2_000_000.0,
            },
        ),
        (
            "half of equity, commission by a function",
            "plain",
            {"cash": 20_000.0, "commission": {"per_share": PER_SHARE}},
            {"size": 0.5},
            {"sizing": half, "commission": {"per_share": PER_SHARE}, "initial_equity": 20_000.0},
        ),
        (
            "close, fractions of the fill from the second bar after the entry",
            "entries",
            {"trade_on_close": True},
            {"late_levels": [0.01, 0.02]},
            {"entry": "close", "levels": late, "levels_live": "second_bar"},
        ),
        (
            "all equity",
            "brackets",
            {"cash": 20_000.0},
            {"size": "default"},
            {"sizing": most, "initial_equity": 20_000.0},
        ),
        (
            "nine tenths of equity, leverage 2, reversed",
            "plain",
            {"cash": 20_000.0, "margin": 0.5},
            {"size": 0.9, "on_opposite": "reverse"},
            {"sizing": geared, "leverage": 2.0, "on_opposite": "reverse", "initial_equity": 20_000.0},
        ),
        (
            "orders that cannot be paid are cancelled",
            "brackets",
            {"cash": 5_000.0},
            {},
            {"initial_equity": 5_000.0},
        ),
        ("finalised", "brackets", {"finalize_trades": True}, {}, {"last_bar": "previous_fill_point"}),
        (
            "finalised, close",
            "brackets",
            {"finalize_trades": True, "trade_on_close": True},
            {},
            {"last_bar": "previous_fill_point", "entry": "close"},
        ),
    ]
    return [dict(zip(("name", "signals", "options", "strategy", "rule"), row)) for row in rows]


def vectorbt():
    """Name, signal set, options of `from_signals`, what differs from `VECTORBT`."""

    def fractions(anchor, **levels):
        return {"levels": {"kind": "fraction", "anchor": anchor} | levels}

    one_two = {"sl_stop": 0.01, "tp_stop": 0.02}
    ignore, exits = {"upon_opposite_entry": "ignore"}, {"upon_opposite_entry": "close"}
    reverse = {"on_opposite": "reverse"}
    slip = {"slippage": 0.0005}
    close = {"entry": "close"}
    rows = [
        ("next open, both levels", "brackets inside", ignore, {}),
        ("next open, near levels: gaps, both in a bar", "tight inside", ignore, {}),
        ("next open, no levels", "plain", ignore, {}),
        (
            "next open, fractions of the entry bar's close",
            "plain",
            ignore | one_two,
            fractions("entry_close", stop=0.01, target=0.02),
        ),
        (
            "next open, fractions of the order's price",
            "plain",
            ignore | one_two | {"stop_entry_price": "price"},
            fractions("order", stop=0.01, target=0.02),
        ),
        (
            "fractions of the fill from the bar after the entry",
            "entries",
            ignore | one_two | {"stop_entry_price": "fillprice"},
            fractions("fill", stop=0.01, target=0.02),
        ),
        (
            "next open, stop alone",
            "plain",
            ignore | {"sl_stop": 0.008, "stop_entry_price": "price"},
            fractions("order", stop=0.008),
        ),
        (
            "next open, target alone",
            "plain",
            ignore | {"tp_stop": 0.008, "stop_entry_price": "price"},
            fractions("order", target=0.008),
        ),
        (
            "trailing stop",
            "entries",
            ignore | {"sl_stop": 0.012, "sl_trail": True, "stop_entry_price": "price"},
            fractions("order", stop=0.012, trail=True),
        ),
        (
            "trailing stop and target, from the entry bar's close",
            "entries",
            ignore | {"sl_stop": 0.012, "tp_stop": 0.02, "sl_trail": True},
            fractions("entry_close", stop=0.012, target=0.02, trail=True),
        ),
        ("close, both levels", "brackets", ignore, close),
        ("close, near levels", "tight", ignore, close),
        ("close, no levels, reversed", "plain", {}, close | reverse),
        ("close, near levels, reversed", "tight", {}, close | reverse),
        ("reversed, no levels", "plain", {}, reverse),
        ("reversed, near levels", "tight inside", {}, reverse),
        ("an opposite signal leaves", "brackets inside", exits, {"on_opposite": "exit"}),
        ("long only", "plain long", one_two, fractions("entry_close", stop=0.01, target=0.02)),
        ("short only", "plain short", one_two, fractions("entry_close", stop=0.01, target=0.02)),
        ("fees", "brackets inside", ignore | {"fees": 0.001}, {"commission": {"fraction": 0.001}}),
        (
            "fixed fees, reversed in one order",
            "plain",
            {"fixed_fees": 2.0, "fees": 0.0005},
            reverse | {"commission": {"fixed": 2.0, "fraction": 0.0005}},
        ),
        ("slippage, none on levels", "brackets inside", ignore | slip, slip),
        (
            "slippage on levels too",
            "brackets inside",
            ignore | slip | {"stop_exit_price": "stopmarket"},
            slip | {"slippage_on_levels": True},
        ),
        (
            "slippage, fractions of the fill, fees",
            "plain",
            ignore | slip | one_two | {"stop_entry_price": "fillprice", "fees": 0.001},
            slip | fractions("fill", stop=0.01, target=0.02) | {"commission": {"fraction": 0.001}},
        ),
        (
            "slippage, fractions of the order's price",
            "plain",
            ignore | slip | one_two | {"stop_entry_price": "price"},
            slip | fractions("order", stop=0.01, target=0.02),
        ),
        (
            "a level leaves at its bar's close",
            "brackets inside",
            ignore | {"stop_exit_price": "close"},
            {"level_exit_price": "close"},
        ),
        (
            "all cash, fees, fixed fees",
            "plain",
            exits | {"size": "inf", "init_cash": 20_000.0, "fees": 0.001, "fixed_fees": 1.0},
            {
                "on_opposite": "exit",
                "sizing": {"kind": "fraction", "fraction": 1.0, "fixed_once": True},
                "commission": {"fraction": 0.001, "fixed": 1.0},
                "initial_equity": 20_000.0,
            },
        ),
        (
            "half of cash, slippage",
            "plain",
            exits | slip | {"size": 0.5, "size_type": "percent", "init_cash": 20_000.0},
            slip
            | {
                "on_opposite": "exit",
                "sizing": {"kind": "fraction", "fraction": 0.5, "fixed_once": True},
                "initial_equity": 20_000.0,
            },
        ),
        (
            "half of cash, fees, fixed fees",
            "plain",
            exits
            | {"size": 0.5, "size_type": "percent", "init_cash": 20_000.0, "fees": 0.001, "fixed_fees": 5.0},
            {
                "on_opposite": "exit",
                "sizing": {"kind": "fraction", "fraction": 0.5, "fixed_once": True},
                "commission": {"fraction": 0.001, "fixed": 5.0},
                "initial_equity": 20_000.0,
            },
        ),
        (
            "close, fractions of the fill",
            "entries",
            ignore | slip | one_two | {"stop_entry_price": "fillprice"},
            close | slip | fractions("fill", stop=0.01, target=0.02),
        ),
        (
            "a level leaves at its bar's close, slippage",
            "brackets inside",
            ignore | slip | {"stop_exit_price": "close"},
            slip | {"level_exit_price": "close", "slippage_on_levels": True},
        ),
        (
            "reversed in one order, longs that cannot be paid shrink",
            "plain",
            {"fees": 0.001, "fixed_fees": 2.0, "init_cash": 5_000.0},
            reverse | {"commission": {"fixed": 2.0, "fraction": 0.001}, "initial_equity": 5_000.0},
        ),
        (
            "fixed notional in whole units",
            "plain",
            ignore | slip | {"size": 7_000.0, "size_type": "value", "size_granularity": 1.0},
            slip | {"sizing": {"kind": "notional", "notional": 7_000.0, "lot": 1.0}},
        ),
        (
            "fixed notional, reversed",
            "plain",
            {"size": 7_000.0, "size_type": "value"},
            reverse | {"sizing": {"kind": "notional", "notional": 7_000.0}},
        ),
        (
            "longs that cannot be paid shrink, shorts do not",
            "brackets inside",
            ignore | {"init_cash": 5_000.0, "fees": 0.001},
            {"commission": {"fraction": 0.001}, "initial_equity": 5_000.0},
        ),
    ]
    return [dict(zip(("name", "signals", "options", "rule"), row)) for row in rows]


VECTORBT = {
    "levels_live": "next_bar",
    "level_before_signal": True,
    "reentry_on_exit_close": False,
    "reverse_in_one_order": True,
    "short_of_cash": "shrink_longs",
}
