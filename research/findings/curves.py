"""Looking up measured curves by what was run, with a sentence where they were not run.

Notation: S seeds; n label counts.
"""

import pandas as pd

from simulations.curve_table import NOISE_COLUMN, one_metric
from simulations.errors import InputError

__all__ = ["LIBRARY", "NotRecordedError", "RecordedCurves", "Schedule"]

LIBRARY = ("random", "margin", "entropy", "coreset")
"""What the recorded library runs side by side on every data set; where all four are is its schedule."""

Schedule = tuple[str, int, int]
"""Data set, batch size, initial size."""

_KEYS = ["dataset", "learner", "strategy", "batch_size", "initial_size"]


class NotRecordedError(Exception):
    """A check's curves are not in the table; the message says which, for the reader of the signs table."""


class RecordedCurves:
    """A validated curve table, one metric of it, parted into curves.

    Args:
        table: from `read_curves`.
        metric: which one; when not given, accuracy, or the only one that the table holds.

    Attributes:
        rows: the rows of that metric.

    Raises:
        InputError: two runs bear one name, so that a seed has two values at one label count.
    """

    def __init__(self, table: pd.DataFrame, metric: str | None = None) -> None:
        self._table = table
        self.rows = one_metric(table, metric)
        _check_single(self.rows)
        known = self.rows.drop_duplicates("dataset")
        self._classes = dict(zip(map(str, known["dataset"]), map(int, known["classes"]), strict=True))
        self._parts = dict(iter(self.rows.groupby(_KEYS, sort=True)))
        self._runs = self.rows[[*_KEYS, NOISE_COLUMN]].drop_duplicates()

    def under(self, metric: str) -> "RecordedCurves":
        """Give the same table under another metric.

        Raises:
            NotRecordedError: the table has no value of it.
        """
        if not (self._table["metric"] == metric).any():
            raise NotRecordedError(f"Missing: curves of {metric}.")
        return RecordedCurves(self._table, metric)

    def of(
        self, dataset: str, strategy: str, batch_size: int, initial_size: int, learner: str = "linear"
    ) -> pd.DataFrame:
        """Give the values of one curve, a row a seed and a column a label count.

        Returns:
            Shape (S, n), indexed by `seed` and by `labels`, both ascending.

        Raises:
            NotRecordedError: the table lacks it.
        """
        key = (dataset, learner, strategy, batch_size, initial_size)
        if key not in self._parts:
            raise NotRecordedError(
                f"Missing: {strategy} on {dataset} with the {learner} learner, {initial_size} labels and then batches "
                f"of {batch_size}."
            )
        values = self._parts[key].pivot(index="seed", columns="labels", values="value").dropna(axis=1)
        return values.astype(float)

    def library(self, *strategies: str) -> list[Schedule]:
        """Give the recorded library's schedules, one a data set, on which these strategies were run too.

        Raises:
            NotRecordedError: there are none.
        """
        wanted = {*LIBRARY, *strategies}
        rows = self._runs[(self._runs[NOISE_COLUMN] == 0) & (self._runs["learner"] == "linear")]
        held = rows.groupby(["dataset", "batch_size", "initial_size"])["strategy"].agg(set).reset_index()
        held = held[[wanted <= ran for ran in held["strategy"]]]
        found = [
            (str(one["dataset"]), int(one["batch_size"]), int(one["initial_size"]))
            for one in held.to_dict(orient="records")
        ]
        if not found:
            raise NotRecordedError(f"Missing: {', '.join(strategies or LIBRARY)} beside the recorded library.")
        return found

    def named(self, start: str) -> str:
        """Give the full name of the data set whose name begins so; settings and hashes stand behind it.

        Raises:
            NotRecordedError: there is none.
        """
        found = sorted(name for name in self._classes if name.startswith(start))
        if not found:
            raise NotRecordedError(f"Missing: curves of {start}.")
        return found[0]

    def classes(self, dataset: str) -> int:
        """Tell how many classes a data set of the table has.

        Raises:
            NotRecordedError: the table has no such data set.
        """
        return self._classes[self.named(dataset)]


def _check_single(rows: pd.DataFrame) -> None:
    twice = rows.duplicated([*_KEYS, "seed", "labels"])
    if twice.any():
        one = rows[twice].iloc[0]
        raise InputError(
            f"curves of the findings: {one['strategy']} on {one['dataset']} has two values at seed {one['seed']} and "
            f"{one['labels']} labels; allowed: one run of each schedule; use a store of signs.toml alone"
        )
