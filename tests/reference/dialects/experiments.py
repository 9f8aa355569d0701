"""Small runs that show, in numbers, each statement of RULES.md; `python experiments.py` prints and asserts them.

All have quiet bars of 100, a signal at bar 1 and size 10, unless they say otherwise. A trade is (entry bar, exit bar,
entry price, exit price).
"""

import warnings

from backtesting import Backtest, Strategy

import peer_backtesting
import peer_vectorbt

QUIET = (100.0, 100.0, 100.0, 100.0)
LONG = (1, "long", 10, 104.0, 98.0)
INITIAL = 100_000.0


def short_form(result):
    """Entry bar, exit bar, entry price and exit price of each trade, to eight digits."""
    return [(trade[0], trade[1], round(trade[4], 8), round(trade[5], 8)) for trade in result["trades"]]


def lead(*bars):
    """Two quiet bars, then these; bar 1 decides, bar 2 is the first of these."""
    return [QUIET, QUIET, *bars]


def backtesting(bars, signals=(LONG,), strategy=None, **options):
    """A run in backtesting.py."""
    return peer_backtesting.run(bars, signals, {"cash": INITIAL} | options, strategy)


def vectorbt(bars, signals=(LONG,), at_open=True, **options):
    """A run in vectorbt."""
    return peer_vectorbt.run(bars, signals, {"init_cash": INITIAL} | options, at_open)


def plain(side, bar=1, size=10):
    """A signal without levels."""
    return (bar, side, size, None, None)


def expect(name, got, wanted):
    """Prints what came out and stops where it is not what RULES.md says."""
    print(f"{name}: {got}")
    assert got == wanted, (name, got, wanted)


def levels():
    """Which level, at which price, on which bar."""
    both = lead(QUIET, (100.0, 105.0, 97.0, 101.0), QUIET)
    expect("B both in a bar", short_form(backtesting(both)), [(2, 3, 100.0, 98.0)])
    expect("V both in a bar", short_form(vectorbt(both)), [(2, 3, 100.0, 98.0)])
    over = lead(QUIET, (105.0, 106.0, 97.0, 101.0), QUIET)
    expect("B open beyond target, stop touched later", short_form(backtesting(over)), [(2, 3, 100.0, 98.0)])
    expect("V open beyond target, stop touched later", short_form(vectorbt(over)), [(2, 3, 100.0, 98.0)])
    gap = lead(QUIET, (105.0, 106.0, 99.0, 101.0), QUIET)
    expect("B gap through the target", short_form(backtesting(gap)), [(2, 3, 100.0, 105.0)])
    expect("V gap through the target", short_form(vectorbt(gap)), [(2, 3, 100.0, 105.0)])
    drop = lead(QUIET, (96.0, 97.0, 95.0, 96.0), QUIET)
    expect("B gap through the stop", short_form(backtesting(drop)), [(2, 3, 100.0, 96.0)])
    expect("V gap through the stop", short_form(vectorbt(drop)), [(2, 3, 100.0, 96.0)])
    touch = lead(QUIET, (100.0, 100.0, 98.0, 100.0), QUIET)
    expect("B stop touched", short_form(backtesting(touch)), [(2, 3, 100.0, 98.0)])
    expect("V stop touched", short_form(vectorbt(touch)), [(2, 3, 100.0, 98.0)])
    entry_bar = lead((100.0, 105.0, 99.0, 101.0), QUIET, QUIET)
    expect("B target on the entry bar", short_form(backtesting(entry_bar)), [(2, 2, 100.0, 104.0)])
    expect("V target on the entry bar", short_form(vectorbt(entry_bar)), [])
    beyond = lead((97.0, 99.0, 96.0, 98.0), QUIET)
    expect("B entry opens beyond the stop", short_form(backtesting(beyond)), [(2, 2, 97.0, 97.0)])
    above = lead((105.0, 106.0, 97.0, 98.0), QUIET)
    expect("B entry opens beyond the target", short_form(backtesting(above)), [(2, 2, 105.0, 98.0)])


def closes():
    """Entry at the close: levels live from the next bar; a new entry on the bar of an exit."""
    bars = [QUIET, (100.0, 106.0, 95.0, 100.0), (100.0, 104.0, 100.0, 103.0), QUIET, QUIET]
    expect("B close entry", short_form(backtesting(bars, trade_on_close=True)), [(1, 2, 100.0, 104.0)])
    expect("V close entry", short_form(vectorbt(bars, at_open=False)), [(1, 2, 100.0, 104.0)])
    again = [QUIET, QUIET, (100.0, 104.0, 100.0, 103.0), (103.0, 108.0, 103.0, 107.0), QUIET, QUIET]
    signals = (LONG, (2, "long", 10, 107.0, 99.0))
    got = short_form(backtesting(again, signals, trade_on_close=True))
    expect("B entry at the close of the exit bar", got, [(1, 2, 100.0, 104.0), (2, 3, 103.0, 107.0)])
    got = short_form(vectorbt(again, signals, at_open=False))
    expect("V entry at the close of the exit bar", got, [(1, 2, 100.0, 104.0)])


