"""What is lost, on average, by choosing a plan now: expected loss per plan, EVPI, and how often each plan is best.

Notation:
    net_usd     (S, D)  net benefit of each plan in each of S equally likely joint draws
    loss_usd    (D,)    L_d = E[max_e NB_e] - E[NB_d], the expected opportunity loss of plan d
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.arrays import Floats
from planner.decision.information.draws import best_by_mean, checked_net


@dataclass(frozen=True)
class Losses:
    """Expected losses and the value of perfect information.

    Attributes:
        best: the plan with the best mean, taken where nothing more is learnt.
        loss_usd: plan -> what is lost on average by taking it rather than the best plan of each draw.
        p_best: plan -> share of draws in which it is best; ties are split, and the shares sum to 1.
        evpi_usd: expected value of perfect information, the loss of the best plan; never negative.
        evpi_se_usd: Monte Carlo standard error of the EVPI, had the draws been independent.
        n_draws: joint draws behind the figures.
    """

    best: str
    loss_usd: Mapping[str, float]
    p_best: Mapping[str, float]
    evpi_usd: float
    evpi_se_usd: float
    n_draws: int


def expected_losses(net_usd: Floats, plans: Sequence[str]) -> Losses:
    """Give every plan's expected loss; the least of them is the EVPI (Raiffa and Schlaifer, 1961).

    Args:
        net_usd: net benefit in USD, shape (S, D).
        plans: names of the D plans, in the order of the columns.

    Raises:
        InputError: net benefits of another shape, or not finite.

    Example:
        Learning which of two equally likely draws is the true one saves $40 half of the time.

        >>> losses = expected_losses(np.array([[0.0, 40.0], [0.0, -60.0]]), ["random", "margin"])
        >>> losses.best, losses.evpi_usd, losses.loss_usd["margin"]
        ('random', 20.0, 30.0)
    """
    net = checked_net(net_usd, plans)
    top = net.max(axis=1, keepdims=True)
    regret = top - net
    best = best_by_mean(net)
    ties = (regret == 0).astype(np.float64)
    shares = (ties / ties.sum(axis=1, keepdims=True)).mean(axis=0)
    losses = regret.mean(axis=0)
    return Losses(
        best=plans[best],
        loss_usd=dict(zip(plans, losses.tolist(), strict=True)),
        p_best=dict(zip(plans, shares.tolist(), strict=True)),
        evpi_usd=float(losses[best]),
        evpi_se_usd=standard_error(regret[:, best]),
        n_draws=len(net),
    )


def standard_error(gains_usd: Floats) -> float:
    """Give the standard error of the mean of what is gained in each draw, shape (S,)."""
    return float(gains_usd.std(ddof=1) / np.sqrt(len(gains_usd)))
