"""Metrics by the definitions of other tools, computed by the tools themselves.

The equity curves and trades are vectorbt's, from orders; each tool then judges the same ones. What is not a number there
(NaN, infinity) is written as `None`. LEAN is no Python package: its statistics are transcribed here from its published
sources, plainly, and share nothing with the program.
"""

import datetime
import logging
import math
import warnings

import empyrical
import numpy as np
import pandas as pd
import quantstats
import scipy.stats
import vectorbt
from backtesting._stats import compute_stats

DAY = 86_400
INITIAL = 10_000.0
RETURN_STATISTICS = """comp cagr volatility sharpe sortino adjusted_sortino omega gain_to_pain_ratio max_drawdown calmar
    recovery_factor ulcer_index ulcer_performance_index serenity_index skew kurtosis value_at_risk
    conditional_value_at_risk tail_ratio outlier_win_ratio outlier_loss_ratio best worst win_rate avg_win avg_loss
    consecutive_wins consecutive_losses payoff_ratio profit_factor common_sense_ratio cpc_index kelly_criterion
    risk_of_ruin exposure""".split()
WITH_PERIODS = {"cagr", "volatility", "sharpe", "sortino", "adjusted_sortino", "omega", "calmar"}


def plain(value):
    """A number as JSON knows it: seconds for durations, `None` for what is not a finite number."""
    if isinstance(value, pd.Timedelta):
        return value.total_seconds()
    if value is None or value is pd.NaT:
        return None
    value = float(value)
    return value if math.isfinite(value) else None


def walk(count, drift, size):
    """Prices that wander without a generator of random numbers, so that any machine makes the same."""
    price, closes = 100.0, []
    for i in range(count):
        step = math.sin(1.3 * i * i) + 0.4 * math.sin(0.05 * i) + (2.5 if i % 37 == 11 else 0.0)
        price *= 1.0 + drift + size * step
        closes.append(round(price, 4))
    return closes


