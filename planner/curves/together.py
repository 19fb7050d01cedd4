"""From a forecast of random, measurements of strategies and beliefs of their savings to joint draws of all curves."""

from collections.abc import Mapping, Sequence

import numpy as np

from planner.curves.forecast import Forecast
from planner.curves.joint import JointDraws, Observed, Savings, draw_jointly
from planner.curves.randomness import keyed_rng
from planner.curves.savings.prior import SavingsPrior
from planner.curves.savings.task import correlated_normals, path_scales
from planner.curves.tabulate import chance_classes
from planner.curves.task import TaskDescription

__all__ = ["MAX_PATHS", "draw_together"]

MAX_PATHS = 1_000
"""Of random, where a strategy's measurements weigh them: each costs a small regression."""


def draw_together(
    random: Forecast,
    observed: Mapping[str, Observed],
    priors: Sequence[SavingsPrior],
    task: TaskDescription,
    *,
    n_draws: int,
    seed: int,
    key: str,
) -> JointDraws:
    """Draw random and all strategies jointly.

    Args:
        random: random's forecast; its first label count is the initial set.
        observed: strategy to its measurements; those never measured are left out.
        priors: savings of each strategy, with their mismatch.
        task: for the metric, its chance level, and the pool.
        n_draws: joint draws.
        seed: what the draws depend on.
        key: and a name, so that draws for several data sets differ.
    """
    rng = keyed_rng(seed, key, "savings")
    scales = path_scales(priors, random.n_draws, rng)
    normals = correlated_normals(priors, n_draws, rng) if priors else []
    classes = chance_classes(task.metric, task.classes)
    return draw_jointly(
        random.log_labels,
        1.0 - random.paths,
        [observed.get(prior.strategy, Observed.nothing()) for prior in priors],
        [Savings(one.mean, one.widened(), scale) for one, scale in zip(priors, scales, strict=True)],
        normals,
        log_first=float(np.log(random.first_labels)),
        log_pool=None if task.pool_size is None else float(np.log(task.pool_size)),
        cap=1.0 if classes is None else 1.0 - 1.0 / classes,
        n_draws=n_draws,
        rng=keyed_rng(seed, key, "joint"),
    )
