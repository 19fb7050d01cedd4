"""Strategies that weigh what they would learn of an item against what it is expected to cost.

Cost for a pool of n items with C classes: that of the utility, then n divisions.
"""

import numpy as np

from simulations.arrays import RealArray
from simulations.strategies.shared import measured
from simulations.strategies.top_k import choose_lowest
from simulations.strategies.uncertainty import margin
from simulations.strategies.view import RoundView, Strategy


def _score(view: RoundView) -> RealArray:
    """Divide 1 − (p₁ − p₂) by the expected cost c: return on investment, Haertel et al. 2008, with margin as benefit.

    Where all items cost the same this is `margin`. Utility need not be in proportion to what is gained: Settles, Craven
    & Friedland 2008 found that dividing by cost does not always pay, which is why it is to be measured.
    """
    margins = measured(view, margin).astype(np.float64)  # in single precision, 1 less a small margin is 1
    return (margins - 1.0) / view.costs


MARGIN_PER_COST = Strategy(
    name="margin_per_cost",
    family="cost-aware",
    paper="Haertel, Seppi, Ringger & Carroll 2008, Return on investment for active learning",
    needs=frozenset({"probabilities", "costs"}),
    summary="Asks where the two likeliest classes are closest for what the item is expected to cost.",
    choose=choose_lowest(_score),
)
