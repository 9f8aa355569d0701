"""Every indicator by its definition, in extended precision: what decides where TA-Lib's own rounding shows.

What the definition takes from a bar is a float64 (differences of prices, true ranges, typical prices, money flows), as in
TA-Lib, because ties between such values decide signs; everything after it is exact (fractions, for windows) or has 50 digits
(for averages that remember everything). A function takes bars, parameters and the indices that are wanted, and returns
{output: {index: value}}; an index without a value is absent or `None`.
"""

from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 50

# a difference within this part of what is subtracted is rounding and not a move: TA-Lib's line from release 0.8 on
ROUNDING = 1e-14


def column(bars, source="close"):
    """One column of the bars as floats."""
    if source == "typical":
        return [typical(bar) for bar in bars]
    return [getattr(bar, source) for bar in bars]


def typical(bar):
    """The typical price as TA-Lib rounds it."""
    return (bar.high + bar.low + bar.close) / 3.0


def decimal(fraction):
    """A fraction to 50 digits."""
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def windows(values, period, wanted, function):
    """{index: function of the last `period` values as fractions}."""
    found = {}
    for index in wanted:
        if index >= period - 1:
            found[index] = function([Fraction(value) for value in values[index + 1 - period : index + 1]])
    return found


def floats(values):
    """The same with every value rounded to a float64."""
    return {index: None if value is None else float(value) for index, value in values.items()}


def only(values, wanted):
    """The wanted values of a list that holds `None` while warming up."""
    return {index: None if values[index] is None else float(values[index]) for index in wanted}


def mean(values):
    """Mean of fractions."""
    return sum(values) / len(values)


def deviation(values):
    """Standard deviation of a population of fractions."""
    middle = mean(values)
    return decimal(mean([(value - middle) ** 2 for value in values])).sqrt()


def sma(bars, wanted, period, source="close"):
    return {"sma": floats(windows(column(bars, source), period, wanted, mean))}


def wma(bars, wanted, period, source="close"):
    def weighted(values):
        return sum((place + 1) * value for place, value in enumerate(values)) / Fraction(period * (period + 1), 2)

    return {"wma": floats(windows(column(bars, source), period, wanted, weighted))}


def ema_of(values, period, first=0):
    """EMA of decimals, seeded with the mean of `period` values from index `first` on."""
    weight = Decimal(2) / (period + 1)
    average = [None] * len(values)
    seed = first + period - 1
    for index in range(seed, len(values)):
        if index == seed:
            average[index] = sum(values[first : seed + 1]) / period
        else:
            average[index] = average[index - 1] + (values[index] - average[index - 1]) * weight
    return average


def ema(bars, wanted, period, source="close"):
    return {"ema": only(ema_of([Decimal(value) for value in column(bars, source)], period), wanted)}


def wilder_of(values, period):
    """Wilder's average of decimals; a leading `None` is not counted."""
    average = [None] * len(values)
    first = next((index for index, value in enumerate(values) if value is not None), len(values))
    seed = first + period - 1
    for index in range(seed, len(values)):
        if index == seed:
            average[index] = sum(values[first : seed + 1]) / period
        else:
            average[index] = (average[index - 1] * (period - 1) + values[index]) / period
    return average


def rsi(bars, wanted, period, source="close"):
    values = column(bars, source)
    moves = [now - before for before, now in zip(values, values[1:])]
    gains = wilder_of([None] + [Decimal(max(move, 0.0)) for move in moves], period)
    losses = wilder_of([None] + [Decimal(max(-move, 0.0)) for move in moves], period)
    index = [
        None if gain is None else 100 * gain / (gain + loss) if gain + loss > 0 else Decimal(0)
        for gain, loss in zip(gains, losses)
    ]
    return {"rsi": only(index, wanted)}


def macd(bars, wanted, fast, slow, signal, source="close"):
    values = [Decimal(value) for value in column(bars, source)]
    quick, long = ema_of(values, fast, slow - fast), ema_of(values, slow)
    line = [None if b is None else a - b for a, b in zip(quick, long)]
    average = ema_of(line, signal, slow - 1)
    rows = {index: (line[index], average[index]) for index in wanted if average[index] is not None}
    return {
        "macd": floats({index: line for index, (line, _) in rows.items()}),
        "macd_signal": floats({index: average for index, (_, average) in rows.items()}),
        "macd_hist": floats({index: line - average for index, (line, average) in rows.items()}),
    }


