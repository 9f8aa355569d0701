"""Times sweeps of stops and targets in vectorbt and backtesting.py, beside a command of ours in the same run; prints JSON and a table.

    python sweeps.py FOLDER --ours PROGRAM [--gibibytes 8] [--seconds 300] [--repeats 3] [--plot FILE.svg]

Workloads, whose bars, entries and columns `PROGRAM write NAME FOLDER` writes: `dense`, 1,000 columns × 10k bars with an entry at
every bar; `long`, 8 columns × 1M bars with an entry every 1,400 bars; `wide`, 10,000 columns × 100k bars. While flat, the given side is entered at the
next open with 100 shares, a stop and a target, without costs. Each peer runs in a process of its own, whose largest memory counts. What
would take more than so many GiB or seconds is run as a slice of its columns, as many as fit by what one slice took before, and
compared by the cell: a bar of a column. The peers' times are the fastest of some repeats after one that warms up, as are ours.

vectorbt measures levels from the order's price, backtesting.py is given prices from the deciding close, as ours. So the results of the timed runs differ;
that the rules are the same otherwise is checked apart: `PROGRAM agree` walks columns in the dialect of each peer, and the number of closed trades
and the final equity have to be the same.

Needs backtesting==0.6.6, vectorbt==1.2.0 and vectorbt-rust==1.2.0, matplotlib for the plot. The program does not need Python.
`cargo xtask bench --peers PYTHON` builds what is ours and runs this.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np

WORKLOADS = ("dense", "long", "wide")
SIZE, CASH, LEVERAGE = 100, 1e6, 10
TICKS_A_UNIT = 2.0**20
MEBI = 1024.0
# bytes of a cell that vectorbt took where it was measured, to begin with
BYTES_A_CELL = 700


class Workload:
    """Bars, entries and columns as our program wrote them."""

    def __init__(self, folder, name):
        """Reads the files."""
        path = pathlib.Path(folder) / name
        self.entries = np.fromfile(path.with_suffix(".entries"), dtype=np.int8)
        count = len(self.entries)
        bars = np.fromfile(path.with_suffix(".bars"), dtype="<f8")
        self.open, self.high, self.low, self.close = (bars[part * count : (part + 1) * count] for part in range(4))
        self.start = bars[4 * count :].view("<i8")
        self.levels = np.fromfile(path.with_suffix(".columns"), dtype="<f8").reshape(-1, 2) / 100.0

    def slice(self, columns):
        """So many columns, spread over all."""
        return np.linspace(0, len(self.levels) - 1, columns).round().astype(int)


# ---------------------------------------------------------------- vectorbt


def vectorbt_runs(work, columns, engine):
    """The simulation and the simulation with five metrics, as functions; each returns its portfolio."""
    import pandas as pd
    import vectorbt as vbt

    index = pd.to_datetime(work.start, unit="us")
    step = pd.Series(index).diff().median()
    long, short = (np.concatenate([[False], work.entries[:-1] == side]) for side in (1, -1))
    levels = work.levels[columns]
    names = pd.Index([f"{stop:.6f}/{target:.6f}" for stop, target in levels], name="levels")
    close = pd.DataFrame(np.repeat(work.close[:, None], len(columns), axis=1), index=index, columns=names)
    wide = {key: array[:, None] for key, array in (("open", work.open), ("high", work.high), ("low", work.low))}

    def simulate():
        return vbt.Portfolio.from_signals(
            close,
            entries=long[:, None],
            short_entries=short[:, None],
            price=work.open[:, None],
            size=SIZE,
            sl_stop=levels[None, :, 0],
            tp_stop=levels[None, :, 1],
            stop_entry_price="price",
            upon_opposite_entry="ignore",
            init_cash=CASH,
            freq=step,
            engine=engine,
            **wide,
        )

    def five():
        portfolio = simulate()
        trades = portfolio.trades
        portfolio.total_return(), portfolio.sharpe_ratio(), portfolio.max_drawdown()
        trades.win_rate(), trades.profit_factor()
        return portfolio

    return {"simulation": simulate, "five metrics": five}


def vectorbt_found(work, columns, engine):
    """Closed trades and final equity of each column."""
    portfolio = vectorbt_runs(work, columns, engine)["simulation"]()
    closed = portfolio.trades.closed.count()
    return [[int(count), float(value)] for count, value in zip(closed, portfolio.final_value())]


# ---------------------------------------------------------------- backtesting.py


def backtesting_class(work, levels, on_ticks):
    """A strategy of one column."""
    import backtesting

    (stop, target), entries, close = levels, work.entries, work.close

    def up(price):
        return np.ceil(price * TICKS_A_UNIT - 1e-6) / TICKS_A_UNIT if on_ticks else price

    def down(price):
        return np.floor(price * TICKS_A_UNIT + 1e-6) / TICKS_A_UNIT if on_ticks else price

    class Column(backtesting.Strategy):
        """A bracket at every entry at which nothing is held."""

        def init(self):
            pass

        def next(self):
            bar = len(self.data) - 1
            side = entries[bar]
            if side == 0 or self.position:
                return
            last = close[bar]
            if side > 0:
                self.buy(size=SIZE, sl=up(last * (1.0 - stop)), tp=up(last * (1.0 + target)))
            else:
                self.sell(size=SIZE, sl=down(last * (1.0 + stop)), tp=down(last * (1.0 - target)))

    return Column


def backtesting_run(work, column, on_ticks=False):
    """One column with its statistics."""
    import backtesting
    import pandas as pd

    backtesting.backtesting._tqdm = lambda sequence, **_: sequence
    index = pd.to_datetime(work.start, unit="us")
    data = pd.DataFrame({"Open": work.open, "High": work.high, "Low": work.low, "Close": work.close}, index=index)
    strategy = backtesting_class(work, work.levels[column], on_ticks)
    return backtesting.Backtest(data, strategy, cash=CASH, margin=1 / LEVERAGE).run()


def backtesting_found(work, columns):
    """Closed trades and final equity of each column."""
    runs = [backtesting_run(work, column, on_ticks=True) for column in columns]
    return [[len(run["_trades"]), float(run["Equity Final [$]"])] for run in runs]


# ---------------------------------------------------------------- one process a measurement


def peak_mebibytes():
    """The largest memory of this process."""
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / MEBI


def measure(folder, peer, name, count, repeats):
    """Seconds of each task of a peer on so many columns, and its largest memory."""
    work = Workload(folder, name)
    columns = work.slice(count)
    if peer == "backtesting.py":
        start = time.perf_counter()
        orders = sum(2 * len(backtesting_run(work, column)["_trades"]) for column in columns)
        seconds = {"its statistics": time.perf_counter() - start}
        return {"columns": count, "orders": orders, "seconds": seconds, "MiB": peak_mebibytes()}
    engine = peer.split()[1]
    warm = vectorbt_runs(work, work.slice(2), engine)
    warm["five metrics"]()
    seconds = {}
    for task, run in vectorbt_runs(work, columns, engine).items():
        taken = []
        for _ in range(repeats):
            start = time.perf_counter()
            portfolio = run()
            taken.append(time.perf_counter() - start)
            orders = len(portfolio.order_records)
            del portfolio
        seconds[task] = min(taken)
    return {"columns": count, "orders": orders, "seconds": seconds, "MiB": peak_mebibytes()}


def apart(arguments, peer, name, count):
    """`measure` in a process of its own."""
    script = [sys.executable, os.path.abspath(__file__), arguments.folder, "--ours", arguments.ours]
    script += ["--peer", peer, "--workload", name, "--columns", str(count), "--repeats", str(arguments.repeats)]
    done = subprocess.run(script, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def largest_slice(arguments, peer, name, work):
    """How many columns a peer can run in the memory and the time that it is given."""
    bars, every = len(work.close), len(work.levels)
    if peer == "backtesting.py":
        one = apart(arguments, peer, name, 1)["seconds"]["its statistics"]
        return max(1, min(every, int(arguments.seconds / one)))
    return max(1, min(every, int(arguments.gibibytes * 2**30 / BYTES_A_CELL / bars)))


def ours(command, *words):
    """The last line that our own program prints, read as JSON."""
    done = subprocess.run([command, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None


def check_agreement(arguments, name, work):
    """Compares some columns with ours, walked in the dialect of each peer; how many."""
    columns = work.slice(3 if name == "dense" else 2)
    engines = ["numba"] + (["rust"] if has_rust() else [])
    found = {f"vectorbt {engine}": ("vectorbt", vectorbt_found(work, columns, engine)) for engine in engines}
    if name != "wide":
        found["backtesting.py"] = ("backtesting_py", backtesting_found(work, columns))
    for peer, (dialect, theirs) in found.items():
        mine = ours(arguments.ours, "agree", name, dialect, *columns)
        for column, (count, equity), (expected, expected_equity) in zip(columns, theirs, mine):
            same = count == expected and abs(equity - expected_equity) <= 1e-9 * expected_equity
            assert same, f"{peer}, {name}, column {column}: {count} {equity!r}, ours {expected} {expected_equity!r}"
    return {peer: len(columns) for peer in found}


def has_rust():
    """Whether vectorbt's Rust engine is installed."""
    return importlib.util.find_spec("vectorbt_rust") is not None


