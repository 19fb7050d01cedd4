"""How few labels are too few for uncertainty sampling: the recorded curves, read by labels per class.

For the recorded data sets, and for stretches of labels per class, prints on how many data sets a strategy's mean value
over the rounds of the stretch lay below random's, and on how many with the 80% interval of the difference (paired by
seed, Student's t) wholly below; then the mean difference in points, and its 80% t interval over data sets. The round of
the initial set, which is equal, is left out.
Run: python benchmarks/low_budget.py [--metric accuracy]
"""

import argparse

import numpy as np
import pandas as pd
from scipy import stats

from planner.evidence import recorded_curves

STRETCHES = ((0, 10), (10, 20), (20, 40), (40, np.inf))
"""Labels per class, from and below."""


def differences(table: pd.DataFrame, strategy: str) -> pd.DataFrame:
    """Give what the strategy has more than random in each round: `dataset, seed, per_class, difference`."""
    keys = ["dataset", "batch_size", "seed", "labels", "classes", "round"]
    values = table.pivot_table(index=keys, columns="strategy", values="value").reset_index()
    values = values[(values["round"] > 0) & values[strategy].notna() & values["random"].notna()]
    return values.assign(
        per_class=values["labels"] / values["classes"], difference=values[strategy] - values["random"]
    )[["dataset", "seed", "per_class", "difference"]]


def interval(values: np.ndarray) -> tuple[float, float]:
    mean, half = values.mean(), stats.sem(values) * stats.t.ppf(0.9, len(values) - 1)
    return float(mean - half), float(mean + half)


def line(found: pd.DataFrame, strategy: str, low: float, high: float) -> str:
    inside = found[(found["per_class"] >= low) & (found["per_class"] < high)]
    by_seed = inside.groupby(["dataset", "seed"])["difference"].mean()
    means = by_seed.groupby("dataset").mean()
    surely = sum(interval(own.to_numpy())[1] < 0 for _, own in by_seed.groupby("dataset"))
    ends = [100 * end for end in interval(means.to_numpy())]
    span = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"
    count = len(means)
    return (
        f"| {strategy} | {span} | {(means < 0).sum()} of {count} | {surely} of {count} | {100 * means.mean():+.2f} "
        f"({ends[0]:+.2f} to {ends[1]:+.2f}) |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--metric", default="accuracy")
    asked = parser.parse_args()
    table = recorded_curves()
    table = table[(table["metric"] == asked.metric) & (table["label_error_rate"] == 0)]
    print("| strategy | labels per class | below random | surely below | points above random |")
    print("|---|---|---:|---:|---:|")
    for strategy in ("margin", "entropy"):
        for low, high in STRETCHES:
            print(line(differences(table, strategy), strategy, low, high))


if __name__ == "__main__":
    main()
