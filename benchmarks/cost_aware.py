"""Does it pay to weigh what an item teaches against the time it is expected to take? Margin sampling with and without.

Items take different times: an oracle tells seconds, harder items slower. For each data set, and for times that are
foreseen well, middling, hardly and not at all, prints what `margin` and `margin_per_cost` save against random labelling
at the value that random ends with: in labels, and in seconds with the 80% interval over seeds (paired bootstrap, as
`labelplan curves --per seconds`); then how many seconds margin needs for each one that margin_per_cost needs for the
same value, seed by seed: the geometric mean with the 80% t interval, over the seeds in which both get there. Where
times are not foreseen at all, what is left of the gain is that of choosing less alike within a batch. Nothing is tuned:
the strategy has no setting.
Run: python benchmarks/cost_aware.py [--seeds 20] [--rounds 15] [--data digits]
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse

import numpy as np
from scipy import stats

from planner.curves.replicates import Replicates
from planner.curves.spending import Spending, SpentSavings, join_spending, spent_savings
from simulations.curve_table import one_metric, validate_curves
from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.store import curve_table, spending_table

DATASETS = {"digits": 20, "satimage": 20, "letter": 52, "synthetic-hard": 20, "synthetic-easy": 20}
"""Data sets, and the labels they start from."""

ESTIMATES = {
    "well": {"estimate_spread": 0.1},
    "middling": {"estimate_spread": 0.3},
    "hardly": {"estimate_spread": 1.0},
    "not at all": {"estimate_spread": 0.3, "hardness_slowdown": 1.0},
}
"""How well times are foreseen; in the last all items take alike but for chance, and what is foreseen is noise."""

MEDIAN_SECONDS = 12.0


def simulated(dataset: str, seeds: int, rounds: int, estimate: dict[str, float]) -> Spending:
    """Simulate a data set with one kind of estimate, and put the seconds beside its curves."""
    grid = {
        "datasets": [dataset],
        "strategies": ["random", "margin", "margin_per_cost"],
        "batch_sizes": [20],
        "initial_size": DATASETS[dataset],
        "rounds": rounds,
        "seeds": seeds,
        "oracle": {"name": "perfect", "seconds": MEDIAN_SECONDS, **estimate},
    }
    records = run_lanes(parse_grid({"grid": grid}).trajectories)
    table = one_metric(validate_curves(curve_table(records)), "accuracy")
    return join_spending(table, spending_table(records), "seconds")


def against_margin(spending: Spending) -> tuple[float | None, float | None, float | None, int]:
    """Give seconds of margin ÷ seconds of margin_per_cost for random's last value: mean, 80% interval, seeds used."""
    curves = {
        str(name): Replicates.from_rows(str(name), rows.assign(labels=rows["spent"])).curves
        for name, rows in spending.table.groupby("strategy")
    }
    ratios = []
    for seed, (_, values) in curves["random"].items():
        level = values.max()
        needs = [_passage(*curves[name][seed], level) for name in ("margin", "margin_per_cost")]
        if None not in needs:
            ratios.append(np.log(needs[0] / needs[1]))
    if len(ratios) < 2:
        return None, None, None, len(ratios)
    mean, half = np.mean(ratios), stats.sem(ratios) * stats.t.ppf(0.9, len(ratios) - 1)
    return *(float(np.exp(v)) for v in (mean, mean - half, mean + half)), len(ratios)


def _passage(spent: np.ndarray, values: np.ndarray, level: float) -> float | None:
    best = np.maximum.accumulate(values)
    if best[-1] < level:
        return None
    at = int(np.argmax(best >= level))
    if at == 0:
        return float(spent[0])
    share = (level - best[at - 1]) / (best[at] - best[at - 1])
    return float(spent[at - 1] + share * (spent[at] - spent[at - 1]))


def factor(one: SpentSavings) -> str:
    if one.factor is None:
        return "never"
    ends = ["never" if end is None else f"{end:.2f}" for end in (one.q10, one.q90)]
    return f"{one.factor:.2f} ({' to '.join(ends)})"


def report(dataset: str, seeds: int, rounds: int, foreseen: str) -> None:
    spending = simulated(dataset, seeds, rounds, ESTIMATES[foreseen])
    last = {one.strategy: one for one in spent_savings(spending) if one.share == 1.0}
    mean, low, high, used = against_margin(spending)
    ratio = "unknown" if mean is None else f"{mean:.2f} ({low:.2f} to {high:.2f}; {used} of {seeds} seeds)"
    cells = []
    for name in ("margin", "margin_per_cost"):
        in_labels = last[name].label_factor
        cells += ["never" if in_labels is None else f"{in_labels:.2f}", factor(last[name])]
    print(f"| {dataset} | {foreseen} | {' | '.join(cells)} | {ratio} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--data", choices=[*DATASETS], action="append", help="this data set alone")
    asked = parser.parse_args()
    print(f"linear, {asked.seeds} seeds, {asked.rounds} rounds of 20 labels, a median of {MEDIAN_SECONDS:g} s an item")
    print("| data | foreseen | margin: labels | seconds | per cost: labels | seconds | per cost gains |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for dataset in asked.data or DATASETS:
        for foreseen in ESTIMATES:
            report(dataset, asked.seeds, asked.rounds, foreseen)


if __name__ == "__main__":
    main()