def same_bar():
    """A signal that fills at an open, on a bar whose range also touches the stop."""
    bars = lead(QUIET, (99.0, 99.0, 97.0, 98.5), QUIET, QUIET)
    leave = (LONG, (2, "flat", None, None, None))
    expect("B flat against stop", short_form(backtesting(bars, leave)), [(2, 3, 100.0, 99.0)])
    expect("V flat against stop", short_form(vectorbt(bars, leave)), [(2, 3, 100.0, 98.0)])
    turn = (LONG, plain("short", 2))
    reverse = backtesting(bars, turn, {"on_opposite": "reverse"})
    short = [(3, "short", 10.0, 99.0)]
    expect("B reverse against stop", (short_form(reverse), reverse["open"]), ([(2, 3, 100.0, 99.0)], short))
    reverse = vectorbt(bars, turn)
    expect("V reverse against stop", (short_form(reverse), reverse["open"]), ([(2, 3, 100.0, 98.0)], []))
    # `exclusive` alone only skips the explicit close: what a bare opposite order does
    bare = backtesting(bars, turn, {"on_opposite": "reverse", "exclusive": True})
    expect("B bare opposite order against stop", (short_form(bare), bare["open"]), ([(2, 3, 100.0, 98.0)], short))
    quiet = lead(QUIET, (99.0, 99.0, 98.5, 98.5), QUIET, QUIET)
    bare = backtesting(quiet, turn, {"on_opposite": "reverse", "exclusive": True})
    expect("B bare opposite order nets", (short_form(bare), bare["open"]), ([(2, 3, 100.0, 99.0)], []))


def limits():
    """Limit entries of backtesting.py, one bar long."""
    fill = {"limits": True}
    touched = lead((101.0, 105.0, 100.0, 101.0), QUIET)
    expect("B limit touched, target on its bar", short_form(backtesting(touched, strategy=fill)), [])
    stopped = lead((101.0, 101.0, 97.0, 97.5), (99.0, 99.0, 99.0, 99.0), QUIET)
    expect("B limit filled, stop on its bar", short_form(backtesting(stopped, strategy=fill)), [])
    through = backtesting(lead((99.5, 101.0, 99.0, 101.0), QUIET), strategy=fill)
    expect("B limit, open through it", through["open"], [(2, "long", 10.0, 99.5)])
    spread = backtesting(lead((101.0, 101.0, 99.0, 101.0), QUIET), strategy=fill, spread=0.001)
    expect("B limit with spread pays more than the limit", round(spread["open"][0][3], 8), 100.1)


class StopEntry(Strategy):
    """A buy stop at 101 with a stop loss at 98 and a target at 104, placed at bar 1."""

    def init(self):
        pass

    def next(self):
        if len(self.data) == 2:
            self.buy(size=10, stop=101.0, sl=98.0, tp=104.0)


def stop_entries():
    """Stop entries of backtesting.py, which the signals do not use."""

    def trades(*bars):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stats = Backtest(peer_backtesting.frame(lead(*bars)), StopEntry, cash=INITIAL).run()
        rows = stats["_trades"].itertuples()
        closed = [(row.EntryBar, row.ExitBar, float(row.EntryPrice), float(row.ExitPrice)) for row in rows]
        return closed, [float(trade.entry_price) for trade in stats["_strategy"].trades]

    expect("B buy stop 101 touched", trades((100.0, 101.0, 99.0, 100.0), QUIET), ([], [101.0]))
    expect("B buy stop 101, open 102", trades((102.0, 103.0, 99.0, 100.0), QUIET), ([], [102.0]))
    expect("B buy stop, target on its bar", trades((100.0, 105.0, 99.0, 104.0), QUIET), ([(2, 2, 101.0, 104.0)], []))
    expect("B buy stop, stop loss on its bar", trades((100.0, 102.0, 97.0, 99.0), QUIET), ([], [101.0]))
    expect("B buy stop, both on its bar", trades((100.0, 105.0, 97.0, 99.0), QUIET, QUIET), ([], [101.0]))


def costs():
    """Spread, commission, slippage."""
    bars = lead(QUIET, (100.0, 104.0, 100.0, 103.0), QUIET)
    run = backtesting(bars, spread=0.001)
    expect("B spread: whole at the entry, none at the exit", short_form(run), [(2, 3, 100.1, 104.0)])
    run = backtesting(bars, spread=0.001, commission=0.01)
    expect("B commission on the price with spread", round(run["trades"][0][7], 8), 20.41)
    run = vectorbt(bars, slippage=0.001, fees=0.01)
    expect("V slippage: entry, no level", short_form(run), [(2, 3, 100.1, 104.0)])
    expect("V fees on the slipped price", round(run["trades"][0][7], 8), 20.41)
    run = vectorbt(bars, slippage=0.001, stop_exit_price="stopmarket")
    expect("V slippage on the target with stopmarket", short_form(run), [(2, 3, 100.1, 103.896)])
    turn = (plain("long"), plain("short", 2, 30))
    run = vectorbt(lead(QUIET, QUIET, QUIET), turn, fixed_fees=2.0)
    expect("V fixed fee of a reversal, shared by size", run["trades"][0][7], 2.0 + 2.0 * 10 / 40)
    run = backtesting(lead(QUIET, QUIET, QUIET), turn, {"on_opposite": "reverse"}, commission=(2.0, 0.0))
    expect("B fixed commission of a reversal, two orders", run["trades"][0][7], 4.0)


