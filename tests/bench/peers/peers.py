"""Times one bracket backtest in backtesting.py and vectorbt, beside commands of ours in the same run; prints JSON.

    python peers.py BARS.csv [--ours "COMMAND {bars}"]... [--rounds 3] [--repeats 10]

BARS.csv has a header with time, open, high, low, close and optionally volume, in any case and order. In each COMMAND
`{bars}` is replaced by the path; the last line of what it prints is a JSON object of names and seconds, medians. A round
times each peer's median and runs every command; the smallest of all rounds counts, for peers and commands alike, because
a busy machine only ever adds. The rule: while flat, buy where the close is above the close ten bars earlier, otherwise
sell short; stop 1 %, target 2 %, entry at the next open, no costs. backtesting.py gets prices from the deciding close,
vectorbt fractions of the order's price; the signals are computed before the clock starts.

Needs backtesting==0.6.6 and vectorbt==1.2.0; vectorbt-rust==1.2.0 where there is one. The program does not need Python.
`cargo xtask bench --peers PYTHON` builds what is ours and runs this.
"""

import argparse
import importlib.util
import json
import os
import shlex
import statistics
import subprocess
import time
import warnings
from importlib.metadata import version

import backtesting
import numpy as np
import pandas as pd
import vectorbt as vbt

LOOKBACK = 10
STOP, TARGET = 0.01, 0.02
SIZE = 1
CASH = 1e9
PARTS = ("open", "high", "low", "close")


class Brackets(backtesting.Strategy):
    """A bracket at every close at which nothing is held."""

    rising = None

    def init(self):
        pass

    def next(self):
        if self.position:
            return
        close = self.data.Close[-1]
        if self.rising[len(self.data) - 1]:
            self.buy(size=SIZE, sl=close * (1 - STOP), tp=close * (1 + TARGET))
        else:
            self.sell(size=SIZE, sl=close * (1 + STOP), tp=close * (1 - TARGET))


def read(path):
    """The bars by lower-case column, and their times."""
    table = pd.read_csv(path)
    table.columns = [column.strip().lower() for column in table.columns]
    first = next(name for name in ("time", "timestamp", "date", "datetime") if name in table.columns)
    times = pd.DatetimeIndex(pd.to_datetime(table[first], utc=True)).tz_localize(None)
    return table[list(PARTS)].astype(float).set_index(times)


def backtesting_runs(bars, rising):
    """Name and function; each returns how many trades there were."""
    data = bars.rename(columns=str.capitalize).assign(Volume=1.0)
    strategy = type("Rising", (Brackets,), {"rising": rising})
    module = backtesting.backtesting
    module._tqdm = lambda sequence, **_: sequence
    with_stats = module.compute_stats

    def run(compute):
        module.compute_stats = compute
        try:
            return backtesting.Backtest(data, strategy, cash=CASH).run()
        finally:
            module.compute_stats = with_stats

    return {
        "backtesting.py": lambda: run(lambda trades, **_: len(trades)),
        "backtesting.py with stats": lambda: len(run(with_stats)["_trades"]),
    }


def vectorbt_runs(bars, rising):
    """Name and function for each engine that is there."""
    open_, high, low, close = (bars[part].to_numpy() for part in PARTS)
    series = pd.Series(close, index=bars.index)
    long = np.zeros(len(bars), dtype=bool)
    long[1:] = rising[:-1]
    short = ~long
    short[0] = False
    step = pd.Series(bars.index).diff().median()

    def simulate(engine):
        return vbt.Portfolio.from_signals(
            series,
            entries=long,
            short_entries=short,
            price=open_,
            open=open_,
            high=high,
            low=low,
            size=SIZE,
            sl_stop=STOP,
            tp_stop=TARGET,
            stop_entry_price="price",
            upon_opposite_entry="ignore",
            init_cash=CASH,
            freq=step,
            engine=engine,
        )

    def five(engine):
        portfolio = simulate(engine)
        trades = portfolio.trades
        portfolio.total_return(), portfolio.sharpe_ratio(), portfolio.max_drawdown()
        trades.win_rate(), trades.profit_factor()
        return trades.count()

    def everything(engine):
        portfolio = simulate(engine)
        portfolio.stats()
        return portfolio.trades.count()

    runs = {}
    for engine in ["numba"] + (["rust"] if importlib.util.find_spec("vectorbt_rust") else []):
        runs[f"vectorbt {engine}"] = lambda engine=engine: (len(simulate(engine).order_records) + 1) // 2
        runs[f"vectorbt {engine} with five metrics"] = lambda engine=engine: five(engine)
        runs[f"vectorbt {engine} with stats"] = lambda engine=engine: everything(engine)
    return runs


def median_seconds(runs, repeats):
    """The median of each, in turn, so that a busy moment of the machine hits all of them; the first turn warms up."""
    seconds = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, function in runs.items():
            start = time.perf_counter()
            function()
            if turn > 0:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def printed_seconds(command, path):
    """The seconds that a command of ours prints."""
    words = [word.replace("{bars}", path) for word in shlex.split(command)]
    printed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return json.loads(printed.strip().splitlines()[-1])


def smallest(rounds):
    """The smallest seconds of each name."""
    return {name: min(seconds[name] for seconds in rounds) for name in rounds[0]}


def table(seconds, mine):
    """Lines of a table: name, milliseconds, and how many times as long as each of ours with every metric."""
    whole = {name: value for name, value in mine.items() if "every metric" in name and "walking" not in name}
    yield f"{'':<58}{'ms':>10}" + "".join(f"{'/ ' + name.split(',')[0]:>18}" for name in whole)
    for name, value in (mine | seconds).items():
        yield f"{name:<58}{value * 1e3:>10.3f}" + "".join(f"{value / own:>18.2f}" for own in whole.values())


def main():
    """Times everything and prints the result."""
    parser = argparse.ArgumentParser(description="Times a bracket backtest in the peers and prints JSON and a table.")
    parser.add_argument("bars", help="CSV of bars with a header")
    help_ours = "command whose last line is a JSON object of seconds; {bars} is the CSV; may be given several times"
    parser.add_argument("--ours", action="append", default=[], help=help_ours)
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the smallest seconds count (default 3)")
    parser.add_argument("--repeats", type=int, default=10, help="runs of each peer in a round (default 10)")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    bars = read(arguments.bars)
    rising = np.zeros(len(bars), dtype=bool)
    close = bars["close"].to_numpy()
    rising[LOOKBACK:] = close[LOOKBACK:] > close[:-LOOKBACK]
    runs = backtesting_runs(bars, rising) | vectorbt_runs(bars, rising)
    trades = {name: int(function()) for name, function in runs.items()}
    loads, peers, own = [os.getloadavg()[0]], [], []
    for _ in range(arguments.rounds):
        own.append({})
        for command in arguments.ours:
            own[-1] |= printed_seconds(command, arguments.bars)
        peers.append(median_seconds(runs, arguments.repeats))
        loads.append(os.getloadavg()[0])
    seconds, mine = smallest(peers), smallest(own)
    packages = {name: version(name) for name in ("backtesting", "vectorbt", "numba", "numpy", "pandas")}
    result = {"bars": len(bars), "packages": packages, "trades": trades, "seconds": seconds, "ours": mine}
    print(json.dumps(result | {"load_average": loads, "rounds": arguments.rounds}, indent=1))
    print(*table(seconds, mine), sep="\n")


if __name__ == "__main__":
    main()
