"""Golden values of TA-Lib: SMA and ATR on real bars and on series that are hard on an implementation."""

import math

import numpy as np
import talib

SMA_PERIODS = (3, 7, 21)
ATR_PERIODS = (1, 2, 14)


def nasty_series():
    """Name → list of (open, high, low, close)."""
    series = {}
    series["constant"] = [(100.0, 100.0, 100.0, 100.0)] * 40
    series["zero range"] = [(c, c, c, c) for c in (50.0 + (i * 7 % 11) for i in range(40))]
    series["alternating"] = [(100.0, 200.0, 100.0, 200.0) if i % 2 else (200.0, 200.0, 100.0, 100.0) for i in range(40)]
    series["gaps only"] = [(c, c, c, c) for c in ((10.0 if i % 3 else 30.0) for i in range(40))]
    for name, scale in (("tiny", 1e-8), ("huge", 1e9)):
        rows, price = [], 1.0
        for i in range(60):
            open_ = price
            price = price * (1.0 + 0.03 * math.sin(1.7 * i) + 0.001 * (i % 5))
            high = 1.004 * (open_ if open_ > price else price)
            low = 0.995 * (price if open_ > price else open_)
            rows.append((open_ * scale, high * scale, low * scale, price * scale))
        series[name] = rows
    for length in (1, 2, 3, 14, 15):
        series[f"{length} bars"] = series["huge"][:length]
    return series


def indicators(rows):
    """Name → values of every indicator over (open, high, low, close) rows, `None` while warming up."""
    high, low, close = (np.array([row[column] for row in rows]) for column in (1, 2, 3))
    values = {f"sma_{period}": talib.SMA(close, timeperiod=period) for period in SMA_PERIODS}
    values |= {f"atr_{period}": talib.ATR(high, low, close, timeperiod=period) for period in ATR_PERIODS}
    # a period of one does not smooth: TA-Lib answers with the true range
    assert np.array_equal(values["atr_1"], talib.TRANGE(high, low, close), equal_nan=True)
    return {name: [None if math.isnan(v) else float(v) for v in column] for name, column in values.items()}


def golden(spy_bars):
    """What talib.json holds."""
    rows = [(bar.open, bar.high, bar.low, bar.close) for bar in spy_bars]
    kept = [i for i in range(len(rows)) if i < 40 or i % 20 == 0 or i >= len(rows) - 5]
    spy = {name: [[i, column[i]] for i in kept] for name, column in indicators(rows).items()}
    nasty = {name: {"bars": rows, "values": indicators(rows)} for name, rows in nasty_series().items()}
    return {"spy_60min": spy, "series": nasty}
