"""Writes `tests/golden/dialects`: what backtesting.py and vectorbt make of the same bars and signals.

Asserts that `model.py` gives the same trades, and that vectorbt's two engines agree.
"""

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import model
import peer_backtesting
import peer_vectorbt
import scenarios
import series

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "dialects"
INITIAL = 1_000_000.0
RELATIVE, ABSOLUTE = 1e-9, 1e-6
SAME_IN_BOTH = "fractions of the fill from the bar after the entry"


def prices(rows):
    """Bars in price units."""
    return [tuple(value / series.TICKS_PER_UNIT for value in row) for row in rows]


def priced(signals):
    """Signals with their levels in price units."""
    scale = series.TICKS_PER_UNIT
    return [(bar, side, size, t and t / scale, s and s / scale) for bar, side, size, t, s in signals]


def close_enough(a, b):
    """Whether two numbers differ by no more than their rounding."""
    return abs(a - b) <= max(RELATIVE * max(abs(a), abs(b)), ABSOLUTE)


def same(mine, theirs, where):
    """Stops where two runs differ."""
    for part in ("trades", "open"):
        assert len(mine[part]) == len(theirs[part]), (where, part, len(mine[part]), len(theirs[part]))
        for number, (a, b) in enumerate(zip(mine[part], theirs[part])):
            equal = all(close_enough(x, y) if isinstance(x, float) else x == y for x, y in zip(a, b))
            assert equal, (where, part, number, a, b)
    assert close_enough(mine["final_equity"], theirs["final_equity"]), (where, "final equity", mine, theirs)


def run_backtesting(bars, signals, scenario):
    """One scenario in backtesting.py."""
    options = {"cash": INITIAL} | scenario["options"]
    commission = options.get("commission")
    if isinstance(commission, dict):
        options["commission"] = scenarios.per_share
    elif isinstance(commission, list):
        options["commission"] = tuple(commission)
    strategy = dict(scenario["strategy"])
    size = strategy.pop("size", None)
    if size is not None:
        given = None if size == "default" else size
        signals = [(bar, side, given, target, stop) for bar, side, _, target, stop in signals]
    return peer_backtesting.run(bars, signals, options, strategy)


def run_vectorbt(bars, signals, scenario, engine):
    """One scenario in vectorbt."""
    options = {"init_cash": INITIAL} | scenario["options"]
    if options.get("size") == "inf":
        options["size"] = float("inf")
    return peer_vectorbt.run(bars, signals, options, scenario["rule"].get("entry") != "close", engine)


def check(rule, bars, signals, result, where):
    """The model's run of the same rule must be the peer's."""
    same(model.Model(bars, signals, model.Rule(**rule)).run(), result, where)


def entry(scenario, rule, result):
    """What the golden file holds of one scenario."""
    kept = {key: scenario[key] for key in ("signals", "options", "strategy") if key in scenario}
    defaults = asdict(model.Rule())
    return kept | {
        "rule": defaults | rule,
        "trades": [[*trade[:3], *(repr(value) for value in trade[3:])] for trade in result["trades"]],
        "open": [[*row[:2], *(repr(value) for value in row[2:])] for row in result["open"]],
        "final_equity": repr(result["final_equity"]),
    }


def write(name, head, runs):
    """Writes a golden file with one line a trade."""
    lines = ["{"] + [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()] + [' "runs": {']
    for number, (key, run) in enumerate(runs.items()):
        lines.append(f"  {json.dumps(key)}: {{")
        trades = run.pop("trades")
        lines += [f"   {json.dumps(part)}: {json.dumps(value)}," for part, value in run.items()]
        lines.append('   "trades": [')
        lines += [f"    {json.dumps(row)}" + ("," if row is not trades[-1] else "") for row in trades]
        lines.append("   ]\n  }" + ("," if number + 1 < len(runs) else ""))
    finish(name, lines + [" }", "}"])


def write_series(rows, sets):
    """Writes the bars, eight a line, and the signal sets, four signals a line."""
    head = {"start": series.START, "step_seconds": series.STEP, "ticks_per_unit": series.TICKS_PER_UNIT}
    lines = ["{"] + [f' "{key}": {value},' for key, value in head.items()]
    lines += [' "bars": [', *packed(rows, 8, "  "), " ],", ' "signals": {']
    for number, (name, signals) in enumerate(sets.items()):
        comma = "," if number + 1 < len(sets) else ""
        lines += [f"  {json.dumps(name)}: [", *packed(signals, 4, "   "), f"  ]{comma}"]
    finish("series.json", lines + [" }", "}"])


def packed(rows, width, indent):
    """Rows of numbers, several a line."""
    texts = [json.dumps(row, separators=(",", ":")) for row in rows]
    groups = [", ".join(texts[i : i + width]) for i in range(0, len(texts), width)]
    return [indent + group + ("," if number + 1 < len(groups) else "") for number, group in enumerate(groups)]


def finish(name, lines):
    """Writes the lines and checks that they are JSON."""
    path = GOLDEN / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    json.loads(path.read_text())
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def main():
    """Runs everything, then writes."""
    rows = series.bars()
    sets = series.signal_sets(rows)
    bars = prices(rows)
    ready = {name: priced(signals) for name, signals in sets.items()}
    runs = {"backtesting": {}, "vectorbt": {}}
    for scenario in scenarios.backtesting_py():
        name, signals = scenario["name"], ready[scenario["signals"]]
        result = run_backtesting(bars, signals, scenario)
        check(scenario["rule"], bars, signals, result, ("backtesting.py", name))
        runs["backtesting"][name] = entry(scenario, scenario["rule"], result)
    for scenario in scenarios.vectorbt():
        name, signals = scenario["name"], ready[scenario["signals"]]
        result = run_vectorbt(bars, signals, scenario, "numba")
        assert run_vectorbt(bars, signals, scenario, "rust") == result, name
        rule = scenarios.VECTORBT | scenario["rule"]
        check(rule, bars, signals, result, ("vectorbt", name))
        runs["vectorbt"][name] = entry(scenario, rule, result)
    one, other = runs["backtesting"][SAME_IN_BOTH], runs["vectorbt"][SAME_IN_BOTH]
    assert [row[:3] for row in one["trades"]] == [row[:3] for row in other["trades"]]
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write_series(rows, sets)
    columns = ["entry_bar", "exit_bar", "side", "size", "entry_price", "exit_price", "net_profit", "commission"]
    for name, packages in (("backtesting", ["backtesting"]), ("vectorbt", ["vectorbt", "vectorbt-rust"])):
        packages = packages + ["numpy", "pandas"] + (["numba"] if name == "vectorbt" else [])
        head = {"packages": {package: version(package) for package in packages}, "columns": columns}
        write(f"{name}.json", head | {"open_columns": ["entry_bar", "side", "size", "entry_price"]}, runs[name])


if __name__ == "__main__":
    main()
