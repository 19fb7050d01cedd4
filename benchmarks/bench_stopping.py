"""Prints where recorded campaigns would have stopped by a rule, beside what pricing a plan with that rule says.

    .venv/bin/python benchmarks/bench_stopping.py

Twenty recorded seeds of digits (examples/digits.toml, target 0.94, 500 test items), each stopped by the rule; beside
them `labels_with_rule` on curves that were fitted to the same seeds. So it is the stopping that is checked, not the
forecast. Labels end where the recorded curves do, at 500.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from planner.decision.labels_required import forecast_labels_required
from planner.decision.stopping.rules import AllRules, Plateau, Rule, TargetMeasured
from planner.evidence import recorded_curves
from planner.plan import load_plan
from research.priced_stopping import labels_with_rule
from research.stopped import stopped_at

TARGET = 0.94
RULES: dict[str, Rule] = {
    "target, 90% sure": TargetMeasured(TARGET, 0.9),
    "target, 50% sure": TargetMeasured(TARGET, 0.5),
    "plateau of 0.2 points": Plateau(0.002, 3),
    "plateau of 1 point": Plateau(0.01, 3),
    "both, 90% and 0.2 points": AllRules((TargetMeasured(TARGET, 0.9), Plateau(0.002, 3))),
}


def compare() -> pd.DataFrame:
    """Give one row a rule and strategy: labels (10-50-90) and how often the target is reached, recorded and priced."""
    plan = load_plan(Path(__file__).resolve().parents[1] / "examples" / "digits.toml")
    found = forecast_labels_required(plan, n_draws=2_000, seed=0)
    table = recorded_curves()
    table = table[(table["dataset"] == "digits") & table["strategy"].isin(["random", "margin"])]
    mean = table[table["metric"] == "accuracy"].groupby(["strategy", "labels"])["value"].mean()
    rows = []
    for label, rule in RULES.items():
        stopped = stopped_at(table, rule)
        for name in ("random", "margin"):
            recorded = stopped[stopped["strategy"] == name]
            priced = labels_with_rule(found.curves, plan, rule, name=name, values=found.values, target=TARGET)
            there = [float(mean[(name, n)]) >= TARGET for n in recorded["labels"]]
            rows.append(
                {"rule": label, "strategy": name}
                | dict(zip(("q10", "q50", "q90"), _ends(recorded["labels"].to_numpy(dtype=float)), strict=True))
                | {"there": float(np.mean(there))}
                | dict(zip(("priced q10", "q50 ", "q90 "), _ends(np.minimum(priced.labels, 500.0)), strict=True))
                | {"there ": float(priced.reached.mean())}
            )
    return pd.DataFrame(rows)


def _ends(labels: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int]:
    return [int(n) for n in np.quantile(labels, (0.1, 0.5, 0.9), method="nearest")]


if __name__ == "__main__":
    print(compare().round(2).to_string(index=False))
