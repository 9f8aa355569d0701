"""Runs signals through backtesting.py and lists its trades."""

import warnings

import backtesting
import pandas as pd
from backtesting import Backtest, Strategy

from series import START, STEP

backtesting.backtesting._tqdm = lambda sequence, **_: sequence


def frame(bars):
    """Bars (open, high, low, close) as the table that backtesting.py reads."""
    index = pd.to_datetime([START + STEP * i for i in range(len(bars))], unit="s")
    return pd.DataFrame(bars, columns=["Open", "High", "Low", "Close"], index=index, dtype=float).assign(Volume=1.0)


class Signals(Strategy):
    """Trades a list of signals; what it does about a position that is open already is the rule that Atrium has too.

    `signals` maps a bar to (side, size, target, stop); `limits` makes the entry a limit at the close that lives one bar;
    `late_levels` is (stop, target) as fractions of the fill price, set at the close of the entry bar.
    """

    signals = {}
    on_opposite = "ignore"
    limits = False
    late_levels = None
    exclusive = False

    def init(self):
        pass

    def next(self):
        if self.limits:
            for order in [order for order in self.orders if order.parent_trade is None]:
                order.cancel()
        if self.late_levels:
            for trade in self.trades:
                self.set_late_levels(trade)
        row = self.signals.get(len(self.data) - 1)
        if row is not None:
            self.act(*row)

    def set_late_levels(self, trade):
        stop, target = self.late_levels
        sign = 1 if trade.is_long else -1
        if stop and not trade.sl:
            trade.sl = trade.entry_price * (1 - sign * stop)
        if target and not trade.tp:
            trade.tp = trade.entry_price * (1 + sign * target)

    def act(self, side, size, target, stop):
        held = (self.position.size > 0) - (self.position.size < 0)
        wanted = {"long": 1, "short": -1, "flat": 0}[side]
        if wanted == 0:
            self.position.close()
            return
        if held == wanted or (held and self.on_opposite == "ignore"):
            return
        if held and not self.exclusive:
            self.position.close()
        if held and self.on_opposite == "exit":
            return
        place = self.buy if wanted > 0 else self.sell
        arguments = {"sl": stop, "tp": target} | ({"limit": float(self.data.Close[-1])} if self.limits else {})
        place(**arguments, **({} if size is None else {"size": size}))


def run(bars, signals, options, strategy=None, warn=False):
    """Trades, the position left open and the final equity of one run.

    `options` are backtesting.py's own; `strategy` sets fields of `Signals`. A size of `None` is its default, all of the
    equity.
    """
    fields = {"signals": {row[0]: row[1:] for row in signals}} | (strategy or {})
    with warnings.catch_warnings():
        warnings.simplefilter("default" if warn else "ignore")
        test = Backtest(frame(bars), type("Run", (Signals,), fields), **options)
        stats = test.run()
    trades = [
        (
            int(row.EntryBar),
            int(row.ExitBar),
            "long" if row.Size > 0 else "short",
            abs(float(row.Size)),
            float(row.EntryPrice),
            float(row.ExitPrice),
            float(row.PnL),
            float(row.Commission),
        )
        for row in stats["_trades"].itertuples()
    ]
    left = [
        (int(trade.entry_bar), "long" if trade.is_long else "short", abs(float(trade.size)), float(trade.entry_price))
        for trade in stats["_strategy"].trades
    ]
    return {"trades": trades, "open": left, "final_equity": float(stats["Equity Final [$]"])}
