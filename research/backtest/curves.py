"""Measured learning curves to test a forecaster on, and backtest tasks: a curve is cut, and what is left out asked for.

Notation: S seeds; N label counts at which a curve was measured, or of which a task shows the first; G label counts
ahead; D draws (1 for a peer); e error.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from planner.forecasting import MIN_ANCHORS, Forecast, chance_classes, fit_forecast, make_anchors
from planner.forecasting.metric_noise import table_item_shares
from research.backtest.peers import PEERS
from simulations.arrays import ArrayLike, Counts, Floats
from simulations.curve_table import CURVE_KEYS, base_name, one_metric, read_curves
from simulations.errors import InputError

RECORDED_OPENML_IDS = {
    "digits": 28,
    "letter": 6,
    "penbased": 32,
    "satimage": 182,
    "page-blocks": 30,
    "magic": 1120,
    "kr-vs-k": 184,
}
"""What OpenML calls the tables that were recorded, so that a reserved one is known for what it is."""

RESERVED_OPENML_IDS = frozenset(
    {15, 21, 22, 29, 30, 36, 50, 54, 151, 181, 346, 351, 446, 718, 720, 735, 743, 751, 752, 797, 803, 845, 846, 871}
    | {901, 930, 934, 953, 959, 962, 980, 1049, 1067, 1086, 1088, 1119, 1138, 1461, 1464, 1477, 1486, 1515, 4541}
    | {23512, 40498, 40971, 40981, 40984, 41144, 41146, 41167, 41169, 42809}
)
"""Data sets that nothing was ever learnt from or chosen on, so that a report on them is a test."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Mean error by number of labels, of one learner on one data set.

    Attributes:
        strategy: who chose the labels; `random` in archives of learning curves.
        batch_size: labels a round; 1 where the labels were drawn at once.
        labels: (N,) label counts, strictly rising, at least 1.
        error: (N,) mean of 1 − value, in [0, 1].
        standard_error: (N,) of that mean over repetitions; NaN where it is not known.
        group: the data set as it counts for splits and averages; several `dataset`s may be one.
        test_size: test items of one repetition, as many as count for the metric; None where it is not known.
        classes: number of classes, where the error of chance is 1 − 1/classes; None where that is not known.
        openml_id: the data set's id on OpenML; None for others.
        initial_size: labels before the first round; None where it is not known.
        pool_size: items that can be labelled at most; None where it is not known.
        metric: what 1 − error is, in scikit-learn's names.

    Raises:
        InputError: labels do not rise or lie below 1, or an error is not in [0, 1], or lengths differ.
    """

    dataset: str
    learner: str
    strategy: str
    batch_size: int
    labels: Floats
    error: Floats
    standard_error: Floats
    group: str
    test_size: int | None = None
    classes: int | None = None
    openml_id: int | None = None
    initial_size: int | None = None
    pool_size: int | None = None
    metric: str = "accuracy"

    def __post_init__(self) -> None:
        if not self.labels.shape == self.error.shape == self.standard_error.shape:
            raise InputError(f"{self.name}: as many label counts, errors and standard errors are needed")
        if not ((self.labels >= 1).all() and (np.diff(self.labels) > 0).all()):
            raise InputError(f"{self.name}: label counts must be at least 1, each once, and rise")
        wrong = ~((self.error >= 0) & (self.error <= 1))
        if wrong.any():
            raise InputError(f"{self.name}: found the error {self.error[wrong][0]:g}; allowed: fractions from 0 to 1")
        if (self.standard_error < 0).any():
            raise InputError(f"{self.name}: found a standard error below 0; allowed: 0 or more, or unknown")

    @property
    def name(self) -> str:
        """What tells the curve from all others of its source."""
        schedule = "" if self.initial_size is None else f"{self.initial_size}+"
        return f"{self.dataset} · {self.learner} · {self.strategy} · {schedule}{self.batch_size}"


@dataclass(frozen=True, eq=False)
class CurveSet:
    """Curves from one source, its title in words, and notes on what was left out."""

    title: str
    curves: Sequence[Curve]
    notes: tuple[str, ...] = ()


def read_own_curves(path: Path, *, metric: str | None = None, test_size: int | None = None) -> CurveSet:
    """Read a curve table from CSV or Parquet; a column `openml_id` tells which data sets are OpenML's.

    Raises:
        InputError: the table breaks its contract, or has no value of the metric.
    """
    return curves_from_table(read_curves(path, metric=metric, test_size=test_size), path.name, metric)


def read_recorded_curves(metric: str | None = None) -> CurveSet:
    """Read the curves that are shipped with the package.

    Raises:
        InputError: the installation has none, or they hold no value of the metric.
    """
    from planner.evidence import recorded_curves

    recorded = curves_from_table(recorded_curves(), "the recorded curves", metric)
    curves = [replace(curve, openml_id=RECORDED_OPENML_IDS.get(curve.group)) for curve in recorded.curves]
    return replace(recorded, curves=curves)


def curves_from_table(table: pd.DataFrame, title: str, metric: str | None = None) -> CurveSet:
    """Average the seeds of each curve of a validated table, at the label counts that all its seeds have.

    Settings of the same data, such as `digits` and `digits [flip rate=0.1]`, are one group.

    Raises:
        InputError: there is no value of the metric.
    """
    rows = one_metric(table, metric)
    keys = [key for key in CURVE_KEYS if key in rows.columns]
    curves, dropped = [], 0
    for _, part in rows.groupby(keys, sort=True):
        values_by_seed = seed_table(part)
        shared = values_by_seed.dropna(axis="columns")
        dropped += values_by_seed.shape[1] - shared.shape[1]
        if shared.shape[1]:
            curves.append(average_seeds(part, shared))
    note = f"{dropped:,} label counts that only some seeds of a curve have are left out."
    return CurveSet(title, curves, (note,) if dropped else ())


def seed_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Lay the values of one curve out, a row a seed and a column a label count; NaN where a seed has none."""
    return rows.pivot_table(index="seed", columns="labels", values="value", aggfunc="mean")


