"""Series that are hard on an implementation, made of whole numbers so that any language makes the same bits.

`tests/real/tests/golden/nasty.rs` states the same rules again; the golden file holds the hash of each series.
"""

from dataclasses import dataclass

from bars import Bar

MASK = (1 << 64) - 1
SESSION = 50


@dataclass
class Series:
    """A series: prices start at `level` ticks of `unit` and move by up to `step` ticks a bar."""

    name: str
    count: int
    unit: float
    level: int
    step: int
    shape: str
    lot: float = 100.0


ALL = (
    Series("walk", 200, 0.01, 10_000, 40, "walk"),
    Series("constant", 200, 0.01, 10_010, 0, "walk"),
    Series("zero range", 200, 0.01, 5_000, 25, "point"),
    Series("tiny prices", 200, 1e-13, 10_000, 40, "walk", 1e-3),
    Series("huge prices", 200, 1e5, 10_000, 40, "walk", 1e6),
    Series("small moves at a high level", 200, 0.01, 100_000_000_000, 30, "walk"),
    Series("alternating", 200, 0.01, 10_000, 0, "alternating"),
    Series("jumps", 200, 0.01, 10_000, 40, "jumps"),
    Series("no volume", 200, 0.01, 10_000, 40, "walk", 0.0),
    Series("mostly still", 400, 0.01, 1_000, 2, "still"),
    Series("dies down", 700, 0.01, 10_000, 40, "dies"),
)


def rows(series):
    """The bars of a series, one a minute from 1970-01-01 on, 50 to a session."""
    state = 1
    ticks = series.level
    bars = []

    def draw(below):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) & MASK
        return (state >> 33) % below

    for index in range(series.count):
        move = draw(2 * series.step + 1) - series.step
        above, below, lots = draw(series.step + 1), draw(series.step + 1), draw(1_000)
        shape = series.shape
        if shape == "dies" and index >= 100:
            shape, move, above, below = "point", 0, 0, 0
        if shape == "still" and lots % 4 != 0:
            move, above, below, lots = 0, 0, 0, 0
        if shape == "alternating":
            move = series.level if index % 2 == 0 else -series.level
        opened = ticks
        ticks = max(ticks + move, 1)
        high, low = max(opened, ticks) + above, max(min(opened, ticks) - below, 1)
        if shape == "point":
            opened = high = low = ticks
        factor = 1_000_000_000 if shape == "jumps" and index // 37 % 2 == 1 else 1
        prices = [float(price * factor) * series.unit for price in (opened, high, low, ticks)]
        bars.append(Bar(60 * index, *prices, float(lots) * series.lot, index // SESSION))
    return bars
