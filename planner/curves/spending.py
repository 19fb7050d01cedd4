"""Curves and savings over what annotation cost in another unit than labels: votes, tokens, seconds or dollars.

Notation:
    x       what a trajectory had spent by a round, in the unit asked for
    p_u     price of unit u in dollars: x in dollars is Σ_u p_u x_u
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from planner.curves.label_savings import LabelSavings, Savings, label_savings
from planner.curves.replicates import FAMILY_KEYS, Replicates, families, mean_interval
from simulations.arrays import Ints
from simulations.errors import InputError

UNITS: Mapping[str, str] = {
    "labels": "labels",
    "votes": "votes",
    "tokens": "tokens",
    "seconds": "annotation_seconds",
    "usd": "usd",
}
"""What curves may be drawn over, by the name it is asked for: the unit in the spending table."""

_KEYS = (*FAMILY_KEYS, "strategy")
_SECONDS_PER_HOUR = 3600.0
_LARGEST_USD = 1e9
_MOST_STEPS = 1e12


@dataclass(frozen=True)
class Prices:
    """What each item (however many vote on it), vote, token of an answer and hour of annotation costs; 0 for nothing.

    Raises:
        InputError: a price is below 0, NaN or beyond any use.
    """

    usd_per_label: float = 0.0
    usd_per_vote: float = 0.0
    usd_per_token: float = 0.0
    usd_per_hour: float = 0.0

    def __post_init__(self) -> None:
        for name, price in asdict(self).items():
            if not 0 <= price <= _LARGEST_USD:
                option = f"--{name.replace('_', '-')}"
                raise InputError(f"{option}: found {price:g}; allowed: dollars from 0 to {_LARGEST_USD:g}")

    @property
    def by_unit(self) -> dict[str, float]:
        """Dollars by unit of the spending table, those that cost nothing left out."""
        prices = {
            "labels": self.usd_per_label,
            "votes": self.usd_per_vote,
            "tokens": self.usd_per_token,
            "annotation_seconds": self.usd_per_hour / _SECONDS_PER_HOUR,
        }
        return {unit: price for unit, price in prices.items() if price}


@dataclass(frozen=True, eq=False)
class Spending:
    """A curve table whose rounds say what they had cost in a unit of `UNITS`, in a column `spent`.

    Warnings are of rows that cannot say it, and were left out.
    """

    table: pd.DataFrame
    unit: str
    warnings: tuple[str, ...]


def join_spending(table: pd.DataFrame, spending: pd.DataFrame, unit: str, prices: Prices | None = None) -> Spending:
    """Put what was spent beside each row of a simulated curve table, for trajectories that recorded the unit.

    Args:
        table: a validated curve table with `trajectory` and `round`.
        spending: `trajectory, round, unit, spent`, cumulative, as `simulations.store.spending_table` writes it.
        unit: a key of `UNITS`.
        prices: needed for `usd` and for nothing else.

    Raises:
        InputError: an unknown unit, no trajectory that recorded it, no price for `usd`, or a price for another unit.
    """
    by_unit = {} if prices is None else prices.by_unit
    _check_prices(unit, by_unit)
    known = spending.pivot(index=["trajectory", "round"], columns="unit", values="spent")
    rows = table.join(known.drop(columns="labels", errors="ignore"), on=["trajectory", "round"])
    if unit == "usd":
        for needed in by_unit:
            _check_recorded(needed, rows)
        # A unit that a trajectory did not record leaves its dollars unknown, not lower.
        spent = sum(price * rows[needed] for needed, price in by_unit.items())
    else:
        _check_recorded(UNITS[unit], rows)
        spent = rows[UNITS[unit]]
    rows = table.assign(spent=spent)
    without = rows["spent"].isna()
    return Spending(rows[~without], unit, _omission_warnings(rows[without], unit))


def _check_prices(unit: str, prices: Mapping[str, float]) -> None:
    if unit not in UNITS:
        raise InputError(f"--per: found '{unit}'; allowed: {', '.join(UNITS)}")
    if unit == "usd" and not prices:
        raise InputError(
            "--per usd: no price is given; allowed: one or more of --usd-per-hour, --usd-per-vote, --usd-per-token, "
            "--usd-per-label above 0"
        )
    if unit != "usd" and prices:
        raise InputError(f"--per {unit}: prices are given, which only dollars need; allowed: --per usd with them")


def _check_recorded(unit: str, rows: pd.DataFrame) -> None:
    if unit in rows.columns and rows[unit].notna().any():
        return
    advice = {
        "annotation_seconds": 'simulate with an oracle that tells them, such as {name = "perfect", seconds = 12}',
        "tokens": "simulate a task whose answers are sequences",
    }.get(unit, "simulate into a store")
    raise InputError(f"--per: no trajectory here has recorded {unit.removeprefix('annotation_')}; {advice}")


def _omission_warnings(rows: pd.DataFrame, unit: str) -> tuple[str, ...]:
    if rows.empty:
        return ()
    names = ", ".join(sorted(map(str, rows["dataset"].unique())))
    count = rows["trajectory"].nunique()
    which = "1 trajectory that has" if count == 1 else f"{count} trajectories that have"
    return (f"Left out, as its cost in {unit} is not known: {which} not recorded it ({names}).",)


def _whole_steps(spent: pd.Series) -> tuple[Ints, float]:
    """Count what is spent in whole small steps, as the arithmetic of label curves counts labels.

    Gives whole numbers of at least 1, and how much one step is: 1 where all amounts are whole, else so little that no
    figure moves by more than a million-millionth of the largest.
    """
    amounts = spent.to_numpy(dtype=float)
    step = 1.0 if (amounts == np.rint(amounts)).all() else float(amounts.max()) / _MOST_STEPS
    return np.maximum(np.rint(amounts / step), 1.0).astype(np.int64), step


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentSavings(Savings):
    """What a strategy saves in one unit.

    Attributes:
        unit: what is spent: a key of `UNITS`.
        at: what random has spent where the value is read; None where it has no curve to read it from.
        spent_random: what random's mean curve needs for `value`.
        spent_strategy: likewise of the strategy; None where it never gets there.
        label_factor: the factor in labels at the same share of random's, to be held beside it.
    """

    unit: str
    at: float | None
    spent_random: float | None
    spent_strategy: float | None
    label_factor: float | None


def spent_savings(spending: Spending) -> tuple[SpentSavings, ...]:
    """Read what every strategy saves against random in the unit, family by family.

    As `label_savings` does in labels of one metric, with the same interval: seeds are drawn with replacement, the same
    for both, so that what a seed's pool costs is common to them.
    """
    steps, step = _whole_steps(spending.table["spent"])
    in_labels = {_savings_key(savings): savings.factor for savings in label_savings(spending.table)}
    in_steps = label_savings(spending.table.assign(labels=steps))
    return tuple(_in_unit(savings, spending.unit, step, in_labels.get(_savings_key(savings))) for savings in in_steps)


def _savings_key(savings: LabelSavings) -> tuple[Any, ...]:
    return (*(getattr(savings, key) for key in _KEYS), savings.share)


def _in_unit(savings: LabelSavings, unit: str, step: float, label_factor: float | None) -> SpentSavings:
    """Turn savings that were counted in steps into the unit."""
    at, random, strategy = (
        None if steps is None else _amount_in_unit(steps, step)
        for steps in (savings.at, savings.labels_random, savings.labels_strategy)
    )
    same = {field.name: getattr(savings, field.name) for field in fields(Savings)}
    same["reason"] = savings.reason and savings.reason.replace("range of labels", f"range of {unit}")
    return SpentSavings(
        **same, unit=unit, at=at, spent_random=random, spent_strategy=strategy, label_factor=label_factor
    )


def spent_curves(spending: Spending) -> pd.DataFrame:
    """Lay out each curve over the unit: the mean over seeds, and the 80% interval of the mean (Student's t).

    Returns:
        `dataset, learner, batch_size, initial_size, metric, strategy, seeds, spent, value, q10, q90`, at what a round
        costs on average over seeds, within what all seeds cover; the interval is None with one seed. Seeds that share
        no range give no rows.
    """
    steps, step = _whole_steps(spending.table["spent"])
    rows = [
        {**identity, "strategy": name, **point}
        for identity, curves in families(spending.table.assign(labels=steps))
        for name, curve in curves.items()
        for point in _curve_points(curve, step)
    ]
    columns = [*_KEYS, "seeds", "spent", "value", "q10", "q90"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _curve_points(curve: Replicates, step: float) -> Iterator[dict[str, Any]]:
    if curve.ends is None:
        return
    rounds = min(len(labels) for labels, _ in curve.curves.values())
    mean = np.mean([labels[:rounds] for labels, _ in curve.curves.values()], axis=0)
    places = np.unique(np.clip(mean, *curve.ends))
    middle, low, high = mean_interval(np.stack([np.interp(places, *seed) for seed in curve.curves.values()]))
    for i, place in enumerate(places):
        ends = {"q10": None if low is None else float(low[i]), "q90": None if high is None else float(high[i])}
        yield {"seeds": len(curve.curves), "spent": _amount_in_unit(place, step), "value": float(middle[i]), **ends}


def _amount_in_unit(steps: float, step: float) -> float:
    return float(f"{steps * step:.10g}")  # what steps leave behind is no money
