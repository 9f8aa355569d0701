"""One position, one instrument, market entry at the next open: strategy.md sections 3 to 6, written plainly.

The instrument is a US share: tick 0.01, lot 1, multiplier 1, no spread.
"""

import math
from dataclasses import dataclass

from signals import ATR_PERIOD, error_sigma, predictions, wilder_atr

TICKS_PER_UNIT = 100
ON_TICK = 1e-6
LONG, SHORT = 1, -1


@dataclass
class Order:
    """A decision: frozen side, quantity and levels, waiting for the next open."""

    side: int
    quantity: int
    sized_by: str
    target: float
    stop: float
    to_target: float
    to_stop: float


@dataclass
class Position:
    """An open position with its live levels."""

    order: Order
    entry_bar: int
    entry_price: float
    target: float
    stop: float
    costs: float
    best: float
    worst: float


@dataclass
class Trade:
    """A round trip; money in account currency."""

    entry_bar: int
    exit_bar: int
    side: int
    quantity: int
    entry_price: float
    exit_price: float
    target_price: float
    stop_price: float
    exit_reason: str
    costs: float
    net_profit: float
    mae: float
    mfe: float
    bars_held: int
    sized_by: str


@dataclass
class Result:
    """Trades, equity at every bar close (costs of the exits paid by then deducted), and the bar of a halt if any."""

    trades: list
    equity: list
    halted_at: int | None


def ceil_tick(ticks):
    """The next whole tick upwards; a value within 1e-6 of a whole tick is on it."""
    nearest = round(ticks)
    return nearest if abs(ticks - nearest) <= ON_TICK else math.ceil(ticks)


def floor_tick(ticks):
    """The next whole tick downwards; a value within 1e-6 of a whole tick is on it."""
    nearest = round(ticks)
    return nearest if abs(ticks - nearest) <= ON_TICK else math.floor(ticks)


def price_of(ticks):
    """The price of a whole number of ticks: the float64 nearest to the decimal, as a quoted price is read."""
    return ticks / TICKS_PER_UNIT


def ceil_price(price):
    """A price rounded up to the tick."""
    return price_of(ceil_tick(price * TICKS_PER_UNIT))


def floor_price(price):
    """A price rounded down to the tick."""
    return price_of(floor_tick(price * TICKS_PER_UNIT))


def settled(price):
    """A price that an f32 held: the tick's, where an f32 of that size cannot tell the two apart."""
    tick = price_of(round(price * TICKS_PER_UNIT))
    return tick if abs(price - tick) <= abs(price) * 2.0**-24 else price


def round_levels(side, target, stop):
    """Targets to the harder-to-fill tick, stops to the earlier: both up for a long, both down for a short."""
    if side == LONG:
        return ceil_price(target), ceil_price(stop)
    return floor_price(target), floor_price(stop)


def commission(config, quantity, price):
    """Commission of one fill: rate · quantity, at least the minimum, at most the cap, which wins."""
    model = config["costs"]["commission"]
    if model == "none":
        return 0.0
    model = model["per_share"]
    fee = model["rate"] * quantity
    if fee < model["minimum"]:
        fee = model["minimum"]
    cap = model["cap_fraction"] * quantity * price
    return cap if fee > cap else fee


def decide(config, close, prediction, sigma, atr, equity):
    """The order at the close of a bar, or `None`."""
    rules = config["strategy"]["predicted_move"]
    if prediction is None or atr is None:
        return None
    move = close * math.exp(prediction) - close
    if move == 0.0:
        return None
    if rules["k_sigma_err"] > 0.0:
        if rules["sigma"] == "atr":
            sigma = atr
        if sigma is None or abs(move) < rules["k_sigma_err"] * sigma:
            return None
    if abs(move) < rules["k_atr_min_tp"] * atr:
        return None
    side = LONG if move > 0.0 else SHORT
    if rules["side"] == "long_only" and side == SHORT:
        return None
    if rules["side"] == "short_only" and side == LONG:
        return None
    move = settled(close * math.exp(prediction)) - close
    to_stop = move / rules["reward_risk_ratio"]
    target, stop = round_levels(side, close + move, close - to_stop)
    stop_distance = abs(close - stop)
    if rules["level_anchor"] == "fill":
        stop_distance = abs(to_stop)
    if floor_tick(stop_distance * TICKS_PER_UNIT) < 1:  # the least distance, whichever the anchor
        return None
    sizing = config["sizing"]
    quantity = math.floor(equity * sizing["risk_per_trade"] / stop_distance)
    affordable = math.floor(equity * sizing["leverage"] / (close * (1.0 + sizing["gap_buffer"])))
    sized_by = "risk"
    if affordable < quantity:
        quantity, sized_by = affordable, "buying_power"
    if quantity < 1:
        return None
    return Order(
        side=side,
        quantity=quantity,
        sized_by=sized_by,
        target=target,
        stop=stop,
        to_target=abs(move),
        to_stop=abs(to_stop),
    )


