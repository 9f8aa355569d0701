"""Writes the golden files of `tests/golden` from the test data: `python make_golden.py FOLDER_OF_THE_TEST_DATA`.

The rules are strategy.md's, computed by the plain modules beside this file, which share nothing with the program.
Where a library knows the answer too (TA-Lib, empyrical, the data's own 5-minute file), the script asserts that both agree.
"""

import json
import math
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import bars as cutting
import curation
import engine
import features
import metric_dialects
import metrics
import vectors
from configurations import configurations
from signals import wilder_atr

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
INTERVALS = {"5min": 300, "15min": 900, "30min": 1800, "60min": 3600, "240min": 14_400, "1day": None}
FULL_LIST = 60
FIRST, LAST = 20, 5
SAMPLES = 20
PACKAGES = (
    "TA-Lib",
    "backtesting",
    "empyrical-reloaded",
    "exchange_calendars",
    "numpy",
    "pandas",
    "pyarrow",
    "quantstats",
    "scipy",
    "vectorbt",
)


def iso(seconds):
    """Epoch seconds as 2024-03-26T13:30:00Z."""
    return pd.Timestamp(seconds, unit="s").strftime("%Y-%m-%dT%H:%M:%SZ")


def write(name, value):
    """Writes one golden file: one line for each entry two levels down, so that a change can be read in a diff."""
    lines = ["{"]
    outer = list(value.items())
    for position, (key, entry) in enumerate(outer):
        comma = "," if position + 1 < len(outer) else ""
        if isinstance(entry, (list, dict)) and len(entry) > 0:
            opening, closing = ("[", "]") if isinstance(entry, list) else ("{", "}")
            lines.append(f" {json.dumps(key)}: {opening}")
            inner = entry if isinstance(entry, list) else list(entry.items())
            for number, item in enumerate(inner):
                text = json.dumps(item, allow_nan=False) if isinstance(entry, list) else pair(item)
                lines.append(f"  {text}" + ("," if number + 1 < len(inner) else ""))
            lines.append(f" {closing}{comma}")
        else:
            lines.append(f" {json.dumps(key)}: {json.dumps(entry, allow_nan=False)}{comma}")
    lines.append("}")
    path = GOLDEN / name
    path.write_text("\n".join(lines) + "\n")
    json.loads(path.read_text())
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def pair(item):
    """A key and its value as they stand in an object."""
    key, value = item
    return f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}"


def bar_row(bar):
    """A bar as [start, open, high, low, close, volume], prices as text so that no reader rounds them."""
    return [iso(bar.start), *(repr(value) for value in (bar.open, bar.high, bar.low, bar.close)), bar.volume]


def check_against_csv(five_minutes, all_sessions, path):
    """The 5-minute file of the data's own author, cut by the clock, equals ours in every bar but a session's last."""
    table = pd.read_csv(path, parse_dates=["timestamp"])
    theirs = {int(row.timestamp.timestamp()): row for row in table.itertuples()}
    compared = 0
    for bar in five_minutes:
        if bar.start + 300 >= all_sessions[bar.session][2]:
            continue  # ours holds the closing print
        row = theirs[bar.start]
        assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (row.open, row.high, row.low, row.close, row.volume)
        compared += 1
    print(f"{compared:,} five-minute bars equal those of {path.name}")


def resampled(series, left_out, folded):
    """What spy_resample.json holds."""
    intervals = {}
    for name, bars in series.items():
        intervals[name] = {
            "bars": len(bars),
            "left_out": left_out,
            "folded": folded,
            "first": [bar_row(bar) for bar in bars[:3]],
            "last": [bar_row(bar) for bar in bars[-3:]],
            "sha256": cutting.sha256(cutting.canonical_text(bars)),
        }
    return {"intervals": intervals}


def trade_row(bars, trade):
    """A trade with the field names of the program's own JSON, prices as text so that no reader rounds them."""
    return {
        "entry_at": iso(bars[trade.entry_bar].start),
        "exit_at": iso(bars[trade.exit_bar].start),
        "side": "long" if trade.side == engine.LONG else "short",
        "quantity": trade.quantity,
        "entry_price": repr(trade.entry_price),
        "exit_price": repr(trade.exit_price),
        "target_price": repr(trade.target_price),
        "stop_price": repr(trade.stop_price),
        "exit_reason": trade.exit_reason,
        "costs": trade.costs,
        "net_profit": trade.net_profit,
        "mae": trade.mae,
        "mfe": trade.mfe,
        "bars_held": trade.bars_held,
        "sized_by": trade.sized_by,
    }