def average_seeds(rows: pd.DataFrame, values: pd.DataFrame) -> Curve:
    """Average the seeds of one curve: its rows of the table say what it is, values are a row a seed without a gap."""
    error, spread = mean_and_standard_error(1.0 - values.to_numpy(dtype=float))
    identity = rows.iloc[0]
    dataset, size = str(identity["dataset"]), _whole_number(rows, "test_size")
    return Curve(
        dataset=dataset,
        learner=str(identity["learner"]),
        strategy=str(identity["strategy"]),
        batch_size=int(identity["batch_size"]),
        labels=values.columns.to_numpy(dtype=float),
        error=np.clip(error, 0.0, 1.0),
        standard_error=spread,
        group=base_name(dataset),
        test_size=size and max(round(size * table_item_shares(rows)[0]), 1),
        classes=chance_classes(str(identity["metric"]), _whole_number(rows, "classes")),
        openml_id=_whole_number(rows, "openml_id"),
        initial_size=_whole_number(rows, "initial_size"),
        pool_size=_whole_number(rows, "pool_size"),
        metric=str(identity["metric"]),
    )


def mean_and_standard_error(values: Floats) -> tuple[Floats, Floats]:
    """Average (S, N) over seeds: (N,) means, and (N,) standard errors of them, NaN with one seed."""
    mean = values.mean(axis=0)
    if len(values) < 2:
        return mean, np.full(mean.size, np.nan)
    return mean, values.std(axis=0, ddof=1) / np.sqrt(len(values))


def _whole_number(rows: pd.DataFrame, column: str) -> int | None:
    """Give the smallest number in a column; None where there is no column or no number."""
    numbers = pd.to_numeric(rows[column], errors="coerce").dropna() if column in rows.columns else ()
    return int(min(numbers)) if len(numbers) else None


