"""Votes and label noise: the error of a plurality, the worth of a noisy label, and whether to buy items or votes.

One voter errs like any other, ties at the end are broken at random, and votes on one item agree more than votes on two,
as items are not equally hard: an item's chance of a wrong vote is beta distributed with the mean e and the intra-class
correlation rho (beta-binomial; Skellam 1948, J. R. Stat. Soc. B 10:257). Wrong votes agree with each other as well: on
a share g of the items they all name one confusing class, on the rest they fall evenly on the others, where
g = rho / (rho + e (1-rho)) is how much more often than by chance two wrong votes on an item are the same if the shares
of all its classes are Dirichlet distributed with that rho. At rho = 0 votes are independent.

Nothing is simulated or interpolated: whichever way the votes come, what they lead to depends on p through the numbers
of right and wrong votes at the end alone, so that every answer is one sum whose weights are counted once.

Notation (arrays broadcast together):
    p, e    accuracy of one vote, 1 − `vote_error_rate`, and that rate
    rho     `vote_correlation`, of the errors in two votes on an item
    K       classes
    m       votes of an item; the most of them where voting may end early; (M, 1) where all numbers up to M are compared
    c, w    right and wrong votes when voting ends
    T, E    (m+1, m+1) weights: voting ends with c and w in T[c, w] mu of items, wrongly in E[c, w] mu of them
    mu      mean of p^c (1−p)^w over items: B(a+c, b+w) / B(a, b) with a, b = (p, e) (1−rho) / rho
    eta     (n_draws,)      share of wrong labels in what is delivered
    usd     (M, n_draws)    price of one delivered label: its votes and what is paid once an item
    worth   (M, n_draws)    clean labels that one delivered label is worth
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import comb, factorial

import numpy as np

from planner.plan import DYNAMIC_MOST_VOTES
from simulations.arrays import ArrayLike, Floats
from simulations.errors import InputError

Weights = tuple[Floats, Floats]
State = tuple[int, tuple[int, ...]]

FIXED_MOST = 99
"""Votes of an item that may be fixed; whoever buys more has slipped a decimal point."""

CROWD_VOTES = (1, 3, 5)
REAL_CROWDS = ((4, (0.696, 0.761, 0.789)), (4, (0.586, 0.619, 0.630)), (2, (0.636, 0.681)))
"""Classes of published crowds with known answers, and the share of items that 1, 3 and 5 of their votes had right.