def compare(arguments, name):
    """Everything about one workload."""
    ours(arguments.ours, "write", name, arguments.folder)
    work = Workload(arguments.folder, name)
    agreed = check_agreement(arguments, name, work)
    mine = ours(arguments.ours, "time", name)
    peers = {}
    for peer in ["vectorbt numba"] + (["vectorbt rust"] if has_rust() else []) + ["backtesting.py"]:
        peers[peer] = apart(arguments, peer, name, largest_slice(arguments, peer, name, work))
    again = ours(arguments.ours, "time", name)
    for key in ("one core", "two cores", "index"):
        mine[key] = max(mine[key], again[key])
    return {"ours": mine, "peers": peers, "agreed": agreed}


def table(name, found):
    """Lines of a table: time, how many times as long as ours on one core by the cell, memory."""
    mine = found["ours"]
    cells = mine["columns"] * mine["bars"]
    per_cell = mine["one core"] / cells
    yield f"{name}: {mine['columns']:,} columns × {mine['bars']:,} bars, {mine['orders']:,} orders; same results: {found['agreed']}"
    yield f"  {'':<34}{'columns':>9}{'orders':>12}{'ms':>12}{'ns a cell':>12}{'/ ours':>9}{'MiB':>8}"
    for key in ("one core", "two cores"):
        each = mine[key] / cells
        row = f"  {'atrium, headline metrics, ' + key:<34}{mine['columns']:>9}{mine['orders']:>12}{mine[key] * 1e3:>12.2f}"
        yield row + f"{each * 1e9:>12.4f}{each / per_cell:>9.2f}{mine['MiB']:>8.0f}"
    yield f"  {'(atrium: laying the bars out)':<34}{'':>9}{'':>12}{mine['index'] * 1e3:>12.2f}"
    for peer, measured in found["peers"].items():
        for task, seconds in measured["seconds"].items():
            each = seconds / (measured["columns"] * mine["bars"])
            row = f"  {peer + ', ' + task:<34}{measured['columns']:>9}{measured['orders']:>12}{seconds * 1e3:>12.1f}"
            yield row + f"{each * 1e9:>12.2f}{each / per_cell:>9.0f}{measured['MiB']:>8.0f}"