def choose_curves(source: CurveSet, *, reserved: bool = False, sample: int | None = None) -> CurveSet:
    """Keep the curves that a backtest looks at, in the order of their data sets and names, with notes on the others.

    Those of data sets with a reserved OpenML id are left out, or kept alone. Of a sample, each data set has at most so
    many curves, those whose names hash lowest.

    Raises:
        InputError: no curve is left.
    """
    chosen = [curve for curve in source.curves if (curve.openml_id in RESERVED_OPENML_IDS) == reserved]
    if not chosen:
        raise InputError(f"{source.title}: {_why_nothing_left(source, reserved)}")
    notes = list(source.notes)
    left_out = len({curve.group for curve in source.curves}) - len({curve.group for curve in chosen})
    if left_out:
        which = "other than the reserved ones" if reserved else "with reserved OpenML ids"
        sets = "data set" if left_out == 1 else "data sets"
        notes.append(f"{left_out:,} {sets} {which} {'is' if left_out == 1 else 'are'} left out.")
    if sample is not None:
        fewer = _sample_by_name(chosen, sample)
        if len(fewer) < len(chosen):
            notes.append(f"A sample: at most {sample} of each data set's curves, {len(fewer):,} of {len(chosen):,}.")
        chosen = fewer
    return replace(source, curves=sorted(chosen, key=lambda curve: (curve.group, curve.name)), notes=tuple(notes))


