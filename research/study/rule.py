"""A rule of thumb on random's label bill, and whether it holds on data sets that it was not made from.

Notation:
    m   (D,)    multiples: random's label bill ÷ cost of the work at break-even, inf where never
    k           the multiple that is enough on a stated share of data sets, the next one included

k is the ⌈0.8 (D + 1)⌉-th smallest of D multiples and not their 80% quantile: the next data set is as likely to rank
anywhere among them, so that this rank is enough for it with the stated chance (conformal prediction; Lei et al. 2018,
Journal of the American Statistical Association 113:1094).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from research.study.break_even import multiple
from research.study.measured import Saved
from research.study.scale import Share

__all__ = ["CLAIM", "Rule", "enough_for", "rule_of"]

CLAIM = 0.8
"""Share of data sets on which the rule's multiple is enough."""


@dataclass(frozen=True)
class Rule:
    """Take active learning where random's label bill is at least k times the cost of the work.

    Attributes:
        k: the multiple from all data sets; None where even the largest bill is not enough for the claim.
        left_out: share of data sets on which the multiple from all others was enough.
        holds: whether that share is at least the claim.
    """

    k: float | None
    left_out: Share
    holds: bool


def rule_of(saved: Sequence[Saved]) -> Rule:
    """Make the rule from all data sets, and test it on each with the multiple of the others; at least two."""
    names = [one.dataset for one in saved]
    held = [
        enough_for(one, [other for other in saved if other.dataset != name])
        for one, name in zip(saved, names, strict=True)
    ]
    left_out = Share.that(held)
    return Rule(_enough(saved), left_out, left_out.share >= CLAIM)


def enough_for(one: Saved, others: Sequence[Saved]) -> bool:
    """Tell whether the multiple that is enough on the claimed share of others is enough for this one."""
    k, needed = _enough(others), multiple(one.savings.factor)
    return k is not None and needed is not None and needed <= k


def _enough(saved: Sequence[Saved]) -> float | None:
    m = sorted(np.inf if one is None else one for one in (multiple(each.savings.factor) for each in saved))
    rank = ceil(CLAIM * (len(m) + 1))
    return m[rank - 1] if rank <= len(m) and np.isfinite(m[rank - 1]) else None
