"""Headline metrics of strategy.md section 7, written plainly; `None` where one is not defined.

empyrical is asked for the same numbers; the script stops where it does not agree.
"""

import math

import empyrical
import numpy as np

SESSIONS_A_YEAR = 252
SECONDS_A_YEAR = 365.25 * 86_400
SHORTEST_CAGR_SECONDS = 30 * 86_400


def session_closes(bars, equity):
    """The equity at session closes: at the last bar of each session, whether or not its data reach the close."""
    return [
        equity[index]
        for index in range(len(bars))
        if index + 1 == len(bars) or bars[index + 1].session != bars[index].session
    ]


def session_returns(initial, closes):
    """Simple returns of the equity at session closes; the first session's is against the initial equity."""
    return [later / earlier - 1.0 for earlier, later in zip([initial, *closes], closes)]


def sharpe(returns):
    """mean / sample standard deviation · √252; none once everything was lost: later returns would mean nothing."""
    if len(returns) < 2 or any(value <= -1.0 for value in returns):
        return None
    mean = sum(returns) / len(returns)
    variance = sum((value - mean) ** 2 for value in returns) / (len(returns) - 1)
    if variance == 0.0:
        return None
    return mean / math.sqrt(variance) * math.sqrt(SESSIONS_A_YEAR)


def max_drawdown(initial_equity, equity):
    """Deepest fall below the highest equity so far, as a fraction of it; zero or negative."""
    peak = initial_equity
    deepest = 0.0
    for value in equity:
        peak = max(peak, value)
        deepest = min(deepest, value / peak - 1.0)
    return deepest


def cagr(initial, final, span):
    """Compound annual growth over `span` seconds, in years of 365.25 days; absent below 30 days and after ruin."""
    if span < SHORTEST_CAGR_SECONDS or final <= 0.0:
        return None
    return (final / initial) ** (SECONDS_A_YEAR / span) - 1.0


def headline(initial, bars, ends_at, equity, trades):
    """The headline metrics of a run, from the start of its first bar to the end of its last, `ends_at`."""
    final = equity[-1]
    profits = [trade.net_profit for trade in trades]
    wins = [profit for profit in profits if profit > 0.0]
    losses = [-profit for profit in profits if profit < 0.0]
    return {
        "total_return": final / initial - 1.0,
        "cagr": cagr(initial, final, ends_at - bars[0].start),
        "sharpe": sharpe(session_returns(initial, session_closes(bars, equity))),
        "max_drawdown": max_drawdown(initial, equity),
        "win_rate": len(wins) / len(profits) if profits else None,
        "profit_factor": sum(wins) / sum(losses) if losses else None,
    }


def equity_curves():
    """Name → (initial equity, equity at bar closes, bars a session, span in days)."""
    wave = [10_000.0 * (1.0 + 0.2 * math.sin(i / 9.0) + 0.0004 * i) for i in range(700)]
    return {
        "constant": (100.0, [100.0] * 50, 1, 72.0),
        "doubles every session": (1.0, [2.0**i for i in range(1, 41)], 1, 60.0),
        "alternates": (100.0, [110.0 if i % 2 else 100.0 for i in range(60)], 1, 90.0),
        "first session loses": (100.0, [90.0, 91.0, 95.0, 93.0, 99.0], 1, 7.0),
        "falls below the initial equity at once": (100.0, [80.0, 99.0, 101.0, 100.0], 2, 2.0),
        "two sessions": (100.0, [101.0, 100.5], 1, 2.0),
        "one session": (100.0, [101.0, 102.0, 103.0], 3, 1.0),
        "just 30 days": (100.0, [100.0 + i % 3 for i in range(21)], 1, 30.0),
        "just less than 30 days": (100.0, [100.0 + i % 3 for i in range(21)], 1, 29.999),
        "loses almost everything": (1e4, [1e4 * 0.7**i * (1.0 + 0.1 * (i % 2)) for i in range(1, 61)], 1, 90.0),
        "seven bars a session": (10_000.0, wave, 7, 145.25),
        "dips within sessions only": (100.0, [v for i in range(30) for v in (100.0 + i, 70.0 + i, 100.5 + i)], 3, 43.0),
    }


def golden():
    """What metrics.json holds."""
    entries = {}
    for name, (initial, equity, bars_a_session, days) in equity_curves().items():
        closes = equity[bars_a_session - 1 :: bars_a_session]
        returns = session_returns(initial, closes)
        entries[name] = {
            "initial_equity": initial,
            "equity": equity,
            "session_equity": closes,
            "span_seconds": int(days * 86_400),
            "total_return": equity[-1] / initial - 1.0,
            "cagr": cagr(initial, equity[-1], int(days * 86_400)),
            "sharpe": sharpe(returns),
            "max_drawdown": max_drawdown(initial, equity),
        }
        check(entries[name], returns)
    return {"curves": entries}


def close_to(ours, theirs):
    """Whether two statistics agree within 1e-9, relative above one."""
    return abs(ours - theirs) <= 1e-9 * max(1.0, abs(theirs))


def check(stated, returns):
    """empyrical finds the same Sharpe ratio, drawdown and total return."""
    if stated["sharpe"] is not None:
        assert close_to(stated["sharpe"], empyrical.sharpe_ratio(np.array(returns), annualization=SESSIONS_A_YEAR))
    equity = np.array([stated["initial_equity"], *stated["equity"]])
    by_bar = equity[1:] / equity[:-1] - 1.0
    assert close_to(stated["max_drawdown"], empyrical.max_drawdown(by_bar))
    assert close_to(stated["total_return"], empyrical.cum_returns_final(by_bar))
