"""Cleaning, gaps, filling, clock-aligned bars and corporate actions on the test data, with pandas and plain sets.

`python curation.py FOLDER_OF_THE_TEST_DATA` writes `tests/golden/curation.json` alone; `make_golden.py` writes it with the rest.
Nothing here is fast or shared with the program: a bar is expected where a set says so, and missing where the data lack it.
"""

import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

import exchange_calendars
import numpy as np
import pandas as pd

from bars import bits

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
COLUMNS = ["open", "high", "low", "close", "volume"]
MAX_FILL_SECONDS = 30 * 60
DAY = 86_400


def iso(seconds):
    """Epoch seconds as 2024-03-26T13:30:00Z."""
    return pd.Timestamp(seconds, unit="s").strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(lines):
    """SHA-256 of lines of text."""
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()


def canonical(table):
    """One line a bar: start in epoch seconds, then the bits of open, high, low, close and volume."""
    return [f"{row.start} " + " ".join(bits(value) for value in row[2:7]) for row in table[["start", *COLUMNS]].itertuples()]


# ---------------------------------------------------------------- sources


def table_of(start, frame):
    """Rows in the order of the file: start in epoch seconds and five float columns."""
    table = frame[COLUMNS].astype(float).reset_index(drop=True)
    table.insert(0, "start", np.asarray(start, dtype="int64"))
    return table


def seconds_of(times):
    """A series of times with a zone as epoch seconds."""
    return (times - pd.Timestamp("1970-01-01", tz="UTC")) // pd.Timedelta(seconds=1)


def spy_minutes(folder):
    frame = pd.read_parquet(folder / "spy_1m_admf/SPY_1m.parquet")
    times = frame["timestamp"]
    return table_of(seconds_of(times.dt.tz_localize("UTC") if times.dt.tz is None else times), frame)


def us_five_minutes(folder, symbol):
    frame = pd.read_csv(folder / f"us_5m_stratback/{symbol}_5m.csv", dtype={"date": str, "datetime": str})
    slashes = frame["date"].str.contains("/")
    times = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    times[slashes] = pd.to_datetime(frame["date"][slashes], format="%m/%d/%Y %H:%M")
    times[~slashes] = pd.to_datetime(frame["date"][~slashes], format="%Y-%m-%d %H:%M:%S")
    return table_of(seconds_of(times.dt.tz_localize("America/Los_Angeles")), frame)


