"""What may make savings differ between tasks, as columns of a design matrix with ridge priors.

Every coefficient's prior is (r · size)² times the smooth prior of ln s, with the common size integrated out by who
fits the design. A level (a kind of data, a learner family) that the evidence never saw keeps its prior effect, so that
the prediction is wider there; a number that is not known contributes its spread.

Notation:
    F, P        ()      findings; columns
    X           (F, P)  moderators
    x, spread   (P,)    the task's moderators, and their variances where unknown
    r           (P,)    prior sds of coefficients, relative to each other
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import Floats
from planner.curves.savings.evidence import Finding
from planner.curves.savings.hardness import HardnessLine
from planner.curves.task import TaskDescription

_INTERCEPT, _NUMBER, _LEVEL, _ORIGIN = 0.0, 1.0, 0.5, 1.0  # r; for a number, of one unit:
_CLASSES, _IMBALANCE, _ERROR = np.log(3.0), np.log(10.0), np.log(3.0)
_BEYOND = 1.0  # unit, as far as a line is believed beyond the evidence
_LEAST = 1e-6

_FAMILIES = {
    "linear": "linear",
    "ridge": "linear",
    "forest": "trees",
    "boosting": "trees",
    "mlp": "network",
    "cnn": "network",
    "ensemble": "network",
    "tagger": "network",
    "seq2seq": "network",
}


@dataclass(frozen=True)
class ErrorColumn:
    """The column of random's error, for a task that may be as hard as any.

    Attributes:
        column: its place in X.
        middle: ln e where it is 0.
        least: ln e up to which a line is believed, downwards.
        most: likewise upwards.
    """

    column: int
    middle: float
    least: float
    most: float

    def sloping(self, mean: Floats, covariance: Floats, beside: Floats) -> HardnessLine:
        """Give the line whose slope is this column's coefficient: see `HardnessLine`, but for the column's unit."""
        return HardnessLine(self.middle, self.least, self.most, mean / _ERROR, covariance / _ERROR**2, beside / _ERROR)


@dataclass(frozen=True, eq=False)
class Design:
    """Moderators of the findings and of the task.

    Attributes:
        names: (P,) of the columns.
        X: (F, P); the first column is 1.
        task: (P,) the task's.
        spread: (P,) variances of what is not known of it.
        ridge: (P,) r, in units of a common size; 0 marks the intercept, which has none.
        line: the column of random's error, where the task may be as hard as any; it stands in the middle then.
    """

    names: tuple[str, ...]
    X: Floats
    task: Floats
    spread: Floats
    ridge: Floats
    line: ErrorColumn | None = None


def learner_family(learner: str | None) -> str | None:
    """Give the family of a learner; one not known here is a family of its own."""
    return None if learner is None else _FAMILIES.get(learner, learner)


def make_design(
    found: Sequence[Finding], task: TaskDescription, log_error: float | None = None, *, by_hardness: bool = False
) -> Design:
    """Describe findings and task alike.

    Args:
        found: the findings, any number.
        task: what is predicted.
        log_error: ln of random's error at 16 times the initial set, where a pilot or a forecast tells.
        by_hardness: where none tells, have a column of that error all the same, with the task in the middle of it, and
            say how it goes; without it there is none.
    """
    columns = [
        ("intercept", np.ones(len(found)), 1.0, 0.0, _INTERCEPT),
        ("synthetic", np.array([float(one.synthetic) for one in found]), 0.0, 0.0, _ORIGIN),
        _number("ln classes", [one.classes for one in found], float(task.classes), _CLASSES),
        _number("ln imbalance", [one.imbalance for one in found], task.imbalance, _IMBALANCE),
    ]
    line = None
    if log_error is not None:
        errors = [float(np.exp(one.log_error)) for one in found]
        columns.append(_number("ln error", errors, float(np.exp(log_error)), _ERROR))
    elif by_hardness and found:
        logs = np.array([one.log_error for one in found])
        line = ErrorColumn(
            len(columns), float(logs.mean()), float(logs.min()) - _BEYOND * _ERROR, float(logs.max()) + _BEYOND * _ERROR
        )
        columns.append(("ln error", (logs - line.middle) / _ERROR, 0.0, 0.0, _NUMBER))
    columns += _levels("kind", [one.kind for one in found], task.kind)
    recorded = [learner_family(one.learner) for one in found]
    # How far one family tells of another is the mismatch's business; only differences recorded are modelled.
    if len(set(recorded)) > 1:
        columns += _levels("learner", recorded, learner_family(task.learner))
    if task.metric not in {one.metric for one in found}:
        columns += _levels("metric", [one.metric for one in found], task.metric)
    names, X, own, spread, ridge = zip(*columns, strict=True)
    return Design(names, np.stack(X, axis=1), np.array(own), np.array(spread), np.array(ridge), line)


Column = tuple[str, Floats, float, float, float]


def _number(name: str, recorded: Sequence[float | None], own: float | None, unit: float) -> Column:
    """Centre ln of a number on the evidence; what is not recorded stands at the centre."""
    logs = np.log([np.nan if one is None else max(one, _LEAST) for one in recorded]) / unit
    known = logs[~np.isnan(logs)]
    if not known.size:
        return name, np.zeros(len(logs)), 0.0, 0.0, _NUMBER
    centre = float(known.mean())
    X = np.nan_to_num(logs - centre, nan=0.0)
    if own is None:
        return name, X, 0.0, float(known.var()), _NUMBER
    mine = float(np.log(max(own, _LEAST))) / unit - centre
    held = float(np.clip(mine, X.min() - _BEYOND, X.max() + _BEYOND))
    # Far from all evidence a line is a guess: its effect is held, and how it might go on widens the prediction.
    return name, X, held, (mine - held) ** 2, _NUMBER


def _levels(name: str, recorded: Sequence[str | None], own: str | None) -> list[Column]:
    """Give a column a level; a task that does not say is at a level of its own."""
    said = {"?" if one is None else one for one in recorded} | {"unsaid" if own is None else own}
    mine = "unsaid" if own is None else own
    return [
        (f"{name} {level}", np.array([float(one == level) for one in recorded]), float(level == mine), 0.0, _LEVEL)
        for level in sorted(said)
    ]
