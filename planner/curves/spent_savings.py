"""What a strategy saves in another unit than labels, and its curve over that unit.

Notation:
    x       what was spent
    V (S, n)  values of S seeds at n positions of x
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.factors import LabelSavings, label_savings
from planner.curves.replicates import Replicates, families
from planner.curves.spending import Spending, steps_of

_KEYS = ("dataset", "learner", "batch_size", "initial_size", "metric", "strategy")


@dataclass(frozen=True, slots=True)
class SpentSavings:
    """What a strategy saves against random in one unit, at the value that random has for one amount of it.

    Attributes:
        dataset: with `learner`, `batch_size`, `initial_size` and `metric`, the family.
        strategy: compared with random.
        unit: what is spent: a key of `planner.curves.spending.UNITS`.
        share: of what random spends by the last round that all its seeds have, where the value is read.
        at: that amount; None where random has no curve to read it from.
        value: running best of random's mean curve there.
        value_strategy: mean value of the strategy for the same amount; None where it was not measured there.
        spent_random: what random's mean curve needs for `value`.
        spent_strategy: likewise of the strategy; None where it never gets there.
        factor: spent_random ÷ spent_strategy; None where never.
        at_least: the strategy is above `value` with its initial set already, so the factor is only a lower bound.
        q10: lower end of the 80% interval, from resampled seeds; None where it is "never" or there is one seed.
        q90: upper end.
        p_never: share of resamples that never get there; None with one seed.
        pairs: seeds that both have.
        unreached: pairs in which the strategy's own curve never reaches what random's own has.
        label_factor: the factor in labels at the same share of random's, to be held beside it.
        reason: why there is no factor or no interval.
    """

    dataset: str
    learner: str
    batch_size: int
    initial_size: int | None
    metric: str
    strategy: str
    unit: str
    share: float | None
    at: float | None
    value: float | None
    value_strategy: float | None
    spent_random: float | None
    spent_strategy: float | None
    factor: float | None
    at_least: bool
    q10: float | None
    q90: float | None
    p_never: float | None
    pairs: int
    unreached: int | None
    label_factor: float | None
    reason: str | None


def spent_savings(spending: Spending) -> tuple[SpentSavings, ...]:
    """Read what every strategy saves against random in the unit, family by family.

    As `label_savings` does in labels, with the same interval: seeds are drawn with replacement, the same for both, so
    that what a seed's pool costs is common to them.

    Args:
        spending: rows of one metric.
    """
    steps, step = steps_of(spending.table["spent"])
    in_labels = {(*map(one.__getattribute__, _KEYS), one.share): one.factor for one in label_savings(spending.table)}
    return tuple(
        _in_unit(one, spending.unit, step, in_labels.get((*map(one.__getattribute__, _KEYS), one.share)))
        for one in label_savings(spending.table.assign(labels=steps))
    )


def _in_unit(one: LabelSavings, unit: str, step: float, label_factor: float | None) -> SpentSavings:
    def amount(steps: float | None) -> float | None:
        return None if steps is None else _told(steps * step)

    same = ("value", "value_strategy", "factor", "at_least", "q10", "q90", "p_never", "pairs", "unreached", "share")
    return SpentSavings(
        **{name: getattr(one, name) for name in (*_KEYS, *same)},
        unit=unit,
        at=amount(one.at),
        spent_random=amount(one.labels_random),
        spent_strategy=amount(one.labels_strategy),
        label_factor=label_factor,
        reason=one.reason and one.reason.replace("range of labels", f"range of {unit}"),
    )


def spent_curves(spending: Spending) -> pd.DataFrame:
    """Lay out each curve over the unit: the mean over seeds, and the 80% interval of the mean (Student's t).

    Args:
        spending: rows of one metric.

    Returns:
        `dataset, learner, batch_size, initial_size, metric, strategy, seeds, spent, value, q10, q90`, at what a round
        costs on average over seeds, within what all seeds cover; the interval is None with one seed. Seeds that share
        no range give no rows.
    """
    steps, step = steps_of(spending.table["spent"])
    rows = list[dict[str, Any]]()
    for identity, curves in families(spending.table.assign(labels=steps)):
        for name, curve in curves.items():
            rows += [{**identity, "strategy": name, **point} for point in _points(curve, step)]
    columns = [*_KEYS, "seeds", "spent", "value", "q10", "q90"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _points(curve: Replicates, step: float) -> list[Mapping[str, Any]]:
    if curve.ends is None:
        return []
    rounds = min(len(labels) for labels, _ in curve.curves.values())
    mean = np.mean([labels[:rounds] for labels, _ in curve.curves.values()], axis=0)
    places = np.unique(np.clip(mean, *curve.ends))
    values = np.stack([np.interp(places, *one) for one in curve.curves.values()])
    seeds, middle = len(values), values.mean(axis=0)
    half = _t80(seeds - 1) * values.std(axis=0, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.zeros(len(places))
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return [
        {
            "seeds": seeds,
            "spent": _told(x * step),
            "value": float(v),
            "q10": float(a) if seeds > 1 else None,
            "q90": float(b) if seeds > 1 else None,
        }
        for x, v, a, b in zip(places, middle, low, high, strict=True)
    ]


def _told(spent: float) -> float:
    return float(f"{spent:.10g}")  # what steps leave behind is no money


def _t80(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.9))
