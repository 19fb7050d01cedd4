"""The record of one finished trajectory, how it is written and checked, and amounts spent by each round.

Labels are what curves are drawn over, and are worth different amounts: an item that several people vote on costs
several votes, a long sentence many tokens, a hard item more seconds.

Notation
    R       rounds after the initial set; R + 1 measurements
    s (n,)  seconds that each item of a pool takes
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from simulations.arrays import Ints
from simulations.compatibility import find_other_version
from simulations.datasets.dataset import KINDS
from simulations.metrics import THRESHOLDS
from simulations.oracles.annotations import ItemTimes
from simulations.oracles.registry import votes_each
from simulations.tasks.task import CLASSIFICATION, METRICS_OF, metrics_of
from simulations.trajectory import REVISION, Trajectory

FORMAT = 2
SECONDS = ("fit_seconds", "score_seconds", "select_seconds")
_LARGEST = 10**15  # as in the curve table: what a table of whole numbers and reals holds exactly
_FACTS = ("kind", "classes", "imbalance", "pool_size", "test_size")

Coverage = tuple[tuple[tuple[int, int], ...], ...]


class OtherVersionError(ValueError):
    """A record that another version wrote, whose curve this version would not give."""


@dataclass(frozen=True)
class Record:
    """One learning curve with the facts of its data set.

    Args:
        trajectory: the content that was simulated.
        kind: kind of the data set.
        classes: number of classes; of a task beyond classification the different symbols of its answers, 1 for numbers.
        imbalance: largest over smallest class share of the data set.
        pool_size: items in the pool, the initial set included.
        test_size: held-out items every metric is measured on.
        labels: labels bought at each measurement, R + 1 of them.
        series: metrics (fractions) and wall seconds by name, R + 1 numbers each; lanes that ran in lockstep share
            their time out by work done. Scoring counts the pool only, and is 0 where nothing was selected.
        converged: whether each training met its stopping rule.
        coverage: (R + 1) × T pairs: held-out items at least as confident as each of `simulations.metrics.THRESHOLDS`,
            and how many of them are wrong; nothing where the answers are no classes.
        backend: which implementation computed it, such as `numba`: where it comes from, no part of what it is.
        task: the kind of task: classification, or a key of `simulations.tasks.task.METRICS_OF`.
        spent: what was spent by each measurement, R + 1 numbers that never fall, by its unit, such as `votes`.
        ended: why the trajectory ended before its last round, in a sentence; None where it did not.
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
    coverage: Coverage
    backend: str
    task: str = CLASSIFICATION
    spent: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    ended: str | None = None

    @property
    def seconds(self) -> float:
        """Wall seconds spent on the whole trajectory."""
        return sum(map(sum, (self.series[name] for name in SECONDS)))

    def as_json(self) -> dict[str, object]:
        """The record as plain JSON data."""
        curve = {"labels": self.labels, **self.series, "converged": self.converged}
        content: dict[str, object] = {
            "format": FORMAT,
            "revision": REVISION,
            "backend": self.backend,
            "trajectory": self.trajectory.as_json(),
            "facts": {name: getattr(self, name) for name in _FACTS},
            "curve": {name: list(values) for name, values in curve.items()},
            # Two flat lists, round after round: half the bytes of nested pairs.
            "coverage": {
                "covered": [n for counts in self.coverage for n, _ in counts],
                "errors": [n for counts in self.coverage for _, n in counts],
            },
        }
        # Only where there is something to say: most records have none of these.
        if self.task != CLASSIFICATION:
            content["task"] = self.task
        if self.spent:
            content["spent"] = {unit: list(values) for unit, values in self.spent.items()}
        if self.ended is not None:
            content["ended"] = self.ended
        return content

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
            curve, counts, task = data["curve"], data["coverage"], data.get("task", CLASSIFICATION)
            if task != CLASSIFICATION and task not in METRICS_OF:
                raise ValueError(f"its task is none of {CLASSIFICATION}, {', '.join(METRICS_OF)}")
            record = cls(
                trajectory=Trajectory.from_json(data["trajectory"]),
                labels=tuple(_require_types(curve["labels"], {int})),
                series={name: _read_numbers(curve[name]) for name in (*metrics_of(task), *SECONDS)},
                converged=tuple(_require_types(curve["converged"], {bool})),
                coverage=_pair_counts(counts["covered"], counts["errors"]),
                backend=data["backend"],
                task=task,
                spent={unit: _read_numbers(values) for unit, values in data.get("spent", {}).items()},
                ended=data.get("ended"),
                **data["facts"],
            )
            if (other := find_other_version(record.trajectory)) is not None:
                raise OtherVersionError(other)
            record._check_facts()
            record._check_curve()
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a field is missing or of the wrong type ({error})") from error
        return record

    def _check_facts(self) -> None:
        t = self.trajectory
        _require_types([t.initial_size, t.batch_size, t.rounds, t.seed], {int})
        _require_types([self.classes, self.pool_size, self.test_size], {int})
        _require_types([self.imbalance], {float, int})
        if t.initial_size < 1 or t.batch_size < 1 or t.rounds < 0 or not 0 <= t.seed <= _LARGEST:
            raise ValueError("its trajectory has a schedule or seed out of range")
        if t.stream_share is not None and not 0 < t.stream_share <= 1:
            raise ValueError("its trajectory has labels per item of a stream that are not above 0 and at most 1")
        if t.queries is not None and t.queries is not True:
            raise ValueError("its trajectory has queries that are not true")
        if self.kind not in KINDS:
            raise ValueError(f"its kind is none of {', '.join(KINDS)}")
        fewest = 2 if self.task == CLASSIFICATION else 1
        if not fewest <= self.classes <= _LARGEST:
            raise ValueError(f"its number of classes is out of range, which starts at {fewest}")
        if not 1 <= self.imbalance <= _LARGEST:
            raise ValueError("its imbalance is not a finite number of at least 1")
        bought = t.final_labels if self.ended is None else t.initial_size
        if not (1 <= self.test_size <= _LARGEST and bought <= self.pool_size <= _LARGEST):
            raise ValueError("its test set is empty, or its pool smaller than the labels bought")
        if not isinstance(self.backend, str) or not self.backend:
            raise ValueError("it does not name the back end that computed it")

    def _check_curve(self) -> None:
        t, expected = self.trajectory, self.trajectory.rounds + 1
        if self.ended is not None:
            if not isinstance(self.ended, str) or not self.ended or not 1 <= len(self.labels) < expected:
                raise ValueError("it ended early, but does not say why or lacks no measurement")
            expected = len(self.labels)
        lengths = {len(self.labels), len(self.converged), *map(len, (*self.series.values(), *self.spent.values()))}
        if lengths != {expected} or len(self.coverage) != (expected if self.task == CLASSIFICATION else 0):
            raise ValueError(f"a curve has not the {expected} measurements its trajectory means")
        schedule = range(t.initial_size, t.final_labels + 1, t.batch_size)
        if self.labels != tuple(schedule)[:expected]:
            raise ValueError("its labels do not rise as its trajectory's schedule says")
        if not all(0 <= v <= _LARGEST for values in self.series.values() for v in values):
            raise ValueError("a number is negative, NaN, infinite or above 10^15")
        if any(v > 1 for name in metrics_of(self.task) for v in self.series[name]):
            raise ValueError("a metric is above 1")
        for counts in self.coverage:
            covered, errors = zip(*counts, strict=True)
            if covered[0] != self.test_size or _ever_rises(covered) or _ever_rises(errors):
                raise ValueError("its coverage does not fall from all held-out items as confidence rises")
            if errors[-1] < 0 or any(wrong > items for items, wrong in counts):
                raise ValueError("its coverage counts more errors than items, or fewer than none")
        for unit, values in self.spent.items():
            if not all(0 <= v <= _LARGEST for v in values) or any(b < a for a, b in pairwise(values)):
                raise ValueError(f"what was spent in {unit} is negative, NaN, infinite, above 10^15 or falls")


