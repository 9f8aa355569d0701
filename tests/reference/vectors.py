"""Golden values of the indicators: TA-Lib's where it has them, each checked against the definition in extended precision."""

import math

import numpy as np
import talib

import bars as cutting
import indicators
import nasty

# (indicator, parameters, source): with the usual parameters and with the shortest ones
REQUESTS = (
    ("sma", {"period": 1}, None),
    ("sma", {"period": 3}, None),
    ("sma", {"period": 50}, None),
    ("sma", {"period": 20}, "volume"),
    ("ema", {"period": 2}, None),
    ("ema", {"period": 21}, None),
    ("ema", {"period": 9}, "typical"),
    ("wma", {"period": 2}, None),
    ("wma", {"period": 20}, None),
    ("rsi", {"period": 2}, None),
    ("rsi", {"period": 14}, None),
    ("macd", {"fast": 12, "slow": 26, "signal": 9}, None),
    ("macd", {"fast": 2, "slow": 3, "signal": 2}, None),
    ("bollinger", {"period": 20, "deviations": 2}, None),
    ("bollinger", {"period": 2, "deviations": 1.5}, None),
    ("true_range", {}, None),
    ("atr", {"period": 1}, None),
    ("atr", {"period": 2}, None),
    ("atr", {"period": 14}, None),
    ("dmi", {"period": 2}, None),
    ("dmi", {"period": 14}, None),
    ("adx", {"period": 2}, None),
    ("adx", {"period": 14}, None),
    ("stochastic", {"fast_k_period": 5, "slow_k_period": 3, "slow_d_period": 3}, None),
    ("stochastic", {"fast_k_period": 14, "slow_k_period": 1, "slow_d_period": 4}, None),
    ("stochastic_fast", {"k_period": 5, "d_period": 3}, None),
    ("stochastic_fast", {"k_period": 1, "d_period": 1}, None),
    ("cci", {"period": 2}, None),
    ("cci", {"period": 14}, None),
    ("williams_r", {"period": 2}, None),
    ("williams_r", {"period": 14}, None),
    ("obv", {}, None),
    ("mfi", {"period": 2}, None),
    ("mfi", {"period": 14}, None),
    ("vwap", {}, None),
    ("roc", {"period": 1}, None),
    ("roc", {"period": 10}, None),
    ("roc", {"period": 5}, "volume"),
    ("log_return", {"period": 1}, None),
    ("log_return", {"period": 10}, None),
    ("rolling_std", {"period": 2}, None),
    ("rolling_std", {"period": 20}, None),
    ("donchian", {"period": 1}, None),
    ("donchian", {"period": 20}, None),
    ("keltner", {"period": 20, "atr_period": 10, "ranges": 2}, None),
    ("keltner", {"period": 2, "atr_period": 3, "ranges": 1.5}, None),
)
OF_THE_INPUT = {"sma", "ema", "wma", "macd", "macd_signal", "macd_hist", "bb_upper", "bb_middle", "bb_lower", "rolling_std"}
OF_PRICES = {"true_range", "atr", "vwap"} | {f"{name}_{line}" for name in ("donchian", "keltner") for line in ("upper", "middle", "lower")}
# TA-Lib agrees with the definition where they differ by no more than this part of the value or of its input
TOLERANCE = 1e-9
# what is pinned is TA-Lib's value only where it is also this close as a part of the input; otherwise the definition's
CLOSE = 1e-12
EVERY = 23
RUNNING_SUM = "TA-Lib's running sum keeps the rounding of large values that have left the window"
WHY = {
    "sma": RUNNING_SUM,
    "wma": RUNNING_SUM,
    "bb_upper": RUNNING_SUM,
    "bb_middle": RUNNING_SUM,
    "bb_lower": RUNNING_SUM,
    "mfi": RUNNING_SUM,
    "cci": "TA-Lib subtracts a mean that is rounded at the level of the price, and divides by the small rest",
}


def talib_values(name, bars, source, p):
    """What TA-Lib has of an indicator: output → array, NaN while warming up; empty where it has none."""
    high, low, close, volume = (np.array(indicators.column(bars, key)) for key in ("high", "low", "close", "volume"))
    series = np.array(indicators.column(bars, source or "close"))
    if name in ("sma", "ema", "wma", "rsi", "roc"):
        return {name: getattr(talib, name.upper())(series, timeperiod=p["period"])}
    if name == "macd":
        lines = talib.MACD(series, fastperiod=p["fast"], slowperiod=p["slow"], signalperiod=p["signal"])
        return dict(zip(("macd", "macd_signal", "macd_hist"), lines))
    if name == "bollinger":
        lines = talib.BBANDS(series, timeperiod=p["period"], nbdevup=p["deviations"], nbdevdn=p["deviations"])
        return dict(zip(("bb_upper", "bb_middle", "bb_lower"), lines))
    if name == "rolling_std":
        return {name: talib.STDDEV(series, timeperiod=p["period"])}
    if name == "true_range":
        return {name: talib.TRANGE(high, low, close)}
    if name == "dmi":
        functions = {"plus_di": talib.PLUS_DI, "minus_di": talib.MINUS_DI, "dx": talib.DX}
        return {output: function(high, low, close, timeperiod=p["period"]) for output, function in functions.items()}
    if name in ("atr", "adx", "cci", "williams_r"):
        function = {"atr": talib.ATR, "adx": talib.ADX, "cci": talib.CCI, "williams_r": talib.WILLR}[name]
        return {name: function(high, low, close, timeperiod=p["period"])}
    if name == "stochastic":
        periods = {"fastk_period": p["fast_k_period"], "slowk_period": p["slow_k_period"], "slowd_period": p["slow_d_period"]}
        return dict(zip(("slow_k", "slow_d"), talib.STOCH(high, low, close, **periods)))
    if name == "stochastic_fast":
        lines = talib.STOCHF(high, low, close, fastk_period=p["k_period"], fastd_period=p["d_period"])
        return dict(zip(("fast_k", "fast_d"), lines))
    if name == "obv":
        return {name: talib.OBV(close, volume)}
    if name == "mfi":
        return {name: talib.MFI(high, low, close, volume, timeperiod=p["period"])}
    if name == "donchian" and p["period"] > 1:
        upper, lower = talib.MAX(high, timeperiod=p["period"]), talib.MIN(low, timeperiod=p["period"])
        return {"donchian_upper": upper, "donchian_lower": lower}
    if name == "log_return":
        return {name: np.log(talib.ROCR(series, timeperiod=p["period"]))}
    if name == "keltner":
        distance = p["ranges"] * talib.ATR(high, low, close, timeperiod=p["atr_period"])
        middle = np.where(np.isnan(distance), np.nan, talib.EMA(series, timeperiod=p["period"]))
        return {"keltner_upper": middle + distance, "keltner_middle": middle, "keltner_lower": middle - distance}
    return {}


