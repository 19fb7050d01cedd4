"""Prints how well the share a model may label is told on each data set from the others' risk-coverage counts.

python benchmarks/hybrid_proxies.py [--seeds 20]

Each data set in turn is taken for a task that nobody has simulated: its size and the accuracy of every seed and round
are given, its coverage counts are not. Beside the error of the usual (median) share stands how many of the measured
shares lie in the 80% range: eight in ten should.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd
from hybrid_bound import ERROR_RATES, SCHEDULES, labelled_share, simulate
from threadpoolctl import threadpool_limits

from planner.decision.hybrid import CoveredRounds, HybridRule, machine_share_at
from simulations.errors import InputError

DATA = (
    *SCHEDULES,
    "nursery",
    *(f"synthetic-{kind}" for kind in ("balanced", "rare", "many-classes", "overlapping", "hard")),
)
HELD_OUT = 500
DRAWS = 400


def left_out(task: CoveredRounds, others: Sequence[CoveredRounds], error_rate: float) -> Iterator[dict[str, object]]:
    """Predict every seed and round of the task from the others."""
    rule, items = HybridRule(error_rate), task.pool_size + task.test_size
    actual = labelled_share(task, rule)
    for seed, accuracy in enumerate(task.accuracy):
        try:
            share, known = machine_share_at(
                others,
                np.broadcast_to(accuracy, (DRAWS, len(accuracy))),
                task.labels,
                items=items,
                test_labels=task.test_size,
                rule=rule,
                strategy=task.strategy,
                rng=np.random.default_rng(seed),
            )
        except InputError:  # too few others
            continue
        low, usual, high = np.quantile(share, (0.1, 0.5, 0.9), axis=0)
        for j in np.flatnonzero(known.all(axis=0)):
            yield {
                "data set": task.dataset,
                "strategy": task.strategy,
                "ε": error_rate,
                "measured": 100 * actual[seed, j],
                "usual": 100 * usual[j],
                "error": 100 * abs(usual[j] - actual[seed, j]),
                "inside": 100.0 * (low[j] - 1e-9 <= actual[seed, j] <= high[j] + 1e-9),
                "range": 100 * (high[j] - low[j]),
            }


def main() -> None:
    """Simulate every data set, leave each out in turn, print the errors."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    seeds = range(parser.parse_args().seeds)
    rows: list[dict[str, object]] = []
    with threadpool_limits(limits=1):
        for strategy in ("random", "margin"):
            seen = [simulate(name, HELD_OUT, seeds, strategy).seen for name in DATA]
            for task, error_rate in product(seen, ERROR_RATES):
                rows += left_out(task, [other for other in seen if other.dataset != task.dataset], error_rate)
    frame = pd.DataFrame(rows)
    for keys in (["strategy", "ε"], ["data set", "ε"]):
        means = frame.drop(columns=list({"data set", "strategy", "ε"} - set(keys))).groupby(keys).mean()
        print(means.assign(points=frame.groupby(keys).size()).to_string(float_format=lambda x: f"{x:.1f}"), "\n")


if __name__ == "__main__":
    main()
