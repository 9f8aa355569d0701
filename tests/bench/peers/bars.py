"""Times importing, cleaning, gap analysis, resampling and feature set A in pandas and Polars, beside commands of ours in the same run.

    python bars.py BARS.csv --ours COMMAND --atrium PROGRAM [--repeats 7]

BARS.csv has start (microseconds since 1970), open, high, low, close and volume of minute bars of the New York Stock Exchange as
they were received: out of order, some twice, some missing. BARS.csv.sessions has its sessions. All keep the last row of each time
that is a valid bar, and count the others; list the runs of minutes that the sessions have and the bars have not, which the peers
are given ready, while ours computes them from the exchange's rules; cut bars of 60 minutes from 9:30 New York time on and never
across a session; and compute open, high, low, close, SMA 7 and 21, RSI 14, hour and weekday in New York, and the log return on
bars of 60 minutes and of one, drop the warm-up and end with a table of floats. The RSI of the peers starts with the first change
instead of a mean of fourteen, which spares them a pass. Reading the file is not timed.

`COMMAND time BARS.csv` is run before and after the peers; its last two lines are JSON objects of what came out and of seconds, of
which the larger of both runs is kept. What comes out has to be the same for all. `COMMAND memory BARS.csv TASK`, and this script
in the same way, do one task once: the largest resident memory of the process counts, as Linux tells it.

Importing is timed by itself, a process each and by turns, from its start to its end: a CSV of the same bars with times as text, in the
same wrong order and with rows that stand twice, is read, cleaned, compared with the sessions and written as Parquet. `PROGRAM import`
finds out besides how the file is written, and stores the rows as received beside the clean bars. The peers are told, and given the sessions.

Needs numpy, pandas, polars and pyarrow. The program does not need Python. `cargo xtask bench --peers PYTHON` builds what is ours and runs
this.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
import polars as pl

NEW_YORK = "America/New_York"
OPEN_MINUTE = 9 * 60 + 30
PERIOD = 14


MICROS = 60_000_000
PRICES = ["open", "high", "low", "close"]
TASKS = ("clean", "gaps", "resample", "set A 60min", "set A 1min")


# ---------------------------------------------------------------- pandas


def pandas_resample(table, minutes):
    """Bars by session from a table of minute bars with UTC starts as its index."""
    local = table.index.tz_convert(NEW_YORK)
    day = local.normalize()
    group = (local.hour * 60 + local.minute - OPEN_MINUTE) // minutes
    grouped = table.groupby([day, group], sort=False)
    bars = grouped.agg({"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"})
    starts = bars.index.get_level_values(0) + pd.to_timedelta(
        bars.index.get_level_values(1).to_numpy() * minutes + OPEN_MINUTE, unit="min"
    )
    return bars, starts


def pandas_features(table, minutes):
    """The matrix of set A."""
    bars, starts = pandas_resample(table, minutes)
    close = bars["close"].reset_index(drop=True)
    change = close.diff()
    gain = change.clip(lower=0).ewm(alpha=1 / PERIOD, adjust=False).mean()
    loss = (-change).clip(lower=0).ewm(alpha=1 / PERIOD, adjust=False).mean()
    features = bars[["open", "high", "low", "close"]].reset_index(drop=True)
    features["sma_7"] = close.rolling(7).mean()
    features["sma_21"] = close.rolling(21).mean()
    features["rsi_14"] = 100 * gain / (gain + loss)
    features["hour"] = starts.hour.astype(float)
    features["day_of_week"] = starts.day_of_week.astype(float)
    features["log_return"] = np.log(close / close.shift())
    return features.dropna().to_numpy()


class Pandas:
    """The tasks in pandas."""

    def __init__(self, rows, sessions):
        """Takes rows with starts in microseconds, and the file of sessions."""
        self.rows = rows.astype({name: float for name in [*PRICES, "volume"]})
        self.sessions = pd.read_csv(sessions)

    @classmethod
    def load(cls, path):
        """Loads the rows."""
        return cls(pd.read_csv(path), path + ".sessions")

    def prepare(self):
        """Clean bars, which all tasks but the first start from."""
        table, _ = self.cleaned()
        self.table = table.set_index(pd.to_datetime(table["start"], unit="us", utc=True))

    def cleaned(self):
        """The last row of each time, of valid ones, and how many others there are."""
        rows = self.rows
        values = rows[[*PRICES, "volume"]]
        good = np.isfinite(values).all(axis=1) & (values[PRICES] > 0).all(axis=1) & (rows["volume"] >= 0)
        good &= (rows["high"] >= rows[["open", "close"]].max(axis=1)) & (rows["low"] <= rows[["open", "close"]].min(axis=1))
        valid = rows[good]
        kept = valid.drop_duplicates("start", keep="last").sort_values("start", ignore_index=True)
        return kept, len(valid) - len(kept)

    def clean(self):
        kept, again = self.cleaned()
        return again, float(kept["close"].sum())

    def gaps(self):
        opens, closes = self.sessions["open"].to_numpy(), self.sessions["close"].to_numpy()
        counts = (closes - opens) // MICROS
        first = np.repeat(opens - np.concatenate([[0], np.cumsum(counts)[:-1]]) * MICROS, counts)
        expected = pd.Index(first + np.arange(counts.sum()) * MICROS)
        missing = expected.difference(pd.Index(self.table["start"]), sort=True)
        new = np.diff(missing.to_numpy(), prepend=-1) != MICROS
        runs = pd.Series(missing).groupby(np.cumsum(new)).agg(["first", "last", "size"])
        return len(runs), len(missing)

    def resample(self):
        bars, _ = pandas_resample(self.table, 60)
        return len(bars), float(bars["close"].sum())

    def features(self, minutes):
        matrix = pandas_features(self.table, minutes)
        return len(matrix), float(matrix[:, 4].sum())


# ---------------------------------------------------------------- Polars


def polars_resample(table, minutes):
    """Bars by session, not yet computed, from a Polars table with the UTC starts as a column."""
    local = pl.col("start").dt.convert_time_zone(NEW_YORK)
    minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute().cast(pl.Int32) - OPEN_MINUTE
    return (
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


def polars_features(table, minutes):
    """The matrix of set A."""
    local = pl.col("start").dt.convert_time_zone(NEW_YORK)
    close = pl.col("close")
    change = close.diff()
    gain = change.clip(lower_bound=0).ewm_mean(alpha=1 / PERIOD, adjust=False)
    loss = (-change).clip(lower_bound=0).ewm_mean(alpha=1 / PERIOD, adjust=False)
    features = polars_resample(table, minutes).select(
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


class Polars:
    """The tasks in Polars."""

    def __init__(self, rows, sessions):
        """Takes rows with starts in microseconds, and the file of sessions."""
        self.rows = rows.with_columns(pl.col(*PRICES, "volume").cast(pl.Float64))
        self.sessions = pl.read_csv(sessions)

    @classmethod
    def load(cls, path):
        """Loads the rows."""
        return cls(pl.read_csv(path), path + ".sessions")

    def prepare(self):
        """Clean bars, which all tasks but the first start from."""
        table, _ = self.cleaned()
        self.table = table.with_columns(micros="start", start=pl.col("start").cast(pl.Datetime("us", "UTC")))

    def cleaned(self):
        """The last row of each time, of valid ones, and how many others there are."""
        price = pl.col(*PRICES)
        good = pl.all_horizontal(pl.col(*PRICES, "volume").is_finite(), price > 0, pl.col("volume") >= 0)
        high, low = pl.max_horizontal("open", "close"), pl.min_horizontal("open", "close")
        good &= (pl.col("high") >= high) & (pl.col("low") <= low)
        valid = self.rows.filter(good)
        kept = valid.unique("start", keep="last", maintain_order=True).sort("start")
        return kept, len(valid) - len(kept)

    def clean(self):
        kept, again = self.cleaned()
        return again, kept["close"].sum()

    def gaps(self):
        micros = pl.int_ranges("open", "close", MICROS)
        expected = self.sessions.lazy().select(micros=micros).explode("micros")
        missing = expected.join(self.table.lazy().select("micros"), on="micros", how="anti", maintain_order="left")
        new = (pl.col("micros").diff() != MICROS).fill_null(True).cum_sum()
        runs = missing.group_by(new.alias("run"), maintain_order=True).agg(
            first=pl.col("micros").first(), last=pl.col("micros").last(), size=pl.len()
        )
        found = runs.collect()
        return len(found), found["size"].sum()

    def resample(self):
        bars = polars_resample(self.table, 60).collect()
        return len(bars), bars["close"].sum()

    def features(self, minutes):
        matrix = polars_features(self.table, minutes)
        return len(matrix), float(matrix[:, 4].sum())


PEERS = {"pandas": Pandas, "polars": Polars}


# ---------------------------------------------------------------- importing


def write_text(path, text_path):
    """The bars with times as text: in the order of the file, every 1,009th row twice and at once."""
    rows = pl.read_csv(path).unique("start", keep="first", maintain_order=True).with_row_index("row")
    rows = pl.concat([rows, rows.gather_every(1_009)]).sort("row", maintain_order=True).drop("row")
    times = pl.col("start").cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d %H:%M:%S").alias("date")
    rows.select(times, *PRICES, "volume").write_csv(text_path)
    return len(rows)


def pandas_import(path, sessions, stored):
    """Reads, cleans, finds gaps and writes Parquet; bars kept, rows that stood twice, runs of gaps."""
    rows = pd.read_csv(path, parse_dates=["date"], date_format="%Y-%m-%d %H:%M:%S")
    start = rows.pop("date").astype("datetime64[us]").astype("int64")
    rows.insert(0, "start", start)
    peer = Pandas(rows, sessions)
    peer.table, again = peer.cleaned()
    runs, _ = peer.gaps()
    peer.table.to_parquet(stored, index=False, compression="zstd")
    return len(peer.table), again, runs


def polars_import(path, sessions, stored):
    """The same in Polars."""
    rows = pl.read_csv(path, schema_overrides={name: pl.Float64 for name in [*PRICES, "volume"]})
    time_of = pl.col("date").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").cast(pl.Int64).alias("start")
    peer = Polars(rows.select(time_of, *PRICES, "volume"), sessions)
    kept, again = peer.cleaned()
    peer.table = kept.with_columns(micros="start")
    runs, _ = peer.gaps()
    kept.write_parquet(stored, compression="zstd")
    return len(kept), again, int(runs)


IMPORTS = {"pandas": pandas_import, "polars": polars_import}


def one_import(kind, command, folder):
    """Runs one import in a process of its own: what came out, and seconds from its start to its end."""
    start = time.perf_counter()
    with open(os.path.join(folder, "out.json"), "w+") as out:
        subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=True)
        seconds = time.perf_counter() - start
        out.seek(0)
        found = json.load(out)
    if kind == "atrium":
        report = found["done"]["clean"]
        again = report["exact_duplicates"] + report["conflicting_duplicates"]
        found = [report["kept"], again, None]
    return found, seconds


def imports(path, program, repeats):
    """Imports by turns; the first turn warms up. Medians of seconds, and what all found."""
    seconds, found = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        text = os.path.join(folder, "TEST.csv")
        rows = write_text(path, text)
        for turn in range(repeats + 1):
            base = os.path.join(folder, f"base-{turn}")
            script = [sys.executable, os.path.abspath(__file__), path, "--ours", "", "--atrium", program]
            stored = os.path.join(folder, "peer.parquet")
            commands = {
                "atrium": [program, "import", text, "--symbol", "TEST", "--preset", "us-share", "--json", "--base-dir", base]
            } | {peer: [*script, "--import", peer, "--text", text, "--stored", stored] for peer in IMPORTS}
            for kind, command in commands.items():
                found[kind], took = one_import(kind, command, folder)
                if turn > 0:
                    seconds.setdefault(kind, []).append(took)
    for kind, result in found.items():
        assert result[:2] == found["polars"][:2], found
    assert found["pandas"] == found["polars"], found
    return {
        "rows": rows,
        "found": found["polars"],
        "seconds": {kind: statistics.median(values) for kind, values in seconds.items()},
        "slowest": {kind: max(values) for kind, values in seconds.items()},
    }


def task(peer, name):
    """A task by its name, as a function."""
    if name.startswith("set A"):
        minutes = int(name.removeprefix("set A ").removesuffix("min"))
        return lambda: peer.features(minutes)
    return getattr(peer, name)


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


def ours(command, *words):
    """The last two lines that our own command prints."""
    done = subprocess.run([command, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-2:]


def memory_of(peer, path, name):
    """Does one task once; the largest memory of this process in MiB."""
    loaded = PEERS[peer].load(path)
    if name != "load":
        loaded.prepare()
        task(loaded, name)()
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def memory(command, path):
    """The largest memory of a process for each task, ours and the peers'."""
    found = {}
    for name in ("load", *TASKS):
        [line] = ours(command, "memory", path, name)
        found[f"atrium {name}"] = float(line.split()[1])
        for peer in PEERS:
            script = [sys.executable, os.path.abspath(__file__), path, "--ours", command, "--atrium", "", "--memory", peer, "--task", name]
            done = subprocess.run(script, check=True, capture_output=True, text=True)
            found[f"{peer} {name}"] = float(done.stdout)
    return found