def bollinger(bars, wanted, period, deviations, source="close"):
    def bands(values):
        middle, distance = decimal(mean(values)), Decimal(deviations) * deviation(values)
        lower = middle - distance
        percent = (decimal(values[-1]) - lower) / (2 * distance) if distance > 0 else None
        return middle + distance, middle, lower, 2 * distance / middle if middle else None, percent

    found = windows(column(bars, source), period, wanted, bands)
    names = ("bb_upper", "bb_middle", "bb_lower", "bb_width", "bb_percent")
    return {name: floats({i: row[place] for i, row in found.items()}) for place, name in enumerate(names)}


def true_ranges(bars):
    """True range of each bar but the first, as floats."""
    ranges = [None]
    for before, bar in zip(bars, bars[1:]):
        ranges.append(max(bar.high - bar.low, abs(bar.high - before.close), abs(bar.low - before.close)))
    return ranges


def true_range(bars, wanted):
    return {"true_range": only(true_ranges(bars), wanted)}


def atr_of(bars, period):
    """Average true range to 50 digits."""
    return wilder_of([None if value is None else Decimal(value) for value in true_ranges(bars)], period)


def atr(bars, wanted, period):
    return {"atr": only(atr_of(bars, period), wanted)}


def directional(bars, period):
    """(+DI, −DI, DX) of each bar to 50 digits, `None` while warming up."""
    ranges = true_ranges(bars)
    sums = [Decimal(0)] * 3
    rows = [None] * len(bars)
    for index in range(1, len(bars)):
        up, down = bars[index].high - bars[index - 1].high, bars[index - 1].low - bars[index].low
        plus = up if up > 0 and up > down else 0.0
        minus = down if down > 0 and down > up else 0.0
        news = [Decimal(value) for value in (plus, minus, ranges[index])]
        if index < period:
            sums = [old + new for old, new in zip(sums, news)]
            continue
        sums = [old - old / period + new for old, new in zip(sums, news)]
        plus_di, minus_di = (100 * part / sums[2] if sums[2] > 0 else Decimal(0) for part in sums[:2])
        both = plus_di + minus_di
        rows[index] = (plus_di, minus_di, 100 * abs(plus_di - minus_di) / both if both > 0 else Decimal(0))
    return rows


def dmi(bars, wanted, period):
    rows = directional(bars, period)
    kept = {index: rows[index] for index in wanted if rows[index] is not None}
    names = ("plus_di", "minus_di", "dx")
    return {name: floats({i: row[place] for i, row in kept.items()}) for place, name in enumerate(names)}


def adx(bars, wanted, period):
    one_sided = [None if row is None else row[2] for row in directional(bars, period)]
    return {"adx": only(wilder_of(one_sided, period), wanted)}


def place_in_range(bars, index, period):
    """Where the close stands in the range of the last bars, exactly: 0 to 100."""
    window = bars[index + 1 - period : index + 1]
    highest, lowest = Fraction(max(bar.high for bar in window)), Fraction(min(bar.low for bar in window))
    if highest - lowest <= Fraction(ROUNDING) * (highest + lowest):
        return Fraction(0)
    return 100 * (Fraction(bars[index].close) - lowest) / (highest - lowest)


def averaged_places(bars, wanted, k_period, periods):
    """The place in the range, averaged over each of `periods` in turn: [values of each stage] by index."""
    lookback = k_period - 1 + sum(period - 1 for period in periods)
    found = {}
    for index in wanted:
        if index < lookback:
            continue
        stage = [place_in_range(bars, at, k_period) for at in range(index - sum(periods) + len(periods), index + 1)]
        stages = [stage[-1]]
        for period in periods:
            stage = [mean(stage[at : at + period]) for at in range(len(stage) - period + 1)]
            stages.append(stage[-1])
        found[index] = stages
    return found


def stochastic_fast(bars, wanted, k_period, d_period):
    found = averaged_places(bars, wanted, k_period, [d_period])
    return {
        "fast_k": floats({index: stages[0] for index, stages in found.items()}),
        "fast_d": floats({index: stages[1] for index, stages in found.items()}),
    }


