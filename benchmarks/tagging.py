"""What choosing sentences saves where words are tagged: per sentence, and per token, which is what taggers are paid by.

Simulates the tagger with each strategy beside random on the same seeds, then prints for each: held-out accuracy of
tokens at the last round; its difference to random after as many sentences, and after as many tokens as both have bought
(read between rounds along straight lines); how long the sentences are that it buys, next to random's; and how many
times its sentences, and its tokens, random needs for what random ends with (`planner.curves.label_savings`), "never"
being "not within what was bought". 80% intervals over paired seeds. Nothing is tuned: data sets and learner have
their
default settings.
Run: python benchmarks/tagging.py [--store DIR] [--seeds 10] [--rounds 7] [--data synthetic-tags] [--metric accuracy]
A store that holds the curves already is read, and what it lacks is added; `pos-pt` must have been fetched.
With --time: CPU seconds of one training and of telling how sure the model is of the whole pool, instead.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner.curves.label_savings import LabelSavings, label_savings
from simulations.curve_table import validate_curves
from simulations.datasets import DATASETS as DATASETS_BY_NAME
from simulations.grid import Grid, parse_grid
from simulations.learners.tagger import Tagger
from simulations.record import Record
from simulations.run import run_grid
from simulations.store import Store, curve_table
from simulations.strategies.sequences import SEQUENCE_STRATEGIES
from simulations.tasks.task import Chances

DATASETS = ("synthetic-tags", "pos-pt")
STRATEGIES = ("random", *(s.name for s in SEQUENCE_STRATEGIES), "coreset")
BATCH = 40


def grid_of(datasets: list[str], seeds: int, rounds: int) -> Grid:
    return parse_grid(
        {
            "grid": {
                "datasets": datasets,
                "learners": ["tagger"],
                "strategies": list(STRATEGIES),
                "batch_sizes": [BATCH],
                "initial_size": BATCH,
                "rounds": rounds,
                "seeds": seeds,
            }
        }
    )


def per_sentence(records: list[Record]) -> pd.DataFrame:
    return validate_curves(curve_table(records), where="the store")


def per_token(records: list[Record]) -> pd.DataFrame:
    """The same curves over the tokens that were tagged instead of the sentences."""
    table = curve_table(records)
    tokens = {
        (record.trajectory.key, labels): int(spent)
        for record in records
        for labels, spent in zip(record.labels, record.spent["tokens"], strict=True)
    }
    keys = zip(table["trajectory"], table["labels"], strict=True)
    return validate_curves(table.assign(labels=[tokens[key] for key in keys]), where="the store, per token")


def savings(table: pd.DataFrame, metric: str) -> dict[tuple[str, str], LabelSavings]:
    """Savings against random where random ends, by data set and strategy."""
    found = label_savings(table[table["metric"] == metric])
    return {(one.dataset, one.strategy): one for one in found if one.share == 1}


def told(saving: LabelSavings) -> str:
    if saving.factor is None:
        return "never"
    ends = " to ".join("never" if end is None else f"{end:.2f}" for end in (saving.q10, saving.q90))
    return f"{saving.factor:.2f} ({ends})"


def interval(values: np.ndarray) -> str:
    """The mean with its 80% interval by Student's t."""
    from scipy.stats import t

    half = t.ppf(0.9, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)
    return f"{values.mean():+.2f} ({values.mean() - half:+.2f} to {values.mean() + half:+.2f})"


def report(records: list[Record], dataset: str, metric: str) -> None:
    own = [record for record in records if record.trajectory.dataset.name == dataset]
    by_name = {name: sorted_by_seed(own, name) for name in STRATEGIES}
    random = by_name["random"]
    sentences, tokens = savings(per_sentence(own), metric), savings(per_token(own), metric)
    for name, curves in by_name.items():
        ends = 100 * np.mean([record.series[metric][-1] for record in curves])
        longer = np.mean([length(record) for record in curves]) / np.mean([length(record) for record in random])
        key = next((key for key in sentences if key[1] == name), None)
        rest = f"| {told(sentences[key])} | {told(tokens[key])} |" if key else "| 1 | 1 |"
        gains = (interval(gain(curves, random, metric, unit)) if key else "" for unit in ("sentences", "tokens"))
        print(f"| {dataset} | {name} | {ends:.2f} | {' | '.join(gains)} | {longer:.2f} {rest}", flush=True)


