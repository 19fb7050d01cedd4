"""Label savings over data sets: one figure a strategy, for what was measured and nothing else.

Notation:
    x   (k,)    mean ln(savings factor) of one data set
    k   ()      data sets
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from planner.arrays import Floats
from planner.curves.factors import LabelSavings

_SAME_ITEMS = {"test_size", "flip_noise", "boundary_noise"}
"""Settings of a data set that change how its items are answered for and divided, and not which items it has."""

_CAMPAIGN = re.compile(r"( \[initial_set=\w+\])?( \[\w+ \w+=[^]]*\])?$")
_SETTINGS = re.compile(r"(.*) \[(.+)\]", re.DOTALL)
_CONTENT = re.compile(r"[0-9a-f]{8}")

POOL_KEYS = ("learner", "batch_size", "initial_size", "metric", "strategy")


@dataclass(frozen=True, slots=True)
class PooledSavings:
    """What a strategy saved on average over the data sets measured.

    Attributes:
        learner: with `batch_size`, `initial_size` and `metric`, what the curves pooled share.
        strategy: compared with random.
        at: label count of random; None where each data set has its own.
        share: that count as a share of random's last on each data set; None where it was named.
        factor: geometric mean over data sets; None where some bounds are upper and others lower.
        q10: lower end of its 80% interval, None with a `reason`.
        q90: upper end.
        bound: `at_most` where a data set is never reached and enters with the most it can have saved; `at_least` where
            one was reached from the first count on; None where the factor is what it is.
        datasets: k, names of the data sets.
        unreached: names of those on which the strategy's mean curve never reaches random's value.
        reason: why there is no interval.
    """

    learner: str
    batch_size: int
    initial_size: int | None
    metric: str
    strategy: str
    at: int | None
    share: float | None
    factor: float | None
    q10: float | None
    q90: float | None
    bound: Literal["at_most", "at_least"] | None
    datasets: tuple[str, ...]
    unreached: tuple[str, ...]
    reason: str | None


def pool_savings(savings: Iterable[LabelSavings]) -> tuple[PooledSavings, ...]:
    """Average savings over data sets: the geometric mean, with each data set as one observation.

    Seeds and settings of one data set (`digits` and `digits [flip rate=0.1]`) are averaged first, since they are no
    independent data sets. Its name says which is which: initial set, oracle, `test_size` and the generator's label
    noise make no other data set. A file of the user's own is what it holds, whose hash is in its name, whatever columns
    were asked for; other settings, as of the generator, make another. The 80% interval is the t interval of the mean of
    ln s with k − 1 degrees of freedom, the cluster-level summary analysis for few clusters (Hayes & Moulton 2017,
    *Cluster Randomised Trials*, ch. 10). The data sets are not a sample of anybody's tasks: this is what was measured,
    not what a new task will save.

    Where a strategy never reaches random's value, less was saved than labels_random ÷ its last count. That bound takes
    the missing factor's place, the mean is then a bound too, and there is no interval.
    """
    groups: dict[tuple[Any, ...], list[LabelSavings]] = {}
    for one in savings:
        if one.at is not None:
            point = (None, one.share) if one.share is not None else (one.at, None)
            groups.setdefault((*(getattr(one, key) for key in POOL_KEYS), *point), []).append(one)
    return tuple(_pool(key, group) for key, group in groups.items())


def _pool(key: tuple[Any, ...], group: Sequence[LabelSavings]) -> PooledSavings:
    logs: dict[str, list[float]] = {}
    for one in group:
        logs.setdefault(_cluster(one.dataset), []).append(math.log(_most_saved(one)))
    never = tuple(sorted({_cluster(one.dataset) for one in group if one.factor is None}))
    x = np.array([np.mean(of_set) for of_set in logs.values()])
    low = any(one.at_least for one in group)
    q10, q90, reason = _interval(x, len(never), low)
    *shared, at, share = key
    return PooledSavings(
        **dict(zip(POOL_KEYS, shared, strict=True)),
        at=at,
        share=share,
        factor=None if never and low else float(np.exp(x.mean())),
        q10=q10,
        q90=q90,
        bound="at_most" if never else "at_least" if low else None,
        datasets=tuple(sorted(logs)),
        unreached=never,
        reason=reason,
    )


def _cluster(dataset: str) -> str:
    """Give a data set's name without the settings that leave its items the same.

    >>> _cluster("digits [test_size=800] [flip rate=0.1]"), _cluster("synthetic [d=8, flip_noise=0.1, n=900]")
    ('digits', 'synthetic [d=8, n=900]')
    >>> _cluster("mine.csv [label=queue, 0a1b2c3d] [initial_set=random]")
    'mine.csv [0a1b2c3d]'
    """
    dataset = _CAMPAIGN.sub("", dataset, count=1)
    found = _SETTINGS.fullmatch(dataset)
    if found is None:
        return dataset
    name, cells = found[1], found[2].split(", ")
    told = [cell for cell in cells if cell.partition("=")[0] not in _SAME_ITEMS]
    if _CONTENT.fullmatch(cells[-1]):
        told = cells[-1:]
    return f"{name} [{', '.join(told)}]" if told else name


def _most_saved(one: LabelSavings) -> float:
    assert one.labels_random is not None and one.labels_most is not None  # where there is a level, there are counts
    return one.labels_random / one.labels_most if one.factor is None else one.factor


def _interval(x: Floats, never: int, low: bool) -> tuple[float | None, float | None, str | None]:
    if never or low:
        why = f"never reached on {never} of {len(x)} data sets" if never else "a factor is only a lower bound"
        return None, None, f"{why}: no interval"
    if len(x) < 2:
        return None, None, "one data set: no interval"
    from scipy import stats

    half = float(stats.t.ppf(0.9, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return float(np.exp(x.mean() - half)), float(np.exp(x.mean() + half)), None