def name_hash(name: str) -> int:
    """Give a number that depends on the name alone: the same on every machine and in every process."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def _sample_by_name(curves: Sequence[Curve], most: int) -> list[Curve]:
    if most < 1:
        raise InputError(f"--sample: found {most}; allowed: at least 1 curve a data set")
    by_group: dict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        by_group[curve.group].append(curve)
    return [
        curve
        for group in by_group.values()
        for curve in sorted(group, key=lambda curve: (name_hash(curve.name), curve.name))[:most]
    ]


def _why_nothing_left(source: CurveSet, reserved: bool) -> str:
    if not source.curves:
        return "there is no curve to test a forecast on"
    if reserved:
        return "none of the data sets carries a reserved OpenML id; leave out --reserved"
    return "all data sets are reserved ones; 'python -m research.backtest --reserved' tests on them, in a checkout"


FEW = "few"
"""The cut after a handful of points, 5 to 8, spaced by half-octaves."""

CUTS = ("10", "20", "50", FEW)
"""Percent of the label range that is observed, and `few`."""

_FEWEST_OBSERVED, _MOST_OBSERVED = 5, 8
# A little less than half an octave, so that label counts rounded to whole numbers still count as that far apart.
_SPACING = 0.97 * np.sqrt(2.0)
OURS = "labelplan"


@dataclass(frozen=True, eq=False)
class Task:
    """One forecast to make, at one of `CUTS`: what was observed, (N,) each, and what was measured ahead, (G,) each.

    Label counts rise; standard errors are NaN where not known.
    """

    curve: Curve
    cut: str
    labels: Floats
    error: Floats
    standard_error: Floats
    ahead_labels: Floats
    ahead_error: Floats
    ahead_standard_error: Floats

    @property
    def last(self) -> float:
        """The last observed label count."""
        return float(self.labels[-1])

    @property
    def points(self) -> dict[str, ArrayLike]:
        """The observed part as a curve table, which is all that a forecaster of ours is told of the curve."""
        columns: dict[str, ArrayLike] = {"labels": self.labels, "value": 1.0 - self.error}
        if np.isfinite(self.standard_error).all():
            columns["standard_error"] = self.standard_error
        if self.curve.test_size is not None:
            columns["test_size"] = np.full(self.labels.size, self.curve.test_size)
        return columns


def cut_names(text: str) -> tuple[str, ...]:
    """Read a list of cuts such as `10,20,50,few`.

    Raises:
        InputError: a cut that is none of `CUTS`.
    """
    names = tuple(dict.fromkeys(part.strip().removesuffix("%") for part in text.split(",")))
    for name in names:
        if name not in CUTS:
            raise InputError(f"--cuts: found '{name}'; allowed: {', '.join(CUTS)}")
    return tuple(cut for cut in CUTS if cut in names)


def make_tasks(curve: Curve, cuts: Sequence[str] = CUTS) -> list[Task]:
    """Cut a curve; too short a curve gives fewer tasks, or none.

    At a cut of p percent, the label counts up to p percent of the curve's last are observed: at least 4, with at least
    one ahead. `few` takes label counts half an octave apart, of which the first 5 to 8, a number that depends on the
    curve's name, are observed.
    """
    return [task for cut in cuts for task in (_cut_after_few(curve) if cut == FEW else _cut_at_share(curve, cut))]


def _cut_at_share(curve: Curve, cut: str) -> Iterator[Task]:
    limit = int(cut) / 100 * curve.labels[-1]
    n_observed = int(np.searchsorted(curve.labels, limit * (1.0 + 1e-12), side="right"))
    if MIN_ANCHORS <= n_observed < curve.labels.size:
        yield _split_curve(curve, cut, np.arange(curve.labels.size), n_observed)


def _cut_after_few(curve: Curve) -> Iterator[Task]:
    spaced = _space_out(curve.labels)
    most = min(_MOST_OBSERVED, spaced.size - 1)
    if most >= _FEWEST_OBSERVED:
        yield _split_curve(
            curve, FEW, spaced, _FEWEST_OBSERVED + name_hash(f"few {curve.name}") % (most - _FEWEST_OBSERVED + 1)
        )


def _space_out(labels: Floats) -> Counts:
    """Choose label counts at least half an octave apart, from the first on."""
    chosen = [0]
    for i in range(1, labels.size):
        if labels[i] >= _SPACING * labels[chosen[-1]]:
            chosen.append(i)
    return np.array(chosen)


def _split_curve(curve: Curve, cut: str, at: Counts, n_observed: int) -> Task:
    columns = (curve.labels[at], curve.error[at], curve.standard_error[at])
    return Task(curve, cut, *(column[:n_observed] for column in columns), *(column[n_observed:] for column in columns))


def noise_sd(task: Task, draws: Floats, factor: Floats | None = None) -> Floats:
    """Give the standard deviation of what is measured at the points ahead about the expected error.

    It is the measured standard error where there is one. Elsewhere it is the noise that the forecast takes the observed
    points to have, relative to √(e(1 − e)), which is a forecaster's own view of the curve's noise.

    Curves are nested: a larger labelled set holds the smaller one and is tested on the same items, so most of a
    standard error is common to all points, observed and ahead, and only the rest is a point's own.

    Args:
        task: the task.
        draws: (D, G) draws of the expected error at the first G points ahead.
        factor: (D,) on each draw, the share of the variance that is a point's own; all of it when left out. A share
            above 1 says that a guessed noise is too small; a measured one is never enlarged.

    Returns:
        (G,) or (D, G).
    """
    own = np.ones((1, 1)) if factor is None else factor[:, None]
    known = task.ahead_standard_error[: draws.shape[1]]
    if np.isfinite(known).all():
        return known if factor is None else known * np.sqrt(np.minimum(own, 1.0))
    anchors = make_anchors(pd.DataFrame(task.points))
    level = np.clip(anchors.error, 1e-3, 1.0 - 1e-3)
    relative = float(np.sqrt(np.median(anchors.variance / (level * (1.0 - level)))))
    guessed = relative * np.sqrt(own * draws * (1.0 - draws))
    return np.where(np.isfinite(known), known * np.sqrt(np.minimum(own, 1.0)), guessed)


def fit_ours(task: Task, *, n_draws: int, seed: int) -> Forecast:
    """Forecast a task.

    The draws depend on the seed, the curve's name and the cut.
    """
    key = [seed, name_hash(task.curve.name), name_hash(task.cut)]
    return fit_forecast(task.points, classes=task.curve.classes, n_draws=n_draws, seed=key)


def peer_names(names: Iterable[str] | None) -> tuple[str, ...]:
    """Give the peers to compare with, in the registry's order.

    Raises:
        InputError: a name that is none of the peers'.
    """
    if names is None:
        return tuple(PEERS)
    requested = set(names)
    for name in sorted(requested - set(PEERS)):
        raise InputError(f"--peers: found '{name}'; allowed: {', '.join(PEERS)}, or none")
    return tuple(name for name in PEERS if name in requested)
