"""What every node of the grid forecasts for curves whose end is known: the tables that learning the prior needs.

Notation: J tasks; G points ahead of each; K = T·R nodes (shape × irreducible share ρ); S settings; N anchors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.backtest.curves import Curve, Task, make_tasks
from planner.forecast.anchors import error_cap, make_anchors
from planner.forecast.forecast import MAX_RATIO, SHORT_RATIO
from planner.forecast.posterior import discrepancy_correlation, discrepancy_scale, node_likelihoods
from planner.forecast.prior import DISCREPANCIES, FAMILY_NAMES, RHO, ForecastPrior, shape_families, shapes_at
from simulations.arrays import ArrayLike, Floats, Ints, Singles
from simulations.errors import InputError

__all__ = ["Predictions", "predict_nodes"]

_AHEAD = 4  # points of a task, evenly over those ahead, the last among them


@lru_cache(maxsize=1)
def node_log_prior() -> Floats:
    """Give the log prior of every node, shape (T, len(RHO)): families equal, nodes of one family equal.

    A curve is flat whatever its irreducible share, so the flat family's weight is spread over the whole ρ axis.
    """
    families = shape_families()
    per_shape = 1.0 / (len(FAMILY_NAMES) * np.bincount(families))[families]
    return np.log(np.repeat(per_shape[:, None] / RHO.size, RHO.size, axis=1))


@lru_cache(maxsize=1)
def flat_prior() -> ForecastPrior:
    """Give weights before any learning: families equal, and large discrepancies less likely than small."""
    nodes = np.exp(node_log_prior())
    discrepancies = np.array([discrepancy.weight for discrepancy in DISCREPANCIES])
    factors = np.array([2.0, 2.0, 3.0])
    about = {"learned_from": "nothing"}
    return ForecastPrior(nodes / nodes.sum(), discrepancies / discrepancies.sum(), factors / factors.sum(), about)


@dataclass(frozen=True, eq=False)
class Predictions:
    """Tasks under every node.

    Attributes:
        likelihood: (J, K) of what is observed, averaged over settings; each task's largest is 1.
        mean: (J, G, K) posterior mean of the error at the points ahead.
        truth: (J, G) what was measured there.
        groups: (J,) data sets.
    """

    likelihood: Singles
    mean: Singles
    truth: Floats
    groups: npt.NDArray[np.str_]

    def shares(self, groups: ArrayLike) -> Floats:
        """Give each task's share, (J,), when the named data sets count the same and the others nothing."""
        names, inverse = np.unique(self.groups, return_inverse=True)
        share = np.isin(names, np.asarray(groups))[inverse] / np.bincount(inverse)[inverse]
        found: Floats = share / share.sum()
        return found


def predict_nodes(curves: Sequence[Curve]) -> Predictions:
    """Forecast the tasks of all curves under every node.

    Args:
        curves: cut at all of `planner.backtest.curves.CUTS`.

    Raises:
        InputError: no curve is long enough for a forecast and something to compare it with.
    """
    tasks = [task for curve in curves for task in make_tasks(curve) if _ahead(task).size]
    if not tasks:
        raise InputError("learning: no curve is long enough; needed: 4 label counts before a cut and one beyond it")
    likelihood = np.empty((len(tasks), flat_prior().nodes.size), dtype=np.float32)
    mean = np.empty((len(tasks), _AHEAD, likelihood.shape[1]), dtype=np.float32)
    for i, task in enumerate(tasks):
        likelihood[i], mean[i] = _predict(task)
    truth = np.stack([task.ahead_error[_ahead(task)] for task in tasks])
    return Predictions(likelihood, mean, truth, np.array([task.curve.group for task in tasks]))


def _ahead(task: Task) -> Ints:
    """Choose the points that are compared, among those that a forecast would not refuse."""
    ratio = MAX_RATIO if task.last >= 4.0 * task.labels[0] else SHORT_RATIO
    inside = int((task.ahead_labels <= ratio * task.last).sum())
    if inside == 0:
        return np.empty(0, dtype=np.int64)
    return np.rint(np.linspace(-1, inside - 1, _AHEAD + 1)[1:]).astype(np.int64)


def _predict(task: Task) -> tuple[Floats, Floats]:
    """Give a task's likelihoods (K,) and means (G, K), the settings averaged out by their posterior weights."""
    anchors = make_anchors(pd.DataFrame(task.points))
    settings = flat_prior().settings(anchors.noise_known)
    near, log_ahead = anchors.near, np.log(task.ahead_labels[_ahead(task)] / anchors.last)
    log_x, error = np.log(anchors.labels[near:] / anchors.last), anchors.error[near:]
    scale = discrepancy_scale(float(error[-1]))
    cap = error_cap(task.curve.classes)
    log_likelihood, centre, _, precision = node_likelihoods(
        log_x, error, anchors.variance[near:], settings, scale=scale, cap=cap
    )
    log_weight = log_likelihood + settings.log_weight[:, None, None]
    weight = np.exp(log_weight - log_weight.max())  # (S, T, R)
    level = weight * np.clip(centre, 0.0, cap)
    kinds = settings.length[:, None, None], settings.roughness[:, None, None]
    across = discrepancy_correlation(np.abs(log_ahead[:, None] - log_x), *kinds)
    gain = (scale * settings.amplitude[:, None, None]) ** 2 * across @ precision  # (S, G, N)
    # E·(g at the points ahead − gain · g at the anchors) + gain · errors, for g = ρ + (1 − ρ)φ
    shape = shapes_at(log_ahead).T - gain @ shapes_at(log_x).T  # (S, G, T)
    mean = RHO * np.einsum("str,sg->gtr", level, 1.0 - gain.sum(axis=2), optimize=True)
    mean += (1.0 - RHO) * np.einsum("str,sgt->gtr", level, shape, optimize=True)
    mean += np.einsum("str,sg->gtr", weight, gain @ error, optimize=True)
    total = weight.sum(axis=0)
    # A node may explain a curve so badly that its likelihood underflows: it then has no say, and any mean will do.
    mean = np.clip(mean / np.maximum(total, 1e-300), 0.0, cap)
    return (total / total.max()).ravel(), mean.reshape(len(mean), -1)
