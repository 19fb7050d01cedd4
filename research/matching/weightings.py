"""Weightings that a reader would ask for, beside the one that ships; fixed before any of them was scored.

Notation: J proxies.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.transfer.from_proxies import Proxy, Weighting, equal_weights, share_among_learners
from planner.transfer.task_curves import TaskDescription
from simulations.arrays import Floats

__all__ = ["EQUAL", "MATCHED", "SHIPPED", "Method", "methods_for"]

_NEAREST = 3
_LEAST_MATCH = 0.02
_LINEAR = "linear"


@dataclass(frozen=True)
class Method:
    """A weighting and what the task's description tells it.

    Attributes:
        name: in a word or two.
        says: what it does, in words.
        weighting: gives the weights.
        imbalance: whether the description holds the imbalance, which few plans say.
    """

    name: str
    says: str
    weighting: Weighting
    imbalance: bool = False


def match_weights(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    """Weigh proxies by their match with the task; every proxy keeps at least 2% of a perfect match's."""
    return share_among_learners(np.array([max(proxy.match, _LEAST_MATCH) for proxy in proxies]), proxies, task)


def _same_kind(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    same = np.array([proxy.kind == task.kind for proxy in proxies], dtype=np.float64)
    return share_among_learners(same, proxies, task) if same.any() else equal_weights(proxies, task)


def _nearest(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    # A data set has one match, whatever the learner: learners do not crowd out data sets.
    match = pd.Series({proxy.dataset: proxy.match for proxy in proxies})
    nearest = set(match.sort_values(ascending=False, kind="stable").index[:_NEAREST])
    return share_among_learners(np.array([float(proxy.dataset in nearest) for proxy in proxies]), proxies, task)


def _own_learner_first(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    """Drop other learners where the data set was recorded with the task's own."""
    recorded = {proxy.dataset for proxy in proxies if proxy.learner == task.learner}
    kept = [proxy.learner == task.learner or proxy.dataset not in recorded for proxy in proxies]
    return _only(kept, proxies, task)


def _own_learner_only(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    return _only([proxy.learner == task.learner for proxy in proxies], proxies, task)


def _linear_only(proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    return _only([proxy.learner == _LINEAR for proxy in proxies], proxies, task)


def _only(kept: Sequence[bool], proxies: Sequence[Proxy], task: TaskDescription) -> Floats:
    """Match what is kept as if nothing else were recorded; everything where nothing is kept."""
    chosen = [proxy for proxy, keep in zip(proxies, kept, strict=True) if keep] or list(proxies)
    weights = dict(zip(map(id, chosen), match_weights(chosen, task), strict=True))
    return np.array([weights.get(id(proxy), 0.0) for proxy in proxies])


MATCHED = Method("matched", "by kind of data, classes and learner", match_weights)
EQUAL = Method("equal", "every data set the same", equal_weights)
SHIPPED = EQUAL
"""What a plan's curves are drawn with: the default of `planner.transfer.from_proxies.curves_from_proxies`."""

_OTHERS = (
    Method("imbalance told", "as matched, with the imbalance of the task told besides", match_weights, imbalance=True),
    Method("same kind", "the data sets of the same kind, all the same", _same_kind),
    Method("nearest three", "the three data sets that match best, all the same", _nearest),
)
_BY_LEARNER = (
    Method("own learner first", "as matched, other learners only on data sets without the task's", _own_learner_first),
    Method("own learner only", "as matched, from curves of the task's learner alone", _own_learner_only),
    Method("linear only", "as matched, from curves of the linear learner alone", _linear_only),
)


def methods_for(learners: Collection[str]) -> tuple[Method, ...]:
    """Give the weightings to compare, matching first; those of learners where several are recorded.

    Args:
        learners: those that the proxies were recorded with.
    """
    by_learner = _BY_LEARNER if len(learners) > 1 else ()
    return (MATCHED, EQUAL, *_OTHERS, *by_learner)
