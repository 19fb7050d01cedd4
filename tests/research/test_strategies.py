"""Strategies beside random on curves made by hand."""

import pandas as pd
import pytest

from research.strategies import compare_strategies
from tests.research.findings.hand_made import rows

# Half a point a label up to 80; margin has what random has with twice the labels.
VALUES = {
    "random": lambda labels: 0.4 + 0.005 * labels,
    "margin": lambda labels: 0.4 + 0.005 * min(2 * labels, 80),
    "entropy": lambda labels: 0.3,
}


def test_twice_as_good_saves_half_and_worse_never_gets_there():
    made = [row for name, value in VALUES.items() for row in rows("a", name, 20, 20, (20, 40, 80), value)]
    margin, entropy = compare_strategies(pd.DataFrame(made))
    assert (margin.strategy, margin.above, margin.below) == ("margin", 1, 0)
    assert margin.sets[0].factor == pytest.approx(2.0)
    # The gains at 20, 40 and 80 labels are 0.1, 0.2 and 0; log labels are evenly apart.
    assert margin.sets[0].gain == pytest.approx((0.1 / 2 + 0.2 + 0.0 / 2) / 2)
    assert margin.sets[0].gain_q10 == pytest.approx(margin.sets[0].gain)
    assert (entropy.sets[0].factor, entropy.sets[0].p_never, entropy.above, entropy.below) == (None, 1.0, 0, 1)
