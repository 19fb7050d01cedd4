"""How unsure the model was of what each strategy chose, how far apart the batch lay, and what it gained.

    python -m research.chosen_batches                       # eight data sets, five seeds: half an hour
    python -m research.chosen_batches --datasets digits     # one

A batch is measured when it is chosen, by the model that it is chosen with:

    informativeness  1 − margin between the two likeliest classes, the mean over the batch, 0 to 1
    diversity        distance from an item to the nearest other of the batch, the mean over the batch, as a multiple of
                     the same of as many items drawn at random from the unlabelled pool
    gain             accuracy after the batch less accuracy before it

A batch gains less the further a campaign is. So correlations are taken among batches of one data set that were chosen
with the same number of labels, of all strategies and seeds together, and accuracy before the batch is held still
(partial correlation of ranks); their mean over rounds is one number a data set.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from scipy.stats import rankdata
from scipy.stats import t as student

from research.command import finish
from simulations.arrays import Floats, Ints, Reals
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.strategies import STRATEGIES
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import Need, RoundView, Streams

DATASETS = ("digits", "satimage", "letter", "spambase", "snips", "tweets", "bbc", "mnist5k")
STRATEGY_NAMES = (
    "random",
    "margin",
    "entropy",
    "least_confidence",
    "margin_kmeans",
    "badge",
    "coreset",
    "typiclust",
    "egl_last_layer",
    "dal_linear",
)
MEASURES = ("informativeness", "diversity")
SIZES = {"initial_size": 50, "batch_sizes": [50], "rounds": 10}


def measure_batches(dataset: str, strategy: str, seeds: int) -> pd.DataFrame:
    """Simulate a strategy with the linear learner; give a row for each batch that it chose.

    Returns:
        Columns `dataset`, `strategy`, `seed`, `labels` and `before` (the accuracy) when it was chosen, and then
        `informativeness`, `diversity` and `gain`.

    Raises:
        InputError: there is no such data set or strategy, or the pool is too small.
    """
    grid = {"datasets": [dataset], "strategies": [strategy], "learners": ["linear"], "seeds": seeds, **SIZES}
    lanes = parse_grid({"grid": grid}, where="research.chosen_batches").trajectories
    with _measured(strategy) as found:
        records = run_lanes(lanes)
    if any(record.ended for record in records):
        raise InputError(f"{dataset}, {strategy}: a campaign ended early; allowed: pools that last for all rounds")
    # Of each round all lanes, in their order.
    by_lane = np.array(found).reshape(-1, len(lanes), len(MEASURES)).transpose(1, 0, 2)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "dataset": dataset,
                    "strategy": strategy,
                    "seed": record.trajectory.seed,
                    "labels": record.labels[:-1],
                    "before": record.series["accuracy"][:-1],
                    **dict(zip(MEASURES, rows.T, strict=True)),
                    "gain": np.diff(record.series["accuracy"]),
                }
            )
            for record, rows in zip(records, by_lane, strict=True)
        ],
        ignore_index=True,
    )


@contextmanager
def _measured(name: str) -> Iterator[list[tuple[float, float]]]:
    """Measure what a strategy chooses meanwhile: a pair a lane, lane after lane and round after round."""
    strategy, found = STRATEGIES[name], list[tuple[float, float]]()

    def choose(view: RoundView, k: int, streams: Streams) -> Ints:
        chosen = strategy.choose(view, k, streams)
        found.extend(measure_batch(view, lane, own) for lane, own in enumerate(chosen))
        return chosen

    needs: frozenset[Need] = strategy.needs | {"probabilities", "features"}
    # Random order may be drawn ahead, without a view; here it is drawn in rounds.
    STRATEGIES[name] = replace(strategy, choose=choose, needs=needs, sequence=False)
    try:
        yield found
    finally:
        STRATEGIES[name] = strategy


def measure_batch(view: RoundView, lane: int, chosen: Ints) -> tuple[float, float]:
    """Give the informativeness and the diversity of a lane's batch, two items at least."""
    assert view.probabilities is not None
    unsure = 1.0 - margin(np.asarray(view.probabilities[lane])[chosen])
    features, free = view.features[lane], np.flatnonzero(view.answers[lane] < 0)
    drawn = np.random.default_rng(0).choice(free, chosen.size, replace=False)
    usual = nearest_distance(features[drawn])
    return float(unsure.mean()), nearest_distance(features[chosen]) / usual if usual > 0 else np.nan