`DEFAULT_VOTE_CORRELATION` was chosen by them: at its median no share is promised more than 3 points above these."""

_LEAD = 2  # one vote ahead may be the last voter's slip; two are agreement

_ROUNDING = 1e-12


def mean_votes(
    scheme: str, votes: ArrayLike, vote_error_rate: ArrayLike, classes: int, vote_correlation: ArrayLike = 0.0
) -> Floats:
    """Give the votes bought of an item on average, in the shape that votes and rates broadcast to.

    Args:
        scheme: `fixed` buys `votes` of every item; `two_then_tie_break` buys two and a third where they differ,
            whatever `votes` is; `dynamic` buys one at a time until a class is two ahead of every other, or `votes`
            are there: the two schemes before it are its cases at 1 and at 3.
        votes: m; a larger number makes fewer errors and costs more.
        vote_error_rate: 1 − p, fractions.
        classes: K.
        vote_correlation: rho, from 0 (independent) to below 1.

    Raises:
        InputError: a scheme that does not exist, a number out of range.

    Examples:
        >>> [float(mean_votes("two_then_tie_break", 3, 0.2, K).round(3)) for K in (2, 10)]
        [2.32, 2.356]
    """
    return _sums_over_ends(scheme, classes, votes, vote_error_rate, vote_correlation)[0]


def error_after_votes(
    scheme: str, votes: ArrayLike, vote_error_rate: ArrayLike, classes: int, vote_correlation: ArrayLike = 0.0
) -> Floats:
    """Give the share of items whose plurality is wrong: fractions, for the arguments of `mean_votes`.

    Raises:
        InputError: a scheme that does not exist, a number out of range.

    Examples:
        >>> [float(error_after_votes("fixed", m, 0.2, 2).round(5)) for m in (1, 3, 4, 5)]
        [0.2, 0.104, 0.104, 0.05792]
        >>> [float(error_after_votes("fixed", 3, 0.2, 2, rho).round(3)) for rho in (0.25, 0.5)]
        [0.157, 0.184]
    """
    return _sums_over_ends(scheme, classes, votes, vote_error_rate, vote_correlation)[1]


def _sums_over_ends(scheme: str, classes: int, *given: ArrayLike) -> tuple[Floats, Floats]:
    """Sum votes, and wrong ends, over the ways of ending; given are m, the error rates and rho."""
    arrays = (np.asarray(array, dtype=float) for array in given)
    return _known_sums(scheme, classes, *((array.tobytes(), array.shape) for array in arrays))


@lru_cache(maxsize=64)  # most changes of a plan leave the votes of its vendors as they were
def _known_sums(scheme: str, classes: int, *given: tuple[bytes, tuple[int, ...]]) -> tuple[Floats, Floats]:
    if scheme not in _SCHEMES:
        raise InputError(f"vote_scheme: found '{scheme}'; allowed: {', '.join(_SCHEMES)}")
    weights_of, most = _SCHEMES[scheme]
    numbers, rates, alike = (np.frombuffer(data).reshape(shape) for data, shape in given)
    if (odd := ~((rates >= 0) & (rates <= 1))).any():
        raise InputError(f"vote_error_rate: found {rates[odd][0]:g}; allowed: 0 to 1, a fraction (0.2, not 20)")
    if (odd := ~((alike >= 0) & (alike < 1))).any():
        raise InputError(f"vote_correlation: found {alike[odd][0]:g}; allowed: from 0 to below 1")
    if (odd := ~np.isin(numbers, range(1, most + 1))).any():
        raise InputError(f"votes_per_item: found {numbers[odd][0]:g}; allowed: a whole number from 1 to {most}")
    rates, numbers, alike = np.broadcast_arrays(rates, numbers, alike)
    if classes < 2:
        raise InputError(f"classes: found {classes}; allowed: at least 2")
    sums = np.zeros(rates.shape), np.zeros(rates.shape)
    for m in np.unique(numbers).astype(int).tolist():
        here = numbers == m
        rho, independent, wrong = alike[here], 1 - alike[here], rates[here]
        steps = np.arange(len(weights_of(m, 2)[0]) - 1)[:, None] * rho
        rights, wrongs, all_cast = (_products(independent * share + steps) for share in (1 - wrong, wrong, 1.0))
        confusing = np.divide(rho, rho + independent * wrong, out=np.zeros_like(rho), where=rho > 0)
        for among, items in ((classes, 1 - confusing), (2, confusing)):
            total, wrongly = weights_of(m, among)
            cast = np.add.outer(np.arange(len(total)), np.arange(len(total)))
            for of_sum, weights in zip(sums, (total * cast, wrongly), strict=True):
                for c, w in np.argwhere(weights > 0).tolist():
                    of_sum[here] += items * weights[c, w] * rights[c] * wrongs[w] / all_cast[c + w]
    for of_sum in sums:
        of_sum.flags.writeable = False
    return sums


def _products(factors: Floats) -> Floats:
    """Give the products of the first 0, 1, 2, … factors, (m, n) to (m+1, n): rising factorials in steps of rho."""
    return np.cumprod(np.concatenate([np.ones_like(factors[:1]), factors]), axis=0)


@cache
def _fixed(m: int, classes: int) -> Weights:
    """Weigh the ends of `m` votes of which none is left out: the multinomial sum.

    With c right votes, every arrangement of the m−c wrong ones over the K−1 other classes is wrong if one of them has
    more than c, and in t of 1+t cases if t of them have exactly c.
    """
    total, wrong = np.zeros((m + 1, m + 1)), np.zeros((m + 1, m + 1))
    for c in range(m + 1):
        orders = factorial(m) / factorial(c)
        right = sum(orders * ways / (1 + ties) for ties, ways in _arrangements(m - c, classes - 1, c)) if c else 0.0
        total[c, m - c] = comb(m, c)
        # More right votes than all wrong ones: the sum is `total` but for rounding.
        wrong[c, m - c] = 0.0 if 2 * c > m else max(comb(m, c) - right, 0.0)
    return total, wrong


def _arrangements(wrong: int, others: int, highest: int) -> list[tuple[int, float]]:
    """Weigh the arrangements of `wrong` votes over `others` classes with none above `highest`, by number of ties.

    Gives (classes with exactly `highest` votes, sum of 1/Π counts! ÷ others^wrong), from powers of
    Σ_{j<highest} (x/others)^j/j!.
    """
    below = np.array([1 / (factorial(j) * others**j) for j in range(min(highest, wrong + 1))])
    ways = []
    for ties in range(min(others, wrong // highest) + 1):
        rest = wrong - ties * highest
        series = _power(below, others - ties, rest + 1)
        if rest < len(series):
            tied = comb(others, ties) / others ** (ties * highest) / factorial(highest) ** ties
            ways.append((ties, tied * float(series[rest])))
    return ways


def _power(series: Floats, exponent: int, length: int) -> Floats:
    """Raise a power series to a whole power by squaring, cut to `length` terms."""
    raised = np.ones(1)
    while exponent:
        if exponent % 2:
            raised = np.convolve(raised, series)[:length]
        series, exponent = np.convolve(series, series)[:length], exponent // 2
    return raised


@cache
def _dynamic(most: int, classes: int) -> Weights:
    """Weigh the ends of voting that stops once a class is two ahead, by following every way the votes can fall.

    Which wrong class has how many votes makes no difference, so that a state is the right votes and the counts of the
    wrong ones in falling order; its weight is the number of ways there ÷ (K−1)^w.
    """
    total, wrong = np.zeros((most + 1, most + 1)), np.zeros((most + 1, most + 1))
    live: dict[State, float] = {(0, ()): 1.0}
    for cast in range(1, most + 1):
        after = _one_vote_more(live, classes - 1)
        live = {}
        for (right, others), weight in after.items():
            first, second = sorted((right, *others, 0), reverse=True)[:2]
            if first - second < _LEAD and cast < most:
                live[right, others] = weight
                continue
            winners = (right, *others).count(first)
            total[right, cast - right] += weight
            wrong[right, cast - right] += weight * (1 - 1 / winners if right == first else 1.0)
    return total, wrong


def _one_vote_more(states: Mapping[State, float], others: int) -> dict[State, float]:
    after: dict[State, float] = {}
    for (right, counts), weight in states.items():
        after[right + 1, counts] = after.get((right + 1, counts), 0.0) + weight
        # Classes with the same count are alike; those without a vote have the count 0.
        for count in {*counts, 0}:
            alike = counts.count(count) if count else others - len(counts)
            if alike:
                rest = list(counts)
                if count:
                    rest.remove(count)
                state = (right, tuple(sorted((*rest, count + 1), reverse=True)))
                after[state] = after.get(state, 0.0) + weight * alike / others
    return after


_SCHEMES: Mapping[str, tuple[Callable[[int, int], Weights], int]] = {
    "fixed": (_fixed, FIXED_MOST),
    "two_then_tie_break": (lambda _, classes: _dynamic(3, classes), FIXED_MOST),
    "dynamic": (_dynamic, DYNAMIC_MOST_VOTES),
}


def clean_labels_per_label(eta: Floats) -> Floats:
    """Give the clean labels that one delivered label is worth: max(0, 1−2η)².

    The textbook factor for two classes, used for every K (Angluin & Laird 1988, Machine Learning 2:343). It is
    optimistic, and knows no systematic errors: `planner.transfer.label_errors` holds what was measured. 0 means that
    the labels carry no information.
    """
    return np.maximum(0.0, 1 - 2 * eta) ** 2


def measured_accuracy(accuracy: float, error_rate: float, classes: int) -> float:
    """Give the accuracy that a model seems to have on a test set with wrong labels: a(1 − e) + (1 − a)·e/(K − 1).

    Wrong labels of the test set are taken to fall on all other classes alike, and independently of the model's errors.

    Examples:
        >>> round(measured_accuracy(0.9, 0.04, 2), 4), round(measured_accuracy(0.9, 0.04, 20), 4)
        (0.868, 0.8642)
    """
    return accuracy * (1 - error_rate) + (1 - accuracy) * error_rate / (classes - 1)


def precision_factor(error_rate: float, classes: int) -> float:
    """Give how many times the test items the same precision takes with wrong labels: 1/(1 − eK/(K − 1))².

    Measured accuracy moves by 1 − eK/(K − 1) where true accuracy moves by one.

    Examples:
        >>> round(precision_factor(0.04, 2), 3), round(precision_factor(0.04, 20), 3)
        (1.181, 1.09)
    """
    return 1 / (1 - error_rate * classes / (classes - 1)) ** 2


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
    """The price of an effective label at each number of votes, from 1, and at how many it is best, if at any."""

    choices: tuple[VotesChoice, ...]
    best: int | None


def votes_or_items(
    vote_error_rate: ArrayLike,
    usd_per_vote: Floats | float,
    classes: int,
    *,
    usd_per_item: Floats | float,
    scheme: str,
    worth: Callable[[Floats], Floats],
    most: int,
    vote_correlation: ArrayLike = 0.0,
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
        worth: clean labels that a label with an error rate is worth; fractions to fractions, one for all draws or each.
        most: M.
        vote_correlation: (n_draws,) or a number; see `mean_votes`.

    Raises:
        InputError: as `mean_votes`.
    """
    m = np.arange(1, most + 1)[:, None]
    asked = (scheme, m, np.atleast_1d(np.asarray(vote_error_rate, dtype=float)), classes, vote_correlation)
    eta, bought = error_after_votes(*asked), mean_votes(*asked)
    usd, eta, bought, value = np.broadcast_arrays(bought * usd_per_vote + usd_per_item, eta, bought, worth(eta))
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
