"""What one finished trajectory leaves behind, and how it is written and checked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulations.metrics import METRICS
from simulations.trajectory import REVISION, Trajectory

FORMAT = 1
_SERIES = (*METRICS, "fit_seconds", "score_seconds", "select_seconds")


class OtherVersionError(ValueError):
    """A record that another version wrote, whose curve this version would not give."""


@dataclass(frozen=True)
class Record:
    """One learning curve with the facts of its data set.

    Args:
        trajectory: the content that was simulated.
        kind: kind of the data set.
        classes: number of classes.
        imbalance: largest over smallest class share of the data set.
        pool_size: items in the pool, the initial set included.
        test_size: held-out items every metric is measured on.
        labels: labels bought at each measurement, R + 1 of them.
        series: metrics (fractions) and wall seconds by name, R + 1 numbers each; lanes that ran in lockstep share
            their time out by work done. Scoring counts the pool only, and is 0 where nothing was selected.
        converged: whether each training met its stopping rule.
    """

    trajectory: Trajectory
    kind: str
    classes: int
    imbalance: float
    pool_size: int
    test_size: int
    labels: tuple[int, ...]
    series: Mapping[str, tuple[float, ...]]
    converged: tuple[bool, ...]

    def as_json(self) -> dict[str, object]:
        """The record as plain JSON data."""
        facts = {name: getattr(self, name) for name in ("kind", "classes", "imbalance", "pool_size", "test_size")}
        curve = {"labels": self.labels, **self.series, "converged": self.converged}
        return {
            "format": FORMAT,
            "revision": REVISION,
            "trajectory": self.trajectory.as_json(),
            "facts": facts,
            "curve": {name: list(values) for name, values in curve.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Record":
        """Read back what `as_json` wrote.

        Raises:
            ValueError: the sentence says what is wrong with it; `OtherVersionError` when it is merely old or new.
        """
        if not isinstance(data, dict) or not {"format", "revision"} <= data.keys():
            raise ValueError("it is not a record of a trajectory")
        if (data["format"], data["revision"]) != (FORMAT, REVISION):
            raise OtherVersionError("it was written by another version of the simulator")
        try:
            curve = data["curve"]
            series = {name: tuple(map(float, curve[name])) for name in _SERIES}
            record = cls(
                trajectory=Trajectory.from_json(data["trajectory"]),
                labels=tuple(map(int, curve["labels"])),
                series=series,
                converged=tuple(map(bool, curve["converged"])),
                **data["facts"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a field is missing or of the wrong type ({error})") from error
        record._check()
        return record

    def _check(self) -> None:
        expected = self.trajectory.rounds + 1
        if {len(self.labels), len(self.converged), *map(len, self.series.values())} != {expected}:
            raise ValueError(f"a curve has not the {expected} measurements its trajectory means")
        if not all(math.isfinite(v) and v >= 0 for values in self.series.values() for v in values):
            raise ValueError("a number is negative, NaN or infinite")
        if any(v > 1 for name in METRICS for v in self.series[name]):
            raise ValueError("a metric is above 1")
