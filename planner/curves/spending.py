"""Curves and savings over what annotation cost in another unit than labels: votes, tokens, seconds or dollars.

Notation:
    x       what a trajectory had spent by a round, in the unit asked for
    p_u     price of unit u in dollars: x in dollars is Σ_u p_u x_u
    V (S, n)  values of S seeds at n positions of x

Notation:
    x       what was spent
    V (S, n)  values of S seeds at n positions of x
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.curves.label_savings import LabelSavings, label_savings
from planner.curves.replicates import Replicates, families
from simulations.errors import InputError

UNITS: Mapping[str, str] = {
    "labels": "labels",
    "votes": "votes",
    "tokens": "tokens",
    "seconds": "annotation_seconds",
    "usd": "usd",
}
"""What curves may be drawn over, by the name it is asked for: the unit in the spending table."""

_SECONDS_PER_HOUR = 3600.0
_LARGEST_USD = 1e9
_MOST_STEPS = 1e12


@dataclass(frozen=True)
class Prices:
    """What each unit costs; 0 where it costs nothing.

    Attributes:
        usd_per_label: for each item, however many vote on it.
        usd_per_vote: for each vote.
        usd_per_token: for each token of an answer.
        usd_per_hour: for each hour of annotation.

    Raises:
        InputError: a price is below 0, NaN or beyond any use.
    """

    usd_per_label: float = 0.0
    usd_per_vote: float = 0.0
    usd_per_token: float = 0.0
    usd_per_hour: float = 0.0

    def __post_init__(self) -> None:
        for one in fields(self):
            price = getattr(self, one.name)
            if not 0 <= price <= _LARGEST_USD:
                option = f"--{one.name.replace('_', '-')}"
                raise InputError(f"{option}: found {price:g}; allowed: dollars from 0 to {_LARGEST_USD:g}")

    @property
    def by_unit(self) -> dict[str, float]:
        """Dollars by unit of the spending table, those that cost nothing left out."""
        every = {
            "labels": self.usd_per_label,
            "votes": self.usd_per_vote,
            "tokens": self.usd_per_token,
            "annotation_seconds": self.usd_per_hour / _SECONDS_PER_HOUR,
        }
        return {unit: price for unit, price in every.items() if price}


@dataclass(frozen=True, eq=False)
class Spending:
    """A curve table whose rounds say what they had cost.

    Attributes:
        table: the rows that can say it, with a column `spent`.
        unit: a key of `UNITS`.
        warnings: a sentence on rows that cannot, and were left out.
    """

    table: pd.DataFrame
    unit: str
    warnings: tuple[str, ...]


def over_spending(table: pd.DataFrame, spending: pd.DataFrame, unit: str, prices: Prices | None = None) -> Spending:
    """Put what was spent beside each row of a simulated curve table.

    Args:
        table: a validated curve table with `trajectory` and `round`.
        spending: `trajectory, round, unit, spent`, cumulative, as `simulations.record.spending_table` writes it.
        unit: a key of `UNITS`.
        prices: needed for `usd` and for nothing else.

    Returns:
        The rows of trajectories that recorded what is asked for.

    Raises:
        InputError: an unknown unit, no trajectory that recorded it, no price for `usd`, or a price for another unit.
    """
    _check_asked(unit, prices)
    known = spending.pivot(index=["trajectory", "round"], columns="unit", values="spent")
    rows = table.join(known.drop(columns="labels", errors="ignore"), on=["trajectory", "round"])
    if unit == "usd":
        assert prices is not None, "the check of what is asked for has been passed"
        for needed in prices.by_unit:
            _check_recorded(needed, rows)
        # A unit that a trajectory did not record leaves its dollars unknown, not lower.
        spent = sum(price * rows[needed] for needed, price in prices.by_unit.items())
    else:
        _check_recorded(UNITS[unit], rows)
        spent = rows[UNITS[unit]]
    rows = table.assign(spent=spent)
    without = rows["spent"].isna()
    return Spending(rows[~without], unit, _left_out(rows[without], unit))


def _check_asked(unit: str, prices: Prices | None) -> None:
    if unit not in UNITS:
        raise InputError(f"--per: found '{unit}'; allowed: {', '.join(UNITS)}")
    priced = prices is not None and bool(prices.by_unit)
    if unit == "usd" and not priced:
        raise InputError(
            "--per usd: no price is given; allowed: one or more of --usd-per-hour, --usd-per-vote, --usd-per-token, "
            "--usd-per-label above 0"
        )
    if unit != "usd" and priced:
        raise InputError(f"--per {unit}: prices are given, which only dollars need; allowed: --per usd with them")


def _check_recorded(unit: str, rows: pd.DataFrame) -> None:
    if unit in rows.columns and rows[unit].notna().any():
        return
    how = {
        "annotation_seconds": 'simulate with an oracle that tells them, such as {name = "perfect", seconds = 12}',
        "tokens": "simulate a task whose answers are sequences",
    }
    asked = {"annotation_seconds": "seconds"}.get(unit, unit)
    raise InputError(f"--per: no trajectory here has recorded {asked}; {how.get(unit, 'simulate into a store')}")


def _left_out(rows: pd.DataFrame, unit: str) -> tuple[str, ...]:
    if rows.empty:
        return ()
    names = ", ".join(sorted(map(str, rows["dataset"].unique())))
    count = rows["trajectory"].nunique()
    which = "1 trajectory that has" if count == 1 else f"{count} trajectories that have"
    return (f"Left out, as its cost in {unit} is not known: {which} not recorded it ({names}).",)


def steps_of(spent: pd.Series) -> tuple[npt.NDArray[np.int64], float]:
    """Count what is spent in whole small steps, as the arithmetic of label curves counts labels.

    Args:
        spent: above 0.

    Returns:
        Whole numbers of at least 1, and how much one step is: 1 where all amounts are whole, else so little that no
        figure moves by more than a million-millionth of the largest.
    """
    amounts = spent.to_numpy(dtype=float)
    step = 1.0 if (amounts == np.rint(amounts)).all() else float(amounts.max()) / _MOST_STEPS
    return np.maximum(np.rint(amounts / step), 1.0).astype(np.int64), step


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
