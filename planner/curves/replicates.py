"""Measured curves seed by seed (replicates), interpolated linearly between their rounds.

Notation:
    S   ()      seeds
    n   ()      label counts
    V   (S, n)  values, a row a seed
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from planner.intervals import QUANTILES
from simulations.arrays import Floats
from simulations.errors import InputError

BASELINE = "random"
_MOST_NAMED = 5

FAMILY_KEYS = ("dataset", "learner", "batch_size", "initial_size", "metric")
"""What a family of curves shares: only its curves are compared, since only there a seed gives them the same start."""


@dataclass(frozen=True, slots=True)
class CurveIdentity:
    """Which curve something is about: its family, whose initial size is None where the table has none, and strategy."""

    dataset: str
    learner: str
    batch_size: int
    initial_size: int | None
    metric: str
    strategy: str


@dataclass(frozen=True, eq=False)
class Replicates:
    """All seeds of one strategy's curve: seed → label counts, strictly rising, and the values there.

    `repeated` says whether a seed had several values at one label count, which are averaged.
    """

    name: str
    curves: Mapping[int, tuple[Floats, Floats]]
    repeated: bool = False

    @classmethod
    def from_rows(cls, name: str, rows: pd.DataFrame) -> "Replicates":
        """Take the rows of one curve of a validated table; none give no curves."""
        means = rows.groupby(["seed", "labels"], sort=True)["value"].mean()
        seeds, labels = (means.index.get_level_values(level).to_numpy() for level in (0, 1))
        values = means.to_numpy(dtype=np.float64)
        curves = {int(seed): (labels[seeds == seed].astype(float), values[seeds == seed]) for seed in np.unique(seeds)}
        return cls(name, curves, len(means) < len(rows))

    def of(self, seeds: Collection[int]) -> "Replicates":
        """Give the curves of some seeds alone."""
        return Replicates(self.name, {seed: self.curves[seed] for seed in seeds}, self.repeated)

    @property
    def ends(self) -> tuple[int, int] | None:
        """The first and last label count that every seed covers; None where there is no such range."""
        if not self.curves:
            return None
        low = max(int(labels[0]) for labels, _ in self.curves.values())
        high = min(int(labels[-1]) for labels, _ in self.curves.values())
        return (low, high) if low <= high else None

    def at(self, labels: float) -> dict[int, float]:
        """Give each seed's value at a label count that all of them cover."""
        return {seed: float(np.interp(labels, *curve)) for seed, curve in self.curves.items()}

    def grid(self) -> tuple[Floats, Floats]:
        """Give the label counts measured within `ends`, (n,), and V there, a row a seed in their order."""
        ends = self.ends
        assert ends is not None, "asked of curves that share a range"
        counts = np.unique(np.concatenate([labels for labels, _ in self.curves.values()]))
        counts = counts[(counts >= ends[0]) & (counts <= ends[1])]
        return counts, np.stack([np.interp(counts, *curve) for curve in self.curves.values()])


def families(table: pd.DataFrame) -> Iterator[tuple[dict[str, Any], dict[str, Replicates]]]:
    """Split a validated table into families.

    Returns:
        The values of `FAMILY_KEYS` (None for an initial size that the table does not hold), and the replicates by
        strategy, sorted by name; families are sorted by their values.
    """
    keys = [key for key in FAMILY_KEYS if key in table.columns]
    for values, family in table.groupby(keys, sort=True):
        identity = {**dict.fromkeys(FAMILY_KEYS), **dict(zip(keys, map(as_python_scalar, values), strict=True))}
        members = {str(name): rows for name, rows in family.groupby("strategy", sort=True)}
        yield identity, {name: Replicates.from_rows(name, rows) for name, rows in members.items()}


def check_covered(at: Iterable[int], curve: Replicates, family: Mapping[str, Any]) -> None:
    """Refuse label counts outside the range that all seeds of a curve cover.

    Raises:
        InputError: names the count, the range and the curve.
    """
    which = f"{family['dataset']}, {family['learner']}, {curve.name}, batch size {family['batch_size']}"
    for count in at:
        if curve.ends is None:
            raise InputError(f"--at: found {count}, but no label count is covered by all seeds of {which}")
        low, high = curve.ends
        if not low <= count <= high:
            raise InputError(f"--at: found {count:,}; allowed: {low:,} to {high:,}, as far as {which} was measured")


def as_python_scalar(cell: Any) -> Any:
    """Give a Python scalar, which JSON can hold, for a numpy one."""
    return cell.item() if hasattr(cell, "item") else cell


def t80(freedom: int) -> float:
    """Give the half-width of Student's 80% interval in standard errors."""
    return float(stdtrit(freedom, 0.9))


def mean_interval(V: Floats) -> tuple[Floats, Floats | None, Floats | None]:
    """Average values over seeds: the mean, (n,), and the ends of its 80% interval (Student's t), within 0 to 1.

    One seed says nothing of others, so that its ends are None.
    """
    mean, seeds = V.mean(axis=0), len(V)
    if seeds == 1:
        return mean, None, None
    half = t80(seeds - 1) * V.std(axis=0, ddof=1) / np.sqrt(seeds)
    return mean, np.maximum(mean - half, 0.0), np.minimum(mean + half, 1.0)


def seed_quantiles(rows: pd.DataFrame) -> pd.DataFrame:
    """Summarise measured values over seeds.

    Args:
        rows: columns `strategy, seed, labels, value`; the seeds of a strategy share their label counts.

    Returns:
        A row for each strategy and number of labels: `strategy, labels, q10, q50, q90` (quantiles over seeds, read
        between them along straight lines) and `seeds` (how many). One seed gives three equal values; no rows give none.
    """
    if rows.empty:
        return pd.DataFrame(columns=["strategy", "labels", "q10", "q50", "q90", "seeds"])
    values = rows.groupby(["strategy", "labels"], sort=False)["value"]
    quantiles = values.quantile(np.array(QUANTILES)).unstack()
    quantiles.columns = pd.Index(["q10", "q50", "q90"])
    return quantiles.assign(seeds=values.size()).reset_index()


def censoring_warnings(table: pd.DataFrame) -> list[str]:
    """Name the curves of one metric of which some seeds end early, as a simulation does that runs out of items.

    Dropping such seeds would leave those that went well, so they are kept, and the others are read only as far. Gives
    one sentence, or none where all seeds of each curve end alike.
    """
    censored = []
    for identity, curves in families(table):
        for name, curve in curves.items():
            ends = [int(labels[-1]) for labels, _ in curve.curves.values()]
            if early := sum(end < max(ends) for end in ends):
                seeds = f"{early} of {len(ends)} seeds by {min(ends):,} labels, the others at {max(ends):,}"
                censored.append(f"{identity['dataset']}, {identity['learner']}, {name}: {seeds}")
    if not censored:
        return []
    named = "; ".join(censored[:_MOST_NAMED])
    more = f"; and {len(censored) - _MOST_NAMED} more curves" if len(censored) > _MOST_NAMED else ""
    return [f"Some seeds end before others, and a curve is read only as far as all of them go: {named}{more}."]
