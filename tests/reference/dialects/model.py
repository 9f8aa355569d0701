"""One small engine whose switches make it fill as either peer does: the list of what a program needs to agree with both.

It shares nothing with the peers. `make_golden.py` asserts that it gives every trade of every golden file.
"""

import math
from dataclasses import dataclass, field

SIGN = {"long": 1, "short": -1}


@dataclass
class Rule:
    """The switches. `RULES.md` says what each means and which peer wants which."""

    entry: str = "next_open"  # next_open | close | limit
    levels_live: str = "entry_bar"  # entry_bar | next_bar | second_bar
    levels: dict = field(default_factory=lambda: {"kind": "price"})
    level_before_signal: bool = False
    reentry_on_exit_close: bool = True
    on_opposite: str = "ignore"  # ignore | exit | reverse
    reverse_in_one_order: bool = False
    sizing: dict = field(default_factory=lambda: {"kind": "signal"})
    short_of_cash: str = "cancel"  # cancel | shrink_longs
    leverage: float = 1.0
    commission: dict = field(default_factory=dict)
    entry_spread: float = 0.0
    slippage: float = 0.0
    slippage_on_levels: bool = False
    level_exit_price: str = "level"  # level | close
    last_bar: str = "left_open"  # left_open | previous_fill_point
    initial_equity: float = 1_000_000.0


@dataclass
class Position:
    """What is held: side as a sign, and where its levels are."""

    sign: int
    size: float
    bar: int
    price: float
    fees: float
    stop: float | None
    target: float | None
    peak: float