def plot(grown, path):
    """Draws how the cost grows, doubly logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "atrium", "svg.fonttype": "none"}
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    shown = [
        (axes[0], "bars", "bars (8 columns)", ["bars, an entry at each", "bars, 100 entries in all"]),
        (axes[1], "columns", "parameter sets (10k bars)", ["columns"]),
        (axes[2], "trades", "trades (8 columns × 1M bars)", ["trades"]),
    ]
    for axis, key, label, names in shown:
        for name in names:
            rows = grown[name]
            axis.loglog([row[key] for row in rows], [row["ms"] for row in rows], marker="o", label=name)
        axis.set_xlabel(label)
        axis.set_ylabel("ms, one thread")
        axis.grid(alpha=0.3)
        if len(names) > 1:
            axis.legend(frameon=False, fontsize="small")
    figure.savefig(path, metadata={"Date": None})


def main():
    """Runs everything and prints the result."""
    parser = argparse.ArgumentParser(description="Times sweeps in the peers and ours and prints JSON and tables.")
    parser.add_argument("folder", help="where bars, entries and columns are written")
    parser.add_argument("--ours", required=True, help="our program, taking `write`, `time`, `agree` and `grow`")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="which (default all)")
    parser.add_argument("--gibibytes", type=float, default=8.0, help="memory that a peer may take (default 8)")
    parser.add_argument("--seconds", type=float, default=300.0, help="time that a peer may take (default 300)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of vectorbt that count (default 3)")
    parser.add_argument("--plot", help="also measure how the cost grows and draw it here, as SVG")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--workload", help=argparse.SUPPRESS)
    parser.add_argument("--columns", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.peer:
        measured = measure(arguments.folder, arguments.peer, arguments.workload, arguments.columns, arguments.repeats)
        print(json.dumps(measured))
        return
    pathlib.Path(arguments.folder).mkdir(parents=True, exist_ok=True)
    loads = [os.getloadavg()[0]]
    found = {}
    for name in arguments.workloads:
        found[name] = compare(arguments, name)
        loads.append(os.getloadavg()[0])
    grown = ours(arguments.ours, "grow") if arguments.plot else {}
    if arguments.plot:
        plot(grown, arguments.plot)
    packages = {name: version(name) for name in ("backtesting", "vectorbt", "numba", "numpy", "pandas")}
    print(json.dumps({"packages": packages, "load average": loads, "found": found, "grown": grown}, indent=1))
    for name, of_workload in found.items():
        print(*table(name, of_workload), sep="\n")


if __name__ == "__main__":
    main()
