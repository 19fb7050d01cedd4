"""What margin and others saved against random on every recorded data set, with what is known of the data.

Notation:
    n_r, n_s    labels that random and the strategy need for the value that random has at one depth
    s           savings factor n_r ÷ n_s; None where the strategy never gets there
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from planner.curves.label_savings import SHARES, LabelSavings, label_savings
from simulations.curve_table import NOISE_COLUMN
from simulations.errors import InputError

__all__ = ["DEPTHS", "LINEAR", "MARGIN", "Saved", "saved_by"]

LINEAR, MARGIN = "linear", "margin"
DEPTHS = SHARES
"""How deep into a campaign savings are read, as shares of random's last label count."""

_MADE_UP = "synthetic"


@dataclass(frozen=True)
class Saved:
    """What one strategy saved on one data set with one learner, at one depth.

    Attributes:
        savings: label counts, factor and its 80% interval over seeds.
        classes: of the data set.
        imbalance: largest over smallest class share.
        kind: of data; None where it is not told.
    """

    savings: LabelSavings
    classes: int
    imbalance: float
    kind: str | None = None

    @property
    def dataset(self) -> str:
        """Name of the data set."""
        return self.savings.dataset

    @property
    def made_up(self) -> bool:
        """Whether a generator made the data."""
        return self.dataset.startswith(_MADE_UP)

    @property
    def labels_random(self) -> float:
        """n_r."""
        assert self.savings.labels_random is not None, "random reaches what it has"
        return self.savings.labels_random

    @property
    def initial(self) -> int:
        """Labels of the initial set."""
        return int(self.savings.initial_size or 0)

    @property
    def ahead(self) -> bool:
        """Whether the strategy needs fewer labels than random on average over seeds."""
        return self.savings.factor is not None and self.savings.factor > 1

    @property
    def surely_ahead(self) -> bool:
        """Whether the whole interval of the factor lies above 1."""
        return self.savings.q10 is not None and self.savings.q10 > 1

    @property
    def surely_behind(self) -> bool:
        """Whether the whole interval of the factor lies below 1, never being lowest."""
        return self.savings.q90 is None or self.savings.q90 < 1


def saved_by(table: pd.DataFrame, *, metric: str = "accuracy") -> tuple[Saved, ...]:
    """Read what every strategy of a curve table saved, at every depth.

    Args:
        table: validated, with `classes` and `imbalance`; rows with wrong answers are left aside.
        metric: which one.

    Returns:
        In the order of learner, data set, strategy and depth.

    Raises:
        InputError: no such rows, two schedules of one learner on one data set, or a pair of fewer than two seeds.
    """
    rows = table[(table["metric"] == metric) & (table[NOISE_COLUMN] == 0)]
    if rows.empty:
        raise InputError(f"study: found no row of {metric} without wrong answers; allowed: a recorded curve table")
    _check_schedules(rows)
    return tuple(sorted(_described(rows), key=lambda one: (one.savings.learner, one.dataset)))


def _described(rows: pd.DataFrame) -> Iterator[Saved]:
    known = rows.drop_duplicates("dataset").set_index("dataset")
    classes, imbalance = known["classes"].to_dict(), known["imbalance"].to_dict()
    kinds = known["kind"].to_dict() if "kind" in known else {}
    for one in label_savings(rows):
        if one.pairs < 2 or one.value is None:
            raise InputError(
                f"study: {one.strategy} on {one.dataset} ({one.learner}) has {one.pairs} seeds beside random; allowed: "
                "two or more, as every figure has an interval over seeds"
            )
        yield Saved(one, int(classes[one.dataset]), float(imbalance[one.dataset]), kinds.get(one.dataset))


def _check_schedules(rows: pd.DataFrame) -> None:
    schedules = rows[["dataset", "learner", "batch_size", "initial_size"]].drop_duplicates()
    twice = schedules[schedules.duplicated(["dataset", "learner"])]
    if len(twice):
        one = twice.iloc[0]
        raise InputError(
            f"study: {one['dataset']} has two schedules with the {one['learner']} learner; allowed: one, as each data "
            "set counts once"
        )