def main():
    """Times everything and prints the result."""
    parser = argparse.ArgumentParser(description="Times cleaning, gaps, resampling and features and prints JSON.")
    parser.add_argument("bars", help="CSV of minute bars")
    parser.add_argument("--ours", required=True, help="our program, taking `time BARS.csv` and `memory BARS.csv TASK`")
    parser.add_argument("--atrium", required=True, help="the program that imports")
    parser.add_argument("--repeats", type=int, default=7, help="runs of each peer that count (default 7)")
    parser.add_argument("--memory", choices=list(PEERS), help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--import", dest="importing", choices=list(IMPORTS), help=argparse.SUPPRESS)
    parser.add_argument("--text", help=argparse.SUPPRESS)
    parser.add_argument("--stored", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory:
        print(memory_of(arguments.memory, arguments.bars, arguments.task))
        return
    if arguments.importing:
        print(json.dumps(IMPORTS[arguments.importing](arguments.text, arguments.bars + ".sessions", arguments.stored)))
        return
    imported = imports(arguments.bars, arguments.atrium, arguments.repeats)
    found, seconds = map(json.loads, ours(arguments.ours, "time", arguments.bars))
    runs = {}
    for peer_name, kind in PEERS.items():
        peer = kind.load(arguments.bars)
        peer.prepare()
        for name in TASKS:
            runs[f"{peer_name} {name}"] = task(peer, name)
            count, total = runs[f"{peer_name} {name}"]()
            expected, expected_total = found[name]
            # without a mean of fourteen changes first, the warm-up of the peers is the SMA's 20 bars, as ours
            assert count == expected, (peer_name, name, count, expected)
            assert math.isclose(total, expected_total, rel_tol=1e-9), (peer_name, name, total, expected_total)
    theirs = median_seconds(runs, arguments.repeats)
    _, again = map(json.loads, ours(arguments.ours, "time", arguments.bars))
    seconds = {name: max(value, again[name]) for name, value in seconds.items()}
    result = {
        "load average": os.getloadavg()[0],
        "packages": {name: version(name) for name in ("numpy", "pandas", "polars")},
        "found": found,
        "seconds": {f"atrium {name}": value for name, value in seconds.items()} | theirs,
        "peer over ours": {f"{peer} {name}": theirs[f"{peer} {name}"] / seconds[name] for name in TASKS for peer in PEERS},
        "MiB": memory(arguments.ours, arguments.bars),
        "import": imported,
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
