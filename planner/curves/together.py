"""From a forecast of random, measurements of strategies and beliefs of their savings to joint draws of all curves."""

from collections.abc import Mapping, Sequence

import numpy as np

from planner.curves.chance import chance_classes, largest_error
from planner.curves.forecast import Forecast
from planner.curves.joint import JointDraws, Observed, Savings, draw_jointly
from planner.curves.savings.draws import correlated_normals, path_scales
from planner.curves.savings.hardness import HARDNESS_AT, log_error
from planner.curves.savings.prior import SavingsPrior
from planner.curves.task import TaskDescription
from planner.randomness import keyed_rng

MAX_PATHS = 1_000
"""Of random, where a strategy's measurements weigh them: each costs a small regression."""


def hardness(random: Forecast, initial_labels: float | None = None) -> float | None:
    """Give random's error at 16 times the initial set, which tells hard tasks from easy ones; None out of reach.

    It is kept off 0 and 1, since savings are predicted from its logarithm.

    Args:
        random: its forecast.
        initial_labels: the initial set; the forecast's first label count where it is left out.
    """
    at = HARDNESS_AT * (random.first_labels if initial_labels is None else initial_labels)
    if random.refused(at)[0]:
        return None
    return float(np.exp(log_error(1.0 - random.quantiles(at, (0.5,))[0, 0])))


def draw_together(
    random: Forecast,
    observed: Mapping[str, Observed],
    priors: Sequence[SavingsPrior],
    task: TaskDescription,
    *,
    n_draws: int,
    seed: int,
    key: str,
    initial_labels: float | None = None,
) -> JointDraws:
    """Draw random and all strategies jointly, for the user's task.

    Args:
        random: random's forecast.
        observed: strategy to its measurements; those never measured are left out.
        priors: savings of each strategy, with their mismatch.
        task: for the metric, its chance level, and the pool.
        n_draws: joint draws.
        seed: what the draws depend on.
        key: and a name, so that draws for several data sets differ.
        initial_labels: from which on strategies choose; random's first label count where it is left out.
    """
    return draw_beside(
        random,
        observed,
        priors,
        classes=chance_classes(task.metric, task.classes),
        pool_size=task.pool_size,
        n_draws=n_draws,
        rngs=(keyed_rng(seed, key, "savings"), keyed_rng(seed, key, "joint")),
        initial_labels=initial_labels,
    )


def draw_beside(
    random: Forecast,
    observed: Mapping[str, Observed],
    priors: Sequence[SavingsPrior],
    *,
    classes: int | None,
    pool_size: int | None,
    n_draws: int,
    rngs: tuple[np.random.Generator, np.random.Generator],
    initial_labels: float | None = None,
) -> JointDraws:
    """Draw random and all strategies jointly, where no task is described.

    Args:
        random: see `draw_together`.
        observed: see `draw_together`.
        priors: see `draw_together`.
        classes: caps the error at that of guessing, as in `fit_forecast`; None where chance is not 1/classes.
        pool_size: items there are to label; None where it is unknown.
        n_draws: joint draws.
        rngs: chance of the savings, and of all else; they may be one.
        initial_labels: see `draw_together`.
    """
    scales = path_scales(priors, random.n_draws, rngs[0])
    normals = list(correlated_normals(priors, n_draws, rngs[0]))
    return draw_jointly(
        random.log_labels,
        1.0 - random.paths,
        [observed.get(prior.strategy, Observed.nothing()) for prior in priors],
        [Savings(one.mean, one.widened(), scale) for one, scale in zip(priors, scales, strict=True)],
        normals,
        log_first=float(np.log(random.first_labels if initial_labels is None else initial_labels)),
        log_pool=None if pool_size is None else float(np.log(pool_size)),
        cap=largest_error(classes),
        n_draws=n_draws,
        rng=rngs[1],
    )