def enter(config, order, index, bar):
    """The position that an order becomes at the open of `bar`."""
    target, stop = order.target, order.stop
    if config["strategy"]["predicted_move"]["level_anchor"] == "fill":
        away_target, away_stop = order.side * order.to_target, order.side * order.to_stop
        target, stop = round_levels(order.side, bar.open + away_target, bar.open - away_stop)
    return Position(
        order=order,
        entry_bar=index,
        entry_price=bar.open,
        target=target,
        stop=stop,
        costs=commission(config, order.quantity, bar.open),
        best=0.0,
        worst=0.0,
    )


def level_exit(position, bar):
    """(price, reason) where a level of the position is met in `bar`: the open first, then the stop, then the target."""
    stop, target = position.stop, position.target
    if position.order.side == LONG:
        if bar.open <= stop:
            return bar.open, "stop"
        if bar.open >= target:
            return bar.open, "target"
        if bar.low <= stop:
            return stop, "stop"
        if bar.high >= target:
            return target, "target"
    else:
        if bar.open >= stop:
            return bar.open, "stop"
        if bar.open <= target:
            return bar.open, "target"
        if bar.high >= stop:
            return stop, "stop"
        if bar.low <= target:
            return target, "target"
    return None


def excursion(position, price):
    """Profit before costs of the full quantity at a price."""
    return position.order.side * position.order.quantity * (price - position.entry_price)


def mark_excursions(position, *prices):
    """Widens the best and the worst profit seen by those at `prices`."""
    for price in prices:
        profit = excursion(position, price)
        position.best = max(position.best, profit)
        position.worst = min(position.worst, profit)


def leave(config, position, index, price, reason):
    """The trade that a position becomes at its exit."""
    mark_excursions(position, price)
    order = position.order
    costs = position.costs + commission(config, order.quantity, price)
    return Trade(
        entry_bar=position.entry_bar,
        exit_bar=index,
        side=order.side,
        quantity=order.quantity,
        entry_price=position.entry_price,
        exit_price=price,
        target_price=position.target,
        stop_price=position.stop,
        exit_reason=reason,
        costs=costs,
        net_profit=excursion(position, price) - costs,
        mae=position.worst,
        mfe=position.best,
        bars_held=index - position.entry_bar + 1,
        sized_by=order.sized_by,
    )


def run(bars, config):
    """Walks the bars once. Once equity is not above zero at a close, nothing more is entered."""
    what = config["prediction"]
    rows = predictions(bars, what["source"], what["horizon_bars"])
    sigma = error_sigma(bars, rows, what["target"], what["horizon_bars"])
    atr = wilder_atr(bars, ATR_PERIOD)
    balance = config["initial_equity"]  # initial equity plus the net profit of every closed trade
    pending = None
    position = None
    trades = []
    equity = []
    halted_at = None
    last = len(bars) - 1
    for index, bar in enumerate(bars):
        if pending is not None:
            position, pending = enter(config, pending, index, bar), None
        if position is not None:
            met = level_exit(position, bar)
            if met is None and index == last:
                mark_excursions(position, bar.high, bar.low)  # held to the close, so through the whole bar
                met = (bar.close, "end_of_data")
            if met is not None:
                trades.append(leave(config, position, index, *met))
                balance += trades[-1].net_profit
                position = None
            else:
                mark_excursions(position, bar.high, bar.low)
        marked = balance
        if position is not None:
            marked += excursion(position, bar.close) - position.costs
        equity.append(marked)
        if marked <= 0.0 and halted_at is None:
            halted_at = index
        if position is None and index < last and halted_at is None:
            pending = decide(config, bar.close, rows[index], sigma[index], atr[index], marked)
    return Result(trades, equity, halted_at)
