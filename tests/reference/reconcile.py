"""Runs one file of signals through backtesting.py and through Atrium, and compares the trades one by one.

    pip install backtesting==0.6.6 pandas==3.1.1
    python tests/reference/reconcile.py --data SPY --interval 60min --signals mine.csv

The bars are those of a data set of the store, cut by `atrium resample` as a run cuts them, so both trade the same ones. The file
of signals is what `atrium backtest --signals` takes: `time, side`, and where they are given `size, tp, sl`; its times are starts of
bars in UTC. A signal is decided on at the close of its bar and filled at the next open. What the strategy of backtesting.py does
is in `dialects/peer_backtesting.py`; `dialects/RULES.md` says which switch of Atrium is which argument of the tool.

backtesting.py decides from the second bar on: signals of the first one are left out of both, and that is said.

Exit code 0 where every trade and the final equity agree, so what is left open, too; 1 where something differs, which is listed.
"""

import argparse
import csv
import json
import shlex
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "dialects"))

import peer_backtesting as peer

SIDES = {
    "long": "long", "buy": "long", "1": "long", "+1": "long", "1.0": "long",
    "short": "short", "sell": "short", "-1": "short", "-1.0": "short",
    "flat": "flat", "exit": "flat", "close": "flat", "0": "flat", "0.0": "flat", "-0.0": "flat",
}
# as tests/tests/dialects.rs holds the goldens
TOLERANCE = 1e-9


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", required=True, help="a data set of the store, or its symbol")
    parser.add_argument("--interval", required=True, help="the interval of the bars, such as 60min")
    parser.add_argument("--signals", required=True, type=Path, help="a CSV file: time, side, and size, tp, sl if given")
    parser.add_argument("--cash", type=float, default=100_000.0)
    parser.add_argument("--commission", type=float, default=0.0, help="of each order, as a fraction: 0.001 is 0.1 %%")
    parser.add_argument("--spread", type=float, default=0.0, help="as a fraction of the entry price, as backtesting.py takes it")
    parser.add_argument("--on-opposite", choices=["ignore", "exit", "reverse"], default="reverse")
    parser.add_argument("--atrium", default="cargo atrium", help="how to call the command line")
    parser.add_argument("--base-dir", help="the folder of the store, if it is not the usual one")
    return parser.parse_args()