def nearest_distance(points: Reals) -> float:
    """Give the mean over points (k, d) of the distance to the nearest other one."""
    apart = cdist(points, points)
    np.fill_diagonal(apart, np.inf)
    return float(apart.min(axis=1).mean())


def partial_rank_correlation(x: Floats, y: Floats, held: Floats) -> float:
    """Correlate the ranks of x and y with those of `held` taken out of both; nan where one of them does not vary."""
    ranks = [rankdata(each) for each in (x, y, held)]
    if any(np.ptp(each) == 0 for each in ranks):
        return float("nan")
    xy, xh, yh = (np.corrcoef(ranks[a], ranks[b])[0, 1] for a, b in ((0, 1), (0, 2), (1, 2)))
    spread = (1.0 - xh**2) * (1.0 - yh**2)
    return float(np.clip((xy - xh * yh) / np.sqrt(spread), -1.0, 1.0)) if spread > 0 else float("nan")


def correlations(batches: pd.DataFrame) -> pd.DataFrame:
    """Give a row a data set: the correlation of each measure with the gain, at the same number of labels."""
    rows = []
    for dataset, own in batches.groupby("dataset", sort=False):
        found = [
            [partial_rank_correlation(at[name].to_numpy(), *at[["gain", "before"]].to_numpy().T) for name in MEASURES]
            for _, at in own.groupby("labels")
        ]
        rows.append({"dataset": dataset, **dict(zip(MEASURES, np.nanmean(found, axis=0), strict=True))})
    return pd.DataFrame(rows)


def by_strategy(batches: pd.DataFrame) -> pd.DataFrame:
    """Give a row a strategy and data set: both measures, and the accuracy gained over all rounds beside random's."""
    table = batches.groupby(["strategy", "dataset"], sort=False)[[*MEASURES, "gain"]].mean()
    rounds = batches["labels"].nunique()
    table["ahead"] = 100 * rounds * (table["gain"] - table["gain"].xs("random").reindex(table.index, level="dataset"))
    return table.reset_index()


def interval(values: pd.Series) -> str:
    """Write a mean over data sets with its 80% interval (Student's t)."""
    found = values.to_numpy(dtype=float)
    if found.size < 2:
        return f"{found.mean():.2f}"
    half = student.ppf(0.9, found.size - 1) * found.std(ddof=1) / np.sqrt(found.size)
    return f"{found.mean():.2f} ({found.mean() - half:.2f} to {found.mean() + half:.2f})"


def main(argv: Sequence[str] | None = None) -> int:
    """Print both tables of docs/method/strategies.md."""
    parser = argparse.ArgumentParser(description="Measure what strategies chose, and what it gained.")
    parser.add_argument("--datasets", nargs="+", default=DATASETS, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args(argv)

    def work() -> None:
        found = []
        for dataset in asked.datasets:
            for strategy in STRATEGY_NAMES:
                print(f"\r\x1b[K{dataset}: {strategy}", end="", file=sys.stderr, flush=True)
                found.append(measure_batches(dataset, strategy, asked.seeds))
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        batches = pd.concat(found, ignore_index=True)
        print("| strategy | informativeness | diversity | points of accuracy ahead of random after ten batches |")
        print("|---|---:|---:|---:|")
        for chooser, own in by_strategy(batches).groupby("strategy", sort=False):
            print(f"| `{chooser}` | {' | '.join(interval(own[name]) for name in (*MEASURES, 'ahead'))} |")
        print("\n| data set | informativeness with gain | diversity with gain |")
        print("|---|---:|---:|")
        table = correlations(batches)
        for row in table.itertuples():
            print(f"| {row.dataset} | {row.informativeness:.2f} | {row.diversity:.2f} |")
        print(f"| mean, and its 80% interval | {' | '.join(interval(table[name]) for name in MEASURES)} |")

    return finish(work)


if __name__ == "__main__":
    sys.exit(main())
