"""The bars and signals that both peers run on: whole numbers from an integer generator, so that nothing is rounded.

Prices are in ticks of 0.01. A long gap comes about every fourth bar and ranges differ fivefold, so that gaps through
levels, both levels in one bar, exits on the entry bar and exact touches are all frequent.
"""

BARS = 2_000
TICKS_PER_UNIT = 100
START = 1_577_836_800  # 2020-01-01T00:00:00Z
STEP = 3_600
MODULUS = 2**31 - 1
MULTIPLIER = 48_271
FIRST_SIGNAL = 2
CLEARING, LAST_SIGNAL = BARS - 14, BARS - 10
FAR = 4_000


class Draws:
    """Lehmer's generator with the multiplier 48271 and the modulus 2**31 - 1."""

    def __init__(self, seed):
        self.state = seed

    def between(self, low, high):
        """A whole number in [low, high]."""
        self.state = self.state * MULTIPLIER % MODULUS
        return low + self.state % (high - low + 1)


def bars():
    """Rows of open, high, low, close in ticks."""
    draws = Draws(20_260)
    close = 10_000
    rows = []
    for _ in range(BARS):
        gap = draws.between(-120, 120) if draws.between(1, 4) == 1 else draws.between(-8, 8)
        open_ = close + gap
        reach = (40, 80, 200)[draws.between(0, 2)]
        high = open_ + draws.between(0, reach)
        low = open_ - draws.between(0, reach)
        close = draws.between(low, high)
        # a pull to 10,000 keeps the walk within a factor of two
        close = min(high, max(low, close + (10_000 - close) // 200))
        rows.append((open_, high, low, close))
    return rows


def signal_set(rows, seed, nearest, farthest, flats):
    """Signals (bar, side, size, target, stop) at irregular distances; levels lie within the given distances of the close.

    One in five is `flat` where `flats` is set. The set ends with a flat and a long whose levels are out of reach, so that
    every run has one position open at the end.
    """
    draws = Draws(seed)
    signals = []
    bar = FIRST_SIGNAL
    while bar < CLEARING:
        close = rows[bar][3]
        long = draws.between(0, 1) == 1
        size = 10 * draws.between(1, 10)
        stop, target = draws.between(nearest, farthest), draws.between(nearest, 2 * farthest)
        flat = draws.between(1, 5) == 1 and flats
        if flat:
            signals.append((bar, "flat", None, None, None))
        else:
            sign = 1 if long else -1
            signals.append((bar, "long" if long else "short", size, close + sign * target, close - sign * stop))
        bar += draws.between(2, 16)
    close = rows[LAST_SIGNAL][3]
    signals.append((CLEARING, "flat", None, None, None))
    signals.append((LAST_SIGNAL, "long", 50, close + FAR, close - FAR))
    return signals


def without(signals, target=True, stop=True):
    """The signals without their targets or stops."""
    return [(b, side, size, t if target else None, s if stop else None) for b, side, size, t, s in signals]


def only(signals, keep):
    """The signals of one side and the flats."""
    return [row for row in signals if row[1] in (keep, "flat")]


def inside(signals, rows):
    """The signals whose next open lies strictly between their levels."""
    kept = []
    for row in signals:
        bar, side, _, target, stop = row
        next_open = rows[bar + 1][0]
        if side == "flat" or min(target, stop) < next_open < max(target, stop):
            kept.append(row)
    return kept


def signal_sets(rows):
    """Name and signals of every set."""
    brackets = signal_set(rows, 7, 40, 220, flats=True)
    tight = signal_set(rows, 11, 6, 60, flats=False)
    plain = without(signal_set(rows, 13, 40, 220, flats=True), target=False, stop=False)
    return {
        "brackets": brackets,
        "brackets inside": inside(brackets, rows),
        "tight": tight,
        "tight inside": inside(tight, rows),
        "stops": without(brackets, target=False),
        "targets": without(brackets, stop=False),
        "plain": plain,
        "entries": without(tight, target=False, stop=False),
        "plain long": only(plain, "long"),
        "plain short": only(plain, "short"),
        "brackets long": only(brackets, "long"),
        "brackets short": only(brackets, "short"),
    }
