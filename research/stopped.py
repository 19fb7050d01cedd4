"""Where simulated campaigns would have stopped by a rule: applied to their recorded rounds, after the fact.

A rule is any object with `stops(seen)` and `why(seen)`; those of the planner are. What is simulated is not cut short,
so that one run tells of every rule, and of what was missed by stopping.

Notation: L lanes; m held-out items; C classes; r rounds seen so far.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from simulations.arrays import Floats, Ints
from simulations.datasets import DATASETS
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.store import curve_table
from simulations.tasks.task import CLASSIFICATION
from simulations.trajectory import Trajectory

Price = Callable[[int], float]
"""Gives the money spent, in USD, when so many labels are in hand."""

_COLUMNS = ("dataset", "learner", "strategy", "batch_size", "seed", "trajectory")


@dataclass(frozen=True, eq=False)
class Seen:
    """What one simulated campaign has shown after some rounds; None is what a simulation cannot tell.

    Attributes:
        labels: (r,) labels in hand.
        values: (r,) the metric on the held-out items.
        test_size: held-out items.
        agreement: (r − 1,) kappa between the predictions of successive rounds.
        spent_usd: money spent, where labels have a price.
        next_usd: price of the next round.
        next_gain: not known while simulating.
        p_reached: not known while simulating.
    """

    labels: Floats
    values: Floats
    test_size: float
    agreement: Floats | None = None
    spent_usd: float | None = None
    next_usd: float | None = None
    next_gain: None = None
    p_reached: None = None


class StopRule(Protocol):
    """What a rule has to do."""

    def stops(self, seen: Any) -> Any:
        """Say whether a campaign stops."""

    def why(self, seen: Any) -> str | None:
        """Say in words why it does; None where it goes on."""


def stopped_at(
    table: pd.DataFrame, rule: StopRule, *, metric: str = "accuracy", spent_usd: Price | None = None
) -> pd.DataFrame:
    """Apply a rule to every recorded trajectory.

    Args:
        table: a curve table; a column `agreement`, empty in each first round, where the rule asks for it.
        rule: says when to stop.
        metric: what the rule looks at.
        spent_usd: prices labels, where the rule asks for money.

    Returns:
        One row a trajectory: what identifies it, `round`, `labels` and `value` where it stops, `why` in words, and
        `last_labels` and `last_value`, where the simulation ended. `why` is None where the rule never stops: the row
        is then that of the last round.

    Raises:
        InputError: the table has no such metric.
    """
    rows = table[table["metric"] == metric]
    if rows.empty:
        known = ", ".join(sorted(map(str, table["metric"].unique())))
        raise InputError(f"metric: found '{metric}'; allowed: {known}")
    keys = [name for name in _COLUMNS if name in table.columns]
    found = []
    for _, part in rows.groupby(keys, sort=True):
        part = part.sort_values("labels")
        at, why = _stop(part, rule, spent_usd)
        here, last = part.iloc[at], part.iloc[-1]
        found.append(
            {name: here[name] for name in keys}
            | {"round": at, "labels": int(here["labels"]), "value": float(here["value"]), "why": why}
            | {"last_labels": int(last["labels"]), "last_value": float(last["value"])}
        )
    # Plain objects keep None as None; a column of text would turn it into NaN.
    return pd.DataFrame(found).assign(why=pd.Series([one["why"] for one in found], dtype=object))


def curves_with_agreement(trajectories: Sequence[Trajectory]) -> pd.DataFrame:
    """Simulate trajectories in lockstep and give their curve table with a column `agreement`.

    The items on which predictions are compared are the held-out ones, whose labels that does not use.

    Args:
        trajectories: at least one; they share what lockstep needs.

    Raises:
        InputError: a setting is out of range.
    """
    task = DATASETS[trajectories[0].dataset.name].task
    if task != CLASSIFICATION:
        raise InputError(f"agreement: is between predicted classes, and {task} has none")
    before: list[Ints] = []
    agreement: dict[tuple[str, int], float] = {}

    def watch(labels: int, predicted: Ints) -> None:
        if before:
            found = kappa(before.pop(), predicted)
            agreement.update({(t.key, labels): float(k) for t, k in zip(trajectories, found, strict=True)})
        before.append(predicted)

    table = curve_table(run_lanes(trajectories, watch))
    where = zip(table["trajectory"], table["labels"], strict=True)
    return table.assign(agreement=[agreement.get(key, np.nan) for key in where])


def kappa(first: Ints, second: Ints) -> Floats:
    """Give Cohen's kappa between two sets of predictions, (L,); 1 where both name one and the same class only.

    (p_o − p_e) ÷ (1 − p_e), with p_o the share of items on which they agree and p_e that by chance (Cohen 1960).

    Args:
        first: (L, m) class numbers.
        second: (L, m).
    """
    (L, m), C = first.shape, int(max(first.max(), second.max())) + 1
    shift = np.arange(L)[:, None] * C
    shares = [np.bincount((shift + p).ravel(), minlength=L * C).reshape(L, C) / m for p in (first, second)]
    agree, by_chance = (first == second).mean(axis=1), (shares[0] * shares[1]).sum(axis=1)
    certain = by_chance >= 1.0
    return np.where(certain, 1.0, (agree - by_chance) / np.where(certain, 1.0, 1.0 - by_chance))


def _stop(rows: pd.DataFrame, rule: StopRule, price: Price | None) -> tuple[int, str | None]:
    """Find the first round at which the rule stops a trajectory, and why; the last one and None where it never does."""
    at = -1
    for at, seen in enumerate(_rounds(rows, price)):
        if bool(rule.stops(seen)):
            return at, rule.why(seen)
    return at, None


def _rounds(rows: pd.DataFrame, price: Price | None) -> Iterator[Seen]:
    """Show a trajectory round by round."""
    labels, values = (rows[name].to_numpy(dtype=float) for name in ("labels", "value"))
    agreement = rows["agreement"].to_numpy(dtype=float)[1:] if "agreement" in rows.columns else None
    usd = [price(int(n)) for n in labels] if price is not None else None
    for r in range(1, len(rows) + 1):
        ahead = usd[r] - usd[r - 1] if usd is not None and r < len(rows) else None
        yield Seen(
            labels[:r],
            values[:r],
            float(rows["test_size"].iloc[0]),
            None if agreement is None else agreement[: r - 1],
            None if usd is None else usd[r - 1],
            ahead,
        )
