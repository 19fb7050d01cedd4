"""The value of buying one more round before deciding whether to go on: what its measurement tells, less its price.

Notation:
    S, D    draws; actions, such as going on, stopping, going on with random labels
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.arrays import Floats
from planner.decision.pilot.preposterior import PILOTS, preposterior
from planner.decision.pilot.readings import measurement_variance, to_scale
from planner.decision.pilot.weighing import Experiment
from simulations.errors import InputError


@dataclass(frozen=True)
class RoundValue:
    """What one more round is worth before deciding.

    Attributes:
        evsi_usd: what its measurement lets one decide better.
        evsi_se_usd: Monte Carlo standard error of that.
        gain_usd: what the best action is worth more because the round is in hand.
        price_usd: expected price of the round as far as the action then chosen would not have paid it anyway.
        net_usd: value and gain less price.
        p_changes: chance that another action is chosen after it than would be chosen without its measurement.
        action_now: place of the action with the highest mean, decided now.
    """

    evsi_usd: float
    evsi_se_usd: float
    gain_usd: float
    price_usd: float
    net_usd: float
    p_changes: float
    action_now: int

    @property
    def pays(self) -> bool:
        """Whether deciding after one more round is better than deciding now."""
        return self.net_usd > 0

    def to_dict(self) -> dict[str, Any]:
        """Give the value as JSON has it."""
        return {**vars(self), "pays": self.pays}


def value_of_one_more_round(
    net_usd: Floats,
    reading: Floats,
    *,
    test_labels: float,
    round_usd: float | Floats,
    kept: Sequence[float],
    net_after_usd: Floats | None = None,
    same_test: bool = True,
    n_pilots: int = PILOTS,
    seed: int = 0,
) -> RoundValue:
    """Weigh deciding now against buying one more round, measuring, and deciding then.

    Args:
        net_usd: (S, D) net benefit of each action from here on, decided now; D is at least 1.
        reading: (S,) value of the metric that the model has after the round, a fraction.
        test_labels: items of the test set.
        round_usd: price of the round, a number or (S,).
        kept: (D,) share of that price which each action pays anyway: 1 for going on, 0 for stopping.
        net_after_usd: (S, D) the same decided after the round, its price left out; as `net_usd` when not given, where
            the round's labels are worth nothing to an action that would not have bought them.
        same_test: whether past rounds were measured on the same items, so that their common luck is known.
        n_pilots: simulated measurements.
        seed: the same arrays and seed give the same answer.

    Raises:
        InputError: arrays that do not belong together, fractions outside 0 to 1, or no test items.
    """
    net_usd, reading, round_usd, share = (np.asarray(x, dtype=float) for x in (net_usd, reading, round_usd, kept))
    after = net_usd if net_after_usd is None else np.asarray(net_after_usd, dtype=float)
    _check(net_usd, after, reading, round_usd, share, test_labels)
    variance = measurement_variance(test_labels, averaged=1.0, same_test=same_test)
    experiment = Experiment(to_scale(reading)[:, None], np.array([[variance]]), np.zeros(1, dtype=np.int64), 1)
    decided = preposterior(after, experiment, n_pilots=n_pilots, seed=seed)
    unpaid = 1.0 - share[decided.choice[0]]
    price = float((np.broadcast_to(round_usd, reading.shape)[decided.truth] * unpaid).mean())
    evsi = float(decided.evsi_usd[0])
    gain = float(after.mean(axis=0).max() - net_usd.mean(axis=0).max())
    return RoundValue(
        evsi_usd=evsi,
        evsi_se_usd=float(decided.se_usd[0]),
        gain_usd=gain,
        price_usd=price,
        net_usd=evsi + gain - price,
        p_changes=float(decided.p_changes[0]),
        action_now=int(net_usd.mean(axis=0).argmax()),
    )


def _check(
    net_usd: Floats, after: Floats, reading: Floats, round_usd: Floats, kept: Floats, test_labels: float
) -> None:
    if net_usd.ndim != 2 or after.shape != net_usd.shape or reading.shape != net_usd.shape[:1]:
        raise InputError(
            f"one more round: found net_usd {net_usd.shape}, net_after_usd {after.shape} and reading {reading.shape}; "
            "allowed: (S, D) twice, and (S,)"
        )
    if kept.shape != net_usd.shape[1:] or not ((kept >= 0) & (kept <= 1)).all():
        raise InputError(f"one more round, kept: found {kept.tolist()}; allowed: a share from 0 to 1 for each action")
    if round_usd.shape not in ((), (1,), reading.shape) or not (np.isfinite(round_usd) & (round_usd >= 0)).all():
        raise InputError("one more round, round_usd: allowed: a price of at least 0, or one for each draw")
    if not ((reading >= 0) & (reading <= 1)).all():
        raise InputError("one more round, reading: allowed: fractions from 0 to 1 (0.93, not 93)")
    if not test_labels >= 1:
        raise InputError(f"one more round, test_labels: found {test_labels:g}; allowed: at least 1")
