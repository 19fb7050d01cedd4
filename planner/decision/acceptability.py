"""How likely each plan is the best one, and what choosing it is expected to lose, along a price or a value.

The curves of health economics (van Hout et al. 1994; Fenwick et al. 2001 for the frontier): at every point the chances
of all plans sum to 1, and the plan with the highest mean need not be the one that is most often the best.

Notation:
    B   (G, n_draws, plans)     net benefit in USD: minus the total at a fixed target, value minus total otherwise
    R   (G, n_draws, plans)     whether the plan reaches the target; a plan that does beats all that do not
    P   (G, plans)              share of draws in which a plan is the best, ties split
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.arrays import Floats
from planner.costs import Quote, vote_price_path
from planner.decision.case import Case
from planner.decision.solve.settings import Sample
from simulations.errors import InputError

POINTS = 41
TIMES = 30.0  # the price asked for, ÷ and ×
GROUP = 80_000  # prices × draws at once


def p_best(benefit: Floats, reached: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Give each plan's share of the draws in which it is the best; equal plans share a draw.

    Args:
        benefit: B, (..., n_draws, plans).
        reached: R; where no plan reaches the target all share the draw, as nothing tells them apart.

    Returns:
        P, (..., plans), which sums to 1.

    Examples:
        >>> p_best(np.array([[-3.0, -2.0], [-1.0, -1.0]])).tolist()
        [0.25, 0.75]
    """
    if reached is not None:
        benefit = np.where(reached.any(axis=-1, keepdims=True), np.where(reached, benefit, -np.inf), 0.0)
    best = benefit == benefit.max(axis=-1, keepdims=True)
    shares: Floats = (best / best.sum(axis=-1, keepdims=True)).mean(axis=-2)
    return shares


def expected_loss(benefit: Floats) -> Floats:
    """Give what each plan falls short of the best of every draw, on average; its minimum is the EVPI.

    Args:
        benefit: B, (..., n_draws, plans).

    Returns:
        Losses of 0 or more, (..., plans).
    """
    losses: Floats = (benefit.max(axis=-1, keepdims=True) - benefit).mean(axis=-2)
    return losses


def acceptability(
    at: Floats,
    benefit: Floats,
    plans: Sequence[str],
    *,
    axis: str = "price_usd",
    reached: npt.NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Trace all plans along a price, or along the value of a point.

    Args:
        at: points, (G,).
        benefit: B.
        plans: names of the plans.
        axis: name of the column that holds the points.
        reached: R, where missing the target counts against a plan.

    Returns:
        A row for each point and plan: the axis, `plan`, `p_best`, `expected_loss_usd` and `best_on_average`, true of
        one plan at each point: the one to choose there, on the frontier.
    """
    loss = expected_loss(benefit)
    shape = (len(at), len(plans))
    return pd.DataFrame(
        {
            axis: np.repeat(at, len(plans)),
            "plan": np.tile(np.asarray(plans, dtype=object), len(at)),
            "p_best": np.broadcast_to(p_best(benefit, reached), shape).ravel(),
            "expected_loss_usd": np.broadcast_to(loss, shape).ravel(),
            "best_on_average": (np.arange(len(plans)) == loss.argmin(axis=-1)[..., None]).ravel(),
        }
    )


def acceptability_by_price(case: Case, prices_usd: Floats | None = None) -> pd.DataFrame:
    """Trace every plan along the price of one vote, the same with all the vendors that the plans take.

    Args:
        case: vendors, batch sizes and needs stay; fewer of its draws where each price takes long.
        prices_usd: ascending, above 0; log-spaced about the quote where not given.

    Raises:
        InputError: a price below 0.
    """
    prices = about_the_quote(case) if prices_usd is None else np.asarray(prices_usd, dtype=float)
    if len(prices) == 0 or not np.isfinite(prices).all() or (prices < 0).any():
        raise InputError("prices: found none, or one that is no price; allowed: numbers of 0 or more")
    case = Sample.of(case).case
    paths = {vote_price_path(priced.vendor) for priced in case.plans.values()}
    size = max(1, GROUP // case.n_draws)
    parts = []
    for i in range(0, len(prices), size):
        some = prices[i : i + size]
        there = case.all_at(dict.fromkeys(paths, some[:, None])).plans
        shape = (len(some), case.n_draws)
        usd = [np.broadcast_to(priced.bill.total_usd, shape) for priced in there.values()]
        reached = [np.broadcast_to(priced.reached, shape) for priced in there.values()]
        parts.append(acceptability(some, -np.stack(usd, axis=-1), list(there), reached=np.stack(reached, axis=-1)))
    return pd.concat(parts, ignore_index=True)


def about_the_quote(case: Case) -> Floats:
    """Give prices of a vote, evenly spaced in ratio, about the price that random labelling pays."""
    quote = Quote.of(case.plan, case.plan.medians(), case.chosen.plans["random"].vendor)
    price = float(np.ravel(quote.vote_usd)[0]) or 0.01  # a vote that costs nothing has no neighbourhood
    return np.geomspace(price / TIMES, price * TIMES, POINTS)
