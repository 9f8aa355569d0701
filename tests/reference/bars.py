"""NYSE sessions and session-aligned bars: strategy.md section 1, written plainly."""

import hashlib
import struct
from dataclasses import dataclass

import exchange_calendars
import pandas as pd

MINUTE = 60
CALENDAR_FROM = "2023-01-17"
CALENDAR_TO = "2035-12-31"


@dataclass
class Bar:
    """One bar; `start` in epoch seconds, `session` the index of its session among those of the calendar."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    session: int


def sessions(first=CALENDAR_FROM, last=CALENDAR_TO):
    """Sessions of the New York Stock Exchange as (date, open, close), times in epoch seconds."""
    calendar = exchange_calendars.get_calendar("XNYS", start=first, end=last)
    rows = []
    for date, row in calendar.schedule.iterrows():
        rows.append((date.strftime("%Y-%m-%d"), int(row["open"].timestamp()), int(row["close"].timestamp())))
    return rows


def read_minutes(path):
    """One-minute rows (start in epoch seconds, open, high, low, close, volume) in the order of the file."""
    table = pd.read_parquet(path)
    rows = []
    for row in table.itertuples():
        values = (row.open, row.high, row.low, row.close, row.volume)
        rows.append((int(row.timestamp.timestamp()), *map(float, values)))
    return rows


def session_bars(minutes, all_sessions, interval_seconds):
    """Bars in regular hours, aligned to the session open; `None` as the interval gives one bar a session.

    Returns (bars, left_out, folded): rows outside every session are left out, except the closing print, a row of one
    minute that starts exactly at the close, which folds into the last bar of its session.
    """
    by_date = {date: (index, opens, closes) for index, (date, opens, closes) in enumerate(all_sessions)}
    bars = []
    left_out = 0
    folded = 0
    for start, open_, high, low, close, volume in minutes:
        # the date in New York and in UTC is the same from 00:00 to 19:00 New York, which holds every session
        found = by_date.get(pd.Timestamp(start, unit="s", tz="America/New_York").strftime("%Y-%m-%d"))
        if found is None:
            left_out += 1
            continue
        session, opens, closes = found
        if start < opens or start > closes:
            left_out += 1
            continue
        if start == closes:
            # the closing print belongs to the bar that ends at the close; without that bar it belongs to none
            last_bar = opens if interval_seconds is None else opens + (closes - 1 - opens) // interval_seconds * interval_seconds
            if not bars or bars[-1].start != last_bar:
                left_out += 1
                continue
            folded += 1
            bar_start = bars[-1].start
        elif interval_seconds is None:
            bar_start = opens
        else:
            bar_start = opens + (start - opens) // interval_seconds * interval_seconds
        if bars and bars[-1].start == bar_start:
            bar = bars[-1]
            if high > bar.high:
                bar.high = high
            if low < bar.low:
                bar.low = low
            bar.close = close
            bar.volume += volume
        else:
            bars.append(Bar(bar_start, open_, high, low, close, volume, session))
    return bars, left_out, folded


def bits(value):
    """The bits of a float64 as 16 hexadecimal digits."""
    return struct.pack(">d", value).hex()


def canonical_text(bars):
    """One line a bar: start in epoch seconds, then the bits of open, high, low, close and volume, a space between."""
    lines = []
    for bar in bars:
        values = (bar.open, bar.high, bar.low, bar.close, bar.volume)
        lines.append(f"{bar.start} " + " ".join(bits(value) for value in values) + "\n")
    return "".join(lines)


def sha256(text):
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