class Model:
    """A run over bars (open, high, low, close) and signals (bar, side, size, target, stop)."""

    def __init__(self, bars, signals, rule):
        self.bars, self.rule = bars, rule
        self.signals = {row[0]: row[1:] for row in signals}
        self.cash = rule.initial_equity
        self.held = None
        self.trades = []

    def run(self):
        """Trades, the position left open, the final equity."""
        waiting = None
        for bar in range(len(self.bars)):
            waiting, left_by_level = self.fill_waiting(bar, waiting)
            wish = self.decide(bar)
            if self.rule.entry == "close":
                if not (left_by_level and not self.rule.reentry_on_exit_close):
                    self.trade(bar, self.bars[bar][3], wish)
            else:
                waiting = wish
        if self.rule.last_bar == "previous_fill_point" and self.held:
            last = len(self.bars) - 1
            at_close = self.rule.entry == "close"
            self.leave(last - 1 if at_close else last, self.bars[last - 1][3] if at_close else self.bars[last][0])
        left = [] if self.held is None else [self.held]
        close = self.bars[-1][3]
        return {
            "trades": self.trades,
            "open": [(p.bar, "long" if p.sign > 0 else "short", p.size, p.price) for p in left],
            "final_equity": self.cash + sum(p.sign * p.size * close for p in left),
        }

    def fill_waiting(self, bar, waiting):
        """Orders from the bar before and levels; says whether a level ended the position on this bar."""
        if self.rule.level_before_signal and self.held and self.meet_levels(bar):
            return None, True
        if waiting and self.rule.entry == "limit":
            self.meet_limit(bar, waiting)
        elif waiting:
            self.trade(bar, self.bars[bar][0], waiting)
        if not self.rule.level_before_signal and self.held and self.meet_levels(bar):
            return None, True
        return None, False

    def decide(self, bar):
        """What to do at the close: (leave, entry or None)."""
        side, *rest = self.signals.get(bar, (None,))
        if side is None:
            return None
        if side == "flat":
            return (True, None)
        if self.held is None:
            return (False, (SIGN[side], *rest))
        if self.held.sign == SIGN[side] or self.rule.on_opposite == "ignore":
            return None
        return (True, (SIGN[side], *rest) if self.rule.on_opposite == "reverse" else None)

    def trade(self, bar, price, wish):
        """Leaves and enters at one price."""
        if wish is None:
            return
        leave, entry = wish
        if leave and self.held and entry and self.rule.reverse_in_one_order:
            self.reverse(bar, price, entry)
            return
        if leave and self.held:
            self.leave(bar, price)
        if entry:
            self.enter(bar, price, entry)

    def meet_limit(self, bar, waiting):
        """A limit at the deciding close, for this bar only; a position that is to be left is left at the open."""
        leave, entry = waiting
        open_, high, low, _ = self.bars[bar]
        if leave and self.held:
            self.leave(bar, open_)
        if not entry:
            return
        limit = self.bars[bar - 1][3]
        if low <= limit if entry[0] > 0 else high >= limit:
            self.enter(bar, min(open_, limit) if entry[0] > 0 else max(open_, limit), entry)

    def meet_levels(self, bar):
        """Leaves where a level is met: the stop is looked at over the whole bar before the target is."""
        held = self.held
        late = self.rule.levels_live == "next_bar" or self.rule.entry in ("close", "limit")
        if late and held.bar == bar:
            return False
        if self.rule.levels_live == "second_bar" and bar - held.bar < 2:
            return False
        open_, high, low, close = self.bars[bar]
        long = held.sign > 0
        price = None
        if held.stop is not None and (low <= held.stop if long else high >= held.stop):
            price = min(open_, held.stop) if long else max(open_, held.stop)
        elif held.target is not None and (high >= held.target if long else low <= held.target):
            price = max(open_, held.target) if long else min(open_, held.target)
        if self.rule.levels.get("trail") and held.stop is not None:
            held.peak = max(held.peak, high) if long else min(held.peak, low)
            held.stop = held.peak * (1.0 - held.sign * self.rule.levels["stop"])
        if price is None:
            return False
        if self.rule.level_exit_price == "close":
            price = close
        self.leave(bar, price, by_level=True)
        return True

    def slipped(self, price, sign, slips=True):
        """The price of an order of this sign."""
        return price * (1.0 + sign * self.rule.slippage) if slips else price

    def fees(self, size, price):
        """Commission of one order."""
        model = self.rule.commission
        fee = model.get("fixed", 0.0) + model.get("fraction", 0.0) * size * price
        if "per_share" in model:
            share = model["per_share"]
            fee += min(max(share["rate"] * size, share["minimum"]), share["cap_fraction"] * size * price)
        return fee

    def enter(self, bar, price, entry):
        """Opens a position if it can be paid for."""
        sign, size, target, stop = entry
        paid = self.slipped(price * (1.0 + sign * self.rule.entry_spread), sign)
        size = self.size(sign, size, price, paid, self.cash)
        if size > 0.0:
            self.open(bar, sign, size, price, paid, self.fees(size, paid), target, stop)

    def open(self, bar, sign, size, price, paid, fees, target, stop):
        """Books an entry and sets its levels."""
        levels = self.rule.levels
        anchor = price
        if levels["kind"] == "fraction":
            anchor = {"order": price, "fill": paid, "entry_close": self.bars[bar][3]}[levels["anchor"]]
            stop = anchor * (1.0 - sign * levels["stop"]) if levels.get("stop") else None
            target = anchor * (1.0 + sign * levels["target"]) if levels.get("target") else None
        self.cash -= sign * size * paid + fees
        self.held = Position(sign, size, bar, paid, fees, stop, target, anchor)

    def leave(self, bar, price, by_level=False):
        """Closes the position."""
        paid = self.slipped(price, -self.held.sign, self.rule.slippage_on_levels or not by_level)
        self.close(bar, paid, self.fees(self.held.size, paid))

    def close(self, bar, paid, fees):
        """Books an exit."""
        held = self.held
        self.cash += held.sign * held.size * paid - fees
        costs = held.fees + fees
        profit = held.sign * held.size * (paid - held.price) - costs
        side = "long" if held.sign > 0 else "short"
        self.trades.append((held.bar, bar, side, held.size, held.price, paid, profit, costs))
        self.held = None

    def reverse(self, bar, price, entry):
        """Leaves and enters with one order, whose commission is shared by size."""
        sign, size, target, stop = entry
        paid = self.slipped(price, sign)
        old = self.held.size
        total = old + self.size(sign, size, price, paid, math.inf)
        fraction, fixed = self.rule.commission.get("fraction", 0.0), self.rule.commission.get("fixed", 0.0)
        if sign > 0 and total * paid * (1.0 + fraction) + fixed > self.cash:
            total = (self.cash - fixed) / (1.0 + fraction) / paid
        fees = self.fees(total, paid)
        self.close(bar, paid, fees * old / total)
        self.open(bar, sign, total - old, price, paid, fees * (total - old) / total, target, stop)

    def size(self, sign, wanted, price, paid, cash):
        """The quantity of an entry, decided when it fills; zero where it is refused."""
        sizing, model, leverage = self.rule.sizing, self.rule.commission, self.rule.leverage
        fraction, fixed = model.get("fraction", 0.0), model.get("fixed", 0.0)
        lot = sizing.get("lot", 0.0)
        if sizing["kind"] == "fraction":
            # the commission is that of the fraction as if it were units, at the price before the spread
            share = sizing["fraction"]
            each = paid + self.fees(share, price) / share
            affordable = cash * leverage * share / each
            if sizing.get("fixed_once"):
                free = cash * share - fixed if sign > 0 else (cash - fixed) * share
                affordable = free / (1.0 + fraction) / paid
            return math.floor(affordable / lot) * lot if lot else affordable
        size = sizing["notional"] / price if sizing["kind"] == "notional" else wanted
        size = math.floor(size / lot) * lot if lot else size
        if size * paid + self.fees(size, paid) <= cash * leverage:
            return size
        if self.rule.short_of_cash == "cancel":
            return 0.0
        return size if sign < 0 else (cash - fixed) / (1.0 + fraction) / paid
