"""Backtest tasks, and the forecasters that do them: a curve is cut, its first part given, and the rest asked for.

Notation: D draws (1 for a peer); N observed label counts; G label counts ahead; e error.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.backtest.curves import Curve, name_hash
from planner.backtest.peers import PEERS
from planner.forecast.anchors import make_anchors
from planner.forecast.forecast import MIN_ANCHORS, Forecast, fit_forecast
from planner.forecast.prior import ForecastPrior
from simulations.arrays import ArrayLike, Counts, Floats
from simulations.errors import InputError

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


def fit_ours(task: Task, *, n_draws: int, seed: int, prior: ForecastPrior | None = None) -> Forecast:
    """Forecast a task, with the shipped prior when none is given.

    The draws depend on the seed, the curve's name and the cut.
    """
    key = [seed, name_hash(task.curve.name), name_hash(task.cut)]
    return fit_forecast(task.points, classes=task.curve.classes, n_draws=n_draws, seed=key, prior=prior)


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
