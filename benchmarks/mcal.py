"""Hybrid labelling as MCAL does it: a truncated power law of the errors, fitted while the campaign runs.

Source: Qiu, Chintalapudi & Govindan 2023, MCAL: minimum cost human-machine active labeling. After each round the
model's errors on the surest share θ of the held-out items are measured, for twenty shares. Over the rounds so far they
are fitted by α_θ B^(-γ_θ) exp(-B ÷ k_θ), and the number of people's labels B is searched at which people and model
together are expected to cost least. People label on until they are there. The held-out items are labelled by people and
in the bill.

Where the paper is silent: the law is fitted in logarithms, with γ and 1 ÷ k of at least 0, half an error is added to
every count, and B is searched among the rounds of the schedule. Training costs nothing, as for the rules beside it.

Notation: S seeds, R rounds, Q shares; k, X (S, R, Q) errors among the surest held-out items and among the surest of the
rest of the pool.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from simulations.arrays import Bools, Floats, Ints

SHARES = np.arange(1, 21) / 20
"""θ: of the items that nobody has labelled, those that the model labels."""

FEWEST_ROUNDS = 3
"""The law has three constants."""


@dataclass(frozen=True)
class ShareCounts:
    """Errors on the surest items.

    Attributes:
        labels: people's labels after each round, (R,), without those held out.
        test_size: items held out.
        pool_size: the other items of the set.
        errors: k, (S, R, Q).
        wrong: X, (S, R, Q).
    """

    labels: Ints
    test_size: int
    pool_size: int
    errors: Ints
    wrong: Ints

    @property
    def items(self) -> int:
        """The whole set."""
        return self.pool_size + self.test_size

    @property
    def machine(self) -> Ints:
        """Items that the model labels at each share, (R, Q)."""
        return share_sizes((self.pool_size - self.labels)[:, None])


def share_sizes(items: Ints | int) -> Ints:
    """How many items the shares of so many are, rounded down."""
    sizes: Ints = np.asarray(np.floor(SHARES * items + 1e-9), dtype=np.int64)
    return sizes


def surest_errors(confidence: Floats, right: Bools) -> Ints:
    """Count errors among the surest items of each share, (Q,)."""
    wrong = np.cumsum(~right[np.argsort(-confidence, kind="stable")])
    counts: Ints = np.append(0, wrong)[share_sizes(right.size)]
    return counts


def forecast_errors(labels: Ints, rates: Floats, ahead: Ints) -> Floats:
    """Fit a truncated power law to error rates (n, Q) after `labels` (n,), and give it after others (a,), as (a, Q).

    Examples:
        >>> B = np.array([100, 200, 400])
        >>> rates = 3.0 * B[:, None] ** -0.5 * np.exp(-B[:, None] / 1000)
        >>> forecast_errors(B, rates, np.array([800])).round(4).tolist()  # 3 × 800^-0.5 × exp(-0.8)
        [[0.0477]]
    """

    def columns(counts: Ints) -> Floats:
        one, B = np.ones(len(counts)), counts.astype(float)
        return np.column_stack([one, -one, -np.log(B), -B / labels[-1]])

    known, wanted = columns(labels), columns(ahead)
    return np.exp(np.column_stack([wanted @ nnls(known, own)[0] for own in np.log(rates).T]))


def best_shares(rates: Floats, machine: Ints, items: int, max_error_rate: float) -> Ints:
    """Give the largest share at which errors are few enough, by number in `SHARES`, -1 for none; rates (..., Q)."""
    allowed = rates * machine <= max_error_rate * items
    return np.where(allowed.any(axis=-1), len(SHARES) - 1 - allowed[..., ::-1].argmax(axis=-1), -1)


def run_mcal(counts: ShareCounts, max_error_rate: float) -> tuple[Floats, Floats]:
    """Run every seed's campaign to its end.

    Returns:
        The true share of errors in the labelled set, and the share that the model labelled; (S,) each.
    """
    ends = [_end_of_campaign(counts, errors, max_error_rate) for errors in counts.errors]
    made = [
        (0, 0) if share < 0 else (counts.wrong[seed, r, share], counts.machine[r, share])
        for seed, (r, share) in enumerate(ends)
    ]
    wrong, machine = np.array(made, dtype=float).T / counts.items
    return wrong, machine


def _end_of_campaign(counts: ShareCounts, errors: Ints, max_error_rate: float) -> tuple[int, int]:
    """Give the round at which a seed's people stop, and the model's share then, by number; errors (R, Q)."""
    tested, rounds = share_sizes(counts.test_size), len(counts.labels)
    rates = (errors + 0.5) / (tested + 1.0)
    r = min(FEWEST_ROUNDS, rounds) - 1
    while r < rounds - 1:
        ahead = forecast_errors(counts.labels[: r + 1], rates[: r + 1], counts.labels[r:])
        shares = best_shares(ahead, counts.machine[r:], counts.items, max_error_rate)
        labelled = np.where(shares < 0, 0, np.take_along_axis(counts.machine[r:], shares[:, None], 1)[:, 0])
        if labelled.argmax() == 0:
            break
        r += 1
    measured = np.where(tested > 0, errors[r] / np.maximum(tested, 1), 1.0)  # nothing vouches for a share not tested
    return r, int(best_shares(measured, counts.machine[r], counts.items, max_error_rate))
