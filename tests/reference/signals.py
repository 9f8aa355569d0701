"""Predictions of the two baselines, ATR and the error sigma: strategy.md section 2, written plainly.

A list holds one entry a bar; `None` where the value does not exist yet.
"""

import math

import numpy as np

DRIFT_LOOKBACK = 10
SIGMA_WINDOW = 100
SIGMA_MINIMUM = 30
ATR_PERIOD = 14


def wilder_atr(bars, period):
    """Average true range by Wilder: seeded with the mean of the first `period` true ranges, of bars 1 … period."""
    atr = [None] * len(bars)
    ranges = []
    for index in range(1, len(bars)):
        bar, previous = bars[index], bars[index - 1].close
        ranges.append(max(bar.high - bar.low, abs(bar.high - previous), abs(bar.low - previous)))
        if len(ranges) == period:
            atr[index] = sum(ranges) / period
        elif len(ranges) > period:
            atr[index] = (atr[index - 1] * (period - 1) + ranges[-1]) / period
    return atr


def mean_of_last(values, count, index):
    """Mean of `count` values that end at `index`, or `None` where there are fewer."""
    if index + 1 < count:
        return None
    return sum(values[index + 1 - count : index + 1]) / count


def drift(bars, horizon):
    """r = h · mean of the last 10 log returns of the closes."""
    closes = [bar.close for bar in bars]
    log_returns = [math.log(closes[i] / closes[i - 1]) for i in range(1, len(closes))]
    rows = []
    for index in range(len(bars)):
        mean = mean_of_last(log_returns, DRIFT_LOOKBACK, index - 1) if index >= 1 else None
        rows.append(None if mean is None else horizon * mean)
    return rows


def sma_cross(bars, horizon):
    """r = sign(SMA_7 − SMA_21) · 2 · ATR14 / close; the horizon does not enter."""
    del horizon
    closes = [bar.close for bar in bars]
    atr = wilder_atr(bars, ATR_PERIOD)
    rows = []
    for index, bar in enumerate(bars):
        fast, slow = mean_of_last(closes, 7, index), mean_of_last(closes, 21, index)
        if slow is None or atr[index] is None:
            rows.append(None)
            continue
        sign = (fast > slow) - (fast < slow)
        rows.append(sign * 2.0 * atr[index] / bar.close)
    return rows


BASELINES = {"drift": drift, "sma_cross": sma_cross}


def predictions(bars, source, horizon):
    """Log returns of a baseline, each quantised to f32."""
    rows = BASELINES[source](bars, horizon)
    return [None if row is None else float(np.float32(row)) for row in rows]


def error_sigma(bars, rows, target, horizon):
    """sigma_err in price units at every bar.

    The residual of the row of bar s is ln(actual / close_s) − r_s and exists once bar s + h has closed. Sigma is the
    sample standard deviation (ddof 1) of the last 100 that exist, absent below 30, times the close of the deciding bar.
    """
    residuals = []
    sigma = []
    for now, bar in enumerate(bars):
        row = now - horizon
        if row >= 0 and rows[row] is not None:
            actual = bar.open if target == "open" else bar.close
            residuals.append(math.log(actual / bars[row].close) - rows[row])
        window = residuals[-SIGMA_WINDOW:]
        if len(window) < SIGMA_MINIMUM:
            sigma.append(None)
            continue
        mean = sum(window) / len(window)
        variance = sum((residual - mean) ** 2 for residual in window) / (len(window) - 1)
        sigma.append(math.sqrt(variance) * bar.close)
    return sigma
