"""Runs signals through vectorbt's `Portfolio.from_signals` and lists its trades."""

import numpy as np
import pandas as pd
import vectorbt as vbt

from series import START, STEP

SIDES = ("long", "short")
HALF_ULP = 2.0**-54


def fraction(anchor, level, below):
    """The fraction of `anchor` that vectorbt turns into `level` again.

    It multiplies the anchor by 1 minus (below) or 1 plus the fraction. Where no fraction gives the level to the last bit,
    the one is taken whose product still counts as touched by a price equal to the level.
    """
    sign = -1.0 if below else 1.0
    guess = sign * (level / anchor - 1.0)
    candidates = [guess + step * HALF_ULP for step in range(-8, 9)]
    made = sorted((anchor * (1.0 + sign * each), each) for each in candidates if each >= 0.0)
    if below:
        return next(each for price, each in made if price >= level)
    return next(each for price, each in reversed(made) if price <= level)


def fields(bars, signals, at_open):
    """Arguments of `from_signals`: each signal on the bar on which vectorbt is to trade it."""
    entries = {side: np.zeros(len(bars), dtype=bool) for side in SIDES}
    exits = np.zeros(len(bars), dtype=bool)
    size, stop, target = (np.full(len(bars), np.nan) for _ in range(3))
    for bar, side, quantity, target_price, stop_price in signals:
        row = bar + 1 if at_open else bar
        if side == "flat":
            exits[row] = True
            continue
        entries[side][row] = True
        anchor = bars[row][0] if at_open else bars[row][3]
        if quantity is not None:
            size[row] = quantity
        if stop_price is not None:
            stop[row] = fraction(anchor, stop_price, below=side == "long")
        if target_price is not None:
            target[row] = fraction(anchor, target_price, below=side == "short")
    given = {"entries": entries["long"], "exits": exits, "short_entries": entries["short"], "short_exits": exits}
    if not np.all(np.isnan(size)):
        given["size"] = size
    if not (np.all(np.isnan(stop)) and np.all(np.isnan(target))):
        given |= {"sl_stop": stop, "tp_stop": target, "stop_entry_price": "price"}
    return given


def portfolio(bars, signals, options, at_open=True, engine="numba"):
    """The simulated portfolio.

    `options` are vectorbt's own and win over what the signals give. `at_open` trades a signal at the next bar's open,
    otherwise at its own bar's close.
    """
    open_, high, low, close = (np.array(column, dtype=float) for column in zip(*bars))
    index = pd.to_datetime([START + STEP * i for i in range(len(bars))], unit="s")
    given = {"open": open_, "high": high, "low": low, "price": open_ if at_open else close}
    given |= fields(bars, signals, at_open) | options
    return vbt.Portfolio.from_signals(pd.Series(close, index=index), freq="1h", engine=engine, **given)


def run(bars, signals, options, at_open=True, engine="numba"):
    """Trades, the position left open and the final equity of one run."""
    simulated = portfolio(bars, signals, options, at_open, engine)
    trades, left = [], []
    for row in simulated.exit_trades.records.itertuples():
        side = SIDES[int(row.direction)]
        entry, size, price = int(row.entry_idx), float(row.size), float(row.entry_price)
        if int(row.status) == 0:
            left.append((entry, side, size, price))
            continue
        costs = float(row.entry_fees) + float(row.exit_fees)
        trades.append((entry, int(row.exit_idx), side, size, price, float(row.exit_price), float(row.pnl), costs))
    return {"trades": trades, "open": left, "final_equity": float(simulated.final_value())}