def _read_numbers(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(map(float, _require_types(values, {float, int})))


def _require_types(values: Sequence[Any], kinds: set[type]) -> Sequence[Any]:
    """Give the values back if each is of exactly one of these types: to Python, True is a whole number too."""
    found = set(map(type, values)) - kinds
    if not isinstance(values, list) or found:
        allowed = " or ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(f"found {', '.join(sorted(kind.__name__ for kind in found)) or 'no list'} instead of {allowed}")
    return values


def _pair_counts(covered: Sequence[int], errors: Sequence[int]) -> Coverage:
    pairs = list(zip(_require_types(covered, {int}), _require_types(errors, {int}), strict=True))
    width = len(THRESHOLDS)
    if len(pairs) % width:
        raise ValueError(f"its coverage is not counted at {width} thresholds")
    return tuple(tuple(pairs[at : at + width]) for at in range(0, len(pairs), width))


def _ever_rises(counts: Sequence[int]) -> bool:
    return any(later > before for before, later in pairwise(counts))


def seconds_spent(times: ItemTimes | None, labelled: Ints, labels: Sequence[int]) -> Mapping[str, tuple[float, ...]]:
    """Add up the seconds that annotators took by each of R + 1 measurements, as `annotation_seconds`, if they are told.

    `labelled` are rows of the pool in the order in which they were labelled, `labels` how many of them each time.
    """
    if times is None:
        return {}
    total = np.cumsum(times.seconds[labelled])[np.asarray(labels) - 1]
    return {"annotation_seconds": tuple(round(float(seconds), 3) for seconds in total)}


def spent_of(record: Record) -> dict[str, tuple[float, ...]]:
    """Give what a record's trajectory had spent at each measurement, by unit.

    Votes follow from the oracle: as many an item as it asks for, one unless it is `votes`. The other units are those
    that were recorded: `annotation_seconds` where the oracle tells them, `tokens` where answers are sequences.
    """
    each = votes_each(record.trajectory.oracle)
    return {"votes": tuple(float(each * labels) for labels in record.labels), **record.spent}