def stochastic(bars, wanted, fast_k_period, slow_k_period, slow_d_period):
    found = averaged_places(bars, wanted, fast_k_period, [slow_k_period, slow_d_period])
    return {
        "slow_k": floats({index: stages[1] for index, stages in found.items()}),
        "slow_d": floats({index: stages[2] for index, stages in found.items()}),
    }


def williams_r(bars, wanted, period):
    values = {}
    for index in wanted:
        if index >= period - 1:
            window = bars[index + 1 - period : index + 1]
            highest, lowest = max(bar.high for bar in window), min(bar.low for bar in window)
            values[index] = Fraction(0) if highest - lowest <= ROUNDING * (highest + lowest) else place_in_range(bars, index, period) - 100
    return {"williams_r": floats(values)}


def cci(bars, wanted, period):
    def index_of(values):
        middle = mean(values)
        total = sum(abs(value - middle) for value in values)
        if min(abs(values[-1] - middle), total) <= Fraction(ROUNDING) * abs(middle):
            return Fraction(0)
        return (values[-1] - middle) / (Fraction(15, 1000) * total / period)

    return {"cci": floats(windows(column(bars, "typical"), period, wanted, index_of))}


def obv(bars, wanted):
    values = [Fraction(bars[0].volume)]
    for before, bar in zip(bars, bars[1:]):
        sign = (bar.close > before.close) - (bar.close < before.close)
        values.append(values[-1] + sign * Fraction(bar.volume))
    return {"obv": only(values, wanted)}


def mfi(bars, wanted, period):
    prices = column(bars, "typical")
    flows = [0.0]
    for before, price, bar in zip(prices, prices[1:], bars[1:]):
        still = abs(price - before) <= ROUNDING * (abs(price) + abs(before))
        flows.append(0.0 if still else ((price > before) - (price < before)) * (price * bar.volume))

    def index_of(values):
        total = sum(abs(value) for value in values)
        return 100 * sum(value for value in values if value > 0) / total if total else Fraction(0)

    values = windows(flows, period, wanted, index_of)
    return {"mfi": floats({index: value for index, value in values.items() if index >= period})}


def vwap(bars, wanted):
    values, session = [], None
    for bar in bars:
        if bar.session != session:
            session, turnover, volume = bar.session, Decimal(0), Decimal(0)
        turnover += Decimal(typical(bar)) * Decimal(bar.volume)
        volume += Decimal(bar.volume)
        values.append(turnover / volume if volume else None)
    return {"vwap": only(values, wanted)}


def ratios(bars, wanted, period, source):
    """(value, value `period` bars before) of the wanted bars, exactly."""
    values = column(bars, source)
    return {i: (Fraction(values[i]), Fraction(values[i - period])) for i in wanted if i >= period}


def roc(bars, wanted, period, source="close"):
    pairs = ratios(bars, wanted, period, source)
    return {"roc": floats({i: 100 * (now - then) / then if then else 0 for i, (now, then) in pairs.items()})}


def log_return(bars, wanted, period, source="close"):
    pairs = ratios(bars, wanted, period, source)
    values = {i: decimal(now / then).ln() if now > 0 and then > 0 else None for i, (now, then) in pairs.items()}
    return {"log_return": floats(values)}


def rolling_std(bars, wanted, period, source="close"):
    return {"rolling_std": floats(windows(column(bars, source), period, wanted, deviation))}


def donchian(bars, wanted, period):
    upper, lower = {}, {}
    for index in wanted:
        if index >= period - 1:
            window = bars[index + 1 - period : index + 1]
            upper[index] = Fraction(max(bar.high for bar in window))
            lower[index] = Fraction(min(bar.low for bar in window))
    middle = {index: (upper[index] + lower[index]) / 2 for index in upper}
    return {"donchian_upper": floats(upper), "donchian_middle": floats(middle), "donchian_lower": floats(lower)}


def keltner(bars, wanted, period, atr_period, ranges):
    middle = ema_of([Decimal(bar.close) for bar in bars], period)
    average = atr_of(bars, atr_period)
    rows = {i: (middle[i], Decimal(ranges) * average[i]) for i in wanted if middle[i] is not None and average[i] is not None}
    return {
        "keltner_upper": floats({i: line + distance for i, (line, distance) in rows.items()}),
        "keltner_middle": floats({i: line for i, (line, _) in rows.items()}),
        "keltner_lower": floats({i: line - distance for i, (line, distance) in rows.items()}),
    }
