"""Label savings between measured curves, and their average over data sets.

The savings factor is how many labels random needs for each one that a strategy needs, for the same value.

Notation:
    V, W    (S, n), (S, m)    values of random and of the strategy, a row a seed that both have
    R       (B, S)            how often each seed is in each resample, ÷ S
    v       (B,)              running best of random's mean curve at the label count asked for
    s       (B,)              savings factor n_random(v) ÷ n_strategy(v); 0 stands for "never reached" inside here
    x       (k,)              mean ln(savings factor) of each of k data sets
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr

from planner.curves import replicates
from planner.forecasting import first_passage
from simulations.arrays import Floats

RESAMPLES = 1_000
SHARES = (1.0, 0.5, 0.25)
"""Where savings are read unless told otherwise: at random's last label count, at half and at a quarter of it."""

POOL_KEYS = (*replicates.FAMILY_KEYS[1:], "strategy")
"""What the savings that are averaged share."""

_HAIR = 1e-12  # interpolating a level and finding it again may differ in the last digit

_SAME_ITEMS = {"test_size", "flip_noise", "boundary_noise"}
"""Settings of a data set that change how its items are answered for and divided, and not which items it has."""

_CAMPAIGN = re.compile(r"( \[initial_set=\w+\])?( \[\w+ \w+=[^]]*\])?$")
_SETTINGS = re.compile(r"(.*) \[(.+)\]", re.DOTALL)
_CONTENT = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings(replicates.CurveIdentity):
    """What a strategy saves against random at the value that random has at one place, whatever is counted.

    Attributes:
        share: the place as a share of random's last one, where it was chosen so; None where it was named.
        value: running best of random's mean curve there, the value to be reached.
        value_strategy: mean value of the strategy at that place; None where it was not measured there.
        factor: what random needs for `value` ÷ what the strategy needs; None where never.
        at_least: the strategy is above `value` at its first count already, so the factor is only a lower bound.
        q10: lower end of the 80% interval, from resampled seeds; None where it is "never" or there is one seed.
        q90: upper end.
        p_never: share of resamples that never get there; None with one seed.
        pairs: S, seeds that both have.
        unreached: pairs in which the strategy's own curve never reaches what random's own has at that place.
        reason: why there is no factor or no interval.
    """

    share: float | None = None
    value: float | None = None
    value_strategy: float | None = None
    factor: float | None = None
    at_least: bool = False
    q10: float | None = None
    q90: float | None = None
    p_never: float | None = None
    pairs: int = 0
    unreached: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSavings(Savings):
    """What a strategy saves in labels.

    Attributes:
        at: the label count of random; None where random has no curve to read it from.
        labels_random: labels that random's mean curve needs for `value`; below `at` on a plateau.
        labels_strategy: likewise of the strategy; None where it never gets there.
        labels_most: the strategy's last label count.
    """

    at: int | None = None
    labels_random: float | None = None
    labels_strategy: float | None = None
    labels_most: int | None = None


def label_savings(table: pd.DataFrame, *, at: Sequence[int] | None = None) -> tuple[LabelSavings, ...]:
    """Read what every strategy of a validated table saves against random, family by family.

    The labels that a mean curve needs for a value are where its running best first reaches it, on straight lines
    between rounds; a curve bends above such a line, so no saving is finer than the rounds are. The 80% interval is a
    paired percentile bootstrap: seeds are drawn with replacement, the same for both curves, and the value is read anew
    in each of 1,000 resamples (Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, ch. 13), with its tails
    expanded for few seeds. It speaks of other seeds on the same data.

    Savings are read at random's last label count and at the counts named, or else at half and a quarter of the last.
    There is one record a strategy and count; one with a `reason` where no random stands beside.

    Raises:
        InputError: a count that a random curve does not cover.
    """
    savings: list[LabelSavings] = []
    for identity, curves in replicates.families(table):
        random = curves.get(replicates.BASELINE)
        if random is not None:
            replicates.check_covered(at or (), random, identity)
        for name in (name for name in curves if name != replicates.BASELINE):
            savings += _strategy_savings({**identity, "strategy": name}, curves[name], random, at)
    return tuple(savings)


def _strategy_savings(
    identity: Mapping[str, Any],
    curve: replicates.Replicates,
    random: replicates.Replicates | None,
    at: Sequence[int] | None,
) -> list[LabelSavings]:
    if random is None:
        return [LabelSavings(**identity, reason=f"no curve of {replicates.BASELINE} stands beside it")]
    both = sorted(curve.curves.keys() & random.curves.keys())
    if not both:
        return [LabelSavings(**identity, reason="it shares no seed with random")]
    curve, random = curve.of(both), random.of(both)
    if curve.ends is None or random.ends is None:
        return [LabelSavings(**identity, pairs=len(both), reason="the paired seeds share no range of labels")]
    return [_savings_at(identity, curve, random, *point) for point in _reading_points(random.ends, at)]


def _reading_points(ends: tuple[int, int], at: Sequence[int] | None) -> list[tuple[int, float | None]]:
    first, last = ends
    if at is not None:
        return [(last, 1.0), *((count, None) for count in sorted(set(at)) if count != last)]
    # At the initial set there is nothing to save yet.
    return [(int(share * last), share) for share in SHARES if share == 1 or share * last > first]


