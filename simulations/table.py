"""From records to the curve table, the one thing that passes from the simulator to the planner, and its coverage."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from planner.curves.table import COLUMNS, INTEGER_COLUMNS, REAL_COLUMNS
from simulations.datasets import DATASETS
from simulations.learners import LEARNERS
from simulations.metrics import THRESHOLDS
from simulations.oracle import error_rate
from simulations.record import Record
from simulations.tasks.task import CLASSIFICATION, metrics_of, usual_initial_set
from simulations.trajectory import Part, Scalar, Trajectory

_SORTED_BY = ["dataset", "learner", "strategy", "batch_size", "initial_size", "seed", "trajectory", "round", "metric"]


def curve_table(records: Iterable[Record]) -> pd.DataFrame:
    """Write records as a tidy table, one row per trajectory, round and metric, in an order of its own.

    Returns:
        The columns of `planner.curves.table.COLUMNS`; whole numbers are int64, others float64 or text.
    """
    parts = [_rows(record) for record in records]
    frame = pd.DataFrame({name: [v for part in parts for v in part[name]] for name in COLUMNS})
    kinds = dict.fromkeys(INTEGER_COLUMNS, "int64") | dict.fromkeys(REAL_COLUMNS, "float64")
    return frame.astype(kinds).sort_values(_SORTED_BY, ignore_index=True)


def coverage_table(records: Iterable[Record]) -> pd.DataFrame:
    """Write the risk-coverage counts of records, one row per trajectory, round and confidence threshold.

    Returns:
        `trajectory, round, threshold, n_covered, n_errors`: of the held-out items, how many have a confidence of at
        least the threshold, and how many of those are wrong; sorted by the first three.
    """
    counts = {r.trajectory.key: np.array(r.coverage, np.int64).reshape(-1, 2) for r in records}
    keys, width = sorted(counts), len(THRESHOLDS)
    lengths = [len(counts[key]) for key in keys]
    covered, errors = np.concatenate([counts[key] for key in keys]).T
    return pd.DataFrame(
        {
            "trajectory": np.repeat(keys, lengths),
            "round": np.concatenate([np.repeat(np.arange(length // width), width) for length in lengths]),
            "threshold": np.tile(THRESHOLDS, sum(lengths) // width),
            "n_covered": covered,
            "n_errors": errors,
        }
    )


def _rows(record: Record) -> dict[str, list[object]]:
    t, metrics = record.trajectory, metrics_of(record.task)
    constant: dict[str, object] = {
        "dataset": dataset_label(t),
        "kind": record.kind,
        "classes": record.classes,
        "imbalance": record.imbalance,
        "learner": learner_label(t),
        "strategy": _label(t.strategy, {}),
        "batch_size": t.batch_size,
        "initial_size": t.initial_size,
        "seed": t.seed,
        "test_size": record.test_size,
        "pool_size": record.pool_size,
        "label_error_rate": error_rate(t.oracle, record.classes, record.pool_size, record.imbalance),
        "trajectory": t.key,
    }
    rows = len(record.labels) * len(metrics)
    columns: dict[str, list[object]] = {name: [value] * rows for name, value in constant.items()}
    columns["round"] = [r for r in range(len(record.labels)) for _ in metrics]
    columns["labels"] = [labels for labels in record.labels for _ in metrics]
    columns["metric"] = [*metrics] * len(record.labels)
    columns["value"] = [record.series[name][r] for r in range(len(record.labels)) for name in metrics]
    for name in ("fit_seconds", "score_seconds", "select_seconds"):
        columns[name] = [seconds for seconds in record.series[name] for _ in metrics]
    return columns


def dataset_label(t: Trajectory) -> str:
    """Name the data set with every setting that is not its default.

    Another oracle or initial set gives other curves on the same data, so it is part of the name too:
    `digits [initial_set=random] [flip rate=0.05]`.
    """
    entry = DATASETS.get(t.dataset.name)
    if entry is not None and entry.title is not None:
        label = entry.title(t.dataset.options)
    else:
        label = _label(t.dataset, entry.defaults if entry else {})
    usual = CLASSIFICATION if entry is None else entry.task
    if t.initial_set != usual_initial_set(usual):
        label += f" [initial_set={t.initial_set}]"
    if t.oracle.name != "perfect" or t.oracle.settings:
        label += f" [{t.oracle.name} {_pairs(t.oracle.options)}]"
    return label


def learner_label(t: Trajectory) -> str:
    """Name the learner with every setting that is not its default, and what chose for it where that is another model.

    `forest [trees=10]`, or `forest [chosen by linear]`.
    """

    def named(learner: Part) -> str:
        return _label(learner, LEARNERS[learner.name].defaults if learner.name in LEARNERS else {})

    return named(t.learner) if t.chooser is None else f"{named(t.learner)} [chosen by {named(t.chooser)}]"


def _label(part: Part, defaults: Mapping[str, Scalar]) -> str:
    changed = {name: value for name, value in part.settings if defaults.get(name) != value}
    return f"{part.name} [{_pairs(changed)}]" if changed else part.name


def _pairs(settings: Mapping[str, Scalar]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items())