def weekdays(count):
    """Midnights of weekdays from 2021-01-04, a Monday."""
    first = 1_609_718_400
    return [first + DAY * (7 * (i // 5) + i % 5) for i in range(count)]


def hours(days):
    """Seven hourly bars from 14:30 UTC on each weekday."""
    return [day + 52_200 + 3_600 * hour for day in weekdays(days) for hour in range(7)]


def round_trips(count, every, length, lots, sides=(1, 1, -1)):
    """(entry bar, exit bar, signed lots, shift of entry price, shift of exit price), never two at once."""
    trips = []
    for number, entry in enumerate(range(3, count - length - 1, every)):
        side = sides[number % len(sides)]
        last = entry + 1 + (number * 7) % length
        trips.append((entry, last, side * (lots + number % 3), 0.03 * (number % 4), -0.02 * (number % 5)))
    return trips


def cases():
    """Name → (bar starts, seconds a bar, sessions a year, first open, closes, round trips, fee an order)."""
    daily, crypto, hourly = walk(320, 0.0004, 0.011), walk(420, 0.0002, 0.007), walk(7 * 80, 0.0001, 0.004)
    rising = [100.0 + i + (i % 4) / 4 for i in range(40)]
    every_four_hours = [1_609_459_200 + 14_400 * i for i in range(420)]
    return {
        "daily, long and short": (weekdays(320), DAY, 252, 99.5, daily, round_trips(320, 9, 6, 20), 1.5),
        "hourly sessions": (hours(80), 3_600, 252, 100.25, hourly, round_trips(560, 13, 11, 35), 0.35),
        "every four hours, weekends too": (every_four_hours, 14_400, 365, 100.0, crypto, round_trips(420, 12, 9, 30), 0.0),
        "half-hours, deep losses": (hours(30)[:150], 1_800, 252, 100.0, walk(150, -0.004, 0.006), round_trips(150, 8, 6, 90, (1,)), 4.0),
        "only winners": (weekdays(40), DAY, 252, 99.0, rising, round_trips(40, 7, 4, 10, (1,)), 0.0),
        "only losers": (weekdays(40), DAY, 252, 99.0, rising, round_trips(40, 7, 4, 10, (-1,)), 1.0),
        "no trades": (weekdays(30), DAY, 252, 100.0, walk(30, 0.0, 0.01), [], 0.0),
        "one trade": (weekdays(25), DAY, 252, 100.0, walk(25, 0.001, 0.01), [(4, 9, 15, 0.0, 0.0)], 0.5),
    }


def portfolio(starts, seconds, closes, trips, fee):
    """The portfolio that vectorbt makes of the round trips."""
    index = pd.DatetimeIndex(pd.to_datetime(starts, unit="s"))
    close = pd.Series(closes, index=index)
    size, price = pd.Series(0.0, index=index), close.copy()
    for entry, last, lots, entry_shift, exit_shift in trips:
        size.iloc[entry] = lots
        price.iloc[entry] = closes[entry] + entry_shift
        size.iloc[last] = -lots
        price.iloc[last] = closes[last] + exit_shift
    return vectorbt.Portfolio.from_orders(
        close,
        size=size.where(size != 0.0),
        price=price,
        fixed_fees=fee,
        init_cash=INITIAL,
        freq=pd.Timedelta(seconds=seconds),
    )


def trades_of(pf):
    """One dictionary a round trip."""
    records = pf.trades.records
    return [
        {
            "long": int(row.direction) == 0,
            "entry_bar": int(row.entry_idx),
            "exit_bar": int(row.exit_idx),
            "quantity": float(row.size),
            "entry_price": float(row.entry_price),
            "exit_price": float(row.exit_price),
            "costs": float(row.entry_fees + row.exit_fees),
            "net_profit": float(row.pnl),
        }
        for row in records.itertuples()
    ]


def by_vectorbt(pf):
    """Title → value of `stats` and `returns_stats`."""
    stats = {**pf.stats().to_dict(), **pf.returns_stats().to_dict()}
    left_out = {"Start", "End", "Period", "Max Gross Exposure [%]", "Total Closed Trades", "Total Open Trades", "Open Trade PnL"}
    return {title: plain(value) for title, value in stats.items() if title not in left_out}


def by_backtesting_py(starts, closes, equity, trades):
    """Title → value of `compute_stats`."""
    index = pd.DatetimeIndex(pd.to_datetime(starts, unit="s"))
    frame = pd.DataFrame(
        {
            "EntryBar": [trade["entry_bar"] for trade in trades],
            "ExitBar": [trade["exit_bar"] for trade in trades],
            "PnL": np.array([trade["net_profit"] for trade in trades], dtype=float),
            "ReturnPct": np.array(
                [trade["net_profit"] / (trade["quantity"] * trade["entry_price"]) for trade in trades], dtype=float
            ),
            "Duration": pd.to_timedelta(
                [starts[trade["exit_bar"]] - starts[trade["entry_bar"]] for trade in trades], unit="s"
            ),
        }
    )
    stats = compute_stats(frame, np.array(equity), pd.DataFrame({"Close": closes}, index=index), None)
    left_out = {"Start", "End", "Duration"}
    return {
        title: plain(value) for title, value in stats.items() if title not in left_out and not title.startswith("_")
    }


def session_closes(starts, curve):
    """(dates, values at the last bar of each UTC date)."""
    days = [start // DAY for start in starts]
    last = [i for i in range(len(days)) if i + 1 == len(days) or days[i + 1] != days[i]]
    return [days[i] for i in last], [curve[i] for i in last]


def simple_returns(initial, curve):
    """Returns between closes, the first against the initial value."""
    return [later / earlier - 1.0 for earlier, later in zip([initial, *curve], curve)]


def asked(name, *series, **arguments):
    """What quantstats answers; `None` where it stops with an error."""
    try:
        return plain(getattr(quantstats.stats, name)(*series, **arguments))
    except (ValueError, ZeroDivisionError):
        return None


def by_quantstats(days, returns, held, periods):
    """Name of the function → value."""
    index = pd.DatetimeIndex(pd.to_datetime([day * DAY for day in days], unit="s"))
    series, benchmark = pd.Series(returns, index=index), pd.Series(held, index=index)
    values = {}
    for name in RETURN_STATISTICS:
        arguments = {"periods": periods} if name in WITH_PERIODS else {}
        values[name] = asked(name, series, **arguments)
    drawdowns = quantstats.stats.drawdown_details(quantstats.stats.to_drawdown_series(series))
    values["longest_drawdown_days"] = float(drawdowns["days"].max()) if len(drawdowns) else 0.0
    greeks = quantstats.stats.greeks(series, benchmark, periods=periods)
    values |= {"alpha": plain(greeks["alpha"]), "beta": plain(greeks["beta"])}
    for name in ("r_squared", "information_ratio"):
        values[name] = asked(name, series, benchmark)
    values["treynor_ratio"] = asked("treynor_ratio", series, benchmark, periods=periods)
    return values


def by_lean(starts, seconds, closes_at, returns, held, trades, periods):
    """LEAN's statistics, transcribed; zero where LEAN says that there is none, and nothing rounded."""
    wins, losses, win_sum, loss_sum, capital = 0, 0, 0.0, 0.0, INITIAL
    for trade in trades:
        rate = trade["net_profit"] / capital
        if trade["net_profit"] > 0:
            wins, win_sum = wins + 1, win_sum + rate
        else:
            losses, loss_sum = losses + 1, loss_sum + rate
        capital += trade["net_profit"]
    count = len(trades)
    average_win = win_sum / wins if wins else 0.0
    average_loss = loss_sum / losses if losses else 0.0
    profit_loss = average_win / abs(average_loss) if average_loss else 0.0
    win_rate, loss_rate = (wins / count, losses / count) if count else (0.0, 0.0)
    years = (starts[-1] + seconds - starts[0]) / DAY / 365
    ours, theirs = np.array(returns), np.array(held)
    variance = np.var(ours, ddof=1) * periods
    performance, benchmark = (1 + ours.mean()) ** periods - 1, (1 + theirs.mean()) ** periods - 1
    below = ours[ours < 0]
    downside = math.sqrt(np.var(below, ddof=1) * periods) if len(below) > 1 else 0.0
    beta = np.cov(ours, theirs)[0, 1] / np.var(theirs, ddof=1)
    tracking = math.sqrt(np.var(ours - theirs, ddof=1) * periods)
    deviation = math.sqrt(variance)
    peaks = np.maximum.accumulate([INITIAL, *closes_at])
    return {
        "total_trades": count,
        "average_win": average_win,
        "average_loss": average_loss,
        "profit_loss_ratio": profit_loss,
        "win_rate": win_rate,
        "loss_rate": loss_rate,
        "expectancy": win_rate * profit_loss - loss_rate,
        "total_fees": sum(trade["costs"] for trade in trades),
        "start_equity": INITIAL,
        "end_equity": closes_at[-1],
        "net_profit": closes_at[-1] / INITIAL - 1,
        "compounding_annual_return": (closes_at[-1] / INITIAL) ** (1 / years) - 1,
        "drawdown": float(abs(np.min(np.array([INITIAL, *closes_at]) / peaks - 1))),
        "sharpe_ratio": performance / deviation if deviation else 0.0,
        "sortino_ratio": performance / downside if downside else 0.0,
        "annual_standard_deviation": deviation,
        "annual_variance": variance,
        "alpha": performance - beta * benchmark if beta else 0.0,
        "beta": beta,
        "information_ratio": (performance - benchmark) / tracking if tracking else 0.0,
        "tracking_error": tracking,
        "treynor_ratio": performance / beta if beta else 0.0,
    }


def stay_below(curve, times, pick):
    """(bars, days) of the deepest or the longest stay below a peak; `times` has one more, before the first bar."""
    curve = [INITIAL, *curve]
    best, peak, lowest = (0.0, 0, 0), 0, 0.0
    for i in range(1, len(curve)):
        recovered = curve[i] >= curve[peak]
        if recovered or i == len(curve) - 1:
            if not recovered:
                lowest = min(lowest, curve[i] / curve[peak] - 1)
            if lowest < 0 and pick(lowest, i - peak) > pick(best[0], best[2] - best[1]):
                best = (lowest, peak, i)
        if recovered:
            peak, lowest = i, 0.0
        else:
            lowest = min(lowest, curve[i] / curve[peak] - 1)
    return best[2] - best[1], (times[best[2]] - times[best[1]]) / DAY


def by_atrium(starts, seconds, equity, closes_at, returns, held, trades, periods):
    """Our own definitions, by empyrical, scipy, vectorbt and quantstats where those agree, otherwise plainly."""
    ours, theirs = np.array(returns), np.array(held)
    bar_returns = np.array(simple_returns(INITIAL, equity))
    span_days = (starts[-1] + seconds - starts[0]) / DAY
    long_enough = span_days >= 30
    enough, varies = len(ours) >= 20, np.std(ours) > 0
    total = equity[-1] / INITIAL - 1
    cagr = (1 + total) ** (365.25 / span_days) - 1 if long_enough else None
    drawdown = float(empyrical.max_drawdown(bar_returns))
    times = [starts[0], *(start + seconds for start in starts)]
    deepest_bars, deepest_days = stay_below(equity, times, lambda share, length: -share)
    longest_bars, longest_days = stay_below(equity, times, lambda share, length: length)
    traded = sum(trade["quantity"] * (trade["entry_price"] + trade["exit_price"]) for trade in trades)
    held_bars = set()
    for trade in trades:
        held_bars.update(range(trade["entry_bar"], trade["exit_bar"] + 1))
    beta = float(empyrical.beta(ours, theirs))
    greeks = quantstats.stats.greeks(pd.Series(ours), pd.Series(theirs), periods=periods)
    losses = bool((ours < 0).any())
    tail = float(empyrical.tail_ratio(ours))
    return {
        "total_return": float(empyrical.cum_returns_final(bar_returns)),
        "annual_return": float(empyrical.annual_return(ours, annualization=periods)) if long_enough else None,
        "cagr": cagr,
        "volatility": float(empyrical.annual_volatility(ours, annualization=periods)),
        "sharpe": float(empyrical.sharpe_ratio(ours, annualization=periods)) if varies else None,
        "sortino": float(empyrical.sortino_ratio(ours, annualization=periods)) if losses else None,
        "calmar": cagr / -drawdown if long_enough and drawdown else None,
        "max_drawdown": drawdown,
        "max_drawdown_bars": deepest_bars,
        "max_drawdown_days": deepest_days,
        "longest_drawdown_bars": longest_bars,
        "longest_drawdown_days": longest_days,
        "max_drawdown_session": float(empyrical.max_drawdown(ours)),
        "ulcer_index": float(vectorbt.returns.nb.ulcer_index_1d_nb(bar_returns)),
        "var_95": float(empyrical.value_at_risk(ours)) if enough else None,
        "cvar_95": float(empyrical.conditional_value_at_risk(ours)) if enough else None,
        "tail_ratio": tail if enough and math.isfinite(tail) else None,
        "skew": float(scipy.stats.skew(ours)) if varies else None,
        "kurtosis": float(scipy.stats.kurtosis(ours, fisher=False)) if varies else None,
        "exposure": len(held_bars) / len(equity),
        "turnover": traded / 2 / float(np.mean(equity)),
        "annual_turnover": traded / 2 / float(np.mean(equity)) / (span_days / 365.25) if long_enough else None,
        "alpha": float(greeks["alpha"]),
        "beta": beta,
        **of_trades(starts, trades),
    }


def of_trades(starts, trades):
    """Statistics of trades, plainly."""
    profits = np.array([trade["net_profit"] for trade in trades], dtype=float)
    won, lost = profits[profits > 0], profits[profits < 0]
    bars = [trade["exit_bar"] - trade["entry_bar"] + 1 for trade in trades]
    seconds = [starts[trade["exit_bar"]] - starts[trade["entry_bar"]] for trade in trades]
    some, both = len(trades) > 0, len(won) > 0 and len(lost) > 0
    win_rate = len(won) / len(profits) if some else None
    payoff = won.mean() / -lost.mean() if both else None
    values = {
        "trades": len(trades),
        "win_rate": win_rate,
        "profit_factor": won.sum() / -lost.sum() if len(lost) else None,
        "expectancy": profits.mean() if some else None,
        "payoff": payoff,
        "average_win": won.mean() if len(won) else None,
        "average_loss": lost.mean() if len(lost) else None,
        "best_trade": profits.max() if some else None,
        "worst_trade": profits.min() if some else None,
        "average_trade_bars": np.mean(bars) if some else None,
        "longest_trade_bars": max(bars) if some else None,
        "average_trade_seconds": np.mean(seconds) if some else None,
        "longest_trade_seconds": max(seconds) if some else None,
        "sqn": math.sqrt(len(profits)) * profits.mean() / profits.std(ddof=1) if len(profits) > 1 else None,
        "kelly": win_rate - (1 - win_rate) / payoff if both else None,
        "costs": sum(trade["costs"] for trade in trades),
    }
    return {name: plain(value) for name, value in values.items()}


def by_month(days, returns):
    """[year, month, return] of each month with a session, and [year, 0, return] of each year."""
    months = {}
    for day, value in zip(days, returns):
        date = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
        for key in ((date.year, date.month), (date.year, 0)):
            months[key] = (1 + months.get(key, 0.0)) * (1 + value) - 1
    return [[year, month, value] for (year, month), value in sorted(months.items())]


def golden():
    """What metrics_dialects.json holds."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    entries = {}
    for name, (starts, seconds, periods, first_open, closes, trips, fee) in cases().items():
        pf = portfolio(starts, seconds, closes, trips, fee)
        equity = [float(value) for value in pf.value()]
        trades = trades_of(pf)
        assert len(trades) == len(trips) and pf.trades.open.count() == 0
        benchmark = [INITIAL * (close / first_open) for close in closes]
        days, closes_at = session_closes(starts, equity)
        returns = simple_returns(INITIAL, closes_at)
        held = simple_returns(INITIAL, session_closes(starts, benchmark)[1])
        entries[name] = {
            "starts": starts,
            "seconds": seconds,
            "sessions_a_year": periods,
            "first_open": first_open,
            "closes": closes,
            "equity": equity,
            "trades": trades,
            "vectorbt": by_vectorbt(pf),
            "backtesting_py": by_backtesting_py(starts, closes, equity, trades),
            "quantstats": by_quantstats(days, returns, held, periods),
            "lean": {
                key: plain(value)
                for key, value in by_lean(starts, seconds, closes_at, returns, held, trades, periods).items()
            },
            "atrium": by_atrium(starts, seconds, equity, closes_at, returns, held, trades, periods),
            "months": by_month(days, returns),
        }
    return {"cases": entries}