def _savings_at(
    identity: Mapping[str, Any],
    curve: replicates.Replicates,
    random: replicates.Replicates,
    at: int,
    share: float | None,
) -> LabelSavings:
    (n, V), (m, W) = random.grid(), curve.grid()
    pairs = len(V)
    level, needs, theirs = (float(x[0]) for x in _first_passages(np.full((1, pairs), 1 / pairs), V, W, n, m, at))
    fields: dict[str, Any] = {"at": at, "share": share, "value": level, "labels_random": needs, "pairs": pairs}
    if np.isfinite(theirs):
        fields.update(labels_strategy=theirs, factor=needs / theirs)
        fields["at_least"] = bool(theirs <= m[0] and needs > m[0])
    if m[0] <= at <= m[-1]:
        fields["value_strategy"] = float(np.mean([*curve.at(at).values()]))
    fields["unreached"] = int(np.isinf(_first_passages(np.eye(pairs), V, W, n, m, at)[2]).sum())
    fields["labels_most"] = int(m[-1])
    if pairs == 1:
        return LabelSavings(**identity, **fields, reason="one paired seed: no interval")
    return LabelSavings(**identity, **fields, **_bootstrap_interval(V, W, n, m, at))


def _first_passages(R: Floats, V: Floats, W: Floats, n: Floats, m: Floats, at: float) -> tuple[Floats, Floats, Floats]:
    """Give the level and the labels that random and the strategy need for it, each (B,); inf is never."""
    best, best_strategy = (np.maximum.accumulate(R @ values, axis=1) for values in (V, W))
    left = max(int(np.searchsorted(n, at, side="left")) - 1, 0)
    right = min(left + 1, len(n) - 1)
    weight = (at - n[left]) / (n[right] - n[left]) if right > left else 0.0
    level = (1 - weight) * best[:, left] + weight * best[:, right]
    needs, theirs = (
        first_passage(curve - (level - _HAIR)[:, None], labels, 0.0)
        for curve, labels in ((best, n), (best_strategy, m))
    )
    return level, needs, theirs


def _bootstrap_interval(V: Floats, W: Floats, n: Floats, m: Floats, at: float) -> dict[str, Any]:
    pairs = len(V)
    rng = np.random.default_rng(0)  # the same table gives the same interval, and all strategies the same resamples
    R = rng.multinomial(pairs, np.full(pairs, 1 / pairs), size=RESAMPLES) / pairs
    _, needs, theirs = _first_passages(R, V, W, n, m, at)
    never = np.isinf(theirs)
    s = np.where(never, 0.0, needs / np.where(never, 1.0, theirs))
    tail = _tail_share(pairs)
    # No interpolation: between a number and "never" there is nothing.
    q10, q90 = (end if end > 0 else None for end in np.quantile(s, (tail, 1 - tail), method="inverted_cdf").tolist())
    return {"q10": q10, "q90": q90, "p_never": float(never.mean())}


def _tail_share(pairs: int) -> float:
    """Give the share of resamples to cut at either end for an 80% interval.

    Resampling S seeds understates their variance by (S − 1) ÷ S and knows no t; the expanded percentile interval makes
    up for both: Φ(−√(S ÷ (S − 1)) · t₀.₉,S₋₁) (Hesterberg 2015, The American Statistician 69:371), 7% for ten seeds.
    """
    return float(ndtr(-np.sqrt(pairs / (pairs - 1)) * replicates.t80(pairs - 1)))


@dataclass(frozen=True, slots=True)
class PooledSavings:
    """What a strategy saved on average over the data sets measured.

    Attributes:
        at: label count of random; None where each data set has its own.
        share: that count as a share of random's last on each data set; None where it was named.
        factor: geometric mean over data sets; None where some bounds are upper and others lower.
        q10: lower end of its 80% interval, and `q90` the upper one; None with a `reason`.
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
    return tuple(_pool_group(key, group) for key, group in groups.items())


def _pool_group(key: tuple[Any, ...], group: Sequence[LabelSavings]) -> PooledSavings:
    logs: dict[str, list[float]] = {}
    for one in group:
        assert one.labels_random is not None and one.labels_most is not None  # where there is a level, there are counts
        most_saved = one.labels_random / one.labels_most if one.factor is None else one.factor
        logs.setdefault(_items_name(one.dataset), []).append(math.log(most_saved))
    never = tuple(sorted({_items_name(one.dataset) for one in group if one.factor is None}))
    x = np.array([np.mean(of_set) for of_set in logs.values()])
    low = any(one.at_least for one in group)
    q10, q90, reason = _pooled_interval(x, len(never), low)
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


def _items_name(dataset: str) -> str:
    """Give a data set's name without the settings that leave its items the same.

    >>> _items_name("digits [test_size=800] [flip rate=0.1]"), _items_name("synthetic [d=8, flip_noise=0.1, n=900]")
    ('digits', 'synthetic [d=8, n=900]')
    >>> _items_name("mine.csv [label=queue, 0a1b2c3d] [initial_set=random]")
    'mine.csv [0a1b2c3d]'
    """
    dataset = _CAMPAIGN.sub("", dataset, count=1)
    match = _SETTINGS.fullmatch(dataset)
    if match is None:
        return dataset
    name, cells = match[1], match[2].split(", ")
    own = [cell for cell in cells if cell.partition("=")[0] not in _SAME_ITEMS]
    if _CONTENT.fullmatch(cells[-1]):
        own = cells[-1:]
    return f"{name} [{', '.join(own)}]" if own else name


def _pooled_interval(x: Floats, never: int, low: bool) -> tuple[float | None, float | None, str | None]:
    if never or low:
        why = f"never reached on {never} of {len(x)} data sets" if never else "a factor is only a lower bound"
        return None, None, f"{why}: no interval"
    if len(x) < 2:
        return None, None, "one data set: no interval"
    half = float(replicates.t80(len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return float(np.exp(x.mean() - half)), float(np.exp(x.mean() + half)), None