def trades_text(bars, trades):
    """One line a trade of everything that is compared exactly; prices by their bits."""
    lines = []
    for trade in trades:
        prices = (trade.entry_price, trade.exit_price, trade.target_price, trade.stop_price)
        words = [
            str(bars[trade.entry_bar].start),
            str(bars[trade.exit_bar].start),
            "long" if trade.side == engine.LONG else "short",
            str(trade.quantity),
            *(cutting.bits(price) for price in prices),
            trade.exit_reason,
            str(trade.bars_held),
            trade.sized_by,
        ]
        lines.append(" ".join(words) + "\n")
    return "".join(lines)


def runs(series, all_sessions):
    """What spy_runs.json holds."""
    entries = {}
    total = 0
    for name, config in configurations().items():
        bars = series[config["interval"]]
        result = engine.run(bars, config)
        seconds = INTERVALS[config["interval"]]
        ends_at = all_sessions[bars[-1].session][2]
        if seconds is not None:
            ends_at = min(ends_at, bars[-1].start + seconds)
        headline = metrics.headline(config["initial_equity"], bars, ends_at, result.equity, result.trades)
        closes = metrics.session_closes(bars, result.equity)
        returns = metrics.session_returns(config["initial_equity"], closes)
        stated = headline | {"initial_equity": config["initial_equity"], "equity": result.equity}
        metrics.check(stated, returns)
        trades = result.trades
        kept = trades if len(trades) <= FULL_LIST else trades[:FIRST] + trades[-LAST:]
        step = len(bars) // SAMPLES
        entries[name] = {
            "config": config,
            "trades": len(trades),
            "capped": sum(trade.sized_by != "risk" for trade in trades),
            "halted_bar": result.halted_at,
            "sum_of_net_profit": math.fsum(trade.net_profit for trade in trades),
            "trades_sha256": cutting.sha256(trades_text(bars, trades)),
            "first": [trade_row(bars, trade) for trade in kept[: len(kept) if kept is trades else FIRST]],
            "last": [] if kept is trades else [trade_row(bars, trade) for trade in kept[FIRST:]],
            "equity": [[i, result.equity[i]] for i in [*range(step, len(bars), step), len(bars) - 1]],
            "metrics": headline,
        }
        total += len(trades)
    print(f"{len(entries)} runs, {total:,} trades")
    return {"runs": entries}


def main():
    test_data = Path(sys.argv[1])
    data = test_data / "spy_1m_admf"
    print(", ".join(f"{package} {version(package)}" for package in PACKAGES))
    all_sessions = cutting.sessions()
    minutes = cutting.read_minutes(data / "SPY_1m.parquet")
    series = {}
    for name, seconds in INTERVALS.items():
        series[name], left_out, folded = cutting.session_bars(minutes, all_sessions, seconds)
    assert (len(series["60min"]), left_out, folded) == (1782, 2717, 255)
    check_against_csv(series["5min"], all_sessions, data / "SPY_5m.csv")
    one_minute, _, _ = cutting.session_bars(minutes, all_sessions, cutting.MINUTE)
    talib_values = vectors.golden(one_minute, series["60min"])
    for index, value in talib_values["spy_60min"]["atr(period=14)"]["atr"]:
        ours = wilder_atr(series["60min"], 14)[index]
        assert (ours is None) == (value is None) and (ours is None or metrics.close_to(ours, value))

    GOLDEN.mkdir(exist_ok=True)
    write("nyse.json", {"sessions": all_sessions})
    write("spy_resample.json", resampled(series, left_out, folded))
    write("talib.json", talib_values)
    write("features.json", features.golden(test_data, series["60min"]))
    write("metrics.json", metrics.golden())
    write("metrics_dialects.json", metric_dialects.golden())
    write("spy_runs.json", runs(series, all_sessions))
    curation.write(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