def sizes():
    """Sizing happens at the fill; what cannot be paid."""
    bars = lead((101.0, 101.0, 101.0, 101.0), QUIET)
    half = backtesting(bars, [plain("long", size=0.5)], cash=10_000.0)
    expect("B half of 10,000 at an open of 101", half["open"], [(2, "long", 49.0, 101.0)])
    half = backtesting(bars, [plain("long", size=0.5)], cash=10_000.0, commission=(5.0, 0.0))
    expect("B fixed 5 counts as 10 a unit", half["open"], [(2, "long", 45.0, 101.0)])
    run = backtesting(bars, [plain("long", size=100)], cash=10_000.0)
    expect("B 100 at 101 with 10,000: cancelled", run["open"], [])
    run = vectorbt(bars, [plain("long", size=101)], init_cash=10_100.0)
    expect("V 101 at 101 with 10,100: shrunk", run["open"], [(2, "long", 100.0, 101.0)])
    run = vectorbt(bars, [plain("short", size=1_000)], init_cash=10_100.0)
    expect("V short 1,000 with 10,100: filled", run["open"], [(2, "short", 1000.0, 101.0)])
    high = (150.0, 150.0, 150.0, 150.0)
    ruined = [QUIET, QUIET, QUIET, high, high, QUIET, QUIET]
    cover = [plain("short", size=300), (3, "flat", None, None, None)]
    run = vectorbt(ruined, cover, init_cash=10_000.0)
    got = (round(run["open"][0][2], 6), round(run["final_equity"], 6))
    expect("V short 300 at 100, covered at 150 with 40,000: a part", got, (33.333333, -3_333.333333))
    run = backtesting(ruined, cover, cash=10_000.0, margin=0.1)
    got = (short_form(run), run["final_equity"])
    expect("B the same with margin 0.1: closed at the close, equity 0", got, ([(2, 3, 100.0, 150.0)], 0.0))
    first = backtesting([QUIET] * 4, [plain("long", bar=0)])
    expect("B a signal on the first bar is never seen", first["open"], [])


def last_bar():
    """What is open at the end."""
    bars = lead(QUIET, (101.0, 103.0, 99.5, 102.0))
    expect("B left open", (short_form(backtesting(bars)), backtesting(bars)["final_equity"]), ([], INITIAL + 20))
    final = backtesting(bars, finalize_trades=True)
    got = (short_form(final), final["final_equity"])
    expect("B finalised at the last open", got, ([(2, 3, 100.0, 101.0)], INITIAL + 10))
    final = backtesting(bars, finalize_trades=True, trade_on_close=True)
    expect("B finalised, trade_on_close: the close before", short_form(final), [(1, 2, 100.0, 100.0)])
    run = vectorbt(bars)
    expect("V left open", (short_form(run), run["final_equity"]), ([], INITIAL + 20))


def anchors():
    """Fractions of vectorbt: anchors, trailing, exit prices."""
    one = [plain("long")]
    bars = lead((100.0, 111.0, 100.0, 110.0), (110.0, 110.0, 107.0, 108.0), QUIET)
    expect("V anchor: the entry bar's close", short_form(vectorbt(bars, one, sl_stop=0.02)), [(2, 3, 100.0, 107.8)])
    run = vectorbt(bars, one, sl_stop=0.02, stop_entry_price="price")
    expect("V anchor: the order's price", short_form(run), [])
    trail = {"sl_stop": 0.05, "sl_trail": True, "stop_entry_price": "price"}
    bars = lead((100.0, 120.0, 100.0, 100.0), (100.0, 110.0, 96.0, 100.0), (105.0, 105.0, 104.0, 104.0), QUIET)
    got = short_form(vectorbt(bars, one, **trail))
    expect("V trailing: neither the entry bar's high nor the bar's own", got, [(2, 4, 100.0, 104.5)])
    bars = lead(QUIET, (100.0, 104.0, 99.0, 103.0), QUIET)
    expect("V stop_exit_price close", short_form(vectorbt(bars, stop_exit_price="close")), [(2, 3, 100.0, 103.0)])
    expect("V stop_exit_price price", short_form(vectorbt(bars, stop_exit_price="price")), [(2, 3, 100.0, 100.0)])
    run = vectorbt(bars, upon_stop_exit="reverse", size=10)
    expect("V upon_stop_exit reverse", run["open"], [(3, "short", 10.0, 104.0)])


if __name__ == "__main__":
    for experiment in (levels, closes, same_bar, limits, stop_entries, costs, sizes, last_bar, anchors):
        experiment()
