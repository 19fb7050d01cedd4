"""Pool, stream and made-up queries side by side: the tables of docs/method/scenarios.md.

Prints, for streams, what a budget buys beside a pool labelled with as many labels, and for membership query synthesis
the error against the number of queries; means over seeds with 80% intervals of the mean (Student's t).
Run: python benchmarks/scenarios.py [--seeds 10]
"""

import argparse
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.stats import t as student

from research.scenarios import Halfspace, StreamSetting, run_stream, run_synthesis
from simulations.datasets import DATASETS
from simulations.engine import run_lanes
from simulations.learners import LEARNERS
from simulations.trajectory import Part, Trajectory

SETS = {"digits": (0.05, 0.1, 0.2), "satimage": (0.02, 0.05, 0.1)}
CHOOSERS = ("random", "fixed_margin", "stream_margin", "randomised_margin")
INITIAL, BATCH = 20, 20
LINEAR = Part.of("linear", LEARNERS["linear"].defaults)
PERFECT = Part.of("perfect")


def interval(values: Iterable[float]) -> str:
    """Give the mean in percent and the half width of its 80% interval."""
    found = 100 * np.array(list(values))
    half = student.ppf(0.9, found.size - 1) * found.std(ddof=1) / np.sqrt(found.size)
    return f"{found.mean():.2f} ± {half:.2f}"


def streams(name: str, budget: float, seeds: Sequence[int]) -> None:
    dataset = Part.of(name, DATASETS[name].defaults, DATASETS[name].version)
    spent = 0.0
    for chooser in CHOOSERS:
        ends = [
            run_stream(StreamSetting(dataset, LINEAR, chooser, PERFECT, INITIAL, budget, seed=s))[-1] for s in seeds
        ]
        spent = max(spent, float(np.mean([end.labels for end in ends])))
        labels, over = (np.mean([getattr(end, key) for end in ends]) for key in ("labels", "overrun"))
        print(f"| {name} | {budget:.0%} | stream, {chooser} | {labels:.0f} | {over:+.0f} |", end="")
        print(f" {interval(end.accuracy for end in ends)} |", flush=True)
    rounds = round((spent - INITIAL) / BATCH)
    for strategy in ("random", "margin"):
        lanes = [
            Trajectory(dataset, LINEAR, Part.of(strategy), INITIAL, BATCH, rounds, "one_per_class", PERFECT, s)
            for s in seeds
        ]
        ends = [record.series["accuracy"][-1] for record in run_lanes(lanes)]
        print(f"| {name} | | pool, {strategy} | {INITIAL + rounds * BATCH} | | {interval(ends)} |", flush=True)


def synthesis(features: int, seeds: Sequence[int]) -> None:
    for kind in ("random", "margin", "synthesis"):
        runs = [
            run_synthesis(Halfspace(features), kind, initial=10, batch=10, rounds=29, pool=1000, seed=s) for s in seeds
        ]
        cells = [interval(1 - run[r].accuracy for run in runs) for r in (4, 9, 19, 29)]
        print(f"| {features} | {kind} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(parser.parse_args().seeds)
    print("| data set | budget | who chooses | labels | over budget | accuracy, % |\n|---|---:|---|---:|---:|---:|")
    for name, budgets in SETS.items():
        for budget in budgets:
            streams(name, budget, seeds)
    print("\n| features | queries | error at 50, % | 100 | 200 | 300 |\n|---:|---|---:|---:|---:|---:|")
    for features in (5, 20):
        synthesis(features, seeds)


if __name__ == "__main__":
    main()