def atrium(options, *words):
    """Standard output of a command of Atrium."""
    base = ["--base-dir", options.base_dir] if options.base_dir else []
    done = subprocess.run([*shlex.split(options.atrium), *base, *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return done.stdout


def instant(text):
    """A time of a file as seconds since 1970; one without a zone is in UTC."""
    at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return int((at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp())


def read_bars(options):
    """Starts in seconds since 1970, and open, high, low, close of each bar."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bars.csv"
        atrium(options, "resample", options.data, options.interval, "--out", str(file))
        with file.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
    starts = [instant(row["DateTime"]) for row in rows]
    return starts, [[float(row[name]) for name in ("Open", "High", "Low", "Close")] for row in rows]


def encoding_of(path):
    """Of a text of signals: UTF-16 by its byte order mark, as Atrium reads it, else UTF-8."""
    return "utf-16" if path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def read_signals(path, starts):
    """Rows (bar, side, size, target, stop) in the order of bars, and whether they have sizes."""
    bar_of = {start: bar for bar, start in enumerate(starts)}
    signals = []
    with path.open(newline="", encoding=encoding_of(path)) as lines:
        for row in csv.DictReader(lines):
            row = {name.strip().lower(): (value or "").strip() for name, value in row.items() if name}
            if not row["side"]:
                continue
            bar = bar_of.get(instant(row["time"]))
            if bar is None:
                sys.exit(f"{row['time']} is the start of no bar: give the starts of {len(starts)} bars in UTC")
            number = lambda name: float(row[name]) if row.get(name) else None
            signals.append((bar, SIDES[row["side"].lower()], number("size"), number("tp"), number("sl")))
    sized = {signal[2] is not None for signal in signals if signal[1] != "flat"}
    if len(sized) > 1:
        sys.exit("give every entry a size, or none: without one backtesting.py puts in all the equity")
    return sorted(signals), sized == {True}


def by_backtesting_py(options, bars, signals):
    run = peer.run(
        bars,
        signals,
        {"cash": options.cash, "commission": options.commission, "spread": options.spread},
        {"on_opposite": options.on_opposite},
    )
    keys = ("entry", "exit", "side", "size", "entry_price", "exit_price", "net")
    trades = [dict(zip(keys, trade[:7])) for trade in run["trades"]]
    return trades, run["final_equity"]


def without_first(path, first, folder):
    """A copy of a file without the signals of the first bar, or the file itself where it has none; and how many they are."""
    with path.open(newline="", encoding=encoding_of(path)) as lines:
        rows = list(csv.reader(lines))
    times = [name.strip().lower() for name in rows[0]].index("time")
    kept = [row for row in rows[1:] if not row or instant(row[times]) != first]
    left_out = len(rows) - 1 - len(kept)
    if not left_out:
        return path, 0
    copy = Path(folder) / path.name
    with copy.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([rows[0], *kept])
    return copy, left_out


def by_atrium(options, starts, sized):
    sets = {
        "fills.dialect": "backtesting_py",
        "fills.tool.size_at_fill": "true",
        "sizing.mode": "risk" if sized else "all_in",
        "sizing.leverage": "1",
        "policy.on_opposite": options.on_opposite,
        "policy.min_stop_spreads": "0",
        "costs.commission.percent.percent": repr(options.commission * 100),
        "costs.slippage": "none",
        "costs.half_spread.bps": repr(options.spread * 5e3),
        "initial_equity": repr(options.cash),
    }
    words = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        file, left_out = without_first(options.signals, starts[0], folder)
        run = lambda path: ["--data", options.data, "--interval", options.interval, "--signals", str(path), *words]
        report = json.loads(atrium(options, "backtest", "--json", *run(file)))
    bar_of = {start: bar for bar, start in enumerate(starts)}
    trades = [
        {
            "entry": bar_of.get(instant(trade["entry_at"])),
            "exit": bar_of.get(instant(trade["exit_at"])),
            "side": trade["side"],
            "size": trade["quantity"],
            "entry_price": trade["entry_price"],
            "exit_price": trade["exit_price"],
            "net": trade["net_profit"],
        }
        for trade in report["round_trips"]
    ]
    return trades, report["headline"]["final_equity"], (shlex.join(["atrium", "backtest", *run(options.signals)]), left_out)


def differences(ours, theirs):
    """The fields in which two trades differ."""
    def same(one, other):
        if isinstance(one, float) or isinstance(other, float):
            return abs(one - other) <= TOLERANCE * max(1.0, abs(other))
        return one == other

    return [key for key in theirs if not same(ours[key], theirs[key])]


def main():
    options = arguments()
    starts, bars = read_bars(options)
    signals, sized = read_signals(options.signals, starts)
    theirs, their_equity = by_backtesting_py(options, bars, signals)
    ours, our_equity, (command, left_out) = by_atrium(options, starts, sized)
    order = lambda trade: (trade["exit"], trade["entry"])
    ours, theirs = sorted(ours, key=order), sorted(theirs, key=order)
    wrong = []
    if len(ours) != len(theirs):
        wrong.append(f"backtesting.py has {len(theirs)} trades, Atrium {len(ours)}")
    for number, (one, other) in enumerate(zip(ours, theirs), 1):
        fields = differences(one, other)
        if fields:
            told = ", ".join(f"{key} {other[key]} there and {one[key]} here" for key in fields)
            wrong.append(f"trade {number}, entered at bar {other['entry']}: {told}")
    if differences({"equity": our_equity}, {"equity": their_equity}):
        wrong.append(f"the final equity is {their_equity} there and {our_equity} here")
    print(f"{len(bars)} bars, {len(signals)} signals, {len(theirs)} trades by backtesting.py {peer.backtesting.__version__}")
    print(command)
    if left_out:
        print(f"Left out of both: {left_out} of the first bar, as backtesting.py decides from the second one on.")
    print("\n".join(wrong[:20]) if wrong else f"Every trade and the final equity, {our_equity:.2f}, agree.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