def scale(output, bars, source, index, lookback):
    """What 1e-9 is a part of beside the value: the largest input of the lookback, or 1 for what has no unit of the input."""
    window = bars[max(index - lookback, 0) : index + 1]
    if output in OF_THE_INPUT:
        return max(abs(value) for value in indicators.column(window, source or "close"))
    if output in OF_PRICES:
        return max(bar.high for bar in window)
    return 1.0


def named(name, parameters, source):
    """A request as it stands in the golden file: "sma(period=20, source=volume)"."""
    words = [f"{key}={value}" for key, value in parameters.items()] + ([f"source={source}"] if source else [])
    return f"{name}({', '.join(words)})"


def columns(bars, wanted, request, exceptions):
    """Output → {index: value} of one request; what TA-Lib gives otherwise is counted in `exceptions`."""
    name, parameters, source = request
    chosen = {"source": source} if source else {}
    exact = getattr(indicators, name)(bars, wanted, **parameters, **chosen)
    theirs = talib_values(name, bars, source, parameters)
    values = {}
    for output, of_definition in exact.items():
        warm = min((index for index in of_definition if of_definition[index] is not None), default=len(bars))
        kept = values[output] = {}
        for index in wanted:
            value = of_definition.get(index)
            if output in theirs:
                other = theirs[output][index]
                other = None if math.isnan(other) or math.isinf(other) else float(other)
                assert index >= warm or other is None, (name, output, index, other)
                size, gap = scale(output, bars, source, index, warm), None
                if value is not None and other is not None:
                    gap = abs(other - value)
                if gap is None and value is not other or gap is not None and gap > TOLERANCE * max(abs(value), size):
                    exceptions[output] = exceptions.get(output, 0) + 1
                if gap is not None and gap <= max(TOLERANCE * abs(value), CLOSE * size):
                    value = other
            kept[index] = value
    return values


def sampled(column):
    """What is kept of a column: the last index without a value, the first three with one, then every 23rd, and the last."""
    indices = sorted(column)
    first = next((place for place, index in enumerate(indices) if column[index] is not None), len(indices))
    places = {place for place in range(first - 1, first + 3)} | set(range(first + 3, len(indices), EVERY)) | {len(indices) - 1}
    return [[indices[place], column[indices[place]]] for place in sorted(places) if 0 <= place < len(indices)]


def every_bar(bars, of_series, listed):
    """All requests on every bar of a series, sampled; `listed` takes what TA-Lib gives otherwise."""
    entries = {}
    for request in REQUESTS:
        exceptions = {}
        values = columns(bars, range(len(bars)), request, exceptions)
        entries[named(*request)] = {output: sampled(column) for output, column in values.items()}
        for output, count in exceptions.items():
            listed.append([of_series, named(*request), output, count, WHY[output]])
    return entries


def chosen_bars(bars, listed):
    """All requests on a few bars of a long series."""
    step = len(bars) // 25
    wanted = [*range(0, 60), *range(60, len(bars), step), len(bars) - 1]
    entries = {}
    for request in REQUESTS:
        exceptions = {}
        values = columns(bars, wanted, request, exceptions)
        late = [index for index in wanted if index >= 60]
        kept = {}
        for output, column in values.items():
            early = sampled({index: column[index] for index in wanted if index < 60})
            kept[output] = early + [[index, column[index]] for index in late]
        entries[named(*request)] = kept
        for output, count in exceptions.items():
            listed.append(["SPY 1min", named(*request), output, count, WHY[output]])
    return entries


def golden(minute_bars, sixty_minute_bars):
    """What talib.json holds."""
    listed = []
    digests, nasty_values = {}, {}
    for series in nasty.ALL:
        bars = nasty.rows(series)
        digests[series.name] = cutting.sha256(cutting.canonical_text(bars))
        values = every_bar(bars, series.name, listed)
        nasty_values |= {f"{series.name}: {request}": outputs for request, outputs in values.items()}
    spy = {"spy_1min": chosen_bars(minute_bars, listed), "spy_60min": every_bar(sixty_minute_bars, "SPY 60min", listed)}
    return {"digests": digests, "exceptions": listed} | spy | {"nasty": nasty_values}