def binance_minutes(folder, symbol, year):
    frame = pd.read_csv(folder / f"binance_1m/{symbol}_1m_{year}.csv.gz")
    return table_of(frame["ts_ms"] // 1000, frame)


def lean_daily(folder, symbol):
    path = folder / f"lean/Data/equity/usa/daily/{symbol}.zip"
    frame = pd.read_csv(path, names=["time", *COLUMNS])
    times = pd.to_datetime(frame["time"], format="%Y%m%d %H:%M").dt.tz_localize("America/New_York")
    frame[COLUMNS[:4]] = frame[COLUMNS[:4]] / 10_000
    return table_of(seconds_of(times), frame)


def lean_minutes(folder, symbol, dates):
    parts = []
    for date in dates:
        with zipfile.ZipFile(folder / f"lean/Data/equity/usa/minute/{symbol}/{date}_trade.zip") as archive:
            text = archive.read(archive.namelist()[0])
        frame = pd.read_csv(io.BytesIO(text), names=["ms", *COLUMNS])
        midnight = pd.Timestamp(date, tz="America/New_York")
        frame[COLUMNS[:4]] = frame[COLUMNS[:4]] / 10_000
        parts.append(table_of(int(midnight.timestamp()) + frame["ms"] // 1000, frame))
    return pd.concat(parts, ignore_index=True)


def nyse(first, last):
    """Sessions as (date, open, close), times in epoch seconds."""
    calendar = exchange_calendars.get_calendar("XNYS", start="1998-01-01", end="2026-12-31")
    table = calendar.schedule.loc[first:last]
    return [(date.strftime("%Y-%m-%d"), int(row["open"].timestamp()), int(row["close"].timestamp())) for date, row in table.iterrows()]


def around_the_clock(first, last):
    """Sessions of a market that never closes."""
    days = pd.date_range(first, last, freq="D")
    return [(day.strftime("%Y-%m-%d"), int(day.timestamp()), int(day.timestamp()) + DAY) for day in days]


def spoiled(table):
    """A file that is worse than any at hand, made of a good one by rules that are easy to repeat: single rows and stretches of
    up to 59 rows are left out, blocks of 1,000 rows come in reverse order, and some rows come again, with another close or as
    they are."""
    index = np.arange(len(table))
    kept = table[~((index * 7_919 % 1_000 < 3) | (index % 5_000 < index // 5_000 % 60))].reset_index(drop=True)
    blocks = [kept.iloc[from_ : from_ + 1_000] for from_ in range(0, len(kept), 1_000)]
    again = kept[kept.index % 997 == 0].copy()
    again["close"] = again["open"]
    return pd.concat([*reversed(blocks), kept[kept.index % 1_009 == 0], again], ignore_index=True)


# ---------------------------------------------------------------- cleaning


def cleaned(table):
    """The bars, and what cleaning did: the last row of each time counts."""
    counted = table.assign(order=range(len(table)))
    last = counted.groupby("start")["order"].transform("max")
    kept = counted[counted["order"] == last].sort_values("start")
    dropped = counted[counted["order"] != last].merge(kept, on="start", suffixes=("", "_kept"))
    exact = np.logical_and.reduce([dropped[name] == dropped[f"{name}_kept"] for name in COLUMNS]) if len(dropped) else np.array([])
    report = {
        "rows": len(table),
        "kept": len(kept),
        "exact_duplicates": int(exact.sum()),
        "conflicting_duplicates": int(len(dropped) - exact.sum()),
        "duplicated_times": int(dropped["start"].nunique()),
        "out_of_order": int((np.diff(table["start"]) < 0).sum()),
    }
    return kept.drop(columns="order").reset_index(drop=True), report


# ---------------------------------------------------------------- gaps


def expected_starts(session, interval):
    """The starts of a session's bars."""
    _, opens, closes = session
    return list(range(opens, closes, interval))


def missing_runs(starts, sessions, interval):
    """Runs of expected bars that are missing: (kind, from, to, bars, seconds, whole sessions)."""
    held = set(starts)
    runs = []
    for session in sessions:
        expected = expected_starts(session, interval)
        _, opens, closes = session
        run = []
        for start in [*expected, None]:
            if start is not None and start not in held:
                run.append(start)
                continue
            if run:
                runs.append({"from": run[0], "to": min(run[-1] + interval, closes), "bars": len(run),
                             "at_open": run[0] == opens, "at_close": run[-1] == expected[-1], "whole": int(len(run) == len(expected)),
                             "seconds": min(run[-1] + interval, closes) - run[0], "plain": len(run) == len(expected)})
            run = []
    joined = []
    for run in runs:
        before = joined[-1] if joined else None
        adjoin = before and before["at_close"] and run["at_open"] and before["to"] == run["from"]
        both_whole = before and before["plain"] and run["plain"] and next_to(before, run, sessions)
        if adjoin or both_whole:
            joined[-1] = {"from": before["from"], "to": run["to"], "bars": before["bars"] + run["bars"], "at_open": before["at_open"],
                          "at_close": run["at_close"], "whole": before["whole"] + run["whole"], "seconds": before["seconds"] + run["seconds"],
                          "plain": before["plain"] and run["plain"], "joined": True}
        else:
            joined.append(run)
    for run in joined:
        if run["plain"]:
            run["kind"] = "missing_sessions"
        elif run.get("joined"):
            run["kind"] = "inside"
        elif run["at_open"]:
            run["kind"] = "late_open"
        elif run["at_close"]:
            run["kind"] = "early_end"
        else:
            run["kind"] = "inside"
    return joined


def next_to(before, run, sessions):
    """Whether no session lies between two runs of whole sessions."""
    return not any(opens >= before["to"] and closes <= run["from"] for _, opens, closes in sessions)


def gaps(table, sessions, interval):
    """What the golden file says of gaps."""
    starts = table["start"].tolist()
    held = set(starts)
    runs = missing_runs(starts, sessions, interval)
    states = {"complete": 0, "partial": 0, "missing": []}
    expected = real = 0
    for session in sessions:
        wanted = expected_starts(session, interval)
        there = sum(start in held for start in wanted)
        expected += len(wanted)
        real += there
        if there == 0:
            states["missing"].append(session[0])
        else:
            states["complete" if there == len(wanted) else "partial"] += 1
    kinds = ["inside", "late_open", "early_end", "missing_sessions"]
    longest = sorted(runs, key=lambda run: (-run["bars"], run["from"]))[:5]
    return {
        "sessions": len(sessions),
        "complete": states["complete"],
        "partial": states["partial"],
        "missing_sessions": states["missing"],
        "expected": expected,
        "real": real,
        "counts": [sum(run["kind"] == kind for run in runs) for kind in kinds],
        "longest": [[run["kind"], iso(run["from"]), iso(run["to"]), run["bars"]] for run in longest],
        "sha256": sha256(f"{run['kind']} {run['from']} {run['to']} {run['bars']}" for run in runs),
    }


def extended(table, sessions, interval, zone):
    """Bars outside the regular hours."""
    local = pd.to_datetime(table["start"], unit="s", utc=True).dt.tz_convert(zone).dt.strftime("%Y-%m-%d")
    by_date = {date: (opens, closes) for date, opens, closes in sessions}
    closes_at = {closes for _, _, closes in sessions}
    inside = {start for session in sessions for start in range(session[1], session[2], 60)}
    found = {"before_open": 0, "after_close": 0, "no_session": 0, "closing_prints": 0}
    days = set()
    after_early_close = {}
    for start, date in zip(table["start"], local):
        if start in inside:
            continue
        print_ = interval <= 60 and start in closes_at
        if date not in by_date:
            found["no_session"] += 1
        elif start < by_date[date][0]:
            found["before_open"] += 1
        else:
            found["after_close"] += 1
            found["closing_prints"] += print_
            opens, closes = by_date[date]
            if closes - opens < 6.5 * 3600:
                after_early_close[date] = after_early_close.get(date, 0) + 1
        if not print_:
            days.add(date)
    return {**found, "days": len(days), "after_early_close": after_early_close}


# ---------------------------------------------------------------- filling


def filled(table, sessions, interval):
    """Short gaps filled: the bars with a flag, by the rule of 30 session minutes between two real bars of the regular hours."""
    grid = [start for session in sessions for start in expected_starts(session, interval)]
    position = {start: index for index, start in enumerate(grid)}
    closes = {closes for _, _, closes in sessions}
    whole = {}
    for number, session in enumerate(sessions):
        for start in expected_starts(session, interval):
            whole[start] = number
    session_size = [len(expected_starts(session, interval)) for session in sessions]
    held = [start for start in table["start"] if start in position]
    new = []
    filled_runs = 0
    for before, after in zip(held, held[1:]):
        between = grid[position[before] + 1 : position[after]]
        if not between:
            continue
        seconds = sum(min(interval, next_close(closes, start, interval)) for start in between)
        by_session = pd.Series([whole[start] for start in between]).value_counts()
        if seconds > MAX_FILL_SECONDS or any(count == session_size[number] for number, count in by_session.items()):
            continue
        filled_runs += 1 + sum(1 for one, other in zip(between, between[1:]) if other - one != interval)
        new.extend(between)
    known = table.assign(synthetic=False)
    extra = pd.DataFrame({"start": np.array(new, dtype="int64"), "synthetic": True})
    both = pd.concat([known, extra]).sort_values("start", kind="stable").reset_index(drop=True)
    both["close"] = both["close"].ffill()
    for name in ("open", "high", "low"):
        both[name] = both[name].fillna(both["close"])
    both["volume"] = both["volume"].fillna(0.0)
    lines = [f"{line} {int(flag)}" for line, flag in zip(canonical(both), both["synthetic"].astype(bool))]
    return {"gaps": filled_runs, "bars": len(new), "sha256": sha256(lines)}


def next_close(closes, start, interval):
    """How long a bar at a start lasts at most: up to a close."""
    return min((close - start for close in range(start + 1, start + interval + 1) if close in closes), default=interval)


# ---------------------------------------------------------------- oddities and clock


def oddities(table, sessions, interval):
    """Bars that stand still."""
    flat = table["high"] == table["low"]
    inside = {start for session in sessions for start in expected_starts(session, interval)}
    regular = table[table["start"].isin(inside)]
    still = (regular["high"] == regular["low"]) & (regular["close"] == regular["close"].shift()) & (regular["high"] == regular["low"]).shift(fill_value=False)
    run = (~still).cumsum()
    lengths = regular[regular["high"] == regular["low"]].groupby(run).size()
    limit = max(3, -(-30 * 60 // interval))
    stale = lengths[lengths >= limit]
    return {
        "zero_range": int(flat.sum()),
        "zero_volume": int((table["volume"] <= 0).sum()),
        "stale_runs": len(stale),
        "stale_bars": int(stale.sum()),
    }


def by_clock(table, rule):
    """pandas' own resample: left label, closed left, empty intervals dropped.

    But for volumes in fractions: pandas sums them with a compensation for rounding, the program one after the other.
    """
    frame = table.set_index(pd.to_datetime(table["start"], unit="s", utc=True))
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    groups = frame.resample(rule)
    cut = groups.agg(how).dropna(subset=["open"]).reset_index(names="time")
    plain = np.array([np.add.accumulate(group.to_numpy())[-1] for _, group in groups["volume"] if len(group)])
    assert np.allclose(plain, cut["volume"], rtol=1e-12, atol=0)
    cut["volume"] = plain
    cut.insert(0, "start", seconds_of(cut["time"]))
    return {"bars": len(cut), "sha256": sha256(canonical(cut))}


# ---------------------------------------------------------------- corporate actions


def factor_rows(folder, symbol):
    """Rows of a LEAN factor file: (last day, price factor · split factor)."""
    rows = []
    for line in (folder / f"lean/Data/equity/usa/factor_files/{symbol}.csv").read_text().split():
        date, price, split = line.split(",")[:3]
        rows.append((date, float(price) * float(split)))
    return rows


def jumps(folder):
    """Close-to-close returns of AAPL beyond 50 %, raw and adjusted, on daily bars and on the minutes around the split."""
    factors = factor_rows(folder, "aapl")

    def adjusted(table):
        local = pd.to_datetime(table["start"], unit="s", utc=True).dt.tz_convert("America/New_York").dt.strftime("%Y%m%d")
        factor = [next((value for date, value in factors if day <= date), 1.0) for day in local]
        return table["close"] * factor

    def large(table, closes):
        change = closes.pct_change()
        return [[iso(start), round(value, 4)] for start, value in zip(table["start"], change) if abs(value) > 0.5]

    daily, _ = cleaned(lean_daily(folder, "aapl"))
    minutes = lean_minutes(folder, "aapl", ["20140605", "20140606", "20140609"])
    hours = {start for _, opens, closes in nyse("2014-06-05", "2014-06-09") for start in range(opens, closes, 60)}
    regular = minutes[minutes["start"].isin(hours)].reset_index(drop=True)
    return {
        "daily_rows": len(daily),
        "minute_rows": len(minutes),
        "regular_rows": len(regular),
        "daily_raw": large(daily, daily["close"]),
        "daily_adjusted": large(daily, adjusted(daily)),
        "minutes_raw": large(regular, regular["close"]),
        "minutes_adjusted": large(regular, adjusted(regular)),
        "first_close_adjusted": repr(round(float(adjusted(regular).iloc[0]), 6)),
    }


def silver(folder):
    """Rows of the hourly silver file by the distance to the row before."""
    frame = pd.read_csv(folder / "xagusd_simom1/XAGUSD_H1.csv", parse_dates=["time"])
    hourly_from = pd.Timestamp("2018-03-19 01:00")
    daily = frame[frame["time"] < hourly_from]
    return {"rows": len(frame), "daily_rows": len(daily), "last_daily": str(daily["time"].iloc[-1]), "repeated": int(frame["time"].duplicated().sum())}


# ---------------------------------------------------------------- the file


def described(table, sessions_between, interval, zone, rules):
    """All that is said of one file."""
    bars, cleaning = cleaned(table)
    local = pd.to_datetime(bars["start"].iloc[[0, -1]], unit="s", utc=True).dt.tz_convert(zone).dt.strftime("%Y-%m-%d")
    sessions = sessions_between(*local)
    return {
        "interval": interval,
        "cleaning": cleaning,
        "sha256": sha256(canonical(bars)),
        "gaps": gaps(bars, sessions, interval),
        "extended": extended(bars, sessions, interval, zone),
        "filled": filled(bars, sessions, interval),
        "oddities": oddities(bars, sessions, interval),
        "clock": {rule: by_clock(bars, rule) for rule in rules},
    }


def check_authors_five_minutes(folder, table):
    """The author's own 5-minute file is what pandas makes of the minutes, in every column."""
    theirs = pd.read_csv(folder / "spy_1m_admf/SPY_5m.csv", parse_dates=["timestamp"])
    times = theirs["timestamp"]
    start = seconds_of(times.dt.tz_localize("UTC") if times.dt.tz is None else times)
    assert sha256(canonical(table_of(start, theirs))) == by_clock(table, "5min")["sha256"]


def golden(folder):
    """The whole golden file."""
    new_york = "America/New_York"
    spy = spy_minutes(folder)
    check_authors_five_minutes(folder, spy)
    files = {"SPY_1m": described(spy, nyse, 60, new_york, ["5min", "15min", "60min", "240min", "1D"])}
    files["SPY_1m spoiled"] = described(spoiled(spy), nyse, 60, new_york, ["5min"])
    for symbol in ("NVDA", "SPY", "QQQ", "TSLA", "AAPL", "MSFT"):
        files[f"{symbol}_5m"] = described(us_five_minutes(folder, symbol), nyse, 300, new_york, ["60min"])
    for symbol in ("BTCUSDT", "ETHUSDT"):
        for year in (2023, 2024):
            name = f"{symbol}_{year}"
            files[name] = described(binance_minutes(folder, symbol, year), around_the_clock, 60, "UTC", ["60min", "7min"])
    nvda = us_five_minutes(folder, "NVDA")
    files["NVDA_5m spoiled"] = described(spoiled(nvda), nyse, 300, new_york, ["60min"])
    return {"files": files, "aapl": jumps(folder), "silver": silver(folder)}


def write(folder):
    """Writes `curation.json`."""
    text = json.dumps(golden(folder), indent=1, allow_nan=False)
    (GOLDEN / "curation.json").write_text(text + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
