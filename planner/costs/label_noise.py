"""Weigh wrong labels: how many clean labels a noisy one is worth, and whether to buy more items or more votes.

Notation:
    eta     (n_draws,)      share of wrong labels in what is delivered
    m       (M, 1)          votes of an item, 1 to M (the most of them where a scheme stops early)
    usd     (M, n_draws)    price of one delivered label: its votes and what is paid once an item
    worth   (M, n_draws)    clean labels that one delivered label is worth
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.costs.votes import error_after_votes, mean_votes
from simulations.arrays import Floats
from simulations.errors import InputError

_MOST_VOTES = 9
_ROUNDING = 1e-12


def clean_labels_per_label(eta: Floats) -> Floats:
    """Give the clean labels that one delivered label is worth: max(0, 1−2η)².

    The textbook factor for two classes, used for every K (Angluin & Laird 1988, Machine Learning 2:343). It is
    optimistic: measured factors for logistic regression are 0.6 to 0.8 of it. 0 means that the labels carry no
    information. `planner.transfer.noise_factor` measures the factor where noisy answers were simulated.
    """
    return np.maximum(0.0, 1 - 2 * eta) ** 2


@dataclass(frozen=True, slots=True)
class VotesChoice:
    """What one number of votes gives and costs.

    Attributes:
        votes: m; the most of them where the scheme stops early.
        mean_votes: votes bought of an item, mean over draws.
        error_rate: share of wrong labels, mean over draws.
        clean_labels: clean labels that one label is worth, mean over draws.
        usd_per_label: price of a label, mean over draws.
        usd_per_effective_label: median price of what is worth a clean label; None where the labels carry no
            information in half of the draws.
        p_cheapest: share of draws in which no other number of votes gives a cheaper effective label; ties go to the
            fewest votes, draws in which no label carries information to none.
        adds_nothing: one vote fewer errs as little in every draw, so that this vote adds cost and nothing else. For two
            classes all even numbers do so, and 2 for any number of classes.
    """

    votes: int
    mean_votes: float
    error_rate: float
    clean_labels: float
    usd_per_label: float
    usd_per_effective_label: float | None
    p_cheapest: float
    adds_nothing: bool


@dataclass(frozen=True, slots=True)
class VotesOrItems:
    """More items or more votes: the price of an effective label at each number of votes.

    Attributes:
        choices: one a number of votes, rising from 1.
        best: votes with the lowest `usd_per_effective_label`; None where no number of votes has one.
    """

    choices: tuple[VotesChoice, ...]
    best: int | None


def votes_or_items(
    vote_error_rate: npt.ArrayLike,
    usd_per_vote: npt.ArrayLike,
    classes: int,
    *,
    usd_per_item: npt.ArrayLike = 0.0,
    scheme: str = "fixed",
    worth: Callable[[Floats], Floats] = clean_labels_per_label,
    most: int = _MOST_VOTES,
) -> VotesOrItems:
    """Price an effective label at 1 to `most` votes: money buys more items, or more votes on each.

    Args:
        vote_error_rate: (n_draws,) or a number; one vote's.
        usd_per_vote: (n_draws,) or a number; or (most, n_draws) where the price of a vote depends on their number, as a
            crowd platform's surcharge does.
        classes: K.
        usd_per_item: the same shapes; what is paid once an item however many vote. The larger it is, the more votes
            pay.
        scheme: `fixed` or `dynamic`, see `mean_votes`.
        worth: clean labels that a label with an error rate is worth, fractions to fractions of the same shape; the
            textbook factor, or one that was measured.
        most: M.

    Raises:
        InputError: a number out of range, or shapes that do not fit.
    """
    m = np.arange(1, most + 1)[:, None]
    price, item = _prices("usd_per_vote", usd_per_vote, most), _prices("usd_per_item", usd_per_item, most)
    rates = np.atleast_1d(np.asarray(vote_error_rate, dtype=float))
    eta, bought = error_after_votes(scheme, m, rates, classes), mean_votes(scheme, m, rates, classes)
    try:
        usd, eta, bought = np.broadcast_arrays(bought * price + item, eta, bought)
    except ValueError as error:
        raise InputError("usd_per_vote, usd_per_item: their draws are not those of vote_error_rate") from error
    value = worth(eta)
    effective = np.divide(usd, value, out=np.full(usd.shape, np.inf), where=value > 0)
    cheapest = np.where(np.isfinite(effective).any(axis=0), effective.argmin(axis=0), -1)
    # Rounding must not make a vote that changes nothing look like one that does.
    nothing = np.append(False, (eta[1:] >= eta[:-1] - _ROUNDING).all(axis=1))
    middle = np.quantile(effective, 0.5, axis=1, method="inverted_cdf")
    choices = tuple(
        VotesChoice(
            votes=i + 1,
            mean_votes=float(bought[i].mean()),
            error_rate=float(eta[i].mean()),
            clean_labels=float(value[i].mean()),
            usd_per_label=float(usd[i].mean()),
            usd_per_effective_label=float(middle[i]) if np.isfinite(middle[i]) else None,
            p_cheapest=float((cheapest == i).mean()),
            adds_nothing=bool(nothing[i]),
        )
        for i in range(most)
    )
    return VotesOrItems(choices, int(middle.argmin()) + 1 if np.isfinite(middle).any() else None)


def _prices(name: str, usd: npt.ArrayLike, most: int) -> Floats:
    prices = np.atleast_1d(np.asarray(usd, dtype=float))
    bad = ~(np.isfinite(prices) & (prices >= 0))
    if bad.any():
        raise InputError(f"{name}: found {prices[bad][0]:g}; allowed: a price of at least 0")
    if prices.ndim > 2 or (prices.ndim == 2 and len(prices) not in (1, most)):
        raise InputError(f"{name}: found {len(prices)} rows; allowed: one, or one for each of 1 to {most} votes")
    return prices
