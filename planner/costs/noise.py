"""What wrong labels cost: plurality of votes, and how many clean labels a noisy one is worth.

Notation:
    p       accuracy of one vote
    K       classes; wrong votes fall uniformly on the other K−1
    m       votes per item
    eta     (n_draws,) share of wrong labels in what is delivered
"""

from functools import cache
from math import factorial

import numpy as np

from planner.plan.quantity import Floats


def plurality_accuracy(p: float, votes: int, classes: int) -> float:
    """Chance that the plurality of independent votes is right, ties broken at random.

    The multinomial sum over the counts of the votes: with c right votes, every arrangement of the m−c wrong ones over
    the K−1 other classes counts 1 if none has c or more, and 1/(1+t) if t of them have exactly c.

    Examples:
        >>> round(plurality_accuracy(0.8, 5, 2), 5)
        0.94208
        >>> round(plurality_accuracy(0.8, 3, 10), 5)
        0.92444
    """
    q = (1 - p) / (classes - 1)
    total = 0.0
    for right in range(1, votes + 1):
        weight = factorial(votes) / factorial(right) * p**right * q ** (votes - right)
        total += weight * sum(ways / (1 + ties) for ties, ways in _wrong_votes(votes - right, classes - 1, right))
    return total


@cache
def _wrong_votes(wrong: int, others: int, right: int) -> tuple[tuple[int, float], ...]:
    """Weigh the arrangements of `wrong` votes over `others` classes with none above `right`, by number of ties.

    Returns pairs (classes with exactly `right` votes, sum of 1/Π counts!), from powers of Σ_{j<right} x^j/j!.
    """
    below = np.array([1 / factorial(j) for j in range(min(right, wrong + 1))])
    powers = [np.ones(1)]
    for _ in range(others):
        powers.append(np.convolve(powers[-1], below)[: wrong + 1])
    ways = []
    for ties in range(min(others, wrong // right) + 1):
        rest, choices = wrong - ties * right, _choose(others, ties)
        series = powers[others - ties]
        if rest < len(series):
            ways.append((ties, choices * float(series[rest]) / factorial(right) ** ties))
    return tuple(ways)


def _choose(n: int, k: int) -> float:
    return float(np.prod([(n - i) / (i + 1) for i in range(k)]))


def delivered_error_rate(vote_error_rate: Floats, votes: Floats, classes: int) -> Floats:
    """Error of the plurality of `votes` votes, each wrong with `vote_error_rate`; shapes (n_draws,).

    The exact sum is taken on 65 points of the error range and read between them (off by less than 1e-4).
    """
    errors = np.empty(np.broadcast_shapes(vote_error_rate.shape, votes.shape))
    rates, votes = np.broadcast_to(vote_error_rate, errors.shape), np.broadcast_to(votes, errors.shape)
    for m in np.unique(votes):
        here = votes == m
        grid = _grid(rates[here])
        exact = [1 - plurality_accuracy(1 - rate, int(m), classes) for rate in grid]
        errors[here] = np.interp(rates[here], grid, exact)
    return errors


def _grid(rates: Floats) -> Floats:
    low, high = float(rates.min()), float(rates.max())
    return np.linspace(low, high, 65) if low < high else np.array([low])


def clean_labels_per_label(eta: Floats) -> Floats:
    """Give the clean labels that one delivered label is worth: max(0, 1−2η)².

    The textbook factor for two classes, used for every K. It is optimistic: measured factors for logistic regression
    are 0.6 to 0.8 of it. 0 means that the labels carry no information.
    """
    return np.maximum(0.0, 1 - 2 * eta) ** 2
