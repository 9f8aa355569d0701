"""Times resampling and feature set A in pandas and Polars, beside a command of ours in the same run; prints JSON.

    python features.py BARS.csv [--ours "COMMAND {bars}"] [--repeats 7]

BARS.csv has start (microseconds since 1970), open, high, low, close and volume of minute bars within the sessions of the New
York Stock Exchange. All cut bars of 60 minutes, and of one, from 9:30 New York time on and never across a session, then
compute open, high, low, close, SMA 7 and 21, RSI 14, hour and weekday in New York, and the log return, drop the warm-up and
end with a table of floats. The RSI of the peers starts with the first change instead of a mean of fourteen, which spares them a
pass. COMMAND is run before and after the peers, `{bars}` replaced by the path; the last line of what it prints is a JSON
object of names and seconds, of which the larger of both runs is kept. Reading the file is not timed.

Needs numpy, pandas and polars. The program does not need Python.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
import polars as pl

NEW_YORK = "America/New_York"
OPEN_MINUTE = 9 * 60 + 30
PERIOD = 14


def by_pandas(table, minutes):
    """The matrix of set A from a table of minute bars with UTC starts as its index."""
    local = table.index.tz_convert(NEW_YORK)
    day = local.normalize()
    group = (local.hour * 60 + local.minute - OPEN_MINUTE) // minutes
    grouped = table.groupby([day, group], sort=False)
    bars = grouped.agg({"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"})
    starts = bars.index.get_level_values(0) + pd.to_timedelta(
        bars.index.get_level_values(1).to_numpy() * minutes + OPEN_MINUTE, unit="min"
    )
    close = bars["close"].reset_index(drop=True)
    change = close.diff()
    gain = change.clip(lower=0).ewm(alpha=1 / PERIOD, adjust=False).mean()
    loss = (-change).clip(lower=0).ewm(alpha=1 / PERIOD, adjust=False).mean()
    features = bars[["open", "high", "low", "close"]].reset_index(drop=True)
    features["sma_7"] = close.rolling(7).mean()
    features["sma_21"] = close.rolling(21).mean()
    features["rsi_14"] = 100 * gain / (gain + loss)
    features["hour"] = starts.hour.astype(float)
    features["day_of_week"] = starts.dayofweek.astype(float)
    features["log_return"] = np.log(close / close.shift())
    return features.dropna().to_numpy()


def by_polars(table, minutes):
    """The same from a Polars table with the UTC starts as a column."""
    local = pl.col("start").dt.convert_time_zone(NEW_YORK)
    close = pl.col("close")
    change = close.diff()
    gain = change.clip(lower_bound=0).ewm_mean(alpha=1 / PERIOD, adjust=False)
    loss = (-change).clip(lower_bound=0).ewm_mean(alpha=1 / PERIOD, adjust=False)
    minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute().cast(pl.Int32) - OPEN_MINUTE
    bars = (
        table.lazy()
        .with_columns(day=local.dt.date(), group=minute // minutes)
        .group_by("day", "group", maintain_order=True)
        .agg(
            pl.col("start").first(),
            pl.col("open").first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("close").last(),
            pl.col("volume").sum(),
        )
    )
    features = bars.select(
        "open",
        "high",
        "low",
        "close",
        sma_7=close.rolling_mean(7),
        sma_21=close.rolling_mean(21),
        rsi_14=100 * gain / (gain + loss),
        hour=local.dt.hour().cast(pl.Float64),
        day_of_week=(local.dt.weekday() - 1).cast(pl.Float64),
        log_return=(close / close.shift()).log(),
    )
    return features.drop_nulls().collect().to_numpy()


def median_seconds(runs, repeats):
    """The median of each, in turn, so that a busy moment of the machine hits all of them; the first round warms up."""
    seconds = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, function in runs.items():
            start = time.perf_counter()
            function()
            if turn > 0:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def ours(command, path):
    """The seconds that our own command prints, and what it says before them."""
    words = [word.replace("{bars}", path) for word in shlex.split(command)]
    lines = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip().splitlines()
    return json.loads(lines[-1]), lines[:-1]


def main():
    """Times everything and prints the result."""
    parser = argparse.ArgumentParser(description="Times resampling and features in the peers and prints JSON.")
    parser.add_argument("bars", help="CSV of minute bars")
    parser.add_argument("--ours", help="command whose last line is a JSON object of seconds; {bars} is the CSV")
    parser.add_argument("--repeats", type=int, default=7, help="runs of each peer that count (default 7)")
    arguments = parser.parse_args()
    frame = pl.read_csv(arguments.bars).with_columns(pl.col("start").cast(pl.Datetime("us", "UTC")))
    columns = ["open", "high", "low", "close", "volume"]
    table = pd.DataFrame(
        {name: frame[name].to_numpy().astype(float) for name in columns},
        index=pd.to_datetime(frame["start"].to_physical().to_numpy(), unit="us", utc=True),
    )
    mine, said = ours(arguments.ours, arguments.bars) if arguments.ours else ({}, [])
    runs = {}
    for minutes in (60, 1):
        runs[f"pandas {minutes}min"] = lambda minutes=minutes: by_pandas(table, minutes)
        runs[f"polars {minutes}min"] = lambda minutes=minutes: by_polars(frame, minutes)
    checks = {}
    for name, function in runs.items():
        matrix = function()
        checks[name] = {"rows": len(matrix), "sums": [float(value) for value in matrix.sum(axis=0)]}
    seconds = median_seconds(runs, arguments.repeats)
    if arguments.ours:
        again, _ = ours(arguments.ours, arguments.bars)
        mine = {name: max(value, again[name]) for name, value in mine.items()}
    ratios = {
        name: {peer: value / own for peer, value in seconds.items() if peer.split()[-1] == name.split()[-1]}
        for name, own in mine.items()
    }
    packages = {name: version(name) for name in ("numpy", "pandas", "polars")}
    result = {"bars": len(table), "packages": packages, "said": said, "checks": checks, "seconds": seconds}
    print(json.dumps(result | {"ours": mine, "peer_over_ours": ratios}, indent=1))


if __name__ == "__main__":
    main()