def sorted_by_seed(records: list[Record], strategy: str) -> list[Record]:
    own = [record for record in records if record.trajectory.strategy.name == strategy]
    return sorted(own, key=lambda record: record.trajectory.seed)


def gain(curves: list[Record], random: list[Record], metric: str, unit: str) -> np.ndarray:
    """Each seed's difference to random, in points, at the last amount that both have bought."""

    def bought(record: Record) -> np.ndarray:
        return np.array(record.labels if unit == "sentences" else record.spent["tokens"], dtype=float)

    differences = []
    for own, other in zip(curves, random, strict=True):
        last = min(bought(own)[-1], bought(other)[-1])
        values = [np.interp(last, bought(record), record.series[metric]) for record in (own, other)]
        differences.append(100 * (values[0] - values[1]))
    return np.array(differences)


def length(record: Record) -> float:
    """Mean tokens of the sentences chosen after the initial set."""
    tokens, labels = record.spent["tokens"], record.labels
    return (tokens[-1] - tokens[0]) / (labels[-1] - labels[0])


def simulated(store: Store, asked: argparse.Namespace) -> list[Record]:
    grid = grid_of(asked.data or list(DATASETS), asked.seeds, asked.rounds)
    run_grid(
        grid,
        store,
        processes=asked.processes,
        progress=lambda done, to_run: print(f"{done} of {to_run}", end="\r", file=sys.stderr),
    )
    found = [store.get(t.key) for t in grid.trajectories]
    missing = sum(not isinstance(record, Record) for record in found)
    if missing:
        sys.exit(f"{missing} of {len(found)} trajectories were not simulated; run again with the same --store")
    return [record for record in found if isinstance(record, Record)]


def timed(dataset: str) -> None:
    """Print the CPU seconds of a training from scratch, of one from the model before, and of scoring the pool.

    Last those of the squared gradients that `sequence_egl` reads beside the scores.
    """
    entry = DATASETS_BY_NAME[dataset]
    data = entry.load(**entry.defaults)
    rows = np.random.default_rng(0).permutation(len(data.items))
    pool, learner = rows[data.test_size :], Tagger()
    chances = Chances(np.random.default_rng(0), np.random.default_rng(0))
    before = learner.fit(data, pool[:10], None, chances)  # imports and descriptions, which no training is to pay for
    for count in (40, 100, 200, 320, 500):
        began = time.process_time()
        learner.fit(data, pool[:count], None, chances)
        scratch = time.process_time() - began
        began = time.process_time()
        model = learner.fit(data, pool[:count], before, chances)
        warm = time.process_time() - began
        began = time.process_time()
        model.sequences(pool)
        told = time.process_time() - began
        began = time.process_time()
        model.expected_squares(pool)
        squares = time.process_time() - began
        tokens, times = int(data.lengths[pool[:count]].sum()), (scratch, warm, told, squares)
        print(f"| {dataset} | {count} | {tokens:,} | {' | '.join(f'{t:.2f}' for t in times)} |", flush=True)
        before = model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, help="keeps the curves, and goes on where it stopped")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--data", choices=DATASETS, action="append", help="this data set alone")
    parser.add_argument("--metric", choices=("accuracy", "f1_macro", "sentence_accuracy"), default="accuracy")
    parser.add_argument("--time", action="store_true", help="time the learner instead")
    asked = parser.parse_args()
    if asked.time:
        print("CPU seconds, one thread")
        print("| data | labelled sentences | tokens | from scratch | from the round before | the pool scored ", end="")
        print("| its gradients |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for dataset in asked.data or DATASETS:
            timed(dataset)
        return
    with tempfile.TemporaryDirectory() as folder:
        records = simulated(Store(asked.store or folder), asked)
    last = BATCH * (asked.rounds + 1)
    print(f"tagger, {asked.seeds} seeds, {BATCH} sentences at first and a round, {last} at last; {asked.metric} in %,")
    print("differences in points, savings at random's last value; 80% intervals over seeds")
    print("| data | strategy | at the end | less random, as many sentences | less random, as many tokens ", end="")
    print("| length of chosen / random's | saves sentences | saves tokens |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for dataset in asked.data or DATASETS:
        report(records, dataset, asked.metric)


if __name__ == "__main__":
    main()
