"""Golden values of feature set A by pandas and TA-Lib: on SPY's 60-minute bars, and on Apple's days over four dividends and a 7:1 split."""

import math
import zipfile
from fractions import Fraction

import numpy as np
import pandas as pd
import talib

import bars as cutting

NEW_YORK = "America/New_York"
NAMES = ["open", "high", "low", "close", "sma_7", "sma_21", "rsi_14", "hour", "day_of_week", "log_return"]
# their bits follow from the bars alone; the others are compared within a tolerance
EXACT = ["open", "high", "low", "close", "hour", "day_of_week"]
WARM_UP = 20
EVERY = 23
TRAINING_SHARE = 0.7
APPLE_YEAR = "2014"
LEAN_PRICE = 10_000


def set_a(table):
    """Set A of a table of adjusted bars with the bars' starts as its index, warm-up dropped."""
    local = table.index.tz_convert(NEW_YORK)
    close = table["close"]
    features = table[["open", "high", "low", "close"]].copy()
    for period in (7, 21):
        features[f"sma_{period}"] = talib.SMA(close.to_numpy(), timeperiod=period)
        by_pandas = close.rolling(period).mean()
        assert np.allclose(features[f"sma_{period}"], by_pandas, rtol=1e-12, atol=0, equal_nan=True)
    features["rsi_14"] = talib.RSI(close.to_numpy(), timeperiod=14)
    features["hour"] = local.hour.astype(float)
    features["day_of_week"] = local.dayofweek.astype(float)
    features["log_return"] = np.log(close / close.shift())
    features = features[NAMES]
    rows = features.dropna()
    assert len(features) - len(rows) == WARM_UP
    return rows


def spy(sixty_minute_bars):
    """SPY's bars as a table."""
    columns = ["open", "high", "low", "close"]
    rows = [[getattr(bar, column) for column in columns] for bar in sixty_minute_bars]
    index = pd.to_datetime([bar.start for bar in sixty_minute_bars], unit="s", utc=True)
    return pd.DataFrame(rows, columns=columns, index=index)


def apple(folder, all_sessions):
    """Apple's raw days of a year as a table, from the session opens on, and what its factor file says of them."""
    with zipfile.ZipFile(folder / "daily/aapl.zip") as archive:
        text = archive.read(archive.namelist()[0]).decode()
    opens = {date.replace("-", ""): opening for date, opening, _ in all_sessions}
    rows, days = [], []
    for line in text.split():
        if line.startswith(APPLE_YEAR) and "," not in line:
            days.append(line)
        elif days and len(rows) < len(days):
            rows.append([float(value) / LEAN_PRICE for value in line.split(",")[1:5]])
    table = pd.DataFrame(rows, columns=["open", "high", "low", "close"])
    table.index = pd.to_datetime([opens[day] for day in days], unit="s", utc=True)
    return table, days


def actions(folder, days):
    """The actions within the days as [first day, kind, value], and the factor of each day to the first day's basis.

    Prices stay on the basis of the first day, so that no action changes what was known before it: each one multiplies the
    factor of its day and of all later ones, a split by its ratio, a dividend by one over its factor.

    A row of the file holds up to its date, that included. Its split factor is the rounded inverse of a small fraction.
    """
    lines = [line.split(",") for line in (folder / "factor_files/aapl.csv").read_text().split()]
    rows = [(line[0], float(line[1]), Fraction(float(line[2])).limit_denominator(100)) for line in lines]
    of_day = {day: next(row for row in rows if row[0] >= day) for day in days}
    listed, factors, factor = [], [1.0], 1.0
    for day, after in zip(days, days[1:]):
        old, new = of_day[day], of_day[after]
        ratio, dividend = 1.0, 1.0
        first_day = f"{after[:4]}-{after[4:6]}-{after[6:]}"
        if old[2] != new[2]:
            ratio = float(new[2] / old[2])
            listed.append([first_day, "split", ratio])
        if old[1] != new[1]:
            dividend = old[1] / new[1]
            listed.append([first_day, "dividend", dividend])
        factor *= ratio / dividend
        factors.append(factor)
    return listed, np.array(factors)


def pinned(rows):
    """What is kept of a matrix: the first three rows, every 23rd and the last, the hash of what is exact, the scaler."""
    lines = []
    for start, row in rows.iterrows():
        values = " ".join(cutting.bits(float(row[name])) for name in EXACT)
        lines.append(f"{int(start.timestamp())} {values}\n")
    places = sorted({0, 1, 2, len(rows) - 1} | set(range(0, len(rows), EVERY)))
    training = rows.iloc[: math.floor(len(rows) * TRAINING_SHARE)]
    return {
        "rows": len(rows),
        "warm_up": WARM_UP,
        "sha256": cutting.sha256("".join(lines)),
        "training_rows": len(training),
        "mean": [repr(float(value)) for value in training.mean()],
        "deviation": [repr(float(value) or 1.0) for value in training.std(ddof=0)],
        "values": [[place, [repr(float(value)) for value in rows.iloc[place]]] for place in places],
    }


def golden(data, sixty_minute_bars):
    """What features.json holds; `data` is the folder of the test data."""
    folder = data / "lean/Data/equity/usa"
    # the reference's other calendar begins later
    calendar = cutting.sessions("2014-01-01", "2014-12-31")
    raw, days = apple(folder, calendar)
    assert len(raw) == len(calendar) == 252
    listed, factors = actions(folder, days)
    adjusted = raw.mul(factors, axis=0)
    returns = np.log(adjusted["close"]).diff().abs()
    assert returns.max() < 0.1 < np.log(raw["close"]).diff().abs().max()
    return {
        "names": NAMES,
        "exact": EXACT,
        "spy_60min": pinned(set_a(spy(sixty_minute_bars))),
        "apple_1day": pinned(set_a(adjusted)) | {"actions": listed},
    }
